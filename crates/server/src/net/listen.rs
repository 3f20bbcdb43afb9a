//! The sockets the server listens on.

use super::stream::Stream;
use std::io;
use std::net::SocketAddr;

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
    /// The peer's address as CLIENT LIST shows it.
    pub addr: String,
    /// The local address.
    pub laddr: String,
}

impl Listener {
    /// Listens on a TCP address; port 0 lets the system choose.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn tcp(addr: SocketAddr) -> io::Result<Listener> {
        mio::net::TcpListener::bind(addr).map(Listener::Tcp)
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

impl Drop for Listener {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Listener::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}
