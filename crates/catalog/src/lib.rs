//! What each Redis command is: arity, flags, keys, syntax, since, complexity,
//! group, a summary in English and Polish, and what its replies mean.
//!
//! The facts stand in `commands.txt`; a build step makes constant tables of
//! it, so that nothing is parsed when a program starts. They are those of Redis
//! 8.0.2 and, for what only it has, of Valkey 9.1.2, and a test compares each
//! with a real server.
//!
//! The shell takes its hints, completions and help from here; the built-in
//! server answers COMMAND from here, so that both always agree.

mod find;
mod group;
mod keys;
pub mod lang;
mod later;
mod learn;
mod meaning;
mod model;
mod newer;
mod release;
mod sets;
mod syntax;
mod tables;

pub use find::{by_name, every, find, find_argv, suggest};
pub use group::Group;
pub use keys::{KeyRef, KeysError, key_positions, keys, keys_of};
pub use later::{Later, Module, later, module};
pub use learn::{as_in, learned};
pub use meaning::{Texts, meaning};
pub use model::{
    Argument, ArgumentKind, BeginSearch, Command, CommandId, Complexity, Deprecated, FindKeys,
    KeySpec, Variable,
};
pub use newer::{New, Newer, missing_option, newer_than};
pub use release::{Family, REDIS, Release, Since, Version};
pub use sets::{Categories, Flags, KeyFlags};
pub use tables::{COUNT, all};
