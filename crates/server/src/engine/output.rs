//! What clients are to be sent, and how large it may become.

use super::input::READ_SIZE;
use crate::engine::server::Server;
use crate::state::client::ClientId;
use crate::state::settings::OutputLimit;

/// Less unsent output than this is not looked at: Redis counts only what does not
/// fit into its first buffer.
pub(super) const CHECK_OUTPUT_ABOVE: usize = 16 * 1024;

/// What a client may leave unread beyond that before it has logged in.
const UNAUTHENTICATED: usize = 1024;

impl Server {
    /// Takes what a connection is to be sent: the replies so far, and what
    /// was pushed to it. Empty when there is nothing, or no such connection.
    pub fn take_output(&mut self, id: ClientId) -> Vec<u8> {
        let Some(client) = self.clients.get_mut(&id) else {
            return Vec::new();
        };
        if client.close_asap {
            return Vec::new();
        }
        let mut output = std::mem::take(&mut client.out.buf);
        output.drain(..client.sent);
        self.stats.output_bytes += output.len() as u64;
        self.all_sent(id);
        output
    }

    /// The books when a client has been sent everything.
    pub(crate) fn all_sent(&mut self, id: ClientId) {
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

    /// Cuts off a client whose unsent output is too large.
    pub(crate) fn check_output_limit(&mut self, id: ClientId) {
        let login_required = self.acl.login_required();
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let limit = if login_required && !client.authenticated {
            // Whoever has not logged in is not to fill the memory.
            OutputLimit {
                hard: CHECK_OUTPUT_ABOVE + UNAUTHENTICATED,
                soft: 0,
                soft_seconds: 0,
            }
        } else if client.monitor {
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
}
