//! Data of every kind, and all that is in a server.

use super::run;
use crate::wire::{Wire, show};
use resp::Reply;
use std::collections::BTreeMap;

/// What a server's data may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds {
    /// Functions: since Redis 7.0.
    pub functions: bool,
    /// Fields of hashes that expire: since Redis 7.4, Valkey 9.0.
    pub field_times: bool,
}

pub const ALL: Kinds = Kinds {
    functions: true,
    field_times: true,
};

const LIBRARY: &str = "#!lua name=mine\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)";

/// Gives a server something of everything, small and large.
pub fn fill(wire: &mut Wire, kinds: Kinds) {
    let long = "word ".repeat(300);
    let binary: Vec<u8> = (0..=255).collect();
    for line in [
        "SET text hello",
        "SET empty ''",
        "SET 42 -7",
        "SET int16 300",
        "SET int32 -70000",
        "SET int64 9007199254740993",
        "SET soon gone PXAT 4000000000000",
        "RPUSH list a 1 -1 300 70000 5000000000 -9223372036854775808",
        "SADD ints 1 -2 300",
        "SADD wide 1 70000 5000000000",
        "SADD words a b 3",
        "ZADD zset 1.5 a inf b -inf c 3 d",
        "HSET hash field value n 12",
        "PFADD hll a b c",
        "XADD stream 1-1 f v",
        "XADD stream 1-2 f v g w",
        "XADD stream 5-0 f v",
        "XDEL stream 1-2",
        "XGROUP CREATE stream workers 0",
        "XGROUP CREATE stream others $",
        "XREADGROUP GROUP workers ala COUNT 1 STREAMS stream >",
        "XGROUP CREATECONSUMER stream workers ola",
        "XGROUP CREATE hollow g 0 MKSTREAM",
        "SELECT 3",
        "SET elsewhere x",
        "SELECT 0",
    ] {
        run(wire, line);
    }
    let mut put = |argv: &[&[u8]]| {
        let reply = wire.call(argv).reply.expect("a reply");
        assert!(!reply.is_error(), "{reply:?}");
    };
    put(&[b"SET", b"long", long.as_bytes()]);
    put(&[b"SET", &binary, &binary]);
    for n in 0..600_u32 {
        let text = format!("element {n} of many, each of them rather long");
        let number = n.to_string();
        put(&[b"RPUSH", b"many", text.as_bytes()]);
        put(&[b"HSET", b"fields", text.as_bytes(), number.as_bytes()]);
        put(&[b"ZADD", b"scores", number.as_bytes(), text.as_bytes()]);
        put(&[b"SADD", b"members", text.as_bytes()]);
        put(&[b"SADD", b"numbers", number.as_bytes()]);
        put(&[b"XADD", b"events", b"*", b"n", number.as_bytes()]);
    }
    put(&[b"RPUSH", b"huge", &vec![b'x'; 20_000], b"small"]);
    put(&[b"HSET", b"wide hash", b"f", long.as_bytes()]);
    if kinds.functions {
        put(&[b"FUNCTION", b"LOAD", LIBRARY.as_bytes()]);
    }
    if kinds.field_times {
        for line in [
            "HSET timed a 1 b 2 c 3",
            "HPEXPIREAT timed 4000000000000 FIELDS 2 a c",
            "HPEXPIREAT 'wide hash' 4000000000001 FIELDS 1 f",
        ] {
            run(wire, line);
        }
    }
}

/// All that is in a server, by database and key.
pub fn of(wire: &mut Wire, kinds: Kinds) -> BTreeMap<String, String> {
    let mut state = BTreeMap::new();
    for db in 0..16 {
        run(wire, &format!("SELECT {db}"));
        let Reply::Array(keys) = run(wire, "KEYS *") else {
            panic!("KEYS is an array");
        };
        for key in keys {
            let Reply::Bulk(key) = key else {
                panic!("a key is a string");
            };
            let value = of_key(wire, &key, kinds);
            state.insert(format!("{db} {}", show(&key)), value);
        }
    }
    run(wire, "SELECT 0");
    if kinds.functions {
        let libraries = run(wire, "FUNCTION LIST WITHCODE");
        state.insert("functions".into(), format!("{libraries:?}"));
    }
    state
}

fn of_key(wire: &mut Wire, key: &[u8], kinds: Kinds) -> String {
    let mut ask = |argv: &[&[u8]]| wire.call(argv).reply.expect("a reply");
    let kind = ask(&[b"TYPE", key]);
    let Reply::Status(name) = &kind else {
        panic!("TYPE is a status");
    };
    let mut told = vec![kind.clone(), ask(&[b"PTTL", key])];
    // What is left changes from one moment to the next.
    if let Reply::Int(left @ 1..) = told[1] {
        told[1] = if kinds.functions {
            ask(&[b"PEXPIRETIME", key])
        } else {
            Reply::Int(left / 1_000_000)
        };
    }
    match name.as_str() {
        "string" => told.push(ask(&[b"GET", key])),
        "list" => told.push(ask(&[b"LRANGE", key, b"0", b"-1"])),
        "set" => told.push(sorted(ask(&[b"SMEMBERS", key]), 1)),
        "zset" => told.push(ask(&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"])),
        "hash" => {
            let fields = sorted(ask(&[b"HGETALL", key]), 2);
            if kinds.field_times
                && let Reply::Array(pairs) = &fields
            {
                for field in pairs.iter().step_by(2) {
                    let Reply::Bulk(field) = field else { continue };
                    told.push(ask(&[b"HPEXPIRETIME", key, b"FIELDS", b"1", field]));
                }
            }
            told.push(fields);
        }
        _ => {
            told.push(ask(&[b"XRANGE", key, b"-", b"+"]));
            let Reply::Array(groups) = ask(&[b"XINFO", b"GROUPS", key]) else {
                panic!("XINFO is an array");
            };
            for group in groups {
                let Reply::Array(facts) = &group else {
                    panic!("a group is an array");
                };
                let Some(Reply::Bulk(name)) = facts.get(1) else {
                    panic!("a group has a name");
                };
                told.push(ask(&[b"XPENDING", key, name]));
                // Whatever a version says besides.
                told.push(Reply::Array(facts[..8].to_vec()));
            }
        }
    }
    format!("{told:?}")
}

/// The elements of an array, by groups of so many, in order.
fn sorted(reply: Reply, of: usize) -> Reply {
    let Reply::Array(elements) = reply else {
        return reply;
    };
    let mut groups: Vec<Vec<Reply>> = elements.chunks(of).map(<[Reply]>::to_vec).collect();
    groups.sort_by_key(|group| format!("{group:?}"));
    Reply::Array(groups.concat())
}
