//! Who may send a request to a page of this machine, and the headers of every
//! answer.

use super::language::language;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderValue, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use catalog::lang::Lang;
use std::net::IpAddr;

/// Adds the headers of every answer; `policy` says what the page may load.
pub fn harden(headers: &mut HeaderMap, policy: &'static str) {
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(policy));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}

/// Why a request is not answered, if it is not, in the language it asks for.
///
/// `bound` is the address that is listened on; `allowed` are names that may
/// stand in the Host header beside this machine's.
pub fn refusal(
    method: &Method,
    headers: &HeaderMap,
    bound: IpAddr,
    allowed: &[String],
) -> Option<(StatusCode, &'static str)> {
    let lang = language(headers).unwrap_or(Lang::En);
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.get_all(HOST).iter().count() > 1 {
        let reason = lang.pick(
            "a request has one Host header",
            "żądanie ma jeden nagłówek Host",
        );
        return Some((StatusCode::BAD_REQUEST, reason));
    }
    let host = text(HOST);
    // A foreign name that resolves to our address (DNS rebinding) would make a
    // page of that name "same origin" with ours.
    if headers.contains_key(HOST) && !host.is_some_and(|host| is_ours(host, bound, allowed)) {
        let reason = lang.pick(
            "this page does not answer to this host name; serve --allow-host NAME lets it",
            "ta strona nie odpowiada pod tą nazwą komputera; pozwala na to serve --allow-host NAZWA",
        );
        return Some((StatusCode::FORBIDDEN, reason));
    }
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let foreign = (
        StatusCode::FORBIDDEN,
        lang.pick(
            "this request comes from another site",
            "to żądanie pochodzi z innej strony",
        ),
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
