//! What the interactive shell writes to the terminal.

use super::config::Paging;
use super::interrupts::Interrupts;
use super::programs;
use super::readable::Readable;
use super::short::{MOST_LINES, MOST_LINES_OF_REPORT, Rest};
use super::wording::{Form, begin, left, message_text, plain_text, shown};
use crate::conn::Stop;
use crate::conn::state::Argv;
use crate::error::{Error, Result};
use crate::render::harmless::{Harmless, foreign, own};
use crate::render::style::Ink;
use crate::session::Aside;
use crate::session::Event;
use crate::session::output::is_large;
use catalog::text;
use futures_util::FutureExt as _;
use resp::Reply;
use resp::format::{self, Printed};
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use terminal_size::{Height, Width, terminal_size};

/// A reply that was not shown to its end.
#[derive(Debug, Clone)]
struct Cut {
    argv: Argv,
    replies: Arc<Vec<Reply>>,
    /// Which of the replies.
    at: usize,
    /// So many bytes of its text were shown.
    shown: usize,
}

/// The terminal, with the key that ends what runs.
#[derive(Debug)]
pub struct Screen {
    interrupts: Interrupts,
    stop: Stop,
    /// `:pager`.
    pub paging: Paging,
    /// Of long replies only the beginning is shown.
    short: bool,
    cut: Option<Cut>,
    /// Columns at the right edge that are kept for what stands there.
    beside: usize,
    /// How many columns the terminal had when that was put there.
    wide: usize,
}

/// A text whose long lines go on below, as a terminal of so many columns would
/// show them.
fn folded(text: &str, columns: usize) -> String {
    let options = textwrap::Options::new(columns);
    let lines = text.split_inclusive('\n').map(|line| {
        if textwrap::core::display_width(line) <= columns {
            return line.to_owned();
        }
        let end = if line.ends_with('\n') { "\n" } else { "" };
        textwrap::fill(line.trim_end_matches('\n'), &options) + end
    });
    lines.collect()
}

/// How many columns and rows the terminal has.
pub fn size() -> (usize, usize) {
    let (columns, rows) =
        terminal_size().map_or((80, 24), |(Width(columns), Height(rows))| (columns, rows));
    (usize::from(columns.max(20)), usize::from(rows.max(4)))
}

impl Screen {
    /// Standard output. Ctrl-C presses `stop`.
    pub fn new(stop: Stop, paging: Paging, short: bool) -> Screen {
        Screen {
            interrupts: Interrupts::new(),
            stop,
            paging,
            short,
            cut: None,
            beside: 0,
            wide: 0,
        }
    }

    /// How many columns there are for what is shown.
    pub fn columns(&self) -> usize {
        size().0 - self.beside
    }

    /// Puts this at the right edge, from the top down, and leaves the cursor
    /// where it is; with `None` nothing stands there any more.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn aside(&mut self, aside: Option<&Aside>) -> Result<()> {
        let (columns, rows) = size();
        // A terminal of another width may have moved it anywhere.
        let before = if columns == self.wide { self.beside } else { 0 };
        self.beside = aside.map_or(0, |aside| aside.columns);
        self.wide = columns;
        let kept = before.max(self.beside);
        if kept == 0 {
            return Ok(());
        }
        if before == 0 {
            // What was written over the whole width is not to be covered.
            self.control(&"\n".repeat(rows))?;
        }
        let mut text = "\x1b7".to_owned();
        let lines = aside.into_iter().flat_map(|aside| &aside.lines);
        let lines = lines.map(String::as_str).chain(std::iter::repeat(""));
        // All rows: what stood there may have moved up with the text.
        for (row, line) in (1..rows).zip(lines) {
            let column = columns - kept + 1;
            text.push_str(&format!("\x1b[{row};{column}H\x1b[K{}", own(line)));
        }
        text.push_str("\x1b8");
        self.control(&text)
    }

    /// Has the user edit a file.
    ///
    /// # Errors
    /// When there is no editor, or it fails.
    pub async fn edit(&mut self, file: &std::path::Path) -> Result<()> {
        programs::edit(file, &mut self.interrupts).await
    }

    /// Waits for Ctrl-C, and presses the key. Cancel-safe.
    pub async fn interrupted(&mut self) {
        self.interrupts.pressed().await;
        self.stop.press();
    }

    /// Whether Ctrl-C has been pressed since it was last waited for or asked
    /// about.
    pub fn was_interrupted(&mut self) -> bool {
        self.interrupts.pressed().now_or_never().is_some()
    }

    /// Shows a text of ours.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn show(&mut self, text: &str) -> Result<()> {
        let text = own(text);
        match self.beside {
            0 => self.control(&text),
            _ => self.control(&folded(&text, self.columns())),
        }
    }

    /// Writes what the terminal shall obey.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn control(&mut self, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|error| Error::terminal(&error))
    }

    /// Clears the screen.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn clear(&mut self) -> Result<()> {
        self.control("\x1b[H\x1b[2J")
    }

    /// Shows an event; gives back the question that it asks. The replies for a
    /// program become its input instead.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn event(
        &mut self,
        event: Event,
        form: Form,
        program: Option<&str>,
    ) -> Result<Option<String>> {
        match event {
            Event::Text(text) => self.show(&text)?,
            Event::Refused(text) => self.show(&format!("{text}\n"))?,
            Event::Message(message) => self.show(&message_text(&message, form.style))?,
            Event::Question(question) => return Ok(Some(question)),
            Event::Replies { argv, replies } => match program {
                None => self.reply(&argv, &replies, form).await?,
                Some(program) => {
                    let input = plain_text(&argv, &replies);
                    self.run_program(program, input, form).await?;
                }
            },
        }
        Ok(None)
    }

    /// Shows the replies of a command: of a long one the beginning, or all of
    /// it in the pager. Ctrl-C stops what takes long.
    ///
    /// # Errors
    /// When the terminal is gone.
    async fn reply(&mut self, argv: &Argv, replies: &Arc<Vec<Reply>>, form: Form) -> Result<()> {
        let (_, rows) = size();
        self.cut = None;
        for (at, reply) in replies.iter().enumerate() {
            let cut = Cut {
                argv: argv.clone(),
                replies: Arc::clone(replies),
                at,
                shown: 0,
            };
            let page = match self.paging {
                Paging::Off => None,
                Paging::On => Some(1),
                // The command and the next prompt stand on the screen as well.
                Paging::Auto => Some(rows - 2),
            };
            if let Some(lines) = page
                && begin(argv, reply, form.output, lines).1
                && let Some(program) = programs::pager()
            {
                self.page(&cut, &program, form).await?;
                continue;
            }
            let lines = if !self.short {
                usize::MAX
            } else if format::is_report(argv) {
                MOST_LINES_OF_REPORT
            } else {
                MOST_LINES
            };
            if !self.short && is_large(reply) {
                self.rest(cut, form).await?;
                continue;
            }
            let (text, is_cut) = begin(argv, reply, form.output, lines);
            self.show(&foreign(&shown(&text, form)))?;
            if is_cut {
                let more = left(argv, reply, form, &text);
                let cut = Cut {
                    shown: text.len(),
                    ..cut
                };
                if !text.ends_with(b"\n") {
                    self.control("\n")?;
                }
                let more = form.style.paint(Ink::Dim, format!("… {more}"));
                self.show(&format!("{more}\n"))?;
                self.cut = Some(cut);
            }
        }
        Ok(())
    }

    /// `:more`: what was left out of the last reply, in the pager where there
    /// is to be one.
    ///
    /// # Errors
    /// When nothing was left out, or the terminal is gone.
    pub async fn more(&mut self, form: Form) -> Result<()> {
        let Some(cut) = self.cut.take() else {
            return Err(Error::usage(text!(
                "nothing was left out of the last reply",
                "z ostatniej odpowiedzi niczego nie pominięto"
            )));
        };
        match programs::pager() {
            Some(program) if self.paging != Paging::Off => self.page(&cut, &program, form).await,
            _ => self.rest(cut, form).await,
        }
    }

    /// A whole reply in the pager.
    async fn page(&mut self, cut: &Cut, program: &str, form: Form) -> Result<()> {
        let mut text = Vec::new();
        let _ = form
            .output
            .reply(&cut.argv, &cut.replies[cut.at], &mut text, None)
            .map_err(|error| Error::terminal(&error))?;
        let text = foreign(&shown(&text, form)).into_owned();
        self.run_program(program, text.into_bytes(), form).await
    }

    /// A reply from where it was cut; Ctrl-C stops it.
    async fn rest(&mut self, cut: Cut, form: Form) -> Result<()> {
        let cancel = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancel);
        let print = tokio::task::spawn_blocking(move || {
            let screen = BufWriter::with_capacity(16 * 1024, io::stdout());
            let screen = Harmless::foreign(screen);
            let mut out = Rest::new(cut.shown, Readable::new(form.utf8, screen));
            let Cut {
                argv, replies, at, ..
            } = &cut;
            let printed = form
                .output
                .reply(argv, &replies[*at], &mut out, Some(&flag))?;
            if printed == Printed::Cut {
                out.write_all(b"\n...\n")?;
            }
            out.flush()
        });
        tokio::pin!(print);
        loop {
            tokio::select! {
                done = &mut print => {
                    return match done {
                        Ok(Ok(())) => Ok(()),
                        Ok(Err(error)) => Err(Error::terminal(&error)),
                        Err(error) => Err(Error::terminal(&io::Error::other(error))),
                    };
                }
                () = self.interrupted() => cancel.store(true, Ordering::Relaxed),
            }
        }
    }

    /// Runs a program with this input; says so where it cannot be started.
    async fn run_program(&mut self, program: &str, input: Vec<u8>, form: Form) -> Result<()> {
        if let Err(error) = programs::fed(program, input, &mut self.interrupts).await {
            let text = error.message_in(form.lang);
            self.show(&format!("{}\n", form.style.paint(Ink::Bad, text)))?;
        }
        Ok(())
    }
}
