//! The queue's Lua scripts: where several commands must be one atomic step
//! and a later one depends on an earlier one's reply, MULTI is not enough.
//!
//! The sources under `lua/` are plain commands with comments. For a learner
//! who watches, a script is sent in a form that also gives back every command
//! it called, with its reply ([`Script::traced`]).

use sha1::{Digest as _, Sha1};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// One script.
#[derive(Debug)]
pub struct Script {
    /// Name for people: the file's name.
    pub name: &'static str,
    /// The Lua text as sent by SCRIPT LOAD.
    pub source: &'static str,
    /// SHA-1 of the source in hexadecimal, which EVALSHA takes.
    pub sha: String,
}

impl Script {
    fn new(name: &'static str, source: &'static str) -> Script {
        let digest = Sha1::digest(source.as_bytes());
        let sha = digest.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Script { name, source, sha }
    }

    /// The same script, giving `{result, {{command, reply}, ...}}`.
    pub fn traced(&self) -> String {
        format!(
            "local trace, server = {{}}, redis
local redis = setmetatable({{ call = function(...)
  local reply = server.call(...)
  trace[#trace + 1] = {{ {{ ... }}, reply }}
  return reply
end }}, {{ __index = server }})
local function body()
{}
end
local result = body()
return {{ result, trace }}",
            self.source
        )
    }
}

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $(
            $(#[$doc])*
            pub static $name: LazyLock<Script> =
                LazyLock::new(|| Script::new($file, include_str!(concat!("lua/", $file, ".lua"))));
        )*

        /// Every script, to load them after connecting.
        pub fn all() -> impl Iterator<Item = &'static Script> {
            [$(&*$name),*].into_iter()
        }
    };
}

scripts! {
    /// Puts jobs into the queue.
    ENQUEUE = "enqueue";
    /// Marks claimed entries as started.
    START = "start";
    /// Outcome and acknowledgement in one step.
    FINISH = "finish";
    /// Renews leases.
    RENEW = "renew";
    /// Notes how far running jobs have come.
    PROGRESS = "progress";
    /// Moves delayed jobs that are due.
    PROMOTE = "promote";
    /// Cancels a job.
    CANCEL = "cancel";
    /// Retries or forgets a dead job.
    REQUEUE = "requeue";
    /// A worker's sign of life.
    BEAT = "beat";
    /// Forgets consumers that are gone.
    SWEEP = "sweep";
    /// Moves Celery tasks whose time has come.
    ASIDE = "aside";
    /// Mends times that a clock left in the future.
    REPAIR = "repair";
    /// Fires one slot of a schedule.
    TICK = "tick";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_redis() {
        // `redis-cli SCRIPT LOAD "return 1"` gives this.
        let script = Script::new("one", "return 1");
        assert_eq!(script.sha, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    }

    #[test]
    fn every_script_says_what_it_takes_and_gives() {
        for script in all() {
            assert!(script.source.starts_with("-- "), "{}", script.name);
            assert!(script.source.contains("-- KEYS"), "{}", script.name);
            assert!(script.source.contains("-- Gives"), "{}", script.name);
        }
    }
}
