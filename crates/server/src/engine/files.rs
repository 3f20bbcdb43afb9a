//! Where a server keeps what is to outlast it: the port through which the
//! engine reaches files. Who embeds the server hands in what stands behind it;
//! [`crate::disk`] is a directory.
//!
//! A name is that of a file (`dump.rdb`), or has one folder before it
//! (`appendonlydir/appendonly.aof.manifest`); that of the ACL file is whatever
//! path was given.

use std::fmt;
use std::io::{self, BufRead};

/// What the system calls an error, without the number that Rust adds.
pub(crate) fn what_it_is(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.to_owned()
}

/// The files of a server.
pub trait Files: fmt::Debug {
    /// Where they are, for people.
    fn place(&self) -> String;

    /// Goes on somewhere else (`CONFIG SET dir`).
    ///
    /// # Errors
    /// When there is no such place; then it stays where it was.
    fn move_to(&mut self, place: &str) -> io::Result<()>;

    /// What is in a file; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Makes a file, or replaces it as a whole: whoever reads it, even after
    /// a crash, finds the old contents or the new ones. What
    /// [`Files::replace_later`] has begun is done before.
    ///
    /// # Errors
    /// When it cannot be written, or `contents` end with an error: they are
    /// not wanted any more. The old file is then untouched, and nothing else
    /// is left behind.
    fn replace(&mut self, name: &str, contents: &mut dyn BufRead) -> io::Result<()>;

    /// Begins to do the same; one at a time.
    fn replace_later(&mut self, name: &str, contents: Box<dyn BufRead + Send>);

    /// How what [`Files::replace_later`] has begun ended, once it has.
    fn replaced(&mut self) -> Option<io::Result<()>>;

    /// Opens a file to be appended to, and makes it if there is none.
    ///
    /// # Errors
    /// When that is impossible.
    fn append_to(&mut self, name: &str) -> io::Result<Box<dyn Log>>;

    /// Gives a file another name.
    ///
    /// # Errors
    /// When that is impossible.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// When that is impossible.
    fn remove(&mut self, name: &str) -> io::Result<()>;
}

/// A file that is appended to.
pub trait Log: fmt::Debug {
    /// Appends all of it, or nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file off after so many bytes.
    ///
    /// # Errors
    /// When that is impossible.
    fn truncate(&mut self, len: u64) -> io::Result<()>;

    /// Returns when what was appended would survive a loss of power.
    ///
    /// # Errors
    /// When the system cannot promise that.
    fn sync(&mut self) -> io::Result<()>;

    /// Begins to do the same. What an earlier one came to, if it has ended.
    fn sync_later(&mut self) -> Option<io::Result<()>>;
}
