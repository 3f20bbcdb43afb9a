//! How the libraries write commands, from a table kept as text: `calls.txt`,
//! which says how it is read.

use super::{Language, literal};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("calls.txt");

/// What a library writes for a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// A call of a method, without the object it is called on.
    Method(String),
    /// A whole statement, or several.
    Statement(String),
}

/// A part of a pattern.
#[derive(Debug)]
enum Part {
    Token(&'static str),
    Value {
        name: &'static str,
        number: bool,
    },
    /// Values up to the end.
    List {
        name: &'static str,
        least: usize,
    },
    /// Pairs up to the end; the first of each may have to be a number.
    Pairs {
        name: &'static str,
        number: bool,
    },
    /// A count, and so many times `each` values.
    Counted {
        name: &'static str,
        each: usize,
    },
    /// In any order.
    Options(Vec<(&'static str, Vec<&'static str>)>),
}

/// A pattern with what each library makes of it.
#[derive(Debug)]
struct Entry {
    parts: Vec<Part>,
    calls: BTreeMap<&'static str, &'static str>,
}

/// What a command's words are by the names of a pattern.
#[derive(Debug, Default)]
struct Bound<'a> {
    /// With whether the pattern wants a number.
    values: BTreeMap<&'static str, (&'a [u8], bool)>,
    lists: BTreeMap<&'static str, Vec<&'a [u8]>>,
    options: Vec<&'static str>,
}

impl Bound<'_> {
    /// Whether what stands in braces is one of its names, and no brace of the
    /// language.
    fn has(&self, name: &str) -> bool {
        let name = name.strip_prefix('#').unwrap_or(name);
        let name = name.split(':').next().unwrap_or(name);
        self.lists.contains_key(name) || self.values.contains_key(name)
    }
}

/// The library's own call for a command, where it has one.
pub(super) fn call(argv: &[Vec<u8>], language: Language) -> Option<Call> {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    let entries = ENTRIES.get_or_init(read);
    let words: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
    let (entry, bound) = entries
        .iter()
        .find_map(|entry| Some((entry, bind(&entry.parts, &words)?)))?;
    let (key, _) = Language::ALL.iter().find(|(_, own)| *own == language)?;
    let template = entry.calls.get(key)?;
    match template.strip_prefix("= ") {
        Some(text) => {
            let text = text.replace("\\n", "\n");
            fill(&text, &bound, language).map(Call::Statement)
        }
        // Where no group fits, the library has no method for these options.
        None => fill(template, &bound, language)
            .filter(|text| !text.is_empty())
            .map(Call::Method),
    }
}

fn read() -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let known = Language::ALL.iter().find_map(|(name, _)| {
            let rest = line.strip_prefix(name)?;
            Some((*name, rest.strip_prefix(' ').unwrap_or(rest)))
        });
        match (known, entries.last_mut()) {
            (Some((name, template)), Some(entry)) => {
                entry.calls.insert(name, template);
            }
            _ => entries.push(Entry {
                parts: pattern(line),
                calls: BTreeMap::new(),
            }),
        }
    }
    entries
}

fn pattern(line: &'static str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut words = line.split(' ').peekable();
    while let Some(word) = words.next() {
        let after_count = matches!(parts.last(), Some(Part::Counted { .. }));
        let bare = word.trim_end_matches("...");
        if let Some(option) = word.strip_prefix('[') {
            let mut names = Vec::new();
            let mut token = option;
            let mut closed = option.ends_with(']');
            if closed {
                token = option.trim_end_matches(']');
            }
            while !closed && let Some(word) = words.next() {
                closed = word.ends_with(']');
                names.push(word.trim_end_matches(']'));
            }
            match parts.last_mut() {
                Some(Part::Options(options)) => options.push((token, names)),
                _ => parts.push(Part::Options(vec![(token, names)])),
            }
        } else if let Some(name) = word.strip_prefix("%%") {
            parts.push(Part::Counted { name, each: 2 });
        } else if let Some(name) = word.strip_prefix('%') {
            parts.push(Part::Counted { name, each: 1 });
        } else if let Some(name) = bare.strip_suffix(':').filter(|_| bare != word) {
            let number = name.ends_with('#');
            let name = name.trim_end_matches('#');
            parts.push(Part::Pairs { name, number });
        } else if bare != word {
            let least = usize::from(!after_count);
            parts.push(Part::List { name: bare, least });
        } else if word.starts_with(|c: char| c.is_ascii_lowercase()) {
            let number = word.ends_with('#');
            let name = word.trim_end_matches('#');
            parts.push(Part::Value { name, number });
        } else {
            parts.push(Part::Token(word));
        }
    }
    parts
}

fn bind<'a>(parts: &[Part], words: &[&'a [u8]]) -> Option<Bound<'a>> {
    let mut bound = Bound::default();
    let mut rest = words;
    let take = |rest: &mut &[&'a [u8]]| -> Option<&'a [u8]> {
        let (first, more) = rest.split_first()?;
        *rest = more;
        Some(first)
    };
    for part in parts {
        match part {
            Part::Token(token) => {
                let word = take(&mut rest)?;
                if !word.eq_ignore_ascii_case(token.as_bytes()) {
                    return None;
                }
            }
            Part::Value { name, number } => {
                let word = take(&mut rest)?;
                if *number && as_number(word).is_none() {
                    return None;
                }
                bound.values.insert(name, (word, *number));
            }
            Part::List { name, least } => {
                if rest.len() < *least {
                    return None;
                }
                bound.lists.insert(name, std::mem::take(&mut rest).to_vec());
            }
            Part::Pairs { name, number } => {
                let pairs = std::mem::take(&mut rest);
                let firsts = pairs.iter().step_by(2);
                let fit = !number || firsts.into_iter().all(|first| as_number(first).is_some());
                if pairs.is_empty() || pairs.len() % 2 == 1 || !fit {
                    return None;
                }
                bound.lists.insert(name, pairs.to_vec());
            }
            Part::Counted { name, each } => {
                let count = std::str::from_utf8(take(&mut rest)?).ok()?;
                let count = count.parse::<usize>().ok()?.checked_mul(*each)?;
                let values = rest.get(..count)?;
                rest = &rest[count..];
                bound.lists.insert(name, values.to_vec());
            }
            Part::Options(options) => {
                while let Some(word) = rest.first()
                    && let Some((token, names)) = options
                        .iter()
                        .find(|(token, _)| word.eq_ignore_ascii_case(token.as_bytes()))
                {
                    take(&mut rest)?;
                    bound.options.push(token);
                    for name in names {
                        let word = take(&mut rest)?;
                        if name.ends_with('#') && as_number(word).is_none() {
                            return None;
                        }
                        let number = name.ends_with('#');
                        bound
                            .values
                            .insert(name.trim_end_matches('#'), (word, number));
                    }
                }
            }
        }
    }
    rest.is_empty().then_some(bound)
}

/// The word as a number of a program, if it is one in digits.
fn as_number(word: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(word).ok()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    // 007 is something else in some languages.
    let plain = whole == "0" || !whole.starts_with('0');
    (all(whole) && all(part) && plain && whole.len() < 19).then_some(text)
}

/// A template with its words and groups filled in; `None` where a library cannot
/// write these words.
fn fill(template: &str, bound: &Bound<'_>, language: Language) -> Option<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '«']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(group) = rest.strip_prefix('«') {
            let end = closing(group);
            let (condition, text) = group[..end].split_once(':').unwrap_or((&group[..end], ""));
            if holds(condition, bound) {
                out.push_str(&fill(text, bound, language)?);
            }
            rest = &group[end + '»'.len_utf8()..];
            continue;
        }
        let name = rest[1..].find('}').map(|end| &rest[1..=end]);
        match name.filter(|name| bound.has(name)) {
            Some(name) => {
                out.push_str(&shown(name, bound, language)?);
                rest = &rest[name.len() + 2..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Some(out)
}

/// Where a group ends, whose beginning is left out.
fn closing(group: &str) -> usize {
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '«' => depth += 1,
            '»' if depth == 0 => return at,
            '»' => depth -= 1,
            _ => {}
        }
    }
    group.len()
}

fn holds(condition: &str, bound: &Bound<'_>) -> bool {
    match condition.strip_prefix('!') {
        Some(condition) => !holds(condition, bound),
        None => match condition {
            "any" => !bound.options.is_empty(),
            "by" => bound.options.iter().any(|option| *option != "WITHSCORES"),
            names => names.split('|').any(|name| {
                bound.options.contains(&name)
                    || bound.lists.get(name).is_some_and(|list| !list.is_empty())
            }),
        },
    }
}

/// What stands for a name in a template.
fn shown(name: &str, bound: &Bound<'_>, language: Language) -> Option<String> {
    if let Some(name) = name.strip_prefix('#') {
        return Some(bound.lists.get(name)?.len().to_string());
    }
    let (name, form) = name.split_once(':').unwrap_or((name, ""));
    if let Some(list) = bound.lists.get(name) {
        return listed(list, form, language);
    }
    let (word, wants_number) = bound.values.get(name)?;
    Some(match (as_number(word), form) {
        (Some(number), "float") => as_float(number),
        (Some(number), "num") => number.to_owned(),
        (Some(number), "") if *wants_number => number.to_owned(),
        _ => literal(word, language),
    })
}

fn as_float(number: &str) -> String {
    if number.contains('.') {
        number.to_owned()
    } else {
        format!("{number}.0")
    }
}

fn listed(list: &[&[u8]], form: &str, language: Language) -> Option<String> {
    let own = |word: &[u8]| literal(word, language);
    let number = |word: &[u8]| as_number(word).unwrap_or("0").to_owned();
    let float = |word: &[u8]| as_float(&number(word));
    let pairs = || list.chunks_exact(2).map(|pair| (pair[0], pair[1]));
    let joined = |parts: Vec<String>| parts.join(", ");
    let braced = |parts: Vec<String>| format!("{{{}}}", parts.join(", "));
    Some(match form {
        "" | "flat" => joined(list.iter().map(|word| own(word)).collect()),
        "keyed" => list
            .iter()
            .map(|word| format!(".key({})", own(word)))
            .collect(),
        "argued" => list
            .iter()
            .map(|word| format!(".arg({})", own(word)))
            .collect(),
        "dict" => braced(
            pairs()
                .map(|(a, b)| format!("{}: {}", own(a), own(b)))
                .collect(),
        ),
        "zdict" => braced(
            pairs()
                .map(|(a, b)| format!("{}: {}", own(b), number(a)))
                .collect(),
        ),
        "tuples" => joined(
            pairs()
                .map(|(a, b)| format!("({}, {})", own(a), own(b)))
                .collect(),
        ),
        "scored" => joined(
            pairs()
                .map(|(a, b)| format!("({}, {})", float(a), own(b)))
                .collect(),
        ),
        "map" => format!(
            "Map.of({})",
            joined(list.iter().map(|word| own(word)).collect())
        ),
        "zmap" => format!(
            "Map.of({})",
            joined(
                pairs()
                    .map(|(a, b)| format!("{}, {}", own(b), float(a)))
                    .collect()
            )
        ),
        "bits" => operations(list, language)?.concat(),
        "bitlist" => joined(operations(list, language)?),
        "zlist" => joined(
            pairs()
                .map(|(a, b)| match language {
                    Language::Go => format!("redis.Z{{Score: {}, Member: {}}}", number(a), own(b)),
                    _ => format!("{{ score: {}, value: {} }}", number(a), own(b)),
                })
                .collect(),
        ),
        _ => return None,
    })
}

/// The operations of BITFIELD, each as a library writes it.
fn operations(list: &[&[u8]], language: Language) -> Option<Vec<String>> {
    let mut rest = list;
    let mut out = Vec::new();
    while let Some((name, words)) = rest.split_first() {
        let name = std::str::from_utf8(name).ok()?.to_ascii_uppercase();
        let fields: &[&str] = match name.as_str() {
            "GET" => &["encoding", "offset"],
            "SET" => &["encoding", "offset", "value"],
            "INCRBY" => &["encoding", "offset", "increment"],
            "OVERFLOW" => &["behavior"],
            _ => return None,
        };
        let given = words.get(..fields.len())?;
        rest = &words[fields.len()..];
        let values = given.iter().enumerate().map(|(at, word)| match at {
            // The others are names, or places such as #2.
            2 => as_number(word).map(str::to_owned),
            _ => Some(literal(word, language)),
        });
        let values: Vec<String> = values.collect::<Option<_>>()?;
        out.push(match language {
            Language::Python => format!(".{}({})", name.to_lowercase(), values.join(", ")),
            _ => {
                let named = fields.iter().zip(&values);
                let named: String = named
                    .map(|(name, value)| format!(", {name}: {value}"))
                    .collect();
                format!("{{ operation: \"{name}\"{named} }}")
            }
        });
    }
    Some(out)
}
