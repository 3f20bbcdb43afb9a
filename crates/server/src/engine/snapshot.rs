//! Snapshots: SAVE, BGSAVE, save points.
//!
//! Redis forks for BGSAVE: the child writes the memory of that moment while
//! the parent goes on changing its own. Here nothing forks (there is no safe
//! way in a process with threads, and none at all on Windows and in
//! WebAssembly). The picture of the moment is taken at once, as the bytes of
//! the file in memory, and another thread writes them. So clients wait while
//! the data are encoded, but not for the disk; and the memory needed meanwhile
//! is the size of the file, where Redis may need as much again as it has.

use crate::engine::files::Files;
use crate::engine::image::Image;
use crate::engine::news::{FileFault, News};
use crate::engine::server::Server;
use crate::state::eviction::{Order, Policy};
use crate::state::persistence::{Job, Progress, Writing};
use crate::store::Entry;
use crate::store::dump::{FileWriter, Usage};
use crate::wire::VERSION;
use std::io;
use std::sync::Arc;

/// A snapshot that could not be written is tried again after so long, seconds.
const RETRY_SECONDS: i64 = 5;

/// What is put into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// Functions and keys.
    Everything,
    /// The same, as the base of an append-only file.
    Base,
    /// Functions alone.
    Functions,
}

impl Server {
    /// The data as a snapshot file.
    pub(crate) fn image(&self, contents: Contents) -> Image {
        let mut pieces = self.pieces();
        let mut file = FileWriter::new(&self.settings.limits);
        file.fact("redis-ver", VERSION);
        file.fact("redis-bits", &usize::BITS.to_string());
        file.fact("ctime", &(self.clock.now() / 1000).to_string());
        file.fact("used-mem", &self.used_memory().to_string());
        let is_base = contents == Contents::Base;
        file.fact("aof-base", if is_base { "1" } else { "0" });
        for (_, source) in self.script.sources_of_libraries() {
            file.functions(source);
        }
        let no_keys = contents == Contents::Functions;
        let dbs = if no_keys { &[][..] } else { &self.dbs };
        for (number, db) in dbs.iter().enumerate().filter(|(_, db)| !db.is_empty()) {
            file.database(number, db.len(), db.volatile_len());
            for (key, entry) in db.keys.iter() {
                file.key(key, entry, self.usage(entry));
                pieces.key(file.len());
            }
        }
        let bytes = file.finish();
        Image { bytes, pieces }
    }

    /// How much a key was used, if the policy of eviction goes by that.
    fn usage(&self, entry: &Entry) -> Option<Usage> {
        match self.settings.maxmemory_policy {
            Policy::AllKeys(Order::Recency) | Policy::Volatile(Order::Recency) => {
                Some(Usage::Idle(self.access.idle(entry.access).into()))
            }
            Policy::AllKeys(Order::Frequency) | Policy::Volatile(Order::Frequency) => {
                Some(Usage::Frequency(self.access.frequency(entry.access)))
            }
            _ => None,
        }
    }

    /// The files, if the server may keep any.
    ///
    /// # Errors
    /// When it may not.
    pub(crate) fn files(&mut self) -> io::Result<&mut Box<dyn Files>> {
        self.files.as_mut().ok_or_else(|| {
            io::Error::other("no directory to save to: start the server with serve --dir DIR")
        })
    }

    /// What went wrong with a file.
    pub(crate) fn file_fault(&self, name: &str, error: &io::Error) -> FileFault {
        let place = self.files.as_ref().map(|files| files.place());
        FileFault {
            file: place.map_or_else(String::new, |place| format!("{place}/{name}")),
            error: error.to_string(),
        }
    }

    /// Writes a snapshot before it returns.
    ///
    /// # Errors
    /// When it cannot be written; the old one is then still whole.
    pub(crate) fn save(&mut self) -> io::Result<()> {
        self.files()?;
        let image = self.image(Contents::Everything);
        let name = self.settings.dbfilename.clone();
        let mut reader = self.reader(image, Arc::default());
        self.files()?.replace(&name, &mut reader)?;
        self.saved(0);
        Ok(())
    }

    /// A snapshot is written; so many changes are not in it.
    fn saved(&mut self, since: u64) {
        self.dirty = since;
        self.persistence.last_save = self.clock.now() / 1000;
        self.persistence.save_failed = false;
        self.persistence.saves += 1;
    }

    /// Takes a snapshot and has it written while clients are served.
    ///
    /// # Errors
    /// When there is no place for it.
    pub(crate) fn save_later(&mut self) -> io::Result<()> {
        self.files()?;
        let image = self.image(Contents::Everything);
        let name = self.settings.dbfilename.clone();
        self.persistence.last_try = self.clock.now() / 1000;
        self.persistence.save_scheduled = false;
        let changes = self.dirty;
        self.write_later(&name, image, Writing::Snapshot { changes })
    }

    /// Has an image written while clients are served.
    pub(super) fn write_later(
        &mut self,
        name: &str,
        image: Image,
        what: Writing,
    ) -> io::Result<()> {
        let progress = Arc::new(Progress::default());
        let job = Job {
            what,
            since: self.clock.now(),
            keys: image.keys(),
            progress: Arc::clone(&progress),
        };
        let reader = Box::new(self.reader(image, progress));
        self.files()?.replace_later(name, reader);
        self.persistence.begun += 1;
        self.persistence.job = Some(job);
        Ok(())
    }

    /// Ends what is being written, if it is of this kind; nothing is left of
    /// it.
    pub(crate) fn give_up(&mut self, kind: impl FnOnce(Writing) -> bool) {
        let Some(what) = self.persistence.writing().filter(|what| kind(*what)) else {
            return;
        };
        if let Some(job) = &self.persistence.job {
            job.progress.cancel();
        }
        self.tell(match what {
            Writing::Snapshot { .. } => News::SnapshotGivenUp,
            Writing::Rewrite { .. } => News::RewriteGivenUp,
        });
    }

    /// Looks whether what is being written is done, and begins what is due.
    pub(crate) fn look_after_files(&mut self) {
        let Some(files) = &mut self.files else {
            return;
        };
        if self.persistence.job.is_some() {
            let Some(result) = files.replaced() else {
                return;
            };
            if let Some(job) = self.persistence.job.take() {
                self.written(&job, result);
            }
            self.look_for_trouble();
        }
        let now = self.clock.now();
        let due = self.next_save().is_some_and(|when| when <= now);
        if (self.persistence.rewrite_scheduled || self.log_has_grown()) && self.may_rewrite() {
            self.rewrite_log();
        } else if self.persistence.save_scheduled || due {
            // There are files, or we would not be here.
            let _ = self.save_later();
        }
    }

    /// What was written in the background is done, or not.
    fn written(&mut self, job: &Job, result: io::Result<()>) {
        let took = (self.clock.now() - job.since) / 1000;
        let unwanted = job.progress.is_cancelled();
        match job.what {
            Writing::Rewrite { len } => self.rewritten(took, len, unwanted, result),
            // It goes on to count as not saved, and not as failed.
            Writing::Snapshot { .. } if unwanted => {}
            Writing::Snapshot { changes } => {
                self.persistence.save_took = Some(took);
                match result {
                    Ok(()) => self.saved(self.dirty.saturating_sub(changes)),
                    Err(error) => {
                        self.persistence.save_failed = true;
                        let why = self.file_fault(&self.settings.dbfilename, &error);
                        self.tell(News::NotSaved(why));
                    }
                }
            }
        }
    }

    /// When the next snapshot is due, milliseconds since 1970.
    pub(crate) fn next_save(&self) -> Option<i64> {
        if self.dirty == 0 || self.files.is_none() {
            return None;
        }
        let points = self.settings.save.iter();
        let due = points.filter(|point| self.dirty >= point.changes);
        let next = due.map(|point| self.persistence.last_save + point.seconds + 1);
        let next = next.min()?;
        let next = if self.persistence.save_failed {
            next.max(self.persistence.last_try + RETRY_SECONDS + 1)
        } else {
            next
        };
        Some(next.saturating_mul(1000))
    }
}
