//! Why a server cannot start with the files that are there.

use crate::engine::manifest::ManifestFault;
use crate::store::dump::FileError;
use std::fmt;
use std::io;

/// Why a server cannot start with the files that are there.
#[derive(Debug)]
pub struct LoadError {
    /// The file, with its directory.
    pub file: String,
    /// What is wrong with it.
    pub cause: LoadCause,
}

/// What is wrong with a file.
#[derive(Debug)]
pub enum LoadCause {
    /// It is to be the directory of the files, and is none.
    Directory(io::Error),
    /// It cannot be read or written.
    Io(io::Error),
    /// It does not hold what it should.
    Contents(FileError),
    /// It is the ACL file, and this is wrong with it, in Redis's words.
    Users(String),
    /// It is the ACL file, and lets in everybody, which must not be.
    OpenToAll,
    /// It is named in the manifest, and there is none.
    Missing,
    /// This line of the manifest is wrong.
    Manifest(usize, ManifestFault),
    /// It ends within a command, after so many good bytes, and
    /// `aof-load-truncated` is no.
    CutOff(usize),
    /// Nothing: the server was stopped while it was reading.
    Stopped,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.cause)
    }
}

impl fmt::Display for LoadCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadCause::Directory(error) | LoadCause::Io(error) => error.fmt(f),
            LoadCause::Contents(error) => error.fmt(f),
            LoadCause::Users(why) => f.write_str(why),
            LoadCause::OpenToAll => f.write_str("its default user needs no password"),
            LoadCause::Missing => f.write_str("the manifest names it, but there is no such file"),
            LoadCause::Manifest(_, ManifestFault::Empty) => ManifestFault::Empty.fmt(f),
            LoadCause::Manifest(line, fault) => write!(f, "line {line} of the manifest: {fault}"),
            LoadCause::CutOff(at) => write!(f, "it ends within a command, after byte {at}"),
            LoadCause::Stopped => f.write_str("stopped while it was being read"),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<io::Error> for LoadCause {
    fn from(error: io::Error) -> Self {
        LoadCause::Io(error)
    }
}

impl From<FileError> for LoadCause {
    fn from(error: FileError) -> Self {
        LoadCause::Contents(error)
    }
}
