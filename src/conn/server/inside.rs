//! The built-in server on a private socket of this process.
//!
//! It is reached through a real socket like any other server, so that what is
//! shown on the wire is real.

use super::folder::PrivateFolder;
use crate::conn::Target;
use crate::error::{Error, Result};
use catalog::text;
use std::path::Path;

/// The built-in server, running in this process.
#[derive(Debug)]
pub(super) struct Inside {
    handle: server::Handle,
    /// What it was started with.
    config: Box<server::Config>,
    /// Where its socket and its files are; removed after it has stopped.
    dir: PrivateFolder,
}

impl Inside {
    /// Starts the server: on a Unix socket in a fresh private directory where
    /// there are such sockets, otherwise on a loopback port the system chooses.
    pub(super) fn start() -> Result<Inside> {
        let (dir, mut config) = somewhere()?;
        // As with one that is started: its files can be written, and nothing is
        // before somebody says so.
        config.dir = Some(dir.path().to_owned());
        config.parameters = vec![("save".to_owned(), String::new())];
        Inside::of(dir, config).map_err(failed)
    }

    fn of(dir: PrivateFolder, config: server::Config) -> std::io::Result<Inside> {
        Ok(Inside {
            handle: server::start(config.clone())?,
            config: Box::new(config),
            dir,
        })
    }

    /// Stops it, and starts another one at the same address, with nothing of
    /// what it has kept.
    pub(super) fn renew(self) -> Result<Inside> {
        let Inside {
            handle,
            mut config,
            dir,
        } = self;
        config.tcp = handle.tcp_addr();
        drop(handle);
        dir.empty();
        Inside::of(dir, *config).map_err(failed)
    }

    /// The same with bounds on data, values and scripts, and without files.
    pub(super) fn confined() -> Result<Inside> {
        let (dir, config) = somewhere()?;
        let config = server::Config {
            // The process's own share is in it.
            maxmemory: Some(96 << 20),
            script_memory: Some(16 << 20),
            parameters: vec![("proto-max-bulk-len".to_owned(), "1mb".to_owned())],
            ..config
        };
        Inside::of(dir, config).map_err(failed)
    }

    /// The same with what it keeps in `kept`.
    pub(super) fn keeping(
        kept: &Path,
        refused: impl FnOnce(std::io::Error) -> Error,
    ) -> Result<Inside> {
        let (dir, config) = somewhere()?;
        let set = [
            ("save", ""),
            ("appendonly", "yes"),
            ("appendfsync", "everysec"),
            // What is read at the next start is never much more than the data.
            ("auto-aof-rewrite-min-size", "4mb"),
        ];
        let config = server::Config {
            dir: Some(kept.to_owned()),
            parameters: set.map(|(name, value)| (name.into(), value.into())).into(),
            ..config
        };
        Inside::of(dir, config).map_err(refused)
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

fn failed(error: std::io::Error) -> Error {
    Error::server(text!(
        "the built-in server did not start",
        "serwer wbudowany nie wystartował"
    ))
    .because(&error)
}

/// A fresh private directory, and one on a Unix socket in it where there are
/// such, otherwise on a loopback port that the system chooses.
fn somewhere() -> Result<(PrivateFolder, server::Config)> {
    let dir = PrivateFolder::new()?;
    let config = server::Config {
        unixsocket: cfg!(unix).then(|| dir.path().join("s")),
        tcp: (!cfg!(unix)).then(|| ([127, 0, 0, 1], 0).into()),
        allocator: Some(crate::ALLOCATOR),
        ..server::Config::default()
    };
    Ok((dir, config))
}
