//! Reading standard input without waiting for it.

use std::io::{self, Read};
use tokio::sync::mpsc;

/// Reads in a thread of its own, so that messages can be shown while nobody
/// types. The thread ends with the process: a read cannot be interrupted.
pub(super) fn read_in_thread(
    mut input: impl Read + Send + 'static,
) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(4);
    std::thread::spawn(move || {
        loop {
            let mut chunk = vec![0; 64 * 1024];
            let sent = match input.read(&mut chunk) {
                Ok(0) => return,
                Ok(n) => {
                    chunk.truncate(n);
                    sender.blocking_send(Ok(chunk))
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => sender.blocking_send(Err(error)),
            };
            if sent.is_err() {
                return;
            }
        }
    });
    receiver
}
