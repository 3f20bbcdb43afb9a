//! The program of a real server: the one somebody names, or the first on PATH.

use crate::error::{Error, Result};
use catalog::text;
use std::path::{Path, PathBuf};

/// What the program of a real server is called.
const NAMES: [&str; 2] = ["redis-server", "valkey-server"];

/// The first `redis-server` or `valkey-server` on PATH, folder by folder, as a
/// shell looks for a program.
pub fn find_program() -> Option<PathBuf> {
    if cfg!(not(unix)) {
        return None;
    }
    first_in(&std::env::var_os("PATH")?, &NAMES)
}

fn first_in(path: &std::ffi::OsStr, names: &[&str]) -> Option<PathBuf> {
    std::env::split_paths(path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|file| is_program(file))
}

/// The program that `--server` names: a path, or a name to look for on PATH.
///
/// # Errors
/// When there is no such program.
pub(super) fn named(program: &Path) -> Result<PathBuf> {
    let is_path = program.components().count() > 1 || program.is_absolute();
    let found = match (is_path, program.to_str()) {
        (false, Some(name)) => std::env::var_os("PATH").and_then(|path| first_in(&path, &[name])),
        _ => Some(program.to_owned()).filter(|file| is_program(file)),
    };
    found.ok_or_else(|| {
        let program = program.display();
        let message = if is_path {
            text!("{program} is not a program", "{program} nie jest programem")
        } else {
            text!("there is no {program} on PATH", "w PATH nie ma {program}")
        };
        Error::server(message).hint(text!(
            "name the program of a server: --server /usr/bin/redis-server",
            "podaj program serwera: --server /usr/bin/redis-server"
        ))
    })
}

/// Whether it is a file that somebody may execute, as a shell looks for one.
#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_first_folder_wins_whatever_the_server_is_called() {
        let folders = tempfile::tempdir().unwrap();
        let put = |folder: &str, name: &str, mode: u32| {
            let folder = folders.path().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let file = folder.join(name);
            std::fs::write(&file, "").unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            file
        };
        // Not executable: a shell would pass it by.
        put("a", "redis-server", 0o644);
        let valkey = put("b", "valkey-server", 0o755);
        let redis = put("c", "redis-server", 0o755);
        let path =
            std::env::join_paths(["a", "b", "c"].map(|name| folders.path().join(name))).unwrap();
        assert_eq!(first_in(&path, &NAMES), Some(valkey));
        assert_eq!(first_in(&path, &["redis-server"]), Some(redis.clone()));
        assert_eq!(first_in(&path, &["keydb-server"]), None);
        assert_eq!(named(&redis).unwrap(), redis);
        assert!(named(folders.path()).is_err());
        assert!(named(Path::new("no-such-server")).is_err());
    }
}
