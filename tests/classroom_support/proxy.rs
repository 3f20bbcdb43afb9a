//! Networks as schools have them: a small proxy that does to HTTP what proxies,
//! access points and weak signals do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Network {
    /// Nothing.
    Plain,
    /// Whoever asks for a stream of events is refused.
    RefusesStreams,
    /// What a stream says is held back: not even its head comes through.
    HoldsStreamsBack,
    /// Every connection is cut after this time.
    Cuts(Duration),
    /// Every piece of data takes this long, in each direction.
    Delays(Duration),
}

/// A proxy before a hub, on a free port.
pub struct Proxy {
    pub url: String,
    black: Arc<AtomicBool>,
    /// How many requests for a stream of events have come.
    pub streams: Arc<AtomicUsize>,
    accept: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub async fn before(hub: &str, network: Network) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let (black, streams): (Arc<AtomicBool>, Arc<AtomicUsize>) = Default::default();
        let way = Way {
            hub: hub.to_owned(),
            network,
            black: Arc::clone(&black),
            streams: Arc::clone(&streams),
        };
        let accept = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((student, _)) = listener.accept().await {
                open.spawn(way.clone().carry(student));
                while open.try_join_next().is_some() {}
            }
        });
        Proxy {
            url,
            black,
            streams,
            accept,
        }
    }

    /// Nothing comes through from now on, in either direction; nobody is told.
    pub fn go_black(&self) {
        self.black.store(true, Ordering::SeqCst);
    }

    pub fn come_back(&self) {
        self.black.store(false, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The connections go with it.
        self.accept.abort();
    }
}

#[derive(Clone)]
struct Way {
    hub: String,
    network: Network,
    black: Arc<AtomicBool>,
    streams: Arc<AtomicUsize>,
}

impl Way {
    async fn carry(self, student: TcpStream) {
        let end = match self.network {
            Network::Cuts(after) => Instant::now() + after,
            _ => Instant::now() + Duration::from_secs(3600),
        };
        self.light().await;
        let Ok(hub) = TcpStream::connect(&self.hub).await else {
            return;
        };
        let (from_student, to_student) = student.into_split();
        let (from_hub, to_hub) = hub.into_split();
        let held = Arc::new(AtomicBool::new(false));
        tokio::select! {
            () = self.asks(from_student, to_hub, Arc::clone(&held)) => {}
            () = self.answers(from_hub, to_student, held) => {}
            () = sleep_until(end) => {}
        }
    }

    /// Waits for as long as the network is black.
    async fn light(&self) {
        while self.black.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn delay(&self) {
        if let Network::Delays(time) = self.network {
            sleep(time).await;
        }
        self.light().await;
    }

    /// From the student to the hub.
    async fn asks(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, held: Arc<AtomicBool>) {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            let piece = &bytes[..read];
            let is_stream = piece.windows(17).any(|own| own == b"text/event-stream");
            if is_stream {
                self.streams.fetch_add(1, Ordering::SeqCst);
                match self.network {
                    Network::RefusesStreams => return,
                    Network::HoldsStreamsBack => held.store(true, Ordering::SeqCst),
                    _ => {}
                }
            }
            self.delay().await;
            if to.write_all(piece).await.is_err() {
                return;
            }
        }
    }

    /// From the hub to the student.
    async fn answers(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        held: Arc<AtomicBool>,
    ) {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut bytes).await {
            if held.load(Ordering::SeqCst) {
                continue;
            }
            self.delay().await;
            if to.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
    }
}
