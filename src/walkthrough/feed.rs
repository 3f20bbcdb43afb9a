//! The current step as lines: prose over the whole width, sessions side by
//! side where there is room, one below the other with a tag where there is not.

use super::ansi::{lines, wrap};
use super::show::{Phase, Show};
use crate::lesson::{Item, Lesson, ServerAct, SessionName};
use crate::render::Painter;
use crate::render::style::{Ink, Style as Paint};
use crate::runner::{Event, Verdict};
use catalog::lang::Lang;
use catalog::text;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use resp::format;

/// The narrowest column a session gets; with less they are interleaved.
const NARROWEST: usize = 40;

/// Between two columns.
const RULE: &str = " │ ";

/// The step's lines, and the one that should stay in sight.
pub(super) struct Picture {
    pub(super) lines: Vec<Line<'static>>,
    pub(super) anchor: Option<usize>,
}

pub(super) fn picture(show: &Show, width: usize) -> Picture {
    let paint = Paint::new(show.options.color);
    let mut painter = Painter::new(paint, width, show.lang);
    introduce(&mut painter, show.lesson());
    let mut easel = Easel {
        layout: Layout::of(&show.sessions(), show.lesson(), width, paint),
        lines: Vec::new(),
        width,
        lang: show.lang,
        paint,
    };
    let mut anchor = None;
    for (index, event) in show.feed.iter().enumerate() {
        if show.anchor == Some(index) {
            anchor = Some(easel.lines.len());
        }
        let is_prose = matches!(event, Event::Prose(_) | Event::Code { .. });
        if show.prose || !is_prose {
            easel.event(event, &mut painter);
        }
    }
    if show.anchor.is_some_and(|at| at >= show.feed.len()) {
        anchor = Some(easel.lines.len());
    }
    easel.pending(show, &mut painter);
    let empty = |line: &Line| line.width() == 0;
    while easel.lines.last().is_some_and(empty) {
        easel.lines.pop();
    }
    Picture {
        anchor: anchor.map(|at| at.min(easel.lines.len())),
        lines: easel.lines,
    }
}

/// The sessions of a lesson in order of appearance, the main one first.
fn cast(lesson: &Lesson) -> Vec<SessionName> {
    let mut names = vec![None];
    for item in lesson.steps.iter().flat_map(|step| &step.items) {
        let name = match item {
            Item::Run(block) => &block.session,
            Item::Await(later) => &later.session,
            _ => continue,
        };
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Lets the painter meet the sessions in the lesson's order, so that each has
/// the same colour in every step.
fn introduce(painter: &mut Painter, lesson: &Lesson) {
    for session in cast(lesson) {
        painter.paint(&Event::Blocked { session });
    }
}

/// How the sessions of a step are placed.
enum Layout {
    /// There is only one.
    One,
    /// Side by side, each so many columns wide.
    Lanes(Vec<SessionName>, usize, Vec<Line<'static>>),
    /// One below the other, each line with the session's name.
    Tags(Vec<(SessionName, Line<'static>)>),
}

impl Layout {
    fn of(sessions: &[SessionName], lesson: &Lesson, width: usize, paint: Paint) -> Layout {
        if sessions.len() < 2 {
            return Layout::One;
        }
        let cast = cast(lesson);
        let tag = |session: &SessionName, width: usize| {
            let number = cast.iter().position(|known| known == session).unwrap_or(0);
            let name = session.as_deref().unwrap_or("lab");
            let text = paint.paint(Ink::Voice(number), format!("{name:<width$}"));
            lines(&text).pop().unwrap_or_default()
        };
        let rules = RULE.chars().count() * (sessions.len() - 1);
        let lane = width.saturating_sub(rules) / sessions.len();
        if lane >= NARROWEST {
            let heads = sessions.iter().map(|session| tag(session, lane)).collect();
            return Layout::Lanes(sessions.to_vec(), lane, heads);
        }
        let names = sessions.iter().map(|name| name.as_deref().unwrap_or("lab"));
        let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
        let tags = sessions
            .iter()
            .map(|session| (session.clone(), tag(session, longest)));
        Layout::Tags(tags.collect())
    }
}

struct Easel {
    layout: Layout,
    lines: Vec<Line<'static>>,
    width: usize,
    lang: Lang,
    paint: Paint,
}

impl Easel {
    fn event(&mut self, event: &Event, painter: &mut Painter) {
        let session = match event {
            Event::BlockBegan { session, .. }
            | Event::Command { session, .. }
            | Event::Blocked { session } => Some(session),
            Event::Reply {
                session,
                reply,
                verdict:
                    Verdict::Differs {
                        expected,
                        place,
                        too_old,
                    },
                took,
            } => {
                let plain = Event::Reply {
                    session: session.clone(),
                    reply: reply.clone(),
                    verdict: Verdict::Unchecked,
                    took: *took,
                };
                let painted = lines(&painter.paint(&plain));
                self.place(Some(session), painted);
                let actual = reply.as_ref().map(format::to_tty);
                let title = match too_old {
                    Some(reason) => format!("! {} ({place})", reason.sentence(self.lang)),
                    None => text!(
                        self.lang,
                        "! not as the lesson says ({place})",
                        "! inaczej, niż mówi lekcja ({place})"
                    ),
                };
                self.surprise(expected, actual.as_deref(), title);
                return;
            }
            Event::Reply { session, .. } => Some(session),
            _ => None,
        };
        let painted = lines(&painter.paint(event));
        self.place(session, painted);
    }

    /// The command that comes next, as far as it is typed, or the demo.
    fn pending(&mut self, show: &Show, painter: &mut Painter) {
        let cursor = Span::styled(" ", Style::new().add_modifier(Modifier::REVERSED));
        let shown = match show.phase() {
            Phase::Typing(shown) => shown,
            Phase::Ready => usize::MAX,
            Phase::Halt | Phase::Running => return,
        };
        if let Some((session, text)) = show.command() {
            let typed: String = text.chars().take(shown).collect();
            // Without a letter there would be no prompt either.
            let typed = if typed.is_empty() { " ".into() } else { typed };
            let mut painted = lines(&painter.paint(&Event::Command {
                session: session.clone(),
                text: typed,
            }));
            if let Some(last) = painted.last_mut() {
                last.spans.push(cursor);
            }
            self.place(Some(session), painted);
        } else if let Some(demo) = show.demo() {
            let text = match show.act_on_server() {
                Some((name, ServerAct::Kill)) => format!("kill -9: {name}"),
                Some((name, ServerAct::Start)) => {
                    text!(self.lang, "start again: {name}", "uruchom ponownie: {name}")
                }
                None => text!(self.lang, "live demo: {demo}", "pokaz na żywo: {demo}"),
            };
            let text = self.paint.paint(Ink::Bold, format!("▶ {text} "));
            let mut painted = lines(&text);
            if let Some(last) = painted.last_mut() {
                last.spans.push(cursor);
            }
            self.place(None, painted);
        }
    }

    fn place(&mut self, session: Option<&SessionName>, painted: Vec<Line<'static>>) {
        let at = |names: &[SessionName]| {
            let session = session?;
            names.iter().position(|name| name == session)
        };
        match &self.layout {
            Layout::Lanes(names, lane, heads) => {
                if let Some(at) = at(names) {
                    let is_lane = |line: &Line| line.spans.iter().any(|span| span.content == RULE);
                    if !self.lines.last().is_some_and(is_lane) {
                        self.lines
                            .push(row(heads, heads.len(), *lane, &Line::default()));
                    }
                    for line in painted.iter().flat_map(|line| wrap(line, *lane)) {
                        self.lines.push(row(heads, at, *lane, &line));
                    }
                    return;
                }
            }
            Layout::Tags(tags) => {
                let tag = tags.iter().find(|(name, _)| Some(name) == session);
                if let Some((_, tag)) = tag {
                    let room = self.width.saturating_sub(tag.width() + 3);
                    for line in painted.iter().flat_map(|line| wrap(line, room)) {
                        if line.width() == 0 {
                            self.lines.push(Line::default());
                            continue;
                        }
                        let mut tagged = tag.clone();
                        tagged.spans.push(dim(RULE));
                        tagged.spans.extend(line.spans);
                        self.lines.push(tagged);
                    }
                    return;
                }
            }
            Layout::One => {}
        }
        let wrapped = painted.iter().flat_map(|line| wrap(line, self.width));
        self.lines.extend(wrapped);
    }

    /// Expected and actual side by side.
    fn surprise(&mut self, expected: &str, actual: Option<&str>, title: String) {
        let lane = (self.width.saturating_sub(RULE.chars().count()) / 2).clamp(10, 70);
        let title = lines(&self.paint.paint(Ink::Bad, title));
        self.lines
            .extend(title.iter().flat_map(|line| wrap(line, self.width)));
        let column = |head: &str, text: &str| {
            let mut column = lines(&self.paint.paint(Ink::Bold, head));
            for line in text.trim_end().lines() {
                column.extend(wrap(&Line::raw(line.to_owned()), lane));
            }
            column
        };
        let nothing = self.lang.pick("(nothing arrived)", "(nic nie przyszło)");
        let left = column(self.lang.pick("expected", "oczekiwane"), expected);
        let right = column(
            self.lang.pick("actual", "rzeczywiste"),
            actual.unwrap_or(nothing),
        );
        for index in 0..left.len().max(right.len()) {
            let mut line = padded(left.get(index).cloned().unwrap_or_default(), lane);
            line.spans.push(dim(RULE));
            let right = right.get(index).cloned().unwrap_or_default();
            line.spans.extend(right.spans);
            self.lines.push(line);
        }
        self.lines.push(Line::default());
    }
}

/// One row of lanes with `line` in lane `at`; the heads themselves for the
/// number behind the last lane.
fn row(heads: &[Line<'static>], at: usize, lane: usize, line: &Line<'static>) -> Line<'static> {
    let mut spans = Vec::new();
    for (index, head) in heads.iter().enumerate() {
        if index > 0 {
            spans.push(dim(RULE));
        }
        let content = if at == heads.len() {
            head.clone().patch_style(Modifier::UNDERLINED)
        } else if index == at {
            padded(line.clone(), lane)
        } else {
            padded(Line::default(), lane)
        };
        spans.extend(content.spans);
    }
    Line::from(spans)
}

fn padded(mut line: Line<'static>, width: usize) -> Line<'static> {
    let missing = width.saturating_sub(line.width());
    line.spans.push(Span::raw(" ".repeat(missing)));
    line
}

fn dim(text: &'static str) -> Span<'static> {
    Span::styled(text, Style::new().add_modifier(Modifier::DIM))
}
