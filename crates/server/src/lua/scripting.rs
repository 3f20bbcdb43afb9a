//! The scripts and libraries the server knows, and the interpreters they run in.
//!
//! Scripts and functions have an interpreter each, made when first needed:
//! what a library keeps must not be within reach of EVAL.

use super::cache::{Cache, Script};
use super::interpreter::Interpreter;
use super::library::Library;
use super::random::Random;
use super::shebang;
use crate::state::FastMap;
use crate::state::running::{BusyScript, Running};
use crate::wire::reply::{CmdError, CmdResult};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// What the first argument of a command that runs a script is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The script: EVAL.
    Text,
    /// Its digest: EVALSHA.
    Digest,
    /// A function's name: FCALL.
    Function,
}

/// All the server knows of scripts.
#[derive(Default)]
pub struct Scripting {
    pub(crate) eval: Option<Rc<Interpreter>>,
    pub(crate) functions: Option<Rc<Interpreter>>,
    pub(crate) random: Random,
    /// Known scripts.
    pub(crate) scripts: Cache,
    /// Loaded libraries by name.
    pub(crate) libraries: BTreeMap<String, Library>,
    /// The library of each function, by its name in small letters.
    pub(crate) owners: FastMap<String, String>,
    /// How many scripts of EVAL had to make room for another.
    pub evicted: u64,
    /// The most bytes that an interpreter may use.
    pub memory_limit: usize,
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

/// The interpreter of a slot, made now if there is none.
pub(crate) fn interpreter(
    slot: &mut Option<Rc<Interpreter>>,
    random: &Random,
    memory_limit: usize,
    kind: BusyScript,
) -> CmdResult<Rc<Interpreter>> {
    if let Some(interpreter) = slot {
        return Ok(Rc::clone(interpreter));
    }
    let made = Interpreter::start(random, memory_limit, kind)?;
    Ok(Rc::clone(slot.insert(Rc::new(made))))
}

impl Scripting {
    /// SCRIPT LOAD: compiles a script and remembers it; its digest.
    ///
    /// # Errors
    /// When it is not Lua, or its first line is wrong.
    pub fn load(&mut self, body: &[u8]) -> CmdResult<[u8; 40]> {
        let script = self.compiled(body, false)?;
        self.scripts.retain(&script);
        Ok(script.digest)
    }

    /// A script, compiled when it is not known yet: of EVAL or of SCRIPT LOAD.
    pub(crate) fn compiled(&mut self, body: &[u8], of_eval: bool) -> CmdResult<Rc<Script>> {
        if let Some(script) = self.scripts.by_body(body) {
            return Ok(script);
        }
        let (flags, skip) = shebang::of_script(body)?;
        let interpreter = interpreter(
            &mut self.eval,
            &self.random,
            self.memory_limit,
            BusyScript::Eval,
        )?;
        let function = interpreter
            .compile_to_keep(&body[skip..], "@user_script")
            .map_err(|message| {
                CmdError::owned(format!(
                    "ERR Error compiling script (new function): {message}"
                ))
            })?;
        let (script, evicted) = self.scripts.add(body, function, flags, of_eval);
        self.evicted += u64::from(evicted);
        Ok(script)
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
        let used = |slot: &Option<Rc<Interpreter>>| slot.as_ref().map_or(0, |i| i.memory());
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
            return Err(running.kind.error());
        }
        running.kill = true;
        Ok(())
    }
}

impl Scripting {
    /// Whether the script or function that a command names says of itself
    /// that it never writes.
    pub fn never_writes(&self, source: Source, argv: &[impl AsRef<[u8]>]) -> bool {
        let Some(what) = argv.get(1).map(AsRef::as_ref) else {
            return false;
        };
        let flags = match source {
            Source::Text => shebang::of_script(what).ok().and_then(|(flags, _)| flags),
            Source::Digest => self.scripts.by_digest(what).and_then(|s| s.flags),
            Source::Function => std::str::from_utf8(what)
                .ok()
                .and_then(|name| self.function(name))
                .map(|(_, function)| function.flags),
        };
        flags.is_some_and(|flags| flags.no_writes)
    }
}
