//! EVAL, EVALSHA and FCALL where the crate is built without Lua.

use crate::engine::ctx::Ctx;
use crate::lua::absent::ABSENT;
use crate::wire::reply::{CmdResult, Out};

/// Says so.
///
/// # Errors
/// Always.
pub fn refuse(_: &mut Ctx<'_>, _: &[&[u8]], _: &mut Out, _read_only: bool) -> CmdResult {
    Err(ABSENT)
}
