//! The built-in server within this program, where there are no sockets.

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
        Ok(Inside {
            number: stream::run(new()?),
        })
    }

    /// Where it is.
    pub(super) fn target(&self) -> Result<Target> {
        Ok(Target::in_process(self.number))
    }
}

/// Puts a new server in the place of one; whether there was one.
pub(super) fn renew(number: usize) -> Result<bool> {
    Ok(stream::replace(number, new()?))
}

fn new() -> Result<server::Server> {
    let config = server::Config {
        allocator: Some(crate::ALLOCATOR),
        ..server::Config::default()
    };
    server::Server::new(config).map_err(|error| {
        Error::server(text!(
            "the built-in server did not start",
            "serwer wbudowany nie wystartował"
        ))
        .because(&error)
    })
}

impl Drop for Inside {
    fn drop(&mut self) {
        stream::end(self.number);
    }
}
