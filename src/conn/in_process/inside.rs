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
        let config = server::Config {
            allocator: Some(crate::ALLOCATOR),
            ..server::Config::default()
        };
        let server = server::Server::new(config).map_err(|error| {
            Error::server(text!(
                "the built-in server did not start",
                "serwer wbudowany nie wystartował"
            ))
            .because(&error)
        })?;
        Ok(Inside {
            number: stream::run(server),
        })
    }

    /// Where it is.
    pub(super) fn target(&self) -> Result<Target> {
        Ok(Target::in_process(self.number))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        stream::end(self.number);
    }
}
