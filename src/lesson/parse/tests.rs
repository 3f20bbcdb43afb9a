//! What a lesson file is read into, and the mistakes that are named.

use super::*;
use crate::lesson::Library;
use catalog::lang::Lang;

const LESSON: &str = include_str!("testdata/small.md");

#[test]
fn a_lesson_is_read_into_steps() {
    let lesson = parse("small", "small.md", LESSON).expect("well written");
    assert_eq!(lesson.title, "Streams: nothing gets lost");
    assert_eq!(lesson.steps.len(), 3);
    assert_eq!(lesson.part("second"), Some(1));
    assert_eq!(lesson.minutes(), 2);
    let [exercise] = lesson.exercises().collect::<Vec<_>>()[..] else {
        panic!("one exercise")
    };
    assert_eq!(exercise.id, "ack-1");
    assert_eq!(exercise.title, "finish the order");
    assert_eq!(exercise.checks.len(), 1);
    assert_eq!(exercise.checks[0].message, "The message is still pending.");
    assert_eq!(exercise.hints.len(), 1);
    assert!(exercise.setup.is_some());
    let Some(Item::Run(block)) = lesson.steps[1]
        .items
        .iter()
        .find(|item| matches!(item, Item::Run(block) if block.session.is_some()))
    else {
        panic!("a block for @ala")
    };
    assert_eq!(block.title, "Ala takes an order");
    assert_eq!(block.lines[0].expected.len(), 1);
}

/// Each mutation of the good lesson, what the complaint says, and its line.
#[test]
fn mistakes_are_named_with_their_line() {
    let cases = [
        ("# Streams", "Streams", "does not begin with its title", 1),
        (
            "<!-- pause -->",
            "<!-- puase -->",
            "did you mean \"pause\"",
            25,
        ),
        ("(2 min) -->", "(2 min)", "never closed", 14),
        (
            "demo=dying-consumer",
            "demo=dying-consumers",
            "did you mean \"dying-consumer\"",
            27,
        ),
        (
            "```text expect\n1)",
            "```text expect\nOK\n1)",
            "2 are expected here",
            20,
        ),
        (
            "```redis solution ack-1",
            "```redis solution ack-2",
            "the exercise is \"ack-1\"",
            57,
        ),
        (
            "1) (integer) 0",
            "1) (integer) zero",
            "is not an integer",
            44,
        ),
        ("XACK lab:orders", "XACK \"lab:orders", "not balanced", 58),
        ("<!-- learned:", "<!-- note:", "without a <!-- learned", 41),
    ];
    for (from, to, message, line) in cases {
        assert!(LESSON.contains(from), "{from}");
        let broken = LESSON.replacen(from, to, 1);
        let error = parse("small", "small.md", &broken).expect_err(from);
        assert!(
            error.message.pick(Lang::En).contains(message),
            "{from}: {error:?}"
        );
        assert_eq!(error.span.line, line, "{from}: {error:?}");
    }
}

#[test]
fn a_table_whose_lines_do_not_fit_is_no_paragraph() {
    let with = |rule: &str| {
        let table = format!("| a | b |\n{rule}\n| 1 | 2 |\n\n<!-- pause -->");
        LESSON.replacen("<!-- pause -->", &table, 1)
    };
    parse("small", "small.md", &with("|---|---|")).expect("well written");
    for wrong in ["|---|---|---|", "|---|", "| - b |"] {
        let error = parse("small", "small.md", &with(wrong)).expect_err(wrong);
        assert!(
            error.message.pick(Lang::En).contains("a table"),
            "{error:?}"
        );
        assert_eq!(error.span.line, 25, "{error:?}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_title() {
    let marked = format!("\u{feff}{LESSON}");
    let lesson = parse("small", "small.md", &marked).expect("well written");
    assert_eq!(lesson.title, "Streams: nothing gets lost");
    assert_eq!(lesson.source, marked, "for --bless, which writes it back");
    let broken = marked.replace("<!-- pause -->", "<!-- puase -->");
    let error = parse("small", "small.md", &broken).unwrap_err();
    assert_eq!(error.span.line, 25);
}

#[test]
fn control_characters_are_refused_with_their_place() {
    let windows = LESSON.replace('\n', "\r\n");
    parse("small", "small.md", &windows).expect("CRLF and tabs are no more than that");
    for (inserted, name) in [
        ("\u{1b}[2J", "U+001B"),
        ("\u{7}", "U+0007"),
        ("\r", "U+000D"),
        ("\u{7f}", "U+007F"),
        ("\u{9b}", "U+009B"),
        ("\u{202e}", "U+202E"),
    ] {
        for (before, line) in [("# Streams", 1), ("GROUP workers ala", 17)] {
            let odd = format!("{before}{inserted}");
            let broken = LESSON.replacen(before, &odd, 1);
            let error = parse("small", "small.md", &broken).expect_err(name);
            assert!(error.message.pick(Lang::En).contains(name), "{error:?}");
            assert_eq!(error.span.line, line, "{error:?}");
            let column = broken.lines().nth(line - 1).unwrap().find(inserted);
            let column = column.unwrap_or_else(|| error.span.column - 1);
            assert_eq!(error.span.column, column + 1, "{error:?}");
        }
    }
}

#[test]
fn what_is_said_of_the_whole_lesson_stands_once_at_the_top() {
    let title = "# Streams: nothing gets lost\n";
    assert!(LESSON.starts_with(title));
    let marked = |mark: &str| LESSON.replacen(title, &format!("{title}\n{mark}\n"), 1);
    let mark = "<!-- own server: it fills its memory -->";
    let lesson = parse("small", "small.md", &marked(mark)).expect("well written");
    assert_eq!(lesson.own_server.as_deref(), Some("it fills its memory"));
    let twice = marked(&format!("{mark}\n\n{mark}"));
    let late = format!("{LESSON}\n{mark}\n");
    for wrong in [twice, late] {
        let error = parse("small", "small.md", &wrong).unwrap_err();
        assert!(
            error.message.pick(Lang::En).contains("\"own server:\""),
            "{error:?}"
        );
    }
}

#[test]
fn a_picture_has_a_kind_a_caption_and_one_command() {
    let with = |fence: &str| LESSON.replacen("```live demo=dying-consumer\n```", fence, 1);
    let good = "```picture bars Who has how much\nHGETALL lab:x\n```";
    let lesson = parse("small", "small.md", &with(good)).expect("well written");
    let items = lesson.steps.iter().flat_map(|step| &step.items);
    let pictures = items.filter_map(|item| match item {
        Item::Picture(picture) => Some(picture.caption.as_str()),
        _ => None,
    });
    assert_eq!(pictures.collect::<Vec<_>>(), ["Who has how much"]);
    for (from, to, message) in [
        ("picture bars", "picture bar", "did you mean \"bars\""),
        (" Who has how much", "", "without a caption"),
        (
            "picture bars Who has how much",
            "picture",
            "```picture KIND",
        ),
        ("HGETALL lab:x", "HGETALL lab:x\nPING", "to one command"),
        ("HGETALL lab:x\n", "", "without commands"),
    ] {
        let text = with(&good.replacen(from, to, 1));
        let error = parse("small", "small.md", &text).expect_err(to);
        assert!(error.message.pick(Lang::En).contains(message), "{error:?}");
        assert_eq!(error.span.line, 27, "{error:?}");
    }
    for before in ["```redis setup", "</details>"] {
        let at = LESSON.rfind(before).expect("there");
        let mut text = LESSON.to_owned();
        text.insert_str(at, &format!("{good}\n\n"));
        let error = parse("small", "small.md", &text).expect_err(before);
        assert!(
            error.message.pick(Lang::En).contains("exercise"),
            "{error:?}"
        );
    }
}

const SERVERS: &str = "# T\n<!-- servers: one 7001, two 7002 -->\n\n## S\n\n\
    ```redis @two until\nREPLICAOF 127.0.0.1 7001\n```\n\n```text expect\nOK\n```\n\n\
    ```live kill=one\n```\n\n```live demo=replica-lag\nwriter | 1 ms\n```\n\n\
    ```text task t-1 @two\n# What?\npredict> PING\nPONG\nwrong> x\n```\n";

#[test]
fn servers_of_its_own_have_the_ports_that_are_free() {
    let lesson = parse("t", "t.md", SERVERS).expect("well written");
    assert_eq!(lesson.servers.len(), 2);
    let played = lesson.at_ports(&[(7001, 10500), (7002, 10501)]);
    let [
        Item::Run(block),
        Item::Server { .. },
        Item::Live { recording, .. },
        Item::Task(task),
    ] = played.steps[1].items.as_slice()
    else {
        panic!("{:?}", played.steps[1].items)
    };
    assert!(block.until && block.lines[0].text.ends_with(" 10500"));
    assert_eq!((recording.len(), task.session.as_deref()), (1, Some("two")));
    assert_eq!(
        (played.source, played.servers),
        (lesson.source, lesson.servers)
    );
}

#[test]
fn mistakes_about_servers_of_its_own_are_named() {
    for (from, to, message) in [
        ("kill=one", "kill=three", "no server \"three\""),
        ("kill=one", "stop=one", "live demo=NAME"),
        ("t-1 @two", "t-1 @ala", "no server of the lesson's own"),
        ("@two until", "@two until setup", "with replies"),
        ("one 7001, two 7002", "one 7001, one 7002", "of their own"),
        ("<!-- servers: one 7001, two 7002 -->", "", "no server"),
    ] {
        assert!(SERVERS.contains(from), "{from}");
        let error = parse("t", "t.md", &SERVERS.replacen(from, to, 1)).expect_err(to);
        assert!(
            error.message.pick(Lang::En).contains(message),
            "{to}: {error:?}"
        );
    }
    let demo = "# T\n\n```live demo=counters\n1 ms\n```\n";
    let error = parse("t", "t.md", demo).expect_err("a recording");
    assert!(
        error
            .message
            .pick(Lang::En)
            .contains("a live block is empty"),
        "{error:?}"
    );
}

#[test]
fn every_embedded_lesson_can_be_read() {
    let library = Library::new(None);
    for lang in Lang::ALL {
        for id in library.ids(lang).expect("embedded") {
            if let Err(error) = library.get(&id, lang) {
                panic!("{error:?}");
            }
        }
    }
}
