//! What must not be written to a file, neither the history nor a saved session:
//! it carries passwords.

use super::line::logical_lines;
use crate::conn::state::name_of;
use resp::Reply;
use resp::split::split;

/// Whether any command of the text carries a password. A line that cannot be
/// split counts when it begins like one that would.
pub fn has_secret(text: &str) -> bool {
    logical_lines(text).into_iter().any(|line| {
        let mut words = split(line.as_bytes()).unwrap_or_else(|_| {
            line.split_whitespace()
                .map(|word| word.trim_matches(['\'', '"']).as_bytes().to_vec())
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

/// Whether a command was answered with passwords.
pub fn tells_secret(argv: &[Vec<u8>], replies: &[Reply]) -> bool {
    let second = argv.get(1).map(Vec::as_slice).unwrap_or_default();
    if name_of(argv) != "config" || !second.eq_ignore_ascii_case(b"get") {
        return false;
    }
    let is_told = |name: &Reply, value: &Reply| {
        let name = name.as_str().unwrap_or_default().to_ascii_lowercase();
        let is_empty = value.as_bytes().is_none_or(<[u8]>::is_empty);
        !is_empty && PASSWORDS.iter().any(|end| name.ends_with(end))
    };
    replies.iter().any(|reply| match reply {
        Reply::Map(pairs) => pairs.iter().any(|(name, value)| is_told(name, value)),
        reply => {
            let items = reply.as_slice().unwrap_or_default();
            items
                .chunks_exact(2)
                .any(|pair| is_told(&pair[0], &pair[1]))
        }
    })
}

/// Whether a command carries a password, or one that stands behind a word of the
/// shell (`:explain AUTH ...`), or behind a session as lessons write it.
pub fn is_secret(argv: &[Vec<u8>]) -> bool {
    let name = name_of(argv);
    let takes_command = name.starts_with([':', '@']) || matches!(name.as_str(), "help" | "?");
    let last = if takes_command { argv.len() } else { 0 };
    (0..=last).any(|at| carries_secret(&argv[at..]))
}

/// The command that another one is given to look at.
fn innermost(mut argv: &[Vec<u8>]) -> &[Vec<u8>] {
    loop {
        let second = argv.get(1).map(Vec::as_slice).unwrap_or_default();
        let behind = match name_of(argv).as_str() {
            "command" => 2,
            "acl" if second.eq_ignore_ascii_case(b"dryrun") => 3,
            _ => return argv,
        };
        argv = argv.get(behind..).unwrap_or_default();
    }
}

fn carries_secret(argv: &[Vec<u8>]) -> bool {
    let argv = innermost(argv);
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
        "auth" => argv.len() > 1,
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
            ":explain AUTH hunter2",
            ":explain hello 3 auth u hunter2",
            ":explain config set requirepass hunter2",
            "@two AUTH hunter2",
            "2 @two AUTH hunter2",
            ":watch 0.5 auth hunter2",
            ":watch acl setuser ala >hunter2",
            ":explain 'auth' 'unfinished",
            "help auth hunter2",
            "acl dryrun default auth hunter2",
            "command getkeys migrate h 1 k 0 9 auth hunter2",
            "auth 'unfinished",
        ] {
            assert!(has_secret(line), "{line}");
        }
        for line in [
            "get auth",
            "set k auth",
            "help auth",
            ":explain auth",
            ":explain",
            ":peek auth",
            "@two get k",
            ":watch 1 llen queue",
            "command docs auth",
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

    #[test]
    fn settings_that_are_passwords_are_recognised_in_replies() {
        let told = |line: &str, pairs: &[&str]| {
            let texts = pairs.iter().map(|text| Reply::Bulk((*text).into()));
            let reply = Reply::Array(texts.collect());
            tells_secret(&split(line.as_bytes()).unwrap(), &[reply])
        };
        let all = ["maxmemory", "0", "requirepass", "hunter2"];
        assert!(told("config get *", &all));
        assert!(!told(
            "config get *",
            &["maxmemory", "0", "requirepass", ""]
        ));
        assert!(!told("lrange l 0 -1", &all));
        let map = Reply::Map(vec![(
            Reply::Bulk("masterauth".into()),
            Reply::Bulk("hunter2".into()),
        )]);
        assert!(tells_secret(
            &split(b"CONFIG GET masterauth").unwrap(),
            &[map]
        ));
    }
}
