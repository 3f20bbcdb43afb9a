//! `redis-lab practice` as a learner and a teacher use it: from a pipe, on a
//! terminal, and what is kept of it.

mod lab;
mod needs;

use catalog::lang::Lang;
use lab::{Lab, Outcome, wait_for};
use redis_lab::lesson::{Exercise, Library};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A home for the progress.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home(tempfile::tempdir().expect("a temporary directory"))
    }

    fn lab(&self, args: &[&str]) -> Lab {
        let mut all = vec!["practice"];
        all.extend_from_slice(args);
        Lab::new(&all).env("REDIS_LAB_STATE_DIR", self.0.path())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("practice.json")
    }

    fn progress(&self) -> Value {
        let text = std::fs::read_to_string(self.file()).expect("the progress is kept");
        serde_json::from_str(&text).expect("JSON")
    }

    fn record(&self, id: &str) -> Value {
        self.progress()["exercises"][id].clone()
    }

    /// Solves exercises of a section from a pipe, one after the other.
    fn solve(&self, section: &str, exercises: &[&Exercise]) -> Outcome {
        let answers: Vec<String> = exercises.iter().map(|exercise| answer(exercise)).collect();
        self.lab(&[section]).stdin(answers.join("\n")).run()
    }
}

fn exercises(section: &str) -> Vec<Exercise> {
    let lesson = Library::new(None).get(section, Lang::En);
    lesson.expect("a lesson").exercises().cloned().collect()
}

/// The solution as somebody would paste it.
fn answer(exercise: &Exercise) -> String {
    let lines = exercise.solution.lines.iter();
    lines.map(|line| format!("{}\n", line.text)).collect()
}

/// The title with a capital letter.
fn title(exercise: &Exercise) -> String {
    let mut letters = exercise.title.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

#[test]
fn an_exercise_is_solved_from_a_pipe_and_the_next_one_waits_for_enter() {
    let home = Home::new();
    let lists = exercises("lists");
    let outcome = home.solve("lists", &[&lists[0]]).exits(0);
    let outcome = outcome
        .says(&title(&lists[0]))
        .says("✓ Solved")
        .says("yours");
    for line in &lists[0].solution.lines {
        // Ours and the learner's, side by side.
        let shown = line.text.split(' ').next().expect("a word");
        assert!(outcome.stdout.matches(shown).count() >= 3, "{shown}");
    }
    // Introduced by its title alone on a line: only the list has named it.
    let introduced = format!("\n{}\n", title(&lists[1]));
    assert!(!outcome.stdout.contains(&introduced), "{}", outcome.stdout);
    let record = home.record(&lists[0].id);
    assert_eq!(record["done"], true);
    assert_eq!(record["attempts"], 1);
    assert_eq!(record["submitted"], lists[0].solution.lines.len());
    // The next open one comes first.
    let outcome = home.lab(&["lists"]).run().exits(0);
    assert!(outcome.stdout.contains(&introduced), "{}", outcome.stdout);
}

#[test]
fn a_blank_line_goes_on_through_a_whole_section() {
    let home = Home::new();
    let lists = exercises("lists");
    let all: Vec<&Exercise> = lists.iter().collect();
    let outcome = home.solve("lists", &all).exits(0);
    assert_eq!(outcome.stdout.matches("✓ Solved").count(), lists.len());
    outcome.says("last open exercise");
    home.lab(&["lists"])
        .run()
        .exits(0)
        .says("Every exercise of lists is solved");
}

/// An answer as somebody would paste it.
fn pasted(answer: &redis_lab::lesson::Answer) -> String {
    let lines = answer.block.lines.iter();
    lines.map(|line| format!("{}\n", line.text)).collect()
}

/// Every exercise of a section: the wrong answers one after the other, each
/// from the start, and then all right ones.
fn try_answers(section: &str) -> (usize, usize) {
    let (mut wrong, mut right) = (0, 0);
    for exercise in exercises(section) {
        let home = Home::new();
        let begin_again = |answer| pasted(answer) + ":check\n:reset\n";
        let answers: String = exercise.wrong.iter().map(begin_again).collect();
        let events = at_json(&home, section, &exercise.id, &answers);
        let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
        assert_eq!(of("solved"), 0, "{}", exercise.id);
        // What :check says: a sentence for each.
        let said = events.iter().filter(|event| event["type"] == "text");
        let said: Vec<&str> = said.filter_map(|event| event["text"].as_str()).collect();
        let said = &said[said.len() - exercise.wrong.len()..];
        assert!(
            said.iter().all(|text| text.len() > 15),
            "{}: {said:?}",
            exercise.id
        );
        wrong += exercise.wrong.len();
        let answers: String = exercise.right.iter().map(begin_again).collect();
        let events = at_json(&Home::new(), section, &exercise.id, &answers);
        let solved = events.iter().filter(|event| event["type"] == "solved");
        assert_eq!(solved.count(), exercise.right.len(), "{}", exercise.id);
        right += exercise.right.len();
    }
    (wrong, right)
}

/// How many exercises there are in all sections.
fn all_exercises() -> usize {
    let sections = Library::new(None).ids(Lang::En).expect("ids");
    sections.iter().map(|id| exercises(id).len()).sum()
}

#[test]
fn every_right_answer_is_taken_and_no_wrong_one() {
    let sections = Library::new(None).ids(Lang::En).expect("ids");
    let counted: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let running = sections
            .iter()
            .map(|section| scope.spawn(|| try_answers(section)));
        let running: Vec<_> = running.collect();
        let ends = running.into_iter().map(|thread| thread.join());
        ends.map(|end| end.expect("every answer is judged as listed"))
            .collect()
    });
    let wrong: usize = counted.iter().map(|(wrong, _)| wrong).sum();
    let right: usize = counted.iter().map(|(_, right)| right).sum();
    assert!(
        wrong >= 2 * all_exercises() && right >= all_exercises(),
        "{wrong} wrong, {right} right"
    );
}

/// What people typed who had understood something else; each was accepted
/// once.
#[test]
fn the_cheats_of_old_are_refused() {
    let cheats = [
        (
            "lua",
            "lua-sum",
            "SET lab:sum 10036\n",
            "with the numbers 1, 2 and 3",
        ),
        (
            "lua",
            "lua-basket",
            "SET lab:total 304\n",
            "with another basket",
        ),
        (
            "lua",
            "lua-tickets",
            "DECR lab:tickets\nRPUSH lab:sold ala\nRPUSH lab:refused ola\n",
            "with two tickets",
        ),
        (
            "pipeline",
            "pipeline-mset",
            "SET lab:user:name Ala\nSET lab:user:city Gdynia\nSET lab:user:plan pro\n",
            "more than one command",
        ),
        (
            "pipeline",
            "pipeline-lost",
            "SET lab:account 80\nSET lab:bookings 2\n",
            "if another client pays in 7 before line 1",
        ),
        (
            "lists",
            "lists-crash",
            "RPOP lab:doing:ola\nLPUSH lab:todo photo-2\nLREM lab:doing:ala 1 photo-1\n",
            "if you crash between line 1 and line 2",
        ),
        (
            "challenges",
            "challenges-lock",
            "SET lab:lock:invoice ala-15 NX EX 1800\nDEL lab:lock:mail\n",
            "expires and Ola takes it before line 1",
        ),
    ];
    for (section, id, cheat, why) in cheats {
        let home = Home::new();
        let events = at_json(&home, section, id, cheat);
        let objection = events.iter().find(|event| event["type"] == "objection");
        let text = objection
            .and_then(|event| event["text"].as_str())
            .unwrap_or_default();
        assert!(text.contains(why), "{id}: {text:?}");
        assert_eq!(home.record(id)["done"], false, "{id}");
    }
}

/// As [`at`], as events.
fn at_json(home: &Home, section: &str, id: &str, input: &str) -> Vec<Value> {
    let before = exercises(section)
        .iter()
        .take_while(|exercise| exercise.id != id)
        .count();
    let input = ":skip\n".repeat(before) + input;
    let outcome = home.lab(&[section, "--json"]).stdin(input).run();
    let lines = outcome.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn what_is_missing_is_said_and_the_exit_code_tells() {
    let home = Home::new();
    let lists = exercises("lists");
    let outcome = home.lab(&["lists"]).stdin("PING\n").run().exits(1);
    outcome.says("PONG").says("not solved yet");
    assert_eq!(home.record(&lists[0].id)["done"], false);
    // Nothing submitted, nothing missed.
    home.lab(&["lists"]).stdin("").run().exits(0);
}

#[test]
fn hints_come_one_by_one_and_the_solution_when_asked_twice() {
    let home = Home::new();
    let first = &exercises("lists")[0];
    let outcome = home.lab(&["lists"]).stdin(":hint\n:solution\n").run();
    let outcome = outcome.says("Hint 1 of").says(":solution once more");
    assert!(!outcome.stdout.contains("Hint 2 of") && !outcome.stdout.contains("Our solution"));
    assert_eq!(home.record(&first.id)["hints"], 1);
    assert_eq!(home.record(&first.id)["solution_read"], false);
    let outcome = home.lab(&["lists"]).stdin(":solution\n:solution\n").run();
    outcome
        .says("Our solution")
        .says(&first.solution.lines[0].text);
    assert_eq!(home.record(&first.id)["solution_read"], true);
}

#[test]
fn reset_gives_back_the_start_and_a_connection_at_its_beginning() {
    let home = Home::new();
    let first = &exercises("lists")[0];
    let spoilt = "FLUSHALL\nSELECT 3\nMULTI\nSET lab:x 1\n:reset\n";
    let outcome = home
        .lab(&["lists"])
        .stdin(spoilt.to_owned() + &answer(first))
        .run();
    outcome.exits(0).says("✓ Solved");
    let record = home.record(&first.id);
    assert_eq!(record["attempts"], 2);
    // What was accepted is the second attempt alone.
    assert_eq!(
        record["commands"].as_array().map(Vec::len),
        Some(first.solution.lines.len())
    );
}

#[test]
fn a_damaged_file_is_set_aside_and_said_so() {
    let home = Home::new();
    let lists = exercises("lists");
    home.solve("lists", &[&lists[0]]).exits(0);
    let whole = std::fs::read_to_string(home.file()).expect("progress");
    let half = &whole[..whole.len() / 2];
    std::fs::write(home.file(), half).expect("written");
    let outcome = home.lab(&["lists", "--list"]).run().exits(0);
    outcome.complains("is damaged").complains("damaged-1");
    let aside = home.0.path().join("practice.json.damaged-1");
    assert_eq!(std::fs::read_to_string(aside).expect("kept"), half);
    // Practice goes on with a new file.
    home.solve("lists", &[&lists[0]]).exits(0);
    assert_eq!(home.record(&lists[0].id)["done"], true);
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let home = Home::new();
    std::fs::write(home.file(), "{\"version\": 7}").expect("written");
    let outcome = home.lab(&["lists"]).stdin("PING\n").run().exits(2);
    outcome.complains("newer redis-lab");
    let text = std::fs::read_to_string(home.file()).expect("kept");
    assert_eq!(text, "{\"version\": 7}");
}

#[test]
fn two_practices_at_once_do_not_lose_each_others_progress() {
    let home = Home::new();
    let sections = ["lists", "strings", "sets"];
    std::thread::scope(|scope| {
        for section in sections {
            let home = &home;
            scope.spawn(move || {
                let own = exercises(section);
                let all: Vec<&Exercise> = own.iter().collect();
                home.solve(section, &all).exits(0);
            });
        }
    });
    for section in sections {
        for exercise in exercises(section) {
            assert_eq!(home.record(&exercise.id)["done"], true, "{}", exercise.id);
        }
    }
}

#[test]
fn a_killed_practice_has_kept_every_command() {
    use std::io::Write as _;
    let home = Home::new();
    let first = &exercises("lists")[0];
    let mut child = needs::redis_lab()
        .args(["practice", "lists"])
        .env("REDIS_LAB_STATE_DIR", home.0.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"PING\nPING again\n").expect("written");
    stdin.flush().expect("sent");
    wait_for("the second command to be kept", || {
        home.file().exists() && home.record(&first.id)["submitted"] == 2
    });
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert_eq!(
        home.record(&first.id)["commands"],
        serde_json::json!(["PING", "PING again"])
    );
}

#[test]
fn list_and_reset_as_text_and_json() {
    let home = Home::new();
    let (lists, strings) = (exercises("lists"), exercises("strings"));
    home.solve("lists", &[&lists[0]]).exits(0);
    home.solve("strings", &[&strings[0]]).exits(0);
    home.lab(&["--list"]).run().exits(0).says("✓").says("1/");
    let outcome = home.lab(&["lists", "--list", "--json"]).run().exits(0);
    let events: Vec<Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(events.len(), lists.len());
    assert_eq!(events[0]["state"], "done");
    assert_eq!(
        (&events[1]["state"], &events[1]["next"]),
        (&"open".into(), &true.into())
    );
    // Not without saying what.
    home.lab(&["--reset"])
        .run()
        .exits(2)
        .complains("--reset all");
    home.lab(&["--reset", "lsits"])
        .run()
        .exits(2)
        .complains("did you mean lists");
    home.lab(&["--reset", "lists"]).run().exits(0);
    assert_eq!(home.record(&lists[0].id), Value::Null);
    assert_eq!(home.record(&strings[0].id)["done"], true);
    home.lab(&["--reset", "all"]).run().exits(0);
    assert_eq!(home.record(&strings[0].id), Value::Null);
}

#[test]
fn events_from_a_pipe() {
    let home = Home::new();
    let first = &exercises("lists")[0];
    let outcome = home.lab(&["lists", "--json"]).stdin(answer(first)).run();
    let types: Vec<String> = outcome
        .exits(0)
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["type"].to_string())
        .collect();
    assert_eq!(types.first().map(String::as_str), Some("\"exercise\""));
    assert_eq!(types.last().map(String::as_str), Some("\"solved\""));
}

/// The English lesson with one text changed, in a file of the same name.
fn corrected(folder: &Path, section: &str, from: &str, to: &str) -> String {
    let (_, text) = Library::new(None)
        .text(section, Lang::En)
        .expect("a lesson");
    assert!(text.contains(from), "{from}");
    let path = folder.join(format!("{section}.md"));
    std::fs::write(&path, text.replacen(from, to, 1)).expect("written");
    path.display().to_string()
}

#[test]
fn verify_repeats_submissions_against_a_corrected_lesson() {
    let home = Home::new();
    let lists = exercises("lists");
    home.solve("lists", &[&lists[0], &lists[1]]).exits(0);
    home.lab(&["verify"])
        .run()
        .exits(0)
        .says("2 submissions checked");
    let file = home.file().display().to_string();
    home.lab(&["verify", &file])
        .run()
        .exits(0)
        .says("no longer accepted: 0");
    // A check is made stricter: the answer that was accepted is refused now.
    let folder = tempfile::tempdir().expect("a temporary directory");
    let check = &lists[0].checks[0];
    let from = format!("{}\n> {}", check.message, check.line.text);
    let to = "Never so.\n> PING\n\"PANG\"\n# Again.\n> PING";
    let strict = corrected(
        folder.path(),
        "lists",
        &from,
        &format!("{to}\nPONG\n# {from}"),
    );
    let outcome = home.lab(&["verify", &strict]).run().exits(1);
    outcome.says("was solved, is no longer").says("Never so.");
    let outcome = home.lab(&["verify", &strict, "--json"]).run().exits(1);
    outcome
        .says("\"no-longer-solved\"")
        .says("\"still-solved\"");
    // A record that was refused when a check was wrong, and is right now.
    let mut progress = home.progress();
    progress["exercises"][&lists[0].id]["done"] = false.into();
    let refused = folder.path().join("ala.json");
    std::fs::write(&refused, progress.to_string()).expect("written");
    let refused = refused.display().to_string();
    home.lab(&["verify", &refused])
        .run()
        .exits(0)
        .says("is solved now");
    // The learner's own file was only read.
    assert_eq!(home.record(&lists[0].id)["done"], true);
}

#[test]
fn wrong_use_is_refused_with_advice() {
    let home = Home::new();
    home.lab(&["lits"])
        .run()
        .exits(2)
        .complains("did you mean lists");
    home.lab(&["lists", "--url", "redis://127.0.0.1:1"])
        .run()
        .exits(2)
        .complains("private");
    home.lab(&["verify", "/nowhere.json"])
        .run()
        .exits(2)
        .complains("cannot read");
    home.lab(&["verify", "/nowhere.md"])
        .run()
        .exits(3)
        .complains("cannot read");
}

#[test]
fn polish_and_the_built_in_server() {
    let home = Home::new();
    let first = &exercises("lists")[0];
    let outcome = home
        .lab(&["lists", "--lang", "pl", "--server", "builtin"])
        .stdin(answer(first))
        .run()
        .exits(0);
    outcome.says("✓ Rozwiązane").says("nasze rozwiązanie");
}

/// Practice of one exercise, the others before it put off.
fn at(home: &Home, section: &str, id: &str, input: &str) -> Outcome {
    let before = exercises(section)
        .iter()
        .take_while(|exercise| exercise.id != id)
        .count();
    let input = ":skip\n".repeat(before) + input;
    home.lab(&[section]).stdin(input).run()
}

#[test]
fn an_answer_for_these_data_only_is_refused_and_says_where() {
    let home = Home::new();
    let cheat = "ZREM lab:marathon ewa iga tom\n";
    let outcome = at(&home, "sets", "sets-marathon", cheat).exits(1);
    outcome
        .says("Right here, but with eight other runners")
        .says("the three fastest");
    assert_eq!(home.record("sets-marathon")["done"], false);
}

#[test]
fn a_gap_in_which_others_come_is_named_with_its_lines() {
    let home = Home::new();
    let cheat = "RPOP lab:doing:ola\nLPUSH lab:todo photo-2\nLREM lab:doing:ala 1 photo-1\n";
    let outcome = at(&home, "lists", "lists-crash", cheat).exits(1);
    outcome
        .says("if you crash between line 1 and line 2")
        .says("1  RPOP lab:doing:ola")
        .says("2  LPUSH lab:todo photo-2");
    let home = Home::new();
    let polish = home.lab(&["lists", "--lang", "pl"]);
    let outcome = polish.stdin(":skip\n:skip\n".to_owned() + cheat).run();
    outcome
        .exits(1)
        .says("jeśli padniesz między wierszem 1 a 2");
}

#[test]
fn exploring_errors_and_what_was_taken_back_are_not_punished() {
    let home = Home::new();
    // Looking around, a typing error, a wrong way, and then the answer.
    let detour = "SMEMBERS lab:talk:1\nSINTER lab:talk:1\nSADD lab:regulars ola\nSADD\n:undo\n\
                  SINTERSTORE lab:regulars lab:talk:1 lab:talk:2\nSMEMBERS lab:regulars\n\
                  SREM lab:talk:2 zbyszek\n";
    let outcome = at(&home, "sets", "sets-regulars", detour);
    outcome.exits(0).says("✓ Solved");
    // The wrong way first, seen refused, and then the right one.
    let home = Home::new();
    let second = "SADD lab:regulars ola ewa\nSREM lab:talk:2 zbyszek\n\
                  SINTERSTORE lab:regulars lab:talk:1 lab:talk:2\n";
    let outcome = at(&home, "sets", "sets-regulars", second).exits(0);
    outcome
        .says("Right here, but with other guests")
        .says("✓ Solved");
}

#[test]
fn a_slip_is_noticed_at_once() {
    let home = Home::new();
    let outcome = at(&home, "strings", "strings-tickets", "DECRBY lab:ticket 3\n");
    outcome
        .exits(1)
        .says("the exercise is about lab:tickets, not lab:ticket");
    let outcome = at(&home, "strings", "strings-tickets", "SET lab:tickets 39\n");
    outcome
        .exits(1)
        .says("this held before and does not any more");
    // Two of the mails that wait are on their way for a moment: no slip.
    let outcome = at(
        &home,
        "challenges",
        "challenges-queue",
        "LMOVE lab:doing:ola lab:todo RIGHT LEFT\n",
    );
    let outcome = outcome.exits(1);
    assert!(
        !outcome.stdout.contains("this held before"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn verify_accepts_the_solutions_of_every_exercise() {
    let home = Home::new();
    for section in &Library::new(None).ids(Lang::En).expect("ids") {
        let own = exercises(section);
        home.solve(section, &own.iter().collect::<Vec<_>>())
            .exits(0);
    }
    let outcome = home.lab(&["verify"]).run().exits(0);
    outcome
        .says(&format!("{} submissions checked", all_exercises()))
        .says("no longer accepted: 0");
}

#[test]
fn a_class_is_reported_as_a_table_csv_and_events() {
    let (ala, ola) = (Home::new(), Home::new());
    let lists = exercises("lists");
    ala.solve("lists", &[&lists[0]]).exits(0);
    ola.lab(&["lists"]).stdin(":hint\nPING\n").run().exits(1);
    let class = tempfile::tempdir().expect("a temporary directory");
    std::fs::create_dir(class.path().join("ola")).expect("a folder");
    std::fs::copy(ala.file(), class.path().join("ala.json")).expect("copied");
    std::fs::copy(ola.file(), class.path().join("ola/practice.json")).expect("copied");
    let folder = class.path().display().to_string();
    let home = Home::new();
    let all = all_exercises();
    let table = home.lab(&["report", &folder]).run().exits(0);
    table
        .says(&format!("{:<25}✓1    …1?", "lists-bar"))
        .says(&format!("1 ala: 1 of {all} solved"))
        .says(&format!("2 ola: 0 of {all} solved; attempts: 1, hints: 1"));
    let csv = home.lab(&["report", "--csv", &folder]).run().exits(0);
    assert_eq!(csv.stdout.lines().count(), 1 + 2 * all);
    csv.says("ala,lists,lists-bar,done,1,0,false,2,")
        .says("ola,lists,lists-bar,begun,1,1,false,1,");
    let events = home.lab(&["report", "--json", &folder]).run().exits(0);
    assert_eq!(events.stdout.lines().count(), 2 * all);
    home.lab(&["report", "/nowhere.json"])
        .run()
        .exits(2)
        .complains("cannot read");
}

#[test]
fn help_knows_the_words_of_practice_and_of_the_shell() {
    let input = "help :hint\n:help solution\nhelp undo\n";
    let told = Home::new().lab(&["sets"]).stdin(input).run().stdout;
    for word in ["  :hint ", "  :solution ", "  :undo "] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(!told.contains("nothing about"), "{told}");
}

/// A word of the exercise and one of the shell's that is called the same would
/// be told as two things.
#[test]
fn help_tells_every_word_once() {
    let outcome = Home::new().lab(&["sets"]).stdin(":help\n").run();
    let words: Vec<&str> = outcome
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  :")?.split(' ').next())
        .collect();
    assert!(words.contains(&"undo"), "{}", outcome.stdout);
    assert_eq!(words.iter().filter(|word| **word == "reset").count(), 1);
    let once: std::collections::BTreeSet<&&str> = words.iter().collect();
    assert_eq!(once.len(), words.len(), "{words:?}");
}

#[test]
fn the_colon_may_be_left_out() {
    let home = Home::new();
    let input = "hint\nCHECK\nsolution\nsolution\n".to_owned() + &answer(&exercises("lists")[0]);
    let outcome = home.lab(&["lists"]).stdin(input + "next\nq\nPING\n").run();
    let outcome = outcome
        .exits(0)
        .says("Hint 1 of")
        .says("The oldest order (tea)")
        .says("Our solution")
        .says("✓ Solved");
    let second = format!("\n{}\n", title(&exercises("lists")[1]));
    assert!(outcome.stdout.contains(&second), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("PONG"), "{}", outcome.stdout);
    let home = Home::new();
    let polish = home.lab(&["lists", "--lang", "pl"]);
    polish.stdin("podpowiedź\n").run().says("Podpowiedź 1 z");
}
