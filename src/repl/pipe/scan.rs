//! The names of keys, one a line, as `redis-cli --scan` lists them.

use super::Pipe;
use crate::error::{ExitCode, Result};
use crate::session::Output;
use resp::format::write_quoted;
use std::io::Write;
use std::time::Duration;

/// Which keys are listed, and how fast.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// Those that match.
    pub pattern: Option<&'a str>,
    /// So many are looked at at a time.
    pub count: Option<u64>,
    /// Between two looks.
    pub every: Duration,
}

impl<W: Write, N: Write> Pipe<W, N> {
    /// Writes the names of keys, one a line, as `redis-cli --scan` does.
    ///
    /// # Errors
    /// As [`Pipe::run`].
    pub async fn scan(mut self, scan: Scan<'_>) -> Result<ExitCode> {
        let mut cursor = b"0".to_vec();
        loop {
            let mut argv = vec![b"SCAN".to_vec(), cursor];
            if let Some(pattern) = scan.pattern {
                argv.extend([b"MATCH".to_vec(), pattern.as_bytes().to_vec()]);
            }
            if let Some(count) = scan.count {
                argv.extend([b"COUNT".to_vec(), count.to_string().into_bytes()]);
            }
            let reply = self.session.client.ask(&argv).await?;
            let Some([next, names]) = reply.as_slice() else {
                self.reply(&argv, &reply)?;
                self.flush_out()?;
                return Ok(ExitCode::CheckFailed);
            };
            let quoted = self.output() == Output::Pretty;
            for name in names.as_slice().unwrap_or_default() {
                let name = name.as_bytes().unwrap_or_default();
                self.write(|out, _| {
                    if quoted {
                        write_quoted(name, out)?
                    } else {
                        out.write_all(name)?
                    }
                    out.write_all(b"\n")
                })?;
            }
            self.flush_out()?;
            cursor = next.as_bytes().unwrap_or(b"0").to_vec();
            if cursor == b"0" {
                return self.finish();
            }
            tokio::time::sleep(scan.every).await;
        }
    }
}
