//! The libraries of functions the server knows: FUNCTION LOAD, DELETE,
//! RESTORE, LIST.

use super::library::{Library, Registered};
use super::load;
use super::scripting::{Scripting, interpreter};
use super::shebang;
use crate::state::running::BusyScript;
use crate::wire::reply::{CmdError, CmdResult, Out};
use std::collections::BTreeMap;

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
            return Err(already_exists(function));
        }
    }
    Ok(())
}

fn already_exists(function: &str) -> CmdError {
    CmdError::owned(format!("ERR Function {function} already exists"))
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
        let interpreter = interpreter(
            &mut self.functions,
            &self.random,
            self.memory_limit,
            BusyScript::Function,
        )?;
        let (name, library) = load::load(&interpreter, code)?;
        for function in library.functions.keys() {
            let owner = self.owners.get(&function.to_ascii_lowercase());
            if owner.is_some_and(|owner| *owner != name) {
                return Err(already_exists(function));
            }
        }
        self.delete_library(name.as_bytes());
        for function in library.functions.keys() {
            self.owners
                .insert(function.to_ascii_lowercase(), name.clone());
        }
        self.libraries.insert(name.clone(), library);
        Ok(name)
    }

    /// The function of a name, in any letter case, with its real name.
    pub(crate) fn function(&self, name: &str) -> Option<(&str, &Registered)> {
        let owner = self.owners.get(&name.to_ascii_lowercase())?;
        self.libraries.get(owner)?.function(name)
    }

    /// FUNCTION RESTORE: adds the libraries of these sources, all or none.
    ///
    /// # Errors
    /// When the code of one is wrong or a name is taken.
    pub fn restore_libraries(&mut self, sources: &[Vec<u8>], policy: Restore) -> CmdResult {
        let interpreter = interpreter(
            &mut self.functions,
            &self.random,
            self.memory_limit,
            BusyScript::Function,
        )?;
        let mut all = if policy == Restore::Flush {
            BTreeMap::new()
        } else {
            std::mem::take(&mut self.libraries)
        };
        let added = sources
            .iter()
            .map(|code| load::load(&interpreter, code))
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
                self.find_owners();
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

    fn find_owners(&mut self) {
        self.owners.clear();
        for (name, library) in &self.libraries {
            for function in library.functions.keys() {
                self.owners
                    .insert(function.to_ascii_lowercase(), name.clone());
            }
        }
    }

    /// FUNCTION DELETE; whether there was such a library.
    pub fn delete_library(&mut self, name: &[u8]) -> bool {
        let name = String::from_utf8_lossy(name);
        let Some(library) = self.libraries.remove(&*name) else {
            return false;
        };
        for function in library.functions.keys() {
            self.owners.remove(&function.to_ascii_lowercase());
        }
        true
    }

    /// FUNCTION FLUSH.
    pub fn flush_libraries(&mut self) {
        self.libraries.clear();
        self.owners.clear();
        self.functions = None;
    }

    /// The source of every library, by name.
    pub fn sources_of_libraries(&self) -> impl Iterator<Item = (&str, &[u8])> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Never half as much again as the libraries themselves take.
    #[test]
    fn loading_leaves_little_behind() {
        let mut scripting = Scripting {
            memory_limit: 1 << 30,
            ..Scripting::default()
        };
        let used = |scripting: &Scripting| scripting.interpreter_memory().1;
        let mut seen = Vec::new();
        for n in 0..5_000 {
            let code = format!(
                "#!lua name=l{n}\nredis.register_function('f{n}', function() return {n} end)"
            );
            let loaded = scripting.load_library(code.as_bytes(), false);
            assert!(loaded.is_ok(), "library {n}");
            seen.push(used(&scripting));
        }
        for _ in 0..2 {
            let interpreter = scripting.functions.as_ref().expect("there is one");
            interpreter.lua.gc_collect().expect("collected");
        }
        let each = used(&scripting) / seen.len();
        for (used, n) in seen.iter().zip(1..).skip(1_000) {
            assert!(*used < each * n / 2 * 3, "{used} bytes for {n}");
        }
    }
}
