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

/// How names of files that are not whole yet begin and end.
const PREFIX: &str = ".writing-";
const SUFFIX: &str = ".part";

/// Whether a file of this name is one that a killed process did not finish.
pub fn is_leftover(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// The file that is to stand at `path`, under its temporary name: it is gone
/// again unless it is given the place (`persist`).
///
/// # Errors
/// When there is no such folder, or nothing can be written into it.
pub fn temporary(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<NamedTempFile> {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    let mut file = create(folder.unwrap_or(Path::new(".")), readers)?;
    file.write_all(bytes)?;
    Ok(file)
}

/// A new empty file in a folder, under a temporary name, for what comes piece
/// by piece.
///
/// # Errors
/// As [`temporary`].
// Elsewhere a file has no mode: its folder says who may read it.
#[cfg_attr(not(unix), expect(unused_variables, reason = "no modes"))]
pub fn create(folder: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    if readers != Readers::Owner {
        builder.permissions(mode(0o666));
    }
    let file = builder.tempfile_in(folder)?;
    #[cfg(unix)]
    if readers == Readers::Everybody {
        file.as_file().set_permissions(mode(0o644))?;
    }
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
        let unfinished = temporary(&path, b"never there", Readers::Owner).expect("written");
        let name = unfinished.path().file_name().expect("a name");
        assert!(is_leftover(&name.to_string_lossy()));
        drop(unfinished);
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
