//! What of a command is written to the append-only file.
//!
//! A command that has changed something is written as it was sent, unless its
//! function says with [`Ctx::log_as`] what is to be written instead: what came
//! of it, where it depends on the time, on chance, or on waiting.

use crate::engine::append_only::Effect;
use crate::engine::command::{Command, Role};
use crate::engine::ctx::Ctx;
use crate::engine::server::Server;

fn effect(db: usize, argv: &[&[u8]]) -> Effect {
    (db, argv.iter().map(|arg| arg.to_vec()).collect())
}

fn removal(lazily: bool) -> &'static [u8] {
    if lazily { b"UNLINK" } else { b"DEL" }
}

impl Ctx<'_> {
    /// Has a command written to the append-only file in place of the one being
    /// executed. Called more than once, all of them.
    pub fn log_as(&mut self, argv: &[&[u8]]) {
        let log = &mut self.server.append_only;
        if log.is_on() {
            let effects = log.instead.get_or_insert_default();
            effects.push(effect(self.db, argv));
        }
    }

    /// Has nothing written of the command being executed but what
    /// [`Ctx::log_as`] says.
    pub fn log_nothing(&mut self) {
        let log = &mut self.server.append_only;
        if log.is_on() {
            log.instead.get_or_insert_default();
        }
    }

    /// Has the removal of a key whose time is over written down in place of
    /// the command being executed.
    pub fn log_removal(&mut self, key: &[u8]) {
        let lazily = self.server.settings.lazy.expire;
        self.log_as(&[removal(lazily), key]);
    }

    /// Whether anything is written at all: where finding out what would take
    /// time.
    pub fn logs(&self) -> bool {
        self.server.append_only.is_on()
    }
}

/// What was true before a command was executed.
pub(crate) struct Before {
    dirty: u64,
    instead: Option<Vec<Effect>>,
}

impl Server {
    /// To be called before a command's function, and its result given to
    /// [`Server::log_command`].
    #[inline]
    pub(crate) fn before_command(&mut self) -> Before {
        Before {
            dirty: self.dirty,
            instead: self.append_only.instead.take(),
        }
    }

    /// Adds what a command has done to the unit being executed, and ends that
    /// if it was the outermost.
    #[inline]
    pub(crate) fn log_command(
        &mut self,
        before: Before,
        command: &Command,
        db: usize,
        argv: &[&[u8]],
    ) {
        let instead = std::mem::replace(&mut self.append_only.instead, before.instead);
        if !self.append_only.is_on() {
            return;
        }
        match instead {
            Some(effects) => self.append_only.unit.extend(effects),
            // Of a transaction and of a script, the commands inside count. A
            // snapshot makes fewer changes of what has been saved now.
            None if self.dirty > before.dirty
                && command.role != Role::Exec
                && !command.role.runs_script() =>
            {
                self.append_only.unit.push(effect(db, argv));
            }
            None => {}
        }
        self.end_unit();
    }

    /// Adds what no command has done: a key's time was over, or it was
    /// evicted.
    pub(crate) fn log_effect(&mut self, db: usize, argv: &[&[u8]]) {
        if self.append_only.is_on() {
            self.append_only.unit.push(effect(db, argv));
            self.end_unit();
        }
    }

    /// The same for a key that is gone.
    pub(crate) fn log_removal(&mut self, db: usize, key: &[u8], lazily: bool) {
        self.log_effect(db, &[removal(lazily), key]);
    }

    /// Nothing more belongs to the unit, unless a command is being executed.
    fn end_unit(&mut self) {
        let log = &mut self.append_only;
        if self.in_command == 0 && !log.unit.is_empty() {
            let unit = std::mem::take(&mut log.unit);
            let stamp = self
                .settings
                .aof_timestamps
                .then_some(self.clock.now() / 1000);
            log.write_unit(&unit, stamp);
        }
    }
}
