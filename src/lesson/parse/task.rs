//! A task fence: something small to do right where it was explained.

use super::expect;
use crate::lesson::{Aim, Expected, Inline, Line, Span, Task};
use catalog::lang::Text;
use catalog::text;
use resp::split;

/// What a line of the fence begins with.
const MARKS: [&str; 6] = [
    "setup>", "check>", "reply>", "predict>", "answer>", "wrong>",
];

/// Reads a task. A complaint comes with the body's line it is about.
pub(super) fn read(id: &str, body: &str, span: Span) -> Result<Task, (usize, Text)> {
    let lines: Vec<&str> = body.lines().collect();
    let mut parts = Parts::default();
    let mut at = 0;
    while at < lines.len() {
        let end = if MARKS.iter().any(|mark| lines[at].starts_with(mark)) {
            let next = (at + 1..lines.len()).find(|next| begins_anew(lines[*next]));
            next.unwrap_or(lines.len())
        } else {
            at + 1
        };
        parts
            .line(
                lines[at].trim_end(),
                &lines[at + 1..end],
                span.line + 1 + at,
            )
            .map_err(|(line, message)| (at + line, message))?;
        at = end;
    }
    parts.task(id, span).map_err(|message| (0, message))
}

/// What a task's lines say.
#[derive(Default)]
struct Parts<'a> {
    prompt: Vec<&'a str>,
    setup: Vec<Line>,
    checks: Vec<Line>,
    reply: Option<Expected>,
    predict: Option<Line>,
    answer: Vec<Line>,
    wrong: Option<(String, Line)>,
}

impl<'a> Parts<'a> {
    /// Takes a line, whose number in the file is `number`, with the lines of
    /// the reply below it.
    fn line(&mut self, text: &'a str, below: &[&str], number: usize) -> Result<(), (usize, Text)> {
        let refuse = |message| Err((0, message));
        if let Some(words) = text.strip_prefix('#') {
            self.prompt.push(words.trim());
        }
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        let mark = MARKS.into_iter().find(|mark| text.starts_with(mark));
        let Some(mark) = mark else {
            return refuse(text!(
                "a task's lines begin with #, setup>, check>, reply>, predict>, answer> or wrong>",
                "wiersze zadania zaczynają się od #, setup>, check>, reply>, predict>, answer> albo wrong>"
            ));
        };
        let expected = expect::read_all(&below.join("\n"), number + 1)
            .map_err(|complaint| (1 + complaint.line, complaint.message))?;
        let rest = text[mark.len()..].trim();
        let command = |expected: Vec<Expected>| {
            let argv = split::split(rest.as_bytes()).ok();
            let argv = argv.filter(|argv| !argv.is_empty()).ok_or_else(|| {
                let message = text!(
                    "a command with balanced quotes is missing",
                    "brakuje polecenia z domkniętymi cudzysłowami"
                );
                (0, message)
            })?;
            Ok::<Line, (usize, Text)>(Line {
                text: rest.to_owned(),
                argv,
                expected,
                span: Span {
                    line: number,
                    column: mark.len() + 2,
                    len: rest.chars().count(),
                },
            })
        };
        let due = usize::from(matches!(mark, "check>" | "reply>" | "predict>"));
        if expected.len() != due {
            return refuse(match due {
                0 => text!("no reply belongs behind this", "tu nie ma być odpowiedzi"),
                _ => text!(
                    "the one reply that is right stands behind this",
                    "po tym stoi jedna odpowiedź, ta właściwa"
                ),
            });
        }
        match mark {
            "setup>" => self.setup.push(command(expected)?),
            "check>" => self.checks.push(command(expected)?),
            "reply>" => self.reply = expected.into_iter().next(),
            "predict>" => self.predict = Some(command(expected)?),
            "answer>" => self.answer.push(command(expected)?),
            _ => self.wrong = Some((rest.to_owned(), command(expected)?)),
        }
        Ok(())
    }

    /// The task, if nothing is missing.
    fn task(self, id: &str, span: Span) -> Result<Task, Text> {
        if self.prompt.is_empty() {
            return Err(text!(
                "a task without a \"# what to do\" line",
                "zadanie bez wiersza „# co zrobić”"
            ));
        }
        let Some((guess, wrong)) = self.wrong else {
            return Err(text!(
                "a task without a wrong answer that is refused",
                "zadanie bez złej odpowiedzi, która zostanie odrzucona"
            ));
        };
        let aim = match (self.checks.is_empty(), self.reply, self.predict) {
            (false, None, None) => Aim::State(self.checks),
            (true, Some(reply), None) => Aim::Reply(reply),
            (true, None, Some(line)) => Aim::Predict { line, guess },
            _ => {
                return Err(text!(
                    "a task has check> lines, or one reply>, or one predict>",
                    "zadanie ma wiersze check>, albo jedno reply>, albo jedno predict>"
                ));
            }
        };
        if matches!(aim, Aim::Predict { .. }) != self.answer.is_empty() {
            return Err(text!(
                "a task to do has an answer>; a prediction has none: its reply is the answer",
                "zadanie do zrobienia ma answer>; przewidywanie go nie ma, bo odpowiedzią jest wynik polecenia"
            ));
        }
        Ok(Task {
            id: id.to_owned(),
            session: None,
            prompt: inlines(&self.prompt.join(" ")),
            setup: self.setup,
            aim,
            answer: self.answer,
            wrong,
            span,
        })
    }
}

fn begins_anew(line: &str) -> bool {
    line.starts_with('#') || MARKS.iter().any(|mark| line.starts_with(mark))
}

/// Text with `code` in it.
fn inlines(text: &str) -> Vec<Inline> {
    let pieces = text.split('`').enumerate();
    let pieces = pieces.filter(|(_, piece)| !piece.is_empty());
    pieces
        .map(|(index, piece)| match index % 2 {
            0 => Inline::Text(piece.to_owned()),
            _ => Inline::Code(piece.to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::lang::Lang;

    const SPAN: Span = Span {
        line: 7,
        column: 1,
        len: 3,
    };

    #[test]
    fn the_three_kinds_of_tasks() {
        let state = "# Put `milk` first.\nsetup> RPUSH lab:try:l bread\ncheck> LRANGE lab:try:l 0 0\n\
                     1) \"milk\"\nanswer> LPUSH lab:try:l milk\nwrong> RPUSH lab:try:l milk\n";
        let task = read("l-1", state, SPAN).expect("well written");
        assert!(matches!(&task.aim, Aim::State(checks) if checks[0].span.line == 10));
        assert_eq!(task.prompt.len(), 3);
        let reply = "# How long?\nreply>\n(integer) 3\nanswer> LLEN lab:l\nwrong> TYPE lab:l\n";
        let task = read("l-2", reply, SPAN).expect("well written");
        assert!(matches!(task.aim, Aim::Reply(_)));
        let predict = "# What comes?\npredict> LRANGE lab:l 0 1\n1) \"a\"\n2) \"b\"\nwrong> a\n";
        let task = read("l-3", predict, SPAN).expect("well written");
        assert!(task.is_guessed("a b") && task.is_guessed("\"a\", \"b\""));
        assert!(task.is_guessed("1) \"a\" 2) \"b\""));
        assert!(!task.is_guessed("a") && !task.is_guessed("b a"));
    }

    #[test]
    fn what_is_missing_is_said() {
        for (body, says) in [
            ("reply>\nOK\nanswer> PING\nwrong> PONG\n", "what to do"),
            ("# X\nreply>\nOK\nanswer> PING\n", "wrong answer"),
            ("# X\nanswer> PING\nwrong> PING\n", "check> lines"),
            ("# X\nreply>\nanswer> PING\nwrong> X\n", "one reply"),
            (
                "# X\npredict> PING\nPONG\nanswer> PING\nwrong> x\n",
                "prediction has none",
            ),
            ("# X\nPING\n", "begin with"),
        ] {
            let (_, message) = read("x", body, SPAN).expect_err(body);
            let message = message.pick(Lang::En);
            assert!(message.contains(says), "{body}: {message}");
        }
    }
}
