//! Watching jobs change: the queue publishes, so nobody needs to poll.
//!
//! Pub/sub forgets what nobody hears. A watcher that must not miss the end of
//! a job therefore asks for the job's state after it subscribed, and again
//! after every reconnection.

use super::job::State;
use super::keys::Keys;
use crate::conn::Target;
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// How many changes a slow watcher may lag behind before it misses some.
const BACKLOG: usize = 1024;

/// A change that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A job has a new state.
    State(String, State),
    /// The subscription is new: changes before it were not heard.
    Subscribed,
    /// The subscription was lost.
    Lost,
}

/// A subscription that comes back, shared by any number of watchers.
#[derive(Debug, Clone)]
pub struct Feed {
    changes: broadcast::Sender<Change>,
}

impl Feed {
    /// Subscribes in the background until `stop`.
    pub fn start(target: Target, keys: &Keys, stop: CancellationToken) -> Feed {
        let (changes, _) = broadcast::channel(BACKLOG);
        let feed = Feed {
            changes: changes.clone(),
        };
        let channel = keys.events();
        tokio::spawn(async move {
            let forever = async {
                loop {
                    // Any end of the subscription is followed by another try.
                    let _ = listen(&target, &channel, &changes).await;
                    let _ = changes.send(Change::Lost);
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            };
            stop.run_until_cancelled(forever).await;
        });
        feed
    }

    /// Changes from now on.
    pub fn watch(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}

async fn listen(
    target: &Target,
    channel: &str,
    changes: &broadcast::Sender<Change>,
) -> redis::RedisResult<()> {
    let gone = |_| redis::RedisError::from((redis::ErrorKind::Io, "no sentinel knows the master"));
    let target = target.master().await.map_err(gone)?;
    let client = redis::Client::open(target.info())?;
    let mut pubsub = client.get_async_pubsub().await?;
    pubsub.subscribe(channel).await?;
    let _ = changes.send(Change::Subscribed);
    let mut messages = pubsub.into_on_message();
    while let Some(message) = messages.next().await {
        let payload: String = message.get_payload()?;
        // `STATE id`, and one message for many jobs that were enqueued together.
        let mut words = payload.split(' ');
        if let Some(state) = words.next().and_then(State::from_name) {
            for id in words {
                // Nobody watching is no error.
                let _ = changes.send(Change::State(id.to_owned(), state));
            }
        }
    }
    Ok(())
}
