//! What clients are to be sent, and how large it may become.

use super::input::READ_SIZE;
use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::backlog::Backlog;
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
        if self.is_executing(id) {
            // We are within its script, which has borrowed the buffer.
            return Vec::new();
        }
        let Some(client) = self.clients.get_mut(id) else {
            return Vec::new();
        };
        if client.close_asap {
            return Vec::new();
        }
        let output = client.backlog.take(std::mem::take(&mut client.out.buf));
        self.figures.output_bytes += output.len() as u64;
        self.all_sent(id);
        output
    }

    /// The books when a client has been sent everything.
    pub(crate) fn all_sent(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        client.backlog = Backlog::default();
        client.out.buf.clear();
        if client.out.buf.capacity() > 4 * READ_SIZE {
            client.out.buf = Vec::new();
        }
        let closes = client.close_after_reply;
        if client.soft_limit_since.is_some() {
            self.clients.over_soft_limit(id, false, self.clock.now());
        }
        if closes {
            self.close_soon(id);
        }
    }

    /// Cuts off a client whose unsent output is too large.
    pub(crate) fn check_output_limit(&mut self, id: ClientId) {
        let login_required = self.acl.login_required();
        let Some(client) = self.clients.get(id) else {
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
        let (pending, now) = (client.pending_output(), self.clock.now());
        let over = limit.soft > 0 && pending > limit.soft;
        let since = self.clients.over_soft_limit(id, over, now);
        let too_long = since.is_some_and(|since| now - since > limit.soft_seconds * 1000);
        if (limit.hard > 0 && pending > limit.hard) || too_long {
            self.figures.output_limit_disconnections += 1;
            self.close_soon(id);
        }
    }

    pub(super) fn check_soft_limits(&mut self) {
        for id in self.clients.which(|c| c.soft_limit_since.is_some()) {
            self.check_output_limit(id);
        }
    }
}
