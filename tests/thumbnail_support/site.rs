//! The upload page on a real server, asked by curl.

use super::{Redis, wait_until};
use redis_lab::jobs::consumer::Consumer;
use redis_lab::jobs::events::Feed;
use redis_lab::jobs::keys::Keys;
use redis_lab::jobs::media::Media;
use redis_lab::jobs::queue::Queue;
use redis_lab::jobs::schedule;
use redis_lab::jobs::store::Stores;
use redis_lab::jobs::tasks::Tasks;
use redis_lab::jobs::web;
use redis_lab::jobs::worker::{self, Stop};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use thumbnailer::Limits;

/// A page with a worker, on threads of its own.
pub struct Site {
    pub redis: Redis,
    pub url: String,
    pub address: SocketAddr,
    pub dir: tempfile::TempDir,
    stop: Stop,
    thread: Option<std::thread::JoinHandle<()>>,
}

pub fn config() -> web::Config {
    web::Config {
        stall: Duration::from_millis(300),
        ..web::Config::default()
    }
}

impl Site {
    pub fn start(redis: Redis, config: web::Config, limit: usize, with_worker: bool) -> Site {
        let dir = tempfile::tempdir().unwrap();
        let stop = Stop::default();
        let (sender, receiver) = std::sync::mpsc::channel();
        let (target, media, token) = (redis.target(), dir.path().join("media"), stop.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let address = "127.0.0.1:0".parse().unwrap();
                let page = web::Server::bind(address).await.unwrap();
                sender.send(page.url()).unwrap();
                let keys = Keys::default();
                let queue = || Queue::new(target.clone(), keys.clone(), None).with_limit(limit);
                let media = Arc::new(Media::claim(&media, &queue()).await.unwrap());
                let stores = || Stores::new(target.clone(), keys.clone(), Some(media.clone()));
                let feed = Feed::start(target.clone(), &keys, token.soft.clone());
                let tasks = Tasks {
                    queue: queue(),
                    stores: stores(),
                    limits: Limits::default(),
                };
                let worker = worker::run(
                    Consumer::new(target.clone(), keys.clone(), "ala", 3, None),
                    Arc::new(tasks),
                    worker::Config {
                        concurrency: 2,
                        ..worker::Config::default()
                    },
                    Arc::new(|_| {}),
                    token.clone(),
                );
                let entries = schedule::lab(&schedule::time_zone(Some("UTC")).unwrap());
                let serving = page.run(
                    Arc::new(queue()),
                    Arc::new(stores()),
                    feed,
                    entries,
                    config,
                    token.soft.clone(),
                );
                if with_worker {
                    let (worker, ()) = tokio::join!(worker, serving);
                    worker.unwrap();
                } else {
                    serving.await;
                }
            });
        });
        let url: String = receiver.recv().unwrap();
        let address = url["http://".len()..]
            .trim_end_matches('/')
            .parse()
            .unwrap();
        Site {
            redis,
            url,
            address,
            dir,
            stop,
            thread: Some(thread),
        }
    }

    pub fn new() -> Site {
        Site::start(Redis::start(), config(), 1000, true)
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The names in the media directory, without our own folder.
    pub fn media(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path().join("media")).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != ".redis-lab")
            .collect()
    }

    /// curl's answer: status, body.
    pub fn curl(&self, args: &[&str]) -> (u16, Vec<u8>) {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--write-out", "\n%{http_code}"])
            .args(args)
            .output()
            .expect("curl is installed");
        let at = output.stdout.iter().rposition(|&b| b == b'\n').unwrap();
        let code = String::from_utf8_lossy(&output.stdout[at + 1..]).into_owned();
        (code.parse().unwrap(), output.stdout[..at].to_vec())
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        let (code, body) = self.curl(&[&format!("{}{path}", self.url)]);
        (code, String::from_utf8(body).unwrap())
    }

    /// Uploads as a program and gives the answer.
    pub fn upload(&self, fields: &[&str]) -> (u16, Value) {
        let mut args = vec!["-H", "Accept: application/json"];
        for field in fields {
            args.extend(["-F", field]);
        }
        args.push(&self.url);
        let (code, body) = self.curl(&args);
        (code, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Polls a task until it has ended, as the lab's page does.
    pub fn ended(&self, id: &str) -> Value {
        let mut task = Value::Null;
        wait_until("the task has ended", || {
            let (code, body) = self.get(&format!("task/{id}"));
            assert_eq!(code, 200, "{body}");
            task = serde_json::from_str(&body).unwrap();
            matches!(task["task_status"].as_str(), Some("SUCCESS" | "FAILURE"))
        });
        task
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.soft.cancel();
        self.stop.hard.cancel();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(std::thread::panicking() || ended.is_ok());
        }
    }
}

pub fn image_field(path: &Path) -> String {
    format!("image_file=@{}", path.display())
}
