//! The files of the append-only file: written to, synced, begun anew, and
//! rewritten with the data as they are (BGREWRITEAOF).
//!
//! A rewrite does not fork either: see [`super::snapshot`].

use crate::engine::append_only::{AppendOnly, SECOND};
use crate::engine::files::{Log, what_it_is};
use crate::engine::image::Image;
use crate::engine::manifest::{Manifest, Numbered};
use crate::engine::news::News;
use crate::engine::server::Server;
use crate::engine::snapshot::Contents;
use crate::state::persistence::{Sync, Writing};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
        if self.settings.log_delay > 0 && !log.buffer.is_empty() {
            std::thread::sleep(Duration::from_micros(self.settings.log_delay));
        }
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
        let text = self.file_fault(&self.settings.log_name.folder, error);
        self.append_only.failure = Some((what_it_is(error), self.clock.now()));
        self.look_for_trouble();
        if self.settings.appendfsync == Sync::Always {
            self.tell(News::Failed(text));
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

    /// Begins an append-only file with the data as they are now, before it
    /// returns; one that is there already is replaced.
    ///
    /// # Errors
    /// When its files cannot be written; then nothing has changed.
    pub(crate) fn start_log(&mut self) -> io::Result<()> {
        self.files()?;
        let names = self.settings.log_name.clone();
        let mut manifest = self.append_only.manifest.clone();
        let base = manifest.next_base(&names.stem, self.settings.base_is_snapshot);
        let image = self.base();
        let len = image.bytes.len() as u64;
        let mut reader = self.reader(image, Arc::default());
        self.files()?
            .replace(&names.path(&base.name), &mut reader)?;
        manifest.rebase(base, 0);
        let name = names.path(&manifest.begin_log(&names.stem));
        // A file of this name can only be one that no manifest names.
        self.files()?.replace(&name, &mut io::empty())?;
        let file = self.files()?.append_to(&name)?;
        self.put_manifest(manifest)?;
        self.remove_history();
        self.append_to(file, len);
        Ok(())
    }

    /// Begins an append-only file while clients are served (CONFIG SET
    /// appendonly yes): until its base is written there is none, and what is
    /// changed meanwhile is collected in a file of its own. `now` is no where
    /// the data are half-way.
    ///
    /// # Errors
    /// When its files cannot be written; then nothing has changed.
    pub(crate) fn begin_log(&mut self, now: bool) -> io::Result<()> {
        self.files()?;
        self.append_only.begins = true;
        self.persistence.forget_failures();
        self.persistence.rewrite_scheduled = true;
        self.give_up(|what| matches!(what, Writing::Rewrite { .. }));
        if !now || self.persistence.job.is_some() {
            self.tell(News::BeginsLater);
            return Ok(());
        }
        self.persistence.rewrite_scheduled = false;
        let begun = self.begin_rewrite();
        self.append_only.begins = begun.is_ok();
        begun
    }

    /// Waits until a file that is being begun is there (WAITAOF).
    ///
    /// # Errors
    /// When its files cannot be written.
    pub(crate) fn have_log_begun(&mut self) -> io::Result<()> {
        if self.append_only.begins {
            self.give_up(|what| matches!(what, Writing::Rewrite { .. }));
            self.drop_beginning();
            self.start_log()?;
            self.append_only.begins = false;
            self.persistence.rewrite_scheduled = false;
        }
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
        self.give_up(|what| matches!(what, Writing::Rewrite { .. }));
        self.persistence.rewrite_scheduled = false;
        // Nothing of it is lost that was answered for.
        let _ = self.sync_log();
        self.drop_beginning();
        let log = std::mem::take(&mut self.append_only);
        self.append_only = AppendOnly {
            manifest: log.manifest,
            new_base: log.new_base,
            ..AppendOnly::default()
        };
        self.look_for_trouble();
    }

    /// What was collected for a file whose base is not written is of no use.
    pub(super) fn drop_beginning(&mut self) {
        if self.append_only.begins && self.append_only.log.take().is_some() {
            self.append_only.buffer.clear();
            let name = self.settings.log_name.beginning();
            // One that cannot be removed is emptied before it is used again.
            let _ = self.files().and_then(|files| files.remove(&name));
        }
    }

    /// The data as a new base.
    fn base(&self) -> Image {
        if self.settings.base_is_snapshot {
            self.image(Contents::Base)
        } else {
            self.commands_of_data()
        }
    }

    /// Writes a manifest, and goes by it.
    pub(super) fn put_manifest(&mut self, manifest: Manifest) -> io::Result<()> {
        let text = manifest.text();
        let name = self.settings.log_name.manifest();
        self.files()?.replace(&name, &mut text.as_bytes())?;
        self.append_only.manifest = manifest;
        Ok(())
    }

    /// Removes the files that a rewrite has replaced, unless
    /// `aof-disable-auto-gc` keeps them.
    pub(crate) fn remove_history(&mut self) {
        if self.settings.keep_history {
            return;
        }
        let names = self.settings.log_name.clone();
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
            let _ = files.remove(&names.path(&file.name));
        }
        let _ = self.put_manifest(manifest);
    }

    /// Whether it is time to rewrite the log: `auto-aof-rewrite-percentage`.
    pub(super) fn log_has_grown(&self) -> bool {
        let percent = self.settings.rewrite_percentage;
        let (size, base) = self.append_only.sizes();
        percent > 0
            && self.append_only.is_on()
            && !self.append_only.begins
            && size > self.settings.rewrite_min_size
            && size.saturating_sub(base) * 100 / base.max(1) >= percent
    }

    /// Whether a rewrite may begin that has been scheduled or is due; where
    /// too many have failed, it is told that it waits.
    pub(super) fn may_rewrite(&mut self) -> bool {
        let may = self.persistence.may_rewrite(self.clock.now());
        if let Err(Some(minutes)) = may {
            self.tell(News::RewriteWaits { minutes });
        }
        may.is_ok()
    }

    /// Begins a new base, from the data as they are now, and a new file for
    /// the commands from here on (BGREWRITEAOF).
    pub(crate) fn rewrite_log(&mut self) {
        self.persistence.rewrite_scheduled = false;
        if let Err(error) = self.begin_rewrite() {
            self.rewrite_fails(&error);
        }
    }

    fn rewrite_fails(&mut self, error: &io::Error) {
        self.persistence.rewrite_failed = true;
        self.persistence.rewrite_failures += 1;
        let why = self.file_fault(&self.settings.log_name.folder, error);
        self.tell(News::NotRewritten(why));
        // Or there would never be one.
        self.persistence.rewrite_scheduled |= self.append_only.begins;
    }

    fn begin_rewrite(&mut self) -> io::Result<()> {
        let names = self.settings.log_name.clone();
        let mut manifest = self.append_only.manifest.clone();
        if self.settings.appendonly {
            self.sync_log()?;
            let name = if self.append_only.begins {
                names.beginning()
            } else {
                names.path(&manifest.begin_log(&names.stem))
            };
            self.files()?.replace(&name, &mut io::empty())?;
            let file = self.files()?.append_to(&name)?;
            if !self.append_only.begins {
                self.put_manifest(manifest.clone())?;
            }
            self.append_only.log = Some(file);
            self.append_only.selected = None;
            self.append_only.appended = 0;
        }
        let image = self.base();
        let len = image.bytes.len() as u64;
        let base = manifest.next_base(&names.stem, self.settings.base_is_snapshot);
        let name = names.path(&base.name);
        self.append_only.new_base = Some(base);
        self.write_later(&name, image, Writing::Rewrite { len })
    }

    /// The new base has been written, or not, or is not wanted any more.
    pub(super) fn rewritten(
        &mut self,
        took: i64,
        len: u64,
        unwanted: bool,
        result: io::Result<()>,
    ) {
        let base = self.append_only.new_base.take();
        if unwanted {
            // Unless another of that name has been written since.
            let is_named = base == self.append_only.manifest.base;
            if let (Ok(()), Some(base), false) = (result, base, is_named) {
                let name = self.settings.log_name.path(&base.name);
                let _ = self.files().and_then(|files| files.remove(&name));
            }
            return;
        }
        self.persistence.rewrite_took = Some(took);
        let result = result.and_then(|()| match base {
            Some(base) if self.append_only.begins => self.have_begun(base),
            Some(base) => {
                let mut manifest = self.append_only.manifest.clone();
                manifest.rebase(base, usize::from(self.append_only.is_on()));
                self.put_manifest(manifest)
            }
            None => Ok(()),
        });
        if let Err(error) = result {
            if self.append_only.begins {
                self.drop_beginning();
                self.tell(News::NotBegun);
            }
            self.rewrite_fails(&error);
            return;
        }
        self.append_only.begins = false;
        self.persistence.rewrite_failed = false;
        self.persistence.rewrites += 1;
        self.persistence.forget_failures();
        self.remove_history();
        let log = &mut self.append_only;
        log.size = len + log.appended;
        log.base_size = log.size;
    }

    /// The base of a file that is being begun is there: what was collected
    /// meanwhile becomes the rest of it.
    fn have_begun(&mut self, base: Numbered) -> io::Result<()> {
        self.sync_log()?;
        let names = self.settings.log_name.clone();
        let mut manifest = self.append_only.manifest.clone();
        manifest.rebase(base, 0);
        let name = names.path(&manifest.begin_log(&names.stem));
        self.append_only.log = None;
        let files = self.files()?;
        files.rename(&names.beginning(), &name)?;
        let file = files.append_to(&name)?;
        self.put_manifest(manifest)?;
        self.append_only.log = Some(file);
        Ok(())
    }
}
