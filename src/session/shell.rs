//! What the shell knows and remembers besides its connection: settings, the
//! last command, what can be taken back.

mod words;

use super::commands::Commands;
use super::output::Output;
use super::output::is_large;
use super::save::Entry;
use super::scope;
use super::undo::{Step, UndoLog};
use super::value::{Look, look};
use super::word::Word;
use super::{diff, teach};
use crate::conn::state::{Argv, State, name_of};
use crate::conn::{Client, Endpoint, Side};
use crate::error::Result;
use crate::render::style::{Ink, Style};
use crate::render::wrapping;
use catalog::lang::Lang;
use resp::Reply;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many commands are remembered for `:save`.
const MOST_ENTRIES: usize = 1000;
/// `:diff` looks at so many keys of one command.
const MOST_DIFFED: usize = 20;

/// What can be switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// `:diff`: show what writes changed.
    pub diff: bool,
    /// `:wire`: show the bytes.
    pub wire: bool,
    /// `:cost`: show cost and time after every command.
    pub cost: bool,
    /// `:undo`: dump keys before they are written.
    pub undo: bool,
    /// `:hints`: quiet remarks under replies.
    pub hints: bool,
    /// `:utf8`: text beyond ASCII as it is.
    pub utf8: bool,
    /// `:timing`: how long each reply took.
    pub timing: bool,
}

impl Switches {
    /// Whether anything has to be looked at before or after a command.
    pub fn watch(&self) -> bool {
        self.diff || self.wire || self.cost || self.undo || self.hints || self.timing
    }
}

impl Default for Switches {
    fn default() -> Self {
        Switches {
            diff: false,
            wire: false,
            cost: false,
            undo: true,
            hints: true,
            utf8: false,
            timing: false,
        }
    }
}

/// The last command with its last reply.
#[derive(Debug)]
struct Last {
    argv: Argv,
    replies: Arc<Vec<Reply>>,
    took: Duration,
}

impl Last {
    fn reply(&self) -> &Reply {
        self.replies.last().unwrap_or(&Reply::Nil)
    }
}

/// What the shell knows and remembers besides its connection.
#[derive(Debug)]
pub struct Shell {
    /// The learner's language.
    pub lang: Lang,
    /// Colour or none.
    pub style: Style,
    /// What is switched on.
    pub switches: Switches,
    /// The form of replies.
    pub output: Output,
    /// So many columns has whoever reads; where nobody knows, no line is broken.
    pub columns: Option<usize>,
    /// The second connection.
    pub side: Side,
    /// The commands of the server, as far as it was asked.
    pub commands: Commands,
    /// The connection beside which it was asked.
    asked: Option<(Endpoint, Option<i64>)>,
    /// The words of a mode, for `:help`.
    pub extra: Vec<Word>,
    last: Option<Last>,
    entries: Vec<Entry>,
    undo: UndoLog,
}

/// What is known before a command is run, to compare with afterwards.
#[derive(Debug, Default)]
pub struct Preparation {
    undo: Option<Step>,
    looks: Vec<(Vec<u8>, Look)>,
    at: Option<Instant>,
}

impl Shell {
    /// A shell with nothing remembered.
    pub fn new(lang: Lang, style: Style, switches: Switches) -> Shell {
        Shell {
            lang,
            style,
            switches,
            output: Output::Pretty,
            columns: None,
            side: Side::new(),
            commands: Commands::default(),
            asked: None,
            extra: Vec::new(),
            last: None,
            entries: Vec::new(),
            undo: UndoLog::default(),
        }
    }

    /// Whether a connection's server has not been asked for its commands yet.
    pub fn is_new(&self, client: &Client) -> bool {
        let here = Some((client.endpoint().clone(), client.id()));
        client.is_connected() && self.asked != here
    }

    /// Asks the server for the commands it has, once a connection; whether
    /// something was learned. Where it does not answer, the catalogue does.
    pub async fn learn(&mut self, client: &Client) -> bool {
        if !self.is_new(client) {
            return false;
        }
        let learned = match self.side.beside(client).await {
            Ok(side) => Commands::ask(side, &self.commands).await,
            Err(error) => Err(error),
        };
        self.asked = Some((client.endpoint().clone(), client.id()));
        match learned {
            Ok(commands) => self.commands = commands,
            Err(_) => {
                self.side.drop_connection();
                self.commands = Commands::default();
            }
        }
        true
    }

    /// Asks the server for a command that is not known, whatever it lists.
    pub(super) async fn learn_of(&mut self, client: &Client, argv: &[Vec<u8>]) {
        self.learn(client).await;
        if self.commands.find_argv(argv).is_some() {
            return;
        }
        let (Some(name), Ok(side)) = (argv.first(), self.side.beside(client).await) else {
            return;
        };
        if self.commands.ask_for(side, name).await.is_err() {
            self.side.drop_connection();
        }
    }

    /// Looks at the keys a command is about to write, as far as `:undo` and
    /// `:diff` need it. A failing second connection is no reason not to run
    /// the command, so it only means that less is known.
    pub async fn prepare(&mut self, client: &Client, argv: &[Vec<u8>]) -> Preparation {
        let mut known = Preparation::default();
        let wanted = self.switches.undo || self.switches.diff;
        if !wanted || !scope::may_write(argv, &client.state) {
            return known;
        }
        let (undo_on, diff_on) = (self.switches.undo, self.switches.diff);
        let gathered = match self.side.beside(client).await {
            Ok(side) => gather(side, argv, &client.state, undo_on, diff_on, &mut known).await,
            Err(error) => Err(error),
        };
        if gathered.is_err() {
            self.side.drop_connection();
            if undo_on {
                known.undo = Some(Step::unseen(argv, client.state.db));
            }
        }
        known
    }

    /// Remembers a command that was run, and gives what is to be said about
    /// it under its reply.
    pub async fn conclude(
        &mut self,
        client: &Client,
        argv: &Argv,
        replies: &Arc<Vec<Reply>>,
        took: Duration,
        known: Preparation,
    ) -> String {
        let mut text = String::new();
        let Some(reply) = replies.last() else {
            return text;
        };
        let queued = matches!(reply, Reply::Status(status) if status == "QUEUED");
        if let Some(step) = known.undo
            && !queued
            && may_have_written(argv, reply)
        {
            self.undo.push(step);
        }
        if self.switches.hints && teach::is_of_the_server(reply) {
            self.learn(client).await;
        }
        if self.switches.hints
            && let Some(hint) = self.quiet_hint(argv, reply, took)
        {
            text.push_str(&self.remark(&hint));
        }
        if !known.looks.is_empty() && !queued {
            text.push_str(&self.differences(client, known.looks, known.at).await);
        }
        let cost_on = self.switches.cost;
        self.remember(argv.clone(), Arc::clone(replies), took);
        // Nobody wants a huge reply in a lesson, nor kept for the session.
        if self.entries.len() < MOST_ENTRIES && !replies.iter().any(is_large) {
            self.entries.push(Entry {
                argv: argv.clone(),
                replies: Arc::clone(replies),
            });
        }
        if cost_on {
            match self.cost(client).await {
                Ok(line) => text.push_str(&self.style.paint(Ink::Dim, line)),
                Err(_) => self.side.drop_connection(),
            }
        }
        text
    }

    /// One sentence about a surprising reply, as it is shown here.
    pub(super) fn quiet_hint(&self, argv: &Argv, reply: &Reply, took: Duration) -> Option<String> {
        let readable = self.switches.utf8 || matches!(self.output, Output::Raw | Output::Json);
        teach::quiet_hint(argv, reply, took, readable, &self.commands, self.lang)
    }

    /// Remembers a command and its replies as the last one, for `:explain`.
    pub fn remember(&mut self, argv: Argv, replies: Arc<Vec<Reply>>, took: Duration) {
        self.last = Some(Last {
            argv,
            replies,
            took,
        });
    }

    /// [`remark`], as wide as this shell.
    pub fn remark(&self, text: &str) -> String {
        remark(text, self.columns, self.style)
    }

    async fn differences(
        &mut self,
        client: &Client,
        looks: Vec<(Vec<u8>, Look)>,
        at: Option<Instant>,
    ) -> String {
        let (lang, style) = (self.lang, self.style);
        let elapsed = at.map_or(Duration::ZERO, |at| at.elapsed());
        let mut text = String::new();
        let Ok(side) = self.side.beside(client).await else {
            return text;
        };
        for (key, before) in looks {
            let Ok(after) = look(side, &key).await else {
                // Nobody knows whether anything has changed.
                return text;
            };
            if let Some(change) = diff::diff(&key, &before, &after, elapsed, lang, style) {
                text.push_str(&change);
            }
        }
        if text.is_empty() {
            text = style.paint(Ink::Dim, lang.pick("= no change\n", "= bez zmian\n"));
        }
        text
    }
}

/// A quiet remark under a reply, broken between words where there is a width.
pub fn remark(text: &str, columns: Option<usize>, style: Style) -> String {
    let (first, later) = ("  ▸ ", "    ");
    let lines = match columns {
        Some(columns) => {
            let options = wrapping(columns).initial_indent(first);
            textwrap::wrap(text, options.subsequent_indent(later))
        }
        None => vec![format!("{first}{text}").into()],
    };
    let lines = lines.iter();
    lines
        .map(|line| style.paint(Ink::Dim, line) + "\n")
        .collect()
}

/// Whether a command that writes may have done so, by its reply: SET with GET
/// answers nil and has written, a script may write before it fails.
fn may_have_written(argv: &Argv, reply: &Reply) -> bool {
    match name_of(argv).as_str() {
        "exec" => *reply != Reply::Nil && !reply.is_error(),
        "eval" | "evalsha" | "fcall" => {
            let not_run = ["NOSCRIPT", "NOAUTH", "NOPERM", "BUSY"];
            !reply
                .error_code()
                .is_some_and(|code| not_run.contains(&code))
        }
        name if TAKES.contains(&name) => *reply != Reply::Nil && !reply.is_error(),
        _ => !reply.is_error(),
    }
}

/// What takes something out, and answers nil where there was nothing or a wait
/// for it was ended.
const TAKES: [&str; 16] = [
    "blmove",
    "blmpop",
    "blpop",
    "brpop",
    "brpoplpush",
    "bzmpop",
    "bzpopmax",
    "bzpopmin",
    "getdel",
    "lmove",
    "lmpop",
    "lpop",
    "rpop",
    "rpoplpush",
    "spop",
    "zmpop",
];

async fn gather(
    side: &mut Client,
    argv: &[Vec<u8>],
    state: &State,
    undo_on: bool,
    diff_on: bool,
    known: &mut Preparation,
) -> Result<(), crate::conn::ConnError> {
    let Some(scope) = scope::scope(side, argv, state).await? else {
        return Ok(());
    };
    let keys = scope.clone().unwrap_or_default();
    if undo_on {
        known.undo = Some(Step::before(side, argv, state.db, scope).await?);
    }
    if diff_on {
        for key in keys.into_iter().take(MOST_DIFFED) {
            let look = look(side, &key).await?;
            known.looks.push((key, look));
        }
        known.at = Some(Instant::now());
    }
    Ok(())
}
