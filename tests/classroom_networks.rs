//! A class in the networks that schools have: whatever a proxy or a bad signal
//! does, what is solved reaches the board once, what the teacher says reaches
//! the learner, and nobody loses anything.

mod classroom_support;
mod needs;

use classroom_support::crowd::{EXERCISES, solve_all};
use classroom_support::proxy::{Network, Proxy};
use classroom_support::{Board, Hub, Joined, Student, exercises, solved, until};
use redis_lab::classroom::client::{AWAY, News, Notice};
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A bound against hanging: a stream that is held back is given up after some
/// seconds.
const NEWS: Duration = Duration::from_secs(60);

/// How long a learner works where nothing happens from time to time.
const SHORT: Duration = Duration::from_secs(1);

// Whoever cannot reach the class is told so within 20 s.
const _: () = assert!(AWAY.as_secs() < 20);

fn says(text: &str) -> impl Fn(&Notice) -> bool {
    let said = Notice::News(News::Say {
        text: text.to_owned(),
        one: false,
    });
    move |notice| *notice == said
}

/// Waits until the board says of this learner, and the CSV of all, that so
/// many are solved.
async fn all_arrives(board: &Board, joined: &Joined, count: usize) {
    until("what was solved", async || {
        board.solved().await.get(&joined.name) == Some(&count)
    })
    .await;
    assert_eq!(board.solved_in_csv().await, count);
}

/// A learner behind a network solves exercises and hears the teacher, for as
/// long as this and longer.
async fn the_class_goes_on(network: Network, long: Duration) -> Proxy {
    let hub = Hub::start(&[]);
    let board = hub.board().await;
    let proxy = Proxy::before(&hub.address(), network).await;
    let mut joined = Joined::at(&proxy.url, &hub.code).await;
    let exercises = exercises();
    for (done, exercise) in exercises.iter().take(8).enumerate() {
        joined.link.report(solved(exercise));
        if done == 3 {
            board
                .act(json!({"do": "say", "to": "*", "text": "half of it"}))
                .await;
        }
    }
    joined.expect("word", NEWS, says("half of it")).await;
    let begun = Instant::now();
    while begun.elapsed() <= long {
        sleep(Duration::from_millis(500)).await;
        joined
            .link
            .report(json!({"what": "at", "section": "lists", "step": 2}));
    }
    for exercise in exercises.iter().skip(8).take(4) {
        joined.link.report(solved(exercise));
    }
    all_arrives(board, &joined, 12).await;
    board
        .act(json!({"do": "say", "to": "*", "text": "well done"}))
        .await;
    joined.expect("second word", NEWS, says("well done")).await;
    assert_eq!(joined.link.close(Duration::from_secs(10)).await, 0);
    proxy
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_a_plain_proxy() {
    let proxy = the_class_goes_on(Network::Plain, SHORT).await;
    assert!(proxy.streams.load(Ordering::SeqCst) > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_streams_are_refused() {
    the_class_goes_on(Network::RefusesStreams, SHORT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_streams_are_held_back() {
    let proxy = the_class_goes_on(Network::HoldsStreamsBack, SHORT).await;
    // It was tried, and then it was asked instead.
    assert!(proxy.streams.load(Ordering::SeqCst) <= 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_connections_are_cut() {
    let every = Duration::from_secs(2);
    let proxy = the_class_goes_on(Network::Cuts(every), 2 * every).await;
    assert!(proxy.streams.load(Ordering::SeqCst) > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes half a minute: a release runs it"]
async fn where_connections_are_cut_every_five_seconds() {
    let every = Duration::from_secs(5);
    let proxy = the_class_goes_on(Network::Cuts(every), 4 * every).await;
    assert!(proxy.streams.load(Ordering::SeqCst) > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_everything_takes_long() {
    the_class_goes_on(Network::Delays(Duration::from_millis(300)), SHORT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_a_blackout() {
    through_a_blackout_of(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes more than two minutes: a release runs it"]
async fn through_a_blackout_of_two_minutes() {
    through_a_blackout_of(Duration::from_secs(120)).await;
}

/// Black until the learner knows that the class is away, and for as long as this
/// at least.
async fn through_a_blackout_of(long: Duration) {
    let hub = Hub::start(&[]);
    let board = hub.board().await;
    let proxy = Proxy::before(&hub.address(), Network::Plain).await;
    let mut joined = Joined::at(&proxy.url, &hub.code).await;
    let exercises = exercises();
    joined.link.report(solved(&exercises[0]));
    all_arrives(board, &joined, 1).await;
    proxy.go_black();
    let begun = Instant::now();
    for exercise in &exercises[1..5] {
        joined.link.report(solved(exercise));
    }
    board
        .act(json!({"do": "say", "to": "*", "text": "can you hear me?"}))
        .await;
    joined
        .expect("notice that the class is away", NEWS, |notice| {
            *notice == Notice::Away
        })
        .await;
    eprintln!("told after {:?}", begun.elapsed());
    sleep(long.saturating_sub(begun.elapsed())).await;
    // Who works on is not told again, and nothing is lost.
    joined.link.report(solved(&exercises[5]));
    assert_eq!(joined.link.waiting(), 5, "it waits");
    proxy.come_back();
    let back = Instant::now();
    joined
        .expect("notice that it is back", NEWS, |notice| {
            *notice == Notice::Back
        })
        .await;
    all_arrives(board, &joined, 6).await;
    eprintln!(
        "everything has arrived {:?} after it was over",
        back.elapsed()
    );
    joined.expect("word", NEWS, says("can you hear me?")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_program_could_not_send_waits_on_the_disk() {
    use redis_lab::classroom::client::{Kept, Link, seat};
    let hub = Hub::start(&[]);
    let board = hub.board().await;
    let proxy = Proxy::before(&hub.address(), Network::Plain).await;
    let joined = Joined::at(&proxy.url, &hub.code).await;
    let exercises = exercises();
    proxy.go_black();
    for exercise in &exercises[..5] {
        joined.link.report(solved(exercise));
    }
    let (name, folder) = (joined.name.clone(), joined.folder.clone());
    let state = folder.ancestors().nth(2).expect("the state").to_owned();
    let Joined { link, _state, .. } = joined;
    assert_eq!(link.close(Duration::from_millis(100)).await, 5);
    proxy.come_back();
    // The same command again, later.
    let mut http = classroom_support::client(&hub.url);
    let kept = Kept::find(&state, http.address(), Some(&hub.code)).expect("the seat");
    let me = seat::me(&mut http, &kept.token).await.expect("it is known");
    assert_eq!(me.name, name);
    let link = Link::open(http, kept, folder, &me);
    assert_eq!(link.close(Duration::from_secs(10)).await, 0);
    assert_eq!(board.solved().await[&name], 5);
    assert_eq!(board.solved_in_csv().await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_everything_is_counted_once() {
    let hub = Hub::start(&[]);
    let mut students = Vec::new();
    for _ in 0..20 {
        students.push(Student::join(&hub.url, &hub.code).await);
    }
    let students = solve_all(students).await;
    // An answer that was lost: the same post again.
    let mut last = students.into_iter().next().expect("somebody");
    last.posts -= 1;
    let again = last.report(vec![solved(&exercises()[EXERCISES])]).await;
    again.expect("it is answered as before");
    let board = hub.board().await;
    until("the board", async || {
        board
            .solved()
            .await
            .values()
            .all(|solved| *solved == EXERCISES)
    })
    .await;
    assert_eq!(board.solved().await.len(), 20);
    assert_eq!(board.solved_in_csv().await, 20 * EXERCISES);
}
