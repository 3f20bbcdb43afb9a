//! Where a lesson is played: its sessions on one server, within the sandbox.

mod items;
mod replay;

pub use replay::{Spot, Waits};

use super::TooOld;
use super::own::Own;
use crate::conn::sandbox::Sandbox;
use crate::conn::server::{Kind, Server, Version};
use crate::conn::state::State;
use crate::conn::{Client, ConnError, Connection, Target};
use crate::error::{Error, Result};
use crate::lesson::SessionName;
use catalog::lang::Lang;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Where a lesson is played: its sessions on one server, within the sandbox.
#[derive(Debug)]
pub struct Stage {
    target: Target,
    kind: Kind,
    sandbox: Sandbox,
    version: Version,
    lang: Lang,
    sessions: HashMap<SessionName, Actor>,
    /// The servers of the lesson's own.
    pub(super) own: Own,
    /// How long taking possession of the server took.
    took: Duration,
    commands: usize,
    surprises: usize,
    /// What this server was first found too old for, and where.
    too_old: Option<(TooOld, String)>,
}

#[derive(Debug)]
struct Actor {
    client: Client,
    /// When the command was sent whose reply is still to come.
    blocked_since: Option<Instant>,
}

impl Stage {
    /// A stage on `server`. With `reset`, leftovers of an external server's
    /// earlier run are deleted first.
    ///
    /// # Errors
    /// When the server cannot be reached or its `lab:` keys are taken.
    pub async fn open(server: &Server, reset: bool, lang: Lang) -> Result<Stage> {
        let began = Instant::now();
        let sandbox = Sandbox::open(server, reset).await?;
        Ok(Stage {
            target: server.target().clone(),
            kind: server.kind().clone(),
            sandbox,
            took: began.elapsed(),
            version: server.version().clone(),
            lang,
            sessions: HashMap::new(),
            own: Own::None,
            commands: 0,
            surprises: 0,
            too_old: None,
        })
    }

    /// Commands sent so far.
    pub fn commands(&self) -> usize {
        self.commands
    }

    /// Replies so far that were not as expected.
    pub fn surprises(&self) -> usize {
        self.surprises
    }

    /// What this server was found too old for first, as the error that the
    /// run ends with.
    pub fn too_old(&self) -> Option<Error> {
        let (reason, place) = self.too_old.as_ref()?;
        Some(reason.error(place))
    }

    /// The learner's language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The server played on.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How long taking possession of the server took.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// The sandbox the lesson is kept in.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Closes every session, deletes the lesson's keys, and starts the servers
    /// of its own anew: a fresh start.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn reset(&mut self) -> Result<(), ConnError> {
        self.sessions.clear();
        self.renew_own().await?;
        self.sandbox.clear().await
    }

    /// Leaves the server as it was found.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn close(self) -> Result<(), ConnError> {
        self.target.stop().forget();
        drop(self.sessions);
        self.sandbox.close().await
    }

    /// The connection of a session, opened on first use.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn connection(&mut self, name: &SessionName) -> Result<&mut Connection, ConnError> {
        let actor = self.actor(name).await?;
        actor.client.connection().ok_or(ConnError::Closed)
    }

    async fn actor(&mut self, name: &SessionName) -> Result<&mut Actor, ConnError> {
        if !self.sessions.contains_key(name) {
            let mut client = Client::new(self.target_of(name)?);
            client.connect().await?;
            self.put(name, client);
        }
        self.sessions.get_mut(name).ok_or(ConnError::Closed)
    }

    /// Takes a session's client out of the lesson; [`Stage::put`] brings it
    /// back. What it was told is in its state.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn take(&mut self, name: &SessionName) -> Result<Client, ConnError> {
        self.actor(name).await?;
        let actor = self.sessions.remove(name);
        actor.map(|actor| actor.client).ok_or(ConnError::Closed)
    }

    /// Gives up a session's connection; the next use opens a new one.
    pub fn hang_up(&mut self, name: &SessionName) {
        self.sessions.remove(name);
    }

    /// What kind of server is played on.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Makes a client the session of this name.
    pub fn put(&mut self, name: &SessionName, client: Client) {
        let actor = Actor {
            client,
            blocked_since: None,
        };
        self.sessions.insert(name.clone(), actor);
    }

    /// The sessions that are open, with what each has been told.
    pub fn states(&self) -> impl Iterator<Item = (&SessionName, &State)> {
        let sessions = self.sessions.iter();
        sessions.map(|(name, actor)| (name, &actor.client.state))
    }

    /// The client of a session, opened on first use.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn client(&mut self, name: &SessionName) -> Result<&mut Client, ConnError> {
        Ok(&mut self.actor(name).await?.client)
    }

    /// Lends a session's client to somebody who gives it back. `None` while it
    /// is not free: blocked, subscribed, or in a transaction.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn lend(&mut self, name: &SessionName) -> Result<Option<Client>, ConnError> {
        let actor = self.actor(name).await?;
        if actor.blocked_since.is_some() || !actor.client.state.is_plain() {
            return Ok(None);
        }
        self.take(name).await.map(Some)
    }

    /// Takes a lent client back, and selects the database it had. One that is
    /// lost or not free is replaced.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn give_back(
        &mut self,
        name: &SessionName,
        client: Client,
        db: i64,
    ) -> Result<(), ConnError> {
        if client.is_connected() && client.state.is_plain() {
            self.put(name, client);
        }
        let select = ["SELECT", &db.to_string()];
        if self.actor(name).await?.client.ask(&select).await.is_err() {
            self.sessions.remove(name);
            self.actor(name).await?.client.ask(&select).await?;
        }
        Ok(())
    }
}
