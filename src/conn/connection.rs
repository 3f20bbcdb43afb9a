//! One connection: a byte stream, the RESP decoder, and the login.

use super::stop::Stop;
use super::stream::{self, Failure};
use super::{ConnError, Endpoint, Session, Stream, Target};
use resp::Reply;
use resp::codec::{Decoder, encode_command};
use std::fmt;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Which way bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From us to the server.
    Sent,
    /// From the server to us.
    Received,
}

/// Sees every byte of a connection as it passes.
pub type WireTap = Box<dyn FnMut(Direction, &[u8]) + Send>;

/// A connection to a server that keeps replies exact and bytes visible.
pub struct Connection {
    stream: Box<dyn Stream>,
    decoder: Decoder,
    /// Bytes received and not yet decoded start at `at`.
    inbox: Vec<u8>,
    at: usize,
    outbox: Vec<u8>,
    stop: Stop,
    tap: Option<WireTap>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("unread", &(self.inbox.len() - self.at))
            .field("unsent", &self.outbox.len())
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects, logs in and selects the database, speaking RESP2 (as every
    /// connection begins; send `HELLO 3` for RESP3).
    ///
    /// # Errors
    /// When the server cannot be reached, refuses the login, or does either
    /// for longer than [`Target::connect_limit`].
    pub async fn connect(target: &Target) -> Result<Connection, ConnError> {
        let limit = target.connect_limit();
        // Boxed, for finding it out is a connection too.
        let target = &Box::pin(target.master()).await?;
        let stop = target.stop();
        let opened = stop.or_late(Connection::open(target.endpoint(), limit, stop.clone()));
        in_time(target, opened.await??.logged_in(target)).await
    }

    async fn logged_in(self, target: &Target) -> Result<Connection, ConnError> {
        let mut connection = self;
        if let Some((user, password)) = target.login() {
            let mut auth = vec![b"AUTH".to_vec()];
            auth.extend(user.map(|user| user.as_bytes().to_vec()));
            auth.push(password.as_bytes().to_vec());
            connection.login(&auth).await?;
        }
        if target.db() != 0 {
            let select = [b"SELECT".to_vec(), target.db().to_string().into_bytes()];
            connection.login(&select).await?;
        }
        Ok(connection)
    }

    async fn login(&mut self, argv: &[Vec<u8>]) -> Result<(), ConnError> {
        match self.call(argv).await? {
            Reply::Error(text) => Err(ConnError::Login(text)),
            _ => Ok(()),
        }
    }

    /// Opens the byte stream only: no login, database 0. `stop` ends its waits.
    ///
    /// # Errors
    /// When the server cannot be reached within `limit`.
    pub async fn open(
        endpoint: &Endpoint,
        limit: Duration,
        stop: Stop,
    ) -> Result<Connection, ConnError> {
        Ok(Connection::over(dial(endpoint, limit).await?, stop))
    }

    /// A connection whose bytes go through this stream: no login, database 0.
    /// `stop` ends its waits.
    pub fn over(stream: Box<dyn Stream>, stop: Stop) -> Connection {
        Connection {
            stream,
            decoder: Decoder::new(),
            inbox: Vec::new(),
            at: 0,
            outbox: Vec::new(),
            stop,
            tap: None,
        }
    }

    /// Shows every byte of both directions to `tap` from now on; `None` stops.
    pub fn set_tap(&mut self, tap: Option<WireTap>) {
        self.tap = tap;
    }

    /// Puts a command into the outgoing buffer; [`Connection::flush`] sends it.
    pub fn queue<A: AsRef<[u8]>>(&mut self, argv: &[A]) {
        encode_command(argv, &mut self.outbox);
    }

    /// Sends what is queued.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn flush(&mut self) -> Result<(), ConnError> {
        if self.outbox.is_empty() {
            return Ok(());
        }
        if let Some(tap) = &mut self.tap {
            tap(Direction::Sent, &self.outbox);
        }
        let sent = async {
            self.stream.write_all(&self.outbox).await?;
            self.stream.flush().await
        };
        self.stop.or(sent).await??;
        self.outbox.clear();
        // A huge command must not keep its memory for the connection's life.
        self.outbox.shrink_to(64 * 1024);
        Ok(())
    }

    /// Waits for the next reply (or push). Cancel-safe: what was read so far
    /// stays with the connection.
    ///
    /// # Errors
    /// When the connection fails or ends.
    pub async fn receive(&mut self) -> Result<Reply, ConnError> {
        loop {
            if let Some(reply) = self.try_receive()? {
                return Ok(reply);
            }
            self.inbox.reserve(16 * 1024);
            let before = self.inbox.len();
            if self
                .stop
                .or(self.stream.read_buf(&mut self.inbox))
                .await??
                == 0
            {
                return Err(ConnError::Closed);
            }
            if let Some(tap) = &mut self.tap {
                tap(Direction::Received, &self.inbox[before..]);
            }
        }
    }

    /// Waits for a reply as [`Connection::receive`] does. The reply usually
    /// comes at once: [`Stop::late`] hears of it otherwise.
    ///
    /// # Errors
    /// When the connection fails or ends.
    pub async fn receive_reply(&mut self) -> Result<Reply, ConnError> {
        if let Some(reply) = self.try_receive()? {
            return Ok(reply);
        }
        let stop = self.stop.clone();
        stop.or_late(self.receive()).await?
    }

    /// A reply that has already arrived in full, without waiting.
    ///
    /// # Errors
    /// When the bytes are not RESP.
    pub fn try_receive(&mut self) -> Result<Option<Reply>, ConnError> {
        let (used, reply) = self
            .decoder
            .decode(&self.inbox[self.at..])
            .map_err(ConnError::Protocol)?;
        self.at += used;
        if self.at == self.inbox.len() {
            self.inbox.clear();
            self.inbox.shrink_to(64 * 1024);
            self.at = 0;
        } else if self.at > 64 * 1024 {
            self.inbox.drain(..self.at);
            self.at = 0;
        }
        Ok(reply)
    }

    /// Sends one command and waits for the next reply.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn call<A: AsRef<[u8]>>(&mut self, argv: &[A]) -> Result<Reply, ConnError> {
        self.queue(argv);
        match self.flush().await {
            Ok(()) => self.receive_reply().await,
            // A server that refuses a connection says why before it closes it.
            Err(error) => self.last_words().await.ok_or(error),
        }
    }

    /// What the server had sent before it ended the connection.
    async fn last_words(&mut self) -> Option<Reply> {
        match tokio::time::timeout(LAST_WORDS, self.receive()).await {
            Ok(Ok(reply)) => Some(reply),
            _ => None,
        }
    }
}

/// Opens the byte stream to a server.
///
/// # Errors
/// When the server cannot be reached within `limit`.
pub async fn dial(endpoint: &Endpoint, limit: Duration) -> Result<Box<dyn Stream>, ConnError> {
    let unreachable = |source| ConnError::Unreachable {
        target: endpoint.to_string(),
        source,
    };
    tokio::time::timeout(limit, stream::open(endpoint))
        .await
        .map_err(|_| unreachable(io::ErrorKind::TimedOut.into()))?
        .map_err(|failure| match failure {
            Failure::Connect(source) => unreachable(source),
            Failure::Tls(reason) => ConnError::Tls {
                target: Some(endpoint.to_string()),
                reason,
            },
        })
}

/// The first questions to a server, within its [`Target::connect_limit`].
///
/// # Errors
/// [`ConnError::Silent`] when they take longer, or their own.
pub async fn in_time<T>(
    target: &Target,
    questions: impl Future<Output = Result<T, ConnError>>,
) -> Result<T, ConnError> {
    let limit = target.connect_limit();
    let answered = tokio::time::timeout(limit, questions).await;
    answered.unwrap_or_else(|_| {
        Err(ConnError::Silent {
            target: target.to_string(),
            waited: limit,
        })
    })
}

/// How long the last words of a closed connection may take: they have been
/// sent already.
const LAST_WORDS: Duration = Duration::from_millis(200);

impl Session for Connection {
    async fn call(&mut self, argv: &[Vec<u8>]) -> Result<Reply, ConnError> {
        Connection::call(self, argv).await
    }
}
