//! ACL: making users, looking at them, asking what they may do.

use super::help::{help, wrong_subcommand};
use crate::acl::{self, Call, Denied, Selector, User};
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::client::DEFAULT_USER;
use crate::wire::args::{c_text, int_arg};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use catalog::Categories;
use rand::RngExt as _;

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("acl|cat", cat),
    Row::new("acl|deluser", deluser),
    Row::new("acl|dryrun", dryrun),
    Row::new("acl|genpass", genpass),
    Row::new("acl|getuser", getuser),
    Row::new("acl|help", help),
    Row::new("acl|list", list),
    Row::new("acl|load", load),
    Row::new("acl|log", super::acl_log::log),
    Row::new("acl|save", save),
    Row::new("acl|setuser", setuser),
    Row::new("acl|users", users),
    Row::new("acl|whoami", whoami),
];

fn whoami(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    if let Some(client) = ctx.client() {
        out.bulk(&client.user);
    }
    Ok(())
}

fn users(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let users = ctx.server.acl.users();
    out.array(users.len());
    for (name, _) in users {
        out.bulk(name);
    }
    Ok(())
}

fn list(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let users = ctx.server.acl.users();
    out.array(users.len());
    for (name, user) in users {
        out.bulk(&acl::described(name, user));
    }
    Ok(())
}

/// All rules apply, or none.
fn setuser(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let name = argv[2];
    if !acl::valid_name(name) {
        return Err(CmdError::new(
            "ERR Usernames can't contain spaces or null characters",
        ));
    }
    let rules = acl::merge_selectors(&argv[3..]).map_err(|start| {
        let text = b"ERR Unmatched parenthesis in acl selector starting at '";
        CmdError::owned([text, c_text(start), b"'."].concat())
    })?;
    let all_channels = ctx.server.settings.acl_all_channels;
    let mut user = match ctx.server.acl.user(name) {
        Some(user) => user.clone(),
        None => User::new(all_channels),
    };
    for rule in &rules {
        user.apply(rule, all_channels).map_err(|error| {
            let text = b"ERR Error in ACL SETUSER modifier '";
            CmdError::owned([text, c_text(rule), b"': ", error.text().as_bytes()].concat())
        })?;
    }
    let id = ctx.id;
    ctx.server.put_user(name, user, id);
    out.ok();
    Ok(())
}

fn deluser(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv[2..].contains(&DEFAULT_USER) {
        return Err(CmdError::new("ERR The 'default' user cannot be removed"));
    }
    let id = ctx.id;
    let mut removed = 0;
    for name in &argv[2..] {
        removed += usize::from(ctx.server.remove_user(name, id));
    }
    out.len(removed);
    Ok(())
}

fn getuser(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(user) = ctx.server.acl.user(argv[2]) else {
        out.null();
        return Ok(());
    };
    out.map(6);
    out.bulk(b"flags");
    let flags = user.flags();
    out.set(flags.len());
    for flag in flags {
        out.bulk(flag.as_bytes());
    }
    out.bulk(b"passwords");
    out.array(user.passwords().len());
    for password in user.passwords() {
        out.bulk(password.as_bytes());
    }
    write_selector(user.root(), out);
    out.bulk(b"selectors");
    out.array(user.others().len());
    for selector in user.others() {
        out.map(3);
        write_selector(selector, out);
    }
    Ok(())
}

/// The three pairs that describe a selector.
fn write_selector(selector: &Selector, out: &mut Out) {
    for (name, rules) in [
        ("commands", selector.command_rules()),
        ("keys", selector.key_rules()),
        ("channels", selector.channel_rules()),
    ] {
        out.bulk(name.as_bytes());
        out.bulk(&rules);
    }
}

fn cat(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let wanted = match &argv[2..] {
        [] => {
            out.array(Categories::NAMES.len());
            for (_, category) in Categories::NAMES {
                out.bulk(category.as_bytes());
            }
            return Ok(());
        }
        [wanted] => wanted,
        _ => {
            return Err(wrong_subcommand(argv));
        }
    };
    let Some(category) = acl::category(wanted) else {
        let wanted = c_text(wanted);
        let shown = &wanted[..wanted.len().min(128)];
        return Err(CmdError::owned(
            [b"ERR Unknown category '", shown, b"'"].concat(),
        ));
    };
    let here: Vec<_> = catalog::every()
        .filter(|command| command.categories.contains(category))
        .filter(|command| ctx.server.commands.has(command))
        .collect();
    out.array(here.len());
    for command in here {
        out.bulk(command.name.as_bytes());
    }
    Ok(())
}

fn genpass(_: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let bits = match &argv[2..] {
        [] => 256,
        [bits] => int_arg(bits)?,
        _ => return Err(wrong_subcommand(argv)),
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

/// Answers for every command of Redis, also those this server does not have.
fn dryrun(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(user) = ctx.server.acl.user(argv[2]) else {
        return Err(CmdError::owned(
            [b"ERR User '", c_text(argv[2]), b"' not found"].concat(),
        ));
    };
    let line = &argv[3..];
    let Some(call) = Call::by_name(line) else {
        return Err(CmdError::owned(
            [b"ERR Command '", c_text(line[0]), b"' not found"].concat(),
        ));
    };
    let described = call.described();
    if !described.accepts(line.len()) {
        return Err(errors::wrong_arity(described.name));
    }
    let (what, name, kind) = match user.may_run(&call) {
        Ok(()) => {
            out.ok();
            return Ok(());
        }
        Err(Denied::Command) => ("run", described.name.as_bytes(), "command"),
        Err(Denied::Key(at)) => ("access", line[at], "key"),
        Err(Denied::Channel(at)) => ("access", line[at], "channel"),
    };
    let middle = format!(" has no permissions to {what} the '");
    let end = format!("' {kind}");
    out.bulk(&[b"User ", argv[2], middle.as_bytes(), name, end.as_bytes()].concat());
    Ok(())
}

fn load(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    there_is_a_file(ctx)?;
    let id = ctx.id;
    ctx.server
        .load_users(id)
        .map_err(|why| CmdError::owned([b"ERR ".as_slice(), &why].concat()))?;
    out.ok();
    Ok(())
}

fn save(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    there_is_a_file(ctx)?;
    ctx.server.save_users().map_err(|error| {
        CmdError::owned(format!(
            "ERR There was an error trying to save the ACLs. {error}"
        ))
    })?;
    out.ok();
    Ok(())
}

fn there_is_a_file(ctx: &Ctx<'_>) -> CmdResult {
    if ctx.server.settings.aclfile.is_empty() {
        return Err(CmdError::new(
            "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.",
        ));
    }
    Ok(())
}
