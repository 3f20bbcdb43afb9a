//! A client's socket: TCP, or a Unix socket where there is such a thing.

use mio::event::Source;
use mio::{Interest, Registry, Token};
use std::io::{self, Read, Write};

/// A connected, non-blocking socket.
#[derive(Debug)]
pub enum Stream {
    /// TCP.
    Tcp(mio::net::TcpStream),
    /// A Unix domain socket.
    #[cfg(unix)]
    Unix(mio::net::UnixStream),
}

impl Stream {
    /// Whether it is a Unix socket.
    pub fn is_unix(&self) -> bool {
        !matches!(self, Stream::Tcp(_))
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.read(buf),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.write(buf),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Source for Stream {
    fn register(&mut self, r: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        match self {
            Stream::Tcp(stream) => stream.register(r, token, interests),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.register(r, token, interests),
        }
    }

    fn reregister(&mut self, r: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        match self {
            Stream::Tcp(stream) => stream.reregister(r, token, interests),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.reregister(r, token, interests),
        }
    }

    fn deregister(&mut self, r: &Registry) -> io::Result<()> {
        match self {
            Stream::Tcp(stream) => stream.deregister(r),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.deregister(r),
        }
    }
}
