//! The job system as separate processes: killed, restarted, and told to stop.

mod needs;
mod thumbnail_support;

use rand::RngExt as _;
use redis_lab::jobs::job::NewJob;
use redis_lab::jobs::keys::Keys;
use redis_lab::jobs::queue::Queue;
use redis_lab::jobs::tasks;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::process::Stdio;
use thumbnail_support::process::{Process, json_lines, lab, lab_at, names_in_zip, run, stdout};
use thumbnail_support::prometheus::samples;
use thumbnail_support::{Redis, wait_until};
use thumbnailer::sample_image;

/// Writes pictures of different sizes and gives their paths.
fn pictures(dir: &Path, count: usize) -> Vec<String> {
    (0..count)
        .map(|i| {
            let path = dir.join(format!("picture{i}.png"));
            let side = 100 + i as u32;
            image::RgbImage::from_fn(side, side, |x, y| image::Rgb([x as u8, y as u8, i as u8]))
                .save(&path)
                .unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn two_hundred_jobs_survive_killed_workers_a_killed_scheduler_and_a_killed_redis() {
    let Some(mut redis) = Redis::start_persistent("jobs survive a killed Redis") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let store = store.to_str().unwrap();
    let files = pictures(dir.path(), 20);
    let worker = [
        "worker",
        "--store",
        store,
        "--lease",
        "1s",
        "--concurrency",
        "2",
        "--quiet",
    ];
    let mut workers: Vec<Process> = (0..3).map(|_| Process::start(&redis, &worker)).collect();
    let added = run(
        &redis,
        &["schedule", "add", "fast", "test", "every", "200ms"],
    );
    assert!(added.status.success(), "{added:?}");
    let beat = ["schedule", "--run"];
    let mut schedulers: Vec<Process> = (0..2).map(|_| Process::start(&redis, &beat)).collect();

    let mut rng = rand::rng();
    let mut ids = Vec::new();
    for round in 0..10 {
        let mut args = vec![
            "submit", "--store", store, "--size", "64x64", "--size", "32x32",
        ];
        args.extend(files.iter().map(String::as_str));
        let mut submit = lab(&redis, &args);
        let output = submit.arg("--json").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        for line in json_lines(&output) {
            ids.push(line["task_id"].as_str().unwrap().to_owned());
        }
        // In the middle of it somebody dies, and somebody new comes.
        let victim = rng.random_range(0..workers.len());
        workers[victim].kill();
        workers[victim] = Process::start(&redis, &worker);
        if round == 4 {
            schedulers[0].kill();
        }
        if round == 6 {
            redis.kill();
            redis.start_again();
        }
    }
    assert_eq!(ids.len(), 200);
    let jobs = || -> HashMap<String, Value> {
        let output = run(&redis, &["status", "--limit", "100000", "--json"]);
        json_lines(&output)
            .into_iter()
            .filter(|job| job["task"] == "make_thumbnails")
            .map(|job| (job["task_id"].as_str().unwrap().to_owned(), job))
            .collect()
    };
    wait_until("every job has ended", || {
        let jobs = jobs();
        ids.iter().all(|id| {
            matches!(
                jobs[id]["task_status"].as_str(),
                Some("SUCCESS" | "FAILURE")
            )
        })
    });
    let jobs = jobs();
    let mut starts = 0;
    for id in &ids {
        let job = &jobs[id];
        // A poisoned job would be one that three dying workers held; that is
        // allowed, and then it must lie with the dead letters.
        if job["task_status"] == "FAILURE" {
            assert_eq!(job["error_type"], "PoisonJob", "{job}");
            continue;
        }
        starts += job["attempts"].as_u64().unwrap();
        let place = Path::new(store).join(id);
        let archive = job["results"]["archive_path"].as_str().unwrap();
        assert_eq!(names_in_zip(&place.join(archive)).len(), 3, "{job}");
        for thumb in job["thumbnails"].as_array().unwrap() {
            let path = place.join(thumb["name"].as_str().unwrap());
            let picture = image::open(&path).unwrap();
            let size = (picture.width().into(), picture.height().into());
            assert_eq!(
                (thumb["width"].as_u64(), thumb["height"].as_u64()),
                size_of(size)
            );
        }
    }
    let dead = json_lines(&run(&redis, &["dead", "--json"]));
    let failed = ids
        .iter()
        .filter(|id| jobs[*id]["task_status"] == "FAILURE");
    assert_eq!(dead.len(), failed.count());
    let duplicates = starts as usize + dead.len() - ids.len();
    println!("executions that were repeated, harmlessly: {duplicates}");

    // Every slot of the fast schedule was fired by one scheduler only.
    let mut connection = redis.connection();
    let hashes: Vec<String> = redis::cmd("KEYS")
        .arg("lab:jobs:job:*")
        .query(&mut connection)
        .unwrap();
    let slots: Vec<String> = hashes
        .iter()
        .filter_map(|key| {
            let mut ask = redis::cmd("HMGET");
            ask.arg(key).arg("schedule").arg("slot");
            let known: (Option<String>, Option<String>) = ask.query(&mut connection).unwrap();
            known.1.filter(|_| known.0.as_deref() == Some("fast"))
        })
        .collect();
    assert!(slots.len() > 3, "{slots:?}");
    let different: HashSet<&String> = slots.iter().collect();
    assert_eq!(different.len(), slots.len(), "{slots:?}");
}

fn size_of((width, height): (u64, u64)) -> (Option<u64>, Option<u64>) {
    (Some(width), Some(height))
}

#[test]
fn images_travel_through_redis_and_back() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let (name, image) = sample_image();
    let file = dir.path().join(name);
    std::fs::write(&file, &image).unwrap();
    let out = dir.path().join("out");
    let _worker = Process::start(&redis, &["worker"]);
    let args = [
        "submit",
        file.to_str().unwrap(),
        "--size",
        "100x100",
        "--output",
        out.to_str().unwrap(),
    ];
    let output = run(&redis, &args);
    assert!(output.status.success(), "{output:?}");
    assert!(stdout(&output).contains("SUCCESS"), "{output:?}");
    let thumb = image::open(out.join("tatry_100x100.jpg")).unwrap();
    assert_eq!((thumb.width(), thumb.height()), (100, 75));
    assert_eq!(
        names_in_zip(&out.join("tatry.zip")),
        ["tatry.jpg", "tatry_100x100.jpg"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_takes_no_results_is_refused_before_anything_is_sent() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let picture = pictures(dir.path(), 1).remove(0);
    // A file, a directory below one, and one where nobody makes files.
    let below = format!("{picture}/out");
    for output in [&picture, &below, "/proc"] {
        let output = run(&redis, &["submit", &picture, "--output", output]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("cannot use the directory"), "{error}");
    }
    let keys: i64 = redis::cmd("DBSIZE").query(&mut redis.connection()).unwrap();
    assert_eq!(keys, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_keeps_no_other_from_being_saved() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let mut rng = rand::rng();
    let large = dir.path().join("large.png");
    image::RgbImage::from_fn(150, 150, |_, _| image::Rgb(rng.random()))
        .save(&large)
        .unwrap();
    let small = dir.path().join("small.png");
    image::RgbImage::new(40, 40).save(&small).unwrap();
    let _worker = Process::start(&redis, &["worker"]);
    for (lang, says) in [("en", "cannot write"), ("pl", "nie można zapisać")] {
        let out = dir.path().join(lang);
        // No file of it may have more than 16 kB, which the archive with the
        // original needs.
        let limited = "trap '' XFSZ && ulimit -f 32 && exec \"$@\"";
        let output = needs::at_home("sh")
            .args(["-c", limited, "sh", needs::LAB])
            .args(["--lang", lang, "--url", &redis.url(), "thumbnail", "submit"])
            .args(["--size", "32x32", "--output"])
            .args([&out, &large, &small])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        assert!(error.contains(says), "{error}");
        let lines = stdout(&output);
        let [first, second] = lines.lines().collect::<Vec<_>>()[..] else {
            panic!("{lines}");
        };
        assert!(first.contains("SUCCESS") && first.contains(says), "{lines}");
        assert!(second.contains("small_32x32.png, small.zip"), "{lines}");
        let mut names = left_in(&out);
        names.sort();
        let names = names.iter().map(|path| path.file_name().unwrap());
        let expected = ["large_32x32.png", "small.zip", "small_32x32.png"];
        assert!(names.eq(expected), "{lines}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_saved_is_as_readable_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let (name, image) = sample_image();
    let file = dir.path().join(name);
    std::fs::write(&file, &image).unwrap();
    let _worker = Process::start(&redis, &["worker"]);
    for (umask, mode) in [("022", 0o644), ("077", 0o600)] {
        let out = dir.path().join(umask);
        let output = needs::at_home("sh")
            .args(["-c", "umask $0 && exec \"$@\"", umask, needs::LAB])
            .args(["--url", &redis.url(), "thumbnail", "submit"])
            .args([&file, &PathBuf::from("--output"), &out])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let saved = out.join("tatry.zip").metadata().unwrap();
        assert_eq!(saved.permissions().mode() & 0o777, mode, "{umask}");
    }
}

#[test]
fn a_failed_job_is_shown_retried_and_dropped() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let (_, image) = sample_image();
    let file = dir.path().join("cut.jpg");
    std::fs::write(&file, &image[..200]).unwrap();
    let _worker = Process::start(&redis, &["worker", "--concurrency", "1"]);
    let output = run(
        &redis,
        &["submit", file.to_str().unwrap(), "--wait", "--json"],
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let job = &json_lines(&output)[0];
    assert_eq!(job["task_status"], "FAILURE", "{job}");
    let id = job["task_id"].as_str().unwrap();

    let summary = |lang: &str| {
        let output = lab(&redis, &["status", "--lang", lang]).output().unwrap();
        stdout(&output)
    };
    assert!(summary("en").contains(" 1 dead letter\n"));
    assert!(summary("en").contains(": 0 of 1 slot busy, "));
    assert!(summary("pl").contains(", niedoręczone: 1\n"));

    let dead = stdout(&run(&redis, &["dead"]));
    assert!(dead.contains(id) && dead.contains("cut.jpg"), "{dead}");
    let output = run(&redis, &["retry", "--all"]);
    assert_eq!(stdout(&output), format!("{id}: FAILURE -> QUEUED\n"));
    wait_until("it failed again", || {
        stdout(&run(&redis, &["status", id])).contains("FAILURE")
    });
    let output = run(&redis, &["drop", id]);
    assert_eq!(stdout(&output), format!("{id}: FAILURE -> FORGOTTEN\n"));
    assert!(summary("en").contains(" 0 dead letters\n"));
    let output = run(&redis, &["status", id, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json_lines(&output)[0]["task_status"], "UNKNOWN");
}

#[test]
fn a_key_that_comes_again_tells_what_became_of_its_job() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let good = pictures(dir.path(), 1).remove(0);
    let cut = dir.path().join("cut.jpg");
    std::fs::write(&cut, &sample_image().1[..200]).unwrap();
    let _worker = Process::start(&redis, &["worker"]);
    let submit = ["submit", "--key", "K"];
    let failing = [&submit[..], &[cut.to_str().unwrap(), "--wait", "--json"]].concat();
    let id = json_lines(&run(&redis, &failing))[0]["task_id"].clone();
    let id = id.as_str().unwrap();
    let again = |lang: &str, more: &[&str]| {
        let args = [&submit[..], &[&good, "--lang", lang], more].concat();
        let output = run(&redis, &args);
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        (stdout(&output), said, output.status.code())
    };
    for (lang, word) in [("en", "nothing new was sent"), ("pl", "niczego nowego")] {
        let (line, said, exit) = again(lang, &[]);
        assert_eq!(line, format!("{id}  FAILURE  cut.jpg\n"), "{lang}");
        assert!(said.contains(word) && said.contains("retry"), "{said}");
        assert_eq!(exit, Some(0));
    }
    let told: Value = serde_json::from_str(&again("en", &["--json"]).0).unwrap();
    assert_eq!(told["task_status"], "FAILURE", "{told}");

    // Once it is dropped, the key makes a job again.
    assert!(run(&redis, &["drop", "--all"]).status.success());
    let (line, said, exit) = again("en", &["--wait"]);
    assert!(line.contains("SUCCESS") && !line.contains(id), "{line}");
    assert!(
        said.contains("QUEUED") && !said.contains("before"),
        "{said}"
    );
    assert_eq!(exit, Some(0));
}

#[test]
fn a_waiting_job_is_cancelled() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let files = pictures(dir.path(), 1);
    let output = run(&redis, &["submit", &files[0], "--json"]);
    let id = json_lines(&output)[0]["task_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let output = run(&redis, &["drop", &id]);
    assert_eq!(stdout(&output), format!("{id}: QUEUED -> REVOKED\n"));
    let _worker = Process::start(&redis, &["worker"]);
    wait_until("the worker let go of it", || {
        stdout(&run(&redis, &["status"])).contains("0 waiting, 0 running")
    });
    assert!(stdout(&run(&redis, &["status", &id])).contains("REVOKED"));
}

#[test]
fn an_interrupted_worker_ends_by_itself() {
    let redis = Redis::start();
    let mut worker = Process::start(&redis, &["worker"]);
    worker.interrupt();
    assert!(worker.0.wait().unwrap().success());
    assert!(stdout(&run(&redis, &["status"])).contains("no worker is alive"));
}

#[test]
fn bad_command_lines_say_what_is_wrong() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "not a picture").unwrap();
    let text = text.to_str().unwrap();
    for (args, expected) in [
        (vec!["submit", "/nonexistent.jpg"], "/nonexistent.jpg"),
        (vec!["submit", text], "not a picture"),
        (vec!["submit", text, "--size", "0x5"], "0x5"),
        (vec!["worker", "--lease", "1ms"], "lease"),
        (vec!["worker", "--celery"], "--store"),
        (
            vec!["worker", "--celery", "--store", "x", "--lease", "5s"],
            "--lease",
        ),
        (
            vec!["worker", "--celery", "--store", "x", "--attempts", "3"],
            "--attempts",
        ),
        (vec!["schedule", "--time-zone", "Mars/Base"], "Mars/Base"),
        (vec!["schedule", "add", "x"], "NAME TASK"),
    ] {
        let output = run(&redis, &args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(expected), "{args:?}: {error}");
    }
    let output = needs::redis_lab()
        .args(["thumbnail", "status"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--url"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_image_that_is_too_long_is_refused_before_it_is_read_whole() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let long = dir.path().join("long.jpg");
    std::fs::File::create(&long)
        .and_then(|file| file.set_len(3 << 30))
        .unwrap();
    let long = long.to_str().unwrap();
    for (args, expected) in [
        (&["submit", long][..], "the file has 3221.2 MB"),
        (
            &["submit", "/dev/zero"],
            "/dev/zero: the file has more than",
        ),
        (
            &["submit", "--celery", "/dev/zero"],
            "the file has more than",
        ),
        (&["demo", "--quiet", long], "the file has 3221.2 MB"),
        (&["demo", "--quiet", "/dev/zero"], "the file has more than"),
        (&["bench", "--image", "/dev/zero"], "the file has more than"),
        (
            &["serve", "--port", "0", "--password-file", "/dev/zero"],
            "the file has more than",
        ),
    ] {
        // With less memory than the first file has bytes.
        let output = needs::at_home("sh")
            .args(["-c", "ulimit -v 2500000 && exec \"$@\"", "sh", needs::LAB])
            .args(["--lang", "en", "--url", &redis.url(), "thumbnail"])
            .args(args)
            .current_dir(dir.path())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(expected), "{args:?}: {error}");
    }
}

#[test]
fn the_demo_shows_each_command_of_a_jobs_life() {
    let redis = Redis::start();
    for (lang, word) in [("en", "The worker claims"), ("pl", "Worker bierze")] {
        let output = needs::redis_lab()
            .args(["thumbnail", "demo", "--lang", lang])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = stdout(&output);
        let mut rest = text.as_str();
        for part in [
            "XGROUP CREATE lab:jobs:queue:high workers 0 MKSTREAM",
            "XADD lab:jobs:queue:default * job",
            "=> QUEUED",
            word,
            "XREADGROUP GROUP workers ala COUNT 1",
            "state STARTED",
            "XACK lab:jobs:queue:default workers",
            "=> SUCCESS",
            "tatry_128x128.jpg (128 x 96)",
            "tatry.zip",
        ] {
            let at = rest.find(part);
            let at = at.unwrap_or_else(|| panic!("no {part:?} in its place:\n{text}"));
            rest = &rest[at + part.len()..];
        }
        // What a worker does now and then is not part of the story.
        for script in ["promote.lua", "beat.lua", "repair.lua", "progress.lua"] {
            assert!(!text.contains(script), "{script}:\n{text}");
        }
    }
    // On a server of somebody else's nothing is left behind.
    let output = run(&redis, &["demo", "--quiet"]);
    assert!(output.status.success(), "{output:?}");
    assert!(!stdout(&output).contains("XADD"));
    let keys: i64 = redis::cmd("DBSIZE").query(&mut redis.connection()).unwrap();
    assert_eq!(keys, 0);
}

/// What is in the folder for temporary files.
fn left_in(temporary: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(temporary).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn an_interrupted_demo_or_bench_leaves_no_folder_behind() {
    let redis = Redis::start();
    let temporary = tempfile::tempdir().unwrap();
    for args in [&["demo", "--stay"][..], &["bench", "--jobs", "5000"]] {
        for signal in ["-INT", "-TERM", "-HUP"] {
            let mut command = lab(&redis, args);
            let (mut process, _) = Process::spawn(command.env("TMPDIR", temporary.path()));
            assert_eq!(left_in(temporary.path()).len(), 1, "{args:?}");
            process.signal(signal);
            process.0.wait().unwrap();
            let left = left_in(temporary.path());
            assert!(left.is_empty(), "{args:?} {signal}: {left:?}");
        }
    }
    // A server that says nothing to the first question.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    for args in [&["demo"], &["bench"]] {
        let mut command = lab_at(&url, args);
        let mut process = Process(command.env("TMPDIR", temporary.path()).spawn().unwrap());
        let _connection = silent.accept().unwrap();
        process.signal("-INT");
        assert_eq!(process.0.wait().unwrap().code(), Some(130), "{args:?}");
        let left = left_in(temporary.path());
        assert!(left.is_empty(), "{args:?}: {left:?}");
    }
}

#[test]
fn the_folder_of_a_killed_demo_goes_with_the_next_one() {
    let redis = Redis::start();
    let temporary = tempfile::tempdir().unwrap();
    let demo = || {
        let mut command = lab(&redis, &["demo", "--stay"]);
        Process::spawn(command.env("TMPDIR", temporary.path())).0
    };
    demo().kill();
    let [killed] = &left_in(temporary.path())[..] else {
        panic!("a killed demo cannot clean up");
    };
    let mut next = demo();
    wait_until("the folder is swept", || !killed.exists());
    assert_eq!(left_in(temporary.path()).len(), 1);
    next.signal("-INT");
    next.0.wait().unwrap();
    assert!(left_in(temporary.path()).is_empty());
}

#[test]
fn a_schedule_is_added_shown_run_and_removed() {
    let redis = Redis::start();
    let add = |args: &[&str]| run(&redis, &[&["schedule", "add"], args].concat());
    let often = ["often", "sleep", "every", "200ms", "--args", "{\"ms\":1}"];
    assert!(add(&often).status.success());
    let zoned = [
        "tokyo",
        "test",
        "cron",
        "5 15 * * *",
        "--time-zone",
        "Asia/Tokyo",
    ];
    assert!(add(&zoned).status.success());
    for (wrong, says) in [
        (&["x", "nothing", "every", "10s"][..], "make_thumbnails"),
        (&["summary", "test", "every", "10s"], "built in"),
        (&["x", "noop", "every", "10s", "--args", "{"], "not JSON"),
    ] {
        let output = add(wrong);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(says), "{said}");
    }
    let shown = || json_lines(&run(&redis, &["schedule", "--json"]));
    let names = |lines: &[Value]| -> Vec<String> {
        let name = |line: &Value| line["name"].as_str().unwrap().to_owned();
        lines.iter().map(name).collect()
    };
    assert_eq!(names(&shown()), ["summary", "test", "often", "tokyo"]);
    assert_eq!(shown()[2]["args"]["ms"], 1);
    assert_eq!(shown()[3]["when"], "cron 5 15 * * * (Asia/Tokyo)");

    // Another process, started before or after, fires it with its arguments.
    let _scheduler = Process::start(&redis, &["schedule", "--run"]);
    let _worker = Process::start(&redis, &["worker"]);
    wait_until("it runs", || {
        let jobs = json_lines(&run(&redis, &["status", "--json"]));
        let done = |job: &&Value| job["task"] == "sleep" && job["task_status"] == "SUCCESS";
        jobs.iter().filter(done).count() > 1 || shown()[2]["last"].is_number()
    });
    assert!(
        run(&redis, &["schedule", "remove", "often"])
            .status
            .success()
    );
    assert_eq!(
        run(&redis, &["schedule", "remove", "often"]).status.code(),
        Some(1)
    );
    assert_eq!(names(&shown()), ["summary", "test", "tokyo"]);
}

#[test]
fn a_worker_tells_prometheus_how_its_jobs_ended() {
    let redis = Redis::start();
    let args = ["--json", "worker", "--metrics", "127.0.0.1:0"];
    let (_worker, line) = Process::spawn(&mut lab(&redis, &args));
    let said: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(said["event"], "metrics");
    let url = said["url"].as_str().unwrap();
    let scrape = || {
        let got = Command::new("curl")
            .args(["--silent", "--fail", "--max-time", "10", url])
            .output()
            .unwrap();
        assert!(got.status.success(), "{got:?}");
        samples(&stdout(&got))
    };
    assert!(!scrape().keys().any(|name| name.contains("task=")));
    let queue = Queue::new(redis.target(), Keys::default(), None);
    let jobs = [tasks::NOOP, tasks::NOOP, "nonsense"].map(|task| NewJob::new(task, "{}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(queue.enqueue_all(&jobs)).unwrap();
    let mut seen = scrape();
    wait_until("all are counted", || {
        seen = scrape();
        let ended = |(name, _): &(&String, &f64)| name.starts_with("redis_lab_jobs_total");
        seen.iter()
            .filter(ended)
            .map(|(_, count)| count)
            .sum::<f64>()
            == 3.0
    });
    let noop = "{task=\"noop\",outcome=\"success\"}";
    for name in ["jobs_total", "job_duration_seconds_count"] {
        assert_eq!(seen[&format!("redis_lab_{name}{noop}")], 2.0, "{seen:?}");
    }
    // What nobody knows is no label of its own.
    let other = "redis_lab_jobs_total{task=\"other\",outcome=\"failure\"}";
    assert_eq!(seen[other], 1.0, "{seen:?}");
}

#[test]
fn nothing_that_redis_holds_reaches_the_terminal_raw() {
    let redis = Redis::start();
    let evil = "\u{1b}[31mred\u{9b}2J";
    let mut connection = redis.connection();
    let id = format!("{evil}abcdefgh");
    let _: () = redis::pipe()
        .cmd("HSET")
        .arg(format!("lab:jobs:job:{id}"))
        .arg(&[
            "state", "QUEUED", "task", evil, "args", "{}", "error", evil, "worker", evil,
        ])
        .ignore()
        .cmd("XADD")
        .arg(&["lab:jobs:queue:default", "*", "job", &id])
        .ignore()
        .cmd("XADD")
        .arg(&["lab:jobs:dead", "*", "job", &id])
        .ignore()
        .query(&mut connection)
        .unwrap();
    for args in [
        &["status"][..],
        &["dead"],
        &["status", "--json"],
        &["drop", "--all"],
    ] {
        let output = run(&redis, args);
        let all = [output.stdout, output.stderr].concat();
        assert!(!all.is_empty(), "{args:?}");
        let text = String::from_utf8(all).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{9b}']), "{args:?}: {text:?}");
    }
    // A worker tells of it, and goes on.
    let mut worker = lab(&redis, &["worker"]);
    let mut worker = worker
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(worker.stdout.take().unwrap()).lines();
    let failed = out.find(|line| line.as_ref().unwrap().contains("FAILURE"));
    let failed = failed.unwrap().unwrap();
    assert!(!failed.contains(['\u{1b}', '\u{9b}']), "{failed:?}");
    worker.kill().unwrap();
    let mut said = String::new();
    worker
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    worker.wait().unwrap();
    // The test's Redis saves nothing, which is told once.
    assert_eq!(said.matches("saves nothing").count(), 1, "{said}");
}
