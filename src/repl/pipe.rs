//! Commands from a pipe: each line is run and answered on standard output as
//! redis-cli answers it on a terminal, without banner and prompt.
//!
//! Ordinary commands are pipelined: many are sent before the first reply is
//! read, which changes neither order nor replies. What changes the meaning of
//! later replies, may block, or may end the connection is sent alone.

mod alone;
mod input;

use super::client::{Arrival, Client};
use super::line::{self, Line};
use super::output::Output;
use super::state::{Argv, name_of};
use super::teach::about_unreadable;
use crate::conn::ConnError;
use crate::error::{Error, ExitCode, Result};
use alone::must_be_alone;
use catalog::lang::Lang;
use input::read_in_thread;
use resp::Reply;
use resp::split::quote_all;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// So many request bytes are under way at once: fewer than the buffers of a
/// socket hold, so that neither side can wait for the other to read.
const IN_FLIGHT_BYTES: usize = 16 * 1024;
const IN_FLIGHT_COMMANDS: usize = 1024;

/// How long a lost server is tried again before the run is given up.
const RECONNECT: Duration = Duration::from_secs(3);

/// redis-cli tells the time of commands that took this long.
pub(super) const SLOW: Duration = Duration::from_millis(500);

/// What happens to lines that are not for the server.
pub trait Words {
    /// `help ...`.
    fn help(&mut self, topic: &[String]) -> String;
    /// `:name ...`; runs on the connection.
    fn meta(
        &mut self,
        client: &mut Client,
        name: &str,
        args: &[String],
    ) -> impl Future<Output = Result<String>>;
}

/// How a pipe is run.
#[derive(Debug, Clone, Copy)]
pub struct PipeOptions {
    /// The form of replies.
    pub output: Output,
    /// `-e`: an error reply makes the exit code 1.
    pub fail_on_error: bool,
    /// The language of messages on standard error.
    pub lang: Lang,
}

/// Runs commands from a pipe and writes their replies.
#[derive(Debug)]
pub struct Pipe<'a, W, N> {
    client: &'a mut Client,
    options: PipeOptions,
    out: W,
    /// Notes for people, which must not disturb the output.
    notes: N,
    pending: VecDeque<Argv>,
    pending_bytes: usize,
    failed: bool,
}

/// Whether to go on with the next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Line,
    Leave,
}

impl<'a, W: Write, N: Write> Pipe<'a, W, N> {
    /// A run on this client. Standard error is the usual place for `notes`.
    pub fn new(client: &'a mut Client, options: PipeOptions, out: W, notes: N) -> Self {
        Pipe {
            client,
            options,
            out,
            notes,
            pending: VecDeque::new(),
            pending_bytes: 0,
            failed: false,
        }
    }

    /// Runs every line of `input`, then stays for messages when the lines
    /// subscribed to any.
    ///
    /// # Errors
    /// When the server is lost for good or the output cannot be written.
    pub async fn run(
        mut self,
        input: impl Read + Send + 'static,
        words: &mut impl Words,
    ) -> Result<ExitCode> {
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
                if self.line(line, words).await? == Next::Leave {
                    self.drain().await?;
                    return self.finish();
                }
            }
            self.drain().await?;
            self.flush_out()?;
        }
        if self.client.state.is_subscribed() || self.client.state.monitor {
            self.listen().await?;
        }
        self.finish()
    }

    /// Runs one command given as arguments.
    ///
    /// # Errors
    /// As [`Pipe::run`].
    pub async fn once(mut self, argv: Argv) -> Result<ExitCode> {
        self.alone(argv).await?;
        if self.client.state.is_subscribed() || self.client.state.monitor {
            self.listen().await?;
        }
        self.finish()
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
            let connected = self.client.is_connected();
            tokio::select! {
                biased;
                chunk = chunks.recv() => {
                    return chunk.transpose().map_err(|error| {
                        Error::usage( (format!("cannot read standard input: {error}"), format!("nie można czytać standardowego wejścia: {error}")))
                    });
                }
                message = self.client.receive(), if connected => match message {
                    Ok(message) => {
                        self.message(&message)?;
                        self.flush_out()?;
                    }
                    Err(error) => self.lost(&error),
                },
            }
        }
    }

    async fn line(&mut self, line: &[u8], words: &mut impl Words) -> Result<Next> {
        match line::read(line) {
            Line::Blank => {}
            Line::Command { argv, times } => {
                for _ in 0..times {
                    self.command(&argv).await?;
                }
            }
            Line::Leave => return Ok(Next::Leave),
            // There is no screen to clear.
            Line::Clear => {}
            Line::Help(topic) => {
                self.drain().await?;
                let text = words.help(&topic);
                self.write(|out, _| out.write_all(text.as_bytes()))?;
            }
            Line::Meta(name, args) => {
                self.drain().await?;
                let text = words.meta(self.client, &name, &args).await;
                match text {
                    Ok(text) => self.write(|out, _| out.write_all(text.as_bytes()))?,
                    Err(error) => {
                        self.failed = true;
                        self.write(|out, output| output.local_error(&error.message, out))?;
                    }
                }
            }
            Line::Connect(host, port) => {
                self.drain().await?;
                self.client.retarget(crate::conn::Target::tcp(&host, port)?);
            }
            Line::BadRepeat => self.local_error(line::INVALID_REPEAT).await?,
            Line::Unreadable(error) => {
                self.local_error(line::INVALID_ARGUMENTS).await?;
                let text = String::from_utf8_lossy(line);
                let hint = about_unreadable(&text, &error, self.options.lang);
                let _ = writeln!(self.notes, "{}: {hint}", text.trim_end());
            }
        }
        Ok(Next::Line)
    }

    async fn local_error(&mut self, text: &str) -> Result<()> {
        self.drain().await?;
        self.failed = true;
        self.write(|out, output| output.local_error(text, out))
    }

    async fn command(&mut self, argv: &Argv) -> Result<()> {
        if must_be_alone(argv) || self.client.state.lost_transaction {
            return self.alone(argv.clone()).await;
        }
        let bytes: usize = argv.iter().map(|arg| arg.len() + 16).sum();
        if !self.pending.is_empty() && self.pending_bytes + bytes > IN_FLIGHT_BYTES {
            self.drain().await?;
        }
        self.pending.push_back(argv.clone());
        self.pending_bytes += bytes;
        if self.pending.len() >= IN_FLIGHT_COMMANDS {
            self.drain().await?;
        }
        Ok(())
    }

    /// Sends what is pending and writes every reply.
    async fn drain(&mut self) -> Result<()> {
        self.pending_bytes = 0;
        if self.pending.is_empty() {
            return Ok(());
        }
        self.reconnect().await?;
        if self.client.state.lost_transaction {
            // Lost while idle, with the transaction open: none may be sent.
            while let Some(argv) = self.pending.pop_front() {
                self.alone_now(&argv).await?;
            }
            return Ok(());
        }
        for argv in &self.pending {
            self.client.queue(argv);
        }
        if let Err(error) = self.client.flush().await {
            return self.lost_in_flight(error);
        }
        while let Some(argv) = self.pending.pop_front() {
            loop {
                let reply = match self.next_reply().await? {
                    Ok(reply) => reply,
                    Err(error) => {
                        self.pending.push_front(argv);
                        return self.lost_in_flight(error);
                    }
                };
                if self.client.state.is_message(&reply) {
                    self.message(&reply)?;
                    continue;
                }
                self.client.state.observe(&argv, &reply);
                self.reply(&argv, &reply)?;
                break;
            }
        }
        Ok(())
    }

    /// The next reply; what was written is shown before waiting for it.
    async fn next_reply(&mut self) -> Result<std::result::Result<Reply, ConnError>> {
        match self.client.try_receive() {
            Ok(Some(reply)) => return Ok(Ok(reply)),
            Ok(None) => {}
            Err(error) => return Ok(Err(error)),
        }
        self.flush_out()?;
        Ok(self.client.receive().await)
    }

    async fn alone(&mut self, argv: Argv) -> Result<()> {
        self.drain().await?;
        self.alone_now(&argv).await
    }

    async fn alone_now(&mut self, argv: &Argv) -> Result<()> {
        if let Some(refusal) = self.client.state.refuse_lost(argv) {
            return self.reply(argv, &refusal);
        }
        self.reconnect().await?;
        let name = name_of(argv);
        if self.options.output == Output::Pretty
            && self.client.state.transaction.is_none()
            && matches!(name.as_str(), "subscribe" | "psubscribe" | "ssubscribe")
        {
            self.write(|out, _| writeln!(out, "Reading messages... (press Ctrl-C to quit)"))?;
        }
        self.flush_out()?;
        let started = Instant::now();
        let (output, out, failed) = (self.options.output, &mut self.out, &mut self.failed);
        let mut written = Ok(());
        let called = self
            .client
            .call(argv, |arrival| {
                let result = match &arrival {
                    Arrival::Reply(reply) => {
                        *failed |= reply.is_error();
                        output.reply(argv, reply, out, None).map(|_| ())
                    }
                    Arrival::Message(message) => output.message(message, out),
                };
                if written.is_ok() {
                    written = result.and_then(|()| out.flush());
                }
            })
            .await;
        written.map_err(|error| Error::output(&error))?;
        let elapsed = started.elapsed();
        if elapsed >= SLOW && output == Output::Pretty {
            self.write(|out, _| writeln!(out, "({:.2}s)", elapsed.as_secs_f64()))?;
        }
        match called {
            // A server that is told to stop closes the connection.
            Err(ConnError::Closed) if name == "shutdown" => {
                self.client.disconnect();
                Ok(())
            }
            Err(error) => {
                self.pending.push_front(argv.clone());
                self.lost_in_flight(error)
            }
            // Whoever was killed may have been this connection: ask now, while
            // nothing is in flight.
            Ok(()) if name == "client" && self.client.ask(&["PING"]).await.is_err() => {
                self.lost(&ConnError::Closed);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Connects again if need be, for a little while.
    async fn reconnect(&mut self) -> Result<()> {
        let deadline = Instant::now() + RECONNECT;
        loop {
            match self.client.connect().await {
                Ok(()) => return Ok(()),
                Err(error @ ConnError::Login(_)) => return Err(error.into()),
                Err(error) if Instant::now() >= deadline => {
                    self.flush_out()?;
                    return Err(error.into());
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// The connection was lost with nothing in flight: it is restored with
    /// the next command.
    fn lost(&mut self, error: &ConnError) {
        let losses = self.client.state.losses(self.options.lang);
        self.client.disconnect();
        let lang = self.options.lang;
        let _ = write!(self.notes, "redis-lab: {}", error.text(lang));
        if !losses.is_empty() {
            let lost = lang.pick("lost", "przepadło");
            let _ = write!(self.notes, "; {lost}: {}", losses.join(", "));
        }
        let _ = writeln!(self.notes);
    }

    /// The connection was lost while commands waited for their replies: it is
    /// not known which of them were run, so none may be sent again.
    fn lost_in_flight(&mut self, error: ConnError) -> Result<()> {
        self.flush_out()?;
        let first = self.pending.front().map(|argv| quote_all(argv));
        let n = self.pending.len();
        self.lost(&error);
        let first = first.unwrap_or_default();
        let lang = self.options.lang;
        let error = error.text(lang);
        Err(Error::server(lang.pick(
            format!("{error}; commands without a reply: {n}, the first is: {first}"),
            format!("{error}; polecenia bez odpowiedzi: {n}, pierwsze z nich: {first}"),
        ))
        .hint(lang.pick(
            "whether they were run is not known, so they were not sent again",
            "nie wiadomo, czy się wykonały, więc nie wysłano ich ponownie",
        )))
    }

    /// Shows messages until the connection ends.
    async fn listen(&mut self) -> Result<()> {
        self.flush_out()?;
        loop {
            let message = self.client.receive().await?;
            self.message(&message)?;
            self.flush_out()?;
        }
    }

    fn reply(&mut self, argv: &[Vec<u8>], reply: &Reply) -> Result<()> {
        self.failed |= reply.is_error();
        self.write(|out, output| output.reply(argv, reply, out, None).map(|_| ()))
    }

    fn message(&mut self, message: &Reply) -> Result<()> {
        self.write(|out, output| output.message(message, out))
    }

    fn write(&mut self, write: impl FnOnce(&mut W, Output) -> io::Result<()>) -> Result<()> {
        write(&mut self.out, self.options.output).map_err(|error| Error::output(&error))
    }

    fn flush_out(&mut self) -> Result<()> {
        self.out.flush().map_err(|error| Error::output(&error))
    }
}
