//! What the server knows of one connection.

use crate::state::backlog::Backlog;
use crate::state::blocking::Blocked;
use crate::state::pubsub::Kind;
use crate::state::tracking::ClientTracking;
use crate::state::transaction::Transaction;
use crate::state::{ClientId, CommandIndex};
use crate::store::ByteString;
use crate::wire::protocol::Partial;
use crate::wire::reply::Out;
use std::collections::BTreeSet;

/// The user a connection begins as.
pub const DEFAULT_USER: &[u8] = b"default";

/// A buffer of output that holds so many bytes is full.
const FULL: usize = 256 * 1024;

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

/// What a client wants to be sent by SYNC: REPLCONF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SnapshotWish {
    /// A snapshot and every change after it, as a replica.
    #[default]
    None,
    /// A snapshot.
    Everything,
    /// One of the functions alone.
    Functions,
}

/// CLIENT PAUSE.
#[derive(Debug, Clone, Copy)]
pub struct Pause {
    /// Until when, milliseconds since 1970.
    pub until: i64,
    /// All commands, or only those that write.
    pub all: bool,
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    /// Its number.
    pub id: ClientId,
    /// The peer's address as CLIENT LIST shows it.
    pub addr: String,
    /// The local address.
    pub laddr: String,
    /// It came over a Unix socket.
    pub unix: bool,
    /// CLIENT SETNAME.
    pub name: ByteString,
    /// CLIENT SETINFO LIB-NAME.
    pub lib_name: ByteString,
    /// CLIENT SETINFO LIB-VER.
    pub lib_ver: ByteString,
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
    /// What is to be sent before that.
    pub backlog: Backlog,
    /// Since when the output is over the soft limit, milliseconds.
    pub soft_limit_since: Option<i64>,
    /// Input not yet executed.
    pub query: Vec<u8>,
    /// The bytes of the input being executed, which is lent out meanwhile.
    pub input_len: usize,
    /// How far the first command of `query` has been parsed.
    pub partial: Partial,
    /// The command executed last, for CLIENT LIST and quick lookup.
    pub last_command: Option<CommandIndex>,
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
    /// REPLCONF.
    pub snapshot_wish: SnapshotWish,
    /// CLIENT NO-EVICT.
    pub no_evict: bool,
    /// CLIENT NO-TOUCH: the keys it uses do not count as used.
    pub no_touch: bool,
    /// To be closed once its output is sent; no more input is read.
    pub close_after_reply: bool,
    /// To be closed as soon as possible, output or not.
    pub close_asap: bool,
    /// A command of this client is being executed.
    pub executing: bool,
    /// Held back by CLIENT PAUSE.
    pub paused: bool,
    /// When it connected, milliseconds since 1970.
    pub created: i64,
    /// When it last sent or was sent something, milliseconds since 1970.
    pub active: i64,
}

impl Client {
    /// A new connection; logging in gives it its rights.
    pub fn new(id: ClientId, now: i64) -> Self {
        Client {
            id,
            addr: String::new(),
            laddr: String::new(),
            unix: false,
            name: ByteString::default(),
            lib_name: ByteString::default(),
            lib_ver: ByteString::default(),
            db: 0,
            authenticated: false,
            user: ByteString::new(DEFAULT_USER),
            unrestricted: true,
            out: Out::new(2),
            backlog: Backlog::default(),
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
            snapshot_wish: SnapshotWish::None,
            no_evict: false,
            no_touch: false,
            close_after_reply: false,
            close_asap: false,
            executing: false,
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

    /// What it is subscribed to.
    pub fn subscribed(&self, kind: Kind) -> &BTreeSet<ByteString> {
        match kind {
            Kind::Channel => &self.channels,
            Kind::Pattern => &self.patterns,
            Kind::Shard => &self.shard_channels,
        }
    }

    /// The same to be changed.
    pub fn subscribed_mut(&mut self, kind: Kind) -> &mut BTreeSet<ByteString> {
        match kind {
            Kind::Channel => &mut self.channels,
            Kind::Pattern => &mut self.patterns,
            Kind::Shard => &mut self.shard_channels,
        }
    }

    /// Whether it is subscribed to anything.
    pub fn is_subscriber(&self) -> bool {
        self.subscriptions() + self.shard_channels.len() > 0
    }

    /// Whether its next request can be executed.
    pub fn may_go_on(&self) -> bool {
        let held = self.blocked.is_some() || self.paused || self.executing;
        !held && self.is_read()
    }

    /// Whether it takes the reply to the command that has been executed.
    pub fn takes_reply(&mut self) -> bool {
        match self.reply_mode {
            ReplyMode::On | ReplyMode::SkipNext => true,
            ReplyMode::Off => false,
            ReplyMode::Skipping => {
                self.reply_mode = ReplyMode::On;
                false
            }
        }
    }

    /// Whether what it sends is still read.
    pub fn is_read(&self) -> bool {
        !self.close_asap && !self.close_after_reply
    }

    /// The bytes it has sent that are not executed yet, what MULTI has queued
    /// included.
    pub fn input_memory(&self) -> usize {
        self.query.len() + self.transaction.queued_bytes()
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
            + self.output_memory()
            + self.transaction.queued_bytes()
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
        self.backlog.unsent(self.out.buf.len())
    }

    /// The bytes that its output takes.
    pub fn output_memory(&self) -> usize {
        self.backlog.bytes() + self.out.buf.capacity()
    }

    /// Forgets what was to be sent.
    pub fn drop_output(&mut self) {
        self.out.buf = Vec::new();
        self.backlog = Backlog::default();
    }

    /// Begins a new buffer if the present one is full: what has been sent of
    /// a large output can be freed, and what follows never has it copied. Not
    /// while its command is being executed, perhaps for one that had to wait:
    /// it has borrowed the buffer, and pushes in its place go behind it.
    pub fn begin_new_buffer_if_full(&mut self) {
        if self.out.buf.len() >= FULL && !self.executing && self.blocked.is_none() {
            self.backlog.push(std::mem::take(&mut self.out.buf));
        }
    }

    /// The same as CLIENT LIST tells it: what is in the first buffer, how many
    /// further ones there are in Redis, and the bytes of those.
    fn output_figures(&self) -> (usize, usize, usize) {
        /// A buffer of Redis, and what it adds to one in a list.
        const BUFFER: usize = 16 * 1024;
        const OVERHEAD: usize = 40;
        let pending = self.pending_output();
        let first = pending.min(BUFFER);
        let further = (pending - first).div_ceil(BUFFER);
        (first, further, further * (BUFFER + OVERHEAD))
    }

    /// The flags of CLIENT LIST.
    fn flags(&self) -> String {
        let tracking = self.tracking.as_ref();
        let all = [
            (self.monitor, 'O'),
            (self.is_subscriber(), 'P'),
            (self.transaction.active, 'x'),
            (self.blocked.is_some(), 'b'),
            (tracking.is_some(), 't'),
            (tracking.is_some_and(|t| t.broken), 'R'),
            (tracking.is_some_and(|t| t.broadcast), 'B'),
            (self.transaction.touched, 'd'),
            (self.close_after_reply, 'c'),
            (self.close_asap, 'A'),
            (self.unix, 'U'),
            (self.no_evict, 'e'),
            (self.no_touch, 'T'),
        ];
        let set: String = all.iter().filter(|(on, _)| *on).map(|(_, c)| c).collect();
        if set.is_empty() { "N".into() } else { set }
    }

    /// A client as CLIENT LIST shows it, without the end of the line. What is
    /// about buffers is what we have of them. `command` is the name of the one
    /// executed last, `executing` the bytes of the arguments of the one that is
    /// being executed.
    pub fn describe(&self, now: i64, command: Option<&str>, executing: Option<usize>) -> String {
        let multi = if self.transaction.active {
            self.transaction.len() as i64
        } else {
            -1
        };
        let queued = self.transaction.queued_bytes();
        let redirect = match &self.tracking {
            None => -1,
            Some(tracking) => tracking.redirect.map_or(0, |id| id as i64),
        };
        // What has been read of a command counts as its arguments, and so does
        // what waits.
        let (partial, read) = self.partial.read();
        let waiting = self.blocked.as_ref().map(|blocked| blocked.queued.bytes());
        let argv = executing.or(waiting).unwrap_or(partial);
        let query = (self.query.len() + self.input_len).saturating_sub(read);
        let free = self.query.capacity().saturating_sub(query + read);
        let output = self.out.buf.capacity();
        let command = command.unwrap_or("NULL");
        let (first, further, omem) = self.output_figures();
        format!(
            "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={multi} watch={} qbuf={query} qbuf-free={free} argv-mem={argv} multi-mem={queued} rbs={output} rbp={output} obl={first} oll={further} omem={omem} tot-mem={} events=r cmd={command} user={} redir={redirect} resp={} lib-name={} lib-ver={} io-thread=0",
            self.id,
            self.addr,
            self.laddr,
            // The system's number is of no use to anybody but the server.
            self.id + 7,
            String::from_utf8_lossy(&self.name),
            (now - self.created).max(0) / 1000,
            (now - self.active).max(0) / 1000,
            self.flags(),
            self.db,
            self.channels.len(),
            self.patterns.len(),
            self.shard_channels.len(),
            self.transaction.watched.len(),
            self.memory(),
            String::from_utf8_lossy(&self.user),
            self.out.resp,
            String::from_utf8_lossy(&self.lib_name),
            String::from_utf8_lossy(&self.lib_ver),
        )
    }
}
