//! The queue against a real Redis.

mod needs;
mod thumbnail_support;

use redis_lab::jobs::consumer::{
    Claimed, Consumer, HIGH_IN_A_ROW, Lease, Outcome, Renewal, Settled, Started,
};
use redis_lab::jobs::job::{NewJob, State, new_id};
use redis_lab::jobs::keys::{Keys, Lane};
use redis_lab::jobs::queue::{Enqueued, Queue, QueueError};
use redis_lab::jobs::store::{Kind, Stores};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use thumbnail_support::{Redis, eventually};

fn queue(redis: &Redis) -> Queue {
    Queue::new(redis.target(), Keys::default(), None)
}

fn consumer(redis: &Redis, name: &str) -> Consumer {
    Consumer::new(redis.target(), Keys::default(), name, 3, None)
}

async fn ready_consumer(redis: &Redis, name: &str) -> Consumer {
    let consumer = consumer(redis, name);
    consumer.create_groups().await.unwrap();
    consumer
}

/// Claims and starts what there is.
async fn take(consumer: &Consumer, free: usize) -> Vec<Started> {
    consumer.start(&[], free).await.unwrap()
}

/// Takes over the one entry that nobody has renewed for a millisecond.
async fn take_over(consumer: &Consumer) -> Vec<Claimed> {
    loop {
        let taken = consumer.recover(Duration::from_millis(1), 5).await.unwrap();
        if !taken.is_empty() {
            return taken;
        }
    }
}

fn lease(started: &Started) -> Lease {
    match started {
        Started::Run { lease, .. } => lease.clone(),
        other => panic!("not started: {other:?}"),
    }
}

async fn state(queue: &Queue, id: &str) -> Option<State> {
    queue.job(id).await.unwrap().map(|job| job.state)
}

#[tokio::test]
async fn a_job_goes_from_queued_to_success() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let job = NewJob::new("noop", "{}");
    queue.enqueue(&job).await.unwrap();
    assert_eq!(state(&queue, &job.id).await, Some(State::Queued));
    // The group is made after the job: it must not be missed.
    let worker = ready_consumer(&redis, "ala").await;
    let started = take(&worker, 10).await;
    assert_eq!(started.len(), 1);
    assert_eq!(state(&queue, &job.id).await, Some(State::Started));
    assert_eq!(queue.depth().await.unwrap().running, 1);

    let lease = lease(&started[0]);
    let outcome = Outcome::Success("42".to_owned());
    let settled = worker.finish(&[(lease.clone(), outcome.clone())]).await;
    assert_eq!(settled.unwrap(), [Settled::Taken]);
    let done = queue.job(&job.id).await.unwrap().unwrap();
    assert_eq!(done.state, State::Success);
    assert_eq!(done.result.as_deref(), Some("42"));
    assert_eq!(done.worker.as_deref(), Some("ala"));
    assert!(done.created <= done.started.unwrap() && done.started <= done.finished);
    assert_eq!(queue.depth().await.unwrap(), Default::default());
    // A second time nothing is written.
    let settled = worker.finish(&[(lease, outcome)]).await;
    assert_eq!(settled.unwrap(), [Settled::Lost]);
    let ttl: i64 = redis::cmd("TTL")
        .arg(queue.keys().job(&job.id))
        .query(&mut redis.connection())
        .unwrap();
    assert!((86_000..=86_400).contains(&ttl), "{ttl}");
}

#[tokio::test]
async fn the_same_call_or_key_adds_one_job() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let mut first = NewJob::new("noop", "{}");
    first.idempotency_key = Some("order 7".to_owned());
    let mut second = NewJob::new("noop", "{}");
    second.idempotency_key = Some("order 7".to_owned());
    assert_eq!(queue.enqueue(&first).await.unwrap(), first.id);
    assert_eq!(queue.enqueue(&second).await.unwrap(), first.id);
    let plain = NewJob::new("noop", "{}");
    queue.enqueue(&plain).await.unwrap();
    queue.enqueue(&plain).await.unwrap();
    assert_eq!(queue.depth().await.unwrap().default, 2);
}

#[tokio::test]
async fn the_key_of_a_job_that_is_no_more_makes_another() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let with_key = || {
        let mut job = NewJob::new("noop", "{}");
        job.idempotency_key = Some("order 7".to_owned());
        job
    };
    let dropped = with_key();
    queue.enqueue(&dropped).await.unwrap();
    queue.cancel(&dropped.id).await.unwrap();
    // It has ended, and is still the job of this key.
    assert_eq!(queue.enqueue(&with_key()).await.unwrap(), dropped.id);
    queue.forget(&dropped.id).await.unwrap();
    let expired = with_key();
    assert_eq!(queue.enqueue(&expired).await.unwrap(), expired.id);
    let _: i64 = redis::cmd("DEL")
        .arg(queue.keys().job(&expired.id))
        .query(&mut redis.connection())
        .unwrap();
    let last = with_key();
    assert_eq!(queue.enqueue(&last).await.unwrap(), last.id);
    assert_eq!(state(&queue, &last.id).await, Some(State::Queued));
    assert_eq!(queue.enqueue(&with_key()).await.unwrap(), last.id);
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let redis = Redis::start();
    let queue = queue(&redis).with_limit(3);
    let jobs: Vec<NewJob> = (0..5).map(|_| NewJob::new("noop", "{}")).collect();
    use Enqueued::{Added, Full};
    assert_eq!(
        queue.enqueue_all(&jobs).await.unwrap(),
        [Added, Added, Added, Full, Full]
    );
    assert_eq!(
        queue.enqueue(&jobs[4]).await,
        Err(QueueError::Full { limit: 3 })
    );
    assert_eq!(state(&queue, &jobs[4].id).await, None);
    // A delayed job takes a place as well.
    let worker = ready_consumer(&redis, "ala").await;
    let started = take(&worker, 1).await;
    let outcome = Outcome::Success("null".to_owned());
    worker
        .finish(&[(lease(&started[0]), outcome)])
        .await
        .unwrap();
    let mut later = NewJob::new("noop", "{}");
    later.delay = Duration::from_secs(60);
    queue.enqueue(&later).await.unwrap();
    assert!(queue.enqueue(&NewJob::new("noop", "{}")).await.is_err());
}

#[tokio::test]
async fn the_high_lane_comes_first_and_no_more_than_free_slots_are_taken() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let mut jobs: Vec<NewJob> = (0..4).map(|_| NewJob::new("noop", "{}")).collect();
    jobs[3].lane = Lane::High;
    queue.enqueue_all(&jobs).await.unwrap();
    let worker = ready_consumer(&redis, "ala").await;
    let started = take(&worker, 2).await;
    let ids: Vec<String> = started.iter().map(|s| lease(s).job).collect();
    assert_eq!(ids, [jobs[3].id.clone(), jobs[0].id.clone()]);
    assert_eq!(queue.depth().await.unwrap().default, 2);
}

/// The lanes of the jobs that a worker claims one after the other.
async fn lanes(worker: &Consumer, queue: &Queue, free: usize) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for started in take(worker, free).await {
        let job = queue.job(&lease(&started).job).await.unwrap().unwrap();
        lanes.push(job.lane);
        let outcome = Outcome::Success("null".to_owned());
        worker.finish(&[(lease(&started), outcome)]).await.unwrap();
    }
    lanes
}

fn jobs(lane: Lane, count: usize) -> Vec<NewJob> {
    let new = || NewJob {
        lane,
        ..NewJob::new("noop", "{}")
    };
    std::iter::repeat_with(new).take(count).collect()
}

#[tokio::test]
async fn a_full_high_lane_does_not_starve_the_default_one() {
    let redis = Redis::start();
    let queue = queue(&redis);
    queue.enqueue_all(&jobs(Lane::Default, 3)).await.unwrap();
    queue.enqueue_all(&jobs(Lane::High, 100)).await.unwrap();
    let worker = ready_consumer(&redis, "ala").await;
    let mut taken = Vec::new();
    for _ in 0..2 * (HIGH_IN_A_ROW + 1) {
        taken.extend(lanes(&worker, &queue, 1).await);
    }
    let mut turn = vec![Lane::High; HIGH_IN_A_ROW];
    turn.push(Lane::Default);
    assert_eq!(taken, turn.repeat(2));

    // A worker with many slots pays back what it took in one go.
    let many = lanes(&worker, &queue, 4 * HIGH_IN_A_ROW).await;
    assert_eq!(many, vec![Lane::High; 4 * HIGH_IN_A_ROW]);
    assert_eq!(lanes(&worker, &queue, 4).await[0], Lane::Default);
    // Nothing waits in the default lane now, so nothing is owed to it.
    assert_eq!(queue.depth().await.unwrap().default, 0);
    lanes(&worker, &queue, 2 * HIGH_IN_A_ROW).await;
    queue.enqueue_all(&jobs(Lane::Default, 5)).await.unwrap();
    let next = lanes(&worker, &queue, 6).await;
    assert_eq!(
        next.iter().filter(|lane| **lane == Lane::Default).count(),
        2
    );
}

#[tokio::test]
async fn one_call_may_hold_jobs_of_every_kind() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let mut all = jobs(Lane::Default, 600);
    all[10].lane = Lane::High;
    all[20].delay = Duration::from_secs(60);
    all[30].idempotency_key = Some("once".to_owned());
    all[40].idempotency_key = Some("once".to_owned());
    // The same ID twice: beside each other, and far apart.
    all[51] = all[50].clone();
    all[599] = all[60].clone();
    let outcomes = queue.enqueue_all(&all).await.unwrap();
    for (i, (job, outcome)) in all.iter().zip(&outcomes).enumerate() {
        let expected = match i {
            40 => Enqueued::Existing(all[30].id.clone()),
            _ => Enqueued::Added,
        };
        assert_eq!(*outcome, expected, "{i}");
        assert_eq!(state(&queue, &job.id).await.is_some(), i != 40, "{i}");
    }
    let depth = queue.depth().await.unwrap();
    assert_eq!((depth.high, depth.delayed, depth.default), (1, 1, 595));
    // First in, first out.
    let worker = ready_consumer(&redis, "ala").await;
    let started = take(&worker, 600).await;
    let order: Vec<String> = started.iter().map(|started| lease(started).job).collect();
    let mut expected = vec![all[10].id.clone()];
    let waiting = all.iter().enumerate();
    let waiting = waiting.filter(|(i, _)| ![10, 20, 40, 51, 599].contains(i));
    expected.extend(waiting.map(|(_, job)| job.id.clone()));
    assert_eq!(order, expected);
}

#[tokio::test]
async fn a_delayed_job_starts_when_it_is_due() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let mut job = NewJob::new("noop", "{}");
    job.delay = Duration::from_millis(80);
    job.lane = Lane::High;
    queue.enqueue(&job).await.unwrap();
    let worker = ready_consumer(&redis, "ala").await;
    let (moved, next) = worker.promote().await.unwrap();
    if moved == 0 {
        assert!(next.unwrap() <= Duration::from_millis(80));
    }
    eventually("the job is due", || async {
        worker.promote().await.unwrap();
        queue.depth().await.unwrap().high == 1
    })
    .await;
    assert_eq!(worker.promote().await.unwrap(), (0, None));
    assert_eq!(lease(&take(&worker, 1).await[0]).job, job.id);
}

#[tokio::test]
async fn who_lost_the_lease_can_neither_renew_nor_finish() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let job = NewJob::new("noop", "{}");
    queue.enqueue(&job).await.unwrap();
    let ala = ready_consumer(&redis, "ala").await;
    let old = lease(&take(&ala, 1).await[0]);
    assert_eq!(
        ala.renew(std::slice::from_ref(&old)).await.unwrap(),
        [Renewal::Held]
    );

    // Ala stalls; Bo takes over what has been idle for a "lease" of 1 ms.
    let bo = consumer(&redis, "bo");
    let taken = take_over(&bo).await;
    let started = bo.start(&taken, 0).await.unwrap();
    let new = lease(&started[0]);
    assert_eq!(new.deliveries, 2);
    assert_eq!(
        ala.renew(std::slice::from_ref(&old)).await.unwrap(),
        [Renewal::Lost]
    );
    let late = Outcome::Failure("Late".to_owned(), "too late".to_owned());
    assert_eq!(ala.finish(&[(old, late)]).await.unwrap(), [Settled::Lost]);
    assert_eq!(state(&queue, &job.id).await, Some(State::Started));
    let outcome = Outcome::Success("1".to_owned());
    assert_eq!(
        bo.finish(&[(new, outcome)]).await.unwrap(),
        [Settled::Taken]
    );
    assert_eq!(state(&queue, &job.id).await, Some(State::Success));
    assert_eq!(queue.depth().await.unwrap().dead, 0);
}

#[tokio::test]
async fn a_renewed_lease_is_not_taken_over() {
    let redis = Redis::start();
    let queue = queue(&redis);
    queue.enqueue(&NewJob::new("noop", "{}")).await.unwrap();
    let ala = ready_consumer(&redis, "ala").await;
    let held = lease(&take(&ala, 1).await[0]);
    for _ in 0..3 {
        ala.renew(std::slice::from_ref(&held)).await.unwrap();
    }
    let bo = consumer(&redis, "bo");
    let taken = bo.recover(Duration::from_secs(60), 5).await.unwrap();
    assert_eq!(taken, []);
    let outcome = Outcome::Success("1".to_owned());
    assert_eq!(
        ala.finish(&[(held, outcome)]).await.unwrap(),
        [Settled::Taken]
    );
}

#[tokio::test]
async fn a_poison_job_goes_to_the_dead_letters() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let job = NewJob::new("noop", "{}");
    queue.enqueue(&job).await.unwrap();
    let worker = ready_consumer(&redis, "ala").await;
    take(&worker, 1).await;
    let mut last = Vec::new();
    for _ in 0..3 {
        let taken = take_over(&worker).await;
        last = worker.start(&taken, 0).await.unwrap();
    }
    assert_eq!(last, [Started::Dead(job.id.clone())]);
    let dead = queue.job(&job.id).await.unwrap().unwrap();
    assert_eq!(dead.state, State::Failure);
    assert!(dead.error.unwrap().contains("delivered 3 times"));
    assert_eq!(queue.dead().await.unwrap(), std::slice::from_ref(&job.id));
    assert_eq!(queue.depth().await.unwrap().running, 0);

    // A person gives it another life.
    assert_eq!(queue.retry(&job.id).await.unwrap(), Some(State::Failure));
    assert_eq!(queue.dead().await.unwrap(), [] as [String; 0]);
    let started = take(&worker, 1).await;
    assert!(matches!(&started[0], Started::Run { attempt: 1, .. }));
    // One that runs can neither be retried nor forgotten.
    assert_eq!(queue.retry(&job.id).await.unwrap(), Some(State::Started));
    assert_eq!(queue.forget(&job.id).await.unwrap(), Some(State::Started));
    assert_eq!(state(&queue, &job.id).await, Some(State::Started));
}

#[tokio::test]
async fn a_cancelled_job_is_not_run_and_its_result_not_taken() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let jobs: Vec<NewJob> = (0..2).map(|_| NewJob::new("noop", "{}")).collect();
    queue.enqueue_all(&jobs).await.unwrap();
    let worker = ready_consumer(&redis, "ala").await;
    let running = lease(&take(&worker, 1).await[0]);
    for job in &jobs {
        queue.cancel(&job.id).await.unwrap();
    }
    assert_eq!(take(&worker, 5).await, [Started::Skipped]);
    assert_eq!(
        worker.renew(std::slice::from_ref(&running)).await.unwrap(),
        [Renewal::Revoked]
    );
    let outcome = Outcome::Success("1".to_owned());
    assert_eq!(
        worker.finish(&[(running, outcome)]).await.unwrap(),
        [Settled::Ended(Some(State::Revoked))]
    );
    assert_eq!(queue.depth().await.unwrap(), Default::default());
    assert_eq!(queue.cancel(&new_id()).await.unwrap(), None);
}

#[tokio::test]
async fn a_job_cancelled_and_revived_runs_once() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let jobs = jobs(Lane::Default, 2);
    queue.enqueue_all(&jobs).await.unwrap();
    let ala = ready_consumer(&redis, "ala").await;
    let old = lease(&take(&ala, 1).await[0]);
    for job in &jobs {
        // One runs, the other waits; both get a new entry behind the old one.
        queue.cancel(&job.id).await.unwrap();
        assert_eq!(queue.retry(&job.id).await.unwrap(), Some(State::Revoked));
    }
    let bo = consumer(&redis, "bo");
    let started = take(&bo, 10).await;
    assert_eq!(started[0], Started::Skipped);
    assert_eq!(started.len(), 3);
    assert_eq!(lease(&started[1]).job, jobs[0].id);
    assert_eq!(lease(&started[2]).job, jobs[1].id);
    // Whoever still runs the old life is told, and cannot end the new one.
    let renewed = ala.renew(std::slice::from_ref(&old)).await.unwrap();
    assert_eq!(renewed, [Renewal::Revoked]);
    let outcome = Outcome::Success("1".to_owned());
    assert_eq!(
        ala.finish(&[(old, outcome.clone())]).await.unwrap(),
        [Settled::Ended(Some(State::Revoked))]
    );
    for started in &started[1..] {
        let settled = bo.finish(&[(lease(started), outcome.clone())]).await;
        assert_eq!(settled.unwrap(), [Settled::Taken]);
    }
    assert_eq!(queue.depth().await.unwrap(), Default::default());
    for job in &jobs {
        let job = queue.job(&job.id).await.unwrap().unwrap();
        assert_eq!((job.state, job.attempts), (State::Success, 1));
    }
}

#[tokio::test]
async fn a_slot_of_a_schedule_fires_once() {
    let redis = Redis::start();
    let queues: Vec<Arc<Queue>> = (0..8).map(|_| Arc::new(queue(&redis))).collect();
    let ticks = queues.iter().map(|queue| {
        let queue = queue.clone();
        tokio::spawn(async move {
            let job = NewJob::new("summary", "{}");
            queue.tick("summary", 10_000, &job).await.unwrap()
        })
    });
    let fired = futures_util::future::join_all(ticks).await;
    let fired = fired.into_iter().filter(|fired| *fired.as_ref().unwrap());
    assert_eq!(fired.count(), 1);
    let job = NewJob::new("summary", "{}");
    assert!(queues[0].tick("summary", 20_000, &job).await.unwrap());
    // A scheduler that slept through its turn comes with an old slot.
    let job = NewJob::new("summary", "{}");
    assert!(!queues[0].tick("summary", 15_000, &job).await.unwrap());
    assert_eq!(queues[0].depth().await.unwrap().default, 2);
}

#[tokio::test]
async fn a_recorder_sees_the_commands_inside_the_scripts() {
    let redis = Redis::start();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let recorder: redis_lab::conn::link::Recorder =
        Arc::new(move |exchange| log.lock().unwrap().push(exchange));
    let queue = Queue::new(redis.target(), Keys::default(), Some(recorder));
    let job = NewJob::new("noop", "{}");
    queue.enqueue(&job).await.unwrap();
    let seen = seen.lock().unwrap();
    let names: Vec<String> = seen
        .iter()
        .map(|exchange| String::from_utf8_lossy(&exchange.argv[0]).into_owned())
        .collect();
    assert_eq!(
        names,
        [
            "TIME", "XLEN", "XLEN", "ZCARD", "EXISTS", "HSET", "XADD", "PUBLISH"
        ]
    );
    let xadd = &seen[6];
    assert_eq!(xadd.argv[1], b"lab:jobs:queue:default");
    assert!(xadd.reply.as_str().is_some_and(|id| id.contains('-')));
    assert_eq!(xadd.script, Some("enqueue"));
}

/// How long the file of a job lives: s, -1 for ever, -2 when it is gone.
fn life(redis: &Redis, key: &str) -> i64 {
    redis::cmd("TTL")
        .arg(key)
        .query(&mut redis.connection())
        .unwrap()
}

#[tokio::test]
async fn a_file_in_redis_lives_as_long_as_its_job() {
    const DAY: i64 = 24 * 3600;
    let redis = Redis::start();
    let queue = queue(&redis);
    let stores = Stores::new(redis.target(), Keys::default(), None);
    let worker = ready_consumer(&redis, "ala").await;
    let new = async |delay: Duration| {
        let mut job = NewJob::new("noop", "{}");
        job.delay = delay;
        stores
            .put(Kind::Redis, &job.id, "a.png", b"png".to_vec())
            .await
            .unwrap();
        job.blob = stores.blob_key(Kind::Redis, &job.id, "a.png");
        let key = job.blob.clone().unwrap();
        // As long as no job says that it is its, it goes by itself.
        assert!((1..=DAY).contains(&life(&redis, &key)));
        queue.enqueue(&job).await.unwrap();
        assert_eq!(life(&redis, &key), -1);
        (job, key)
    };
    let finish = async |outcome| {
        let held = lease(&take(&worker, 1).await[0]);
        assert_eq!(
            worker.finish(&[(held, outcome)]).await.unwrap(),
            [Settled::Taken]
        );
    };
    let failure = || Outcome::Failure("Test".into(), "bad".into());

    // One that waits for longer than results are kept.
    let (later, key) = new(Duration::from_secs(30 * 3600)).await;
    assert_eq!(life(&redis, &key), -1);
    assert_eq!(queue.cancel(&later.id).await.unwrap(), Some(State::Queued));
    assert!((1..=DAY).contains(&life(&redis, &key)));

    // One that is handed back, tried again, fails, and has another life.
    let (job, key) = new(Duration::ZERO).await;
    finish(Outcome::HandBack).await;
    assert_eq!(life(&redis, &key), -1);
    let again = Outcome::Retry("Test".into(), "again".into(), Duration::from_millis(1));
    finish(again).await;
    assert_eq!(life(&redis, &key), -1);
    eventually("it is due", || async {
        worker.promote().await.unwrap().0 == 1
    })
    .await;
    finish(failure()).await;
    assert!((6 * DAY..=7 * DAY).contains(&life(&redis, &key)));
    queue.retry(&job.id).await.unwrap();
    assert_eq!(life(&redis, &key), -1);
    finish(Outcome::Success("1".into())).await;
    assert!((1..=DAY).contains(&life(&redis, &key)));

    // One that kills its workers, and is forgotten then.
    let (job, key) = new(Duration::ZERO).await;
    take(&worker, 1).await;
    for _ in 0..3 {
        let taken = take_over(&worker).await;
        worker.start(&taken, 0).await.unwrap();
    }
    assert!((6 * DAY..=7 * DAY).contains(&life(&redis, &key)));
    queue.forget(&job.id).await.unwrap();
    assert_eq!(life(&redis, &key), -2);
}

#[tokio::test]
async fn an_emptied_redis_is_not_another_worker() {
    let redis = Redis::start();
    let queue = queue(&redis);
    let jobs = jobs(Lane::Default, 2);
    queue.enqueue_all(&jobs).await.unwrap();
    let worker = ready_consumer(&redis, "ala").await;
    let started = take(&worker, 2).await;
    let held: Vec<Lease> = started.iter().map(lease).collect();
    let _: () = redis::cmd("FLUSHALL")
        .query(&mut redis.connection())
        .unwrap();
    worker.create_groups().await.unwrap();
    let outcome = Outcome::Success("1".to_owned());
    assert_eq!(
        worker.finish(&[(held[0].clone(), outcome)]).await.unwrap(),
        [Settled::Ended(None)]
    );
}
