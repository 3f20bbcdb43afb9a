//! Commands that wait: BLPOP and its kin.
//!
//! A blocking command that finds nothing calls [`Ctx::block_on`]; its client
//! then waits in one queue per key. Whenever a command has left a waited-for
//! key with something in it, the queue is served in order of arrival by
//! running each waiting command again as if it had just come.

use crate::engine::ctx::{Ctx, Mode};
use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::blocking::{Blocked, Timeout, Wait};
use crate::state::latency::event;
use crate::state::transaction::Queued;
use crate::store::ByteString;
use crate::wire::reply::Out;
use catalog::Flags;
use std::time::Instant;

/// How [`Ctx::block_on`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Blocking {
    /// The client waits; nothing must be written.
    Waiting,
    /// Not possible here (MULTI, a script): reply as if time were up.
    Refused,
}

/// What a command wants to wait for: the arguments of [`Ctx::block_on`].
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The type of key.
    pub wait: Wait,
    /// The keys.
    pub keys: &'a [&'a [u8]],
    /// How long, milliseconds; 0 for ever.
    pub timeout_ms: i64,
    /// The reply at the end of it.
    pub on_timeout: Timeout,
}

impl Ctx<'_> {
    /// Makes the client wait. `argv` is the command to run again; a client
    /// that already waits keeps its place and its deadline.
    pub fn block_on(&mut self, request: &Request<'_>, argv: &[&[u8]]) -> Blocking {
        if self.retried {
            self.still_blocked = true;
            return Blocking::Waiting;
        }
        if self.denies_blocking() {
            return Blocking::Refused;
        }
        let now = self.server.clock.now();
        let Some(client) = self.server.clients.get_mut(self.id) else {
            return Blocking::Refused;
        };
        let Some(command) = client.last_command else {
            return Blocking::Refused;
        };
        let mut keys: Vec<ByteString> = Vec::with_capacity(request.keys.len());
        for key in request.keys {
            if !keys.iter().any(|k| k == *key) {
                keys.push(ByteString::new(key));
            }
        }
        let deadline = (request.timeout_ms > 0).then(|| now.saturating_add(request.timeout_ms));
        let blocked = Box::new(Blocked {
            wait: request.wait,
            keys,
            db: self.db,
            deadline,
            queued: Queued {
                command,
                argv: argv.iter().map(|arg| arg.to_vec()).collect(),
            },
            as_sent: None,
            micros: 0,
            on_timeout: request.on_timeout,
        });
        self.server.waiting.add(self.id, &blocked);
        client.blocked = Some(blocked);
        Blocking::Waiting
    }

    /// Says that a key may have something for waiting clients. Cheap when
    /// nobody waits.
    #[inline]
    pub fn signal_ready(&mut self, key: &[u8]) {
        self.server.waiting.signal(self.db, key);
    }
}

impl Server {
    /// After SWAPDB: every key waited for in `db` that now exists is ready.
    pub(crate) fn signal_ready_db(&mut self, db: usize) {
        let keys = &self.dbs[db].keys;
        self.waiting.signal_all(db, |key| keys.contains(key));
    }

    /// Takes a client out of all queues; it no longer waits. Its further
    /// input is executed at the end of the loop's turn.
    pub(crate) fn unblock(&mut self, id: ClientId) -> Option<Box<Blocked>> {
        let client = self.clients.get_mut(id)?;
        let blocked = client.blocked.take()?;
        if let Some(tracking) = &mut client.tracking {
            // CLIENT CACHING was about this command, which is over.
            tracking.caching = false;
        }
        self.waiting.remove(id, &blocked);
        self.clients.resume(id);
        Some(blocked)
    }

    /// Unblocks a client as if its time were up; what it waited for.
    pub(crate) fn unblock_by_timeout(&mut self, id: ClientId) -> Option<Box<Blocked>> {
        let blocked = self.unblock(id)?;
        self.answer_unblocked(id, |out| match blocked.on_timeout {
            Timeout::NullArray => out.null_array(),
            Timeout::Zero => out.int(0),
            Timeout::Synced(synced) => {
                out.array(2);
                out.int(i64::from(synced));
                out.int(0);
            }
        });
        Some(blocked)
    }

    /// Gives a client that waits no longer its reply, if it takes one (CLIENT
    /// REPLY).
    pub(crate) fn answer_unblocked(&mut self, id: ClientId, reply: impl FnOnce(&mut Out)) {
        if let Some(client) = self.clients.get_mut(id)
            && !client.close_asap
            && client.takes_reply()
        {
            reply(&mut client.out);
            self.clients.output_pending(id);
        }
    }

    /// Serves the clients that wait for keys which have become ready, until
    /// no key is. Serving may make others ready (BLMOVE).
    pub(crate) fn serve_ready(&mut self) {
        while self.waiting.any_ready() {
            for (db, key) in self.waiting.take_ready() {
                self.serve_key(db, &key);
            }
        }
    }

    fn serve_key(&mut self, db: usize, key: &ByteString) {
        for id in self.waiting.for_key(db, key).to_vec() {
            let wait = match self.clients.get(id).and_then(|c| c.blocked.as_ref()) {
                Some(blocked) if blocked.db == db => blocked.wait,
                _ => continue,
            };
            if wait.matches(self.dbs[db].get(key)) {
                self.retry_blocked(id, db);
            }
        }
    }

    /// Runs a waiting command again for one key.
    fn retry_blocked(&mut self, id: ClientId, db: usize) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let Some(blocked) = &client.blocked else {
            return;
        };
        let queued = blocked.queued.clone();
        // What is pushed to the client meanwhile goes behind the reply.
        let resp = client.out.resp;
        let mut out = std::mem::replace(&mut client.out, Out::new(resp));
        let argv: Vec<&[u8]> = queued.argv.iter().map(Vec::as_slice).collect();
        let start = out.buf.len();
        let command = self.commands.at(queued.command);
        let clock = Instant::now();
        // What has made the key ready may have taken longer than the key lives.
        self.set_now(clock);
        let before = self.before_command();
        self.in_command += 1;
        // The user's rules may have changed since it began to wait.
        let denied = self.check_permission(id, command, &argv, "toplevel").err();
        let (result, still_blocked) = match &denied {
            None => {
                let mut ctx = Ctx::new(self, id, db);
                ctx.retried = true;
                let result = (command.run)(&mut ctx, &argv, &mut out);
                let still_blocked = ctx.still_blocked;
                if self.tracking.clients > 0 && command.is(Flags::READONLY) {
                    self.tracking_on_read(id, command, &argv);
                }
                (result, still_blocked)
            }
            Some(denied) => (Err(denied.error(self.user_of(id), command.name())), false),
        };
        self.in_command -= 1;
        self.log_command(before, command, db, &argv);
        let failed = result.is_err();
        if let Err(error) = result {
            self.count_error(&error);
            out.error(&error);
        }
        if let Some(client) = self.clients.get_mut(id) {
            if still_blocked || !client.takes_reply() {
                out.buf.truncate(start);
            }
            out.buf.append(&mut client.out.buf);
            client.out = out;
        }
        if !still_blocked {
            if let Some(blocked) = self.unblock(id) {
                let micros = clock.elapsed().as_micros() as u64;
                match denied {
                    None => self.account_unblocked(id, &blocked, micros, failed),
                    Some(_) => self.figures.rejected(command.index),
                }
            }
            self.clients.output_pending(id);
        }
    }

    /// Tells a client that has just begun to wait how long the command took
    /// so far; whether it waits.
    pub(crate) fn waits_since(&mut self, id: ClientId, micros: u64) -> bool {
        let blocked = self.clients.get_mut(id).and_then(|c| c.blocked.as_mut());
        let waits = blocked.is_some();
        if let Some(blocked) = blocked {
            blocked.micros = micros;
        }
        waits
    }

    /// Keeps the books for a command that waited and has now been replied to,
    /// which took `micros`.
    pub(crate) fn account_unblocked(
        &mut self,
        id: ClientId,
        blocked: &Blocked,
        micros: u64,
        failed: bool,
    ) {
        let argv = &blocked.queued.argv;
        let command = self.commands.at(blocked.queued.command);
        let total = blocked.micros + micros;
        self.figures.called(command.index, total);
        if failed {
            self.figures.failed(command.index);
        }
        if self.settings.latency_tracking {
            self.figures.replied(command.index, total);
        }
        let argv: Vec<&[u8]> = blocked
            .as_sent
            .as_ref()
            .unwrap_or(argv)
            .iter()
            .map(Vec::as_slice)
            .collect();
        self.log_if_slow(id, Mode::Direct, command, total, &argv);
        self.latency_sample(event::COMMAND_UNBLOCKING, micros / 1000);
    }
}
