//! Lines that must not be written to the history file: they carry passwords.

use super::line::logical_lines;
use crate::conn::state::name_of;
use resp::split::split;

/// Whether any command of the text carries a password. A line that cannot be
/// split counts when it begins like one that would.
pub fn has_secret(text: &str) -> bool {
    logical_lines(text).into_iter().any(|line| {
        let mut words = split(line.as_bytes()).unwrap_or_else(|_| {
            line.split_whitespace()
                .map(|word| word.as_bytes().to_vec())
                .collect()
        });
        let repeated = words
            .first()
            .is_some_and(|word| super::line::is_repetition(&String::from_utf8_lossy(word)));
        if repeated {
            words.remove(0);
        }
        is_secret(&words)
    })
}

fn is_secret(argv: &[Vec<u8>]) -> bool {
    let word = |at: usize| {
        argv.get(at)
            .map(|word| String::from_utf8_lossy(word).to_ascii_lowercase())
            .unwrap_or_default()
    };
    let any = |names: &[&str]| {
        argv.iter()
            .skip(1)
            .map(|word| String::from_utf8_lossy(word).to_ascii_lowercase())
            .any(|word| names.contains(&word.as_str()))
    };
    let any_setting = || {
        let settings = argv.iter().skip(2);
        let mut names = settings.map(|word| String::from_utf8_lossy(word).to_ascii_lowercase());
        names.any(|name| PASSWORDS.iter().any(|end| name.ends_with(end)))
    };
    match name_of(argv).as_str() {
        "auth" => true,
        "hello" => any(&["auth"]),
        "acl" => word(1) == "setuser",
        "config" => word(1) == "set" && any_setting(),
        "sentinel" => match word(1).as_str() {
            "set" => any_setting(),
            "config" => word(2) == "set" && any_setting(),
            _ => false,
        },
        "migrate" => any(&["auth", "auth2"]),
        // A module's configuration may be anything.
        "module" => word(1) == "loadex",
        // A module's own login: `x.auth`, `x.login`.
        name => match name.split_once('.') {
            Some((_, own)) => own.contains("auth") || own.contains("login"),
            None => false,
        },
    }
}

/// How the names of settings end whose values are passwords: `requirepass`,
/// `masterauth`, `tls-key-file-pass`, `auth-pass`, `sentinel-pass`, and those
/// that modules choose.
const PASSWORDS: &[&str] = &[
    "auth",
    "pass",
    "passwd",
    "password",
    "masteruser",
    "auth-user",
    "secret",
    "token",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_recognised_wherever_they_stand() {
        for line in [
            "AUTH hunter2",
            "auth ala hunter2",
            "hello 3 AUTH ala hunter2",
            "acl SETUSER ala on >hunter2",
            "config set maxmemory 1 requirepass hunter2",
            "migrate h 6379 k 0 100 AUTH2 u p",
            "2 auth hunter2",
            "sentinel set mymaster auth-pass hunter2",
            "SENTINEL SET mymaster quorum 2 AUTH-PASS hunter2",
            "sentinel config set sentinel-pass hunter2",
            "config set search.password hunter2",
            "module loadex m.so CONFIG m.key hunter2",
            "gears.login ala hunter2",
            "get a\nauth hunter2",
            "auth 'unfinished",
        ] {
            assert!(has_secret(line), "{line}");
        }
        for line in [
            "get auth",
            "set k auth",
            "acl whoami",
            "config get requirepass",
            "hello 3",
            "sentinel set mymaster quorum 2",
            "sentinel config get *",
            "config set maxmemory 1",
            "json.get auth",
            "module list",
        ] {
            assert!(!has_secret(line), "{line}");
        }
    }
}
