//! Practice without a terminal: each line is a submission, answered like in
//! the shell; an empty line after success goes on to the next exercise.

use super::coach::Coach;
use crate::conn::Target;
use crate::error::{Error, ExitCode, Result};
use crate::render::style::Ink;
use crate::repl::{Arrival, Client, Hooks as _, Line, Output, Said, read_line};
use catalog::lang::Lang;
use resp::{format, split};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};
use tokio::sync::mpsc;

/// Practice from a pipe.
#[derive(Debug)]
pub struct PipeRun<W> {
    /// Where the answers go.
    pub out: W,
    /// Events, one JSON object a line, instead of text.
    pub json: bool,
    /// The language of messages.
    pub lang: Lang,
}

/// Whether to read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Line,
    Leave,
}

/// Runs every line of `input` as a submission. The exit code tells whether
/// what was begun is solved.
///
/// # Errors
/// When the server is lost or the output cannot be written.
pub async fn run_pipe<W: Write>(
    mut run: PipeRun<W>,
    coach: &mut Coach,
    target: &Target,
    input: impl BufRead + Send + 'static,
) -> Result<ExitCode> {
    let mut lines = read_in_thread(input);
    let mut client = Client::new(target.clone());
    client.connect().await?;
    run.begin(coach, &mut client).await?;
    while let Some(line) = lines.recv().await {
        let line = line.map_err(|error| {
            Error::usage(run.lang.pick(
                format!("cannot read standard input: {error}"),
                format!("nie można czytać standardowego wejścia: {error}"),
            ))
        })?;
        if run.line(&line, coach, &mut client).await? == Next::Leave {
            break;
        }
    }
    if coach.is_solved() || !coach.has_submissions() {
        return Ok(ExitCode::Ok);
    }
    run.unsolved(coach).await?;
    Ok(ExitCode::CheckFailed)
}

impl<W: Write> PipeRun<W> {
    async fn begin(&mut self, coach: &mut Coach, client: &mut Client) -> Result<()> {
        // A connection of its own for each exercise: no open MULTI, no other
        // database is left from the one before.
        client.retarget(client.target().clone());
        let text = coach.begin().await?;
        client.connect().await?;
        let task = coach.task();
        let event = json!({"type": "exercise", "id": task.exercise.id,
            "section": task.section, "title": task.exercise.title});
        self.tell(&text, event)
    }

    async fn line(&mut self, line: &[u8], coach: &mut Coach, client: &mut Client) -> Result<Next> {
        if line.trim_ascii_start().starts_with(b"#") {
            return Ok(Next::Line);
        }
        let text = String::from_utf8_lossy(line);
        let text = text.trim();
        let said = match read_line(line) {
            Line::Blank => coach.blank().await?,
            Line::Leave => return Ok(Next::Leave),
            Line::Meta(name, args) => match coach.word(&name, &args).await {
                Some(said) => said?,
                None => {
                    let message = self.lang.pick(
                        format!("there is no :{name} here"),
                        format!("nie ma tu :{name}"),
                    );
                    Said::text(format!("{message}\n"))
                }
            },
            Line::Command { argv, times } => {
                for _ in 0..times {
                    self.command(&argv, text, coach, client).await?;
                }
                Said::default()
            }
            Line::Clear => Said::default(),
            Line::Help(_) | Line::Connect(..) | Line::BadRepeat => {
                let message = self.lang.pick("not a command", "to nie jest polecenie");
                Said::text(format!("{message}: {text}\n"))
            }
            Line::Unreadable(error) => Said::text(format!("{error}: {text}\n")),
        };
        if !said.text.is_empty() {
            let event = json!({"type": "text", "text": said.text.trim()});
            self.tell(&said.text, event)?;
        }
        if !said.leave {
            return Ok(Next::Line);
        }
        if coach.restarts() {
            self.begin(coach, client).await?;
            return Ok(Next::Line);
        }
        Ok(Next::Leave)
    }

    async fn command(
        &mut self,
        argv: &[Vec<u8>],
        typed: &str,
        coach: &mut Coach,
        client: &mut Client,
    ) -> Result<()> {
        let argv = argv.to_vec();
        let prompt = client.state.prompt("lab");
        let echo = coach
            .view()
            .style
            .paint(Ink::Dim, format!("{prompt}{typed}"));
        self.tell_text(&format!("{echo}\n"))?;
        let mut arrived = Vec::new();
        client.call(&argv, |arrival| arrived.push(arrival)).await?;
        let mut replies: Vec<Value> = Vec::new();
        for arrival in &arrived {
            let mut text = Vec::new();
            let (written, reply) = match arrival {
                Arrival::Reply(reply) => {
                    let written = Output::Pretty.reply(&argv, reply, &mut text, None);
                    (written.map(|_| ()), reply)
                }
                Arrival::Message(message) => (Output::Pretty.message(message, &mut text), message),
            };
            written.map_err(|error| Error::output(&error))?;
            replies.extend(serde_json::from_str::<Value>(&format::to_json(reply)));
            self.tell_text(&String::from_utf8_lossy(&text))?;
        }
        let (solved, notices) = coach.submitted(&argv).await?;
        let event = json!({"type": "command", "text": typed, "replies": replies});
        self.tell(&notices, event)?;
        if solved {
            let task = coach.task();
            let event = json!({"type": "solved", "id": task.exercise.id,
                "learned": task.exercise.learned});
            self.tell(&coach.praise(), event)?;
        }
        Ok(())
    }

    /// The end of the input, with an exercise that was begun and not solved.
    async fn unsolved(&mut self, coach: &mut Coach) -> Result<()> {
        let failed = coach.failing().await?.unwrap_or_default();
        let messages: Vec<&str> = failed
            .iter()
            .map(|failed| failed.message.as_str())
            .collect();
        let task = coach.task();
        let event = json!({"type": "unsolved", "id": task.exercise.id, "missing": messages});
        let heading = self.lang.pick("not solved yet", "jeszcze nierozwiązane");
        let text = format!("\n{heading}: {}\n", task.title());
        let text = text + &coach.view().missing(&failed);
        self.tell(&text, event)
    }

    /// Says something as text or as an event.
    fn tell(&mut self, text: &str, event: Value) -> Result<()> {
        if self.json {
            return self.write(&format!("{event}\n"));
        }
        self.write(text)
    }

    fn tell_text(&mut self, text: &str) -> Result<()> {
        if self.json {
            return Ok(());
        }
        self.write(text)
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush())
            .map_err(|error| Error::output(&error))
    }
}

/// Reads lines in a thread of its own, which ends with the process. A quoted
/// string may span lines; one that never ends is given as it is.
fn read_in_thread(mut input: impl BufRead + Send + 'static) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut line = Vec::new();
        loop {
            let read = input.read_until(b'\n', &mut line);
            let at_end = matches!(read, Ok(0));
            let sent = match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => sender.blocking_send(Err(error)),
                Ok(_) if !at_end && is_unfinished(&line) => continue,
                Ok(_) if at_end && line.is_empty() => return,
                Ok(_) => {
                    let mut whole = std::mem::take(&mut line);
                    while whole.last().is_some_and(|byte| b"\r\n".contains(byte)) {
                        whole.pop();
                    }
                    sender.blocking_send(Ok(whole))
                }
            };
            if sent.is_err() || at_end {
                return;
            }
        }
    });
    receiver
}

fn is_unfinished(line: &[u8]) -> bool {
    let is_comment = line.trim_ascii_start().starts_with(b"#");
    !is_comment && split::split(line).is_err_and(|error| error.needs_more())
}
