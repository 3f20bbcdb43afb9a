//! The execution of one item of a lesson on the sessions of its stage.

use super::Stage;
use crate::conn::{ConnError, Connection};
use crate::error::{Error, Result};
use crate::lesson::{
    Await, Block, Expected, Item, Lesson, Line, PictureBlock, SessionName, reply_count,
};
use crate::runner::own::recorded_reply;
use crate::runner::{Event, Picture, TooOld, Verdict};
use catalog::text;
use resp::Reply;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long a later reply or message may take to arrive, at first and after
/// the keys were looked at.
const ARRIVAL: Duration = Duration::from_secs(1);

/// How long any other reply may take; a lesson's own waits are far shorter.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command that is asked again until its reply is as expected is so after
/// so long.
const ASKED_AGAIN: Duration = Duration::from_millis(50);

/// How long a blocking command may take to be seen waiting.
const TO_BLOCK: Duration = Duration::from_secs(1);

impl Stage {
    /// Runs what an item runs on servers; for demos, and for the time that
    /// passes, the caller has his own ways.
    ///
    /// # Errors
    /// As [`Stage::run_block`].
    pub async fn run_item(
        &mut self,
        lesson: &Lesson,
        item: &Item,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        match item {
            Item::Run(block) => self.run_block(lesson, block, emit).await,
            Item::Await(later) => self.run_await(lesson, later, emit).await,
            Item::Server { name, act, .. } => self.run_server(name, *act, emit).await,
            _ => Ok(()),
        }
    }

    /// Runs a block's commands one by one.
    ///
    /// # Errors
    /// When the connection fails, the sandbox refuses a command, or the host
    /// (`emit`) does.
    pub async fn run_block(
        &mut self,
        lesson: &Lesson,
        block: &Block,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        emit(Event::block_began(block))?;
        for index in 0..block.lines.len() {
            self.run_command(lesson, block, index, emit).await?;
        }
        Ok(())
    }

    /// Runs one command of a block.
    ///
    /// # Errors
    /// As [`Stage::run_block`].
    pub async fn run_command(
        &mut self,
        lesson: &Lesson,
        block: &Block,
        index: usize,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let blocks = block.blocks && index + 1 == block.lines.len();
        let line = &block.lines[index];
        if self.is_recorded() && self.is_own(&block.session) {
            return self.play_line(block, line, blocks, emit);
        }
        self.run_line(lesson, block, line, blocks, emit).await
    }

    async fn run_line(
        &mut self,
        lesson: &Lesson,
        block: &Block,
        line: &Line,
        blocks: bool,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let session = &block.session;
        if !self.is_own(session) {
            self.permit(lesson, line)?;
        }
        emit(Event::Command {
            session: session.clone(),
            text: line.text.clone(),
        })?;
        self.commands += 1;
        let begun = Instant::now();
        if !block.until {
            let actor = self.actor(session).await?;
            actor.client.queue(&line.argv);
            actor.client.flush().await?;
        }
        let actor = self.actor(session).await?;
        if blocks {
            actor.blocked_since = Some(begun);
            return self.expect_blocked(lesson, session, line, emit).await;
        }
        for index in 0..reply_count(&line.argv) {
            let reply = if block.until {
                self.ask_until(session, line).await?
            } else {
                self.reply_to(session, line).await?
            };
            let actor = self.actor(session).await?;
            actor.client.state.observe(&line.argv, &reply);
            let verdict = match line.expected.get(index) {
                Some(expected) => self.judge(lesson, expected, &line.argv, Some(&reply)),
                None if reply.is_error() => {
                    let expected = self
                        .lang
                        .pick("any reply but an error", "dowolna odpowiedź oprócz błędu");
                    self.differs(
                        expected,
                        place(lesson, line.span.line),
                        &line.argv,
                        Some(&reply),
                    )
                }
                None => Verdict::Unchecked,
            };
            self.replied(session, Some(reply), verdict, begun.elapsed(), emit)?;
        }
        Ok(())
    }

    /// The next reply on a session.
    async fn reply_to(&mut self, session: &SessionName, line: &Line) -> Result<Reply> {
        let waits = catalog::find_argv(&line.argv).is_some_and(|command| command.is_blocking());
        let client = &mut self.actor(session).await?.client;
        let reply = async {
            if waits {
                client.receive().await
            } else {
                client.receive_reply().await
            }
        };
        let reply = timeout(PATIENCE, reply).await;
        let reply = reply.map_err(|_| {
            let (text, seconds) = (&line.text, PATIENCE.as_secs());
            Error::server(text!(
                "no reply to {text} within {seconds} s",
                "brak odpowiedzi na {text} przez {seconds} s"
            ))
        })??;
        Ok(reply)
    }

    /// Asks again until the reply is as expected, or it has taken too long. A
    /// server that changes its part closes its connections.
    async fn ask_until(&mut self, session: &SessionName, line: &Line) -> Result<Reply> {
        let begun = Instant::now();
        let expected = line.expected.first();
        let is_right = |reply: &Reply| expected.is_none_or(|e| e.pattern.matches(reply));
        loop {
            let asked = self.ask(session, line).await;
            let is_over = begun.elapsed() > PATIENCE || self.target().stop().is_pressed();
            match asked {
                Ok(reply) if is_right(&reply) || is_over => return Ok(reply),
                Err(error) if is_over => return Err(error),
                Err(_) => self.hang_up(session),
                Ok(_) => {}
            }
            if let Some(lost) = self.lost() {
                return Err(lost);
            }
            tokio::time::sleep(ASKED_AGAIN).await;
        }
    }

    async fn ask(&mut self, session: &SessionName, line: &Line) -> Result<Reply> {
        let actor = self.actor(session).await?;
        actor.client.queue(&line.argv);
        actor.client.flush().await?;
        self.reply_to(session, line).await
    }

    fn replied(
        &mut self,
        session: &SessionName,
        reply: Option<Reply>,
        verdict: Verdict,
        took: Duration,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        self.surprises += usize::from(verdict.is_surprise());
        emit(Event::Reply {
            session: session.clone(),
            reply,
            verdict,
            took,
        })
    }

    /// Waits until the server itself says that the session is blocked, so that
    /// what the lesson does next really happens while it waits.
    async fn expect_blocked(
        &mut self,
        lesson: &Lesson,
        session: &SessionName,
        line: &Line,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let mut control = Connection::connect(&self.target_of(session)?).await?;
        let begun = Instant::now();
        loop {
            let actor = self.actor(session).await?;
            if let Ok(reply) = timeout(Duration::from_millis(1), actor.client.receive()).await {
                let reply = reply?;
                actor.blocked_since = None;
                let expected = self.lang.pick("the command waits", "polecenie czeka");
                let place = place(lesson, line.span.line);
                let verdict = self.differs(expected, place, &line.argv, Some(&reply));
                return self.replied(session, Some(reply), verdict, begun.elapsed(), emit);
            }
            let seen = match actor.client.id() {
                Some(id) => is_blocked(&mut control, id).await?,
                None => false,
            };
            if seen || begun.elapsed() > TO_BLOCK {
                return emit(Event::Blocked {
                    session: session.clone(),
                });
            }
        }
    }

    /// Waits for what a later expectation says must arrive on a session.
    ///
    /// # Errors
    /// When the connection fails or the host does.
    pub async fn run_await(
        &mut self,
        lesson: &Lesson,
        later: &Await,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        if self.is_recorded() && self.is_own(&later.session) {
            return self.play_await(later, emit);
        }
        for expected in &later.expected {
            let actor = self.actor(&later.session).await?;
            let begun = actor.blocked_since.take().unwrap_or_else(Instant::now);
            let reply = match timeout(ARRIVAL, actor.client.receive()).await {
                Ok(reply) => Some(reply?),
                Err(_) => {
                    // A server with many volatile keys of its own may take long
                    // to come round to ours, whose expiry may be awaited here.
                    self.sandbox.touch_keys().await?;
                    let actor = self.actor(&later.session).await?;
                    match timeout(ARRIVAL, actor.client.receive()).await {
                        Ok(reply) => Some(reply?),
                        Err(_) => None,
                    }
                }
            };
            let verdict = self.judge(lesson, expected, &[], reply.as_ref());
            self.replied(&later.session, reply, verdict, begun.elapsed(), emit)?;
        }
        Ok(())
    }

    /// Draws a picture of the reply to its command. A reply that cannot be
    /// drawn is shown, as one that is not as expected.
    ///
    /// # Errors
    /// When the connection fails, the sandbox refuses the command, or the host
    /// does.
    pub async fn run_picture(
        &mut self,
        lesson: &Lesson,
        block: &PictureBlock,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let (session, line) = (&block.session, &block.line);
        if !self.is_own(session) {
            self.permit(lesson, line)?;
        }
        let begun = Instant::now();
        let reply = if self.is_recorded() && self.is_own(session) {
            recorded_reply(lesson, session, line)
        } else {
            self.client(session).await?.ask(&line.argv).await?
        };
        if let Some(picture) = Picture::of(block, &reply) {
            return emit(Event::Picture(picture));
        }
        emit(Event::Command {
            session: session.clone(),
            text: line.text.clone(),
        })?;
        let wants = block.kind.wants(self.lang);
        let place = place(lesson, line.span.line);
        let verdict = self.differs(wants, place, &line.argv, Some(&reply));
        self.replied(session, Some(reply), verdict, begun.elapsed(), emit)
    }

    fn permit(&self, lesson: &Lesson, line: &Line) -> Result<()> {
        self.sandbox.permit(&line.argv).map_err(|reason| {
            Error::lesson(reason).about(&format!("{}:{}", lesson.file, line.span.line))
        })
    }

    fn judge(
        &mut self,
        lesson: &Lesson,
        expected: &Expected,
        argv: &[Vec<u8>],
        reply: Option<&Reply>,
    ) -> Verdict {
        if reply.is_some_and(|reply| expected.pattern.matches(reply)) {
            return Verdict::AsExpected;
        }
        let place = place(lesson, expected.span.line);
        self.differs(&expected.text, place, argv, reply)
    }

    fn differs(
        &mut self,
        expected: &str,
        place: String,
        argv: &[Vec<u8>],
        reply: Option<&Reply>,
    ) -> Verdict {
        let too_old = TooOld::explains(argv, reply, &self.version);
        if let (None, Some(reason)) = (&self.too_old, &too_old) {
            self.too_old = Some((reason.clone(), place.clone()));
        }
        Verdict::Differs {
            expected: expected.to_owned(),
            place,
            too_old: too_old.map(Box::new),
        }
    }
}

fn place(lesson: &Lesson, line: usize) -> String {
    format!("{}:{line}", lesson.file)
}

/// Whether the server lists the client `id` with the flag `b`: blocked.
async fn is_blocked(control: &mut Connection, id: i64) -> Result<bool, ConnError> {
    let reply = control
        .call(&["CLIENT", "LIST", "ID", &id.to_string()])
        .await?;
    let blocked = reply
        .as_str()
        .unwrap_or_default()
        .split_ascii_whitespace()
        .filter_map(|field| field.strip_prefix("flags="))
        .any(|flags| flags.contains('b'));
    Ok(blocked)
}
