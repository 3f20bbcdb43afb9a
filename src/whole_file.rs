//! Files that nobody ever sees half of: written under a temporary name in their
//! folder, and renamed when they are whole.

use std::io::{self, Write as _};
use std::path::Path;
use tempfile::NamedTempFile;

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Nobody but its owner.
    Owner,
    /// Those who may read any new file of this user: the umask decides.
    Usual,
    /// Everybody, such as a web server, which is usually another user.
    Everybody,
}

/// Writes a file, in the place of one that is there.
///
/// # Errors
/// When it cannot be written. The old file is then as it was.
pub fn replace(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    temporary(path, bytes, readers)?.persist(path)?;
    Ok(())
}

/// The file that is to stand at `path`, under its temporary name: it is gone
/// again unless it is given the place (`persist`).
///
/// # Errors
/// When there is no such folder, or nothing can be written into it.
pub fn temporary(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<NamedTempFile> {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    if readers != Readers::Owner {
        builder.permissions(mode(0o666));
    }
    let mut file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    #[cfg(unix)]
    if readers == Readers::Everybody {
        file.as_file().set_permissions(mode(0o644))?;
    }
    file.write_all(bytes)?;
    Ok(file)
}

#[cfg(unix)]
fn mode(mode: u32) -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("progress.json");
        for (text, readers) in [
            ("one", Readers::Owner),
            ("two", Readers::Usual),
            ("three", Readers::Everybody),
        ] {
            replace(&path, text.as_bytes(), readers).expect("written");
            assert_eq!(std::fs::read_to_string(&path).expect("there"), text);
        }
        drop(temporary(&path, b"never there", Readers::Owner).expect("a temporary file"));
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "three");
        assert_eq!(folder.path().read_dir().expect("readable").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_for_the_owner_is_for_nobody_else() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let mode_of = |readers| {
            let path = folder.path().join("file");
            replace(&path, b"text", readers).expect("written");
            path.metadata().expect("there").permissions().mode() & 0o777
        };
        assert_eq!(mode_of(Readers::Owner), 0o600);
        assert_eq!(mode_of(Readers::Everybody), 0o644);
        assert_eq!(mode_of(Readers::Usual) & 0o600, 0o600);
    }
}
