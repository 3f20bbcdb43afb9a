//! The first line of a script or library: `#!lua flags=no-writes name=lib`.

use crate::wire::reply::{CmdError, CmdResult};
use resp::split;

/// What a script may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// It never writes.
    pub(crate) no_writes: bool,
    /// It may run when memory is used up.
    pub(crate) allow_oom: bool,
    /// It may run on a stale replica.
    pub(crate) allow_stale: bool,
    /// It must not run in a cluster.
    pub(crate) no_cluster: bool,
    /// It may use keys of several slots.
    pub(crate) allow_cross_slot: bool,
}

impl Flags {
    const NAMES: [&'static str; 5] = [
        "no-writes",
        "allow-oom",
        "allow-stale",
        "no-cluster",
        "allow-cross-slot-keys",
    ];

    /// Sets a flag; false when there is none of this name.
    pub(crate) fn set(&mut self, name: &str) -> bool {
        let flag = match name {
            "no-writes" => &mut self.no_writes,
            "allow-oom" => &mut self.allow_oom,
            "allow-stale" => &mut self.allow_stale,
            "no-cluster" => &mut self.no_cluster,
            "allow-cross-slot-keys" => &mut self.allow_cross_slot,
            _ => return false,
        };
        *flag = true;
        true
    }

    /// The names of the flags that are set.
    pub(crate) fn names(self) -> Vec<&'static str> {
        let set = [
            self.no_writes,
            self.allow_oom,
            self.allow_stale,
            self.no_cluster,
            self.allow_cross_slot,
        ];
        let named = Flags::NAMES.into_iter().zip(set);
        named
            .filter(|(_, set)| *set)
            .map(|(name, _)| name)
            .collect()
    }
}

/// The words of a first line, which may be quoted; none when the quotes do
/// not match.
fn words(line: &[u8]) -> Vec<String> {
    let words = split::split(line).unwrap_or_default();
    let text = |word: &Vec<u8>| String::from_utf8_lossy(word).into_owned();
    words.iter().map(text).collect()
}

/// What the first line of an EVAL script says: its flags (`None` without such
/// a line: the rules of old apply) and how many bytes it takes.
pub(crate) fn of_script(body: &[u8]) -> CmdResult<(Option<Flags>, usize)> {
    if !body.starts_with(b"#!") {
        return Ok((None, 0));
    }
    let Some(end) = body.iter().position(|byte| *byte == b'\n') else {
        return Err(CmdError::new("ERR Invalid script shebang"));
    };
    let words = words(&body[..end]);
    let Some((engine, words)) = words.split_first() else {
        return Err(CmdError::new("ERR Invalid engine in script shebang"));
    };
    if engine != "#!lua" {
        let message = format!("ERR Unexpected engine in script shebang: {engine}");
        return Err(CmdError::owned(message));
    }
    let mut flags = Flags::default();
    for word in words {
        let Some(names) = word.strip_prefix("flags=") else {
            return Err(CmdError::owned(format!(
                "ERR Unknown lua shebang option: {word}"
            )));
        };
        // `flags=` alone means none.
        for name in names.split(',').filter(|_| !names.is_empty()) {
            if !flags.set(name) {
                return Err(CmdError::owned(format!(
                    "ERR Unexpected flag in script shebang: {name}"
                )));
            }
        }
    }
    Ok((Some(flags), end))
}

/// The engine and library name of a library's first line, and how many bytes
/// it takes.
pub(crate) fn of_library(code: &[u8]) -> CmdResult<(String, String, usize)> {
    if !code.starts_with(b"#!") {
        return Err(CmdError::new("ERR Missing library metadata"));
    }
    let Some(end) = code.iter().position(|byte| *byte == b'\n') else {
        return Err(CmdError::new("ERR Invalid library metadata"));
    };
    let words = words(&code[..end]);
    let Some((engine, words)) = words.split_first() else {
        return Err(CmdError::new("ERR Invalid library metadata"));
    };
    let engine = engine.trim_start_matches("#!");
    let mut name = None;
    for word in words {
        match word.split_once('=') {
            Some((key, value)) if key.eq_ignore_ascii_case("name") => {
                if name.is_some() {
                    return Err(CmdError::new(
                        "ERR Invalid metadata value, name argument was given multiple times",
                    ));
                }
                name = Some(value.to_string());
            }
            _ => {
                return Err(CmdError::owned(format!(
                    "ERR Invalid metadata value given: {word}"
                )));
            }
        }
    }
    let name = name.ok_or(CmdError::new("ERR Library name was not given"))?;
    check_name(&name)?;
    Ok((engine.to_string(), name, end))
}

/// Whether this may be the name of a library or function.
pub(crate) fn check_name(name: &str) -> CmdResult {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !name.is_empty() && name.bytes().all(fits) {
        return Ok(());
    }
    Err(CmdError::new(
        "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
    ))
}
