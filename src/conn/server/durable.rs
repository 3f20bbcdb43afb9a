//! A server with files that a demo kills and starts again: a real one with
//! `kill -9`, the built-in one by ending its thread on the spot. Either way
//! nothing is saved on the way out.

use super::Kind;
use super::folder::PrivateFolder;
use super::spawn::Child;
use crate::conn::Target;
use crate::error::{Error, Result};
use catalog::text;
use std::io;
use std::path::{Path, PathBuf};

/// The server; it goes away with its folder when this is dropped.
#[derive(Debug)]
pub struct Durable {
    /// A real server's program; `None` for the built-in one.
    program: Option<PathBuf>,
    options: Vec<(String, String)>,
    state: State,
}

#[derive(Debug)]
enum State {
    Real(Child),
    BuiltIn(server::Handle, PrivateFolder),
    Down(PrivateFolder),
    /// Its folder is lost.
    Gone,
}

impl Durable {
    /// Whether its files are on a disk.
    pub const IS_ON_DISK: bool = true;

    /// Starts a server of this kind in a fresh folder; `options` are settings
    /// and their values.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(kind: &Kind, options: &[(&str, &str)]) -> Result<Durable> {
        let options = options.iter();
        let mut server = Durable {
            program: match kind {
                Kind::Spawned(program) => Some(program.clone()),
                Kind::Builtin | Kind::External => None,
            },
            options: options
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            state: State::Down(PrivateFolder::new()?),
        };
        server.start_again().await?;
        Ok(server)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When it is down.
    pub fn target(&self) -> Result<Target> {
        match &self.state {
            State::Real(child) => child.target(),
            State::BuiltIn(handle, _) => match (handle.unixsocket(), handle.tcp_addr()) {
                (Some(path), _) => Target::unix(path),
                (None, Some(addr)) => Target::tcp(&addr.ip().to_string(), addr.port()),
                (None, None) => Err(down()),
            },
            State::Down(_) | State::Gone => Err(down()),
        }
    }

    /// The part of its append-only file that grows, while it is down.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn log(&self) -> Result<Vec<u8>> {
        std::fs::read(self.log_path()?).map_err(|error| unusable(&error))
    }

    /// Puts this into its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put_log(&mut self, bytes: &[u8]) -> Result<()> {
        std::fs::write(self.log_path()?, bytes).map_err(|error| unusable(&error))
    }

    /// The incremental file since Redis 7.0, the only one before.
    fn log_path(&self) -> Result<PathBuf> {
        let State::Down(folder) = &self.state else {
            return Err(unusable(&io::ErrorKind::ResourceBusy.into()));
        };
        let inside = |folder: &Path| {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let paths = entries.map(|entry| entry.path());
            let mut files: Vec<PathBuf> = paths
                .filter(|path| path.extension().is_some_and(|extension| extension == "aof"))
                .filter(|path| !path.to_string_lossy().contains(".base."))
                .collect();
            files.sort();
            files.pop()
        };
        let found = inside(&folder.path().join("appendonlydir")).or_else(|| inside(folder.path()));
        found.ok_or_else(|| unusable(&io::ErrorKind::NotFound.into()))
    }

    /// Kills it. Its files stay.
    pub fn kill(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Gone) {
            State::Real(child) => child.kill().map_or(State::Gone, State::Down),
            State::BuiltIn(handle, folder) => {
                drop(handle);
                State::Down(folder)
            }
            State::Down(folder) => State::Down(folder),
            State::Gone => State::Gone,
        };
    }

    /// Starts it with what is in its folder.
    ///
    /// # Errors
    /// When it does not start: its last words are the reason.
    pub async fn start_again(&mut self) -> Result<()> {
        let State::Down(folder) = std::mem::replace(&mut self.state, State::Gone) else {
            return Err(down());
        };
        if let Some(program) = &self.program {
            let options = self.options.iter();
            let options = options.flat_map(|(name, value)| [format!("--{name}"), value.clone()]);
            let options: Vec<String> = options.collect();
            self.state = State::Real(Child::start_keeping(folder, program, &options).await?);
            return Ok(());
        }
        let mut parameters = vec![("save".to_owned(), String::new())];
        parameters.extend(self.options.iter().cloned());
        let config = server::Config {
            unixsocket: cfg!(unix).then(|| folder.path().join("s")),
            tcp: (!cfg!(unix)).then_some(([127, 0, 0, 1], 0).into()),
            dir: Some(folder.path().to_owned()),
            parameters,
            allocator: Some(crate::ALLOCATOR),
            ..server::Config::default()
        };
        if let Some(socket) = &config.unixsocket {
            let _ = std::fs::remove_file(socket);
        }
        let handle = server::start(config).map_err(|error| {
            Error::server(text!(
                "the built-in server does not start",
                "serwer wbudowany nie startuje"
            ))
            .because(&error)
        })?;
        self.state = State::BuiltIn(handle, folder);
        Ok(())
    }
}

fn unusable(error: &io::Error) -> Error {
    Error::server(text!(
        "the append-only file cannot be used",
        "pliku AOF nie da się użyć"
    ))
    .because(error)
}

fn down() -> Error {
    Error::server(text!("the server is down", "serwer nie działa"))
}
