//! The scripts the server knows.

use super::interpreter::Function;
use super::shebang::Flags;
use crate::state::FastMap;
use sha1::{Digest, Sha1};
use std::rc::Rc;

/// A script that has been compiled.
pub(crate) struct Script {
    pub(crate) digest: [u8; 40],
    /// The digest as text: what the script is called while it runs.
    pub(crate) name: Rc<str>,
    pub(crate) function: Function,
    pub(crate) flags: Option<Flags>,
}

/// Scripts by digest and, so that EVAL need not compute it every time, by
/// their text.
#[derive(Default)]
pub(crate) struct Cache {
    by_digest: FastMap<[u8; 40], Rc<Script>>,
    by_body: FastMap<Box<[u8]>, Rc<Script>>,
}

impl Cache {
    /// The script with this text.
    pub(crate) fn by_body(&self, body: &[u8]) -> Option<Rc<Script>> {
        self.by_body.get(body).cloned()
    }

    /// The script with this digest, in any letter case.
    pub(crate) fn by_digest(&self, digest: &[u8]) -> Option<Rc<Script>> {
        let mut digest: [u8; 40] = digest.try_into().ok()?;
        digest.make_ascii_lowercase();
        self.by_digest.get(&digest).cloned()
    }

    /// Adds a script.
    pub(crate) fn add(
        &mut self,
        body: &[u8],
        function: Function,
        flags: Option<Flags>,
    ) -> Rc<Script> {
        let digest = digest(body);
        let script = Rc::new(Script {
            digest,
            name: text(&digest).into(),
            function,
            flags,
        });
        self.by_digest.insert(script.digest, Rc::clone(&script));
        self.by_body.insert(body.into(), Rc::clone(&script));
        script
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_digest.len()
    }

    /// How long their texts are, together.
    pub(crate) fn bytes(&self) -> usize {
        self.by_body.keys().map(|body| body.len()).sum()
    }
}

/// The SHA1 digest of a text in hexadecimal.
pub(crate) fn digest(body: &[u8]) -> [u8; 40] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 40];
    for (two, byte) in text.chunks_exact_mut(2).zip(Sha1::digest(body)) {
        two[0] = DIGITS[usize::from(byte >> 4)];
        two[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

/// A digest as text.
pub(crate) fn text(digest: &[u8; 40]) -> String {
    digest.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_forty_hexadecimal_digits() {
        assert_eq!(
            text(&digest(b"return 1")),
            "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
        );
    }
}
