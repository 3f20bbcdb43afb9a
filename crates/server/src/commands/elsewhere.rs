//! Commands about what this server is not: a member of a cluster, a replica,
//! a host of modules. They answer as a Redis without these does.

use super::help::help;
use crate::engine::command::{Command, flags::*};
use crate::engine::ctx::Ctx;
use crate::wire::args::is;
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Command] = &[
    Command::container("cluster", CLUSTER),
    Command::new("asking", no_cluster, 1, FAST),
    Command::new("readonly", no_cluster, 1, FAST | LOADING | STALE),
    Command::new("readwrite", no_cluster, 1, FAST | LOADING | STALE),
    Command::container("module", MODULE),
    Command::new("replicaof", replicaof, 3, ADMIN | NOSCRIPT | STALE),
    Command::new("slaveof", replicaof, 3, ADMIN | NOSCRIPT | STALE),
];

const CLUSTER: &[Command] = &[
    Command::new("cluster|addslots", no_cluster, -3, ADMIN | STALE),
    Command::new("cluster|addslotsrange", no_cluster, -4, ADMIN | STALE),
    Command::new("cluster|bumpepoch", no_cluster, 2, ADMIN | STALE),
    Command::new(
        "cluster|count-failure-reports",
        no_cluster,
        3,
        ADMIN | STALE,
    ),
    Command::new("cluster|countkeysinslot", no_cluster, 3, STALE),
    Command::new("cluster|delslots", no_cluster, -3, ADMIN | STALE),
    Command::new("cluster|delslotsrange", no_cluster, -4, ADMIN | STALE),
    Command::new("cluster|failover", no_cluster, -2, ADMIN | STALE),
    Command::new("cluster|flushslots", no_cluster, 2, ADMIN | STALE),
    Command::new("cluster|forget", no_cluster, 3, ADMIN | STALE),
    Command::new("cluster|getkeysinslot", no_cluster, 4, STALE),
    Command::new("cluster|help", no_cluster, 2, LOADING | STALE),
    Command::new("cluster|info", no_cluster, 2, STALE),
    Command::new("cluster|keyslot", no_cluster, 3, STALE),
    Command::new("cluster|links", no_cluster, 2, STALE),
    Command::new("cluster|meet", no_cluster, -4, ADMIN | STALE),
    Command::new("cluster|myid", no_cluster, 2, STALE),
    Command::new("cluster|nodes", no_cluster, 2, STALE),
    Command::new("cluster|replicas", no_cluster, 3, ADMIN | STALE),
    Command::new("cluster|replicate", no_cluster, 3, ADMIN | STALE),
    Command::new("cluster|reset", no_cluster, -2, ADMIN | NOSCRIPT | STALE),
    Command::new("cluster|saveconfig", no_cluster, 2, ADMIN | STALE),
    Command::new("cluster|set-config-epoch", no_cluster, 3, ADMIN | STALE),
    Command::new("cluster|setslot", no_cluster, -4, ADMIN | STALE),
    Command::new("cluster|shards", no_cluster, 2, STALE),
    Command::new("cluster|slaves", no_cluster, 3, ADMIN | STALE),
    Command::new("cluster|slots", no_cluster, 2, STALE),
];

const MODULE: &[Command] = &[
    Command::new("module|help", help, 2, LOADING | STALE),
    Command::new("module|list", module_list, 2, ADMIN | NOSCRIPT),
];

fn no_cluster(_: &mut Ctx<'_>, _: &[&[u8]], _: &mut Out) -> CmdResult {
    Err(CmdError::new(
        "ERR This instance has cluster support disabled",
    ))
}

fn module_list(_: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.array(0);
    Ok(())
}

/// It is always a primary: NO ONE changes nothing, anything else is refused.
fn replicaof(_: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if is(argv[1], "NO") && is(argv[2], "ONE") {
        out.ok();
        return Ok(());
    }
    Err(CmdError::new(
        "ERR REPLICAOF not allowed: this server has no replication.",
    ))
}
