//! In place of the Lua machine where the crate is built without it: there is
//! no interpreter, and whatever needs one says so.

use super::library::Library;
use crate::state::running::BusyScript;
use crate::wire::reply::{CmdError, CmdResult};

/// The reply to what needs an interpreter.
pub(crate) const ABSENT: CmdError = CmdError::new("ERR This server was built without Lua scripts");

/// A function that is kept, of which there are none.
#[derive(Debug)]
pub(crate) enum RegistryKey {}

/// An interpreter, of which there are none.
pub(crate) enum Interpreter {}

/// What `math.random` begins with.
#[derive(Debug, Default)]
pub(crate) struct Random;

impl Interpreter {
    pub(crate) fn start(_: &Random, _: usize, _: BusyScript) -> CmdResult<Interpreter> {
        Err(ABSENT)
    }

    pub(crate) fn memory(&self) -> usize {
        match *self {}
    }

    pub(crate) fn compile_to_keep(&self, _: &[u8], _: &str) -> Result<RegistryKey, String> {
        match *self {}
    }
}

pub(crate) fn load(interpreter: &Interpreter, _: &[u8]) -> CmdResult<(String, Library)> {
    match *interpreter {}
}
