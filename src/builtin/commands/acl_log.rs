//! ACL LOG: who was refused. Here the only reason is a wrong password.

use crate::builtin::ctx::{Ctx, int_arg, is};
use crate::builtin::reply::{CmdResult, Out};
use std::collections::VecDeque;

/// Refusals that are alike are counted together when not more than this lies
/// between them, milliseconds.
const TOGETHER: i64 = 60_000;

/// How many entries are searched for one that is alike.
const SEARCHED: usize = 10;

/// How many entries are shown unless asked for more.
const SHOWN: usize = 10;

/// A refusal.
#[derive(Debug)]
struct Entry {
    count: i64,
    /// `toplevel` or `multi`.
    context: &'static str,
    /// The command as it was sent.
    command: Vec<u8>,
    user: Vec<u8>,
    /// Milliseconds since 1970.
    time: i64,
    /// The client's line of CLIENT LIST.
    client: String,
}

/// The refusals, newest first.
#[derive(Debug, Default)]
pub struct AclLog {
    entries: VecDeque<Entry>,
}

impl Ctx<'_> {
    /// Notes that `user` could not log in by `command` (AUTH or HELLO).
    pub fn log_refused_login(&mut self, command: &[u8], user: &[u8]) {
        let now = self.now();
        let Some(client) = self.client() else {
            return;
        };
        let context = match client.transaction.active {
            true => "multi",
            false => "toplevel",
        };
        let client = super::client::describe(client, now);
        let most = self.server.settings.acl_log_max_len;
        let entries = &mut self.server.acl_log.entries;
        let alike = entries.iter().take(SEARCHED).position(|entry| {
            entry.context == context
                && entry.command == command
                && entry.user == user
                && now - entry.time <= TOGETHER
        });
        let count = alike
            .and_then(|at| entries.remove(at))
            .map_or(1, |entry| entry.count + 1);
        entries.push_front(Entry {
            count,
            context,
            command: command.to_vec(),
            user: user.to_vec(),
            time: now,
            client,
        });
        entries.truncate(most);
    }
}

/// ACL LOG \[count | RESET\].
pub(super) fn log(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let shown = match &argv[2..] {
        [] => SHOWN,
        [word] if is(word, "RESET") => {
            ctx.server.acl_log.entries.clear();
            out.ok();
            return Ok(());
        }
        [count] => usize::try_from(int_arg(count)?).unwrap_or(0),
        _ => return Err(super::help::wrong_subcommand(argv)),
    };
    let now = ctx.now();
    let entries = &ctx.server.acl_log.entries;
    out.array(shown.min(entries.len()));
    for entry in entries.iter().take(shown) {
        out.map(7);
        out.bulk(b"count");
        out.int(entry.count);
        for (name, text) in [
            ("reason", b"auth".as_slice()),
            ("context", entry.context.as_bytes()),
            ("object", &entry.command),
            ("username", &entry.user),
        ] {
            out.bulk(name.as_bytes());
            out.bulk(text);
        }
        out.bulk(b"age-seconds");
        out.double((now - entry.time) as f64 / 1000.0);
        out.bulk(b"client-info");
        out.bulk(entry.client.as_bytes());
    }
    Ok(())
}
