//! Where progress is kept: one JSON file, replaced by rename, changed under a
//! lock, and never thrown away because it cannot be read.

use super::keep::Keep;
use crate::error::{Error, Result};
use crate::session::exercise::progress::{Change, Progress, Unreadable};
use crate::whole_file::{Readers, temporary};
use catalog::lang::Lang;
use catalog::text;
use directories::ProjectDirs;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Names another folder for the progress, for tests and shared machines.
pub const STATE_DIR_VARIABLE: &str = "REDIS_LAB_STATE_DIR";

const FILE: &str = "practice.json";
const LOCK: &str = "practice.lock";

/// The folder progress is kept in: `REDIS_LAB_STATE_DIR`, or the platform's
/// place for state (`~/.local/state/redis-lab` on Linux).
pub fn state_folder() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os(STATE_DIR_VARIABLE).filter(|dir| !dir.is_empty()) {
        return Some(folder.into());
    }
    let directories = ProjectDirs::from("", "", "redis-lab")?;
    let folder = directories
        .state_dir()
        .unwrap_or_else(|| directories.data_local_dir());
    Some(folder.to_owned())
}

/// Whoever is told of each change, with the progress that holds it already.
struct Listener(Box<dyn FnMut(&Change, &Progress)>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// The learner's progress and its file.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    lang: Lang,
    listener: Option<Listener>,
    /// As last read or written, with the changes that could not be written.
    known: Progress,
    /// Changes that could not be written yet.
    pending: Vec<Change>,
    notices: Vec<String>,
}

impl Store {
    /// Reads what is kept in `folder`. A damaged file is set aside, which
    /// [`Keep::take_notices`] tells.
    ///
    /// # Errors
    /// When the file cannot be read, or a newer redis-lab has written it.
    pub fn open(folder: PathBuf, lang: Lang) -> Result<Store> {
        let mut store = Store {
            folder,
            lang,
            listener: None,
            known: Progress::default(),
            pending: Vec::new(),
            notices: Vec::new(),
        };
        // Without the lock: a rename is seen whole or not at all. Only a
        // damaged file has to be touched.
        store.known = match store.read()? {
            Ok(progress) => progress,
            Err(_) => store.locked(|store| store.read_or_set_aside())?,
        };
        Ok(store)
    }

    /// Tells `listener` of each change, with the progress that holds it.
    #[must_use]
    pub fn heard_by(mut self, listener: impl FnMut(&Change, &Progress) + 'static) -> Store {
        self.listener = Some(Listener(Box::new(listener)));
        self
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// Adds what another file holds.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn merge(&mut self, other: Progress) -> Result<()> {
        self.locked(|store| {
            let mut progress = store.read_or_set_aside()?;
            progress.merge(other);
            store.write(&progress)?;
            store.known = progress;
            Ok(())
        })
    }

    /// Forgets a section, or everything; gives how many exercises were known.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn reset(&mut self, section: Option<&str>) -> Result<usize> {
        self.locked(|store| {
            let mut progress = store.read_or_set_aside()?;
            let known = progress.reset(section);
            store.write(&progress)?;
            store.known = progress;
            Ok(known)
        })
    }

    /// The progress in a file somebody names.
    ///
    /// # Errors
    /// When it cannot be read as progress.
    pub fn read_file(path: &Path) -> Result<Progress> {
        let text = fs::read(path).map_err(|error| {
            Error::usage(text!(
                "cannot read {}",
                "nie można odczytać {}",
                path.display()
            ))
            .because(&error)
        })?;
        Progress::parse(&text).map_err(|unreadable| match unreadable {
            Unreadable::Newer(version) => newer(path, version),
            Unreadable::Damaged(reason) => Error::usage(text!(
                "{} holds no practice progress: {reason}",
                "{} nie zawiera postępów ćwiczeń: {reason}",
                path.display()
            ))
            .hint(text!(
                "give a practice.json, or a lesson file that ends in .md",
                "podaj practice.json albo plik lekcji z końcówką .md"
            )),
        })
    }

    /// The file's progress; the inner error is what is damaged about it.
    fn read(&self) -> Result<Result<Progress, String>> {
        let path = self.path();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Ok(Progress::default()));
            }
            Err(error) => return Err(self.failed(&error)),
        };
        match Progress::parse(&text) {
            Ok(progress) => Ok(Ok(progress)),
            Err(Unreadable::Damaged(reason)) => Ok(Err(reason)),
            Err(Unreadable::Newer(version)) => Err(newer(&path, version)),
        }
    }

    /// Only under the lock. What is known from before goes on where a
    /// damaged file is set aside.
    fn read_or_set_aside(&mut self) -> Result<Progress> {
        let reason = match self.read()? {
            Ok(progress) => return Ok(progress),
            Err(reason) => reason,
        };
        let path = self.path();
        let aside = (1..)
            .map(|number| self.folder.join(format!("{FILE}.damaged-{number}")))
            .find(|path| !path.exists())
            .unwrap_or_else(|| self.folder.join(format!("{FILE}.damaged")));
        fs::rename(&path, &aside).map_err(|error| self.failed(&error))?;
        let (path, aside) = (path.display(), aside.display());
        self.notices.push(text!(
            self.lang,
            "the progress in {path} is damaged ({reason}); it was set aside as {aside}",
            "postępy w {path} są uszkodzone ({reason}); odłożono je jako {aside}"
        ));
        Ok(self.known.clone())
    }

    /// Runs `change` while no other practice changes the file.
    fn locked<T>(&mut self, change: impl FnOnce(&mut Store) -> Result<T>) -> Result<T> {
        fs::create_dir_all(&self.folder).map_err(|error| self.failed(&error))?;
        let lock = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(self.folder.join(LOCK))
            .map_err(|error| self.failed(&error))?;
        match lock.lock() {
            // Some network file systems know no locks; a single practice, the
            // usual case, is safe there all the same.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(error) => return Err(self.failed(&error)),
            Ok(()) => {}
        }
        // Closing the file gives the lock up, also when the process is killed.
        let result = change(self);
        drop(lock);
        result
    }

    fn write(&self, progress: &Progress) -> Result<()> {
        let write = || -> io::Result<()> {
            let text = progress.to_json()?;
            let file = temporary(&self.path(), text.as_bytes(), Readers::Owner)?;
            file.as_file().sync_data()?;
            file.persist(self.path())?;
            Ok(())
        };
        write().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Error {
        let path = self.path();
        let path = path.display();
        Error::check(text!(
            "your progress cannot be kept in {path}",
            "nie można przechować postępów w {path}"
        ))
        .because(error)
        .hint(text!(
            "set {STATE_DIR_VARIABLE} to a folder of yours",
            "ustaw {STATE_DIR_VARIABLE} na swój katalog"
        ))
    }
}

impl Keep for Store {
    fn progress(&self) -> &Progress {
        &self.known
    }

    /// Adds a change to what the file holds by now. When it cannot be
    /// written, the change is kept and tried again with the next one.
    fn record(&mut self, change: Change) -> Result<()> {
        self.known.apply(&change);
        if let Some(Listener(listener)) = &mut self.listener {
            listener(&change, &self.known);
        }
        self.pending.push(change);
        self.locked(|store| {
            let mut progress = store.read_or_set_aside()?;
            for change in &store.pending {
                progress.apply(change);
            }
            store.write(&progress)?;
            store.known = progress;
            store.pending.clear();
            Ok(())
        })
    }

    fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    fn place(&self, _: Lang) -> String {
        self.path().display().to_string()
    }
}

fn newer(path: &Path, version: u64) -> Error {
    let path = path.display();
    Error::usage(text!(
        "{path} was written by a newer redis-lab (version {version} of the file)",
        "{path} zapisał nowszy redis-lab (wersja {version} pliku)"
    ))
    .hint(text!(
        "update redis-lab, or set {STATE_DIR_VARIABLE} to another folder",
        "zaktualizuj redis-lab albo ustaw {STATE_DIR_VARIABLE} na inny katalog"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::exercise::progress::ChangeEvent;

    fn hint(id: &str, count: usize) -> Change {
        Change {
            section: "lists".to_owned(),
            id: id.to_owned(),
            event: ChangeEvent::Hint(count),
        }
    }

    fn open(folder: &Path) -> Store {
        Store::open(folder.to_owned(), Lang::En).unwrap()
    }

    #[test]
    fn two_stores_add_up() {
        let dir = tempfile::tempdir().unwrap();
        let (mut ala, mut ola) = (open(dir.path()), open(dir.path()));
        ala.record(hint("a", 1)).unwrap();
        ola.record(hint("b", 2)).unwrap();
        ala.record(hint("c", 3)).unwrap();
        let known = open(dir.path()).progress().clone();
        assert_eq!(known.exercises.len(), 3);
        assert_eq!(ala.progress(), &known);
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let folder = dir.path();
                scope.spawn(move || {
                    let mut store = open(folder);
                    for n in 0..20 {
                        store.record(hint(&format!("w{writer}-{n}"), 1)).unwrap();
                    }
                });
            }
        });
        assert_eq!(open(dir.path()).progress().exercises.len(), 80);
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_nothing_known_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        store.record(hint("a", 1)).unwrap();
        for (number, text) in ["{\"version\": 1, \"exer", ""].iter().enumerate() {
            fs::write(store.path(), text).unwrap();
            store.record(hint("b", 1)).unwrap();
            let notices = store.take_notices();
            assert_eq!(notices.len(), 1, "{notices:?}");
            let aside = dir
                .path()
                .join(format!("practice.json.damaged-{}", number + 1));
            assert!(notices[0].contains(&*aside.to_string_lossy()));
            assert_eq!(fs::read_to_string(aside).unwrap(), *text);
        }
        assert_eq!(open(dir.path()).progress().exercises.len(), 2);
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        fs::write(&path, "{\"version\": 99}").unwrap();
        let error = Store::open(dir.path().to_owned(), Lang::En).unwrap_err();
        assert!(
            error.message_in(Lang::En).contains("version 99"),
            "{error:?}"
        );
        assert_eq!(fs::read_to_string(path).unwrap(), "{\"version\": 99}");
    }

    #[test]
    fn what_could_not_be_written_comes_with_the_next_change() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("state");
        // A file where the folder should be.
        fs::write(&folder, "").unwrap();
        let mut store = Store {
            folder: folder.clone(),
            lang: Lang::En,
            listener: None,
            known: Progress::default(),
            pending: Vec::new(),
            notices: Vec::new(),
        };
        assert!(store.record(hint("a", 1)).is_err());
        assert_eq!(store.progress().exercises.len(), 1);
        fs::remove_file(&folder).unwrap();
        store.record(hint("b", 1)).unwrap();
        assert_eq!(open(&folder).progress().exercises.len(), 2);
    }
}
