//! A server with files that a demo kills and starts again, where there are no
//! processes: it is dropped on the spot, and its files in memory outlast it.

use super::Kind;
use super::files::InMemory;
use super::inside::Inside;
use crate::conn::Target;
use crate::error::{Error, Result};
use catalog::text;
use server::Files as _;

/// The server and its files.
#[derive(Debug)]
pub struct Durable {
    options: Vec<(String, String)>,
    files: InMemory,
    /// None while it is down.
    running: Option<Inside>,
}

impl Durable {
    /// Whether its files are on a disk.
    pub const IS_ON_DISK: bool = false;

    /// Starts a server without files; `options` are settings and their values.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(_: &Kind, options: &[(&str, &str)]) -> Result<Durable> {
        let options = options.iter();
        let mut server = Durable {
            options: options
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            files: InMemory::default(),
            running: None,
        };
        server.start_again().await?;
        Ok(server)
    }

    /// Where it is.
    ///
    /// # Errors
    /// When it is down.
    pub fn target(&self) -> Result<Target> {
        self.running.as_ref().ok_or_else(down)?.target()
    }

    /// Kills it. Its files stay.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts it with what is in its files.
    ///
    /// # Errors
    /// When it does not start: its last words are the reason.
    pub async fn start_again(&mut self) -> Result<()> {
        self.running = Some(Inside::on(&self.files, &self.options)?);
        Ok(())
    }

    /// The part of its append-only file that grows.
    ///
    /// # Errors
    /// When there is none.
    pub fn log(&self) -> Result<Vec<u8>> {
        let log = self.files.read(&self.log_name()?);
        Ok(log.ok().flatten().unwrap_or_default())
    }

    /// Puts this into its place.
    ///
    /// # Errors
    /// When there is none.
    pub fn put_log(&mut self, bytes: &[u8]) -> Result<()> {
        self.files.put(&self.log_name()?, bytes.to_vec());
        Ok(())
    }

    fn log_name(&self) -> Result<String> {
        let names = self.files.names().into_iter();
        let mut logs = names.filter(|name| name.ends_with(".incr.aof"));
        logs.next_back()
            .ok_or_else(|| Error::server(text!("there is no append-only file", "nie ma pliku AOF")))
    }
}

fn down() -> Error {
    Error::server(text!("the server is down", "serwer nie działa"))
}
