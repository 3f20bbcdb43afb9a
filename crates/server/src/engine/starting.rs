//! What is served while the server reads its files: commands that need no
//! data, so that whoever asks learns that it loads, and how far it is.
//!
//! Now and then the reading stops for a turn of the event loop, as a script
//! does that takes long. Other clients then meet a server without the client
//! that executes the append-only file, and with figures of their own.

use crate::engine::image::hold_up;
use crate::engine::load_error::LoadCause;
use crate::engine::server::Server;
use crate::engine::stop::Request;
use crate::state::figures::Figures;
use crate::state::starting::Starting;
use crate::wire::reply::CmdError;

/// The client that executes the append-only file: connections are numbered
/// from 1.
pub(super) const LOADER: u64 = 0;

/// The reply to a command that needs the data.
pub(crate) const LOADING: CmdError =
    CmdError::new("LOADING Redis is loading the dataset in memory");

impl Server {
    /// The reading of the files begins.
    pub(super) fn begin_starting(&mut self) {
        let figures = Figures::new(self.commands.all().len());
        self.loading = true;
        self.starting = Some(Box::new(Starting::new(self.clock.now(), figures)));
    }

    /// It is over: what the loading has counted is forgotten.
    pub(super) fn end_starting(&mut self) {
        self.loading = false;
        if let Some(starting) = self.starting.take() {
            self.figures = starting.figures;
        }
    }

    /// A file of so many bytes is about to be read.
    pub(super) fn begins_file(&mut self, len: usize) {
        if let Some(starting) = &mut self.starting {
            starting.begins_file(len);
        }
    }

    /// Another key or command of a file has been read, up to this byte of it:
    /// serves clients if it is time.
    ///
    /// # Errors
    /// When the server has been stopped.
    #[inline]
    pub(super) fn has_read(&mut self, at: usize) -> Result<(), LoadCause> {
        let delay = self.settings.key_load_delay;
        if delay != 0 {
            hold_up(delay, 1, || false);
        }
        let interval = self.settings.load_interval;
        let starting = self.starting.as_mut();
        if starting.is_some_and(|starting| starting.serves_at(at, interval)) {
            self.serve_meanwhile()?;
        }
        Ok(())
    }

    #[cold]
    fn serve_meanwhile(&mut self) -> Result<(), LoadCause> {
        let loader = self.clients.take(LOADER);
        self.swap_figures();
        self.serve_while_busy();
        self.swap_figures();
        if let Some(loader) = loader {
            self.clients.add(loader);
        }
        if self.is_stopped() || self.request() != Request::None {
            return Err(LoadCause::Stopped);
        }
        Ok(())
    }

    fn swap_figures(&mut self) {
        if let Some(starting) = &mut self.starting {
            std::mem::swap(&mut self.figures, &mut starting.figures);
        }
    }
}
