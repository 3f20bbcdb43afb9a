//! Tasks of a Celery app, with the real Celery package on the other side.
//!
//! Those that are ignored need a Python with it: `python3 -m venv venv && venv/bin/pip install celery
//! redis pillow packaging`, then `CELERY_PYTHON=$PWD/venv/bin/python cargo test --test
//! thumbnail_celery -- --ignored`.

mod needs;
mod thumbnail_support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::read::ZlibEncoder;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use thumbnail_support::{Redis, wait_until};
use thumbnailer::sample_image;

fn python(redis: &Redis) -> Command {
    let python = std::env::var_os("CELERY_PYTHON").expect("CELERY_PYTHON names a Python");
    let mut command = Command::new(python);
    command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/celery"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env(
            "BENCH_REDIS",
            format!("redis+socket://{}", redis.socket().display()),
        );
    command
}

/// Runs a Python program that has the Celery app's tasks.
fn app(redis: &Redis, program: &str, args: &[&str]) -> Output {
    let output = python(redis)
        .args(["-c", &format!("import sys\nfrom tasks import *\n{program}")])
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn lab(redis: &Redis, args: &[&str]) -> Command {
    let mut command = needs::redis_lab();
    command
        .args(["--lang", "en", "--url", &redis.url(), "thumbnail"])
        .args(args);
    command
}

/// A background process, killed with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn our_worker(redis: &Redis, dir: &Path, options: &[&str]) -> Process {
    let mut child = lab(
        redis,
        &["worker", "--celery", "--store", dir.to_str().unwrap()],
    )
    .args(options)
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    Process(child)
}

#[test]
#[ignore = "needs Python with celery, redis and pillow: set CELERY_PYTHON"]
fn tasks_of_a_celery_app_run_here() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let (name, image) = sample_image();
    let file = dir.path().join(name);
    std::fs::write(&file, &image).unwrap();
    let file = file.to_str().unwrap();
    let broken = dir.path().join("broken.jpg");
    std::fs::write(&broken, &image[..200]).unwrap();

    // Garbage in front of the tasks must not stop the worker.
    let mut connection = redis.connection();
    for garbage in [
        "",
        "hello",
        "{}",
        "[1,2]",
        "{\"headers\":{\"id\":\"1\",\"task\":\"x\"}}",
    ] {
        put_back(&mut connection, garbage);
    }
    let _worker = our_worker(&redis, dir.path(), &[]);
    let output = app(
        &redis,
        "r = make_thumbnails.delay(sys.argv[1], thumbnails=[(64, 64), (32, 32)])
print(r.get(timeout=30)['archive_path'], r.status)",
        &[file],
    );
    let archive = dir.path().join("tatry.zip");
    assert_eq!(text(&output), format!("{} SUCCESS\n", archive.display()));
    let zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    assert_eq!(zip.len(), 3);

    let failing = "r = make_thumbnails.delay(sys.argv[1])
try:
    r.get(timeout=30)
except Exception as e:
    print(type(e).__name__, r.status)";
    let output = app(&redis, failing, &[broken.to_str().unwrap()]);
    assert!(text(&output).ends_with(" FAILURE\n"), "{output:?}");
    assert!(!text(&output).starts_with("TimeoutError"), "{output:?}");
    // What lies outside the worker's directory is not there.
    let output = app(&redis, failing, &["/etc/hostname"]);
    assert_eq!(text(&output), "FileNotFoundError FAILURE\n");

    let left: i64 = redis::cmd("LLEN")
        .arg("celery")
        .query(&mut connection)
        .unwrap();
    let aside: i64 = redis::cmd("LLEN")
        .arg("lab:jobs:celery:garbage")
        .query(&mut connection)
        .unwrap();
    assert_eq!((left, aside), (0, 5));
}

#[test]
#[ignore = "needs Python with celery, redis and pillow: set CELERY_PYTHON"]
fn a_task_of_a_killed_worker_is_run_by_the_next() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let file = image_in(dir.path());
    let program = "print(make_thumbnails.delay(sys.argv[1]).id)";
    let id = text(&app(&redis, program, &[file.to_str().unwrap()]));
    // A worker that died right after it had taken the task.
    let mut connection = redis.connection();
    let _: Option<String> = redis::cmd("LMOVE")
        .arg(&["celery", "lab:jobs:celery:taken:dead", "RIGHT", "LEFT"])
        .query(&mut connection)
        .unwrap();
    let _: i64 = redis::cmd("SADD")
        .arg(&["lab:jobs:celery:workers", "dead"])
        .query(&mut connection)
        .unwrap();
    let _worker = our_worker(&redis, dir.path(), &[]);
    wait_until("the task is done", || {
        let result: Option<String> = redis::cmd("GET")
            .arg(format!("celery-task-meta-{}", id.trim()))
            .query(&mut connection)
            .unwrap();
        result.is_some_and(|result| result.contains("SUCCESS"))
    });
}

#[test]
#[ignore = "needs Python with celery, redis and pillow: set CELERY_PYTHON"]
fn a_celery_worker_runs_what_we_send() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let file = image_in(dir.path());
    let _worker = Process(
        python(&redis)
            .args(["-m", "celery", "-A", "tasks", "worker", "--pool", "solo"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let output = lab(
        &redis,
        &[
            "submit",
            "--celery",
            "--task",
            "tasks.make_thumbnails",
            "--size",
            "64x64",
            "--delay",
            "1s",
            "--wait",
        ],
    )
    .arg(&file)
    .output()
    .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output).contains("SUCCESS"), "{output:?}");
    let thumb = image::open(dir.path().join("tatry_64x64.jpg")).unwrap();
    assert_eq!((thumb.width(), thumb.height()), (64, 48));
}

/// Sends one task for an image through our own client, and gives its ID.
fn send(redis: &Redis, file: &Path) -> String {
    let output = lab(redis, &["submit", "--celery"])
        .arg(file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    text(&output).split(' ').next().unwrap().to_owned()
}

/// The message sent last, taken out of the queue.
fn taken_out(connection: &mut redis::Connection) -> String {
    redis::cmd("LPOP").arg("celery").query(connection).unwrap()
}

/// A task's result as it is stored, once it is.
fn result(connection: &mut redis::Connection, id: &str) -> serde_json::Value {
    let key = format!("celery-task-meta-{id}");
    let mut result = None;
    wait_until("there is a result", || {
        let stored: Option<String> = redis::cmd("GET").arg(&key).query(connection).unwrap();
        result = stored;
        result.is_some()
    });
    serde_json::from_str(&result.unwrap()).unwrap()
}

/// A picture in a directory.
fn image_in(dir: &Path) -> PathBuf {
    let (name, image) = sample_image();
    let file = dir.join(name);
    std::fs::write(&file, image).unwrap();
    file
}

/// Puts a message where Celery's workers look for one.
fn put_back(connection: &mut redis::Connection, message: &str) {
    let _: i64 = redis::cmd("LPUSH")
        .arg("celery")
        .arg(message)
        .query(connection)
        .unwrap();
}

fn is_done(connection: &mut redis::Connection, id: &str) -> bool {
    let key = format!("celery-task-meta-{id}");
    let result: Option<String> = redis::cmd("GET").arg(key).query(connection).unwrap();
    result.is_some_and(|result| result.contains("SUCCESS"))
}

#[test]
fn a_task_for_later_waits_aside_and_goes_back_with_the_last_worker() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let file = image_in(dir.path());
    let mut connection = redis.connection();
    let mut put = |eta: &str| {
        let id = send(&redis, &file);
        let message = taken_out(&mut connection);
        let message = message.replace("\"eta\":null", &format!("\"eta\":\"{eta}\""));
        assert!(message.contains(eta), "{message}");
        put_back(&mut connection, &message);
        id
    };
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(2);
    put("2130-01-01T00:00:00+00:00");
    let soon = put(&soon.to_string());
    let now = send(&redis, &file);
    let mut worker = our_worker(&redis, dir.path(), &["--concurrency", "1"]);
    for id in [now, soon] {
        wait_until("the task is done", || is_done(&mut connection, &id));
    }
    let mut count = |command: &str, key: &str| -> i64 {
        redis::cmd(command).arg(key).query(&mut connection).unwrap()
    };
    assert_eq!(count("ZCARD", "lab:jobs:celery:aside"), 1);
    assert_eq!(count("LLEN", "celery"), 0);
    let pid = worker.0.id().to_string();
    let told = Command::new("kill").args(["-INT", &pid]).status();
    assert!(told.unwrap().success());
    assert!(worker.0.wait().unwrap().success());
    assert_eq!(count("ZCARD", "lab:jobs:celery:aside"), 0);
    assert_eq!(count("LLEN", "celery"), 1);
}

#[test]
fn what_celery_does_not_have_is_refused_before_anything_is_sent() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let file = image_in(dir.path());
    let file = file.to_str().unwrap();
    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "not a picture").unwrap();
    let text = text.to_str().unwrap();
    let refused = |lang: &str, args: &[&std::ffi::OsStr]| {
        let output = needs::redis_lab()
            .args(["--lang", lang, "--url", &redis.url()])
            .args(["thumbnail", "submit", "--celery"])
            .args(args)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(output.stdout.is_empty(), "{args:?}");
        said
    };
    for (option, value) in [
        ("--key", "K"),
        ("--store", "redis"),
        ("--output", "thumbs"),
        ("--priority", "high"),
    ] {
        for lang in ["en", "pl"] {
            let said = refused(lang, &[option, value, file].map(AsRef::as_ref));
            assert!(said.contains(option), "{said}");
        }
    }
    // Every file is looked at first, and each that is wrong is named.
    for (lang, nothing) in [("en", "nothing was sent"), ("pl", "niczego nie wysłano")] {
        let said = refused(lang, &[file, text, "/nonexistent.jpg"].map(AsRef::as_ref));
        for part in [nothing, "notes.txt", "/nonexistent.jpg"] {
            assert!(said.contains(part), "{said}");
        }
    }
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let mangled = dir.path().join(std::ffi::OsStr::from_bytes(b"a\xff.jpg"));
        std::fs::copy(file, &mangled).unwrap();
        let said = refused("en", &[file.as_ref(), mangled.as_ref()]);
        assert!(said.contains("UTF-8"), "{said}");
    }
    let keys: i64 = redis::cmd("DBSIZE").query(&mut redis.connection()).unwrap();
    assert_eq!(keys, 0);
}

#[test]
fn who_sent_what_cannot_be_run_is_told_why() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let file = image_in(dir.path());
    let mut connection = redis.connection();
    let mut put = |change: &dyn Fn(&mut serde_json::Value)| {
        let id = send(&redis, &file);
        let mut message = serde_json::from_str(&taken_out(&mut connection)).unwrap();
        change(&mut message);
        put_back(&mut connection, &message.to_string());
        id
    };
    let compressed = put(&|message| {
        let body = BASE64.decode(message["body"].as_str().unwrap()).unwrap();
        let mut zlib = Vec::new();
        ZlibEncoder::new(&body[..], Compression::fast())
            .read_to_end(&mut zlib)
            .unwrap();
        message["body"] = BASE64.encode(zlib).into();
        message["headers"]["compression"] = "application/x-gzip".into();
    });
    let bzip2 = put(&|message| message["headers"]["compression"] = "application/x-bz2".into());
    let yaml = put(&|message| message["content-type"] = "application/x-yaml".into());
    let expired =
        put(&|message| message["headers"]["expires"] = "2020-01-01T00:00:00+00:00".into());
    let _worker = our_worker(&redis, dir.path(), &[]);
    let mut told = |id: &str| result(&mut connection, id);
    assert_eq!(told(&compressed)["status"], "SUCCESS");
    for (id, kind, says) in [
        (bzip2, "DecodeError", "application/x-bz2"),
        (yaml, "ContentDisallowed", "application/x-yaml"),
    ] {
        let told = told(&id);
        assert_eq!(told["status"], "FAILURE", "{told}");
        assert_eq!(told["result"]["exc_type"], kind, "{told}");
        let message = told["result"]["exc_message"][0].as_str().unwrap();
        assert!(message.contains(says), "{told}");
    }
    // As Celery 5 stores it.
    let told = told(&expired);
    assert_eq!(told["status"], "REVOKED");
    let error = serde_json::json!({
        "exc_type": "TaskRevokedError", "exc_message": ["expired"],
        "exc_module": "celery.exceptions",
    });
    assert_eq!(told["result"], error);
    assert!(told["traceback"].is_null());
    let lengths: (i64, i64) = redis::pipe()
        .cmd("LLEN")
        .arg("lab:jobs:celery:garbage")
        .cmd("LLEN")
        .arg("celery")
        .query(&mut connection)
        .unwrap();
    assert_eq!(lengths, (2, 0));
}

#[test]
#[ignore = "needs Python with celery, redis and pillow: set CELERY_PYTHON"]
fn a_celery_app_reads_every_end_of_its_tasks() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let file = image_in(dir.path());
    let _worker = our_worker(&redis, dir.path(), &[]);
    let program = "from datetime import datetime
def end(**options):
    r = make_thumbnails.apply_async([sys.argv[1]], **options)
    try:
        r.get(timeout=30)
    except Exception as e:
        return r.status, type(e).__name__
    return r.status
print(end(compression='gzip'), end(compression='zlib'), end(compression='bzip2'))
print(end(expires=datetime(2020, 1, 1)))";
    let output = app(&redis, program, &[file.to_str().unwrap()]);
    assert_eq!(
        text(&output),
        "SUCCESS SUCCESS ('FAILURE', 'DecodeError')\n('REVOKED', 'TaskRevokedError')\n"
    );
}

#[test]
fn a_delay_is_the_eta_of_a_task() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let file = image_in(dir.path());
    let before = jiff::Timestamp::now();
    let output = lab(&redis, &["submit", "--celery", "--delay", "2s"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let id = text(&output).split(' ').next().unwrap().to_owned();
    let mut connection = redis.connection();
    let _worker = our_worker(&redis, dir.path(), &[]);
    wait_until("the task is done", || is_done(&mut connection, &id));
    let took = jiff::Timestamp::now().duration_since(before);
    assert!(took.as_secs_f64() > 1.9, "{took:?}");
}

#[test]
fn what_a_worker_held_that_a_clock_lets_live_too_long_is_taken_back() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let file = image_in(dir.path());
    let id = send(&redis, &file);
    let mut connection = redis.connection();
    let message = taken_out(&mut connection);
    let _: () = redis::pipe()
        .cmd("LPUSH")
        .arg(&["lab:jobs:celery:taken:dead", &message])
        .cmd("SADD")
        .arg(&["lab:jobs:celery:workers", "dead"])
        // Set when the clock was an hour ahead.
        .cmd("SET")
        .arg(&["lab:jobs:celery:alive:dead", "1", "EX", "3610"])
        .query(&mut connection)
        .map(|_: Vec<redis::Value>| ())
        .unwrap();
    let _worker = our_worker(&redis, dir.path(), &[]);
    wait_until("the task is done", || is_done(&mut connection, &id));
}
