//! ACL LOG: who was refused what.

use crate::engine::ctx::Ctx;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdResult, Out};

/// How many entries are shown unless asked for more.
const SHOWN: usize = 10;

/// ACL LOG \[count | RESET\].
pub(super) fn log(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let shown = match &argv[2..] {
        [] => SHOWN,
        [word] if is(word, "RESET") => {
            ctx.server.acl.log.clear();
            out.ok();
            return Ok(());
        }
        [count] => usize::try_from(int_arg(count)?).unwrap_or(0),
        _ => return Err(super::help::wrong_subcommand(argv)),
    };
    let now = ctx.now();
    let entries = ctx.server.acl.log.entries();
    out.array(shown.min(entries.len()));
    for entry in entries.take(shown) {
        out.map(10);
        out.bulk(b"count");
        out.int(entry.count);
        for (name, text) in [
            ("reason", entry.reason.name().as_bytes()),
            ("context", entry.context.as_bytes()),
            ("object", &entry.object),
            ("username", &entry.user),
        ] {
            out.bulk(name.as_bytes());
            out.bulk(text);
        }
        out.bulk(b"age-seconds");
        out.double((now - entry.time) as f64 / 1000.0);
        out.bulk(b"client-info");
        out.bulk(entry.client.as_bytes());
        for (name, number) in [
            ("entry-id", entry.id as i64),
            ("timestamp-created", entry.created),
            ("timestamp-last-updated", entry.time),
        ] {
            out.bulk(name.as_bytes());
            out.int(number);
        }
    }
    Ok(())
}
