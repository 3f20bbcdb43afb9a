//! CLIENT TRACKING: which client has read which key, and telling it when the
//! key changes.

use super::client::ClientId;
use super::command::Command;
use super::server::Server;

/// What CLIENT TRACKING has set for one client.
#[derive(Debug, Default)]
pub struct ClientTracking {}

/// Which clients have read which keys.
#[derive(Debug, Default)]
pub struct Tracking {
    /// How many clients have tracking on; the hooks below do nothing at 0.
    pub clients: usize,
}

impl Server {
    /// Called after `id` has executed a command that only reads keys.
    pub fn tracking_on_read(&mut self, _id: ClientId, _command: &Command, _argv: &[&[u8]]) {}

    /// Called when a key has changed; `by` made the change (`None`: expiry).
    pub fn tracking_on_change(&mut self, _db: usize, _key: &[u8], _by: Option<ClientId>) {}

    /// Called when a database (`None`: all) has been emptied.
    pub fn tracking_on_flush(&mut self, _db: Option<usize>) {}

    /// Called after each command: sends what was held back for the client
    /// that executed it.
    pub fn tracking_after_command(&mut self, _id: ClientId) {}

    /// Called when a client goes away or is reset.
    pub fn tracking_forget(&mut self, _id: ClientId) {}
}
