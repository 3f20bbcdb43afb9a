//! The walkthrough without its terminal: which lessons, where in them, what
//! has happened in the current step, and what a key means now.
//!
//! Keys go in, a [`Want`] comes out; who owns the server and the terminal does
//! what is wanted and reports back. So every rule about what runs when is
//! here, and can be tried without a screen.

use super::beats::{Beat, beats};
use super::keyspace::{Change, Snapshot};
use crate::lang::Lang;
use crate::lesson::{Lesson, SessionName, Step};
use crate::runner::{Event, Verdict};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
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

/// Where the picture of the step is scrolled to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scroll {
    /// Lines scrolled away by hand, `None` while it follows what happens.
    pub by_hand: Option<usize>,
    /// The first line shown, as last drawn.
    pub top: usize,
    /// How many lines fit, as last drawn.
    pub height: usize,
    /// How many lines there are, as last drawn.
    pub total: usize,
}

impl Scroll {
    /// Whether there is something below the last line shown.
    pub fn more_below(&self) -> bool {
        self.top + self.height < self.total
    }

    fn by(&mut self, lines: isize) {
        let last = self.total.saturating_sub(self.height);
        let top = self.top.saturating_add_signed(lines).min(last);
        self.by_hand = Some(top);
        self.top = top;
    }
}

/// The model of the full screen.
#[derive(Debug)]
pub struct Show {
    pub(super) lang: Lang,
    pub(super) options: Options,
    lessons: Vec<Rc<Lesson>>,
    lesson: usize,
    step: usize,
    beats: Vec<Beat>,
    next: usize,
    /// What happened in this step, in order.
    pub(super) feed: Vec<Event>,
    /// From which event of the feed on everything should stay in sight.
    pub(super) anchor: Option<usize>,
    phase: Phase,
    /// A command of this step has run.
    ran: bool,
    /// The rest of the step runs without asking.
    rest: bool,
    surprised: bool,
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
            lessons: lessons.into_iter().map(Rc::new).collect(),
            lesson: 0,
            step: 0,
            beats: Vec::new(),
            next: 0,
            feed: Vec::new(),
            anchor: None,
            phase: Phase::Running,
            ran: false,
            rest: false,
            surprised: false,
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
        &self.lessons[self.lesson]
    }

    /// The index of the current step in its lesson.
    pub fn step_index(&self) -> usize {
        self.step
    }

    /// The current step.
    pub fn step(&self) -> &Step {
        &self.lesson().steps[self.step]
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
        self.lessons.iter().map(|lesson| lesson.minutes()).sum()
    }

    /// The minutes planned for what lies before the current step: where the
    /// clock should stand now.
    pub fn planned_so_far(&self) -> u32 {
        let lessons = self.lessons[..self.lesson].iter();
        let before: u32 = lessons.map(|lesson| lesson.minutes()).sum();
        let steps = self.lesson().steps[..self.step].iter();
        before + steps.map(Step::minutes).sum::<u32>()
    }

    /// The step behind the current one: its lesson, and itself.
    pub fn following(&self) -> Option<(&Lesson, &Step)> {
        let (lesson, step) = self.neighbour(true)?;
        let lesson = &self.lessons[lesson];
        Some((lesson, &lesson.steps[step]))
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
            Beat::Live { demo } => Some(demo),
            _ => None,
        }
    }

    /// Whether every beat of the step is over.
    pub fn is_step_over(&self) -> bool {
        self.next >= self.beats.len()
    }

    /// Goes to a step; the server has to be brought there.
    fn go(&mut self, lesson: usize, step: usize) -> Want {
        self.lesson = lesson;
        self.step = step.min(self.lesson().steps.len().saturating_sub(1));
        if self.is_hollow(self.lesson, self.step)
            && let Some((lesson, step)) = self.neighbour(true)
        {
            (self.lesson, self.step) = (lesson, step);
        }
        self.begin_step();
        self.phase = Phase::Running;
        Want::Prepare
    }

    /// The server stands at the start of the current step: begins it.
    pub fn prepared(&mut self) -> Want {
        self.begin_step();
        self.flow()
    }

    fn begin_step(&mut self) {
        self.beats = beats(self.step());
        self.next = 0;
        self.feed.clear();
        if self.is_first_shown() {
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

    fn is_first_shown(&self) -> bool {
        (0..self.step).all(|step| self.is_hollow(self.lesson, step))
    }

    /// Whether a step has nothing to show (an introduction that is empty).
    fn is_hollow(&self, lesson: usize, step: usize) -> bool {
        let step = &self.lessons[lesson].steps[step];
        step.items.is_empty() && step.heading.is_empty()
    }

    /// The nearest step behind or before the current one that shows something.
    fn neighbour(&self, forward: bool) -> Option<(usize, usize)> {
        let (mut lesson, mut step) = (self.lesson, self.step);
        loop {
            if forward {
                step += 1;
                if step >= self.lessons[lesson].steps.len() {
                    (lesson, step) = (lesson + 1, 0);
                }
                self.lessons.get(lesson)?.steps.get(step)?;
            } else if step > 0 {
                step -= 1;
            } else {
                lesson = lesson.checked_sub(1)?;
                step = self.lessons[lesson].steps.len().checked_sub(1)?;
            }
            if !self.is_hollow(lesson, step) {
                return Some((lesson, step));
            }
        }
    }

    /// Shows what needs no decision, up to the next command, demo, or halt.
    fn flow(&mut self) -> Want {
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
                        self.feed.push(opens);
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

    fn run(&mut self) -> Want {
        let Some(beat) = self.beats.get(self.next).cloned() else {
            self.phase = Phase::Halt;
            return Want::Nothing;
        };
        self.phase = Phase::Running;
        self.ran = true;
        match &beat {
            Beat::Command { .. } => self.anchor = Some(self.feed.len()),
            // A demo is followed to its last line.
            Beat::Live { .. } => self.anchor = None,
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
        if !self.rest && (self.surprised || text_next) {
            self.phase = Phase::Halt;
            return Want::Nothing;
        }
        self.flow()
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
        let at_end = self.is_step_over() && self.neighbour(true).is_none();
        self.options.auto.is_some()
            && self.overlay.is_none()
            && !self.surprised
            && matches!(self.phase, Phase::Halt | Phase::Ready)
            && (!at_end || self.scroll.more_below())
    }

    /// Goes on by one: the rest of the text, the rest of the command, the
    /// command itself, the next text, the next step.
    pub fn go_on(&mut self) -> Want {
        if self.scroll.more_below() {
            let page = self.scroll.height.saturating_sub(2).max(1);
            self.scroll.by(page as isize);
            return Want::Nothing;
        }
        match self.phase {
            Phase::Typing(_) => {
                self.phase = Phase::Ready;
                Want::Nothing
            }
            Phase::Ready => self.run(),
            Phase::Running => Want::Nothing,
            Phase::Halt if !self.is_step_over() => {
                self.scroll.by_hand = None;
                self.flow()
            }
            Phase::Halt => {
                let Some((lesson, step)) = self.neighbour(true) else {
                    let text = self.lang.pick(
                        "This was the last step. q leaves.",
                        "To był ostatni krok. q kończy.",
                    );
                    self.overlay = Some(Overlay::Message(text.to_owned()));
                    return Want::Nothing;
                };
                if lesson != self.lesson {
                    return self.go(lesson, step);
                }
                // The server already stands where the next step begins.
                self.step = step;
                self.begin_step();
                self.flow()
            }
        }
    }

    fn back(&mut self) -> Want {
        if self.ran {
            return self.go(self.lesson, self.step);
        }
        match self.neighbour(false) {
            Some((lesson, step)) => self.go(lesson, step),
            None => Want::Nothing,
        }
    }

    /// A key while a beat runs: only leaving and jumping are listened to.
    /// `None` when the key changes nothing.
    pub fn key_while_running(&mut self, key: KeyEvent) -> Option<Want> {
        match self.key_of(key) {
            Key::Leave => Some(Want::Leave),
            Key::Back | Key::Restart => Some(self.go(self.lesson, self.step)),
            Key::Section(forward) => match self.jump_section(forward) {
                Want::Nothing => None,
                want => Some(want),
            },
            _ => None,
        }
    }

    /// A key.
    pub fn key(&mut self, key: KeyEvent) -> Want {
        let key = self.key_of(key);
        if key == Key::None {
            return Want::Nothing;
        }
        if key == Key::Leave {
            return Want::Leave;
        }
        if self.overlay.take().is_some() {
            return Want::Nothing;
        }
        let digits = match key {
            Key::Digit(_) => String::new(),
            _ => std::mem::take(&mut self.digits),
        };
        match key {
            Key::Next => self.go_on(),
            Key::Back => self.back(),
            Key::Restart => self.go(self.lesson, self.step),
            Key::Section(forward) => self.jump_section(forward),
            Key::First => self.go(self.lesson, 0),
            Key::Last => {
                let last = self.lesson().steps.len();
                let wanted = digits.parse().unwrap_or(last);
                self.go(self.lesson, wanted.clamp(1, last) - 1)
            }
            Key::Digit(digit) => {
                if self.digits.len() < 3 {
                    self.digits.push(digit);
                }
                Want::Nothing
            }
            Key::Prose => {
                self.prose = !self.prose;
                self.scroll.by_hand = None;
                Want::Nothing
            }
            Key::Rest => {
                self.rest = true;
                match self.phase {
                    Phase::Running => Want::Nothing,
                    Phase::Typing(_) | Phase::Ready => self.run(),
                    Phase::Halt => self.flow(),
                }
            }
            Key::Help => {
                self.overlay = Some(Overlay::Help);
                Want::Nothing
            }
            Key::Scroll(lines) => {
                self.scroll.by(lines);
                Want::Nothing
            }
            Key::Reload => Want::Reload,
            Key::Shell => Want::Shell,
            Key::Leave | Key::None => Want::Nothing,
            // Any key types on; it never runs anything.
            Key::Other => {
                if let Phase::Typing(_) = self.phase {
                    self.phase = Phase::Ready;
                }
                Want::Nothing
            }
        }
    }

    fn jump_section(&mut self, forward: bool) -> Want {
        let wanted = if forward {
            self.lesson + 1
        } else {
            match self.lesson.checked_sub(1) {
                Some(before) => before,
                None => return Want::Nothing,
            }
        };
        if wanted < self.lessons.len() {
            self.go(wanted, 0)
        } else {
            Want::Nothing
        }
    }

    /// The current lesson was read again; the position stays as far as it can.
    pub fn reloaded(&mut self, lesson: Lesson) -> Want {
        self.lessons[self.lesson] = Rc::new(lesson);
        self.go(self.lesson, self.step)
    }

    /// Shows a message until the next key.
    pub fn say(&mut self, text: String) {
        self.overlay = Some(Overlay::Message(text));
    }

    /// Everything has to be brought to the start of the current step again.
    pub fn start_over(&mut self) -> Want {
        self.go(self.lesson, self.step)
    }

    fn key_of(&self, key: KeyEvent) -> Key {
        if key.kind == KeyEventKind::Release {
            return Key::None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c' | 'd') => Key::Leave,
                _ => Key::None,
            };
        }
        match key.code {
            KeyCode::Enter | KeyCode::Char(' ' | 'l') | KeyCode::Right | KeyCode::PageDown => {
                Key::Next
            }
            KeyCode::Left | KeyCode::Char('h') | KeyCode::PageUp | KeyCode::Backspace => Key::Back,
            KeyCode::Char('n') => Key::Section(true),
            KeyCode::Char('p') => Key::Section(false),
            KeyCode::Char('g') | KeyCode::Home => Key::First,
            KeyCode::Char('G') | KeyCode::End => Key::Last,
            KeyCode::Char(digit) if digit.is_ascii_digit() => Key::Digit(digit),
            KeyCode::Char('d') => Key::Prose,
            KeyCode::Char('s') => Key::Rest,
            KeyCode::Char('x') => Key::Restart,
            KeyCode::Char('r') => Key::Reload,
            KeyCode::Char('?') => Key::Help,
            KeyCode::Char('q') => Key::Leave,
            KeyCode::Tab => Key::Shell,
            KeyCode::Up | KeyCode::Char('k') => Key::Scroll(-1),
            KeyCode::Down | KeyCode::Char('j') => Key::Scroll(1),
            _ => Key::Other,
        }
    }
}

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Next,
    Back,
    Section(bool),
    First,
    Last,
    Digit(char),
    Prose,
    Rest,
    Restart,
    Reload,
    Shell,
    Help,
    Scroll(isize),
    Leave,
    Other,
    None,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::parse;

    const LESSON: &str = "# Title\n\nIntro.\n\n```redis\nSET lab:a 1\nGET lab:a\n```\n\n```text expect\nOK\n\"1\"\n```\n\nAfter.\n\n## Second\n\n```redis\nPING\n```\n\n```text expect\nPONG\n```\n";

    fn show(keystroke: Option<Duration>) -> Show {
        let lesson = parse("t", "t.md", LESSON).expect("a good lesson");
        let options = Options {
            auto: None,
            keystroke,
            color: true,
        };
        let mut show = Show::new(vec![lesson], String::new(), Lang::En, options);
        assert_eq!(show.start_over(), Want::Prepare);
        show.prepared();
        show
    }

    fn press(show: &mut Show, code: KeyCode) -> Want {
        show.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn runs(want: &Want) -> Option<&str> {
        match want {
            Want::Run(Beat::Command { text, .. }) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn any_key_types_on_and_only_next_runs() {
        let mut show = show(Some(Duration::from_millis(1)));
        assert_eq!(show.phase(), Phase::Typing(0));
        show.type_on();
        assert_eq!(show.phase(), Phase::Typing(1));
        assert_eq!(press(&mut show, KeyCode::Char('z')), Want::Nothing);
        assert_eq!(show.phase(), Phase::Ready);
        assert_eq!(press(&mut show, KeyCode::Char('z')), Want::Nothing);
        assert_eq!(show.phase(), Phase::Ready);
        assert_eq!(runs(&press(&mut show, KeyCode::Enter)), Some("SET lab:a 1"));
        assert_eq!(show.phase(), Phase::Running);
    }

    #[test]
    fn a_reply_is_looked_at_before_the_next_text() {
        let mut show = show(None);
        press(&mut show, KeyCode::Enter);
        assert_eq!(show.ran(), Want::Nothing);
        assert_eq!(show.phase(), Phase::Ready, "the next command stands there");
        press(&mut show, KeyCode::Char(' '));
        show.ran();
        assert_eq!(show.phase(), Phase::Halt);
        let before = show.feed.len();
        press(&mut show, KeyCode::Enter);
        assert_eq!(show.feed.len(), before + 1);
        assert!(show.is_step_over());
        press(&mut show, KeyCode::Enter);
        assert_eq!(show.step_index(), 1);
    }

    #[test]
    fn back_goes_to_the_start_of_what_has_run() {
        let mut show = show(None);
        press(&mut show, KeyCode::Char('2'));
        assert_eq!(press(&mut show, KeyCode::Char('G')), Want::Prepare);
        show.prepared();
        assert_eq!(show.step_index(), 1);
        press(&mut show, KeyCode::Enter);
        show.ran();
        assert_eq!(press(&mut show, KeyCode::Left), Want::Prepare);
        show.prepared();
        assert_eq!(show.step_index(), 1);
        assert_eq!(press(&mut show, KeyCode::Left), Want::Prepare);
        show.prepared();
        assert_eq!(show.step_index(), 0);
        assert_eq!(press(&mut show, KeyCode::Left), Want::Nothing);
    }

    #[test]
    fn a_surprise_stops_the_rest() {
        let mut show = show(None);
        assert!(runs(&press(&mut show, KeyCode::Char('s'))).is_some());
        show.push(Event::Reply {
            session: None,
            reply: None,
            verdict: Verdict::Differs {
                expected: "OK".into(),
                place: "t.md:1".into(),
            },
            took: Duration::ZERO,
        });
        assert_eq!(show.ran(), Want::Nothing);
        assert_eq!(show.phase(), Phase::Halt);
        assert!(!show.goes_on_alone());
    }
}
