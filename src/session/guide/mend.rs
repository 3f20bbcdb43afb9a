//! Own commands never spoil the lesson: its sessions are brought back into
//! the state in which it left them, and its data can be put back.

use super::state::{Demos, Guide};
use crate::conn::state::State;
use crate::error::Result;
use crate::lesson::SessionName;
use crate::runner::{Spot, Waits};
use crate::session::hooks::Desk;
use catalog::text;
use std::time::Instant;

impl<D: Demos> Guide<D> {
    /// Brings every session into the state in which the lesson left it, and
    /// says what was in the way.
    pub(super) async fn mend(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        if self.unsure {
            return self.put_back(desk).await;
        }
        let states: Vec<(SessionName, State)> = self
            .stage
            .states()
            .map(|(name, state)| (name.clone(), state.clone()))
            .collect();
        let mut mended: Vec<String> = Vec::new();
        for (name, state) in states {
            let home = match self.home.get(&name) {
                Some(home) => home.clone(),
                None => continue,
            };
            if state == home {
                continue;
            }
            let lang = self.lang();
            let client = self.stage.client(&name).await?;
            if state.transaction.is_some() && home.transaction.is_none() {
                client.ask(&["DISCARD"]).await?;
                mended.push(
                    lang.pick("your MULTI is discarded", "twoje MULTI odrzucone")
                        .to_owned(),
                );
            }
            if client.state.is_subscribed() && !home.is_subscribed() {
                client.unsubscribe().await?;
                mended.push(
                    lang.pick("your subscription is ended", "twoja subskrypcja zakończona")
                        .to_owned(),
                );
            }
            if client.state.watching && !home.watching {
                client.ask(&["UNWATCH"]).await?;
                mended.push(
                    lang.pick("your WATCH is ended", "twoje WATCH zakończone")
                        .to_owned(),
                );
            }
            if client.state.resp3 && !home.resp3 {
                client.ask(&["HELLO", "2"]).await?;
                mended.push(lang.pick("back to RESP2", "znów RESP2").to_owned());
            }
            if client.state.db != home.db && client.state.transaction.is_none() {
                client.ask(&["SELECT", &home.db.to_string()]).await?;
                let db = home.db;
                mended.push(text!(lang, "back to database {db}", "znów baza {db}"));
            }
            if client.state != home {
                return self.put_back(desk).await;
            }
        }
        if !mended.is_empty() {
            let text = mended.join(", ");
            self.remark(desk, &text);
        }
        Ok(())
    }

    /// Puts the step's data and sessions back as they were here, and says so.
    pub(super) async fn put_back(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        self.say_put_back(desk);
        self.replay(self.at).await
    }

    /// Says it beforehand: where servers have to find each other again, it
    /// takes seconds.
    fn say_put_back(&self, desk: &Desk<'_>) {
        let text = self.lang().pick(
            "the step's data and connections are put back first",
            "najpierw wracają dane i połączenia tego kroku",
        );
        self.remark(desk, text);
    }

    /// Goes to a spot with everything as the lesson leaves it there.
    pub(super) async fn rewind(&mut self, desk: &mut Desk<'_>, spot: Spot) -> Result<()> {
        self.give(desk);
        if !self.lesson.servers.is_empty() && !self.stage.is_recorded() {
            self.say_put_back(desk);
        }
        self.replay(spot).await?;
        self.at = spot;
        self.announced = None;
        self.attempt = None;
        self.task = None;
        self.reminds = false;
        self.take(desk, None).await
    }

    /// Plays the lesson from its beginning to a spot, without showing it.
    pub(super) async fn replay(&mut self, to: Spot) -> Result<()> {
        self.home.clear();
        self.stage.replay(&self.lesson, to, Waits::Near).await?;
        for (name, state) in self.stage.states() {
            self.home.insert(name.clone(), state.clone());
        }
        self.own = false;
        self.unsure = false;
        self.last = Instant::now();
        Ok(())
    }
}
