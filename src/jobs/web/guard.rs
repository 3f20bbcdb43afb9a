//! What every request passes: who may send it, and the headers of every answer.

use super::site::Site;
use crate::http::{Peer, harden, language, refusal};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use catalog::lang::Lang;
use sha2::{Digest as _, Sha256};
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// Nothing but our own script, style and images; no frames, no plugins, and
/// forms only to ourselves. A script smuggled in by a file name stays text.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// How many wrong passwords an address may give within [`WINDOW`].
const MAX_WRONG: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// Refuses requests that other sites made a browser send, asks for the
/// password if there is one, and adds the security headers.
pub(super) async fn guard(
    State((site, address)): State<(Arc<Site>, SocketAddr)>,
    Extension(peer): Extension<Arc<Peer>>,
    request: Request,
    next: Next,
) -> Response {
    let answering = peer.answering();
    site.counters.requests.fetch_add(1, Ordering::Relaxed);
    let allowed = &site.config.allow_hosts;
    let refused = refusal(request.method(), request.headers(), address.ip(), allowed);
    let mut response = match refused {
        Some((status, reason)) => (status, format!("{reason}\n")).into_response(),
        None => match stranger(&site, &peer, &request) {
            Some(response) => response,
            None => next.run(request).await,
        },
    };
    harden(response.headers_mut(), PAGE_POLICY);
    response.map(|body| answering.with(body))
}

/// What somebody without the password is told (HTTP Basic, RFC 7617; any user
/// name will do). Whoever guesses has to wait.
fn stranger(site: &Site, peer: &Peer, request: &Request) -> Option<Response> {
    let password = site.config.password.as_deref()?;
    // Whether the page lives is no secret.
    if request.uri().path() == "/healthz" {
        return None;
    }
    let lang = language(request.headers()).unwrap_or(Lang::En);
    let mut wrong = site
        .wrong_passwords
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    wrong.retain(|_, (_, since)| since.elapsed() < WINDOW);
    if wrong
        .get(&peer.address)
        .is_some_and(|(count, _)| *count >= MAX_WRONG)
    {
        let wait = HeaderValue::from_static("60");
        let text = lang.pick(
            "too many wrong passwords; wait a minute\n",
            "za dużo złych haseł; poczekaj minutę\n",
        );
        return Some((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, wait)], text).into_response());
    }
    let given = request.headers().get(AUTHORIZATION);
    if given
        .and_then(password_in)
        .is_some_and(|given| same(&given, password))
    {
        return None;
    }
    if given.is_some() {
        wrong.entry(peer.address).or_insert((0, Instant::now())).0 += 1;
    }
    let challenge = HeaderValue::from_static("Basic realm=\"redis-lab\", charset=\"UTF-8\"");
    let text = lang.pick("this page wants a password\n", "ta strona wymaga hasła\n");
    Some(
        (
            StatusCode::UNAUTHORIZED,
            [(WWW_AUTHENTICATE, challenge)],
            text,
        )
            .into_response(),
    )
}

/// The password of an Authorization header.
fn password_in(value: &HeaderValue) -> Option<String> {
    let (scheme, coded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64.decode(coded.trim()).ok()?).ok()?;
    pair.split_once(':')
        .map(|(_, password)| password.to_owned())
}

/// Compares digests: how long it takes tells nothing of the password.
fn same(given: &str, password: &str) -> bool {
    Sha256::digest(given) == Sha256::digest(password)
}
