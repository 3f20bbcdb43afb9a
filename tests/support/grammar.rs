//! Random commands from the catalogue's own syntax: every data command of
//! the built-in server with every option there is, so that none is forgotten.
//!
//! A command is made as words of a template, which
//! [`super::generate::Generator`] fills in. What differs between any two
//! servers is left to the case files: random choices, waiting for ever, and
//! times relative to now.

use super::coverage::served;
use catalog::{self, Argument, ArgumentKind, Command, Group};
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::sync::LazyLock;

/// Commands that answer by chance or by the clock.
const VOLATILE: &[&str] = &[
    "hrandfield",
    "object|idletime",
    "object|refcount",
    "pfdebug",
    "pfselftest",
    "randomkey",
    "spop",
    "srandmember",
    "wait",
    "xinfo|consumers",
    "zrandmember",
];

/// Commands with times: a number in the wrong place would make a key or a
/// wait end some milliseconds from now.
const TIMED: &[&str] = &[
    "hexpire",
    "hexpireat",
    "hgetex",
    "hpexpire",
    "hpexpireat",
    "hsetex",
    "psetex",
    "restore",
    "set",
    "setex",
    "xautoclaim",
    "xclaim",
    "xpending",
    "xread",
    "xreadgroup",
];

/// Junk in place of an argument. Neither `*`, which makes an ID of the time,
/// nor `0`, which would wait for ever.
const JUNK: &[&str] = &["", "-1", "9223372036854775808", "nan", "x", "1.5", "-"];

static COMMANDS: LazyLock<Vec<&'static Command>> = LazyLock::new(|| {
    let leaves = catalog::all().iter().flat_map(|command| {
        let own = command.subcommands.is_empty().then_some(command);
        own.into_iter().chain(command.subcommands)
    });
    leaves
        .filter(|leaf| family(leaf.group).is_some())
        .filter(|leaf| served(leaf))
        .filter(|leaf| !VOLATILE.contains(&leaf.name) && !leaf.name.ends_with("|help"))
        .collect()
});

/// The word for the keys of a group's commands.
fn family(group: Group) -> Option<&'static str> {
    Some(match group {
        Group::String | Group::Bitmap => "str",
        Group::List => "list",
        Group::Set => "set",
        Group::Hash => "hash",
        Group::SortedSet => "zset",
        Group::Stream => "stream",
        Group::Hyperloglog => "hll",
        Group::Geo => "geo",
        Group::Generic => "key",
        _ => return None,
    })
}

/// The words of a random command.
pub fn command(rng: &mut StdRng) -> Vec<&'static str> {
    let command = COMMANDS.choose(rng).copied().unwrap_or(COMMANDS[0]);
    let mut filling = Filling {
        rng,
        command,
        keys: None,
        bounds: Vec::new(),
        words: command.name.split('|').collect(),
    };
    for argument in command.arguments {
        filling.argument(argument);
    }
    filling.settle();
    filling.mutate();
    filling.leave_unsorted_whole();
    filling.words
}

/// A command while it is made.
struct Filling<'r> {
    rng: &'r mut StdRng,
    command: &'static Command,
    /// How many keys there have to be (`numkeys`), or how many there were.
    keys: Option<usize>,
    /// Where the bounds of a range are, whose kind its options say.
    bounds: Vec<usize>,
    words: Vec<&'static str>,
}

impl Filling<'_> {
    fn choose(&mut self, words: &[&'static str]) -> &'static str {
        words.choose(self.rng).copied().unwrap_or("x")
    }

    fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.command.name)
    }

    fn argument(&mut self, argument: &'static Argument) {
        // Without COUNT a scan goes on, and where is each server's own matter.
        let whole_scan = self.command.name.ends_with("scan") && argument.shown == "count";
        if argument.optional && !whole_scan && self.rng.random_ratio(11, 20) {
            return;
        }
        let times = match (argument.multiple, argument.shown, self.keys) {
            (false, ..) => 1,
            (_, "key" | "weight" | "id", Some(keys)) => keys,
            _ => self.rng.random_range(1..=3),
        };
        for i in 0..times {
            if let Some(token) = argument.token
                && (i == 0 || argument.multiple_token)
            {
                self.words.push(token);
            }
            self.value(argument);
        }
        if argument.kind == ArgumentKind::Key && argument.multiple && self.keys.is_none() {
            self.keys = Some(times);
        }
    }

    fn value(&mut self, argument: &'static Argument) {
        match argument.kind {
            ArgumentKind::PureToken => {}
            ArgumentKind::Block => {
                for part in argument.arguments {
                    self.argument(part);
                }
            }
            ArgumentKind::OneOf => {
                // `*` makes an ID of the time.
                let fitting = argument.arguments.iter();
                let fitting: Vec<_> = fitting.filter(|a| a.token != Some("*")).collect();
                if let Some(chosen) = fitting.choose(self.rng) {
                    self.argument(chosen);
                }
            }
            ArgumentKind::Key => {
                let lex = self.command.name.contains("lex");
                let family = family(self.command.group).unwrap_or("key");
                self.words.push(if lex { "flat" } else { family });
            }
            _ => {
                let word = self.word(argument);
                self.words.push(word);
            }
        }
    }

    /// The word for a plain argument, by what the catalogue calls it.
    fn word(&mut self, argument: &'static Argument) -> &'static str {
        let name = self.command.name;
        match argument.shown {
            "numkeys" => {
                let keys = self.rng.random_range(1..=3);
                self.keys = Some(keys);
                ["1", "2", "3"][keys - 1]
            }
            "pattern" if name.starts_with("sort") => {
                self.choose(&["str*", "hash*->m1", "hash*->m2", "nokey*", "#"])
            }
            "pattern" => self.choose(&["*", "m*", "s*", "[k-z]*[01]", "?1"]),
            "unix-time-milliseconds" => "future",
            "unix-time-seconds" => "futures",
            "timeout" => "0.001",
            "milliseconds" if argument.token == Some("BLOCK") => "1",
            "seconds" | "milliseconds" => self.choose(&["-1", "0", "x", "9223372036854775807"]),
            "ttl" => self.choose(&["0", "0", "-1"]),
            "ms" => "small",
            "min-idle-time" => self.choose(&["0", "0", "0", "1000000000"]),
            "cursor" => "0",
            "count" if name.ends_with("scan") => "100000",
            "count" | "num-matches" | "limit" | "len" | "min-match-len" | "frequency"
            | "retrycount" => self.choose(&["small", "small", "small", "index"]),
            "entries-added" | "entries-read" => "small",
            "db" | "destination-db" | "index1" | "index2" => "db",
            "index" if name == "select" => "db",
            "bit" => "bit",
            "value" if name == "setbit" => "bit",
            "value" if self.is(&["bitfield"]) => "int",
            "encoding" => self.choose(&["u8", "i5", "i64", "u63", "u1", "i16", "u64"]),
            "offset" if name.starts_with("bitfield") => self.choose(&["small", "#0", "#1", "#2"]),
            "score" | "weight" => "score",
            "increment" if name == "zincrby" => "score",
            "increment" if argument.kind == ArgumentKind::Double => "float",
            "increment" | "decrement" => "int",
            "longitude" => "longitude",
            "latitude" => "latitude",
            "radius" | "width" | "height" => {
                self.choose(&["1000", "5000000", "0.5", "20000", "3e3", "-1"])
            }
            "min" | "max" if name.contains("lex") => "lex",
            "min" | "max" => "bound",
            "start" | "stop" if name.starts_with("zrange") => {
                self.bounds.push(self.words.len());
                "index"
            }
            "start" | "end" if self.command.group == Group::Stream => "xbound",
            "start" | "stop" | "end" | "offset" | "index" | "rank" => "index",
            "id" if name == "xread" || name == "xreadgroup" => {
                self.choose(&["id", "id", ">", "$", "0"])
            }
            "id" | "last-id" | "max-deleted-id" | "lastid" => "id",
            "threshold" if self.words.contains(&"MINID") => "id",
            "threshold" => "small",
            "element" | "value" | "pivot" | "message" => "value",
            "member" | "member1" | "member2" | "field" => "member",
            "group" | "groupname" => "group",
            "consumer" | "consumername" => "consumer",
            "serialized-value" => "dump",
            "type" => self.choose(&["string", "list", "set", "hash", "zset", "stream", "none"]),
            _ => match argument.kind {
                ArgumentKind::Integer => "int",
                ArgumentKind::Double => "float",
                _ => "value",
            },
        }
    }

    /// Makes the words agree that have to.
    fn settle(&mut self) {
        let has = |words: &[&str], word: &str| words.contains(&word);
        let lex = has(&self.words, "BYLEX");
        if lex || has(&self.words, "BYSCORE") {
            for at in &self.bounds {
                self.words[*at] = if lex { "lex" } else { "bound" };
            }
        }
        if lex {
            // Ranges of members are defined where all scores are equal.
            for word in &mut self.words {
                if *word == "zset" {
                    *word = "flat";
                }
            }
        }
        if self.command.name.starts_with("sort") && has(&self.words, "BY") {
            // Equal weights leave the order open, unless they are numbers.
            self.words.retain(|word| *word != "ALPHA");
        }
    }

    /// Now and then something that is not as it should be.
    fn mutate(&mut self) {
        let len = self.words.len();
        let scans = self.command.name.ends_with("scan");
        if len < 2 || scans || !self.rng.random_ratio(1, 12) {
            return;
        }
        let at = self.rng.random_range(1..len);
        match self.rng.random_range(0..4) {
            0 => drop(self.words.remove(at)),
            1 => self.words.insert(at, self.words[at]),
            2 if !self.is(TIMED) => self.words.swap(at, len - 1),
            _ => self.words[at] = self.choose(JUNK),
        }
    }
    /// With a pattern that has no `*`, SORT does not sort, and which part of a
    /// set LIMIT then picks is left open.
    fn leave_unsorted_whole(&mut self) {
        let unsorted = |pair: &[&str]| pair[0] == "BY" && !pair[1].contains('*');
        if self.command.name.starts_with("sort") && self.words.windows(2).any(unsorted) {
            self.words.retain(|word| *word != "LIMIT");
        }
    }
}
