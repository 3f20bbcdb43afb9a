//! One connection: a byte stream, the RESP decoder, and the login.

use super::stop::{Pressed, Stop};
use super::stream::{self, Failure};
use super::{Endpoint, Session, Stream, Target};
use crate::error::system;
use catalog::lang::{Lang, Text};
use catalog::text;
use resp::Reply;
use resp::codec::{Decoder, ProtocolError, encode_command};
use std::fmt;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A failed connection. A server's error reply is not one of these.
#[derive(Debug)]
pub enum ConnError {
    /// The server could not be reached.
    Unreachable {
        /// The address tried, without login.
        target: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The server was reached, and the TLS handshake failed.
    Tls {
        /// The address, without login; `None` when the server ends a
        /// connection that was made, since it wants a certificate of ours.
        target: Option<String>,
        /// What is wrong with the certificate, or with the handshake.
        reason: String,
    },
    /// The server was reached and did not answer the login in time: it is
    /// stopped, busy, or no Redis.
    Silent {
        /// The address, without login.
        target: String,
        /// How long was waited.
        waited: Duration,
    },
    /// None of the sentinels knows this master.
    NoMaster(String),
    /// The server was reached and refused the login or the database.
    Login(String),
    /// Ctrl-C ended the wait for the server.
    Stopped,
    /// The connection ended.
    Closed,
    /// Reading or writing failed.
    Io(io::Error),
    /// What the server sent is not RESP.
    Protocol(ProtocolError),
}

impl ConnError {
    /// What went wrong, in the learner's language.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            ConnError::Unreachable { target, source } => text!(
                lang,
                "no server at {target}: {}",
                "pod {target} nie ma serwera: {}",
                system(source, lang)
            ),
            ConnError::Tls { target, reason } => {
                let target = target.as_deref();
                let to = target.map(|target| lang.pick(" to ", " z ").to_owned() + target);
                let to = to.unwrap_or_default();
                text!(
                    lang,
                    "no TLS connection{to}: {reason}",
                    "nie udało się połączyć przez TLS{to}: {reason}"
                )
            }
            ConnError::Silent { target, waited } => {
                let seconds = lang.decimal(waited.as_secs_f64(), 0);
                text!(
                    lang,
                    "{target} took the connection and has not answered for {seconds} s",
                    "{target} przyjął połączenie i nie odpowiada od {seconds} s"
                )
            }
            ConnError::NoMaster(name) => text!(
                lang,
                "none of the sentinels knows a master \"{name}\"",
                "żaden z sentineli nie zna mastera „{name}”"
            ),
            ConnError::Login(text) if is_refusal(text) => text!(
                lang,
                "the server does not let us in: {text}",
                "serwer nas nie wpuszcza: {text}"
            ),
            ConnError::Login(text) => text!(
                lang,
                "the server refused the login: {text}",
                "serwer odrzucił logowanie: {text}"
            ),
            ConnError::Stopped => lang
                .pick(
                    "given up while waiting for the server",
                    "porzucono czekanie na serwer",
                )
                .to_owned(),
            ConnError::Closed => lang
                .pick(
                    "the server closed the connection",
                    "serwer zamknął połączenie",
                )
                .to_owned(),
            ConnError::Io(error) => text!(
                lang,
                "the connection was lost: {}",
                "połączenie zostało zerwane: {}",
                system(error, lang)
            ),
            ConnError::Protocol(error) => lang.pick(
                error.to_string(),
                format!("bajtów z serwera nie da się odczytać: {}", in_polish(error)),
            ),
        }
    }

    /// How to mend it.
    fn advice(&self) -> Text {
        match self {
            ConnError::Unreachable { .. } => text!(
                "is it running, and is the address right? Without --url redis-lab starts a server of its own",
                "czy serwer działa, a adres jest dobry? Bez --url redis-lab uruchamia własny serwer",
            ),
            ConnError::Tls { .. } => text!(
                "a certificate of a private authority needs --cacert FILE, a server that asks for one of yours --tls-cert FILE and --tls-key FILE; --insecure trusts any",
                "certyfikat prywatnego urzędu wymaga --cacert PLIK, a serwer, który prosi o twój certyfikat, --tls-cert PLIK i --tls-key PLIK; --insecure ufa każdemu",
            ),
            ConnError::Silent { .. } => text!(
                "is it stopped or very busy, or something else than Redis? --connect-timeout TIME waits longer",
                "czy jest zatrzymany, bardzo zajęty, a może to nie Redis? --connect-timeout CZAS każe czekać dłużej",
            ),
            ConnError::NoMaster(_) => text!(
                "do the sentinels run, and is that the name they give the master?",
                "czy sentinele działają i czy tak nazywają mastera?",
            ),
            ConnError::Login(text) if text.starts_with("DENIED") => text!(
                "what it says can be done on the server's machine; a password is the safe way",
                "to, co mówi, można zrobić na maszynie serwera; bezpieczny sposób to hasło",
            ),
            ConnError::Login(text) if is_refusal(text) => text!(
                "other clients have to leave first, or maxclients has to be raised",
                "najpierw inni klienci muszą się rozłączyć albo trzeba podnieść maxclients",
            ),
            ConnError::Login(_) => text!(
                "check user, password and database in the URL",
                "sprawdź użytkownika, hasło i numer bazy w adresie URL",
            ),
            ConnError::Protocol(_) => text!(
                "is it Redis that listens there? A server with TLS wants rediss://",
                "czy pod tym adresem słucha Redis? Serwer z TLS wymaga rediss://",
            ),
            ConnError::Stopped | ConnError::Closed | ConnError::Io(_) => {
                text!(
                    "run the command again; nothing was written outside the lab's own keys",
                    "uruchom polecenie jeszcze raz; poza kluczami lab: nic nie zostało zapisane",
                )
            }
        }
    }
}

impl From<io::Error> for ConnError {
    fn from(error: io::Error) -> Self {
        if let Some(reason) = stream::tls_fault(&error) {
            return ConnError::Tls {
                target: None,
                reason,
            };
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe => ConnError::Closed,
            _ => ConnError::Io(error),
        }
    }
}

impl From<Pressed> for ConnError {
    fn from(_: Pressed) -> Self {
        ConnError::Stopped
    }
}

impl From<ConnError> for crate::error::Error {
    fn from(error: ConnError) -> Self {
        crate::error::Error::server(Text::in_each(|lang| error.text(lang))).hint(error.advice())
    }
}

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
        if let Some(password) = target.password() {
            let mut auth = vec![b"AUTH".to_vec()];
            auth.extend(target.username().map(|user| user.as_bytes().to_vec()));
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

/// Why bytes are not RESP, in Polish; in English they say it themselves.
fn in_polish(error: &ProtocolError) -> String {
    match error {
        ProtocolError::TooDeep => "odpowiedź jest za głęboko zagnieżdżona".to_owned(),
        ProtocolError::EndlessLine => "wiersz bez końca".to_owned(),
        ProtocolError::Streamed(header) => {
            format!("odpowiedź w strumieniu ({header}), a tych Redis nie wysyła")
        }
        ProtocolError::Number(text) => format!("{text:?} zamiast liczby"),
        ProtocolError::Boolean(text) => format!("{text:?} zamiast prawdy albo fałszu"),
        ProtocolError::Elements(count) => format!("zła liczba elementów: {count}"),
        ProtocolError::Bytes(length) => format!("zła długość napisu: {length}"),
        ProtocolError::EndlessBulk => "napis bez końca".to_owned(),
        ProtocolError::NoFormat => "napis dosłowny bez formatu".to_owned(),
        ProtocolError::Kind(first) => format!("odpowiedź zaczyna się od {first:?}"),
    }
}

/// Whether this error means that the server wants no connection with us: too
/// many clients, or protected mode.
pub fn is_refusal(error: &str) -> bool {
    error.starts_with("DENIED") || error.starts_with("ERR max number of clients")
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
