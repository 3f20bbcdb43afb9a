//! What MONITOR and SLOWLOG must not show: user names and passwords.

use smallvec::SmallVec;

/// What is shown in place of a secret.
pub const REDACTED: &[u8] = b"(redacted)";

/// Parameters whose values are secret.
const SECRET_PARAMETERS: [&str; 5] = [
    "requirepass",
    "masterauth",
    "masteruser",
    "tls-key-file-pass",
    "tls-client-key-file-pass",
];

/// The positions of a command's arguments that nobody may see.
pub fn secrets(argv: &[&[u8]]) -> SmallVec<[usize; 4]> {
    let is = |i: usize, word: &str| {
        argv.get(i)
            .is_some_and(|arg| arg.eq_ignore_ascii_case(word.as_bytes()))
    };
    let all = |range: std::ops::Range<usize>| range.filter(|i| *i < argv.len()).collect();
    if is(0, "auth") {
        return all(1..argv.len());
    }
    if is(0, "hello")
        && let Some(at) = (2..argv.len()).find(|i| is(*i, "auth"))
    {
        return all(at + 1..at + 3);
    }
    if is(0, "acl") && is(1, "setuser") {
        return all(2..argv.len());
    }
    if is(0, "config") && is(1, "set") {
        return (2..argv.len())
            .step_by(2)
            .filter(|i| SECRET_PARAMETERS.iter().any(|name| is(*i, name)))
            .map(|i| i + 1)
            .filter(|i| *i < argv.len())
            .collect();
    }
    if is(0, "migrate") {
        return migrate(argv);
    }
    SmallVec::new()
}

/// The arguments of AUTH and AUTH2, up to the keys.
fn migrate(argv: &[&[u8]]) -> SmallVec<[usize; 4]> {
    let mut secret = SmallVec::new();
    let mut i = 6;
    while let Some(word) = argv.get(i) {
        let following = match word.to_ascii_lowercase().as_slice() {
            b"auth" => 1,
            b"auth2" => 2,
            b"keys" => break,
            _ => 0,
        };
        secret.extend((i + 1..=i + following).filter(|i| *i < argv.len()));
        i += 1 + following;
    }
    secret
}

#[cfg(test)]
mod tests {
    use super::secrets;

    #[test]
    fn passwords_are_found_where_commands_take_them() {
        for (line, places) in [
            ("get auth", &[][..]),
            ("auth u p", &[1, 2]),
            ("hello 3 AUTH u p SETNAME n", &[3, 4]),
            ("hello 3 AUTH u", &[3]),
            ("acl setuser u >p", &[2, 3]),
            ("config set maxmemory 1 requirepass p", &[5]),
            ("config set requirepass", &[]),
            (
                "migrate h 1 k 0 9 AUTH p COPY AUTH2 u q KEYS auth x",
                &[7, 10, 11],
            ),
        ] {
            let argv: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            assert_eq!(secrets(&argv).as_slice(), places, "{line}");
        }
    }
}
