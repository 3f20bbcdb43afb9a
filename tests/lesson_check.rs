//! `redis-lab check` on lessons with one mistake each: it must find the
//! mistake, name file and line, and exit with the documented code.

mod needs;

use catalog::lang::Lang;
use redis_lab::lesson::{Item, Library, Prose, plain_text};
use std::path::Path;
use std::process::Output;

/// A folder with one lesson in both languages, free to be spoilt.
struct Lessons {
    dir: tempfile::TempDir,
}

impl Lessons {
    fn of(id: &str) -> Lessons {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
        for lang in ["en", "pl"] {
            let file = format!("{lang}/{id}.md");
            std::fs::create_dir(dir.path().join(lang)).expect("a new folder");
            std::fs::copy(source.join(&file), dir.path().join(&file)).expect("a lesson");
        }
        Lessons { dir }
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(file)).expect("a lesson")
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.dir.path().join(file), text).expect("a lesson");
    }

    /// Replaces the first `from` and gives its line, counted from 1.
    fn spoil(&self, file: &str, from: &str, to: &str) -> usize {
        let text = self.read(file);
        let at = text
            .find(from)
            .unwrap_or_else(|| panic!("{file} has no {from:?}"));
        self.write(file, &text.replacen(from, to, 1));
        text[..at].matches('\n').count() + 1
    }

    /// `redis-lab check` of the folder.
    fn check(&self) -> (i32, String) {
        let output = redis_lab(&["check", &self.dir.path().display().to_string()]);
        (output.status.code().unwrap_or(-1), all(&output))
    }
}

fn redis_lab(args: &[&str]) -> Output {
    needs::redis_lab()
        .args(["--lang", "en", "--color", "never"])
        .args(args)
        .output()
        .expect("redis-lab runs")
}

/// Both streams: what a person sees.
fn all(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

/// Expects the code, and each of the texts somewhere in the output.
fn found(result: (i32, String), code: i32, texts: &[&str]) {
    let (actual, output) = result;
    for text in texts {
        assert!(output.contains(text), "no {text:?} in:\n{output}");
    }
    assert_eq!(actual, code, "{output}");
}

#[test]
fn a_good_lesson_passes() {
    let lessons = Lessons::of("lua");
    let result = lessons.check();
    found(result, 0, &["0 problems"]);
}

#[test]
fn a_changed_reply_is_found() {
    let lessons = Lessons::of("lua");
    let line = lessons.spoil("pl/lua.md", "(integer) 15\n", "(integer) 16\n");
    let result = lessons.check();
    found(
        result,
        1,
        &[
            &format!("pl/lua.md:{line}:"),
            "expected: (integer) 16",
            "actual:   (integer) 15",
        ],
    );
}

#[test]
fn pictures_are_the_same_in_both_languages_and_can_be_drawn() {
    let picture = "```picture map Within";
    let lessons = Lessons::of("places");
    lessons.spoil("en/places.md", picture, "```picture bars Within");
    let result = lessons.check();
    found(result, 1, &["the two languages differ", "```picture bars"]);

    let lessons = Lessons::of("places");
    let search = "BYRADIUS 1 km ASC WITHCOORD\n```";
    let mut line = 0;
    for file in ["en/places.md", "pl/places.md"] {
        line = lessons.spoil(file, search, "BYRADIUS 1 km ASC\n```");
    }
    found(
        lessons.check(),
        1,
        &[
            &format!("pl/places.md:{line}:"),
            "expected: names with coordinates",
        ],
    );

    let lessons = Lessons::of("places");
    for file in ["en/places.md", "pl/places.md"] {
        let text = lessons.read(file);
        let at = text.find("```picture map").expect("a picture");
        let end = at + text[at..].find("```\n").expect("its end");
        let begin = at + text[at..].find('\n').expect("its command") + 1;
        let spoilt = format!("{}DEL lab:cafes\n{}", &text[..begin], &text[end..]);
        lessons.write(file, &spoilt);
    }
    found(lessons.check(), 1, &["a picture may only read"]);
}

#[test]
fn a_solution_line_nobody_needs_is_found() {
    let lessons = Lessons::of("notifications");
    let first = "PERSIST lab:cart:7\n";
    let mut line = 0;
    for file in ["en/notifications.md", "pl/notifications.md"] {
        line = lessons.spoil(file, first, "PERSIST lab:cart:7\nEXISTS lab:cart:7\n") + 1;
    }
    let result = lessons.check();
    found(
        result,
        1,
        &[
            &format!("pl/notifications.md:{line}:"),
            "pass without this line",
        ],
    );
}

#[test]
fn a_dropped_solution_line_is_found() {
    let lessons = Lessons::of("notifications");
    for file in ["en/notifications.md", "pl/notifications.md"] {
        lessons.spoil(file, "PERSIST lab:cart:7\n", "");
    }
    let result = lessons.check();
    found(
        result,
        1,
        &["exercise notifications-shadow", "en/notifications.md:"],
    );
}

/// The wrong answers of the marathon become right ones, which they are here
/// alone.
#[test]
fn an_answer_right_here_only_is_no_right_answer() {
    let lessons = Lessons::of("sets");
    for file in ["en/sets.md", "pl/sets.md"] {
        lessons.spoil(
            file,
            "```redis wrong sets-marathon\nZREM lab:marathon ewa",
            "```redis right sets-marathon\nZREM lab:marathon ewa",
        );
    }
    found(
        lessons.check(),
        1,
        &["this right answer is refused: with eight other runners"],
    );
}

#[test]
fn a_wrong_answer_that_passes_is_found() {
    let lessons = Lessons::of("sets");
    let wrong = "```redis wrong sets-marathon\nZREMRANGEBYRANK lab:marathon 0 2";
    let right = "```redis wrong sets-marathon\nZREMRANGEBYRANK lab:marathon 3 -1";
    for file in ["en/sets.md", "pl/sets.md"] {
        lessons.spoil(file, wrong, right);
    }
    found(
        lessons.check(),
        1,
        &["this wrong answer passes every check"],
    );
}

#[test]
fn what_a_proof_lacks_is_a_remark_and_strictly_a_problem() {
    let lessons = Lessons::of("sets");
    for file in ["en/sets.md", "pl/sets.md"] {
        // Nothing is left that the rest of the six would be refused for.
        for command in [
            "ZREM lab:marathon ewa iga tom",
            "ZREMRANGEBYRANK lab:marathon -3 -1",
            "ZREMRANGEBYRANK lab:marathon 3 5",
        ] {
            lessons.spoil(file, command, "DEL lab:marathon");
        }
    }
    let texts = ["no wrong answer is refused because of this"];
    found(lessons.check(), 0, &texts);
    let folder = lessons.dir.path().display().to_string();
    let output = redis_lab(&["check", "--strict", &folder]);
    found(
        (output.status.code().unwrap_or(-1), all(&output)),
        1,
        &texts,
    );
}

#[test]
fn what_is_proved_elsewhere_must_say_what_is_right_there() {
    let lessons = Lessons::of("sets");
    let fence = "```text check again sets-marathon";
    let line = lessons.spoil("en/sets.md", fence, "```text check again sets-maraton");
    let place = format!("en/sets.md:{line}:");
    found(
        lessons.check(),
        3,
        &[&place, "the exercise is \"sets-marathon\""],
    );
    lessons.spoil("en/sets.md", "```text check again sets-maraton", "```text");
    found(lessons.check(), 3, &["code inside a hint"]);
}

#[test]
fn a_command_changed_in_one_language_is_found() {
    let lessons = Lessons::of("lua");
    // The reply stays the same, so that only the comparison can notice.
    let line = lessons.spoil(
        "pl/lua.md",
        "EVAL \"return 10 + 5\" 0",
        "EVAL \"return 5 + 10\" 0",
    );
    let result = lessons.check();
    found(
        result,
        1,
        &["the two languages differ", &format!("pl/lua.md:{line}:")],
    );
}

#[test]
fn a_malformed_lesson_is_named_with_its_place() {
    let lessons = Lessons::of("lua");
    let line = lessons.spoil("en/lua.md", "<!-- pause -->", "<!-- puase -->");
    let result = lessons.check();
    found(
        result,
        3,
        &[
            &format!("en/lua.md:{line}:"),
            "<!-- puase -->",
            "^",
            "pause",
        ],
    );
}

#[test]
fn a_lesson_that_is_not_utf8_is_named() {
    let lessons = Lessons::of("lua");
    let mut bytes = lessons.read("pl/lua.md").into_bytes();
    bytes.extend(b"\n\xb3\n");
    std::fs::write(lessons.dir.path().join("pl/lua.md"), bytes).expect("a lesson");
    let result = lessons.check();
    found(result, 3, &["pl/lua.md:", "UTF-8"]);
}

#[test]
fn bless_restores_replies_and_keeps_wildcards() {
    let lessons = Lessons::of("lua");
    let good = lessons.read("en/lua.md");
    assert!(good.contains("[int 1..60000]") && good.contains("(error) ERR [..]"));
    lessons.spoil("en/lua.md", "(integer) 15\n", "\"wrong\"\n");
    lessons.spoil("en/lua.md", "1) \"70\"\n", "1) (nil)\n");
    // A block without any expectation gets one.
    lessons.spoil(
        "en/lua.md",
        "\n```text expect\n(error) ERR wrong number of arguments for 'eval' command\n```\n",
        "",
    );
    assert_ne!(lessons.check().0, 0);
    let file = lessons.dir.path().join("en/lua.md").display().to_string();
    let output = redis_lab(&["check", "--bless", &file]);
    assert!(output.status.success(), "{}", all(&output));
    assert_eq!(lessons.read("en/lua.md"), good);
}

/// A task interrupts: it stands before a sentence that announces code or a
/// demo, and never between that and what it announces.
#[test]
fn no_task_stands_between_a_sentence_and_what_it_announces() {
    for lang in Lang::ALL {
        for lesson in Library::new(None).all(lang).expect("the lessons") {
            for step in &lesson.steps {
                let is_seen = |item: &&Item| !matches!(item, Item::Note(_) | Item::Pause);
                let items: Vec<&Item> = step.items.iter().filter(is_seen).collect();
                for pair in items.windows(2) {
                    let (Item::Prose(Prose::Paragraph(text)), Item::Task(task)) =
                        (pair[0], pair[1])
                    else {
                        continue;
                    };
                    let text = plain_text(text);
                    assert!(!text.ends_with(':'), "{}: {text}", task.id);
                }
            }
        }
    }
}

#[test]
fn a_check_writes_only_where_nobody_works() {
    let lessons = Lessons::of("sets");
    let elsewhere = (
        "> SMEMBERS lab:talk:2\n[unordered]\n1) \"iga\"\n2) \"tom\"\n3) \"ula\"",
        "> SADD lab:talk:2 zbyszek\n(integer) 1",
    );
    for file in ["en/sets.md", "pl/sets.md"] {
        lessons.spoil(file, elsewhere.0, elsewhere.1);
    }
    found(lessons.check(), 0, &["0 problems"]);
    let own = (
        "> SCARD lab:talk:1\n(integer) 4",
        "> SADD lab:talk:1 ala\n(integer) 0",
    );
    let line = lessons.spoil("en/sets.md", own.0, own.1);
    lessons.spoil("pl/sets.md", own.0, own.1);
    let place = format!("en/sets.md:{line}:");
    found(lessons.check(), 1, &[&place, "a check may only read"]);
}

/// WAIT with another number of replicas is another question.
#[test]
fn what_is_used_may_be_more_than_a_name() {
    let lessons = Lessons::of("replication");
    for file in ["en/replication.md", "pl/replication.md"] {
        lessons.spoil(
            file,
            "```redis wrong replication-wait\nSET lab:order:9 soup\nWAIT 0 100",
            "```redis right replication-wait\nSET lab:order:9 soup\nWAIT 0 100",
        );
    }
    found(
        lessons.check(),
        1,
        &["this right answer is refused", "one replica"],
    );
    let (known, unknown) = ("uses WAIT 1 100", "uses WAITE 1 100");
    let line = lessons.spoil("en/replication.md", known, unknown);
    lessons.spoil("pl/replication.md", known, unknown);
    let place = format!("en/replication.md:{line}:");
    found(lessons.check(), 3, &[&place, "there is no such command"]);
}
