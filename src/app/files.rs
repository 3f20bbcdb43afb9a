//! Files that are written whole or not at all.

use crate::error::{Error, Result};
use catalog::text;
use std::io::Write as _;
use std::path::Path;

/// Writes to a temporary file beside the old one and renames it.
pub(super) fn replace_file(path: &Path, text: &str) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = temporary_file(folder)?;
        file.write_all(text.as_bytes())?;
        if let Ok(metadata) = path.metadata() {
            file.as_file().set_permissions(metadata.permissions())?;
        }
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| {
        Error::lesson(text!(
            "cannot write {}: {error}",
            "nie można zapisać {}: {error}",
            path.display()
        ))
        .hint(text!("is the folder writable?", "czy wolno tam pisać?"))
    })
}

/// As any program's new file: the umask decides who may read it, not the
/// caution that temporary files are usually made with.
#[cfg(unix)]
fn temporary_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
        .tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(folder)
}
