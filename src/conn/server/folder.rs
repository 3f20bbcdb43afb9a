//! Folders for what lasts as long as a run, such as a private server's socket,
//! and those that dead runs left.
//!
//! A run that is killed cannot remove its folder. The next one does, where the
//! folder is provably a dead run's: each holds a file that its run keeps locked,
//! and the system opens the lock when the run ends, however that happens.

use crate::error::{Error, Result};
use catalog::text;
use std::fs::File;
use std::path::Path;

const PREFIX: &str = "redis-lab-";

/// The file that says whose folder it is. It is locked before it has this name.
const OWNER: &str = "owner";

/// What that file says.
const CLAIM: &str = "The folder of a redis-lab that runs, or of one that was killed.\n";

/// A fresh directory that only this user can enter; removed when dropped, or by
/// the next run where this one was killed.
#[derive(Debug)]
pub struct PrivateFolder {
    folder: tempfile::TempDir,
    /// Locked until the folder is gone. `None` where the file system has no
    /// locks: then nobody will ever sweep it.
    _owner: Option<File>,
}

impl PrivateFolder {
    /// Makes one, and has those removed that dead runs left.
    ///
    /// # Errors
    /// When there is no folder for temporary files that can be written to.
    pub fn new() -> Result<PrivateFolder> {
        let temporary = std::env::temp_dir();
        let failed = |error: std::io::Error| {
            Error::server(text!(
                "cannot make a temporary directory",
                "nie można utworzyć katalogu tymczasowego"
            ))
            .because(&error)
            .hint(text!(
                "set TMPDIR to a folder you can write to",
                "ustaw TMPDIR na katalog, w którym możesz pisać"
            ))
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(std::fs::Permissions::from_mode(0o700));
        }
        let folder = builder.tempdir_in(&temporary).map_err(failed)?;
        let owner = claim(folder.path());
        // Nobody waits for it, and whatever it does not manage the next one does.
        std::thread::spawn(move || sweep(&temporary));
        Ok(PrivateFolder {
            folder,
            _owner: owner,
        })
    }

    /// Where it is. One file in it is taken: `owner`.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes what is in it, for the next server; whatever cannot be removed
    /// is that one's to complain about.
    pub(super) fn empty(&self) {
        let entries = std::fs::read_dir(self.path()).into_iter().flatten();
        for entry in entries.flatten().filter(|entry| entry.file_name() != OWNER) {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let _ = if is_folder {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            };
        }
    }
}

fn claim(folder: &Path) -> Option<File> {
    let (draft, name) = (folder.join("claim"), folder.join(OWNER));
    let file = File::create_new(&draft).ok()?;
    file.try_lock().ok()?;
    std::io::Write::write_all(&mut &file, CLAIM.as_bytes()).ok()?;
    std::fs::rename(draft, name).ok()?;
    Some(file)
}

/// Removes the folders in `temporary` whose runs are dead.
fn sweep(temporary: &Path) {
    let Ok(entries) = std::fs::read_dir(temporary) else {
        return;
    };
    for entry in entries.flatten() {
        let is_named_so = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_named_so && let Some(_owner) = abandoned(&entry.path()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The owner's file, locked by us, if the folder is one of this user's whose
/// run has ended.
fn abandoned(folder: &Path) -> Option<File> {
    if !is_own_folder(folder) {
        return None;
    }
    let owner = File::open(folder.join(OWNER)).ok()?;
    owner.try_lock().ok()?;
    let said = std::io::read_to_string(&owner).ok()?;
    (said == CLAIM).then_some(owner)
}

/// A folder itself, no link to one, that belongs to this user.
#[cfg(unix)]
fn is_own_folder(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::getuid().as_raw();
    folder
        .symlink_metadata()
        .is_ok_and(|found| found.is_dir() && found.uid() == own)
}

#[cfg(not(unix))]
fn is_own_folder(folder: &Path) -> bool {
    folder.symlink_metadata().is_ok_and(|found| found.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_run_left_is_swept() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = |name: &str, claimed: Option<&str>| {
            let path = temporary.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join("s"), "").unwrap();
            if let Some(text) = claimed {
                std::fs::write(path.join(OWNER), text).unwrap();
            }
            path
        };
        let dead = folder("redis-lab-dead", Some(CLAIM));
        let running = folder("redis-lab-running", None);
        let _owner = claim(&running).unwrap();
        let unproven = folder("redis-lab-unproven", None);
        let somebodys = folder("redis-lab-notes", Some("mine\n"));
        let other = folder("other", Some(CLAIM));
        let kept = folder("kept", Some(CLAIM));
        #[cfg(unix)]
        std::os::unix::fs::symlink(&kept, temporary.path().join("redis-lab-link")).unwrap();
        sweep(temporary.path());
        assert!(!dead.exists());
        for path in [running, unproven, somebodys, other, kept] {
            assert!(path.join("s").exists(), "{}", path.display());
        }
    }
}
