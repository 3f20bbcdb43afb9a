//! Commands of a pipe that are not sent together with others: which they are,
//! and how one is run.

use super::{Pipe, is_invalidation};
use crate::conn::state::{Argv, name_of};
use crate::conn::{Arrival, ConnError};
use crate::error::{Error, Result};
use crate::session::{Output, SLOW};
use resp::Reply;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

/// Commands that change what later replies mean, may block or run for long,
/// or may end the connection.
pub(super) fn must_be_alone(argv: &[Vec<u8>]) -> bool {
    matches!(
        name_of(argv).as_str(),
        "subscribe"
            | "psubscribe"
            | "ssubscribe"
            | "unsubscribe"
            | "punsubscribe"
            | "sunsubscribe"
            | "monitor"
            | "hello"
            | "reset"
            | "auth"
            | "acl"
            | "client"
            | "config"
            | "cluster"
            | "debug"
            | "failover"
            | "replicaof"
            | "slaveof"
            | "shutdown"
            | "sync"
            | "psync"
            | "blpop"
            | "brpop"
            | "blmove"
            | "brpoplpush"
            | "blmpop"
            | "bzpopmin"
            | "bzpopmax"
            | "bzmpop"
            | "xread"
            | "xreadgroup"
            | "wait"
            | "waitaof"
            | "eval"
            | "evalsha"
            | "eval_ro"
            | "evalsha_ro"
            | "fcall"
            | "fcall_ro"
            | "script"
            | "function"
    )
}

impl<W: Write, N: Write> Pipe<W, N> {
    pub(super) async fn alone(&mut self, argv: Argv) -> Result<()> {
        self.drain().await?;
        self.alone_now(&argv).await
    }

    pub(super) async fn alone_now(&mut self, argv: &Argv) -> Result<()> {
        if let Some(refusal) = self.session.client.state.refuse_lost(argv) {
            return self.reply(argv, &refusal);
        }
        self.reconnect().await?;
        let name = name_of(argv);
        if self.output() == Output::Pretty
            && !self.options.terse
            && self.session.client.state.transaction.is_none()
            && matches!(name.as_str(), "subscribe" | "psubscribe" | "ssubscribe")
        {
            self.write(|out, _| writeln!(out, "Reading messages... (press Ctrl-C to quit)"))?;
        }
        self.flush_out()?;
        let started = Instant::now();
        let output = self.output();
        let terse = self.options.terse;
        let (out, failed) = (&mut self.out, &mut self.failed);
        let mut notes = self.errors_are_notes.then_some(&mut self.notes);
        let mut written = Ok(());
        let mut replies = Vec::new();
        let called = self
            .session
            .client
            .call(argv, |arrival| {
                let result = match &arrival {
                    Arrival::Reply(reply) => {
                        *failed |= reply.is_error();
                        match (reply, &mut notes) {
                            (Reply::Error(text), Some(notes)) => writeln!(notes, "{text}"),
                            _ => output.reply(argv, reply, out, None).map(|_| ()),
                        }
                    }
                    Arrival::Message(message) if terse && is_invalidation(message) => Ok(()),
                    Arrival::Message(message) => output.message(message, out),
                };
                if written.is_ok() {
                    written = result.and_then(|()| out.flush());
                }
                if let Arrival::Reply(reply) = arrival {
                    replies.push(reply);
                }
            })
            .await;
        written.map_err(|error| Error::output(&error))?;
        let elapsed = started.elapsed();
        if !replies.is_empty() {
            let shell = &mut self.session.shell;
            shell.remember(argv.clone(), Arc::new(replies), elapsed);
        }
        if elapsed >= SLOW && output == Output::Pretty {
            self.write(|out, _| writeln!(out, "({:.2}s)", elapsed.as_secs_f64()))?;
        }
        match called {
            // A server that is told to stop closes the connection.
            Err(ConnError::Closed) if name == "shutdown" => {
                self.session.client.disconnect();
                Ok(())
            }
            Err(error) => {
                self.pending.push_front(argv.clone());
                self.lost_in_flight(error)
            }
            // Whoever was killed may have been this connection: ask now, while
            // nothing is in flight.
            Ok(()) if name == "client" && self.session.client.ask(&["PING"]).await.is_err() => {
                self.lost(&ConnError::Closed);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}
