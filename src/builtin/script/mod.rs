//! Lua scripts and functions.
//!
//! | module | what it is for |
//! |---|---|
//! | `interpreter`, [`sandbox`] | a Lua state in which scripts cannot do harm |
//! | [`run`] | one run: the `redis` functions, time limit, reply |
//! | [`convert`], [`raise`] | values and errors between Lua and RESP |
//! | [`shebang`], [`library`] | flags of scripts; libraries of functions |
//! | [`cjson`], [`cmsgpack`], [`structs`], [`bit`], [`random`] | the libraries |
//!
//! Scripts and functions have an interpreter each, made when first needed:
//! what a library keeps must not be within reach of EVAL.

mod bit;
mod cjson;
mod cmsgpack;
mod convert;
mod interpreter;
mod library;
mod raise;
mod random;
mod run;
mod sandbox;
mod shebang;
mod structs;

use super::ctx::{Ctx, int_arg};
use super::reply::{CmdError, CmdResult, Out};
use super::server::BusyScript;
use super::store::ByteString;
use interpreter::Interpreter;
use library::{Library, Registered};
use mlua::Function;
use random::Random;
use run::Job;
use sha1::{Digest, Sha1};
use std::collections::{BTreeMap, HashMap};
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
    /// Known scripts by their digest.
    scripts: HashMap<String, Script>,
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
    /// The command that called it.
    pub argv: Vec<Vec<u8>>,
    /// When it began.
    pub started: Instant,
    /// It has changed data: it can no longer be stopped.
    pub wrote: bool,
    /// It is to be stopped.
    pub kill: bool,
}

impl Running {
    fn new(name: &str, kind: BusyScript, argv: &[&[u8]]) -> Running {
        Running {
            name: name.to_string(),
            kind,
            argv: argv.iter().map(|arg| arg.to_vec()).collect(),
            started: Instant::now(),
            wrote: false,
            kill: false,
        }
    }
}

impl Running {
    /// The keys it was called with.
    pub fn keys(&self) -> Vec<ByteString> {
        let count = self.argv.get(2).and_then(|n| super::number::parse_i64(n));
        let count = count.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let keys = self.argv.iter().skip(3).take(count);
        keys.map(|key| ByteString::new(key)).collect()
    }
}

struct Script {
    body: Vec<u8>,
    function: Function,
    flags: Option<shebang::Flags>,
}

/// The SHA1 digest of a script in hexadecimal.
fn digest(body: &[u8]) -> String {
    let digest = Sha1::digest(body);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn interpreter(slot: &mut Option<Rc<Interpreter>>, random: &Random) -> CmdResult<Rc<Interpreter>> {
    if let Some(interpreter) = slot {
        return Ok(Rc::clone(interpreter));
    }
    let made = Interpreter::new(random).map_err(|error| {
        CmdError::owned(format!(
            "ERR Lua cannot be started: {}",
            raise::message(&error)
        ))
    })?;
    Ok(Rc::clone(slot.insert(Rc::new(made))))
}

impl Scripting {
    /// Compiles a script and remembers it; its digest.
    ///
    /// # Errors
    /// When it is not Lua, or its first line is wrong.
    pub fn load(&mut self, body: &[u8]) -> CmdResult<String> {
        let sha = digest(body);
        if self.scripts.contains_key(&sha) {
            return Ok(sha);
        }
        let (flags, skip) = shebang::of_script(body)?;
        let interpreter = interpreter(&mut self.eval, &self.random)?;
        let function = interpreter
            .compile(&body[skip..], "@user_script")
            .map_err(|message| {
                CmdError::owned(format!(
                    "ERR Error compiling script (new function): {message}"
                ))
            })?;
        let script = Script {
            body: body.to_vec(),
            function,
            flags,
        };
        self.scripts.insert(sha.clone(), script);
        Ok(sha)
    }

    /// Whether a script of this digest is known.
    pub fn exists(&self, sha: &[u8]) -> bool {
        let sha = String::from_utf8_lossy(sha).to_ascii_lowercase();
        self.scripts.contains_key(&sha)
    }

    /// Forgets all scripts.
    pub fn flush(&mut self) {
        self.scripts.clear();
        self.eval = None;
    }

    /// How many scripts are known, and how many bytes they have.
    pub fn figures(&self) -> (usize, usize) {
        let bytes = self.scripts.values().map(|script| script.body.len()).sum();
        (self.scripts.len(), bytes)
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

/// The keys and arguments of `EVAL script numkeys key... arg...`.
fn keys_and_args<'a>(
    argv: &'a [&'a [u8]],
    not_a_number: fn(CmdError) -> CmdError,
) -> CmdResult<(&'a [&'a [u8]], &'a [&'a [u8]])> {
    let count = int_arg(argv[2]).map_err(not_a_number)?;
    let rest = &argv[3..];
    if count > rest.len() as i64 {
        return Err(CmdError::new(
            "ERR Number of keys can't be greater than number of args",
        ));
    }
    let Ok(count) = usize::try_from(count) else {
        return Err(CmdError::new("ERR Number of keys can't be negative"));
    };
    Ok(rest.split_at(count))
}

fn internal(error: &mlua::Error) -> CmdError {
    CmdError::owned(format!("ERR {}", raise::message(error)))
}

/// What the flags of a script or function forbid now.
fn check_flags(
    ctx: &mut Ctx<'_>,
    flags: Option<shebang::Flags>,
    read_only: bool,
) -> CmdResult<(bool, bool)> {
    let Some(flags) = flags else {
        return Ok((read_only, false));
    };
    if read_only && !flags.no_writes {
        return Err(CmdError::new(
            "ERR Can not execute a script with write flag using *_ro command.",
        ));
    }
    // A script that cannot write needs no memory to speak of.
    let allow_oom = flags.allow_oom || flags.no_writes;
    if !allow_oom && ctx.server.out_of_memory() {
        return Err(CmdError::new(
            "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
        ));
    }
    Ok((flags.no_writes, allow_oom))
}

/// EVAL and EVAL_RO.
///
/// # Errors
/// Of the script.
pub fn eval(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out, read_only: bool) -> CmdResult {
    keys_and_args(argv, |error| error)?;
    let sha = ctx.server.script.load(argv[1])?;
    run_script(ctx, argv, out, &sha, read_only)
}

/// EVALSHA and EVALSHA_RO.
///
/// # Errors
/// NOSCRIPT, and those of the script.
pub fn evalsha(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out, read_only: bool) -> CmdResult {
    const NOSCRIPT: CmdError = CmdError::new("NOSCRIPT No matching script. Please use EVAL.");
    if argv[1].len() != 40 {
        return Err(NOSCRIPT);
    }
    keys_and_args(argv, |error| error)?;
    if !ctx.server.script.exists(argv[1]) {
        return Err(NOSCRIPT);
    }
    let sha = String::from_utf8_lossy(argv[1]).to_ascii_lowercase();
    run_script(ctx, argv, out, &sha, read_only)
}

fn run_script(
    ctx: &mut Ctx<'_>,
    argv: &[&[u8]],
    out: &mut Out,
    sha: &str,
    read_only: bool,
) -> CmdResult {
    let (keys, args) = keys_and_args(argv, |error| error)?;
    let scripting = &mut ctx.server.script;
    let interpreter = interpreter(&mut scripting.eval, &scripting.random)?;
    let Some(script) = scripting.scripts.get(sha) else {
        return Err(CmdError::new(
            "NOSCRIPT No matching script. Please use EVAL.",
        ));
    };
    let (function, flags) = (script.function.clone(), script.flags);
    let (read_only, allow_oom) = check_flags(ctx, flags, read_only)?;
    let globals = &interpreter.sandbox.globals;
    let prepare = || -> mlua::Result<()> {
        globals.raw_set("KEYS", interpreter.strings(keys)?)?;
        globals.raw_set("ARGV", interpreter.strings(args)?)
    };
    prepare().map_err(|error| internal(&error))?;
    let job = Job {
        name: sha,
        kind: BusyScript::Eval,
        read_only,
        allow_oom,
        argv,
    };
    run::run(&interpreter, ctx, out, &job, function)
}

/// FCALL and FCALL_RO.
///
/// # Errors
/// When there is no such function, and those of the function.
pub fn fcall(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out, read_only: bool) -> CmdResult {
    let name = String::from_utf8_lossy(argv[1]).into_owned();
    let scripting = &mut ctx.server.script;
    let Some((name, registered)) = scripting.function(&name) else {
        return Err(CmdError::new("ERR Function not found"));
    };
    let name = name.to_string();
    let (callback, flags) = (registered.callback.clone(), registered.flags);
    let (keys, args) = keys_and_args(argv, |_| CmdError::new("ERR Bad number of keys provided"))?;
    let interpreter = interpreter(&mut scripting.functions, &scripting.random)?;
    let (read_only, allow_oom) = check_flags(ctx, Some(flags), read_only)?;
    let prepare = || {
        let (keys, args) = (interpreter.strings(keys)?, interpreter.strings(args)?);
        interpreter.bind(&callback, keys, args)
    };
    let function = prepare().map_err(|error| internal(&error))?;
    let job = Job {
        name: &name,
        kind: BusyScript::Function,
        read_only,
        allow_oom,
        argv,
    };
    run::run(&interpreter, ctx, out, &job, function)
}

/// What FUNCTION RESTORE does about libraries that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restore {
    /// Refuses when a name is taken.
    Append,
    /// Replaces libraries of the same name.
    Replace,
    /// Removes all of them first.
    Flush,
}

/// Whether no other library has a function of the same name.
fn check_functions(
    libraries: &BTreeMap<String, Library>,
    name: &str,
    library: &Library,
) -> CmdResult {
    for (other, existing) in libraries {
        let taken = |function: &&String| existing.function(function).is_some();
        if other != name
            && let Some(function) = library.functions.keys().find(taken)
        {
            return Err(CmdError::owned(format!(
                "ERR Function {function} already exists"
            )));
        }
    }
    Ok(())
}

impl Scripting {
    /// FUNCTION LOAD: the library's name.
    ///
    /// # Errors
    /// When the code is wrong or a name is taken.
    pub fn load_library(&mut self, code: &[u8], replace: bool) -> CmdResult<String> {
        let (engine, name, _) = shebang::of_library(code)?;
        if engine.eq_ignore_ascii_case("lua") && !replace && self.libraries.contains_key(&name) {
            return Err(CmdError::owned(format!(
                "ERR Library '{name}' already exists"
            )));
        }
        let interpreter = interpreter(&mut self.functions, &self.random)?;
        let (name, library) = library::load(&interpreter, code)?;
        check_functions(&self.libraries, &name, &library)?;
        self.libraries.insert(name.clone(), library);
        Ok(name)
    }

    /// The function of a name, in any letter case, with its real name.
    fn function(&self, name: &str) -> Option<(&str, &Registered)> {
        let mut libraries = self.libraries.values();
        libraries.find_map(|library| library.function(name))
    }

    /// FUNCTION RESTORE: adds the libraries of these sources, all or none.
    ///
    /// # Errors
    /// When the code of one is wrong or a name is taken.
    pub fn restore_libraries(&mut self, sources: &[Vec<u8>], policy: Restore) -> CmdResult {
        let interpreter = interpreter(&mut self.functions, &self.random)?;
        let mut all = if policy == Restore::Flush {
            BTreeMap::new()
        } else {
            std::mem::take(&mut self.libraries)
        };
        let added = sources
            .iter()
            .map(|code| library::load(&interpreter, code))
            .collect::<CmdResult<Vec<_>>>();
        let checked = added.and_then(|added| {
            for (name, library) in &added {
                if policy == Restore::Append && all.contains_key(name) {
                    return Err(CmdError::owned(format!(
                        "ERR Library {name} already exists"
                    )));
                }
                check_functions(&all, name, library)?;
            }
            Ok(added)
        });
        match checked {
            Ok(added) => {
                all.extend(added);
                self.libraries = all;
                Ok(())
            }
            Err(error) => {
                if policy != Restore::Flush {
                    self.libraries = all;
                }
                Err(error)
            }
        }
    }

    /// FUNCTION DELETE; whether there was such a library.
    pub fn delete_library(&mut self, name: &[u8]) -> bool {
        let name = String::from_utf8_lossy(name);
        self.libraries.remove(&*name).is_some()
    }

    /// FUNCTION FLUSH.
    pub fn flush_libraries(&mut self) {
        self.libraries.clear();
        self.functions = None;
    }

    /// The source of every library, by name.
    pub fn library_sources(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let sources = self.libraries.iter();
        sources.map(|(name, library)| (name.as_str(), library.code.as_slice()))
    }

    /// Writes the libraries whose names match, as FUNCTION LIST does.
    pub fn list(&self, out: &mut Out, matches: impl Fn(&[u8]) -> bool, with_code: bool) {
        let chosen: Vec<_> = self
            .libraries
            .iter()
            .filter(|(name, _)| matches(name.as_bytes()))
            .collect();
        out.array(chosen.len());
        for (name, library) in chosen {
            out.map(if with_code { 4 } else { 3 });
            out.bulk(b"library_name");
            out.bulk(name.as_bytes());
            out.bulk(b"engine");
            out.bulk(b"LUA");
            out.bulk(b"functions");
            out.array(library.functions.len());
            for (name, function) in &library.functions {
                out.map(3);
                out.bulk(b"name");
                out.bulk(name.as_bytes());
                out.bulk(b"description");
                out.bulk_or_null(function.description.as_deref());
                out.bulk(b"flags");
                let flags = function.flags.names();
                out.set(flags.len());
                for flag in flags {
                    out.status(flag);
                }
            }
            if with_code {
                out.bulk(b"library_code");
                out.bulk(&library.code);
            }
        }
    }
}
