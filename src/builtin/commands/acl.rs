//! ACL, as far as there is one user: `default`, who may do everything once
//! the password (if there is one) was given.

use super::help::{help, wrong_subcommand};
use crate::builtin::command::{self, Command, Lookup, flags::*};
use crate::builtin::ctx::{Ctx, int_arg};
use crate::builtin::reply::{CmdError, CmdResult, Out};
use crate::catalog;
use rand::Rng;
use sha2::{Digest, Sha256};

/// The family's table.
pub const COMMANDS: &[Command] = &[Command::container("acl", SUBCOMMANDS)];

const COMMON: u32 = ADMIN | NOSCRIPT | LOADING | STALE;

const SUBCOMMANDS: &[Command] = &[
    Command::new("acl|cat", cat, -2, NOSCRIPT | LOADING | STALE),
    Command::new("acl|deluser", deluser, -3, COMMON),
    Command::new("acl|dryrun", dryrun, -4, COMMON),
    Command::new("acl|genpass", genpass, -2, NOSCRIPT | LOADING | STALE),
    Command::new("acl|getuser", getuser, 3, COMMON),
    Command::new("acl|help", acl_help, 2, LOADING | STALE),
    Command::new("acl|list", list, 2, COMMON),
    Command::new("acl|load", file, 2, COMMON),
    Command::new("acl|log", super::acl_log::log, -2, COMMON),
    Command::new("acl|save", file, 2, COMMON),
    Command::new("acl|users", users, 2, COMMON),
    Command::new("acl|whoami", whoami, 2, NOSCRIPT | LOADING | STALE),
];

/// The categories in the order ACL CAT lists them.
const CATEGORIES: [&str; 21] = [
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
];

fn acl_help(_: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    help("acl", out);
    Ok(())
}

fn whoami(_: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.bulk(b"default");
    Ok(())
}

fn users(_: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.array(1);
    out.bulk(b"default");
    Ok(())
}

/// The SHA-256 digest of the password, in hexadecimal; `None` without one.
fn password(ctx: &Ctx<'_>) -> Option<String> {
    let password = &ctx.server.settings.requirepass;
    if password.is_empty() {
        return None;
    }
    let digest = Sha256::digest(password);
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn list(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let login = password(ctx).map_or("nopass".to_string(), |digest| format!("#{digest}"));
    out.array(1);
    out.bulk(format!("user default on {login} ~* &* +@all").as_bytes());
    Ok(())
}

fn getuser(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv[2] != b"default" {
        out.null();
        return Ok(());
    }
    let password = password(ctx);
    out.map(6);
    out.bulk(b"flags");
    let flags: &[&str] = match password {
        Some(_) => &["on"],
        None => &["on", "nopass"],
    };
    out.set(flags.len());
    for flag in flags {
        out.bulk(flag.as_bytes());
    }
    out.bulk(b"passwords");
    out.array(usize::from(password.is_some()));
    if let Some(digest) = password {
        out.bulk(digest.as_bytes());
    }
    for (name, rules) in [("commands", "+@all"), ("keys", "~*"), ("channels", "&*")] {
        out.bulk(name.as_bytes());
        out.bulk(rules.as_bytes());
    }
    out.bulk(b"selectors");
    out.array(0);
    Ok(())
}

fn cat(_: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let wanted = match &argv[2..] {
        [] => {
            out.array(CATEGORIES.len());
            for category in CATEGORIES {
                out.bulk(category.as_bytes());
            }
            return Ok(());
        }
        [wanted] => wanted,
        _ => {
            return Err(wrong_subcommand(argv));
        }
    };
    let known = |category: &&str| wanted.eq_ignore_ascii_case(category.as_bytes());
    let Some(category) = CATEGORIES.into_iter().find(|c| known(c)) else {
        return Err(CmdError::owned(
            [b"ERR Unknown category '", *wanted, b"'"].concat(),
        ));
    };
    let here: Vec<_> = catalog::all()
        .iter()
        .flat_map(|command| std::iter::once(command).chain(&command.subcommands))
        .filter(|command| command.acl_categories.contains(&category))
        .filter(|command| command::by_name(command.name.as_bytes()).is_some())
        .collect();
    out.array(here.len());
    for command in here {
        out.bulk(command.name.as_bytes());
    }
    Ok(())
}

fn genpass(_: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let bits = match argv.get(2) {
        Some(bits) => int_arg(bits)?,
        None => 256,
    };
    if !(1..=4096).contains(&bits) {
        return Err(CmdError::new(
            "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
        ));
    }
    // `rand::rng` is cryptographically secure: a password must not be guessable.
    let mut random = rand::rng();
    let digits = (bits as usize).div_ceil(4);
    let password: String = (0..digits)
        .map(|_| char::from(b"0123456789abcdef"[random.random_range(0..16)]))
        .collect();
    out.bulk(password.as_bytes());
    Ok(())
}

fn dryrun(_: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv[2] != b"default" {
        return Err(CmdError::owned(
            [b"ERR User '", argv[2], b"' not found"].concat(),
        ));
    }
    let Lookup::Found(found) = command::lookup(&argv[3..]) else {
        return Err(CmdError::owned(
            [b"ERR Command '", argv[3], b"' not found"].concat(),
        ));
    };
    if !found.command.accepts(argv.len() - 3) {
        return Err(crate::builtin::dispatch::wrong_arity(found.command));
    }
    out.ok();
    Ok(())
}

/// There is nobody else to remove.
fn deluser(_: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv[2..].contains(&b"default".as_slice()) {
        return Err(CmdError::new("ERR The 'default' user cannot be removed"));
    }
    out.int(0);
    Ok(())
}

/// ACL LOAD and ACL SAVE.
fn file(_: &mut Ctx<'_>, _: &[&[u8]], _: &mut Out) -> CmdResult {
    Err(CmdError::new(
        "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.",
    ))
}
