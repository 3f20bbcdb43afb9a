//! What a mode such as practice adds to the shell: words of its own, and
//! something that happens after each command.

use super::help::MetaCommand;
use super::state::Argv;
use crate::error::Result;
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

/// What a mode adds to the shell. Every method may be left out.
pub trait Hooks {
    /// Words of the mode (`:hint`), shown by `:help` and completed.
    fn words(&self) -> Vec<MetaCommand> {
        Vec::new()
    }

    /// Answers a word of the mode; `None` when it is not one.
    fn word(&mut self, name: &str, args: &[String]) -> impl Future<Output = Option<Result<Said>>> {
        let _ = (name, args);
        async { None }
    }

    /// A command has been run and its reply shown.
    fn after(&mut self, argv: &Argv, replies: &[Reply]) -> impl Future<Output = Result<Said>> {
        let _ = (argv, replies);
        async { Ok(Said::default()) }
    }

    /// Enter was pressed on an empty line.
    fn blank(&mut self) -> impl Future<Output = Result<Said>> {
        async { Ok(Said::default()) }
    }
}

/// The shell by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {}
