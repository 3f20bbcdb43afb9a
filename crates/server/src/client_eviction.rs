//! Client eviction: the memory of all connections stays below
//! `maxmemory-clients`, or the largest of them are closed.
//!
//! Redis keeps its clients in buckets by size; here they are looked through
//! at the end of a turn of the event loop, and only while there is a limit.

use super::client::ClientId;
use super::server::Server;

/// `maxmemory-clients`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientsLimit {
    /// So many bytes; 0 for no limit.
    Bytes(u64),
    /// So many hundredths of `maxmemory`.
    Percent(u64),
}

impl ClientsLimit {
    /// The limit in bytes, if there is one.
    fn bytes(self, maxmemory: u64) -> Option<u64> {
        match self {
            ClientsLimit::Bytes(0) | ClientsLimit::Percent(0) => None,
            ClientsLimit::Bytes(bytes) => Some(bytes),
            ClientsLimit::Percent(percent) => {
                (maxmemory > 0).then(|| (maxmemory as f64 / 100.0 * percent as f64) as u64)
            }
        }
    }
}

impl Server {
    /// Closes the largest clients until the memory of all is below the limit.
    pub(super) fn evict_clients(&mut self) {
        let limit = self.settings.maxmemory_clients;
        let Some(limit) = limit.bytes(self.settings.maxmemory) else {
            return;
        };
        let sizes = self
            .clients
            .values()
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
                self.stats.evicted_clients += 1;
                self.close_soon(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ClientsLimit::{Bytes, Percent};

    #[test]
    fn a_percentage_needs_a_memory_limit() {
        assert_eq!(Bytes(0).bytes(1000), None);
        assert_eq!(Bytes(7).bytes(0), Some(7));
        assert_eq!(Percent(7).bytes(0), None);
        assert_eq!(Percent(7).bytes(6_291_456), Some(440_401));
    }
}
