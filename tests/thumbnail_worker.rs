//! A whole worker in this process, against a real Redis.

mod needs;
mod thumbnail_support;

use redis_lab::jobs::consumer::Consumer;
use redis_lab::jobs::job::{NewJob, State};
use redis_lab::jobs::keys::Keys;
use redis_lab::jobs::queue::Queue;
use redis_lab::jobs::store::{Kind, Stores};
use redis_lab::jobs::tasks::{self, Tasks};
use redis_lab::jobs::worker::{self, Config, Event, Stop};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use thumbnail_support::{Redis, eventually};
use thumbnailer::{Limits, sample_image};

fn queue(redis: &Redis) -> Queue {
    Queue::new(redis.target(), Keys::default(), None)
}

async fn state(queue: &Queue, id: &str) -> Option<State> {
    queue.job(id).await.unwrap().map(|job| job.state)
}

/// A worker in this process, and what it said.
struct Running {
    stop: Stop,
    events: Arc<Mutex<Vec<Event>>>,
    task: tokio::task::JoinHandle<worker::Totals>,
}

fn start_worker(redis: &Redis, name: &str, config: Config) -> Running {
    let events = Arc::new(Mutex::new(Vec::new()));
    let tasks = Tasks {
        queue: queue(redis),
        stores: Stores::new(redis.target(), Keys::default(), None),
        limits: Limits::default(),
    };
    let stop = Stop::default();
    let log = events.clone();
    let run = worker::run(
        Consumer::new(redis.target(), Keys::default(), name, 3, None),
        Arc::new(tasks),
        config,
        Arc::new(move |event| log.lock().unwrap().push(event)),
        stop.clone(),
    );
    Running {
        stop,
        events,
        task: tokio::spawn(async move { run.await.unwrap() }),
    }
}

fn quick() -> Config {
    Config {
        concurrency: 2,
        lease: Duration::from_millis(600),
        grace: Duration::from_millis(100),
        max_attempts: 2,
        backoff: Duration::from_millis(10),
    }
}

#[tokio::test]
async fn a_worker_makes_thumbnails_and_retries_what_may_mend() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let stores = Stores::new(redis.target(), Keys::default(), None);
    let (name, image) = sample_image();
    let args =
        |file: &str| format!(r#"{{"store":"redis","file":"{file}","sizes":["128x128","64x64"]}}"#);
    let good = NewJob::new(tasks::MAKE_THUMBNAILS, args(name));
    stores
        .put(Kind::Redis, &good.id, name, image.clone())
        .await
        .unwrap();
    let missing = NewJob::new(tasks::MAKE_THUMBNAILS, args("nothing.jpg"));
    let corrupt = NewJob::new(tasks::MAKE_THUMBNAILS, args("broken.jpg"));
    let half = image[..300].to_vec();
    stores
        .put(Kind::Redis, &corrupt.id, "broken.jpg", half)
        .await
        .unwrap();
    let unknown = NewJob::new("make_coffee", "{}");
    let all = [
        good.clone(),
        missing.clone(),
        corrupt.clone(),
        unknown.clone(),
    ];
    queue.enqueue_all(&all).await.unwrap();

    let worker = start_worker(&redis, "ala", quick());
    eventually("all jobs ended", || async {
        let ids = all.iter().map(|job| job.id.clone()).collect::<Vec<_>>();
        let jobs = queue.jobs(&ids).await.unwrap();
        jobs.iter().all(|job| job.state.is_final())
    })
    .await;
    worker.stop.soft.cancel();
    let totals = worker.task.await.unwrap();
    assert_eq!((totals.done, totals.failed), (4, 3));

    let job = queue.job(&good.id).await.unwrap().unwrap();
    assert_eq!(job.state, State::Success, "{job:?}");
    let made = job.thumbnails().unwrap();
    assert_eq!(made.archive, "tatry.zip");
    assert_eq!(made.thumbnails[0].name, "tatry_128x128.jpg");
    assert_eq!(
        (made.thumbnails[0].width, made.thumbnails[0].height),
        (128, 96)
    );
    let archive = stores
        .get(Kind::Redis, &good.id, &made.archive, u64::MAX)
        .await
        .unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut original = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name(name).unwrap(), &mut original).unwrap();
    assert_eq!(original, image);
    assert_eq!(archive.len(), 3);

    let job = queue.job(&missing.id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (State::Failure, 2));
    assert_eq!(job.error_type.as_deref(), Some("FileMissing"));
    let job = queue.job(&corrupt.id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (State::Failure, 1));
    let job = queue.job(&unknown.id).await.unwrap().unwrap();
    assert_eq!(job.error_type.as_deref(), Some("UnknownTask"));
    assert_eq!(queue.depth().await.unwrap().dead, 3);
    assert_eq!(queue.workers().await.unwrap(), []);
}

#[tokio::test]
async fn a_job_longer_than_its_lease_runs_once() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let job = NewJob::new(tasks::SLEEP, r#"{"ms":1500}"#);
    queue.enqueue(&job).await.unwrap();
    let ala = start_worker(&redis, "ala", quick());
    let bo = start_worker(&redis, "bo", quick());
    eventually("the job ended", || async {
        state(&queue, &job.id).await.is_some_and(State::is_final)
    })
    .await;
    let job = queue.job(&job.id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (State::Success, 1));
    for worker in [ala, bo] {
        worker.stop.soft.cancel();
        worker.task.await.unwrap();
    }
}

#[tokio::test]
async fn a_stopping_worker_gives_its_job_back() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let job = NewJob::new(tasks::SLEEP, r#"{"ms":60000}"#);
    queue.enqueue(&job).await.unwrap();
    let worker = start_worker(&redis, "ala", quick());
    eventually("the job started", || async {
        state(&queue, &job.id).await == Some(State::Started)
    })
    .await;
    worker.stop.soft.cancel();
    worker.task.await.unwrap();
    assert!(
        worker
            .events
            .lock()
            .unwrap()
            .contains(&Event::HandedBack(job.id.clone()))
    );
    let job = queue.job(&job.id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (State::Queued, 0));
    assert_eq!(queue.depth().await.unwrap().default, 1);
    assert_eq!(queue.depth().await.unwrap().running, 0);
}

#[tokio::test]
async fn a_worker_lives_through_a_restart_of_redis() {
    let Some(mut redis) = Redis::start_persistent("a_worker_lives_through_a_restart_of_redis")
    else {
        return;
    };
    let worker = start_worker(&redis, "ala", quick());
    let queue = queue(&redis);
    let jobs: Vec<NewJob> = (0..10)
        .map(|_| NewJob::new(tasks::SLEEP, r#"{"ms":200}"#))
        .collect();
    queue.enqueue_all(&jobs).await.unwrap();
    eventually("some job started", || async {
        queue.depth().await.unwrap().running > 0
    })
    .await;
    redis.kill();
    redis.start_again();
    let ids: Vec<String> = jobs.iter().map(|job| job.id.clone()).collect();
    eventually("all jobs succeeded", || async {
        let jobs = queue.jobs(&ids).await.unwrap_or_default();
        jobs.len() == 10 && jobs.iter().all(|job| job.state == State::Success)
    })
    .await;
    assert_eq!(queue.depth().await.unwrap(), Default::default());
    let events = worker.events.lock().unwrap().clone();
    assert!(events.contains(&Event::Reconnected), "{events:?}");
    worker.stop.soft.cancel();
    worker.task.await.unwrap();
}

#[tokio::test]
async fn a_worker_lives_through_the_loss_of_all_data() {
    let redis = Redis::start();
    let worker = start_worker(&redis, "ala", quick());
    let queue = queue(&redis);
    eventually("the worker is known", || async {
        !queue.workers().await.unwrap().is_empty()
    })
    .await;
    queue.delete_everything().await.unwrap();
    let job = NewJob::new(tasks::NOOP, "{}");
    queue.enqueue(&job).await.unwrap();
    eventually("the job ended", || async {
        state(&queue, &job.id).await == Some(State::Success)
    })
    .await;
    worker.stop.soft.cancel();
    worker.task.await.unwrap();
}

#[tokio::test]
async fn progress_is_noted_while_a_job_runs() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let job = NewJob::new(tasks::SLEEP, r#"{"ms":2000}"#);
    queue.enqueue(&job).await.unwrap();
    let ala = start_worker(&redis, "ala", quick());
    let seen = Mutex::new(Vec::new());
    eventually("the job ended", || async {
        let job = queue.job(&job.id).await.unwrap().unwrap();
        seen.lock().unwrap().extend(job.progress);
        job.state.is_final()
    })
    .await;
    let mut seen = seen.into_inner().unwrap();
    seen.dedup();
    assert!(seen.len() > 2 && seen.is_sorted(), "{seen:?}");
    assert!(seen.iter().all(|(done, all)| *all == 20 && done <= all));
    // Nobody has a job's progress but who has the job.
    let job = queue.job(&job.id).await.unwrap().unwrap();
    assert_eq!(
        (job.state, job.view(None).get("progress")),
        (State::Success, None)
    );
    ala.stop.soft.cancel();
    ala.task.await.unwrap();
}
