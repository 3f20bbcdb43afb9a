//! What the learner sees of the lesson's events: each once, with a word beside
//! those that the learner's own commands have changed.

use super::state::{Demos, Guide};
use super::walk::Walk;
use crate::error::Result;
use crate::lesson::{Item, SessionName};
use crate::render::style::Ink;
use crate::runner::{Event, Verdict};
use crate::session::hooks::Desk;
use resp::Reply;
use std::sync::Arc;
use std::time::Duration;

impl<D: Demos> Guide<D> {
    /// Shows the events of an item, but for those that were shown before.
    pub(super) fn show(
        &mut self,
        desk: &mut Desk<'_>,
        item: &Item,
        events: Vec<Event>,
        walk: &mut Walk,
    ) {
        let mut replies = Vec::new();
        for mut event in events {
            let own = self.is_own_doing(&mut event);
            if let Event::Reply { reply, took, .. } = &event {
                replies.extend(reply.clone().map(|reply| (reply, *took)));
            }
            if !walk.is_new() {
                continue;
            }
            match &event {
                Event::Command { session, .. } => self.show_command(desk, session, &event),
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
        self.remember(desk, item, replies);
    }

    /// Whether a reply differs because of the learner's own commands: then it
    /// is none of the lesson's surprises.
    fn is_own_doing(&mut self, event: &mut Event) -> bool {
        let Event::Reply { verdict, .. } = event else {
            return false;
        };
        if !verdict.is_surprise() {
            return false;
        }
        let own = self.own || self.unsure;
        if own {
            *verdict = Verdict::Unchecked;
        } else {
            self.surprises += 1;
        }
        own
    }

    /// Shows a command behind the prompt that its session has, unless the
    /// learner has typed it.
    fn show_command(&mut self, desk: &Desk<'_>, session: &SessionName, event: &Event) {
        let text = self.painter.paint(event);
        if std::mem::take(&mut self.typed) {
            return;
        }
        let name = session.as_deref().unwrap_or("lab");
        let text = match self.home.get(session) {
            // In another database or subscribed, it says so.
            Some(home) => text.replacen(&format!("{name}> "), &home.prompt(name), 1),
            None => text,
        };
        self.say(desk, text);
    }

    /// Keeps the last command and what it was answered, for the words that
    /// speak of them.
    fn remember(&self, desk: &mut Desk<'_>, item: &Item, replies: Vec<(Reply, Duration)>) {
        let Item::Run(block) = item else {
            return;
        };
        if let Some(line) = block.lines.get(self.at.line)
            && let Some((_, took)) = replies.last()
        {
            let took = *took;
            let replies = replies.into_iter().map(|(reply, _)| reply).collect();
            desk.shell
                .remember(line.argv.clone(), Arc::new(replies), took);
        }
    }

    /// Plays a demo, or the recording of one.
    pub(super) async fn demo(
        &mut self,
        desk: &mut Desk<'_>,
        name: &str,
        recording: &[String],
    ) -> Result<()> {
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
