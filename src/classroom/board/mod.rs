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
mod site;
mod snapshot;
mod strip;
mod watch;

pub use site::Facts;

use super::{Class, Outline};
use crate::error::Result;
use crate::http::Server;
use crate::lesson::Library;
use catalog::lang::Lang;
use door::Door;
use site::Site;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::watch::Sender;
use tokio_util::sync::CancellationToken;

/// How long a browser may take nothing of what is sent.
const UNREAD: Duration = Duration::from_secs(30);

/// A class's board before it is served.
#[derive(Debug)]
#[must_use = "it is served by run()"]
pub struct Board {
    server: Server,
    site: Arc<Site>,
}

/// What opens the board: see [`Board::key`].
#[derive(Debug, Clone)]
pub struct Key {
    site: Arc<Site>,
    url: String,
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
            lang,
            bound: server.address().ip(),
            door: Door::new(class.code()),
            boards: AtomicUsize::new(0),
            snapshots: Sender::new(None),
            wanted: Notify::new(),
            class,
            stop,
        };
        Ok(Board {
            server,
            site: Arc::new(site),
        })
    }

    /// What opens the board in a browser.
    pub fn key(&self) -> Key {
        Key {
            site: self.site.clone(),
            url: self.server.url(),
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
        format!("{}?token={}", self.url, self.site.door.token())
    }
}
