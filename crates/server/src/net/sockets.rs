//! The poll and what is registered with it.

use super::listen::{self, Address, Listener};
use super::stream::Stream;
use crate::engine::input::READ_SIZE;
use crate::state::ClientId;
use crate::state::FastMap;
use mio::event::Event;
use mio::{Events, Interest, Poll, Token, Waker};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tokens below this are listeners and the waker; a client's token is its
/// number plus this.
const FIRST_CLIENT: usize = 64;
const WAKER: Token = Token(63);

/// For so long the loop looks at the sockets before it sleeps, while several
/// clients are being served and requests come faster than that.
const LOOK_FOR: Duration = Duration::from_micros(50);

/// For how many turns with the same client a turn with others counts as several
/// being served.
const DEMAND_LASTS: u8 = 16;

/// The poll, the sockets, and what one turn has to do with them.
#[derive(Debug)]
pub(super) struct Sockets {
    poll: Poll,
    /// By their tokens.
    pub(super) listeners: BTreeMap<usize, Listener>,
    /// The first TCP address listened on, for whoever asks from another
    /// thread.
    pub(super) tcp: Arc<Mutex<Option<SocketAddr>>>,
    pub(super) clients: FastMap<ClientId, Socket>,
    /// Where sockets are read into; lent to the client being read.
    pub(super) read_buf: Vec<u8>,
    /// Sockets of which one turn has not read everything.
    pub(super) unfinished: Vec<Ready>,
    /// What one turn has still to do.
    pub(super) ready: VecDeque<Ready>,
    /// Listeners with connections that could not be taken, for want of file
    /// descriptors: no event will tell of them again.
    pub(super) stalled: Vec<usize>,
    /// More than nothing: several sockets had something not many turns ago.
    demand: u8,
    /// The socket that had something last.
    last: Token,
    /// What was waited for last came within [`LOOK_FOR`].
    is_soon: bool,
}

/// A client's socket.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) stream: Stream,
    /// The poll tells when it takes output again.
    pub(super) awaits_writable: bool,
}

/// A socket that has something to be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ready {
    pub(super) source: Source,
    pub(super) readable: bool,
    pub(super) writable: bool,
    pub(super) read_closed: bool,
}

/// Whose socket it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Listener(usize),
    Waker,
    Client(ClientId),
}

impl From<&Event> for Ready {
    fn from(event: &Event) -> Self {
        let read_closed = event.is_read_closed();
        Ready {
            source: match event.token() {
                WAKER => Source::Waker,
                Token(token) => match token.checked_sub(FIRST_CLIENT) {
                    Some(id) => Source::Client(id as ClientId),
                    None => Source::Listener(token),
                },
            },
            readable: event.is_readable() || read_closed || event.is_error(),
            writable: event.is_writable(),
            read_closed,
        }
    }
}

fn token(id: ClientId) -> Token {
    Token(id as usize + FIRST_CLIENT)
}

impl Sockets {
    /// Registers the listeners. The returned waker interrupts the poll.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn new(listeners: Vec<Listener>) -> io::Result<(Sockets, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let mut sockets = Sockets {
            poll,
            listeners: BTreeMap::new(),
            tcp: Arc::default(),
            clients: FastMap::default(),
            read_buf: vec![0; READ_SIZE],
            unfinished: Vec::new(),
            ready: VecDeque::new(),
            stalled: Vec::new(),
            demand: 0,
            last: WAKER,
            is_soon: false,
        };
        sockets.add_listeners(listeners)?;
        Ok((sockets, waker))
    }

    fn add_listeners(&mut self, listeners: Vec<Listener>) -> io::Result<()> {
        for mut listener in listeners {
            let is_free = |token: &usize| !self.listeners.contains_key(token);
            let token = (0..WAKER.0).find(is_free);
            let token = token.ok_or(io::ErrorKind::QuotaExceeded)?;
            let registry = self.poll.registry();
            registry.register(listener.source(), Token(token), Interest::READABLE)?;
            self.listeners.insert(token, listener);
        }
        let mut listeners = self.listeners.values();
        let first = listeners.find_map(Listener::tcp_addr);
        *self.tcp.lock().unwrap_or_else(PoisonError::into_inner) = first;
        Ok(())
    }

    /// Listens on these TCP addresses and on no others.
    ///
    /// # Errors
    /// When one cannot be bound; then it listens where it did.
    pub(super) fn listen(&mut self, wanted: &[Address]) -> io::Result<()> {
        let addr_of =
            |(token, listener): (&usize, &Listener)| listener.tcp_addr().map(|addr| (*token, addr));
        let old: Vec<_> = self.listeners.iter().filter_map(addr_of).collect();
        let is_there = |address: &Address| old.iter().any(|(_, addr)| *addr == address.addr);
        let (_, missing): (Vec<Address>, Vec<Address>) = wanted.iter().partition(|a| is_there(a));
        let is_wanted = |addr: &SocketAddr| wanted.iter().any(|address| address.addr == *addr);
        let (_, unwanted): (Vec<_>, Vec<_>) = old.iter().partition(|(_, addr)| is_wanted(addr));
        let opened = match listen::open(&missing) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                // By ourselves, it may be: every address and one of them
                // exclude each other.
                self.close(&unwanted);
                listen::open(&missing).or_else(|error| {
                    let addr = |(_, addr): &(usize, SocketAddr)| Address {
                        addr: *addr,
                        optional: true,
                    };
                    let before: Vec<Address> = unwanted.iter().map(addr).collect();
                    self.add_listeners(listen::open(&before)?)?;
                    Err(error)
                })?
            }
            opened => opened?,
        };
        self.close(&unwanted);
        self.add_listeners(opened)
    }

    fn close(&mut self, listeners: &[(usize, SocketAddr)]) {
        for (token, _) in listeners {
            if let Some(mut listener) = self.listeners.remove(token) {
                let _ = self.poll.registry().deregister(listener.source());
            }
        }
    }

    /// Adds a client's socket.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn add(&mut self, id: ClientId, mut stream: Stream) -> io::Result<()> {
        // Not for writing: a socket nearly always takes what we send, and
        // each such event would cost a turn of the loop.
        let registry = self.poll.registry();
        registry.register(&mut stream, token(id), Interest::READABLE)?;
        let socket = Socket {
            stream,
            awaits_writable: false,
        };
        self.clients.insert(id, socket);
        Ok(())
    }

    /// Asks (or no longer asks) the poll to tell when a socket takes output.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn await_writable(&mut self, id: ClientId, wanted: bool) -> io::Result<()> {
        let Some(socket) = self.clients.get_mut(&id) else {
            return Ok(());
        };
        if socket.awaits_writable == wanted {
            return Ok(());
        }
        let interest = if wanted {
            Interest::READABLE | Interest::WRITABLE
        } else {
            Interest::READABLE
        };
        let registry = self.poll.registry();
        registry.reregister(&mut socket.stream, token(id), interest)?;
        socket.awaits_writable = wanted;
        Ok(())
    }

    /// Waits until a socket has something. While several clients are served
    /// one after another it looks for a while before it sleeps: a client that
    /// writes does not have to wake a sleeping thread, which costs it more than
    /// the looks cost the server.
    pub(super) fn wait(
        &mut self,
        events: &mut Events,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        let begun = Instant::now();
        events.clear();
        if self.demand > 0 && self.is_soon && timeout != Some(Duration::ZERO) {
            loop {
                self.poll.poll(events, Some(Duration::ZERO))?;
                if !events.is_empty() || begun.elapsed() > LOOK_FOR {
                    break;
                }
                std::thread::yield_now();
            }
        }
        if events.is_empty() {
            self.poll.poll(events, timeout)?;
        }
        self.is_soon = begun.elapsed() < LOOK_FOR;
        let last = events.iter().last().map_or(self.last, Event::token);
        let several = last != self.last || events.iter().nth(1).is_some();
        self.last = last;
        self.demand = if several {
            DEMAND_LASTS
        } else {
            self.demand.saturating_sub(1)
        };
        Ok(())
    }

    /// Adds what these events tell of, and what was left of the last turn, to
    /// what is to be done.
    pub(super) fn take_up(&mut self, events: &Events) {
        self.ready.extend(events.iter().map(Ready::from));
        self.ready.extend(self.unfinished.drain(..));
    }
}
