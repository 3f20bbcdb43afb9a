//! Going through the lesson: what the next Enter runs, how its sessions are
//! brought back into the lesson's state, and how a step's data is put back.

use super::state::{Demos, Guide, Halt};
use crate::conn::Client;
use crate::error::Result;
use crate::lesson::{Block, Item, SessionName};
use crate::runner::{Event, Spot};
use crate::session::hooks::Desk;
use std::time::{Duration, Instant};

/// From one thing that waits for the learner to the next.
pub(super) struct Walk {
    /// As many commands and demos are still to be run.
    commands: usize,
    /// The session whose command waits in the server: what releases it is part
    /// of the same move.
    blocked: Option<SessionName>,
    /// Events gone through.
    passed: usize,
    /// Events shown so far, should they have to be gone through again.
    shown: usize,
}

impl Walk {
    fn new(commands: usize) -> Walk {
        Walk {
            commands,
            blocked: None,
            passed: 0,
            shown: 0,
        }
    }

    /// Begins again; what has been shown is not shown once more.
    fn begin_again(&mut self, commands: usize) {
        *self = Walk {
            shown: self.shown,
            ..Walk::new(commands)
        };
    }

    /// Passes an event: whether it has not been shown yet.
    pub(super) fn is_new(&mut self) -> bool {
        self.passed += 1;
        let is_new = self.passed > self.shown;
        self.shown = self.shown.max(self.passed);
        is_new
    }
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

    async fn walk_on(&mut self, desk: &mut Desk<'_>, commands: usize) -> Result<()> {
        let from = self.at;
        let mut walk = Walk::new(commands);
        // Reading takes time, and keys expire: a reply that differs is asked for
        // once more, with the step's data put back.
        let mut may_repeat = !self.own;
        loop {
            let Some(item) = self.item() else {
                return self.step_over(desk).await;
            };
            if self.halts_at(desk, &item, &walk).await? {
                return Ok(());
            }
            let events = self.act_out(desk, &item, &mut walk).await?;
            if may_repeat && events.iter().any(Event::may_be_late) {
                // Once more, with fresh data: nothing has expired now.
                may_repeat = false;
                walk.begin_again(commands);
                self.give(desk);
                self.replay(from).await?;
                self.at = from;
                continue;
            }
            self.show(desk, &item, events, &mut walk);
            self.at = self.after(&item);
        }
    }

    /// Whether it is the learner's turn before this item.
    async fn halts_at(&mut self, desk: &mut Desk<'_>, item: &Item, walk: &Walk) -> Result<bool> {
        // What waits in the server has to be released first.
        let waits = walk.blocked.is_some();
        match item {
            Item::Task(task) if !waits && !self.pass_over(desk, task) => {
                self.at = self.after(item);
                self.open_task(desk, task).await?;
            }
            Item::Pause if !waits && self.stops_at_pause() => {
                self.at = self.after(item);
                self.halt = Halt::Read;
            }
            Item::Server { .. } | Item::Live { .. } if walk.commands == 0 => {
                self.halt = Halt::Demo;
            }
            Item::Run(block) if !waits && !block.setup && walk.commands == 0 => {
                // The title stands above the prompt already.
                if self.announced.replace(self.at) != Some(self.at) && self.at.line == 0 {
                    self.tell(desk, &Event::block_began(block));
                }
                self.halt = Halt::Command;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Does what an item says; its events are still to be shown.
    async fn act_out(
        &mut self,
        desk: &mut Desk<'_>,
        item: &Item,
        walk: &mut Walk,
    ) -> Result<Vec<Event>> {
        let mut events: Vec<Event> = Vec::new();
        let mut emit = |event: Event| {
            events.push(event);
            Ok(())
        };
        match item {
            Item::Prose(_) | Item::Code { .. } | Item::Note(_) => {
                events.extend(Event::to_read(item));
            }
            // It has been opened, or passed over.
            Item::Task(_) | Item::Pause => {}
            Item::Wait(duration) => self.wait(desk, *duration, walk).await,
            Item::Await(later) => {
                self.stage.run_await(&self.lesson, later, &mut emit).await?;
                if walk.blocked.as_ref() == Some(&later.session) {
                    walk.blocked = None;
                }
            }
            Item::Picture(block) => {
                self.stage
                    .run_picture(&self.lesson, block, &mut emit)
                    .await?;
            }
            Item::Server { .. } => {
                walk.commands -= 1;
                self.stage.run_item(&self.lesson, item, &mut emit).await?;
                self.last = Instant::now();
            }
            Item::Live {
                demo, recording, ..
            } => {
                walk.commands -= 1;
                self.demo(desk, demo, recording).await?;
                self.last = Instant::now();
            }
            Item::Run(block) => {
                if self.at.line == 0 && self.announced != Some(self.at) {
                    emit(Event::block_began(block))?;
                }
                if !block.setup && walk.blocked.is_none() {
                    walk.commands -= 1;
                }
                self.run_line(desk, block, &mut emit).await?;
                if block.blocks && self.at.line + 1 >= block.lines.len() {
                    walk.blocked = Some(block.session.clone());
                }
            }
        }
        Ok(events)
    }

    /// Runs the command that is next in its block.
    async fn run_line(
        &mut self,
        desk: &Desk<'_>,
        block: &Block,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let line = self.at.line;
        let run = self.stage.run_command(&self.lesson, block, line, emit);
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
        self.last = Instant::now();
        Ok(())
    }

    /// Waits, which is said first; the time since the last command counts.
    async fn wait(&mut self, desk: &Desk<'_>, duration: Duration, walk: &mut Walk) {
        let rest = duration.saturating_sub(self.last.elapsed());
        if walk.is_new() {
            self.tell(desk, &Event::Wait(duration));
        }
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = desk.stop.pressed() => {}
        }
    }

    /// What comes after an item, or after a line of it.
    fn after(&self, item: &Item) -> Spot {
        match item {
            Item::Run(block) if self.at.line + 1 < block.lines.len() => Spot {
                line: self.at.line + 1,
                ..self.at
            },
            _ => Spot {
                item: self.at.item + 1,
                line: 0,
                ..self.at
            },
        }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_is_not_shown_again_when_it_is_gone_through_once_more() {
        let mut walk = Walk::new(1);
        let shown: Vec<bool> = (0..3).map(|_| walk.is_new()).collect();
        assert_eq!(shown, [true; 3]);
        walk.begin_again(1);
        let shown: Vec<bool> = (0..5).map(|_| walk.is_new()).collect();
        assert_eq!(shown, [false, false, false, true, true]);
    }
}
