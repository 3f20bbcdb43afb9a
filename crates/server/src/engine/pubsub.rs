//! Subscribing to channels and delivering messages.

use crate::engine::output::CHECK_OUTPUT_ABOVE;
use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::pubsub::Kind;
use crate::store::ByteString;
use crate::wire::glob;
use crate::wire::reply::Out;

impl Server {
    /// Subscribes a client; whether it was not subscribed before.
    pub(crate) fn subscribe(&mut self, id: ClientId, kind: Kind, name: &[u8]) -> bool {
        let Some(client) = self.clients.get_mut(id) else {
            return false;
        };
        let new = client.subscribed_mut(kind).insert(name.into());
        if new {
            self.pubsub.join(id, kind, name);
        }
        new
    }

    /// Ends one subscription; whether there was one.
    pub(crate) fn unsubscribe(&mut self, id: ClientId, kind: Kind, name: &[u8]) -> bool {
        let Some(client) = self.clients.get_mut(id) else {
            return false;
        };
        let was = client.subscribed_mut(kind).remove(name);
        if was {
            self.pubsub.leave(id, kind, name);
        }
        was
    }

    /// What a client is subscribed to.
    pub(crate) fn subscriptions(&self, id: ClientId, kind: Kind) -> Vec<ByteString> {
        let client = self.clients.get(id);
        client.map_or_else(Vec::new, |client| {
            client.subscribed(kind).iter().cloned().collect()
        })
    }

    /// Ends all subscriptions of a client.
    pub(crate) fn unsubscribe_all(&mut self, id: ClientId) {
        for kind in Kind::ALL {
            for name in self.subscriptions(id, kind) {
                self.unsubscribe(id, kind, &name);
            }
        }
    }

    /// Sends a message to all subscribers; to how many.
    pub(crate) fn publish(&mut self, channel: &[u8], message: &[u8]) -> usize {
        let mut receivers = 0;
        if let Some(ids) = self.pubsub.channels.get(channel) {
            for id in ids.clone() {
                receivers += 1;
                self.push_to(id, |out| {
                    out.push(3);
                    out.bulk(b"message");
                    out.bulk(channel);
                    out.bulk(message);
                });
            }
        }
        let matching: Vec<_> = self
            .pubsub
            .patterns
            .iter()
            .filter(|(pattern, _)| glob::matches(pattern, channel))
            .cloned()
            .collect();
        for (pattern, ids) in matching {
            for id in ids {
                receivers += 1;
                self.push_to(id, |out| {
                    out.push(4);
                    out.bulk(b"pmessage");
                    out.bulk(&pattern);
                    out.bulk(channel);
                    out.bulk(message);
                });
            }
        }
        receivers
    }

    /// The same for shard channels.
    pub(crate) fn publish_shard(&mut self, channel: &[u8], message: &[u8]) -> usize {
        let Some(ids) = self.pubsub.shard_channels.get(channel).cloned() else {
            return 0;
        };
        for id in &ids {
            self.push_to(*id, |out| {
                out.push(3);
                out.bulk(b"smessage");
                out.bulk(channel);
                out.bulk(message);
            });
        }
        ids.len()
    }

    /// Writes something to a client that has not asked for it just now. The
    /// client whose command is being executed gets it before its reply.
    pub(crate) fn push_to(&mut self, id: ClientId, write: impl FnOnce(&mut Out)) {
        if let Some(client) = self.clients.get_mut(id)
            && !client.close_asap
        {
            // CLIENT REPLY OFF silences replies, not pushes.
            write(&mut client.out);
            let pending = client.pending_output();
            self.clients.output_pending(id);
            if pending > CHECK_OUTPUT_ABOVE {
                self.check_output_limit(id);
                if let Some(client) = self.clients.get_mut(id) {
                    client.begin_new_buffer_if_full();
                }
            }
        }
    }
}
