//! The main job, as its users run it: every section in both languages, on
//! every kind of server, and whatever can go wrong on the way.

#![cfg(unix)]

mod lab;
mod needs;

use catalog::lang::Lang;
use lab::{ForeignServer, Lab, is_running, wait_for};
use redis::Commands as _;
use redis_lab::lesson::{Lesson, Library};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};

/// Every section and the other names of them and their parts.
fn sections() -> Vec<String> {
    let sections = Library::new(None).sections(Lang::En).expect("sections");
    assert!(sections.len() >= 10, "{sections:?}");
    let names = sections.into_iter().map(|section| {
        let names = [vec![section.id], section.aliases, section.parts];
        names.concat()
    });
    names.flatten().collect()
}

/// The sections that `all` runs, in order.
fn all() -> Vec<String> {
    all_but(|_| false)
}

/// The same without some of them.
fn all_but(left_out: fn(&Lesson) -> bool) -> Vec<String> {
    let lessons = Library::new(None).all(Lang::En).expect("lessons");
    let played = lessons
        .into_iter()
        .filter(|lesson| lesson.is_shown() && !left_out(lesson));
    played.map(|lesson| lesson.id).collect()
}

/// Without the sections that an old server cannot play, which is told.
fn but_those_told(mut sections: Vec<String>, stderr: &str) -> Vec<String> {
    sections.retain(|id| !stderr.contains(&format!(": {id} ")));
    assert!(sections.len() >= 10, "{stderr}");
    sections
}

#[test]
fn every_section_runs_in_both_languages() {
    for lang in ["en", "pl"] {
        for section in sections() {
            let outcome = Lab::new(&[&section, "--no-pause", "--lang", lang]).run();
            let outcome = outcome.exits(0);
            assert!(!outcome.stdout.contains('\x1b'), "no colour in a pipe");
            // On an old server at most where it is played instead.
            let said = outcome.stderr.trim_end();
            let elsewhere = [
                "; the built-in server instead",
                "; zamiast niego serwer wbudowany",
            ];
            let is_told = elsewhere.iter().any(|end| said.ends_with(end));
            assert!(said.is_empty() || is_told, "{said}");
        }
        Lab::new(&["thumbnail", "lesson", "--no-pause", "--lang", lang])
            .run()
            .exits(0);
    }
}

/// The ids of the lessons in `--json` output, and that each went as it should.
fn lessons_played(output: &str, lang: &str) -> Vec<String> {
    let events: Vec<serde_json::Value> = output
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    for event in &events {
        match event["type"].as_str() {
            Some("lesson") => assert_eq!(event["lang"], lang),
            Some("lesson_end") => assert_eq!(event["surprises"], 0, "{event}"),
            _ => {}
        }
    }
    let begun = events.iter().filter(|event| event["type"] == "lesson");
    begun
        .map(|event| event["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn all_runs_every_section_in_order_in_both_languages() {
    for lang in ["en", "pl"] {
        let outcome = Lab::new(&["all", "--no-pause", "--json", "--lang", lang])
            .run()
            .exits(0);
        let played = but_those_told(all(), &outcome.stderr);
        assert_eq!(lessons_played(&outcome.stdout, lang), played);
    }
}

#[test]
fn every_section_runs_on_the_built_in_server() {
    Lab::new(&["all", "--no-pause", "--server", "builtin"])
        .run()
        .exits(0)
        .says("built-in server");
}

#[test]
fn alone_it_lists_the_sections() {
    Lab::new(&[])
        .run()
        .exits(0)
        .says("redis-lab strings")
        .says("notifications");
    Lab::new(&["--lang", "pl"])
        .run()
        .exits(0)
        .says("Zacznij kurs");
}

/// The first screen: the ways in, then the course with its order, minutes and
/// what builds on what. It fits a terminal of 80 by 24.
#[test]
fn the_first_screen_has_the_ways_in_and_the_course() {
    for lang in Lang::ALL {
        let outcome = Lab::new(&["--lang", lang.code()]).run().exits(0);
        let words: Vec<&str> = outcome.stdout.split_whitespace().collect();
        let sections = Library::new(None).sections(lang).expect("sections");
        for (index, section) in sections.iter().enumerate() {
            let place = |id: &String| sections.iter().position(|own| own.id == *id);
            let number = |id: &String| (place(id).expect("a section") + 1).to_string();
            let after: Vec<String> = section.after.iter().map(number).collect();
            let (number, minutes) = ((index + 1).to_string(), section.minutes.to_string());
            let after = after.join(",");
            let mut cells = vec![number.as_str(), &section.id, &minutes, "min"];
            cells.extend((!after.is_empty()).then_some(after.as_str()));
            let is_there = words.windows(cells.len()).any(|window| window == cells);
            assert!(is_there, "{cells:?}\n{}", outcome.stdout);
        }
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        assert!(lines.len() < 24, "{} lines", lines.len());
        let widest = lines.iter().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{}", outcome.stdout);
        let is_word = |word: &&&str| word.chars().all(char::is_alphabetic);
        assert!(words.iter().filter(is_word).count() <= 150);
        // Nothing on it is unknown.
        for line in lines.iter().filter(|line| line.contains("redis-lab ")) {
            let (_, args) = line.split_once("redis-lab ").expect("a command");
            let mut args: Vec<&str> = args.split(' ').collect();
            args.push("--help");
            if !line.starts_with("redis-lab") {
                Lab::new(&args).run().exits(0);
            }
        }
    }
}

#[test]
fn the_first_screen_knows_how_far_one_is() {
    let state = tempfile::tempdir().expect("a folder");
    let progress = r#"{"version":1,"lessons":{"strings":{"step":9,"finished":true},
        "lists":{"step":3,"finished":false}},
        "tasks":{"strings-try-1":{"section":"strings","solved":true}}}"#;
    std::fs::write(state.path().join("practice.json"), progress).expect("written");
    let state = state.path().to_str().expect("UTF-8");
    for (lang, says) in [("en", "Go on with the course"), ("pl", "Wróć do kursu")] {
        let outcome = Lab::new(&["--lang", lang])
            .env("REDIS_LAB_STATE_DIR", state)
            .run()
            .exits(0);
        let line = outcome.stdout.lines().find(|line| line.contains(says));
        assert!(line.is_some_and(|line| line.ends_with("redis-lab lists")));
        assert!(outcome.stdout.contains(" 1/"), "{}", outcome.stdout);
    }
}

#[test]
fn a_section_is_meant_by_one_of_its_things_too() {
    for (name, title) in [
        ("string", "redis-lab string"),
        ("hash", "redis-lab hash"),
        ("zset", "redis-lab zset"),
    ] {
        Lab::new(&[name, "--help"]).run().exits(0).says(title);
    }
}

#[test]
fn find_and_help_lead_to_the_steps() {
    let found = Lab::new(&["find", "xack"]).run().exits(0);
    let line = found.stdout.lines().next().expect("a line").trim();
    let command = line.strip_prefix("redis-lab ").expect("a command");
    let args: Vec<&str> = command.split("  ").next().unwrap().split(' ').collect();
    assert_eq!((args[0], args[1]), ("streams", "--from"));
    let mut args = args;
    args.push("--no-pause");
    Lab::new(&args).run().exits(0).says("XACK");
    Lab::new(&["find", "transakcj", "--lang", "pl"])
        .run()
        .exits(0);
    Lab::new(&["find", "nonesuch"])
        .run()
        .exits(2)
        .complains("nonesuch");
    Lab::new(&["help", "XACK"])
        .run()
        .exits(0)
        .says("redis-lab streams --from");
    Lab::new(&["help", "repl"]).run().exits(0).says("--raw");
    Lab::new(&["help"]).run().exits(0).says("walkthrough");
}

/// The server's data and settings, as far as a lesson could touch them.
fn inventory(server: &ForeignServer) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut connection = server.connection();
    for db in 0..2 {
        let () = redis::cmd("SELECT").arg(db).query(&mut connection).unwrap();
        let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
        for key in keys {
            let dump: Vec<u8> = redis::cmd("DUMP").arg(&key).query(&mut connection).unwrap();
            let ttl: i64 = redis::cmd("EXPIRETIME")
                .arg(&key)
                .query(&mut connection)
                .unwrap();
            all.insert(format!("{db}/{key}"), format!("{dump:?} {ttl}"));
        }
    }
    let config: BTreeMap<String, String> = redis::cmd("CONFIG")
        .arg("GET")
        .arg("*")
        .query(&mut connection)
        .unwrap();
    all.extend(
        config
            .into_iter()
            .map(|(name, value)| (format!("config {name}"), value)),
    );
    all
}

fn with_foreign_keys() -> ForeignServer {
    let server = ForeignServer::start();
    let mut connection = server.connection();
    let mut pipe = redis::pipe();
    for number in 0..1000 {
        pipe.set_ex(format!("user:{number}"), number, 3600 + number)
            .ignore();
    }
    pipe.cmd("SELECT").arg(1).ignore();
    pipe.rpush("queue", &["a", "b"]).ignore();
    pipe.hset("profile", "name", "Ala").ignore();
    pipe.set_ex("token", "x", 7200).ignore();
    let () = pipe.query(&mut connection).unwrap();
    server
}

#[test]
fn a_server_that_is_not_ours_is_left_as_it_was() {
    let server = with_foreign_keys();
    let before = inventory(&server);
    let keys = |db: &str| before.keys().filter(|name| name.starts_with(db)).count();
    assert_eq!((keys("0/"), keys("1/")), (1000, 3));
    for lang in ["en", "pl"] {
        let args = ["all", "--no-pause", "--json", "--lang", lang, "--url"];
        let outcome = Lab::new(&[&args[..], &[server.url().as_str()]].concat())
            .run()
            .exits(0);
        let played = all_but(|lesson| lesson.own_server.is_some());
        let played = but_those_told(played, &outcome.stderr);
        assert_eq!(lessons_played(&outcome.stdout, lang), played);
        assert_eq!(inventory(&server), before);
    }
    // Alone, the section shows a job system of its own on that server.
    Lab::new(&["thumbnail", "--no-pause", "--url", &server.url()])
        .run()
        .exits(0);
    assert_eq!(inventory(&server), before);
}

/// Runs a section on a server with foreign keys until it says `until`, and
/// sends Ctrl-C then. It stands still while the keys are looked at, so that
/// it is not over before on a slow machine.
fn interrupted_leaves_it_as_it_was(section: &str, until: &str) {
    let server = with_foreign_keys();
    let before = inventory(&server);
    let mut child = Lab::new(&[section, "--no-pause", "--url", &server.url()]).spawn();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(until)), "{section}");
    signal(child.id(), Signal::STOP);
    assert_ne!(inventory(&server), before, "{section} has not begun yet");
    signal(child.id(), Signal::INT);
    signal(child.id(), Signal::CONT);
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{section}: {status:?}");
    assert_eq!(inventory(&server), before, "{section}");
}

#[test]
fn ctrl_c_in_the_middle_leaves_it_as_it_was_too() {
    // Keys are there, and the lesson waits long enough to be caught at it.
    interrupted_leaves_it_as_it_was("strings", "... waiting");
    // The setting has been changed, and an event is on its way.
    interrupted_leaves_it_as_it_was("notifications", "SET lab:session:42 Ala PX 100");
}

fn signal(pid: u32, signal: Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

#[test]
fn keys_that_are_in_the_way_are_named_and_kept() {
    let server = ForeignServer::start();
    let () = server.connection().set("lab:mine", "precious").unwrap();
    Lab::new(&["lists", "--no-pause", "--url", &server.url()])
        .run()
        .exits(4)
        .complains("lab:mine")
        .complains("--reset-lab");
    let value: String = server.connection().get("lab:mine").unwrap();
    assert_eq!(value, "precious");
    Lab::new(&["lists", "--no-pause", "--reset-lab", "--url", &server.url()])
        .run()
        .exits(0);
}

#[test]
fn a_second_run_on_the_same_server_gives_way() {
    let server = ForeignServer::start();
    let url = server.url();
    let mut first = Lab::new(&["strings", "--no-pause", "--url", &url]).spawn();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("... waiting")));
    let second = |more: &[&str]| {
        let args = ["lists", "--no-pause", "--url", &url];
        Lab::new(&[&args, more].concat()).run().exits(4)
    };
    second(&[]).complains("another redis-lab is running a lesson");
    second(&["--reset-lab", "--lang", "pl"]).complains("inny redis-lab prowadzi");
    // Neither run disturbed the other: the first one ends well.
    let rest: Vec<String> = lines.map(|line| line.unwrap()).collect();
    assert!(
        rest.iter().any(|line| line.starts_with("Done:")),
        "{rest:?}"
    );
    assert_eq!(first.wait().unwrap().code(), Some(0));
    Lab::new(&["lists", "--no-pause", "--url", &url])
        .run()
        .exits(0);
}

#[test]
fn bad_input_gets_a_clear_message_and_its_exit_code() {
    Lab::new(&["lits"]).run().exits(2).complains("'lists'");
    Lab::new(&["lits", "--lang", "pl"])
        .run()
        .exits(2)
        .complains("nie ma polecenia 'lits'")
        .complains("'lists'");
    for (lang, words) in [
        ("en", "not a Redis URL"),
        ("pl", "to nie jest adres URL Redisa"),
    ] {
        Lab::new(&["lists", "--url", "http://x", "--lang", lang])
            .run()
            .exits(2)
            .complains(words)
            .complains("redis://");
    }
    // Nobody can write here, root included.
    if cfg!(target_os = "linux") {
        for (kind, lang, words) in [
            ("auto", "en", "temporary directory"),
            ("builtin", "pl", "katalogu tymczasowego"),
        ] {
            Lab::new(&["lists", "--server", kind, "--lang", lang])
                .env("TMPDIR", "/proc")
                .run()
                .exits(4)
                .complains(words)
                .complains("TMPDIR");
        }
    }
    Lab::new(&["lists", "--url", "redis://127.0.0.1:1"])
        .run()
        .exits(4)
        .complains("no server at 127.0.0.1:1");
    Lab::new(&["lists", "--url", "redis://127.0.0.1:1", "--lang", "pl"])
        .run()
        .exits(4)
        .complains("pod 127.0.0.1:1 nie ma serwera")
        .complains("czy serwer działa");
    let server = ForeignServer::with(&["--requirepass", "sezam"]);
    let wrong = format!("{}?pass=wrong", server.url());
    let outcome = Lab::new(&["lists", "--url", &wrong]).run().exits(4);
    let outcome = outcome
        .complains("WRONGPASS")
        .complains("the server refused the login");
    assert!(!outcome.stderr.contains("wrong"), "the password is shown");
    Lab::new(&[
        "lists",
        "--no-pause",
        "--url",
        &format!("{}?pass=sezam", server.url()),
    ])
    .run()
    .exits(0);
    Lab::new(&["lists", "--server", "spawn"])
        .env("PATH", "/nowhere")
        .run()
        .exits(4)
        .complains("--server builtin");
    Lab::new(&["lists", "--lessons", "/nowhere"])
        .run()
        .exits(3)
        .complains("/nowhere");
}

#[test]
fn a_server_that_goes_away_is_exit_4_without_a_panic() {
    let mut server = ForeignServer::start();
    let mut child = Lab::new(&["strings", "--no-pause", "--url", &server.url()]).spawn();
    let mut first = [0; 64];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    server.kill();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = Lab::new(&["all", "--no-pause"]).spawn();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    // Only what is left out on this server is told.
    let said = String::from_utf8_lossy(&output.stderr);
    let mut lines = said.lines();
    assert!(
        lines.all(|line| line.starts_with("redis-lab: left out: ")),
        "{said}"
    );
}

#[test]
fn events_are_valid_json_and_carry_the_replies() {
    let outcome = Lab::new(&["lists", "--json"]).run().exits(0);
    let events: Vec<serde_json::Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(events[0]["type"], "lesson");
    assert_eq!(events[0]["version"], 1);
    assert!(
        events
            .iter()
            .any(|event| event["type"] == "reply" && event["ok"] == true)
    );
    assert_eq!(events.last().unwrap()["type"], "lesson_end");
    assert_eq!(events.last().unwrap()["surprises"], 0);
}

#[test]
fn a_private_server_does_not_outlive_a_killed_run() {
    if !needs::installed(
        "a_private_server_does_not_outlive_a_killed_run",
        &["redis-server"],
    ) {
        return;
    }
    let mut child = Lab::new(&["pubsub", "--listen"]).spawn();
    // The advice for the second terminal names the socket.
    let mut advice = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while !advice.contains("unix://") {
        assert_ne!(stderr.read_line(&mut advice).unwrap(), 0, "{advice}");
    }
    let socket = advice
        .split("unix://")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    let mut connection = redis::Client::open(format!("unix://{socket}"))
        .and_then(|client| client.get_connection())
        .unwrap();
    let info: String = redis::cmd("INFO")
        .arg("server")
        .query(&mut connection)
        .unwrap();
    let pid = info
        .lines()
        .find_map(|line| line.strip_prefix("process_id:"))
        .and_then(|pid| pid.trim().parse().ok())
        .unwrap();
    assert!(is_running(pid));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the server to be gone", || !is_running(pid));
    let folder = std::path::Path::new(socket).parent().unwrap().to_owned();
    wait_for("its directory to be gone", || !folder.exists());
}

#[test]
fn two_terminals_meet() {
    let server = ForeignServer::start();
    let url = server.url();
    let mut listener = Lab::new(&[
        "pubsub",
        "--listen",
        "news",
        "--pattern",
        "lo*",
        "--url",
        &url,
    ])
    .spawn();
    let mut ready = String::new();
    BufReader::new(listener.stderr.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    assert!(ready.contains("listening to news lo*"), "{ready}");
    let mut heard = BufReader::new(listener.stdout.take().unwrap()).lines();
    for (channel, message) in [("news", "cześć"), ("log", "a\x1b[2Jb")] {
        Lab::new(&["pubsub", "--publish", channel, message, "--url", &url])
            .run()
            .exits(0)
            .says("received by 1");
        let line = heard.next().unwrap().unwrap();
        assert!(line.contains(channel), "{line}");
        assert!(!line.contains('\x1b'), "a message must not move the cursor");
    }
    signal(listener.id(), Signal::INT);
    assert_eq!(listener.wait().unwrap().code(), Some(0));
}

#[test]
fn key_events_are_heard_and_the_setting_is_put_back() {
    let server = ForeignServer::start();
    let setting = || -> Vec<String> {
        redis::cmd("CONFIG")
            .arg("GET")
            .arg("notify-keyspace-events")
            .query(&mut server.connection())
            .unwrap()
    };
    let before = setting();
    let args = [
        "notifications",
        "--listen",
        "--key",
        "user:*",
        "--event",
        "set",
        "--url",
    ];
    let url = server.url();
    let mut listener = Lab::new(&[&args[..], &[url.as_str()]].concat()).spawn();
    let mut ready = String::new();
    BufReader::new(listener.stderr.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    let mut connection = server.connection();
    let () = connection.set("other", 1).unwrap();
    let () = connection.rpush("user:list", 1).unwrap();
    let () = connection.set("user:7", 1).unwrap();
    let mut heard = BufReader::new(listener.stdout.take().unwrap()).lines();
    let line = heard.next().unwrap().unwrap();
    assert!(line.contains("set") && line.contains("user:7"), "{line}");
    assert_ne!(setting(), before);
    signal(listener.id(), Signal::INT);
    assert_eq!(listener.wait().unwrap().code(), Some(0));
    assert_eq!(setting(), before);
}

/// The commands that are no sections.
const OTHER_COMMANDS: [&str; 10] = [
    "all",
    "repl",
    "walkthrough",
    "practice",
    "check",
    "doctor",
    "serve",
    "completions",
    "licences",
    "man",
];

#[test]
fn every_help_has_examples_in_the_language_of_the_reader() {
    let sections = sections();
    let sections = sections.iter().map(String::as_str);
    for command in sections.chain(OTHER_COMMANDS) {
        Lab::new(&[command, "--help"])
            .run()
            .exits(0)
            .says("Usage: redis-lab")
            .says("Examples:");
        // The language may stand behind what asks for the help.
        let polish = Lab::new(&[command, "--help", "--lang", "pl"])
            .run()
            .exits(0);
        let polish = polish.says("Użycie: redis-lab").says("Przykłady:");
        for english in ["Usage:", "Examples:", "Options:", "Commands:", "[default"] {
            assert!(!polish.stdout.contains(english), "{}", polish.stdout);
        }
    }
    Lab::new(&["-h"])
        .env("LANG", "pl_PL.UTF-8")
        .run()
        .exits(0)
        .says("Polecenia:")
        .says("Opcje wspólne:");
    Lab::new(&["thumbnail", "submit", "--help", "--lang=pl"])
        .run()
        .exits(0)
        .says("submit [OPCJE] <PLIK>...");
    Lab::new(&["--version", "--lang", "pl"])
        .run()
        .exits(0)
        .says(env!("CARGO_PKG_VERSION"));
}

#[test]
fn completions_describe_in_the_language_of_the_reader() {
    for (lang, words) in [
        ("en", "scripts in the server"),
        ("pl", "skrypty na serwerze"),
    ] {
        for shell in ["bash", "zsh", "fish", "nushell"] {
            let outcome = Lab::new(&["completions", shell, "--lang", lang])
                .run()
                .exits(0);
            let outcome = outcome.says("redis-lab");
            if shell != "bash" {
                outcome.says(words);
            }
        }
    }
}

#[test]
fn every_command_has_a_man_page_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    Lab::new(&["man", path]).run().exits(0).says("man1");
    // The sections also have aliases, which need no page.
    let sections = ["strings", "lists", "sets", "pipeline", "notifications"];
    for command in sections.iter().chain(&OTHER_COMMANDS) {
        for (pages, heading) in [("man1", ".SH SYNOPSIS"), ("pl/man1", ".SH SKŁADNIA")] {
            let page = folder.path().join(format!("{pages}/redis-lab-{command}.1"));
            let text = std::fs::read_to_string(&page)
                .unwrap_or_else(|error| panic!("{}: {error}", page.display()));
            assert!(text.contains(heading), "{text}");
        }
    }
    let missing = folder.path().join("file");
    std::fs::write(&missing, "").unwrap();
    Lab::new(&["man", missing.to_str().unwrap()])
        .run()
        .exits(2)
        .complains("cannot make the folder");
}

#[test]
fn doctor_speaks_polish() {
    Lab::new(&["doctor", "--server", "builtin", "--lang", "pl"])
        .run()
        .exits(0)
        .says("serwer wbudowany")
        .says("gotowy po")
        .says("nieinteraktywny");
}

/// The lines of a lesson that are prose: not typed, not replied, not code.
fn prose(output: &str) -> Vec<&str> {
    let mut prose = Vec::new();
    let mut answered = false;
    for line in output.lines() {
        if line.contains("> ") || line.starts_with("! ") || line.starts_with("──") {
            answered = true;
        } else if line.is_empty() {
            answered = false;
        } else if !answered && !line.starts_with(' ') {
            prose.push(line);
        }
    }
    prose
}

#[test]
fn prose_is_wrapped_to_a_narrow_terminal() {
    for lang in ["en", "pl"] {
        let run = |columns: &str| {
            Lab::new(&["lua", "--no-pause", "--lang", lang])
                .env("COLUMNS", columns)
                .run()
                .exits(0)
        };
        let (narrow, wide) = (run("30"), run("80"));
        let too_wide: Vec<&str> = prose(&narrow.stdout)
            .into_iter()
            .filter(|line| line.chars().count() > 30 && line.trim().contains(' '))
            .collect();
        assert!(too_wide.is_empty(), "{too_wide:#?}");
        assert!(narrow.stdout.lines().count() > wide.stdout.lines().count());
    }
}

/// A teacher's folder: both languages' files of these names, and a list.
fn lessons_of_ones_own(files: &[(&str, &str)], list: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for lang in ["en", "pl"] {
        let own = folder.path().join(lang);
        std::fs::create_dir(&own).unwrap();
        for (name, text) in files {
            std::fs::write(own.join(format!("{name}.md")), text).unwrap();
        }
    }
    if let Some(list) = list {
        std::fs::write(folder.path().join("course.toml"), list).unwrap();
    }
    folder
}

const GEO: &str = "# Geo: where things are
<!-- about: places on a map -->

Text.

## Cities

```redis
GEOADD lab:cities 21.0 52.2 Warszawa
```

```text expect
(integer) 1
```

<!-- part: distances -->

## Distances

```redis
EXISTS lab:cities
```

```text expect
(integer) 1
```
";

#[test]
fn a_lesson_file_is_a_section() {
    let folder = lessons_of_ones_own(
        &[("geo", GEO), ("lists", "# Only a title\n\nText.\n")],
        None,
    );
    let folder = folder.path().to_str().unwrap();
    for lang in ["en", "pl"] {
        let lab = |args: &[&str]| {
            Lab::new(&[args, &["--lessons", folder, "--lang", lang]].concat()).run()
        };
        lab(&["geo", "--no-pause"]).exits(0).says("GEOADD");
        let list = lab(&[]).exits(0).stdout;
        let line = |words: &str| list.lines().position(|line| line.ends_with(words));
        assert!(line("Only a title") < line("places on a map"), "{list}");
        assert!(line("Only a title").is_some(), "{list}");
        lab(&["--help"]).exits(0).says("places on a map");
        lab(&["geo", "--help"]).exits(0).says("places on a map");
        lab(&["all", "--no-pause"]).exits(0).says("Distances");
        lab(&["walkthrough", "geo", "--rehearse"]).exits(0);
        lab(&["strings"]).exits(2).complains("'strings'");
    }
}

#[test]
fn a_teachers_list_gives_the_order_and_other_names() {
    let list = "[[section]]\nid = \"geo\"\naliases = [\"places\"]\nparts = [\"distances\"]\n";
    let folder = lessons_of_ones_own(&[("art", "# Art\n\nText.\n"), ("geo", GEO)], Some(list));
    let folder = folder.path().to_str().unwrap();
    let lab = |args: &[&str]| Lab::new(&[args, &["--lessons", folder]].concat()).run();
    let shown = lab(&[]).exits(0).stdout;
    assert!(shown.find("  geo") < shown.find("  art"), "{shown}");
    lab(&["places", "--no-pause"]).exits(0).says("GEOADD");
    let part = lab(&["distances", "--no-pause"]).exits(0).says("Distances");
    assert!(!part.stdout.contains("Cities"), "{}", part.stdout);
    lab(&["--help"]).exits(0).says("[alias: places]");
}

#[test]
fn lessons_that_cannot_be_commands_are_refused() {
    for (file, list, words) in [
        ("repl", None, "repl"),
        ("shell", None, "shell"),
        ("all", None, "all"),
        ("-x", None, "-x"),
        (
            "geo",
            Some("[[section]]\nid = \"geo\"\naliases = [\"check\"]\n"),
            "check",
        ),
        (
            "geo",
            Some("[[section]]\nid = \"geo\"\nalias = [\"x\"]\n"),
            "alias",
        ),
        ("geo", Some("[[section]]\nid = \"art\"\n"), "art.md"),
    ] {
        let folder = lessons_of_ones_own(&[(file, GEO)], list);
        let folder = folder.path().to_str().unwrap();
        for lang in ["en", "pl"] {
            for command in ["geo", "repl"] {
                Lab::new(&[command, "--lessons", folder, "--lang", lang])
                    .run()
                    .exits(3)
                    .complains(words);
            }
        }
    }
}

#[test]
fn the_section_of_challenges_can_be_read_and_is_not_shown_to_a_class() {
    Lab::new(&["challenges", "--no-pause"])
        .run()
        .exits(0)
        .says("rate limiter");
    Lab::new(&["walkthrough", "challenges"])
        .run()
        .exits(2)
        .complains("redis-lab practice challenges");
}
