//! A connection that a pipe loses: when it is restored, and what is said of
//! commands whose replies went with it.

use super::Pipe;
use crate::conn::ConnError;
use crate::error::{Error, Result};
use catalog::lang::Text;
use catalog::text;
use resp::split::quote_all;
use std::io::Write;
use std::time::{Duration, Instant};

/// How long a lost server is tried again before the run is given up.
const RECONNECT: Duration = Duration::from_secs(3);

impl<W: Write, N: Write> Pipe<W, N> {
    /// Connects again if need be, for a little while.
    pub(super) async fn reconnect(&mut self) -> Result<()> {
        let deadline = Instant::now() + RECONNECT;
        loop {
            match self.session.client.connect().await {
                Ok(()) => return Ok(()),
                Err(error @ ConnError::Login(_)) => return Err(error.into()),
                Err(error) if Instant::now() >= deadline => {
                    self.flush_out()?;
                    return Err(error.into());
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// The connection was lost with nothing in flight: it is restored with
    /// the next command.
    pub(super) fn lost(&mut self, error: &ConnError) {
        let lang = self.session.shell.lang;
        let losses = self.session.client.state.losses(lang);
        self.session.client.disconnect();
        let _ = write!(self.notes, "redis-lab: {}", error.text(lang));
        if !losses.is_empty() {
            let lost = lang.pick("lost", "przepadło");
            let _ = write!(self.notes, "; {lost}: {}", losses.join(", "));
        }
        let _ = writeln!(self.notes);
    }

    /// The connection was lost while commands waited for their replies: it is
    /// not known which of them were run, so none may be sent again.
    pub(super) fn lost_in_flight(&mut self, error: ConnError) -> Result<()> {
        self.flush_out()?;
        let first = self.pending.front().map(|argv| quote_all(argv));
        let n = self.pending.len();
        let state = self.session.client.state.clone();
        self.session.client.disconnect();
        let first = first.unwrap_or_default();
        Err(Error::server(Text::in_each(|lang| {
            let error = error.text(lang);
            let mut text = text!(
                lang,
                "{error}; commands without a reply: {n}, the first is: {first}",
                "{error}; polecenia bez odpowiedzi: {n}, pierwsze z nich: {first}",
            );
            let losses = state.losses(lang);
            if !losses.is_empty() {
                let lost = lang.pick("lost", "przepadło");
                text.push_str(&format!("; {lost}: {}", losses.join(", ")));
            }
            text
        }))
        .hint(text!(
            "whether they were run is not known, so they were not sent again",
            "nie wiadomo, czy się wykonały, więc nie wysłano ich ponownie"
        )))
    }
}
