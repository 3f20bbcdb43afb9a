//! A replica is promoted behind one address: work goes on by itself.

#![cfg(unix)]

mod needs;
mod thumbnail_support;

use redis_lab::conn::Target;
use redis_lab::conn::link::{Condition, LinkError};
use redis_lab::jobs::consumer::Consumer;
use redis_lab::jobs::job::{NewJob, State};
use redis_lab::jobs::keys::Keys;
use redis_lab::jobs::queue::{Queue, QueueError};
use redis_lab::jobs::store::Stores;
use redis_lab::jobs::tasks::{self, Tasks};
use redis_lab::jobs::worker::{self, Config, Stop, Totals};
use std::sync::Arc;
use std::time::Duration;
use thumbnail_support::failover::{Front, replicate};
use thumbnail_support::{Redis, eventually, wait_until};
use thumbnailer::Limits;
use tokio::task::JoinHandle;

/// A worker of so many slots on this Redis, and what stops it.
fn work(target: &Target, concurrency: usize) -> (Stop, JoinHandle<Result<Totals, LinkError>>) {
    let stop = Stop::default();
    let worker = tokio::spawn(worker::run(
        Consumer::new(target.clone(), Keys::default(), "ala", 3, None),
        Arc::new(Tasks {
            queue: Queue::new(target.clone(), Keys::default(), None),
            stores: Stores::new(target.clone(), Keys::default(), None),
            limits: Limits::default(),
        }),
        Config {
            concurrency,
            lease: Duration::from_millis(600),
            ..Config::default()
        },
        Arc::new(|_| {}),
        stop.clone(),
    ));
    (stop, worker)
}

async fn is_done(queue: &Queue, id: &str) {
    eventually("the job is done", || async {
        let jobs = queue.jobs(&[id.to_owned()]).await.unwrap();
        jobs.iter().any(|job| job.state == State::Success)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_after_a_replica_is_promoted_behind_one_address() {
    if !needs::installed(
        "work_goes_on_after_a_replica_is_promoted",
        &["redis-server"],
    ) {
        return;
    }
    let (first_port, second_port) = (needs::free_port(), needs::free_port());
    let first = Redis::start_with(&["--port", &first_port.to_string()]);
    let second = Redis::start_with(&["--port", &second_port.to_string()]);
    replicate(&second, first_port);
    let dir = tempfile::tempdir().unwrap();
    let front = Front::start(dir.path(), first.socket());

    let queue = Queue::new(front.target(), Keys::default(), None);
    let jobs: Vec<NewJob> = (0..20)
        .map(|_| NewJob::new(tasks::SLEEP, r#"{"ms":300}"#))
        .collect();
    queue.enqueue_all(&jobs).await.unwrap();
    let (stop, worker) = work(&front.target(), 2);
    is_done(&queue, &jobs[0].id).await;

    // What was accepted is on the replica before it takes over.
    let mut connection = first.connection();
    let copies: i64 = redis::cmd("WAIT")
        .arg(1)
        .arg(0)
        .query(&mut connection)
        .unwrap();
    assert_eq!(copies, 1);
    let _: String = redis::cmd("REPLICAOF")
        .arg("NO")
        .arg("ONE")
        .query(&mut second.connection())
        .unwrap();
    front.lead_to(second.socket());
    // The old master lives on as a replica: every connection to it stays open.
    replicate(&first, second_port);

    let late = NewJob::new(tasks::NOOP, "{}");
    eventually("the promoted server takes jobs", || async {
        match queue.enqueue(&late).await {
            Ok(_) => true,
            Err(QueueError::Link(error)) => {
                assert_eq!(error.condition(), Condition::ReadOnly, "{error:?}");
                false
            }
            Err(error) => panic!("{error:?}"),
        }
    })
    .await;
    let mut ids: Vec<String> = jobs.iter().map(|job| job.id.clone()).collect();
    ids.push(late.id);
    let promoted = Queue::new(second.target(), Keys::default(), None);
    eventually("every job is done", || async {
        let jobs = promoted.jobs(&ids).await.unwrap();
        jobs.len() == ids.len() && jobs.iter().all(|job| job.state == State::Success)
    })
    .await;
    stop.soft.cancel();
    worker.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_full_redis_is_full_and_a_replica_is_a_replica() {
    if !needs::installed("a_full_redis_is_full", &["redis-server"]) {
        return;
    }
    let redis = Redis::start();
    let queue = Queue::new(redis.target(), Keys::default(), None);
    assert_eq!(queue.probe().await, Ok(()));
    let mut connection = redis.connection();
    let mut set = |name: &str, value: &str| {
        let _: String = redis::cmd("CONFIG")
            .arg("SET")
            .arg(name)
            .arg(value)
            .query(&mut connection)
            .unwrap();
    };
    set("maxmemory", "1");
    let error = queue.probe().await.unwrap_err();
    assert_eq!(error.condition(), Condition::Full, "{error:?}");
    let error = queue.enqueue(&NewJob::new(tasks::NOOP, "{}")).await;
    let Err(QueueError::Link(error)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.condition(), Condition::Full, "{error:?}");
    set("maxmemory", "0");
    assert_eq!(queue.probe().await, Ok(()));

    let _: String = redis::cmd("REPLICAOF")
        .arg("127.0.0.1")
        .arg(needs::free_port())
        .query(&mut connection)
        .unwrap();
    let error = queue.probe().await.unwrap_err();
    assert!(
        matches!(error.condition(), Condition::ReadOnly | Condition::Loading),
        "{error:?}"
    );
    drop(redis);
    let error = queue.probe().await.unwrap_err();
    assert!(matches!(error, LinkError::Lost(_)), "{error:?}");
}

/// A sentinel that knows one master, which it calls `lab`.
struct Sentinel {
    child: std::process::Child,
    _dir: tempfile::TempDir,
    port: u16,
}

impl Sentinel {
    fn start(master: u16) -> Sentinel {
        let (dir, port) = (tempfile::tempdir().unwrap(), needs::free_port());
        let file = dir.path().join("sentinel.conf");
        let text = format!(
            "port {port}\n\
             sentinel monitor lab 127.0.0.1 {master} 1\n\
             sentinel down-after-milliseconds lab 500\n\
             sentinel failover-timeout lab 5000\n"
        );
        std::fs::write(&file, text).unwrap();
        let child = std::process::Command::new(needs::find("redis-server").unwrap())
            .arg(file)
            .arg("--sentinel")
            .current_dir(dir.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        Sentinel {
            child,
            _dir: dir,
            port,
        }
    }

    /// Waits until it has heard of a replica, without which it promotes none.
    fn await_replica(&self) {
        let client = redis::Client::open(("127.0.0.1", self.port)).unwrap();
        wait_until("the sentinel knows the replica", || {
            let Ok(mut connection) = client.get_connection() else {
                return false;
            };
            let mut ask = redis::cmd("SENTINEL");
            let replicas: Vec<redis::Value> = ask
                .arg(&["REPLICAS", "lab"])
                .query(&mut connection)
                .unwrap_or_default();
            !replicas.is_empty()
        });
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_sentinels_replace_is_followed() {
    if !needs::installed("a_master_that_sentinels_replace", &["redis-server"]) {
        return;
    }
    let (first_port, second_port) = (needs::free_port(), needs::free_port());
    let mut first = Redis::start_with(&["--port", &first_port.to_string()]);
    let second = Redis::start_with(&["--port", &second_port.to_string()]);
    replicate(&second, first_port);
    let sentinel = Sentinel::start(first_port);
    sentinel.await_replica();
    // The first of the sentinels is not there.
    let url = format!(
        "redis+sentinel://127.0.0.1:{},127.0.0.1:{}/lab",
        needs::free_port(),
        sentinel.port
    );
    let target = Target::parse(&url).unwrap();

    let queue = Queue::new(target.clone(), Keys::default(), None);
    let jobs: Vec<NewJob> = (0..6)
        .map(|_| NewJob::new(tasks::SLEEP, r#"{"ms":200}"#))
        .collect();
    queue.enqueue_all(&jobs).await.unwrap();
    let (stop, worker) = work(&target, 1);
    is_done(&queue, &jobs[0].id).await;
    let copies: i64 = redis::cmd("WAIT")
        .arg(1)
        .arg(0)
        .query(&mut first.connection())
        .unwrap();
    assert_eq!(copies, 1);
    first.kill();
    let late = NewJob::new(tasks::NOOP, "{}");
    eventually("the promoted server takes jobs", || async {
        queue.enqueue(&late).await.is_ok()
    })
    .await;
    let mut ids: Vec<String> = jobs.iter().map(|job| job.id.clone()).collect();
    ids.push(late.id);
    let promoted = Queue::new(second.target(), Keys::default(), None);
    eventually("every job is done", || async {
        let jobs = promoted.jobs(&ids).await.unwrap();
        jobs.len() == ids.len() && jobs.iter().all(|job| job.state == State::Success)
    })
    .await;
    stop.soft.cancel();
    worker.await.unwrap().unwrap();

    // The command line follows them as well, and says when there is no such name.
    let status = |url: &str| {
        needs::redis_lab()
            .args(["--lang", "en", "--url", url, "thumbnail", "status"])
            .output()
            .unwrap()
    };
    let output = status(&url);
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("SUCCESS"));
    let output = status(&url.replace("/lab", "/other"));
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("\"other\""));
}

#[test]
fn a_cluster_is_refused_in_words() {
    if !needs::installed("a_cluster_is_refused", &["redis-server"]) {
        return;
    }
    let redis = Redis::start_with(&[
        "--port",
        &needs::free_port().to_string(),
        "--cluster-enabled",
        "yes",
    ]);
    for (lang, word) in [("en", "cluster"), ("pl", "klast")] {
        let output = needs::redis_lab()
            .args(["--lang", lang, "--url", &redis.url(), "thumbnail", "worker"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(said.contains(word), "{said}");
    }
}
