//! Which arguments of a command are keys, by the same rules and in the same
//! order as the server's COMMAND GETKEYS.

use super::{BeginSearch, Command, FindKeys, Flags, KeyFlags, KeySpec, find_argv};

/// An argument that is a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRef {
    /// Its place among the arguments; 0 is the command's name.
    pub position: usize,
    /// What is done to it.
    pub flags: KeyFlags,
}

/// Why the keys of a command cannot be told; the texts of COMMAND GETKEYS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysError {
    /// There is no such command.
    UnknownCommand,
    /// The command has no keys.
    NoKeys,
    /// The number of arguments is wrong.
    Arity,
    /// The arguments do not fit together.
    Arguments,
}

impl KeysError {
    /// What the server answers.
    pub fn text(self) -> &'static str {
        match self {
            KeysError::UnknownCommand => "ERR Invalid command specified",
            KeysError::NoKeys => "ERR The command has no key arguments",
            KeysError::Arity => "ERR Invalid number of arguments specified for command",
            KeysError::Arguments => "ERR Invalid arguments specified for command",
        }
    }
}

/// The positions of the keys in a command line; empty when it has none or is
/// not a valid command.
pub fn key_positions<A: AsRef<[u8]>>(argv: &[A]) -> Vec<usize> {
    keys(argv).map_or_else(
        |_| Vec::new(),
        |keys| keys.into_iter().map(|key| key.position).collect(),
    )
}

/// The keys in a command line with what is done to each.
///
/// # Errors
/// As COMMAND GETKEYS refuses; see [`KeysError::text`].
pub fn keys<A: AsRef<[u8]>>(argv: &[A]) -> Result<Vec<KeyRef>, KeysError> {
    let argv: Vec<&[u8]> = argv.iter().map(AsRef::as_ref).collect();
    let command = find_argv(&argv).ok_or(KeysError::UnknownCommand)?;
    // A container with a word that is none of its subcommands is no command.
    if !command.subcommands.is_empty() && argv.len() > 1 {
        return Err(KeysError::UnknownCommand);
    }
    if !command.has_keys() {
        return Err(KeysError::NoKeys);
    }
    if !command.accepts(argv.len()) {
        return Err(KeysError::Arity);
    }
    let keys = keys_of(command, &argv);
    if keys.is_empty() && !command.flags.contains(Flags::NO_MANDATORY_KEYS) {
        return Err(KeysError::Arguments);
    }
    Ok(keys)
}

/// The keys in the arguments of a command already found; none when they do not
/// fit together.
pub fn keys_of(command: &Command, argv: &[&[u8]]) -> Vec<KeyRef> {
    if !command.has_keys() {
        return Vec::new();
    }
    by_hand(command, argv)
        .or_else(|| by_specs(command, argv))
        .unwrap_or_default()
}

fn by_specs(command: &Command, argv: &[&[u8]]) -> Option<Vec<KeyRef>> {
    let mut keys = Vec::new();
    for spec in command.key_specs {
        // Shard channels are described like keys, but are none.
        if !spec.flags.contains(KeyFlags::NOT_KEY) {
            one_spec(spec, argv, &mut keys)?;
        }
    }
    Some(keys)
}

/// Adds the keys of one specification; `None` when the arguments break it.
fn one_spec(spec: &KeySpec, argv: &[&[u8]], keys: &mut Vec<KeyRef>) -> Option<()> {
    let argc = i32::try_from(argv.len()).ok()?;
    let first = match spec.begin {
        BeginSearch::Index(at) => at,
        BeginSearch::Keyword(word, from) => match after_keyword(word, from, argv) {
            Some(at) => at,
            // An option that was not given.
            None => return Some(()),
        },
        BeginSearch::Unknown => return None,
    };
    let (first, last, step) = match spec.find {
        FindKeys::Range { last, step, limit } => {
            let end = match (last, limit) {
                (0.., _) => first + last,
                (_, 0) => argc + last,
                _ => first + (argc - first) / limit + last,
            };
            (first, end, step)
        }
        FindKeys::Keynum {
            number,
            first: offset,
            step,
        } => {
            let text = argv.get(usize::try_from(first + number).ok()?)?;
            let count: i32 = std::str::from_utf8(text).ok()?.parse().ok()?;
            if count < 0 {
                return None;
            }
            let first = first + offset;
            let last = count.checked_sub(1)?.checked_mul(step)?;
            (first, first.checked_add(last)?, step)
        }
        FindKeys::Unknown => return None,
    };
    if last >= argc || last < first || first >= argc {
        return None;
    }
    let step = usize::try_from(step).ok()?.max(1);
    let range = usize::try_from(first).ok()?..=usize::try_from(last).ok()?;
    keys.extend(range.step_by(step).map(|position| KeyRef {
        position,
        flags: spec.flags,
    }));
    (!spec.flags.contains(KeyFlags::INCOMPLETE)).then_some(())
}

/// The position after an option's word, which may be looked for backwards.
fn after_keyword(word: &str, from: i32, argv: &[&[u8]]) -> Option<i32> {
    let argc = i32::try_from(argv.len()).ok()?;
    let is_word = |i: &i32| {
        usize::try_from(*i)
            .ok()
            .and_then(|i| argv.get(i))
            .is_some_and(|arg| arg.eq_ignore_ascii_case(word.as_bytes()))
    };
    let found = if from > 0 {
        // The last argument cannot be the word: something must follow it.
        (from..argc - 1).find(is_word)
    } else {
        // As the server does it: backwards searches look at their first
        // position only.
        Some(argc + from).filter(is_word)
    };
    Some(found? + 1)
}

/// Commands whose specifications cannot tell everything: what is done to the
/// key depends on the options, or options may stand anywhere.
fn by_hand(command: &Command, argv: &[&[u8]]) -> Option<Vec<KeyRef>> {
    let has = |from: usize, words: &[&str]| argv[from..].iter().any(|arg| has_word(arg, words));
    const READS: KeyFlags = KeyFlags::RO.with(KeyFlags::ACCESS);
    const READS_AND_WRITES: KeyFlags =
        KeyFlags::of(&[KeyFlags::RW, KeyFlags::ACCESS, KeyFlags::UPDATE]);
    const OVERWRITES: KeyFlags = KeyFlags::OW.with(KeyFlags::UPDATE);
    const TAKES: KeyFlags = KeyFlags::of(&[KeyFlags::RW, KeyFlags::ACCESS, KeyFlags::DELETE]);
    let key = |position, flags| KeyRef { position, flags };
    match command.name {
        "set" if has(3, &["get"]) => Some(vec![key(1, READS_AND_WRITES)]),
        "set" => Some(vec![key(1, OVERWRITES)]),
        "bitfield" if only_gets(argv) => Some(vec![key(1, READS)]),
        "bitfield" => Some(vec![key(1, READS_AND_WRITES)]),
        "sort_ro" => Some(vec![key(1, READS)]),
        "sort" => {
            let mut keys = vec![key(1, READS)];
            let mut i = 2;
            let mut store = None;
            while i < argv.len() {
                let word = argv[i].to_ascii_lowercase();
                match word.as_slice() {
                    b"limit" => i += 2,
                    b"get" | b"by" => i += 1,
                    // The last STORE counts.
                    b"store" if i + 1 < argv.len() => {
                        store = Some(i + 1);
                        i += 1;
                    }
                    _ => {}
                }
                i += 1;
            }
            keys.extend(store.map(|at| key(at, OVERWRITES)));
            Some(keys)
        }
        "georadius" | "georadiusbymember" => {
            // The last STORE or STOREDIST counts, which no key is, whatever its
            // name.
            let (mut i, mut store) = (5, None);
            while i + 1 < argv.len() {
                if has_word(argv[i], &["store", "storedist"]) {
                    i += 1;
                    store = Some(i);
                }
                i += 1;
            }
            let store = store.map(|at| key(at, OVERWRITES));
            Some(std::iter::once(key(1, READS)).chain(store).collect())
        }
        "xread" | "xreadgroup" => {
            let keys = streams(argv)?.map(|position| key(position, READS));
            Some(keys.collect())
        }
        // KEYS as the last word is none: nothing follows it.
        "migrate" if has_keys_option(argv) => {
            Some(migrate(argv).map(|position| key(position, TAKES)).collect())
        }
        _ => None,
    }
}

/// Whether an argument is one of some words.
fn has_word(arg: &[u8], words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| arg.eq_ignore_ascii_case(word.as_bytes()))
}

/// The keys of XREAD and XREADGROUP: the first half of what stands behind
/// STREAMS, which is no value of another option.
fn streams(argv: &[&[u8]]) -> Option<std::ops::Range<usize>> {
    let mut i = 1;
    while i < argv.len() {
        i += match argv[i].to_ascii_lowercase().as_slice() {
            b"streams" => {
                let rest = argv.len() - i - 1;
                let even = rest > 0 && rest.is_multiple_of(2);
                return even.then_some(i + 1..i + 1 + rest / 2);
            }
            b"block" | b"count" | b"maxcount" | b"maxsize" | b"claim" => 2,
            b"group" => 3,
            b"noack" => 1,
            _ => return None,
        };
    }
    None
}

/// Whether a BITFIELD only reads. What cannot be understood may write.
fn only_gets(argv: &[&[u8]]) -> bool {
    let mut i = 2;
    while i < argv.len() {
        let left = argv.len() - i - 1;
        i += match argv[i].to_ascii_lowercase().as_slice() {
            b"get" if left >= 2 => 3,
            b"overflow" if left >= 1 => 2,
            _ => return false,
        };
    }
    true
}

/// Whether KEYS is among the arguments of MIGRATE, with something behind it.
fn has_keys_option(argv: &[&[u8]]) -> bool {
    argv[2..argv.len() - 1]
        .iter()
        .any(|arg| arg.eq_ignore_ascii_case(b"keys"))
}

/// MIGRATE has one key in the third place, or an empty string there and keys
/// after KEYS.
fn migrate(argv: &[&[u8]]) -> std::ops::Range<usize> {
    let mut i = 6;
    while i < argv.len() {
        match argv[i].to_ascii_lowercase().as_slice() {
            b"keys" if argv[3].is_empty() => return i + 1..argv.len(),
            b"keys" => return 0..0,
            b"auth" => i += 1,
            b"auth2" => i += 2,
            _ => {}
        }
        i += 1;
    }
    3..4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(line: &str) -> Vec<usize> {
        let argv: Vec<_> = line.split(' ').collect();
        key_positions(&argv)
    }

    #[test]
    fn keys_are_found_where_commands_put_them() {
        assert_eq!(positions("get k"), [1]);
        assert_eq!(positions("mset a 1 b 2"), [1, 3]);
        assert_eq!(positions("blpop a b c 0"), [1, 2, 3]);
        assert_eq!(positions("zunionstore d 2 a b weights 1 2"), [1, 3, 4]);
        assert_eq!(positions("eval x 2 a b c"), [3, 4]);
        assert!(positions("eval x 0").is_empty());
        assert_eq!(
            positions("xreadgroup group g c count 1 streams a b > >"),
            [7, 8]
        );
        assert_eq!(positions("sort l by w get g store d"), [1, 7]);
        assert_eq!(positions("georadius g 1 2 3 km store d"), [1, 7]);
        assert_eq!(positions("memory usage k"), [2]);
        assert_eq!(positions("migrate h 1 k 0 1 keys"), [3]);
        assert_eq!(positions("migrate h 1  0 1 keys k l"), [7, 8]);
        assert_eq!(positions("migrate h 1  0 1 auth keys keys k"), [9]);
        assert!(positions("ping").is_empty());
        assert!(positions("spublish c m").is_empty());
        assert!(positions("nosuch k").is_empty());
    }

    #[test]
    fn the_options_decide_what_is_done_to_a_key() {
        let flags = |line: &str| {
            let argv: Vec<_> = line.split(' ').collect();
            keys(&argv).map(|keys| keys[0].flags.names().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(flags("set k v"), Ok("OW update".into()));
        assert_eq!(flags("set k v get"), Ok("RW access update".into()));
        assert_eq!(flags("bitfield k get u8 0"), Ok("RO access".into()));
        let bitfield = |options: &str| flags(&format!("bitfield k {options}"));
        assert_eq!(bitfield("overflow sat get u8 0"), Ok("RO access".into()));
        assert_eq!(bitfield("set u8 0 1"), Ok("RW access update".into()));
        assert_eq!(bitfield("nosuch"), Ok("RW access update".into()));
        assert_eq!(flags("get"), Err(KeysError::Arity));
        assert_eq!(flags("zunion 5 a"), Err(KeysError::Arguments));
        assert_eq!(flags("xgroup nope"), Err(KeysError::UnknownCommand));
    }
}
