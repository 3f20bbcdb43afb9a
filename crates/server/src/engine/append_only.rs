//! The append-only file: every change, written down before it is answered.
//!
//! As in Redis, a unit of execution (a command, a transaction, a script, the
//! expiry of a key) leaves the commands that have its effect: what depends on
//! time or chance is written as what came of it (`PEXPIREAT` for `EXPIRE`,
//! `SREM` for `SPOP`), and more than one command of a unit as a transaction.
//! [`super::propagate`] collects them; here they get into the files, and into
//! new ones when the log is rewritten.

use crate::engine::files::Log;
use crate::engine::manifest::{self, Manifest};
use crate::engine::server::Server;
use crate::state::persistence::{Job, Sync};
use resp::codec::encode_command;
use std::io;

/// How often the file is synced under `appendfsync everysec`, and how soon a
/// failed write is tried again, milliseconds.
const SECOND: i64 = 1000;

/// A command to be written, and the database it is for.
pub(crate) type Effect = (usize, Vec<Vec<u8>>);

/// The append-only file.
#[derive(Debug, Default)]
pub(crate) struct AppendOnly {
    /// The file appended to; `None` while there is none.
    pub(super) log: Option<Box<dyn Log>>,
    pub(super) manifest: Manifest,
    /// What the unit being executed has done.
    pub(super) unit: Vec<Effect>,
    /// What is written in place of the command being executed.
    pub(super) instead: Option<Vec<Effect>>,
    /// What is still to be written to the file.
    buffer: Vec<u8>,
    /// The database that the file's last command is for.
    selected: Option<usize>,
    /// The second of the last time stamp.
    stamped: i64,
    /// The bytes of the file appended to, since it was begun or opened.
    appended: u64,
    /// The bytes of all its files.
    pub(super) size: u64,
    /// The same after the last rewrite.
    pub(super) base_size: u64,
    /// When it was last synced, milliseconds since 1970.
    synced: i64,
    /// Something was written since.
    unsynced: bool,
    /// Why it could not be written, and when that was.
    pub(super) failure: Option<(String, i64)>,
}

impl AppendOnly {
    /// Writes what is waiting to the file.
    fn append(&mut self) -> io::Result<()> {
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
    fn sync(&mut self, policy: Sync, now: i64) -> io::Result<()> {
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
            self.buffer.extend_from_slice(format!("#TS:{second}\r\n").as_bytes());
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

impl Server {
    /// Writes what has been collected to the file, and syncs it as
    /// `appendfsync` says. To be called before anybody is answered.
    pub(crate) fn flush_log(&mut self) {
        let log = &mut self.append_only;
        if !log.is_on() || (log.buffer.is_empty() && !log.unsynced) {
            return;
        }
        let now = self.now;
        if let Some((_, when)) = &log.failure
            && now < when + SECOND
        {
            return;
        }
        match log.append().and_then(|()| log.sync(self.settings.appendfsync, now)) {
            Ok(()) => self.log_works(),
            Err(error) => self.log_fails(&error),
        }
    }

    fn log_works(&mut self) {
        if self.append_only.failure.take().is_some() {
            self.look_for_trouble();
        }
    }

    /// The file could not be written. Under `always` whoever is answered has
    /// been promised that it was: so nobody is, and the server stops.
    fn log_fails(&mut self, error: &io::Error) {
        let text = self.file_error(manifest::FOLDER, error);
        self.append_only.failure = Some((error.to_string(), self.now));
        self.look_for_trouble();
        if self.settings.appendfsync == Sync::Always {
            self.failed = Some(text);
            for id in std::mem::take(&mut self.with_output) {
                self.close_soon(id);
            }
            self.stop();
        }
    }

    /// Has what was written so far on the disk before it returns (WAITAOF,
    /// SHUTDOWN).
    ///
    /// # Errors
    /// When that is impossible.
    pub(crate) fn sync_log(&mut self) -> io::Result<()> {
        let log = &mut self.append_only;
        log.append()?;
        if let Some(file) = &mut log.log {
            file.sync()?;
        }
        log.unsynced = false;
        Ok(())
    }

    /// Begins an append-only file with the data as they are now; one that is
    /// there already is replaced (CONFIG SET appendonly yes).
    ///
    /// # Errors
    /// When its files cannot be written; then nothing has changed.
    pub(crate) fn start_log(&mut self) -> io::Result<()> {
        self.files()?;
        self.drop_rewrite();
        let image = self.image(true);
        let mut manifest = self.append_only.manifest.clone();
        let base = manifest.next_base();
        self.files()?.replace(&manifest::path(&base.name), &image)?;
        manifest.rebase(base, 0);
        let name = manifest::path(&manifest.begin_log());
        // A file of this name can only be one that no manifest names.
        self.files()?.replace(&name, b"")?;
        let file = self.files()?.append_to(&name)?;
        self.put_manifest(manifest)?;
        self.remove_history();
        self.append_to(file, image.len() as u64);
        Ok(())
    }

    /// Goes on with this file; all files have so many bytes.
    pub(super) fn append_to(&mut self, file: Box<dyn Log>, size: u64) {
        let log = &mut self.append_only;
        log.log = Some(file);
        log.selected = None;
        log.appended = 0;
        (log.size, log.base_size) = (size, size);
        log.synced = self.now;
        log.failure = None;
    }

    /// Ends it: the files stay as they are (CONFIG SET appendonly no).
    pub(crate) fn stop_log(&mut self) {
        self.drop_rewrite();
        // Nothing of it is lost that was answered for.
        let _ = self.sync_log();
        let manifest = std::mem::take(&mut self.append_only.manifest);
        self.append_only = AppendOnly {
            manifest,
            ..AppendOnly::default()
        };
        self.look_for_trouble();
    }

    /// A base being written is of no use any more.
    fn drop_rewrite(&mut self) {
        if let Some(Job::Rewrite { .. }) = self.persistence.job {
            self.persistence.job = None;
        }
    }

    /// Writes a manifest, and goes by it.
    pub(super) fn put_manifest(&mut self, manifest: Manifest) -> io::Result<()> {
        let text = manifest.text();
        self.files()?.replace(&manifest::name(), text.as_bytes())?;
        self.append_only.manifest = manifest;
        Ok(())
    }

    /// Removes the files that a rewrite has replaced.
    pub(super) fn remove_history(&mut self) {
        let mut manifest = self.append_only.manifest.clone();
        let Ok(files) = self.files() else {
            return;
        };
        let old = std::mem::take(&mut manifest.history);
        if old.is_empty() {
            return;
        }
        for file in old {
            // One that is not there any more needs no removing.
            let _ = files.remove(&manifest::path(&file.name));
        }
        let _ = self.put_manifest(manifest);
    }

    /// Whether it is time to rewrite the log: `auto-aof-rewrite-percentage`.
    pub(super) fn log_has_grown(&self) -> bool {
        let percent = self.settings.rewrite_percentage;
        let (size, base) = self.append_only.sizes();
        percent > 0
            && self.append_only.is_on()
            && self.persistence.rewrite_failures == 0
            && size > self.settings.rewrite_min_size
            && size.saturating_sub(base) * 100 / base.max(1) >= percent
    }

    /// Begins a new base, from the data as they are now, and a new file for
    /// the commands from here on (BGREWRITEAOF).
    pub(crate) fn rewrite_log(&mut self) {
        self.persistence.rewrite_scheduled = false;
        let begun = self.begin_rewrite();
        self.persistence.job = begun.as_ref().ok().copied();
        if begun.is_err() {
            self.persistence.rewrite_failed = true;
            self.persistence.rewrite_failures += 1;
        }
    }

    fn begin_rewrite(&mut self) -> io::Result<Job> {
        let mut manifest = self.append_only.manifest.clone();
        if self.append_only.is_on() {
            self.sync_log()?;
            let name = manifest::path(&manifest.begin_log());
            self.files()?.replace(&name, b"")?;
            let file = self.files()?.append_to(&name)?;
            self.put_manifest(manifest.clone())?;
            self.append_only.log = Some(file);
            self.append_only.selected = None;
            self.append_only.appended = 0;
        }
        let image = self.image(true);
        let len = image.len() as u64;
        let base = manifest::path(&manifest.next_base().name);
        self.files()?.replace_later(&base, image);
        Ok(Job::Rewrite {
            since: self.now / 1000,
            len,
        })
    }

    /// The new base has been written, or not.
    pub(super) fn rewritten(&mut self, since: i64, len: u64, result: io::Result<()>) {
        let keep = usize::from(self.append_only.is_on());
        let result = result.and_then(|()| {
            let mut manifest = self.append_only.manifest.clone();
            let base = manifest.next_base();
            manifest.rebase(base, keep);
            self.put_manifest(manifest)
        });
        self.persistence.rewrite_took = Some(self.now / 1000 - since);
        self.persistence.rewrite_failed = result.is_err();
        if result.is_err() {
            self.persistence.rewrite_failures += 1;
            return;
        }
        self.persistence.rewrites += 1;
        self.persistence.rewrite_failures = 0;
        self.remove_history();
        let log = &mut self.append_only;
        log.size = len + log.appended;
        log.base_size = log.size;
    }
}
