//! What every request passes: who may send it, and the headers of every answer.

use super::Site;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderValue, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Nothing but our own script, style and images; no frames, no plugins, and
/// forms only to ourselves. A script smuggled in by a file name stays text.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'";

/// Refuses requests that other sites made a browser send, and adds the
/// security headers.
pub(super) async fn guard(
    State((site, address)): State<(Arc<Site>, SocketAddr)>,
    request: Request,
    next: Next,
) -> Response {
    site.counters.requests.fetch_add(1, Ordering::Relaxed);
    let mut response = match refusal(request.method(), request.headers(), address.ip()) {
        Some(reason) => (StatusCode::FORBIDDEN, format!("{reason}\n")).into_response(),
        None => next.run(request).await,
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
    response
}

/// Why a request is not answered, if it is not.
fn refusal(method: &Method, headers: &HeaderMap, bound: IpAddr) -> Option<&'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(HOST);
    // A foreign name that resolves to 127.0.0.1 (DNS rebinding) would make a
    // page of that name "same origin" with ours.
    if bound.is_loopback() && !host.is_none_or(is_loopback_name) {
        return Some("this page answers only to localhost");
    }
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    // Browsers say where a POST comes from; curl and the like say nothing.
    if let Some(site) = headers.get("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return Some("this request comes from another site");
    }
    let origin = match headers.get(ORIGIN) {
        None => return None,
        Some(_) => text(ORIGIN).and_then(|origin| origin.split_once("://")),
    };
    match (origin, host) {
        (Some((_, origin)), Some(host)) if origin.eq_ignore_ascii_case(host) => None,
        _ => Some("this request comes from another site"),
    }
}

/// Whether a Host header names this machine.
fn is_loopback_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // The last colon of a bare IPv6 address is inside the brackets.
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        refusal(&method, &map, "127.0.0.1".parse().unwrap()).is_some()
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
}
