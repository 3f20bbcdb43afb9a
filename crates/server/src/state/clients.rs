//! The connections, and for which of them something is still to be done.

use crate::state::ClientId;
use crate::state::FastMap;
use crate::state::client::{Client, Pause};
use std::collections::{BTreeSet, VecDeque};

/// Who has sent nothing for longer gives back the room for its input,
/// milliseconds; as in Redis.
const ROOM_IDLE: i64 = 2000;

/// How often it is looked for them, milliseconds.
const LOOK_AT_ROOM: i64 = 1000;

/// All connections.
#[derive(Debug, Default)]
pub struct Clients {
    by_id: FastMap<ClientId, Box<Client>>,
    /// The number given last.
    last: ClientId,
    /// Those that have something to be sent.
    with_output: Vec<ClientId>,
    /// Those that are to be freed at the end of the turn.
    to_close: Vec<ClientId>,
    /// Those that no longer wait and may have further input.
    to_resume: VecDeque<ClientId>,
    /// Those that called MONITOR.
    monitors: Vec<ClientId>,
    /// CLIENT PAUSE.
    pause: Option<Pause>,
    /// How many it holds back.
    paused: usize,
    /// How many are over their soft output limit.
    soft_limited: usize,
    /// Those that have room for input of their own.
    roomy: BTreeSet<ClientId>,
    /// When they are looked at, milliseconds of Unix time.
    look_at_room: Option<i64>,
}

impl Clients {
    /// The client with this number.
    #[inline]
    pub fn get(&self, id: ClientId) -> Option<&Client> {
        self.by_id.get(&id).map(|client| &**client)
    }

    /// The same to be changed.
    #[inline]
    pub fn get_mut(&mut self, id: ClientId) -> Option<&mut Client> {
        self.by_id.get_mut(&id).map(|client| &mut **client)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Client> + Clone {
        self.by_id.values().map(|client| &**client)
    }

    /// The same to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Client> {
        self.by_id.values_mut().map(|client| &mut **client)
    }

    /// The numbers of those of which something is true.
    pub fn which(&self, wanted: impl Fn(&Client) -> bool) -> Vec<ClientId> {
        let wanted = self.iter().filter(|client| wanted(client));
        wanted.map(|client| client.id).collect()
    }

    /// A number for a new connection; never the same twice.
    pub fn number(&mut self) -> ClientId {
        self.last += 1;
        self.last
    }

    /// Takes up a connection.
    pub fn add(&mut self, client: Client) {
        self.by_id.insert(client.id, Box::new(client));
    }

    /// Takes a connection out, to be added again.
    pub fn take(&mut self, id: ClientId) -> Option<Client> {
        self.by_id.remove(&id).map(|client| *client)
    }

    /// Forgets a connection.
    pub fn remove(&mut self, id: ClientId) {
        self.stop_monitoring(id);
        if let Some(client) = self.by_id.remove(&id) {
            self.paused -= usize::from(client.paused);
            self.soft_limited -= usize::from(client.soft_limit_since.is_some());
        }
    }

    /// Remembers that a client has room for input of its own.
    pub fn has_room(&mut self, id: ClientId, now: i64) {
        self.roomy.insert(id);
        self.look_at_room.get_or_insert(now + LOOK_AT_ROOM);
    }

    /// When [`Clients::release_room`] is due next, if ever.
    pub fn room_due(&self) -> Option<i64> {
        self.look_at_room
    }

    /// Those that have been idle for long enough keep no more room for input
    /// than what they have sent takes.
    pub fn release_room(&mut self, now: i64) {
        if self.look_at_room.is_none_or(|when| when > now) {
            return;
        }
        let clients = &mut self.by_id;
        self.roomy.retain(|id| match clients.get_mut(id) {
            Some(client) if now - client.active > ROOM_IDLE => {
                client.query.shrink_to_fit();
                false
            }
            client => client.is_some_and(|client| client.query.capacity() > 0),
        });
        self.look_at_room = (!self.roomy.is_empty()).then_some(now + LOOK_AT_ROOM);
    }

    /// Remembers that a client has output to be sent.
    #[inline]
    pub fn output_pending(&mut self, id: ClientId) {
        // Checked against the last only: pipelines of one client come in a
        // row, and sending twice does no harm.
        if self.with_output.last() != Some(&id) {
            self.with_output.push(id);
        }
    }

    /// Those that have output to be sent, once.
    pub fn take_with_output(&mut self) -> Vec<ClientId> {
        std::mem::take(&mut self.with_output)
    }

    /// Has a client freed at the end of the turn, and its buffers now; whether
    /// that is new.
    pub fn close(&mut self, id: ClientId) -> bool {
        let client = self.by_id.get_mut(&id);
        let Some(client) = client.filter(|client| !client.close_asap) else {
            return false;
        };
        client.close_asap = true;
        client.query = Vec::new();
        client.drop_output();
        self.to_close.push(id);
        true
    }

    /// Those to be freed now, once: not those whose command is still on the
    /// stack.
    pub fn take_closed(&mut self) -> Vec<ClientId> {
        let closed = std::mem::take(&mut self.to_close);
        let (kept, gone) = closed
            .into_iter()
            .partition(|id| self.get(*id).is_some_and(|client| client.executing));
        self.to_close = kept;
        gone
    }

    /// Has a client's further input executed at the end of the turn.
    pub fn resume(&mut self, id: ClientId) {
        self.to_resume.push_back(id);
    }

    /// The next whose further input is to be executed, once; in the order in
    /// which they ceased to wait.
    pub fn next_to_resume(&mut self) -> Option<ClientId> {
        self.to_resume.pop_front()
    }

    /// Whether something is to be done for a client at once.
    pub fn are_due(&self) -> bool {
        !self.to_resume.is_empty() || !self.to_close.is_empty()
    }

    /// Shows a client every command from now on; whether that is new.
    pub fn monitor(&mut self, id: ClientId) -> bool {
        let client = self.by_id.get_mut(&id);
        let begins = client.is_some_and(|client| !std::mem::replace(&mut client.monitor, true));
        if begins {
            self.monitors.push(id);
        }
        begins
    }

    /// Ends that.
    pub fn stop_monitoring(&mut self, id: ClientId) {
        if let Some(client) = self.by_id.get_mut(&id)
            && std::mem::take(&mut client.monitor)
        {
            self.monitors.retain(|other| *other != id);
        }
    }

    /// Those that are shown every command.
    #[inline]
    pub fn monitors(&self) -> &[ClientId] {
        &self.monitors
    }

    /// Begins a pause. Of two, the longer and the stricter holds.
    pub fn pause(&mut self, pause: Pause) {
        let old = self.pause;
        self.pause = Some(Pause {
            until: old.map_or(pause.until, |old| old.until.max(pause.until)),
            all: pause.all || old.is_some_and(|old| old.all),
        });
    }

    /// The pause in force, over or not.
    #[inline]
    pub fn pausing(&self) -> Option<Pause> {
        self.pause
    }

    /// Holds a client back until the pause ends.
    pub fn hold_back(&mut self, id: ClientId) {
        if let Some(client) = self.get_mut(id) {
            client.paused = true;
            self.paused += 1;
        }
    }

    /// How many are held back.
    pub fn held_back(&self) -> usize {
        self.paused
    }

    /// Ends the pause: what was held back is executed.
    pub fn end_pause(&mut self) {
        self.pause = None;
        self.paused = 0;
        for client in self.by_id.values_mut() {
            if std::mem::take(&mut client.paused) {
                self.to_resume.push_back(client.id);
            }
        }
    }

    /// Notes whether a client is over its soft output limit now; since when,
    /// milliseconds since 1970.
    pub fn over_soft_limit(&mut self, id: ClientId, over: bool, now: i64) -> Option<i64> {
        let since = &mut self.by_id.get_mut(&id)?.soft_limit_since;
        match (over, *since) {
            (true, None) => {
                *since = Some(now);
                self.soft_limited += 1;
            }
            (false, Some(_)) => {
                *since = None;
                self.soft_limited -= 1;
            }
            _ => {}
        }
        *since
    }

    /// How many are over their soft output limit.
    pub fn soft_limited(&self) -> usize {
        self.soft_limited
    }
}
