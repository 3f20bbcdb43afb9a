//! The files of the append-only file: written to, synced, begun anew, and
//! rewritten with the data as they are (BGREWRITEAOF).
//!
//! A rewrite does not fork either: see [`super::snapshot`].

use crate::engine::append_only::{AppendOnly, SECOND};
use crate::engine::files::Log;
use crate::engine::manifest::{self, Manifest};
use crate::engine::server::Server;
use crate::engine::snapshot::Contents;
use crate::state::persistence::{Job, Sync};
use std::io;
use std::time::Instant;

impl Server {
    /// Writes what has been collected to the file, and syncs it as
    /// `appendfsync` says. To be called before anybody is answered.
    pub(crate) fn flush_log(&mut self) {
        let log = &mut self.append_only;
        if !log.is_on() || (log.buffer.is_empty() && !log.unsynced) {
            return;
        }
        let now = self.clock.now();
        if let Some((_, when)) = &log.failure
            && now < when + SECOND
        {
            return;
        }
        let start = Instant::now();
        let written = log
            .append()
            .and_then(|()| log.sync(self.settings.appendfsync, now));
        self.figures.turns.log += start.elapsed().as_nanos() as u64;
        match written {
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
        self.append_only.failure = Some((error.to_string(), self.clock.now()));
        self.look_for_trouble();
        if self.settings.appendfsync == Sync::Always {
            self.failed = Some(text);
            for id in self.clients.take_with_output() {
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
        let mut manifest = self.append_only.manifest.clone();
        let base = manifest.next_base(self.settings.base_is_snapshot);
        let image = self.base();
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
        log.synced = self.clock.now();
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

    /// The data as a new base.
    fn base(&self) -> Vec<u8> {
        if self.settings.base_is_snapshot {
            self.image(Contents::Base)
        } else {
            self.commands_of_data()
        }
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
        let image = self.base();
        let len = image.len() as u64;
        let base = manifest.next_base(self.settings.base_is_snapshot);
        let name = manifest::path(&base.name);
        self.files()?.replace_later(&name, image);
        self.append_only.new_base = Some(base);
        Ok(Job::Rewrite {
            since: self.clock.now() / 1000,
            len,
        })
    }

    /// The new base has been written, or not.
    pub(super) fn rewritten(&mut self, since: i64, len: u64, result: io::Result<()>) {
        let keep = usize::from(self.append_only.is_on());
        let result = result.and_then(|()| {
            let mut manifest = self.append_only.manifest.clone();
            if let Some(base) = self.append_only.new_base.take() {
                manifest.rebase(base, keep);
            }
            self.put_manifest(manifest)
        });
        self.persistence.rewrite_took = Some(self.clock.now() / 1000 - since);
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
