//! MONITOR: showing commands to other clients as they are executed.

use crate::engine::ctx::Mode;
use crate::engine::redact::{REDACTED, secrets};
use crate::engine::server::Server;
use crate::state::ClientId;

impl Server {
    /// Shows a command to the clients that called MONITOR.
    pub(crate) fn feed_monitors(&mut self, id: ClientId, db: usize, mode: Mode, argv: &[&[u8]]) {
        let (kind, addr) = match (mode, self.clients.get(id)) {
            (Mode::Script, _) => ("", "lua"),
            // The socket's path, without what stands where a port would be.
            (_, Some(client)) if client.unix => (
                "unix:",
                client.laddr.strip_suffix(":0").unwrap_or(&client.laddr),
            ),
            (_, Some(client)) => ("", client.addr.as_str()),
            (_, None) => ("", ""),
        };
        let mut line = format!(
            "+{}.{:06} [{db} {kind}{addr}]",
            self.clock.micros() / 1_000_000,
            self.clock.micros() % 1_000_000
        )
        .into_bytes();
        let secret = secrets(argv);
        for (i, arg) in argv.iter().enumerate() {
            line.push(b' ');
            let shown = if secret.contains(&i) { REDACTED } else { arg };
            push_repr(&mut line, shown);
        }
        line.extend_from_slice(b"\r\n");
        for monitor in self.clients.monitors().to_vec() {
            self.push_to(monitor, |out| out.buf.extend_from_slice(&line));
        }
    }
}

/// Appends a string in double quotes with escapes, as MONITOR shows it.
fn push_repr(line: &mut Vec<u8>, bytes: &[u8]) {
    line.push(b'"');
    for byte in bytes {
        match byte {
            b'\\' | b'"' => line.extend_from_slice(&[b'\\', *byte]),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\t' => line.extend_from_slice(b"\\t"),
            0x07 => line.extend_from_slice(b"\\a"),
            0x08 => line.extend_from_slice(b"\\b"),
            b' '..=b'~' => line.push(*byte),
            other => line.extend_from_slice(format!("\\x{other:02x}").as_bytes()),
        }
    }
    line.push(b'"');
}
