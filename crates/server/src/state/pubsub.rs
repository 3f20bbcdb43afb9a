//! Pub/Sub: who is subscribed to what.

use crate::state::client::ClientId;
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
