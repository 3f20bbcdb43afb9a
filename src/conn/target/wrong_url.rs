//! A URL that is none, told to people.

use crate::error::Error;
use catalog::lang::Text;
use catalog::text;

/// A URL without what stands between `//` and `@`, and without what stands behind
/// `?` or `#`: a password may be there, or the rest of one.
fn redact(url: &str) -> String {
    let (start, at) = (url.find("://"), url.rfind('@'));
    let end = url.find(['?', '#']).unwrap_or(url.len());
    match (start, at) {
        // Who knows where a password begins that has such a sign in it?
        (Some(start), Some(at)) if at > end => format!("{}://***", &url[..start]),
        (Some(start), Some(at)) if at > start => {
            format!("{}://***{}", &url[..start], &url[at..end])
        }
        _ => url[..end].to_owned(),
    }
}

/// What is wrong with a URL, as far as the `redis` crate says. Its password is
/// not shown.
pub(super) fn wrong_url(url: &str, reason: &str) -> Error {
    let shown = redact(url);
    let why = [
        (
            "Invalid database number",
            text!(
                "the database has to be a number",
                "baza danych musi być liczbą"
            ),
        ),
        (
            "Missing hostname",
            text!("the host is missing", "brakuje nazwy komputera"),
        ),
        (
            "Missing path",
            text!("the path is missing", "brakuje ścieżki"),
        ),
        (
            "Invalid protocol version",
            text!(
                "the protocol is resp2 or resp3",
                "protokół to resp2 albo resp3"
            ),
        ),
        (
            "wildcard address",
            text!(
                "0.0.0.0 and :: say where a server listens, not where it is",
                "0.0.0.0 i :: mówią, gdzie serwer słucha, a nie, gdzie jest"
            ),
        ),
        (
            "URL fragment",
            text!(
                "behind # there can only be insecure",
                "za # może stać tylko insecure"
            ),
        ),
        (
            "not valid UTF-8",
            text!(
                "name and password have to be UTF-8",
                "nazwa i hasło muszą być w UTF-8"
            ),
        ),
    ];
    let why = why.into_iter().find(|(known, _)| reason.contains(known));
    Error::usage(Text::in_each(|lang| {
        let wrong = text!(
            lang,
            "not a Redis URL: \"{shown}\"",
            "to nie jest adres URL Redisa: „{shown}”"
        );
        match &why {
            Some((_, why)) => format!("{wrong}: {}", why.pick(lang)),
            None => wrong,
        }
    }))
}
