//! Connections to other servers, for MIGRATE.
//!
//! The thread that executes commands does the talking and waits for the
//! answers, as Redis does: MIGRATE is atomic because nothing else can happen
//! meanwhile, and its timeout bounds how long that is. A connection is kept
//! for some seconds, since keys tend to be moved one after another.

use crate::state::FastMap;
use resp::codec::encode_command;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How many connections are kept.
const MOST: usize = 64;

/// How long one is kept unused, milliseconds.
const KEPT_MS: i64 = 10_000;

/// The longest line read as a reply, bytes.
const LONGEST_LINE: u64 = 1023;

/// The connections kept, by `host:port` as it was given.
#[derive(Debug, Default)]
pub struct Peers(FastMap<Vec<u8>, Peer>);

/// A connection to another server.
#[derive(Debug)]
pub struct Peer {
    stream: BufReader<TcpStream>,
    /// The database selected there, if known.
    pub db: Option<i64>,
    /// When it was last used, milliseconds since 1970.
    used: i64,
}

impl Peer {
    /// Connects.
    ///
    /// # Errors
    /// `NotFound` when there is no such host; when it does not answer in time
    /// or refuses.
    fn connect(host: &[u8], port: u16, timeout: Duration) -> io::Result<Peer> {
        let unknown = || io::Error::from(ErrorKind::NotFound);
        let host = std::str::from_utf8(host).map_err(|_| unknown())?;
        let mut result = Err(unknown());
        for addr in (host, port).to_socket_addrs().map_err(|_| unknown())? {
            result = TcpStream::connect_timeout(&addr, timeout);
            if result.is_ok() {
                break;
            }
        }
        let stream = result?;
        stream.set_nodelay(true)?;
        Ok(Peer {
            stream: BufReader::new(stream),
            db: None,
            used: 0,
        })
    }

    /// Sends commands.
    ///
    /// # Errors
    /// When the connection fails, or `timeout` is over.
    pub fn send(&mut self, commands: &[u8], timeout: Duration) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.set_write_timeout(Some(timeout))?;
        stream.write_all(commands)
    }

    /// One line of a reply, without its end.
    ///
    /// # Errors
    /// When the connection fails or is closed, or `timeout` is over.
    pub fn line(&mut self, timeout: Duration) -> io::Result<Vec<u8>> {
        self.stream.get_mut().set_read_timeout(Some(timeout))?;
        let mut line = Vec::new();
        (&mut self.stream)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(line)
    }
}

/// Whether a socket operation failed because it took too long.
pub fn timed_out(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Commands for another server.
#[derive(Debug, Default)]
pub struct Commands(pub Vec<u8>);

impl Commands {
    /// Adds one.
    pub fn push(&mut self, argv: &[&[u8]]) {
        encode_command(argv, &mut self.0);
    }
}

/// A host and a port as one name.
fn name(host: &[u8], port: &[u8]) -> Vec<u8> {
    [host, b":", port].concat()
}

/// The number a text begins with, as C reads a port.
fn leading_number(text: &[u8]) -> Option<u16> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = std::str::from_utf8(&text[..digits]).ok()?;
    digits.parse().ok()
}

impl Peers {
    /// The connection to a server: one that was kept, or a new one. To be
    /// given back with [`Peers::keep`] unless it fails.
    ///
    /// # Errors
    /// `NotFound` when there is no such host; when it does not answer in time
    /// or refuses.
    pub fn take(&mut self, host: &[u8], port: &[u8], timeout: Duration) -> io::Result<Peer> {
        if let Some(peer) = self.0.remove(&name(host, port)) {
            return Ok(peer);
        }
        Peer::connect(host, leading_number(port).unwrap_or(0), timeout)
    }

    /// Keeps a connection for a while from now (milliseconds since 1970) on.
    pub fn keep(&mut self, host: &[u8], port: &[u8], mut peer: Peer, now: i64) {
        if self.0.len() >= MOST {
            self.close_oldest();
        }
        peer.used = now;
        self.0.insert(name(host, port), peer);
    }

    fn close_oldest(&mut self) {
        let oldest = self.0.iter().min_by_key(|(_, peer)| peer.used);
        if let Some(name) = oldest.map(|(name, _)| name.clone()) {
            self.0.remove(&name);
        }
    }

    /// Closes the connections that have not been used for some time.
    pub fn close_idle(&mut self, now: i64) {
        self.0.retain(|_, peer| peer.used + KEPT_MS > now);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// When the next connection is to be closed, milliseconds since 1970.
    pub fn next_idle(&self) -> Option<i64> {
        self.0.values().map(|peer| peer.used + KEPT_MS).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_is_the_number_a_text_begins_with() {
        assert_eq!(leading_number(b"6379x"), Some(6379));
        assert_eq!(leading_number(b"x"), None);
        assert_eq!(leading_number(b"65536"), None);
    }

    #[test]
    fn a_reply_is_read_to_the_end_of_its_line() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let second = Duration::from_secs(1);
        let mut peer = Peer::connect(b"127.0.0.1", port, second).unwrap();
        let (mut other, _) = listener.accept().unwrap();
        other.write_all(b"+OK\r\n-ERR no\r\n+half").unwrap();
        drop(other);
        assert_eq!(peer.line(second).unwrap(), b"+OK");
        assert_eq!(peer.line(second).unwrap(), b"-ERR no");
        let error = peer.line(second).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn silence_is_a_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut peer = Peer::connect(b"127.0.0.1", port, Duration::from_secs(1)).unwrap();
        let error = peer.line(Duration::from_millis(5)).unwrap_err();
        assert!(timed_out(&error));
    }
}
