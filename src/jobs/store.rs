//! Where images travel: a directory that all share, or Redis itself.
//!
//! Every job has a place of its own, named by its ID, so that two uploads of
//! the same name never meet. Names come from the thumbnailer, which makes any
//! uploaded name safe; they are checked once more before they become paths.

mod error;
mod files;

pub use error::{MAX_BLOB, StoreError};
pub use files::is_plain_name;

use super::job::is_id;
use super::keys::Keys;
use super::media::{Media, remove_leftovers};
use super::outputs::write_outputs;
use super::queue::{Queue, RESULT_TTL};
use crate::conn::Target;
use crate::conn::link::Link;
use files::{open_file, read_error, write_whole};
use resp::Reply;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempPath;
use thumbnailer::{Output, file_error, read_within};
use tokio_util::sync::CancellationToken;

/// The longest time between looks for old files.
const SWEEP: Duration = Duration::from_secs(3600);

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

/// The stores one process can reach.
#[derive(Debug)]
pub struct Stores {
    media: Option<Arc<Media>>,
    link: Link,
    keys: Keys,
}

impl Stores {
    /// Redis at `target`, and a directory if there is one.
    pub fn new(target: Target, keys: Keys, media: Option<Arc<Media>>) -> Stores {
        Stores {
            media,
            // Megabytes of image must not delay the queue's own commands, so
            // they have a connection of their own.
            link: Link::new(target, None),
            keys,
        }
    }

    /// The key of a job's file in Redis, if that is where it is kept.
    pub fn blob_key(&self, kind: Kind, id: &str, name: &str) -> Option<String> {
        (kind == Kind::Redis).then(|| self.keys.blob(id, name))
    }

    /// The directory, if there is one.
    pub fn media(&self) -> Option<&Arc<Media>> {
        self.media.as_ref()
    }

    fn shared(&self) -> Result<Arc<Media>, StoreError> {
        self.media.clone().ok_or(StoreError::NoDirectory)
    }

    /// The path of a job's file in the directory.
    ///
    /// # Errors
    /// When there is no directory, or the name is not plain.
    pub fn path(&self, id: &str, name: &str) -> Result<PathBuf, StoreError> {
        check(id, name)?;
        let media = self.media.as_ref().ok_or(StoreError::NoDirectory)?;
        Ok(media.dir().join(id).join(name))
    }

    /// Stores a file for a job, whole or not at all. In Redis it stays for
    /// [`RESULT_TTL`], or as long as the job that says it is its
    /// ([`NewJob::blob`](super::job::NewJob::blob)).
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
                let (media, id, name) = (self.shared()?, id.to_owned(), name.to_owned());
                blocking(move || {
                    note(&media, &id, [name.as_str()])?;
                    let written = write_whole(&path, &bytes);
                    if written.is_err() {
                        media.forget(&id);
                    }
                    written
                })
                .await
            }
            Kind::Redis => self.put_blob(id, name, &bytes).await,
        }
    }

    async fn put_blob(&self, id: &str, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        check(id, name)?;
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

    /// Stores a file that has arrived, for a job.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep(
        &self,
        kind: Kind,
        id: &str,
        name: &str,
        arrived: TempPath,
    ) -> Result<(), StoreError> {
        if kind == Kind::Redis {
            let read = move || {
                std::fs::read(&arrived)
                    .map_err(|error| StoreError::Files(file_error(&arrived, &error)))
            };
            let bytes = blocking(read).await?;
            return self.put(kind, id, name, bytes).await;
        }
        let path = self.path(id, name)?;
        let (media, id, name) = (self.shared()?, id.to_owned(), name.to_owned());
        blocking(move || {
            note(&media, &id, [name.as_str()])?;
            let dir = path.parent().unwrap_or(Path::new("."));
            let moved = std::fs::create_dir_all(dir)
                .and_then(|()| arrived.persist(&path).map_err(|error| error.error));
            moved.map_err(|error| {
                let _ = std::fs::remove_dir(dir);
                media.forget(&id);
                StoreError::Files(file_error(&path, &error))
            })
        })
        .await
    }

    /// Opens a job's file in the directory; gives its length too. A link is no
    /// such file, wherever it leads.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open(&self, id: &str, name: &str) -> Result<(u64, File), StoreError> {
        let path = self.path(id, name)?;
        blocking(move || open_file(&path).map_err(|error| read_error(&path, &error))).await
    }

    /// The length of a job's file in Redis.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn blob_length(&self, id: &str, name: &str) -> Result<u64, StoreError> {
        check(id, name)?;
        let mut cmd = redis::cmd("STRLEN");
        cmd.arg(self.keys.blob(id, name));
        match self.link.call(&cmd).await?.as_int() {
            Some(length) if length > 0 => Ok(length as u64),
            _ => Err(StoreError::Missing(name.to_owned())),
        }
    }

    /// A part of a job's file in Redis, not empty.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn blob_part(
        &self,
        id: &str,
        name: &str,
        from: u64,
        length: usize,
    ) -> Result<Vec<u8>, StoreError> {
        let mut cmd = redis::cmd("GETRANGE");
        cmd.arg(self.keys.blob(id, name))
            .arg(from)
            .arg(from + length as u64 - 1);
        match self.link.call(&cmd).await? {
            Reply::Bulk(bytes) if !bytes.is_empty() => Ok(bytes),
            _ => Err(StoreError::Missing(name.to_owned())),
        }
    }

    /// Reads a job's file; in the directory one of more than `max` bytes is
    /// refused, whoever put it there.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn get(
        &self,
        kind: Kind,
        id: &str,
        name: &str,
        max: u64,
    ) -> Result<Vec<u8>, StoreError> {
        match kind {
            Kind::Dir => {
                let path = self.path(id, name)?;
                blocking(move || {
                    let read = open_file(&path).and_then(|(_, file)| read_within(file, max));
                    read.map_err(|error| read_error(&path, &error))?
                        .map_err(StoreError::Files)
                })
                .await
            }
            Kind::Redis => {
                check(id, name)?;
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
                let (media, id) = (self.shared()?, id.to_owned());
                blocking(move || {
                    let dir = archive.parent().unwrap_or(Path::new("."));
                    remove_leftovers(dir);
                    let names = output.thumbnails.iter().map(|thumb| &thumb.file_name);
                    note(
                        &media,
                        &id,
                        names.chain([&output.archive_name]).map(String::as_str),
                    )?;
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

    /// Removes old files once an hour, or as often as the time they are kept
    /// asks for, until told to stop.
    pub async fn keep_clean(&self, queue: &Queue, stop: &CancellationToken) {
        let Some(media) = self.media.as_ref().filter(|media| media.is_cleaned()) else {
            return;
        };
        let forever = async {
            loop {
                // Without Redis nothing is known to be forgotten; later again.
                let _ = media.sweep(queue).await;
                let keep = queue.kept_for().await.unwrap_or(RESULT_TTL);
                tokio::time::sleep((keep / 2).clamp(Duration::from_secs(1), SWEEP)).await;
            }
        };
        stop.run_until_cancelled(forever).await;
    }

    /// Removes a job's file; one that is not there is fine.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn remove(&self, kind: Kind, id: &str, name: &str) -> Result<(), StoreError> {
        match kind {
            Kind::Dir => {
                let path = self.path(id, name)?;
                let (media, id) = (self.shared()?, id.to_owned());
                blocking(move || {
                    let removed = std::fs::remove_file(&path);
                    // Only an empty directory goes.
                    if path
                        .parent()
                        .is_some_and(|dir| std::fs::remove_dir(dir).is_ok())
                    {
                        media.forget(&id);
                    }
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

/// Whether a job's ID and a file's name lead nowhere else.
fn check(id: &str, name: &str) -> Result<(), StoreError> {
    let is_safe = is_id(id) && is_plain_name(name);
    is_safe.then_some(()).ok_or(StoreError::BadName)
}

/// File work away from the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(StoreError::Internal))
}

/// Notes which files will be made, with an error that names the directory.
fn note<'a>(
    media: &Media,
    id: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<(), StoreError> {
    media
        .note(id, names)
        .map_err(|error| StoreError::Files(file_error(media.dir(), &error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use thumbnailer::ThumbError;

    #[tokio::test]
    async fn a_directory_keeps_files_by_job() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::tcp("127.0.0.1", 1).unwrap();
        let stores = Stores::new(
            target,
            Keys::default(),
            Some(Arc::new(Media::plain(dir.path()))),
        );
        let id = super::super::job::new_id();
        stores
            .put(Kind::Dir, &id, "a.txt", b"hello".to_vec())
            .await
            .unwrap();
        let get = |id, name, max| stores.get(Kind::Dir, id, name, max);
        assert_eq!(get(&id, "a.txt", 5).await.unwrap(), b"hello");
        let too_long = ThumbError::TooManyBytes {
            length: Some(5),
            max: 4,
        };
        assert_eq!(get(&id, "a.txt", 4).await, Err(StoreError::Files(too_long)));
        assert!(matches!(
            get("../../etc", "passwd", 5).await,
            Err(StoreError::BadName)
        ));
        stores.remove(Kind::Dir, &id, "a.txt").await.unwrap();
        assert_eq!(
            get(&id, "a.txt", 5).await,
            Err(StoreError::Missing("a.txt".to_owned()))
        );
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
