//! Sockets: one thread, one poll, all of them.
//!
//! Like Redis, the server executes commands one after another on a single
//! thread; that is what makes every command atomic. Each turn of the loop
//! reads from the sockets that have something, executes every complete
//! command, and then sends all replies at once.
//!
//! | file | what it is for |
//! |---|---|
//! | [`handle`] | starting and stopping from outside |
//! | [`event_loop`] | the turns |
//! | [`sockets`] | the poll and what is registered with it |
//! | [`listen`], [`stream`] | TCP and Unix sockets alike |

mod event_loop;
pub mod handle;
mod listen;
mod sockets;
mod stream;
