//! What a student's page or terminal asks of a hub, over HTTP. A hub keeps
//! nothing: with another one on the same Redis, any answers as well.
//!
//! | request | answer |
//! |---|---|
//! | `GET /class/info` | what kind of class it is; tells nothing of who is in it |
//! | `POST /class/join` | a seat, for the class's code |
//! | `POST /class/return` | the same seat on another device, for name and PIN |
//! | `GET /class/me` | who this is, and which post was the last |
//! | `POST /class/report` | what has happened; sent twice, it counts once |
//! | `GET`, `PUT /class/progress` | the progress file |
//! | `GET /class/news` | news as they come: server-sent events, or a long poll |

mod entrance;
mod hub;
mod listen;

use self::entrance::{Join, Return, enter};
use self::hub::{Asker, Hub, answer, bytes, read};
use self::listen::news;
use super::class::Class;
use super::pace::{self, Ears, Pace};
use super::problem::Problem;
use super::report::{MOST_EVENTS, Post};
use crate::http::{self, Peer, harden, refusal};
use crate::page;
use crate::session::exercise::progress::{Progress, Unreadable};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, HeaderMap};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use catalog::lang::{Lang, Text};
use catalog::text;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The version of what page and hub say to each other.
const VERSION: u32 = 1;

/// How many bytes a progress file may have.
const MOST_PROGRESS: usize = 256 << 10;

/// How long a student's browser may take nothing of what is sent.
const UNREAD: Duration = Duration::from_secs(30);

/// How many students' connections there is room for: a stream of news and two
/// more each, behind one router.
const ROOM: http::Room = http::Room {
    connections: 6_000,
    of_address: 5_000,
    streams: 3_000,
    streams_of_address: 2_500,
};

/// Serves the students of a class until `stop`.
pub async fn serve(
    server: http::Server,
    class: Arc<Class>,
    allow_hosts: Vec<String>,
    lang: Lang,
    stop: CancellationToken,
) {
    let hub = Arc::new(Hub {
        class,
        allow_hosts,
        lang,
        pace: Pace::default(),
        ears: Ears::default(),
        bound: server.address().ip(),
        stop: stop.clone(),
    });
    let router = Router::new()
        .route("/class/info", get(info))
        .route("/class/join", post(enter::<Join>))
        .route("/class/return", post(enter::<Return>))
        .route("/class/me", get(me))
        .route("/class/report", post(report))
        .route("/class/progress", get(saved).put(save))
        .route("/class/news", get(news))
        .fallback(files)
        .layer(from_fn_with_state(hub.clone(), guard))
        .with_state(hub);
    server.with_room(ROOM).run(router, UNREAD, stop).await;
}

/// Refuses requests that other sites made a browser send, and adds the headers
/// of every answer.
async fn guard(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    request: Request,
    next: Next,
) -> Response {
    let answering = peer.answering();
    let refused = refusal(
        request.method(),
        request.headers(),
        hub.bound,
        &hub.allow_hosts,
    );
    let mut response = match refused {
        Some((status, reason)) => (status, format!("{reason}\n")).into_response(),
        None => next.run(request).await,
    };
    harden(response.headers_mut(), page::POLICY);
    response.map(|body| answering.with(body))
}

/// `GET /class/info`.
async fn info(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    headers: HeaderMap,
) -> Response {
    let about = async {
        hub.stranger(&peer)?;
        let facts = hub.class.facts().await?;
        Ok(json!({
            "version": VERSION,
            "sections": hub.class.sections(),
            "names": hub.class.names().word(),
            // The page says that whoever shares the network can read along.
            "plain": true,
            "ended": facts.is_empty() || facts.contains_key("ended"),
        }))
    };
    answer(hub.lang(&headers), about.await)
}

/// `GET /class/me`.
async fn me(State(hub): State<Arc<Hub>>, Asker { device, lang }: Asker) -> Response {
    answer(lang, hub.class.me(&device).await)
}

/// `POST /class/report`.
async fn report(
    State(hub): State<Arc<Hub>>,
    Asker { device, lang }: Asker,
    body: Body,
) -> Response {
    let taken = async {
        let post: Post = read(body).await?;
        if post.events.len() > MOST_EVENTS {
            return Err(Problem::Malformed(text!(
                "a post has {MOST_EVENTS} events at most",
                "jedno zgłoszenie ma najwyżej {MOST_EVENTS} zdarzeń"
            )));
        }
        let cost = post.events.len() as u32;
        hub.pace.take(&device.seat, cost, pace::OF_SEAT)?;
        hub.class.report(&device, &post).await?;
        Ok(json!({ "post": post.post }))
    };
    answer(lang, taken.await)
}

/// `PUT /class/progress`.
async fn save(State(hub): State<Arc<Hub>>, Asker { device, lang }: Asker, body: Body) -> Response {
    let saved = async {
        let file = bytes(body, MOST_PROGRESS).await?;
        hub.pace.take(&device.seat, 10, pace::OF_SEAT)?;
        match Progress::parse(&file) {
            Ok(_) => hub.class.save(&device, &file).await?,
            Err(Unreadable::Damaged(why)) => return Err(Problem::Malformed(Text::same(why))),
            Err(Unreadable::Newer(version)) => {
                return Err(Problem::Malformed(text!(
                    "a newer redis-lab wrote this progress (version {version})",
                    "te postępy zapisał nowszy redis-lab (wersja {version})"
                )));
            }
        }
        Ok(json!({}))
    };
    answer(lang, saved.await)
}

/// `GET /class/progress`.
async fn saved(State(hub): State<Arc<Hub>>, Asker { device, lang }: Asker) -> Response {
    match hub.class.saved(&device.seat).await {
        Ok(Some(file)) => ([(CONTENT_TYPE, "application/json")], file).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => Problem::from(error).answer(lang),
    }
}

/// The page's files; without them, how to join all the same.
async fn files(State(hub): State<Arc<Hub>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let (path, headers) = (request.uri().path(), request.headers());
    let module = page::module().ok();
    if module.is_some() || path != "/" {
        return page::file(path, headers, module, true);
    }
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or("HOST");
    let text = text!(
        hub.lang(request.headers()),
        "The teacher's redis-lab was built without the page.\nJoin from a terminal: redis-lab join http://{host}/\n",
        "redis-lab nauczyciela został zbudowany bez strony.\nDołącz z terminala: redis-lab join http://{host}/\n"
    );
    text.into_response()
}
