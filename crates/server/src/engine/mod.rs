//! From a request to its reply: the server, what a command works on, and one
//! file for each service that commands use.
//!
//! | file | what it is for |
//! |---|---|
//! | [`server`], [`ctx`], [`command`] | all state, what a command sees of it, and what a command is |
//! | [`connection`], [`input`], [`output`], [`turn`] | bytes in, bytes out; what happens in between |
//! | [`caller`], [`dispatch`] | every check before a command, and the books kept of it |
//! | [`keyspace`] | reading and changing keys with all that happens besides |
//! | [`eviction`], [`client_eviction`] | `maxmemory`, `maxmemory-clients` |
//! | [`transaction`], [`blocking`], [`pubsub`], [`notify`], [`tracking`] | what connects clients |
//! | [`latency`], [`slowlog`], [`monitor`], [`redact`] | what is seen of commands from outside |
//! | [`permission`], [`users_file`] | what a client's user may do; the ACL file |
//! | [`files`] | the port to what outlasts the server |
//! | [`image`], [`snapshot`] | the data as a file; `dump.rdb` |
//! | [`append_only`], [`propagate`], [`log_files`], [`as_commands`], [`manifest`] | the append-only file |
//! | [`load`], [`load_log`], [`load_error`], [`stop`] | what is read at the start, and saved at the end |
//! | [`news`] | what whoever runs the server is told |

pub mod append_only;
pub mod as_commands;
pub mod blocking;
pub mod caller;
pub mod client_eviction;
pub mod command;
pub mod connection;
pub mod ctx;
pub mod dispatch;
pub mod eviction;
pub mod files;
pub mod image;
pub mod input;
pub mod keyspace;
pub mod latency;
pub mod load;
pub mod load_error;
pub mod load_log;
pub mod log_files;
pub mod manifest;
pub mod monitor;
pub mod news;
pub mod notify;
pub mod output;
pub mod permission;
pub mod propagate;
pub mod pubsub;
pub mod redact;
pub mod server;
pub mod slowlog;
pub mod snapshot;
pub mod starting;
pub mod stop;
pub mod tracking;
pub mod transaction;
pub mod turn;
pub mod users_file;
