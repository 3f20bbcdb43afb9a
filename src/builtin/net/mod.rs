//! The event loop: one thread, one poll, all sockets.
//!
//! Like Redis, the server executes commands one after another on a single
//! thread; that is what makes every command atomic. Each turn of the loop
//! reads from the sockets that have something, executes every complete
//! command, and then sends all replies at once.

pub mod listen;
pub mod stream;

use super::client::{Client, ClientId};
use super::dispatch::After;
use super::protocol::{self, Request, RequestLimits};
use super::reply::CmdError;
use super::server::Server;
use listen::{Accepted, Listener};
use mio::{Events, Interest, Poll, Token, Waker};
use smallvec::SmallVec;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Tokens below this are listeners and the waker; a client's token is its
/// number plus this.
const FIRST_CLIENT: usize = 16;
const WAKER: Token = Token(15);

/// How much is read from a socket at once.
const READ_SIZE: usize = 64 * 1024;

/// A socket is read at most this many times before others have their turn.
const READS_PER_TURN: usize = 16;

/// The server looks at its clock at least this often while it has something
/// that depends on time.
const TICK: Duration = Duration::from_millis(100);

/// How many expired keys one turn removes per database.
const EXPIRE_PER_TURN: usize = 400;

/// The poll and what is registered with it.
#[derive(Debug)]
pub struct Net {
    poll: Poll,
    listeners: Vec<Listener>,
    /// Set from outside to stop the loop.
    stop: Arc<AtomicBool>,
    /// Where sockets are read into; lent to the client being read.
    read_buf: Vec<u8>,
    /// The places of a request's arguments, kept for its allocation.
    places: Vec<(usize, usize)>,
}

impl Net {
    /// Registers the listeners. The returned waker interrupts the poll.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new(mut listeners: Vec<Listener>, stop: Arc<AtomicBool>) -> io::Result<(Net, Waker)> {
        let poll = Poll::new()?;
        for (i, listener) in listeners.iter_mut().enumerate() {
            poll.registry()
                .register(listener.source(), Token(i), Interest::READABLE)?;
        }
        let waker = Waker::new(poll.registry(), WAKER)?;
        let net = Net {
            poll,
            listeners,
            stop,
            read_buf: vec![0; READ_SIZE],
            places: Vec::new(),
        };
        Ok((net, waker))
    }

    /// The listeners.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }
}

impl Server {
    /// Runs until stopped.
    pub fn run(&mut self) {
        let mut events = Events::with_capacity(1024);
        while !self.stopping {
            let timeout = self.next_timeout();
            self.turn(&mut events, timeout);
        }
        self.flush_before_stop();
    }

    /// Answers other clients while a script runs for too long: reads,
    /// executes what is allowed meanwhile, replies. Called from the script's
    /// instruction hook.
    pub fn serve_while_busy(&mut self) {
        let mut events = Events::with_capacity(64);
        self.turn(&mut events, Some(Duration::ZERO));
    }

    /// Whether the server's handle wants it to stop.
    pub fn stop_requested(&self) -> bool {
        self.net.stop.load(Ordering::Relaxed)
    }

    /// One turn of the loop.
    fn turn(&mut self, events: &mut Events, timeout: Option<Duration>) {
        if let Err(error) = self.net.poll.poll(events, timeout)
            && error.kind() != ErrorKind::Interrupted
        {
            self.stopping = true;
            return;
        }
        if self.in_command == 0 {
            self.sync_clock();
        }
        if self.net.stop.load(Ordering::Relaxed) {
            self.stopping = true;
            return;
        }
        for event in events.iter() {
            let token = event.token();
            if token.0 < self.net.listeners.len() {
                self.accept_all(token.0);
            } else if token.0 >= FIRST_CLIENT {
                let id = (token.0 - FIRST_CLIENT) as ClientId;
                if event.is_writable() {
                    self.send(id);
                }
                if event.is_readable() || event.is_read_closed() || event.is_error() {
                    self.receive(id, event.is_read_closed());
                }
            }
        }
        self.after_turn();
    }

    /// What happens after the sockets have been served: time, clients that
    /// no longer wait, output.
    fn after_turn(&mut self) {
        if self.in_command == 0 {
            self.run_timers();
            while let Some(id) = self.unblocked.pop() {
                self.resume(id);
            }
        }
        if self.tracking.clients > 0 {
            self.tracking_broadcast();
        }
        for id in std::mem::take(&mut self.with_output) {
            self.send(id);
        }
        for id in std::mem::take(&mut self.to_close) {
            if self.clients.get(&id).is_some_and(|c| c.executing) {
                // Its command is still on the stack.
                self.to_close.push(id);
            } else {
                self.forget_client(id);
            }
        }
    }

    /// How long the poll may sleep: until the next thing that depends on
    /// time, or for ever when there is none.
    fn next_timeout(&self) -> Option<Duration> {
        if !self.unblocked.is_empty() || !self.to_close.is_empty() || self.eviction.unfinished {
            return Some(Duration::ZERO);
        }
        let next = [
            self.block_deadlines.first().map(|(when, _)| *when),
            self.next_expiry().map(|when| when + 1),
            self.pause.map(|pause| pause.until),
        ]
        .into_iter()
        .flatten()
        .min();
        let mut timeout = next.map(|when| {
            let wait = Duration::from_millis((when - self.now).max(0) as u64);
            // Rounded up by the poll; never more than a tick too late after
            // the wall clock is set.
            wait.min(TICK * 10)
        });
        let soft_limits = !self.clients.is_empty() && self.soft_limited > 0;
        if soft_limits || self.settings.timeout > 0 {
            let second = TICK * 10;
            timeout = Some(timeout.map_or(second, |t| t.min(second)));
        }
        timeout
    }

    fn run_timers(&mut self) {
        while let Some((when, id)) = self.block_deadlines.first().copied() {
            if when > self.now {
                break;
            }
            self.unblock_by_timeout(id);
        }
        self.expire_due_keys(EXPIRE_PER_TURN);
        if self.pause.is_some_and(|pause| pause.until <= self.now) {
            self.end_pause();
        }
        if self.eviction.unfinished {
            self.make_room();
        }
        if self.settings.timeout > 0 {
            self.close_idle_clients();
        }
        if self.soft_limited > 0 {
            self.check_soft_limits();
        }
    }

    fn close_idle_clients(&mut self) {
        let oldest = self.now - self.settings.timeout * 1000;
        let idle: Vec<ClientId> = self
            .clients
            .values()
            .filter(|c| c.active < oldest && c.blocked.is_none() && !c.is_subscriber())
            .filter(|c| !c.monitor)
            .map(|c| c.id)
            .collect();
        for id in idle {
            self.close_soon(id);
        }
    }

    /// Ends CLIENT PAUSE: what was held back is executed.
    pub fn end_pause(&mut self) {
        self.pause = None;
        for client in self.clients.values_mut() {
            if std::mem::take(&mut client.paused) {
                self.blocked_clients -= 1;
                self.unblocked.push(client.id);
            }
        }
    }

    fn accept_all(&mut self, listener: usize) {
        loop {
            match self.net.listeners[listener].accept() {
                Ok(accepted) => self.accept(accepted),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // A connection that was reset before we took it, or no file
                // descriptors left: try again at the next event.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(_) => return,
            }
        }
    }

    fn accept(&mut self, accepted: Accepted) {
        let Accepted {
            mut stream,
            addr,
            laddr,
        } = accepted;
        self.stats.connections += 1;
        if self.clients.len() >= self.settings.maxclients {
            self.stats.rejected_connections += 1;
            let _ = stream.write(b"-ERR max number of clients reached\r\n");
            return;
        }
        let id = self.next_client_id;
        self.next_client_id += 1;
        let token = Token(id as usize + FIRST_CLIENT);
        // Not for writing: a socket nearly always takes what we send, and
        // each such event would cost a turn of the loop.
        let registry = self.net.poll.registry();
        if registry
            .register(&mut stream, token, Interest::READABLE)
            .is_err()
        {
            return;
        }
        let mut client = Client::new(id, Some(stream), self.now);
        client.addr = addr;
        client.laddr = laddr;
        client.authenticated = self.settings.requirepass.is_empty();
        self.clients.insert(id, Box::new(client));
    }

    /// Reads what a client has sent and executes it.
    fn receive(&mut self, id: ClientId, closed: bool) {
        let mut buf = std::mem::take(&mut self.net.read_buf);
        if buf.is_empty() {
            // Lent out: a script is running and we serve others meanwhile.
            buf = vec![0; READ_SIZE];
        }
        for _ in 0..READS_PER_TURN {
            let Some(client) = self.clients.get_mut(&id) else {
                break;
            };
            if client.close_asap || client.close_after_reply {
                break;
            }
            if client.executing {
                client.unread = true;
                break;
            }
            let Some(stream) = &mut client.stream else {
                break;
            };
            match stream.read(&mut buf) {
                Ok(0) => {
                    self.close_soon(id);
                    break;
                }
                Ok(n) => {
                    client.active = self.now;
                    self.stats.input_bytes += n as u64;
                    self.take_input(id, &buf[..n]);
                    // Less than asked for: the socket is empty, and an edge
                    // will tell of more (an end that came with it must be
                    // read now).
                    if cfg!(unix) && n < buf.len() && !closed {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.close_soon(id);
                    break;
                }
            }
        }
        if self.net.read_buf.is_empty() {
            self.net.read_buf = buf;
        }
    }

    /// Executes the commands in `input`, together with what was left over
    /// before; keeps what is left over now.
    fn take_input(&mut self, id: ClientId, input: &[u8]) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        if client.query.is_empty() {
            let used = self.execute_all(id, input);
            if let Some(client) = self.clients.get_mut(&id)
                && !client.close_after_reply
                && used < input.len()
            {
                client.query.reserve(
                    client
                        .partial
                        .needs()
                        .min(64 * READ_SIZE)
                        .max(input.len() - used),
                );
                client.query.extend_from_slice(&input[used..]);
            }
        } else {
            client.query.extend_from_slice(input);
            if client.query.len() < client.partial.needs() {
                self.check_query_limit(id);
                return;
            }
            self.execute_query(id);
        }
        self.check_query_limit(id);
    }

    fn check_query_limit(&mut self, id: ClientId) {
        let limit = self.settings.query_buffer_limit;
        if self.clients.get(&id).is_some_and(|c| c.query.len() > limit) {
            self.close_soon(id);
        }
    }

    /// Goes on with the input a client had sent while it waited.
    fn resume(&mut self, id: ClientId) {
        self.execute_query(id);
        if let Some(client) = self.clients.get_mut(&id)
            && std::mem::take(&mut client.unread)
        {
            self.receive(id, false);
        }
    }

    fn execute_query(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let mut query = std::mem::take(&mut client.query);
        let used = self.execute_all(id, &query);
        if let Some(client) = self.clients.get_mut(&id) {
            query.drain(..used);
            if query.is_empty() && query.capacity() > READ_SIZE {
                query = Vec::new();
            }
            client.query = query;
        }
    }

    /// Executes complete commands from `input` until there is no more, or the
    /// client cannot go on; how many bytes were used up.
    fn execute_all(&mut self, id: ClientId, input: &[u8]) -> usize {
        let mut places = std::mem::take(&mut self.net.places);
        if let Some(client) = self.clients.get_mut(&id) {
            client.input_len = input.len();
        }
        let used = self.execute_requests(id, input, &mut places);
        if let Some(client) = self.clients.get_mut(&id) {
            client.input_len = 0;
        }
        self.net.places = places;
        used
    }

    fn execute_requests(
        &mut self,
        id: ClientId,
        input: &[u8],
        places: &mut Vec<(usize, usize)>,
    ) -> usize {
        let mut used = 0;
        loop {
            let Some(client) = self.clients.get_mut(&id) else {
                return used;
            };
            if client.blocked.is_some()
                || client.paused
                || client.close_asap
                || client.close_after_reply
                || client.executing
            {
                return used;
            }
            let limits = RequestLimits {
                max_bulk: self.settings.proto_max_bulk_len,
                authenticated: client.authenticated,
            };
            let rest = &input[used..];
            match protocol::parse(rest, &mut client.partial, limits, places) {
                Request::Incomplete => return used,
                Request::Complete { used: len } => {
                    if places.is_empty() {
                        used += len;
                        continue;
                    }
                    let argv: SmallVec<[&[u8]; 16]> =
                        places.iter().map(|(a, b)| &rest[*a..*b]).collect();
                    if !self.execute_one(id, &argv) {
                        return used;
                    }
                    used += len;
                }
                Request::Inline { used: len, argv } => {
                    if !argv.is_empty() {
                        let argv: SmallVec<[&[u8]; 16]> = argv.iter().map(Vec::as_slice).collect();
                        if !self.execute_one(id, &argv) {
                            return used;
                        }
                    }
                    used += len;
                }
                Request::Invalid(text) => {
                    let error = CmdError::owned(format!("ERR Protocol error: {text}"));
                    client.out.error(&error);
                    client.close_after_reply = true;
                    self.count_error(&error);
                    self.output_pending(id);
                    return input.len();
                }
            }
        }
    }

    /// Executes one command; `false` when it was held back and must be kept.
    fn execute_one(&mut self, id: ClientId, argv: &[&[u8]]) -> bool {
        if let Some(client) = self.clients.get_mut(&id) {
            client.executing = true;
        }
        let after = self.execute(id, argv);
        if let Some(client) = self.clients.get_mut(&id) {
            client.executing = false;
            if client.unread {
                self.unblocked.push(id);
            }
            if after == After::Postponed {
                client.paused = true;
                self.blocked_clients += 1;
                return false;
            }
        }
        true
    }

    /// Sends as much of a client's output as the socket takes.
    fn send(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        if client.close_asap {
            return;
        }
        while client.sent < client.out.buf.len() {
            let Some(stream) = &mut client.stream else {
                break;
            };
            match stream.write(&client.out.buf[client.sent..]) {
                Ok(n) => {
                    client.sent += n;
                    self.stats.output_bytes += n as u64;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.await_writable(id, true);
                    self.check_output_limit(id);
                    return;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.close_soon(id);
                    return;
                }
            }
        }
        if client.awaits_writable {
            self.await_writable(id, false);
        }
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        client.sent = 0;
        client.out.buf.clear();
        if client.out.buf.capacity() > 4 * READ_SIZE {
            client.out.buf = Vec::new();
        }
        if client.soft_limit_since.take().is_some() {
            self.soft_limited -= 1;
        }
        if client.close_after_reply {
            self.close_soon(id);
        }
    }

    /// Asks (or no longer asks) the poll to tell when a socket takes output.
    fn await_writable(&mut self, id: ClientId, wanted: bool) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        if client.awaits_writable == wanted {
            return;
        }
        let Some(stream) = &mut client.stream else {
            return;
        };
        let interest = if wanted {
            Interest::READABLE | Interest::WRITABLE
        } else {
            Interest::READABLE
        };
        let token = Token(id as usize + FIRST_CLIENT);
        let registry = self.net.poll.registry();
        if registry.reregister(stream, token, interest).is_ok() {
            client.awaits_writable = wanted;
        } else {
            self.close_soon(id);
        }
    }

    /// Cuts off a client whose unsent output is too large.
    pub fn check_output_limit(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let limit = if client.monitor {
            self.settings.output_limit_replica
        } else if client.is_subscriber() {
            self.settings.output_limit_pubsub
        } else {
            self.settings.output_limit_normal
        };
        let pending = client.pending_output();
        let soft = limit.soft > 0 && pending > limit.soft;
        match (soft, client.soft_limit_since) {
            (true, None) => {
                client.soft_limit_since = Some(self.now);
                self.soft_limited += 1;
            }
            (false, Some(_)) => {
                client.soft_limit_since = None;
                self.soft_limited -= 1;
            }
            _ => {}
        }
        let too_long = client
            .soft_limit_since
            .is_some_and(|since| self.now - since > limit.soft_seconds * 1000);
        if (limit.hard > 0 && pending > limit.hard) || too_long {
            self.stats.output_limit_disconnections += 1;
            self.close_soon(id);
        }
    }

    fn check_soft_limits(&mut self) {
        let limited: Vec<ClientId> = self
            .clients
            .values()
            .filter(|c| c.soft_limit_since.is_some())
            .map(|c| c.id)
            .collect();
        for id in limited {
            self.check_output_limit(id);
        }
    }

    /// Sends what can be sent without waiting before the sockets are closed.
    fn flush_before_stop(&mut self) {
        let ids: Vec<ClientId> = self.clients.keys().copied().collect();
        for id in ids {
            self.send(id);
        }
    }
}
