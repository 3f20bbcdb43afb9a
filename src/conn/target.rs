//! Where a server is and how to log in: a parsed `redis://` URL.

use super::fault::failed;
use super::sentinel::{self, Sentinels};
use super::stop::Stop;
use super::tls::Tls;
use super::wrong_url::wrong_url;
use crate::error::{Error, Result};
use catalog::lang::Text;
use catalog::text;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Weak;
use std::time::Duration;

/// How long connecting may take, and the login likewise, where nobody says
/// otherwise.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// Plain TCP.
    Tcp {
        /// Host name or address.
        host: String,
        /// Port, 6379 when a URL names none.
        port: u16,
    },
    /// TLS over TCP (`rediss://`).
    Tls {
        /// Host name, which the certificate must match.
        host: String,
        /// Port.
        port: u16,
        /// Whom to trust.
        tls: Tls,
    },
    /// A Unix domain socket (`redis+unix:///path` or `unix:///path`).
    Unix(PathBuf),
}

impl Endpoint {
    /// Whether bytes travel as they are, for anybody on the way to read.
    pub fn is_plain(&self) -> bool {
        !matches!(self, Endpoint::Tls { .. })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Tcp { host, port } | Endpoint::Tls { host, port, .. } => {
                if host.contains(':') {
                    write!(f, "[{host}]:{port}")
                } else {
                    write!(f, "{host}:{port}")
                }
            }
            Endpoint::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A server to connect to, with login and database.
#[derive(Debug, Clone)]
pub struct Target {
    info: ConnectionInfo,
    endpoint: Endpoint,
    connect_limit: Duration,
    stop: Stop,
    sentinels: Option<Sentinels>,
    keeper: Option<Weak<dyn Keeper>>,
}

/// Who keeps a private server running.
pub(super) trait Keeper: fmt::Debug + Send + Sync {
    /// Starts it anew, empty, at the same address.
    fn renew(&self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>>;
}

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
        Target::from_info(info)?.with_parameters(url)
    }

    /// What stands behind `?`, and a login before a socket's path, as far as the
    /// URL's parser does not heed it: it is done or refused, and never passed
    /// over.
    fn with_parameters(self, url: &str) -> Result<Target> {
        let url = url.split('#').next().unwrap_or_default();
        let is_socket = matches!(self.endpoint, Endpoint::Unix(_));
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

    fn from_info(info: ConnectionInfo) -> Result<Target> {
        let endpoint = match info.addr() {
            ConnectionAddr::Tcp(host, port) => Endpoint::Tcp {
                host: host.clone(),
                port: *port,
            },
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure,
                ..
            } => Endpoint::Tls {
                host: host.clone(),
                port: *port,
                tls: Tls::default().with_insecure(*insecure),
            },
            ConnectionAddr::Unix(path) => Endpoint::Unix(path.clone()),
            other => {
                return Err(Error::usage(text!(
                    "unsupported address: {other}",
                    "nieobsługiwany adres: {other}"
                )));
            }
        };
        Ok(Target {
            info,
            endpoint,
            connect_limit: CONNECT_LIMIT,
            stop: Stop::default(),
            sentinels: None,
            keeper: None,
        })
    }

    /// The same server, reached as the TLS options say.
    ///
    /// # Errors
    /// A usage error when there are such options and the URL is not `rediss://`.
    pub fn with_tls(self, tls: Tls) -> Result<Target> {
        if tls.is_default() {
            return Ok(self);
        }
        let ConnectionAddr::TcpTls { host, port, .. } = self.info.addr() else {
            return Err(Error::usage(text!(
                "the TLS options need a URL that begins with rediss://",
                "opcje TLS wymagają adresu URL, który zaczyna się od rediss://"
            )));
        };
        let insecure = matches!(&self.endpoint, Endpoint::Tls { tls, .. } if tls.is_insecure());
        let tls = tls.with_insecure(insecure);
        let addr = ConnectionAddr::TcpTls {
            host: host.clone(),
            port: *port,
            insecure: tls.is_insecure(),
            tls_params: None,
        };
        let endpoint = Endpoint::Tls {
            host: host.clone(),
            port: *port,
            tls: tls.clone(),
        };
        let info = self.info.set_addr(addr);
        let client = redis::Client::build_with_tls(info, tls.certificates())
            .map_err(|error| Error::usage(failed(&error)))?;
        Ok(Target {
            info: client.get_connection_info().clone(),
            endpoint,
            connect_limit: self.connect_limit,
            stop: self.stop,
            sentinels: self.sentinels,
            keeper: None,
        })
    }

    /// A server on a Unix socket, database 0, no login.
    ///
    /// # Errors
    /// When the platform has no Unix sockets.
    pub fn unix(path: &Path) -> Result<Target> {
        let info = ConnectionAddr::Unix(path.to_owned())
            .into_connection_info()
            .map_err(|error| Error::server(failed(&error)))?;
        Target::from_info(info)
    }

    /// A server on plain TCP, database 0, no login.
    ///
    /// # Errors
    /// When the host is not usable in an address.
    pub fn tcp(host: &str, port: u16) -> Result<Target> {
        let info = ConnectionAddr::Tcp(host.to_owned(), port)
            .into_connection_info()
            .map_err(|error| Error::server(failed(&error)))?;
        Target::from_info(info)
    }

    /// The address.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The database selected after connecting.
    pub fn db(&self) -> i64 {
        self.info.redis_settings().db()
    }

    /// Whether the URL asks for RESP3. Connections begin in RESP2 all the same,
    /// for lessons choose themselves what they speak.
    pub fn wants_resp3(&self) -> bool {
        self.info.redis_settings().protocol() == redis::ProtocolVersion::RESP3
    }

    /// The ACL user, if the URL names one.
    pub fn username(&self) -> Option<&str> {
        self.info.redis_settings().username()
    }

    /// The password, if the URL has one. Never show it.
    pub fn password(&self) -> Option<&str> {
        self.info.redis_settings().password()
    }

    /// The same server, with another limit for connecting and for the login.
    #[must_use]
    pub fn with_connect_limit(self, connect_limit: Duration) -> Target {
        Target {
            connect_limit,
            ..self
        }
    }

    /// The same server with another login.
    #[must_use]
    pub fn with_login(self, user: Option<&str>, password: &str) -> Target {
        let settings = self.info.redis_settings().clone();
        let settings = match user {
            Some(user) => settings.set_username(user),
            None => settings,
        };
        Target {
            info: self
                .info
                .set_redis_settings(settings.set_password(password)),
            ..self
        }
    }

    /// The same server with another database.
    #[must_use]
    pub fn with_db(self, db: i64) -> Target {
        let settings = self.info.redis_settings().clone().set_db(db);
        Target {
            info: self.info.set_redis_settings(settings),
            ..self
        }
    }

    /// The same server, whose connections end their waits by this key.
    #[must_use]
    pub fn with_stop(self, stop: Stop) -> Target {
        Target { stop, ..self }
    }

    /// What ends every wait for this server.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The same server, which is private and kept running by `keeper`.
    #[must_use]
    pub(super) fn kept_by(self, keeper: Weak<dyn Keeper>) -> Target {
        Target {
            keeper: Some(keeper),
            ..self
        }
    }

    /// Whether the server is private, and can be started anew.
    pub fn can_renew(&self) -> bool {
        let keeper = self.keeper.as_ref();
        keeper.is_some_and(|keeper| keeper.strong_count() > 0)
    }

    /// Starts the server anew, empty, at the same address, where it is private;
    /// whether it is.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn renew(&self) -> Result<bool> {
        let Some(keeper) = self.keeper.as_ref().and_then(Weak::upgrade) else {
            return Ok(false);
        };
        keeper.renew().await.map(|()| true)
    }

    /// The sentinels that are asked where the server is.
    pub(super) fn sentinels(&self) -> Option<&Sentinels> {
        self.sentinels.as_ref()
    }

    /// The same login and database at the address of `other`.
    pub(super) fn at(&self, other: &Target) -> Target {
        Target {
            info: self.info.clone().set_addr(other.info.addr().clone()),
            endpoint: other.endpoint.clone(),
            connect_limit: self.connect_limit,
            stop: self.stop.clone(),
            sentinels: self.sentinels.clone(),
            keeper: None,
        }
    }

    /// How long connecting may take, and the login likewise.
    pub fn connect_limit(&self) -> Duration {
        self.connect_limit
    }

    /// The parameters as the `redis` crate takes them.
    pub fn info(&self) -> ConnectionInfo {
        self.info.clone()
    }

    /// A client of the `redis` crate for this server.
    ///
    /// # Errors
    /// When the crate refuses the address.
    pub fn client(&self) -> Result<redis::Client> {
        redis::Client::open(self.info()).map_err(|error| Error::server(failed(&error)))
    }
}

impl fmt::Display for Target {
    /// The address without the login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.fmt(f)
    }
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
            "redis://u:hunter2@host/?timeout=3",
            "redis://u:hunter2@host/?db=x",
            "redis://u:hunter2@host/?user=x",
            "unix:///tmp/r.sock?user=low&password=hunter2",
            "unix:///tmp/r.sock?username=low",
            "unix:///tmp/r.sock?database=3",
            "unix:///tmp/r.sock?db=3&foo=hunter2",
            "unix:///tmp/r.sock?db=x",
            "unix:///tmp/r.sock?protocol=resp4",
            "unix://u:hunter2@localhost/tmp/r.sock",
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
