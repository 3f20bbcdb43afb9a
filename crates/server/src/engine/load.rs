//! What a server reads when it starts: the append-only file, or a snapshot.
//!
//! With `appendonly yes` the append-only file comes first, since it has more.
//! Where there is none yet, it begins with the snapshot (Redis would begin with
//! nothing, and later write that over the snapshot).

use crate::engine::load_error::{LoadCause, LoadError};
use crate::engine::load_log::End;
use crate::engine::server::Server;
use crate::engine::snapshot::Contents;
use crate::store::dump::{FileError, FileReader, Part, Usage};

/// The snapshot of the first versions: commands that restore each key.
const OLD_SNAPSHOT: &str = "dump.resp";

impl Server {
    /// Reads the files, and begins the append-only file if there is to be one.
    ///
    /// # Errors
    /// When what is there cannot be used.
    pub(crate) fn load(&mut self) -> Result<(), LoadError> {
        if self.files.is_none() {
            return Ok(());
        }
        self.begin_starting();
        let loaded = self.load_files();
        self.end_starting();
        self.dirty = 0;
        self.kept.keys = self.dbs.iter().map(|db| db.len()).sum();
        loaded?;
        let manifest = self.settings.log_name.manifest();
        if self.settings.appendonly && !self.append_only.is_on() {
            self.start_log()
                .map_err(|error| self.load_error(&manifest, error.into()))?;
        }
        let path = |server: &Server, name: &str| {
            let place = server.files.as_ref().map(|files| files.place());
            format!("{}/{name}", place.unwrap_or_default())
        };
        self.kept.snapshot = path(self, &self.settings.dbfilename);
        self.kept.save.clone_from(&self.settings.save);
        self.kept.log = self.settings.appendonly.then(|| {
            (
                path(self, &self.settings.log_name.folder),
                self.settings.appendfsync,
            )
        });
        Ok(())
    }

    pub(super) fn load_error(&self, name: &str, cause: LoadCause) -> LoadError {
        let place = self.files.as_ref().map(|files| files.place());
        LoadError {
            file: format!("{}/{name}", place.unwrap_or_default()),
            cause,
        }
    }

    /// What is in a file.
    pub(super) fn file(&self, name: &str) -> Result<Option<Vec<u8>>, LoadError> {
        let Some(files) = &self.files else {
            return Ok(None);
        };
        files
            .read(name)
            .map_err(|error| self.load_error(name, error.into()))
    }

    fn load_files(&mut self) -> Result<(), LoadError> {
        if self.settings.appendonly {
            if self.load_log(true)? {
                return Ok(());
            }
        } else if let Some(text) = self.file(&self.settings.log_name.manifest())? {
            // Its numbers are taken, should a new one be begun.
            self.append_only.manifest = self.parse_manifest(&text)?;
            self.kept.unread_log = true;
        }
        let name = self.settings.dbfilename.clone();
        if let Some(bytes) = self.file(&name)? {
            self.kept.file.clone_from(&name);
            self.begins_file(bytes.len());
            return self
                .load_snapshot(&bytes, false)
                .map(drop)
                .map_err(|cause| self.load_error(&name, cause));
        }
        let Some(bytes) = self.file(OLD_SNAPSHOT)? else {
            return Ok(());
        };
        self.kept.file = OLD_SNAPSHOT.into();
        self.begins_file(bytes.len());
        match self.load_commands(&bytes, 0) {
            Ok(End::Whole) => {}
            Ok(End::Within(at)) => {
                let cause = FileError::Damaged(at).into();
                return Err(self.load_error(OLD_SNAPSHOT, cause));
            }
            Err(cause) => return Err(self.load_error(OLD_SNAPSHOT, cause)),
        }
        // It is read this once.
        self.save()
            .map_err(|error| self.load_error(&name, error.into()))
    }

    /// Replaces the data by what a snapshot of them holds (DEBUG RELOAD): the
    /// same, or something is wrong.
    ///
    /// # Errors
    /// When the snapshot cannot be read.
    pub(crate) fn reload(&mut self) -> Result<(), String> {
        let image = self.image(Contents::Everything);
        self.replace_data(|server| {
            let read = server.load_snapshot(&image.bytes, false);
            read.map(drop).map_err(|error| error.to_string())
        })
    }

    pub(super) fn replace_data(
        &mut self,
        load: impl FnOnce(&mut Server) -> Result<(), String>,
    ) -> Result<(), String> {
        if self.starting.is_some() {
            return Err("ERR the files are still being read".into());
        }
        self.empty(0..self.dbs.len(), false);
        self.script.flush_libraries();
        self.loading = true;
        let result = load(self).map_err(|why| format!("ERR {why}"));
        self.loading = false;
        result
    }

    /// Adds the keys and functions of a snapshot; where it ends. The base of
    /// an append-only file may hold keys whose time is over: what comes after
    /// still needs them.
    pub(super) fn load_snapshot(
        &mut self,
        bytes: &[u8],
        is_base: bool,
    ) -> Result<usize, LoadCause> {
        let limits = self.settings.limits;
        let mut file = FileReader::new(bytes, &limits)?;
        let mut db = 0;
        while let Some(part) = file.next()? {
            match part {
                Part::Library(source) => {
                    let loaded = self.script.load_library(&source, true);
                    loaded.map_err(|error| {
                        FileError::Library(String::from_utf8_lossy(&error.0).into_owned())
                    })?;
                }
                Part::Database(number) => {
                    db = usize::try_from(number)
                        .ok()
                        .filter(|number| *number < self.dbs.len())
                        .ok_or(FileError::Database(number))?;
                }
                Part::Key(key) => {
                    if !is_base && key.expire.is_some_and(|when| when < self.clock.now()) {
                        self.persistence.keys_expired += 1;
                        continue;
                    }
                    let clock = &self.access;
                    let access = match key.usage {
                        Some(Usage::Idle(seconds)) if !clock.counts() => {
                            clock.idle_since(i64::try_from(seconds).unwrap_or(i64::MAX))
                        }
                        Some(Usage::Frequency(count)) if clock.counts() => clock.counter(count),
                        _ => clock.fresh(),
                    };
                    self.dbs[db].insert(&key.name, key.value, access);
                    self.dbs[db].set_expire(&key.name, key.expire);
                    self.persistence.keys_loaded += 1;
                }
            }
            if let Some(starting) = &mut self.starting {
                starting.used_memory = file.used_memory();
            }
            self.has_read(file.position())?;
        }
        Ok(file.position())
    }
}
