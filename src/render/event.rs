//! One event to the text a person reads.

use super::harmless::foreign;
use super::picture;
use super::prose::{lay_out, wrapping};
use super::style::{Ink, Style};
use crate::lesson::{Inline, Prose, ServerAct, SessionName};
use crate::runner::{Event, Picture, Verdict};
use catalog::lang::{Lang, polish_plural};
use catalog::text;
use resp::{Reply, format};
use std::time::Duration;

/// The widest column of prose; longer lines are hard to read.
const WIDEST: usize = 96;

/// What happens to one of the lesson's own servers, in words.
pub fn server_act(lang: Lang, act: ServerAct) -> &'static str {
    match act {
        ServerAct::Kill => lang.pick("killed (kill -9)", "zabity (kill -9)"),
        ServerAct::Start => lang.pick("started again", "uruchomiony ponownie"),
    }
}

/// Turns events into text for a terminal of a given width.
#[derive(Debug)]
pub struct Painter {
    style: Style,
    width: usize,
    lang: Lang,
    /// The sessions seen in this lesson, for their colours.
    sessions: Vec<SessionName>,
    actors: Vec<String>,
    /// Show speaker notes.
    notes: bool,
    /// Tell pictures instead of drawing them.
    in_words: bool,
    /// Whose command the replies now coming answer.
    asker: Option<SessionName>,
    /// A live demo is talking.
    in_demo: bool,
}

impl Painter {
    /// A painter for `width` columns.
    pub fn new(style: Style, width: usize, lang: Lang) -> Painter {
        Painter {
            style,
            width: width.min(WIDEST),
            lang,
            sessions: vec![None],
            actors: vec![String::new()],
            notes: false,
            in_words: false,
            asker: None,
            in_demo: false,
        }
    }

    /// For another number of columns from now on.
    pub fn resize(&mut self, width: usize) {
        self.width = width.min(WIDEST);
    }

    /// With `in_words`, pictures are told in sentences: for those who hear the
    /// text read, and for terminals that have no line drawing.
    pub fn in_words(mut self, in_words: bool) -> Painter {
        self.in_words = in_words;
        self
    }

    /// The text of an event, with its line breaks; empty when it shows nothing.
    pub fn paint(&mut self, event: &Event) -> String {
        match event {
            Event::Command { session, .. } => self.asker = Some(session.clone()),
            Event::Reply { .. } => {}
            _ => self.asker = None,
        }
        let talks = match event {
            Event::DemoBegan { .. } | Event::Demo { .. } => true,
            Event::Picture(_) => self.in_demo,
            _ => false,
        };
        let gap = if self.in_demo && !talks { "\n" } else { "" };
        self.in_demo = talks;
        format!("{gap}{}", self.text(event))
    }

    fn text(&mut self, event: &Event) -> String {
        let style = self.style;
        match event {
            Event::LessonBegan { title, server, .. } => {
                self.sessions.truncate(1);
                self.actors.truncate(1);
                let banner = format!("redis-lab · {server}");
                format!(
                    "{}\n{}\n",
                    self.dim_lines(&banner),
                    self.lines(Ink::Title, title)
                )
            }
            Event::StepBegan {
                number,
                of,
                heading,
            } => {
                if heading.is_empty() {
                    return "\n".to_owned();
                }
                self.heading(*number, *of, heading)
            }
            Event::Prose(prose) => format!("{}\n", lay_out(prose, self.width, style)),
            Event::Code { language, text } => self.code(language, text),
            Event::Note(note) if self.notes => {
                format!("{}\n", style.paint(Ink::Dim, format!("» {}", note.text)))
            }
            Event::Note(_) => String::new(),
            Event::BlockBegan { title, .. } if !title.is_empty() => {
                format!("{}\n", style.paint(Ink::Dim, format!("# {title}")))
            }
            Event::BlockBegan { .. } => String::new(),
            Event::Command { session, text } => self.command(session, text),
            Event::Reply {
                session,
                reply,
                verdict,
                took,
            } => self.reply(session, reply.as_ref(), verdict, *took),
            Event::Blocked { session } => {
                let text = self
                    .lang
                    .pick("(waits in the server ...)", "(czeka w serwerze ...)");
                format!("{}{}\n\n", self.tag(session), style.paint(Ink::Dim, text))
            }
            Event::Server { name, act } => {
                let text = server_act(self.lang, *act);
                let tag = self.tag(&Some(name.clone()));
                format!("{tag}{}\n\n", style.paint(Ink::Bold, text))
            }
            Event::Wait(duration) => {
                let text = self.lang.pick("waiting", "czekamy");
                let text = format!(
                    "... {text} {} s",
                    self.lang.decimal(duration.as_secs_f64(), 1)
                );
                format!("{}\n\n", style.paint(Ink::Dim, &text))
            }
            Event::DemoBegan { name } => {
                let text = self.lang.pick("live demo", "pokaz na żywo");
                format!(
                    "{}\n",
                    style.paint(Ink::Dim, format!("── {text}: {name} ──"))
                )
            }
            Event::Demo { actor, text } => self.demo(actor, text),
            Event::Picture(picture) if self.in_words => {
                let sentence = picture::sentence(picture, self.lang);
                format!("{}\n\n", textwrap::fill(&sentence, wrapping(self.width)))
            }
            Event::Picture(picture) => self.picture(picture),
            Event::Task { prompt, .. } => {
                let label = self.lang.pick("Your turn: ", "Twoja kolej: ");
                let mut words = vec![Inline::Strong(label.to_owned())];
                words.extend(prompt.iter().cloned());
                format!("{}\n", lay_out(&Prose::Paragraph(words), self.width, style))
            }
            Event::Exercise { .. } => {
                let text = self.lang.pick(
                    "Try it yourself: redis-lab practice",
                    "Spróbuj samodzielnie: redis-lab practice",
                );
                format!("{}\n", self.dim_lines(text))
            }
            Event::StepEnded { took, round_trips } => self.step_ended(*took, *round_trips),
            Event::LessonEnded {
                commands,
                surprises,
                took,
                ..
            } => self.lesson_ended(*commands, *surprises, *took),
        }
    }

    fn dim_lines(&self, text: &str) -> String {
        self.lines(Ink::Dim, text)
    }

    /// Text in one ink, broken into lines that fit.
    fn lines(&self, ink: Ink, text: &str) -> String {
        textwrap::wrap(text, wrapping(self.width))
            .iter()
            .map(|line| self.style.paint(ink, line))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// `[2/14] Heading`, with what does not fit below the heading's beginning.
    fn heading(&self, number: usize, of: usize, heading: &str) -> String {
        let count = format!("[{number}/{of}] ");
        let below = " ".repeat(count.len());
        let options = wrapping(self.width)
            .initial_indent(&below)
            .subsequent_indent(&below);
        let lines: Vec<String> = textwrap::wrap(heading, options)
            .iter()
            .map(|line| self.style.paint(Ink::Bold, line.trim_start()))
            .collect();
        let lines = lines.join(&format!("\n{below}"));
        format!("\n{}{lines}\n\n", self.style.paint(Ink::Dim, count))
    }

    fn code(&self, language: &str, text: &str) -> String {
        let mut out = String::new();
        if language != "text" {
            out.push_str(&self.style.paint(Ink::Dim, format!("  {language}:")));
            out.push('\n');
        }
        for line in text.lines() {
            let line = format!("    {}", self.style.paint(Ink::Option, line));
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out.push('\n');
        out
    }

    fn picture(&self, picture: &Picture) -> String {
        let mut out = format!("{}\n", self.lines(Ink::Bold, &foreign(&picture.caption)));
        for row in picture::rows(picture, self.width, self.lang) {
            for (ink, text) in row {
                match ink {
                    Some(ink) => out.push_str(&self.style.paint(ink, text)),
                    None => out.push_str(&foreign(&text)),
                }
            }
            out.push('\n');
        }
        out.push('\n');
        out
    }

    fn session_number(&mut self, session: &SessionName) -> usize {
        if let Some(at) = self.sessions.iter().position(|known| known == session) {
            return at;
        }
        self.sessions.push(session.clone());
        self.sessions.len() - 1
    }

    fn command(&mut self, session: &SessionName, text: &str) -> String {
        let number = self.session_number(session);
        let prompt = format!("{}> ", session.as_deref().unwrap_or("lab"));
        let mut out = String::new();
        for (index, line) in text.lines().enumerate() {
            let lead = if index == 0 {
                self.style.paint(Ink::Voice(number), &prompt)
            } else {
                " ".repeat(prompt.len())
            };
            let line = self.style.paint(Ink::Command, line);
            out.push_str(&format!("{lead}{line}\n"));
        }
        out
    }

    /// `ala: ` before what arrives on a named session by itself.
    fn tag(&mut self, session: &SessionName) -> String {
        match session {
            None => String::new(),
            Some(name) => {
                let number = self.session_number(session);
                self.style.paint(Ink::Voice(number), format!("{name}: "))
            }
        }
    }

    fn reply(
        &mut self,
        session: &SessionName,
        reply: Option<&Reply>,
        verdict: &Verdict,
        took: Duration,
    ) -> String {
        let mut out = String::new();
        match reply {
            Some(reply) => {
                // What arrives by itself says for whom: a message, or the
                // answer of a command that was blocked until now.
                if self.asker.as_ref() != Some(session) && session.is_some() {
                    let text = self.lang.pick("receives", "odbiera");
                    let tag = self.tag(session);
                    out.push_str(&format!("{tag}{}\n", self.style.paint(Ink::Dim, text)));
                }
                let text = format::to_tty(reply);
                let text = foreign(&text);
                let tone = reply.is_error().then_some(Ink::Bad);
                for line in text.trim_end().lines() {
                    out.push_str(&match tone {
                        Some(tone) => self.style.paint(tone, line),
                        None => line.to_owned(),
                    });
                    out.push('\n');
                }
            }
            None => {
                let nothing = self.lang.pick("(nothing arrived)", "(nic nie przyszło)");
                out.push_str(&format!("{}{nothing}\n", self.tag(session)));
            }
        }
        // A wait one can feel is worth a number; a local reply is not.
        if took >= Duration::from_millis(100) {
            let text = format!("({} s)", self.lang.decimal(took.as_secs_f64(), 1));
            out.push_str(&format!("{}\n", self.style.paint(Ink::Dim, &text)));
        }
        if let Verdict::Differs {
            expected,
            place,
            too_old,
        } = verdict
        {
            let text = match too_old {
                Some(reason) => self.lines(Ink::Bad, &format!("! {}", reason.sentence(self.lang))),
                None => {
                    let label = self.lang.pick("the lesson expects", "lekcja oczekuje");
                    let text = format!("! {label} ({place}): {expected}");
                    self.style.paint(Ink::Bad, &text)
                }
            };
            out.push_str(&format!("{text}\n"));
        }
        out.push('\n');
        out
    }

    fn demo(&mut self, actor: &str, text: &str) -> String {
        if actor.is_empty() {
            return format!("{}\n", textwrap::fill(text, wrapping(self.width)));
        }
        let number = match self.actors.iter().position(|known| known == actor) {
            Some(at) => at,
            None => {
                self.actors.push(actor.to_owned());
                self.actors.len() - 1
            }
        };
        let label = self.style.paint(Ink::Voice(number), format!("{actor:>10}"));
        let below = " ".repeat(12);
        let options = wrapping(self.width.max(26))
            .initial_indent(&below)
            .subsequent_indent(&below);
        let text = textwrap::fill(text, options);
        format!("{label}  {}\n", text.trim_start())
    }

    fn step_ended(&self, took: Duration, round_trips: usize) -> String {
        if round_trips == 0 {
            return String::new();
        }
        let millis = self.lang.decimal(took.as_secs_f64() * 1e3, 1);
        let text = self.lang.pick(
            format!(
                "({round_trips} round trip{}, {millis} ms)",
                if round_trips == 1 { "" } else { "s" }
            ),
            format!(
                "({round_trips} {}, {millis} ms)",
                polish_plural(
                    round_trips as u64,
                    "podróż do serwera",
                    "podróże do serwera",
                    "podróży do serwera"
                )
            ),
        );
        format!("{}\n", self.dim_lines(&text))
    }

    fn lesson_ended(&self, commands: usize, surprises: usize, took: Duration) -> String {
        let seconds = self.lang.decimal(took.as_secs_f64(), 1);
        let count = commands as u64;
        let text = self.lang.pick(
            format!("Done: {commands} commands in {seconds} s."),
            format!(
                "Koniec: {commands} {} w {seconds} s.",
                polish_plural(count, "polecenie", "polecenia", "poleceń")
            ),
        );
        let mut out = format!("\n{}\n", self.lines(Ink::Good, &text));
        if surprises > 0 {
            let text = text!(
                self.lang,
                "{surprises} of the replies were not as the lesson says.",
                "Odpowiedzi innych, niż mówi lekcja: {surprises}."
            );
            out.push_str(&format!("{}\n", self.lines(Ink::Bad, &text)));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painter() -> Painter {
        Painter::new(Style::new(false), 80, Lang::En)
    }

    fn command(session: &str) -> Event {
        Event::Command {
            session: Some(session.to_owned()),
            text: "SUBSCRIBE news".to_owned(),
        }
    }

    fn reply(session: &str) -> Event {
        Event::Reply {
            session: Some(session.to_owned()),
            reply: Some(Reply::Int(1)),
            verdict: Verdict::AsExpected,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn what_arrives_by_itself_says_for_whom() {
        let mut painter = painter();
        painter.paint(&command("ala"));
        // Both answer Ala's command: SUBSCRIBE answers once for each channel.
        assert_eq!(painter.paint(&reply("ala")), "(integer) 1\n\n");
        assert_eq!(painter.paint(&reply("ala")), "(integer) 1\n\n");
        assert_eq!(
            painter.paint(&reply("ola")),
            "ola: receives\n(integer) 1\n\n"
        );
        painter.paint(&Event::Blocked {
            session: Some("ala".to_owned()),
        });
        assert_eq!(
            painter.paint(&reply("ala")),
            "ala: receives\n(integer) 1\n\n"
        );
    }

    #[test]
    fn an_empty_line_ends_a_demo() {
        let mut painter = painter();
        let says = |text: &str| Event::Demo {
            actor: String::new(),
            text: text.to_owned(),
        };
        assert_eq!(painter.paint(&says("one")), "one\n");
        assert_eq!(painter.paint(&says("two")), "two\n");
        assert!(painter.paint(&command("ala")).starts_with("\nala> "));
    }
}
