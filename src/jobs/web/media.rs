//! Files over HTTP: the page's own assets, and what the jobs made.

use super::site::Site;
use crate::jobs::store::{StoreError, is_plain_name};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use thumbnailer::Format;
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

const STYLE: &str = include_str!("assets/style.css");
const SCRIPT: &str = include_str!("assets/app.js");
const ICON: &str = include_str!("assets/icon.svg");

/// How many bytes of a file are in memory for one who downloads it.
const PIECE: usize = 64 << 10;

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
    let (length, body) = match contents(&site, &id, &name).await {
        Ok(contents) => contents,
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
            (CONTENT_LENGTH, length.to_string()),
        ],
        body,
    )
        .into_response()
}

/// A file's length and its bytes, a piece at a time: however many download it,
/// and however slowly, there are only pieces in memory.
async fn contents(site: &Site, id: &str, name: &str) -> Result<(u64, Body), StoreError> {
    match site.stores.open(id, name).await {
        Ok((length, file)) => {
            let file = tokio::fs::File::from_std(file).take(length);
            let pieces = ReaderStream::with_capacity(file, PIECE);
            Ok((length, Body::from_stream(pieces)))
        }
        // Jobs submitted from a shell may keep their files in Redis.
        Err(StoreError::Missing(_) | StoreError::NoDirectory) => {
            let length = site.stores.blob_length(id, name).await?;
            let start = (site.stores.clone(), id.to_owned(), name.to_owned(), 0);
            let pieces = stream::try_unfold(start, move |(stores, id, name, from)| async move {
                if from >= length {
                    return Ok::<_, io::Error>(None);
                }
                let piece = stores.blob_part(&id, &name, from, PIECE).await;
                // It ended early: it expired, or Redis went away.
                let piece = piece.map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
                let next = from + piece.len() as u64;
                Ok(Some((piece, (stores, id, name, next))))
            });
            Ok((length, Body::from_stream(pieces)))
        }
        Err(error) => Err(error),
    }
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
fn percent_encode(name: &str) -> String {
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
