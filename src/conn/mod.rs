//! Talking to Redis: connections, choosing and starting a server, the sandbox.
//!
//! Lessons, the shell and the walkthrough use [`Connection`], which keeps the
//! bytes of both directions visible and every reply exact (the server's own
//! text of a double, errors inside EXEC, pushes, MONITOR). The job system, and the
//! few live demos of several servers, use the `redis` crate, as an application
//! would; both are made from the same [`Target`].

mod client;
mod connection;
mod error;
#[cfg(not(target_family = "wasm"))]
mod fault;
#[cfg(not(target_family = "wasm"))]
pub mod link;
#[cfg(not(target_family = "wasm"))]
mod master;
mod origin;
pub mod sandbox;
#[cfg(not(target_family = "wasm"))]
mod sentinel;
pub mod server;
pub mod state;
mod stop;
// WebAssembly has no sockets: there the only servers are those of this program.
#[cfg_attr(target_family = "wasm", path = "in_process/stream.rs")]
mod stream;
#[cfg_attr(target_family = "wasm", path = "in_process/target.rs")]
mod target;
#[cfg(not(target_family = "wasm"))]
mod tls;

pub use client::{Arrival, Client, Pending, Side};
pub use connection::{Connection, Direction, WireTap, dial, in_time};
pub use error::{ConnError, is_refusal};
#[cfg(not(target_family = "wasm"))]
pub use fault::failed;
pub use stop::Stop;
#[cfg(target_family = "wasm")]
pub use stream::tick;
pub use target::{Endpoint, Target};
#[cfg(not(target_family = "wasm"))]
pub use tls::Tls;

use resp::Reply;
use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One logical connection to a server: what a command is sent through.
pub trait Session {
    /// Sends one command and waits for its reply. A server's error is a
    /// [`Reply::Error`].
    ///
    /// # Errors
    /// Only when the connection fails.
    fn call(
        &mut self,
        argv: &[Vec<u8>],
    ) -> impl std::future::Future<Output = Result<Reply, ConnError>>;
}
