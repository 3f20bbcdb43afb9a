//! Where a server is and how to log in: a parsed `redis://` URL.

use crate::error::{Error, Result};
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use std::fmt;
use std::path::{Path, PathBuf};

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
        /// `#insecure` in the URL: the certificate is not verified.
        insecure: bool,
    },
    /// A Unix domain socket (`redis+unix:///path` or `unix:///path`).
    Unix(PathBuf),
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
}

impl Target {
    /// Reads a URL: `redis://[user[:password]@]host[:port][/db]`, `rediss://`
    /// for TLS, `unix:///path/to.sock?db=1&user=..&pass=..` for a socket.
    ///
    /// # Errors
    /// A usage error that says what a URL looks like; the password is never
    /// part of the message.
    pub fn parse(url: &str) -> Result<Target> {
        let scheme = url.split("://").next().unwrap_or_default();
        if scheme.contains("sentinel") || scheme.contains("cluster") || url.contains(',') {
            return Err(Error::usage(
                "redis-lab talks to one server; sentinel and cluster URLs are not supported",
            )
            .hint("give the URL of one node: --url redis://HOST:PORT"));
        }
        let info = url.into_connection_info().map_err(|error| {
            Error::usage(format!("not a Redis URL: {}", redact(url, &error.to_string())))
                .hint("a URL looks like redis://user:password@localhost:6379/0, rediss://... for TLS, or unix:///run/redis.sock")
        })?;
        Target::from_info(info)
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
                insecure: *insecure,
            },
            ConnectionAddr::Unix(path) => Endpoint::Unix(path.clone()),
            other => {
                return Err(Error::usage(format!("unsupported address: {other}")));
            }
        };
        Ok(Target { info, endpoint })
    }

    /// A server on a Unix socket, database 0, no login.
    ///
    /// # Errors
    /// When the platform has no Unix sockets.
    pub fn unix(path: &Path) -> Result<Target> {
        let info = ConnectionAddr::Unix(path.to_owned())
            .into_connection_info()
            .map_err(|error| Error::server(error.to_string()))?;
        Target::from_info(info)
    }

    /// A server on plain TCP, database 0, no login.
    ///
    /// # Errors
    /// When the host is not usable in an address.
    pub fn tcp(host: &str, port: u16) -> Result<Target> {
        let info = ConnectionAddr::Tcp(host.to_owned(), port)
            .into_connection_info()
            .map_err(|error| Error::server(error.to_string()))?;
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

    /// The ACL user, if the URL names one.
    pub fn username(&self) -> Option<&str> {
        self.info.redis_settings().username()
    }

    /// The password, if the URL has one. Never show it.
    pub fn password(&self) -> Option<&str> {
        self.info.redis_settings().password()
    }

    /// The same server with another database.
    #[must_use]
    pub fn with_db(&self, db: i64) -> Target {
        let settings = self.info.redis_settings().clone().set_db(db);
        Target {
            info: self.info.clone().set_redis_settings(settings),
            endpoint: self.endpoint.clone(),
        }
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
        redis::Client::open(self.info()).map_err(|error| Error::server(error.to_string()))
    }
}

impl fmt::Display for Target {
    /// The address without the login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.fmt(f)
    }
}

/// The message about a URL without anything between `//` and `@`.
fn redact(url: &str, reason: &str) -> String {
    let shown = match (url.find("://"), url.rfind('@')) {
        (Some(start), Some(at)) if at > start => {
            format!("{}://***{}", &url[..start], &url[at..])
        }
        _ => url.to_owned(),
    };
    format!("\"{shown}\" ({reason})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_every_kind_are_read() {
        let target = Target::parse("redis://ala:s3cret@example.org:7000/3").unwrap();
        assert_eq!(target.to_string(), "example.org:7000");
        assert_eq!(
            (target.username(), target.password(), target.db()),
            (Some("ala"), Some("s3cret"), 3)
        );
        let target = Target::parse("unix:///tmp/r.sock").unwrap();
        assert_eq!(target.endpoint(), &Endpoint::Unix("/tmp/r.sock".into()));
        let target = Target::parse("rediss://localhost").unwrap();
        assert!(matches!(
            target.endpoint(),
            Endpoint::Tls {
                port: 6379,
                insecure: false,
                ..
            }
        ));
    }

    #[test]
    fn a_bad_url_is_a_usage_error_without_the_password() {
        for url in [
            "http://u:hunter2@host/",
            "redis://u:hunter2@host:notaport/",
            "nonsense",
        ] {
            let error = Target::parse(url).unwrap_err();
            assert_eq!(error.exit.code(), 2, "{url}");
            assert!(!error.message.contains("hunter2"), "{}", error.message);
        }
        let error = Target::parse("redis+sentinel://a,b").unwrap_err();
        assert!(error.message.contains("sentinel"));
    }
}
