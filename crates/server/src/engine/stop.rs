//! Stopping: what has to be saved first, and what refuses writes because it
//! could not be.

use crate::engine::server::Server;
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
    /// That it stops, whatever is lost.
    Stop = 2,
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
            1 => Request::SaveAndStop,
            _ => Request::Stop,
        }
    }

    /// Forgets that it is to save and stop: it could not.
    pub(crate) fn refuse_request(&self) {
        // Unless it is to stop anyway by now.
        let _ = self.stop.compare_exchange(
            Request::SaveAndStop as u8,
            Request::None as u8,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }

    /// Writes what has to outlast the server and stops it: the append-only
    /// file to its end, and a snapshot where there are save points or `save`
    /// says so.
    ///
    /// # Errors
    /// What could not be written; the server goes on then.
    pub fn shut_down(&mut self, save: Option<bool>) -> Result<(), String> {
        self.sync_log()
            .map_err(|error| self.file_error(super::manifest::FOLDER, &error))?;
        let usual = self.files.is_some() && !self.settings.save.is_empty();
        if save.unwrap_or(usual) {
            let name = self.settings.dbfilename.clone();
            self.save()
                .map_err(|error| self.file_error(&name, &error))?;
        }
        self.stop();
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
