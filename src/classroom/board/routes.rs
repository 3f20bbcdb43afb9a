//! The board's addresses: its page, and what the page asks for.

use super::act::{Act, gone};
use super::answer::Fault;
use super::events;
use super::site::{Site, language};
use crate::classroom::{export, qr as code, secret};
use crate::http::{Peer, harden, refusal};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use catalog::lang::Lang;
use catalog::text;
use serde::Deserialize;
use std::sync::Arc;

/// What the page may load: its own files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// How many bytes the body of a request may have.
const BODY: usize = 16 << 10;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const PICTURE: &str = "image/svg+xml";
const PAGE: &str = "text/html; charset=utf-8";

macro_rules! asset {
    ($name:literal, $kind:expr) => {
        ($name, $kind, include_str!(concat!("assets/", $name)))
    };
}

/// The page's files: name, media type, text.
const ASSETS: &[(&str, &str, &str)] = &[
    asset!("board.html", PAGE),
    asset!("board.css", STYLE),
    asset!("board.js", SCRIPT),
    asset!("link.js", SCRIPT),
    asset!("projector.css", STYLE),
    asset!("projector.html", PAGE),
    asset!("projector.js", SCRIPT),
    asset!("rows.js", SCRIPT),
    asset!("seat.js", SCRIPT),
    asset!("strip.js", SCRIPT),
    asset!("words.js", SCRIPT),
    (
        "icon.svg",
        PICTURE,
        include_str!("../../page/assets/icon.svg"),
    ),
];

/// What an address may say.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    token: Option<String>,
    lang: Option<String>,
}

impl Asked {
    fn lang(&self) -> Lang {
        language(self.lang.as_deref())
    }
}

pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(|| async { asset("board.html") }))
        .route("/projector", get(|| async { asset("projector.html") }))
        .route("/qr.svg", get(qr))
        .route("/board/alive", get(|| async { StatusCode::NO_CONTENT }))
        .route("/board/course", get(course))
        .route("/board/state", get(state))
        .route("/board/events", get(events::events))
        .route("/board/seat/{id}", get(seat))
        .route("/board/act", post(act))
        .route("/board/export.csv", get(csv))
        .route("/board/progress/{file}", get(progress))
        .route("/{name}", get(file))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn_with_state(site.clone(), guard))
        .with_state(site)
}

/// Lets in who has the cookie, and gives it to who comes with the link.
async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Arc<Peer>>().cloned();
    let answering = peer.as_ref().map(Peer::answering);
    let mut response = admitted(&site, request, next).await;
    harden(response.headers_mut(), POLICY);
    // Another page of this machine cannot load any of it.
    response.headers_mut().insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    match answering {
        Some(answering) => response.map(|body| answering.with(body)),
        None => response,
    }
}

async fn admitted(site: &Site, request: Request, next: Next) -> Response {
    let (method, headers) = (request.method(), request.headers());
    if let Some((status, reason)) = refusal(method, headers, site.bound, &[]) {
        return (status, format!("{reason}\n")).into_response();
    }
    let asked: Query<Asked> = Query::try_from_uri(request.uri()).unwrap_or_default();
    let known = match site.door.knows(&site.class, headers).await {
        Ok(known) => known,
        Err(error) => return Fault::from(error).answer(asked.lang()),
    };
    let token = asked.token.as_deref().filter(|_| method == Method::GET);
    match token {
        // The address is left behind: it opens nothing any more.
        Some(_) if known => onwards(site.lang, None),
        Some(token) if site.door.opens(token) => match site.door.admit(&site.class).await {
            Ok(cookie) => onwards(site.lang, Some(&cookie)),
            Err(error) => Fault::from(error).answer(asked.lang()),
        },
        _ if known => next.run(request).await,
        _ => closed(),
    }
}

/// To the board itself, in the teacher's language.
fn onwards(lang: Lang, cookie: Option<&str>) -> Response {
    let address = lang.pick("/?lang=en", "/?lang=pl");
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response();
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(cookie).ok()) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// What a stranger sees.
fn closed() -> Response {
    let text = "This is the board of a class. It opens with the link that the class's terminal prints; \
                each link opens it once.\n\
                To jest tablica klasy. Otwiera ją link, który wypisuje terminal klasy; \
                każdy link działa jeden raz.\n";
    (StatusCode::FORBIDDEN, text).into_response()
}

fn asset(name: &str) -> Response {
    match ASSETS.iter().find(|(own, _, _)| *own == name) {
        Some((_, kind, text)) => {
            ([(CONTENT_TYPE, HeaderValue::from_static(kind))], *text).into_response()
        }
        None => (StatusCode::NOT_FOUND, "there is no such file\n").into_response(),
    }
}

async fn file(Path(name): Path<String>) -> Response {
    asset(&name)
}

/// The address with the code, for phones.
async fn qr(State(site): State<Arc<Site>>) -> Response {
    let address = site.facts.addresses.first();
    let join = address.map(|url| format!("{url}?code={}", site.class.code()));
    match join.and_then(|join| code::svg(&join)) {
        Some(svg) => ([(CONTENT_TYPE, HeaderValue::from_static(PICTURE))], svg).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn course(State(site): State<Arc<Site>>, Query(asked): Query<Asked>) -> Response {
    Json(site.outline(asked.lang())).into_response()
}

async fn state(State(site): State<Arc<Site>>, Query(asked): Query<Asked>) -> Response {
    match site.now().await {
        Ok(snapshot) => Json(snapshot.whole()).into_response(),
        Err(error) => Fault::from(error).answer(asked.lang()),
    }
}

async fn seat(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    match site.seat(&id).await {
        Ok(told) => Json(told).into_response(),
        Err(fault) => fault.answer(asked.lang()),
    }
}

async fn act(State(site): State<Arc<Site>>, Query(asked): Query<Asked>, body: Bytes) -> Response {
    let done = match serde_json::from_slice::<Act>(&body) {
        Ok(act) => site.act(act, asked.lang()).await,
        Err(error) => Err(Fault::new(
            StatusCode::BAD_REQUEST,
            text!(
                "this cannot be read: {error}",
                "tego nie da się odczytać: {error}"
            ),
        )),
    };
    match done {
        Ok(told) => Json(told).into_response(),
        Err(fault) => fault.answer(asked.lang()),
    }
}

fn download(name: &str, kind: &'static str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition)
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static(kind);
    (
        [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)],
        text,
    )
        .into_response()
}

async fn csv(State(site): State<Arc<Site>>, Query(asked): Query<Asked>) -> Response {
    match export::csv(&site.class, "board").await {
        Ok(text) => {
            let name = format!("redis-lab-{}.csv", site.class.code());
            download(&name, "text/csv; charset=utf-8", text)
        }
        Err(error) => Fault::from(error).answer(asked.lang()),
    }
}

async fn progress(
    State(site): State<Arc<Site>>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let told = match file.strip_suffix(".json").filter(|id| secret::is_id(id)) {
        Some(id) => site.progress(id).await,
        None => Err(gone()),
    };
    match told {
        Ok((name, text)) => download(&format!("{name}.json"), "application/json", text),
        Err(fault) => fault.answer(asked.lang()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_page_names_is_there_and_none_is_of_elsewhere() {
        let listed = |name: &str| ASSETS.iter().any(|(own, _, _)| *own == name);
        for (file, _, text) in ASSETS {
            let quoted = |start: &'static str| {
                let found = text.match_indices(start);
                found.filter_map(move |(at, _)| text[at + start.len()..].split('"').next())
            };
            for name in quoted("from \"./")
                .chain(quoted("src=\""))
                .chain(quoted("=\"stylesheet\" href=\""))
            {
                assert!(listed(name) || name == "qr.svg", "{file} names {name}");
            }
            let others = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!others.contains("://"), "{file} names another origin");
            assert!(!text.contains("innerHTML"), "{file} makes markup of text");
        }
    }
}
