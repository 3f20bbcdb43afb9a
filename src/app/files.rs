//! Files that are written whole or not at all.

use crate::error::{Error, Result};
use crate::whole_file::{Readers, temporary};
use catalog::text;
use std::path::Path;

/// Writes to a temporary file beside the old one and renames it.
///
/// # Errors
/// The path is wrong: it cannot be written (exit code 2).
pub(super) fn replace_file(path: &Path, text: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let file = temporary(path, text.as_bytes(), Readers::Usual)?;
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
        None => temporary(path, b"", Readers::Usual).map(drop),
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
