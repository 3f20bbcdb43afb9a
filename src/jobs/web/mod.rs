//! The web page: upload images, watch their jobs, download the results.
//!
//! Server-rendered HTML that works without JavaScript; the script only makes
//! it livelier (server-sent events, drag and drop). Assets are in the binary.
//! `POST /` and `GET /task/<id>` answer as the source lab's Django views do.

mod act;
mod action;
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
use crate::error::Result;
use crate::http;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use site::{Counters, Site};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use usage::Usage;

/// How long nothing may be taken of what a worker counts.
const UNREAD: Duration = Duration::from_secs(10);

/// The upload page before it is served.
#[derive(Debug)]
#[must_use = "the page is served by run()"]
pub struct Server(http::Server);

impl Server {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken or not allowed.
    pub async fn bind(address: SocketAddr) -> Result<Server> {
        http::Server::bind(address).await.map(Server)
    }

    /// The page's address for people.
    pub fn url(&self) -> String {
        self.0.url()
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
        let router = router(site, self.0.address());
        self.0.run(router, unread, stop).await;
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
    let server = http::Server::bind(address).await?;
    let url = format!("{}metrics", server.url());
    let router = Router::new()
        .route("/metrics", get(status::of_worker))
        .with_state(metrics);
    tokio::spawn(server.run(router, UNREAD, stop));
    Ok(url)
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
