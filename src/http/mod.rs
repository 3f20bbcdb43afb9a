//! Pages of this machine: the accept loop, who may ask, and how many at once.
//! The upload page, a worker's figures, the course in a browser and the classroom
//! are served by it.

mod connections;
mod guard;
mod language;

pub use connections::{Answering, Peer, Room};
pub use guard::{harden, refusal};
pub use language::language;

use crate::error::{Error, Result};
use axum::Router;
use axum::http::Request;
use catalog::text;
use connections::{Connections, Socket};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long the head of a request may take to arrive, from the first moment.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// An address that is listened on.
#[derive(Debug)]
#[must_use = "it is served by run()"]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    room: Room,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken or not allowed.
    pub async fn bind(address: SocketAddr) -> Result<Server> {
        let failed = |error: std::io::Error| {
            Error::server(text!(
                "cannot listen on {address}",
                "nie można słuchać na {address}"
            ))
            .because(&error)
            .hint(text!(
                "give another port: --port 8001, or --port 0 for any free one",
                "podaj inny port: --port 8001 albo --port 0, czyli dowolny wolny"
            ))
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server {
            listener,
            address,
            room: Room::default(),
        })
    }

    /// The same with room for another number of clients; the system is asked for
    /// as many sockets.
    pub fn with_room(self, room: Room) -> Server {
        raise_file_limit(room.connections);
        Server { room, ..self }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for people.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until `stop`; `unread` is how long a client may take nothing of
    /// what is sent. Each request carries its [`Peer`] as an extension.
    pub async fn run(self, router: Router, unread: Duration, stop: CancellationToken) {
        let connections = Arc::new(Connections::new(self.room));
        let accept = self.accept(&connections, &router, unread, &stop);
        stop.run_until_cancelled(accept).await;
    }

    /// Takes connections and has them answered, for ever.
    async fn accept(
        &self,
        connections: &Arc<Connections>,
        router: &Router,
        unread: Duration,
        stop: &CancellationToken,
    ) {
        loop {
            let Ok((stream, from)) = self.listener.accept().await else {
                // Out of file descriptors, mostly: some will be free soon.
                connections.make_room();
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            // Everybody is busy: nobody is sent away for this one.
            let Some(peer) = connections.admit(from.ip()) else {
                continue;
            };
            // Small answers go at once.
            let _ = stream.set_nodelay(true);
            let stream = Socket::new(stream, unread);
            tokio::spawn(serve(stream, peer, router.clone(), stop.clone()));
        }
    }
}

/// Answers one connection until it ends, is told to go, or the page stops.
async fn serve(stream: Socket, peer: Arc<Peer>, router: Router, stop: CancellationToken) {
    let close = peer.close.clone();
    let router = TowerToHyperService::new(router);
    // As a layer of the router would do it, of which every connection would have
    // a copy of its own.
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        router.call(request)
    });
    // A client that never finishes its request head is cut off.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    // A client that goes away early is no failure of ours.
    let _ = stop
        .run_until_cancelled(close.run_until_cancelled(connection))
        .await;
}

/// File descriptors that are not for clients: files, Redis, standard streams.
#[cfg(unix)]
const OTHER_FILES: u64 = 128;

/// Lets the process have as many sockets as `clients` need, as far as the system
/// allows. Where it does not, idle clients make room.
#[cfg(unix)]
fn raise_file_limit(clients: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = clients as u64 + OTHER_FILES;
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let current = limit.maximum.map_or(wanted, |most| most.min(wanted));
    let raised = Rlimit {
        current: Some(current),
        maximum: limit.maximum,
    };
    let _ = setrlimit(Resource::Nofile, raised);
}

/// Elsewhere sockets are no files.
#[cfg(not(unix))]
fn raise_file_limit(_: usize) {}
