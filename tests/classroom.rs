//! `redis-lab classroom`: what students ask over HTTP, what is kept when a hub
//! is killed, several hubs of one class, and what the teacher takes home.

mod needs;

use catalog::lang::Lang;
use redis_lab::classroom::recheck::{self, Outcome};
use redis_lab::classroom::{Class, Names, Outline, export};
use redis_lab::conn::Endpoint;
use redis_lab::conn::server::{Choice, Server};
use redis_lab::lesson::Library;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A bound against hanging.
const PATIENCE: Duration = Duration::from_secs(30);

fn redis_lab(args: &[&str]) -> Command {
    let mut command = needs::redis_lab();
    command
        .args([
            "classroom",
            "--json",
            "--port",
            "0",
            "--board-port",
            "0",
            "--bind",
            "127.0.0.1",
            "--lang",
            "en",
        ])
        .args(args)
        .stdin(Stdio::null());
    command
}

/// A hub that cannot start: what it says.
fn refused(args: &[&str]) -> Output {
    let out = redis_lab(args).output().expect("redis-lab runs");
    assert_ne!(out.status.code(), Some(0));
    out
}

/// A hub, as a process.
struct Hub {
    child: Child,
    said: Value,
}

impl Hub {
    fn start(args: &[&str]) -> Hub {
        let mut child = redis_lab(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-lab runs");
        let out = child.stdout.take().expect("piped");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("a line");
        let said = serde_json::from_str(&line).expect("JSON");
        Hub { child, said }
    }

    fn said(&self, name: &str) -> &str {
        self.said[name].as_str().expect("text")
    }

    fn code(&self) -> &str {
        self.said("code")
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn connect(&self) -> (TcpStream, String) {
        let url = self.said("url");
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(host).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        (stream, host.to_owned())
    }

    fn send(&self, method: &str, path: &str, head: &str, body: &str) -> TcpStream {
        let (mut stream, host) = self.connect();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{head}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("it is sent");
        stream
    }

    /// The status and the body.
    fn ask(&self, method: &str, path: &str, head: &str, body: &str) -> (u16, String) {
        let mut answer = String::new();
        let mut stream = self.send(method, path, head, body);
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        (status.expect("a status"), body.to_owned())
    }

    fn json(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let head = format!("Authorization: Bearer {token}\r\n");
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let (status, answer) = self.ask(method, path, &head, &body);
        (status, serde_json::from_str(&answer).unwrap_or(Value::Null))
    }

    fn join(&self, more: &Value) -> Student {
        let mut wish = json!({ "code": self.code(), "lang": "en" });
        for (name, value) in more.as_object().into_iter().flatten() {
            wish[name] = value.clone();
        }
        let (status, told) = self.json("POST", "/class/join", "", &wish);
        assert_eq!(status, 200, "{told}");
        Student::of(&told)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.kill();
    }
}

struct Student {
    seat: String,
    name: String,
    pin: String,
    token: String,
    post: u64,
}

impl Student {
    fn of(told: &Value) -> Student {
        let text = |name: &str| told[name].as_str().expect("text").to_owned();
        Student {
            seat: text("seat"),
            name: text("name"),
            pin: text("pin"),
            token: text("token"),
            post: told["post"].as_u64().expect("a number"),
        }
    }

    fn report(&mut self, hub: &Hub, events: &Value) {
        self.post += 1;
        let post = json!({ "post": self.post, "events": events });
        let (status, answer) = hub.json("POST", "/class/report", &self.token, &post);
        assert_eq!((status, &answer), (200, &json!({ "post": self.post })));
    }

    fn me(&self, hub: &Hub) -> Value {
        let (status, me) = hub.json("GET", "/class/me", &self.token, &Value::Null);
        assert_eq!(status, 200, "{me}");
        me
    }
}

fn solved(exercise: &str, lines: &[&str]) -> Value {
    json!({ "what": "solved", "exercise": exercise, "lines": lines, "ms": 1500.5, "tries": 2, "hints": 1 })
}

/// A Redis that outlives hubs, the class's outline, and who can wait for both.
struct Shared {
    runtime: tokio::runtime::Runtime,
    redis: Server,
    url: String,
}

impl Shared {
    fn new() -> Shared {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let redis = runtime.block_on(Server::resolve(None, Choice::Auto));
        let redis = redis.expect("a server");
        let url = match redis.target().endpoint() {
            Endpoint::Unix(path) => format!("unix://{}", path.display()),
            other => format!("redis://{other}"),
        };
        Shared {
            runtime,
            redis,
            url,
        }
    }

    /// The class of a hub, as another program sees it.
    fn class(&self, code: &str) -> Class {
        let target = self.redis.target();
        let found = self.runtime.block_on(Class::find(target, code));
        let found = found.expect("the class");
        let outline = outline(&found.sections);
        Class::open(target, found, outline)
    }
}

fn outline(sections: &[String]) -> Outline {
    Outline::load(&Library::new(None), sections, Lang::En).expect("the lessons")
}

fn ids(outline: &Outline) -> Vec<String> {
    let exercises = outline.exercises();
    exercises.map(|(_, task)| task.id.clone()).collect()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_student_joins_reports_once_and_comes_back_on_another_device() {
    let hub = Hub::start(&["lists"]);
    let (status, info) = hub.json("GET", "/class/info", "", &Value::Null);
    assert_eq!((status, &info["sections"]), (200, &json!(["lists"])));
    // As it is said: other letters, no hyphens.
    let said = hub.code().to_uppercase().replace('-', " ");
    let mut ala = hub.join(&json!({ "code": said, "lang": "pl" }));
    assert_eq!(ala.pin.len(), 4);
    let exercise = ids(&outline(&["lists".to_owned()]))[0].clone();
    ala.report(
        &hub,
        &json!([{ "what": "at", "section": "lists", "step": 1 }, { "what": "hand", "up": true },
            solved(&exercise, &["LPUSH a 1"]), { "what": "solved", "exercise": "invented" }]),
    );
    // The answer was lost on the way: the same post comes again.
    ala.post -= 1;
    ala.report(&hub, &json!([{ "what": "hand", "up": false }]));
    let me = ala.me(&hub);
    assert_eq!((&me["post"], &me["hand"]), (&json!(1), &json!(true)));

    let back = json!({ "code": hub.code(), "name": ala.name.to_uppercase(), "pin": ala.pin });
    let (status, told) = hub.json("POST", "/class/return", "", &back);
    assert_eq!(status, 200, "{told}");
    let mut phone = Student::of(&told);
    assert_eq!((&phone.seat, &phone.name), (&ala.seat, &ala.name));
    // Each device counts its own posts: neither swallows the other's.
    assert_eq!(phone.post, 0);
    phone.report(&hub, &json!([{ "what": "hand", "up": false }]));
    ala.report(
        &hub,
        &json!([{ "what": "at", "section": "lists", "step": 2 }]),
    );
    assert_eq!(ala.me(&hub)["hand"], json!(false));

    let wrong = json!({ "code": hub.code(), "name": ala.name, "pin": "x", "lang": "pl" });
    let (status, told) = hub.json("POST", "/class/return", "", &wrong);
    assert_eq!(status, 403);
    assert!(
        told["error"]
            .as_str()
            .is_some_and(|text| text.contains("PIN-em"))
    );
    let progress = json!({ "version": 1, "exercises": {} });
    let (status, _) = hub.json("PUT", "/class/progress", &phone.token, &progress);
    assert_eq!(status, 200);
    let (status, file) = hub.json("GET", "/class/progress", &ala.token, &Value::Null);
    assert_eq!((status, &file), (200, &progress));
}

#[test]
fn what_is_not_right_is_refused_with_a_sentence_and_changes_nothing() {
    let hub = Hub::start(&["lists"]);
    let ala = hub.join(&Value::Null);
    let token = ala.token.as_str();
    let events = |count: usize| json!({ "post": 9, "events": vec![json!({"what": "hand", "up": true}); count] });
    for (status, method, path, token, body) in [
        (
            403,
            "POST",
            "/class/join",
            "",
            json!({ "code": "blue-otter-4" }).to_string(),
        ),
        (400, "POST", "/class/join", "", "{".to_owned()),
        (401, "GET", "/class/me", "", String::new()),
        (
            401,
            "GET",
            "/class/me",
            &format!("{}.x", ala.seat),
            String::new(),
        ),
        (401, "GET", "/class/me", "*.*", String::new()),
        (401, "POST", "/class/report", "x", events(1).to_string()),
        (400, "POST", "/class/report", token, "[]".to_owned()),
        (400, "POST", "/class/report", token, events(101).to_string()),
        (413, "POST", "/class/report", token, "x".repeat(70_000)),
        (413, "PUT", "/class/progress", token, "x".repeat(300_000)),
        (400, "PUT", "/class/progress", token, "{}".to_owned()),
        (400, "GET", "/class/news?after=x", token, String::new()),
        (405, "POST", "/style.css", token, String::new()),
    ] {
        let head = format!("Authorization: Bearer {token}\r\n");
        let (got, answer) = hub.ask(method, path, &head, &body);
        assert_eq!(got, status, "{method} {path}: {answer}");
        if status != 405 {
            let answer: Value = serde_json::from_str(&answer).expect("JSON");
            assert!(answer["error"].is_string(), "{answer}");
        }
    }
    let (status, _) = hub.ask("GET", "/class/info", "Origin: http://evil.example\r\n", "");
    assert_eq!(
        status, 200,
        "a page of another site may not read it, which is its browser's part"
    );
    let foreign = "Origin: http://evil.example\r\n";
    let (status, _) = hub.ask("POST", "/class/join", foreign, "{}");
    assert_eq!(status, 403);
    assert_eq!(ala.me(&hub)["post"], json!(0));
    // Whoever guesses has to wait, whether the next guess is right or not.
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let wrong = json!({ "code": "no-such-10" });
        statuses.push(hub.json("POST", "/class/join", "", &wrong).0);
    }
    assert!(
        statuses.contains(&403) && statuses.contains(&429),
        "{statuses:?}"
    );
    let right = json!({ "code": hub.code() });
    assert_eq!(hub.json("POST", "/class/join", "", &right).0, 429);
    // Who is in goes on.
    ala.me(&hub);
}

#[test]
fn names_of_ones_own_are_text_and_taken_once() {
    let hub = Hub::start(&["--names", "free", "lists"]);
    let ala = hub.join(&json!({ "name": "  =cmd()  " }));
    assert_eq!(ala.name, "=cmd()");
    for (status, name) in [
        (409, "=CMD()"),
        (400, ""),
        (400, "a\u{202e}b"),
        (200, "<img onerror=x>"),
    ] {
        let wish = json!({ "code": hub.code(), "name": name });
        let (got, told) = hub.json("POST", "/class/join", "", &wish);
        assert_eq!(got, status, "{told}");
    }
    let (status, _) = hub.json("POST", "/class/join", "", &json!({ "code": hub.code() }));
    assert_eq!(status, 400);
}

#[test]
fn nobody_joins_again_after_a_hub_was_killed() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("monday");
    let folder = folder.to_str().expect("UTF-8");
    let mut hub = Hub::start(&["--keep", folder, "lists"]);
    let code = hub.code().to_owned();
    let exercise = ids(&outline(&["lists".to_owned()]))[0].clone();
    let mut ala = hub.join(&Value::Null);
    ala.report(&hub, &json!([solved(&exercise, &["LPUSH a 1"])]));
    let out = refused(&["--keep", folder]);
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("another redis-lab"));

    hub.kill();
    let hub = Hub::start(&["--keep", folder]);
    assert_eq!(hub.code(), code);
    assert_eq!(
        (&hub.said["resumed"], &hub.said["seats"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(ala.me(&hub)["post"], json!(1));
    // What was not answered before the end comes again, and counts once.
    ala.post = 0;
    ala.report(&hub, &json!([solved(&exercise, &["LPUSH a 1"])]));
    ala.report(&hub, &json!([{ "what": "hand", "up": true }]));
    assert_eq!(ala.me(&hub)["hand"], json!(true));

    let out = refused(&["--keep", folder, "--url", "redis://127.0.0.1:1"]);
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn two_hubs_serve_one_class_and_count_the_same() {
    const SEATS: usize = 24;
    let shared = Shared::new();
    let one = Hub::start(&["--url", &shared.url]);
    let other = Hub::start(&["--url", &shared.url, "--code", one.code()]);
    assert_eq!(other.code(), one.code());
    let class = shared.class(one.code());
    let exercises: Vec<String> = ids(class.outline()).into_iter().take(41).collect();
    assert_eq!(exercises.len(), 41);
    std::thread::scope(|scope| {
        for number in 0..SEATS {
            let (one, other, exercises) = (&one, &other, &exercises);
            scope.spawn(move || {
                let mut student = one.join(&Value::Null);
                for (count, exercise) in exercises.chunks(5).enumerate() {
                    let events: Vec<Value> = exercise
                        .iter()
                        .map(|exercise| solved(exercise, &["SET a 1"]))
                        .collect();
                    // Now through one, now through the other, and some twice.
                    let hubs = [one, other];
                    student.report(hubs[(number + count) % 2], &json!(events));
                    student.post -= 1;
                    student.report(hubs[count % 2], &json!(events));
                }
            });
        }
    });
    let seats = shared.runtime.block_on(class.seats()).expect("the seats");
    let in_seats: u32 = seats.iter().map(|seat| seat.solved).sum();
    let known = seats.iter().flat_map(|seat| seat.exercises.values());
    let in_exercises = known.filter(|exercise| exercise.solved.is_some()).count();
    let csv = shared.runtime.block_on(export::csv(&class, "test"));
    let csv = csv.expect("the table");
    let in_csv = csv.lines().filter(|line| line.contains(",solved,")).count();
    assert_eq!(
        (in_seats as usize, in_exercises, in_csv),
        (SEATS * 41, SEATS * 41, SEATS * 41)
    );
    let medians = shared
        .runtime
        .block_on(class.medians(vec![&exercises[0]]))
        .expect("the medians");
    assert_eq!(medians.get(&exercises[0]), Some(&(1500, SEATS as u64)));
}

#[test]
fn an_exercise_begins_when_it_is_put_to_the_student() {
    let shared = Shared::new();
    let hub = Hub::start(&["--url", &shared.url, "lists"]);
    let class = shared.class(hub.code());
    let ids = ids(class.outline());
    let (first, second) = (ids[0].as_str(), ids[1].as_str());
    let mut ala = hub.join(&Value::Null);
    let mut after = |events: Value| {
        ala.report(&hub, &events);
        let seat = shared.runtime.block_on(class.seat(&ala.seat));
        seat.expect("Redis").expect("the seat")
    };
    let at = |exercise: &str| json!({ "what": "at", "section": "lists", "step": 2, "exercise": exercise });
    let tried = json!({ "what": "try", "exercise": first, "line": "GET a", "error": "no" });
    let seat = after(json!([at(first)]));
    assert_eq!((seat.exercise.as_str(), seat.tries), (first, 0));
    assert!(seat.since > 0);
    // Shown again, it was begun when it was.
    let again = after(json!([tried, at(first)]));
    assert_eq!((again.exercise.as_str(), again.tries), (first, 1));
    assert_eq!((again.since, again.error.as_str()), (seat.since, "no"));
    let next = after(json!([at(second)]));
    assert_eq!((next.exercise.as_str(), next.tries), (second, 0));
    // One that is solved, and none, and an invented one, are not begun.
    let same = after(json!([solved(first, &["PING"]), at(first), at("invented"),
        { "what": "at", "section": "lists", "step": 1 }]));
    assert_eq!((same.exercise.as_str(), same.step), (second, 1));
}

/// How many bytes the files of the class's Redis have.
fn kept_bytes(dir: &std::path::Path) -> u64 {
    let files = std::fs::read_dir(dir.join("appendonlydir"));
    let files = files.expect("the log").flatten();
    // One that was just replaced has none.
    files
        .map(|file| file.metadata().map_or(0, |meta| meta.len()))
        .sum()
}

#[test]
fn what_a_class_keeps_does_not_grow_with_what_has_happened() {
    let dir = tempfile::tempdir().expect("a folder");
    let keep = dir.path().to_str().expect("UTF-8");
    let mut hub = Hub::start(&["--keep", keep, "lists"]);
    let mut ala = hub.join(&Value::Null);
    let exercise = ids(&outline(&["lists".to_owned()]))[0].clone();
    ala.report(&hub, &json!([solved(&exercise, &["PING"])]));
    // The same file again and again: a log of 2.4 MB, of 200 kB.
    let progress = json!({ "version": 1, "exercises": {}, "note": "x".repeat(200_000) });
    let save = |hub: &Hub, times: usize| {
        for _ in 0..times {
            let (status, told) = hub.json("PUT", "/class/progress", &ala.token, &progress);
            assert_eq!(status, 200, "{told}");
        }
    };
    save(&hub, 12);
    until("it is written down", || kept_bytes(dir.path()) > 2_000_000);
    hub.kill();
    // Whoever goes on with it puts it in order.
    let hub = Hub::start(&["--keep", keep]);
    assert_eq!(hub.said["seats"], json!(1));
    until("the log is short at the start", || {
        kept_bytes(dir.path()) < 1_000_000
    });
    save(&hub, 25);
    until("the log is short while it grows", || {
        kept_bytes(dir.path()) < 4_000_000
    });
    drop(hub);
    let hub = Hub::start(&["--keep", keep]);
    let (_, file) = hub.json("GET", "/class/progress", &ala.token, &Value::Null);
    assert_eq!(file["note"], progress["note"]);
    assert_eq!(ala.me(&hub)["post"], json!(1));
}

#[test]
fn news_come_by_stream_and_by_poll_through_every_hub() {
    let shared = Shared::new();
    let one = Hub::start(&["--url", &shared.url, "lists"]);
    let other = Hub::start(&["--url", &shared.url, "--code", one.code()]);
    let class = shared.class(one.code());
    let told = |future: &mut dyn FnMut() -> bool| assert!(future());
    let (ala, ola) = (one.join(&Value::Null), other.join(&Value::Null));
    let head = format!(
        "Authorization: Bearer {}\r\nAccept: text/event-stream\r\n",
        ala.token
    );
    let mut stream = BufReader::new(other.send("GET", "/class/news?after=0-0", &head, ""));
    let mut heard = |wanted: &str| {
        let begun = Instant::now();
        let mut line = String::new();
        while !line.contains(wanted) {
            assert!(begun.elapsed() < PATIENCE, "no {wanted}");
            line.clear();
            assert_ne!(
                stream.read_line(&mut line).expect("the stream"),
                0,
                "no {wanted}"
            );
        }
        line
    };
    heard("HTTP/1.1 200");
    heard(": redis-lab");
    let run = &shared.runtime;
    told(&mut || run.block_on(class.follow("lists", 2)).expect("told"));
    let line = heard("follow");
    assert!(line.contains(r#""section":"lists","step":2"#), "{line}");
    told(&mut || {
        run.block_on(class.say(&ola.seat, "for Ola alone"))
            .expect("told")
    });
    told(&mut || run.block_on(class.say("*", "for all")).expect("told"));
    assert!(heard("\"say\"").contains("for all"), "another's message");
    heard(":\n");

    let poll = |hub: &Hub, student: &Student, after: &str, wait: u32| {
        let path = format!("/class/news?after={after}&wait={wait}");
        let (status, told) = hub.json("GET", &path, &student.token, &Value::Null);
        assert_eq!(status, 200, "{told}");
        told
    };
    let missed = poll(&one, &ola, "0-0", 0);
    let texts: Vec<&Value> = missed["news"].as_array().expect("news").iter().collect();
    assert_eq!(texts.len(), 3, "{missed}");
    assert_eq!(texts[1]["text"], json!("for Ola alone"));
    let after = missed["after"].as_str().expect("a place");
    assert_eq!(poll(&one, &ola, after, 0)["news"], json!([]));
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| poll(&one, &ola, after, 20));
        run.block_on(class.hint(&ola.seat, "x", "try LPUSH"))
            .expect("told");
        let heard = waits.join().expect("a poll");
        assert_eq!(heard["news"][0]["text"], json!("try LPUSH"), "{heard}");
    });
    assert_eq!(
        ola.me(&one)["follow"],
        json!({ "section": "lists", "step": 2 })
    );
    told(&mut || run.block_on(class.unfollow()).expect("told"));
    assert_eq!(ola.me(&other)["follow"], Value::Null);

    // Looked at, renamed, removed, ended.
    told(&mut || run.block_on(class.look(&ola.seat, true)).expect("told"));
    assert_eq!(ola.me(&one)["looked"], json!(true));
    run.block_on(class.rename(&ola.seat, "Ola"))
        .expect("renamed");
    assert_eq!(ola.me(&one)["name"], json!("Ola"));
    assert!(run.block_on(class.rename(&ala.seat, "OLA")).is_err());
    told(&mut || run.block_on(class.remove(&ola.seat)).expect("removed"));
    let (status, _) = one.json("GET", "/class/me", &ola.token, &Value::Null);
    assert_eq!(status, 401);
    told(&mut || run.block_on(class.end()).expect("ended"));
    heard("\"ended\"");
    let post = json!({ "post": 9, "events": [] });
    let (status, _) = other.json("POST", "/class/report", &ala.token, &post);
    assert_eq!(status, 410);
    let code = one.code();
    let out = refused(&["--url", &shared.url, "--code", code]);
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn the_teacher_sees_which_seats_change() {
    let shared = Shared::new();
    let hub = Hub::start(&["--url", &shared.url, "lists"]);
    let class = shared.class(hub.code());
    let stop = tokio_util::sync::CancellationToken::new();
    let mut changes = class.changes();
    shared.runtime.block_on(async {
        let listen = class.listen(&stop);
        let hear = async {
            use redis_lab::classroom::Change;
            assert_eq!(changes.recv().await, Ok(Change::All));
            let joined = tokio::task::block_in_place(|| hub.join(&Value::Null));
            assert_eq!(changes.recv().await, Ok(Change::Seat(joined.seat.clone())));
            assert!(class.say("*", "hello").await.expect("told"));
            assert_eq!(changes.recv().await, Ok(Change::News));
        };
        tokio::select! {
            () = listen => panic!("it ended"),
            heard = tokio::time::timeout(PATIENCE, hear) => heard.expect("changes"),
        }
    });
}

#[test]
fn what_a_page_reports_is_run_once_more_within_bounds() {
    let shared = Shared::new();
    let hub = Hub::start(&["--url", &shared.url]);
    let (class, run) = (shared.class(hub.code()), &shared.runtime);
    let program = needs::LAB.into();
    let checker = recheck::Checker::new(program, None);
    let library = Library::new(None);
    let lesson = library.get("lists", Lang::En).expect("the lesson");
    let exercises = lesson
        .steps
        .iter()
        .filter_map(|step| step.exercise.as_ref());
    let exercises: Vec<_> = exercises.collect();
    let first = exercises[0];
    let right: Vec<&str> = first
        .solution
        .lines
        .iter()
        .map(|line| line.text.as_str())
        .collect();
    // Whoever is asked over the network learns that an answer went beyond.
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("a port");
    elsewhere.set_nonblocking(true).expect("it does not wait");
    let port = elsewhere.local_addr().expect("an address").port();
    let migrate = format!("MIGRATE 127.0.0.1 {port} lab:a 0 1000");
    let script = format!(
        "EVAL \"return redis.pcall('MIGRATE', '127.0.0.1', '{port}', 'lab:a', '0', '1000')\" 0"
    );
    let outcome = |lines: &[&str]| {
        let mut student = hub.join(&Value::Null);
        student.report(&hub, &json!([solved(&first.id, lines)]));
        let outcome = run.block_on(checker.run(&class, &student.seat, &first.id, Lang::En));
        (student, outcome.expect("it runs"))
    };
    let (ala, solved_it) = outcome(&right);
    assert_eq!(solved_it, Outcome::Solved);
    for lines in [
        &["PING"][..],
        &["SET lab:a 1", &migrate, &script],
        &["SETRANGE lab:a 500000000 x"],
        &["ACL SETUSER default +@all", "CONFIG SET maxmemory 0"],
        &["EVAL \"local t = {} while true do t[#t + 1] = string.rep('x', 100000) .. #t end\" 0"],
    ] {
        let (_, outcome) = outcome(lines);
        let is_refused = matches!(outcome, Outcome::NotSolved(_) | Outcome::Beyond);
        assert!(is_refused, "{lines:?}: {outcome:?}");
    }
    assert_eq!(
        outcome(&["EVAL \"while true do end\" 0"]).1,
        Outcome::Beyond
    );
    assert!(
        elsewhere.accept().is_err(),
        "an answer reached another server"
    );
    let about = library.get("notifications", Lang::En).expect("the lesson");
    let mut about = about.steps.iter().filter_map(|step| step.exercise.as_ref());
    let settings = &about.next().expect("an exercise").id;
    let mut ola = hub.join(&Value::Null);
    ola.report(
        &hub,
        &json!([solved(settings, &["CONFIG SET notify-keyspace-events Ex"])]),
    );
    let here = checker.run(&class, &ola.seat, settings, Lang::En);
    assert_eq!(run.block_on(here).expect("it runs"), Outcome::NotHere);
    let nothing = checker.run(&class, "nobody12seat", &first.id, Lang::En);
    assert_eq!(run.block_on(nothing).expect("it runs"), Outcome::Nothing);

    // What the teacher takes home says the same.
    let progress = run.block_on(export::progress(&class, &ala.seat));
    let progress = progress.expect("Redis").expect("the seat");
    let file = tempfile::Builder::new()
        .suffix(".json")
        .tempfile()
        .expect("a file");
    std::fs::write(file.path(), progress.to_json().expect("JSON")).expect("written");
    let out = needs::redis_lab()
        .args(["practice", "verify", "--json", "--server", "builtin"])
        .arg(file.path())
        .output()
        .expect("redis-lab runs");
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success() && said.contains("still-solved"),
        "{said}"
    );
}

#[test]
fn the_table_has_no_formulas_and_a_class_is_kept_by_its_names() {
    let shared = Shared::new();
    let outline = outline(&["lists".to_owned()]);
    let exercise = ids(&outline)[0].clone();
    let (class, run) = (
        Class::create(
            shared.redis.target(),
            outline,
            vec!["lists".to_owned()],
            Names::Free,
            Lang::Pl,
        ),
        &shared.runtime,
    );
    let class = run.block_on(class).expect("a class");
    let from = "127.0.0.1".parse().expect("an address");
    for name in ["=HYPERLINK(1)", "@x;=y", "Ala \"Kot\""] {
        let joined = class.join(class.code(), Some(name), Lang::Pl, from);
        let joined = run.block_on(joined).expect("a seat");
        let post = json!({ "post": 1, "events": [solved(&exercise, &["PING"])] });
        let post = serde_json::from_value(post).expect("a post");
        run.block_on(class.report(&joined.device(), &post))
            .expect("taken");
    }
    let csv = run
        .block_on(export::csv(&class, "test"))
        .expect("the table");
    for line in csv.lines().skip(1) {
        let harmless =
            line.starts_with("'=") || line.starts_with("\"'@") || line.starts_with("\"Ala");
        assert!(harmless, "{line}");
    }
    assert_eq!(csv.lines().count(), 4, "{csv}");
    until("the newest class is found", || {
        let newest = run.block_on(Class::newest(shared.redis.target()));
        newest
            .expect("Redis")
            .is_some_and(|found| found.code == class.code())
    });
}
