//! Which commands of a pipe are not sent together with others.

use crate::conn::state::name_of;

/// Commands that change what later replies mean, may block or run for long,
/// or may end the connection.
pub(super) fn must_be_alone(argv: &[Vec<u8>]) -> bool {
    matches!(
        name_of(argv).as_str(),
        "subscribe"
            | "psubscribe"
            | "ssubscribe"
            | "unsubscribe"
            | "punsubscribe"
            | "sunsubscribe"
            | "monitor"
            | "hello"
            | "reset"
            | "auth"
            | "acl"
            | "client"
            | "config"
            | "cluster"
            | "debug"
            | "failover"
            | "replicaof"
            | "slaveof"
            | "shutdown"
            | "sync"
            | "psync"
            | "blpop"
            | "brpop"
            | "blmove"
            | "brpoplpush"
            | "blmpop"
            | "bzpopmin"
            | "bzpopmax"
            | "bzmpop"
            | "xread"
            | "xreadgroup"
            | "wait"
            | "waitaof"
            | "eval"
            | "evalsha"
            | "eval_ro"
            | "evalsha_ro"
            | "fcall"
            | "fcall_ro"
            | "script"
            | "function"
    )
}
