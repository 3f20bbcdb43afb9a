//! All state of a running server, and the clock it works by.

use crate::acl::Acl;
use crate::engine::append_only::AppendOnly;
use crate::engine::command::Table;
use crate::engine::files::Files;
use crate::engine::news::News;
use crate::lua::scripting::Scripting;
use crate::state::access::AccessClock;
use crate::state::blocking::Waiting;
use crate::state::client::Client;
use crate::state::clients::Clients;
use crate::state::clock::Clock;
use crate::state::eviction::Eviction;
use crate::state::figures::Figures;
use crate::state::latency;
use crate::state::lazyfree::LazyFree;
use crate::state::peers::Peers;
use crate::state::persistence::{Kept, Persistence};
use crate::state::pubsub::PubSub;
use crate::state::running::BusyScript;
use crate::state::settings::Settings;
use crate::state::slowlog::SlowLog;
use crate::state::starting::Starting;
use crate::state::tracking::Tracking;
use crate::state::transaction::Transactions;
use crate::store::Db;
use crate::wire::reply::CmdError;
use rand::rngs::SmallRng;
use std::sync::Arc;
use std::sync::atomic::AtomicU8;
use std::time::Instant;

/// What is called while a script runs for too long, and while files are read.
type WhileBusy = Box<dyn FnMut(&mut Server)>;

/// Listens on these addresses (`bind`) and this port, and nowhere else; or,
/// where that is impossible, where it did before.
pub(crate) type Listen = Box<dyn FnMut(&str, u16) -> std::io::Result<()>>;

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
    pub(crate) clients: Clients,
    /// The parameters.
    pub(crate) settings: Settings,
    /// Subscriptions.
    pub(crate) pubsub: PubSub,
    /// Scripts and functions; the interpreters are made when first needed.
    pub(crate) script: Scripting,
    /// Client-side caching.
    pub(crate) tracking: Tracking,
    /// Figures.
    pub(crate) figures: Figures,
    /// Random numbers.
    pub(crate) rng: SmallRng,
    /// The time, which stands still during a command.
    pub(crate) clock: Clock,
    /// What keys' accesses are stamped with.
    pub(crate) access: AccessClock,
    /// Eviction, when memory has reached its limit.
    pub(crate) eviction: Eviction,
    /// Changes since the last snapshot.
    pub(crate) dirty: u64,
    /// How saving went. Dropped before the files, which wait for what is
    /// being written.
    pub(crate) persistence: Persistence,
    /// Where what is to outlast it is kept, if anything is.
    pub(crate) files: Option<Box<dyn Files>>,
    /// Where the ACL file is when `files` is nothing.
    pub(crate) users_files: Option<Box<dyn Files>>,
    /// The append-only file.
    pub(crate) append_only: AppendOnly,
    /// It is reading its files: no key's time is over then.
    pub(crate) loading: bool,
    /// How far it is with that, when it has just been started.
    pub(crate) starting: Option<Box<Starting>>,
    /// What they held.
    pub(crate) kept: Kept,
    /// Writes are refused, for what was written could not be saved.
    pub(crate) in_trouble: bool,
    /// Whoever runs it is told this.
    pub(crate) told: Option<Box<dyn FnMut(News)>>,
    /// Listens elsewhere, where it has sockets.
    pub(crate) listen: Option<Listen>,
    /// Who watches which key, and EXEC.
    pub(crate) transactions: Transactions,
    /// Who waits for which key.
    pub(crate) waiting: Waiting,
    /// The users and what they were refused.
    pub(crate) acl: Acl,
    /// The slow log.
    pub(crate) slowlog: SlowLog,
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
    /// What is called while a script runs for too long, and while files are
    /// read.
    pub(crate) while_busy: Option<WhileBusy>,
    /// A 40-digit number made at the start, for INFO's `run_id`.
    pub(crate) run_id: String,
    /// The bytes in use before there were keys.
    pub(crate) startup_memory: usize,
    /// How many commands are being executed, one within the other.
    pub(crate) in_command: usize,
    /// When the command before this one in a pipeline ended: that is when this
    /// one starts, which spares a look at the clock.
    pub(crate) pipelined: Option<Instant>,
    /// What the process's score was before `oom-score-adj` changed it.
    pub(crate) oom_score_before: Option<i32>,
    /// The places of a request's arguments, kept for its allocation.
    pub(crate) places: Vec<(usize, usize)>,
}

impl Server {
    /// A server with empty databases that has these commands.
    pub(crate) fn with(commands: &'static Table, settings: Settings) -> Self {
        let clock = Clock::new();
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
            clients: Clients::default(),
            acl: Acl::new(&settings.requirepass),
            settings,
            pubsub: PubSub::default(),
            script,
            tracking: Tracking::default(),
            figures: Figures::new(commands.all().len()),
            rng,
            access: AccessClock::default(),
            eviction: Eviction::default(),
            dirty: 0,
            files: None,
            users_files: None,
            persistence: Persistence::new(clock.now()),
            clock,
            append_only: AppendOnly::default(),
            loading: false,
            starting: None,
            kept: Kept::default(),
            in_trouble: false,
            told: None,
            listen: None,
            transactions: Transactions::new(databases),
            waiting: Waiting::new(databases),
            slowlog: SlowLog::default(),
            latency_events: latency::Events::new(),
            lazy_free: LazyFree::default(),
            peers: Peers::default(),
            busy_script: None,
            stopping: false,
            stop: Arc::default(),
            while_busy: None,
            run_id,
            startup_memory: 0,
            in_command: 0,
            pipelined: None,
            oom_score_before: None,
            places: Vec::new(),
        }
    }

    /// Reads the wall clock again (it may have been set).
    pub(crate) fn sync_clock(&mut self) {
        self.clock.sync();
        self.access.set(self.clock.now());
    }

    /// Sets the time commands see to a moment of the monotonic clock.
    #[inline]
    pub(crate) fn set_now(&mut self, moment: Instant) {
        self.clock.set(moment);
        self.access.set(self.clock.now());
    }

    /// Tells whoever runs the server, if he listens.
    pub(crate) fn tell(&mut self, news: News) {
        if let Some(tell) = &mut self.told {
            tell(news);
        }
    }

    /// Counts an error that is replied.
    pub(crate) fn count_error(&mut self, error: &CmdError) {
        if let Some(codes) = self.figures.count_error(error) {
            self.lazy_free.count(codes.len() as u64);
            self.tell(News::TooManyCodes { codes });
        }
    }

    /// A client as CLIENT LIST shows it, without the end of the line; `executing`
    /// as in [`Client::describe`].
    pub(crate) fn describe_client(&self, client: &Client, executing: Option<usize>) -> String {
        let last = client.last_command.map(|index| self.commands.at(index));
        let name = last.map(|command| command.name());
        client.describe(self.clock.now(), name, executing)
    }
}
