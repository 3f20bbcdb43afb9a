//! The course in a browser: one static page, served on this machine or written
//! into a folder for any web server.
//!
//! The page's own files are in `assets`; the WebAssembly module that they run
//! (`crates/web`) is made by `packaging/web` and built in where
//! `REDIS_LAB_PAGE` names it: `build.rs` sees to that.

use crate::error::{Error, Result};
use crate::http::{self, harden, refusal};
use crate::whole_file::{self, Readers};
use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use catalog::text;
use std::fs;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

// `MODULE`, compressed by gzip, where this build has it.
include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What the page may load: its own files, and the module they run.
pub const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; \
     manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// How long a browser may take nothing of what is sent.
const UNREAD: Duration = Duration::from_secs(30);

/// The name of the module.
const MODULE_NAME: &str = "redis-lab.wasm";

/// A file of the page: its name, its media type, its text.
type Asset = (&'static str, &'static str, &'static str);

const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($name:literal, $kind:expr) => {
        ($name, $kind, include_str!(concat!("assets/", $name)))
    };
}

/// The page's own files, which are all that is written into a folder; a test
/// holds them to their size.
const ASSETS: &[Asset] = &[
    asset!("index.html", "text/html; charset=utf-8"),
    asset!("style.css", "text/css; charset=utf-8"),
    asset!("app.js", SCRIPT),
    asset!("lab.js", SCRIPT),
    asset!("offline.js", SCRIPT),
    asset!("paint.js", SCRIPT),
    asset!("progress.js", SCRIPT),
    asset!("wasi.js", SCRIPT),
    asset!("words.js", SCRIPT),
    asset!("worker.js", SCRIPT),
    asset!("icon.svg", "image/svg+xml"),
    asset!("manifest.webmanifest", "application/manifest+json"),
];

/// What the page has besides where a class is served.
const CLASS_ASSETS: &[Asset] = &[
    asset!("class.css", "text/css; charset=utf-8"),
    asset!("class.js", SCRIPT),
    asset!("class-words.js", SCRIPT),
    asset!("link.js", SCRIPT),
];

/// How the page of a class knows that it is one.
const CLASS_HEAD: &str = "<meta name=\"redis-lab-class\" content=\"1\">\n<link rel=\"stylesheet\" href=\"class.css\">\n</head>";

/// The module, compressed by gzip.
///
/// # Errors
/// When this build has none: how to make one that has.
pub fn module() -> Result<&'static [u8]> {
    MODULE.ok_or_else(|| {
        Error::usage(text!(
            "this redis-lab was built without the page",
            "ten redis-lab został zbudowany bez strony"
        ))
        .hint(text!(
            "from the source: REDIS_LAB_PAGE=$(packaging/web) cargo build --release",
            "ze źródeł: REDIS_LAB_PAGE=$(packaging/web) cargo build --release"
        ))
    })
}

/// Writes the page into a folder, which is made when it is missing. Other
/// files there are left alone.
///
/// # Errors
/// When this build has no page, or a file cannot be written.
pub fn export(folder: &Path) -> Result<()> {
    let module = module()?;
    let failed = |path: &Path, error: &io::Error| {
        let path = path.display();
        Error::check(text!("cannot write {path}", "nie można zapisać {path}")).because(error)
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        // A page that is being looked at never sees half a file.
        whole_file::replace(&path, bytes, Readers::Everybody).map_err(|error| failed(&path, &error))
    };
    for (name, _, text) in ASSETS {
        write(name, text.as_bytes())?;
    }
    let mut whole = Vec::new();
    flate2::read::GzDecoder::new(module)
        .read_to_end(&mut whole)
        .map_err(|error| failed(&folder.join(MODULE_NAME), &error))?;
    write(MODULE_NAME, &whole)
}

/// Serves the page until `stop`.
///
/// # Errors
/// When this build has no page.
pub async fn serve(server: http::Server, stop: CancellationToken) -> Result<()> {
    let module = module()?;
    let bound = server.address().ip();
    let router = Router::new().fallback(move |request: Request| async move {
        let mut response = answer(&request, bound, module);
        harden(response.headers_mut(), POLICY);
        response
    });
    server.run(router, UNREAD, stop).await;
    Ok(())
}

fn answer(request: &Request, bound: IpAddr, module: &'static [u8]) -> Response {
    let (method, headers) = (request.method(), request.headers());
    if let Some((status, reason)) = refusal(method, headers, bound, &[]) {
        return (status, format!("{reason}\n")).into_response();
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    file(request.uri().path(), headers, Some(module), false)
}

/// A file of the page, by the path that a browser asks for; with `class`, of the
/// page that joins the class which is served beside it. Without a module there
/// is everything but that.
pub fn file(
    path: &str,
    headers: &HeaderMap,
    module: Option<&'static [u8]>,
    class: bool,
) -> Response {
    // The browser asks anew each time: another version may serve here next.
    let fresh = (CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let name = match path {
        "/" => "index.html",
        path => path.trim_start_matches('/'),
    };
    if let Some(module) = module.filter(|_| name == MODULE_NAME) {
        if !takes_gzip(headers) {
            return StatusCode::NOT_ACCEPTABLE.into_response();
        }
        let kind = HeaderValue::from_static("application/wasm");
        let how = HeaderValue::from_static("gzip");
        let vary = HeaderValue::from_static("accept-encoding");
        let headers = [
            fresh,
            (CONTENT_TYPE, kind),
            (CONTENT_ENCODING, how),
            (VARY, vary),
        ];
        return (headers, module).into_response();
    }
    let besides = if class { CLASS_ASSETS } else { &[] };
    let mut assets = ASSETS.iter().chain(besides);
    match assets.find(|(own, _, _)| *own == name) {
        Some((_, kind, text)) => {
            let kind = (CONTENT_TYPE, HeaderValue::from_static(kind));
            if class && name == "index.html" {
                return ([fresh, kind], text.replacen("</head>", CLASS_HEAD, 1)).into_response();
            }
            ([fresh, kind], *text).into_response()
        }
        None => (StatusCode::NOT_FOUND, "there is no such file\n").into_response(),
    }
}

/// Every browser that can run the module does.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    let mut codings = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    codings.any(|coding| matches!(coding.split(';').next().map(str::trim), Some("gzip" | "*")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much as the page itself may weigh, without the module.
    const MOST: usize = 60_000;

    #[test]
    fn the_page_is_small_and_loads_nothing_from_elsewhere() {
        let size: usize = ASSETS.iter().map(|(_, _, text)| text.len()).sum();
        assert!(size <= MOST, "{size} bytes");
        for (name, _, text) in ASSETS.iter().chain(CLASS_ASSETS) {
            let mut addresses = text.match_indices("://");
            let namespace = "http://www.w3.org/2000/svg";
            assert!(
                addresses
                    .all(|(at, _)| text[..at].ends_with("http")
                        && text[at - 4..].starts_with(namespace)),
                "{name} names another origin"
            );
        }
    }

    #[test]
    fn every_file_that_the_page_names_is_there() {
        let all = || ASSETS.iter().chain(CLASS_ASSETS);
        let listed = |name: &str| name == MODULE_NAME || all().any(|(own, _, _)| *own == name);
        for (file, _, text) in all() {
            for (at, _) in text.match_indices("\"./") {
                let name = text[at + 3..].split('"').next().unwrap_or_default();
                assert!(name.is_empty() || listed(name), "{file} names {name}");
            }
        }
        let (_, _, offline) = ASSETS
            .iter()
            .find(|(name, _, _)| *name == "offline.js")
            .unwrap();
        for (name, _, _) in ASSETS
            .iter()
            .filter(|(name, _, _)| !matches!(*name, "index.html" | "offline.js"))
        {
            assert!(
                offline.contains(&format!("\"{name}\"")),
                "{name} is not there offline"
            );
        }
    }

    #[test]
    fn other_sites_and_other_names_are_refused() {
        let status = |method: &str, path: &str, host: &str| {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("host", host)
                .header("accept-encoding", "br, gzip;q=0.5")
                .body(axum::body::Body::empty())
                .unwrap();
            answer(&request, "127.0.0.1".parse().unwrap(), b"x")
                .status()
                .as_u16()
        };
        assert_eq!(status("GET", "/", "127.0.0.1:8379"), 200);
        assert_eq!(status("GET", "/redis-lab.wasm", "localhost"), 200);
        assert_eq!(status("GET", "/../Cargo.toml", "localhost"), 404);
        assert_eq!(status("GET", "/", "evil.example"), 403);
        assert_eq!(status("POST", "/", "localhost"), 405);
        assert_eq!(status("GET", "/class.js", "localhost"), 404);
    }

    #[tokio::test]
    async fn the_page_of_a_class_is_the_page_and_what_joins_the_class() {
        let text = async |path: &str, class| {
            let response = file(path, &HeaderMap::new(), None, class);
            let is_there = response.status() == StatusCode::OK;
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
            is_there.then(|| String::from_utf8(body.unwrap().to_vec()).unwrap())
        };
        let (alone, class) = (
            text("/", false).await.unwrap(),
            text("/", true).await.unwrap(),
        );
        assert!(
            class.contains("<meta name=\"redis-lab-class\"") && !alone.contains("redis-lab-class")
        );
        assert_eq!(class.replace(CLASS_HEAD, "</head>"), alone);
        for (name, _, own) in CLASS_ASSETS {
            assert_eq!(text(&format!("/{name}"), true).await.as_deref(), Some(*own));
            assert_eq!(text(&format!("/{name}"), false).await, None);
        }
        assert_eq!(
            text("/redis-lab.wasm", true).await,
            None,
            "this build has none"
        );
    }
}
