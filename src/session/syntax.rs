//! What of a command's syntax is still to come after the words typed so far,
//! and what may stand at the cursor: the source of hints and completions.
//!
//! A command's arguments are followed in order; a run of optional ones may
//! come in any order, and each disappears from the hint once it is typed.

use catalog::{Argument, ArgumentKind, Command};

/// Something that may stand at the cursor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next<'a> {
    /// A fixed word, and the argument it belongs to.
    Token(&'a str, &'a Argument),
    /// A value.
    Value(&'a Argument),
}

/// How far some words follow a syntax.
#[derive(Debug, Default)]
pub struct Follow<'a> {
    /// The words that fit.
    used: usize,
    /// The syntax still to come, in order.
    rest: Vec<String>,
    /// What may stand at the cursor, when all words fit.
    next: Vec<Next<'a>>,
    /// Something required is missing.
    missing: bool,
    /// The words end inside an argument, so nothing else may come first.
    inside: bool,
}

/// Follows a command's syntax along the words behind its name. `None` when
/// the words do not fit.
pub fn follow<'a>(command: &'a Command, words: &[&str]) -> Option<Follow<'a>> {
    let follow = sequence(command.arguments, words);
    (follow.used == words.len()).then_some(follow)
}

impl<'a> Follow<'a> {
    /// The syntax still to come: `[EX seconds | PX milliseconds] [GET]`.
    pub fn rest(&self) -> String {
        self.rest.join(" ")
    }

    /// What may stand at the cursor.
    pub fn next(&self) -> &[Next<'a>] {
        &self.next
    }
}

fn sequence<'a>(arguments: &'a [Argument], words: &[&str]) -> Follow<'a> {
    let mut all = Follow::default();
    // Whether the cursor may stand at what comes next.
    let mut reachable = true;
    let mut i = 0;
    while i < arguments.len() {
        let run = arguments[i..].iter().take_while(|a| a.optional).count();
        if run > 0 {
            optional_run(&arguments[i..i + run], words, &mut all, &mut reachable);
            i += run;
            continue;
        }
        let argument = &arguments[i];
        i += 1;
        let left = &words[all.used..];
        if left.is_empty() || all.inside {
            all.rest.push(argument.to_string());
            all.missing = true;
            if reachable && !all.inside {
                starts(argument, &mut all.next);
            }
            reachable = false;
            continue;
        }
        match repeated(argument, left) {
            Some(follow) => join(&mut all, follow),
            None => return all,
        }
    }
    all
}

/// Optional arguments next to each other, in whatever order they were typed.
fn optional_run<'a>(
    run: &'a [Argument],
    words: &[&str],
    all: &mut Follow<'a>,
    reachable: &mut bool,
) {
    let mut left: Vec<&Argument> = run.iter().collect();
    while all.used < words.len() && !all.inside {
        let found = left
            .iter()
            .enumerate()
            .find_map(|(at, argument)| Some((at, repeated(argument, &words[all.used..])?)));
        let Some((at, follow)) = found else {
            break;
        };
        left.remove(at);
        join(all, follow);
    }
    for argument in left {
        all.rest.push(argument.to_string());
        if *reachable && !all.inside && all.used == words.len() {
            starts(argument, &mut all.next);
        }
    }
}

fn join<'a>(all: &mut Follow<'a>, part: Follow<'a>) {
    all.used += part.used;
    // What an earlier part could still take is over once words follow it.
    all.rest = part.rest;
    all.next = part.next;
    all.inside = part.inside;
    all.missing |= part.missing;
}

/// An argument and its repetitions. `None` when the first word does not fit.
fn repeated<'a>(argument: &'a Argument, words: &[&str]) -> Option<Follow<'a>> {
    let mut all = once(argument, words, true)?;
    if !argument.multiple {
        return Some(all);
    }
    while !all.inside && all.used < words.len() {
        match once(argument, &words[all.used..], argument.multiple_token) {
            Some(follow) if follow.used > 0 => join(&mut all, follow),
            _ => break,
        }
    }
    all.rest.push(format!("[{} ...]", again(argument)));
    if !all.inside && all.used == words.len() {
        if argument.multiple_token || argument.token.is_none() {
            starts(argument, &mut all.next);
        } else {
            values(argument, &mut all.next);
        }
    }
    Some(all)
}

/// The text of a further occurrence: `key value`, or `GET pattern` where the
/// token is repeated with it.
fn again(argument: &Argument) -> String {
    if argument.multiple_token || argument.kind == ArgumentKind::PureToken {
        argument.once()
    } else {
        value_text(argument)
    }
}

/// One occurrence; `words` is not empty.
fn once<'a>(argument: &'a Argument, words: &[&str], with_token: bool) -> Option<Follow<'a>> {
    let mut used = 0;
    if with_token && let Some(token) = argument.token {
        if !words.first()?.eq_ignore_ascii_case(token) {
            return None;
        }
        used = 1;
    }
    if argument.kind == ArgumentKind::PureToken {
        return Some(Follow {
            used,
            ..Follow::default()
        });
    }
    let left = &words[used..];
    if left.is_empty() {
        let mut next = Vec::new();
        values(argument, &mut next);
        return Some(Follow {
            used,
            rest: vec![value_text(argument)],
            next,
            missing: true,
            inside: true,
        });
    }
    let mut follow = match argument.kind {
        ArgumentKind::OneOf => argument
            .arguments
            .iter()
            .find_map(|choice| repeated(choice, left))?,
        ArgumentKind::Block => {
            let mut block = sequence(argument.arguments, left);
            let unfinished = block.missing && block.used < left.len();
            if block.used == 0 || unfinished {
                return None;
            }
            block.inside |= block.missing;
            block
        }
        ArgumentKind::Integer => {
            left[0].parse::<i64>().ok()?;
            value()
        }
        _ => value(),
    };
    follow.used += used;
    Some(follow)
}

fn value<'a>() -> Follow<'a> {
    Follow {
        used: 1,
        ..Follow::default()
    }
}

/// An occurrence without its token.
fn value_text(argument: &Argument) -> String {
    let text = argument.once();
    match argument.token {
        Some(token) => text
            .strip_prefix(token)
            .unwrap_or(&text)
            .trim_start()
            .to_owned(),
        None => text,
    }
}

/// What an argument can begin with.
fn starts<'a>(argument: &'a Argument, next: &mut Vec<Next<'a>>) {
    match argument.token {
        Some(token) if !token.is_empty() => next.push(Next::Token(token, argument)),
        _ => values(argument, next),
    }
}

/// What an argument can begin with behind its token.
fn values<'a>(argument: &'a Argument, next: &mut Vec<Next<'a>>) {
    match argument.kind {
        ArgumentKind::OneOf => {
            for choice in argument.arguments {
                starts(choice, next);
            }
        }
        ArgumentKind::Block => {
            for part in argument.arguments {
                starts(part, next);
                if !part.optional {
                    break;
                }
            }
        }
        _ => next.push(Next::Value(argument)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::find;

    fn rest(line: &str) -> Option<String> {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        let command = catalog::find_argv(&words)?;
        let name_words = command.name.split('|').count();
        follow(command, &words[name_words..]).map(|follow| follow.rest())
    }

    fn tokens(line: &str) -> Vec<String> {
        let words: Vec<&str> = line.split(' ').collect();
        let command = catalog::find_argv(&words).unwrap();
        let name_words = command.name.split('|').count();
        follow(command, &words[name_words..])
            .map(|follow| {
                follow
                    .next()
                    .iter()
                    .map(|next| match next {
                        Next::Token(token, _) => (*token).to_owned(),
                        Next::Value(argument) => format!("<{}>", argument.name),
                    })
                    .collect()
            })
            .unwrap_or_default()
    }

    #[test]
    fn typed_arguments_leave_the_hint() {
        assert_eq!(rest("GET").as_deref(), Some("key"));
        assert_eq!(rest("get k").as_deref(), Some(""));
        assert_eq!(rest("get k x"), None);
        assert_eq!(
            rest("set k v").as_deref(),
            Some(
                "[NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"
            )
        );
        assert_eq!(
            rest("set k v EX").as_deref(),
            Some("seconds [NX | XX] [GET]")
        );
        assert_eq!(rest("set k v ex 10 get").as_deref(), Some("[NX | XX]"));
        assert_eq!(rest("set k v ex ten"), None);
        assert_eq!(rest("set k v bogus"), None);
    }

    #[test]
    fn repetitions_and_blocks_go_on() {
        assert_eq!(rest("mset a 1").as_deref(), Some("[key value ...]"));
        assert_eq!(rest("mset a 1 b").as_deref(), Some("value [key value ...]"));
        assert_eq!(rest("hset h f").as_deref(), Some("value [field value ...]"));
        assert_eq!(
            rest("sort k by p limit 0")
                .as_deref()
                .map(|r| r.starts_with("count [GET")),
            Some(true)
        );
        assert_eq!(rest("blpop a").as_deref(), Some("[key ...] timeout"));
    }

    #[test]
    fn subcommands_have_hints_too() {
        assert_eq!(
            rest("xgroup create s").map(|r| r.starts_with("group ")),
            Some(true)
        );
        assert_eq!(rest("object encoding").as_deref(), Some("key"));
    }

    #[test]
    fn only_what_fits_is_offered() {
        assert_eq!(
            tokens("set k v"),
            ["NX", "XX", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"]
        );
        assert_eq!(tokens("set k v nx ex"), ["<seconds>"]);
        assert_eq!(tokens("set k"), ["<value>"]);
        assert_eq!(tokens("lpush"), ["<key>"]);
        assert_eq!(
            tokens("xadd s"),
            ["NOMKSTREAM", "MAXLEN", "MINID", "*", "<id>"]
        );
        assert_eq!(tokens("del a"), ["<key>"]);
    }

    #[test]
    fn nothing_typed_shows_the_whole_syntax() {
        for command in catalog::all() {
            for command in std::iter::once(command).chain(command.subcommands) {
                let whole = format!(
                    "{} {}",
                    command.display_name(),
                    follow(command, &[]).unwrap().rest()
                );
                assert_eq!(whole.trim_end(), command.syntax(), "{}", command.name);
            }
        }
        assert!(find("get").is_some());
    }
}
