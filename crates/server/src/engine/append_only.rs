//! The append-only file: every change, written down before it is answered.
//!
//! As in Redis, a unit of execution (a command, a transaction, a script, the
//! expiry of a key) leaves the commands that have its effect: what depends on
//! time or chance is written as what came of it (`PEXPIREAT` for `EXPIRE`,
//! `SREM` for `SPOP`), and more than one command of a unit as a transaction.
//! [`super::propagate`] collects them, here they become the bytes of a file, and
//! [`super::log_files`] has the files.

use crate::engine::files::Log;
use crate::engine::manifest::{Manifest, Numbered};
use crate::state::persistence::Sync;
use resp::codec::encode_command;
use std::io;

/// How often the file is synced under `appendfsync everysec`, and how soon a
/// failed write is tried again, milliseconds.
pub(super) const SECOND: i64 = 1000;

/// A command to be written, and the database it is for.
pub(crate) type Effect = (usize, Vec<Vec<u8>>);

/// The append-only file.
#[derive(Debug, Default)]
pub(crate) struct AppendOnly {
    /// The file appended to; `None` while there is none.
    pub(super) log: Option<Box<dyn Log>>,
    pub(super) manifest: Manifest,
    /// It is being begun: its base is not written yet, and `log` collects what
    /// is changed meanwhile.
    pub(crate) begins: bool,
    /// The base that is being written.
    pub(super) new_base: Option<Numbered>,
    /// What the unit being executed has done.
    pub(super) unit: Vec<Effect>,
    /// What is written in place of the command being executed.
    pub(super) instead: Option<Vec<Effect>>,
    /// What is still to be written to the file.
    pub(super) buffer: Vec<u8>,
    /// The database that the file's last command is for.
    pub(super) selected: Option<usize>,
    /// The second of the last time stamp.
    pub(super) stamped: i64,
    /// The bytes of the file appended to, since it was begun or opened.
    pub(super) appended: u64,
    /// The bytes of all its files.
    pub(super) size: u64,
    /// The same after the last rewrite.
    pub(super) base_size: u64,
    /// When it was last synced, milliseconds since 1970.
    pub(super) synced: i64,
    /// Something was written since.
    pub(super) unsynced: bool,
    /// Why it could not be written, and when that was.
    pub(super) failure: Option<(String, i64)>,
}

impl AppendOnly {
    /// Writes what is waiting to the file.
    pub(super) fn append(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.log else {
            return Ok(());
        };
        if !self.buffer.is_empty() {
            file.append(&self.buffer)?;
            self.size += self.buffer.len() as u64;
            self.appended += self.buffer.len() as u64;
            self.buffer.clear();
            self.unsynced = true;
        }
        Ok(())
    }

    /// Whether changes are written down.
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.log.is_some()
    }

    /// Syncs the file if it is time.
    pub(super) fn sync(&mut self, policy: Sync, now: i64) -> io::Result<()> {
        let Some(file) = self.log.as_mut().filter(|_| self.unsynced) else {
            return Ok(());
        };
        match policy {
            Sync::Always => file.sync()?,
            Sync::EverySecond if now < self.synced + SECOND => return Ok(()),
            Sync::EverySecond => {
                file.sync_later().unwrap_or(Ok(()))?;
                self.synced = now;
            }
            Sync::Never => {}
        }
        self.unsynced = false;
        Ok(())
    }

    /// Whether it could not be written.
    pub(crate) fn fails(&self) -> bool {
        self.failure.is_some()
    }

    /// The bytes that are not in the file yet.
    pub(crate) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// The bytes of all its files, now and after the last rewrite.
    pub(crate) fn sizes(&self) -> (u64, u64) {
        (self.size, self.base_size)
    }

    /// When something is to be done, milliseconds since 1970.
    pub(super) fn next(&self, sync: Sync) -> Option<i64> {
        if let Some((_, when)) = &self.failure {
            return Some(when + SECOND);
        }
        (self.unsynced && sync == Sync::EverySecond).then_some(self.synced + SECOND)
    }

    /// Adds the effects of a unit to what is to be written.
    pub(super) fn write_unit(&mut self, unit: &[Effect], stamp: Option<i64>) {
        if let Some(second) = stamp
            && second != self.stamped
        {
            self.stamped = second;
            self.buffer
                .extend_from_slice(format!("#TS:{second}\r\n").as_bytes());
        }
        let together = unit.len() > 1;
        if together {
            encode_command(&[b"MULTI"], &mut self.buffer);
        }
        for (db, argv) in unit {
            if self.selected != Some(*db) {
                self.selected = Some(*db);
                encode_command(&[b"SELECT", db.to_string().as_bytes()], &mut self.buffer);
            }
            let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
            encode_command(&argv, &mut self.buffer);
        }
        if together {
            encode_command(&[b"EXEC"], &mut self.buffer);
        }
    }
}
