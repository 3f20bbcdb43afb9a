//! Whether an answer is right, and not only for the data at hand: the state it
//! leaves, what it used, and, where an exercise asks for it, the same commands
//! on other data (`again`) and with another client in every gap (`rival`).

mod deeds;
mod scratch;

pub use deeds::Deeds;
pub use scratch::Scratch;

use super::Stage;
use crate::conn::state::{Argv, name_of};
use crate::conn::{Arrival, ConnError, Connection};
use crate::error::Result;
use crate::lesson::{Again, Block, Check, Exercise, Rival, Span};
use deeds::reads;
use resp::Reply;
use std::time::Duration;
use tokio::time::timeout;

/// How long a repeated command may take: one that blocked when it was typed
/// blocks again, and nobody is there to answer it.
const REPEATED: Duration = Duration::from_secs(1);

/// Longer rows of commands than this are not looked for; nobody's answer is.
const LONGEST: usize = 60;

/// What a private server may hold besides the lesson's own keys.
const LEFTOVERS: [&[&str]; 2] = [&["FLUSHALL"], &["SCRIPT", "FLUSH"]];

/// A check that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Failed {
    /// What the lesson says then.
    pub message: String,
    /// The command that was asked.
    pub command: String,
    /// What should have come back.
    pub expected: String,
    /// What came back.
    pub actual: Reply,
    /// The check's place.
    pub span: Span,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// These checks of the state do not hold.
    State(Vec<Failed>),
    /// The state is right, and yet the answer is not.
    Proof(Objection),
    /// The state is right, but the commands do not lead to it from the start.
    Unrepeatable,
}

/// Why an answer is not right although its state is.
#[derive(Debug, Clone, PartialEq)]
pub struct Objection {
    /// What the lesson says.
    pub message: String,
    /// Where it is not right.
    pub place: Place,
    /// The commands that were looked at.
    pub commands: Vec<Argv>,
}

/// Where an answer is not right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In what it used.
    Used,
    /// On other data: what is different.
    Again(String),
    /// Against another client.
    Rival {
        /// Who comes.
        title: String,
        /// Before which of the commands, counted from 0.
        before: usize,
    },
}

/// The checks that do not hold, asked on `connection`.
///
/// # Errors
/// When the connection fails.
pub async fn failing_checks(
    checks: &[Check],
    connection: &mut Connection,
) -> Result<Vec<Failed>, ConnError> {
    let mut failed = Vec::new();
    for check in checks {
        let actual = connection.call(&check.line.argv).await?;
        let expected = &check.line.expected;
        if !expected.iter().all(|e| e.pattern.matches(&actual)) {
            failed.push(Failed {
                message: check.message.clone(),
                command: check.line.text.clone(),
                expected: expected.iter().map(|e| e.text.clone()).collect(),
                actual,
                span: check.line.span,
            });
        }
    }
    Ok(failed)
}

/// A setup command that the server refused, and why.
pub type Refused = (Span, String, String);

/// Begins anew with `setup`: new connections, and no keys but its own.
///
/// # Errors
/// When the connection fails.
pub async fn set_up(setup: Option<&Block>, stage: &mut Stage) -> Result<Option<Refused>> {
    stage.reset().await?;
    let private = !stage.sandbox().is_external();
    let connection = stage.connection(&Some("setup".to_owned())).await?;
    for command in LEFTOVERS.iter().filter(|_| private) {
        connection.call(command).await?;
    }
    for line in setup.iter().flat_map(|block| &block.lines) {
        if let Reply::Error(error) = connection.call(&line.argv).await? {
            return Ok(Some((line.span, line.text.clone(), error)));
        }
    }
    Ok(None)
}

/// Gives a command of an answer; `None` when no reply comes.
///
/// # Errors
/// When no connection is to be had.
pub async fn give(argv: &Argv, stage: &mut Stage) -> Result<Option<Vec<Reply>>> {
    let client = stage.client(&None).await?;
    let mut replies = Vec::new();
    let call = client.call(argv, |arrival| {
        if let Arrival::Reply(reply) = arrival {
            replies.push(reply);
        }
    });
    match timeout(REPEATED, call).await {
        Ok(Ok(())) => Ok(Some(replies)),
        // It is late or lost, and given up together with its command.
        _ => {
            stage.hang_up(&None);
            Ok(None)
        }
    }
}

/// Whether an answer that leaves the right state is right, as far as the
/// exercise asks for more. What is looked at is the shortest row of the
/// learner's last commands that solves it from its start.
///
/// # Errors
/// When the connection fails.
pub async fn prove(exercise: &Exercise, deeds: &Deeds, stage: &mut Stage) -> Result<Option<Fault>> {
    if !exercise.needs_proof() {
        return Ok(None);
    }
    let mut answer = None;
    for commands in deeds.tails() {
        if commands.len() > LONGEST {
            continue;
        }
        let given = run(exercise.setup.as_ref(), &commands, stage).await?;
        if failing(&exercise.checks, stage).await?.is_empty() {
            answer = Some((commands, given));
            break;
        }
    }
    let Some((commands, given)) = answer else {
        return Ok(Some(Fault::Unrepeatable));
    };
    let object = |message: &str, place: Place| {
        Some(Fault::Proof(Objection {
            message: message.to_owned(),
            place,
            commands: commands.clone(),
        }))
    };
    for condition in &exercise.uses {
        if !condition.what.hold(&commands) {
            return Ok(object(&condition.message, Place::Used));
        }
    }
    for again in &exercise.again {
        if let Some(failed) = fails_on(again, &commands, stage).await? {
            return Ok(object(
                &failed.message,
                Place::Again(again.setup.title.clone()),
            ));
        }
    }
    let answer = Answer {
        setup: exercise.setup.as_ref(),
        commands: &commands,
        given: &given,
    };
    for rival in &exercise.rivals {
        for before in 0..commands.len() {
            if let Some(failed) = answer.fails_against(rival, before, stage).await? {
                let title = rival.block.title.clone();
                return Ok(object(&failed.message, Place::Rival { title, before }));
            }
        }
    }
    Ok(None)
}

/// Whether one of the right answers makes this check fail on its way.
///
/// # Errors
/// When the connection fails.
pub async fn breaks(exercise: &Exercise, check: Span, stage: &mut Stage) -> Result<bool> {
    let right = exercise.right.iter().map(|answer| &answer.block);
    for answer in std::iter::once(&exercise.solution).chain(right) {
        set_up(exercise.setup.as_ref(), stage).await?;
        for line in &answer.lines {
            give(&line.argv, stage).await?;
            let failed = failing(&exercise.checks, stage).await?;
            if failed.iter().any(|failed| failed.span == check) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Gives commands from a start; their replies.
async fn run(
    setup: Option<&Block>,
    commands: &[Argv],
    stage: &mut Stage,
) -> Result<Vec<Option<Vec<Reply>>>> {
    set_up(setup, stage).await?;
    let mut given = Vec::new();
    for argv in commands {
        given.push(give(argv, stage).await?);
    }
    Ok(given)
}

async fn failing(checks: &[Check], stage: &mut Stage) -> Result<Vec<Failed>> {
    let connection = stage.connection(&Some("check".to_owned())).await?;
    Ok(failing_checks(checks, connection).await?)
}

/// The first thing that is not right on other data.
async fn fails_on(again: &Again, commands: &[Argv], stage: &mut Stage) -> Result<Option<Failed>> {
    run(Some(&again.setup), commands, stage).await?;
    Ok(failing(&again.checks, stage).await?.into_iter().next())
}

/// An answer, with the replies it got alone.
struct Answer<'a> {
    setup: Option<&'a Block>,
    commands: &'a [Argv],
    given: &'a [Option<Vec<Reply>>],
}

impl Answer<'_> {
    /// What is not right when another client comes before command `gap`.
    ///
    /// A reply that is not the one the answer got alone is noticed, for as long
    /// as nothing was written on: an EXEC that answers nil, a value read under
    /// WATCH, a script that refuses. Nobody goes on as before then: the rest of
    /// a transaction is left, and an answer that has written nothing at all
    /// since the other client came is right.
    async fn fails_against(
        &self,
        rival: &Rival,
        gap: usize,
        stage: &mut Stage,
    ) -> Result<Option<Failed>> {
        set_up(self.setup, stage).await?;
        let mut met = Vec::new();
        let (mut wrote, mut leave_until) = (false, 0);
        for (index, argv) in self.commands.iter().enumerate() {
            if index < leave_until {
                continue;
            }
            if index == gap {
                let connection = stage.connection(&Some("rival".to_owned())).await?;
                for line in &rival.block.lines {
                    connection.call(&line.argv).await?;
                }
                met = holdings(stage).await?;
            }
            let replies = give(argv, stage).await?;
            if index < gap {
                continue;
            }
            let holds = if reads(argv) {
                met.clone()
            } else {
                holdings(stage).await?
            };
            let wrote_now = holds != met;
            met = holds;
            wrote |= wrote_now;
            if wrote_now || replies == self.given[index] {
                continue;
            }
            if !wrote {
                return Ok(None);
            }
            if let Some(end) = self.end_of_transaction(index) {
                for word in ["DISCARD", "UNWATCH"] {
                    give(&vec![word.into()], stage).await?;
                }
                leave_until = end + 1;
            }
        }
        Ok(failing(&rival.checks, stage).await?.into_iter().next())
    }
}

impl Answer<'_> {
    /// Where the transaction ends that a command is in, from WATCH or MULTI on.
    fn end_of_transaction(&self, index: usize) -> Option<usize> {
        let name = |at: &usize| name_of(&self.commands[*at]);
        let ends = |at: &usize| matches!(name(at).as_str(), "exec" | "discard" | "unwatch");
        let last = (0..index)
            .rev()
            .find(|at| ends(at) || matches!(name(at).as_str(), "watch" | "multi"))?;
        if ends(&last) {
            None
        } else {
            (index..self.commands.len()).find(|at| ends(at))
        }
    }
}

/// A key of the lesson.
#[derive(Clone)]
struct Holding {
    key: Vec<u8>,
    /// As DUMP gives it.
    value: Reply,
    /// When it expires, in milliseconds of the server's clock.
    expires: Option<i64>,
}

impl PartialEq for Holding {
    /// Where a time was reckoned it may be a little off.
    fn eq(&self, other: &Holding) -> bool {
        let same_time = match (self.expires, other.expires) {
            (Some(one), Some(other)) => (one - other).abs() < 50,
            (one, other) => one == other,
        };
        self.key == other.key && self.value == other.value && same_time
    }
}

/// The lesson's keys.
async fn holdings(stage: &mut Stage) -> Result<Vec<Holding>> {
    let connection = stage.connection(&Some("check".to_owned())).await?;
    let keys = connection.call(&["KEYS", "lab:*"]).await?;
    let mut held = Vec::new();
    for key in keys.as_slice().unwrap_or_default() {
        let key = key.as_bytes().unwrap_or_default();
        held.push(Holding {
            key: key.to_vec(),
            value: connection.call(&[&b"DUMP"[..], key]).await?,
            expires: expires(key, connection).await?,
        });
    }
    held.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(held)
}

/// When a key expires.
async fn expires(key: &[u8], connection: &mut Connection) -> Result<Option<i64>> {
    /// Servers before 7.0 tell only how long it is until then.
    const RECKONED: &str = "local left = redis.call('PTTL', KEYS[1])
        if left < 0 then return left end
        local now = redis.call('TIME')
        return now[1] * 1000 + math.floor(now[2] / 1000) + left";
    let mut told = connection.call(&[&b"PEXPIRETIME"[..], key]).await?;
    if told.is_error() {
        let ask = [&b"EVAL"[..], RECKONED.as_bytes(), b"1", key];
        told = connection.call(&ask).await?;
    }
    Ok(told.as_int().filter(|time| *time >= 0))
}
