//! What is kept of a seat on this machine, so that it is there again after the
//! program has ended: in the folder for state, in a folder of the seat.

use super::outbox::Outbox;
use super::seat::Seat;
use super::{Address, tidy_code};
use crate::whole_file::{self, Readers};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The folder of all seats, below that for state.
const CLASSES: &str = "classes";

/// A seat's file, in its folder.
const FILE: &str = "seat.json";

/// The version of the file.
const VERSION: u64 = 1;

/// What is kept of a seat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    version: u64,
    /// Where the class was.
    pub address: String,
    /// The class code.
    pub code: String,
    /// The seat's id.
    pub seat: String,
    /// What proves that it is ours.
    pub token: String,
    /// Its name.
    pub name: String,
    /// Its PIN, for other devices.
    #[serde(default)]
    pub pin: String,
    /// Up to where the news have been heard.
    #[serde(default)]
    pub after: Option<String>,
    /// What is still to be reported.
    #[serde(default)]
    pub outbox: Outbox,
}

impl Kept {
    /// A seat that was just taken.
    pub fn new(address: &Address, code: &str, seat: &Seat) -> Kept {
        Kept {
            version: VERSION,
            address: address.to_string(),
            code: code.to_owned(),
            seat: seat.seat.clone(),
            token: seat.token.clone(),
            name: seat.name.clone(),
            pin: seat.pin.clone(),
            after: None,
            outbox: Outbox::default(),
        }
    }

    /// The seat's folder below that for state. `None` when the class calls the
    /// seat something that is no name of a folder.
    pub fn folder(&self, state: &Path) -> Option<PathBuf> {
        let fits = |c: char| c.is_ascii_alphanumeric();
        let is_name = (1..=64).contains(&self.seat.len()) && self.seat.chars().all(fits);
        is_name.then(|| state.join(CLASSES).join(&self.seat))
    }

    /// Writes the file anew, whole or not at all; for nobody else to read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let text = serde_json::to_string_pretty(self)?;
        whole_file::replace(&folder.join(FILE), text.as_bytes(), Readers::Owner)
    }

    /// The seat that was used last at this address, in the class with this
    /// code where one is given. Files that cannot be read are passed over, and
    /// stay where they are.
    pub fn find(state: &Path, address: &Address, code: Option<&str>) -> Option<Kept> {
        let folders = fs::read_dir(state.join(CLASSES)).ok()?;
        let seats = folders.flatten().filter_map(|folder| {
            let file = folder.path().join(FILE);
            let kept: Kept = serde_json::from_slice(&fs::read(&file).ok()?).ok()?;
            let when = file.metadata().and_then(|data| data.modified());
            Some((when.unwrap_or(SystemTime::UNIX_EPOCH), kept))
        });
        let is_it = |kept: &Kept| {
            let code = code.map(tidy_code);
            kept.version == VERSION
                && code.as_ref().is_none_or(|code| tidy_code(&kept.code) == *code)
                // A class that goes on elsewhere is known by its code.
                && (code.is_some() || kept.address == address.to_string())
        };
        let seats = seats.filter(|(_, kept)| is_it(kept));
        seats.max_by_key(|(when, _)| *when).map(|(_, kept)| kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(id: &str) -> Seat {
        Seat {
            seat: id.to_owned(),
            token: format!("token-{id}"),
            name: "Quiet Fox".to_owned(),
            pin: "1234".to_owned(),
        }
    }

    #[test]
    fn a_seat_is_found_again_by_address_or_code() {
        let state = tempfile::tempdir().unwrap();
        let (address, _) = Address::parse("192.168.1.7:8379").unwrap();
        let (moved, _) = Address::parse("10.0.0.1:8379").unwrap();
        assert_eq!(Kept::find(state.path(), &address, None), None);
        let mut kept = Kept::new(&address, "blue-otter-42", &seat("abc"));
        kept.outbox
            .push(serde_json::json!({"what": "hand", "up": true}));
        let folder = kept.folder(state.path()).unwrap();
        kept.save(&folder).unwrap();
        let found = |address, code| Kept::find(state.path(), address, code);
        assert_eq!(found(&address, None).as_ref(), Some(&kept));
        assert_eq!(found(&address, Some("Blue otter 42")).as_ref(), Some(&kept));
        assert_eq!(found(&moved, Some("blue-otter-42")).as_ref(), Some(&kept));
        assert_eq!(found(&moved, None), None);
        assert_eq!(found(&address, Some("red-otter-42")), None);
        // What cannot be read is left alone.
        let file = folder.join(FILE);
        fs::write(&file, "{").unwrap();
        assert_eq!(found(&address, None), None);
        assert_eq!(fs::read_to_string(file).unwrap(), "{");
    }

    #[cfg(unix)]
    #[test]
    fn the_token_is_for_nobody_else() {
        use std::os::unix::fs::PermissionsExt as _;
        let state = tempfile::tempdir().unwrap();
        let (address, _) = Address::parse("192.168.1.7:8379").unwrap();
        let kept = Kept::new(&address, "blue-otter-42", &seat("abc"));
        let folder = kept.folder(state.path()).unwrap();
        kept.save(&folder).unwrap();
        let mode = folder.join(FILE).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn a_class_cannot_choose_the_folder() {
        let (address, _) = Address::parse("192.168.1.7:8379").unwrap();
        for id in ["", "../x", "a/b", "..", "C:x", &"a".repeat(65)] {
            let kept = Kept::new(&address, "c", &seat(id));
            assert_eq!(kept.folder(Path::new("/state")), None, "{id}");
        }
    }
}
