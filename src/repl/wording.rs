//! What the interactive shell shows, as text: nothing here writes to the terminal.

use super::readable::readable;
use super::short::{Beginning, MOST_BYTES, MOST_LINES};
use crate::conn::state::Argv;
use crate::render::harmless::foreign;
use crate::render::style::{Ink, Style};
use crate::session::Event;
use crate::session::Shape;
use crate::session::output::Output;
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use resp::format::{self, Printed};
use std::sync::atomic::{AtomicBool, Ordering};

/// How replies are shown.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// As redis-cli, raw, JSON.
    pub output: Output,
    /// Text beyond ASCII as it is.
    pub utf8: bool,
    /// Colour or none.
    pub style: Style,
    /// The language of errors.
    pub lang: Lang,
}

/// The beginning of a reply's text, and whether there is more.
pub(super) fn begin(argv: &Argv, reply: &Reply, output: Output, lines: usize) -> (Vec<u8>, bool) {
    let output = match output {
        Output::Table(shape) => Output::Table(Shape {
            rows: shape.rows.min(lines),
            ..shape
        }),
        other => other,
    };
    let full = AtomicBool::new(false);
    let bytes = if lines == usize::MAX {
        usize::MAX
    } else {
        MOST_BYTES
    };
    // A table has lines of its own besides its rows.
    let lines = match output {
        Output::Table(_) => usize::MAX,
        _ => lines,
    };
    let mut beginning = Beginning::new(lines, bytes, &full);
    // Writing into memory cannot fail.
    let printed = output.reply(argv, reply, &mut beginning, Some(&full));
    let is_cut = full.load(Ordering::Relaxed) || printed.is_ok_and(|end| end == Printed::Cut);
    (beginning.into_text(), is_cut)
}

/// How much of a reply was left out.
pub(super) fn left(argv: &Argv, reply: &Reply, form: Form, text: &[u8]) -> String {
    let lang = form.lang;
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    let pretty = form.output == Output::Pretty && !format::is_report(argv);
    let (all, flat) = (format::tty_lines(reply), is_flat(reply));
    // A string that was cut in its middle is not counted.
    match (pretty && text.ends_with(b"\n")).then(|| all.saturating_sub(lines)) {
        Some(more) if more > 0 && flat => text!(
            lang,
            "{more} more of {all} elements; :more shows them",
            "jeszcze {more} z {all} elementów; pokaże je :more"
        ),
        Some(more) if more > 0 => text!(
            lang,
            "{more} more of {all} lines; :more shows them",
            "jeszcze {more} z {all} wierszy; pokaże je :more"
        ),
        _ => lang
            .pick(
                "there is more; :more shows it",
                "to nie wszystko; resztę pokaże :more",
            )
            .to_owned(),
    }
}

/// Whether all elements of a reply are plain values.
fn is_flat(reply: &Reply) -> bool {
    reply
        .as_slice()
        .is_some_and(|items| items.iter().all(|item| item.as_slice().is_none()))
}

/// The text of a reply as it is shown.
pub(super) fn shown(text: &[u8], form: Form) -> String {
    let text = String::from_utf8_lossy(text);
    if form.utf8 {
        readable(&text)
    } else {
        text.into_owned()
    }
}

/// An event as it is shown above the line that is edited.
pub fn above(event: Event, form: Form) -> String {
    match event {
        Event::Text(text) => text,
        Event::Refused(text) | Event::Question(text) => format!("{text}\n"),
        Event::Message(message) => message_text(&message, form.style),
        Event::Replies { argv, replies } => {
            let mut all = String::new();
            for reply in replies.iter() {
                let (text, is_cut) = begin(&argv, reply, form.output, MOST_LINES);
                all.push_str(&foreign(&shown(&text, form)));
                all.push_str(if is_cut { "…\n" } else { "" });
            }
            all
        }
    }
}

/// A message as it is shown between prompts, without control characters that
/// could harm the screen.
pub(super) fn message_text(message: &Reply, style: Style) -> String {
    if let Reply::Status(text) = message {
        return format!("{}\n", monitor_line(&foreign(text), style));
    }
    let mut out = Vec::new();
    // Writing into memory cannot fail.
    let _ = Output::Pretty.message(message, &mut out);
    foreign(&String::from_utf8_lossy(&out)).into_owned()
}

/// A line of MONITOR: time and client dimmed, the command's name coloured.
fn monitor_line(line: &str, style: Style) -> String {
    let Some((head, command)) = line.split_once("] ") else {
        return line.to_owned();
    };
    let head = style.paint(Ink::Dim, format!("{head}] "));
    match command.split_once(' ') {
        Some((name, rest)) => format!("{head}{} {rest}", style.paint(Ink::Command, name)),
        None => format!("{head}{}", style.paint(Ink::Command, command)),
    }
}

/// Replies as the text a program reads from the shell's pipe.
pub fn plain_text(argv: &Argv, replies: &[Reply]) -> Vec<u8> {
    let mut text = Vec::new();
    for reply in replies {
        // Writing into memory cannot fail.
        let _ = format::write_reply(argv, reply, &mut text, None);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_cannot_harm_the_screen() {
        let message = Reply::Status("1.5 [0 x] \"get\" \"\x1b[2J\"".into());
        let text = message_text(&message, Style::new(true));
        assert!(!text.contains("\x1b[2J"), "{text:?}");
        assert!(text.contains("\x1b[1;36m\"get\"\x1b[0m"));
    }
}
