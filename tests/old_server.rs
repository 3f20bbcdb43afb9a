//! Lessons on a real server that is older than they are: Redis 6.2, which
//! `tests/servers.sh` fetches.

#![cfg(unix)]

mod lab;
mod needs;

use catalog::lang::Lang;
use lab::{ForeignServer, Lab};
use redis_lab::lesson::Library;
use serde_json::Value;

#[test]
fn what_is_missing_is_named_with_its_version_and_a_way_out() {
    let Some(server) = ForeignServer::fetched("lessons on an old server", "redis-6.2") else {
        return;
    };
    let url = server.url();
    let lists = |more: &[&str]| {
        let args = ["lists", "--no-pause", "--url", &url];
        Lab::new(&[&args, more].concat()).run().exits(4)
    };
    lists(&[])
        .says("! LMPOP needs Redis 7.0 or newer; this server is Redis 6.2")
        .says("[14/14]")
        .complains("the server is too old for this lesson: LMPOP needs Redis 7.0")
        .complains("lessons/en/lists.md:")
        .complains("--server builtin");
    lists(&["--lang", "pl"])
        .says("! LMPOP wymaga Redisa 7.0 lub nowszego; ten serwer to Redis 6.2")
        .complains("serwer jest za stary na tę lekcję")
        .complains("lessons/pl/lists.md:");
    let events = lists(&["--json"]);
    let reply = events
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .find(|event| event["ok"] == false)
        .expect("a surprise");
    assert_eq!(reply["too_old"]["needs"], "7.0.0");
}

/// The events that a run of redis-lab prints.
fn events(outcome: &lab::Outcome) -> Vec<Value> {
    let lines = outcome.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn a_section_that_is_too_new_plays_to_its_end_and_nothing_else_surprises() {
    let Some(server) = ForeignServer::fetched("a section on an old server", "redis-6.2") else {
        return;
    };
    for section in ["lists", "sets", "streams"] {
        let args = [section, "--json", "--no-pause", "--url", &server.url()];
        let events = events(&Lab::new(&args).run().exits(4));
        let ended = events.iter().filter(|event| event["type"] == "lesson_end");
        assert_eq!(ended.count(), 1, "{section}");
        let unexplained: Vec<&Value> = events
            .iter()
            .filter(|event| event["ok"] == false && event["too_old"].is_null())
            .collect();
        assert!(unexplained.is_empty(), "{section}: {unexplained:#?}");
        if section == "sets" {
            // Another encoding's name is no error, and still a matter of age.
            let encoding = events.iter().find(|event| event["value"] == "ziplist");
            let why = encoding.expect("an old encoding")["too_old"]["why"].as_str();
            assert!(why.is_some_and(|why| why.contains("Redis 7.0 and newer")));
        }
    }
}

#[test]
fn of_all_sections_those_that_can_are_played_and_the_others_are_named() {
    let Some(server) = ForeignServer::fetched("all sections on an old server", "redis-6.2") else {
        return;
    };
    let args = ["all", "--json", "--no-pause", "--url", &server.url()];
    let outcome = Lab::new(&args).run().exits(0);
    let played: Vec<Value> = events(&outcome)
        .into_iter()
        .filter(|event| event["type"] == "lesson_end")
        .collect();
    for lesson in Library::new(None).all(Lang::En).expect("lessons") {
        let of_it = played.iter().find(|event| event["id"] == lesson.id);
        let named = format!("left out: {} ", lesson.id);
        match of_it {
            Some(event) => assert_eq!(event["surprises"], 0, "{}", lesson.id),
            None if lesson.is_shown() => assert!(outcome.stderr.contains(&named), "{named}"),
            None => {}
        }
    }
    assert!(played.len() > 5, "{played:?}");
}

#[test]
fn listening_and_publishing_work_there() {
    let Some(server) = ForeignServer::fetched("publishing on an old server", "redis-6.2") else {
        return;
    };
    Lab::new(&[
        "pubsub",
        "--publish",
        "news",
        "hello",
        "--url",
        &server.url(),
    ])
    .run()
    .exits(0)
    .says("received by 0");
}

/// `<!-- needs: ... -->`: what happens to be on PATH gives way to the built-in
/// server, and `check` and a rehearsal leave the lesson out.
#[test]
fn a_lesson_that_needs_a_newer_server_says_so_at_once() {
    let Some(program) = needs::fetched("what a lesson needs", "redis-6.2") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary directory");
    for lang in ["en", "pl"] {
        let text = "# Aged\n\n<!-- needs: redis 7, valkey 9 -->\n\n## One\n\n\
                    ```redis\nPING\n```\n\n```text expect\nPONG\n```\n";
        let dir = folder.path().join(lang);
        std::fs::create_dir(&dir).expect("a folder");
        std::fs::write(dir.join("lists.md"), text).expect("a lesson");
    }
    let lessons = folder.path().display().to_string();
    let path = program.parent().expect("a folder").to_owned();
    let run = |args: &[&str]| {
        let args = [args, &["--lessons", &lessons]].concat();
        Lab::new(&args).env("PATH", &path).run()
    };
    let why = "lists needs Redis 7.0 or Valkey 9.0; this server is Redis 6.2";
    run(&["lists", "--no-pause"])
        .exits(0)
        .complains(why)
        .complains("the built-in server instead");
    run(&["lists", "--no-pause", "--lang", "pl"])
        .exits(0)
        .complains("lists wymaga: Redis 7.0 lub Valkey 9.0; ten serwer to Redis 6.2")
        .complains("serwer wbudowany");
    // What was asked for is played on; the lesson says what is missing.
    run(&["lists", "--no-pause", "--server", "spawn"]).exits(0);
    run(&["check"]).exits(0).says(&format!("left out: {why}"));
    run(&["walkthrough", "lists", "--rehearse", "--server", "spawn"])
        .exits(0)
        .says(&format!("left out: {why}"));
}
