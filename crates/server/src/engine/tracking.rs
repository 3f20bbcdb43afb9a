//! Tells the clients that track keys what has changed; [`crate::state::tracking`] says
//! what is remembered for it.

use crate::engine::command::{Command, Role};
use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::client::ReplyMode;
use crate::state::tracking::{ClientTracking, What};
use crate::store::ByteString;
use crate::wire::reply::Out;

/// The channel a RESP2 client listens to for another one's invalidations.
const CHANNEL: &[u8] = b"__redis__:invalidate";

impl Server {
    /// Turns tracking on for a client, or changes how.
    pub(crate) fn tracking_enable(&mut self, id: ClientId, mut wanted: ClientTracking) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        match &client.tracking {
            Some(old) => {
                for prefix in &old.prefixes {
                    if !wanted.prefixes.contains(prefix) {
                        wanted.prefixes.push(prefix.clone());
                    }
                }
            }
            None => self.tracking.clients += 1,
        }
        if wanted.broadcast && wanted.prefixes.is_empty() {
            wanted.prefixes.push(ByteString::default());
        }
        wanted.prefixes.sort();
        for prefix in &wanted.prefixes {
            let entry = self.tracking.prefixes.entry(prefix.clone()).or_default();
            entry.clients.insert(id);
        }
        client.tracking = Some(Box::new(wanted));
    }

    /// Called after `id` has executed a command that only reads keys.
    pub(crate) fn tracking_on_read(&mut self, id: ClientId, command: &Command, argv: &[&[u8]]) {
        let Some(tracking) = self.clients.get(id).and_then(|c| c.tracking.as_ref()) else {
            return;
        };
        if tracking.broadcast
            || (tracking.opt_in && !tracking.caching)
            || (tracking.opt_out && tracking.caching)
            || command.role.runs_script()
        {
            return;
        }
        // Of a script, the commands inside count.
        for key in catalog::keys_of(command.facts, argv) {
            let key = ByteString::new(argv[key.position]);
            self.tracking.readers.entry(key).or_default().insert(id);
        }
        self.tracking_limit();
    }

    /// Forgets keys until there are no more than `tracking-table-max-keys`.
    pub(crate) fn tracking_limit(&mut self) {
        let most = self.settings.tracking_table_max_keys;
        while most > 0 && self.tracking.readers.len() > most {
            // Room is made by telling the readers of some key as if it had
            // changed.
            let Some(key) = self.tracking.readers.keys().next().cloned() else {
                break;
            };
            self.invalidate_readers(&key, None);
        }
    }

    /// Called when a key has changed; `by` made the change (`None`: expiry).
    pub(crate) fn tracking_on_change(&mut self, key: &[u8], by: Option<ClientId>) {
        // To NOLOOP of BCAST, a script is somebody else.
        let sender = by.filter(|_| self.script.running.is_none());
        for (prefix, entry) in &mut self.tracking.prefixes {
            if key.starts_with(prefix) {
                entry.changed.insert(ByteString::new(key), sender);
            }
        }
        self.invalidate_readers(key, by);
    }

    fn invalidate_readers(&mut self, key: &[u8], by: Option<ClientId>) {
        let Some(readers) = self.tracking.readers.remove(key) else {
            return;
        };
        for id in readers {
            let tracking = self.clients.get(id).and_then(|c| c.tracking.as_ref());
            // A client that has changed its mode meanwhile is not told.
            let told = tracking.is_some_and(|tracking| {
                let own = tracking.no_loop && by == Some(id);
                !(tracking.broadcast || own)
            });
            if told {
                self.invalidate(id, What::Keys(vec![ByteString::new(key)]));
            }
        }
    }

    /// Called when databases have been emptied.
    pub(crate) fn tracking_on_flush(&mut self) {
        self.tracking.readers.clear();
        for id in self.clients.which(|client| client.tracking.is_some()) {
            self.invalidate(id, What::Everything);
        }
    }

    /// Called after each command: sends what was held back for the client
    /// that executed it.
    pub(crate) fn tracking_after_command(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let goes_on = client.transaction.active || client.blocked.is_some();
        let asked = client
            .last_command
            .is_some_and(|index| self.commands.at(index).role == Role::Caching);
        let Some(tracking) = &mut client.tracking else {
            return;
        };
        if !goes_on && !asked {
            tracking.caching = false;
        }
        self.tracking_send_held(id);
    }

    /// Sends a client what was held back while its own command ran.
    pub(crate) fn tracking_send_held(&mut self, id: ClientId) {
        let client = self.clients.get_mut(id);
        let Some(tracking) = client.and_then(|c| c.tracking.as_mut()) else {
            return;
        };
        for what in std::mem::take(&mut tracking.held) {
            self.send_invalidation(id, &what);
        }
    }

    /// The same, in front of the reply that is being written to `out`.
    pub(crate) fn tracking_send_held_first(&mut self, id: ClientId, out: &mut Out) {
        self.tracking_send_held(id);
        if let Some(client) = self.clients.get_mut(id)
            && client.reply_mode == ReplyMode::On
        {
            out.buf.append(&mut client.out.buf);
        }
    }

    /// Called at the end of the event loop's turn: tells the broadcasting
    /// clients what has changed in it.
    pub(crate) fn tracking_broadcast(&mut self) {
        let mut messages = Vec::new();
        for entry in self.tracking.prefixes.values_mut() {
            if entry.changed.is_empty() {
                continue;
            }
            let changed = std::mem::take(&mut entry.changed);
            for id in &entry.clients {
                let tracking = self.clients.get(*id).and_then(|c| c.tracking.as_ref());
                let no_loop = tracking.is_some_and(|tracking| tracking.no_loop);
                let keys: Vec<_> = changed
                    .iter()
                    .filter(|(_, by)| !(no_loop && **by == Some(*id)))
                    .map(|(key, _)| key.clone())
                    .collect();
                if !keys.is_empty() {
                    messages.push((*id, What::Keys(keys)));
                }
            }
        }
        for (id, what) in messages {
            self.send_invalidation(id, &what);
        }
    }

    /// Called when a client goes away or is reset, and for TRACKING OFF.
    pub(crate) fn tracking_forget(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let Some(tracking) = client.tracking.take() else {
            return;
        };
        self.tracking.clients -= 1;
        for prefix in &tracking.prefixes {
            if let Some(entry) = self.tracking.prefixes.get_mut(prefix) {
                entry.clients.remove(&id);
                if entry.clients.is_empty() {
                    self.tracking.prefixes.remove(prefix);
                }
            }
        }
        // Entries of `readers` that name the client are skipped when their
        // key changes, unless it tracks keys again by then; removing them here
        // would cost a walk over all keys.
    }

    /// Tells a client, after its reply if a command of its is being executed.
    fn invalidate(&mut self, id: ClientId, what: What) {
        if let Some(client) = self.clients.get_mut(id)
            && client.executing
            && let Some(tracking) = &mut client.tracking
        {
            tracking.held.push(what);
        } else {
            self.send_invalidation(id, &what);
        }
    }

    fn send_invalidation(&mut self, id: ClientId, what: &What) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let own_resp = client.out.resp;
        let redirect = client.tracking.as_ref().and_then(|t| t.redirect);
        let Some(target) = redirect else {
            if own_resp > 2 {
                self.push_to(id, |out| write(out, what, own_resp));
            }
            return;
        };
        let Some(receiver) = self.clients.get(target) else {
            if let Some(tracking) = self.clients.get_mut(id).and_then(|c| c.tracking.as_mut()) {
                tracking.broken = true;
            }
            if own_resp > 2 {
                self.push_to(id, |out| {
                    out.push(2);
                    out.bulk(b"tracking-redir-broken");
                    out.int(target as i64);
                });
            }
            return;
        };
        if receiver.out.resp > 2 {
            self.push_to(target, |out| write(out, what, own_resp));
        } else if receiver.is_subscriber() {
            self.push_to(target, |out| {
                out.push(3);
                out.bulk(b"message");
                out.bulk(CHANNEL);
                write_keys(out, what, own_resp);
            });
        }
    }
}

fn write(out: &mut Out, what: &What, own_resp: u8) {
    out.push(2);
    out.bulk(b"invalidate");
    write_keys(out, what, own_resp);
}

/// The null of "everything" is written for the version of the client that
/// tracks, not of the one that is told: so does Redis.
fn write_keys(out: &mut Out, what: &What, own_resp: u8) {
    match what {
        What::Keys(keys) => {
            out.array(keys.len());
            for key in keys {
                out.bulk(key);
            }
        }
        What::Everything if own_resp == 2 => out.buf.extend_from_slice(b"$-1\r\n"),
        What::Everything => out.buf.extend_from_slice(b"_\r\n"),
    }
}
