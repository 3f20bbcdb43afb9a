//! The address of a server.

use crate::conn::tls::Tls;
use std::fmt;
use std::path::PathBuf;

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
