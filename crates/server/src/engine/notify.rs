//! Publishing what happened to a key.

use crate::engine::ctx::Ctx;
use crate::engine::server::Server;
use crate::state::notify::{KEYEVENT, KEYSPACE};

impl Ctx<'_> {
    /// Publishes that `event` of class `class` happened to `key` in the
    /// selected database. Costs nothing while nobody has asked for it.
    #[inline]
    pub fn notify(&mut self, class: u32, event: &str, key: &[u8]) {
        self.server.notify(self.db, class, event, key);
    }
}

impl Server {
    /// See [`Ctx::notify`].
    #[inline]
    pub(crate) fn notify(&mut self, db: usize, class: u32, event: &str, key: &[u8]) {
        if self.settings.notify & class != 0 {
            self.publish_event(db, event, key);
        }
    }

    fn publish_event(&mut self, db: usize, event: &str, key: &[u8]) {
        let bits = self.settings.notify;
        if bits & KEYSPACE != 0 {
            let channel = [format!("__keyspace@{db}__:").as_bytes(), key].concat();
            self.publish(&channel, event.as_bytes());
        }
        if bits & KEYEVENT != 0 {
            let channel = format!("__keyevent@{db}__:{event}");
            self.publish(channel.as_bytes(), key);
        }
    }
}
