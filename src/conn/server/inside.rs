//! The built-in server on a private socket of this process.
//!
//! It is reached through a real socket like any other server, so that what is
//! shown on the wire is real.

use super::folder::PrivateFolder;
use crate::conn::Target;
use crate::error::{Error, Result};
use catalog::text;

/// The built-in server, running in this process.
#[derive(Debug)]
pub(super) struct Inside {
    handle: server::Handle,
    /// The socket's directory, removed after the server has stopped.
    _dir: Option<PrivateFolder>,
}

impl Inside {
    /// Starts the server: on a Unix socket in a fresh private directory where
    /// there are such sockets, otherwise on a loopback port the system chooses.
    pub(super) fn start() -> Result<Inside> {
        let failed = |error: std::io::Error| {
            Error::server(text!(
                "the built-in server did not start: {error}",
                "serwer wbudowany nie wystartował: {error}"
            ))
        };
        if cfg!(unix) {
            let dir = PrivateFolder::new()?;
            let config = server::Config {
                unixsocket: Some(dir.path().join("s")),
                // As with one that is started: its files can be written, and
                // nothing is before somebody says so.
                dir: Some(dir.path().to_owned()),
                parameters: vec![("save".to_owned(), String::new())],
                allocated: Some(crate::allocated),
                ..server::Config::default()
            };
            return Ok(Inside {
                handle: server::start(config).map_err(failed)?,
                _dir: Some(dir),
            });
        }
        let config = server::Config {
            tcp: Some(([127, 0, 0, 1], 0).into()),
            allocated: Some(crate::allocated),
            ..server::Config::default()
        };
        Ok(Inside {
            handle: server::start(config).map_err(failed)?,
            _dir: None,
        })
    }

    /// Where it listens.
    pub(super) fn target(&self) -> Result<Target> {
        match (self.handle.unixsocket(), self.handle.tcp_addr()) {
            (Some(path), _) => Target::unix(path),
            (None, Some(addr)) => Target::tcp(&addr.ip().to_string(), addr.port()),
            (None, None) => Err(Error::server(text!(
                "the built-in server listens nowhere",
                "serwer wbudowany nigdzie nie słucha"
            ))),
        }
    }
}
