//! Going through the lesson: what the next Enter runs, how its sessions are
//! brought back into the lesson's state, and how a step's data is put back.

use super::state::{Demos, Guide, Halt};
use crate::conn::Client;
use crate::error::Result;
use crate::lesson::{Item, SessionName};
use crate::render::style::Ink;
use crate::runner::{Event, Spot, Verdict};
use crate::session::hooks::Desk;
use std::sync::Arc;
use std::time::Instant;

/// What came of one item.
enum Outcome {
    Done,
    /// A reply was not as the lesson says, because time has passed.
    Late,
}

impl<D: Demos> Guide<D> {
    /// Gives the prompt's connection back to the lesson.
    pub(super) fn give(&mut self, desk: &mut Desk<'_>) {
        let target = self.stage.target().clone();
        let mut client = std::mem::replace(desk.client, Client::new(target));
        client.set_tap(None);
        if client.is_connected() {
            self.stage.put(&self.shown, client);
        } else {
            // It ended: what the lesson had told it has to be told again.
            self.unsure = true;
        }
    }

    /// Takes the connection of a session for the prompt; the main one where
    /// nobody can talk on that session.
    pub(super) async fn take(&mut self, desk: &mut Desk<'_>, name: SessionName) -> Result<()> {
        let name = if self.stage.is_away(&name) {
            None
        } else {
            name
        };
        *desk.client = self.stage.take(&name).await?;
        *desk.label = name.as_deref().unwrap_or("lab").to_owned();
        self.shown = name;
        Ok(())
    }

    /// Goes to the beginning of a step, with the data it begins with.
    pub(super) async fn go_to(&mut self, desk: &mut Desk<'_>, step: usize) -> Result<()> {
        let spot = Spot {
            step,
            ..Spot::default()
        };
        self.rewind(desk, spot).await?;
        self.begin_step(desk).await
    }

    /// On to the next step.
    pub(super) async fn next_step(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        if self.at.item < self.items() {
            return self.advance(desk).await;
        }
        let spot = Spot {
            step: self.at.step + 1,
            ..Spot::default()
        };
        self.attempt = None;
        self.at = spot;
        // An exercise begins with data of its own.
        let step = self.lesson.steps.get(spot.step);
        if (self.own || self.unsure) && step.is_some_and(|step| step.exercise.is_none()) {
            self.rewind(desk, spot).await?;
        }
        self.begin_step(desk).await
    }

    fn items(&self) -> usize {
        let step = self.lesson.steps.get(self.at.step);
        step.map_or(0, |step| step.items.len())
    }

    async fn begin_step(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        self.attempt = None;
        let of = self.lesson.steps.len();
        let Some(step) = self.lesson.steps.get(self.at.step) else {
            self.at.step = of.saturating_sub(1);
            self.at.item = self.items();
            return self.finish(desk).await;
        };
        // A step that only holds the title has nothing to show.
        if step.items.is_empty() && step.heading.is_empty() {
            self.at.step += 1;
            return Box::pin(self.begin_step(desk)).await;
        }
        let event = Event::StepBegan {
            number: self.at.step + 1,
            of,
            heading: step.heading.clone(),
        };
        self.tell(desk, &event);
        self.keep_place(desk, false);
        self.walk(desk, 0).await
    }

    /// Runs what is next, a command or a demo, and goes on to the next thing
    /// that waits for the learner.
    pub(super) async fn advance(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let from = self.at;
        self.give(desk);
        self.mend(desk).await?;
        self.walk(desk, 1).await?;
        debug_assert!(self.at != from || self.halt != Halt::Command);
        Ok(())
    }

    /// Goes on until something waits for the learner; the first `commands`
    /// commands and demos are run. The prompt's connection is with the lesson
    /// meanwhile.
    pub(super) async fn walk(&mut self, desk: &mut Desk<'_>, commands: usize) -> Result<()> {
        if commands == 0 {
            let is_lost = !desk.client.is_connected();
            self.give(desk);
            if is_lost {
                self.put_back(desk).await?;
            }
        }
        let walked = self.walk_on(desk, commands).await;
        for (name, state) in self.stage.states() {
            self.home.insert(name.clone(), state.clone());
        }
        let next = match self.lesson.steps.get(self.at.step) {
            Some(step) => match step.items.get(self.at.item) {
                Some(Item::Run(block)) => Some(block.session.clone()),
                _ => None,
            },
            None => None,
        };
        let shown = match self.halt {
            Halt::Command => next.unwrap_or_default(),
            Halt::Exercise(_) => None,
            Halt::Task(_) => self.task_session(),
            _ => self.shown.clone(),
        };
        self.take(desk, shown).await?;
        walked
    }

    async fn walk_on(&mut self, desk: &mut Desk<'_>, mut commands: usize) -> Result<()> {
        let from = self.at;
        // The session whose command waits in the server: what releases it is
        // part of the same move.
        let mut blocked: Option<SessionName> = None;
        // Events shown so far, should they have to be gone through again.
        let (mut shown, mut skip) = (0_usize, 0_usize);
        // Reading takes time, and keys expire: a reply that differs is asked for
        // once more, with the step's data put back.
        let mut may_repeat = !self.own;
        let budget = commands;
        loop {
            let Some(item) = self.item() else {
                return self.step_over(desk).await;
            };
            let mut events: Vec<Event> = Vec::new();
            let mut emit = |event: Event| {
                events.push(event);
                Ok(())
            };
            let mut next = Spot {
                item: self.at.item + 1,
                line: 0,
                ..self.at
            };
            match &item {
                Item::Prose(prose) => emit(Event::Prose(prose.clone()))?,
                Item::Code { language, text, .. } => emit(Event::Code {
                    language: language.clone(),
                    text: text.clone(),
                })?,
                Item::Note(note) => emit(Event::Note(note.clone()))?,
                // What waits in the server has to be released first.
                Item::Task(_) if blocked.is_some() => {}
                Item::Task(task) if self.pass_over(desk, task) => {}
                Item::Task(task) => {
                    self.at = next;
                    return self.open_task(desk, task).await;
                }
                Item::Pause if self.stops_at_pause() && blocked.is_none() => {
                    self.at = next;
                    self.halt = Halt::Read;
                    return Ok(());
                }
                Item::Pause => {}
                Item::Wait(duration) => {
                    let rest = duration.saturating_sub(self.last.elapsed());
                    emit(Event::Wait(*duration))?;
                    if shown >= skip {
                        self.tell(desk, &Event::Wait(*duration));
                        shown += 1;
                        skip = skip.max(shown);
                    }
                    events.clear();
                    tokio::select! {
                        () = tokio::time::sleep(rest) => {}
                        () = desk.stop.pressed() => {}
                    }
                }
                Item::Await(later) => {
                    self.stage.run_await(&self.lesson, later, &mut emit).await?;
                    if blocked.as_ref() == Some(&later.session) {
                        blocked = None;
                    }
                }
                Item::Picture(block) => {
                    self.stage
                        .run_picture(&self.lesson, block, &mut emit)
                        .await?;
                }
                Item::Server { .. } => {
                    if commands == 0 {
                        self.halt = Halt::Demo;
                        return Ok(());
                    }
                    commands -= 1;
                    self.stage.run_item(&self.lesson, &item, &mut emit).await?;
                    self.last = Instant::now();
                }
                Item::Live {
                    demo, recording, ..
                } => {
                    if commands == 0 {
                        self.halt = Halt::Demo;
                        return Ok(());
                    }
                    commands -= 1;
                    self.demo(desk, demo, recording).await?;
                    self.last = Instant::now();
                }
                Item::Run(block) => {
                    if self.at.line == 0 {
                        emit(Event::BlockBegan {
                            session: block.session.clone(),
                            title: block.title.clone(),
                            setup: block.setup,
                        })?;
                    }
                    if !block.setup && blocked.is_none() {
                        if commands == 0 {
                            // The title stands above the prompt already.
                            let first = self.at.line == 0 && self.announced != Some(self.at);
                            self.announced = Some(self.at);
                            for event in events.drain(..).filter(|_| first) {
                                self.tell(desk, &event);
                            }
                            self.halt = Halt::Command;
                            return Ok(());
                        }
                        commands -= 1;
                    }
                    if self.announced == Some(self.at) {
                        events.clear();
                    }
                    let line = self.at.line;
                    let mut emit = |event: Event| {
                        events.push(event);
                        Ok(())
                    };
                    let run = self.stage.run_command(&self.lesson, block, line, &mut emit);
                    tokio::select! {
                        biased;
                        // Who gives up asking again goes on; any other command is
                        // given up by itself, and is next once more.
                        () = desk.stop.pressed(), if block.until => {
                            self.stage.hang_up(&block.session);
                            self.unsure = true;
                        }
                        ran = run => ran?,
                    }
                    if line + 1 < block.lines.len() {
                        next = Spot {
                            line: line + 1,
                            ..self.at
                        };
                    } else if block.blocks {
                        blocked = Some(block.session.clone());
                    }
                    self.last = Instant::now();
                }
            }
            if let Outcome::Late = self.show(desk, &item, events, &mut shown, &mut skip, may_repeat)
            {
                // Once more, with fresh data: nothing has expired now.
                may_repeat = false;
                (shown, commands, blocked) = (0, budget, None);
                self.give(desk);
                self.replay(from).await?;
                self.at = from;
                continue;
            }
            self.at = next;
        }
    }

    /// Shows the events of an item, but for those that were shown before.
    fn show(
        &mut self,
        desk: &mut Desk<'_>,
        item: &Item,
        events: Vec<Event>,
        shown: &mut usize,
        skip: &mut usize,
        may_repeat: bool,
    ) -> Outcome {
        if may_repeat && events.iter().any(Event::may_be_late) {
            return Outcome::Late;
        }
        let main = match item {
            Item::Run(block) => block.lines.get(self.at.line),
            _ => None,
        };
        let mut replies = Vec::new();
        for mut event in events {
            *shown += 1;
            let mut own = false;
            if let Event::Reply {
                verdict,
                reply,
                took,
                ..
            } = &mut event
            {
                if verdict.is_surprise() {
                    own = self.own || self.unsure;
                    if own {
                        *verdict = Verdict::Unchecked;
                    } else {
                        self.surprises += 1;
                    }
                }
                replies.extend(reply.clone().map(|reply| (reply, *took)));
            }
            if *shown <= *skip {
                continue;
            }
            match &event {
                Event::Command { .. } if std::mem::take(&mut self.typed) => {
                    self.painter.paint(&event);
                }
                Event::Command { session, .. } => {
                    let text = self.painter.paint(&event);
                    let name = session.as_deref().unwrap_or("lab");
                    let text = match self.home.get(session) {
                        // In another database or subscribed, it says so.
                        Some(home) => text.replacen(&format!("{name}> "), &home.prompt(name), 1),
                        None => text,
                    };
                    self.say(desk, text);
                }
                event => self.tell(desk, event),
            }
            if own {
                let text = self.lang().pick(
                    "not as in the lesson, because of your own commands; :again puts the step's data back",
                    "nie tak jak w lekcji, bo dane zmieniły twoje polecenia; :again przywróci dane kroku",
                );
                let text = self.view().remark(text);
                self.say(desk, format!("{text}\n"));
            }
        }
        *skip = (*skip).max(*shown);
        if let Some(line) = main
            && let Some((_, took)) = replies.last()
        {
            let took = *took;
            let replies = replies.into_iter().map(|(reply, _)| reply).collect();
            desk.shell
                .remember(line.argv.clone(), Arc::new(replies), took);
        }
        Outcome::Done
    }

    fn item(&self) -> Option<Item> {
        let step = self.lesson.steps.get(self.at.step)?;
        step.items.get(self.at.item).cloned()
    }

    /// A pause needs no stop of its own where the next thing stops anyway.
    fn stops_at_pause(&self) -> bool {
        let Some(step) = self.lesson.steps.get(self.at.step) else {
            return false;
        };
        let rest = step.items.get(self.at.item + 1..).unwrap_or_default();
        !matches!(
            rest.iter()
                .find(|item| !matches!(item, Item::Note(_) | Item::Pause)),
            None | Some(Item::Run(_) | Item::Live { .. } | Item::Server { .. } | Item::Task(_))
        )
    }

    async fn step_over(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let exercise = self.lesson.steps.get(self.at.step);
        match exercise.and_then(|step| step.exercise.clone()) {
            Some(exercise) if self.attempt.is_none() => self.open_exercise(desk, exercise).await,
            _ => {
                self.halt = Halt::Read;
                Ok(())
            }
        }
    }

    async fn demo(&mut self, desk: &mut Desk<'_>, name: &str, recording: &[String]) -> Result<()> {
        self.tell(
            desk,
            &Event::DemoBegan {
                name: name.to_owned(),
            },
        );
        if let Some(events) = self.stage.recorded_demo(recording) {
            for event in events {
                self.tell(desk, &event);
            }
            return Ok(());
        }
        // A demo speaks while it runs: what does not fit scrolls.
        desk.out.say(self.pager.rest());
        let (painter, out) = (&mut self.painter, desk.out);
        let mut emit = |event: Event| {
            out.say(painter.paint(&event));
            Ok(())
        };
        tokio::select! {
            played = self.demos.play(name, &self.stage, &mut emit) => played?,
            () = desk.stop.pressed() => {
                let text = self.options.lang.pick("(ended)", "(przerwano)");
                desk.out.say(self.options.style.paint(Ink::Dim, format!("{text}\n")));
            }
        }
        Ok(())
    }
}
