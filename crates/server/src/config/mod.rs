//! The parameters CONFIG knows: their names, what may be set, and where the
//! value lives.
//!
//! Three kinds: *honoured* ones change what the server does; *kept* ones have
//! nothing to act on here (replicas, a cluster, TLS, the allocator) and are checked
//! and remembered, so that programs that set them work; *fixed* ones say what is so
//! and cannot be changed. `tests/differential.rs` compares all with Redis's.

mod inert;
mod parameters;
mod values;

use crate::state::settings::Settings;
use crate::wire::glob;
use Access::{AtStart, Fixed, Honoured, Kept, Pinned, Protected};
use Kind::{AnyMemory, Bool, Choice, Free, Int, Memory, Special};
pub use values::percentile_text;
use values::{NOT_INTEGER, NOT_MEMORY, memory};

/// All parameters.
fn parameters() -> impl Iterator<Item = &'static Parameter> {
    parameters::HONOURED.iter().chain(inert::INERT)
}

/// Parameters that only their exact names find.
const HIDDEN: &[&str] = &[
    "aof-disable-auto-gc",
    "key-load-delay",
    "loading-process-events-interval-bytes",
    "rdb-key-save-delay",
    "repl-rdb-channel",
];

/// What a parameter's value may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `yes` or `no`.
    Bool,
    /// An integer within these bounds.
    Int(i64, i64),
    /// Bytes, with a unit (`100mb`), at least this many.
    Memory(i64),
    /// Bytes, with a unit, however many.
    AnyMemory,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any text.
    Free,
    /// A text checked by a function, which also writes it the standard way.
    Special(fn(&str, &Settings) -> Result<String, String>),
}

/// Where a parameter's value lives.
#[derive(Clone, Copy)]
pub enum Access {
    /// In the settings, where the server acts on it.
    Honoured(fn(&Settings) -> String, fn(&mut Settings, &str)),
    /// Remembered; this is its default.
    Kept(&'static str),
    /// It cannot be set.
    Fixed(fn(&Settings) -> String),
    /// It can be set only when the server starts.
    AtStart(fn(&Settings) -> String, fn(&mut Settings, &str)),
    /// It could be set in Redis, but this server has only this one way: any
    /// other value is refused with Redis's error for a failed attempt.
    Pinned(fn(&Settings) -> String, &'static str),
    /// It can be set only with `enable-protected-configs`.
    Protected(fn(&Settings) -> String, fn(&mut Settings, &str)),
}

/// A parameter.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its older name.
    pub alias: Option<&'static str>,
    kind: Kind,
    access: Access,
}

impl Parameter {
    /// The parameter of a name or older name, in any letter case.
    pub fn find(name: &[u8]) -> Option<&'static Parameter> {
        let is = |own: &str| name.eq_ignore_ascii_case(own.as_bytes());
        parameters().find(|p| is(p.name) || p.alias.is_some_and(is))
    }

    /// The names and values that match a pattern, or the one of exactly this
    /// name, under the name that was asked for.
    pub fn matching(pattern: &[u8], settings: &Settings) -> Vec<(Vec<u8>, String)> {
        if !pattern.iter().any(|byte| b"*?[".contains(byte)) {
            let found = Parameter::find(pattern);
            return found
                .map(|p| (pattern.to_vec(), p.value(settings)))
                .into_iter()
                .collect();
        }
        let pattern = pattern.to_ascii_lowercase();
        let names = parameters()
            .flat_map(|p| std::iter::once((p.name, p)).chain(p.alias.map(|alias| (alias, p))));
        names
            .filter(|(name, _)| !HIDDEN.contains(name))
            .filter(|(name, _)| glob::matches(&pattern, name.as_bytes()))
            .map(|(name, p)| (name.as_bytes().to_vec(), p.value(settings)))
            .collect()
    }

    /// Its value as CONFIG GET shows it.
    pub fn value(&self, settings: &Settings) -> String {
        match self.access {
            Honoured(get, _)
            | Fixed(get)
            | AtStart(get, _)
            | Pinned(get, _)
            | Protected(get, _) => get(settings),
            Kept(default) => settings
                .kept
                .get(self.name)
                .map_or(default, String::as_str)
                .to_string(),
        }
    }

    /// Why it cannot be set at all, now or (`starting`) before the server
    /// runs, if so.
    pub fn refusal(&self, settings: &Settings, starting: bool) -> Option<&'static str> {
        match self.access {
            Fixed(_) => Some("can't set immutable config"),
            AtStart(..) if !starting => Some("can't set immutable config"),
            Protected(..) if !starting && !settings.protected_configs => {
                Some("can't set protected config")
            }
            Honoured(..) | AtStart(..) | Pinned(..) | Kept(_) | Protected(..) => None,
        }
    }

    /// Why this value, though it is a valid one, cannot take effect, if so.
    pub fn failure(&self, text: &str, settings: &Settings) -> Option<&'static str> {
        match self.access {
            Pinned(get, why) if get(settings) != text => Some(why),
            _ => None,
        }
    }

    /// Checks a value and writes it the standard way.
    ///
    /// # Errors
    /// What is wrong with it, in Redis's words.
    pub fn check(&self, text: &str, settings: &Settings) -> Result<String, String> {
        match self.kind {
            Free => Ok(text.to_string()),
            Bool => match text.to_ascii_lowercase().as_str() {
                "yes" => Ok("yes".into()),
                "no" => Ok("no".into()),
                _ => Err("argument must be 'yes' or 'no'".into()),
            },
            Int(min, max) => {
                let n = text.parse().map_err(|_| NOT_INTEGER.to_string())?;
                within(n, min, max)
            }
            Memory(min) => {
                let bytes = memory(text).ok_or(NOT_MEMORY)?;
                // More than there can be is out of range, too.
                within(i64::try_from(bytes).unwrap_or(-1), min, i64::MAX)
            }
            AnyMemory => {
                let bytes = memory(text).ok_or(NOT_MEMORY)?;
                Ok(bytes.to_string())
            }
            Choice(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(text));
                word.map(|word| (*word).to_string()).ok_or_else(|| {
                    let words = words.join(", ");
                    format!("argument(s) must be one of the following: {words}")
                })
            }
            Special(check) => check(text, settings),
        }
    }

    /// Sets it to a value that [`Parameter::check`] has written.
    pub fn set(&self, text: &str, settings: &mut Settings) {
        match self.access {
            Honoured(_, set) | AtStart(_, set) | Protected(_, set) => set(settings, text),
            Kept(_) => {
                settings.kept.insert(self.name, text.to_string());
            }
            Fixed(_) | Pinned(..) => {}
        }
    }
}

fn within(n: i64, min: i64, max: i64) -> Result<String, String> {
    if (min..=max).contains(&n) {
        Ok(n.to_string())
    } else {
        Err(format!(
            "argument must be between {min} and {max} inclusive"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives_being_set_to_itself() {
        let mut settings = Settings::default();
        for parameter in parameters() {
            let value = parameter.value(&settings);
            if parameter.refusal(&settings, true).is_none() {
                let checked = parameter.check(&value, &settings);
                assert_eq!(checked.as_deref(), Ok(value.as_str()), "{}", parameter.name);
                parameter.set(&value, &mut settings);
                assert_eq!(parameter.value(&settings), value, "{}", parameter.name);
            }
        }
    }
}
