//! What goes out to the students: a stream that keeps it, and a channel that
//! says that there is more. Pub/sub forgets what nobody hears, so the channel
//! is only the bell; whoever comes back asks the stream for what he missed.

use super::keys::Keys;
use crate::conn::link::{Heard, Link, LinkError, entry_field, subscribe};
use resp::Reply;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

/// How many news the stream keeps, about.
pub(super) const MOST: u32 = 1000;

/// How many a slow listener may lag behind before it has to ask the stream.
const BACKLOG: usize = 1024;

/// How many are asked for at once.
const PAGE: usize = 200;

/// The place of an entry in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Id(u64, u64);

impl FromStr for Id {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Id, Self::Err> {
        let (ms, number) = text.split_once('-').unwrap_or((text, "0"));
        Ok(Id(ms.parse()?, number.parse()?))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

/// One of the news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its place in the stream.
    pub id: Id,
    /// The seat it is for, or `*`.
    pub to: String,
    /// What it is: `follow`, `say`, `removed`, ...
    pub what: String,
    /// All of it, as the student's page reads it.
    pub json: String,
}

impl Item {
    /// Whether this seat hears it.
    pub fn is_for(&self, seat: &str) -> bool {
        self.to == "*" || self.to == seat
    }
}

/// What has changed in the class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// This seat: it was taken, has reported, was renamed or removed.
    Seat(String),
    /// The class itself: there are news for it.
    News,
    /// Anything may have changed: the subscription is new.
    All,
    /// Redis is gone for the moment.
    Lost,
}

/// News and changes as they come, for any number of listeners.
#[derive(Debug, Clone)]
pub struct Feed {
    news: broadcast::Sender<Arc<Item>>,
    changes: broadcast::Sender<Change>,
}

impl Feed {
    pub(super) fn new() -> Feed {
        Feed {
            news: broadcast::channel(BACKLOG).0,
            changes: broadcast::channel(BACKLOG).0,
        }
    }

    /// News from now on. Who lags behind asks [`since`].
    pub fn news(&self) -> broadcast::Receiver<Arc<Item>> {
        self.news.subscribe()
    }

    /// Changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Hears the class's channel until `stop`.
    pub(super) async fn run(&self, link: &Link, keys: &Keys, stop: &CancellationToken) {
        let (bell, rung) = mpsc::unbounded_channel();
        let channel = keys.wake();
        let hear = subscribe(link.target(), &channel, |heard| {
            let change = match heard {
                Heard::Subscribed => Change::All,
                Heard::Lost => Change::Lost,
                Heard::Message(text) => match text.strip_prefix("seat ") {
                    Some(id) => Change::Seat(id.to_owned()),
                    None => Change::News,
                },
            };
            if matches!(change, Change::All | Change::News) {
                // It is there for as long as this runs.
                let _ = bell.send(());
            }
            // Nobody listening is no error.
            let _ = self.changes.send(change);
        });
        tokio::select! {
            _ = hear => {}
            () = self.pass_on(link, keys, rung) => {}
            () = stop.cancelled() => {}
        }
    }

    /// Reads the stream on at every ring, and passes it on.
    async fn pass_on(&self, link: &Link, keys: &Keys, mut rung: mpsc::UnboundedReceiver<()>) {
        // From the very first: listeners leave out what they have had.
        let mut last = Id::default();
        while rung.recv().await.is_some() {
            while rung.try_recv().is_ok() {}
            while let Ok(items) = since(link, keys, last).await {
                let Some(newest) = items.last().map(|item| item.id) else {
                    break;
                };
                last = newest;
                for item in items {
                    let _ = self.news.send(Arc::new(item));
                }
            }
        }
    }
}

/// The place of the newest news.
///
/// # Errors
/// When Redis fails.
pub async fn latest(link: &Link, keys: &Keys) -> Result<Id, LinkError> {
    let mut ask = redis::cmd("XREVRANGE");
    ask.arg(keys.news()).arg("+").arg("-").arg("COUNT").arg(1);
    let reply = link.call(&ask).await?;
    let id = items(&reply).pop().map(|item| item.id);
    Ok(id.unwrap_or_default())
}

/// The news behind `after`, as many as are asked for at once.
///
/// # Errors
/// When Redis fails.
pub async fn since(link: &Link, keys: &Keys, after: Id) -> Result<Vec<Item>, LinkError> {
    let mut ask = redis::cmd("XRANGE");
    ask.arg(keys.news()).arg(format!("({after}")).arg("+");
    ask.arg("COUNT").arg(PAGE);
    Ok(items(&link.call(&ask).await?))
}

fn items(reply: &Reply) -> Vec<Item> {
    let entries = reply.as_slice().unwrap_or_default().iter();
    let read = |entry: &Reply| {
        let text = |field: &str| entry_field(entry, field).map(str::to_owned);
        Some(Item {
            id: entry.as_slice()?.first()?.as_str()?.parse().ok()?,
            to: text("to")?,
            what: text("what")?,
            json: text("json")?,
        })
    };
    entries.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_the_streams_order() {
        let id = |text: &str| text.parse::<Id>();
        assert!(id("9-1").unwrap() < id("10-0").unwrap());
        assert!(id("10-2").unwrap() < id("10-10").unwrap());
        assert_eq!(id("7").unwrap().to_string(), "7-0");
        for wrong in [
            "",
            "-",
            "a-1",
            "1-b",
            "1-2-3",
            "$",
            "99999999999999999999-0",
        ] {
            assert!(id(wrong).is_err(), "{wrong}");
        }
    }
}
