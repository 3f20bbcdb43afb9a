//! From a client's output buffer to its socket; how large it may become.

use super::{FIRST_CLIENT, READ_SIZE};
use crate::engine::server::Server;
use crate::state::client::ClientId;
use mio::{Interest, Token};
use std::io::{ErrorKind, Write};

impl Server {
    /// Sends as much of a client's output as the socket takes.
    pub(super) fn send(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        if client.close_asap {
            return;
        }
        while client.sent < client.out.buf.len() {
            let Some(stream) = &mut client.stream else {
                break;
            };
            match stream.write(&client.out.buf[client.sent..]) {
                Ok(n) => {
                    client.sent += n;
                    self.stats.output_bytes += n as u64;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.await_writable(id, true);
                    self.check_output_limit(id);
                    return;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.close_soon(id);
                    return;
                }
            }
        }
        if client.awaits_writable {
            self.await_writable(id, false);
        }
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        client.sent = 0;
        client.out.buf.clear();
        if client.out.buf.capacity() > 4 * READ_SIZE {
            client.out.buf = Vec::new();
        }
        if client.soft_limit_since.take().is_some() {
            self.soft_limited -= 1;
        }
        if client.close_after_reply {
            self.close_soon(id);
        }
    }

    /// Asks (or no longer asks) the poll to tell when a socket takes output.
    fn await_writable(&mut self, id: ClientId, wanted: bool) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        if client.awaits_writable == wanted {
            return;
        }
        let Some(stream) = &mut client.stream else {
            return;
        };
        let interest = if wanted {
            Interest::READABLE | Interest::WRITABLE
        } else {
            Interest::READABLE
        };
        let token = Token(id as usize + FIRST_CLIENT);
        let registry = self.net.poll.registry();
        if registry.reregister(stream, token, interest).is_ok() {
            client.awaits_writable = wanted;
        } else {
            self.close_soon(id);
        }
    }

    /// Cuts off a client whose unsent output is too large.
    pub fn check_output_limit(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let limit = if client.monitor {
            self.settings.output_limit_replica
        } else if client.is_subscriber() {
            self.settings.output_limit_pubsub
        } else {
            self.settings.output_limit_normal
        };
        let pending = client.pending_output();
        let soft = limit.soft > 0 && pending > limit.soft;
        match (soft, client.soft_limit_since) {
            (true, None) => {
                client.soft_limit_since = Some(self.now);
                self.soft_limited += 1;
            }
            (false, Some(_)) => {
                client.soft_limit_since = None;
                self.soft_limited -= 1;
            }
            _ => {}
        }
        let too_long = client
            .soft_limit_since
            .is_some_and(|since| self.now - since > limit.soft_seconds * 1000);
        if (limit.hard > 0 && pending > limit.hard) || too_long {
            self.stats.output_limit_disconnections += 1;
            self.close_soon(id);
        }
    }

    pub(super) fn check_soft_limits(&mut self) {
        let limited: Vec<ClientId> = self
            .clients
            .values()
            .filter(|c| c.soft_limit_since.is_some())
            .map(|c| c.id)
            .collect();
        for id in limited {
            self.check_output_limit(id);
        }
    }

    /// Sends what can be sent without waiting before the sockets are closed.
    pub(super) fn flush_before_stop(&mut self) {
        let ids: Vec<ClientId> = self.clients.keys().copied().collect();
        for id in ids {
            self.send(id);
        }
    }
}
