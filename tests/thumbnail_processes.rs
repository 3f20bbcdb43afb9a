//! The job system as separate processes: killed, restarted, and told to stop.

mod needs;
mod thumbnail_support;

use rand::Rng as _;
use redis_lab::jobs::thumbnailer::sample_image;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use thumbnail_support::{Redis, wait_until};

fn lab(redis: &Redis, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redis-lab"));
    command
        .args(["--lang", "en", "--url", &redis.url(), "thumbnail"])
        .args(args)
        .env_remove("REDIS_URL")
        .stdin(Stdio::null());
    command
}

fn run(redis: &Redis, args: &[&str]) -> Output {
    lab(redis, args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Every line of a command's output as JSON.
fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A background process, killed with the test.
struct Process(Child);

impl Process {
    /// Starts one and waits for its first line.
    fn start(redis: &Redis, args: &[&str]) -> Process {
        Process::spawn(&mut lab(redis, args)).0
    }

    /// The same with a command of the caller's; also gives the first line.
    fn spawn(command: &mut Command) -> (Process, String) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{command:?} ended at once");
        // Somebody must read, or the process would wait for us.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        (Process(child), line)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Ctrl-C.
    fn interrupt(&self) {
        let pid = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

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

/// The names in a zip, after reading every byte of it (which checks the CRCs).
fn names_in_zip(path: &Path) -> Vec<String> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut names = Vec::new();
    for i in 0..zip.len() {
        let mut file = zip.by_index(i).unwrap();
        file.read_to_end(&mut Vec::new()).unwrap();
        names.push(file.name().unwrap().into_owned());
    }
    names
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
    let beat = ["schedule", "--run", "--add", "fast test every 200ms"];
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

    // Every slot of the fast schedule was fired by one scheduler only: the
    // tasks it enqueued have different slots, and no slot key is missing.
    let mut connection = redis.connection();
    let slots: Vec<String> = redis::cmd("KEYS")
        .arg("lab:jobs:cron:fast:*")
        .query(&mut connection)
        .unwrap();
    let mut owners: Vec<String> = slots
        .iter()
        .map(|slot| redis::cmd("GET").arg(slot).query(&mut connection).unwrap())
        .collect();
    assert!(owners.len() > 3, "{owners:?}");
    owners.sort();
    owners.dedup();
    assert_eq!(owners.len(), slots.len());
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

#[test]
fn a_failed_job_is_shown_retried_and_dropped() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let (_, image) = sample_image();
    let file = dir.path().join("cut.jpg");
    std::fs::write(&file, &image[..200]).unwrap();
    let _worker = Process::start(&redis, &["worker"]);
    let output = run(
        &redis,
        &["submit", file.to_str().unwrap(), "--wait", "--json"],
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let job = &json_lines(&output)[0];
    assert_eq!(job["task_status"], "FAILURE", "{job}");
    let id = job["task_id"].as_str().unwrap();

    let dead = stdout(&run(&redis, &["dead"]));
    assert!(dead.contains(id) && dead.contains("cut.jpg"), "{dead}");
    let output = run(&redis, &["retry", "--all"]);
    assert_eq!(stdout(&output), format!("{id}: FAILURE -> QUEUED\n"));
    wait_until("it failed again", || {
        stdout(&run(&redis, &["status", id])).contains("FAILURE")
    });
    let output = run(&redis, &["drop", id]);
    assert_eq!(stdout(&output), format!("{id}: FAILURE -> FORGOTTEN\n"));
    let output = run(&redis, &["status", id, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json_lines(&output)[0]["task_status"], "UNKNOWN");
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
        (vec!["schedule", "--time-zone", "Mars/Base"], "Mars/Base"),
        (vec!["schedule", "--add", "x"], "NAME TASK"),
    ] {
        let output = run(&redis, &args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(expected), "{args:?}: {error}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_redis-lab"))
        .args(["thumbnail", "status"])
        .env_remove("REDIS_URL")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--url"));
}

#[test]
fn the_demo_shows_each_command_of_a_jobs_life() {
    let redis = Redis::start();
    for (lang, word) in [("en", "The worker claims"), ("pl", "Worker bierze")] {
        let output = Command::new(env!("CARGO_BIN_EXE_redis-lab"))
            .args(["thumbnail", "demo", "--lang", lang])
            .env_remove("REDIS_URL")
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
    }
    // On a server of somebody else's nothing is left behind.
    let output = run(&redis, &["demo", "--quiet"]);
    assert!(output.status.success(), "{output:?}");
    assert!(!stdout(&output).contains("XADD"));
    let keys: i64 = redis::cmd("DBSIZE").query(&mut redis.connection()).unwrap();
    assert_eq!(keys, 0);
}

/// A disk of 2 MB that only one process sees, so that nobody else's fills up
/// and nothing is left when the process ends. It is reached from outside
/// through `/proc`.
#[cfg(target_os = "linux")]
struct SmallDisk {
    /// The process that has the disk, and its first line.
    process: (Process, String),
    /// The disk's directory as everybody else sees it.
    path: std::path::PathBuf,
    _mount_point: tempfile::TempDir,
}

#[cfg(target_os = "linux")]
impl SmallDisk {
    /// Starts `redis-lab thumbnail ARGS... DISK` with all but 800 kB of the
    /// disk taken; `None`, and a line that says so, where this is not allowed.
    fn with(redis: &Redis, args: &[&str]) -> Option<SmallDisk> {
        let may = |options: &[&str]| {
            let mut command = Command::new("unshare");
            command.args(options).arg("true");
            command.output().is_ok_and(|output| output.status.success())
        };
        let options: &[&str] = match () {
            () if may(&["--mount"]) => &["--mount"],
            () if may(&["--map-root-user", "--mount"]) => &["--map-root-user", "--mount"],
            () => {
                eprintln!("left out: this system lets nobody mount a small disk");
                return None;
            }
        };
        let mount_point = tempfile::tempdir().unwrap();
        let inner = lab(redis, args);
        let mut command = Command::new("unshare");
        command.args(options).args(["sh", "-c"]);
        command.arg("mount -t tmpfs -o size=2m tmpfs \"$0\" && cd \"$0\" && exec \"$@\" .");
        command.arg(mount_point.path()).arg(inner.get_program());
        command.args(inner.get_args()).env_remove("REDIS_URL");
        let process = Process::spawn(&mut command);
        let path = std::path::PathBuf::from(format!("/proc/{}/cwd", process.0.0.id()));
        std::fs::write(path.join("others"), vec![0; 1_200_000]).unwrap();
        Some(SmallDisk {
            process,
            path,
            _mount_point: mount_point,
        })
    }

    /// The names of the files below a directory of the disk, hidden ones too.
    fn files(&self, dir: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path.join(dir))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// A PNG file of half a megabyte: noise cannot be compressed.
#[cfg(target_os = "linux")]
fn noise(path: &Path) {
    let mut rng = rand::rng();
    image::RgbImage::from_fn(420, 420, |_, _| image::Rgb(rng.random()))
        .save(path)
        .unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_clear_failure_that_leaves_nothing_half() {
    let redis = Redis::start();
    let Some(disk) = SmallDisk::with(&redis, &["worker", "--attempts", "2", "--store"]) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("noise.png");
    noise(&file);
    // There is room for the original, but not for the archive that holds it.
    let store = disk.path.to_str().unwrap();
    let submit = ["submit", file.to_str().unwrap(), "--store", store];
    let output = run(&redis, &[&submit[..], &["--wait", "--json"]].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let job = &json_lines(&output)[0];
    assert_eq!(job["task_status"], "FAILURE", "{job}");
    assert_eq!(job["error_type"], "DiskFull", "{job}");
    assert!(
        job["error"].as_str().unwrap().contains("disk is full"),
        "{job}"
    );
    assert_eq!(job["attempts"], 2, "{job}");
    let id = job["task_id"].as_str().unwrap();
    assert_eq!(disk.files(id), ["noise.png"]);

    // Not even the original of another one fits; nothing of it stays.
    let output = run(&redis, &submit);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("disk is full"), "{error}");
    assert_eq!(disk.files("."), [id, "others"]);

    // Somebody makes room, and gives the job another life.
    std::fs::remove_file(disk.path.join("others")).unwrap();
    assert!(run(&redis, &["retry", id]).status.success());
    wait_until("the job succeeded", || {
        stdout(&run(&redis, &["status", id])).contains("SUCCESS")
    });
    assert_eq!(
        disk.files(id),
        ["noise.png", "noise.zip", "noise_128x128.png"]
    );
    assert_eq!(
        names_in_zip(&disk.path.join(id).join("noise.zip")),
        ["noise.png", "noise_128x128.png"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_upload_to_a_full_disk_is_refused_and_leaves_nothing() {
    let redis = Redis::start();
    let args = [
        "serve",
        "--json",
        "--port",
        "0",
        "--workers",
        "0",
        "--media",
    ];
    let Some(disk) = SmallDisk::with(&redis, &args) else {
        return;
    };
    let serving: Value = serde_json::from_str(&disk.process.1).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("noise.png");
    noise(&file);
    // Two of them: the first one would fit.
    let field = format!("image_file=@{}", file.display());
    let output = Command::new("curl")
        .args(["--silent", "-F", &field, "-F", &field])
        .args([
            "-H",
            "Accept: application/json",
            "--write-out",
            "%{http_code}",
        ])
        .arg(serving["url"].as_str().unwrap())
        .output()
        .unwrap();
    let answer = stdout(&output);
    assert!(answer.ends_with("507"), "{answer}");
    assert!(answer.contains("disk is full"), "{answer}");
    assert_eq!(disk.files("."), ["others"]);
}
