//! What the server knows of one connection.

use super::acl;
use super::blocking::Blocked;
use super::command::Found;
use super::net::stream::Stream;
use super::store::ByteString;
use super::tracking::ClientTracking;
use super::transaction::Transaction;
use crate::wire::protocol::Partial;
use crate::wire::reply::Out;
use std::collections::BTreeSet;

/// A client's number, as CLIENT ID gives it; never used twice.
pub type ClientId = u64;

/// CLIENT REPLY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReplyMode {
    /// Replies are sent.
    #[default]
    On,
    /// No replies.
    Off,
    /// The reply of the next command is not sent.
    SkipNext,
    /// The reply of the command being executed is not sent.
    Skipping,
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    /// Its number.
    pub id: ClientId,
    /// The socket; `None` for a client made to run scripts or tests.
    pub stream: Option<Stream>,
    /// The peer's address as CLIENT LIST shows it.
    pub addr: String,
    /// The local address.
    pub laddr: String,
    /// CLIENT SETNAME.
    pub name: ByteString,
    /// The selected database.
    pub db: usize,
    /// Whether a password was given, or none was needed when it connected.
    pub authenticated: bool,
    /// The name of the user it is logged in as.
    pub user: ByteString,
    /// Whether that user may do everything, so that no rule is looked at.
    pub unrestricted: bool,
    /// Output not yet sent, and the protocol version.
    pub out: Out,
    /// How much of `out` has been sent.
    pub sent: usize,
    /// Since when the output is over the soft limit, milliseconds.
    pub soft_limit_since: Option<i64>,
    /// Input not yet executed.
    pub query: Vec<u8>,
    /// The bytes of the input being executed, which is lent out meanwhile.
    pub input_len: usize,
    /// How far the first command of `query` has been parsed.
    pub partial: Partial,
    /// The command executed last, for CLIENT LIST and quick lookup.
    pub last_command: Option<Found>,
    /// MULTI and WATCH.
    pub transaction: Transaction,
    /// What a blocking command waits for.
    pub blocked: Option<Box<Blocked>>,
    /// SUBSCRIBE.
    pub channels: BTreeSet<ByteString>,
    /// PSUBSCRIBE.
    pub patterns: BTreeSet<ByteString>,
    /// SSUBSCRIBE.
    pub shard_channels: BTreeSet<ByteString>,
    /// CLIENT REPLY.
    pub reply_mode: ReplyMode,
    /// CLIENT TRACKING.
    pub tracking: Option<Box<ClientTracking>>,
    /// MONITOR.
    pub monitor: bool,
    /// CLIENT NO-EVICT.
    pub no_evict: bool,
    /// To be closed once its output is sent; no more input is read.
    pub close_after_reply: bool,
    /// To be closed as soon as possible, output or not.
    pub close_asap: bool,
    /// A command of this client is being executed.
    pub executing: bool,
    /// Input is waiting although no event will say so.
    pub unread: bool,
    /// The poll tells when the socket takes output again.
    pub awaits_writable: bool,
    /// Held back by CLIENT PAUSE.
    pub paused: bool,
    /// When it connected, milliseconds since 1970.
    pub created: i64,
    /// When it last sent or was sent something, milliseconds since 1970.
    pub active: i64,
}

impl Client {
    /// A new connection; [`acl::Acl::begin_session`] gives it its rights.
    pub fn new(id: ClientId, stream: Option<Stream>, now: i64) -> Self {
        Client {
            id,
            stream,
            addr: String::new(),
            laddr: String::new(),
            name: ByteString::default(),
            db: 0,
            authenticated: false,
            user: ByteString::new(acl::DEFAULT),
            unrestricted: true,
            out: Out::new(2),
            sent: 0,
            soft_limit_since: None,
            query: Vec::new(),
            input_len: 0,
            partial: Partial::default(),
            last_command: None,
            transaction: Transaction::default(),
            blocked: None,
            channels: BTreeSet::new(),
            patterns: BTreeSet::new(),
            shard_channels: BTreeSet::new(),
            reply_mode: ReplyMode::On,
            tracking: None,
            monitor: false,
            no_evict: false,
            close_after_reply: false,
            close_asap: false,
            executing: false,
            unread: false,
            awaits_writable: false,
            paused: false,
            created: now,
            active: now,
        }
    }

    /// How many channels and patterns it is subscribed to, as the replies of
    /// SUBSCRIBE and PSUBSCRIBE count.
    pub fn subscriptions(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }

    /// Whether it is subscribed to anything.
    pub fn is_subscriber(&self) -> bool {
        self.subscriptions() + self.shard_channels.len() > 0
    }

    /// The bytes of the commands queued by MULTI.
    pub fn queued_bytes(&self) -> usize {
        let queue = self.transaction.queue.iter();
        queue.flat_map(|queued| &queued.argv).map(Vec::len).sum()
    }

    /// About how much memory it takes, bytes.
    pub fn memory(&self) -> usize {
        const NAME: usize = 2 * size_of::<ByteString>() + 16;
        let names = |names: &BTreeSet<ByteString>| -> usize {
            names.iter().map(|name| name.len() + NAME).sum()
        };
        let watched = self.transaction.watched.iter();
        size_of::<Client>()
            + self.query.capacity()
            + self.out.buf.capacity()
            + self.queued_bytes()
            + watched.map(|w| w.key.len() + NAME).sum::<usize>()
            + names(&self.channels)
            + names(&self.patterns)
            + names(&self.shard_channels)
            + self.tracking.as_ref().map_or(0, |tracking| {
                let prefixes = tracking.prefixes.iter();
                prefixes.map(|prefix| prefix.len() + NAME).sum()
            })
    }

    /// The bytes waiting to be sent.
    pub fn pending_output(&self) -> usize {
        self.out.buf.len() - self.sent
    }
}
