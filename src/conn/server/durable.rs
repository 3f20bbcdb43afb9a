//! A server with files that a demo kills and starts again: a real one with
//! `kill -9`, the built-in one by ending its thread on the spot. Either way
//! nothing is saved on the way out.

use super::Kind;
use super::folder::PrivateFolder;
use super::spawn::Child;
use crate::conn::Target;
use crate::error::{Error, Result};
use catalog::text;
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

    /// Its folder, while it is down.
    pub fn folder(&self) -> Option<&Path> {
        match &self.state {
            State::Down(folder) => Some(folder.path()),
            _ => None,
        }
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

fn down() -> Error {
    Error::server(text!("the server is down", "serwer nie działa"))
}
