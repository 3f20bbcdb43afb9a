//! Lessons on a real server that is older than they are: Redis 6.2, which
//! `tests/servers.sh` fetches.

#![cfg(unix)]

mod lab;
mod needs;

use lab::{ForeignServer, Lab};
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

#[test]
fn every_section_plays_to_its_end_and_nothing_else_surprises() {
    let Some(server) = ForeignServer::fetched("all sections on an old server", "redis-6.2") else {
        return;
    };
    let outcome = Lab::new(&["all", "--json", "--no-pause", "--url", &server.url()])
        .run()
        .exits(4);
    let events: Vec<Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let ended = events.iter().filter(|event| event["type"] == "lesson_end");
    assert_eq!(ended.count(), 9);
    let unexplained: Vec<&Value> = events
        .iter()
        .filter(|event| event["ok"] == false && event["too_old"].is_null())
        .collect();
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    // Another encoding's name is no error, and still a matter of age.
    let encoding = events
        .iter()
        .find(|event| event["value"] == "ziplist")
        .expect("an old encoding");
    assert!(
        encoding["too_old"]["why"]
            .as_str()
            .is_some_and(|why| why.contains("Redis 7.0 and newer"))
    );
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
