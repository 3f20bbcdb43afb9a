//! Commands about what this server is not: a member of a cluster, a replica,
//! a host of modules. They answer as a Redis without these does.

use super::help::help;
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::wire::args::is;
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("cluster|addslots", no_cluster),
    Row::new("cluster|addslotsrange", no_cluster),
    Row::new("cluster|bumpepoch", no_cluster),
    Row::new("cluster|count-failure-reports", no_cluster),
    Row::new("cluster|countkeysinslot", no_cluster),
    Row::new("cluster|delslots", no_cluster),
    Row::new("cluster|delslotsrange", no_cluster),
    Row::new("cluster|failover", no_cluster),
    Row::new("cluster|flushslots", no_cluster),
    Row::new("cluster|forget", no_cluster),
    Row::new("cluster|getkeysinslot", no_cluster),
    Row::new("cluster|help", no_cluster),
    Row::new("cluster|info", no_cluster),
    Row::new("cluster|keyslot", no_cluster),
    Row::new("cluster|links", no_cluster),
    Row::new("cluster|meet", no_cluster),
    Row::new("cluster|myid", no_cluster),
    Row::new("cluster|myshardid", no_cluster),
    Row::new("cluster|nodes", no_cluster),
    Row::new("cluster|replicas", no_cluster),
    Row::new("cluster|replicate", no_cluster),
    Row::new("cluster|reset", no_cluster),
    Row::new("cluster|saveconfig", no_cluster),
    Row::new("cluster|set-config-epoch", no_cluster),
    Row::new("cluster|setslot", no_cluster),
    Row::new("cluster|shards", no_cluster),
    Row::new("cluster|slaves", no_cluster),
    Row::new("cluster|slots", no_cluster),
    Row::new("asking", no_cluster),
    Row::new("readonly", no_cluster),
    Row::new("readwrite", no_cluster),
    Row::new("module|help", help),
    Row::new("module|list", module_list),
    Row::new("replicaof", replicaof),
    Row::new("slaveof", replicaof),
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
