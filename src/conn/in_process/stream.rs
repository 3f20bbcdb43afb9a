//! Bytes to and from the built-in servers of this program, where there are no
//! sockets: what is written goes into the server at once, and what it answers
//! is read from it. Whoever runs the program has time pass for them by [`tick`].

use super::Stream;
use super::target::Endpoint;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

thread_local! {
    /// The servers that run, and the number of the next one.
    static SERVERS: RefCell<(usize, BTreeMap<usize, Running>)> = RefCell::default();
}

struct Running {
    server: server::Server,
    /// Which of those that have had this number it is.
    turn: usize,
    /// Who waits for what the server has to say, by client.
    waiting: BTreeMap<server::ClientId, Waker>,
}

impl Running {
    /// Has done what is due, and those look who wait.
    fn go_on(&mut self) {
        self.server.tick();
        for (_, waker) in std::mem::take(&mut self.waiting) {
            waker.wake();
        }
    }
}

/// Has time pass for all servers: timeouts, expiry, scripts that were waiting.
pub fn tick() {
    SERVERS.with_borrow_mut(|(_, servers)| servers.values_mut().for_each(Running::go_on));
}

/// Takes a server in; its number.
pub(super) fn run(server: server::Server) -> usize {
    SERVERS.with_borrow_mut(|(next, servers)| {
        *next += 1;
        let running = Running {
            server,
            turn: 0,
            waiting: BTreeMap::new(),
        };
        servers.insert(*next, running);
        *next
    })
}

/// Puts another server in the place of one; whether there was one. The
/// connections of the old one end.
pub(super) fn replace(number: usize, server: server::Server) -> bool {
    let old = SERVERS.with_borrow_mut(|(_, servers)| {
        let running = servers.get_mut(&number)?;
        let renewed = Running {
            server,
            turn: running.turn + 1,
            waiting: BTreeMap::new(),
        };
        Some(std::mem::replace(running, renewed))
    });
    let is_known = old.is_some();
    for waker in old.into_iter().flat_map(|running| running.waiting) {
        waker.1.wake();
    }
    is_known
}

/// Ends a server; its connections end with it.
pub(super) fn end(number: usize) {
    let ended = SERVERS.with_borrow_mut(|(_, servers)| servers.remove(&number));
    for waker in ended.into_iter().flat_map(|running| running.waiting) {
        waker.1.wake();
    }
}

/// At which stage opening a stream failed.
pub(super) enum Failure {
    /// The server could not be reached.
    Connect(io::Error),
    /// The TLS handshake failed: the reason.
    #[expect(dead_code, reason = "there is no TLS within a program")]
    Tls(String),
}

/// There is no TLS within a program.
pub(super) fn tls_fault(_: &io::Error) -> Option<String> {
    None
}

/// Opens the byte stream to a server.
///
/// # Errors
/// When the server has ended, or takes no more clients.
pub(super) async fn open(endpoint: &Endpoint) -> Result<Box<dyn Stream>, Failure> {
    let number = endpoint.number();
    let connected = SERVERS.with_borrow_mut(|(_, servers)| {
        let running = servers.get_mut(&number);
        let running = running.filter(|running| !running.server.is_stopped());
        let running = running.ok_or(io::ErrorKind::ConnectionRefused)?;
        let client = running.server.connect().map_err(io::Error::other)?;
        Ok((running.turn, client))
    });
    match connected {
        Ok((turn, client)) => Ok(Box::new(InProcess {
            number,
            turn,
            client,
            unread: Vec::new(),
            at: 0,
            others_first: false,
        })),
        Err(error) => Err(Failure::Connect(error)),
    }
}

/// A client's bytes.
struct InProcess {
    number: usize,
    turn: usize,
    client: server::ClientId,
    /// Taken from the server and not yet read, from `at` on.
    unread: Vec<u8>,
    at: usize,
    /// Something was written and nothing read since.
    others_first: bool,
}

impl InProcess {
    /// The server it was connected to, if that still runs.
    fn with<T>(&self, act: impl FnOnce(&mut Running) -> T) -> Option<T> {
        SERVERS.with_borrow_mut(|(_, servers)| {
            let running = servers.get_mut(&self.number);
            running.filter(|running| running.turn == self.turn).map(act)
        })
    }
}

impl AsyncRead for InProcess {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // An answer is never there at once, as on a socket: meanwhile others
        // have their turn, however fast this client asks again.
        if std::mem::take(&mut self.others_first) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.at == self.unread.len() {
            let client = self.client;
            let taken = self.with(|running| {
                let output = running.server.take_output(client);
                let is_open = running.server.is_connected(client) && !running.server.is_stopped();
                if output.is_empty() && is_open {
                    running.waiting.insert(client, cx.waker().clone());
                    return None;
                }
                Some(output)
            });
            match taken {
                Some(Some(output)) => (self.unread, self.at) = (output, 0),
                Some(None) => return Poll::Pending,
                None => {}
            }
        }
        // Nothing is the end.
        let end = self.unread.len().min(self.at + buf.remaining());
        buf.put_slice(&self.unread[self.at..end]);
        self.at = end;
        if end == self.unread.len() {
            (self.unread, self.at) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for InProcess {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let client = self.client;
        let fed = self.with(|running| {
            let is_open = running.server.is_connected(client) && !running.server.is_stopped();
            if is_open {
                running.server.feed(client, buf);
                running.go_on();
            }
            is_open
        });
        self.others_first = true;
        Poll::Ready(match fed {
            Some(true) => Ok(buf.len()),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        let client = self.client;
        self.with(|running| {
            running.server.disconnect(client);
            running.go_on();
        });
    }
}
