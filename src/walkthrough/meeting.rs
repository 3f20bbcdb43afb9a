//! How a second terminal finds the private server of a walkthrough: a small
//! file, readable by its owner only, that lies there while the show goes on.

use crate::conn::{Endpoint, Target};
use crate::whole_file::{self, Readers};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Address {
    url: String,
    pid: u32,
}

/// The file, removed when this is dropped.
#[derive(Debug)]
#[must_use = "the file is removed when this is dropped"]
pub struct Meeting {
    path: PathBuf,
}

impl Meeting {
    /// Writes where `target`, a private server without a login, listens.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn announce(target: &Target) -> io::Result<Meeting> {
        Meeting::announce_at(meeting_file(), target)
    }

    fn announce_at(path: PathBuf, target: &Target) -> io::Result<Meeting> {
        let url = match target.endpoint() {
            Endpoint::Unix(socket) => format!("unix://{}", socket.display()),
            other => format!("redis://{other}"),
        };
        let address = Address {
            url,
            pid: std::process::id(),
        };
        // In the place of what a killed walkthrough left behind.
        let text = serde_json::to_string(&address)?;
        whole_file::replace(&path, text.as_bytes(), Readers::Owner)?;
        Ok(Meeting { path })
    }
}

impl Drop for Meeting {
    fn drop(&mut self) {
        // Another walkthrough may have begun since; then the file is its.
        if read(&self.path).is_some_and(|address| address.pid == std::process::id()) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The server of the walkthrough this user runs, if one said so. It may be
/// gone: only a connection tells.
pub fn announced() -> Option<Target> {
    let address = read(&meeting_file())?;
    Target::parse(&address.url).ok()
}

fn read(path: &Path) -> Option<Address> {
    let text = std::fs::read_to_string(path).ok()?;
    if !is_ours(path) {
        return None;
    }
    serde_json::from_str(&text).ok()
}

/// In a folder that everybody can write to, only a file of our own counts.
#[cfg(unix)]
fn is_ours(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let own = rustix::process::getuid().as_raw();
    path.symlink_metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.uid() == own)
}

#[cfg(not(unix))]
fn is_ours(path: &Path) -> bool {
    path.is_file()
}

fn meeting_file() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let folder = runtime.filter(|folder| folder.is_dir());
    #[cfg(unix)]
    let user = rustix::process::getuid().as_raw().to_string();
    #[cfg(not(unix))]
    let user = std::env::var("USERNAME").unwrap_or_default();
    folder
        .unwrap_or_else(std::env::temp_dir)
        .join(format!("redis-lab-walkthrough-{user}.json"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_file_is_private_and_goes_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("m.json");
        let target = Target::unix(Path::new("/tmp/x/s")).expect("a target");
        let meeting = Meeting::announce_at(path.clone(), &target).expect("written");
        let mode = path.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let address = read(&path).expect("readable");
        assert_eq!(address.url, "unix:///tmp/x/s");
        drop(meeting);
        assert!(!path.exists());
    }

    #[test]
    fn the_file_of_a_later_walkthrough_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("m.json");
        let target = Target::unix(Path::new("/tmp/x/s")).expect("a target");
        let meeting = Meeting::announce_at(path.clone(), &target).expect("written");
        std::fs::write(&path, r#"{"url":"unix:///tmp/y/s","pid":1}"#).expect("written");
        drop(meeting);
        assert!(path.exists());
    }
}
