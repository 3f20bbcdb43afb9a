//! A class of simulated students: whether the counts are exact, and what a hub
//! takes of memory and processor while they work.
//!
//! ```text
//! cargo bench --bench classroom                  300 students on one hub, then
//!                                                1,000 on two hubs and one Redis
//! cargo bench --bench classroom -- 300 60 30     students, posts a second, seconds
//! ```
//!
//! Each student joins by the code, hears the news as a stream, and solves 41
//! exercises: a post each, with the place, a wrong try and the answer. First as
//! fast as the hub takes them, which is what is counted; then, for the figures,
//! tries at a given pace: with the board closed, open, and open with the strip of
//! commands. Needs Linux (`/proc`), and redis-server for the second part, which
//! is left out without it.

#[path = "../tests/classroom_support/mod.rs"]
mod classroom_support;
#[path = "../tests/needs/mod.rs"]
mod needs;

use classroom_support::crowd::{EXERCISES, solve_all};
use classroom_support::{Hub, Student, client, exercises, until};
use redis_lab::classroom::client::{Kept, Link, seat};
use serde_json::json;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt as _;
use tokio::time::{MissedTickBehavior, interval};

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let students = numbers.first().copied().unwrap_or(300);
    let pace = numbers.get(1).copied().unwrap_or(60);
    let seconds = numbers.get(2).copied().unwrap_or(30);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return ExitCode::FAILURE;
    };
    let exact = runtime.block_on(async {
        let one = one_hub(students as usize, pace, seconds).await;
        let two = numbers.is_empty().then_some(1000);
        match two {
            Some(students) => one & two_hubs(students).await,
            None => one,
        }
    });
    if exact {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn say(text: &str) {
    println!("{text}");
}

/// Everybody in a class, each with a stream of news.
async fn seats(hubs: &[Hub], count: usize) -> (Vec<Student>, Vec<Link>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut students, mut links) = (Vec::new(), Vec::new());
    for number in 0..count {
        let hub = &hubs[number % hubs.len()];
        let student = Student::join(&hub.url, &hub.code).await;
        let mut http = client(&hub.url);
        let me = seat::me(&mut http, &student.token).await.expect("a seat");
        let taken = seat::Seat {
            seat: student.seat.clone(),
            token: student.token.clone(),
            name: student.name.clone(),
            pin: student.pin.clone(),
        };
        let kept = Kept::new(http.address(), &hub.code, &taken);
        let own = kept.folder(folder.path()).expect("a name");
        links.push(Link::open(http, kept, own, &me));
        students.push(student);
    }
    (students, links, folder)
}

async fn one_hub(count: usize, pace: u64, seconds: u64) -> bool {
    let hubs = [Hub::start(&[])];
    let hub = &hubs[0];
    let begun = Instant::now();
    let (students, links, _folder) = seats(&hubs, count).await;
    say(&format!(
        "{count} students have joined in {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    let (idle, _) = usage(hub.pid());
    let begun = Instant::now();
    let before = usage(hub.pid()).1;
    let mut students = solve_all(students).await;
    let took = begun.elapsed().as_secs_f64();
    let posts = (count * EXERCISES) as f64;
    let cpu = usage(hub.pid()).1 - before;
    say(&format!(
        "{posts} posts of 3 events: {:.0} a second, {:.0} µs of processor each (hub and its server)",
        posts / took,
        cpu / posts * 1e6
    ));
    let exact = counted(hub, count).await;
    // Then at the pace of people.
    at_a_pace(hub, &mut students, pace, seconds, Shown::Closed).await;
    at_a_pace(hub, &mut students, pace, seconds, Shown::Board).await;
    at_a_pace(hub, &mut students, pace, seconds, Shown::Strip).await;
    say(&format!(
        "{:.1} MB at most ({idle:.1} MB when all had joined), of which the program's own pages {:.1} MB",
        usage(hub.pid()).0,
        in_megabytes(hub.pid(), "RssFile:")
    ));
    drop(links);
    exact
}

/// What the teacher's browser shows.
#[derive(Debug, Clone, Copy)]
enum Shown {
    Closed,
    Board,
    Strip,
}

/// Tries at this pace, and what the hub takes for it.
async fn at_a_pace(hub: &Hub, students: &mut [Student], pace: u64, seconds: u64, shown: Shown) {
    let watching = async {
        let strip = match shown {
            Shown::Closed => return std::future::pending().await,
            Shown::Board => 0,
            Shown::Strip => 1,
        };
        let events = format!("/board/events?strip={strip}&lang=en");
        let mut events = hub.board().await.hear(&events).await;
        let mut bytes = vec![0; 64 * 1024];
        while events.read(&mut bytes).await.expect("the events") > 0 {}
        panic!("the board is closed");
    };
    let exercises = exercises();
    let begun = Instant::now();
    let before = usage(hub.pid()).1;
    let working = async {
        let mut tick = interval(Duration::from_secs_f64(1.0 / pace as f64));
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for number in 0..pace * seconds {
            tick.tick().await;
            let at = number as usize % students.len();
            let tried = json!({"what": "try", "exercise": exercises[at % EXERCISES],
                "line": "GET lab:a", "error": "not yet"});
            students[at].report(vec![tried]).await.expect("it is taken");
        }
    };
    tokio::select! {
        () = working => {}
        () = watching => {}
    }
    let took = begun.elapsed().as_secs_f64();
    let cpu = usage(hub.pid()).1 - before;
    say(&format!(
        "{:.0} posts a second for {took:.0} s, {shown:?}: {:.1} % of a core",
        (pace * seconds) as f64 / took,
        cpu / took * 100.0
    ));
}

async fn two_hubs(count: usize) -> bool {
    let Some(redis) = Redis::start() else {
        say("two hubs and one Redis: left out, there is no redis-server");
        return true;
    };
    let url = format!("redis://127.0.0.1:{}", redis.port);
    let first = Hub::start(&["--url", &url]);
    let code = first.code.clone();
    let hubs = [first, Hub::start(&["--url", &url, "--code", &code])];
    let begun = Instant::now();
    let (students, links, _folder) = seats(&hubs, count).await;
    let students = solve_all(students).await;
    say(&format!(
        "{} students on two hubs and one Redis: {:.0} s from joining to the last answer; {:.1} and {:.1} MB",
        students.len(),
        begun.elapsed().as_secs_f64(),
        usage(hubs[0].pid()).0,
        usage(hubs[1].pid()).0
    ));
    let exact = counted(&hubs[0], count).await & counted(&hubs[1], count).await;
    drop(links);
    exact
}

/// Whether board and CSV say what was solved.
async fn counted(hub: &Hub, students: usize) -> bool {
    let expected = students * EXERCISES;
    let board = hub.board().await;
    until("the board", async || {
        board.solved().await.values().sum::<usize>() >= expected
    })
    .await;
    let solved: usize = board.solved().await.values().sum();
    let csv = board.solved_in_csv().await;
    say(&format!(
        "solved: {expected} expected, {solved} on the board, {csv} in the CSV"
    ));
    solved == expected && csv == expected
}

/// The largest memory in MB and the processor time in seconds of a process.
fn usage(pid: u32) -> (f64, f64) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    // utime and stime, in hundredths of a second (man 5 proc).
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|field| field.parse::<f64>().ok()).sum();
    (in_megabytes(pid, "VmHWM:"), ticks / 100.0)
}

/// A figure of a process's `/proc/PID/status`, which has it in kB.
fn in_megabytes(pid: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1024.0
}

/// A redis-server of our own, without persistence.
struct Redis {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Redis {
    fn start() -> Option<Redis> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").ok()?;
        let port = free.local_addr().ok()?.port();
        drop(free);
        let folder = tempfile::tempdir().ok()?;
        let child = Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
            ])
            .arg("--dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let redis = Redis {
            child,
            port,
            _folder: folder,
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "redis-server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(redis)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
