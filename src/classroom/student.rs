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

use super::class::Class;
use super::entry::{Device, Joined};
use super::news::{Id, Item};
use super::pace::{self, Ear, Ears, Pace};
use super::problem::Problem;
use super::report::{MOST_EVENTS, Post};
use crate::http::{self, Peer, harden, refusal};
use crate::page;
use crate::session::exercise::progress::{Progress, Unreadable};
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use catalog::lang::{Lang, Text};
use catalog::text;
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// The version of what page and hub say to each other.
const VERSION: u32 = 1;

/// How many bytes a request may have, and a progress file.
const MOST: usize = 64 << 10;
const MOST_PROGRESS: usize = 256 << 10;

/// How long a request may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// How often a stream without news says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How long a poll waits for news, in seconds, at most.
const LONGEST_POLL: u64 = 20;

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

/// What the students of a class ask.
#[derive(Debug)]
pub struct Hub {
    class: Arc<Class>,
    /// Names under which it is reached besides those of this machine.
    allow_hosts: Vec<String>,
    /// The language of who asks for none.
    lang: Lang,
    pace: Pace,
    ears: Ears,
    bound: IpAddr,
    stop: CancellationToken,
}

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
        .route("/class/join", post(join))
        .route("/class/return", post(come_back))
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

/// Who asks: the seat, and in which language an answer is read.
struct Asker {
    device: Device,
    lang: Lang,
}

impl Hub {
    /// The language of somebody without a seat.
    fn lang(&self, headers: &HeaderMap) -> Lang {
        http::language(headers).unwrap_or(self.lang)
    }

    /// Counts a request of somebody without a seat.
    fn stranger(&self, peer: &Peer) -> Result<(), Problem> {
        let address = format!("address {}", peer.address);
        self.pace.take(&address, 1, pace::OF_ADDRESS)
    }

    /// Whose request this is.
    async fn asker(&self, headers: &HeaderMap, peer: &Peer) -> Result<Asker, Problem> {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let found = match token {
            // The seat that is named is asked for at a student's pace, whether
            // it is his or not.
            Some(token) => {
                let seat = token.split('.').next().unwrap_or_default();
                let who = format!("{} {}", peer.address, &seat[..seat.len().min(16)]);
                self.pace.take(&who, 1, pace::OF_SEAT)?;
                self.class.device(token).await
            }
            None => Err(Problem::Stranger),
        };
        match found {
            Ok((device, lang)) => Ok(Asker { device, lang }),
            Err(problem) => {
                self.stranger(peer)?;
                Err(problem)
            }
        }
    }
}

/// An answer, or why there is none in the asker's language.
fn answer(lang: Lang, result: Result<Value, Problem>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(problem) => problem.answer(lang),
    }
}

/// The body of a request, if it arrives in time and is not too long.
async fn bytes(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    match timeout(ARRIVAL, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(_)) => Err(Problem::TooLong(most)),
        Err(_) => Err(Problem::Malformed(text!(
            "it took too long to arrive",
            "zbyt długo nadchodziło"
        ))),
    }
}

async fn read<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let bytes = bytes(body, MOST).await?;
    // What the parser says is for whoever wrote the program that asks.
    let malformed = |error: serde_json::Error| Problem::Malformed(Text::same(error.to_string()));
    serde_json::from_slice(&bytes).map_err(malformed)
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

#[derive(Debug, Deserialize)]
struct JoinRequest {
    code: String,
    name: Option<String>,
    lang: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ReturnRequest {
    code: String,
    name: String,
    pin: String,
    lang: Option<String>,
}

fn wanted(lang: Option<&str>) -> Option<Lang> {
    Lang::ALL.into_iter().find(|own| Some(own.code()) == lang)
}

/// `POST /class/join`.
async fn join(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut lang = hub.lang(&headers);
    let joined = async {
        hub.stranger(&peer)?;
        let wish: JoinRequest = read(body).await?;
        lang = wanted(wish.lang.as_deref()).unwrap_or(lang);
        let name = wish.name.as_deref();
        let address = format!("join {}", peer.address);
        hub.pace.take(&address, 1, pace::JOINS)?;
        let joined = hub.class.join(&wish.code, name, lang, peer.address);
        welcome(&hub, joined.await?).await
    };
    let joined = joined.await;
    answer(lang, joined)
}

/// `POST /class/return`.
async fn come_back(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut lang = hub.lang(&headers);
    let joined = async {
        hub.stranger(&peer)?;
        let wish: ReturnRequest = read(body).await?;
        lang = wanted(wish.lang.as_deref()).unwrap_or(lang);
        let (name, pin) = (wish.name.as_str(), wish.pin.trim());
        let joined = hub.class.come_back(&wish.code, name, pin, peer.address);
        welcome(&hub, joined.await?).await
    };
    let joined = joined.await;
    answer(lang, joined)
}

/// What a student gets who is in: what `me` tells, token and PIN.
async fn welcome(hub: &Hub, joined: Joined) -> Result<Value, Problem> {
    let mut told = hub.class.me(&joined.device()).await?;
    told["token"] = Value::from(joined.token);
    told["name"] = Value::from(joined.name);
    told["pin"] = Value::from(joined.pin);
    Ok(told)
}

/// `GET /class/me`.
async fn me(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    headers: HeaderMap,
) -> Response {
    match hub.asker(&headers, &peer).await {
        Ok(Asker { device, lang }) => answer(lang, hub.class.me(&device).await),
        Err(problem) => problem.answer(hub.lang(&headers)),
    }
}

/// `POST /class/report`.
async fn report(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Asker { device, lang } = match hub.asker(&headers, &peer).await {
        Ok(asker) => asker,
        Err(problem) => return problem.answer(hub.lang(&headers)),
    };
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
async fn save(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Asker { device, lang } = match hub.asker(&headers, &peer).await {
        Ok(asker) => asker,
        Err(problem) => return problem.answer(hub.lang(&headers)),
    };
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
async fn saved(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    headers: HeaderMap,
) -> Response {
    let saved = async {
        let asker = hub.asker(&headers, &peer).await?;
        Ok::<_, Problem>(hub.class.saved(&asker.device.seat).await?)
    };
    match saved.await {
        Ok(Some(file)) => ([(CONTENT_TYPE, "application/json")], file).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(problem) => problem.answer(hub.lang(&headers)),
    }
}

#[derive(Debug, Deserialize)]
struct NewsQuery {
    /// The place of the news that were heard last.
    after: Option<String>,
    /// How many seconds a poll waits.
    #[serde(default)]
    wait: u64,
}

/// `GET /class/news`.
async fn news(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    Query(query): Query<NewsQuery>,
    headers: HeaderMap,
) -> Response {
    let Asker { device, lang } = match hub.asker(&headers, &peer).await {
        Ok(asker) => asker,
        Err(problem) => return problem.answer(hub.lang(&headers)),
    };
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
        Ok(Listener {
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
        Err(problem) => return Problem::answer(&problem, lang),
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
    response.headers_mut().insert(
        "x-accel-buffering",
        axum::http::HeaderValue::from_static("no"),
    );
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
