//! Which clients something about a key is to be done for.

use crate::state::ClientId;
use crate::state::FastMap;
use crate::store::ByteString;

/// Clients by key, in order of arrival.
#[derive(Debug, Clone, Default)]
pub struct Interest(FastMap<ByteString, Vec<ClientId>>);

impl Interest {
    /// Adds a client to those of a key.
    pub fn add(&mut self, key: &[u8], id: ClientId) {
        self.0.entry(key.into()).or_default().push(id);
    }

    /// Takes a client out of those of a key.
    pub fn remove(&mut self, key: &[u8], id: ClientId) {
        if let Some(ids) = self.0.get_mut(key) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.0.remove(key);
            }
        }
    }

    /// The clients of a key.
    #[inline]
    pub fn of(&self, key: &[u8]) -> &[ClientId] {
        if self.0.is_empty() {
            &[]
        } else {
            self.0.get(key).map_or(&[], Vec::as_slice)
        }
    }

    /// The clients of all keys.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.0.values().flatten().copied()
    }

    /// The keys that somebody is interested in.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &ByteString> {
        self.0.keys()
    }
}
