//! A lesson's own servers on the stage: running, or played from a recording.
//!
//! Where there is no real server's program, what the lesson says of them is
//! played: its expected replies are a recording of them.

use super::{Event, Stage, Verdict};
use crate::conn::server::{Kind, Several, find_program};
use crate::conn::{ConnError, Target};
use crate::error::{Error, Result};
use crate::lesson::{
    Await, Block, Expected, Item, Lesson, LessonServer, Line, ServerAct, SessionName, with_numbers,
};
use catalog::text;
use resp::Reply;
use std::time::Duration;

/// The servers of the lesson that is on.
#[derive(Debug, Default)]
pub(super) enum Own {
    /// It has none.
    #[default]
    None,
    /// They run.
    Running(Several),
    /// They are played.
    Recorded(Vec<LessonServer>),
}

impl Stage {
    /// Makes ready what a lesson needs besides the server: starts its own, and
    /// gives the lesson with their ports in it. The servers of another lesson
    /// go away.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn ready(&mut self, lesson: &Lesson) -> Result<Lesson> {
        if lesson.servers.is_empty() {
            self.own = Own::None;
            return Ok(lesson.clone());
        }
        let program = match self.kind() {
            Kind::Spawned(program) => Some(program.clone()),
            Kind::Builtin => None,
            Kind::External => find_program(),
        };
        let Some(program) = program else {
            self.own = Own::Recorded(lesson.servers.clone());
            return Ok(lesson.clone());
        };
        let ports = match &self.own {
            Own::Running(several) if several.are(&lesson.servers) => several.ports(),
            _ => {
                self.own = Own::None;
                let several =
                    Several::start(&program, &lesson.servers, self.target().stop()).await?;
                let ports = several.ports();
                self.own = Own::Running(several);
                ports
            }
        };
        Ok(lesson.at_ports(&ports))
    }

    /// The server played on, and the lesson's own, in one line.
    pub fn cast(&self, server: &str) -> String {
        let lang = self.lang();
        match &self.own {
            Own::None => server.to_owned(),
            Own::Running(several) => {
                let named = several.members();
                let list: Vec<String> = named
                    .map(|(name, port)| format!("{name} :{port}"))
                    .collect();
                let list = list.join(", ");
                text!(
                    lang,
                    "{server}; for this lesson {list}",
                    "{server}; dla tej lekcji {list}"
                )
            }
            Own::Recorded(servers) => {
                let names: Vec<&str> = servers.iter().map(|own| own.name.as_str()).collect();
                let list = names.join(", ");
                text!(
                    lang,
                    "{server}; {list}: a recording, for there is no redis-server or valkey-server here",
                    "{server}; {list}: nagranie, bo nie ma tu redis-server ani valkey-server"
                )
            }
        }
    }

    /// Whether a session belongs to a server of the lesson's own.
    pub fn is_own(&self, session: &SessionName) -> bool {
        let Some(name) = session else { return false };
        match &self.own {
            Own::None => false,
            Own::Running(several) => several.members().any(|(own, _)| own == name),
            Own::Recorded(servers) => servers.iter().any(|own| own.name == *name),
        }
    }

    /// Whether what the lesson does on its own servers is played.
    pub fn is_recorded(&self) -> bool {
        matches!(self.own, Own::Recorded(_))
    }

    /// Whether nobody can talk on a session: its server is down, or played.
    pub fn is_away(&self, session: &SessionName) -> bool {
        let down = match (&self.own, session) {
            (Own::Running(several), Some(name)) => several.is_down(name),
            _ => false,
        };
        down || self.is_recorded() && self.is_own(session)
    }

    /// That one of the lesson's own servers has ended by itself, as an error.
    pub(super) fn lost(&self) -> Option<Error> {
        let Own::Running(several) = &self.own else {
            return None;
        };
        let name = several.lost()?;
        Some(Error::server(text!(
            "the server {name} of this lesson has ended",
            "serwer {name} z tej lekcji zakończył działanie"
        )))
    }

    /// Where a session's commands go.
    ///
    /// # Errors
    /// When its server is down, or played.
    pub fn target_of(&mut self, session: &SessionName) -> Result<Target, ConnError> {
        if !self.is_own(session) {
            return Ok(self.target().clone());
        }
        let (Own::Running(several), Some(name)) = (&mut self.own, session) else {
            return Err(ConnError::Closed);
        };
        let target = several.target(name).ok().flatten();
        target.ok_or(ConnError::Closed)
    }

    /// The lesson's own servers that run, by name.
    pub fn own_targets(&self) -> Vec<(String, Target)> {
        match &self.own {
            Own::Running(several) => several.targets().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// A reply's text with the ports as the lesson writes them.
    pub fn as_written(&self, text: &str) -> String {
        let Own::Running(several) = &self.own else {
            return text.to_owned();
        };
        let ports = several.ports().into_iter();
        let back: Vec<(u16, u16)> = ports.map(|(written, real)| (real, written)).collect();
        with_numbers(text, &back)
    }

    /// The lesson's own servers as they are at its beginning.
    pub(super) async fn renew_own(&mut self) -> Result<(), ConnError> {
        match &mut self.own {
            Own::Running(several) => several.renew().await.map_err(|_| ConnError::Closed),
            _ => Ok(()),
        }
    }

    /// Does something to one of the lesson's own servers.
    ///
    /// # Errors
    /// When it does not start, or the host (`emit`) fails.
    pub async fn run_server(
        &mut self,
        name: &str,
        act: ServerAct,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        if let Own::Running(several) = &mut self.own {
            match act {
                ServerAct::Kill => several.kill(name),
                ServerAct::Start => several.start_again(name).await?,
            }
            self.hang_up(&Some(name.to_owned()));
        }
        emit(Event::Server {
            name: name.to_owned(),
            act,
        })
    }

    /// What a demo showed once, where it cannot be played.
    pub fn recorded_demo(&self, recording: &[String]) -> Option<Vec<Event>> {
        let is_played = self.is_recorded() && !recording.is_empty();
        is_played.then(|| {
            let lines = recording.iter().map(|line| {
                let (actor, text) = line.split_once(" | ").unwrap_or(("", line));
                Event::Demo {
                    actor: actor.trim().to_owned(),
                    text: text.trim().to_owned(),
                }
            });
            lines.collect()
        })
    }

    /// Plays a command of a recorded session.
    pub(super) fn play_line(
        &mut self,
        block: &Block,
        line: &Line,
        blocks: bool,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let session = &block.session;
        emit(Event::Command {
            session: session.clone(),
            text: line.text.clone(),
        })?;
        if blocks {
            return emit(Event::Blocked {
                session: session.clone(),
            });
        }
        self.play_replies(session, &line.expected, emit)
    }

    /// Plays what arrives later on a recorded session.
    pub(super) fn play_await(
        &mut self,
        later: &Await,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        self.play_replies(&later.session, &later.expected, emit)
    }

    fn play_replies(
        &mut self,
        session: &SessionName,
        expected: &[Expected],
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        for expected in expected {
            emit(Event::Reply {
                session: session.clone(),
                reply: Some(expected.pattern.recorded()),
                verdict: Verdict::AsExpected,
                took: Duration::ZERO,
            })?;
        }
        Ok(())
    }
}

/// What the lesson says that a command answers on a session; nil where it does
/// not say.
pub(super) fn recorded_reply(lesson: &Lesson, session: &SessionName, line: &Line) -> Reply {
    let items = lesson.steps.iter().flat_map(|step| &step.items);
    let blocks = items.filter_map(|item| match item {
        Item::Run(block) if block.session == *session => Some(block),
        _ => None,
    });
    let mut lines = blocks.flat_map(|block| &block.lines);
    let said = lines.find(|own| own.argv == line.argv && !own.expected.is_empty());
    let expected = said.and_then(|own| own.expected.first());
    expected.map_or(Reply::Nil, |expected| expected.pattern.recorded())
}
