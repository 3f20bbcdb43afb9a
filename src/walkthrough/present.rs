//! The walkthrough in motion: keys to the show, its wants to the server, what
//! happens to the screen.

use super::beats::Beat;
use super::news::{News, Publisher};
use super::play::play;
use super::screen::draw;
use super::show::{Phase, Show, Want};
use crate::error::{Error, ExitCode, Result};
use crate::lesson::Library;
use crate::runner::Stage;
use crate::session::keyspace::{Observer, Snapshot};
use catalog::lang::Lang;
use catalog::text;
use crossterm::event::Event;
use futures_util::{Stream, StreamExt as _};
use ratatui::Terminal;
use ratatui::backend::Backend;
use std::fmt::Display;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

/// How often the notes hear that the show still goes on.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Why the presenter returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The key is dealt with.
    Stay,
    /// The teacher wants the shell.
    Shell,
    /// The teacher stops the program for a while.
    Stop,
    /// The teacher leaves.
    Leave,
}

/// A show on a terminal, with the server it plays on.
#[derive(Debug)]
pub struct Presenter<B: Backend> {
    terminal: Terminal<B>,
    show: Show,
    stage: Stage,
    observer: Observer,
    publisher: Publisher,
    /// Where a teacher is editing, for reloading.
    lessons: Option<Library>,
    lang: Lang,
    /// The keys before the teacher last went on.
    before: Snapshot,
}

impl<B: Backend> Presenter<B>
where
    B::Error: Display,
{
    /// A presenter that has not begun. `lessons` is the teacher's own folder.
    pub fn new(
        terminal: Terminal<B>,
        show: Show,
        stage: Stage,
        lessons: Option<Library>,
    ) -> Presenter<B> {
        let observer = Observer::new(stage.target().clone());
        let publisher = Publisher::new(stage.target().clone());
        let lang = show.lang;
        Presenter {
            terminal,
            show,
            stage,
            observer,
            publisher,
            lessons,
            lang,
            before: Snapshot::default(),
        }
    }

    /// The model.
    pub fn show(&self) -> &Show {
        &self.show
    }

    /// The terminal drawn on.
    pub fn terminal(&mut self) -> &mut Terminal<B> {
        &mut self.terminal
    }

    /// The stage, for a shell on its session.
    pub fn stage(&mut self) -> &mut Stage {
        &mut self.stage
    }

    /// The end: gives the stage back, to be closed.
    pub async fn finish(self) -> Stage {
        self.publisher.end().await;
        self.stage
    }

    /// Shows the first step.
    ///
    /// # Errors
    /// When the server or the terminal fails.
    pub async fn begin(&mut self, input: &mut (impl Keys + Unpin)) -> Result<Turn> {
        let want = self.show.start_over();
        self.fulfil(want, input).await
    }

    /// Back from the shell: the keys are looked at and everything is drawn, on
    /// a fresh `terminal`, since nothing of the old picture is left. (Clearing
    /// the old one would ask for the cursor's position, and that answer comes
    /// in between the keys.)
    ///
    /// # Errors
    /// When the terminal fails.
    pub async fn resume(
        &mut self,
        terminal: Terminal<B>,
        input: &mut (impl Keys + Unpin),
    ) -> Result<Turn> {
        self.terminal = terminal;
        self.before = self.show.keyspace.clone();
        match self.look(input).await? {
            Some(want) => self.fulfil(want, input).await,
            None => self.redraw().map(|()| Turn::Stay),
        }
    }

    /// Shows until the teacher leaves or wants the shell.
    ///
    /// # Errors
    /// When the server or the terminal fails.
    pub async fn run(&mut self, input: &mut (impl Keys + Unpin)) -> Result<Turn> {
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut settled = Instant::now();
        loop {
            self.redraw()?;
            let keystroke = match self.show.phase() {
                Phase::Typing(_) => self.show.options.keystroke,
                _ => None,
            };
            let auto = self.show.options.auto.filter(|_| self.show.goes_on_alone());
            let turn = tokio::select! {
                event = input.next() => {
                    settled = Instant::now();
                    match event {
                        Some(event) => self.handle(event.map_err(broken)?, input).await?,
                        None => Turn::Leave,
                    }
                }
                () = sleep(keystroke.unwrap_or_default()), if keystroke.is_some() => {
                    self.show.type_on();
                    settled = Instant::now();
                    Turn::Stay
                }
                () = sleep_until(settled + auto.unwrap_or_default()), if auto.is_some() => {
                    let turn = self.go_on(input).await?;
                    settled = Instant::now();
                    turn
                }
                _ = heartbeat.tick() => {
                    self.tell();
                    Turn::Stay
                }
            };
            if turn != Turn::Stay {
                return Ok(turn);
            }
        }
    }

    /// One input event, and everything that follows from it.
    ///
    /// # Errors
    /// When the server or the terminal fails.
    pub async fn handle(&mut self, event: Event, input: &mut (impl Keys + Unpin)) -> Result<Turn> {
        let Event::Key(key) = event else {
            self.redraw()?;
            return Ok(Turn::Stay);
        };
        self.before = self.show.keyspace.clone();
        let want = self.show.key(key);
        self.fulfil(want, input).await
    }

    async fn go_on(&mut self, input: &mut (impl Keys + Unpin)) -> Result<Turn> {
        self.before = self.show.keyspace.clone();
        let want = self.show.go_on();
        self.fulfil(want, input).await
    }

    async fn fulfil(&mut self, mut want: Want, input: &mut (impl Keys + Unpin)) -> Result<Turn> {
        let turn = loop {
            want = match want {
                Want::Nothing => break Turn::Stay,
                Want::Leave => break Turn::Leave,
                Want::Shell => break Turn::Shell,
                Want::Stop => break Turn::Stop,
                Want::Run(beat) => self.perform(Some(beat), input).await?,
                Want::Prepare => self.perform(None, input).await?,
                Want::Reload => self.reload(),
            };
        };
        self.redraw()?;
        self.tell();
        Ok(turn)
    }

    /// Runs a beat, or brings the server to the start of the step. Keys that
    /// leave or jump end it; what they want is given back.
    async fn perform(
        &mut self,
        beat: Option<Beat>,
        input: &mut (impl Keys + Unpin),
    ) -> Result<Want> {
        self.redraw()?;
        if beat.is_none() {
            let lesson = self.show.lesson().clone();
            let ready = self.stage.ready(&lesson).await?;
            let server = self.stage.cast(self.show.server());
            self.show.ready(ready, server);
        }
        if let Some(want) = self.play_until_key(beat.as_ref(), input).await? {
            return Ok(want);
        }
        if beat.is_none() {
            self.before = Snapshot::default();
        }
        if let Some(want) = self.look(input).await? {
            return Ok(want);
        }
        if beat.is_some() {
            Ok(self.show.ran())
        } else {
            self.before = self.show.keyspace.clone();
            self.show.changes.clear();
            Ok(self.show.prepared())
        }
    }

    /// Plays a beat, or what brings the server to the start of the step, and
    /// draws what it tells; ends early at a key that leaves or jumps.
    async fn play_until_key(
        &mut self,
        beat: Option<&Beat>,
        input: &mut (impl Keys + Unpin),
    ) -> Result<Option<Want>> {
        let lesson = self.show.lesson().clone();
        let step = self.show.step_index();
        let (tell, mut told) = mpsc::unbounded_channel();
        let cut_short = {
            let mut work = pin!(play(&mut self.stage, &lesson, step, beat, self.lang, tell));
            loop {
                tokio::select! {
                    biased;
                    Some(event) = told.recv() => {
                        self.show.push(event);
                        let show = &mut self.show;
                        self.terminal.draw(|frame| draw(frame, show)).map_err(broken)?;
                    }
                    event = input.next() => {
                        match event.transpose().map_err(broken)? {
                            Some(Event::Key(key)) => {
                                if let Some(want) = self.show.key_while_running(key) {
                                    break Some(want);
                                }
                            }
                            Some(_) => {}
                            None => break Some(Want::Leave),
                        }
                        let show = &mut self.show;
                        self.terminal.draw(|frame| draw(frame, show)).map_err(broken)?;
                    }
                    done = &mut work => {
                        done?;
                        break None;
                    }
                }
            }
        };
        while let Ok(event) = told.try_recv() {
            if cut_short.is_none() {
                self.show.push(event);
            }
        }
        Ok(cut_short)
    }

    fn reload(&mut self) -> Want {
        let Some(lessons) = &self.lessons else {
            let text = self.lang.pick(
                "These lessons are part of redis-lab. With --lessons DIR, r reads yours again.",
                "Te lekcje są częścią redis-lab. Z --lessons KATALOG r wczytuje twoje ponownie.",
            );
            self.show.say(text.to_owned());
            return Want::Nothing;
        };
        match lessons.get(&self.show.lesson().id, self.lang) {
            Ok(lesson) => self.show.reloaded(lesson),
            Err(error) => {
                self.show.say(error.message_in(self.lang).to_owned());
                Want::Nothing
            }
        }
    }

    /// Looks at the keys. A user who may not look sees none; a lost connection
    /// shows at the next command anyway. Keys that leave or jump end it, as
    /// with [`Presenter::perform`].
    async fn look(&mut self, input: &mut (impl Keys + Unpin)) -> Result<Option<Want>> {
        let Presenter { observer, show, .. } = self;
        let looked = {
            let mut look = pin!(observer.look());
            loop {
                tokio::select! {
                    biased;
                    looked = &mut look => break Ok(looked),
                    event = input.next() => match event.transpose().map_err(broken)? {
                        Some(Event::Key(key)) => {
                            if let Some(want) = show.key_while_running(key) {
                                break Err(want);
                            }
                        }
                        Some(_) => {}
                        None => break Err(Want::Leave),
                    },
                }
            }
        };
        match looked {
            Ok(Ok(now)) => {
                self.show.observed(&self.before, now);
                Ok(None)
            }
            Ok(Err(_)) => {
                self.observer.disconnect();
                Ok(None)
            }
            Err(want) => {
                self.observer.disconnect();
                Ok(Some(want))
            }
        }
    }

    /// Tells the notes where the show is.
    fn tell(&self) {
        self.publisher.tell(&News::of(&self.show));
    }

    fn redraw(&mut self) -> Result<()> {
        let show = &mut self.show;
        self.terminal
            .draw(|frame| draw(frame, show))
            .map_err(broken)?;
        Ok(())
    }
}

/// Where keys come from.
pub trait Keys: Stream<Item = io::Result<Event>> {}
impl<S: Stream<Item = io::Result<Event>>> Keys for S {}

/// A terminal that cannot be read or drawn on.
pub(super) fn broken(error: impl Display) -> Error {
    Error::new(
        ExitCode::CheckFailed,
        text!("the terminal failed: {error}", "terminal zawiódł: {error}"),
    )
}
