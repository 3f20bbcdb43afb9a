//! The event loop: bytes from the sockets to the server and back, turn by
//! turn.

use super::listen::{Accepted, addresses};
use super::sockets::{Ready, Sockets, Source};
use crate::engine::connection::{Origin, PROTECTED, TooManyClients};
use crate::engine::input::READ_SIZE;
use crate::engine::server::Server;
use crate::engine::stop::Request;
use crate::state::ClientId;
use mio::Events;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::io::{ErrorKind, Read, Write};
use std::rc::Rc;
use std::time::Duration;

/// After so long the loop tries again to take connections for which there
/// was no file descriptor.
const RETRY: Duration = Duration::from_millis(100);

/// A socket is read at most this many times before others have their turn.
const READS_PER_TURN: usize = 16;

/// The loop, shared with the turns that it makes within one of its own while
/// a script runs for too long, and before its first while the server reads its
/// files. The sockets are never borrowed while the server executes something.
#[derive(Clone)]
pub(super) struct EventLoop(Rc<RefCell<Sockets>>);

impl EventLoop {
    /// A loop for these sockets, through which a server that is busy serves
    /// others.
    pub(super) fn new(sockets: Sockets, server: &mut Server) -> EventLoop {
        let event_loop = EventLoop(Rc::new(RefCell::new(sockets)));
        let within = event_loop.clone();
        server.while_busy(move |server| {
            within.turn(server, &mut Events::with_capacity(64), Some(Duration::ZERO));
        });
        let within = event_loop.clone();
        server.listen = Some(Box::new(move |bind, port| {
            within.0.borrow_mut().listen(&addresses(bind, port)?)
        }));
        event_loop
    }

    /// Serves clients until the server is stopped.
    pub(super) fn run(&self, server: &mut Server) {
        let mut events = Events::with_capacity(1024);
        while !server.is_stopped() {
            let timeout = self.timeout(server);
            self.turn(server, &mut events, timeout);
            server.obey();
        }
        self.send_all(server);
    }

    /// How long the poll may sleep; for ever when nothing depends on time.
    fn timeout(&self, server: &Server) -> Option<Duration> {
        let sockets = self.0.borrow();
        if !sockets.unfinished.is_empty() {
            return Some(Duration::ZERO);
        }
        let timeout = server.next_tick();
        match sockets.stalled.as_slice() {
            [] => timeout,
            _ => Some(timeout.map_or(RETRY, |t| t.min(RETRY))),
        }
    }

    /// One turn of the loop.
    fn turn(&self, server: &mut Server, events: &mut Events, timeout: Option<Duration>) {
        let waited = self.0.borrow_mut().wait(events, timeout);
        if let Err(error) = waited
            && error.kind() != ErrorKind::Interrupted
        {
            server.stop();
            return;
        }
        server.look_at_clock();
        if server.request() != Request::None {
            // Seen to where no script is half-way.
            return;
        }
        let turn = server.begin_turn();
        self.0.borrow_mut().take_up(events);
        self.notice_hang_ups(server);
        // A script among them may run so long that a turn within this one
        // serves the rest: no event comes twice.
        while let Some(ready) = self.next_ready() {
            match ready.source {
                Source::Listener(listener) => self.accept_all(server, listener),
                Source::Waker => {}
                Source::Client(id) => {
                    if ready.writable {
                        self.send(server, id);
                    }
                    if ready.readable {
                        self.receive(server, id, ready);
                    }
                }
            }
        }
        server.settle();
        for id in server.clients.take_with_output() {
            self.send(server, id);
        }
        server.tidy(|id| {
            self.0.borrow_mut().clients.remove(&id);
        });
        let stalled = std::mem::take(&mut self.0.borrow_mut().stalled);
        for listener in stalled {
            self.accept_all(server, listener);
        }
        server.end_turn(turn);
    }

    fn next_ready(&self) -> Option<Ready> {
        self.0.borrow_mut().ready.pop_front()
    }

    /// Closes the waiting clients that have hung up, before this turn's
    /// requests make something available: it would be lost on them.
    fn notice_hang_ups(&self, server: &mut Server) {
        let waiting = |ready: &Ready| match ready.source {
            Source::Client(id) if ready.read_closed => {
                let client = server.clients.get(id)?;
                client.blocked.is_some().then_some((id, *ready))
            }
            _ => None,
        };
        let sockets = self.0.borrow();
        let gone: SmallVec<[(ClientId, Ready); 4]> =
            sockets.ready.iter().filter_map(waiting).collect();
        drop(sockets);
        for (id, ready) in gone {
            self.receive(server, id, ready);
        }
    }

    /// Reads what a client has sent and has it executed.
    fn receive(&self, server: &mut Server, id: ClientId, ready: Ready) {
        let mut buf = std::mem::take(&mut self.0.borrow_mut().read_buf);
        if buf.is_empty() {
            // Lent out: a script is running and we serve others meanwhile.
            buf = vec![0; READ_SIZE];
        }
        let mut reads = 0;
        loop {
            let mut sockets = self.0.borrow_mut();
            if reads == READS_PER_TURN || server.is_executing(id) {
                // No event will tell of what is still there.
                sockets.unfinished.push(Ready {
                    writable: false,
                    ..ready
                });
                break;
            }
            reads += 1;
            let Some(socket) = sockets.clients.get_mut(&id) else {
                break;
            };
            let read = socket.stream.read(&mut buf);
            drop(sockets);
            match read {
                Ok(0) => {
                    // Who sends no more may still read the replies.
                    self.send(server, id);
                    server.disconnect(id);
                    break;
                }
                Ok(n) => {
                    server.figures.reads += 1;
                    if !server.take_input(id, &buf[..n]) {
                        break;
                    }
                    // Less than asked for: the socket is empty, and an edge
                    // will tell of more (an end that came with it must be
                    // read now).
                    if cfg!(unix) && n < buf.len() && !ready.read_closed {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    server.disconnect(id);
                    break;
                }
            }
        }
        let mut sockets = self.0.borrow_mut();
        if sockets.read_buf.is_empty() {
            sockets.read_buf = buf;
        }
    }

    /// Sends as much of a client's output as the socket takes.
    fn send(&self, server: &mut Server, id: ClientId) {
        if server.is_executing(id) {
            // Its command has borrowed the buffer, and tells of it afterwards.
            return;
        }
        let mut sockets = self.0.borrow_mut();
        let Some(client) = server.clients.get_mut(id) else {
            return;
        };
        let Some(socket) = sockets.clients.get_mut(&id) else {
            return;
        };
        if client.close_asap {
            return;
        }
        loop {
            let next = client.backlog.next(&client.out.buf);
            if next.is_empty() {
                break;
            }
            match socket.stream.write(next) {
                Ok(n) => {
                    client.backlog.advance(n);
                    server.figures.writes += 1;
                    server.figures.output_bytes += n as u64;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    match sockets.await_writable(id, true) {
                        Ok(()) => server.check_output_limit(id),
                        Err(_) => server.disconnect(id),
                    }
                    return;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    server.disconnect(id);
                    return;
                }
            }
        }
        let awaits = socket.awaits_writable;
        server.all_sent(id);
        if awaits && sockets.await_writable(id, false).is_err() {
            server.disconnect(id);
        }
    }

    /// Sends what can be sent without waiting before the sockets are closed.
    fn send_all(&self, server: &mut Server) {
        for id in server.clients.which(|_| true) {
            self.send(server, id);
        }
    }

    fn accept_all(&self, server: &mut Server, listener: usize) {
        let mut sockets = self.0.borrow_mut();
        loop {
            let Some(open) = sockets.listeners.get(&listener) else {
                return;
            };
            match open.accept() {
                Ok(accepted) => accept(&mut sockets, server, accepted),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // One that was reset before we took it.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                // No file descriptors left: try again when some may be free.
                Err(_) => {
                    if !sockets.stalled.contains(&listener) {
                        sockets.stalled.push(listener);
                    }
                    return;
                }
            }
        }
    }
}

fn accept(sockets: &mut Sockets, server: &mut Server, accepted: Accepted) {
    let Accepted {
        mut stream,
        is_local,
        addr,
        laddr,
    } = accepted;
    let unix = stream.is_unix();
    if !is_local && server.refuses_others() {
        let _ = stream.write(PROTECTED);
        return;
    }
    match server.connect_from(Origin { addr, laddr, unix }) {
        Ok(id) => {
            if sockets.add(id, stream).is_err() {
                server.forget_client(id);
            }
        }
        Err(TooManyClients) => {
            let _ = stream.write(TooManyClients::REPLY);
        }
    }
}
