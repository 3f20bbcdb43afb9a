//! What Lua code can reach outside of Lua while it runs.
//!
//! The functions of the `redis` table stay in the interpreter, but the server
//! they work on is only borrowed for the length of a run. [`within`] lends it
//! and the functions ask for it with [`with`].

use super::arguments::Arguments;
use super::raise;
use mlua::{Lua, MultiValue, Value};
use scoped_tls_hkt::{ReborrowMut, scoped_thread_local};

/// What a killed script dies of.
pub(crate) const KILLED: &str = "Script killed by user with SCRIPT KILL...";

/// The surroundings of a run.
pub(crate) trait Host {
    /// `redis.call` (`raises`) and `redis.pcall`.
    fn call(&mut self, _: &Lua, _: &Arguments, _raises: bool) -> mlua::Result<Value> {
        Err(outside(
            "redis.call can only be called inside a script invocation",
        ))
    }

    /// `redis.acl_check_cmd`.
    fn may_call(&mut self, _: &Arguments) -> mlua::Result<bool> {
        Err(outside(
            "redis.acl_check_cmd can only be called inside a script invocation",
        ))
    }

    /// `redis.setresp`.
    fn set_resp(&mut self, _version: u8) -> mlua::Result<()> {
        Err(outside(
            "redis.call can only be called inside a script invocation",
        ))
    }

    /// `redis.register_function`.
    fn register(&mut self, _: &MultiValue) -> mlua::Result<()> {
        Err(outside(
            "redis.register_function can only be called on FUNCTION LOAD command",
        ))
    }

    /// Called now and then; the error ends the run.
    fn tick(&mut self) -> mlua::Result<()>;
}

fn outside(text: &str) -> mlua::Error {
    raise::reply(format!("ERR {text}"), false)
}

/// A borrowed host.
struct Borrowed<'a>(&'a mut (dyn Host + 'a));

impl<'a, 'b: 'a> ReborrowMut<'a> for Borrowed<'b> {
    type Result = Borrowed<'a>;

    fn reborrow_mut(&'a mut self) -> Borrowed<'a> {
        Borrowed(self.0)
    }
}

scoped_thread_local!(static mut HOST: for<'a> Borrowed<'a>);

/// Runs `body` with `host` in reach.
pub(crate) fn within<R>(host: &mut dyn Host, body: impl FnOnce() -> R) -> R {
    HOST.set(Borrowed(host), body)
}

/// Looks after the script that is running. There may be none: Lua executes a
/// few instructions before and after one, too.
pub(crate) fn tick() -> mlua::Result<()> {
    if HOST.is_set() {
        HOST.with(|host| host.0.tick())
    } else {
        Ok(())
    }
}

/// Gives `body` the host in reach; the error it gets where there is none is
/// that of a function called at the wrong time.
pub(crate) fn with<R>(body: impl FnOnce(&mut dyn Host) -> mlua::Result<R>) -> mlua::Result<R> {
    if !HOST.is_set() {
        return Err(outside(
            "redis.call can only be called inside a script invocation",
        ));
    }
    HOST.with(|host| body(host.0))
}
