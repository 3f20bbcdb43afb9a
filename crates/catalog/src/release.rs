//! Versions, in two histories: Valkey began as Redis 7.2.4 and has counted on
//! its own since.

use crate::lang::Lang;
use std::fmt;

/// A version of Redis or of Valkey, such as `7.2.4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u16, pub u16, pub u16);

impl Version {
    /// The version of a text such as `7.0.15`, `7.4` or `8.0-rc1`; a part that
    /// is left out is 0. `None` for what is no version, such as `unstable`.
    pub fn parse(text: &str) -> Option<Version> {
        let mut number = [0; 3];
        let parts = text.split(['.', '-']).take(3);
        for (place, (index, part)) in number.iter_mut().zip(parts.enumerate()) {
            match part.parse() {
                Ok(value) => *place = value,
                Err(_) if index > 0 => break,
                Err(_) => return None,
            }
        }
        Some(Version(number[0], number[1], number[2]))
    }

    /// As people say it: `7.4` for 7.4.0, and `7.0.15`.
    pub fn short(self) -> String {
        match self {
            Version(major, minor, 0) => format!("{major}.{minor}"),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The Redis whose facts the catalogue gives; the build step knows it too.
pub const REDIS: Version = Version(8, 0, 2);

/// The Redis that Valkey began as.
pub(crate) const FORK: Version = Version(7, 2, 4);

/// Whose history a version belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
}

impl Family {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Family::Redis => "Redis",
            Family::Valkey => "Valkey",
        }
    }
}

/// What a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Release {
    /// Whose.
    pub family: Family,
    /// Which.
    pub version: Version,
}

impl Release {
    /// The Redis whose facts the catalogue gives; the built-in server is one.
    pub const OURS: Release = Release {
        family: Family::Redis,
        version: REDIS,
    };

    /// Whether it has what came with these versions.
    pub fn has(self, since: Since) -> bool {
        since
            .of(self.family)
            .is_some_and(|since| since <= self.version)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family.name(), self.version)
    }
}

/// The versions that introduced something; `None` where a family does not
/// have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    /// In Redis.
    pub redis: Option<Version>,
    /// In Valkey.
    pub valkey: Option<Version>,
}

impl Since {
    /// Who has it, for people: `Redis 7.4 or Valkey 9.0`.
    pub fn in_words(self, lang: Lang) -> String {
        let has: Vec<String> = [Family::Redis, Family::Valkey]
            .into_iter()
            .filter_map(|family| Some(format!("{} {}", family.name(), self.of(family)?.short())))
            .collect();
        has.join(lang.pick(" or ", " lub "))
    }

    /// In a family.
    pub fn of(self, family: Family) -> Option<Version> {
        match family {
            Family::Redis => self.redis,
            Family::Valkey => self.valkey,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        let older = |a, b| Version::parse(a) < Version::parse(b);
        assert!(older("6.2.14", "7.0.0"));
        assert!(older("7.0.9", "7.0.15"));
        assert!(!older("10.0.0", "7.0.0"));
        assert!(!older("8.0-rc1", "7.4"));
        assert!(!older("7.0", "7.0.0"));
        assert_eq!(Version::parse(""), None);
        assert_eq!(Version::parse("unstable"), None);
        assert_eq!(Version(7, 4, 0).short(), "7.4");
        assert_eq!(Version(7, 2, 4).short(), "7.2.4");
    }

    #[test]
    fn each_family_has_its_own_history() {
        let valkey = Release {
            family: Family::Valkey,
            version: Version(9, 0, 0),
        };
        let has = |release: Release, name| crate::find(name).map(|c| c.is_in(release));
        assert_eq!(has(valkey, "httl"), Some(true));
        assert_eq!(has(valkey, "hgetdel"), Some(false));
        assert_eq!(has(valkey, "delifeq"), Some(true));
        assert_eq!(has(valkey, "vadd"), Some(false));
        // As old as the fork.
        assert_eq!(has(valkey, "client setinfo"), Some(true));
        assert_eq!(has(Release::OURS, "httl"), Some(true));
        assert_eq!(has(Release::OURS, "delifeq"), Some(false));
        assert_eq!(has(Release::OURS, "msetex"), Some(false));
    }
}
