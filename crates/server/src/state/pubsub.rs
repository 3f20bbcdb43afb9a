//! Pub/Sub: who is subscribed to what.

use crate::state::ClientId;
use crate::store::ByteString;
use std::collections::BTreeMap;

/// The subscriptions of all clients.
#[derive(Debug, Default)]
pub struct PubSub {
    /// SUBSCRIBE: the subscribers of each channel in order of arrival.
    pub channels: BTreeMap<ByteString, Vec<ClientId>>,
    /// PSUBSCRIBE: the subscribers of each pattern, and the patterns in
    /// order of creation.
    pub patterns: Vec<(ByteString, Vec<ClientId>)>,
    /// SSUBSCRIBE.
    pub shard_channels: BTreeMap<ByteString, Vec<ClientId>>,
}

/// The three kinds of subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// SUBSCRIBE.
    Channel,
    /// PSUBSCRIBE.
    Pattern,
    /// SSUBSCRIBE.
    Shard,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Channel, Kind::Pattern, Kind::Shard];
}

impl PubSub {
    /// Adds a client to the subscribers of a name.
    pub fn join(&mut self, id: ClientId, kind: Kind, name: &[u8]) {
        let table = match kind {
            Kind::Channel => &mut self.channels,
            Kind::Shard => &mut self.shard_channels,
            Kind::Pattern => {
                match self.patterns.iter_mut().find(|(p, _)| p == name) {
                    Some((_, ids)) => ids.push(id),
                    None => self.patterns.push((name.into(), vec![id])),
                }
                return;
            }
        };
        table.entry(name.into()).or_default().push(id);
    }

    /// Takes a client out of the subscribers of a name.
    pub fn leave(&mut self, id: ClientId, kind: Kind, name: &[u8]) {
        let table = match kind {
            Kind::Channel => &mut self.channels,
            Kind::Shard => &mut self.shard_channels,
            Kind::Pattern => {
                if let Some(at) = self.patterns.iter().position(|(p, _)| p == name) {
                    let ids = &mut self.patterns[at].1;
                    ids.retain(|other| *other != id);
                    if ids.is_empty() {
                        self.patterns.remove(at);
                    }
                }
                return;
            }
        };
        if let Some(ids) = table.get_mut(name) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                table.remove(name);
            }
        }
    }
}
