//! The walkthrough without its terminal: which lessons, where in them, what
//! has happened in the current step, and what a key means now.
//!
//! Keys go in, a [`Want`] comes out; who owns the server and the terminal does
//! what is wanted and reports back. So every rule about what runs when is
//! here, and can be tried without a screen.

use super::beats::{Beat, beats};
use super::route::{Place, Route};
use super::scroll::Scroll;
use crate::lesson::{Item, Lesson, ServerAct, SessionName, Step};
use crate::runner::{Event, Verdict};
use crate::session::keyspace::{Change, Snapshot};
use catalog::lang::Lang;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How commands are shown and who goes on.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Goes on by itself after so long.
    pub auto: Option<Duration>,
    /// How long a character takes to be typed; `None` shows commands at once.
    pub keystroke: Option<Duration>,
    /// In colour.
    pub color: bool,
}

/// What the show waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// For the teacher, with nothing half done.
    Halt,
    /// For the command to be typed; so many characters stand there.
    Typing(usize),
    /// For the teacher, with a command or a demo ready to run.
    Ready,
    /// For the server.
    Running,
}

/// What has to be done for a key.
#[allow(
    clippy::large_enum_variant,
    reason = "one exists at a time; a box would only hide it"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Want {
    /// Nothing.
    Nothing,
    /// Run the next beat.
    Run(Beat),
    /// Bring the server to the start of the current step.
    Prepare,
    /// Read the current lesson from its folder again.
    Reload,
    /// Open the shell.
    Shell,
    /// The program is stopped, as by the system's Ctrl-Z.
    Stop,
    /// Leave.
    Leave,
}

/// What lies over the picture until a key is pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// The keys.
    Help,
    /// A message.
    Message(String),
}

/// The model of the full screen.
#[derive(Debug)]
pub struct Show {
    pub(super) lang: Lang,
    pub(super) options: Options,
    pub(super) route: Route,
    beats: Vec<Beat>,
    next: usize,
    /// What happened in this step, in order.
    pub(super) feed: Vec<Event>,
    /// From which event of the feed on everything should stay in sight.
    pub(super) anchor: Option<usize>,
    pub(super) phase: Phase,
    /// The teacher has run something of this step. What runs by itself at its
    /// beginning does not count: Left would never get past it.
    pub(super) ran: bool,
    /// The rest of the step runs without asking.
    pub(super) rest: bool,
    surprised: bool,
    /// Wanted while something ran, done when that is over.
    pub(super) deferred: Option<Want>,
    /// Prose is shown.
    pub(super) prose: bool,
    /// Digits typed for `G`.
    pub(super) digits: String,
    pub(super) overlay: Option<Overlay>,
    pub(super) scroll: Scroll,
    pub(super) keyspace: Snapshot,
    pub(super) changes: Vec<Change>,
    server: String,
    started: Instant,
}

impl Show {
    /// A show at the first step of the first lesson. `server` describes the
    /// server in one line. Give it at least one lesson.
    pub fn new(lessons: Vec<Lesson>, server: String, lang: Lang, options: Options) -> Show {
        Show {
            lang,
            options,
            route: Route::new(lessons),
            beats: Vec::new(),
            next: 0,
            feed: Vec::new(),
            anchor: None,
            phase: Phase::Running,
            ran: false,
            rest: false,
            surprised: false,
            deferred: None,
            prose: true,
            digits: String::new(),
            overlay: None,
            scroll: Scroll::default(),
            keyspace: Snapshot::default(),
            changes: Vec::new(),
            server,
            started: Instant::now(),
        }
    }

    /// The current lesson.
    pub fn lesson(&self) -> &Rc<Lesson> {
        self.route.lesson()
    }

    /// The index of the current step in its lesson.
    pub fn step_index(&self) -> usize {
        self.route.place().1
    }

    /// The current step.
    pub fn step(&self) -> &Step {
        self.route.step()
    }

    /// What the show waits for.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether a reply of this step was not as the lesson says.
    pub fn is_surprised(&self) -> bool {
        self.surprised
    }

    /// Time since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Minutes planned for all lessons.
    pub fn planned_minutes(&self) -> u32 {
        self.route.planned_minutes()
    }

    /// The minutes planned for what lies before the current step: where the
    /// clock should stand now.
    pub fn planned_so_far(&self) -> u32 {
        self.route.planned_so_far()
    }

    /// The step behind the current one: its lesson, and itself.
    pub fn following(&self) -> Option<(&Lesson, &Step)> {
        self.route.following()
    }

    /// The session names of the current step, in order of appearance.
    pub fn sessions(&self) -> Vec<SessionName> {
        let mut names: Vec<SessionName> = Vec::new();
        for beat in &self.beats {
            let name = match beat {
                Beat::Command { session, .. } | Beat::Await { session, .. } => session,
                _ => continue,
            };
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// The session and text of the command that comes next.
    pub fn command(&self) -> Option<(&SessionName, &str)> {
        match self.beats.get(self.next)? {
            Beat::Command { session, text, .. } => Some((session, text)),
            _ => None,
        }
    }

    /// The demo that comes next.
    pub fn demo(&self) -> Option<&str> {
        match self.beats.get(self.next)? {
            Beat::Live { demo, .. } => Some(demo),
            _ => None,
        }
    }

    /// What happens next to one of the lesson's own servers.
    pub(super) fn act_on_server(&self) -> Option<(&str, ServerAct)> {
        let Some(Beat::Live { item, .. }) = self.beats.get(self.next) else {
            return None;
        };
        match self.step().items.get(*item)? {
            Item::Server { name, act, .. } => Some((name, *act)),
            _ => None,
        }
    }

    /// Whether every beat of the step is over.
    pub fn is_step_over(&self) -> bool {
        self.next >= self.beats.len()
    }

    /// Goes to a step; the server has to be brought there.
    pub(super) fn go(&mut self, place: Place) -> Want {
        self.route.go(place);
        self.begin_step();
        self.phase = Phase::Running;
        self.deferred = None;
        Want::Prepare
    }

    /// The server, in one line.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// The current lesson as it is played, with the servers there are for it.
    pub(super) fn ready(&mut self, lesson: Lesson, server: String) {
        let plain = std::mem::replace(&mut self.server, server);
        self.route.replace(lesson);
        self.begin_step();
        self.server = plain;
    }

    /// The server stands at the start of the current step, which begins.
    pub fn prepared(&mut self) -> Want {
        let want = self.flow();
        self.or_deferred(want)
    }

    /// What was wanted meanwhile, when there is nothing else to do.
    fn or_deferred(&mut self, want: Want) -> Want {
        match want {
            Want::Nothing => self.deferred.take().unwrap_or(Want::Nothing),
            want => want,
        }
    }

    pub(super) fn begin_step(&mut self) {
        self.beats = beats(self.step());
        self.next = 0;
        self.feed.clear();
        if self.route.is_first_shown() {
            let lesson = Rc::clone(self.lesson());
            self.feed.push(Event::LessonBegan {
                id: lesson.id.clone(),
                title: lesson.title.clone(),
                lang: self.lang.code(),
                steps: lesson.steps.len(),
                server: self.server.clone(),
            });
        }
        self.anchor = Some(0);
        self.scroll.by_hand = None;
        self.ran = false;
        self.rest = false;
        self.surprised = false;
        self.changes.clear();
        self.overlay = None;
    }

    /// Shows what needs no decision, up to the next command, demo, or halt.
    pub(super) fn flow(&mut self) -> Want {
        loop {
            match self.beats.get(self.next).cloned() {
                Some(Beat::Text(events)) => {
                    let first_of_lesson = self.feed.len() == 1 && self.next == 0;
                    self.anchor = Some(if first_of_lesson { 0 } else { self.feed.len() });
                    self.feed.extend(events);
                    self.next += 1;
                }
                Some(Beat::Command { opens, .. }) => {
                    if let Some(opens) = opens {
                        self.feed.push(*opens);
                    }
                    if self.rest {
                        return self.run();
                    }
                    self.phase = match self.options.keystroke {
                        Some(_) => Phase::Typing(0),
                        None => Phase::Ready,
                    };
                    return Want::Nothing;
                }
                Some(Beat::Live { .. }) if !self.rest => {
                    self.phase = Phase::Ready;
                    return Want::Nothing;
                }
                Some(_) => return self.run(),
                None => {
                    if let Some(exercise) = &self.step().exercise {
                        let id = exercise.id.clone();
                        self.feed.push(Event::Exercise { id });
                    }
                    self.rest = false;
                    self.phase = Phase::Halt;
                    return Want::Nothing;
                }
            }
        }
    }

    pub(super) fn run(&mut self) -> Want {
        let Some(beat) = self.beats.get(self.next).cloned() else {
            self.phase = Phase::Halt;
            return Want::Nothing;
        };
        self.phase = Phase::Running;
        match &beat {
            Beat::Command { .. } => {
                self.ran = true;
                self.anchor = Some(self.feed.len());
            }
            // A demo is followed to its last line.
            Beat::Live { .. } => {
                self.ran = true;
                self.anchor = None;
            }
            _ => {}
        }
        self.scroll.by_hand = None;
        Want::Run(beat)
    }

    /// Something happened while a beat ran.
    pub fn push(&mut self, event: Event) {
        if let Event::Reply { verdict, .. } = &event
            && matches!(verdict, Verdict::Differs { .. })
        {
            self.surprised = true;
            self.rest = false;
        }
        self.feed.push(event);
    }

    /// The beat that was running is over.
    pub fn ran(&mut self) -> Want {
        self.next += 1;
        let text_next = matches!(self.beats.get(self.next), Some(Beat::Text(_)));
        let want = if !self.rest && (self.surprised || text_next) {
            self.phase = Phase::Halt;
            Want::Nothing
        } else {
            self.flow()
        };
        self.or_deferred(want)
    }

    /// What changed in the keyspace since the teacher last pressed a key.
    pub fn observed(&mut self, before: &Snapshot, now: Snapshot) {
        self.changes = before.changes(&now);
        self.keyspace = now;
    }

    /// Types one character more.
    pub fn type_on(&mut self) {
        if let Phase::Typing(shown) = self.phase {
            let length = self.command().map_or(0, |(_, text)| text.chars().count());
            self.phase = if shown + 1 >= length {
                Phase::Ready
            } else {
                Phase::Typing(shown + 1)
            };
        }
    }

    /// Whether the automatic pace goes on from here: not past a reply that
    /// was not as expected, and not past the end.
    pub fn goes_on_alone(&self) -> bool {
        let at_end = self.is_step_over() && self.route.ahead().is_none();
        self.options.auto.is_some()
            && self.overlay.is_none()
            && !self.surprised
            && matches!(self.phase, Phase::Halt | Phase::Ready)
            && (!at_end || self.scroll.more_below())
    }

    /// The current lesson was read again; the position stays as far as it can.
    pub fn reloaded(&mut self, lesson: Lesson) -> Want {
        self.route.replace(lesson);
        self.start_over()
    }

    /// Shows a message until the next key.
    pub fn say(&mut self, text: String) {
        self.overlay = Some(Overlay::Message(text));
    }

    /// Everything has to be brought to the start of the current step again.
    pub fn start_over(&mut self) -> Want {
        self.go(self.route.place())
    }
}
