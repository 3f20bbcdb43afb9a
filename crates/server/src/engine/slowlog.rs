//! Logging commands that took longer than `slowlog-log-slower-than`.

use crate::engine::command::Command;
use crate::engine::ctx::Mode;
use crate::engine::redact::{REDACTED, secrets};
use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::slowlog::SlowEntry;
use crate::store::ByteString;
use catalog::Flags;

/// The most arguments a slow log entry keeps, and the most bytes of each.
const SLOWLOG_MAX_ARGS: usize = 32;
const SLOWLOG_MAX_BYTES: usize = 128;

impl Server {
    /// Logs a command that was slow, unless it is one that is not to be
    /// logged.
    pub(crate) fn log_if_slow(
        &mut self,
        id: ClientId,
        mode: Mode,
        command: &Command,
        micros: u64,
        argv: &[&[u8]],
    ) {
        let limit = self.settings.slowlog_slower_than;
        let is_on = limit >= 0 && self.settings.slowlog_max_len > 0;
        if is_on && micros as i64 >= limit && !command.is(Flags::SKIP_SLOWLOG) {
            self.log_slow(id, mode, micros, argv);
        }
    }

    fn log_slow(&mut self, id: ClientId, mode: Mode, micros: u64, argv: &[&[u8]]) {
        let (addr, name) = match (mode, self.clients.get(id)) {
            // A script's commands have no client with a name.
            (Mode::Script, Some(client)) => (client.addr.clone(), ByteString::default()),
            (_, Some(client)) => (client.addr.clone(), client.name.clone()),
            (_, None) => return,
        };
        let secret = secrets(argv);
        let mut kept: Vec<Vec<u8>> = argv
            .iter()
            .enumerate()
            .take(SLOWLOG_MAX_ARGS)
            .map(|(i, arg)| {
                if secret.contains(&i) {
                    REDACTED.to_vec()
                } else if arg.len() > SLOWLOG_MAX_BYTES {
                    let more = arg.len() - SLOWLOG_MAX_BYTES;
                    let mut cut = arg[..SLOWLOG_MAX_BYTES].to_vec();
                    cut.extend_from_slice(format!("... ({more} more bytes)").as_bytes());
                    cut
                } else {
                    arg.to_vec()
                }
            })
            .collect();
        if argv.len() > SLOWLOG_MAX_ARGS {
            let more = argv.len() - SLOWLOG_MAX_ARGS + 1;
            kept[SLOWLOG_MAX_ARGS - 1] = format!("... ({more} more arguments)").into_bytes();
        }
        let entry = SlowEntry {
            id: 0,
            time: self.clock.now() / 1000,
            micros,
            argv: kept,
            addr,
            name,
        };
        self.slowlog.add(entry, self.settings.slowlog_max_len);
    }
}
