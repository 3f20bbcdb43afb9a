//! What a mode such as practice adds to the shell: words of its own, commands
//! it takes upon itself, and something that happens after each command.

use super::event::Out;
use super::line::Typed;
use super::shell::Shell;
use super::word::Word;
use crate::conn::state::Argv;
use crate::conn::{Client, Stop};
use crate::error::Result;
use catalog::lang::Text;
use resp::Reply;

/// What a hook has to say, and whether the shell goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Text for the screen, with its line ends.
    pub text: String,
    /// The shell ends after showing it.
    pub leave: bool,
}

impl Said {
    /// Something to show; the shell goes on.
    pub fn text(text: impl Into<String>) -> Said {
        Said {
            text: text.into(),
            leave: false,
        }
    }
}

/// What a mode works with while the shell waits for it.
#[derive(Debug)]
pub struct Desk<'a> {
    /// The connection that the prompt shows.
    pub client: &'a mut Client,
    /// What the shell remembers.
    pub shell: &'a mut Shell,
    /// What the prompt calls the connection.
    pub label: &'a mut String,
    /// For what cannot wait until the hook is done.
    pub out: &'a Out,
    /// Ctrl-C.
    pub stop: &'a Stop,
}

/// What Enter on an empty prompt does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It runs this command, which can be taken into the line.
    Command(String),
    /// It does what is said in brackets, which cannot.
    Words(String),
}

/// What stands at the right edge of a terminal while a line is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// So many columns are kept from everything else.
    pub columns: usize,
    /// From the top down, none wider than that.
    pub lines: Vec<String>,
}

/// What a mode adds to the shell. Every method may be left out.
pub trait Hooks {
    /// Words of the mode (`:hint`), shown by `:help` and completed.
    fn words(&self) -> Vec<Word> {
        Vec::new()
    }

    /// The shell has begun, and its first prompt is still to come.
    fn begin(&mut self, desk: Desk<'_>) -> impl Future<Output = Result<Said>> {
        let _ = desk;
        async { Ok(Said::default()) }
    }

    /// Whether keys that were pressed before the prompt stood are dropped,
    /// since nobody can have meant them for what it asks.
    fn drops_early_keys(&self) -> bool {
        false
    }

    /// What Enter on an empty prompt does next, where it does anything.
    fn next(&self) -> Option<Next> {
        None
    }

    /// What stands beside the next prompt, where anything does.
    fn aside(&mut self, desk: Desk<'_>) -> impl Future<Output = Option<Aside>> {
        let _ = desk;
        async { None }
    }

    /// Answers a word of the mode; `None` when it is not one.
    fn word(
        &mut self,
        desk: Desk<'_>,
        name: &str,
        args: &[String],
    ) -> impl Future<Output = Option<Result<Said>>> {
        let _ = (desk, name, args);
        async { None }
    }

    /// A line was typed that may be no command but an answer, whatever it would
    /// be otherwise: `1 0` is not once the command `0`. `None` leaves it to the
    /// shell.
    fn answer(
        &mut self,
        desk: Desk<'_>,
        typed: &Typed<'_>,
    ) -> impl Future<Output = Option<Result<Said>>> {
        let _ = (desk, typed);
        async { None }
    }

    /// A command was typed; `None` leaves it to the shell.
    fn before(
        &mut self,
        desk: Desk<'_>,
        argv: &Argv,
    ) -> impl Future<Output = Option<Result<Said>>> {
        let _ = (desk, argv);
        async { None }
    }

    /// Why a command should be asked about before it is sent, where the mode
    /// knows a reason that the shell does not.
    fn warns(&self, argv: &Argv) -> Option<Text> {
        let _ = argv;
        None
    }

    /// A command has been run and its reply shown.
    fn after(
        &mut self,
        desk: Desk<'_>,
        argv: &Argv,
        replies: &[Reply],
    ) -> impl Future<Output = Result<Said>> {
        let _ = (desk, argv, replies);
        async { Ok(Said::default()) }
    }

    /// Enter was pressed on an empty line.
    fn blank(&mut self, desk: Desk<'_>) -> impl Future<Output = Result<Said>> {
        let _ = desk;
        async { Ok(Said::default()) }
    }

    /// Waits for something that has to be told while a line is edited, and has
    /// nothing to do with it. Cancel-safe.
    fn late(&mut self) -> impl Future<Output = String> {
        std::future::pending()
    }

    /// Ctrl-C was pressed on an empty line; `None` leaves it to the shell.
    fn interrupted(&mut self) -> Option<Said> {
        None
    }
}

/// The shell by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {}
