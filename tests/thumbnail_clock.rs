//! The server's clock runs ahead and is set back: nothing waits for the time to
//! come again.

#![cfg(unix)]

mod needs;
mod thumbnail_support;

use redis_lab::jobs::consumer::{Consumer, Outcome, Started};
use redis_lab::jobs::job::{NewJob, State};
use redis_lab::jobs::keys::Keys;
use redis_lab::jobs::queue::Queue;
use redis_lab::jobs::schedule::{self, Entry};
use redis_lab::jobs::scheduler;
use redis_lab::jobs::store::Stores;
use redis_lab::jobs::tasks::{self, Tasks};
use redis_lab::jobs::worker::{self, Config, Stop};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use thumbnail_support::{Redis, eventually};
use thumbnailer::Limits;

const MONTH: u64 = 30 * 24 * 3600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_back_stops_neither_jobs_nor_the_schedule() {
    let Some(redis) = Redis::start_with_clock("a_clock_set_back") else {
        return;
    };
    let queue = Arc::new(Queue::new(redis.target(), Keys::default(), None));
    let consumer = |name: &str| Consumer::new(redis.target(), Keys::default(), name, 3, None);
    let now = queue.time().await.unwrap();

    redis.set_clock(MONTH);
    let ahead = queue.time().await.unwrap();
    assert!(ahead > now + 29 * 24 * 3600 * 1000, "{ahead}");
    // One that a worker had which is dead, one that is to be tried again, one
    // for a little later, and a slot of the schedule that has been fired.
    let dead = consumer("dead");
    dead.create_groups().await.unwrap();
    dead.beat(&[("concurrency", "1".to_owned())]).await.unwrap();
    let mut jobs: Vec<NewJob> = (0..3).map(|_| NewJob::new(tasks::NOOP, "{}")).collect();
    jobs[2].delay = Duration::from_millis(200);
    queue.enqueue_all(&jobs).await.unwrap();
    let started = dead.start(&[], 2).await.unwrap();
    let Started::Run { lease, .. } = &started[1] else {
        panic!("{started:?}");
    };
    let again = Outcome::Retry("Test".into(), "again".into(), Duration::from_millis(200));
    dead.finish(&[(lease.clone(), again)]).await.unwrap();
    let slot = ahead / 100 * 100;
    let fired = NewJob::new(tasks::NOOP, "{}");
    assert!(queue.tick("fast", slot, &fired).await.unwrap());

    redis.set_clock(0);
    assert!(queue.time().await.unwrap() < now + 3600 * 1000);
    let stop = Stop::default();
    let worker = tokio::spawn(worker::run(
        consumer("ala"),
        Arc::new(Tasks {
            queue: Queue::new(redis.target(), Keys::default(), None),
            stores: Stores::new(redis.target(), Keys::default(), None),
            limits: Limits::default(),
        }),
        Config {
            lease: Duration::from_millis(600),
            ..Config::default()
        },
        Arc::new(|_| {}),
        stop.clone(),
    ));
    let slots = Arc::new(AtomicUsize::new(0));
    let seen = slots.clone();
    let entry = Entry::parse("fast noop every 100ms", &schedule::time_zone(None).unwrap());
    let scheduler = tokio::spawn(scheduler::run(
        queue.clone(),
        vec![entry.unwrap()],
        Arc::new(move |event| {
            if matches!(event, scheduler::Event::Fired(..)) {
                seen.fetch_add(1, Ordering::Relaxed);
            }
        }),
        stop.soft.clone(),
    ));
    let mut ids: Vec<String> = jobs.iter().map(|job| job.id.clone()).collect();
    ids.push(fired.id);
    eventually("every job is done", || async {
        let jobs = queue.jobs(&ids).await.unwrap();
        jobs.len() == ids.len() && jobs.iter().all(|job| job.state == State::Success)
    })
    .await;
    eventually("the schedule goes on", || async {
        slots.load(Ordering::Relaxed) > 2
    })
    .await;
    let workers = queue.workers().await.unwrap();
    assert_eq!(workers.len(), 1, "{workers:?}");
    assert_eq!(workers[0].name, "ala");
    stop.soft.cancel();
    worker.await.unwrap().unwrap();
    scheduler.await.unwrap();
}
