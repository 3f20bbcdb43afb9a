//! The colours of a line being typed: known and unknown commands, keys,
//! options, strings, and what is wrong with its quotes.

use crate::render::style::{Ink, Style};
use crate::session::Commands;
use crate::session::line::{is_repetition, logical_lines};
use catalog::Command;
use resp::split::{self, Word};

/// The line with colours; without the escapes it is the same text.
pub fn highlight(text: &str, commands: &Commands, style: Style) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    for line in logical_lines(text) {
        // What separates lines is copied as it is.
        let start = at + text[at..].find(line).unwrap_or(0);
        out.push_str(&text[at..start]);
        one_line(line, commands, style, &mut out);
        at = start + line.len();
    }
    out.push_str(&text[at..]);
    out
}

fn one_line(line: &str, commands: &Commands, style: Style, out: &mut String) {
    let scan = split::scan(line.as_bytes());
    let skip = usize::from(scan.words.len() > 1 && is_repetition(&text_of(&scan.words[0])));
    let words: Vec<&[u8]> = scan.words[skip..].iter().map(|word| &*word.bytes).collect();
    let command = commands.find_argv(&words);
    let keys = commands.key_positions(&words);
    let bad_from = scan.error.map_or(line.len(), |error| error.offset);
    let mut at = 0;
    for (i, word) in scan.words.iter().enumerate() {
        out.push_str(&line[at..word.span.start]);
        let ink = match i.checked_sub(skip) {
            None => Some(Ink::Number),
            Some(i) => ink(i, word, line, command, &keys, commands),
        };
        let end = word.span.end.min(bad_from).max(word.span.start);
        paint(&line[word.span.start..end], ink, style, out);
        paint(&line[end..word.span.end], Some(Ink::Bad), style, out);
        at = word.span.end;
    }
    paint(&line[at..], scan.error.map(|_| Ink::Bad), style, out);
}

fn text_of(word: &Word) -> String {
    String::from_utf8_lossy(&word.bytes).into_owned()
}

fn paint(text: &str, ink: Option<Ink>, style: Style, out: &mut String) {
    match ink {
        Some(ink) => out.push_str(&style.paint(ink, text)),
        None => out.push_str(text),
    }
}

fn ink(
    i: usize,
    word: &Word,
    line: &str,
    command: Option<&'static Command>,
    keys: &[usize],
    commands: &Commands,
) -> Option<Ink> {
    let text = text_of(word);
    if i == 0 {
        return first_word(&text, word.span.end == line.len(), command, commands);
    }
    let names = command.map_or(1, |command| command.name.split('|').count());
    if i < names {
        return Some(Ink::Command);
    }
    if keys.contains(&i) {
        return Some(Ink::Key);
    }
    if word.quoted {
        return Some(Ink::Text);
    }
    if text.parse::<f64>().is_ok() {
        return Some(Ink::Number);
    }
    let is_option = command.is_some_and(|command| has_token(command.arguments, &text));
    is_option.then_some(Ink::Option)
}

/// A name that is none is only wrong once nothing can come of it.
fn first_word(
    text: &str,
    being_typed: bool,
    command: Option<&Command>,
    commands: &Commands,
) -> Option<Ink> {
    const OWN: [&str; 6] = ["quit", "exit", "help", "?", "clear", "connect"];
    let lower = text.to_ascii_lowercase();
    let known = command.is_some_and(|command| !commands.lacks(command));
    if known || text.starts_with(':') || OWN.contains(&lower.as_str()) {
        return Some(Ink::Command);
    }
    let may_become = being_typed
        && (OWN.iter().any(|name| name.starts_with(&lower))
            || commands.beginning_with(&lower).next().is_some());
    (!may_become).then_some(Ink::Bad)
}

fn has_token(arguments: &[catalog::Argument], word: &str) -> bool {
    arguments.iter().any(|argument| {
        argument
            .token
            .is_some_and(|token| token.eq_ignore_ascii_case(word))
            || has_token(argument.arguments, word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(line: &str) -> String {
        highlight(line, &Commands::default(), Style::new(true))
            .replace("\x1b[0m", ">")
            .replace("\x1b[1;36m", "<C ")
            .replace("\x1b[31m", "<! ")
            .replace("\x1b[34m", "<K ")
            .replace("\x1b[32m", "<T ")
            .replace("\x1b[35m", "<N ")
            .replace("\x1b[36m", "<O ")
    }

    #[test]
    fn each_part_has_its_colour() {
        assert_eq!(
            shown("set k \"a b\" EX 10"),
            "<C set> <K k> <T \"a b\"> <O EX> <N 10>"
        );
        assert_eq!(shown("3 incr n"), "<N 3> <C incr> <K n>");
        assert_eq!(shown("xgroup create"), "<C xgroup> <C create>");
        assert_eq!(shown("hgeta"), "hgeta");
        assert_eq!(shown("hgeta "), "<! hgeta> ");
        assert_eq!(shown("get 'open"), "<C get> <! 'open>");
        assert_eq!(shown("get \"a\"b"), "<C get> <K \"a\"><! b>");
        assert_eq!(shown("ping\nget k"), "<C ping>\n<C get> <K k>");
    }

    proptest! {
        #[test]
        fn colours_change_no_text(line in "[ -~żółw\n'\"]{0,40}") {
            let colored = highlight(&line, &Commands::default(), Style::new(true));
            let mut plain = String::new();
            let mut rest = colored.as_str();
            while let Some(at) = rest.find("\x1b[") {
                plain.push_str(&rest[..at]);
                let end = rest[at..].find('m').unwrap() + at + 1;
                rest = &rest[end..];
            }
            plain.push_str(rest);
            prop_assert_eq!(plain, line);
        }
    }
}
