//! Where a server is, where there are no sockets: one of this program's own.

use super::ConnError;
use super::stop::Stop;
use crate::error::Result;
use std::fmt;
use std::time::Duration;

/// How long connecting may take, and the first answers likewise.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The address of a server: its number among those of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(usize);

impl Endpoint {
    pub(super) fn number(&self) -> usize {
        self.0
    }

    /// Whether bytes travel as they are: always.
    pub fn is_plain(&self) -> bool {
        true
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in-process:{}", self.0)
    }
}

/// A server to connect to.
#[derive(Debug, Clone)]
pub struct Target {
    endpoint: Endpoint,
    stop: Stop,
}

impl Target {
    /// The server of this number.
    pub(super) fn in_process(number: usize) -> Target {
        Target {
            endpoint: Endpoint(number),
            stop: Stop::default(),
        }
    }

    /// The address.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The database selected after connecting.
    pub fn db(&self) -> i64 {
        0
    }

    /// Nobody logs in.
    pub fn login(&self) -> Option<(Option<&str>, &str)> {
        None
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

    /// Every server is this program's own.
    pub fn can_renew(&self) -> bool {
        true
    }

    /// Starts the server anew, empty; whether there is one.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn renew(&self) -> Result<bool> {
        super::server::renew(self.endpoint.number())
    }

    /// How long connecting may take, and the first answers likewise.
    pub fn connect_limit(&self) -> Duration {
        CONNECT_LIMIT
    }

    /// Where to connect to now: always the same.
    ///
    /// # Errors
    /// None.
    pub async fn master(&self) -> Result<Target, ConnError> {
        Ok(self.clone())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.fmt(f)
    }
}
