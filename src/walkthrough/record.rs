//! `walkthrough --record FILE`: the lesson as a terminal session that plays in
//! asciinema, with commands typed at a readable pace.
//!
//! The format is asciicast v2: a JSON header, then one `[time, "o", text]`
//! line for each piece of output (docs.asciinema.org, "asciicast v2"). Time is
//! the recording's own: nobody waits while it is made.

use super::show::Options;
use crate::conn::server::Server;
use crate::error::Result;
use crate::lesson::Lesson;
use crate::live;
use crate::render::Painter;
use crate::render::harmless::own;
use crate::render::style::Style;
use crate::runner::{Event, Flow, Host, Stage, play};
use catalog::lang::Lang;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The size most terminals begin with.
const COLUMNS: usize = 80;
const ROWS: usize = 24;

/// How long a class takes to read a character of prose.
const READING: Duration = Duration::from_millis(25);

/// How long a stop takes that nobody has given a length.
const STOP: Duration = Duration::from_secs(2);

/// A lesson as a terminal session.
#[derive(Debug)]
pub struct Recording {
    /// The file's text.
    pub cast: String,
    /// How long it plays.
    pub length: Duration,
    /// Replies that were not as the lesson says.
    pub surprises: usize,
}

/// Plays the lesson and gives its recording, at the pace of a show with these
/// options: with `auto`, that long before each command and at each stop, and
/// no other time for reading.
///
/// # Errors
/// When the server fails.
pub async fn record(
    lesson: &Lesson,
    server: &Server,
    stage: &mut Stage,
    lang: Lang,
    options: Options,
) -> Result<Recording> {
    let mut tape = Tape {
        painter: Painter::new(Style::new(true), COLUMNS, lang),
        options,
        lang,
        clock: Duration::ZERO,
        lines: Vec::new(),
    };
    let summary = play(
        lesson,
        0,
        server.describe(lang),
        lang.code(),
        stage,
        &mut tape,
    )
    .await?;
    let timestamp = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_secs());
    let header = json!({
        "version": 2,
        "width": COLUMNS,
        "height": ROWS,
        "timestamp": timestamp,
        "title": format!("redis-lab: {}", lesson.title),
        "env": {"TERM": "xterm-256color"},
    });
    let mut cast = format!("{header}\n");
    for line in tape.lines {
        cast.push_str(&line);
        cast.push('\n');
    }
    Ok(Recording {
        cast,
        length: tape.clock,
        surprises: summary.surprises,
    })
}

struct Tape {
    painter: Painter,
    options: Options,
    lang: Lang,
    clock: Duration,
    lines: Vec<String>,
}

impl Tape {
    fn output(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = own(text).replace('\n', "\r\n");
        self.lines
            .push(json!([self.clock.as_secs_f64(), "o", text]).to_string());
    }

    /// Types a painted command: its escape sequences at once, its letters one
    /// by one.
    fn type_out(&mut self, painted: &str) {
        let mut rest = painted;
        while let Some(c) = rest.chars().next() {
            let len = match c {
                '\x1b' => rest.find('m').map_or(rest.len(), |end| end + 1),
                c => c.len_utf8(),
            };
            let (piece, behind) = rest.split_at(len);
            self.output(piece);
            if c != '\x1b' {
                self.clock += self.options.keystroke.unwrap_or_default();
            }
            rest = behind;
        }
    }
}

impl Host for Tape {
    fn event(&mut self, event: Event) -> Result<()> {
        let text = self.painter.paint(&event);
        match &event {
            Event::Command { .. } => {
                // The prompt stands there before anybody types.
                let (prompt, command) = text.split_once("> ").unwrap_or(("", &text));
                if !prompt.is_empty() {
                    self.output(&format!("{prompt}> "));
                }
                match self.options.keystroke {
                    Some(_) => self.type_out(&command.replace('\n', "\r\n")),
                    None => self.output(command),
                }
                self.clock += self.options.auto.unwrap_or_default();
                return Ok(());
            }
            Event::Reply { took, .. } => self.clock += *took,
            Event::Wait(duration) => self.clock += *duration,
            Event::Demo { .. } => self.clock += Duration::from_millis(120),
            _ => {}
        }
        self.output(&text);
        match &event {
            Event::Prose(_) | Event::Picture(_) if self.options.auto.is_none() => {
                let letters = text.chars().count();
                self.clock += READING * u32::try_from(letters).unwrap_or(u32::MAX);
            }
            Event::Reply { .. } => self.clock += Duration::from_millis(700),
            _ => {}
        }
        Ok(())
    }

    async fn pause(&mut self) -> Result<Flow> {
        self.clock += self.options.auto.unwrap_or(STOP);
        Ok(Flow::Continue)
    }

    async fn demo(&mut self, name: &str, stage: &Stage) -> Result<()> {
        live::run(name, stage, self.lang, &mut |event| self.event(event)).await
    }
}
