//! What every request passes: who may send it, and the headers of every answer.

use super::connections::Peer;
use super::site::Site;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderValue, ORIGIN,
    REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};
use std::net::{IpAddr, SocketAddr};
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
    let headers = response.headers_mut();
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
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
        let text = "too many wrong passwords; wait a minute\n";
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
    let text = "this page wants a password\n";
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

/// Why a request is not answered, if it is not.
fn refusal(
    method: &Method,
    headers: &HeaderMap,
    bound: IpAddr,
    allowed: &[String],
) -> Option<(StatusCode, &'static str)> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.get_all(HOST).iter().count() > 1 {
        return Some((StatusCode::BAD_REQUEST, "a request has one Host header"));
    }
    let host = text(HOST);
    // A foreign name that resolves to our address (DNS rebinding) would make a
    // page of that name "same origin" with ours.
    if headers.contains_key(HOST) && !host.is_some_and(|host| is_ours(host, bound, allowed)) {
        let reason = "this page does not answer to this host name; serve --allow-host NAME lets it";
        return Some((StatusCode::FORBIDDEN, reason));
    }
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let foreign = (
        StatusCode::FORBIDDEN,
        "this request comes from another site",
    );
    // Browsers say where a POST comes from; curl and the like say nothing.
    if let Some(site) = headers.get("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return Some(foreign);
    }
    let origin = match headers.get(ORIGIN) {
        None => return None,
        Some(_) => text(ORIGIN).and_then(|origin| origin.split_once("://")),
    };
    match (origin, host) {
        (Some((_, origin)), Some(host)) if origin.eq_ignore_ascii_case(host) => None,
        _ => Some(foreign),
    }
}

/// Whether a Host header names this page: this machine, one of the names that
/// were allowed, and beyond loopback any address (which no DNS can forge) and
/// this machine's own name.
fn is_ours(host: &str, bound: IpAddr, allowed: &[String]) -> bool {
    let name = without_port(host);
    is_loopback_name(name)
        || allowed
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(name))
        || (!bound.is_loopback() && (name.parse::<IpAddr>().is_ok() || is_own_name(name)))
}

fn is_own_name(name: &str) -> bool {
    let own = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let own = own.or_else(|| std::env::var("COMPUTERNAME").ok());
    let own = own.or_else(|| std::env::var("HOSTNAME").ok());
    let name = name.strip_suffix(".local").unwrap_or(name);
    own.is_some_and(|own| !own.trim().is_empty() && own.trim().eq_ignore_ascii_case(name))
}

/// A host's name without port and brackets.
fn without_port(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        // The last colon of a bare IPv6 address is inside the brackets.
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name.trim_start_matches('[').trim_end_matches(']')
}

/// Whether a name is one of this machine's for itself.
fn is_loopback_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        refusal(&method, &map, "127.0.0.1".parse().unwrap(), &[]).is_some()
    }

    #[test]
    fn posts_of_other_sites_are_refused() {
        let host = ("host", "127.0.0.1:8000");
        assert!(!refused(Method::POST, &[host]));
        assert!(!refused(
            Method::POST,
            &[host, ("origin", "http://127.0.0.1:8000")]
        ));
        assert!(!refused(
            Method::POST,
            &[host, ("sec-fetch-site", "same-origin")]
        ));
        assert!(refused(
            Method::POST,
            &[host, ("origin", "http://evil.example")]
        ));
        assert!(refused(
            Method::POST,
            &[host, ("origin", "http://127.0.0.1:9000")]
        ));
        assert!(refused(Method::POST, &[host, ("origin", "null")]));
        assert!(refused(
            Method::POST,
            &[host, ("sec-fetch-site", "cross-site")]
        ));
        assert!(!refused(
            Method::GET,
            &[host, ("origin", "http://evil.example")]
        ));
    }

    #[test]
    fn only_names_of_this_machine_are_answered_on_loopback() {
        for host in [
            "localhost",
            "localhost:8000",
            "127.0.0.1:8000",
            "[::1]:8000",
            "LOCALHOST:1",
        ] {
            assert!(!refused(Method::GET, &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example",
            "10.0.0.1",
        ] {
            assert!(refused(Method::GET, &[("host", host)]), "{host}");
        }
    }

    #[test]
    fn beyond_loopback_only_addresses_and_allowed_names_are_answered() {
        let refused = |host: &str, allowed: &[String]| {
            let mut map = HeaderMap::new();
            map.insert("host", host.parse().unwrap());
            refusal(&Method::GET, &map, "0.0.0.0".parse().unwrap(), allowed).is_some()
        };
        let school = ["school.example".to_owned()];
        assert!(!refused("192.168.1.7:8000", &[]));
        assert!(!refused("[fe80::1]:8000", &[]));
        assert!(refused("school.example", &[]));
        assert!(!refused("School.example:8000", &school));
        assert!(refused("evil.example", &school));
        let two = [("host", "localhost"), ("host", "evil.example")];
        assert!(super::tests::refused(Method::GET, &two));
    }
}
