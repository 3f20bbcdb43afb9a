//! XACK.

use super::ids;
use crate::engine::ctx::Ctx;
use crate::wire::reply::{CmdResult, Out};

pub fn xack(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    // Acknowledging is no change of the entries: readers of the key, such as
    // transactions that watch it, are not told. Redis looks the key up as if
    // it were only read.
    ctx.read_stream(argv[1])?;
    let group = ctx
        .write_stream(argv[1])?
        .and_then(|stream| stream.groups.get_mut(argv[2]));
    let Some(group) = group else {
        out.int(0);
        return Ok(());
    };
    let ids = ids::all(&argv[3..])?;
    let acknowledged = ids.iter().filter(|id| group.acknowledge(**id)).count();
    ctx.server.dirty += acknowledged as u64;
    out.len(acknowledged);
    Ok(())
}
