//! Practice without a terminal: each line is a submission, answered like in
//! the shell; an empty line after success goes on to the next exercise.

use super::coach::Coach;
use crate::conn::{Client, ConnError, Target};
use crate::error::{Error, ExitCode, Result};
use crate::render::style::Ink;
use crate::session::line::Line;
use crate::session::{Event, Flow, Out, Output, Session, Shell, Switches, Typed};
use catalog::lang::Lang;
use catalog::text;
use resp::{format, split};
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};
use tokio::sync::mpsc::{self, UnboundedReceiver};

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
    let switches = Switches {
        hints: false,
        ..Switches::default()
    };
    let (out, mut events) = Out::new();
    let shell = Shell::new(run.lang, coach.view().style, switches);
    let mut session = Session::new(Client::new(target.clone()), shell, out);
    session.greets_messages = false;
    run.begin(coach, &mut session).await?;
    while let Some(line) = lines.recv().await {
        let line = line.map_err(|error| {
            Error::usage(text!(
                "cannot read standard input",
                "nie można czytać standardowego wejścia"
            ))
            .because(&error)
        })?;
        let flow = run.line(&line, coach, &mut session, &mut events).await?;
        if flow != Flow::Leave {
            continue;
        }
        if !coach.restarts() {
            break;
        }
        session.renew();
        run.begin(coach, &mut session).await?;
    }
    if coach.is_solved() || !coach.has_submissions() {
        return Ok(ExitCode::Ok);
    }
    run.unsolved(coach).await?;
    Ok(ExitCode::CheckFailed)
}

impl<W: Write> PipeRun<W> {
    async fn begin(&mut self, coach: &mut Coach, session: &mut Session) -> Result<()> {
        let text = coach.begin().await?;
        session.client.connect().await?;
        let task = coach.task();
        let event = json!({"type": "exercise", "id": task.exercise.id,
            "section": task.section, "title": task.exercise.title});
        self.tell(&text, event)
    }

    async fn line(
        &mut self,
        line: &[u8],
        coach: &mut Coach,
        session: &mut Session,
        events: &mut UnboundedReceiver<Event>,
    ) -> Result<Flow> {
        if line.trim_ascii_start().starts_with(b"#") {
            return Ok(Flow::Stay);
        }
        let text = String::from_utf8_lossy(line);
        let typed = Typed::read(text.trim());
        let is_command = matches!(typed.asks, Line::Command { .. });
        if is_command {
            let echo = format!("{}{}", session.prompt(), typed.text);
            let echo = coach.view().style.paint(Ink::Dim, echo);
            self.tell_text(&format!("{echo}\n"))?;
        }
        let was_solved = coach.is_solved();
        let flow = match typed.asks {
            Line::Blank => session.blank(coach).await,
            _ => session.line(&typed, coach).await,
        };
        self.told(typed.text, is_command, events)?;
        if let Some(fault) = coach.take_objection().filter(|_| self.json) {
            let texts = coach.view().faults(&fault);
            let id = &coach.task().exercise.id;
            let event = json!({"type": "objection", "id": id, "text": texts.join(" ")});
            self.tell("", event)?;
        }
        if let Flow::Wish(wish) = &flow {
            let text = wish.refusal();
            let text = text.pick(session.shell.lang);
            self.tell(&format!("{text}\n"), json!({"type": "text", "text": text}))?;
        }
        if coach.is_solved() && !was_solved && self.json {
            let task = coach.task();
            let event = json!({"type": "solved", "id": task.exercise.id,
                "learned": task.exercise.learned});
            self.tell("", event)?;
        }
        if !session.client.is_connected() {
            return Err(ConnError::Closed.into());
        }
        Ok(flow)
    }

    /// Says what the session has told about a line.
    fn told(
        &mut self,
        typed: &str,
        is_command: bool,
        events: &mut UnboundedReceiver<Event>,
    ) -> Result<()> {
        let mut values: Vec<Value> = Vec::new();
        while let Ok(event) = events.try_recv() {
            let mut text = Vec::new();
            let written = match &event {
                // As an event, a command is its replies and what they solve.
                Event::Text(_) | Event::Refused(_) if is_command && self.json => Ok(()),
                Event::Text(said) | Event::Refused(said) => {
                    let event = json!({"type": "text", "text": said.trim()});
                    self.tell(&format!("{}\n", said.trim_end_matches('\n')), event)?;
                    Ok(())
                }
                Event::Question(_) => Ok(()),
                Event::Message(message) => {
                    values.extend(serde_json::from_str::<Value>(&format::to_json(message)));
                    Output::Pretty.message(message, &mut text)
                }
                Event::Replies { argv, replies } => {
                    let json = replies.iter().map(format::to_json);
                    values.extend(json.flat_map(|json| serde_json::from_str::<Value>(&json)));
                    let write = |reply| Output::Pretty.reply(argv, reply, &mut text, None);
                    replies
                        .iter()
                        .map(write)
                        .try_for_each(|done| done.map(|_| ()))
                }
            };
            written.map_err(|error| Error::output(&error))?;
            self.tell_text(&String::from_utf8_lossy(&text))?;
            if self.json && matches!(event, Event::Replies { .. }) {
                let replies = std::mem::take(&mut values);
                let event = json!({"type": "command", "text": typed, "replies": replies});
                self.tell("", event)?;
            }
        }
        Ok(())
    }

    /// The end of the input, with an exercise that was begun and not solved.
    async fn unsolved(&mut self, coach: &mut Coach) -> Result<()> {
        let fault = coach.fault().await?.flatten();
        let view = coach.view();
        let messages = fault.as_ref().map(|fault| view.faults(fault));
        let task = coach.task();
        let event = json!({"type": "unsolved", "id": task.exercise.id,
            "missing": messages.unwrap_or_default()});
        let heading = view.lang.pick("not solved yet", "jeszcze nierozwiązane");
        let text = format!("\n{heading}: {}\n", task.title());
        let text = text + &view.missing(fault.as_ref());
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
