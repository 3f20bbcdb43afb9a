//! Keyspace notifications: the classes of `notify-keyspace-events`.

/// `K`: publish on `__keyspace@<db>__:<key>`.
pub const KEYSPACE: u32 = 1;
/// `E`: publish on `__keyevent@<db>__:<event>`.
pub const KEYEVENT: u32 = 1 << 1;
/// `g`: commands of any type (DEL, EXPIRE, RENAME).
pub const GENERIC: u32 = 1 << 2;
/// `$`: string commands.
pub const STRING: u32 = 1 << 3;
/// `l`: list commands.
pub const LIST: u32 = 1 << 4;
/// `s`: set commands.
pub const SET: u32 = 1 << 5;
/// `h`: hash commands.
pub const HASH: u32 = 1 << 6;
/// `z`: sorted set commands.
pub const ZSET: u32 = 1 << 7;
/// `x`: expired keys.
pub const EXPIRED: u32 = 1 << 8;
/// `e`: evicted keys.
pub const EVICTED: u32 = 1 << 9;
/// `t`: stream commands.
pub const STREAM: u32 = 1 << 10;
/// `m`: reads of keys that do not exist; not part of `A`.
pub const KEY_MISS: u32 = 1 << 11;
/// `d`: module types.
pub const MODULE: u32 = 1 << 13;
/// `n`: new keys; not part of `A`.
pub const NEW: u32 = 1 << 14;
/// `A`: `g$lshztdxe`.
pub const ALL: u32 =
    GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

/// The letters in the order CONFIG GET writes them.
const LETTERS: [(char, u32); 10] = [
    ('g', GENERIC),
    ('$', STRING),
    ('l', LIST),
    ('s', SET),
    ('h', HASH),
    ('z', ZSET),
    ('x', EXPIRED),
    ('e', EVICTED),
    ('t', STREAM),
    ('d', MODULE),
];

/// Reads the letters of `notify-keyspace-events`; `None` for an unknown one.
pub fn parse(letters: &[u8]) -> Option<u32> {
    letters.iter().try_fold(0, |bits, letter| {
        let bit = match letter {
            b'A' => ALL,
            b'K' => KEYSPACE,
            b'E' => KEYEVENT,
            b'm' => KEY_MISS,
            b'n' => NEW,
            letter => LETTERS.iter().find(|(c, _)| *c as u8 == *letter)?.1,
        };
        Some(bits | bit)
    })
}

/// Writes the letters as CONFIG GET does.
pub fn format(bits: u32) -> String {
    let mut text = String::new();
    if bits & ALL == ALL {
        text.push('A');
    } else {
        text.extend(
            LETTERS
                .iter()
                .filter(|(_, bit)| bits & bit != 0)
                .map(|(c, _)| c),
        );
        if bits & NEW != 0 {
            text.push('n');
        }
    }
    for (letter, bit) in [('K', KEYSPACE), ('E', KEYEVENT), ('m', KEY_MISS)] {
        if bits & bit != 0 {
            text.push(letter);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_and_written_as_config_does() {
        for (given, shown) in [
            ("", ""),
            ("KEA", "AKE"),
            ("Kg$", "g$K"),
            ("Elx", "lxE"),
            ("KEAm", "AKEm"),
            ("g$lshzxetdK", "AK"),
        ] {
            assert_eq!(format(parse(given.as_bytes()).unwrap()), shown);
        }
        assert_eq!(parse(b"KQ"), None);
    }
}
