//! Stopping: what has to be saved first, and what refuses writes because it
//! could not be.

use crate::engine::news::{FileFault, News, Obstacle};
use crate::engine::server::Server;
use crate::state::persistence::Writing;
use crate::state::settings::Shutdown;
use crate::wire::reply::CmdError;
use std::sync::atomic::Ordering;

/// What another thread wants: see [`Server::request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Request {
    /// Nothing.
    None = 0,
    /// That it saves what is to be saved and stops; if it cannot save, that it
    /// goes on.
    SaveAndStop = 1,
    /// The same, as `shutdown-on-sigint` says.
    Interrupt = 2,
    /// The same, as `shutdown-on-sigterm` says.
    Terminate = 3,
    /// That it stops, whatever is lost.
    Stop = 4,
}

impl Server {
    /// Stops the server: it executes nothing more, and a script that is
    /// running ends. Nothing is saved: see [`Server::shut_down`].
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Whether it has been stopped, by SHUTDOWN or [`Server::stop`].
    pub fn is_stopped(&self) -> bool {
        self.stopping
    }

    /// What its handle, in another thread, wants.
    pub(crate) fn request(&self) -> Request {
        match self.stop.load(Ordering::Relaxed) {
            0 => Request::None,
            1..=3 if self.settings.cron_paused => Request::None,
            1 => Request::SaveAndStop,
            2 => Request::Interrupt,
            3 => Request::Terminate,
            _ => Request::Stop,
        }
    }

    /// Does what its handle wants, if anything; where it cannot, it says so
    /// and goes on.
    pub(crate) fn obey(&mut self) {
        let request = self.request();
        let how = match request {
            Request::None => return,
            Request::Stop => return self.stop(),
            Request::SaveAndStop => Shutdown::default(),
            Request::Interrupt => self.settings.shutdown_on_sigint,
            Request::Terminate => self.settings.shutdown_on_sigterm,
        };
        if let Err(why) = self.shut_down(how) {
            self.disobey(why);
        }
    }

    /// Goes on although its handle wants it to stop, unless that wants it
    /// whatever is lost; whether there was anything to be disobeyed (SHUTDOWN
    /// ABORT).
    pub(crate) fn disobey(&mut self, why: Obstacle) -> bool {
        let change = |wanted| matches!(wanted, 1..=3).then_some(Request::None as u8);
        let (order, stop) = (Ordering::Relaxed, &self.stop);
        let changed = stop.fetch_update(order, order, change).is_ok();
        if changed {
            self.tell(News::NotStopped(why));
        }
        changed
    }

    /// Writes what has to outlast the server and stops it: the append-only
    /// file to its end, and a snapshot where there are save points or `how`
    /// says so. What is being written in the background is given up.
    ///
    /// # Errors
    /// What could not be written; the server goes on then.
    pub(crate) fn shut_down(&mut self, how: Shutdown) -> Result<(), Obstacle> {
        if self.starting.is_some() {
            // The files have more than what is here.
            self.stop();
            return Ok(());
        }
        let writing = self.persistence.writing();
        let begins = self.append_only.begins && matches!(writing, Some(Writing::Rewrite { .. }));
        if begins && !how.force {
            return Err(Obstacle::LogBegins);
        }
        self.give_up(|_| true);
        let saved = self.save_at_end(how.save);
        if !how.force {
            saved.map_err(Obstacle::File)?;
        }
        self.drop_beginning();
        self.stop();
        Ok(())
    }

    fn save_at_end(&mut self, save: Option<bool>) -> Result<(), FileFault> {
        self.sync_log()
            .map_err(|error| self.file_fault(&self.settings.log_name.folder, &error))?;
        let usual = self.files.is_some() && !self.settings.save.is_empty();
        if save.unwrap_or(usual) {
            let name = self.settings.dbfilename.clone();
            self.save()
                .map_err(|error| self.file_fault(&name, &error))?;
        }
        Ok(())
    }

    /// Finds out whether writes are to be refused: to be called when something
    /// was saved or was not, or the parameters have changed.
    pub(crate) fn look_for_trouble(&mut self) {
        let snapshot = self.settings.stop_writes_on_save_error
            && !self.settings.save.is_empty()
            && self.persistence.save_failed;
        self.in_trouble = snapshot || self.append_only.failure.is_some();
    }

    /// Why writes are refused.
    pub(crate) fn trouble(&self) -> CmdError {
        match &self.append_only.failure {
            Some((why, _)) => {
                CmdError::owned(format!("MISCONF Errors writing to the AOF file: {why}"))
            }
            None => CmdError::new(
                "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
            ),
        }
    }
}
