//! The teacher's board: a page on a port of its own, on loopback, which shows
//! who is where and who is stuck, and from which a class is led.
//!
//! Its files are in `assets`. It shows nothing that is not in Redis, and keeps
//! nothing but what it has shown last.

mod act;
mod answer;
mod door;
mod events;
mod order;
mod routes;
mod seat;
mod snapshot;
mod strip;
mod watch;

use super::{Class, Outline};
use crate::conn::link::LinkError;
use crate::error::Result;
use crate::http::Server;
use crate::lesson::Library;
use catalog::lang::Lang;
use door::Door;
use snapshot::Snapshot;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch as channel};
use tokio_util::sync::CancellationToken;

/// How long a browser may take nothing of what is sent.
const UNREAD: Duration = Duration::from_secs(30);

/// What the board says of the class that is not in its Redis.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The addresses at which students join, the best one first.
    pub addresses: Vec<String>,
    /// The command that opens a shell on the class's Redis.
    pub shell: Option<String>,
}

/// A class's board before it is served.
#[derive(Debug)]
#[must_use = "it is served by run()"]
pub struct Board {
    server: Server,
    site: Arc<Site>,
    lang: Lang,
}

/// What opens the board: see [`Board::key`].
#[derive(Debug, Clone)]
pub struct Key {
    site: Arc<Site>,
    url: String,
    lang: Lang,
}

/// What the handlers share.
#[derive(Debug)]
struct Site {
    class: Arc<Class>,
    facts: Facts,
    /// The class's outline in English and in Polish.
    outlines: [Outline; 2],
    /// The IDs of the exercises, in order.
    exercises: Vec<String>,
    bound: IpAddr,
    door: Door,
    snapshots: channel::Sender<Option<Arc<Snapshot>>>,
    /// Somebody has begun to look.
    wanted: Notify,
    stop: CancellationToken,
}

impl Board {
    /// Listens on a port of loopback; 0 takes a free one. `lang` is the
    /// teacher's, as far as the browser has not another one chosen.
    ///
    /// # Errors
    /// When the port is taken, or a lesson cannot be read.
    pub async fn bind(
        port: u16,
        class: Arc<Class>,
        library: &Library,
        facts: Facts,
        lang: Lang,
        stop: CancellationToken,
    ) -> Result<Board> {
        let server = Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let outline = |lang| Outline::load(library, class.sections(), lang);
        let outlines = [outline(Lang::En)?, outline(Lang::Pl)?];
        let exercises = outlines[0].exercises();
        let site = Site {
            exercises: exercises.map(|(_, task)| task.id.clone()).collect(),
            outlines,
            facts,
            bound: server.address().ip(),
            door: Door::new(class.code()),
            snapshots: channel::Sender::new(None),
            wanted: Notify::new(),
            class,
            stop,
        };
        Ok(Board {
            server,
            site: Arc::new(site),
            lang,
        })
    }

    /// What opens the board in a browser.
    pub fn key(&self) -> Key {
        Key {
            site: self.site.clone(),
            url: self.server.url(),
            lang: self.lang,
        }
    }

    /// Serves the board until it is to stop.
    pub async fn run(self) {
        let router = routes::router(self.site.clone());
        let stop = self.site.stop.clone();
        tokio::select! {
            () = self.server.run(router, UNREAD, stop) => {}
            () = watch::keep(&self.site) => {}
        }
    }
}

impl Key {
    /// A link that opens the board in one browser, once. The link before it,
    /// if it was not used, opens nothing any more.
    pub fn link(&self) -> String {
        let token = self.site.door.token();
        format!("{}?token={token}&lang={}", self.url, self.lang)
    }
}

impl Site {
    fn outline(&self, lang: Lang) -> &Outline {
        let [english, polish] = &self.outlines;
        lang.pick(english, polish)
    }

    /// Snapshots from a new one on.
    fn watch(&self) -> channel::Receiver<Option<Arc<Snapshot>>> {
        let mut snapshots = self.snapshots.subscribe();
        self.wanted.notify_one();
        // What was shown to others last comes first, and is followed by what is new.
        if snapshots.borrow().is_some() && self.snapshots.receiver_count() > 1 {
            snapshots.mark_changed();
        } else {
            snapshots.mark_unchanged();
        }
        snapshots
    }

    /// The class as it is now.
    async fn now(&self) -> std::result::Result<Snapshot, LinkError> {
        watch::Known::default()
            .refresh(self, &watch::Stale::All)
            .await
    }
}

/// The language that an address asks for.
fn language(code: Option<&str>) -> Lang {
    let asked = Lang::ALL.into_iter().find(|lang| Some(lang.code()) == code);
    asked.unwrap_or_default()
}
