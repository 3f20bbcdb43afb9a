//! One attempt at an exercise: what was typed since its start, whether it is
//! right, and slips that are better noticed at once.

use super::ChangeEvent;
use super::view::{View, readable, recorded};
use crate::conn::state::Argv;
use crate::error::Result;
use crate::lesson::{Exercise, Span};
use crate::runner::proof::{Deeds, Failed, Fault, Scratch};
use resp::Reply;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// A longer pause than this is not spent on the exercise.
const LONGEST_THOUGHT: Duration = Duration::from_secs(300);

/// What a learner did since an exercise's start.
#[derive(Debug)]
pub struct Attempt {
    /// As recorded.
    commands: Vec<String>,
    /// As shown.
    typed: Vec<String>,
    deeds: Deeds,
    /// Something was taken back.
    incomplete: bool,
    solved: bool,
    /// The checks that hold.
    held: HashSet<Span>,
    /// What was found wrong, and with which deeds.
    proved: Option<(Deeds, Option<Fault>)>,
    /// Mistyped keys that were pointed out.
    named: HashSet<Vec<u8>>,
    /// When the learner began, or the last command was typed.
    since: Instant,
}

/// What a command has done that was hardly meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Slip {
    /// This key is nearly one of the exercise's.
    Key(Vec<u8>, Vec<u8>),
    /// A check that held does so no longer: what it says.
    Broke(String),
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What is wrong; `None` when it is solved.
    pub fault: Option<Fault>,
    /// The fault was not told before.
    pub is_news: bool,
    /// What was hardly meant.
    pub slip: Option<Slip>,
}

impl Attempt {
    /// An attempt at an exercise of which these checks fail at its start.
    pub fn new(exercise: &Exercise, failed: &[Failed]) -> Attempt {
        Attempt {
            commands: Vec::new(),
            typed: Vec::new(),
            deeds: Deeds::default(),
            incomplete: false,
            solved: false,
            held: holding(exercise, failed),
            proved: None,
            named: HashSet::new(),
            since: Instant::now(),
        }
    }

    /// Whether it is solved.
    pub fn is_solved(&self) -> bool {
        self.solved
    }

    /// Whether anything was submitted.
    pub fn is_begun(&self) -> bool {
        !self.commands.is_empty()
    }

    /// The commands as shown.
    pub fn typed(&self) -> &[String] {
        &self.typed
    }

    /// Takes note of a command.
    pub fn note(&mut self, argv: &Argv, replies: &[Reply]) {
        self.commands.push(recorded(argv));
        self.typed.push(readable(argv));
        self.deeds.note(argv, replies);
    }

    /// The last write was taken back.
    pub fn take_back(&mut self) {
        self.incomplete = true;
        self.deeds.take_back();
    }

    /// What is wrong, given the checks that fail.
    ///
    /// # Errors
    /// When no server for a proof can be started.
    pub async fn fault(
        &mut self,
        exercise: &Exercise,
        failed: Vec<Failed>,
        scratch: &mut Scratch,
    ) -> Result<Option<Fault>> {
        if !failed.is_empty() {
            return Ok(Some(Fault::State(failed)));
        }
        if let Some((deeds, fault)) = &self.proved
            && *deeds == self.deeds
        {
            return Ok(fault.clone());
        }
        let fault = scratch.prove(exercise, &self.deeds).await?;
        self.proved = Some((self.deeds.clone(), fault.clone()));
        Ok(fault)
    }

    /// What came of the command noted last, given the checks that fail.
    ///
    /// # Errors
    /// As [`Attempt::fault`].
    pub async fn judge(
        &mut self,
        exercise: &Exercise,
        argv: &Argv,
        failed: Vec<Failed>,
        scratch: &mut Scratch,
    ) -> Result<Judged> {
        let holds = holding(exercise, &failed);
        let broke = failed
            .iter()
            .find(|failed| self.held.contains(&failed.span))
            .cloned();
        self.held = holds;
        let slip = match (self.mistyped(exercise, argv), broke) {
            (Some((typed, known)), _) => Some(Slip::Key(typed, known)),
            // On the way to some right answers it has to.
            (None, Some(broke)) if !scratch.breaks(exercise, broke.span).await? => {
                Some(Slip::Broke(broke.message))
            }
            _ => None,
        };
        let is_news = !matches!(&self.proved, Some((deeds, _)) if *deeds == self.deeds);
        let fault = self.fault(exercise, failed, scratch).await?;
        self.solved = fault.is_none();
        Ok(Judged {
            is_news: is_news && matches!(fault, Some(Fault::Proof(_) | Fault::Unrepeatable)),
            fault,
            slip,
        })
    }

    /// What a teacher is told about the command noted last: what the server
    /// refused, or what is missing once as many commands were typed as our
    /// answer has. Looking at the data is never wrong.
    pub fn wrong(
        &self,
        exercise: &Exercise,
        argv: &Argv,
        replies: &[Reply],
        fault: Option<&Fault>,
        view: &View,
    ) -> Option<String> {
        let refused = replies.iter().find_map(|reply| match reply {
            Reply::Error(error) => Some(error.clone()),
            _ => None,
        });
        let looks = catalog::find_argv(argv).is_some_and(|command| command.is_read_only());
        let is_early = self.commands.len() < exercise.solution.lines.len();
        let missing = fault.filter(|_| !looks && !is_early);
        refused.or_else(|| view.faults(missing?).into_iter().next())
    }

    /// What is kept of it now, with what went [`wrong`](Attempt::wrong).
    pub fn submitted(&mut self, error: Option<String>) -> ChangeEvent {
        let thought = self.since.elapsed().min(LONGEST_THOUGHT);
        self.since = Instant::now();
        ChangeEvent::Submitted {
            commands: self.commands.clone(),
            incomplete: self.incomplete,
            solved: self.solved,
            took: thought,
            error,
        }
    }

    /// A key of the command that differs from one of the exercise's by a
    /// letter; each is pointed out once.
    fn mistyped(&mut self, exercise: &Exercise, argv: &Argv) -> Option<(Vec<u8>, Vec<u8>)> {
        let known = known_keys(exercise);
        let near = |key: &Vec<u8>| {
            let text = String::from_utf8_lossy(key);
            let other = known.iter().find(|other| {
                strsim::damerau_levenshtein(&text, &String::from_utf8_lossy(other)) == 1
            })?;
            Some((key.clone(), other.clone()))
        };
        let found = keys(argv)
            .filter(|key| !known.contains(*key) && !self.named.contains(*key))
            .find_map(near)?;
        self.named.insert(found.0.clone());
        Some(found)
    }
}

fn holding(exercise: &Exercise, failed: &[Failed]) -> HashSet<Span> {
    let spans = exercise.checks.iter().map(|check| check.line.span);
    spans
        .filter(|span| !failed.iter().any(|failed| failed.span == *span))
        .collect()
}

fn keys(argv: &Argv) -> impl Iterator<Item = &Vec<u8>> {
    let positions = catalog::key_positions(argv).into_iter();
    positions.filter_map(|position| argv.get(position))
}

/// The keys that an exercise's setup, checks and answers name.
fn known_keys(exercise: &Exercise) -> HashSet<Vec<u8>> {
    let blocks = exercise.blocks().flat_map(|block| &block.lines);
    let checks = exercise.all_checks().map(|check| &check.line);
    let lines = blocks.chain(checks);
    lines.flat_map(|line| keys(&line.argv).cloned()).collect()
}
