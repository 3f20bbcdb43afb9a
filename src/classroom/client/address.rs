//! Where a class is: the address that the teacher's screen shows.

use crate::error::{Error, Result};
use axum::http::Uri;
use catalog::text;
use std::fmt;

/// The address of a class: `http://192.168.1.7:8380/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// It is spoken to with TLS: a proxy stands before it.
    pub tls: bool,
    /// A name or an address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What its paths begin with: `/`, or `/class-b/` behind a proxy.
    root: String,
}

impl Address {
    /// Reads what somebody has typed or pasted, and the class code where the
    /// address has one, as that of the QR code does: `?code=blue-otter-42`.
    ///
    /// # Errors
    /// A usage error when it is no address of a page.
    pub fn parse(text: &str) -> Result<(Address, Option<String>)> {
        let text = text.trim();
        let address = text.split('#').next().unwrap_or_default();
        let has_scheme = address.contains("://");
        let whole = if has_scheme {
            address.to_owned()
        } else {
            format!("http://{address}")
        };
        let wrong = || {
            Error::usage(text!(
                "\"{text}\" is no address of a class",
                "„{text}” nie jest adresem klasy"
            ))
            .hint(text!(
                "take it as the teacher's screen shows it: redis-lab join http://192.168.1.7:8380/",
                "przepisz go z ekranu nauczyciela: redis-lab join http://192.168.1.7:8380/"
            ))
        };
        let uri: Uri = whole.parse().map_err(|_| wrong())?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong()),
        };
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let authority = uri.authority().map_or("", |own| own.as_str());
        let names_port = authority
            .rsplit(']')
            .next()
            .is_some_and(|end| end.contains(':'));
        let port = match (names_port, tls) {
            (true, _) => uri.port_u16().filter(|port| *port > 0),
            (false, true) => Some(443),
            (false, false) => Some(80),
        };
        let (false, Some(port)) = (host.is_empty(), port) else {
            return Err(wrong());
        };
        // Whoever pastes the address of the page itself means the class.
        let folder = uri.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        let address = Address {
            tls,
            host: host.to_owned(),
            port,
            root: format!("{folder}/"),
        };
        let mut options = uri.query().unwrap_or_default().split('&');
        let code = options.find_map(|option| option.strip_prefix("code="));
        let code = code.map(tidy_code).filter(|code| !code.is_empty());
        Ok((address, code))
    }

    /// The path of something below it.
    pub(super) fn path(&self, below: &str) -> String {
        format!("{}{below}", self.root)
    }

    /// What the `Host` header says.
    pub(super) fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        match (self.tls, self.port) {
            (false, 80) | (true, 443) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.root)
    }
}

/// A class code as it is meant: people type it with blanks and capitals.
pub fn tidy_code(typed: &str) -> String {
    let typed = typed.trim().to_lowercase();
    let words = typed.split(|c: char| c.is_whitespace() || c == '-' || c == '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_copy_them() {
        let read = |text: &str| {
            let (address, code) = Address::parse(text).unwrap();
            (address.to_string(), code)
        };
        let plain = "http://192.168.1.7:8380/";
        for text in [
            "192.168.1.7:8380",
            "http://192.168.1.7:8380",
            " http://192.168.1.7:8380/ ",
            "http://192.168.1.7:8380/index.html?lang=pl",
        ] {
            assert_eq!(read(text), (plain.to_owned(), None), "{text}");
        }
        let code = Some("blue-otter-42".to_owned());
        assert_eq!(
            read("http://192.168.1.7:8380/?lang=en&code=Blue-otter-42#x"),
            (plain.to_owned(), code)
        );
        assert_eq!(
            read("https://class.example/b/").0,
            "https://class.example/b/"
        );
        assert_eq!(read("http://class.example").0, "http://class.example/");
        assert_eq!(read("[fe80::1]:8380").0, "http://[fe80::1]:8380/");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "http://",
            "ftp://a/",
            "http://a:0/",
            "http://a:99999/",
            "a b",
            "redis://a",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(error.exit.code(), 2, "{text}");
            assert!(error.hint_in(catalog::lang::Lang::Pl).is_some());
        }
    }
}
