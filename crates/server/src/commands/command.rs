//! COMMAND: the server describes its commands, from the catalogue.

use super::help::help;
use crate::acl;
use crate::engine::command::{Lookup, Row, Table};
use crate::engine::ctx::Ctx;
use crate::wire::args::is;
use crate::wire::glob;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use catalog::lang::Lang;
use catalog::{self, Argument, ArgumentKind, BeginSearch, FindKeys, KeySpec, KeysError};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("command", all),
    Row::new("command|count", count),
    Row::new("command|docs", docs),
    Row::new("command|getkeys", getkeys),
    Row::new("command|getkeysandflags", getkeysandflags),
    Row::new("command|help", help),
    Row::new("command|info", info),
    Row::new("command|list", list),
];

/// The commands this server has, without subcommands.
fn here(table: &'static Table) -> Vec<&'static catalog::Command> {
    catalog::all().iter().filter(|c| table.has(c)).collect()
}

/// The command of a name as COMMAND takes it: `get`, `client|list`.
fn named(table: &'static Table, name: &[u8]) -> Option<&'static catalog::Command> {
    let name = std::str::from_utf8(name).ok()?;
    let found = catalog::find(name).filter(|_| !name.contains(' '))?;
    Some(found).filter(|c| table.has(c))
}

fn all(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let table = ctx.server.commands;
    let here = here(table);
    out.array(here.len());
    for command in here {
        write_info(table, command, out);
    }
    Ok(())
}

fn count(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.len(here(ctx.server.commands).len());
    Ok(())
}

fn info(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv.len() == 2 {
        return all(ctx, argv, out);
    }
    let table = ctx.server.commands;
    out.array(argv.len() - 2);
    for name in &argv[2..] {
        match named(table, name) {
            Some(command) => write_info(table, command, out),
            None => out.null(),
        }
    }
    Ok(())
}

fn statuses(items: impl Iterator<Item = impl AsRef<str>> + Clone, out: &mut Out) {
    out.set(items.clone().count());
    for item in items {
        out.status(item.as_ref());
    }
}

fn write_info(table: &'static Table, command: &catalog::Command, out: &mut Out) {
    let (first, last, step) = command.first_last_step;
    out.array(10);
    out.bulk(command.name.as_bytes());
    out.int(i64::from(command.arity));
    statuses(command.flags.names(), out);
    for number in [first, last, step] {
        out.int(i64::from(number));
    }
    statuses(command.categories.names().map(|c| format!("@{c}")), out);
    statuses_bulk(command.tips, out);
    out.set(command.key_specs.len());
    for spec in command.key_specs {
        write_key_spec(spec, out);
    }
    let subs: Vec<_> = command
        .subcommands
        .iter()
        .filter(|c| table.has(c))
        .collect();
    out.set(subs.len());
    for sub in subs {
        write_info(table, sub, out);
    }
}

fn statuses_bulk(items: &[&str], out: &mut Out) {
    out.set(items.len());
    for item in items {
        out.bulk(item.as_bytes());
    }
}

fn write_key_spec(spec: &KeySpec, out: &mut Out) {
    out.map(if spec.note.is_some() { 4 } else { 3 });
    if let Some(note) = spec.note {
        out.bulk(b"notes");
        out.bulk(note.as_bytes());
    }
    out.bulk(b"flags");
    statuses(spec.flags.names(), out);
    out.bulk(b"begin_search");
    out.map(2);
    out.bulk(b"type");
    let number = |out: &mut Out, name: &str, n: i32| {
        out.bulk(name.as_bytes());
        out.int(i64::from(n));
    };
    match spec.begin {
        BeginSearch::Index(at) => {
            out.bulk(b"index");
            out.bulk(b"spec");
            out.map(1);
            number(out, "index", at);
        }
        BeginSearch::Keyword(word, from) => {
            out.bulk(b"keyword");
            out.bulk(b"spec");
            out.map(2);
            out.bulk(b"keyword");
            out.bulk(word.as_bytes());
            number(out, "startfrom", from);
        }
        BeginSearch::Unknown => {
            out.bulk(b"unknown");
            out.bulk(b"spec");
            out.map(0);
        }
    }
    out.bulk(b"find_keys");
    out.map(2);
    out.bulk(b"type");
    match spec.find {
        FindKeys::Range { last, step, limit } => {
            out.bulk(b"range");
            out.bulk(b"spec");
            out.map(3);
            number(out, "lastkey", last);
            number(out, "keystep", step);
            number(out, "limit", limit);
        }
        FindKeys::Keynum {
            number: at,
            first,
            step,
        } => {
            out.bulk(b"keynum");
            out.bulk(b"spec");
            out.map(3);
            number(out, "keynumidx", at);
            number(out, "firstkey", first);
            number(out, "keystep", step);
        }
        FindKeys::Unknown => {
            out.bulk(b"unknown");
            out.bulk(b"spec");
            out.map(0);
        }
    }
}

fn docs(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let table = ctx.server.commands;
    let chosen: Vec<_> = if argv.len() == 2 {
        here(table)
    } else {
        argv[2..]
            .iter()
            .filter_map(|name| named(table, name))
            .collect()
    };
    out.map(chosen.len());
    for command in chosen {
        write_docs(table, command, out);
    }
    Ok(())
}

fn write_docs(table: &'static Table, command: &catalog::Command, out: &mut Out) {
    out.bulk(command.name.as_bytes());
    let at = out.defer();
    let mut fields = 2;
    let text = |out: &mut Out, name: &str, text: &str| {
        out.bulk(name.as_bytes());
        out.bulk(text.as_bytes());
    };
    text(out, "summary", command.summary(Lang::En));
    if let Some(since) = command.since.redis {
        text(out, "since", &since.to_string());
        fields += 1;
    }
    text(out, "group", command.group.id());
    if let Some(complexity) = &command.complexity {
        text(out, "complexity", &complexity.text(Lang::En));
        fields += 1;
    }
    if !command.doc_flags.is_empty() {
        out.bulk(b"doc_flags");
        statuses(command.doc_flags.iter(), out);
        fields += 1;
    }
    if let Some(deprecated) = command.deprecated {
        text(out, "deprecated_since", &deprecated.since.to_string());
        text(out, "replaced_by", &format!("`{}`", deprecated.instead));
        fields += 2;
    }
    if !command.history.is_empty() {
        out.bulk(b"history");
        out.set(command.history.len());
        for (version, change) in command.history {
            out.array(2);
            out.bulk(version.to_string().as_bytes());
            out.bulk(change.as_bytes());
        }
        fields += 1;
    }
    if !command.arguments.is_empty() {
        out.bulk(b"arguments");
        write_arguments(command.arguments, out);
        fields += 1;
    }
    let subs: Vec<_> = command
        .subcommands
        .iter()
        .filter(|c| table.has(c))
        .collect();
    if !subs.is_empty() {
        out.bulk(b"subcommands");
        out.map(subs.len());
        for sub in subs {
            write_docs(table, sub, out);
        }
        fields += 1;
    }
    out.finish_map(at, fields);
}

fn write_arguments(arguments: &[Argument], out: &mut Out) {
    out.array(arguments.len());
    for argument in arguments {
        let at = out.defer();
        let mut fields = 2;
        let mut text = |out: &mut Out, name: &str, text: Option<String>| {
            if let Some(text) = text {
                out.bulk(name.as_bytes());
                out.bulk(text.as_bytes());
                fields += 1;
            }
        };
        out.bulk(b"name");
        out.bulk(argument.name.as_bytes());
        out.bulk(b"type");
        out.bulk(argument.kind.name().as_bytes());
        if !matches!(argument.kind, ArgumentKind::OneOf | ArgumentKind::Block) {
            text(out, "display_text", Some(argument.shown.to_owned()));
        }
        if let Some(spec) = argument.key_spec {
            out.bulk(b"key_spec_index");
            out.len(spec);
        }
        let since = argument.since.and_then(|since| since.redis);
        let outdated = argument.deprecated_since;
        text(out, "token", argument.token.map(str::to_owned));
        text(out, "since", since.map(|since| since.to_string()));
        text(
            out,
            "deprecated_since",
            outdated.map(|since| since.to_string()),
        );
        fields += usize::from(argument.key_spec.is_some());
        let flags: Vec<_> = [
            (argument.optional, "optional"),
            (argument.multiple, "multiple"),
            (argument.multiple_token, "multiple_token"),
        ]
        .into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, name)| name.to_string())
        .collect();
        if !flags.is_empty() {
            out.bulk(b"flags");
            statuses(flags.into_iter(), out);
            fields += 1;
        }
        if !argument.arguments.is_empty() {
            out.bulk(b"arguments");
            write_arguments(argument.arguments, out);
            fields += 1;
        }
        out.finish_map(at, fields);
    }
}

/// The keys of a command line this server would run.
fn keys(table: &'static Table, argv: &[&[u8]]) -> CmdResult<Vec<catalog::KeyRef>> {
    let error = |e: KeysError| CmdError::new(e.text());
    match table.lookup(argv) {
        Lookup::Found(_) => catalog::keys(argv).map_err(error),
        _ => Err(error(KeysError::UnknownCommand)),
    }
}

fn getkeys(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let line = &argv[2..];
    let keys = keys(ctx.server.commands, line)?;
    out.array(keys.len());
    for key in keys {
        out.bulk(line[key.position]);
    }
    Ok(())
}

fn getkeysandflags(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let line = &argv[2..];
    let keys = keys(ctx.server.commands, line)?;
    out.array(keys.len());
    for key in keys {
        out.array(2);
        out.bulk(line[key.position]);
        statuses(key.flags.names(), out);
    }
    Ok(())
}

fn list(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    type Filter<'a> = Box<dyn Fn(&catalog::Command) -> bool + 'a>;
    let filter: Filter<'_> = match argv[2..] {
        [] => Box::new(|_| true),
        [filterby, kind, argument] if is(filterby, "FILTERBY") => {
            if is(kind, "MODULE") {
                Box::new(|_| false)
            } else if is(kind, "ACLCAT") {
                let category = acl::category(argument);
                Box::new(move |command| {
                    category.is_some_and(|one| command.categories.contains(one))
                })
            } else if is(kind, "PATTERN") {
                let pattern = argument.to_ascii_lowercase();
                Box::new(move |command| glob::matches(&pattern, command.name.as_bytes()))
            } else {
                return Err(errors::SYNTAX);
            }
        }
        _ => return Err(errors::SYNTAX),
    };
    let table = ctx.server.commands;
    let here = here(table);
    let with_subs = here
        .into_iter()
        .flat_map(|command| std::iter::once(command).chain(command.subcommands));
    let chosen: Vec<_> = with_subs.filter(|c| table.has(c) && filter(c)).collect();
    out.array(chosen.len());
    for command in chosen {
        out.bulk(command.name.as_bytes());
    }
    Ok(())
}
