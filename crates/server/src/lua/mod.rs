//! The Lua machine: an interpreter in which scripts cannot do harm, and the
//! scripts and libraries compiled for it. Of the server it knows only
//! [`host::Host`].
//!
//! | module | what it is for |
//! |---|---|
//! | [`scripting`], [`cache`], [`library`], [`functions`] | known scripts; libraries of functions |
//! | [`interpreter`], [`sandbox`] | a Lua state in which scripts cannot do harm |
//! | [`host`] | what a running script reaches outside of Lua |
//! | [`api`] | the `redis` table |
//! | [`convert`], [`raise`] | values and errors between Lua and RESP |
//! | [`shebang`] | flags of scripts and functions |
//! | [`cjson`], [`cmsgpack`], [`structs`], [`bit`], [`random`] | the libraries |

pub mod api;
mod bit;
pub mod cache;
mod cjson;
mod cmsgpack;
pub mod convert;
pub mod functions;
pub mod host;
pub mod interpreter;
pub mod library;
pub mod raise;
mod random;
mod sandbox;
pub mod scripting;
pub mod shebang;
mod structs;
