//! SAVE's file: the data as commands.
//!
//! `dump.resp` in the directory given with `serve --dir` holds RESP commands,
//! `SELECT <db>` and `RESTORE <key> <expiry> <payload> ABSTTL` for every key,
//! with the payload that DUMP gives. It is read again at the next start, and
//! `redis-cli --pipe < dump.resp` loads it into any Redis 7. It is written
//! under another name first and then renamed, so that a crash never leaves
//! half a file.

use crate::engine::dispatch::After;
use crate::engine::server::Server;
use crate::state::client::Client;
use crate::store::dump;
use crate::wire::protocol::{self, Partial, Request, RequestLimits};
use resp::codec::encode_command;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file's name.
pub const FILE: &str = "dump.resp";

impl Server {
    /// Where the snapshot goes, if it may be written at all.
    pub(crate) fn snapshot_path(&self) -> Option<PathBuf> {
        Some(self.settings.dir.as_ref()?.join(FILE))
    }

    /// Writes all databases to the snapshot file.
    ///
    /// # Errors
    /// When the file cannot be written; the old one is then still whole.
    pub(crate) fn save(&mut self, path: &Path) -> io::Result<()> {
        let new = path.with_extension("tmp");
        let mut file = io::BufWriter::new(std::fs::File::create(&new)?);
        let mut command = Vec::new();
        for (n, db) in self.dbs.iter().enumerate().filter(|(_, db)| !db.is_empty()) {
            encode_command(&[b"SELECT", n.to_string().as_bytes()], &mut command);
            for (key, entry) in db.keys.iter() {
                if entry.is_expired(self.now) {
                    continue;
                }
                let expire = entry.expire_at().unwrap_or(0).to_string();
                let payload = dump::dump(&entry.value, &self.settings.limits);
                encode_command(
                    &[&b"RESTORE"[..], key, expire.as_bytes(), &payload, b"ABSTTL"],
                    &mut command,
                );
                file.write_all(&command)?;
                command.clear();
            }
            file.write_all(&command)?;
            command.clear();
        }
        file.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        std::fs::rename(&new, path)?;
        self.dirty = 0;
        self.last_save = self.now / 1000;
        Ok(())
    }

    /// Executes the commands of a snapshot file, if there is one.
    ///
    /// # Errors
    /// When it cannot be read, or holds something else than a snapshot.
    pub(crate) fn load(&mut self, path: &Path) -> io::Result<()> {
        let input = match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            input => input?,
        };
        let wrong = |what: &str| {
            let message = format!("{}: {what}", path.display());
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        let id = self.next_client_id;
        let mut client = Client::new(id, self.now);
        client.authenticated = true;
        self.clients.insert(id, Box::new(client));
        let result = self.load_commands(id, &input).map_err(wrong);
        self.forget_client(id);
        self.dirty = 0;
        result
    }

    fn load_commands(&mut self, id: u64, input: &[u8]) -> Result<(), &'static str> {
        let limits = RequestLimits {
            max_bulk: self.settings.proto_max_bulk_len,
            authenticated: true,
        };
        let mut places = Vec::new();
        let mut at = 0;
        while at < input.len() {
            let rest = &input[at..];
            let Request::Complete { used } =
                protocol::parse(rest, &mut Partial::default(), limits, &mut places)
            else {
                return Err("the file is damaged or cut off");
            };
            let argv: Vec<&[u8]> = places.iter().map(|(a, b)| &rest[*a..*b]).collect();
            if !matches!(argv.first(), Some(name) if *name == b"SELECT" || *name == b"RESTORE") {
                return Err("this is no snapshot: it holds other commands");
            }
            if self.execute(id, &argv) != After::Continue {
                return Err("a command could not be executed");
            }
            let Some(client) = self.clients.get_mut(&id) else {
                return Err("a command could not be executed");
            };
            if client.out.buf.first() == Some(&b'-') {
                return Err("a key could not be restored");
            }
            client.out.buf.clear();
            at += used;
        }
        Ok(())
    }
}
