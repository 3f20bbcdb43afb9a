//! Commands from a pipe: each line is run and answered on standard output as
//! redis-cli answers it on a terminal, without banner and prompt.
//!
//! Ordinary commands are pipelined: many are sent before the first reply is
//! read, which changes neither order nor replies. What changes the meaning of
//! later replies, may block, or may end the connection is sent alone.

mod alone;
mod input;
mod lost;
mod pipelined;
mod scan;

pub use scan::Scan;

use super::scripts;
use crate::conn::state::{Argv, name_of};
use crate::conn::{Client, ConnError};
use crate::error::{Error, ExitCode, Result};
use crate::session::line::{self, Line};
use crate::session::teach::about_unreadable;
use crate::session::{Event, Flow, NoHooks, Out, Output, Ran, Session, Shell, Typed};
use catalog::lang::Lang;
use catalog::text;
use input::read_in_thread;
use resp::Reply;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedReceiver};

/// How a pipe is run.
#[derive(Debug, Clone, Copy)]
pub struct PipeOptions {
    /// The form of replies.
    pub output: Output,
    /// `-e`: an error reply makes the exit code 1. That of a command given as
    /// arguments goes to where notes go, and is the last, as redis-cli has it.
    pub fail_on_error: bool,
    /// Say no more than redis-cli does where it writes to no terminal: neither
    /// how messages are left nor which keys have changed for CLIENT TRACKING.
    pub terse: bool,
    /// The language of messages on standard error.
    pub lang: Lang,
}

/// Runs commands from a pipe and writes their replies.
#[derive(Debug)]
pub struct Pipe<W, N> {
    session: Session,
    events: UnboundedReceiver<Event>,
    options: PipeOptions,
    out: W,
    /// Notes for people, which must not disturb the output.
    notes: N,
    pending: VecDeque<Argv>,
    pending_bytes: usize,
    failed: bool,
    /// Its errors go where notes go: one command is run, with `-e`.
    errors_are_notes: bool,
}

/// Whether to go on with the next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Line,
    Leave,
}

impl<W: Write, N: Write> Pipe<W, N> {
    /// A run on this client. Standard error is the usual place for `notes`.
    pub fn new(client: Client, mut shell: Shell, options: PipeOptions, out: W, notes: N) -> Self {
        shell.output = options.output;
        let (tell, events) = Out::new();
        let mut session = Session::new(client, shell, tell);
        // Nobody is there to be asked, and standard output is for replies.
        session.confirm = false;
        session.greets_messages = false;
        Pipe {
            session,
            events,
            options,
            out,
            notes,
            pending: VecDeque::new(),
            pending_bytes: 0,
            failed: false,
            errors_are_notes: false,
        }
    }

    /// Runs every line of `input`, then stays for messages when the lines
    /// subscribed to any.
    ///
    /// # Errors
    /// When the server is lost for good or the output cannot be written.
    pub async fn run(mut self, input: impl Read + Send + 'static) -> Result<ExitCode> {
        let mut chunks = read_in_thread(input);
        let mut buffer: Vec<u8> = Vec::new();
        let mut open = true;
        while open {
            let chunk = self.next_chunk(&mut chunks).await?;
            open = chunk.is_some();
            buffer.extend(chunk.unwrap_or_default());
            let whole = match (open, buffer.iter().rposition(|&byte| byte == b'\n')) {
                (true, None) => continue,
                (true, Some(end)) => end + 1,
                (false, _) => buffer.len(),
            };
            let lines: Vec<u8> = buffer.drain(..whole).collect();
            for line in lines.split_inclusive(|&byte| byte == b'\n') {
                if self.line(line).await? == Next::Leave {
                    self.drain().await?;
                    return self.finish();
                }
            }
            self.drain().await?;
            self.flush_out()?;
        }
        if self.session.client.state.is_subscribed() || self.session.client.state.monitor {
            self.listen().await?;
        }
        self.finish()
    }

    /// Runs one command given as arguments, so many times, with a pause between
    /// two runs.
    ///
    /// # Errors
    /// As [`Pipe::run`], and when a script's file cannot be read.
    pub async fn times(mut self, mut argv: Argv, times: u64, every: Duration) -> Result<ExitCode> {
        scripts::fill_in(&mut argv)?;
        self.errors_are_notes = self.options.fail_on_error;
        for run in 0..times {
            if self.failed && self.options.fail_on_error {
                break;
            }
            if run > 0 {
                self.flush_out()?;
                tokio::time::sleep(every).await;
            }
            self.alone(argv.clone()).await?;
        }
        if self.session.client.state.is_subscribed() || self.session.client.state.monitor {
            self.listen().await?;
        }
        self.finish()
    }

    /// The form of replies now.
    fn output(&self) -> Output {
        self.session.shell.output
    }

    fn finish(mut self) -> Result<ExitCode> {
        self.flush_out()?;
        Ok(if self.failed && self.options.fail_on_error {
            ExitCode::CheckFailed
        } else {
            ExitCode::Ok
        })
    }

    /// Waits for input, showing messages that arrive meanwhile.
    async fn next_chunk(
        &mut self,
        chunks: &mut mpsc::Receiver<io::Result<Vec<u8>>>,
    ) -> Result<Option<Vec<u8>>> {
        loop {
            let connected = self.session.client.is_connected();
            tokio::select! {
                biased;
                chunk = chunks.recv() => {
                    return chunk.transpose().map_err(|error| {
                        Error::usage(text!(
                            "cannot read standard input: {error}",
                            "nie można czytać standardowego wejścia: {error}"
                        ))
                    });
                }
                message = self.session.client.receive(), if connected => match message {
                    Ok(message) => {
                        self.message(&message)?;
                        self.flush_out()?;
                    }
                    Err(error) => self.lost(&error),
                },
            }
        }
    }

    async fn line(&mut self, line: &[u8]) -> Result<Next> {
        if is_protocol(line) {
            self.drain().await?;
            return Err(Error::usage(text!(
                "the input is RESP, the protocol itself: redis-lab reads commands as they are typed, one a line",
                "na wejściu jest RESP, czyli sam protokół: redis-lab czyta polecenia tak, jak się je wpisuje, po jednym w wierszu"
            ))
            .hint(text!(
                "redis-cli --pipe sends such a file as it is",
                "taki plik wysyła bez zmian redis-cli --pipe"
            )));
        }
        match line::read(line) {
            Line::Blank => {}
            Line::Command { mut argv, times } => {
                if let Err(error) = scripts::fill_in(&mut argv) {
                    let text = error.message_in(self.session.shell.lang).to_owned();
                    self.local_error(&text).await?;
                    return Ok(Next::Line);
                }
                for _ in 0..times {
                    self.command(&argv).await?;
                }
            }
            Line::Leave => return Ok(Next::Leave),
            // There is no screen to clear.
            Line::Clear => {}
            Line::Help(_) | Line::Meta(..) => return self.word(line).await,
            Line::Connect(host, port) => {
                self.drain().await?;
                let target = crate::conn::Target::tcp(&host, port)?;
                self.session.client.retarget(target);
            }
            Line::BadRepeat => self.local_error(line::INVALID_REPEAT).await?,
            Line::Unreadable(error) => {
                self.local_error(line::INVALID_ARGUMENTS).await?;
                let text = String::from_utf8_lossy(line);
                let hint = about_unreadable(&text, &error, self.session.shell.lang);
                let _ = writeln!(self.notes, "{}: {hint}", text.trim_end());
            }
        }
        Ok(Next::Line)
    }

    /// Has a line answered by the session.
    async fn word(&mut self, line: &[u8]) -> Result<Next> {
        self.drain().await?;
        let text = String::from_utf8_lossy(line);
        let flow = self.session.line(&Typed::read(&text), &mut NoHooks).await;
        self.tell_events()?;
        match flow {
            Flow::Leave => return Ok(Next::Leave),
            Flow::Stay => {}
            Flow::Wish(wish) => {
                let text = wish.refusal();
                self.local_error(text.pick(self.session.shell.lang)).await?;
            }
        }
        Ok(Next::Line)
    }

    /// Writes what the session has told.
    fn tell_events(&mut self) -> Result<()> {
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::Text(text) => self.write(|out, _| out.write_all(text.as_bytes()))?,
                Event::Refused(text) => {
                    self.failed = true;
                    self.write(|out, output| output.local_error(&text, out))?;
                }
                Event::Message(message) => self.message(&message)?,
                Event::Replies { argv, replies } => {
                    for reply in replies.iter() {
                        self.reply(&argv, reply)?;
                    }
                }
                Event::Question(_) => {}
            }
        }
        Ok(())
    }

    async fn local_error(&mut self, text: &str) -> Result<()> {
        self.drain().await?;
        self.failed = true;
        self.write(|out, output| output.local_error(text, out))
    }

    /// Runs a command by itself, with all that is switched on around it.
    async fn watched(&mut self, argv: &Argv) -> Result<()> {
        self.drain().await?;
        self.reconnect().await?;
        self.flush_out()?;
        let ran = self.session.run(argv, &mut NoHooks).await;
        self.tell_events()?;
        match ran {
            Ran::Lost if name_of(argv) != "shutdown" => Err(ConnError::Closed.into()),
            _ => Ok(()),
        }
    }

    /// Shows messages until the connection ends.
    async fn listen(&mut self) -> Result<()> {
        self.flush_out()?;
        loop {
            let message = self.session.client.receive().await?;
            self.message(&message)?;
            self.flush_out()?;
        }
    }

    fn reply(&mut self, argv: &[Vec<u8>], reply: &Reply) -> Result<()> {
        self.failed |= reply.is_error();
        self.write(|out, output| output.reply(argv, reply, out, None).map(|_| ()))
    }

    fn message(&mut self, message: &Reply) -> Result<()> {
        self.session.client.state.observe_message(message);
        if self.options.terse && is_invalidation(message) {
            return Ok(());
        }
        self.write(|out, output| output.message(message, out))
    }

    fn write(&mut self, write: impl FnOnce(&mut W, Output) -> io::Result<()>) -> Result<()> {
        write(&mut self.out, self.session.shell.output).map_err(|error| Error::output(&error))
    }

    fn flush_out(&mut self) -> Result<()> {
        self.out.flush().map_err(|error| Error::output(&error))
    }
}

fn is_invalidation(message: &Reply) -> bool {
    let Reply::Push(items) = message else {
        return false;
    };
    items.first().and_then(Reply::as_bytes) == Some(b"invalidate")
}

/// Whether a line begins a request as the protocol has it: `*3`. No command is
/// called so.
fn is_protocol(line: &[u8]) -> bool {
    let Some(count) = line.trim_ascii_end().strip_prefix(b"*") else {
        return false;
    };
    !count.is_empty() && count.iter().all(u8::is_ascii_digit)
}
