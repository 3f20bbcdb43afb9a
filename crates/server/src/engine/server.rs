//! All state of a running server, and the clock it works by.

use crate::acl::Acl;
use crate::engine::append_only::AppendOnly;
use crate::engine::command::Table;
use crate::engine::files::Files;
use crate::lua::scripting::Scripting;
use crate::state::FastMap;
use crate::state::access::AccessClock;
use crate::state::client::{Client, ClientId, Pause};
use crate::state::eviction::Eviction;
use crate::state::figures::{CommandStats, Stats};
use crate::state::latency;
use crate::state::lazyfree::LazyFree;
use crate::state::peers::Peers;
use crate::state::persistence::{Kept, Persistence};
use crate::state::pubsub::PubSub;
use crate::state::running::BusyScript;
use crate::state::settings::Settings;
use crate::state::slowlog::SlowEntry;
use crate::state::tracking::Tracking;
use crate::store::{ByteString, Db};
use rand::rngs::SmallRng;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU8;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What is called while a script runs for too long.
type WhileBusy = Box<dyn FnMut(&mut Server)>;

/// A server without sockets: bytes go in, bytes come out.
///
/// It lives on the thread of whoever owns it and does nothing by itself:
/// [`Server::feed`] executes what a connection sends, [`Server::tick`] what
/// time brings, [`Server::take_output`] gives what a connection is sent.
///
/// ```
/// use redis_lab_server::{Config, Server};
///
/// let mut server = Server::new(Config::default())?;
/// let ala = server.connect()?;
/// server.feed(ala, b"INCR visits\r\n");
/// assert_eq!(server.take_output(ala), b":1\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Server {
    /// The commands it has.
    pub(crate) commands: &'static Table,
    /// The databases.
    pub(crate) dbs: Vec<Db>,
    /// The connections.
    pub(crate) clients: FastMap<ClientId, Box<Client>>,
    /// The parameters.
    pub(crate) settings: Settings,
    /// Subscriptions.
    pub(crate) pubsub: PubSub,
    /// Scripts and functions; the interpreters are made when first needed.
    pub(crate) script: Scripting,
    /// Client-side caching.
    pub(crate) tracking: Tracking,
    /// Figures.
    pub(crate) stats: Stats,
    /// Random numbers.
    pub(crate) rng: SmallRng,
    /// Milliseconds since 1970; stands still during a command.
    pub(crate) now: i64,
    /// Microseconds since 1970, likewise.
    pub(crate) now_micros: i64,
    /// What keys' accesses are stamped with.
    pub(crate) access: AccessClock,
    /// Eviction, when memory has reached its limit.
    pub(crate) eviction: Eviction,
    /// Changes since the last snapshot.
    pub(crate) dirty: u64,
    /// Where what is to outlast it is kept, if anything is.
    pub(crate) files: Option<Box<dyn Files>>,
    /// How saving went.
    pub(crate) persistence: Persistence,
    /// The append-only file.
    pub(crate) append_only: AppendOnly,
    /// It is reading its files: no key's time is over then.
    pub(crate) loading: bool,
    /// What they held.
    pub(crate) kept: Kept,
    /// Writes are refused, for what was written could not be saved.
    pub(crate) in_trouble: bool,
    /// Why it has stopped by itself.
    pub(crate) failed: Option<String>,
    /// How many transactions were begun to be executed.
    pub(crate) transactions: u32,
    /// EXEC is being executed.
    pub(crate) executing_transaction: bool,
    /// Who watches which key, by database.
    pub(crate) watchers: Vec<FastMap<ByteString, Vec<ClientId>>>,
    /// Who waits for which key, by database, in order of arrival.
    pub(crate) blocking: Vec<FastMap<ByteString, Vec<ClientId>>>,
    /// When waiting clients give up.
    pub(crate) block_deadlines: BTreeSet<(i64, ClientId)>,
    /// Keys that may have something for waiting clients.
    pub(crate) ready: Vec<(usize, ByteString)>,
    /// Clients that no longer wait and may have further input.
    pub(crate) unblocked: Vec<ClientId>,
    /// How many clients wait, or are held back by CLIENT PAUSE.
    pub(crate) blocked_clients: usize,
    /// Clients that have something to be sent.
    pub(crate) with_output: Vec<ClientId>,
    /// Clients to be freed at the end of the loop's turn.
    pub(crate) to_close: Vec<ClientId>,
    /// Clients that called MONITOR.
    pub(crate) monitors: Vec<ClientId>,
    /// CLIENT PAUSE.
    pub(crate) pause: Option<Pause>,
    /// The users and what they were refused.
    pub(crate) acl: Acl,
    /// The slow log, newest first.
    pub(crate) slowlog: std::collections::VecDeque<SlowEntry>,
    /// The number of the next entry of the slow log.
    pub(crate) slowlog_next: u64,
    /// What took longer than `latency-monitor-threshold`.
    pub(crate) latency_events: latency::Events,
    /// Freeing in another thread.
    pub(crate) lazy_free: LazyFree,
    /// Connections to other servers, kept by MIGRATE.
    pub(crate) peers: Peers,
    /// A script has been running for longer than `busy-reply-threshold`.
    pub(crate) busy_script: Option<BusyScript>,
    /// It is to execute nothing more: SHUTDOWN was called, for instance.
    pub(crate) stopping: bool,
    /// Set by another thread to stop it: see [`crate::engine::stop`].
    pub(crate) stop: Arc<AtomicU8>,
    /// What is called while a script runs for too long.
    pub(crate) while_busy: Option<WhileBusy>,
    /// A 40-digit number made at the start, for INFO's `run_id`.
    pub(crate) run_id: String,
    /// The bytes in use before there were keys.
    pub(crate) startup_memory: usize,
    /// When the server started.
    pub(crate) started: Instant,
    pub(crate) next_client_id: ClientId,
    /// Wall clock and monotonic clock read together, to derive one from the
    /// other cheaply.
    clock_base: (Instant, i64),
    /// How many clients are over their soft output limit.
    pub(crate) soft_limited: usize,
    pub(crate) in_command: usize,
    /// The places of a request's arguments, kept for its allocation.
    pub(crate) places: Vec<(usize, usize)>,
}

fn wall_micros() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
}

impl Server {
    /// A server with empty databases that has these commands.
    pub(crate) fn with(commands: &'static Table, settings: Settings) -> Self {
        let now_micros = wall_micros();
        let mut rng = rand::make_rng::<SmallRng>();
        let run_id = (0..40)
            .map(|_| char::from(b"0123456789abcdef"[rand::RngExt::random_range(&mut rng, 0..16)]))
            .collect();
        let databases = settings.databases;
        let script = Scripting {
            memory_limit: settings.script_memory,
            ..Scripting::default()
        };
        Server {
            commands,
            dbs: vec![Db::default(); databases],
            clients: FastMap::default(),
            acl: Acl::new(&settings.requirepass),
            settings,
            pubsub: PubSub::default(),
            script,
            tracking: Tracking::default(),
            stats: Stats {
                by_command: vec![CommandStats::default(); commands.all().len()],
                ..Stats::default()
            },
            rng,
            now: now_micros / 1000,
            now_micros,
            access: AccessClock::default(),
            eviction: Eviction::default(),
            dirty: 0,
            files: None,
            persistence: Persistence::new(now_micros / 1000),
            append_only: AppendOnly::default(),
            loading: false,
            kept: Kept::default(),
            in_trouble: false,
            failed: None,
            transactions: 0,
            executing_transaction: false,
            watchers: vec![FastMap::default(); databases],
            blocking: vec![FastMap::default(); databases],
            block_deadlines: BTreeSet::new(),
            ready: Vec::new(),
            unblocked: Vec::new(),
            blocked_clients: 0,
            with_output: Vec::new(),
            to_close: Vec::new(),
            monitors: Vec::new(),
            pause: None,
            slowlog: std::collections::VecDeque::new(),
            slowlog_next: 0,
            latency_events: latency::Events::new(),
            lazy_free: LazyFree::default(),
            peers: Peers::default(),
            busy_script: None,
            stopping: false,
            stop: Arc::default(),
            while_busy: None,
            run_id,
            startup_memory: 0,
            started: Instant::now(),
            next_client_id: 1,
            clock_base: (Instant::now(), now_micros),
            soft_limited: 0,
            in_command: 0,
            places: Vec::new(),
        }
    }

    /// Reads the wall clock again (it may have been set).
    pub(crate) fn sync_clock(&mut self) {
        self.clock_base = (Instant::now(), wall_micros());
        self.set_now(self.clock_base.0);
    }

    /// Sets the time commands see to a moment of the monotonic clock.
    #[inline]
    pub(crate) fn set_now(&mut self, moment: Instant) {
        self.now_micros = self.micros_at(moment);
        self.now = self.now_micros / 1000;
        self.access.set(self.now);
    }

    /// A moment in microseconds since 1970.
    fn micros_at(&self, moment: Instant) -> i64 {
        let since = moment.saturating_duration_since(self.clock_base.0);
        self.clock_base.1 + since.as_micros() as i64
    }

    /// A client as CLIENT LIST shows it, without the end of the line.
    pub(crate) fn describe_client(&self, client: &Client) -> String {
        let last = client.last_command.map(|index| self.commands.at(index));
        client.describe(self.now, last.map(|command| command.name()))
    }

    /// Remembers that a client has output to be sent.
    #[inline]
    pub(crate) fn output_pending(&mut self, id: ClientId) {
        // Checked against the last only: pipelines of one client come in a
        // row, and sending twice does no harm.
        if self.with_output.last() != Some(&id) {
            self.with_output.push(id);
        }
    }
}
