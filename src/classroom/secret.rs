//! Tokens and PINs: made by chance, kept as digests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand::Rng as _;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// How many characters the ID of a seat has.
const ID: usize = 12;

/// 256 bits that nobody guesses, as text for headers and addresses.
pub fn random() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    BASE64.encode(bytes)
}

/// The ID of a new seat.
pub fn id() -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let letter = |_| char::from(LETTERS[rand::random_range(0..LETTERS.len())]);
    (0..ID).map(letter).collect()
}

/// Whether this may be the ID of a seat: what comes from outside is part of a
/// key's name only then.
pub fn is_id(text: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.len() == ID && text.bytes().all(is_letter)
}

/// Four digits.
pub fn pin() -> String {
    format!("{:04}", rand::random_range(0..10_000))
}

/// SHA-256 of these parts, in hexadecimal.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        // Where one part ends is part of it.
        hash.update([0]);
    }
    let mut hex = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// A token as it is sent, `SEAT.SECRET`: the seat, and the digest of the whole.
pub fn read_token(token: &str) -> Option<(&str, String)> {
    let (seat, secret) = token.split_once('.')?;
    (is_id(seat) && secret.len() < 100).then(|| (seat, digest(&[token])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_seat_and_nothing_else() {
        let seat = id();
        let token = format!("{seat}.{}", random());
        let (named, hash) = read_token(&token).expect("a token");
        assert_eq!(named, seat);
        assert_eq!(hash, digest(&[&token]));
        assert_ne!(hash, digest(&[&format!("{seat}.x")]));
        for wrong in ["", ".", "x.y", "../../etc/pw.x", "*", "ABCDEFGHIJKL.x"] {
            assert!(read_token(wrong).is_none(), "{wrong}");
        }
        assert_ne!(digest(&["a", "b"]), digest(&["ab", ""]));
    }
}
