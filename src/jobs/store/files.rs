//! Files of the directory: written whole or not at all, and never behind a link.

use super::error::StoreError;
use crate::whole_file::{self, Readers};
use std::fs::File;
use std::io;
use std::path::{Component, Path};
use thumbnailer::ThumbError;
use thumbnailer::file_error;

/// Whether `name` is one plain file name on this system.
pub fn is_plain_name(name: &str) -> bool {
    let mut components = Path::new(name).components();
    matches!(
        (components.next(), components.next()),
        (Some(Component::Normal(only)), None) if only == name
    ) && !name.contains(['\0', '\\'])
}

/// Writes a file, and the directory around it.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(dir)
        .and_then(|()| whole_file::replace(path, bytes, Readers::Usual));
    written.map_err(|error| {
        // A directory made for nothing goes; one that holds anything stays.
        let _ = std::fs::remove_dir(dir);
        StoreError::Files(file_error(path, &error))
    })
}

/// Opens a plain file in a plain folder; what is behind a link is not there.
pub(super) fn open_file(path: &Path) -> io::Result<(u64, File)> {
    let folder = path.parent().unwrap_or(Path::new("."));
    if !std::fs::symlink_metadata(folder)?.is_dir() || !std::fs::symlink_metadata(path)?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // In case it has become one since.
        options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    }
    let file = options.open(path)?;
    let about = file.metadata()?;
    Ok((about.len(), file))
}

/// Why a file could not be read.
pub(super) fn read_error(path: &Path, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::NotFound => StoreError::Missing(
            path.file_name()
                .map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        ),
        _ => StoreError::Files(ThumbError::Io(path.to_owned(), error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_become_paths() {
        for name in ["a.jpg", "zażółć.png", "🐢.gif", "a b.zip"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in [
            "", ".", "..", "a/b", "/a", "../a", "a\0b", "a\\b", "a/", "./a",
        ] {
            assert!(!is_plain_name(name), "{name:?}");
        }
    }
}
