//! What a learner has done since an exercise's start, as far as it counts:
//! looking around, errors and what was taken back do not.

use crate::conn::state::{Argv, name_of};
use resp::Reply;

/// Commands that end the connection or turn it into something else; nobody is
/// there to answer them when they are repeated.
const NOT_REPEATED: [&str; 7] = [
    "failover", "monitor", "psync", "quit", "reset", "shutdown", "sync",
];

/// The commands that count, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deeds {
    done: Vec<Deed>,
    open: Option<Open>,
}

/// One command, or all of them from WATCH or MULTI to EXEC: an answer may begin
/// before it or behind it, but not inside.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Deed {
    commands: Vec<Argv>,
    /// With `:undo`, as far as that was possible.
    taken_back: bool,
}

/// A WATCH or MULTI that is still open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Open {
    /// Up to MULTI.
    before: Vec<Argv>,
    /// MULTI and what it has queued.
    queued: Vec<Argv>,
}

impl Deeds {
    /// Whether a command makes sense without the person who typed it.
    pub fn can_repeat(argv: &[Vec<u8>]) -> bool {
        !NOT_REPEATED.contains(&name_of(argv).as_str())
    }

    /// Takes note of a command and its replies.
    pub fn note(&mut self, argv: &Argv, replies: &[Reply]) {
        let name = name_of(argv);
        let failed = replies.first().is_none_or(Reply::is_error);
        if let Some(open) = &mut self.open {
            match name.as_str() {
                // An EXEC that answers nil, or refuses, has done nothing.
                "exec" if !failed && replies != [Reply::Nil] => {
                    open.queued.push(argv.clone());
                    self.close();
                }
                "exec" => self.give_up(),
                _ if failed => {}
                "discard" | "unwatch" if name == "discard" || open.queued.is_empty() => {
                    self.give_up();
                }
                "multi" => open.queued.push(argv.clone()),
                _ if open.queued.is_empty() => open.before.push(argv.clone()),
                _ => open.queued.push(argv.clone()),
            }
            return;
        }
        if failed || reads(argv) || !Deeds::can_repeat(argv) {
            return;
        }
        match name.as_str() {
            "watch" => self.open.get_or_insert_default().before.push(argv.clone()),
            "multi" => self.open.get_or_insert_default().queued.push(argv.clone()),
            _ => self.push(vec![argv.clone()]),
        }
    }

    fn push(&mut self, commands: Vec<Argv>) {
        self.done.push(Deed {
            commands,
            taken_back: false,
        });
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.push([open.before, open.queued].concat());
        }
    }

    /// The transaction came to nothing; what was done before its MULTI stays.
    fn give_up(&mut self) {
        let before = self.open.take().unwrap_or_default().before;
        let counts = |argv: &Argv| !reads(argv) && name_of(argv) != "watch";
        for argv in before.into_iter().filter(counts) {
            self.push(vec![argv]);
        }
    }

    /// The last one was taken back.
    pub fn take_back(&mut self) {
        let last = self.done.iter_mut().rev().find(|deed| !deed.taken_back);
        if let Some(last) = last {
            last.taken_back = true;
        }
    }

    /// The last commands, the shortest row of them first. What was taken back
    /// comes in a second round: perhaps it was not possible.
    pub(super) fn tails(&self) -> impl Iterator<Item = Vec<Argv>> {
        [false, true].into_iter().flat_map(move |all| {
            let standing = self.done.iter().filter(move |deed| all || !deed.taken_back);
            let open = self.open.iter();
            let mut deeds: Vec<Vec<Argv>> = standing.map(|deed| deed.commands.clone()).collect();
            deeds.extend(open.map(|open| [&open.before[..], &open.queued[..]].concat()));
            let nothing_new = all && self.done.iter().all(|deed| !deed.taken_back);
            let most = if nothing_new { 0 } else { deeds.len() };
            (1..=most).map(move |count| deeds[deeds.len() - count..].concat())
        })
    }
}

/// Whether a command only looks.
pub(super) fn reads(argv: &[Vec<u8>]) -> bool {
    catalog::find_argv(argv).is_some_and(|command| command.is_read_only())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a history: each line a command, with what it answered.
    fn tails(history: &[(&str, Reply)]) -> Vec<String> {
        deeds(history)
            .tails()
            .map(|row| {
                let lines: Vec<String> = row
                    .iter()
                    .map(|argv| resp::split::quote_all(argv))
                    .collect();
                lines.join("; ")
            })
            .collect()
    }

    fn deeds(history: &[(&str, Reply)]) -> Deeds {
        let mut deeds = Deeds::default();
        for (line, reply) in history {
            let argv = resp::split::split(line.as_bytes()).expect("well written");
            deeds.note(&argv, std::slice::from_ref(reply));
        }
        deeds
    }

    fn ok() -> Reply {
        Reply::Status("OK".to_owned())
    }

    #[test]
    fn looking_around_and_errors_do_not_count() {
        let history = [
            ("GET a", Reply::Nil),
            ("SET a 1", ok()),
            ("INCR", Reply::Error("ERR wrong number".to_owned())),
            ("KEYS *", Reply::Array(vec![])),
            ("SET b 2", ok()),
        ];
        assert_eq!(tails(&history), ["SET b 2", "SET a 1; SET b 2"]);
    }

    #[test]
    fn a_transaction_is_one_piece_with_what_it_looked_at() {
        let queued = || Reply::Status("QUEUED".to_owned());
        let history = [
            ("SET z 1", ok()),
            ("WATCH a", ok()),
            ("GET a", Reply::Nil),
            ("MULTI", ok()),
            ("SET a 2", queued()),
            ("EXEC", Reply::Array(vec![ok()])),
        ];
        let whole = "WATCH a; GET a; MULTI; SET a 2; EXEC";
        assert_eq!(tails(&history), [whole, &format!("SET z 1; {whole}")]);
    }

    #[test]
    fn a_transaction_that_came_to_nothing_leaves_what_was_before_it() {
        let history = [
            ("WATCH a", ok()),
            ("SET a 1", ok()),
            ("MULTI", ok()),
            ("SET b 2", Reply::Status("QUEUED".to_owned())),
            ("EXEC", Reply::Nil),
            ("MULTI", ok()),
            ("DISCARD", ok()),
        ];
        assert_eq!(tails(&history), ["SET a 1"]);
    }

    #[test]
    fn what_was_taken_back_comes_last() {
        let mut deeds = deeds(&[("SET a 1", ok()), ("SET b 2", ok())]);
        deeds.take_back();
        let rows: Vec<usize> = deeds.tails().map(|row| row.len()).collect();
        assert_eq!(rows, [1, 1, 2]);
    }
}
