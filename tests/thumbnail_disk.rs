//! A full disk: a job's failure and an upload's refusal, and nothing half.
//!
//! The disk is a small one of its own, mounted where only one process sees it.
//! Where a test may mount nothing it says in one line that it was left out.

#![cfg(target_os = "linux")]

mod needs;
mod thumbnail_support;

use rand::RngExt as _;
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use thumbnail_support::process::{Process, json_lines, lab, names_in_zip, run, stdout};
use thumbnail_support::{Redis, wait_until};

/// A disk of 2 MB that only one process sees, so that nobody else's fills up
/// and nothing is left when the process ends. It is reached from outside
/// through `/proc`.
struct SmallDisk {
    /// The process that has the disk, and its first line.
    process: (Process, String),
    /// The disk's directory as everybody else sees it.
    path: std::path::PathBuf,
    _mount_point: tempfile::TempDir,
}

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
                // Not `eprintln!`: what a passing test prints that way is never seen.
                let line = "thumbnail_disk: left out, this system lets nobody mount a small disk\n";
                let _ = std::io::stderr().write_all(line.as_bytes());
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

    /// The names of the files in a directory of the disk, hidden ones too; our
    /// own folder left out.
    fn files(&self, dir: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path.join(dir))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != ".redis-lab")
            .collect();
        names.sort();
        names
    }
}

/// A PNG file of half a megabyte: noise cannot be compressed.
fn noise(path: &Path) {
    let mut rng = rand::rng();
    image::RgbImage::from_fn(420, 420, |_, _| image::Rgb(rng.random()))
        .save(path)
        .unwrap();
}

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
