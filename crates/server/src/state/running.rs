//! The script that is being run.

use crate::wire::reply::CmdError;
use std::rc::Rc;
use std::time::Instant;

/// What kind of code has been running for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusyScript {
    /// EVAL and EVALSHA: SCRIPT KILL stops it.
    Eval,
    /// FCALL: FUNCTION KILL stops it.
    Function,
}

impl BusyScript {
    /// The reply while the script takes too long.
    pub fn error(self) -> CmdError {
        CmdError::new(match self {
            BusyScript::Eval => {
                "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
            }
            BusyScript::Function => {
                "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
            }
        })
    }
}

/// The script or function that is being run.
#[derive(Debug)]
pub struct Running {
    /// The digest or the function's name.
    pub name: Rc<str>,
    /// EVAL or FCALL.
    pub kind: BusyScript,
    /// The command that called it, once it has been running for long.
    pub argv: Vec<Vec<u8>>,
    /// When it began.
    pub started: Instant,
    /// It has changed data: it can no longer be stopped.
    pub wrote: bool,
    /// It is to be stopped.
    pub kill: bool,
}
