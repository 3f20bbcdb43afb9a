//! What the tests and the benchmark of a class share: a hub as its teacher
//! starts it, its board, and HTTP as anybody may write it.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod crowd;
pub mod proxy;

use crate::needs;
use catalog::lang::Lang;
use redis_lab::classroom::client::{Address, Fault, Http, Kept, Link, Notice, seat};
use redis_lab::conn::Tls;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

/// A bound against hanging.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A hub, as a process.
pub struct Hub {
    child: Child,
    /// Where the class is: `http://127.0.0.1:PORT/`.
    pub url: String,
    pub code: String,
    /// The one-time address of its board.
    board: String,
    opened: OnceCell<Board>,
}

impl Hub {
    /// `redis-lab classroom ARGS` on free ports of loopback.
    pub fn start(args: &[&str]) -> Hub {
        let mut child = needs::redis_lab()
            .args(["classroom", "--json", "--port", "0", "--board-port", "0"])
            .args(["--bind", "127.0.0.1"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the hub starts");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("the hub speaks");
        // Its other events are of no interest, but must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"));
        let text = |name: &str| {
            said[name]
                .as_str()
                .unwrap_or_else(|| panic!("{line}"))
                .to_owned()
        };
        Hub {
            url: text("url"),
            code: text("code"),
            board: text("board"),
            opened: OnceCell::new(),
            child,
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The port of the class.
    pub fn address(&self) -> String {
        host_of(&self.url)
    }

    /// The teacher's browser, in which the board was opened.
    pub async fn board(&self) -> &Board {
        self.opened.get_or_init(|| Board::open(&self.board)).await
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.kill();
    }
}

fn host_of(url: &str) -> String {
    let rest = url.strip_prefix("http://").expect("plain http");
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// The teacher at the board.
pub struct Board {
    address: String,
    cookie: String,
    /// The one-time address's path.
    path: String,
}

impl Board {
    /// Opens the one-time address, as a browser does.
    async fn open(url: &str) -> Board {
        let address = host_of(url);
        let path = url.split_once(&address).map_or("/", |(_, path)| path);
        let answer = http(&address, &format!("GET {path} HTTP/1.1"), &[], b"").await;
        let cookie = answer.header("set-cookie").expect("a session");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Board {
            path: path.to_owned(),
            address,
            cookie,
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// The header that carries the session.
    pub fn cookie(&self) -> String {
        format!("Cookie: {}", self.cookie)
    }

    /// The request that opened it.
    pub fn line(&self, method: &str) -> String {
        format!("{method} {} HTTP/1.1", self.path)
    }

    pub async fn get(&self, path: &str) -> Answer {
        let cookie = self.cookie();
        let line = format!("GET {path} HTTP/1.1");
        let answer = http(&self.address, &line, &[&cookie], b"").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    /// Events as the page hears them, head and all.
    pub async fn hear(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).await.expect("it listens");
        let (address, cookie) = (&self.address, self.cookie());
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{cookie}\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is sent");
        stream
    }

    /// What a first paint is made of.
    pub async fn state(&self) -> Value {
        self.get("/board/state").await.json()
    }

    pub async fn act(&self, act: Value) {
        let head = [
            self.cookie(),
            format!("Origin: http://{}", self.address),
            "Content-Type: application/json".to_owned(),
        ];
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        let body = act.to_string();
        let line = "POST /board/act HTTP/1.1";
        let answer = http(&self.address, line, &head, body.as_bytes()).await;
        assert!(
            answer.status < 300,
            "{act}: {} {}",
            answer.status,
            answer.text()
        );
    }

    /// How many exercises each seat has solved, by its name.
    pub async fn solved(&self) -> BTreeMap<String, usize> {
        let state = self.state().await;
        let seats = state["seats"].as_array().expect("seats").iter();
        seats
            .map(|seat| {
                let name = seat["name"].as_str().expect("a name").to_owned();
                (name, solved_of(seat))
            })
            .collect()
    }

    /// How many solutions the CSV has.
    pub async fn solved_in_csv(&self) -> usize {
        let csv = self.get("/board/export.csv").await.text();
        count_solved(&csv)
    }
}

/// How many exercises a seat of the board's state has solved.
fn solved_of(seat: &Value) -> usize {
    match &seat["solved"] {
        Value::Array(solved) => solved.len(),
        solved => solved.as_u64().expect("a number") as usize,
    }
}

/// How many lines of a CSV are solutions.
pub fn count_solved(csv: &str) -> usize {
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().expect("a head").split(',').collect();
    let state = head
        .iter()
        .position(|name| *name == "state")
        .expect("state");
    lines
        .filter(|line| line.split(',').nth(state) == Some("solved"))
        .count()
}

/// An answer of some HTTP server.
pub struct Answer {
    pub status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }
}

/// A request written by hand, on a connection of its own. An answer that ends
/// early is given as far as it came; without one the status is 0.
pub async fn http(address: &str, line: &str, head: &[&str], body: &[u8]) -> Answer {
    let asked = timeout(PATIENCE, exchange(address, line, head, body));
    let bytes = asked.await.unwrap_or_else(|_| panic!("no answer: {line}"));
    answer_of(&bytes)
}

async fn exchange(address: &str, line: &str, head: &[&str], body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let mut request = format!("{line}\r\nConnection: close\r\n");
    if !head.iter().any(|own| own.starts_with("Host:")) {
        request.push_str(&format!("Host: {address}\r\n"));
    }
    for own in head {
        request.push_str(own);
        request.push_str("\r\n");
    }
    if !body.is_empty() {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    // Whoever refuses may not read it all.
    if stream.write_all(request.as_bytes()).await.is_ok() {
        let _ = stream.write_all(body).await;
    }
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

fn answer_of(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = bytes.split_at(end.map_or(bytes.len(), |end| end + 4));
    let head = String::from_utf8_lossy(head).into_owned();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    let mut answer = Answer {
        status: status.unwrap_or_default(),
        head,
        body: body.to_vec(),
    };
    let coding = answer.header("transfer-encoding");
    if coding.is_some_and(|coding| coding == "chunked") {
        answer.body = unchunked(body);
    }
    answer
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
        let rest = &body[end + 2..];
        if size == 0 || rest.len() < size {
            break;
        }
        out.extend_from_slice(&rest[..size]);
        body = rest.get(size + 2..).unwrap_or_default();
    }
    out
}

/// A request of a student: JSON in, JSON out; the status and the answer.
pub async fn ask(address: &str, line: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
    let mut head = vec!["Content-Type: application/json".to_owned()];
    head.extend(token.map(|token| format!("Authorization: Bearer {token}")));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let body = body.map(Value::to_string).unwrap_or_default();
    http(address, &format!("{line} HTTP/1.1"), &head, body.as_bytes()).await
}

/// A client of the class at `url`.
pub fn client(url: &str) -> Http {
    let (address, _) = Address::parse(url).expect("an address");
    Http::new(address, Tls::default())
}

/// A student with a seat, who reports in numbered posts.
pub struct Student {
    pub http: Http,
    pub name: String,
    pub seat: String,
    pub pin: String,
    pub token: String,
    pub posts: u64,
}

impl Student {
    pub async fn join(url: &str, code: &str) -> Student {
        Student::named(url, code, None).await
    }

    /// Where names are free.
    pub async fn named(url: &str, code: &str, name: Option<&str>) -> Student {
        let mut http = client(url);
        let mut taken = seat::join(&mut http, code, name, Lang::En).await;
        // Many who join at once, from one address, are asked to wait.
        while let Err(Fault::Denied {
            again: Some(again), ..
        }) = &taken
        {
            sleep(*again).await;
            taken = seat::join(&mut http, code, name, Lang::En).await;
        }
        let taken = taken.expect("a seat");
        Student {
            http,
            name: taken.name,
            seat: taken.seat,
            pin: taken.pin,
            token: taken.token,
            posts: 0,
        }
    }

    /// Reports as one post.
    pub async fn report(&mut self, events: Vec<Value>) -> Result<(), Fault> {
        self.posts += 1;
        let post = json!({"post": self.posts, "events": events});
        seat::report(&mut self.http, &self.token, &post).await
    }
}

/// What it is to have solved an exercise.
pub fn solved(exercise: &str) -> Value {
    json!({"what": "solved", "exercise": exercise, "lines": ["SET lab:a 1"], "ms": 2000,
        "tries": 1, "hints": 0})
}

/// The ids of the course's exercises, in order.
pub fn exercises() -> Vec<String> {
    let lessons = redis_lab::lesson::Library::new(None).all(Lang::En);
    let lessons = lessons.expect("the lessons");
    let exercises = lessons.iter().flat_map(|lesson| lesson.exercises());
    exercises.map(|exercise| exercise.id.clone()).collect()
}

/// A terminal's line to the class, with its seat kept in a folder of its own.
pub struct Joined {
    pub link: Link,
    pub name: String,
    pub seat: String,
    pub folder: PathBuf,
    /// Notices that nobody has waited for yet.
    heard: Vec<Notice>,
    pub _state: tempfile::TempDir,
}

impl Joined {
    /// Joins by what stands at `url`: the hub, or a proxy before it.
    pub async fn at(url: &str, code: &str) -> Joined {
        let mut http = client(url);
        let taken = seat::join(&mut http, code, None, Lang::En).await;
        let taken = taken.expect("a seat");
        let me = seat::me(&mut http, &taken.token).await.expect("the seat");
        let state = tempfile::tempdir().expect("a folder");
        let kept = Kept::new(http.address(), code, &taken);
        let folder = kept.folder(state.path()).expect("a name");
        kept.save(&folder).expect("it is kept");
        Joined {
            link: Link::open(http, kept, folder.clone(), &me),
            name: taken.name,
            seat: taken.seat,
            folder,
            heard: Vec::new(),
            _state: state,
        }
    }

    /// Waits for a notice, for at most `limit`, unless it has come before; it is
    /// expected once.
    pub async fn expect(&mut self, what: &str, limit: Duration, is: impl Fn(&Notice) -> bool) {
        let heard = &mut self.heard;
        let waited = timeout(limit, async {
            loop {
                if let Some(at) = heard.iter().position(&is) {
                    heard.remove(at);
                    return;
                }
                heard.push(self.link.notice().await);
            }
        });
        let is_heard = waited.await.is_ok();
        assert!(is_heard, "no {what} within {limit:?}, but {:?}", self.heard);
    }
}

/// Waits until a condition holds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !holds().await {
            sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain for {what}");
}
