//! `walkthrough --notes`: the second terminal, which follows the first.

use super::ansi::wrap;
use super::meeting::announced;
use super::news::{CHANNEL, News};
use super::present::{Keys, Turn, broken};
use super::screen::clock;
use crate::conn::{ConnError, Connection, Target};
use crate::error::Result;
use catalog::lang::Lang;
use catalog::text;
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use futures_util::StreamExt as _;
use ratatui::backend::Backend;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use ratatui::{Frame, Terminal};
use resp::Reply;
use std::fmt::Display;
use std::time::Duration;
use tokio::sync::mpsc;

/// How often a walkthrough is looked for.
const RETRY: Duration = Duration::from_secs(1);

/// Without a word for so long, the show counts as stuck.
const SILENCE: Duration = Duration::from_secs(5);

/// What the notes know.
#[derive(Debug, Default)]
pub struct Notes {
    news: Option<News>,
    /// What is wrong, when something is.
    trouble: Option<String>,
}

impl Notes {
    /// What was told.
    pub fn heard(&mut self, news: News) {
        self.trouble = None;
        self.news = Some(news);
    }
}

/// Follows a walkthrough until q or Ctrl-Z is pressed: the one on `url`, or the
/// one that this user runs. One that has not begun yet is waited for.
///
/// # Errors
/// When the terminal fails.
pub async fn follow<B: Backend>(
    terminal: &mut Terminal<B>,
    notes: &mut Notes,
    url: Option<Target>,
    lang: Lang,
    input: &mut (impl Keys + Unpin),
) -> Result<Turn>
where
    B::Error: Display,
{
    let (tell, mut told) = mpsc::unbounded_channel();
    let listening = tokio::spawn(listen(url, lang, tell));
    let outcome = loop {
        if let Err(error) = terminal.draw(|frame| draw_notes(frame, notes, lang)) {
            break Err(broken(error));
        }
        tokio::select! {
            event = input.next() => match event {
                None => break Ok(Turn::Leave),
                Some(Err(error)) => break Err(broken(error)),
                Some(Ok(event)) => match turn(&event) {
                    Turn::Stay => {}
                    turn => break Ok(turn),
                },
            },
            Some(heard) = told.recv() => match heard {
                Ok(news) => notes.heard(news),
                Err(trouble) => notes.trouble = Some(trouble),
            },
        }
    };
    listening.abort();
    outcome
}

/// What a key asks for.
fn turn(event: &Event) -> Turn {
    let Event::Key(key) = event else {
        return Turn::Stay;
    };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        _ if key.kind == KeyEventKind::Release => Turn::Stay,
        KeyCode::Char('z') if control => Turn::Stop,
        KeyCode::Char('c' | 'd') if control => Turn::Leave,
        KeyCode::Char('q') | KeyCode::Esc => Turn::Leave,
        _ => Turn::Stay,
    }
}

/// What the listener tells: where the show is, or what is wrong.
type Told = mpsc::UnboundedSender<Result<News, String>>;

/// Listens for as long as somebody wants to know, and begins anew when the
/// server is gone: the next lesson may be another run.
async fn listen(url: Option<Target>, lang: Lang, tell: Told) {
    // The end of a show is the last word until the next one begins.
    let mut over = false;
    loop {
        // The file may be a killed walkthrough's; then nobody answers.
        let target = url.clone().or_else(announced);
        let trouble = match target {
            None => lang
                .pick(
                    "Waiting for redis-lab walkthrough in another terminal ...",
                    "Czekam na redis-lab walkthrough w innym terminalu ...",
                )
                .to_owned(),
            Some(target) => match listen_to(&target, lang, &tell, &mut over).await {
                Ok(()) => return,
                Err(_) if url.is_none() => lang
                    .pick(
                        "No walkthrough is running; waiting ...",
                        "Żaden walkthrough nie działa; czekam ...",
                    )
                    .to_owned(),
                Err(error) => error.text(lang),
            },
        };
        if tell.is_closed() || !over && tell.send(Err(trouble)).is_err() {
            return;
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Listens on one server until nobody wants to know any more.
async fn listen_to(
    target: &Target,
    lang: Lang,
    tell: &Told,
    over: &mut bool,
) -> Result<(), ConnError> {
    let mut connection = Connection::connect(target).await?;
    if let Reply::Error(text) = connection.call(&["SUBSCRIBE", CHANNEL]).await? {
        return Err(ConnError::Login(text));
    }
    loop {
        let heard = match tokio::time::timeout(SILENCE, connection.receive()).await {
            Err(_) if *over => continue,
            Err(_) => {
                let text = lang.pick(
                    "The walkthrough is silent (is it still running?)",
                    "Walkthrough milczy (czy jeszcze działa?)",
                );
                Err(text.to_owned())
            }
            Ok(message) => {
                let message = message?;
                let Some([_, _, payload]) = message.as_slice() else {
                    continue;
                };
                let Some(news) = payload.as_bytes().and_then(News::from_json) else {
                    continue;
                };
                *over = news.over;
                if *over {
                    let text = lang.pick("The walkthrough is over.", "Walkthrough zakończony.");
                    Err(text.to_owned())
                } else {
                    Ok(news)
                }
            }
        };
        if tell.send(heard).is_err() {
            return Ok(());
        }
    }
}

/// Draws the notes.
pub fn draw_notes(frame: &mut Frame, notes: &Notes, lang: Lang) {
    let [top, body, bottom] = Layout::vertical([
        Constraint::Length(3),
        Constraint::Min(1),
        Constraint::Length(2),
    ])
    .areas(frame.area());
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let dim = Style::new().add_modifier(Modifier::DIM);
    let width = usize::from(frame.area().width);
    let Some(news) = &notes.news else {
        let text = notes.trouble.clone().unwrap_or_default();
        frame.render_widget(Paragraph::new(text), body);
        let keys = lang.pick("q: leave", "q: koniec");
        frame.render_widget(Paragraph::new(Line::styled(keys, dim)), bottom);
        return;
    };
    let time = format!(
        "{} / {} min",
        clock(Duration::from_secs(news.elapsed)),
        news.planned
    );
    let place = format!("{}/{}", news.step, news.of);
    let head = [
        Line::styled(format!("{time}   {}", pace(news, lang)), bold),
        Line::styled(format!("{} · {place}", news.title), dim),
        Line::styled("─".repeat(width), dim),
    ];
    frame.render_widget(Paragraph::new(head.to_vec()), top);

    let rows = step_rows(news, width.min(100), lang);
    frame.render_widget(Paragraph::new(rows), body);

    let next = match &news.next {
        Some(next) => format!("{}: {next}", lang.pick("next", "dalej")),
        None => lang.pick("last step", "ostatni krok").to_owned(),
    };
    let trouble = notes.trouble.clone().unwrap_or_default();
    let last = [Line::styled(trouble, bold), Line::raw(next)];
    frame.render_widget(Paragraph::new(last.to_vec()), bottom);
}

/// What the teacher reads about the step, in lines of at most `width`.
fn step_rows(news: &News, width: usize, lang: Lang) -> Vec<Line<'static>> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let dim = Style::new().add_modifier(Modifier::DIM);
    let mut rows = Vec::new();
    if !news.heading.is_empty() {
        rows.push(Line::styled(news.heading.clone(), bold));
        rows.push(Line::default());
    }
    for note in &news.notes {
        for line in textwrap::wrap(note, width.saturating_sub(2).max(10)) {
            rows.extend(wrap(&Line::raw(format!("  {line}")), width));
        }
        rows.push(Line::default());
    }
    if news.notes.is_empty() {
        let text = lang.pick(
            "  (no notes for this step)",
            "  (brak notatek do tego kroku)",
        );
        rows.push(Line::styled(text, dim));
        rows.push(Line::default());
    }
    if news.minutes > 0 {
        let text = lang.pick("planned for this step", "zaplanowano na ten krok");
        rows.push(Line::styled(format!("  {text}: {} min", news.minutes), dim));
    }
    if let Some(command) = &news.command {
        let text = lang.pick("runs next", "następne polecenie");
        let line = Line::raw(format!("  {text}: {}", command.replace('\n', " ⏎ ")));
        rows.extend(wrap(&line, width));
    }
    rows
}

/// How the clock stands against the plan.
fn pace(news: &News, lang: Lang) -> String {
    let elapsed = i64::try_from(news.elapsed / 60).unwrap_or(i64::MAX);
    // The current step may take its own time before it counts as late.
    let from = i64::from(news.planned_so_far);
    let until = from + i64::from(news.minutes);
    if elapsed > until {
        let late = elapsed - until;
        text!(lang, "{late} min behind plan", "{late} min opóźnienia")
    } else if elapsed < from {
        let early = from - elapsed;
        text!(
            lang,
            "{early} min ahead of plan",
            "{early} min przed planem"
        )
    } else {
        lang.pick("on time", "zgodnie z planem").to_owned()
    }
}
