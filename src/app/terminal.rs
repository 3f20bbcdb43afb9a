//! The person's side of a run: events written as text or JSON, and the wait
//! for Enter.

use super::context::Context;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::Step;
use crate::live;
use crate::render::style::{Ink, Style};
use crate::render::{Painter, harmless, wrapping};
use crate::runner::{Event, Flow, Host, Stage};
use catalog::lang::{Lang, Text};
use catalog::text;
use crossterm::event::{self, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use std::io::{self, IsTerminal as _, Write as _};

/// Standard output as a lesson's audience.
pub(super) struct Screen {
    painter: Painter,
    style: Style,
    lang: Lang,
    json: bool,
    pauses: bool,
    early: live::Early,
}

/// How many columns the output has: those of the terminal; in a pipe those of
/// `COLUMNS`, where somebody set it, and 80 otherwise.
pub(super) fn columns() -> usize {
    let said = || std::env::var("COLUMNS").ok()?.parse().ok();
    if io::stdout().is_terminal() {
        textwrap::termwidth()
    } else {
        said().filter(|columns| *columns > 0).unwrap_or(80)
    }
}

impl Screen {
    pub(super) fn new(context: &Context, no_pause: bool, plain: bool) -> Screen {
        let style = context.style();
        Screen {
            painter: Painter::new(style, columns(), context.lang).in_words(plain),
            style,
            lang: context.lang,
            json: context.json,
            pauses: context.interactive && !no_pause && !context.json,
            early: live::Early::default(),
        }
    }

    /// Ends the wait for a key, should a signal have come meanwhile.
    pub(super) fn give_back(&self) {
        let _ = terminal::disable_raw_mode();
    }

    /// Begins what the live demos of the steps to come will need.
    pub(super) fn get_ready_for(&mut self, steps: &[Step]) {
        self.early = live::Early::begin(steps);
    }
}

/// Writes to standard output at once; on a terminal nothing but our colours
/// is obeyed, whatever the text contains.
///
/// # Errors
/// As [`Error::output`] says, for a closed pipe too.
pub(super) fn write_out(text: impl AsRef<[u8]>) -> Result<()> {
    let text = text.as_ref();
    if io::stdout().is_terminal() {
        control(harmless::own(&String::from_utf8_lossy(text)).as_bytes())
    } else {
        control(text)
    }
}

/// Writes to standard output what a terminal shall obey.
///
/// # Errors
/// As [`write_out`].
pub(super) fn control(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| Error::output(&error))
}

impl Host for Screen {
    fn event(&mut self, event: Event) -> Result<()> {
        let text = if self.json {
            format!("{}\n", event.to_json())
        } else {
            self.painter.paint(&event)
        };
        if text.is_empty() {
            return Ok(());
        }
        write_out(&text)
    }

    async fn pause(&mut self) -> Result<Flow> {
        if !self.pauses {
            return Ok(Flow::Continue);
        }
        let prompt = self
            .lang
            .pick("Enter: next · q: quit", "Enter: dalej · q: wyjdź");
        write_out(format!("{} ", self.style.paint(Ink::Dim, prompt)))?;
        let key = tokio::task::spawn_blocking(read_key)
            .await
            .map_err(|error| Error::check(Text::same(error.to_string())))?;
        // Take the prompt away again: what stays on screen is the lesson.
        control(b"\r\x1b[K")?;
        match key? {
            Key::On => Ok(Flow::Continue),
            Key::Leave => Ok(Flow::Leave),
            Key::Interrupt => Err(Error::interrupted()),
        }
    }

    async fn demo(&mut self, name: &str, stage: &Stage) -> Result<()> {
        let mut early = std::mem::take(&mut self.early);
        let outcome = early
            .run(name, stage, self.lang, &mut |event| self.event(event))
            .await;
        self.early = early;
        outcome
    }
}

enum Key {
    On,
    Leave,
    Interrupt,
}

/// Puts the terminal back to line mode however the reading ends.
struct RawMode;

impl Drop for RawMode {
    fn drop(&mut self) {
        let _ = terminal::disable_raw_mode();
    }
}

/// Waits for one key. In raw mode Ctrl-C is a key like any other.
fn read_key() -> Result<Key> {
    let failed = |error: io::Error| {
        Error::check(text!("cannot read a key", "nie można odczytać klawisza")).because(&error)
    };
    terminal::enable_raw_mode().map_err(failed)?;
    let _raw = RawMode;
    loop {
        let event::Event::Key(key) = event::read().map_err(failed)? else {
            continue;
        };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match key.code {
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Ok(Key::Interrupt);
            }
            KeyCode::Char('q' | 'Q') | KeyCode::Esc => return Ok(Key::Leave),
            KeyCode::Enter | KeyCode::Char(' ') | KeyCode::Right | KeyCode::PageDown => {
                return Ok(Key::On);
            }
            _ => {}
        }
    }
}

/// Writes to standard output; a closed pipe is a quiet success.
pub(super) fn print(bytes: &[u8]) -> Result<ExitCode> {
    match write_out(bytes) {
        Err(error) if !error.is_closed_pipe() => Err(error),
        _ => Ok(ExitCode::Ok),
    }
}

/// Says something beside the output, in one line.
pub(super) fn remark(text: &str) {
    beside(&wrapped(&format!("redis-lab: {text}")));
}

/// Writes a line to standard error, with nothing for a terminal to obey.
pub(super) fn beside(line: &str) {
    if io::stderr().is_terminal() {
        raw_beside(&format!("{}\n", harmless::foreign(line)));
    } else {
        raw_beside(&format!("{line}\n"));
    }
}

/// Writes to standard error as it is. Nobody may be left to read it: the
/// terminal is closed, the pipe has ended.
pub(super) fn raw_beside(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// A sentence broken between words for a terminal. What has lines of its own,
/// such as a report with a caret, is left as it is, and so is what a program
/// may read.
pub(super) fn wrapped(text: &str) -> String {
    if text.contains('\n') || !io::stderr().is_terminal() {
        return text.to_owned();
    }
    let options = wrapping(textwrap::termwidth()).subsequent_indent("    ");
    textwrap::fill(text, options)
}
