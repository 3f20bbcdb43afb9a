//! What happens between requests: time passes, clients that no longer wait
//! go on, those that are to be closed are forgotten.
//!
//! A turn is: input is executed, [`Server::settle`], output is sent,
//! [`Server::tidy`]. [`Server::tick`] is all but the input and the sending,
//! for those who move the bytes themselves; the event loop sends in between.

use crate::engine::server::Server;
use crate::state::ClientId;
use std::time::{Duration, Instant};

/// The longest that nobody looks at the clock while something depends on
/// time: it may be set.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(1);

/// After so long it is looked whether a file has been written, milliseconds.
const LOOK_AT_FILES: i64 = 10;

/// How many expired keys one turn removes per database.
const EXPIRE_PER_TURN: usize = 400;

/// How much further tables of keys grow or shrink in a turn, as
/// [`crate::store::dict::Dict::move_some`] takes it: about 50 us.
const MOVED_PER_TURN: (usize, usize) = (2048, 512);

/// A turn that has begun.
pub(crate) struct Turn {
    began: Instant,
    /// How many commands had been executed by then.
    commands: u64,
}

impl Server {
    /// Does what is due: keys expire, clients that have waited long enough
    /// are answered, the further input of those that no longer wait is
    /// executed, those that are to be closed are. To be called after every
    /// [`Server::feed`], and whenever the time is over that it returns, if
    /// any.
    pub fn tick(&mut self) -> Option<Duration> {
        self.look_at_clock();
        let turn = self.begin_turn();
        self.settle();
        for id in self.clients.take_with_output() {
            self.check_output_limit(id);
        }
        self.tidy(|_| {});
        self.end_turn(turn);
        self.next_tick()
    }

    /// Has `serve` called now and then while a script runs for longer than
    /// `busy-reply-threshold`: in it others can be fed, who may stop the
    /// script with SCRIPT KILL. Without it, a script that does not end is
    /// never stopped. The same while the server reads its files.
    pub fn while_busy(&mut self, serve: impl FnMut(&mut Server) + 'static) {
        self.while_busy = Some(Box::new(serve));
    }

    /// Answers others while a script runs for too long, or files are read.
    pub(crate) fn serve_while_busy(&mut self) {
        if let Some(mut serve) = self.while_busy.take() {
            serve(self);
            self.while_busy.get_or_insert(serve);
        }
    }

    /// Reads the clock, unless a command is being executed.
    pub(crate) fn look_at_clock(&mut self) {
        if self.in_command == 0 {
            self.sync_clock();
            let moment = self.clock.read_at();
            if self.figures.rates.is_due(moment) {
                self.figures.sample_rates(moment);
                self.look_at_memory();
            }
        }
    }

    /// Remembers how much memory is in use, if it is the most so far.
    pub(crate) fn look_at_memory(&mut self) -> usize {
        let used = self.used_memory() as usize;
        self.figures.peak_memory = self.figures.peak_memory.max(used);
        used
    }

    /// A turn begins; the clock was just looked at.
    pub(crate) fn begin_turn(&self) -> Turn {
        Turn {
            began: self.clock.read_at(),
            commands: self.figures.commands,
        }
    }

    /// A turn is over. One within a script's belongs to that.
    pub(crate) fn end_turn(&mut self, turn: Turn) {
        if self.in_command == 0 {
            self.figures.turn_is_over(turn.began, turn.commands);
        }
    }

    /// What is to be done before output is sent.
    pub(crate) fn settle(&mut self) {
        if self.in_command == 0 && !self.loading {
            let start = Instant::now();
            self.run_timers();
            // At least a microsecond, in which it is told.
            self.figures.turns.timers += start.elapsed().as_nanos().max(1000) as u64;
            while let Some(id) = self.clients.next_to_resume() {
                self.execute_query(id);
            }
        }
        if self.lazy_free.take_emptied() {
            (self.settings.allocator.give_back)();
        }
        if self.tracking.clients > 0 {
            self.tracking_broadcast();
        }
        self.flush_log();
    }

    /// What is to be done once output has been sent. `gone` is told who has
    /// been forgotten.
    pub(crate) fn tidy(&mut self, mut gone: impl FnMut(ClientId)) {
        self.evict_clients();
        for id in self.clients.take_closed() {
            self.forget_client(id);
            gone(id);
        }
    }

    /// How long it takes until there is something to be done; `None` when
    /// nothing depends on time.
    pub(crate) fn next_tick(&self) -> Option<Duration> {
        let growing =
            self.settings.active_rehashing && self.dbs.iter().any(|db| db.keys.former_bytes() > 0);
        if self.clients.are_due() || self.eviction.unfinished || growing {
            return Some(Duration::ZERO);
        }
        let next = [
            self.waiting.first_deadline().map(|(when, _)| when),
            self.next_expiry().map(|when| when.saturating_add(1)),
            self.clients.pausing().map(|pause| pause.until),
            self.clients.room_due(),
            self.peers.next_idle(),
            self.next_save(),
            self.append_only.next(self.settings.appendfsync),
            self.persistence.scheduled(),
            self.persistence
                .job
                .as_ref()
                .map(|_| self.clock.now() + LOOK_AT_FILES),
        ]
        .into_iter()
        .flatten()
        .min();
        let timeout = next.map(|when| {
            let wait = Duration::from_millis(when.saturating_sub(self.clock.now()).max(0) as u64);
            wait.min(LOOK_AT_CLOCK)
        });
        if self.clients.soft_limited() > 0 || self.settings.timeout > 0 {
            return Some(timeout.map_or(LOOK_AT_CLOCK, |t| t.min(LOOK_AT_CLOCK)));
        }
        timeout
    }

    fn run_timers(&mut self) {
        while let Some((when, id)) = self.waiting.first_deadline() {
            if when > self.clock.now() {
                break;
            }
            if let Some(blocked) = self.unblock_by_timeout(id) {
                self.account_unblocked(id, &blocked, 0, false);
            }
        }
        self.expire_due_keys(EXPIRE_PER_TURN);
        if self.settings.active_rehashing {
            for db in &mut self.dbs {
                db.keys.move_some(MOVED_PER_TURN);
            }
        }
        if self.clients.pausing().is_some() && !self.is_paused() {
            self.clients.end_pause();
        }
        if self.eviction.unfinished {
            self.make_room();
        }
        self.peers.close_idle(self.clock.now());
        self.clients.release_room(self.clock.now());
        self.look_after_files();
        if self.settings.timeout > 0 {
            self.close_idle_clients();
        }
        if self.clients.soft_limited() > 0 {
            self.check_soft_limits();
        }
    }
}
