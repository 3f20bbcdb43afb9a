//! `walkthrough --export html`: lessons as pages, with the replies the server
//! really gave and the pictures; light and dark, readable on a phone and on
//! paper, each page complete in itself and without a single script.

mod page;

pub use page::{contents, page, pages};

use crate::conn::server::Server;
use crate::error::Result;
use crate::lesson::{Exercise, Lesson, SessionName};
use crate::live;
use crate::render::html::{escape, inline, prose};
use crate::render::picture::{rows, sentence};
use crate::render::server_act;
use crate::render::style::Ink;
use crate::runner::{Event, Flow, Host, Picture, Stage, Verdict, play};
use catalog::lang::Lang;
use resp::{Reply, format};
use std::fmt::Write as _;

/// How wide a picture is drawn: as wide as a page shows on paper.
const COLUMNS: usize = 72;

/// A lesson's part of a page.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// The section's id.
    pub id: String,
    /// The lesson's title.
    pub title: String,
    /// The minutes planned for it.
    pub minutes: u32,
    /// Replies that were not as the lesson says.
    pub surprises: usize,
    body: String,
    /// The exercises' answers once more, for paper, where nothing unfolds.
    answers: String,
}

/// Plays the lesson and gives its chapter, with or without the exercises'
/// solutions.
///
/// # Errors
/// When the server fails.
pub async fn export(
    lesson: &Lesson,
    server: &Server,
    stage: &mut Stage,
    lang: Lang,
    solutions: bool,
) -> Result<Chapter> {
    let mut page = Page {
        lang,
        solutions,
        body: String::new(),
        answers: String::new(),
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
    Ok(Chapter {
        id: lesson.id.clone(),
        title: lesson.title.clone(),
        minutes: lesson.minutes(),
        surprises: summary.surprises,
        body: page.body,
        answers: page.answers,
    })
}

struct Page<'a> {
    lang: Lang,
    solutions: bool,
    body: String,
    answers: String,
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
        if !self.solutions {
            return;
        }
        let label = self.lang.pick("Solution", "Rozwiązanie");
        let mut answer = String::from("<pre class=\"terminal\">");
        for line in &exercise.solution.lines {
            let _ = writeln!(
                answer,
                "<b class=\"v0\">lab&gt;</b> <kbd>{}</kbd>",
                escape(&line.text)
            );
        }
        answer.push_str("</pre>\n");
        for part in &exercise.explanation {
            prose(part, &mut answer);
        }
        let _ = writeln!(answer, "<p>{}</p>", escape(&exercise.learned));
        let _ = writeln!(
            self.body,
            "<details><summary>{label}</summary>\n{answer}</details>"
        );
        let title = escape(&exercise.title);
        let _ = writeln!(self.answers, "<h3>{title}</h3>\n{answer}");
    }

    fn command(&mut self, session: &SessionName, text: &str) {
        let voice = self.voice(session);
        let name = session.as_deref().unwrap_or("lab");
        let _ = writeln!(
            self.body,
            "<b class=\"v{voice}\">{}&gt;</b> <kbd>{}</kbd>",
            escape(name),
            escape(text)
        );
    }

    fn reply(&mut self, reply: Option<&Reply>, verdict: &Verdict) {
        let text = match reply {
            Some(reply) => format::to_tty(reply).trim_end().to_owned(),
            None => self
                .lang
                .pick("(nothing arrived)", "(nic nie przyszło)")
                .to_owned(),
        };
        let _ = writeln!(self.body, "{}", escape(&text));
        if let Verdict::Differs { expected, .. } = verdict {
            let label = self.lang.pick("the lesson expects", "lekcja oczekuje");
            let _ = writeln!(self.body, "<mark>! {label}: {}</mark>", escape(expected));
        }
        self.put("\n");
    }

    /// What somebody in a demo says; the result of all of them is nobody's.
    fn demo_line(&mut self, actor: &str, text: &str) {
        let (actor, text) = (escape(actor), escape(text));
        let _ = if actor.is_empty() {
            writeln!(self.body, "{text}")
        } else {
            writeln!(self.body, "<b class=\"v1\">{actor:>10}</b>  {text}")
        };
    }

    /// A picture; those who hear the page read are told what it shows.
    fn picture(&mut self, picture: &Picture) {
        let told = escape(&sentence(picture, self.lang));
        let _ = write!(
            self.body,
            "<figure>\n<pre role=\"img\" aria-label=\"{told}\">"
        );
        for row in rows(picture, COLUMNS, self.lang) {
            for (ink, text) in row {
                let text = escape(&text);
                let _ = match ink {
                    Some(Ink::Voice(number)) => {
                        write!(self.body, "<b class=\"v{}\">{text}</b>", number % 5)
                    }
                    Some(_) => write!(self.body, "<i>{text}</i>"),
                    None => write!(self.body, "{text}"),
                };
            }
            self.put("\n");
        }
        let caption = escape(&picture.caption);
        let _ = writeln!(
            self.body,
            "</pre>\n<figcaption>{caption}</figcaption>\n</figure>"
        );
    }
}

/// Whether an event is shown as a terminal shows it.
fn is_of_terminal(event: &Event) -> bool {
    matches!(
        event,
        Event::BlockBegan { .. }
            | Event::Command { .. }
            | Event::Reply { .. }
            | Event::Blocked { .. }
            | Event::Server { .. }
            | Event::Wait(_)
            | Event::DemoBegan { .. }
            | Event::Demo { .. }
    )
}

impl Host for Page<'_> {
    fn event(&mut self, event: Event) -> Result<()> {
        if is_of_terminal(&event) {
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
            Event::Picture(picture) => self.picture(&picture),
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
            Event::Command { session, text } => self.command(&session, &text),
            Event::Reply { reply, verdict, .. } => self.reply(reply.as_ref(), &verdict),
            Event::Blocked { .. } => {
                let text = self
                    .lang
                    .pick("(waits in the server ...)", "(czeka w serwerze ...)");
                let _ = writeln!(self.body, "<i>{text}</i>\n");
            }
            Event::Server { name, act } => {
                let (name, act) = (escape(&name), server_act(self.lang, act));
                let _ = writeln!(self.body, "<b>{name}: {act}</b>\n");
            }
            Event::Wait(duration) => {
                let seconds = self.lang.decimal(duration.as_secs_f64(), 1);
                let _ = writeln!(self.body, "<i>... {seconds} s</i>\n");
            }
            Event::Demo { actor, text } => self.demo_line(&actor, &text),
            Event::Task { prompt, .. } => {
                let label = self.lang.pick("Your turn:", "Twoja kolej:");
                let text = inline(&prompt);
                let _ = writeln!(self.body, "<p><strong>{label}</strong> {text}</p>");
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
        live::run(name, stage, self.lang, &mut |event| self.event(event)).await
    }
}
