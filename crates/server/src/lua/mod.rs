//! The Lua machine: an interpreter in which scripts cannot do harm, and the
//! scripts and libraries compiled for it. Of the server it knows only
//! [`host::Host`].
//!
//! | module | what it is for |
//! |---|---|
//! | [`scripting`], [`cache`], [`library`], [`functions`], [`load`] | known scripts; libraries of functions |
//! | [`interpreter`], [`sandbox`] | a Lua state in which scripts cannot do harm |
//! | [`host`] | what a running script reaches outside of Lua |
//! | [`api`], [`arguments`] | the `redis` table |
//! | [`convert`], [`raise`] | values and errors between Lua and RESP |
//! | [`shebang`] | flags of scripts and functions |
//! | `absent` | in place of the interpreter where the crate is built without it |
//! | [`cjson`], [`cmsgpack`], [`structs`], [`bit`], [`random`] | the libraries |

#[cfg(not(feature = "mlua"))]
pub mod absent;
#[cfg(feature = "mlua")]
pub mod api;
#[cfg(feature = "mlua")]
pub mod arguments;
#[cfg(feature = "mlua")]
mod bit;
pub mod cache;
#[cfg(feature = "mlua")]
mod cjson;
#[cfg(feature = "mlua")]
mod cmsgpack;
#[cfg(feature = "mlua")]
pub mod convert;
pub mod functions;
#[cfg(feature = "mlua")]
pub mod host;
#[cfg(feature = "mlua")]
pub mod interpreter;
pub mod library;
#[cfg(feature = "mlua")]
mod load;
#[cfg(feature = "mlua")]
pub mod raise;
#[cfg(feature = "mlua")]
mod random;
#[cfg(feature = "mlua")]
mod sandbox;
pub mod scripting;
pub mod shebang;
#[cfg(feature = "mlua")]
mod structs;

#[cfg(not(feature = "mlua"))]
use absent::{self as interpreter, self as load, self as random};
