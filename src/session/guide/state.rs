//! What the guide knows: the lesson, the place in it, and how it shows things.

use super::pager::Pager;
use crate::conn::state::State;
use crate::error::Result;
use crate::lesson::{Lesson, SessionName, Task};
use crate::render::Painter;
use crate::render::style::{Ink, Style};
use crate::runner::proof::Scratch;
use crate::runner::{self, Spot, Stage};
use crate::session::exercise::{self, Change, ChangeEvent, Place, Progress};
use crate::session::hooks::Desk;
use crate::session::keyspace::Snapshot;
use catalog::lang::Lang;
use std::collections::HashMap;
use std::fmt;
use std::time::Instant;

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
    /// Pictures are told instead of drawn.
    pub in_words: bool,
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
    /// Where the lesson's events go, for a front end that lays them out itself;
    /// otherwise they are painted as text, in screenfuls.
    pub events: Option<Box<dyn FnMut(&runner::Event)>>,
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

/// What the guide waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// Going on at this step, where the lesson was left.
    Offer(usize),
    /// The lesson's next command.
    Command,
    /// A live demo.
    Demo,
    /// The learner has read.
    Read,
    /// A task is open; Enter was pressed so often since it was looked at.
    Task(u8),
    /// An exercise is open; Enter was pressed so often since it was looked at.
    Exercise(u8),
    /// The end.
    End,
}

/// The guide through one lesson.
#[derive(Debug)]
pub struct Guide<D> {
    pub(super) lesson: Lesson,
    pub(super) stage: Stage,
    pub(super) demos: D,
    pub(super) options: GuideOptions,
    pub(super) painter: Painter,
    pub(super) pager: Pager,
    pub(super) at: Spot,
    pub(super) halt: Halt,
    /// The session that the prompt shows.
    pub(super) shown: SessionName,
    /// What the lesson left each session as.
    pub(super) home: HashMap<SessionName, State>,
    /// The learner has changed something since the step's data was put there.
    pub(super) own: bool,
    /// The learner's commands may have done what the state does not tell.
    pub(super) unsure: bool,
    /// The next empty Enter only says what is next.
    pub(super) reminds: bool,
    /// When the lesson's last command was answered.
    pub(super) last: Instant,
    pub(super) surprises: usize,
    /// The keys stand beside the text: as they were before the last prompt.
    pub(super) beside: Option<Snapshot>,
    pub(super) attempt: Option<Attempt>,
    /// The open task.
    pub(super) task: Option<Task>,
    /// Its answer was shown.
    pub(super) told: bool,
    /// Where answers are proved.
    pub(super) scratch: Scratch,
    /// The command that is named in the next screenful.
    pub(super) named: Option<Spot>,
    /// The block whose title has been shown already.
    pub(super) announced: Option<Spot>,
    /// The learner has typed the command that runs now: it is on the screen.
    pub(super) typed: bool,
    /// Ctrl-C was pressed just now.
    pub(super) pressed: bool,
    pub(super) left: Left,
}

/// What the learner did about the open exercise.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) task: exercise::Task,
    pub(super) made: exercise::Attempt,
    pub(super) hints: usize,
}

impl<D: Demos> Guide<D> {
    /// A guide at the beginning of a lesson, on a stage of its own.
    pub fn new(lesson: Lesson, stage: Stage, demos: D, options: GuideOptions) -> Guide<D> {
        let (columns, _) = (options.size)();
        Guide {
            painter: Painter::new(options.style, columns, options.lang).in_words(options.in_words),
            scratch: Scratch::like(stage.kind(), options.lang),
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
            beside: None,
            attempt: None,
            task: None,
            told: false,
            named: None,
            announced: None,
            typed: false,
            pressed: false,
            left: Left::Away,
        }
    }

    /// Replies of the lesson that were not as it says.
    pub fn surprises(&self) -> usize {
        self.surprises
    }

    /// How the lesson was left, and its stage, for the next one or to be closed.
    pub fn into_parts(self) -> (Left, Stage) {
        (self.left, self.stage)
    }

    pub(super) fn lang(&self) -> Lang {
        self.options.lang
    }

    pub(super) fn paint(&self, ink: Ink, text: impl AsRef<str>) -> String {
        self.options.style.paint(ink, text.as_ref())
    }

    /// A quiet remark.
    pub(super) fn remark(&self, desk: &Desk<'_>, text: &str) {
        desk.out.say(self.view().remark(text));
    }

    /// Shows a text, or keeps it for the next screenful.
    pub(super) fn say(&mut self, desk: &Desk<'_>, text: impl Into<String>) {
        let text = self.pager.push(text.into());
        desk.out.say(text);
    }

    /// Shows an event of the lesson.
    pub(super) fn tell(&mut self, desk: &Desk<'_>, event: &runner::Event) {
        if let Some(events) = &mut self.options.events {
            return events(event);
        }
        let text = self.painter.paint(event);
        self.say(desk, text);
    }

    /// The terminal may have another size now.
    pub(super) fn measure(&mut self) {
        let size = self.size();
        self.pager.resize(size);
        self.painter.resize(size.0);
    }

    /// A new screenful begins.
    pub(super) fn turn(&mut self, desk: &Desk<'_>) {
        self.measure();
        let text = self.pager.turn();
        desk.out.say(text);
    }

    pub(super) fn keep(&mut self, desk: &Desk<'_>, id: &str, event: ChangeEvent) {
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
    pub(super) fn keep_place(&mut self, desk: &Desk<'_>, finished: bool) {
        let step = if finished { 0 } else { self.at.step };
        let place = Place { step, finished };
        self.keep(desk, "", ChangeEvent::Read(place));
    }
}
