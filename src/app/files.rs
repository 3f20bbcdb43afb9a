//! Files that are written whole or not at all.

use crate::error::{Error, Result};
use catalog::text;
use std::io::Write as _;
use std::path::Path;

/// Writes to a temporary file beside the old one and renames it.
///
/// # Errors
/// The path is wrong: it cannot be written (exit code 2).
pub(super) fn replace_file(path: &Path, text: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = temporary_file(folder_of(path))?;
        file.write_all(text.as_bytes())?;
        if let Ok(metadata) = path.metadata() {
            file.as_file().set_permissions(metadata.permissions())?;
        }
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| unwritable(path, &error))
}

/// Complains about a path that [`replace_file`] could not write, before the
/// work is done whose result would go there.
///
/// # Errors
/// As [`replace_file`].
pub(super) fn try_to_write(path: &Path) -> Result<()> {
    let is_folder = path.is_dir().then_some(std::io::ErrorKind::IsADirectory);
    let tried = match is_folder {
        Some(kind) => Err(kind.into()),
        None => temporary_file(folder_of(path)).map(drop),
    };
    tried.map_err(|error| unwritable(path, &error))
}

/// Makes a folder, if it is not there.
///
/// # Errors
/// As [`replace_file`].
pub(super) fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| unwritable(path, &error))
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::usage(text!(
        "cannot write {}",
        "nie można zapisać {}",
        path.display()
    ))
    .because(error)
    .hint(text!(
        "is there such a folder, and is it writable?",
        "czy jest taki folder i czy wolno w nim pisać?"
    ))
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
