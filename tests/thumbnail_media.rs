//! The shared directory: nothing goes that was not made by its site, and no
//! two sites share one.

mod needs;
mod thumbnail_support;

use redis_lab::jobs::job::new_id;
use redis_lab::jobs::keys::Keys;
use redis_lab::jobs::media::Media;
use redis_lab::jobs::queue::Queue;
use redis_lab::jobs::store::{Kind, Stores};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use thumbnail_support::process::{Process, json_lines, lab, run, stdout};
use thumbnail_support::{Redis, wait_until};
use thumbnailer::sample_image;

/// Everything below a directory but our own folder, with links as they are.
fn tree(dir: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() == ".redis-lab" {
            continue;
        }
        if path.symlink_metadata().unwrap().is_dir() {
            paths.extend(tree(&path));
        }
        paths.push(path);
    }
    paths.sort();
    paths
}

/// Makes a file or directory a week old.
fn age(path: &Path) {
    let week_ago = SystemTime::now() - Duration::from_secs(7 * 24 * 3600);
    std::fs::File::open(path)
        .unwrap()
        .set_modified(week_ago)
        .unwrap();
}

fn queue(redis: &Redis, prefix: &str) -> Queue {
    Queue::new(redis.target(), Keys::new(prefix), None)
}

/// Folders of a user's own, with names like those of jobs among them.
fn users_folders(dir: &Path) {
    for name in ["Documents", "Wakacje2024", "12345678", &new_id()] {
        let folder = dir.join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("diary.txt"), "mine").unwrap();
        age(&folder.join("diary.txt"));
        age(&folder);
    }
}

#[test]
fn folders_of_others_survive_a_site_and_a_worker_on_them() {
    let redis = Redis::start();
    for (was_empty, command) in [
        (false, &["serve", "--json", "--port", "0", "--media"][..]),
        (false, &["worker", "--json", "--store"]),
        (true, &["serve", "--json", "--port", "0", "--media"]),
        (true, &["worker", "--json", "--store"]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        if was_empty {
            // The site was here first.
            let args = [
                &["--prefix", "p:"],
                command,
                &[dir.path().to_str().unwrap()],
            ]
            .concat();
            drop(Process::start(&redis, &args));
        }
        users_folders(dir.path());
        let before = tree(dir.path());
        let args = [
            &["--prefix", "p:"],
            command,
            &[dir.path().to_str().unwrap()],
        ]
        .concat();
        if was_empty {
            // What is ours goes: that shows that the sweep was there.
            let (id, list) = (new_id(), dir.path().join(".redis-lab/jobs"));
            std::fs::create_dir(dir.path().join(&id)).unwrap();
            std::fs::write(dir.path().join(&id).join("cat.jpg"), "ours").unwrap();
            std::fs::write(list.join(&id), "cat.jpg\n").unwrap();
            age(&list.join(&id));
            let process = Process::start(&redis, &args);
            wait_until("the sweep was there", || !dir.path().join(&id).exists());
            drop(process);
        } else {
            drop(Process::start(&redis, &args));
        }
        assert_eq!(tree(dir.path()), before, "{command:?}");
        assert_eq!(was_empty, dir.path().join(".redis-lab/site").exists());
        let _ = redis::cmd("FLUSHDB").query::<()>(&mut redis.connection());
    }
}

#[tokio::test]
async fn only_listed_files_of_forgotten_jobs_are_swept() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&redis, "p:");
    let media = Arc::new(Media::claim(dir.path(), &queue).await.unwrap());
    users_folders(dir.path());
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("cat.jpg"), "mine").unwrap();
    let stores = Stores::new(redis.target(), Keys::new("p:"), Some(media.clone()));
    let put = async |id: &str| {
        stores
            .put(Kind::Dir, id, "cat.jpg", b"image".to_vec())
            .await
            .unwrap();
        age(&dir.path().join(".redis-lab/jobs").join(id));
    };
    let (forgotten, mixed, linked, young) = (new_id(), new_id(), new_id(), new_id());
    for id in [&forgotten, &mixed, &linked] {
        put(id).await;
    }
    stores
        .put(Kind::Dir, &young, "cat.jpg", b"image".to_vec())
        .await
        .unwrap();
    // Somebody put a file of his own beside ours, and replaced a folder by a link.
    std::fs::write(dir.path().join(&mixed).join("notes.txt"), "mine").unwrap();
    #[cfg(unix)]
    {
        std::fs::remove_dir_all(dir.path().join(&linked)).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), dir.path().join(&linked)).unwrap();
    }
    let before = tree(dir.path());
    assert_eq!(media.sweep(&queue).await.unwrap(), 3);
    let gone = [
        dir.path().join(&forgotten),
        dir.path().join(&forgotten).join("cat.jpg"),
        dir.path().join(&mixed).join("cat.jpg"),
    ];
    let expected: Vec<PathBuf> = before
        .into_iter()
        .filter(|path| !gone.contains(path))
        .collect();
    assert_eq!(tree(dir.path()), expected);
    assert!(elsewhere.path().join("cat.jpg").exists());
    assert_eq!(media.sweep(&queue).await.unwrap(), 0);
}

#[tokio::test]
async fn a_job_that_waits_keeps_its_image_however_old_it_is() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let dir_text = dir.path().to_str().unwrap();
    let (name, bytes) = sample_image();
    let image = tempfile::tempdir().unwrap();
    let image = image.path().join(name);
    std::fs::create_dir_all(image.parent().unwrap()).unwrap();
    std::fs::write(&image, bytes).unwrap();
    let output = run(
        &redis,
        &[
            "submit",
            "--json",
            "--store",
            dir_text,
            image.to_str().unwrap(),
        ],
    );
    assert!(output.status.success(), "{output:?}");
    let id = json_lines(&output)[0]["task_id"]
        .as_str()
        .unwrap()
        .to_owned();
    age(&dir.path().join(".redis-lab/jobs").join(&id));
    let queue = queue(&redis, "lab:jobs:");
    let media = Media::claim(dir.path(), &queue).await.unwrap();
    assert_eq!(media.sweep(&queue).await.unwrap(), 0);
    assert!(dir.path().join(&id).join(name).exists());

    // Another prefix, and another Redis, are other sites.
    let other = Redis::start();
    for (redis, prefix) in [(&redis, "q:"), (&other, "lab:jobs:")] {
        for command in [
            &["serve", "--port", "0", "--media"][..],
            &["worker", "--store"],
            &["submit", image.to_str().unwrap(), "--store"],
        ] {
            let args = [&["--prefix", prefix], command, &[dir_text]].concat();
            for (lang, words) in [
                ("en", "belongs to another thumbnail site"),
                ("pl", "należy do innej strony"),
            ] {
                let mut command = lab(redis, &args);
                let output = command.args(["--lang", lang]).output().unwrap();
                assert_eq!(output.status.code(), Some(2), "{output:?}");
                let text = String::from_utf8(output.stderr).unwrap();
                assert!(text.contains(words), "{text}");
            }
        }
    }
    // With nobody left on the directory, a new Redis may take it over.
    drop(media);
    let fresh = Redis::start();
    let adopted = Media::claim(dir.path(), &self::queue(&fresh, "lab:jobs:")).await;
    assert!(adopted.unwrap().is_cleaned());
    assert!(dir.path().join(&id).join(name).exists());
}

#[test]
fn equal_names_are_all_saved_and_a_wrong_file_sends_nothing() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let (name, bytes) = sample_image();
    let mut files = Vec::new();
    for folder in ["a", "b", "c"] {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
        let path = dir.path().join(folder).join(name);
        std::fs::write(&path, &bytes).unwrap();
        files.push(path.to_str().unwrap().to_owned());
    }
    // The third is another picture under the same name.
    image::RgbImage::new(300, 200).save(&files[2]).unwrap();
    let text = dir.path().join("\u{1b}[31mtext.jpg");
    std::fs::write(&text, "no image").unwrap();
    let output = run(
        &redis,
        &["submit", &files[0], text.to_str().unwrap(), &files[1]],
    );
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    assert!(!output.stderr.contains(&0x1b), "{output:?}");
    assert!(stdout(&run(&redis, &["status"])).contains("0 waiting"));

    let worker = Process::start(&redis, &["worker"]);
    let out = dir.path().join("out");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("tatry.zip"), "somebody's own").unwrap();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let output_args = ["--output", out.to_str().unwrap(), "--json"];
    let output = run(&redis, &[&["submit"], &files[..], &output_args].concat());
    assert!(output.status.success(), "{output:?}");
    let announced = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(announced.matches("PENDING").count(), 3, "{announced}");
    let saved: Vec<_> = json_lines(&output)
        .iter()
        .map(|job| job["saved"].to_string())
        .collect();
    assert_eq!(
        saved,
        [
            r#"["tatry_128x128.jpg","tatry-2.zip"]"#,
            r#"["tatry_128x128.jpg","tatry-2.zip"]"#,
            r#"["tatry_128x128-2.jpg","tatry-3.zip"]"#
        ]
    );
    assert_eq!(
        std::fs::read(out.join("tatry.zip")).unwrap(),
        b"somebody's own"
    );
    drop(worker);
}

#[test]
fn a_wait_lives_through_a_restart_of_redis() {
    let Some(mut redis) = Redis::start_persistent("a_wait_lives_through_a_restart") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (name, bytes) = sample_image();
    let image = dir.path().join(name);
    std::fs::write(&image, bytes).unwrap();
    let mut command = lab(
        &redis,
        &["submit", image.to_str().unwrap(), "--wait", "--json"],
    );
    command.stdout(std::process::Stdio::piped());
    let waiting = command.spawn().unwrap();
    wait_until("the job is enqueued", || {
        stdout(&run(&redis, &["status"])).contains("1 waiting")
    });
    redis.kill();
    redis.start_again();
    let worker = Process::start(&redis, &["worker"]);
    let output = waiting.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(json_lines(&output)[0]["task_status"], "SUCCESS");
    drop(worker);
}

#[test]
fn the_demo_leaves_the_jobs_of_a_shared_redis_alone() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let (name, bytes) = sample_image();
    let image = dir.path().join(name);
    std::fs::write(&image, bytes).unwrap();
    let output = run(&redis, &["submit", "--json", image.to_str().unwrap()]);
    let id = json_lines(&output)[0]["task_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let output = run(&redis, &["demo", "--quiet", "--no-pause"]);
    assert!(output.status.success(), "{output:?}");
    let status = stdout(&run(&redis, &["status", &id]));
    assert!(status.contains("QUEUED"), "{status}");
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg("*demo*")
        .query(&mut redis.connection())
        .unwrap();
    assert!(keys.is_empty(), "{keys:?}");
}

#[test]
fn files_of_done_jobs_are_kept_as_long_as_was_said_and_those_of_failed_ones_longer() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let media = dir.path().join("media");
    let (name, image) = sample_image();
    let (good, bad) = (dir.path().join(name), dir.path().join("bad.jpg"));
    std::fs::write(&good, &image).unwrap();
    std::fs::write(&bad, &image[..image.len() / 2]).unwrap();
    let store = media.to_str().unwrap();
    let serve = [
        "serve",
        "--port",
        "0",
        "--workers",
        "1",
        "--media",
        store,
        "--keep",
        "1s",
    ];
    let _site = Process::start(&redis, &serve);
    let [good, bad] = [&good, &bad].map(|file| {
        let args = ["submit", "--json", "--store", store, file.to_str().unwrap()];
        let line = json_lines(&run(&redis, &args)).remove(0);
        media.join(line["task_id"].as_str().unwrap())
    });
    assert!(bad.exists());
    wait_until("the files of the done job are gone", || !good.exists());
    assert!(bad.join("bad.jpg").exists());
}
