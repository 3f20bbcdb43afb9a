//! A directory as the place of a server's files.
//!
//! What takes long, writing a whole snapshot and waiting for the disk, is done
//! by another thread where the caller does not wait for it; where there are no
//! threads (WebAssembly), at once.

use crate::engine::files::{Files, Log};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// The files of a directory.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    writing: Work,
}

/// Something that may be done by another thread.
#[derive(Debug, Default)]
enum Work {
    #[default]
    Nothing,
    Running(JoinHandle<io::Result<()>>),
    Done(io::Result<()>),
}

impl Work {
    fn begin(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Work {
        #[cfg(target_family = "wasm")]
        return Work::Done(work());
        #[cfg(not(target_family = "wasm"))]
        match std::thread::Builder::new().spawn(work) {
            Ok(thread) => Work::Running(thread),
            Err(error) => Work::Done(Err(error)),
        }
    }

    fn is_running(&self) -> bool {
        matches!(self, Work::Running(thread) if !thread.is_finished())
    }

    /// Waits for the end, if there is something to wait for.
    fn end(&mut self) -> Option<io::Result<()>> {
        match std::mem::take(self) {
            Work::Nothing => None,
            Work::Done(result) => Some(result),
            Work::Running(thread) => Some(
                thread
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("the writing thread failed"))),
            ),
        }
    }
}

impl Directory {
    /// A directory that exists.
    ///
    /// # Errors
    /// When there is none, or it is something else.
    pub fn open(path: &Path) -> io::Result<Directory> {
        if !fs::metadata(path)?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        Ok(Directory {
            path: path.to_owned(),
            writing: Work::Nothing,
        })
    }

    /// The path of a file; its folder is made.
    fn path_to_write(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        if let Some((folder, _)) = name.split_once('/')
            && Path::new(name).is_relative()
        {
            match fs::create_dir(self.path.join(folder)) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        Ok(path)
    }
}

impl Files for Directory {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn move_to(&mut self, place: &str) -> io::Result<()> {
        self.path
            .clone_from(&Directory::open(Path::new(place))?.path);
        Ok(())
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn replace(&mut self, name: &str, contents: &mut dyn BufRead) -> io::Result<()> {
        if self.writing.is_running() {
            let result = self.writing.end();
            self.writing = result.map_or(Work::Nothing, Work::Done);
        }
        write_and_rename(&self.path_to_write(name)?, contents)
    }

    fn replace_later(&mut self, name: &str, mut contents: Box<dyn BufRead + Send>) {
        self.writing.end();
        self.writing = match self.path_to_write(name) {
            Ok(path) => Work::begin(move || write_and_rename(&path, &mut *contents)),
            Err(error) => Work::Done(Err(error)),
        };
    }

    fn replaced(&mut self) -> Option<io::Result<()>> {
        if self.writing.is_running() {
            None
        } else {
            self.writing.end()
        }
    }

    fn append_to(&mut self, name: &str) -> io::Result<Box<dyn Log>> {
        let path = self.path_to_write(name)?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let len = file.metadata()?.len();
        Ok(Box::new(Appended {
            file,
            len,
            syncing: Work::Nothing,
        }))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path_to_write(to)?)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Or the process might end half-way and leave a temporary file.
        self.writing.end();
    }
}

/// Writes a file under another name and renames it, so that nobody ever finds
/// half of it.
fn write_and_rename(path: &Path, contents: &mut dyn BufRead) -> io::Result<()> {
    let (new, mut file) = new_file_beside(path)?;
    let written = || -> io::Result<()> {
        // What only its owner may read stays so.
        #[cfg(unix)]
        if let Ok(old) = fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        loop {
            let piece = contents.fill_buf()?;
            if piece.is_empty() {
                break;
            }
            file.write_all(piece)?;
            let written = piece.len();
            contents.consume(written);
        }
        file.sync_all()?;
        drop(file);
        fs::rename(&new, path)
    };
    if let Err(error) = written() {
        // It is ours: nobody else makes such a name, and it did not exist.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    // The new name is on the disk only when the directory is.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// A new file in the same folder, called as Redis calls it (`temp-PID.rdb`)
/// unless somebody else's is called so: another server of this process, or one
/// that was killed.
fn new_file_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    // WebAssembly has no processes.
    let process = if cfg!(target_family = "wasm") {
        1
    } else {
        std::process::id()
    };
    let kind = path.extension().unwrap_or("tmp".as_ref());
    let mut stem = format!("temp-{process}");
    let mut others = 0;
    loop {
        let new = path.with_file_name(&stem).with_extension(kind);
        match OpenOptions::new().write(true).create_new(true).open(&new) {
            Ok(file) => return Ok((new, file)),
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            Err(_) => others += 1,
        }
        stem = format!("temp-{process}-{others}");
    }
}

/// A file that is appended to.
#[derive(Debug)]
struct Appended {
    file: File,
    len: u64,
    syncing: Work,
}

impl Log for Appended {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(bytes) {
            // The disk may be full: what is there of it goes again.
            let _ = self.file.set_len(self.len);
            return Err(error);
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)?;
        self.len = len;
        self.file.sync_all()
    }

    fn sync(&mut self) -> io::Result<()> {
        self.syncing.end();
        self.file.sync_data()
    }

    fn sync_later(&mut self) -> Option<io::Result<()>> {
        if self.syncing.is_running() {
            return None;
        }
        let earlier = self.syncing.end();
        self.syncing = match self.file.try_clone() {
            Ok(file) => Work::begin(move || file.sync_data()),
            Err(error) => Work::Done(Err(error)),
        };
        earlier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).expect("a directory");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a directory");
        let mut files = Directory::open(folder.path()).expect("it exists");
        files.replace("a", &mut &b"one"[..]).expect("written");
        files.replace("a", &mut &b"two"[..]).expect("replaced");
        assert_eq!(
            files.read("a").expect("readable").as_deref(),
            Some(&b"two"[..])
        );
        assert_eq!(files.read("b").expect("no fault"), None);
        fs::create_dir(folder.path().join("b")).expect("made");
        fs::write(folder.path().join("b/c"), "").expect("made");
        // Left by one that was killed.
        let left = format!("temp-{}.tmp", std::process::id());
        fs::write(folder.path().join(&left), "").expect("made");
        files.replace("a", &mut &b"three"[..]).expect("replaced");
        fs::remove_file(folder.path().join(&left)).expect("nobody touched it");
        assert!(files.replace("b", &mut &b"x"[..]).is_err());
        files.replace_later("b", Box::new(&b"x"[..]));
        let result = loop {
            if let Some(result) = files.replaced() {
                break result;
            }
            std::thread::yield_now();
        };
        assert!(result.is_err() && files.replaced().is_none());
        assert_eq!(names(folder.path()), ["a", "b"]);
        assert!(Directory::open(&folder.path().join("a")).is_err());
        assert!(Directory::open(&folder.path().join("none")).is_err());
    }

    #[test]
    fn a_log_grows_and_is_cut_off() {
        let folder = tempfile::tempdir().expect("a directory");
        let mut files = Directory::open(folder.path()).expect("it exists");
        let mut log = files.append_to("logs/one").expect("made with its folder");
        log.append(b"first").expect("written");
        log.sync().expect("synced");
        log.append(b"second").expect("written");
        log.sync_later();
        drop(log);
        let mut log = files.append_to("logs/one").expect("opened");
        log.truncate(5).expect("cut off");
        log.append(b"!").expect("written");
        let contents = files.read("logs/one").expect("readable");
        assert_eq!(contents.as_deref(), Some(&b"first!"[..]));
        files.rename("logs/one", "two").expect("renamed");
        files.remove("two").expect("removed");
        assert_eq!(names(folder.path()), ["logs"]);
    }
}
