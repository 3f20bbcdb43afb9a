//! Watching jobs change: the queue publishes, so nobody needs to poll.
//!
//! Pub/sub forgets what nobody hears. A watcher that must not miss the end of
//! a job therefore asks for the job's state after it subscribed, and again
//! after every reconnection.

use super::job::State;
use super::keys::Keys;
use crate::conn::Target;
use crate::conn::link::{Heard, subscribe};
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
            // Nobody watching is no error.
            let tell = |change| drop(changes.send(change));
            let listening = subscribe(&target, &channel, |heard| match heard {
                Heard::Subscribed => tell(Change::Subscribed),
                Heard::Lost => tell(Change::Lost),
                Heard::Message(text) => {
                    // `STATE id`, and one message for many jobs that were
                    // enqueued together.
                    let mut words = text.split(' ');
                    if let Some(state) = words.next().and_then(State::from_name) {
                        words.for_each(|id| tell(Change::State(id.to_owned(), state)));
                    }
                }
            });
            stop.run_until_cancelled(listening).await;
        });
        feed
    }

    /// Changes from now on.
    pub fn watch(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}
