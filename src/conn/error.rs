//! What can go wrong with a connection, told to people.

use super::stop::Pressed;
use super::stream;
use crate::error::system;
use catalog::lang::{Lang, Text};
use catalog::text;
use resp::codec::ProtocolError;
use std::io;
use std::time::Duration;

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
