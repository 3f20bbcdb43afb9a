//! The scripts the server knows.

use super::interpreter::RegistryKey;
use super::shebang::Flags;
use crate::state::FastMap;
use sha1::{Digest, Sha1};
use std::cell::Cell;
use std::rc::Rc;

/// A script that has been compiled.
pub(crate) struct Script {
    pub(crate) digest: [u8; 40],
    /// The digest as text: what the script is called while it runs.
    pub(crate) name: Rc<str>,
    pub(crate) function: RegistryKey,
    pub(crate) flags: Option<Flags>,
    /// When it was last asked for, in a count of its own.
    used: Cell<u64>,
}

/// So many scripts at most are kept that only EVAL has made known.
const MOST_OF_EVAL: usize = 500;

/// Scripts by digest and, so that EVAL need not compute it every time, by
/// their text.
#[derive(Default)]
pub(crate) struct Cache {
    by_digest: FastMap<[u8; 40], Rc<Script>>,
    by_body: FastMap<Rc<[u8]>, Rc<Script>>,
    /// Those that only EVAL has made known, with their texts.
    of_eval: Vec<(Rc<Script>, Rc<[u8]>)>,
    /// How often scripts were asked for.
    uses: Cell<u64>,
}

impl Cache {
    /// The script with this text.
    pub(crate) fn by_body(&self, body: &[u8]) -> Option<Rc<Script>> {
        self.by_body.get(body).map(|script| self.use_of(script))
    }

    fn use_of(&self, script: &Rc<Script>) -> Rc<Script> {
        self.uses.set(self.uses.get() + 1);
        script.used.set(self.uses.get());
        Rc::clone(script)
    }

    /// The script with this digest, in any letter case.
    pub(crate) fn by_digest(&self, digest: &[u8]) -> Option<Rc<Script>> {
        let mut digest: [u8; 40] = digest.try_into().ok()?;
        digest.make_ascii_lowercase();
        self.by_digest
            .get(&digest)
            .map(|script| self.use_of(script))
    }

    /// Adds a script; whether another one, which was of EVAL and not used for
    /// longest, had to go.
    pub(crate) fn add(
        &mut self,
        body: &[u8],
        function: RegistryKey,
        flags: Option<Flags>,
        of_eval: bool,
    ) -> (Rc<Script>, bool) {
        let digest = digest(body);
        let script = Rc::new(Script {
            digest,
            name: text(&digest).into(),
            function,
            flags,
            used: Cell::new(0),
        });
        let evicts = of_eval && self.of_eval.len() >= MOST_OF_EVAL;
        if evicts {
            self.evict();
        }
        let body: Rc<[u8]> = body.into();
        self.by_digest.insert(script.digest, Rc::clone(&script));
        self.by_body.insert(Rc::clone(&body), Rc::clone(&script));
        if of_eval {
            self.of_eval.push((Rc::clone(&script), body));
        }
        (self.use_of(&script), evicts)
    }

    fn evict(&mut self) {
        let all = self.of_eval.iter().enumerate();
        let oldest = all.min_by_key(|(_, (script, _))| script.used.get());
        if let Some((at, _)) = oldest {
            let (script, body) = self.of_eval.swap_remove(at);
            self.by_digest.remove(&script.digest);
            self.by_body.remove(&body);
        }
    }

    /// Keeps a script that EVAL has made known, since SCRIPT LOAD asks for it.
    pub(crate) fn retain(&mut self, script: &Script) {
        self.of_eval
            .retain(|(other, _)| other.digest != script.digest);
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
