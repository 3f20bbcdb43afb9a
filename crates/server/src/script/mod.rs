//! Lua scripts and functions.
//!
//! | module | what it is for |
//! |---|---|
//! | [`eval`] | EVAL, FCALL and their variants |
//! | [`cache`], [`library`], [`functions`] | known scripts; libraries of functions |
//! | [`mod@interpreter`], [`sandbox`] | a Lua state in which scripts cannot do harm |
//! | [`run`], [`host`] | one run: commands, time limit, reply |
//! | [`api`] | the `redis` table |
//! | [`convert`], [`raise`] | values and errors between Lua and RESP |
//! | [`shebang`] | flags of scripts and functions |
//! | [`cjson`], [`cmsgpack`], [`structs`], [`bit`], [`random`] | the libraries |
//!
//! Scripts and functions have an interpreter each, made when first needed:
//! what a library keeps must not be within reach of EVAL.

mod api;
mod bit;
mod cache;
mod cjson;
mod cmsgpack;
mod convert;
mod eval;
mod functions;
mod host;
mod interpreter;
mod library;
mod raise;
mod random;
mod run;
mod sandbox;
mod shebang;
mod structs;

use super::server::BusyScript;
use super::store::ByteString;
use crate::wire::reply::{CmdError, CmdResult};
use cache::{Cache, Script};
pub use eval::{eval, evalsha, fcall};
pub use functions::Restore;
use interpreter::Interpreter;
use library::Library;
use random::Random;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

/// What a killed script dies of.
const KILLED: &str = "Script killed by user with SCRIPT KILL...";

/// All the server knows of scripts.
#[derive(Default)]
pub struct Scripting {
    eval: Option<Rc<Interpreter>>,
    functions: Option<Rc<Interpreter>>,
    random: Random,
    /// Known scripts.
    scripts: Cache,
    /// Loaded libraries by name.
    libraries: BTreeMap<String, Library>,
    /// What is being run.
    pub running: Option<Running>,
}

impl fmt::Debug for Scripting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripting")
            .field("scripts", &self.scripts.len())
            .field("libraries", &self.libraries.len())
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

/// The script or function that is being run.
#[derive(Debug)]
pub struct Running {
    /// The digest or the function's name.
    pub name: String,
    /// EVAL or FCALL.
    pub kind: BusyScript,
    /// The keys it was called with, where client tracking needs them.
    pub keys: Vec<ByteString>,
    /// The command that called it, once it has been running for long.
    pub argv: Vec<Vec<u8>>,
    /// When it began.
    pub started: Instant,
    /// It has changed data: it can no longer be stopped.
    pub wrote: bool,
    /// It is to be stopped.
    pub kill: bool,
}

fn interpreter(
    slot: &mut Option<Rc<Interpreter>>,
    random: &Random,
    kind: BusyScript,
) -> CmdResult<Rc<Interpreter>> {
    if let Some(interpreter) = slot {
        return Ok(Rc::clone(interpreter));
    }
    let made = Interpreter::new(random, kind).map_err(|error| {
        CmdError::owned(format!(
            "ERR Lua cannot be started: {}",
            raise::message(&error)
        ))
    })?;
    Ok(Rc::clone(slot.insert(Rc::new(made))))
}

impl Scripting {
    /// SCRIPT LOAD: compiles a script and remembers it; its digest.
    ///
    /// # Errors
    /// When it is not Lua, or its first line is wrong.
    pub fn load(&mut self, body: &[u8]) -> CmdResult<[u8; 40]> {
        self.compiled(body).map(|script| script.digest)
    }

    /// A script, compiled when it is not known yet.
    fn compiled(&mut self, body: &[u8]) -> CmdResult<Rc<Script>> {
        if let Some(script) = self.scripts.by_body(body) {
            return Ok(script);
        }
        let (flags, skip) = shebang::of_script(body)?;
        let interpreter = interpreter(&mut self.eval, &self.random, BusyScript::Eval)?;
        let function = interpreter
            .compile(&body[skip..], "@user_script")
            .map_err(|message| {
                CmdError::owned(format!(
                    "ERR Error compiling script (new function): {message}"
                ))
            })?;
        Ok(self.scripts.add(body, function, flags))
    }

    /// Whether a script of this digest is known.
    pub fn exists(&self, digest: &[u8]) -> bool {
        self.scripts.by_digest(digest).is_some()
    }

    /// Forgets all scripts.
    pub fn flush(&mut self) {
        self.scripts = Cache::default();
        self.eval = None;
    }

    /// How many scripts are known, and how many bytes they have.
    pub fn figures(&self) -> (usize, usize) {
        (self.scripts.len(), self.scripts.bytes())
    }

    /// The bytes the interpreters of scripts and of functions use.
    pub fn interpreter_memory(&self) -> (usize, usize) {
        let used =
            |slot: &Option<Rc<Interpreter>>| slot.as_ref().map_or(0, |i| i.lua.used_memory());
        (used(&self.eval), used(&self.functions))
    }

    /// How many libraries and functions are loaded.
    pub fn function_figures(&self) -> (usize, usize) {
        let functions = self.libraries.values().map(|l| l.functions.len()).sum();
        (self.libraries.len(), functions)
    }

    /// Stops what is being run, as SCRIPT KILL (`Eval`) and FUNCTION KILL do.
    ///
    /// # Errors
    /// NOTBUSY, UNKILLABLE.
    pub fn kill(&mut self, kind: BusyScript) -> CmdResult {
        let Some(running) = &mut self.running else {
            return Err(CmdError::new("NOTBUSY No scripts in execution right now."));
        };
        if running.wrote {
            return Err(CmdError::new(
                "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
            ));
        }
        if running.kind != kind {
            return Err(super::dispatch::busy_error(running.kind));
        }
        running.kill = true;
        Ok(())
    }
}
