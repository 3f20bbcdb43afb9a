//! What a key can hold.

use super::{Hash, Limits, List, Set, Stream, StringValue, ZSet, listpack};

/// The value of a key.
#[derive(Debug, Clone)]
pub enum Value {
    /// A string (or a number in disguise).
    String(StringValue),
    /// A list.
    List(Box<List>),
    /// A set.
    Set(Box<Set>),
    /// A hash.
    Hash(Box<Hash>),
    /// A sorted set.
    SortedSet(Box<ZSet>),
    /// A stream.
    Stream(Box<Stream>),
}

impl Value {
    /// The type as TYPE names it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Hash(_) => "hash",
            Value::SortedSet(_) => "zset",
            Value::Stream(_) => "stream",
        }
    }

    /// The encoding as OBJECT ENCODING names it.
    pub fn encoding(&self, limits: &Limits) -> &'static str {
        match self {
            Value::String(string) => string.encoding(),
            Value::List(list) => list_encoding(list, limits),
            Value::Set(set) => set.encoding(),
            Value::Hash(hash) => hash.encoding(),
            Value::SortedSet(zset) => zset.encoding(),
            Value::Stream(_) => "stream",
        }
    }
}

/// Redis holds a list in one listpack as long as that is not larger than a
/// node of its quicklist would be.
fn list_encoding(list: &List, limits: &Limits) -> &'static str {
    /// What a listpack takes besides its elements.
    const FRAME: usize = 7;
    let fits = match limits.list_size {
        most @ 0.. => list.len() as i64 <= most.max(1),
        class => {
            let most = 2048 << class.unsigned_abs().min(5);
            let mut size = FRAME;
            list.iter().all(|element| {
                size += listpack::element_size(element);
                size <= most
            })
        }
    };
    if fits { "listpack" } else { "quicklist" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Entry;

    #[test]
    fn a_key_costs_72_bytes_before_its_heap() {
        assert_eq!(size_of::<Value>(), 24);
        assert_eq!(size_of::<Entry>(), 40);
    }
}
