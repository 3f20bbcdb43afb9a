//! One command of the interactive shell: asked about when it destroys much,
//! sent, waited for (Ctrl-C ends a blocking one), shown, explained.

use super::client::Arrival;
use super::danger::{Danger, MANY_KEYS, danger};
use super::editor::Typed;
use super::hooks::Hooks;
use super::interactive::{Flow, Repl};
use super::pipe::SLOW;
use super::screen;
use super::state::{Argv, name_of};
use super::teach;
use crate::conn::{ConnError, Connection, Target};
use crate::error::Result;
use crate::render::style::Ink;
use resp::Reply;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What came of a command.
enum Outcome {
    Replies(Vec<Reply>, Duration),
    /// The connection was lost, or given up by a second Ctrl-C.
    Lost(ConnError),
}

impl Repl {
    /// Runs one command and shows what came of it. The flag tells whether it
    /// was answered.
    pub(super) async fn command(
        &mut self,
        argv: &Argv,
        typed: &str,
        program: Option<&str>,
        hooks: &mut impl Hooks,
    ) -> Result<(Flow, bool)> {
        if let Some(refusal) = self.client.state.refuse_lost(argv) {
            self.screen
                .reply(argv, &Arc::new(vec![refusal]), self.shell.output, false)
                .await?;
            return Ok((Flow::Stay, false));
        }
        if !self.client.is_connected() {
            if let Err(error) = self.client.connect().await {
                self.say_unreachable(&error)?;
                return Ok((Flow::Stay, false));
            }
            self.rewire();
            let text = self.back();
            self.screen.show(&text)?;
        }
        if !self.confirmed(argv).await? {
            return Ok((Flow::Stay, false));
        }
        let known = self.shell.prepare(&self.client, argv).await;
        let mut outcome = self.call(argv).await?;
        if let Outcome::Lost(error) = &outcome
            && self.may_repeat(argv)
        {
            // Reading twice harms nobody.
            let text = self.lose(error);
            self.screen.show(&text)?;
            if self.client.connect().await.is_ok() {
                self.rewire();
                outcome = self.call(argv).await?;
            }
        }
        let (replies, took) = match outcome {
            // Shared, not copied: ten million elements are kept once.
            Outcome::Replies(replies, took) => (Arc::new(replies), took),
            Outcome::Lost(error) => {
                self.lost_in_flight(argv, &error).await?;
                return Ok((Flow::Stay, false));
            }
        };
        self.drain_wire();
        match program {
            Some(program) => {
                let text = screen::plain_text(argv, &replies);
                if let Err(error) = screen::run_program(program, text).await {
                    return self.said(Err(error)).map(|flow| (flow, true));
                }
            }
            None => {
                let (output, utf8) = (self.shell.output, self.shell.switches.utf8);
                self.screen.reply(argv, &replies, output, utf8).await?;
                if took >= SLOW {
                    self.screen
                        .show(&format!("({:.2}s)\n", took.as_secs_f64()))?;
                }
            }
        }
        let was_ok = !replies.iter().any(Reply::is_error);
        if was_ok
            && self.shell.switches.hints
            && let Some(hint) = teach::lost_quotes(typed, self.shell.lang)
        {
            let hint = self.shell.remark(&hint);
            self.screen.show(&hint)?;
        }
        let text = self
            .shell
            .conclude(&self.client, argv, &replies, took, known)
            .await;
        self.screen.show(&text)?;
        let said = hooks.after(argv, &replies).await;
        let flow = self.said(said)?;
        Ok((flow, true))
    }

    /// Sends a command and waits for its replies. Ctrl-C ends a blocking one;
    /// pressed again, it gives up the connection.
    async fn call(&mut self, argv: &Argv) -> Result<Outcome> {
        let started = Instant::now();
        let style = self.shell.style;
        let (id, target) = (self.client.id(), self.client.target().clone());
        let login = self.client.state.login.clone();
        let lang = self.shell.lang;
        let mut replies = Vec::new();
        let mut failed = Ok(());
        let screen = &mut self.screen;
        let reading = matches!(
            name_of(argv).as_str(),
            "subscribe" | "psubscribe" | "ssubscribe"
        );
        if reading && self.client.state.transaction.is_none() {
            screen.show(lang.pick(
                "Reading messages... (press Ctrl-C to leave)\n",
                "Czekam na wiadomości... (Ctrl-C kończy)\n",
            ))?;
        }
        let ended = {
            let call = self.client.call(argv, |arrival| match arrival {
                Arrival::Reply(reply) => replies.push(reply),
                Arrival::Message(message) => {
                    let shown = screen.show(&screen::message_text(&message, style));
                    if failed.is_ok() {
                        failed = shown;
                    }
                }
            });
            tokio::pin!(call);
            let mut presses = 0;
            loop {
                tokio::select! {
                    ended = &mut call => break ended,
                    _ = tokio::signal::ctrl_c() => {
                        presses += 1;
                        if presses > 1 {
                            break Err(ConnError::Closed);
                        }
                        let unblocked = unblock(&target, login.as_ref(), id).await;
                        if !unblocked {
                            screen::note(lang.pick(
                                "waiting for the server; Ctrl-C again gives up the connection",
                                "czekam na serwer; kolejne Ctrl-C porzuci połączenie",
                            ));
                        }
                    }
                }
            }
        };
        failed?;
        Ok(match ended {
            Ok(()) => Outcome::Replies(replies, started.elapsed()),
            Err(error) => Outcome::Lost(error),
        })
    }

    /// Whether a command may be sent a second time after a loss: it only
    /// reads, and nothing it may depend on was lost.
    fn may_repeat(&self, argv: &[Vec<u8>]) -> bool {
        let reads = catalog::find_argv(argv)
            .is_some_and(|command| command.is_read_only() && !command.is_blocking());
        let state = &self.client.state;
        reads && state.transaction.is_none() && !state.watching && !state.is_subscribed()
    }

    async fn lost_in_flight(&mut self, argv: &[Vec<u8>], error: &ConnError) -> Result<()> {
        let lang = self.shell.lang;
        let stopped = name_of(argv) == "shutdown";
        let mut text = self.lose(error);
        if !stopped {
            text.push_str(&self.shell.remark(lang.pick(
                "whether this command was run is not known; it was not sent again",
                "nie wiadomo, czy to polecenie się wykonało; nie wysłano go ponownie",
            )));
        }
        self.screen.show(&text)?;
        if !stopped && self.client.connect().await.is_ok() {
            self.rewire();
            let text = self.back();
            self.screen.show(&text)?;
        }
        Ok(())
    }

    /// Gives up the connection; the text names what went with it.
    pub(super) fn lose(&mut self, error: &ConnError) -> String {
        let lang = self.shell.lang;
        let losses = self.client.state.losses(lang);
        self.client.disconnect();
        let style = self.shell.style;
        let mut text = style.paint(Ink::Bad, error.text(lang) + "\n");
        if !losses.is_empty() {
            let lost = lang.pick("lost", "przepadło");
            text.push_str(&self.shell.remark(&format!("{lost}: {}", losses.join(", "))));
        }
        if self.client.state.lost_transaction {
            text.push_str(&self.shell.remark(lang.pick(
                "nothing more of that transaction is sent; EXEC or DISCARD ends it",
                "nic więcej z tej transakcji nie zostanie wysłane; kończy ją EXEC albo DISCARD",
            )));
        }
        text
    }

    /// Asks before destructive commands on somebody's server.
    async fn confirmed(&mut self, argv: &[Vec<u8>]) -> Result<bool> {
        if self.options.private || !self.options.config.confirm {
            return Ok(true);
        }
        let Some(danger) = danger(argv) else {
            return Ok(true);
        };
        let lang = self.shell.lang;
        let mut what = danger.text(lang).to_owned();
        if danger == Danger::BlocksServer {
            let size = match self.shell.side.beside(&self.client).await {
                Ok(side) => side.ask(&["DBSIZE"]).await.ok().and_then(|n| n.as_int()),
                Err(_) => None,
            };
            match size {
                Some(n) if n > MANY_KEYS => what = format!("{what} ({n})"),
                _ => return Ok(true),
            }
        }
        let target = self.client.target().to_string();
        self.screen.show(&format!("{target}: {what}\n"))?;
        self.editor
            .ask_answer(lang.pick("type yes to go on: ", "wpisz tak, żeby kontynuować: "));
        let answer = self.wait_for_line().await?;
        let yes = matches!(&answer, Typed::Line(text) if is_yes(text));
        if !yes {
            let text = self.shell.remark(lang.pick("not sent", "nie wysłano"));
            self.screen.show(&text)?;
        }
        Ok(yes)
    }
}

fn is_yes(text: &str) -> bool {
    matches!(
        text.trim().to_lowercase().as_str(),
        "yes" | "y" | "tak" | "t"
    )
}

/// Ends a blocking command from a connection of its own; whether it did.
async fn unblock(target: &Target, login: Option<&Argv>, id: Option<i64>) -> bool {
    let Some(id) = id else {
        return false;
    };
    let attempt = async {
        let mut connection = Connection::connect(target).await.ok()?;
        if let Some(login) = login {
            connection.call(login).await.ok()?;
        }
        let id = id.to_string();
        connection
            .call(&["CLIENT", "UNBLOCK", &id])
            .await
            .ok()?
            .as_int()
    };
    let answer = tokio::time::timeout(Duration::from_secs(1), attempt).await;
    matches!(answer, Ok(Some(1)))
}
