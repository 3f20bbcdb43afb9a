//! Draws the walkthrough. No background colour is ever set, and text has the
//! terminal's own colour or one of the basic ones, so that dark and light
//! screens are both readable from the last row.

use super::ansi::{cut, lines, wrap};
use super::feed::picture;
use super::show::{Overlay, Phase, Show};
use crate::render::style::{Ink, Style as Paint};
use crate::session::keyspace::{Sign, named};
use catalog::lang::Lang;
use catalog::text;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph};
use std::time::Duration;

/// From this width on the keyspace stands beside the lesson.
const WIDE: u16 = 100;

/// A body with fewer rows has no room for the keyspace below it.
const LOW: u16 = 15;

/// Draws everything; takes note of how much of the step is in sight.
pub fn draw(frame: &mut Frame, show: &mut Show) {
    let [header, body, status] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    draw_header(frame, header, show);
    let main = if body.width >= WIDE {
        let side = (body.width * 3 / 10).clamp(34, 56);
        let [main, beside] =
            Layout::horizontal([Constraint::Min(1), Constraint::Length(side)]).areas(body);
        draw_keyspace(frame, beside, show, Borders::LEFT);
        Rect {
            width: main.width.saturating_sub(1),
            ..main
        }
    } else if body.height >= LOW {
        let rows = (body.height / 4).clamp(4, 10);
        let [main, below] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(rows)]).areas(body);
        draw_keyspace(frame, below, show, Borders::TOP);
        main
    } else {
        body
    };
    draw_feed(frame, main, show);
    draw_status(frame, status, show);
    match show.overlay.clone() {
        Some(Overlay::Help) => draw_box(frame, &help(show.lang)),
        Some(Overlay::Message(text)) => draw_box(frame, &text),
        None => {}
    }
}

fn draw_header(frame: &mut Frame, area: Rect, show: &Show) {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let place = format!("{}/{}", show.step_index() + 1, show.lesson().steps.len());
    let heading = &show.step().heading;
    let title = if heading.is_empty() {
        show.lesson().title.clone()
    } else {
        heading.clone()
    };
    let room = usize::from(area.width).saturating_sub(place.chars().count() + 2);
    let title = cut(&Line::styled(title, bold), room);
    let gap = room.saturating_sub(title.width()) + 1;
    let mut top = title;
    top.spans.push(Span::raw(" ".repeat(gap)));
    top.spans.push(Span::styled(place, bold));
    let rule = Line::styled("─".repeat(area.width.into()), dim());
    frame.render_widget(Paragraph::new(vec![top, rule]), area);
}

fn draw_feed(frame: &mut Frame, area: Rect, show: &mut Show) {
    let picture = picture(show, area.width.into());
    let height = usize::from(area.height);
    let total = picture.lines.len();
    let last = total.saturating_sub(height);
    let followed = picture.anchor.map_or(last, |anchor| last.min(anchor));
    show.scroll.top = show.scroll.by_hand.unwrap_or(followed).min(last);
    show.scroll.height = height;
    show.scroll.total = total;
    let visible: Vec<Line> = picture
        .lines
        .into_iter()
        .skip(show.scroll.top)
        .take(height)
        .collect();
    frame.render_widget(Paragraph::new(visible), area);
}

fn draw_keyspace(frame: &mut Frame, area: Rect, show: &Show, borders: Borders) {
    let count = show.keyspace.keys.len();
    let partial = if show.keyspace.partial { "+" } else { "" };
    let title = text!(
        show.lang,
        " keyspace: {count}{partial} ",
        " klucze: {count}{partial} "
    );
    let block = Block::new().borders(borders).border_style(dim());
    let inside = block.inner(area);
    let width = usize::from(inside.width);
    let mut rows = Vec::new();
    if borders == Borders::TOP {
        frame.render_widget(block.title(title), area);
    } else {
        frame.render_widget(block, area);
        rows.push(Line::styled(title, dim()));
    }
    let paint = Paint::new(show.options.color);
    for change in &show.changes {
        let (sign, ink) = match change.sign {
            Sign::New => ('+', Ink::Good),
            Sign::Changed => ('~', Ink::Warn),
            Sign::Gone => ('-', Ink::Bad),
        };
        let value = show.keyspace.keys.get(&change.place);
        let head = paint.paint(ink, format!("{sign} {}", named(&change.place)));
        let about = value.map_or_else(String::new, |value| value.summary(show.lang));
        let head = format!("{head} {}", paint.paint(Ink::Dim, about));
        rows.extend(lines(&head).iter().map(|line| cut(line, width)));
        if let Some(value) = value {
            let view = match &change.before {
                Some(before) => format!("  {before} → {}", value.view),
                None => format!("  {}", value.view),
            };
            rows.extend(wrap(&Line::raw(view), width).into_iter().take(4));
        }
    }
    for (place, value) in &show.keyspace.keys {
        if show.changes.iter().all(|change| change.place != *place) {
            let text = format!(
                "  {} {}: {}",
                named(place),
                value.summary(show.lang),
                value.view
            );
            rows.push(cut(&Line::styled(text, dim()), width));
        }
    }
    if rows.len() > usize::from(inside.height) && inside.height > 0 {
        rows.truncate(usize::from(inside.height) - 1);
        rows.push(Line::styled("  …", dim()));
    }
    frame.render_widget(Paragraph::new(rows), inside);
}

fn draw_status(frame: &mut Frame, area: Rect, show: &Show) {
    let lang = show.lang;
    let next = if show.overlay.is_some() {
        lang.pick("any key closes", "dowolny klawisz zamyka")
    } else if show.scroll.more_below() && show.phase() != Phase::Running {
        lang.pick("Enter: more below", "Enter: dalszy ciąg")
    } else {
        match show.phase() {
            Phase::Typing(_) => lang.pick("any key: type it all", "dowolny klawisz: cały tekst"),
            Phase::Ready if show.demo().is_some() && show.act_on_server().is_none() => {
                lang.pick("Enter: start the demo", "Enter: zacznij pokaz")
            }
            Phase::Ready => lang.pick("Enter: run it", "Enter: wykonaj"),
            Phase::Running => lang.pick("running ...", "wykonuję ..."),
            Phase::Halt if show.is_step_over() => {
                lang.pick("Enter: next step", "Enter: kolejny krok")
            }
            Phase::Halt => lang.pick("Enter: go on", "Enter: dalej"),
        }
    };
    let place = format!(
        " {} {}/{}",
        show.lesson().id,
        show.step_index() + 1,
        show.lesson().steps.len()
    );
    let time = format!(
        " · {} / {} min",
        clock(show.elapsed()),
        show.planned_minutes()
    );
    let next = format!(" · {next} {}", show.digits);
    let right = lang.pick("? help  q leave ", "? pomoc  q koniec ");
    let width = usize::from(area.width);
    // On a narrow screen the time goes first: the notes have it, too.
    let full = format!("{place}{time}{next}");
    let left = if full.chars().count() <= width {
        full
    } else {
        place + &next
    };
    let used = left.chars().count() + right.chars().count();
    let text = if used <= width {
        format!("{left}{}{right}", " ".repeat(width - used))
    } else {
        left
    };
    let reversed = Style::new().add_modifier(Modifier::REVERSED);
    frame.render_widget(Paragraph::new(Line::raw(text)).style(reversed), area);
}

/// `4:07`, or `1:04:07`.
pub(super) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A box in the middle.
fn draw_box(frame: &mut Frame, text: &str) {
    let area = frame.area();
    let widest = text.lines().map(|line| line.chars().count()).max();
    let most = usize::from(area.width.saturating_sub(6)).max(10);
    let room = widest.unwrap_or(0).min(most);
    let wrapped: Vec<Line> = text
        .lines()
        .flat_map(|line| wrap(&Line::raw(line.to_owned()), room))
        .collect();
    let width = u16::try_from(room + 4)
        .unwrap_or(area.width)
        .min(area.width);
    let height = u16::try_from(wrapped.len() + 2)
        .unwrap_or(area.height)
        .min(area.height);
    let place = Rect {
        x: (area.width - width) / 2,
        y: (area.height - height) / 2,
        width,
        height,
    };
    let block = Block::bordered().padding(ratatui::widgets::Padding::horizontal(1));
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(wrapped).block(block), place);
}

fn help(lang: Lang) -> String {
    lang.pick(
        "Enter Space Right l  next: run, go on, next step
Left h               back, the server too
n p                  next, previous section
g G, 7 G             first, last, seventh step
Up Down k j          scroll
d                    prose on/off
s                    the rest of the step at once
x                    the step from its start
r                    read the lesson again (--lessons)
Tab                  shell on the same session
q                    leave",
        "Enter Spacja → l     dalej: wykonaj, kolejny krok
← h                  wstecz, serwer też
n p                  następna, poprzednia sekcja
g G, 7 G             pierwszy, ostatni, siódmy krok
↑ ↓ k j              przewijanie
d                    opisy włącz/wyłącz
s                    reszta kroku naraz
x                    krok od początku
r                    wczytaj lekcję ponownie (--lessons)
Tab                  powłoka na tej samej sesji
q                    koniec",
    )
    .to_owned()
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}
