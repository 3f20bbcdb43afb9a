//! Client eviction: the memory of all connections stays below
//! `maxmemory-clients`, or the largest of them are closed.
//!
//! Redis keeps its clients in buckets by size; here they are looked through
//! before each request and at the end of a turn of the event loop, and only
//! while there is a limit.

use crate::engine::server::Server;
use crate::state::ClientId;

impl Server {
    /// Closes the largest clients until the memory of all is below the limit.
    pub(crate) fn evict_clients(&mut self) {
        let limit = self.settings.maxmemory_clients;
        let Some(limit) = limit.bytes(self.settings.maxmemory) else {
            return;
        };
        let sizes = self
            .clients
            .iter()
            .filter(|client| !client.close_asap && !client.monitor)
            .map(|client| (client.memory() as u64, client.id, client.no_evict));
        let mut sizes: Vec<(u64, ClientId, bool)> = sizes.collect();
        let mut total: u64 = sizes.iter().map(|(size, ..)| size).sum();
        if total <= limit {
            return;
        }
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        for (size, id, no_evict) in sizes {
            if total <= limit {
                return;
            }
            if !no_evict {
                total -= size;
                self.figures.evicted_clients += 1;
                self.close_soon(id);
            }
        }
    }
}
