//! The built-in server within this program, where there are no sockets.

use super::files::InMemory;
use crate::conn::{Target, stream};
use crate::error::{Error, Result};
use catalog::text;

/// The built-in server; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Inside {
    number: usize,
}

impl Inside {
    /// Starts the server.
    pub(super) fn start() -> Result<Inside> {
        Inside::on(&InMemory::default(), &[])
    }

    /// Starts a server with what is in these files and with these settings.
    pub(super) fn on(files: &InMemory, settings: &[(String, String)]) -> Result<Inside> {
        Ok(Inside {
            number: stream::run(new(files, settings)?),
        })
    }

    /// Where it is.
    pub(super) fn target(&self) -> Result<Target> {
        Ok(Target::in_process(self.number))
    }
}

/// Puts a new server in the place of one; whether there was one.
pub(in crate::conn) fn renew(number: usize) -> Result<bool> {
    let server = new(&InMemory::default(), &[])?;
    Ok(stream::replace(number, server))
}

fn new(files: &InMemory, settings: &[(String, String)]) -> Result<server::Server> {
    // As with one that is started: its files can be written, and nothing is
    // before somebody says so.
    let mut parameters = vec![("save".to_owned(), String::new())];
    parameters.extend_from_slice(settings);
    let config = server::Config {
        parameters,
        allocator: Some(crate::ALLOCATOR),
        ..server::Config::default()
    };
    server::Server::with_files(config, Box::new(files.clone())).map_err(|error| {
        Error::server(text!(
            "the built-in server does not start",
            "wbudowany serwer nie startuje"
        ))
        .because(&error)
    })
}

impl Drop for Inside {
    fn drop(&mut self) {
        stream::end(self.number);
    }
}
