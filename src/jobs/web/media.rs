//! Files over HTTP: the page's own assets, and what the jobs made.

use super::Site;
use crate::jobs::store::{Kind, StoreError, is_plain_name};
use crate::jobs::thumbnailer::Format;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::response::{IntoResponse as _, Response};
use std::fmt::Write as _;
use std::sync::Arc;

const STYLE: &str = include_str!("assets/style.css");
const SCRIPT: &str = include_str!("assets/app.js");
const ICON: &str = include_str!("assets/icon.svg");

/// The style sheet, the script and the icon.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let (mime, text) = match name.as_str() {
        "style.css" => ("text/css; charset=utf-8", STYLE),
        "icon.svg" => ("image/svg+xml", ICON),
        "app.js" => ("text/javascript; charset=utf-8", SCRIPT),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    // `no-cache`: a browser keeps it, and asks whether it is still right.
    ([(CONTENT_TYPE, mime), (CACHE_CONTROL, "no-cache")], text).into_response()
}

/// A job's original, thumbnail or archive.
pub(super) async fn file(
    State(site): State<Arc<Site>>,
    Path((id, name)): Path<(String, String)>,
) -> Response {
    if !is_plain_name(&name) || name.starts_with('.') {
        return StatusCode::NOT_FOUND.into_response();
    }
    let bytes = match site.stores.get(Kind::Dir, &id, &name).await {
        // Jobs submitted from a shell may keep their files in Redis.
        Err(StoreError::Missing(_) | StoreError::NoDirectory) => {
            site.stores.get(Kind::Redis, &id, &name).await
        }
        other => other,
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(StoreError::Link(_)) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(_) => return StatusCode::NOT_FOUND.into_response(),
    };
    let (mime, shown) = media_type(&name);
    (
        [
            (CONTENT_TYPE, mime.to_owned()),
            (CONTENT_DISPOSITION, disposition(shown, &name)),
            (
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; sandbox".to_owned(),
            ),
            (CACHE_CONTROL, "private, max-age=3600".to_owned()),
        ],
        bytes,
    )
        .into_response()
}

/// The type by our own file names, whose extensions the thumbnailer chose by
/// content; and whether a browser may show it.
fn media_type(name: &str) -> (&'static str, bool) {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if extension == "zip" {
        return ("application/zip", false);
    }
    Format::ALL
        .into_iter()
        .find(|format| format.extensions().contains(&extension))
        .map_or(("application/octet-stream", false), |format| {
            (format.mime(), true)
        })
}

/// `inline` or `attachment`, with the name as RFC 6266 writes it.
fn disposition(shown: bool, name: &str) -> String {
    let kind = if shown { "inline" } else { "attachment" };
    format!("{kind}; filename*=UTF-8''{}", percent_encode(name))
}

/// A name as one segment of a URL.
pub(super) fn percent_encode(name: &str) -> String {
    name.bytes().fold(String::new(), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
        url
    })
}

/// The address of a job's file.
pub(super) fn media_url(id: &str, name: &str) -> String {
    format!("/media/{}/{}", percent_encode(id), percent_encode(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_fixed() {
        assert_eq!(media_type("a.jpg"), ("image/jpeg", true));
        assert_eq!(media_type("a.zip"), ("application/zip", false));
        for name in ["a.html", "a.svg", "a", "a.jpg.exe"] {
            assert_eq!(
                media_type(name),
                ("application/octet-stream", false),
                "{name}"
            );
        }
    }

    #[test]
    fn names_become_one_url_segment() {
        assert_eq!(
            media_url("1-2", "ż/\"<a>.jpg"),
            "/media/1-2/%C5%BC%2F%22%3Ca%3E.jpg"
        );
    }
}
