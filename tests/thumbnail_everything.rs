//! All that a term brings, at once: killed workers, a full Redis, a promoted
//! replica, slow uploads, silent connections, downloads that nobody reads.

#![cfg(target_os = "linux")]

mod needs;
mod thumbnail_support;

use redis_lab::jobs::job::State;
use redis_lab::jobs::keys::Keys;
use redis_lab::jobs::queue::Queue;
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use thumbnail_support::failover::{Front, replicate};
use thumbnail_support::process::{Process, lab_at};
use thumbnail_support::{Redis, eventually, wait_until};
use thumbnailer::sample_image;

/// What the page may hold without workers of its own, in kB.
const PAGE: u64 = 150 * 1000;

/// A bound against hanging, generously above what a page takes.
const LIMIT: Duration = Duration::from_secs(10);

/// One answer, as text.
fn ask(address: &str, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "{request}").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn get(address: &str, path: &str) -> Option<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    ask(address, &request)
}

fn is_ok(answer: Option<String>) -> bool {
    answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// Looks at the page all the time; gives how long each look took.
fn visitor(address: String, stop: Arc<AtomicBool>) -> std::thread::JoinHandle<Vec<Duration>> {
    std::thread::spawn(move || {
        let mut took = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let began = Instant::now();
            // 503 is an answer too: the page says what is the matter.
            let answer = get(&address, "/?lang=en");
            assert!(answer.is_some_and(|answer| answer.contains("</html>")));
            took.push(began.elapsed());
            std::thread::sleep(Duration::from_millis(50));
        }
        took.sort();
        took
    })
}

fn set_memory(redis: &Redis, value: &str) {
    let _: String = redis::cmd("CONFIG")
        .arg(&["SET", "maxmemory", value])
        .query(&mut redis.connection())
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_term_at_once() {
    if !needs::installed("a_whole_term_at_once", &["redis-server"]) {
        return;
    }
    let (first_port, second_port) = (needs::free_port(), needs::free_port());
    let first = Redis::start_with(&["--port", &first_port.to_string()]);
    let second = Redis::start_with(&["--port", &second_port.to_string()]);
    replicate(&second, first_port);
    let dir = tempfile::tempdir().unwrap();
    let front = Front::start(dir.path(), first.socket());
    let url = format!("unix://{}", front.path.display());
    let media = dir.path().join("media");
    let store = media.to_str().unwrap();
    let spawn = |args: &[&str]| {
        let mut command = lab_at(&url, args);
        Process::spawn(command.stderr(Stdio::null()))
    };
    let serve = [
        "serve",
        "--workers",
        "0",
        "--port",
        "0",
        "--media",
        store,
        "--json",
    ];
    let (page, line) = spawn(&serve);
    let line: Value = serde_json::from_str(&line).unwrap();
    let address = line["url"].as_str().unwrap();
    let address = address
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let worker = || {
        let args = [
            "worker",
            "--store",
            store,
            "--lease",
            "1s",
            "--concurrency",
            "2",
        ];
        spawn(&args).0
    };
    let mut workers: Vec<Process> = (0..3).map(|_| worker()).collect();
    let done = Arc::new(AtomicBool::new(false));
    let watching = visitor(address.clone(), done.clone());

    // 60 jobs from the command line.
    let (name, image) = sample_image();
    let file = dir.path().join(name);
    std::fs::write(&file, &image).unwrap();
    let mut submit = lab_at(&url, &["submit", "--json", "--store", store]);
    let output = submit
        .args(std::iter::repeat_n(&file, 60))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let id = |line: &str| -> String {
        let line: Value = serde_json::from_str(line).unwrap();
        line["task_id"].as_str().unwrap().to_owned()
    };
    let mut ids: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(id)
        .collect();
    assert_eq!(ids.len(), 60);

    // 25 who download and do not read, 520 who say nothing.
    let large = "00000000-0000-4000-8000-000000000001";
    std::fs::create_dir_all(media.join(large)).unwrap();
    let file = std::fs::File::create(media.join(large).join("large.zip")).unwrap();
    file.set_len(57 << 20).unwrap();
    let mut open = Vec::new();
    for _ in 0..25 {
        let mut client = TcpStream::connect(&address).unwrap();
        let path = format!("/media/{large}/large.zip");
        write!(client, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        client.read_exact(&mut [0; 12]).unwrap();
        open.push(client);
    }
    // 30 slow uploads, a piece each whenever something has happened.
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"image_file\"; filename=\"{name}\"\r\n\r\n"
    );
    let body = [head.as_bytes(), &image, b"\r\n--b--\r\n"].concat();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut class: Vec<TcpStream> = (0..30)
        .map(|_| {
            let mut pupil = TcpStream::connect(&address).unwrap();
            pupil.write_all(request.as_bytes()).unwrap();
            pupil
        })
        .collect();
    let mut pieces = body.chunks(body.len().div_ceil(6));
    let mut next_piece = || {
        let piece = pieces.next().unwrap();
        for pupil in &mut class {
            pupil.write_all(piece).unwrap();
        }
    };
    next_piece();
    for _ in 0..520 {
        open.push(TcpStream::connect(&address).unwrap());
    }
    next_piece();
    assert!(is_ok(get(&address, "/healthz")));

    workers[0].kill();
    workers[0] = worker();
    next_piece();

    set_memory(&first, "1");
    wait_until("the page says that Redis is full", || {
        get(&address, "/healthz").is_some_and(|answer| answer.contains("\"full\""))
    });
    set_memory(&first, "0");
    wait_until("Redis is well again", || is_ok(get(&address, "/healthz")));
    next_piece();

    let copies: i64 = redis::cmd("WAIT")
        .arg(1)
        .arg(0)
        .query(&mut first.connection())
        .unwrap();
    assert_eq!(copies, 1);
    let _: String = redis::cmd("REPLICAOF")
        .arg(&["NO", "ONE"])
        .query(&mut second.connection())
        .unwrap();
    front.lead_to(second.socket());
    replicate(&first, second_port);
    wait_until("the page has followed", || is_ok(get(&address, "/healthz")));
    next_piece();
    workers[1].kill();
    workers[1] = worker();
    next_piece();
    for pupil in &mut class {
        let mut answer = String::new();
        pupil.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
        ids.push(id(answer.lines().last().unwrap()));
    }

    let queue = Queue::new(second.target(), Keys::default(), None);
    eventually("every job is done", || async {
        let jobs = queue.jobs(&ids).await.unwrap();
        assert_eq!(jobs.len(), 90);
        jobs.iter().all(|job| job.state == State::Success)
    })
    .await;
    done.store(true, Ordering::Relaxed);
    let took = watching.join().unwrap();
    let at = |part: usize| took[(took.len() - 1) * part / 100];
    println!(
        "{} looks at the page: median {:?}, 99 % within {:?}; at most {} MB",
        took.len(),
        at(50),
        at(99),
        page.peak() / 1000
    );
    assert!(*took.last().unwrap() < LIMIT);
    assert!(page.peak() < PAGE, "{} kB", page.peak());
    drop(open);
}
