//! The commands, one file per family.

mod acl;
mod bitmap;
mod client;
mod command;
mod config;
mod connection;
    dump::COMMANDS,
