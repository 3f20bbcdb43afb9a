//! The guide: a lesson played in the prompt, where the learner types.
//!
//! It is a mode of the session. Text comes in screenfuls, and the lesson's next
//! command stands in the prompt: Enter alone runs it, and so does typing it.
//! Anything else is the learner's own: it runs on the session that the prompt
//! shows and changes nothing about what comes next.

mod exercise;
mod mend;
mod next;
mod pager;
mod walk;
mod words;

use super::exercise::{Change, ChangeEvent, Place, Progress};
use super::hooks::{Desk, Hooks, Next, Said};
use super::words::{Word, find};
use crate::conn::state::{Argv, State, name_of};
use crate::error::Result;
use crate::lesson::{Lesson, SessionName};
use crate::render::Painter;
use crate::render::style::{Ink, Style};
use crate::runner::{self, Stage};
use catalog::lang::Lang;
use exercise::Attempt;
use next::same_words;
use pager::Pager;
use resp::Reply;
use std::collections::HashMap;
use std::fmt;
use std::time::Instant;
use words::WORDS;

/// A lesson's live demos, which are played elsewhere.
pub trait Demos {
    /// Plays one, telling what happens as events.
    fn play(
        &mut self,
        name: &str,
        stage: &Stage,
        emit: &mut dyn FnMut(runner::Event) -> Result<()>,
    ) -> impl Future<Output = Result<()>>;
}

/// Keeps what the learner has done; gives back what has to be told about that.
pub type Keep = Box<dyn FnMut(Change) -> String>;

/// How a guide is set up.
pub struct GuideOptions {
    /// The learner's language.
    pub lang: Lang,
    /// Colour or none.
    pub style: Style,
    /// The terminal's columns and rows, asked whenever a screenful begins.
    pub size: fn() -> (usize, usize),
    /// For screen readers and plain terminals: the next command is said in
    /// words, and nothing on the screen is changed afterwards.
    pub plain: bool,
    /// The server, described in one line.
    pub server: String,
    /// What was achieved before.
    pub progress: Progress,
    /// The section that comes next in the course.
    pub next_section: Option<String>,
    /// The index of the step to begin with; otherwise the first, or where the
    /// lesson was left.
    pub from: Option<usize>,
    /// Where changes go.
    pub keep: Keep,
}

impl fmt::Debug for GuideOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuideOptions")
            .field("lang", &self.lang)
            .field("plain", &self.plain)
            .finish_non_exhaustive()
    }
}

/// How a lesson was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Before its end, or at it.
    Away,
    /// Towards the next section.
    Onwards,
}

/// A place in the lesson: what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Spot {
    step: usize,
    item: usize,
    /// The line of a block.
    line: usize,
}

/// What the guide waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Halt {
    /// Going on at this step, where the lesson was left.
    Offer(usize),
    /// The lesson's next command.
    Command,
    /// A live demo.
    Demo,
    /// The learner has read.
    Read,
    /// An exercise is open; Enter was pressed so often since it was looked at.
    Exercise(u8),
    /// The end.
    End,
}

/// The guide through one lesson.
#[derive(Debug)]
pub struct Guide<D> {
    lesson: Lesson,
    stage: Stage,
    demos: D,
    options: GuideOptions,
    painter: Painter,
    pager: Pager,
    at: Spot,
    halt: Halt,
    /// The session that the prompt shows.
    shown: SessionName,
    /// What the lesson left each session as.
    home: HashMap<SessionName, State>,
    /// The learner has changed something since the step's data was put there.
    own: bool,
    /// The learner's commands may have done what the state does not tell.
    unsure: bool,
    /// The next empty Enter only says what is next.
    reminds: bool,
    /// When the lesson's last command was answered.
    last: Instant,
    surprises: usize,
    attempt: Option<Attempt>,
    /// The command that is named in the next screenful.
    named: Option<Spot>,
    /// The block whose title has been shown already.
    announced: Option<Spot>,
    /// The learner has typed the command that runs now: it is on the screen.
    typed: bool,
    /// Ctrl-C was pressed just now.
    pressed: bool,
    left: Left,
}

impl<D: Demos> Guide<D> {
    /// A guide at the beginning of a lesson, on a stage of its own.
    pub fn new(lesson: Lesson, stage: Stage, demos: D, options: GuideOptions) -> Guide<D> {
        let (columns, _) = (options.size)();
        Guide {
            painter: Painter::new(options.style, columns, options.lang),
            lesson,
            stage,
            demos,
            options,
            pager: Pager::default(),
            at: Spot::default(),
            halt: Halt::Read,
            shown: None,
            home: HashMap::new(),
            own: false,
            unsure: false,
            reminds: false,
            last: Instant::now(),
            surprises: 0,
            attempt: None,
            named: None,
            announced: None,
            typed: false,
            pressed: false,
            left: Left::Away,
        }
    }

    /// Shows the lesson's title, and its first step, or the one asked for; or
    /// offers to go on where it was left.
    async fn open(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let from = self.options.from;
        self.stage.reset().await?;
        self.turn(desk);
        self.tell(
            desk,
            &runner::Event::LessonBegan {
                id: self.lesson.id.clone(),
                title: self.lesson.title.clone(),
                lang: self.options.lang.code(),
                steps: self.lesson.steps.len(),
                server: self.options.server.clone(),
            },
        );
        self.take(desk, None).await?;
        let mut lessons = self.options.progress.lessons.values();
        if !lessons.any(|place| place.finished) {
            let text = self.view().line(Ink::Dim, self.introduction());
            self.say(desk, format!("\n{text}"));
        }
        let known = self.options.progress.lessons.get(&self.lesson.id).copied();
        let of = self.lesson.steps.len();
        let kept = known.filter(|place| place.step > 0 && place.step < of);
        match (from, kept) {
            (Some(step), _) => self.go_to(desk, step).await,
            (None, Some(place)) => {
                let step = place.step + 1;
                let heading = &self.lesson.steps[place.step].heading;
                let text = self.options.lang.pick(
                    format!("You were at step {step} of {of}, \"{heading}\". Enter goes on there; :go 1 begins anew."),
                    format!("Ostatnio: krok {step} z {of}, „{heading}”. Enter idzie dalej od niego; :go 1 zaczyna od nowa."),
                );
                let text = self.view().line(Ink::Bold, text);
                self.say(desk, format!("\n{text}"));
                self.halt = Halt::Offer(place.step);
                Ok(())
            }
            (None, None) => self.go_to(desk, 0).await,
        }
    }

    /// How a lesson is used, for somebody who has not read one to its end.
    fn introduction(&self) -> String {
        let shown = match self.options.plain {
            true => self.options.lang.pick(
                "The lesson's next command is named before the prompt: Enter runs it, and typing it is the same.",
                "Następne polecenie lekcji stoi przed znakiem zachęty: Enter je wykonuje, a wpisanie go to to samo.",
            ),
            false => self.options.lang.pick(
                "The grey command in the prompt is the lesson's next one: Enter runs it, Right takes it to change it, and typing it is the same.",
                "Szare polecenie w wierszu to następne polecenie lekcji: Enter je wykonuje, strzałka w prawo pozwala je zmienić, a wpisanie go to to samo.",
            ),
        };
        let rest = self.options.lang.pick(
            "Anything else you type is yours to try. :help lists the words, Ctrl-D leaves.",
            "Wszystko inne, co wpiszesz, to twoje próby. :help pokazuje słowa, Ctrl-D kończy.",
        );
        format!("{shown} {rest}")
    }

    /// Replies of the lesson that were not as it says.
    pub fn surprises(&self) -> usize {
        self.surprises
    }

    /// How the lesson was left, and its stage, for the next one or to be closed.
    pub fn into_parts(self) -> (Left, Stage) {
        (self.left, self.stage)
    }

    fn lang(&self) -> Lang {
        self.options.lang
    }

    fn paint(&self, ink: Ink, text: impl AsRef<str>) -> String {
        self.options.style.paint(ink, text.as_ref())
    }

    /// A quiet remark.
    fn remark(&self, desk: &Desk<'_>, text: &str) {
        desk.out.say(self.view().remark(text));
    }

    /// Shows a text, or keeps it for the next screenful.
    fn say(&mut self, desk: &Desk<'_>, text: impl Into<String>) {
        let text = self.pager.push(text.into());
        desk.out.say(text);
    }

    /// Shows an event of the lesson.
    fn tell(&mut self, desk: &Desk<'_>, event: &runner::Event) {
        let text = self.painter.paint(event);
        self.say(desk, text);
    }

    /// A new screenful begins.
    fn turn(&mut self, desk: &Desk<'_>) {
        self.pager.resize((self.options.size)());
        let text = self.pager.turn();
        desk.out.say(text);
    }

    fn keep(&mut self, desk: &Desk<'_>, id: &str, event: ChangeEvent) {
        let change = Change {
            section: self.lesson.id.clone(),
            id: id.to_owned(),
            event,
        };
        self.options.progress.apply(&change);
        let told = (self.options.keep)(change);
        desk.out.say(told);
    }

    /// Keeps the place; one who has finished begins anew next time.
    fn keep_place(&mut self, desk: &Desk<'_>, finished: bool) {
        let step = if finished { 0 } else { self.at.step };
        let place = Place { step, finished };
        self.keep(desk, "", ChangeEvent::Read(place));
    }
}

impl<D: Demos> Hooks for Guide<D> {
    async fn begin(&mut self, mut desk: Desk<'_>) -> Result<Said> {
        self.open(&mut desk).await?;
        self.announce(&desk);
        Ok(Said::default())
    }

    fn drops_early_keys(&self) -> bool {
        true
    }

    fn words(&self) -> Vec<Word> {
        WORDS.iter().map(|row| row.word).collect()
    }

    fn next(&self) -> Option<Next> {
        self.in_prompt()
    }

    async fn word(
        &mut self,
        mut desk: Desk<'_>,
        name: &str,
        args: &[String],
    ) -> Option<Result<Said>> {
        self.pressed = false;
        let row = find(WORDS, name)?;
        let said = self.act(&mut desk, row.act, args).await;
        self.announce(&desk);
        Some(said)
    }

    async fn before(&mut self, mut desk: Desk<'_>, argv: &Argv) -> Option<Result<Said>> {
        self.pressed = false;
        if let [word] = argv.as_slice()
            && let Some(name) = word.strip_prefix(b"@")
        {
            let name = String::from_utf8_lossy(name).into_owned();
            return Some(self.pick_session(&mut desk, &name).await);
        }
        let (session, line) = self.command()?;
        if *session != self.shown || !same_words(argv, line) {
            return None;
        }
        self.turn(&desk);
        self.reminds = false;
        self.typed = true;
        let said = self.advance(&mut desk).await;
        self.typed = false;
        self.announce(&desk);
        Some(said.map(|()| Said::default()))
    }

    async fn after(&mut self, mut desk: Desk<'_>, argv: &Argv, replies: &[Reply]) -> Result<Said> {
        self.pressed = false;
        self.reminds = true;
        let failed = replies.iter().all(Reply::is_error);
        let reads = catalog::find_argv(argv).is_some_and(|command| command.is_read_only());
        self.own |= !failed && !reads;
        // What is not in the state: replies switched off, the connection
        // ended, the server stopped or told to answer otherwise.
        self.unsure |= matches!(
            name_of(argv).as_str(),
            "acl"
                | "client"
                | "config"
                | "debug"
                | "quit"
                | "reset"
                | "shutdown"
                | "replicaof"
                | "slaveof"
                | "failover"
                | "sync"
                | "psync"
                | "script"
                | "function"
        );
        match self.attempt {
            Some(_) => self.submitted(&mut desk, argv).await,
            None => Ok(Said::default()),
        }
    }

    async fn blank(&mut self, mut desk: Desk<'_>) -> Result<Said> {
        self.pressed = false;
        let said = self.enter(&mut desk).await;
        self.announce(&desk);
        said
    }

    fn interrupted(&mut self) -> Option<Said> {
        if std::mem::replace(&mut self.pressed, true) {
            return Some(Said {
                text: String::new(),
                leave: true,
            });
        }
        let text = self.lang().pick(
            "Enter goes on; Ctrl-C again leaves, and your place is kept",
            "Enter idzie dalej; kolejne Ctrl-C kończy, a miejsce zostanie zapamiętane",
        );
        let text = self.paint(Ink::Dim, format!("  ▸ {text}"));
        Some(Said::text(format!("{text}\n")))
    }
}
