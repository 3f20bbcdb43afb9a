//! One command of a session: asked about when it destroys much, sent, waited
//! for (Ctrl-C ends a blocking one), told, explained.

use super::Session;
use super::danger::{Danger, MANY_KEYS, by_the_server, danger};
use super::event::Event;
use super::flow::Flow;
use super::hooks::Hooks;
use super::line::Typed;
use super::output::Output;
use super::seats::{GIVES_BACK, Waiting};
use super::shell::Preparation;
use super::stop::{Stopped, end_wait, patience};
use super::teach;
use crate::conn::state::{Argv, Silence, name_of};
use crate::conn::{Arrival, ConnError};
use crate::render::style::Ink;
use catalog::lang::Text;
use resp::Reply;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// redis-cli tells the time of commands that took this long.
pub const SLOW: Duration = Duration::from_millis(500);

/// What came of running a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It was answered; a mode may want to leave now.
    Answered(Flow),
    /// It was not sent.
    Refused,
    /// The connection was lost before the answer.
    Lost,
    /// It waits in the server, and the session goes on.
    Waits,
}

/// What came of a command.
enum Outcome {
    Replies(Vec<Reply>, Duration),
    /// None yet, and another connection can go on.
    Waits(Waiting),
    /// The connection was lost, or given up at Ctrl-C.
    Lost(ConnError),
}

impl Session {
    /// Runs one command and tells what came of it.
    pub(super) async fn command(
        &mut self,
        argv: &Argv,
        typed: Option<&Typed<'_>>,
        hooks: &mut impl Hooks,
    ) -> Ran {
        if !self.may_send(argv).await {
            return Ran::Refused;
        }
        if self.shell.commands.find_argv(argv).is_none() {
            self.shell.learn_of(&self.client, argv).await;
        }
        let known = self.shell.prepare(&self.client, argv).await;
        let (replies, took) = match self.call_or_repeat(argv).await {
            // Shared, not copied: ten million elements are kept once.
            Outcome::Replies(replies, took) => (Arc::new(replies), took),
            Outcome::Waits(waiting) => {
                self.drain_wire();
                self.seats.waiting = Some(Waiting { known, ..waiting });
                let lang = self.shell.lang;
                self.out.say(self.shell.remark(lang.pick(
                    "it waits in the server; :session picks another connection, Ctrl-C ends the wait",
                    "czeka na serwerze; :session wybiera inne połączenie, Ctrl-C kończy czekanie",
                )));
                return Ran::Waits;
            }
            Outcome::Lost(error) => {
                self.lost_in_flight(argv, &error).await;
                return Ran::Lost;
            }
        };
        self.drain_wire();
        if replies.is_empty() {
            self.explain_silence();
        }
        self.out.tell(Event::Replies {
            argv: argv.clone(),
            replies: Arc::clone(&replies),
        });
        self.say_time(took);
        let was_ok = !replies.iter().any(Reply::is_error);
        if was_ok
            && self.shell.switches.hints
            && let Some(hint) = typed.and_then(|typed| teach::lost_quotes(typed, self.shell.lang))
        {
            self.out.say(self.shell.remark(&hint));
        }
        let text = self
            .shell
            .conclude(&self.client, argv, &replies, took, known)
            .await;
        self.out.say(text);
        let said = hooks.after(self.desk(), argv, &replies).await;
        Ran::Answered(self.said(said))
    }

    /// Whether a command can be sent; why not is said. A connection that was
    /// lost is made again first.
    async fn may_send(&mut self, argv: &Argv) -> bool {
        if let Some(refusal) = self.still_waits() {
            self.out.tell(Event::Refused(refusal));
            return false;
        }
        if let Some(refusal) = self.client.state.refuse_lost(argv) {
            self.out.tell(Event::Replies {
                argv: argv.clone(),
                replies: Arc::new(vec![refusal]),
            });
            return false;
        }
        if !self.client.is_connected() {
            if let Err(error) = self.client.connect().await {
                self.say_unreachable(&error);
                return false;
            }
            self.rewire();
            self.out.say(self.back());
        }
        true
    }

    /// Says how long a command took, where that is asked for or remarkable.
    fn say_time(&self, took: Duration) {
        if self.shell.switches.timing {
            let took = self.shell.lang.decimal(took.as_secs_f64() * 1000.0, 2);
            self.out.say(self.shell.remark(&format!("{took} ms")));
        } else if took >= SLOW && self.shell.output == Output::Pretty {
            self.out.say(format!("({:.2}s)\n", took.as_secs_f64()));
        }
    }

    /// Says how messages are left, before some are subscribed to.
    fn greet_messages(&self, argv: &Argv) {
        let reading = matches!(
            name_of(argv).as_str(),
            "subscribe" | "psubscribe" | "ssubscribe"
        );
        // Without a channel it is refused.
        if reading
            && argv.len() > 1
            && self.client.state.transaction.is_none()
            && self.greets_messages
        {
            self.out.say(self.shell.lang.pick(
                "Reading messages... (press Ctrl-C to leave)\n",
                "Czekam na wiadomości... (Ctrl-C kończy)\n",
            ));
        }
    }

    /// Calls a command; once more where the connection was lost meanwhile and
    /// reading twice harms nobody.
    async fn call_or_repeat(&mut self, argv: &Argv) -> Outcome {
        let outcome = self.call(argv).await;
        let Outcome::Lost(error) = &outcome else {
            return outcome;
        };
        if matches!(error, ConnError::Stopped) || !self.may_repeat(argv) {
            return outcome;
        }
        let text = self.lose(error);
        self.out.say(text);
        if self.client.connect().await.is_err() {
            return outcome;
        }
        self.rewire();
        self.call(argv).await
    }

    /// Sends a command and waits for its replies. Ctrl-C has the server end a
    /// blocking one, or a script; where it does not, and with every other
    /// command, it gives up the connection.
    async fn call(&mut self, argv: &Argv) -> Outcome {
        let started = Instant::now();
        let (id, target, took) = (
            self.client.id(),
            self.client.target().clone(),
            self.client.took(),
        );
        let login = self.client.state.login.clone();
        self.greet_messages(argv);
        let mut pending = match self.client.send(argv).await {
            Ok(pending) => pending,
            Err(error) => return Outcome::Lost(error),
        };
        let gives_back = self.gives_back && self.seats.are_several() && is_blocking(argv);
        let mut replies = Vec::new();
        let (client, out) = (&mut self.client, &self.out);
        let (stop, was_stopped) = (&self.stop, &mut self.was_stopped);
        let answers = async {
            while !pending.is_answered() {
                match client.answer(&mut pending).await? {
                    Arrival::Reply(reply) => replies.push(reply),
                    Arrival::Message(message) => out.tell(Event::Message(message)),
                }
            }
            Ok(())
        };
        // None: it goes on while something else is done.
        let ended = async {
            tokio::pin!(answers);
            tokio::select! {
                biased;
                () = stop.pressed(), if can_be_ended(argv) => {}
                ended = &mut answers => return Some(ended),
                () = tokio::time::sleep(GIVES_BACK), if gives_back => return None,
            }
            // From here on another Ctrl-C ends whatever is waited for.
            stop.forget();
            *was_stopped = true;
            let patience = patience(took);
            let given_up = async {
                let stopped = end_wait(&target, login.as_ref(), id, patience).await;
                if stopped != Stopped::No {
                    tokio::time::sleep(patience).await;
                }
            };
            Some(tokio::select! {
                biased;
                ended = &mut answers => ended,
                () = given_up => Err(ConnError::Stopped),
            })
        };
        match ended.await {
            Some(Ok(())) => Outcome::Replies(replies, started.elapsed()),
            Some(Err(error)) => Outcome::Lost(error),
            None => Outcome::Waits(Waiting {
                pending,
                began: started,
                replies,
                known: Preparation::default(),
            }),
        }
    }

    /// Says why there is no reply, and until when.
    fn explain_silence(&mut self) {
        let lang = self.shell.lang;
        let text = match self.client.state.silence {
            Silence::All => lang.pick(
                "the server carries commands out and answers none, until CLIENT REPLY ON",
                "serwer wykonuje polecenia i na żadne nie odpowiada, aż do CLIENT REPLY ON",
            ),
            Silence::Next => lang.pick(
                "the server will not answer the next command",
                "na następne polecenie serwer nie odpowie",
            ),
            Silence::None => lang.pick(
                "sent; CLIENT REPLY SKIP has left its reply out",
                "wysłano; odpowiedź pominęło CLIENT REPLY SKIP",
            ),
        };
        self.out.say(self.shell.remark(text));
    }

    /// Ctrl-C at the prompt of a connection that waits: the server ends that,
    /// and its answer comes; where it does not, the connection is given up.
    pub(super) async fn end_waiting(&mut self) {
        let patience = patience(self.client.took());
        let target = self.client.target().clone();
        let login = self.client.state.login.clone();
        let ended = end_wait(&target, login.as_ref(), self.client.id(), patience).await;
        if ended == Stopped::No {
            let text = self.lose(&ConnError::Stopped);
            self.out.say(text);
        }
    }

    /// Whether a command may be sent a second time after a loss: it only
    /// reads, and nothing it may depend on was lost.
    fn may_repeat(&self, argv: &[Vec<u8>]) -> bool {
        let reads = self
            .shell
            .commands
            .find_argv(argv)
            .is_some_and(|command| command.is_read_only() && !command.is_blocking());
        let state = &self.client.state;
        reads && state.transaction.is_none() && !state.watching && !state.is_subscribed()
    }

    async fn lost_in_flight(&mut self, argv: &[Vec<u8>], error: &ConnError) {
        let lang = self.shell.lang;
        let stopped = name_of(argv) == "shutdown";
        let mut text = self.lose(error);
        if !stopped {
            text.push_str(&self.shell.remark(lang.pick(
                "whether this command was run is not known; it was not sent again",
                "nie wiadomo, czy to polecenie się wykonało; nie wysłano go ponownie",
            )));
        }
        let is_given_up = matches!(error, ConnError::Stopped);
        if (stopped || is_given_up) && self.client.target().can_renew() {
            text.push_str(&self.shell.remark(lang.pick(
                ":reset starts a new, empty server in its place",
                ":reset uruchomi w jego miejsce nowy, pusty serwer",
            )));
        }
        self.out.say(text);
        if !stopped && !is_given_up && self.client.connect().await.is_ok() {
            self.rewire();
            self.out.say(self.back());
        }
    }

    /// Gives up the connection; the text names what went with it.
    pub fn lose(&mut self, error: &ConnError) -> String {
        let lang = self.shell.lang;
        let losses = self.client.state.losses(lang);
        self.client.disconnect();
        self.seats.waiting = None;
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

    /// Says why a command is asked about; the question.
    pub(super) fn asks_first(&mut self, reason: &Text) -> String {
        let lang = self.shell.lang;
        self.out.say(format!("{}\n", reason.pick(lang)));
        let question = lang.pick("type yes to go on: ", "wpisz tak, żeby kontynuować: ");
        question.to_owned()
    }

    /// The question to ask before a destructive command on somebody's server.
    pub(super) async fn question(&mut self, argv: &[Vec<u8>]) -> Option<String> {
        if self.private || !self.confirm {
            return None;
        }
        self.shell.learn_of(&self.client, argv).await;
        let told = self.shell.commands.find_argv(argv);
        let danger = danger(argv).or_else(|| by_the_server(told?))?;
        let lang = self.shell.lang;
        let mut what = danger.text(lang).to_owned();
        if danger == Danger::BlocksServer {
            let size = match self.shell.side.beside(&self.client).await {
                Ok(side) => side.ask(&["DBSIZE"]).await.ok().and_then(|n| n.as_int()),
                Err(_) => None,
            };
            match size {
                Some(n) if n > MANY_KEYS => what = format!("{what} ({n})"),
                _ => return None,
            }
        }
        let target = self.client.target().to_string();
        self.out.say(format!("{target}: {what}\n"));
        let question = lang.pick("type yes to go on: ", "wpisz tak, żeby kontynuować: ");
        Some(question.to_owned())
    }
}

fn is_blocking(argv: &Argv) -> bool {
    catalog::find_argv(argv).is_some_and(catalog::Command::is_blocking)
}

/// Whether a server can be told to end this command and answer.
fn can_be_ended(argv: &Argv) -> bool {
    let is_script = |command: &catalog::Command| command.group == catalog::Group::Scripting;
    is_blocking(argv) || catalog::find_argv(argv).is_some_and(is_script)
}

pub(super) fn is_yes(text: &str) -> bool {
    matches!(
        text.trim().to_lowercase().as_str(),
        "yes" | "y" | "tak" | "t"
    )
}
