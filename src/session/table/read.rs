//! A reply as rows and columns, as far as its command says what they are.

use super::{Shape, Sheet};
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use resp::format::{to_json, write_quoted};

/// More fields than this in a stream's entries get one column together.
const MOST_FIELDS: usize = 12;

/// The fields of CLIENT LIST by what people look for.
const CLIENT_FIELDS: &[&str] = &[
    "id", "addr", "name", "user", "db", "age", "idle", "cmd", "flags", "sub", "psub", "multi",
    "watch", "tot-mem", "resp",
];

/// Reads a reply; `None` where it has no rows.
pub(super) fn read(argv: &[Vec<u8>], reply: &Reply, shape: Shape) -> Option<Sheet> {
    let word = |at: usize| {
        let word = argv.get(at).map(|word| String::from_utf8_lossy(word));
        word.unwrap_or_default().to_ascii_lowercase()
    };
    let has = |option: &str| {
        argv.iter()
            .any(|word| word.eq_ignore_ascii_case(option.as_bytes()))
    };
    let lang = shape.lang;
    let most = shape.rows;
    let member_score = [lang.pick("member", "element"), lang.pick("score", "wynik")];
    let field_value = [lang.pick("field", "pole"), lang.pick("value", "wartość")];
    let name_value = [lang.pick("name", "nazwa"), lang.pick("value", "wartość")];
    let (name, second) = (word(0), word(1));
    match (name.as_str(), second.as_str()) {
        ("info", _) => return info(reply, lang),
        ("client", "list" | "info") => return clients(reply, most, name_value),
        _ => {}
    }
    if items(reply) == 0 {
        return None;
    }
    match (name.as_str(), second.as_str()) {
        ("hgetall", _) => Some(pairs(reply, field_value, most)),
        ("hrandfield", _) if has("withvalues") => Some(pairs(reply, field_value, most)),
        ("hmget", _) => Some(named(argv.get(2..)?, reply, field_value, most)),
        ("mget", _) => {
            let heads = [lang.pick("key", "klucz"), field_value[1]];
            Some(named(argv.get(1..)?, reply, heads, most))
        }
        ("zpopmin" | "zpopmax", _) => Some(pairs(reply, member_score, most)),
        (name, _) if name.starts_with('z') && has("withscores") => {
            Some(pairs(reply, member_score, most))
        }
        ("config", "get") => {
            let heads = [lang.pick("setting", "ustawienie"), field_value[1]];
            Some(pairs(reply, heads, most))
        }
        ("pubsub", "numsub" | "shardnumsub") => {
            let heads = [
                lang.pick("channel", "kanał"),
                lang.pick("subscribers", "subskrybenci"),
            ];
            Some(pairs(reply, heads, most))
        }
        ("scan" | "sscan" | "hscan" | "zscan", _) => {
            let heads = match name.as_str() {
                "hscan" if !has("novalues") => Some(field_value),
                "zscan" => Some(member_score),
                _ => None,
            };
            scanned(reply, heads, lang, most)
        }
        ("xrange" | "xrevrange" | "xclaim", _) if !has("justid") => {
            entries(&[(None, reply)], lang, most)
        }
        ("xread" | "xreadgroup", _) => entries(&streams(reply)?, lang, most),
        ("xpending", _) if argv.len() > 3 => rows(
            reply,
            &[
                "id",
                lang.pick("consumer", "konsument"),
                lang.pick("idle ms", "bezczynny ms"),
                lang.pick("deliveries", "doręczeń"),
            ],
            most,
        ),
        ("slowlog", "get") => rows(
            reply,
            &[
                "id",
                lang.pick("Unix time", "czas Unix"),
                "µs",
                lang.pick("command", "polecenie"),
                lang.pick("client", "klient"),
                lang.pick("name", "nazwa"),
            ],
            most,
        ),
        ("xinfo", "groups" | "consumers") | ("acl", "log") => records(reply, most),
        ("xinfo", "stream") | ("memory", "stats") | ("acl", "getuser") | ("hello", _) => {
            Some(pairs(reply, name_value, most))
        }
        _ => Some(match reply {
            Reply::Map(_) => pairs(reply, name_value, most),
            _ => numbered(reply, lang, most),
        }),
    }
}

/// What one step of an iteration found, below the cursor for the next one.
fn scanned(reply: &Reply, heads: Option<[&str; 2]>, lang: Lang, most: usize) -> Option<Sheet> {
    let [cursor, found] = reply.as_slice()? else {
        return None;
    };
    let mut sheet = match heads {
        Some(heads) => pairs(found, heads, most),
        None => numbered(found, lang, most),
    };
    let cursor = cell(cursor);
    sheet.above = Some(text!(lang, "cursor: {cursor}", "kursor: {cursor}"));
    Some(sheet)
}

/// The streams that were read: the key of each, and its entries. RESP2 has no
/// maps and sends pairs.
fn streams(reply: &Reply) -> Option<Vec<(Option<&Reply>, &Reply)>> {
    if let Reply::Map(streams) = reply {
        return Some(streams.iter().map(|(k, v)| (Some(k), v)).collect());
    }
    let streams = reply.as_slice()?.iter();
    let pairs = streams.filter_map(|stream| match stream.as_slice()? {
        [key, entries] => Some((Some(key), entries)),
        _ => None,
    });
    Some(pairs.collect())
}

/// How many parts a reply has.
fn items(reply: &Reply) -> usize {
    match reply {
        Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => items.len(),
        Reply::Map(pairs) => pairs.len(),
        Reply::Attribute(_, inner) => items(inner),
        _ => 0,
    }
}

fn heads<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

/// Pairs: a map, arrays of two, or one flat array.
fn pairs(reply: &Reply, names: [&str; 2], most: usize) -> Sheet {
    let pair = |key: &Reply, value: &Reply| vec![cell(key), cell(value)];
    let parts = reply.as_slice().unwrap_or_default();
    let (rows, total) = match (reply, parts.first()) {
        (Reply::Map(pairs), _) => {
            let rows = pairs.iter().take(most).map(|(k, v)| pair(k, v));
            (rows.collect(), pairs.len())
        }
        (_, Some(Reply::Array(two))) if two.len() == 2 => {
            let rows = parts.iter().take(most).filter_map(|two| two.as_slice());
            let rows = rows.map(|two| two.iter().map(cell).collect());
            (rows.collect(), parts.len())
        }
        _ => {
            let rows = parts.chunks(2).take(most);
            let rows = rows.map(|two| two.iter().map(cell).collect());
            (rows.collect(), parts.len().div_ceil(2))
        }
    };
    Sheet {
        heads: heads(names),
        rows,
        total,
        ..Sheet::default()
    }
}

/// The elements in order, each with the name it was asked for by.
fn named(asked: &[Vec<u8>], reply: &Reply, names: [&str; 2], most: usize) -> Sheet {
    let values = reply.as_slice().unwrap_or_default();
    let rows = asked.iter().zip(values).take(most);
    Sheet {
        heads: heads(names),
        rows: rows
            .map(|(name, value)| vec![plain(name), cell(value)])
            .collect(),
        total: values.len(),
        ..Sheet::default()
    }
}

fn numbered(reply: &Reply, lang: Lang, most: usize) -> Sheet {
    let values = reply.as_slice().unwrap_or_default();
    let rows = values.iter().take(most).enumerate();
    Sheet {
        heads: heads(["#", lang.pick("value", "wartość")]),
        rows: rows
            .map(|(at, value)| vec![(at + 1).to_string(), cell(value)])
            .collect(),
        total: values.len(),
        ..Sheet::default()
    }
}

/// Rows that are arrays.
fn rows(reply: &Reply, names: &[&str], most: usize) -> Option<Sheet> {
    let all = reply.as_slice()?;
    let row = |row: &Reply| Some(row.as_slice()?.iter().map(cell).collect());
    Some(Sheet {
        heads: names.iter().map(|name| (*name).to_owned()).collect(),
        rows: all.iter().take(most).filter_map(row).collect(),
        total: all.len(),
        ..Sheet::default()
    })
}

/// Rows that are maps, or what stands for one in RESP2: a column for a name.
fn records(reply: &Reply, most: usize) -> Option<Sheet> {
    let all = reply.as_slice()?;
    let records: Vec<Vec<Vec<String>>> = all
        .iter()
        .take(most)
        .map(|record| pairs(record, ["", ""], usize::MAX).rows)
        .collect();
    Some(columns(&[], &records, all.len()))
}

/// Rows of names and values; each name gets a column, those of `first` first.
fn columns(first: &[&str], records: &[Vec<Vec<String>>], total: usize) -> Sheet {
    let mut names: Vec<String> = Vec::new();
    let known = records.iter().flatten().filter_map(|pair| pair.first());
    for name in known {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let rank = |name: &String| {
        let place = first.iter().position(|own| own == name);
        place.unwrap_or(first.len())
    };
    names.sort_by_key(rank);
    let value = |record: &[Vec<String>], name: &String| {
        let pair = record.iter().find(|pair| pair.first() == Some(name));
        pair.and_then(|pair| pair.get(1)).cloned()
    };
    let rows = records
        .iter()
        .map(|record| {
            names
                .iter()
                .map(|name| value(record, name).unwrap_or_default())
                .collect()
        })
        .collect();
    Sheet {
        heads: names,
        rows,
        total,
        ..Sheet::default()
    }
}

/// Entries of streams: their IDs, and a column for each field.
fn entries(streams: &[(Option<&Reply>, &Reply)], lang: Lang, most: usize) -> Option<Sheet> {
    let key = lang.pick("stream", "stream");
    let mut records = Vec::new();
    let mut total = 0;
    for (stream, entries) in streams {
        let entries = entries.as_slice()?;
        total += entries.len();
        for entry in entries {
            if records.len() == most {
                break;
            }
            let (id, fields) = match entry.as_slice() {
                Some([id, fields]) => (id, fields),
                // A trimmed entry that is still pending.
                _ => continue,
            };
            let mut record = Vec::new();
            record.extend(stream.map(|name| vec![key.to_owned(), cell(name)]));
            record.push(vec!["id".to_owned(), cell(id)]);
            record.extend(pairs(fields, ["", ""], usize::MAX).rows);
            records.push(record);
        }
    }
    let sheet = columns(&[key, "id"], &records, total);
    if sheet.heads.len() <= MOST_FIELDS {
        return Some(sheet);
    }
    let fixed = if streams.iter().any(|(name, _)| name.is_some()) {
        2
    } else {
        1
    };
    for record in &mut records {
        let fields = record.split_off(fixed);
        let fields: Vec<String> = fields.iter().map(|pair| pair.join("=")).collect();
        let head = lang.pick("fields", "pola").to_owned();
        record.push(vec![head, fields.join(" ")]);
    }
    Some(columns(&[key, "id"], &records, total))
}

/// INFO: a row for each line, with its section.
fn info(reply: &Reply, lang: Lang) -> Option<Sheet> {
    let mut section = String::new();
    let mut rows = Vec::new();
    for line in reply.as_str()?.lines() {
        let line = line.trim_end();
        if let Some(title) = line.strip_prefix('#') {
            section = title.trim().to_owned();
        } else if let Some((field, value)) = line.split_once(':') {
            rows.push(vec![section.clone(), field.to_owned(), value.to_owned()]);
        }
    }
    let names = [
        lang.pick("section", "sekcja"),
        lang.pick("field", "pole"),
        lang.pick("value", "wartość"),
    ];
    let total = rows.len();
    (total > 0).then(|| Sheet {
        heads: heads(names),
        rows,
        total,
        ..Sheet::default()
    })
}

/// CLIENT LIST and CLIENT INFO: `name=value` all along a line.
fn clients(reply: &Reply, most: usize, name_value: [&str; 2]) -> Option<Sheet> {
    let lines: Vec<&str> = reply.as_str()?.lines().collect();
    let fields = |line: &&str| -> Vec<Vec<String>> {
        let fields = line.split(' ').filter_map(|field| field.split_once('='));
        fields
            .map(|(name, value)| vec![name.to_owned(), value.to_owned()])
            .collect()
    };
    if let [only] = lines.as_slice() {
        let rows = fields(only);
        return Some(Sheet {
            heads: heads(name_value),
            total: rows.len(),
            rows,
            ..Sheet::default()
        });
    }
    let records: Vec<Vec<Vec<String>>> = lines.iter().take(most).map(fields).collect();
    Some(Sheet {
        may_drop: true,
        ..columns(CLIENT_FIELDS, &records, lines.len())
    })
}

/// A part of a reply in one line.
fn cell(reply: &Reply) -> String {
    match reply {
        Reply::Bulk(bytes) | Reply::Verbatim(_, bytes) => plain(bytes),
        Reply::Status(text) | Reply::Double(text) | Reply::BigNumber(text) => text.clone(),
        Reply::Int(n) => n.to_string(),
        Reply::Bool(value) => value.to_string(),
        Reply::Nil => "(nil)".to_owned(),
        Reply::Error(text) => format!("(error) {text}"),
        Reply::Attribute(_, inner) if items(inner) == 0 => to_json(inner).trim_end().to_owned(),
        _ => to_json(reply).trim_end().to_owned(),
    }
}

/// Bytes as a cell: as they are, or quoted where they would be mistaken for
/// something else.
fn plain(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.is_empty()
        && text.trim() == text
        && text != "(nil)"
        && !text.starts_with('"')
        && !text.chars().any(char::is_control)
    {
        return text.to_owned();
    }
    let mut quoted = Vec::new();
    // Writing into memory cannot fail.
    let _ = write_quoted(bytes, &mut quoted);
    String::from_utf8_lossy(&quoted).into_owned()
}
