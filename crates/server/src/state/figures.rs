//! What the server counts, for INFO.

use crate::state::CommandIndex;
use crate::state::latency;
use crate::state::rates::{Counted, Rates};
use crate::wire::reply::CmdError;
use std::collections::BTreeMap;
use std::time::Instant;

/// What INFO's `commandstats` says of one command.
#[derive(Debug, Clone, Default)]
pub struct CommandStats {
    /// Times executed.
    pub calls: u64,
    /// Microseconds spent.
    pub micros: u64,
    /// Refused before execution.
    pub rejected: u64,
    /// Ended in an error.
    pub failed: u64,
    /// How long the executions took; `None` before the first.
    pub latency: Option<Box<latency::Histogram>>,
}

/// Of so many codes errors are counted. A script that makes up ever new ones
/// must not fill the memory with them.
const MOST_CODES: usize = 128;

/// The turns of the event loop; times in nanoseconds.
#[derive(Debug, Default)]
pub struct Turns {
    /// How many.
    pub count: u64,
    /// How long all of them took.
    pub nanos: u64,
    /// How long the longest took.
    pub longest: u64,
    /// The most commands in one.
    pub most_commands: u64,
    /// What was spent on what is due by itself.
    pub timers: u64,
    /// What was spent on the append-only file.
    pub log: u64,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Figures {
    /// Keys found.
    pub hits: u64,
    /// Keys not found.
    pub misses: u64,
    /// Keys removed because their time was over.
    pub expired: u64,
    /// Fields of hashes whose time was over.
    pub expired_fields: u64,
    /// Keys removed to free memory.
    pub evicted: u64,
    /// Commands executed.
    pub commands: u64,
    /// How long commands took, without those within another, microseconds.
    pub command_micros: u64,
    /// Requests were read from sockets, replies written to them, so often.
    pub reads: u64,
    /// See [`Figures::reads`].
    pub writes: u64,
    /// The turns of the event loop.
    pub turns: Turns,
    /// What was done in the last 1.6 seconds.
    pub rates: Rates,
    /// Connections accepted.
    pub connections: u64,
    /// Connections refused by `maxclients`.
    pub rejected_connections: u64,
    /// Bytes received.
    pub input_bytes: u64,
    /// Bytes sent.
    pub output_bytes: u64,
    /// Error replies.
    pub errors: u64,
    /// Error replies by code, as long as there are few codes.
    pub errors_by_code: BTreeMap<String, u64>,
    /// There were too many: no code is counted until CONFIG RESETSTAT.
    pub too_many_codes: bool,
    /// By the index of the table of commands.
    pub by_command: Vec<CommandStats>,
    /// The largest memory use seen, bytes.
    pub peak_memory: usize,
    /// Clients closed because of `maxmemory-clients`.
    pub evicted_clients: u64,
    /// Clients cut off because their input grew too large.
    pub input_limit_disconnections: u64,
    /// What users were refused: commands, keys, channels, logins.
    pub denied: [u64; 4],
    /// Clients cut off because their output grew too large.
    pub output_limit_disconnections: u64,
}

/// A code as it is shown: a script's error may begin with anything, and must
/// not forge a line.
pub fn on_a_line(code: &str) -> String {
    code.replace(['#', ':', '\n', '\r'], "_")
}

impl Figures {
    /// Figures of a server that has so many commands and has done nothing.
    pub fn new(commands: usize) -> Self {
        Figures {
            by_command: vec![CommandStats::default(); commands],
            ..Figures::default()
        }
    }

    /// A command was executed.
    pub fn called(&mut self, command: CommandIndex, micros: u64) {
        self.commands += 1;
        let stats = &mut self.by_command[command];
        stats.calls += 1;
        stats.micros += micros;
    }

    /// A period of [`Figures::rates`] is over.
    #[cold]
    pub fn sample_rates(&mut self, moment: Instant) {
        let all = Counted {
            commands: self.commands,
            input: self.input_bytes,
            output: self.output_bytes,
            turns: self.turns.count,
            nanos: self.turns.nanos,
        };
        self.rates.sample(moment, all);
    }

    /// A turn of the event loop that began at this moment, after so many
    /// commands, is over.
    pub fn turn_is_over(&mut self, began: Instant, commands: u64) {
        let nanos = began.elapsed().as_nanos() as u64;
        self.rates.begin(began);
        let turns = &mut self.turns;
        turns.count += 1;
        turns.nanos += nanos;
        turns.longest = turns.longest.max(nanos);
        let commands = self.commands.saturating_sub(commands);
        turns.most_commands = turns.most_commands.max(commands);
    }

    /// How long a command took until its reply, for the histograms.
    pub fn replied(&mut self, command: CommandIndex, micros: u64) {
        let stats = &mut self.by_command[command];
        stats.latency.get_or_insert_default().record(micros);
    }

    /// A command ended in an error.
    pub fn failed(&mut self, command: CommandIndex) {
        self.by_command[command].failed += 1;
    }

    /// A command was refused.
    pub fn rejected(&mut self, command: CommandIndex) {
        self.by_command[command].rejected += 1;
    }

    /// An error is replied. If that makes too many codes, those counted so far,
    /// which are counted no longer.
    pub fn count_error(&mut self, error: &CmdError) -> Option<Vec<String>> {
        self.errors += 1;
        if self.too_many_codes {
            return None;
        }
        let code = String::from_utf8_lossy(error.code()).into_owned();
        let codes = self.errors_by_code.len();
        if codes >= MOST_CODES && !self.errors_by_code.contains_key(&code) {
            self.too_many_codes = true;
            let disabled = BTreeMap::from([("ERRORSTATS_DISABLED".to_owned(), 1)]);
            let counted = std::mem::replace(&mut self.errors_by_code, disabled);
            return Some(counted.keys().map(|code| on_a_line(code)).collect());
        }
        *self.errors_by_code.entry(code).or_default() += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ever_new_codes_are_counted_no_longer() {
        let mut figures = Figures::new(0);
        let error = |n: usize| CmdError::owned(format!("CODE{n} of a script"));
        for n in (0..MOST_CODES).chain(0..MOST_CODES) {
            assert_eq!(figures.count_error(&error(n)), None);
        }
        assert_eq!(figures.errors_by_code.len(), MOST_CODES);
        assert!(figures.errors_by_code.values().all(|count| *count == 2));
        let counted = figures.count_error(&error(MOST_CODES));
        assert_eq!(counted.map(|codes| codes.len()), Some(MOST_CODES));
        for n in [0, 1] {
            assert_eq!(figures.count_error(&error(n)), None);
        }
        let disabled = BTreeMap::from([("ERRORSTATS_DISABLED".to_owned(), 1)]);
        assert_eq!(figures.errors_by_code, disabled);
        assert_eq!(figures.errors, 2 * MOST_CODES as u64 + 3);
    }
}
