//! Commands that are not in the catalogue, because neither Redis 8.0 nor
//! Valkey 9 has them: those of later versions of Redis, and those of modules,
//! so that they are not taken for a slip of the fingers.

use crate::lang::Lang;
use crate::release::Version;

/// A command of a later Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Later {
    /// Lower-case name.
    pub name: &'static str,
    /// The version of Redis that brought it.
    pub since: Version,
    summary: [&'static str; 2],
}

impl Later {
    /// What it is for, one sentence.
    pub fn summary(&self, lang: Lang) -> &'static str {
        lang.pick(self.summary[0], self.summary[1])
    }
}

/// The later command of a name, in any letter case.
pub fn later(name: &str) -> Option<&'static Later> {
    let own = LATER
        .iter()
        .find(|later| later.name.eq_ignore_ascii_case(name));
    // The array commands are a family: AR and what is done.
    own.or_else(|| {
        let rest = name
            .get(..2)
            .filter(|start| start.eq_ignore_ascii_case("ar"))?;
        let rest = &name[rest.len()..];
        let is_one = ARRAYS.iter().any(|word| word.eq_ignore_ascii_case(rest));
        is_one.then_some(&ARRAY)
    })
}

const fn new(
    name: &'static str,
    (major, minor): (u16, u16),
    en: &'static str,
    pl: &'static str,
) -> Later {
    Later {
        name,
        since: Version(major, minor, 0),
        summary: [en, pl],
    }
}

const ARRAY: Later = new(
    "ar*",
    (8, 8),
    "Arrays: strings at numeric indexes, with gaps.",
    "Tablice: napisy pod numerami indeksów, z lukami.",
);

const ARRAYS: &[&str] = &[
    "count",
    "del",
    "delrange",
    "get",
    "getrange",
    "grep",
    "info",
    "insert",
    "lastitems",
    "len",
    "mget",
    "mset",
    "next",
    "op",
    "ring",
    "scan",
    "seek",
    "set",
];

const LATER: &[Later] = &[
    new(
        "xackdel",
        (8, 2),
        "Acknowledges stream entries and deletes them in one go.",
        "Potwierdza wpisy streama i od razu je usuwa.",
    ),
    new(
        "xdelex",
        (8, 2),
        "Deletes stream entries and says what becomes of the groups' references.",
        "Usuwa wpisy streama i mówi, co z odwołaniami grup.",
    ),
    new(
        "delex",
        (8, 4),
        "Deletes a key if its value (or the digest of it) is as given.",
        "Usuwa klucz, jeśli jego wartość (lub jej skrót) jest taka jak podana.",
    ),
    new(
        "digest",
        (8, 4),
        "Shows a short digest of a string, to compare it by.",
        "Pokazuje krótki skrót napisu, do porównywania.",
    ),
    new(
        "vrange",
        (8, 4),
        "Lists the elements of a vector set in the order of their names.",
        "Wypisuje elementy zbioru wektorów w kolejności nazw.",
    ),
    new(
        "hotkeys",
        (8, 6),
        "Finds the keys that are used most.",
        "Znajduje najczęściej używane klucze.",
    ),
    new(
        "xcfgset",
        (8, 6),
        "Sets how long a stream remembers the ids of producers.",
        "Ustawia, jak długo stream pamięta identyfikatory producentów.",
    ),
    new(
        "increx",
        (8, 8),
        "Increments within bounds and sets the time to live: a rate limiter.",
        "Zwiększa w granicach i ustawia czas życia: ogranicznik częstości.",
    ),
    new(
        "xnack",
        (8, 8),
        "Gives pending stream entries back, for another consumer.",
        "Oddaje oczekujące wpisy streama innemu konsumentowi.",
    ),
    new(
        "backup",
        (8, 10),
        "Makes a backup of a node from its append-only file.",
        "Tworzy kopię zapasową węzła z jego pliku AOF.",
    ),
    new(
        "blmovem",
        (8, 10),
        "Moves several elements between lists; waits for them.",
        "Przenosi kilka elementów między listami; czeka na nie.",
    ),
    new(
        "himport",
        (8, 10),
        "Adds many hashes that have the same fields.",
        "Dodaje wiele hashy o tych samych polach.",
    ),
    new(
        "lmovem",
        (8, 10),
        "Moves several elements between lists.",
        "Przenosi kilka elementów między listami.",
    ),
    new(
        "sdiffcard",
        (8, 10),
        "Counts the members that only the first set has.",
        "Liczy elementy, które ma tylko pierwszy zbiór.",
    ),
    new(
        "sunioncard",
        (8, 10),
        "Counts the members of a union of sets.",
        "Liczy elementy sumy zbiorów.",
    ),
];

/// A module whose commands begin with a prefix of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Module {
    prefix: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Which servers bring it.
    pub comes_with: &'static str,
}

/// The module that a name belongs to by its prefix: `JSON.SET`.
pub fn module(name: &str) -> Option<&'static Module> {
    let (prefix, _) = name.split_once('.')?;
    MODULES
        .iter()
        .find(|module| module.prefix.eq_ignore_ascii_case(prefix))
}

const fn of(prefix: &'static str, name: &'static str, in_valkey: bool) -> Module {
    Module {
        prefix,
        name,
        comes_with: if in_valkey {
            "redis.io (Redis 8, Redis Stack), Valkey Bundle"
        } else {
            "redis.io (Redis 8, Redis Stack)"
        },
    }
}

const MODULES: &[Module] = &[
    of("json", "JSON", true),
    of("ft", "Search", true),
    of("bf", "Bloom", true),
    of("cf", "Cuckoo filter", false),
    of("cms", "Count-min sketch", false),
    of("topk", "Top-K", false),
    of("tdigest", "t-digest", false),
    of("ts", "Time series", false),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{REDIS, find};

    #[test]
    fn what_is_later_is_not_in_the_catalogue() {
        for later in LATER {
            assert!(find(later.name).is_none(), "{}", later.name);
            assert!(later.since > REDIS, "{}", later.name);
            for lang in Lang::ALL {
                assert!(later.summary(lang).ends_with('.'), "{}", later.name);
            }
        }
        assert_eq!(
            later("DelEx").map(|later| later.since),
            Some(Version(8, 4, 0))
        );
        assert_eq!(
            later("ARGREP").map(|later| later.since),
            Some(Version(8, 8, 0))
        );
        assert!(later("arx").is_none() && later("").is_none() && later("ż").is_none());
        assert_eq!(module("json.set").map(|module| module.name), Some("JSON"));
        assert!(module("set").is_none() && module("my.set").is_none());
    }
}
