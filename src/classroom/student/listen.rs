//! The news as a student hears them: those that were missed, and then those
//! that come, as a stream or by asking again and again.

use super::hub::{Asker, Hub};
use crate::classroom::news::{Id, Item};
use crate::classroom::pace::Ear;
use crate::classroom::problem::Problem;
use crate::http::Peer;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use catalog::lang::Text;
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, timeout_at};

/// How often a stream without news says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How long a poll waits for news, in seconds, at most.
const LONGEST_POLL: u64 = 20;

#[derive(Debug, Deserialize)]
pub(super) struct NewsQuery {
    /// The place of the news that were heard last.
    after: Option<String>,
    /// How many seconds a poll waits.
    #[serde(default)]
    wait: u64,
}

/// `GET /class/news`.
pub(super) async fn news(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    Query(query): Query<NewsQuery>,
    Asker { device, lang }: Asker,
    headers: HeaderMap,
) -> Response {
    let wants_stream = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"));
    let listening = async {
        let ear = hub.ears.open(&device.seat)?;
        let live = hub.class.feed().news();
        let after = match &query.after {
            Some(text) => text
                .parse()
                .map_err(|_| Problem::Malformed(Text::same("after=?")))?,
            None => hub.class.latest().await?,
        };
        Ok::<_, Problem>(Listener {
            hub: hub.clone(),
            seat: device.seat,
            read: after,
            live,
            waiting: VecDeque::new(),
            is_behind: true,
            is_over: false,
            _ear: ear,
        })
    };
    let mut listener = match listening.await {
        Ok(listener) => listener,
        Err(problem) => return problem.answer(lang),
    };
    if !wants_stream {
        let wait = Duration::from_secs(query.wait.min(LONGEST_POLL));
        let found = listener.poll(Instant::now() + wait).await;
        let news: Vec<&Value> = found.iter().collect();
        let told = json!({ "after": listener.read.to_string(), "news": news });
        return Json(told).into_response();
    }
    if !peer.begin_stream() {
        return Problem::TooOften(5).answer(lang);
    }
    let alive = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(listener.events())
        .keep_alive(alive)
        .into_response();
    // nginx holds answers back unless it is told not to.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Somebody who hears the news: first those that were missed, then those that
/// come, each once and in order.
struct Listener {
    hub: Arc<Hub>,
    seat: String,
    /// Up to which place everything is read.
    read: Id,
    live: Receiver<Arc<Item>>,
    waiting: VecDeque<Item>,
    /// The stream has to be asked.
    is_behind: bool,
    /// There will be nothing more for this seat.
    is_over: bool,
    _ear: Ear,
}

impl Listener {
    /// The next of the news; `None` when there are no more.
    async fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.waiting.pop_front() {
                self.is_over |= matches!(item.what.as_str(), "removed" | "ended");
                return Some(item);
            }
            if self.is_over {
                return None;
            }
            if self.is_behind {
                match self.hub.class.missed(&self.seat, self.read).await {
                    Ok((items, read)) => {
                        self.waiting.extend(items);
                        (self.read, self.is_behind) = (read, false);
                        continue;
                    }
                    // Redis is gone: the feed rings when it is there again.
                    Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
                }
            }
            let stop = self.hub.stop.clone();
            if self.is_behind {
                continue;
            }
            match stop.run_until_cancelled(self.live.recv()).await? {
                Ok(item) if item.id > self.read => {
                    self.read = item.id;
                    if item.is_for(&self.seat) {
                        self.waiting.push_back(Item::clone(&item));
                    }
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.is_behind = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// What there is by then, as soon as there is something.
    async fn poll(&mut self, until: Instant) -> Vec<Value> {
        let mut found = Vec::new();
        // The stream is asked in any case, however short the wait.
        let until = until.max(Instant::now() + Duration::from_millis(200));
        while let Ok(Some(item)) = timeout_at(until, self.next()).await {
            found.extend(serde_json::from_str(&item.json).ok());
            if self.waiting.is_empty() {
                break;
            }
        }
        found
    }

    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        // Something at once: whoever waits for it knows that the stream is open.
        let hello = stream::once(async { Ok(Event::default().comment("redis-lab")) });
        let news = stream::unfold(self, |mut listener| async move {
            let item = listener.next().await?;
            let event = Event::default().id(item.id.to_string()).data(item.json);
            Some((Ok(event), listener))
        });
        stream::StreamExt::chain(hello, news)
    }
}
