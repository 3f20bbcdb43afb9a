//! The web page: upload images, watch their jobs, download the results.
//!
//! Server-rendered HTML that works without JavaScript; the script only makes
//! it livelier (server-sent events, drag and drop). Assets are in the binary.
//! `POST /` and `GET /task/<id>` answer as the source lab's Django views do.

mod action;
mod guard;
mod media;
mod page;
mod status;
mod upload;

use super::events::Feed;
use super::queue::Queue;
use super::schedule;
use super::store::Stores;
use super::thumbnailer::Limits;
use crate::error::{Error, Result};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use catalog::lang::Lang;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How many connections may be open at once.
const MAX_CONNECTIONS: usize = 512;

/// How long the head of a request may take to arrive.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How the page behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Language of a visitor who asks for none.
    pub lang: Lang,
    /// What one image may cost.
    pub limits: Limits,
    /// How many images one upload may have.
    pub max_files: usize,
    /// How many bytes one upload may have.
    pub max_upload: usize,
    /// How many uploads may arrive at the same time.
    pub max_uploads: usize,
    /// How long nothing may arrive in the middle of an upload.
    pub stall: Duration,
    /// How long one upload may take in all.
    pub upload_time: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            lang: Lang::En,
            limits: Limits::default(),
            max_files: 20,
            max_upload: 256 << 20,
            max_uploads: 8,
            stall: Duration::from_secs(10),
            upload_time: Duration::from_secs(120),
        }
    }
}

/// What the handlers share.
#[derive(Debug)]
struct Site {
    queue: Arc<Queue>,
    stores: Arc<Stores>,
    feed: Feed,
    schedule: Vec<schedule::Entry>,
    config: Config,
    uploads: Semaphore,
    counters: Counters,
    stop: CancellationToken,
}

/// What `/metrics` counts.
#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    uploads: AtomicU64,
    uploaded_bytes: AtomicU64,
    refused: AtomicU64,
}

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
            Error::server((
                format!("cannot listen on {address}: {error}"),
                format!("nie można słuchać na {address}: {error}"),
            ))
            .hint((
                "give another port: --port 8001, or --port 0 for any free one",
                "podaj inny port: --port 8001 albo --port 0, czyli dowolny wolny",
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
        let site = Arc::new(Site {
            queue,
            stores,
            feed,
            schedule,
            uploads: Semaphore::new(config.max_uploads),
            config,
            counters: Counters::default(),
            stop: stop.clone(),
        });
        let router = router(site, self.address);
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let accept = async {
            loop {
                let Ok(slot) = slots.clone().acquire_owned().await else {
                    return;
                };
                let Ok((stream, _)) = self.listener.accept().await else {
                    // Out of file descriptors, mostly: some will be free soon.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                };
                // Small answers go at once.
                let _ = stream.set_nodelay(true);
                let service = TowerToHyperService::new(router.clone());
                let stop = stop.clone();
                tokio::spawn(async move {
                    let mut http = auto::Builder::new(TokioExecutor::new());
                    // A client that never finishes its request head is cut off.
                    http.http1()
                        .timer(TokioTimer::new())
                        .header_read_timeout(HEADER_TIMEOUT);
                    let connection = http.serve_connection(TokioIo::new(stream), service);
                    // A client that goes away early is no failure of ours.
                    let _ = stop.run_until_cancelled(connection).await;
                    drop(slot);
                });
            }
        };
        stop.run_until_cancelled(accept).await;
    }
}

fn router(site: Arc<Site>, address: SocketAddr) -> Router {
    Router::new()
        .route("/", get(page::home).post(upload::receive))
        .route("/live", get(page::live))
        .route("/task/{id}", get(status::task))
        .route("/task/{id}/{action}", post(action::act))
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
