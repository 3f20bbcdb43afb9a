//! A connection with what it has been told: commands out, exact replies in, and a loss
//! that is noticed, named and mended.

use super::state::{Argv, Expected, State};
use crate::conn::{ConnError, Connection, Endpoint, Target, WireTap, in_time, is_refusal};
use catalog::Command;
use resp::Reply;
use std::time::{Duration, Instant};

/// A connection with what it has been told.
#[derive(Debug)]
pub struct Client {
    target: Target,
    connection: Option<Connection>,
    /// What the connection has been told; kept over a loss as far as it can
    /// be restored.
    pub state: State,
    /// The connection's id at the server, for CLIENT UNBLOCK.
    id: Option<i64>,
    /// How long connecting took.
    took: Duration,
}

/// What arrived for a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// Its reply, or one of the confirmations of a subscription.
    Reply(Reply),
    /// A message, push or MONITOR line that came in between.
    Message(Reply),
}

/// A command that was sent, with the answers it still is to have.
#[derive(Debug)]
pub struct Pending {
    argv: Argv,
    /// It may wait in the server.
    waits: bool,
    missing: usize,
}

impl Pending {
    /// The command.
    pub fn argv(&self) -> &Argv {
        &self.argv
    }

    /// Whether nothing more is to come.
    pub fn is_answered(&self) -> bool {
        self.missing == 0
    }
}

impl Client {
    /// A client that is not connected yet.
    pub fn new(target: Target) -> Client {
        let state = State {
            db: target.db(),
            user: user_of(&target),
            ..State::default()
        };
        Client {
            target,
            connection: None,
            state,
            id: None,
            took: Duration::ZERO,
        }
    }

    /// The connection, for commands that change nothing the state tells of.
    pub fn connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }

    /// The server.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Another server from now on; nothing of the old connection is kept.
    pub fn retarget(&mut self, target: Target) {
        *self = Client::new(target.with_stop(self.target.stop().clone()));
    }

    /// Whether there is a connection (which may still turn out to be dead).
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// The id of the connection, when the server told it.
    pub fn id(&self) -> Option<i64> {
        self.id
    }

    /// How long connecting took the last time: what another connection to the
    /// same server may be expected to take.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// Connects when not connected, and restores database, login and protocol.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses what is to be restored.
    pub async fn connect(&mut self) -> Result<(), ConnError> {
        if self.connection.is_some() {
            return Ok(());
        }
        let began = Instant::now();
        let mut connection = Connection::connect(&self.target).await?;
        let restoring = self.state.restoring(self.target.db());
        let restored = async {
            for command in restoring {
                if let Reply::Error(text) = connection.call(&command).await? {
                    return Err(ConnError::Login(text));
                }
            }
            match connection.call(&["CLIENT", "ID"]).await? {
                // The server's last word before it closes the connection.
                Reply::Error(text) if is_refusal(&text) => Err(ConnError::Login(text)),
                // Refused to some users by the ACL; then Ctrl-C must reconnect.
                reply => Ok(reply),
            }
        };
        self.id = in_time(&self.target, restored).await?.as_int();
        self.took = began.elapsed();
        self.connection = Some(connection);
        Ok(())
    }

    /// Forgets the connection; the state keeps what can be restored.
    pub fn disconnect(&mut self) {
        self.connection = None;
        self.id = None;
        self.state = self.state.after_loss();
        if self.state.login.is_none() {
            // The next connection begins with the login of the URL, also after
            // a RESET.
            self.state.user = user_of(&self.target);
        }
    }

    /// Shows the bytes of both directions to `tap`; `None` stops it.
    pub fn set_tap(&mut self, tap: Option<WireTap>) {
        if let Some(connection) = &mut self.connection {
            connection.set_tap(tap);
        }
    }

    /// Puts commands into the outgoing buffer; [`Client::flush`] sends them.
    pub fn queue(&mut self, argv: &[Vec<u8>]) {
        if let Some(connection) = &mut self.connection {
            connection.queue(argv);
        }
    }

    /// Sends what is queued.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn flush(&mut self) -> Result<(), ConnError> {
        self.open()?.flush().await
    }

    /// A reply or message that has arrived in full, without waiting.
    ///
    /// # Errors
    /// When the bytes are not RESP.
    pub fn try_receive(&mut self) -> Result<Option<Reply>, ConnError> {
        self.open()?.try_receive()
    }

    /// Waits for whatever arrives next. Cancel-safe.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn receive(&mut self) -> Result<Reply, ConnError> {
        self.open()?.receive().await
    }

    /// Waits for a reply that usually comes at once: [`Stop::late`](super::Stop::late)
    /// hears of it otherwise. Cancel-safe.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn receive_reply(&mut self) -> Result<Reply, ConnError> {
        self.open()?.receive_reply().await
    }

    fn open(&mut self) -> Result<&mut Connection, ConnError> {
        self.connection.as_mut().ok_or(ConnError::Closed)
    }

    /// Sends a command, whose answers [`Client::answer`] waits for.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn send(&mut self, argv: &Argv) -> Result<Pending, ConnError> {
        let expected = self.state.expects(argv);
        self.queue(argv);
        self.flush().await?;
        if expected == Expected::None {
            self.state.observe_unanswered(argv);
        }
        Ok(Pending {
            argv: argv.clone(),
            waits: catalog::find_argv(argv).is_some_and(Command::is_blocking),
            missing: match expected {
                Expected::None => 0,
                Expected::One => 1,
                Expected::Confirmations(n) => n,
            },
        })
    }

    /// Waits for what arrives next while a command is unanswered. The state
    /// takes note of its replies. Cancel-safe.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn answer(&mut self, pending: &mut Pending) -> Result<Arrival, ConnError> {
        let connection = self.open()?;
        let reply = if pending.waits {
            connection.receive().await?
        } else {
            connection.receive_reply().await?
        };
        if self.state.is_message(&pending.argv, &reply) {
            self.state.observe_message(&reply);
            return Ok(Arrival::Message(reply));
        }
        // One error answers the whole command.
        pending.missing = if reply.is_error() {
            0
        } else {
            pending.missing.saturating_sub(1)
        };
        self.state.observe(&pending.argv, &reply);
        Ok(Arrival::Reply(reply))
    }

    /// Sends a command and hands everything that arrives until it is
    /// answered to `each`, as it arrives. The state takes note.
    ///
    /// # Errors
    /// When the connection is lost; what arrived before has been handed over.
    pub async fn call(
        &mut self,
        argv: &Argv,
        mut each: impl FnMut(Arrival),
    ) -> Result<(), ConnError> {
        let mut pending = self.send(argv).await?;
        while !pending.is_answered() {
            each(self.answer(&mut pending).await?);
        }
        Ok(())
    }

    /// The one reply of an ordinary command; messages in between are dropped.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn ask<A: AsRef<[u8]>>(&mut self, argv: &[A]) -> Result<Reply, ConnError> {
        let argv: Argv = argv.iter().map(|arg| arg.as_ref().to_vec()).collect();
        let mut answer = Reply::Nil;
        let take = |arrival| {
            if let Arrival::Reply(reply) = arrival {
                answer = reply;
            }
        };
        if let Err(error) = self.call(&argv, take).await {
            // The reply may still be on its way, and would answer the next one.
            self.connection = None;
            return Err(error);
        }
        Ok(answer)
    }

    /// Leaves every channel and pattern; messages on their way are dropped.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn unsubscribe(&mut self) -> Result<(), ConnError> {
        for word in ["UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"] {
            let state = &self.state;
            let any = match word {
                "UNSUBSCRIBE" => !state.channels.is_empty(),
                "PUNSUBSCRIBE" => !state.patterns.is_empty(),
                _ => !state.shards.is_empty(),
            };
            if any {
                self.call(&vec![word.into()], |_| {}).await?;
            }
        }
        Ok(())
    }

    /// The address for messages to people.
    pub fn endpoint(&self) -> &Endpoint {
        self.target.endpoint()
    }
}

/// Whom the login of a URL or of the options lets in, when that is not the
/// default user.
fn user_of(target: &Target) -> Option<String> {
    let (user, _) = target.login()?;
    let user = user?;
    (!user.is_empty() && user != "default").then(|| user.to_owned())
}

/// A second connection with the same login, for what the shell does behind
/// the first one: names of keys, CLIENT UNBLOCK, looking at values.
#[derive(Debug, Default)]
pub struct Side {
    client: Option<Client>,
}

impl Side {
    /// Not connected until it is needed.
    pub fn new() -> Side {
        Side::default()
    }

    /// The connection, brought to the database and login of `main`.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn beside(&mut self, main: &Client) -> Result<&mut Client, ConnError> {
        let (db, login) = (main.state.db, main.state.login.clone());
        let same = self.client.as_ref().is_some_and(|side| {
            side.state.login == login && side.is_connected() && side.endpoint() == main.endpoint()
        });
        if !same {
            let mut side = Client::new(main.target.clone());
            side.state.login = login;
            side.state.db = db;
            self.client = Some(side);
        }
        let side = self
            .client
            .get_or_insert_with(|| Client::new(main.target.clone()));
        side.connect().await?;
        if side.state.db != db {
            side.ask(&["SELECT", &db.to_string()]).await?;
        }
        Ok(side)
    }

    /// Forgets the connection, for example after a failure in mid-reply.
    pub fn drop_connection(&mut self) {
        self.client = None;
    }
}
