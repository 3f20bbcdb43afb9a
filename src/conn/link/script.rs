//! A Lua script that a [`Link`](super::Link) runs by its digest.

use sha1::{Digest as _, Sha1};
use std::fmt::Write as _;

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
    /// A script of this name and text.
    pub fn new(name: &'static str, source: &'static str) -> Script {
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

/// Makes a static [`Script`] of each file named, from the folder `lua` beside
/// the file that says so, and a test that each says what it takes and gives.
macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $(
            $(#[$doc])*
            pub static $name: std::sync::LazyLock<$crate::conn::link::Script> =
                std::sync::LazyLock::new(|| $crate::conn::link::Script::new($file, include_str!(concat!("lua/", $file, ".lua"))));
        )*

        /// Every one of them.
        pub fn all() -> impl Iterator<Item = &'static $crate::conn::link::Script> {
            [$(&*$name),*].into_iter()
        }

        #[cfg(test)]
        #[test]
        fn every_script_says_what_it_takes_and_gives() {
            for script in all() {
                assert!(script.source.starts_with("-- "), "{}", script.name);
                assert!(script.source.contains("-- KEYS"), "{}", script.name);
                assert!(script.source.contains("-- Gives"), "{}", script.name);
            }
        }
    };
}

pub(crate) use scripts;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_redis() {
        // `redis-cli SCRIPT LOAD "return 1"` gives this.
        let script = Script::new("one", "return 1");
        assert_eq!(script.sha, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    }
}
