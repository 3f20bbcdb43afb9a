//! The shell's configuration file and where its files are kept.
//!
//! `repl.toml` in the platform's configuration directory
//! (`~/.config/redis-lab/` on Linux); every setting may be left out:
//!
//! ```toml
//! edit_mode = "emacs"   # or "vi"
//! history_size = 10000
//! hints = true          # quiet remarks under replies
//! syntax = true         # syntax shown while typing
//! undo = true           # dump keys before writes (private servers: always)
//! utf8 = false          # show UTF-8 text as text
//! confirm = true        # ask before destructive commands on --url
//! short = true          # of long replies the beginning only
//! pager = "off"         # or "auto" (replies longer than the screen), "on"
//! ```

use crate::error::{Error, Result};
use crate::session::Switches;
use catalog::text;
use directories::ProjectDirs;
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};

/// How lines are edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EditMode {
    /// Emacs keys, the default of most shells.
    #[default]
    Emacs,
    /// Vi keys.
    Vi,
}

/// Which replies the pager shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Paging {
    /// None.
    #[default]
    Off,
    /// Those of more than one line.
    On,
    /// Those that do not fit the screen.
    Auto,
}

impl Paging {
    /// The setting of this name.
    pub fn named(name: &str) -> Option<Paging> {
        Some(match name {
            "off" => Paging::Off,
            "on" => Paging::On,
            "auto" => Paging::Auto,
            _ => return None,
        })
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Paging::Off => "off",
            Paging::On => "on",
            Paging::Auto => "auto",
        }
    }
}

/// The settings of `repl.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How lines are edited.
    pub edit_mode: EditMode,
    /// How many lines the history keeps.
    pub history_size: usize,
    /// Quiet remarks under replies.
    pub hints: bool,
    /// The syntax shown while typing.
    pub syntax: bool,
    /// Dump keys before writes on a server given by `--url`, for `:undo`.
    pub undo: bool,
    /// Show UTF-8 text as text.
    pub utf8: bool,
    /// Ask before destructive commands on a server given by `--url`.
    pub confirm: bool,
    /// Of long replies only the beginning is shown.
    pub short: bool,
    /// Which replies the pager shows.
    pub pager: Paging,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            edit_mode: EditMode::Emacs,
            history_size: 10_000,
            hints: true,
            syntax: true,
            undo: false,
            utf8: false,
            confirm: true,
            short: true,
            pager: Paging::Off,
        }
    }
}

impl Config {
    /// The settings of the person who runs the program.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn of_user() -> Result<Config> {
        match config_path() {
            Some(path) => Config::load(&path),
            None => Ok(Config::default()),
        }
    }

    /// What is switched on at the start. On a private server every write can be
    /// taken back, whatever the file says.
    pub fn switches(&self, private: bool) -> Switches {
        Switches {
            hints: self.hints,
            utf8: self.utf8,
            undo: private || self.undo,
            ..Switches::default()
        }
    }

    /// Reads the file; the defaults when there is none.
    ///
    /// # Errors
    /// When it cannot be read or is wrong: which line, and what is expected.
    pub fn load(path: &Path) -> Result<Config> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Config::default()),
            Err(error) => return Err(unreadable(path).because(&error)),
        };
        toml::from_str(&text).map_err(|error| wrong(path, &error.to_string()))
    }
}

fn unreadable(path: &Path) -> Error {
    let path = path.display();
    Error::usage(text!(
        "the configuration file {path} cannot be read",
        "nie można odczytać pliku konfiguracyjnego {path}"
    ))
}

fn wrong(path: &Path, reason: &str) -> Error {
    let path = path.display();
    let reason = reason.trim_end();
    Error::usage(text!(
        "the configuration file {path} is wrong: {reason}",
        "plik konfiguracyjny {path} jest błędny: {reason}"
    ))
}

fn directories() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "redis-lab")
}

/// Where the configuration file is.
fn config_path() -> Option<PathBuf> {
    Some(directories()?.config_dir().join("repl.toml"))
}

/// Where the history file is: the state directory where the platform has one.
pub fn history_path() -> Option<PathBuf> {
    let directories = directories()?;
    let folder = directories
        .state_dir()
        .unwrap_or_else(|| directories.data_local_dir());
    Some(folder.join("repl_history"))
}

/// Makes sure the history file exists and only its owner can read it.
///
/// # Errors
/// When it cannot be created.
pub fn prepare_history(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    open_private(&mut options, path)
}

#[cfg(unix)]
fn open_private(options: &mut std::fs::OpenOptions, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let file = options.mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// A folder of the user's own is private enough.
#[cfg(not(unix))]
fn open_private(options: &mut std::fs::OpenOptions, path: &Path) -> io::Result<()> {
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::lang::Lang;

    #[test]
    fn settings_may_be_left_out_but_not_misspelt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("repl.toml");
        assert_eq!(Config::load(&path).unwrap(), Config::default());
        std::fs::write(&path, "edit_mode = \"vi\"\nhistory_size = 5\n").unwrap();
        let config = Config::load(&path).unwrap();
        assert_eq!((config.edit_mode, config.history_size), (EditMode::Vi, 5));
        std::fs::write(&path, "edit_mod = \"vi\"\n").unwrap();
        let error = Config::load(&path).unwrap_err();
        assert!(
            ["edit_mod", "line 1"]
                .iter()
                .all(|part| error.message_in(Lang::En).contains(part)),
            "{error:?}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_history_file_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/history");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        prepare_history(&path).unwrap();
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        prepare_history(&path).unwrap();
        assert_eq!(mode(), 0o600);
    }
}
