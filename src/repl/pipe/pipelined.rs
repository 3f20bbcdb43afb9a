//! Ordinary commands of a pipe, which are sent together: many are under way
//! before the first reply is read.

use super::Pipe;
use super::alone::must_be_alone;
use crate::conn::ConnError;
use crate::conn::state::Argv;
use crate::error::Result;
use resp::Reply;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

/// So many request bytes are under way at once: fewer than the buffers of a
/// socket hold, so that neither side can wait for the other to read.
const IN_FLIGHT_BYTES: usize = 16 * 1024;
const IN_FLIGHT_COMMANDS: usize = 1024;

impl<W: Write, N: Write> Pipe<W, N> {
    pub(super) async fn command(&mut self, argv: &Argv) -> Result<()> {
        if self.session.shell.switches.watch() {
            return self.watched(argv).await;
        }
        let state = &self.session.client.state;
        if must_be_alone(argv) || state.lost_transaction || state.is_silent() {
            return self.alone(argv.clone()).await;
        }
        let bytes: usize = argv.iter().map(|arg| arg.len() + 16).sum();
        if !self.pending.is_empty() && self.pending_bytes + bytes > IN_FLIGHT_BYTES {
            self.drain().await?;
        }
        self.pending.push_back(argv.clone());
        self.pending_bytes += bytes;
        if self.pending.len() >= IN_FLIGHT_COMMANDS {
            self.drain().await?;
        }
        Ok(())
    }

    /// Sends what is pending and writes every reply.
    pub(super) async fn drain(&mut self) -> Result<()> {
        self.pending_bytes = 0;
        if self.pending.is_empty() {
            return Ok(());
        }
        self.reconnect().await?;
        if self.session.client.state.lost_transaction {
            // Lost while idle, with the transaction open: none may be sent.
            while let Some(argv) = self.pending.pop_front() {
                self.alone_now(&argv).await?;
            }
            return Ok(());
        }
        for argv in &self.pending {
            self.session.client.queue(argv);
        }
        let sent = Instant::now();
        if let Err(error) = self.session.client.flush().await {
            return self.lost_in_flight(error);
        }
        while let Some(argv) = self.pending.pop_front() {
            loop {
                let reply = match self.next_reply().await? {
                    Ok(reply) => reply,
                    Err(error) => {
                        self.pending.push_front(argv);
                        return self.lost_in_flight(error);
                    }
                };
                if self.session.client.state.is_message(&argv, &reply) {
                    self.message(&reply)?;
                    continue;
                }
                self.session.client.state.observe(&argv, &reply);
                self.reply(&argv, &reply)?;
                if self.pending.is_empty() {
                    // The words speak of the last one.
                    let shell = &mut self.session.shell;
                    shell.remember(argv, Arc::new(vec![reply]), sent.elapsed());
                }
                break;
            }
        }
        Ok(())
    }

    /// The next reply; what was written is shown before waiting for it.
    async fn next_reply(&mut self) -> Result<std::result::Result<Reply, ConnError>> {
        match self.session.client.try_receive() {
            Ok(Some(reply)) => return Ok(Ok(reply)),
            Ok(None) => {}
            Err(error) => return Ok(Err(error)),
        }
        self.flush_out()?;
        Ok(self.session.client.receive().await)
    }
}
