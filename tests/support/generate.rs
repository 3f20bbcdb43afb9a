//! Random commands: weighted templates over few keys, so that types collide,
//! values grow past the encodings' thresholds, and errors are common.

use super::coverage::served;
use super::grammar;
use super::templates::{DUMPS, SCRIPTS, TEMPLATES};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

/// How many connections a sequence uses; one of them speaks RESP3.
pub const SESSIONS: usize = 3;

/// A command of a sequence, and the connection it is sent on.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The connection's number.
    pub session: usize,
    /// The arguments.
    pub argv: Vec<Vec<u8>>,
}

/// What makes the commands. Times are absolute and far away, so that both
/// servers agree on them to the millisecond.
pub struct Generator {
    rng: StdRng,
    session: usize,
    in_multi: [bool; SESSIONS],
}

impl Generator {
    /// A generator; the same seed makes the same commands.
    pub fn new(seed: u64) -> Self {
        Generator {
            rng: StdRng::seed_from_u64(seed),
            session: 0,
            in_multi: [false; SESSIONS],
        }
    }

    /// The next command.
    pub fn step(&mut self) -> Step {
        if self.rng.random_ratio(1, 12) {
            self.session = self.rng.random_range(0..SESSIONS);
        }
        let total: u32 = TEMPLATES.iter().map(|(weight, _)| weight).sum();
        let mut pick = self.rng.random_range(0..total);
        let mut template = "PING";
        for (weight, family) in TEMPLATES {
            if pick < *weight {
                template = family.choose(&mut self.rng).copied().unwrap_or(template);
                break;
            }
            pick -= weight;
        }
        // Commands the built-in server does not have are the case files' matter.
        let name = template.split(' ').next().unwrap_or_default();
        if !catalog::by_name(name.as_bytes()).is_some_and(served)
            && !matches!(name, "NOSUCH" | "GRAMMAR")
        {
            template = "PING";
        }
        // A transaction should end some time.
        let in_multi = &mut self.in_multi[self.session];
        if *in_multi && self.rng.random_ratio(1, 8) {
            template = "EXEC";
        }
        match template {
            "MULTI" => *in_multi = true,
            "EXEC" | "DISCARD" => *in_multi = false,
            _ => {}
        }
        let in_multi = *in_multi;
        let argv = if template == "GRAMMAR" {
            let mut words = grammar::command(&mut self.rng);
            // EXEC's reply is compared as a whole, with no part left out.
            if in_multi && matches!(words[0], "ttl" | "pttl" | "xpending" | "xinfo") {
                words = vec!["PING"];
            }
            words.into_iter().map(|word| self.word(word)).collect()
        } else {
            self.fill(template)
        };
        Step {
            session: self.session,
            argv,
        }
    }

    fn fill(&mut self, template: &str) -> Vec<Vec<u8>> {
        let mut argv: Vec<Vec<u8>> = Vec::new();
        let mut words: Vec<&str> = Vec::new();
        for word in template.split(' ') {
            let repeated = match word {
                "..." => 1,
                "..2" => 2,
                _ => {
                    argv.push(self.word(word));
                    words.push(word);
                    continue;
                }
            };
            // Now and then enough to leave the small encodings.
            let times = if self.rng.random_ratio(1, 60) {
                self.rng.random_range(50..150)
            } else {
                self.rng.random_range(0..4)
            };
            let unit: Vec<&str> = words[words.len() - repeated..].to_vec();
            for _ in 0..times {
                for word in &unit {
                    let arg = self.word(word);
                    argv.push(arg);
                }
            }
        }
        argv
    }

    fn word(&mut self, word: &str) -> Vec<u8> {
        let rng = &mut self.rng;
        match word {
            "key" => {
                let kind = ["str", "list", "set", "hash", "zset", "stream", "hll", "geo"]
                    .choose(rng)
                    .copied()
                    .unwrap_or("str");
                format!("{kind}{}", rng.random_range(0..3)).into_bytes()
            }
            // All scores equal: only then ranges of members are defined.
            "flat" => format!("flat{}", rng.random_range(0..2)).into_bytes(),
            "str" | "list" | "set" | "hash" | "zset" | "stream" | "hll" | "geo" => {
                // Sometimes a key of another type.
                if rng.random_ratio(1, 25) {
                    return self.word("key");
                }
                format!("{word}{}", rng.random_range(0..3)).into_bytes()
            }
            "value" => self.value(),
            "member" => match rng.random_range(0..12) {
                0 => self.value(),
                1 => rng.random_range(-5..5).to_string().into_bytes(),
                _ => format!("m{}", rng.random_range(0..40)).into_bytes(),
            },
            "int" => match rng.random_range(0..20) {
                0 => b"9223372036854775807".to_vec(),
                1 => b"-9223372036854775808".to_vec(),
                2 => b"12x".to_vec(),
                3 => b"0".to_vec(),
                _ => rng.random_range(-1000..100_000).to_string().into_bytes(),
            },
            "float" => [
                "0.1",
                "1.5",
                "-3.25",
                "1e3",
                "10",
                "3.0e-2",
                "inf",
                "nan",
                "abc",
                "-0",
                "1e300",
                "12345678.12345678",
            ]
            .choose(rng)
            .copied()
            .unwrap_or("1")
            .into(),
            "score" => [
                "1", "2", "-1", "0", "1.5", "0.1", "3", "10", "1e10", "inf", "-inf", "2.25", "nan",
                "1e-5", "100", "7",
            ]
            .choose(rng)
            .copied()
            .unwrap_or("1")
            .into(),
            "bound" => [
                "-inf", "+inf", "(1", "1", "0", "2", "(2", "10", "(1.5", "x", "1e9",
            ]
            .choose(rng)
            .copied()
            .unwrap_or("1")
            .into(),
            "lex" => ["-", "+", "[m1", "(m1", "[m2", "(m35", "[a", "x"]
                .choose(rng)
                .copied()
                .unwrap_or("-")
                .into(),
            "id" => match rng.random_range(0..12) {
                0 => b"0".to_vec(),
                1 => b"bad".to_vec(),
                2 => b"0-0".to_vec(),
                3 => format!("{}-*", rng.random_range(1..40)).into_bytes(),
                _ => format!("{}-{}", rng.random_range(1..40), rng.random_range(0..4)).into_bytes(),
            },
            // What a range of IDs may begin or end with.
            "xbound" => match rng.random_range(0..5) {
                0 => b"-".to_vec(),
                1 => b"+".to_vec(),
                2 => [b"(".to_vec(), self.word("id")].concat(),
                _ => self.word("id"),
            },
            "dump" => DUMPS.choose(rng).copied().unwrap_or(b"").to_vec(),
            "index" => rng.random_range(-12..12).to_string().into_bytes(),
            "small" => rng.random_range(0..20).to_string().into_bytes(),
            "bit" => rng.random_range(0..2).to_string().into_bytes(),
            "db" => rng.random_range(0..2).to_string().into_bytes(),
            "future" => (4_000_000_000_000_i64 + rng.random_range(0..1000) * 1000)
                .to_string()
                .into_bytes(),
            "futures" => (4_000_000_000_i64 + rng.random_range(0..1000))
                .to_string()
                .into_bytes(),
            "group" => format!("g{}", rng.random_range(0..2)).into_bytes(),
            "consumer" => format!("c{}", rng.random_range(0..3)).into_bytes(),
            "longitude" => format!("{:.4}", rng.random_range(-180.0..180.0)).into_bytes(),
            "latitude" => format!("{:.4}", rng.random_range(-85.0..85.0)).into_bytes(),
            _ => match word.strip_prefix("script") {
                Some(n) => SCRIPTS[n.parse::<usize>().unwrap_or(0)].into(),
                None => word.into(),
            },
        }
    }

    fn value(&mut self) -> Vec<u8> {
        let rng = &mut self.rng;
        match rng.random_range(0..14) {
            0 => Vec::new(),
            1 => rng
                .random_range(-100_000..100_000_i64)
                .to_string()
                .into_bytes(),
            2 => b"\xff\x00\r\n\"bytes\"".to_vec(),
            3 => vec![b'x'; rng.random_range(40..80)],
            4 => b"3.5".to_vec(),
            _ => format!("v{}", rng.random_range(0..30)).into_bytes(),
        }
    }
}
