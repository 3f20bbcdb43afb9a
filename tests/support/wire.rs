//! A connection that sends commands and keeps replies as raw bytes.

use resp::Reply;
use resp::codec::{Decoder, encode_command};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long a reply may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A reply: the bytes, and what they mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// As they came.
    pub raw: Vec<u8>,
    /// Decoded; `None` when the connection was closed instead.
    pub reply: Option<Reply>,
}

impl Answer {
    /// Whether none came in time.
    pub fn is_late(&self) -> bool {
        self.raw.starts_with(LATE)
    }
}

/// What an answer begins with that did not come.
const LATE: &[u8] = b"<no reply: ";

/// One connection.
pub struct Wire {
    stream: UnixStream,
    input: Vec<u8>,
}

impl Wire {
    /// Connects to a Unix socket.
    pub fn connect(socket: &Path) -> Wire {
        let stream = UnixStream::connect(socket).expect("the server listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a read timeout");
        Wire {
            stream,
            input: Vec::new(),
        }
    }

    /// Sends one command.
    pub fn send<A: AsRef<[u8]>>(&mut self, argv: &[A]) {
        let mut bytes = Vec::new();
        encode_command(argv, &mut bytes);
        self.send_raw(&bytes);
    }

    /// Sends bytes as they are. A server that has closed the connection is
    /// noticed by the next [`Wire::receive`].
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// What has arrived and was not received.
    pub fn unread(&mut self) -> &[u8] {
        let mut chunk = vec![0; 64 * 1024];
        let blocking = |stream: &UnixStream, is: bool| stream.set_nonblocking(!is);
        blocking(&self.stream, false).expect("a socket that does not block");
        while let Ok(n) = self.stream.read(&mut chunk)
            && n > 0
        {
            self.input.extend_from_slice(&chunk[..n]);
        }
        blocking(&self.stream, true).expect("a socket that blocks");
        &self.input
    }

    /// Waits for one reply (or push).
    pub fn receive(&mut self) -> Answer {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            if !self.input.is_empty() {
                let (used, reply) = Decoder::new()
                    .decode(&self.input)
                    .unwrap_or_else(|error| panic!("{error}: {:?}", show(&self.input)));
                if let Some(reply) = reply {
                    let raw = self.input.drain(..used).collect();
                    return Answer {
                        raw,
                        reply: Some(reply),
                    };
                }
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => {
                    return Answer {
                        raw: b"<closed>".to_vec(),
                        reply: None,
                    };
                }
                Ok(n) => self.input.extend_from_slice(&chunk[..n]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Answer {
                        raw: [LATE, error.kind().to_string().as_bytes(), b">"].concat(),
                        reply: None,
                    };
                }
            }
        }
    }

    /// Sends a command and waits for its reply.
    pub fn call<A: AsRef<[u8]>>(&mut self, argv: &[A]) -> Answer {
        self.send(argv);
        self.receive()
    }
}

/// Bytes for a failure message.
pub fn show(bytes: &[u8]) -> String {
    let text = bytes.escape_ascii().to_string();
    if text.len() > 2_000 {
        format!("{}... ({} bytes)", &text[..2_000], bytes.len())
    } else {
        text
    }
}
