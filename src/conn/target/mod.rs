//! Where a server is and how to log in.

mod endpoint;
mod url;
mod wrong_url;

pub use endpoint::Endpoint;

use super::fault::failed;
use super::sentinel::Sentinels;
use super::stop::Stop;
use super::tls::Tls;
use crate::error::{Error, Result};
use catalog::text;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};
use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Weak;
use std::time::Duration;

/// How long connecting may take, and the login likewise, where nobody says
/// otherwise.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

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
        let host = if host.is_ascii() {
            host.to_owned()
        } else {
            url::in_ascii(host.as_bytes())?
        };
        let info = ConnectionAddr::Tcp(host, port)
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

    /// How to log in, where the URL asks for it: who, and by which password. A
    /// user without a password has an empty one.
    pub fn login(&self) -> Option<(Option<&str>, &str)> {
        let user = self.username();
        let password = self.password().or(user.map(|_| ""))?;
        Some((user, password))
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
        let info = self.info.clone();
        let settings = info.redis_settings().clone();
        match self.login() {
            Some((_, password)) => info.set_redis_settings(settings.set_password(password)),
            None => info,
        }
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
