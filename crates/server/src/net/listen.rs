//! The sockets the server listens on.

use super::stream::Stream;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

/// How many connections may wait to be accepted: `tcp-backlog`.
const BACKLOG: i32 = 511;

/// A socket that accepts connections.
#[derive(Debug)]
pub enum Listener {
    /// TCP.
    Tcp(mio::net::TcpListener),
    /// A Unix domain socket; the file is removed with the listener.
    #[cfg(unix)]
    Unix(mio::net::UnixListener, std::path::PathBuf),
}

/// A connection just accepted.
#[derive(Debug)]
pub struct Accepted {
    /// The socket.
    pub stream: Stream,
    /// The peer is on this machine.
    pub is_local: bool,
    /// The peer's address as CLIENT LIST shows it.
    pub addr: String,
    /// The local address.
    pub laddr: String,
}

impl Listener {
    /// Listens on a TCP address; port 0 lets the system choose. As in Redis,
    /// an address of IPv6 is for that alone.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn tcp(addr: SocketAddr) -> io::Result<Listener> {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
        if addr.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // Elsewhere it would let others take the port.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.bind(&addr.into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        let listener = mio::net::TcpListener::from_std(socket.into());
        Ok(Listener::Tcp(listener))
    }

    /// Listens on a Unix socket. A socket file nobody listens on any more is
    /// replaced.
    ///
    /// # Errors
    /// When somebody does listen there, or the path cannot be bound.
    #[cfg(unix)]
    pub fn unix(path: &std::path::Path) -> io::Result<Listener> {
        use std::os::unix::fs::FileTypeExt;
        let is_socket = std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_socket());
        if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
            std::fs::remove_file(path)?;
        }
        mio::net::UnixListener::bind(path).map(|l| Listener::Unix(l, path.to_owned()))
    }

    /// The TCP address listened on.
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        match self {
            Listener::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(unix)]
            Listener::Unix(..) => None,
        }
    }

    /// Accepts one connection.
    ///
    /// # Errors
    /// `WouldBlock` when there is none; anything else is passed through.
    pub fn accept(&self) -> io::Result<Accepted> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, addr) = listener.accept()?;
                // Without it a reply may wait for the peer's acknowledgement.
                let _ = stream.set_nodelay(true);
                let laddr = stream.local_addr().map(|a| a.to_string());
                Ok(Accepted {
                    is_local: addr.ip().to_canonical().is_loopback(),
                    addr: addr.to_string(),
                    laddr: laddr.unwrap_or_default(),
                    stream: Stream::Tcp(stream),
                })
            }
            #[cfg(unix)]
            Listener::Unix(listener, path) => {
                let (stream, _) = listener.accept()?;
                let addr = format!("{}:0", path.display());
                Ok(Accepted {
                    is_local: true,
                    addr: addr.clone(),
                    laddr: addr,
                    stream: Stream::Unix(stream),
                })
            }
        }
    }

    /// The socket to register.
    pub fn source(&mut self) -> &mut dyn mio::event::Source {
        match self {
            Listener::Tcp(listener) => listener,
            #[cfg(unix)]
            Listener::Unix(listener, _) => listener,
        }
    }
}

/// An address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Where.
    pub addr: SocketAddr,
    /// There may be no such address here.
    pub optional: bool,
}

/// The addresses that `bind` names: `*` is every one of IPv4, `::*` every one
/// of IPv6, and one after a `-` may be missing. Port 0 is nowhere.
///
/// # Errors
/// When a name is nobody's.
pub fn addresses(bind: &str, port: u16) -> io::Result<Vec<Address>> {
    let mut found = Vec::new();
    if port == 0 {
        return Ok(found);
    }
    for word in bind.split_ascii_whitespace() {
        let (word, optional) = match word.strip_prefix('-') {
            Some(word) => (word, true),
            None => (word, false),
        };
        let addr = match word {
            "*" => Ok((Ipv4Addr::UNSPECIFIED, port).into()),
            "::*" => Ok((Ipv6Addr::UNSPECIFIED, port).into()),
            name => (name, port)
                .to_socket_addrs()
                .and_then(|mut addrs| addrs.next().ok_or(io::ErrorKind::NotFound.into())),
        };
        match addr {
            Ok(addr) => found.push(Address { addr, optional }),
            Err(_) if optional => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Listens on all of them.
///
/// # Errors
/// When one that may not be missing cannot be bound.
pub fn open(addresses: &[Address]) -> io::Result<Vec<Listener>> {
    let mut opened = Vec::new();
    for Address { addr, optional } in addresses {
        match Listener::tcp(*addr) {
            Ok(listener) => opened.push(listener),
            Err(error) if *optional && error.kind() != io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error),
        }
    }
    Ok(opened)
}

impl Drop for Listener {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Listener::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_named_as_in_redis() {
        let found = |bind, port| {
            let found = addresses(bind, port).expect("addresses");
            let shown = |a: &Address| format!("{}{}", if a.optional { "-" } else { "" }, a.addr);
            found.iter().map(shown).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("* -::*", 7000), "0.0.0.0:7000 -[::]:7000");
        assert_eq!(found("127.0.0.1  ::1", 1), "127.0.0.1:1 [::1]:1");
        assert_eq!(found("-no address", 0), "");
        assert_eq!(found("", 7000), "");
        assert!(addresses("999.999.999.999", 7000).is_err());
    }
}
