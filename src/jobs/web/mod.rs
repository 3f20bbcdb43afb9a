//! The web page: upload images, watch their jobs, download the results.
//!
//! Server-rendered HTML that works without JavaScript; the script only makes
//! it livelier (server-sent events, drag and drop). Assets are in the binary.
//! `POST /` and `GET /task/<id>` answer as the source lab's Django views do.

mod act;
mod action;
mod connections;
mod guard;
mod media;
mod page;
mod site;
mod status;
mod upload;
mod usage;
mod visitor;

pub use site::Config;

use super::events::Feed;
use super::metrics::Metrics;
use super::queue::Queue;
use super::schedule;
use super::store::Stores;
use crate::error::{Error, Result};
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Extension, Router};
use catalog::text;
use connections::{Connections, Peer, Socket};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use site::{Counters, Site};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use usage::Usage;

/// How long the head of a request may take to arrive, from the first moment.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// A page that is being served.
#[derive(Debug)]
#[must_use = "the page is served by run()"]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken or not allowed.
    pub async fn bind(address: SocketAddr) -> Result<Server> {
        let failed = |error: std::io::Error| {
            Error::server(text!(
                "cannot listen on {address}: {error}",
                "nie można słuchać na {address}: {error}"
            ))
            .hint(text!(
                "give another port: --port 8001, or --port 0 for any free one",
                "podaj inny port: --port 8001 albo --port 0, czyli dowolny wolny"
            ))
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server { listener, address })
    }

    /// The page's address for people.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until `stop`.
    pub async fn run(
        self,
        queue: Arc<Queue>,
        stores: Arc<Stores>,
        feed: Feed,
        schedule: Vec<schedule::Entry>,
        config: Config,
        stop: CancellationToken,
    ) {
        let connections = Arc::new(Connections::default());
        let unread = config.unread;
        let site = Arc::new(Site {
            queue,
            stores,
            feed,
            schedule,
            uploads: Semaphore::new(config.max_uploads),
            whole: Semaphore::new(1),
            usage: Usage::default(),
            wrong_passwords: Mutex::default(),
            config,
            counters: Counters::default(),
            stop: stop.clone(),
        });
        let router = router(site, self.address);
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

/// Serves what a worker counts, at `/metrics`, until `stop`; gives its address
/// for people.
///
/// # Errors
/// When the port is taken or not allowed.
pub async fn serve_metrics(
    address: SocketAddr,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) -> Result<String> {
    let server = Server::bind(address).await?;
    let url = format!("{}metrics", server.url());
    let router = Router::new()
        .route("/metrics", get(status::of_worker))
        .with_state(metrics);
    tokio::spawn(async move {
        let connections = Arc::new(Connections::default());
        let accept = server.accept(&connections, &router, HEADER_TIMEOUT, &stop);
        stop.run_until_cancelled(accept).await;
    });
    Ok(url)
}

/// Answers one connection until it ends, is told to go, or the page stops.
async fn serve(stream: Socket, peer: Arc<Peer>, router: Router, stop: CancellationToken) {
    let close = peer.close.clone();
    let service = TowerToHyperService::new(router.layer(Extension(peer)));
    let mut http = auto::Builder::new(TokioExecutor::new()).http1_only();
    // A client that never finishes its request head is cut off.
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    // A client that goes away early is no failure of ours.
    let _ = stop
        .run_until_cancelled(close.run_until_cancelled(connection))
        .await;
}

fn router(site: Arc<Site>, address: SocketAddr) -> Router {
    Router::new()
        .route("/", get(page::home).post(upload::receive))
        .route("/live", get(page::live))
        .route("/task/{id}", get(status::task))
        .route("/task/{id}/{action}", post(act::act))
        .route("/events", get(status::events))
        .route("/media/{id}/{name}", get(media::file))
        .route("/static/{name}", get(media::asset))
        .route("/healthz", get(status::health))
        .route("/metrics", get(status::metrics))
        .fallback(page::not_found)
        .layer(DefaultBodyLimit::max(site.config.max_upload))
        .layer(axum::middleware::from_fn_with_state(
            (site.clone(), address),
            guard::guard,
        ))
        .with_state(site)
}
