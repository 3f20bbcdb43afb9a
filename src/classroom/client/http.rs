//! Speaking HTTP with the class: one connection that is kept for the next
//! request, an answer in time or none, and why there is none.

use super::Address;
use crate::conn::Tls;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use catalog::lang::Text;
use catalog::text;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// How long an answer may take to begin, and to end.
const ANSWERING: Duration = Duration::from_secs(8);

/// The largest answer that is read; a progress file has at most a quarter.
const LARGEST: usize = 1024 * 1024;

/// What is shown of a sentence that somebody else's program has sent.
const SENTENCE: usize = 300;

/// Why there is no answer, or which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The name in the address is none.
    Unknown,
    /// The machine is there, and refuses.
    Refused,
    /// The machine cannot be reached, as the system says.
    Unreachable(String),
    /// No answer came in time: packets are dropped on the way.
    Late,
    /// The connection broke off.
    Broken(String),
    /// TLS failed: the reason.
    Tls(String),
    /// The class says no: the status, its sentence, and when to ask again.
    Denied {
        /// The status.
        status: StatusCode,
        /// Its sentence, in the seat's language.
        why: String,
        /// When it may be asked again.
        again: Option<Duration>,
    },
    /// Something answers there that is no class.
    Foreign,
}

impl Fault {
    /// Whether asking again may help: nothing was said for good.
    pub fn passes(&self) -> bool {
        match self {
            Fault::Denied { status, .. } => {
                *status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
            }
            // A proxy's page says so while the class behind it is away.
            _ => true,
        }
    }

    /// Whether somebody else has what was asked for.
    pub fn is_taken(&self) -> bool {
        matches!(self, Fault::Denied { status, .. } if *status == StatusCode::CONFLICT)
    }

    /// The class's sentence where something that was typed is wrong and may be
    /// typed again; and whether that is a secret: the code, or the PIN.
    pub fn mistyped(&self) -> Option<(&str, bool)> {
        match self {
            Fault::Denied { status, why, .. } if matches!(status.as_u16(), 400 | 403 | 409) => {
                Some((why, *status == StatusCode::FORBIDDEN))
            }
            _ => None,
        }
    }

    /// Whether the class no longer knows the token.
    pub fn is_unknown_token(&self) -> bool {
        matches!(self, Fault::Denied { status, .. } if *status == StatusCode::UNAUTHORIZED)
    }

    /// It in words, and what to do about it.
    pub fn in_words(&self, address: &Address) -> (Text, Option<Text>) {
        let host = &address.host;
        let hotspot = || {
            text!(
                "is the address right, and are you in the same network? Many schools' Wi-Fi keeps devices apart: redis-lab classroom check, on the teacher's machine, says what blocks",
                "czy adres się zgadza i czy to ta sama sieć? Szkolne Wi-Fi często oddziela urządzenia od siebie: redis-lab classroom check na komputerze nauczyciela powie, co blokuje"
            )
        };
        match self {
            Fault::Unknown => (
                text!(
                    "there is no machine called {host}",
                    "nie ma komputera o nazwie {host}"
                ),
                Some(text!(
                    "take the address with numbers from the teacher's screen",
                    "weź z ekranu nauczyciela adres z liczbami"
                )),
            ),
            Fault::Refused => (
                text!("{host} refuses the connection", "{host} odrzuca połączenie"),
                Some(text!(
                    "has the class begun, and is the port right?",
                    "czy klasa już działa i czy port się zgadza?"
                )),
            ),
            Fault::Unreachable(why) => (
                text!(
                    "{host} cannot be reached: {why}",
                    "{host} jest poza zasięgiem: {why}"
                ),
                Some(hotspot()),
            ),
            Fault::Late => (
                text!("no answer from {host}", "{host} nie odpowiada"),
                Some(hotspot()),
            ),
            Fault::Broken(why) => (
                text!(
                    "the connection to {host} broke off: {why}",
                    "połączenie z {host} zerwało się: {why}"
                ),
                None,
            ),
            Fault::Tls(why) => (
                text!(
                    "TLS with {host} failed: {why}",
                    "TLS z {host} nie działa: {why}"
                ),
                Some(text!(
                    "--cacert FILE trusts the certificate of a school",
                    "--cacert PLIK zaufa certyfikatowi szkoły"
                )),
            ),
            Fault::Denied { why, .. } => (Text::same(why.clone()), None),
            Fault::Foreign => (
                text!(
                    "{address} is no class of redis-lab",
                    "{address} to nie jest klasa redis-lab"
                ),
                Some(text!(
                    "take the address from the teacher's screen, with its port",
                    "weź adres z ekranu nauczyciela, razem z portem"
                )),
            ),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Fault::Refused,
            io::ErrorKind::TimedOut => Fault::Late,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Fault::Unreachable(error.to_string())
            }
            _ => Fault::Broken(error.to_string()),
        }
    }
}

impl From<hyper::Error> for Fault {
    fn from(error: hyper::Error) -> Fault {
        if error.is_parse() {
            Fault::Foreign
        } else {
            Fault::Broken(error.to_string())
        }
    }
}

/// A question for the class.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// Below the class's address.
    pub(super) path: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) body: Option<Bytes>,
}

impl<'a> Ask<'a> {
    pub(super) fn get(path: &'a str, token: Option<&'a str>) -> Ask<'a> {
        Ask {
            method: Method::GET,
            path,
            token,
            body: None,
        }
    }

    pub(super) fn post(path: &'a str, token: Option<&'a str>, body: &Value) -> Ask<'a> {
        Ask {
            method: Method::POST,
            path,
            token,
            body: Some(Bytes::from(body.to_string())),
        }
    }
}

/// A client of one class. It may be cloned; each clone has a connection of its
/// own.
#[derive(Debug)]
pub struct Http {
    address: Address,
    tls: Tls,
    kept: Option<SendRequest<Body>>,
}

impl Clone for Http {
    fn clone(&self) -> Http {
        Http::new(self.address.clone(), self.tls.clone())
    }
}

impl Http {
    /// A client that is not connected yet.
    pub fn new(address: Address, tls: Tls) -> Http {
        Http {
            address,
            tls,
            kept: None,
        }
    }

    /// Where the class is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Asks, and gives the JSON that is answered. What is asked may have to be
    /// asked again on a new connection: it must be harmless twice.
    ///
    /// # Errors
    /// As [`Fault`] says.
    pub(super) async fn ask(&mut self, ask: &Ask<'_>) -> Result<Value, Fault> {
        self.ask_for(ask, ANSWERING).await
    }

    /// The same for what is not harmless twice: on a connection of its own, and
    /// asked once.
    ///
    /// # Errors
    /// As [`Fault`] says.
    pub(super) async fn ask_anew(&mut self, ask: &Ask<'_>) -> Result<Value, Fault> {
        self.kept = None;
        self.ask_once(ask, ANSWERING).await
    }

    /// The same, with another limit of time for the answer.
    pub(super) async fn ask_for(&mut self, ask: &Ask<'_>, limit: Duration) -> Result<Value, Fault> {
        let is_kept = self.kept.as_ref().is_some_and(|kept| !kept.is_closed());
        match self.ask_once(ask, limit).await {
            // The other side had ended the connection meanwhile.
            Err(Fault::Broken(_)) if is_kept => self.ask_once(ask, limit).await,
            answer => answer,
        }
    }

    async fn ask_once(&mut self, ask: &Ask<'_>, limit: Duration) -> Result<Value, Fault> {
        let mut sender = self.connected().await?;
        let request = self.request(ask, "application/json");
        let answered = async {
            let answer = sender.send_request(request).await?;
            let (head, body) = answer.into_parts();
            let read = to_bytes(Body::new(body), LARGEST).await;
            let body = read.map_err(|error| Fault::Broken(error.to_string()))?;
            Ok((head, body))
        };
        let (head, body) = match timeout(limit, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(fault)) => return Err(fault),
            Err(_) => return Err(Fault::Late),
        };
        self.kept = Some(sender);
        let json = serde_json::from_slice::<Value>(&body).ok();
        if head.status.is_success() {
            return json.filter(Value::is_object).ok_or(Fault::Foreign);
        }
        Err(denied(&head, json))
    }

    /// Begins to hear events: the answer's head has come, and is a stream's.
    pub(super) async fn stream(&self, ask: &Ask<'_>) -> Result<Body, Fault> {
        let mut sender = timeout(CONNECTING, self.connect())
            .await
            .map_err(|_| Fault::Late)??;
        let request = self.request(ask, "text/event-stream");
        let answer = timeout(ANSWERING, sender.send_request(request));
        let answer = answer.await.map_err(|_| Fault::Late)??;
        let is_stream = is_of_type(&answer, "text/event-stream");
        let (head, body) = answer.into_parts();
        match (head.status.is_success(), is_stream) {
            (true, true) => Ok(Body::new(body)),
            (true, false) => Err(Fault::Foreign),
            (false, _) => Err(denied(&head, None)),
        }
    }

    fn request(&self, ask: &Ask<'_>, accept: &str) -> Request<Body> {
        let mut request = Request::new(match &ask.body {
            Some(body) => Body::from(body.clone()),
            None => Body::empty(),
        });
        *request.method_mut() = ask.method.clone();
        // A path of ours, below one that was read from an address: it parses.
        *request.uri_mut() = self.address.path(ask.path).parse().unwrap_or_default();
        let mut put = |name: header::HeaderName, value: String| {
            if let Ok(value) = value.parse() {
                request.headers_mut().insert(name, value);
            }
        };
        put(header::HOST, self.address.authority());
        put(header::ACCEPT, accept.to_owned());
        if ask.body.is_some() {
            put(header::CONTENT_TYPE, "application/json".to_owned());
        }
        if let Some(token) = ask.token {
            put(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request
    }

    /// The connection of before, or a new one.
    async fn connected(&mut self) -> Result<SendRequest<Body>, Fault> {
        if let Some(mut kept) = self.kept.take()
            && kept.ready().await.is_ok()
        {
            return Ok(kept);
        }
        timeout(CONNECTING, self.connect())
            .await
            .map_err(|_| Fault::Late)?
    }

    async fn connect(&self) -> Result<SendRequest<Body>, Fault> {
        let Address {
            tls, host, port, ..
        } = &self.address;
        let found = tokio::net::lookup_host((host.as_str(), *port)).await;
        let addresses: Vec<_> = found.map_err(|_| Fault::Unknown)?.collect();
        let stream = TcpStream::connect(&*addresses).await?;
        stream.set_nodelay(true)?;
        if !tls {
            return begin(stream).await;
        }
        let failed = |error: &dyn std::fmt::Display| Fault::Tls(error.to_string());
        let config = self.tls.config().map_err(|error| failed(&error))?;
        let name = rustls::pki_types::ServerName::try_from(host.clone())
            .map_err(|error| failed(&error))?;
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = connector.connect(name, stream).await;
        begin(stream.map_err(|error| failed(&error))?).await
    }
}

/// Speaks HTTP on a byte stream; it is driven in the background.
async fn begin<S>(stream: S) -> Result<SendRequest<Body>, Fault>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // How it ends is told to whoever waits for an answer on it.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

fn is_of_type(answer: &Response<Incoming>, kind: &str) -> bool {
    let value = answer.headers().get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.starts_with(kind))
}

/// What is said by an answer that is no success.
fn denied(head: &axum::http::response::Parts, json: Option<Value>) -> Fault {
    let why = json.as_ref().and_then(|json| json["error"].as_str());
    let again = head.headers.get(header::RETRY_AFTER);
    let again = again.and_then(|value| value.to_str().ok()?.parse().ok());
    let status = head.status;
    match why {
        Some(why) => Fault::Denied {
            status,
            why: why.chars().take(SENTENCE).collect(),
            again: again.map(Duration::from_secs),
        },
        // Whoever says no without a sentence is a proxy or another page.
        None => {
            if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
                Fault::Broken(status.to_string())
            } else {
                Fault::Foreign
            }
        }
    }
}
