//! The directory that a site, its workers and its submitters share, and what
//! may be removed from it: only what was provably made by this site.
//!
//! A directory that was empty when it was first used gets a folder of ours,
//! `.redis-lab`, which says to whom it belongs (`site`, an identity that also
//! stands in Redis under the queue's prefix) and lists the files that were made
//! for each job (`jobs/<id>`). Nothing but the files on that list is ever
//! removed. A directory that was not empty is used as it is and never cleaned.
//!
//! Two sites on one directory would not know each other's jobs and take them
//! for forgotten, so the second one is refused. Who uses the directory holds a
//! shared lock; a Redis without an identity (a private one, or an emptied one)
//! takes over the directory's when nobody holds it.

use super::job::{State, is_id, new_id};
use super::queue::{Queue, RESULT_TTL};
use super::store::is_plain_name;
use crate::conn::link::LinkError;
use crate::error::{Error, Result};
use crate::whole_file::{self, Readers};
use catalog::text;
use resp::Reply;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Our folder in the directory.
const FOLDER: &str = ".redis-lab";

/// How many jobs one question to Redis is about.
const BATCH: usize = 500;

/// A directory of images and results.
#[derive(Debug)]
pub struct Media {
    dir: PathBuf,
    ours: Option<Ours>,
}

/// That a directory is ours.
#[derive(Debug)]
struct Ours {
    identity: String,
    /// Locked, shared, as long as it is open.
    _site: File,
}

impl Media {
    /// A directory that is used and never cleaned.
    pub fn plain(dir: impl Into<PathBuf>) -> Media {
        Media {
            dir: dir.into(),
            ours: None,
        }
    }

    /// Uses a directory for the queue's site, and makes it when it is missing.
    ///
    /// # Errors
    /// When it belongs to another site, or Redis or the file system refuses.
    pub async fn claim(dir: &Path, queue: &Queue) -> Result<Media> {
        let refused = |error: io::Error| {
            let shown = dir.display();
            Error::usage(text!(
                "cannot use the directory {shown}",
                "nie można użyć katalogu {shown}"
            ))
            .because(&error)
        };
        std::fs::create_dir_all(dir).map_err(refused)?;
        let folder = dir.join(FOLDER);
        let site = folder.join("site");
        let mut agreed = None;
        if !site.exists() {
            let is_empty = std::fs::read_dir(dir).map_err(refused)?.next().is_none();
            if !is_empty && !folder.exists() {
                return Ok(Media::plain(dir));
            }
            let identity = queue.identity(&new_id()).await?;
            found(&folder, &identity).map_err(refused)?;
            agreed = Some(identity);
        }
        let file = File::open(&site).map_err(refused)?;
        let text = io::read_to_string(&file).map_err(refused)?;
        let Some(identity) = text.lines().find_map(|line| line.strip_prefix("site: ")) else {
            return Ok(Media::plain(dir));
        };
        if agreed.is_none() {
            agreed = queue.known_identity().await?;
        }
        let known = match agreed {
            Some(known) => known,
            // Whoever holds the lock belongs to another Redis, or another prefix.
            None if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) => {
                return Err(foreign(dir));
            }
            None => {
                let known = queue.identity(identity).await?;
                file.unlock().map_err(refused)?;
                known
            }
        };
        if known != identity {
            return Err(foreign(dir));
        }
        // A file system without locks lets everybody in.
        let _ = file.try_lock_shared();
        Ok(Media {
            dir: dir.to_owned(),
            ours: Some(Ours {
                identity: identity.to_owned(),
                _site: file,
            }),
        })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether old files are removed from it.
    pub fn is_cleaned(&self) -> bool {
        self.ours.is_some()
    }

    /// Where files are while they arrive.
    pub fn incoming(&self) -> PathBuf {
        match self.ours {
            Some(_) => self.dir.join(FOLDER).join("incoming"),
            None => self.dir.clone(),
        }
    }

    fn list(&self, id: &str) -> PathBuf {
        self.dir.join(FOLDER).join("jobs").join(id)
    }

    /// Notes that these files of a job are about to be made.
    ///
    /// # Errors
    /// When the file system refuses.
    pub(super) fn note<'a>(
        &self,
        id: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> io::Result<()> {
        if self.ours.is_none() {
            return Ok(());
        }
        let mut lines = names.into_iter().collect::<Vec<_>>().join("\n");
        lines.push('\n');
        let mut list = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.list(id))?;
        list.write_all(lines.as_bytes())
    }

    /// Forgets the list of a job whose files are gone.
    pub(super) fn forget(&self, id: &str) {
        if self.ours.is_some() && is_id(id) {
            // A list of nothing does no harm.
            let _ = std::fs::remove_file(self.list(id));
        }
    }

    /// Jobs whose files were all made longer ago than `age`.
    fn older_than(&self, age: Duration) -> Vec<String> {
        let lists = std::fs::read_dir(self.dir.join(FOLDER).join("jobs"));
        lists
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| {
                let changed = entry.metadata().and_then(|about| about.modified());
                changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|passed| passed > age))
            })
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| is_id(name))
            .collect()
    }

    /// Removes the files of jobs that Redis has forgotten, and those of jobs
    /// that were done longer ago than results are kept. Gives how many jobs
    /// that were.
    ///
    /// # Errors
    /// When Redis is gone; nothing is removed then.
    pub async fn sweep(&self, queue: &Queue) -> Result<usize, LinkError> {
        let Some(ours) = &self.ours else {
            return Ok(0);
        };
        let before = queue.known_identity().await?;
        if before.is_none() {
            // An emptied Redis is ours again, before it becomes another's.
            queue.identity(&ours.identity).await?;
        }
        if before.as_deref() != Some(&ours.identity) {
            return Ok(0);
        }
        let keep = queue.kept_for().await?;
        let mut removed = 0;
        for ids in self.older_than(keep).chunks(BATCH) {
            let known = queue.jobs(ids).await?;
            for id in ids {
                let job = known.iter().find(|job| job.id == *id);
                if job.is_none_or(|job| job.state == State::Success) {
                    self.remove(id);
                    removed += 1;
                }
            }
        }
        self.remove_old_arrivals();
        Ok(removed)
    }

    /// Removes the files that were made for a job; its folder, when it is
    /// empty then.
    fn remove(&self, id: &str) {
        let list = self.list(id);
        let Ok(names) = std::fs::read_to_string(&list) else {
            return;
        };
        let folder = self.dir.join(id);
        // Behind a link there is somebody else's folder.
        if std::fs::symlink_metadata(&folder).is_ok_and(|about| about.is_dir()) {
            for name in names.lines().filter(|name| is_plain_name(name)) {
                let _ = std::fs::remove_file(folder.join(name));
            }
            remove_leftovers(&folder);
            let _ = std::fs::remove_dir(&folder);
        }
        let _ = std::fs::remove_file(list);
    }

    /// Removes uploads that never arrived whole, a day later.
    fn remove_old_arrivals(&self) {
        for entry in std::fs::read_dir(self.incoming())
            .into_iter()
            .flatten()
            .flatten()
        {
            let changed = entry.metadata().and_then(|about| about.modified());
            let age = changed.ok().and_then(|changed| changed.elapsed().ok());
            if age.is_some_and(|age| age > RESULT_TTL)
                && whole_file::is_leftover(&entry.file_name().to_string_lossy())
            {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// Makes our folder in a directory.
fn found(folder: &Path, identity: &str) -> io::Result<()> {
    std::fs::create_dir_all(folder.join("jobs"))?;
    std::fs::create_dir_all(folder.join("incoming"))?;
    let text = format!(
        "This directory belongs to a thumbnail site of redis-lab, which removes\n\
         the files listed in {FOLDER}/jobs when they are old.\n\
         site: {identity}\n"
    );
    let site = folder.join("site");
    let file = whole_file::temporary(&site, text.as_bytes(), Readers::Usual)?;
    match file.persist_noclobber(site) {
        // Somebody else was quicker; whether it is ours is seen next.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop).map_err(|error| error.error),
    }
}

fn foreign(dir: &Path) -> Error {
    let shown = dir.display();
    Error::usage(text!(
        "the directory {shown} belongs to another thumbnail site (another Redis, or another --prefix)",
        "katalog {shown} należy do innej strony z miniaturami (inny Redis albo inny --prefix)"
    ))
    .hint(text!(
        "give this site a directory of its own; if the other one is no more, remove {shown}/{FOLDER}/site",
        "daj tej stronie osobny katalog; jeśli tamtej już nie ma, usuń plik {shown}/{FOLDER}/site"
    ))
}

/// Removes temporary files that a killed worker left in a job's directory.
/// Should their writer still live, it has lost its lease, and its job fails
/// where nobody looks any more.
pub(super) fn remove_leftovers(dir: &Path) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if whole_file::is_leftover(&entry.file_name().to_string_lossy()) {
            // One that cannot be removed only takes room.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The site's record in Redis.
impl Queue {
    /// The identity of this queue's site; `fresh` when it had none.
    async fn identity(&self, fresh: &str) -> Result<String, LinkError> {
        let mut set = redis::cmd("HSETNX");
        set.arg(self.keys().site()).arg("id").arg(fresh);
        let mut get = redis::cmd("HGET");
        get.arg(self.keys().site()).arg("id");
        let mut known = String::new();
        for reply in self.link().pipeline(vec![set, get]).await? {
            match reply {
                Reply::Error(text) => return Err(LinkError::Refused(text)),
                reply => known = reply.as_str().unwrap_or_default().to_owned(),
            }
        }
        Ok(known)
    }

    async fn known_identity(&self) -> Result<Option<String>, LinkError> {
        self.site_field("id").await
    }

    async fn site_field(&self, field: &str) -> Result<Option<String>, LinkError> {
        let mut cmd = redis::cmd("HGET");
        cmd.arg(self.keys().site()).arg(field);
        let reply = self.link().call(&cmd).await?;
        Ok(reply.as_str().map(str::to_owned))
    }

    /// How long files of finished jobs are kept, as the site was told.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn kept_for(&self) -> Result<Duration, LinkError> {
        let told = self.site_field("keep").await?;
        let told = told.and_then(|ms| ms.parse().ok());
        Ok(told.map_or(RESULT_TTL, Duration::from_millis))
    }

    /// Tells everybody on this queue how long files of finished jobs are kept.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn keep_for(&self, keep: Duration) -> Result<(), LinkError> {
        let mut cmd = redis::cmd("HSET");
        cmd.arg(self.keys().site());
        cmd.arg("keep").arg(keep.as_millis() as u64);
        self.link().call(&cmd).await.map(|_: Reply| ())
    }
}
