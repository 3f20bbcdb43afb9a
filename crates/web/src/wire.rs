//! Clients that speak RESP themselves, to a server of the tab's own: bytes in,
//! bytes out. So the page's server can be compared with the native one byte by
//! byte, and other clients be tried on it.

use redis_lab::conn::server::{Choice, Server};
use redis_lab::conn::{Stream, dial};
use redis_lab::error::Result;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::runtime::Runtime;

/// The server and its clients.
#[derive(Default)]
pub(crate) struct Wires {
    /// Started for the first client.
    server: Option<Server>,
    clients: BTreeMap<u32, Box<dyn Stream>>,
    /// The number of the last one that came.
    last: u32,
}

impl Wires {
    /// Gives the server a client's bytes, a character each; what it has sent to
    /// that client since. A number above all before is a client that connects.
    pub(crate) fn talk(&mut self, runtime: &Runtime, client: u32, bytes: &str) -> Result<Value> {
        if client > self.last {
            self.last = client;
            let stream = runtime.block_on(self.connect())?;
            self.clients.insert(client, stream);
        }
        let mut received = Vec::new();
        let mut is_open = false;
        if let Some(stream) = self.clients.get_mut(&client) {
            let bytes: Vec<u8> = bytes.chars().map(|byte| byte as u8).collect();
            let cx = &mut Context::from_waker(Waker::noop());
            // All of it is taken at once, or the client is gone, as reading tells.
            let _ = Pin::new(&mut *stream).poll_write(cx, &bytes);
            is_open = read(stream, cx, &mut received);
        }
        if !is_open {
            self.clients.remove(&client);
        }
        let received: String = received.into_iter().map(char::from).collect();
        Ok(json!({"type": "wire", "client": client, "bytes": received, "open": is_open}))
    }

    /// A client goes.
    pub(crate) fn hang_up(&mut self, client: u32) {
        self.clients.remove(&client);
    }

    async fn connect(&mut self) -> Result<Box<dyn Stream>> {
        let server = match &self.server {
            Some(server) => server,
            None => self
                .server
                .insert(Server::resolve(None, Choice::Builtin).await?),
        };
        let target = server.target();
        Ok(dial(target.endpoint(), target.connect_limit()).await?)
    }
}

/// Takes everything that has arrived; whether there may be more later.
fn read(stream: &mut Box<dyn Stream>, cx: &mut Context<'_>, received: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 16 * 1024];
    let mut waited = false;
    loop {
        let mut part = ReadBuf::new(&mut chunk);
        match Pin::new(&mut *stream).poll_read(cx, &mut part) {
            Poll::Ready(Ok(())) if !part.filled().is_empty() => {
                received.extend_from_slice(part.filled());
            }
            Poll::Ready(_) => return false,
            // The first time, others have their turn.
            Poll::Pending if waited => return true,
            Poll::Pending => waited = true,
        }
    }
}
