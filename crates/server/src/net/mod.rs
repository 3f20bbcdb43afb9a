//! The event loop: one thread, one poll, all sockets.
//!
//! Like Redis, the server executes commands one after another on a single
//! thread; that is what makes every command atomic. Each turn of the loop
//! reads from the sockets that have something, executes every complete
//! command, and then sends all replies at once.

pub mod handle;
mod input;
pub mod listen;
mod output;
pub mod stream;

use crate::engine::server::Server;
use crate::state::client::{Client, ClientId};
use listen::{Accepted, Listener};
use mio::event::Event;
use mio::{Events, Interest, Poll, Token, Waker};
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Tokens below this are listeners and the waker; a client's token is its
/// number plus this.
const FIRST_CLIENT: usize = 16;
const WAKER: Token = Token(15);

/// How much is read from a socket at once.
const READ_SIZE: usize = 64 * 1024;

/// The server looks at its clock at least this often while it has something
/// that depends on time.
const TICK: Duration = Duration::from_millis(100);

/// How often the loop looks at the sockets before it sleeps, while several
/// clients are being served.
const LOOKS: usize = 16;

/// For how many turns with one client a turn with several keeps the loop
/// looking.
const DEMAND_LASTS: u8 = 16;

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
    /// Clients of which one turn has not read everything.
    unfinished: Vec<ClientId>,
    /// What one turn has still to do.
    ready: VecDeque<Ready>,
    /// The places of a request's arguments, kept for its allocation.
    places: Vec<(usize, usize)>,
    /// Listeners with connections that could not be taken, for want of file
    /// descriptors: no event will tell of them again.
    stalled: Vec<usize>,
    /// More than nothing: several sockets had something not many turns ago.
    demand: u8,
}

/// A socket that has something to be done.
#[derive(Debug, Clone, Copy)]
struct Ready {
    token: Token,
    readable: bool,
    writable: bool,
    read_closed: bool,
}

impl Ready {
    /// A client whose input was not read to its end.
    fn unfinished(id: ClientId) -> Self {
        Ready {
            token: Token(id as usize + FIRST_CLIENT),
            readable: true,
            writable: false,
            read_closed: false,
        }
    }
}

impl From<&Event> for Ready {
    fn from(event: &Event) -> Self {
        let read_closed = event.is_read_closed();
        Ready {
            token: event.token(),
            readable: event.is_readable() || read_closed || event.is_error(),
            writable: event.is_writable(),
            read_closed,
        }
    }
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
            unfinished: Vec::new(),
            ready: VecDeque::new(),
            places: Vec::new(),
            stalled: Vec::new(),
            demand: 0,
        };
        Ok((net, waker))
    }

    /// Waits until a socket has something. While several clients are served
    /// at once it looks a few times before it sleeps: what comes meanwhile
    /// is served in one turn, and a client that writes does not have to wake
    /// a sleeping thread, which costs it more than the looks cost the server.
    fn wait(&mut self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        if self.demand > 0 && timeout != Some(Duration::ZERO) {
            for _ in 0..LOOKS {
                self.poll.poll(events, Some(Duration::ZERO))?;
                if !events.is_empty() {
                    break;
                }
                std::thread::yield_now();
            }
        }
        if self.demand == 0 || events.is_empty() {
            self.poll.poll(events, timeout)?;
        }
        self.demand = if events.iter().nth(1).is_some() {
            DEMAND_LASTS
        } else {
            self.demand.saturating_sub(1)
        };
        Ok(())
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
        if let Err(error) = self.net.wait(events, timeout)
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
        self.net.ready.extend(events.iter().map(Ready::from));
        let unfinished = self.net.unfinished.drain(..).map(Ready::unfinished);
        self.net.ready.extend(unfinished);
        self.notice_hang_ups();
        // A script among them may run so long that a turn within this one
        // serves the rest: no event comes twice.
        while let Some(ready) = self.net.ready.pop_front() {
            let token = ready.token;
            if token.0 < self.net.listeners.len() {
                self.accept_all(token.0);
            } else if token.0 >= FIRST_CLIENT {
                let id = (token.0 - FIRST_CLIENT) as ClientId;
                if ready.writable {
                    self.send(id);
                }
                if ready.readable {
                    self.receive(id, ready.read_closed);
                }
            }
        }
        self.after_turn();
    }

    /// Closes the waiting clients that have hung up, before this turn's
    /// requests make something available: it would be lost on them.
    fn notice_hang_ups(&mut self) {
        let hung_up = self.net.ready.iter().filter(|ready| ready.read_closed);
        let ids = hung_up.filter_map(|ready| ready.token.0.checked_sub(FIRST_CLIENT));
        let waits = |id: &ClientId| self.clients.get(id).is_some_and(|c| c.blocked.is_some());
        let gone: SmallVec<[ClientId; 8]> = ids.map(|id| id as ClientId).filter(waits).collect();
        for id in gone {
            self.receive(id, true);
        }
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
        self.evict_clients();
        for id in std::mem::take(&mut self.to_close) {
            if self.clients.get(&id).is_some_and(|c| c.executing) {
                // Its command is still on the stack.
                self.to_close.push(id);
            } else {
                self.forget_client(id);
            }
        }
        for listener in std::mem::take(&mut self.net.stalled) {
            self.accept_all(listener);
        }
    }

    /// How long the poll may sleep: until the next thing that depends on
    /// time, or for ever when there is none.
    fn next_timeout(&self) -> Option<Duration> {
        let at_once = !self.unblocked.is_empty()
            || !self.to_close.is_empty()
            || !self.net.unfinished.is_empty()
            || self.eviction.unfinished;
        if at_once {
            return Some(Duration::ZERO);
        }
        let next = [
            self.block_deadlines.first().map(|(when, _)| *when),
            self.next_expiry().map(|when| when.saturating_add(1)),
            self.pause.map(|pause| pause.until),
            self.peers.next_idle(),
        ]
        .into_iter()
        .flatten()
        .min();
        let mut timeout = next.map(|when| {
            let wait = Duration::from_millis(when.saturating_sub(self.now).max(0) as u64);
            // Rounded up by the poll; never more than a tick too late after
            // the wall clock is set.
            wait.min(TICK * 10)
        });
        let soft_limits = !self.clients.is_empty() && self.soft_limited > 0;
        if soft_limits || self.settings.timeout > 0 {
            let second = TICK * 10;
            timeout = Some(timeout.map_or(second, |t| t.min(second)));
        }
        if !self.net.stalled.is_empty() {
            timeout = Some(timeout.map_or(TICK, |t| t.min(TICK)));
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
        self.peers.close_idle(self.now);
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
                // One that was reset before we took it.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // No file descriptors left: try again when some may be free.
                Err(_) => {
                    if !self.net.stalled.contains(&listener) {
                        self.net.stalled.push(listener);
                    }
                    return;
                }
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
        let unix = stream.is_unix();
        let mut client = Client::new(id, Some(stream), self.now);
        client.unix = unix;
        client.addr = addr;
        client.laddr = laddr;
        self.acl.begin_session(&mut client);
        self.clients.insert(id, Box::new(client));
    }
}
