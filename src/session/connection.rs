//! The session's connection and its server: moved to another, begun anew, found
//! again, left as long as messages arrive on it, and looked at by `:wire`.

use super::core::Session;
use super::seats::Seats;
use super::wire;
use crate::conn::{ConnError, Target};
use crate::error::{Error, Result};
use crate::render::style::Ink;
use catalog::text;
use std::sync::{Arc, PoisonError};

impl Session {
    /// `:reset`: a new server in the place of a private one that is gone, or
    /// that the learner has spoilt.
    pub(super) async fn renew_server(&mut self) -> Result<String> {
        let target = self.client.target().clone();
        if !target.renew().await? {
            return Err(Error::usage(text!(
                ":reset is for the lab's own server; {target} is not",
                ":reset dotyczy własnego serwera lab; {target} nim nie jest"
            )));
        }
        self.renew();
        if let Err(error) = self.client.connect().await {
            self.say_unreachable(&error);
        }
        let text = self.shell.lang.pick(
            "the server is a new one, and empty",
            "serwer jest nowy i pusty",
        );
        Ok(self.shell.remark(text))
    }

    /// Another server from now on, which is not the lab's own.
    pub fn move_to(&mut self, target: Target) {
        self.label = target.to_string();
        self.private = false;
        self.client.retarget(target);
        self.seats = Seats::default();
        self.shell.side.drop_connection();
    }

    /// What is said when the connection is there again.
    pub fn back(&self) -> String {
        let lang = self.shell.lang;
        let restored = self.client.state.restored(lang);
        let mut text = lang.pick("connected again", "znowu połączono").to_owned();
        if !restored.is_empty() {
            let label = lang.pick("restored", "przywrócono");
            text.push_str(&format!("; {label}: {}", restored.join(", ")));
        }
        self.shell.remark(&text)
    }

    /// Says that there is no server, and that the session goes on.
    pub fn say_unreachable(&mut self, error: &ConnError) {
        let lang = self.shell.lang;
        let mut text = self.shell.style.paint(Ink::Bad, error.text(lang) + "\n");
        text.push_str(&self.shell.remark(lang.pick(
            "the shell goes on and keeps trying; help works without a server",
            "powłoka działa dalej i próbuje się połączyć; pomoc działa bez serwera",
        )));
        self.out.say(text);
    }

    /// Ctrl-C on an empty line: leaves MONITOR and subscriptions, and ends what
    /// the connection waits for; whether there was anything to leave.
    pub async fn leave_messages(&mut self) -> bool {
        if self.seats.waiting.is_some() {
            self.end_waiting().await;
            return true;
        }
        if self.client.state.monitor {
            // Servers before 6.2 know no other way out of MONITOR.
            self.connect_anew().await;
            return true;
        }
        if !self.client.state.is_subscribed() {
            return false;
        }
        if self.client.unsubscribe().await.is_err() {
            let text = self.lose(&ConnError::Closed);
            self.out.say(text);
        } else if self.client.state.is_subscribed() {
            // The server refuses UNSUBSCRIBE to this user.
            self.connect_anew().await;
        }
        true
    }

    /// Another connection in the place of one that is left with its messages.
    async fn connect_anew(&mut self) {
        self.client.disconnect();
        self.client.state.lost_transaction = false;
        if let Err(error) = self.client.connect().await {
            self.say_unreachable(&error);
        }
    }

    /// Puts the tap of `:wire` where it belongs after a switch or reconnect.
    pub fn rewire(&mut self) {
        if !self.shell.switches.wire {
            self.client.set_tap(None);
            return;
        }
        let seen = Arc::clone(&self.wire);
        self.client.set_tap(Some(Box::new(move |direction, bytes| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            match seen.last_mut() {
                Some((last, sofar)) if *last == direction => sofar.extend_from_slice(bytes),
                _ => seen.push((direction, bytes.to_vec())),
            }
        })));
    }

    /// Tells the bytes seen since the last command.
    pub fn drain_wire(&mut self) {
        let seen = std::mem::take(&mut *self.wire.lock().unwrap_or_else(PoisonError::into_inner));
        for (direction, bytes) in seen {
            let text = wire::annotate(direction, &bytes, self.shell.lang, self.shell.style);
            self.out.say(text);
        }
    }
}
