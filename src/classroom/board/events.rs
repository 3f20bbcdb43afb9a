//! What goes to the board's page as server-sent events: the class as it
//! changes, and the commands of Redis that it is made of.

use super::site::{Site, language};
use super::snapshot::Snapshot;
use super::strip::{self, Second};
use crate::conn::Connection;
use crate::http::Peer;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use catalog::lang::Lang;
use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use resp::Reply;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a page hears at least that the program is there.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What a page wants to hear.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// `projector`: without names.
    view: Option<String>,
    /// 1: the commands, too.
    #[serde(default)]
    strip: u8,
    lang: Option<String>,
}

type Told = Result<Event, Infallible>;

/// `GET /board/events`.
pub(super) async fn events(
    State(site): State<Arc<Site>>,
    Extension(peer): Extension<Arc<Peer>>,
    Query(wanted): Query<Wanted>,
) -> Response {
    if !peer.begin_stream() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let lang = language(wanted.lang.as_deref());
    let tell: Tell = match wanted.view.as_deref() {
        Some("projector") => Tell::View,
        _ => Tell::Board,
    };
    let states = states(site.clone(), tell).boxed();
    let told = match wanted.strip {
        0 => states,
        _ => stream::select(states, commands(site.clone(), lang)).boxed(),
    };
    // The stream of a program that stops ends; the page tries again by itself.
    let stop = site.stop.clone();
    let told = told.take_until(async move { stop.cancelled().await });
    let alive = KeepAlive::new().interval(HEARTBEAT);
    Sse::new(told).keep_alive(alive).into_response()
}

/// For whom events are.
#[derive(Debug, Clone, Copy)]
enum Tell {
    Board,
    View,
}

impl Tell {
    fn tell(self, now: &Snapshot, before: Option<&Snapshot>) -> Option<Event> {
        let (name, value) = match (self, before) {
            (Tell::Board, None) => ("state", now.whole()),
            (Tell::Board, Some(before)) => ("state", now.since(before)?),
            (Tell::View, before) => {
                let view = now.view();
                if before.is_some_and(|before| before.view() == view) {
                    return None;
                }
                ("view", view)
            }
        };
        Some(event(name, &value))
    }
}

fn event(name: &str, value: &Value) -> Event {
    Event::default().event(name).data(value.to_string())
}

/// A page that shows the board, until it is dropped.
#[derive(Debug)]
struct Shown(Arc<Site>);

impl Shown {
    fn new(site: Arc<Site>) -> Shown {
        site.boards.fetch_add(1, Ordering::Relaxed);
        Shown(site)
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.boards.fetch_sub(1, Ordering::Relaxed);
        // A look over a shoulder may have nobody left who looks.
        self.0.wanted.notify_one();
    }
}

/// The class: whole at first, then what changes.
fn states(site: Arc<Site>, tell: Tell) -> impl Stream<Item = Told> {
    let snapshots = site.watch();
    let shown = matches!(tell, Tell::Board).then(|| Shown::new(site));
    stream::unfold(
        (snapshots, None, shown),
        move |(mut snapshots, before, shown)| async move {
            let mut before: Option<Arc<Snapshot>> = before;
            loop {
                snapshots.changed().await.ok()?;
                let now = snapshots.borrow_and_update().clone();
                let Some(now) = now else { continue };
                let told = tell.tell(&now, before.as_deref());
                before = Some(now);
                if let Some(event) = told {
                    return Some((Ok(event), (snapshots, before, shown)));
                }
            }
        },
    )
}

/// The commands of each second; why there are none, where they cannot be had.
fn commands(site: Arc<Site>, lang: Lang) -> impl Stream<Item = Told> {
    let opened = async move {
        match strip::monitor(site.class.link().target()).await {
            Ok(connection) => seconds(connection, site.class.keys().class()).boxed(),
            Err(why) => {
                let told = event("commands", &json!({ "why": why.pick(lang) }));
                stream::once(async move { Ok(told) }).boxed()
            }
        }
    };
    stream::once(opened).flatten()
}

/// Gathers commands for a second each; of quiet seconds in a row one is told.
fn seconds(connection: Connection, class: String) -> impl Stream<Item = Told> {
    let tick = tokio::time::interval(Duration::from_secs(1));
    let begun = (connection, tick, false);
    stream::unfold(begun, move |(mut connection, mut tick, was_quiet)| {
        let class = class.clone();
        async move {
            let mut second = Second::default();
            loop {
                tokio::select! {
                    heard = connection.receive() => {
                        if let Reply::Status(line) = heard.ok()? {
                            second.add(&line, &class);
                        }
                    }
                    _ = tick.tick() => {
                        let quiet = second.is_empty();
                        if quiet && was_quiet {
                            continue;
                        }
                        let told = event("commands", &json!(second));
                        return Some((Ok(told), (connection, tick, quiet)));
                    }
                }
            }
        }
    })
}
