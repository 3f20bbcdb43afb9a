//! `:lesson` in every interactive shell: by itself, in practice, and behind
//! Tab in the walkthrough.

use super::context::Context;
use super::{first_screen, section};
use crate::cli::lesson::SectionArgs;
use crate::conn::state::Argv;
use crate::error::{ExitCode, Result};
use crate::lesson::Library;
use crate::session::word::Word;
use crate::session::{Desk, Hooks, Next, Said, Typed};
use catalog::lang::Text;
use resp::Reply;

/// What a mode adds to the shell, and `:lesson`. A lesson runs on a private
/// server of its own (or on the one given by `--url`), so that it finds the
/// keys it expects and the shell's keys stay as they are.
pub(super) struct WithLessons<'a, H> {
    pub(super) context: &'a Context,
    /// The mode's own.
    pub(super) mode: H,
}

impl<H: Hooks> Hooks for WithLessons<'_, H> {
    fn words(&self) -> Vec<Word> {
        self.mode.words()
    }

    fn next(&self) -> Option<Next> {
        self.mode.next()
    }

    async fn begin(&mut self, desk: Desk<'_>) -> Result<Said> {
        self.mode.begin(desk).await
    }

    fn drops_early_keys(&self) -> bool {
        self.mode.drops_early_keys()
    }

    async fn answer(&mut self, desk: Desk<'_>, typed: &Typed<'_>) -> Option<Result<Said>> {
        self.mode.answer(desk, typed).await
    }

    async fn before(&mut self, desk: Desk<'_>, argv: &Argv) -> Option<Result<Said>> {
        self.mode.before(desk, argv).await
    }

    fn warns(&self, argv: &Argv) -> Option<Text> {
        self.mode.warns(argv)
    }

    async fn late(&mut self) -> String {
        self.mode.late().await
    }

    fn interrupted(&mut self) -> Option<Said> {
        self.mode.interrupted()
    }

    async fn word(&mut self, desk: Desk<'_>, name: &str, args: &[String]) -> Option<Result<Said>> {
        if !name.eq_ignore_ascii_case("lesson") {
            return self.mode.word(desk, name, args).await;
        }
        let Some(wanted) = args.first() else {
            return Some(first_screen::show(self.context).map(|_| Said::default()));
        };
        Some(self.lesson(wanted).await)
    }

    async fn after(&mut self, desk: Desk<'_>, argv: &Argv, replies: &[Reply]) -> Result<Said> {
        self.mode.after(desk, argv, replies).await
    }

    async fn blank(&mut self, desk: Desk<'_>) -> Result<Said> {
        self.mode.blank(desk).await
    }
}

impl<H> WithLessons<'_, H> {
    /// Runs the lesson of a section or a part of one.
    async fn lesson(&self, wanted: &str) -> Result<Said> {
        let library = Library::new(self.context.lessons.as_deref());
        let found = library.find(wanted, self.context.lang)?;
        // Where there is none, running it says so.
        let (id, part) = found.unwrap_or_else(|| (wanted.to_owned(), None));
        let args = SectionArgs::default();
        // Boxed: a shell within a lesson within a shell is a large future.
        let run = section::run(self.context, &id, part.as_deref(), &args);
        match Box::pin(run).await {
            Ok(_) => Ok(Said::default()),
            // Ctrl-C ends the lesson and comes back here.
            Err(error) if error.exit == ExitCode::Interrupted => Ok(Said::default()),
            Err(error) => Err(error),
        }
    }
}
