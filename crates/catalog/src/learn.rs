//! Commands as a server has them: those the catalogue does not know (a
//! module's, a later version's) read from COMMAND INFO and COMMAND DOCS, and
//! the catalogue's own with the options that this server has.
//!
//! What is made here lives as long as the program, like the catalogue: a
//! server is asked once, and few commands are unknown.

use crate::find::by_name;
use crate::group::Group;
use crate::model::{
    Argument, ArgumentKind, BeginSearch, Command, CommandId, Complexity, Deprecated, FindKeys,
    KeySpec,
};
use crate::newer::in_history;
use crate::release::{Family, Release, Since, Version};
use crate::sets::{Categories, Flags, KeyFlags};
use crate::tables::all;
use resp::Reply;

/// The number of every command that is not the catalogue's.
const LEARNED: CommandId = CommandId(u16::MAX);

impl Command {
    /// Whether a server told of it; its words are then the server's.
    pub fn is_learned(&self) -> bool {
        self.id == LEARNED
    }
}

/// The commands of the catalogue that are otherwise on a server of this
/// release, with the options and subcommands that it has.
pub fn as_in(release: Release) -> Vec<Command> {
    all()
        .iter()
        .filter_map(|command| one_as_in(command, release))
        .collect()
}

fn one_as_in(command: &Command, release: Release) -> Option<Command> {
    let mut arguments = arguments_in(command.every_argument(), release);
    if release.family == Family::Redis {
        arguments.retain(|argument| {
            in_history(command)
                .all(|(token, since)| argument.token != Some(token) || since <= release.version)
        });
    }
    let mut subcommands = Vec::new();
    let mut changed = arguments != command.arguments;
    for sub in command.subcommands {
        if !sub.is_in(release) {
            changed = true;
            continue;
        }
        let own = one_as_in(sub, release);
        changed |= own.is_some();
        subcommands.push(own.unwrap_or_else(|| sub.clone()));
    }
    changed.then(|| Command {
        arguments: arguments.leak(),
        subcommands: subcommands.leak(),
        with_others: None,
        ..command.clone()
    })
}

fn arguments_in(arguments: &[Argument], release: Release) -> Vec<Argument> {
    let here = arguments.iter().filter(|argument| argument.is_in(release));
    here.map(|argument| {
        let inside = arguments_in(argument.arguments, release);
        Argument {
            arguments: if inside == argument.arguments {
                argument.arguments
            } else {
                inside.leak()
            },
            ..argument.clone()
        }
    })
    .collect()
}

/// What a server tells of commands, by its replies to COMMAND INFO and (where
/// it knows it) COMMAND DOCS with their names. Of a subcommand of a command
/// that the catalogue has, the whole command comes, with it added.
pub fn learned(infos: &Reply, docs: &Reply) -> Vec<Command> {
    let docs = fields(docs);
    let mut found: Vec<Command> = Vec::new();
    for info in infos.as_slice().unwrap_or_default() {
        let Some(command) = read(info, &docs) else {
            continue;
        };
        let Some((parent, _)) = command.name.split_once('|') else {
            found.push(command);
            continue;
        };
        let at = found.iter().position(|own| own.name == parent);
        let parent = match (at, by_name(parent.as_bytes())) {
            (Some(at), _) => &mut found[at],
            (None, Some(own)) => {
                found.push(own.clone());
                let last = found.len() - 1;
                &mut found[last]
            }
            (None, None) => continue,
        };
        let mut subcommands = parent.subcommands.to_vec();
        subcommands.push(command);
        parent.subcommands = subcommands.leak();
    }
    found
}

fn leak(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

/// A map of a reply, in RESP2 or RESP3.
fn fields(reply: &Reply) -> Vec<(&str, &Reply)> {
    match reply {
        Reply::Map(pairs) => pairs
            .iter()
            .filter_map(|(name, value)| Some((name.as_str()?, value)))
            .collect(),
        other => other
            .as_slice()
            .unwrap_or_default()
            .chunks_exact(2)
            .filter_map(|pair| Some((pair[0].as_str()?, &pair[1])))
            .collect(),
    }
}

fn field<'a>(fields: &[(&str, &'a Reply)], name: &str) -> Option<&'a Reply> {
    let found = fields
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    Some(found.1)
}

fn words(reply: Option<&Reply>) -> impl Iterator<Item = &str> {
    let items = reply.and_then(Reply::as_slice).unwrap_or_default();
    items.iter().filter_map(Reply::as_str)
}

fn number(reply: Option<&Reply>) -> i32 {
    let number = reply.and_then(Reply::as_int);
    number
        .and_then(|number| i32::try_from(number).ok())
        .unwrap_or(0)
}

/// One entry of COMMAND INFO with what `docs` say of it.
fn read(info: &Reply, docs: &[(&str, &Reply)]) -> Option<Command> {
    let facts = info.as_slice()?;
    let told = facts.first()?.as_str()?;
    let doc = field(docs, told).map(fields).unwrap_or_default();
    let text = |name: &str| field(&doc, name).and_then(Reply::as_str);
    let flags = words(facts.get(2)).filter_map(|name| Flags::from_name(&name.to_ascii_lowercase()));
    let categories =
        words(facts.get(6)).filter_map(|name| Categories::from_name(name.trim_start_matches('@')));
    let range = (
        number(facts.get(3)),
        number(facts.get(4)),
        number(facts.get(5)),
    );
    let specs = facts.get(8).and_then(Reply::as_slice).unwrap_or_default();
    let mut specs: Vec<KeySpec> = specs.iter().map(key_spec).collect();
    // Servers before 7.0 tell of one range only.
    if specs.is_empty() && range.0 > 0 {
        specs.push(of_range(range));
    }
    let sub_docs = field(&doc, "subcommands").map(fields).unwrap_or_default();
    let subs = facts.get(9).and_then(Reply::as_slice).unwrap_or_default();
    let subcommands: Vec<Command> = subs.iter().filter_map(|sub| read(sub, &sub_docs)).collect();
    // A module counts its own versions.
    let of_module = text("module").is_some() || text("group") == Some("module");
    let since = text("since").filter(|_| !of_module);
    let since = since.and_then(Version::parse);
    let summary = leak(text("summary").unwrap_or_default());
    let deprecated = text("deprecated_since")
        .and_then(Version::parse)
        .zip(text("replaced_by"))
        .map(|(since, instead)| Deprecated {
            since,
            instead: leak(&instead.replace('`', "")),
            in_valkey: true,
        });
    Some(Command {
        id: LEARNED,
        name: String::leak(told.to_ascii_lowercase()),
        arity: number(facts.get(1)),
        since: Since {
            redis: since,
            valkey: since,
        },
        group: text("group")
            .and_then(Group::from_id)
            .unwrap_or(Group::Module),
        deprecated,
        doc_flags: &[],
        flags: flags.fold(Flags::default(), Flags::with),
        categories: categories.fold(Categories::default(), Categories::with),
        tips: words(facts.get(7)).map(leak).collect::<Vec<_>>().leak(),
        first_last_step: range,
        key_specs: specs.leak(),
        complexity: text("complexity").map(|formula| Complexity {
            formula: leak(formula),
            variables: &[],
        }),
        history: &[],
        arguments: field(&doc, "arguments").map_or(&[], arguments),
        with_others: None,
        subcommands: subcommands.leak(),
        summary: [summary, summary],
    })
}

fn of_range((first, last, step): (i32, i32, i32)) -> KeySpec {
    KeySpec {
        // Nobody says what is done to them.
        flags: KeyFlags::RW.with(KeyFlags::UPDATE),
        begin: BeginSearch::Index(first),
        find: FindKeys::Range {
            last: if last < 0 { last } else { last - first },
            step,
            limit: 0,
        },
        note: None,
    }
}

fn key_spec(reply: &Reply) -> KeySpec {
    let facts = fields(reply);
    let part = |name: &str| {
        let part = field(&facts, name).map(fields).unwrap_or_default();
        let kind = field(&part, "type")
            .and_then(Reply::as_str)
            .unwrap_or_default();
        (kind, field(&part, "spec").map(fields).unwrap_or_default())
    };
    let (begin, spec) = part("begin_search");
    let begin = match begin {
        "index" => BeginSearch::Index(number(field(&spec, "index"))),
        "keyword" => BeginSearch::Keyword(
            leak(
                field(&spec, "keyword")
                    .and_then(Reply::as_str)
                    .unwrap_or_default(),
            ),
            number(field(&spec, "startfrom")),
        ),
        _ => BeginSearch::Unknown,
    };
    let (find, spec) = part("find_keys");
    let find = match find {
        "range" => FindKeys::Range {
            last: number(field(&spec, "lastkey")),
            step: number(field(&spec, "keystep")),
            limit: number(field(&spec, "limit")),
        },
        "keynum" => FindKeys::Keynum {
            number: number(field(&spec, "keynumidx")),
            first: number(field(&spec, "firstkey")),
            step: number(field(&spec, "keystep")),
        },
        _ => FindKeys::Unknown,
    };
    let flags = words(field(&facts, "flags")).filter_map(KeyFlags::from_name);
    KeySpec {
        flags: flags.fold(KeyFlags::default(), KeyFlags::with),
        begin,
        find,
        note: None,
    }
}

fn arguments(reply: &Reply) -> &'static [Argument] {
    let items = reply.as_slice().unwrap_or_default();
    let arguments: Vec<Argument> = items.iter().filter_map(argument).collect();
    arguments.leak()
}

fn argument(reply: &Reply) -> Option<Argument> {
    let facts = fields(reply);
    let text = |name: &str| field(&facts, name).and_then(Reply::as_str);
    let flag = |name: &str| words(field(&facts, "flags")).any(|flag| flag == name);
    let name = leak(text("name")?);
    Some(Argument {
        name,
        shown: text("display_text").map_or(name, leak),
        kind: ArgumentKind::from_name(text("type").unwrap_or_default()),
        token: text("token").map(leak),
        optional: flag("optional"),
        multiple: flag("multiple"),
        multiple_token: flag("multiple_token"),
        since: None,
        deprecated_since: None,
        key_spec: field(&facts, "key_spec_index")
            .and_then(Reply::as_int)
            .and_then(|at| usize::try_from(at).ok()),
        arguments: field(&facts, "arguments").map_or(&[], arguments),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.into())
    }

    fn list(items: &[Reply]) -> Reply {
        Reply::Array(items.to_vec())
    }

    #[test]
    fn a_modules_command_is_read_from_what_the_server_tells() {
        let spec = list(&[
            bulk("flags"),
            list(&[bulk("RW"), bulk("update")]),
            bulk("begin_search"),
            list(&[
                bulk("type"),
                bulk("index"),
                bulk("spec"),
                list(&[bulk("index"), Reply::Int(1)]),
            ]),
            bulk("find_keys"),
            list(&[
                bulk("type"),
                bulk("range"),
                bulk("spec"),
                list(&[
                    bulk("lastkey"),
                    Reply::Int(0),
                    bulk("keystep"),
                    Reply::Int(1),
                    bulk("limit"),
                    Reply::Int(0),
                ]),
            ]),
        ]);
        let info = list(&[list(&[
            bulk("TOY.Set"),
            Reply::Int(-3),
            Reply::Set(vec![
                Reply::Status("write".into()),
                Reply::Status("module".into()),
            ]),
            Reply::Int(1),
            Reply::Int(1),
            Reply::Int(1),
            list(&[]),
            list(&[]),
            list(&[spec]),
            list(&[]),
        ])]);
        let docs = Reply::Map(vec![(
            bulk("toy.set"),
            list(&[
                bulk("summary"),
                bulk("Sets a toy."),
                bulk("group"),
                bulk("module"),
                bulk("since"),
                bulk("1.0.0"),
                bulk("arguments"),
                list(&[
                    list(&[
                        bulk("name"),
                        bulk("key"),
                        bulk("type"),
                        bulk("key"),
                        bulk("key_spec_index"),
                        Reply::Int(0),
                    ]),
                    list(&[
                        bulk("name"),
                        bulk("nx"),
                        bulk("type"),
                        bulk("pure-token"),
                        bulk("token"),
                        bulk("NX"),
                        bulk("flags"),
                        list(&[bulk("optional")]),
                    ]),
                ]),
            ]),
        )]);
        let found = learned(&info, &docs);
        let command = &found[0];
        assert_eq!(command.name, "toy.set");
        assert_eq!(command.syntax(), "TOY.SET key [NX]");
        assert!(command.is_write() && command.is_learned());
        assert_eq!(command.since.redis, None);
        let keys = crate::keys_of(command, &[b"toy.set", b"k", b"v"]);
        assert_eq!(keys[0].position, 1);
        // Without docs, and from a server that tells of a range only.
        let Reply::Array(mut entry) = info.as_slice().expect("an array")[0].clone() else {
            panic!("an array");
        };
        entry.truncate(7);
        let found = learned(&list(&[list(&entry)]), &Reply::Error("ERR".into()));
        assert_eq!(crate::keys_of(&found[0], &[b"x", b"k"])[0].position, 1);
        assert!(learned(&list(&[Reply::Nil]), &Reply::Nil).is_empty());
    }

    #[test]
    fn options_are_those_of_the_release() {
        let on = |family, version, name: &str| {
            let own = as_in(Release { family, version });
            let found = own.iter().find(|command| command.name == name);
            found.map(Command::syntax)
        };
        let valkey = |name| on(Family::Valkey, Version(9, 1, 2), name).unwrap_or_default();
        assert!(
            valkey("set").contains("IFEQ ifeq-value"),
            "{}",
            valkey("set")
        );
        assert!(!valkey("set").contains("IFDEQ"));
        assert!(valkey("geosearch").contains("BYPOLYGON"));
        let old = |name| on(Family::Redis, Version(6, 2, 14), name).unwrap_or_default();
        assert!(!old("expire").contains("NX"), "{}", old("expire"));
        assert_eq!(old("zrank"), "ZRANK key member");
        assert_eq!(on(Family::Redis, crate::REDIS, "get"), None);
        assert_eq!(on(Family::Redis, crate::REDIS, "set"), None);
    }
}
