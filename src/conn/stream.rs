//! The byte stream of a connection: TCP, TLS or a Unix socket.

use super::Stream;
use super::target::Endpoint;
use std::fmt;
use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;

/// What TLS has to complain about in a failure of a stream, if it has.
pub(super) fn tls_fault(error: &io::Error) -> Option<String> {
    let fault = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(fault.to_string())
}

/// At which stage opening a stream failed.
pub(super) enum Failure {
    /// The server could not be reached.
    Connect(io::Error),
    /// The TLS handshake failed: the reason.
    Tls(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Connect(error)
    }
}

/// Opens the byte stream to a server.
///
/// # Errors
/// When it cannot be reached, or the TLS handshake fails.
pub(super) async fn open(endpoint: &Endpoint) -> Result<Box<dyn Stream>, Failure> {
    match endpoint {
        Endpoint::Tcp { host, port } => Ok(Box::new(open_tcp(host, *port).await?)),
        Endpoint::Tls { host, port, tls } => {
            let failed = |error: &dyn fmt::Display| Failure::Tls(error.to_string());
            let config = tls.config().map_err(|error| failed(&error))?;
            let name = rustls::pki_types::ServerName::try_from(host.clone())
                .map_err(|error| failed(&error))?;
            let tcp = open_tcp(host, *port).await?;
            let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
            let stream = connector.connect(name, tcp).await;
            Ok(Box::new(stream.map_err(|error| failed(&error))?))
        }
        #[cfg(unix)]
        Endpoint::Unix(path) => Ok(Box::new(tokio::net::UnixStream::connect(path).await?)),
        #[cfg(not(unix))]
        Endpoint::Unix(_) => Err(Failure::Connect(io::Error::new(
            io::ErrorKind::Unsupported,
            "this system has no Unix sockets",
        ))),
    }
}

async fn open_tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
