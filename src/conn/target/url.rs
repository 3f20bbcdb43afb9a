//! A `redis://` URL: where a server is, and how to log in.

use super::wrong_url::wrong_url;
use super::{Endpoint, Target};
use crate::conn::sentinel;
use crate::error::{Error, Result};
use catalog::lang::Text;
use catalog::text;
use idna::AsciiDenyList;
use percent_encoding::percent_decode_str;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

impl Target {
    /// Reads a URL: `redis://[user[:password]@]host[:port][/db]`, `rediss://`
    /// for TLS, `unix:///path/to.sock?db=1&user=..&pass=..` for a socket,
    /// `redis+sentinel://[login@]HOST:PORT,HOST:PORT/NAME[/db]` for the master
    /// that sentinels know by that name ([`Target::master`]).
    ///
    /// # Errors
    /// A usage error that says what a URL looks like; the password is never
    /// part of the message.
    pub fn parse(url: &str) -> Result<Target> {
        if let Some((sentinels, plain)) = sentinel::parse(url)? {
            let target = Target::parse(&plain)?;
            return Ok(Target {
                sentinels: Some(sentinels),
                ..target
            });
        }
        let scheme = url.split("://").next().unwrap_or_default();
        if scheme.contains("sentinel") || scheme.contains("cluster") || url.contains(',') {
            return Err(Error::usage(text!(
                "redis-lab talks to one server: cluster URLs, and others with sentinels than redis+sentinel://, are not supported",
                "redis-lab rozmawia z jednym serwerem: adresy klastrów i sentineli inne niż redis+sentinel:// nie są obsługiwane"
            ))
            .hint(text!(
                "give the URL of one node: --url redis://HOST:PORT",
                "podaj adres jednego węzła: --url redis://HOST:PORT"
            )));
        }
        let info = url.into_connection_info().map_err(|error| {
            wrong_url(url, &error.to_string())
            .hint(text!(
                "a URL looks like redis://user:password@localhost:6379/0, rediss://... for TLS, or unix:///run/redis.sock",
                "adres wygląda tak: redis://użytkownik:hasło@localhost:6379/0, rediss://... dla TLS albo unix:///run/redis.sock"
            ))
        })?;
        Target::from_info(with_host_in_ascii(info)?)?.with_parameters(url)
    }

    /// What stands behind `?`, and a login before a socket's path, as far as the
    /// URL's parser does not heed it: it is done or refused, and never passed
    /// over.
    fn with_parameters(self, url: &str) -> Result<Target> {
        let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
        let is_socket = matches!(self.endpoint, Endpoint::Unix(_));
        // It may be half of a password: it is not shown.
        if !fragment.is_empty() && self.endpoint.is_plain() {
            return Err(Error::usage(text!(
                "only a rediss:// URL has a part behind #",
                "tylko adres rediss:// ma część za #"
            ))
            .hint(text!(
                "a # that belongs to a name, a password or a path is written %23",
                "znak # w nazwie, haśle albo ścieżce zapisuje się jako %23"
            )));
        }
        let (place, parameters) = url.split_once('?').unwrap_or((url, ""));
        let authority = place.split('/').nth(2).unwrap_or_default();
        if is_socket && authority.contains('@') {
            return Err(Error::usage(text!(
                "the URL of a socket has no login before its path",
                "adres gniazda nie ma loginu przed ścieżką"
            ))
            .hint(of_a_socket()));
        }
        let mut target = self;
        for parameter in parameters.split('&').filter(|text| !text.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (name, value.parse()) {
                // The parser has read them.
                ("protocol", _) => {}
                ("user" | "pass", _) if is_socket => {}
                ("db", Ok(db)) => target = target.with_db(db),
                ("db", Err(_)) => {
                    return Err(Error::usage(text!(
                        "not the number of a database: db={value}",
                        "to nie jest numer bazy: db={value}"
                    )));
                }
                _ => {
                    let hint = if is_socket {
                        of_a_socket()
                    } else {
                        text!(
                            "the database stands behind the slash: redis://localhost:6379/3",
                            "numer bazy stoi za ukośnikiem: redis://localhost:6379/3"
                        )
                    };
                    return Err(Error::usage(text!(
                        "the URL asks for \"{name}\", which redis-lab does not know",
                        "adres prosi o „{name}”, czego redis-lab nie zna"
                    ))
                    .hint(hint));
                }
            }
        }
        Ok(target)
    }
}

/// The same with the host as it is asked for in the network; the URL's parser has
/// left what is not ASCII percent-encoded.
fn with_host_in_ascii(info: ConnectionInfo) -> Result<ConnectionInfo> {
    let mut addr = info.addr().clone();
    if let ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } = &mut addr
        && host.contains('%')
    {
        let name: Vec<u8> = percent_decode_str(host).collect();
        *host = in_ascii(&name)?;
    }
    Ok(info.set_addr(addr))
}

/// The name of a host as it is asked for in the network (`xn--...`).
pub(super) fn in_ascii(host: &[u8]) -> Result<String> {
    let ascii = idna::domain_to_ascii_cow(host, AsciiDenyList::URL);
    ascii.map(Into::into).map_err(|_| {
        Error::usage(text!(
            "that is not a name that a host can have",
            "to nie jest nazwa, którą może mieć host"
        ))
    })
}

/// What the URL of a socket may say.
fn of_a_socket() -> Text {
    text!(
        "a socket's URL looks like unix:///run/redis.sock?db=3&user=NAME&pass=PASSWORD&protocol=resp3",
        "adres gniazda wygląda tak: unix:///run/redis.sock?db=3&user=NAZWA&pass=HASŁO&protocol=resp3"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::lang::Lang;

    #[test]
    fn urls_of_every_kind_are_read() {
        let target = Target::parse("redis://ala:s3cret@example.org:7000/3").unwrap();
        assert_eq!(target.to_string(), "example.org:7000");
        assert_eq!(
            (target.username(), target.password(), target.db()),
            (Some("ala"), Some("s3cret"), 3)
        );
        for (host, asked) in [
            ("żółw.example", "xn--w-uga1v8h.example"),
            ("my_host", "my_host"),
            ("[::1]", "[::1]"),
        ] {
            for scheme in ["redis", "rediss"] {
                let target = Target::parse(&format!("{scheme}://{host}")).unwrap();
                assert_eq!(target.to_string(), format!("{asked}:6379"));
            }
        }
        let target = Target::tcp("żółw.example", 1).unwrap();
        assert_eq!(target.to_string(), "xn--w-uga1v8h.example:1");
        let target = Target::parse("redis://localhost?db=3&protocol=resp3").unwrap();
        assert_eq!((target.db(), target.wants_resp3()), (3, true));
        let target = Target::parse("unix:///tmp/r.sock").unwrap();
        assert_eq!(target.endpoint(), &Endpoint::Unix("/tmp/r.sock".into()));
        assert!(!target.wants_resp3());
        let url = "unix:///tmp/r.sock?db=3&user=low&pass=p%26w&protocol=3";
        let target = Target::parse(url).unwrap();
        assert_eq!(
            (target.username(), target.password(), target.db()),
            (Some("low"), Some("p&w"), 3)
        );
        assert!(target.wants_resp3());
        let target = Target::parse("redis://ala@localhost").unwrap();
        assert_eq!(target.password(), None);
        assert_eq!(target.login(), Some((Some("ala"), "")));
        assert_eq!(target.info().redis_settings().password(), Some(""));
        let target = Target::parse("redis://:s3cret@localhost").unwrap();
        assert_eq!(target.login(), Some((None, "s3cret")));
        assert_eq!(Target::parse("redis://localhost").unwrap().login(), None);
        let target = Target::parse("rediss://localhost").unwrap();
        assert!(matches!(
            target.endpoint(),
            Endpoint::Tls { port: 6379, tls, .. } if !tls.is_insecure()
        ));
        let target = Target::parse("rediss://localhost/#insecure").unwrap();
        assert!(matches!(target.endpoint(), Endpoint::Tls { tls, .. } if tls.is_insecure()));
    }

    #[test]
    fn a_bad_url_is_a_usage_error_without_the_password() {
        for url in [
            "http://u:hunter2@host/",
            "redis://u:hunter2@host:notaport/",
            "nonsense",
            "redis://u:hunter2@h%20ost/",
            "redis://u:hunter2@%1b/",
            "redis://u:hunter2@host/?timeout=3",
            "redis://u:hunter2@host/?db=x",
            "redis://u:hunter2@host/?user=x",
            "unix:///tmp/r.sock?user=low&password=hunter2",
            "unix:///tmp/r.sock?username=low",
            "unix:///tmp/r.sock?database=3",
            "unix:///tmp/r.sock?db=3&foo=hunter2",
            "unix:///tmp/r.sock?db=x",
            "unix:///tmp/r.sock?pass=hunter2&protocol=resp4",
            "unix:///tmp/r.sock?pass=a@hunter2&protocol=resp4",
            "redis://:a#hunter2@localhost:port/0",
            "unix://u:hunter2@localhost/tmp/r.sock",
            "unix:///tmp/r.sock#hunter2",
            "redis://localhost/0#hunter2",
            "redis://:a#hunter2@localhost/0",
            "rediss://localhost/#hunter2",
        ] {
            let error = Target::parse(url).unwrap_err();
            assert_eq!(error.exit.code(), 2, "{url}");
            assert!(!error.message_in(Lang::En).contains("hunter2"), "{error:?}");
        }
        let error = Target::parse("unix:///tmp/r.sock?database=3").unwrap_err();
        assert!(error.message_in(Lang::En).contains("\"database\""));
        let error = Target::parse("rediss+sentinel://a,b/m").unwrap_err();
        assert!(error.message_in(Lang::Pl).contains("sentinel"));
    }
}
