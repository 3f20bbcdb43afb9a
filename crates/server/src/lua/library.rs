//! Libraries of functions.

use super::interpreter::RegistryKey;
use super::shebang;
use std::collections::BTreeMap;

/// A library.
pub(crate) struct Library {
    /// Its source, with the first line.
    pub(crate) code: Vec<u8>,
    /// Its functions by name.
    pub(crate) functions: BTreeMap<String, Registered>,
}

impl Library {
    /// The function of a name, in any letter case, with its real name.
    pub(crate) fn function(&self, name: &str) -> Option<(&str, &Registered)> {
        let same = |other: &&String| other.eq_ignore_ascii_case(name);
        let name = self.functions.keys().find(same)?;
        Some((name, self.functions.get(name)?))
    }
}

/// A function of a library, kept in the interpreter.
pub(crate) struct Registered<F = RegistryKey> {
    pub(crate) callback: F,
    pub(crate) flags: shebang::Flags,
    pub(crate) description: Option<Vec<u8>>,
}
