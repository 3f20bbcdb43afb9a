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
    let first_line = span.line + 1;
    let mut prompt: Vec<&str> = Vec::new();
    let (mut setup, mut answer, mut checks) = (Vec::new(), Vec::new(), Vec::new());
    let (mut reply, mut predict, mut wrong) = (None, None, None);
    let mut at = 0;
    while at < lines.len() {
        let here = at;
        let complain = |message: Text| (here, message);
        let text = lines[at].trim_end();
        at += 1;
        if let Some(words) = text.strip_prefix('#') {
            prompt.push(words.trim());
            continue;
        }
        if text.is_empty() {
            continue;
        }
        let mark = MARKS.into_iter().find(|mark| text.starts_with(mark));
        let Some(mark) = mark else {
            return Err(complain(text!(
                "a task's lines begin with #, setup>, check>, reply>, predict>, answer> or wrong>",
                "wiersze zadania zaczynają się od #, setup>, check>, reply>, predict>, answer> albo wrong>"
            )));
        };
        let rest = text[mark.len()..].trim();
        let end = (at..lines.len()).find(|next| begins_anew(lines[*next]));
        let end = end.unwrap_or(lines.len());
        let expected = expect::read_all(&lines[at..end].join("\n"), first_line + at)
            .map_err(|complaint| (at + complaint.line, complaint.message))?;
        let command = |expected: Vec<Expected>| {
            let argv = split::split(rest.as_bytes()).ok();
            let argv = argv.filter(|argv| !argv.is_empty());
            let argv = argv.ok_or_else(|| {
                complain(text!(
                    "a command with balanced quotes is missing",
                    "brakuje polecenia z domkniętymi cudzysłowami"
                ))
            })?;
            let span = Span {
                line: first_line + here,
                column: mark.len() + 2,
                len: rest.chars().count(),
            };
            Ok::<Line, (usize, Text)>(Line {
                text: rest.to_owned(),
                argv,
                expected,
                span,
            })
        };
        let due = usize::from(matches!(mark, "check>" | "reply>" | "predict>"));
        if expected.len() != due {
            return Err(complain(match due {
                0 => text!("no reply belongs behind this", "tu nie ma być odpowiedzi"),
                _ => text!(
                    "the one reply that is right stands behind this",
                    "po tym stoi jedna odpowiedź, ta właściwa"
                ),
            }));
        }
        at = end;
        match mark {
            "setup>" => setup.push(command(expected)?),
            "check>" => checks.push(command(expected)?),
            "reply>" => reply = expected.into_iter().next(),
            "predict>" => predict = Some(command(expected)?),
            "answer>" => answer.push(command(expected)?),
            _ => wrong = Some((rest.to_owned(), command(expected)?)),
        }
    }
    let whole = |message: Text| (0, message);
    if prompt.is_empty() {
        return Err(whole(text!(
            "a task without a \"# what to do\" line",
            "zadanie bez wiersza \"# co zrobić\""
        )));
    }
    let Some((guess, wrong)) = wrong else {
        return Err(whole(text!(
            "a task without a wrong answer that is refused",
            "zadanie bez złej odpowiedzi, która zostanie odrzucona"
        )));
    };
    let aim = match (checks.is_empty(), reply, predict) {
        (false, None, None) => Aim::State(checks),
        (true, Some(reply), None) => Aim::Reply(reply),
        (true, None, Some(line)) => Aim::Predict { line, guess },
        _ => {
            return Err(whole(text!(
                "a task has check> lines, or one reply>, or one predict>",
                "zadanie ma wiersze check>, albo jedno reply>, albo jedno predict>"
            )));
        }
    };
    if matches!(aim, Aim::Predict { .. }) != answer.is_empty() {
        return Err(whole(text!(
            "a task to do has an answer>; a prediction has none: its reply is the answer",
            "zadanie do zrobienia ma answer>; przewidywanie go nie ma, bo odpowiedzią jest wynik polecenia"
        )));
    }
    Ok(Task {
        id: id.to_owned(),
        session: None,
        prompt: inlines(&prompt.join(" ")),
        setup,
        aim,
        answer,
        wrong,
        span,
    })
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
