//! CLIENT TRACKING and what belongs to it; the subcommands are listed with
//! the others of CLIENT.

use crate::engine::ctx::Ctx;
use crate::state::ClientId;
use crate::state::tracking::ClientTracking;
use crate::store::ByteString;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

pub(super) fn tracking(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut wanted = ClientTracking::default();
    let mut rest = argv[3..].iter().peekable();
    while let Some(option) = rest.next() {
        let more = rest.peek().is_some();
        if is(option, "REDIRECT") && more {
            if wanted.redirect.is_some() {
                return Err(CmdError::new(
                    "ERR A client can only redirect to a single other client",
                ));
            }
            let target = int_arg(rest.next().copied().unwrap_or_default())?;
            let target = ClientId::try_from(target)
                .ok()
                .filter(|id| ctx.server.clients.get(*id).is_some())
                .ok_or(CmdError::new(
                    "ERR The client ID you want redirect to does not exist",
                ))?;
            wanted.redirect = Some(target);
        } else if is(option, "BCAST") {
            wanted.broadcast = true;
        } else if is(option, "OPTIN") {
            wanted.opt_in = true;
        } else if is(option, "OPTOUT") {
            wanted.opt_out = true;
        } else if is(option, "NOLOOP") {
            wanted.no_loop = true;
        } else if is(option, "PREFIX") && more {
            let prefix = rest.next().copied().unwrap_or_default();
            wanted.prefixes.push(ByteString::new(prefix));
        } else {
            return Err(errors::SYNTAX);
        }
    }
    let id = ctx.id;
    if is(argv[2], "ON") {
        let old = ctx.client().and_then(|client| client.tracking.as_deref());
        check(&wanted, old)?;
        ctx.server.tracking_enable(id, wanted);
    } else if is(argv[2], "OFF") {
        ctx.server.tracking_forget(id);
    } else {
        return Err(errors::SYNTAX);
    }
    out.ok();
    Ok(())
}

/// Whether the options go together, and with what is set already.
fn check(wanted: &ClientTracking, old: Option<&ClientTracking>) -> CmdResult {
    let refuse = |text| Err(CmdError::new(text));
    if !wanted.broadcast && !wanted.prefixes.is_empty() {
        return refuse("ERR PREFIX option requires BCAST mode to be enabled");
    }
    if old.is_some_and(|old| old.broadcast != wanted.broadcast) {
        return refuse(
            "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
        );
    }
    if wanted.broadcast && (wanted.opt_in || wanted.opt_out) {
        return refuse("ERR OPTIN and OPTOUT are not compatible with BCAST");
    }
    if wanted.opt_in && wanted.opt_out {
        return refuse("ERR You can't specify both OPTIN mode and OPTOUT mode");
    }
    if old.is_some_and(|old| (wanted.opt_in && old.opt_out) || (wanted.opt_out && old.opt_in)) {
        return refuse(
            "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
        );
    }
    let overlap = |a: &[u8], b: &[u8]| a.starts_with(b) || b.starts_with(a);
    for (i, prefix) in wanted.prefixes.iter().enumerate() {
        let existing = old.map_or(&[][..], |old| &old.prefixes);
        if let Some(other) = existing.iter().find(|other| overlap(prefix, other)) {
            return Err(overlapping(prefix, "an existing prefix", other));
        }
        let others = &wanted.prefixes[i + 1..];
        if let Some(other) = others.iter().find(|other| overlap(prefix, other)) {
            return Err(overlapping(prefix, "another provided prefix", other));
        }
    }
    Ok(())
}

fn overlapping(prefix: &[u8], what: &str, other: &[u8]) -> CmdError {
    CmdError::owned(format!(
        "ERR Prefix '{}' overlaps with {what} '{}'. Prefixes for a single client must not overlap.",
        String::from_utf8_lossy(prefix),
        String::from_utf8_lossy(other)
    ))
}

pub(super) fn caching(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let tracking = ctx.client().and_then(|client| client.tracking.as_mut());
    let Some(tracking) = tracking else {
        return Err(CmdError::new(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
        ));
    };
    if is(argv[2], "YES") {
        if !tracking.opt_in {
            return Err(CmdError::new(
                "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
            ));
        }
    } else if is(argv[2], "NO") {
        if !tracking.opt_out {
            return Err(CmdError::new(
                "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
            ));
        }
    } else {
        return Err(errors::SYNTAX);
    }
    tracking.caching = true;
    out.ok();
    Ok(())
}

/// -1: tracking is off; 0: not redirected.
fn redirect(tracking: Option<&ClientTracking>) -> i64 {
    tracking.map_or(-1, |tracking| tracking.redirect.map_or(0, |id| id as i64))
}

pub(super) fn getredir(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let tracking = ctx.client().and_then(|client| client.tracking.as_deref());
    out.int(redirect(tracking));
    Ok(())
}

pub(super) fn trackinginfo(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let tracking = ctx.client().and_then(|client| client.tracking.as_deref());
    let flags: Vec<&str> = match tracking {
        None => vec!["off"],
        Some(t) => [
            (true, "on"),
            (t.broadcast, "bcast"),
            (t.opt_in, "optin"),
            (t.opt_in && t.caching, "caching-yes"),
            (t.opt_out, "optout"),
            (t.opt_out && t.caching, "caching-no"),
            (t.no_loop, "noloop"),
            (t.broken, "broken_redirect"),
        ]
        .into_iter()
        .filter_map(|(set, name)| set.then_some(name))
        .collect(),
    };
    out.map(3);
    out.bulk(b"flags");
    out.set(flags.len());
    for flag in flags {
        out.bulk(flag.as_bytes());
    }
    out.bulk(b"redirect");
    out.int(redirect(tracking));
    out.bulk(b"prefixes");
    let prefixes = tracking.map_or(&[][..], |t| &t.prefixes);
    out.array(prefixes.len());
    for prefix in prefixes {
        out.bulk(prefix);
    }
    Ok(())
}
