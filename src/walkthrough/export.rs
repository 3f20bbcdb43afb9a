//! `walkthrough --export html`: one self-contained page of a lesson with the
//! replies the server really gave; light and dark, readable on a phone and on
//! paper, without a single script.

use crate::conn::server::Server;
use crate::error::Result;
use crate::lesson::{Exercise, Inline, Lesson, Prose, SessionName};
use crate::live;
use crate::render::harmless::foreign;
use crate::runner::{Event, Flow, Host, Stage, Verdict, play};
use catalog::lang::Lang;
use resp::format;
use std::fmt::Write as _;

const STYLE: &str = include_str!("export.css");

/// Plays the lesson and gives its page, and the number of replies that were
/// not as the lesson says.
///
/// # Errors
/// When the server fails.
pub async fn export(
    lesson: &Lesson,
    server: &Server,
    stage: &mut Stage,
    lang: Lang,
) -> Result<(String, usize)> {
    let mut page = Page {
        lang,
        body: String::new(),
        terminal: false,
        sessions: vec![None],
        lesson,
    };
    let summary = play(
        lesson,
        0,
        server.describe(lang),
        lang.code(),
        stage,
        &mut page,
    )
    .await?;
    page.close_terminal();
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        lang.code(),
        escape(&lesson.title),
        page.body
    );
    Ok((html, summary.surprises))
}

struct Page<'a> {
    lang: Lang,
    body: String,
    /// Whether a terminal block is open.
    terminal: bool,
    sessions: Vec<SessionName>,
    lesson: &'a Lesson,
}

impl Page<'_> {
    fn put(&mut self, html: &str) {
        self.body.push_str(html);
    }

    fn open_terminal(&mut self) {
        if !self.terminal {
            self.put("<pre class=\"terminal\">");
            self.terminal = true;
        }
    }

    fn close_terminal(&mut self) {
        if self.terminal {
            let end = self.body.trim_end().len();
            self.body.truncate(end);
            self.put("</pre>\n");
            self.terminal = false;
        }
    }

    /// The colour of a session: its number of appearance.
    fn voice(&mut self, session: &SessionName) -> usize {
        let known = self.sessions.iter().position(|known| known == session);
        known.unwrap_or_else(|| {
            self.sessions.push(session.clone());
            self.sessions.len() - 1
        }) % 5
    }

    fn exercise(&mut self, exercise: &Exercise) {
        for (number, hint) in exercise.hints.iter().enumerate() {
            let label = self.lang.pick("Hint", "Podpowiedź");
            let _ = writeln!(
                self.body,
                "<details><summary>{label} {}</summary>",
                number + 1
            );
            for part in hint {
                prose(part, &mut self.body);
            }
            self.put("</details>\n");
        }
        let label = self.lang.pick("Solution", "Rozwiązanie");
        let _ = write!(
            self.body,
            "<details><summary>{label}</summary>\n<pre class=\"terminal\">"
        );
        for line in &exercise.solution.lines {
            let _ = writeln!(
                self.body,
                "<b class=\"v0\">lab&gt;</b> <kbd>{}</kbd>",
                escape(&line.text)
            );
        }
        self.put("</pre>\n");
        for part in &exercise.explanation {
            prose(part, &mut self.body);
        }
        let _ = writeln!(
            self.body,
            "<p>{}</p>\n</details>",
            escape(&exercise.learned)
        );
    }
}

impl Host for Page<'_> {
    fn event(&mut self, event: Event) -> Result<()> {
        let in_terminal = matches!(
            event,
            Event::BlockBegan { .. }
                | Event::Command { .. }
                | Event::Reply { .. }
                | Event::Blocked { .. }
                | Event::Wait(_)
                | Event::DemoBegan { .. }
                | Event::Demo { .. }
        );
        if in_terminal {
            self.open_terminal();
        } else {
            self.close_terminal();
        }
        match event {
            Event::LessonBegan { title, server, .. } => {
                let _ = write!(
                    self.body,
                    "<header>\n<h1>{}</h1>\n<p class=\"dim\">redis-lab · {}</p>\n</header>\n",
                    escape(&title),
                    escape(&server)
                );
            }
            Event::StepBegan { heading, .. } if !heading.is_empty() => {
                let _ = writeln!(self.body, "<h2>{}</h2>", escape(&heading));
            }
            Event::Prose(part) => prose(&part, &mut self.body),
            Event::Code { language, text } => {
                let _ = writeln!(
                    self.body,
                    "<pre class=\"code\" data-language=\"{}\"><code>{}</code></pre>",
                    escape(&language),
                    escape(&text)
                );
            }
            Event::BlockBegan { title, .. } if !title.is_empty() => {
                let _ = writeln!(self.body, "<i># {}</i>", escape(&title));
            }
            Event::Command { session, text } => {
                let voice = self.voice(&session);
                let name = session.as_deref().unwrap_or("lab").to_owned();
                let _ = writeln!(
                    self.body,
                    "<b class=\"v{voice}\">{}&gt;</b> <kbd>{}</kbd>",
                    escape(&name),
                    escape(&text)
                );
            }
            Event::Reply { reply, verdict, .. } => {
                let text = match &reply {
                    Some(reply) => format::to_tty(reply).trim_end().to_owned(),
                    None => self
                        .lang
                        .pick("(nothing arrived)", "(nic nie przyszło)")
                        .to_owned(),
                };
                let _ = writeln!(self.body, "{}", escape(&text));
                if let Verdict::Differs { expected, .. } = verdict {
                    let label = self.lang.pick("the lesson expects", "lekcja oczekuje");
                    let _ = writeln!(self.body, "<mark>! {label}: {}</mark>", escape(&expected));
                }
                self.put("\n");
            }
            Event::Blocked { .. } => {
                let text = self
                    .lang
                    .pick("(waits in the server ...)", "(czeka w serwerze ...)");
                let _ = writeln!(self.body, "<i>{text}</i>\n");
            }
            Event::Wait(duration) => {
                let seconds = self.lang.decimal(duration.as_secs_f64(), 1);
                let _ = writeln!(self.body, "<i>... {seconds} s</i>\n");
            }
            Event::Demo { actor, text } => {
                let _ = match actor.is_empty() {
                    true => writeln!(self.body, "{}", escape(&text)),
                    false => writeln!(
                        self.body,
                        "<b class=\"v1\">{:>10}</b>  {}",
                        escape(&actor),
                        escape(&text)
                    ),
                };
            }
            Event::Exercise { id } => {
                let lesson = self.lesson;
                if let Some(exercise) = lesson.exercises().find(|exercise| exercise.id == id) {
                    self.exercise(exercise);
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn pause(&mut self) -> Result<Flow> {
        Ok(Flow::Continue)
    }

    async fn demo(&mut self, name: &str, stage: &Stage) -> Result<()> {
        let target = stage.target().clone();
        live::run(name, &target, self.lang, &mut |event| self.event(event)).await
    }
}

/// Prose as HTML.
fn prose(part: &Prose, out: &mut String) {
    match part {
        Prose::Paragraph(inlines) => {
            let _ = writeln!(out, "<p>{}</p>", inline(inlines));
        }
        Prose::Heading(inlines) => {
            let _ = writeln!(out, "<h3>{}</h3>", inline(inlines));
        }
        Prose::Quote(parts) => {
            out.push_str("<blockquote>\n");
            parts.iter().for_each(|part| prose(part, out));
            out.push_str("</blockquote>\n");
        }
        Prose::List { start, items } => {
            let tag = if start.is_some() { "ol" } else { "ul" };
            let _ = match start {
                Some(start) if *start != 1 => writeln!(out, "<ol start=\"{start}\">"),
                _ => writeln!(out, "<{tag}>"),
            };
            for item in items {
                out.push_str("<li>");
                match item.as_slice() {
                    [Prose::Paragraph(inlines)] => out.push_str(&inline(inlines)),
                    parts => parts.iter().for_each(|part| prose(part, out)),
                }
                out.push_str("</li>\n");
            }
            let _ = writeln!(out, "</{tag}>");
        }
        Prose::Table(rows) => {
            out.push_str("<div class=\"wide\"><table>\n");
            for (index, row) in rows.iter().enumerate() {
                let tag = if index == 0 { "th" } else { "td" };
                out.push_str("<tr>");
                for cell in row {
                    let _ = write!(out, "<{tag}>{}</{tag}>", inline(cell));
                }
                out.push_str("</tr>\n");
            }
            out.push_str("</table></div>\n");
        }
    }
}

fn inline(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|piece| match piece {
            Inline::Text(text) => escape(text),
            Inline::Code(code) => format!("<code>{}</code>", escape(code)),
            Inline::Strong(text) => format!("<strong>{}</strong>", escape(text)),
            // Only web addresses become links; a lesson cannot smuggle a script in.
            Inline::Link(text, url) if url.starts_with("http") => {
                format!("<a href=\"{}\">{}</a>", escape(url), escape(text))
            }
            Inline::Link(text, _) => escape(text),
            Inline::Break => "<br>".to_owned(),
        })
        .collect()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in foreign(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_lesson_becomes_markup() {
        let part = Prose::Paragraph(vec![
            Inline::Text("<script>alert(1)</script> & ".into()),
            Inline::Link("x".into(), "javascript:alert(1)".into()),
            Inline::Link("y".into(), "https://e.org/\"onclick=\"z".into()),
        ]);
        let mut out = String::new();
        prose(&part, &mut out);
        assert_eq!(
            out,
            "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; x<a href=\"https://e.org/&quot;onclick=&quot;z\">y</a></p>\n"
        );
    }
}
