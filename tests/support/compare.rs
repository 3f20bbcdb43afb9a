//! When two replies count as the same.
//!
//! Raw bytes, with four documented exceptions:
//! - *unordered*: sets, hash tables and the keyspace have no promised order,
//!   so the elements of such replies are compared sorted;
//!   The bytes of a dumped hash table are compared sorted too, or counted
//!   where they are compressed; a dumped stream holds times and is only known
//!   to be one;
//! - *shape*: times, IDs and memory figures differ between any two servers,
//!   so only the types of the reply's parts are compared;
//! - *masked*: of ACL LOG's entries all but the age and the client's line is
//!   compared;
//! - *near*: integers that count down (TTL) may differ a little;
//! - *help*: the descriptions are ours, the title and the subcommands named
//!   are not;
//! - *client*: of a line of CLIENT LIST, the addresses, ages and sizes differ;
//! - *monitor*: of a line of MONITOR, what stands in front of the command.

use super::coverage::served;
use super::wire::Answer;
use resp::Reply;

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Byte by byte.
    Exact,
    /// Aggregates as multisets.
    Unordered,
    /// All but the values of the fields named in [`VOLATILE`].
    Masked,
    /// Types only.
    Shape,
    /// Integers up to this far apart.
    Near(i64),
    /// The title and the names of the subcommands.
    Help,
    /// The names of the fields, and what they say of the client's state.
    Client,
    /// The command.
    Monitor,
    /// Not at all.
    Ignore,
}

/// Fields of ACL LOG whose values depend on the moment and the connection.
const VOLATILE: &[&str] = &[
    "age-seconds",
    "client-info",
    "entry-id",
    "timestamp-created",
    "timestamp-last-updated",
];

/// Commands whose replies have no promised order.
const UNORDERED: &[&str] = &[
    "keys",
    "smembers",
    "sinter",
    "sunion",
    "sdiff",
    "hgetall",
    "hkeys",
    "hvals",
    "scan",
    "sscan",
    "hscan",
    "zscan",
    "spop",
    "srandmember",
    "hrandfield",
    "zrandmember",
    "exec",
    "eval",
    "eval_ro",
    "fcall",
    "config",
    "command",
    "module",
    "pubsub",
    "function",
    "dump",
];

/// How the replies of a command are compared unless a case says otherwise.
pub fn default_for(argv: &[Vec<u8>]) -> How {
    let name = argv
        .first()
        .map(|name| String::from_utf8_lossy(name).to_ascii_lowercase())
        .unwrap_or_default();
    let has = |word: &str| {
        argv.iter()
            .any(|arg| arg.eq_ignore_ascii_case(word.as_bytes()))
    };
    if name == "hello" {
        // The client's ID.
        How::Shape
    } else if name == "acl"
        && argv
            .get(1)
            .is_some_and(|sub| sub.eq_ignore_ascii_case(b"log"))
    {
        How::Masked
    } else if name == "expiretime" || name == "ttl" {
        // Relative expiries begin on each server when the command arrives.
        How::Near(1)
    } else if name == "pttl" {
        How::Near(5_000)
    } else if (name == "xpending" && argv.len() > 3) || (name == "xinfo" && has("full")) {
        // Times of delivery.
        How::Near(60_000)
    } else if name.starts_with("sort") && has("by") {
        // Elements whose weights are equal have no promised order.
        How::Unordered
    } else if UNORDERED.contains(&name.as_str()) {
        How::Unordered
    } else {
        How::Exact
    }
}

/// Whether two replies are the same.
pub fn same(real: &Answer, ours: &Answer, how: How) -> bool {
    if how == How::Ignore || real.raw == ours.raw {
        return true;
    }
    let (Some(real), Some(ours)) = (&real.reply, &ours.reply) else {
        return false;
    };
    let real = &without_vector_sets(real);
    match how {
        How::Exact => real == ours,
        How::Unordered => canonical(real) == canonical(ours),
        How::Masked => masked(real) == masked(ours),
        How::Shape => shape(real) == shape(ours),
        How::Near(tolerance) => near(real, ours, tolerance),
        How::Help => help(real) == help(ours),
        How::Client => client(real) == client(ours),
        How::Monitor => monitor(real) == monitor(ours),
        How::Ignore => true,
    }
}

/// A reply without the module of vector sets, which Redis 8 brings along and
/// the built-in server does not have.
fn without_vector_sets(reply: &Reply) -> Reply {
    let names = |reply: &Reply| reply.as_str() == Some("vectorset");
    let is_module = |reply: &Reply| match reply {
        Reply::Array(items) => items.iter().any(names),
        Reply::Map(pairs) => pairs.iter().any(|(_, value)| names(value)),
        _ => false,
    };
    let bytes = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        let lines = text.split_inclusive('\n');
        let kept: String = lines
            .filter(|line| !line.starts_with("module:name=vectorset"))
            .collect();
        kept.into_bytes()
    };
    match reply {
        Reply::Array(items) => Reply::Array(
            items
                .iter()
                .filter(|item| !is_module(item))
                .map(without_vector_sets)
                .collect(),
        ),
        Reply::Map(pairs) => Reply::Map(
            pairs
                .iter()
                .map(|(name, value)| (name.clone(), without_vector_sets(value)))
                .collect(),
        ),
        Reply::Bulk(text) if text.starts_with(b"# ") => Reply::Bulk(bytes(text)),
        other => other.clone(),
    }
}

/// The title of a HELP, and the subcommands in alphabetical order. Those the
/// built-in server does not have are not promised by it either.
fn help(reply: &Reply) -> Option<(&str, Vec<&str>)> {
    let lines: Option<Vec<&str>> = reply.as_slice()?.iter().map(Reply::as_str).collect();
    let (title, lines) = lines?.split_first().map(|(t, l)| (*t, l.to_vec()))?;
    let own = lines.iter().filter(|line| !line.starts_with(' '));
    // `(WIDTH|HEIGHT)` and the like belong to the line in front.
    let container = title.split(' ').next()?;
    let is_here = |name: &&str| {
        catalog::by_name(format!("{container}|{name}").as_bytes()).is_some_and(served)
    };
    let names = own.filter_map(|line| line.split(' ').next());
    let mut names: Vec<&str> = names.filter(is_here).collect();
    names.sort_unstable();
    names.dedup();
    Some((title, names))
}

/// The fields of CLIENT LIST that differ between any two connections.
const CLIENT_OWN: &[&str] = &[
    "id",
    "addr",
    "laddr",
    "fd",
    "age",
    "idle",
    "qbuf-free",
    "rbs",
    "rbp",
    "tot-mem",
    "events",
];

/// Lines of clients without what differs between any two connections.
fn client(reply: &Reply) -> Option<String> {
    let text = match reply {
        Reply::Verbatim(_, text) => String::from_utf8_lossy(text).into_owned(),
        other => other.as_str()?.to_owned(),
    };
    let shown = |field: &str| match field.split_once('=') {
        Some((name, _)) if CLIENT_OWN.contains(&name) => format!("{name}="),
        // Whether by a Unix socket: a page has none.
        Some(("flags", flags)) => format!("flags={}", flags.replace(['U', 'N'], "")),
        _ => field.to_owned(),
    };
    let line = |line: &str| line.split(' ').map(shown).collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = text.split('\n').map(line).collect();
    lines.sort();
    Some(lines.join("\n"))
}

/// What MONITOR shows behind the time, database and address; the address of
/// a script is `lua`.
fn monitor(reply: &Reply) -> Option<(bool, &str)> {
    let (place, command) = reply.as_str()?.split_once("] ")?;
    Some((place.ends_with("lua"), command))
}

/// A reply as text that does not depend on the order of its elements. A map
/// written as a flat array loses which value belongs to which key; the keys
/// and values themselves are still compared.
fn canonical(reply: &Reply) -> String {
    if let Reply::Bulk(bytes) = reply
        && let Some(text) = canonical_dump(bytes)
    {
        return text;
    }
    let sorted = |items: Vec<String>| {
        let mut items = items;
        items.sort();
        items.join(",")
    };
    match reply {
        Reply::Array(items) => format!("[{}]", sorted(items.iter().map(canonical).collect())),
        Reply::Set(items) => format!("~{{{}}}", sorted(items.iter().map(canonical).collect())),
        Reply::Map(pairs) => format!(
            "%{{{}}}",
            sorted(
                pairs
                    .iter()
                    .map(|(k, v)| format!("{}:{}", canonical(k), canonical(v)))
                    .collect()
            )
        ),
        other => format!("{other:?}"),
    }
}

/// A reply without the values of volatile fields, which follow their names.
fn masked(reply: &Reply) -> Reply {
    let volatile = |name: Option<&Reply>| {
        let name = name.and_then(Reply::as_str);
        name.is_some_and(|name| VOLATILE.contains(&name))
    };
    match reply {
        Reply::Array(items) => Reply::Array(
            (0..items.len())
                .map(|i| {
                    if i > 0 && volatile(items.get(i - 1)) {
                        Reply::Nil
                    } else {
                        masked(&items[i])
                    }
                })
                .collect(),
        ),
        Reply::Map(pairs) => Reply::Map(
            pairs
                .iter()
                .map(|(name, value)| {
                    if volatile(Some(name)) {
                        (name.clone(), Reply::Nil)
                    } else {
                        (name.clone(), masked(value))
                    }
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

fn shape(reply: &Reply) -> String {
    let all = |items: &[Reply]| items.iter().map(shape).collect::<Vec<_>>().join(",");
    match reply {
        Reply::Nil => "nil".into(),
        Reply::Status(_) => "status".into(),
        Reply::Error(text) => format!("error {text}"),
        Reply::Int(_) => "int".into(),
        Reply::Bulk(_) => "bulk".into(),
        Reply::Double(_) => "double".into(),
        Reply::Bool(_) => "bool".into(),
        Reply::BigNumber(_) => "big".into(),
        Reply::Verbatim(format, _) => format!("verbatim {format}"),
        Reply::Array(items) => format!("[{}]", all(items)),
        Reply::Set(items) => format!("~[{}]", all(items)),
        Reply::Push(items) => format!(">[{}]", all(items)),
        // A histogram: which buckets there are is a matter of speed.
        Reply::Map(pairs) if pairs.iter().all(|(k, _)| matches!(k, Reply::Int(_))) => {
            "int=int".into()
        }
        Reply::Map(pairs) => pairs
            .iter()
            .map(|(k, v)| format!("{k:?}={}", shape(v)))
            .collect::<Vec<_>>()
            .join(","),
        Reply::Attribute(_, reply) => shape(reply),
    }
}

fn near(real: &Reply, ours: &Reply, tolerance: i64) -> bool {
    match (real, ours) {
        (Reply::Int(a), Reply::Int(b)) => (a - b).abs() <= tolerance,
        (Reply::Array(a), Reply::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a, b, tolerance))
        }
        (Reply::Map(a), Reply::Map(b)) => {
            let same = |((ka, va), (kb, vb)): (&(Reply, Reply), &(Reply, Reply))| {
                ka == kb && near(va, vb, tolerance)
            };
            a.len() == b.len() && a.iter().zip(b).all(same)
        }
        (a, b) => a == b,
    }
}

/// A DUMP payload whose bytes are not promised, as text that is; `None` for
/// every other string. See `builtin::store::dump` for the format.
fn canonical_dump(payload: &[u8]) -> Option<String> {
    let (body, footer) = payload.split_at_checked(payload.len().checked_sub(10)?)?;
    if footer[..2] != [12, 0] {
        return None;
    }
    match body {
        // A set that was a hash table, compressed: its length before that.
        [20, COMPRESSED, lengths @ ..] => {
            let (_, rest) = length(lengths)?;
            Some(format!("a set of {} bytes", length(rest)?.0))
        }
        [2 | 4 | 20, ..] => {
            let mut sorted = body.to_vec();
            sorted.sort_unstable();
            Some(format!("{sorted:?}"))
        }
        [21, ..] => Some("a stream".into()),
        _ => None,
    }
}

/// What stands in front of a compressed string's two lengths.
const COMPRESSED: u8 = 0xc3;

/// A length of 6 or 14 bits, and what follows it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [first @ 0..0x40, rest @ ..] => Some((usize::from(*first), rest)),
        [first @ 0x40..0x80, second, rest @ ..] => {
            let high = usize::from(first & 0x3f);
            Some((high << 8 | usize::from(*second), rest))
        }
        _ => None,
    }
}
