//! Files that nobody ever sees half: written under a temporary name in the same
//! directory and renamed when whole, which POSIX promises to be atomic.

use super::error::ThumbError;
use std::io::{self, Write as _};
use std::path::Path;
use tempfile::NamedTempFile;

/// How names of files that are not whole yet begin and end.
const PREFIX: &str = ".writing-";
const SUFFIX: &str = ".part";

/// A new empty file under a temporary name, removed again unless it is kept
/// (`persist`).
pub(in crate::jobs) fn create(dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    // Temporary files are private by default; these are read by workers and
    // web servers of other users.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o644));
    }
    builder.tempfile_in(dir)
}

/// The same with these bytes in it.
pub(in crate::jobs) fn temporary(dir: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = create(dir)?;
    file.write_all(bytes)?;
    file.flush()?;
    Ok(file)
}

/// Whether a file of this name is one that a killed process did not finish.
pub(in crate::jobs) fn is_leftover(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// Names the one failure that people can mend at once.
pub(in crate::jobs) fn file_error(path: &Path, error: &io::Error) -> ThumbError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ThumbError::DiskFull(path.to_owned())
        }
        _ => ThumbError::Io(path.to_owned(), error.to_string()),
    }
}
