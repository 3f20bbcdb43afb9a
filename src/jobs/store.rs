//! Where images travel: a directory that all share, or Redis itself.
//!
//! Every job has a place of its own, named by its ID, so that two uploads of
//! the same name never meet. Names come from the thumbnailer, which makes any
//! uploaded name safe; they are checked once more before they become paths.

use super::job::is_id;
use super::keys::Keys;
use super::link::{Link, LinkError};
use super::queue::{Queue, RESULT_TTL};
use super::thumbnailer::whole_file::{self, file_error};
use super::thumbnailer::{Output, ThumbError, write_outputs};
use crate::conn::Target;
use crate::error::Error;
use catalog::lang::Lang;
use resp::Reply;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The largest file kept in Redis. Redis itself would take 512 MB, but a
/// queue's memory is no place for that.
pub const MAX_BLOB: usize = 32 << 20;

/// Which store a job's files are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Dir,
    /// Redis.
    Redis,
}

impl Kind {
    /// The name kept in a job's arguments.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Dir => "dir",
            Kind::Redis => "redis",
        }
    }

    /// The kind of a stored name.
    pub fn from_name(name: &str) -> Option<Kind> {
        [Kind::Dir, Kind::Redis]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// Why a file could not be stored or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Redis is gone or refuses.
    Link(LinkError),
    /// No such file (any more).
    Missing(String),
    /// Too large for Redis; the length in bytes.
    TooLarge(usize),
    /// The job wants a directory, and this process was given none.
    NoDirectory,
    /// The name or ID could lead out of the store.
    BadName,
    /// The file system refuses.
    Files(ThumbError),
    /// The work on the file panicked, or was stopped with the program.
    Internal,
}

impl StoreError {
    /// One word for machines.
    pub fn kind(&self) -> &'static str {
        match self {
            StoreError::Link(_) => "RedisError",
            StoreError::Missing(_) => "FileMissing",
            StoreError::TooLarge(_) => "FileTooLarge",
            StoreError::NoDirectory => "NoDirectory",
            StoreError::BadName => "BadName",
            StoreError::Files(error) => error.kind(),
            StoreError::Internal => "InternalError",
        }
    }

    /// Whether trying again later may help. A missing file may appear: shared
    /// directories lag, and another worker may have the right one.
    pub fn is_transient(&self) -> bool {
        match self {
            StoreError::Link(_) | StoreError::NoDirectory | StoreError::Missing(_) => true,
            StoreError::TooLarge(_) | StoreError::BadName | StoreError::Internal => false,
            StoreError::Files(error) => error.is_transient(),
        }
    }
}

impl StoreError {
    /// What went wrong, in this language.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            StoreError::Link(error) => error.text(lang),
            StoreError::Missing(name) => {
                let name = name.escape_debug();
                lang.pick(
                    format!("{name} is not in the store (any more)"),
                    format!("pliku {name} nie ma (już) w magazynie"),
                )
            }
            StoreError::TooLarge(length) => {
                let (length, max) = (length.div_ceil(1 << 20), MAX_BLOB >> 20);
                lang.pick(
                    format!("the file has {length} MB, and Redis takes at most {max} MB: use a directory (--store DIR)"),
                    format!("plik ma {length} MB, a Redis przyjmuje najwyżej {max} MB: użyj katalogu (--store KATALOG)"),
                )
            }
            StoreError::NoDirectory => lang
                .pick(
                    "the image is in a shared directory, and this worker was started without --store DIR",
                    "obraz leży we wspólnym katalogu, a ten worker nie ma --store KATALOG",
                )
                .to_owned(),
            StoreError::BadName => lang
                .pick(
                    "the job's file name is not a plain name",
                    "nazwa pliku w zadaniu nie jest zwykłą nazwą",
                )
                .to_owned(),
            StoreError::Files(error) => error.message(lang),
            StoreError::Internal => lang
                .pick(
                    "the program failed at a file in an unforeseen way",
                    "program zawiódł przy pliku w nieprzewidziany sposób",
                )
                .to_owned(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Error::server((error.text(Lang::En), error.text(Lang::Pl)))
    }
}

impl From<LinkError> for StoreError {
    fn from(error: LinkError) -> Self {
        StoreError::Link(error)
    }
}

/// The stores one process can reach.
#[derive(Debug)]
pub struct Stores {
    dir: Option<PathBuf>,
    link: Link,
    keys: Keys,
}

impl Stores {
    /// Redis at `target`, and a directory if there is one.
    pub fn new(target: Target, keys: Keys, dir: Option<PathBuf>) -> Stores {
        Stores {
            dir,
            // Megabytes of image must not delay the queue's own commands, so
            // they have a connection of their own.
            link: Link::new(target, None),
            keys,
        }
    }

    /// The directory, if there is one.
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// The path of a job's file in the directory.
    ///
    /// # Errors
    /// When there is no directory, or the name is not plain.
    pub fn path(&self, id: &str, name: &str) -> Result<PathBuf, StoreError> {
        if !is_id(id) || !is_plain_name(name) {
            return Err(StoreError::BadName);
        }
        let dir = self.dir.as_deref().ok_or(StoreError::NoDirectory)?;
        Ok(dir.join(id).join(name))
    }

    /// Stores a file for a job, whole or not at all.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put(
        &self,
        kind: Kind,
        id: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        match kind {
            Kind::Dir => {
                let path = self.path(id, name)?;
                blocking(move || write_whole(&path, &bytes)).await
            }
            Kind::Redis => self.put_blob(id, name, &bytes).await,
        }
    }

    async fn put_blob(&self, id: &str, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        if !is_id(id) || !is_plain_name(name) {
            return Err(StoreError::BadName);
        }
        if bytes.len() > MAX_BLOB {
            return Err(StoreError::TooLarge(bytes.len()));
        }
        let mut cmd = redis::cmd("SET");
        cmd.arg(self.keys.blob(id, name))
            .arg(bytes)
            .arg("EX")
            .arg(RESULT_TTL.as_secs());
        self.link.call(&cmd).await?;
        Ok(())
    }

    /// Reads a job's file.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn get(&self, kind: Kind, id: &str, name: &str) -> Result<Vec<u8>, StoreError> {
        match kind {
            Kind::Dir => {
                let path = self.path(id, name)?;
                blocking(move || std::fs::read(&path).map_err(|error| read_error(&path, &error)))
                    .await
            }
            Kind::Redis => {
                if !is_id(id) || !is_plain_name(name) {
                    return Err(StoreError::BadName);
                }
                let mut cmd = redis::cmd("GET");
                cmd.arg(self.keys.blob(id, name));
                match self.link.call(&cmd).await? {
                    Reply::Bulk(bytes) => Ok(bytes),
                    _ => Err(StoreError::Missing(name.to_owned())),
                }
            }
        }
    }

    /// Stores what the thumbnailer made: the thumbnails, then the archive.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_output(&self, kind: Kind, id: &str, output: Output) -> Result<(), StoreError> {
        match kind {
            Kind::Dir => {
                let archive = self.path(id, &output.archive_name)?;
                blocking(move || {
                    let dir = archive.parent().unwrap_or(Path::new("."));
                    remove_leftovers(dir);
                    write_outputs(dir, &output)
                        .map(drop)
                        .map_err(StoreError::Files)
                })
                .await
            }
            Kind::Redis => {
                for thumb in &output.thumbnails {
                    self.put_blob(id, &thumb.file_name, &thumb.bytes).await?;
                }
                self.put_blob(id, &output.archive_name, &output.archive)
                    .await
            }
        }
    }

    /// Removes the directories of jobs that Redis has forgotten: their results
    /// were kept for [`RESULT_TTL`], and nothing waits for them any more.
    ///
    /// # Errors
    /// When Redis is gone; nothing is removed then.
    pub async fn sweep(&self, queue: &Queue) -> Result<usize, StoreError> {
        let Some(dir) = self.dir.clone() else {
            return Ok(0);
        };
        let old = blocking({
            let dir = dir.clone();
            move || Ok(old_jobs(&dir))
        })
        .await?;
        let known = queue.jobs(&old).await?;
        let forgotten: Vec<String> = old
            .into_iter()
            .filter(|id| known.iter().all(|job| job.id != *id))
            .collect();
        blocking(move || {
            let removed = forgotten
                .iter()
                .filter(|id| std::fs::remove_dir_all(dir.join(id)).is_ok());
            Ok(removed.count())
        })
        .await
    }

    /// Removes a job's file; one that is not there is fine.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn remove(&self, kind: Kind, id: &str, name: &str) -> Result<(), StoreError> {
        match kind {
            Kind::Dir => {
                let path = self.path(id, name)?;
                blocking(move || {
                    let removed = std::fs::remove_file(&path);
                    // Only an empty directory goes.
                    let _ = path.parent().map(std::fs::remove_dir);
                    match removed {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => {
                            Err(StoreError::Files(file_error(&path, &error)))
                        }
                        _ => Ok(()),
                    }
                })
                .await
            }
            Kind::Redis => {
                let mut cmd = redis::cmd("DEL");
                cmd.arg(self.keys.blob(id, name));
                self.link.call(&cmd).await?;
                Ok(())
            }
        }
    }
}

/// Whether `name` is one plain file name on this system.
pub fn is_plain_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!(
        (components.next(), components.next()),
        (Some(Component::Normal(only)), None) if only == name
    ) && !name.contains(['\0', '\\'])
}

/// File work away from the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(StoreError::Internal))
}

/// Writes a file, and the directory around it.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        std::fs::create_dir_all(dir)?;
        let file = whole_file::temporary(dir, bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| {
        // A directory made for nothing goes; one that holds anything stays.
        let _ = std::fs::remove_dir(dir);
        StoreError::Files(file_error(path, &error))
    })
}

/// The directories that belong to jobs and were not changed for longer than
/// results are kept.
fn old_jobs(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter(|entry| {
            let age = entry.metadata().and_then(|about| about.modified());
            age.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > RESULT_TTL))
        })
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_id(name))
        .collect()
}

/// Removes temporary files that a killed worker left in a job's directory.
/// Should their writer still live, it has lost its lease, and its job fails
/// where nobody looks any more.
fn remove_leftovers(dir: &Path) {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if whole_file::is_leftover(&name) {
            // One that cannot be removed only takes room.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn read_error(path: &Path, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::NotFound => StoreError::Missing(
            path.file_name()
                .map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        ),
        _ => StoreError::Files(ThumbError::Io(path.to_owned(), error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_become_paths() {
        for name in ["a.jpg", "zażółć.png", "🐢.gif", "a b.zip"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in [
            "", ".", "..", "a/b", "/a", "../a", "a\0b", "a\\b", "a/", "./a",
        ] {
            assert!(!is_plain_name(name), "{name:?}");
        }
    }

    #[test]
    fn only_old_directories_of_jobs_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let long_ago = std::time::SystemTime::now() - RESULT_TTL * 2;
        let (old, new) = (super::super::job::new_id(), super::super::job::new_id());
        for name in [old.as_str(), new.as_str(), "my pictures"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        for name in [old.as_str(), "my pictures"] {
            let file = std::fs::File::open(dir.path().join(name)).unwrap();
            file.set_modified(long_ago).unwrap();
        }
        assert_eq!(old_jobs(dir.path()), [old]);
    }

    #[tokio::test]
    async fn a_directory_keeps_files_by_job() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::tcp("127.0.0.1", 1).unwrap();
        let stores = Stores::new(target, Keys::default(), Some(dir.path().to_owned()));
        let id = super::super::job::new_id();
        stores
            .put(Kind::Dir, &id, "a.txt", b"hello".to_vec())
            .await
            .unwrap();
        assert_eq!(stores.get(Kind::Dir, &id, "a.txt").await.unwrap(), b"hello");
        assert!(matches!(
            stores.get(Kind::Dir, "../../etc", "passwd").await,
            Err(StoreError::BadName)
        ));
        stores.remove(Kind::Dir, &id, "a.txt").await.unwrap();
        assert_eq!(
            stores.get(Kind::Dir, &id, "a.txt").await,
            Err(StoreError::Missing("a.txt".to_owned()))
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
