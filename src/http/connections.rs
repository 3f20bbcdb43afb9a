//! Connections: how many there may be, and which one has to go when there are
//! too many. A connection that asks for nothing never keeps out one that does:
//! the one that has been idle for longest makes room. Nobody who stops reading
//! holds anything for longer than a time limit.

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;

/// How much there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// How many connections may be open at once.
    pub connections: usize,
    /// How many of them one address may have. A class behind one router is one
    /// address, and so is everybody behind a proxy.
    pub of_address: usize,
    /// How many may be streams of events.
    pub streams: usize,
    /// How many of these one address may have.
    pub streams_of_address: usize,
}

impl Default for Room {
    fn default() -> Room {
        Room {
            connections: 512,
            of_address: 384,
            streams: 256,
            streams_of_address: 192,
        }
    }
}

/// How long is read on after the last answer of a connection.
const LINGER: Duration = Duration::from_secs(10);

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// Nothing was asked, or everything is answered.
    Idle(Instant),
    /// It is being answered.
    Answer,
    /// It hears events.
    Stream,
}

#[derive(Debug)]
struct Open {
    address: IpAddr,
    doing: Doing,
    close: CancellationToken,
}

/// All open connections, by the order in which they came.
#[derive(Debug)]
pub(super) struct Connections {
    room: Room,
    open: Mutex<(u64, BTreeMap<u64, Open>)>,
}

impl Connections {
    pub(super) fn new(room: Room) -> Connections {
        Connections {
            room,
            open: Mutex::default(),
        }
    }

    fn open(&self) -> MutexGuard<'_, (u64, BTreeMap<u64, Open>)> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection, for which an idle one may have to go;
    /// `None` when all are busy.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Arc<Peer>> {
        let mut open = self.open();
        let (next, open) = &mut *open;
        let of_address = open.values().filter(|one| one.address == address).count();
        let full = if of_address >= self.room.of_address {
            Some(Some(address))
        } else {
            (open.len() >= self.room.connections).then_some(None)
        };
        if let Some(of) = full {
            let idle = oldest_idle(open, of)?;
            if let Some(one) = open.remove(&idle) {
                one.close.cancel();
            }
        }
        *next += 1;
        let close = CancellationToken::new();
        let one = Open {
            address,
            doing: Doing::Idle(Instant::now()),
            close: close.clone(),
        };
        open.insert(*next, one);
        Some(Arc::new(Peer {
            connections: self.clone(),
            id: *next,
            address,
            close,
        }))
    }

    /// Closes the connection that has been idle for longest.
    pub(super) fn make_room(&self) {
        let open = &mut self.open().1;
        if let Some(one) = oldest_idle(open, None).and_then(|id| open.remove(&id)) {
            one.close.cancel();
        }
    }
}

fn oldest_idle(open: &BTreeMap<u64, Open>, of: Option<IpAddr>) -> Option<u64> {
    open.iter()
        .filter(|(_, one)| of.is_none_or(|address| one.address == address))
        .filter_map(|(id, one)| match one.doing {
            Doing::Idle(since) => Some((since, *id)),
            _ => None,
        })
        .min()
        .map(|(_, id)| id)
}

/// One connection's place, given back when it is dropped.
#[derive(Debug)]
pub struct Peer {
    connections: Arc<Connections>,
    id: u64,
    /// Where it comes from.
    pub address: IpAddr,
    /// Cancelled when it has to go.
    pub(super) close: CancellationToken,
}

impl Peer {
    fn does(&self, doing: Doing) {
        if let Some(one) = self.connections.open().1.get_mut(&self.id) {
            one.doing = doing;
        }
    }

    /// Notes that this connection hears events from now on; `false` when too
    /// many do.
    pub fn begin_stream(&self) -> bool {
        let open = &mut self.connections.open().1;
        let streams = || open.values().filter(|one| one.doing == Doing::Stream);
        let of_address = streams().filter(|one| one.address == self.address).count();
        let room = self.connections.room;
        if streams().count() >= room.streams || of_address >= room.streams_of_address {
            return false;
        }
        if let Some(one) = open.get_mut(&self.id) {
            one.doing = Doing::Stream;
        }
        true
    }

    /// Notes that a request is answered until the guard is dropped.
    pub fn answering(self: &Arc<Self>) -> Answering {
        self.does(Doing::Answer);
        Answering(self.clone())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.connections.open().1.remove(&self.id);
    }
}

/// A request that is being answered: see [`Peer::answering`].
#[derive(Debug)]
#[must_use = "the answer is over when it is dropped"]
pub struct Answering(Arc<Peer>);

impl Answering {
    /// The body of the answer, which is being given until its end.
    pub fn with(self, body: Body) -> Body {
        Body::new(Answer { body, _guard: self })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.does(Doing::Idle(Instant::now()));
    }
}

struct Answer {
    body: Body,
    _guard: Answering,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket whose other end must go on reading.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// How long nothing may be taken of what is sent.
    patience: Duration,
    /// Runs while nothing more can be written.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Runs since our side has ended.
    lingering: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, patience: Duration) -> Socket {
        Socket {
            stream,
            patience,
            stalled: None,
            lingering: None,
        }
    }

    fn written(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if result.is_ready() {
            self.stalled = None;
            return result;
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Ends our side, and reads on for a while: closing while something arrives
    /// would take the last answer from one who is still sending, an upload that
    /// was refused mostly.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        let end = this
            .lingering
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        if end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut bytes = [0; 16 << 10];
        for _ in 0..16 {
            let mut buf = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut this.stream).poll_read(cx, &mut buf));
            if read.is_err() || buf.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        // Others have their turn.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_idle_makes_room_and_the_busy_stay() {
        let room = Room::default();
        let connections = Arc::new(Connections::new(room));
        let address = |n: u8| IpAddr::from([10, 0, 0, n]);
        let mut peers: Vec<Arc<Peer>> = Vec::new();
        for _ in 0..room.of_address {
            peers.push(connections.admit(address(1)).unwrap());
        }
        let busy = peers[0].answering();
        let one_more = connections.admit(address(1)).unwrap();
        assert!(!peers[0].close.is_cancelled());
        assert!(peers[1].close.is_cancelled());
        drop(busy);
        for peer in &peers {
            peer.does(Doing::Answer);
        }
        one_more.does(Doing::Answer);
        assert!(connections.admit(address(1)).is_none());
        // Another address still has its places.
        for _ in room.of_address..room.connections {
            peers.push(connections.admit(address(2)).unwrap());
        }
        assert!(connections.admit(address(3)).is_some());
    }
}
