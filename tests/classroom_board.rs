//! The teacher's board over HTTP: who is let in, what is told to whom, what a
//! teacher does, and what is refused.

mod lab;
mod needs;

use lab::{ForeignServer, Lab, wait_for};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;
use std::time::{Duration, Instant};

/// A bound against hanging.
const PATIENCE: Duration = Duration::from_secs(30);

/// A class as a process, and its board.
struct Class {
    child: Child,
    said: Value,
    /// What the board's browser sends.
    cookie: String,
}

/// An answer: its status, its head, its body.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(own, _)| own.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// The host of an address.
fn host(url: &str) -> &str {
    let rest = url.trim_start_matches("http://");
    rest.split('/').next().expect("a host")
}

fn send(host: &str, method: &str, path: &str, head: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(host).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let own = if head.to_lowercase().contains("host:") {
        String::new()
    } else {
        format!("Host: {host}\r\n")
    };
    let length = body.len();
    let request =
        format!("{method} {path} HTTP/1.0\r\n{own}Content-Length: {length}\r\n{head}\r\n{body}");
    stream.write_all(request.as_bytes()).expect("it is sent");
    stream
}

fn ask(host: &str, method: &str, path: &str, head: &str, body: &str) -> Answer {
    let mut text = String::new();
    let mut stream = send(host, method, path, head, body);
    stream.read_to_string(&mut text).expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    Answer {
        status: status.expect("a status"),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

impl Class {
    /// Begins a class and opens its board.
    fn new(args: &[&str]) -> Class {
        let mut class = Class::closed(args);
        class.cookie = class.open(class.said("board")).expect("the link opens");
        class
    }

    /// Begins a class whose board nobody has opened.
    fn closed(args: &[&str]) -> Class {
        let own = ["classroom", "--json", "--bind", "127.0.0.1", "--port", "0"];
        let more = ["--board-port", "0", "--names", "free"];
        let args: Vec<&str> = own.iter().chain(&more).chain(args).copied().collect();
        let mut child = Lab::new(&args).spawn();
        let mut line = String::new();
        let out = child.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("a line");
        Class {
            said: serde_json::from_str(&line).expect("JSON"),
            child,
            cookie: String::new(),
        }
    }

    fn said(&self, name: &str) -> &str {
        self.said[name].as_str().expect("text")
    }

    /// The board's host.
    fn board(&self) -> &str {
        host(self.said("board"))
    }

    /// Opens a link as a browser does; gives the cookie.
    fn open(&self, link: &str) -> Option<String> {
        let path = &link[link.find("/?")?..];
        let answer = ask(self.board(), "GET", path, "", "");
        let cookie = answer.header("set-cookie")?;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), Some("/?lang=en"));
        for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        cookie.split(';').next().map(str::to_owned)
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let head = format!("Cookie: {}\r\n", self.cookie);
        ask(self.board(), method, path, &head, body)
    }

    fn act(&self, what: &Value) -> Answer {
        self.ask("POST", "/board/act", &what.to_string())
    }

    fn state(&self) -> Value {
        let answer = self.ask("GET", "/board/state", "");
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    fn join(&self, name: &str) -> Student {
        let wish = json!({ "code": self.said("code"), "name": name, "lang": "pl" });
        let url = host(self.said("url"));
        let told = ask(url, "POST", "/class/join", "", &wish.to_string());
        assert_eq!(told.status, 200, "{}", told.body);
        let told = told.json();
        let text = |name: &str| told[name].as_str().expect("text").to_owned();
        Student {
            host: url.to_owned(),
            seat: text("seat"),
            token: text("token"),
            post: 0,
        }
    }
}

impl Drop for Class {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Student {
    host: String,
    seat: String,
    token: String,
    post: u64,
}

impl Student {
    fn report(&mut self, events: &Value) {
        self.post += 1;
        let body = json!({ "post": self.post, "events": events }).to_string();
        let head = format!("Authorization: Bearer {}\r\n", self.token);
        let told = ask(&self.host, "POST", "/class/report", &head, &body);
        assert_eq!(told.status, 200, "{}", told.body);
    }
}

/// A stream of events.
struct Events(BufReader<TcpStream>);

impl Events {
    fn new(class: &Class, path: &str) -> Events {
        let head = format!("Cookie: {}\r\n", class.cookie);
        let mut events = Events(BufReader::new(send(class.board(), "GET", path, &head, "")));
        assert!(events.line().contains(" 200 "));
        events
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        assert!(!line.is_empty(), "the stream goes on");
        line
    }

    /// The next event of this name.
    fn next(&mut self, name: &str) -> Value {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {name}");
            if self.line().trim() == format!("event: {name}") {
                let line = self.line();
                let data = line.trim().strip_prefix("data: ").expect("data");
                return serde_json::from_str(data).expect("JSON");
            }
        }
    }

    /// The next event of this name for which something holds.
    fn until(&mut self, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let told = self.next(name);
            if holds(&told) {
                return told;
            }
            assert!(begun.elapsed() < PATIENCE, "waited in vain: {told}");
        }
    }
}

#[test]
fn a_link_opens_the_board_once_and_nothing_else_does() {
    let mut class = Class::closed(&["lists"]);
    let paths = [
        "/",
        "/projector",
        "/board.js",
        "/qr.svg",
        "/board/state",
        "/board/events",
        "/board/course",
        "/board/export.csv",
    ];
    let refuses = |class: &Class, cookie: &str| {
        for path in paths {
            let head = format!("Cookie: {cookie}\r\n");
            let answer = ask(class.board(), "GET", path, &head, "");
            assert_eq!(answer.status, 403, "{path}");
            assert!(!answer.body.contains(class.said("code")), "{path}");
        }
        let end = json!({ "do": "end" }).to_string();
        let head = format!("Cookie: {cookie}\r\n");
        assert_eq!(
            ask(class.board(), "POST", "/board/act", &head, &end).status,
            403
        );
    };
    let name = format!("redis-lab-board-{}", class.said("code"));
    refuses(&class, "");
    refuses(&class, &format!("{name}=guess"));
    let wrong = format!("{}x", class.said("board"));
    assert_eq!(class.open(&wrong), None);

    let link = class.said("board").to_owned();
    class.cookie = class.open(&link).expect("it opens");
    assert_eq!(class.open(&link), None, "a second time");
    refuses(&class, "");
    // Who is in and has the old link is led on.
    let path = &link[link.find("/?").expect("a link")..];
    assert_eq!(class.ask("GET", path, "").status, 303);
    for path in paths.into_iter().filter(|path| *path != "/board/events") {
        let answer = class.ask("GET", path, "");
        assert_eq!(answer.status, 200, "{path}");
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("same-origin")
        );
    }

    // The cookie of another class's board, and what students have.
    let other = Class::new(&["lists"]);
    refuses(&class, &other.cookie);
    let (_, token) = other.cookie.split_once('=').expect("a cookie");
    refuses(&class, &format!("{name}={token}"));
    let ala = class.join("Ala");
    refuses(&class, &format!("{name}={}", ala.token));
    let students = host(class.said("url"));
    for path in ["/board/state", "/board.js", "/projector"] {
        let head = format!("Cookie: {}\r\n", class.cookie);
        assert_eq!(ask(students, "GET", path, &head, "").status, 404, "{path}");
    }
}

#[test]
fn other_names_and_other_sites_are_refused() {
    let class = Class::new(&["lists"]);
    let say = json!({ "do": "say", "to": "*", "text": "hello" }).to_string();
    let ask = |method: &str, path: &str, head: &str, body: &str| {
        let head = format!("Cookie: {}\r\n{head}", class.cookie);
        ask(class.board(), method, path, &head, body).status
    };
    for name in ["evil.example", "10.0.0.1", "127.0.0.1.evil.example:80"] {
        let head = format!("Host: {name}\r\n");
        assert_eq!(ask("GET", "/board/state", &head, ""), 403, "{name}");
    }
    for head in [
        "Origin: http://evil.example\r\n",
        "Origin: http://127.0.0.1:1\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
    ] {
        assert_eq!(ask("POST", "/board/act", head, &say), 403, "{head}");
    }
    let own = format!(
        "Origin: http://{}\r\nSec-Fetch-Site: same-origin\r\n",
        class.board()
    );
    assert_eq!(ask("POST", "/board/act", &own, &say), 200);
}

#[test]
fn what_cannot_be_done_is_refused_with_a_sentence() {
    let class = Class::new(&["lists"]);
    let ala = class.join("Ala").seat;
    let long = "x".repeat(501);
    let huge = "x".repeat(20_000);
    let nobody = "aaaaaaaaaaaa";
    for (status, what) in [
        (400, json!({ "do": "give-me-all" })),
        (400, json!([])),
        (400, json!({ "do": "say", "to": "*", "text": " \n " })),
        (400, json!({ "do": "say", "to": "*", "text": long })),
        (413, json!({ "do": "say", "to": "*", "text": huge })),
        (404, json!({ "do": "say", "to": nobody, "text": "hello" })),
        (
            404,
            json!({ "do": "say", "to": "../../x", "text": "hello" }),
        ),
        (
            404,
            json!({ "do": "follow", "section": "lists", "step": 0 }),
        ),
        (
            404,
            json!({ "do": "follow", "section": "lists", "step": 99 }),
        ),
        (
            404,
            json!({ "do": "follow", "section": "strings", "step": 1 }),
        ),
        (
            404,
            json!({ "do": "hint", "to": ala, "exercise": "invented", "number": 1 }),
        ),
        (
            404,
            json!({ "do": "hint", "to": ala, "exercise": "lists-1", "number": 99 }),
        ),
        (404, json!({ "do": "look", "seat": nobody, "on": true })),
        (404, json!({ "do": "remove", "seat": nobody })),
        (400, json!({ "do": "rename", "seat": ala, "name": "" })),
    ] {
        let body = what.to_string();
        let answer = class.ask("POST", "/board/act?lang=pl", &body);
        assert_eq!(answer.status, status, "{:.80}: {}", body, answer.body);
        if status != 413 {
            assert!(answer.json()["error"].is_string(), "{}", answer.body);
        }
    }
    let step = json!({ "do": "follow", "section": "lists", "step": 99 }).to_string();
    let answer = class.ask("POST", "/board/act?lang=pl", &step);
    assert_eq!(answer.json()["error"], "nie ma takiego kroku");
    for path in [
        "/board/seat/x",
        "/board/seat/aaaaaaaaaaaa",
        "/board/progress/..%2Fx.json",
        "/nothing",
    ] {
        assert_eq!(class.ask("GET", path, "").status, 404, "{path}");
    }
    assert_eq!(class.state()["seats"].as_array().map(Vec::len), Some(1));
}

#[test]
fn the_board_is_told_what_changes_and_the_projector_no_names() {
    let class = Class::new(&["lists"]);
    let mut ala = class.join("Ala z pierwszej");
    let mut jan = class.join("<b>Jan</b>");
    let mut board = Events::new(&class, "/board/events");
    let mut projector = Events::new(&class, "/board/events?view=projector");
    let whole = board.next("state");
    assert_eq!(whole["whole"], true);
    assert_eq!(whole["seats"].as_array().map(Vec::len), Some(2));
    let view = projector.next("view");
    assert_eq!(view["students"], 2);

    ala.report(&json!([{ "what": "hand", "up": true }]));
    let told = board.next("state");
    assert_eq!(told["whole"], Value::Null);
    assert_eq!(told["seats"].as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(told["seats"][0]["why"], "hand");
    assert_eq!(told["order"], json!([ala.seat, jan.seat]));
    let view = projector.next("view");
    assert_eq!(view["hands"], 1);

    let course = class.ask("GET", "/board/course?lang=pl", "").json();
    let exercise = &course["sections"][0]["exercises"][0];
    assert!(exercise["hints"][0].is_string());
    let id = exercise["id"].as_str().expect("an exercise");
    ala.report(&json!([{ "what": "solved", "exercise": id, "lines": ["LPUSH a 1"], "ms": 4000, "tries": 2, "hints": 1 }]));
    jan.report(&json!([{ "what": "solved", "exercise": id, "lines": ["LPUSH a 1"], "ms": 2000, "tries": 2, "hints": 0 }]));
    board.until("state", |told| told["medians"][id] == json!([3000, 2]));
    let view = projector.until("view", |view| view["solved"][id] == 2);
    let view = view.to_string();
    for name in ["Ala", "Jan", &ala.seat, &jan.seat] {
        assert!(!view.contains(name), "{view}");
    }
    let rows = class.state();
    let cells = |seat: &str| {
        let all = rows["seats"].as_array().expect("rows").iter();
        let mut own = all.filter(|row| row["id"] == seat);
        own.next().expect("a row")["cells"].as_str().expect("cells")[..1].to_owned()
    };
    assert_eq!(
        (cells(&ala.seat).as_str(), cells(&jan.seat).as_str()),
        ("h", "s")
    );

    // Looking ends with the board.
    assert_eq!(
        class
            .act(&json!({ "do": "look", "seat": ala.seat, "on": true }))
            .status,
        200
    );
    ala.report(&json!([{ "what": "screen", "text": "lab> " }]));
    let seat = class
        .ask("GET", &format!("/board/seat/{}", ala.seat), "")
        .json();
    assert_eq!(seat["screen"], "lab> ");
    drop(board);
    let looked = |class: &Class| {
        let state = class.state();
        let rows = state["seats"].as_array().expect("rows").clone();
        rows.into_iter().any(|row| row["looked"] == true)
    };
    wait_for("the end of the look", || !looked(&class));

    let file = class.ask("GET", &format!("/board/progress/{}.json", ala.seat), "");
    assert_eq!(file.status, 200);
    let name = file.header("content-disposition").expect("a name");
    assert_eq!(
        name,
        format!("attachment; filename=\"Ala-z-pierwszej-{}.json\"", ala.seat)
    );
    assert_eq!(file.json()["exercises"][id]["done"], true);
}

#[test]
fn a_board_goes_on_after_a_crash() {
    let dir = tempfile::tempdir().expect("a directory");
    let keep = dir.path().to_str().expect("UTF-8");
    let mut class = Class::new(&["lists", "--keep", keep]);
    let ala = class.join("Ala");
    class.child.kill().expect("it is killed");
    class.child.wait().expect("it ends");
    let mut again = Class::closed(&["--keep", keep]);
    assert_eq!(again.said("code"), class.said("code"));
    again.cookie = class.cookie.clone();
    assert_eq!(again.state()["seats"][0]["id"], ala.seat);
}

#[test]
fn the_commands_are_shown_and_why_they_cannot_be() {
    let server = ForeignServer::start();
    let url = format!("{}?user=teacher&pass=secret", server.url());
    let mut redis = server.connection();
    let user = |redis: &mut redis::Connection, rule: &str| {
        let mut ask = redis::cmd("ACL");
        ask.arg("SETUSER").arg("teacher").arg("on").arg(">secret");
        ask.arg("~*").arg("&*").arg("+@all").arg(rule);
        ask.query::<()>(redis).expect("a user");
    };
    user(&mut redis, "+monitor");
    let class = Class::new(&["lists", "--url", &url]);
    let mut board = Events::new(&class, "/board/events?strip=1");
    board.next("state");
    let mut ala = class.join("Ala");
    let second = board.until("commands", |told| told["names"]["ZADD"].is_number());
    let second = second.to_string();
    assert!(
        second.contains("HSET") && !second.contains(&ala.token),
        "{second}"
    );
    ala.report(&json!([{ "what": "hand", "up": true }]));
    drop(board);

    user(&mut redis, "-monitor");
    let mut board = Events::new(&class, "/board/events?strip=1");
    let why = board.next("commands");
    assert!(
        why["why"]
            .as_str()
            .is_some_and(|why| why.contains("NOPERM")),
        "{why}"
    );
}
