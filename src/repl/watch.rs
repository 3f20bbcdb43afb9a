//! `:watch [SECONDS] COMMAND`: a command that reads, over and over on the whole
//! screen, with what has changed marked, by a sign in the margin and not by
//! colour alone.

use super::interrupts::stop_job;
use super::screen::size;
use crate::conn::state::{Argv, name_of};
use crate::conn::{Client, ConnError, Side};
use crate::error::{Error, Result};
use crate::render::harmless::{foreign, own};
use crate::render::style::{Ink, Style};
use crate::session::Output;
use catalog::lang::Lang;
use catalog::text;
use crossterm::event::{Event, EventStream, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::{cursor, execute, terminal};
use futures_util::StreamExt as _;
use resp::split::quote_all;
use std::io::{self, Write as _};
use std::time::Duration;
use unicode_width::UnicodeWidthChar as _;

/// Between two runs, where nobody says otherwise.
const USUAL: Duration = Duration::from_secs(2);
/// No less than this.
const LEAST: Duration = Duration::from_millis(100);
/// So much of a reply is looked at.
const MOST_LINES: usize = 10_000;

/// What is repeated, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) every: Duration,
    pub(super) argv: Argv,
}

impl Wanted {
    /// Reads what stands behind `:watch`.
    ///
    /// # Errors
    /// When there is no command, or one that does more than to read.
    pub(super) fn read(args: &[String]) -> Result<Wanted> {
        let seconds = args.first().and_then(|word| word.parse::<f64>().ok());
        let every = match seconds.map(Duration::try_from_secs_f64) {
            None => USUAL,
            Some(Ok(every)) if every <= Duration::from_secs(86_400) => every.max(LEAST),
            Some(_) => {
                return Err(Error::usage(text!(
                    ":watch takes seconds, 0.1 to 86400, and a command",
                    ":watch przyjmuje sekundy, od 0.1 do 86400, i polecenie"
                )));
            }
        };
        let command = &args[usize::from(seconds.is_some())..];
        let argv: Argv = command.iter().map(|arg| arg.clone().into_bytes()).collect();
        if argv.is_empty() {
            return Err(Error::usage(text!(
                ":watch takes a command: :watch 1 LLEN queue",
                ":watch przyjmuje polecenie: :watch 1 LLEN kolejka"
            )));
        }
        if !only_reads(&argv) {
            let command = quote_all(&argv);
            return Err(Error::usage(text!(
                ":watch repeats what only reads and answers at once; {command} may do more",
                ":watch powtarza to, co tylko czyta i odpowiada od razu; {command} może zrobić więcej"
            )));
        }
        Ok(Wanted { every, argv })
    }
}

/// Whether a command changes nothing, neither data nor the connection, and
/// does not wait.
fn only_reads(argv: &Argv) -> bool {
    let second = argv.get(1).map(|word| word.to_ascii_lowercase());
    let second = second.as_deref().unwrap_or_default();
    match name_of(argv).as_str() {
        "info" | "dbsize" | "ping" | "echo" | "time" | "lastsave" | "role" | "command" => true,
        "client" => matches!(second, b"list" | b"info" | b"getname" | b"id"),
        "config" => second == b"get",
        "slowlog" => matches!(second, b"get" | b"len"),
        "latency" => second != b"reset",
        "memory" => second != b"purge",
        "acl" => matches!(second, b"list" | b"users" | b"whoami" | b"log" | b"cat"),
        "pubsub" | "cluster" => catalog::find_argv(argv)
            .is_some_and(|command| !command.is_disruptive() && !command.is_write()),
        "xread" => !argv.iter().any(|word| word.eq_ignore_ascii_case(b"block")),
        _ => catalog::find_argv(argv)
            .is_some_and(|command| command.is_read_only() && !command.is_blocking()),
    }
}

/// The whole screen, until it is dropped.
struct Whole;

impl Whole {
    fn take() -> io::Result<Whole> {
        terminal::enable_raw_mode()?;
        let whole = Whole;
        execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)?;
        Ok(whole)
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        let _ = execute!(io::stdout(), cursor::Show, terminal::LeaveAlternateScreen);
        let _ = terminal::disable_raw_mode();
    }
}

/// How it is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) output: Output,
    pub(super) style: Style,
    pub(super) lang: Lang,
}

/// Repeats a command until somebody leaves.
///
/// # Errors
/// When the terminal is gone, or the server.
pub(super) async fn watch(
    wanted: &Wanted,
    client: &Client,
    side: &mut Side,
    look: Look,
) -> Result<()> {
    let gone = |error: io::Error| {
        Error::usage(text!(
            "cannot write to the terminal",
            "nie można pisać na terminal"
        ))
        .because(&error)
    };
    let mut whole = Whole::take().map_err(gone)?;
    let mut keys = EventStream::new();
    let mut page = Page {
        wanted,
        look,
        lines: Vec::new(),
        marked: Vec::new(),
        top: 0,
        runs: 0,
        waits: false,
    };
    let mut next = tokio::time::Instant::now();
    let lost: Option<ConnError> = 'runs: loop {
        let due = next;
        let answer = async {
            tokio::time::sleep_until(due).await;
            let side = side.beside(client).await?;
            side.ask(&wanted.argv).await
        };
        tokio::pin!(answer);
        let late = tokio::time::sleep_until(due + Duration::from_secs(1));
        tokio::pin!(late);
        let mut is_late = false;
        loop {
            tokio::select! {
                biased;
                event = keys.next() => match event {
                    Some(Ok(event)) => match page.pressed(&event) {
                        Pressed::On => page.draw().map_err(gone)?,
                        Pressed::Leave => break 'runs None,
                        Pressed::Stop => {
                            drop(keys);
                            drop(whole);
                            stop_job();
                            whole = Whole::take().map_err(gone)?;
                            keys = EventStream::new();
                            page.draw().map_err(gone)?;
                        }
                    },
                    _ => break 'runs None,
                },
                answered = &mut answer => {
                    match answered {
                        Ok(reply) => page.take(&reply),
                        Err(error) => break 'runs Some(error),
                    }
                    page.draw().map_err(gone)?;
                    break;
                }
                () = &mut late, if !is_late => {
                    is_late = true;
                    page.waits = true;
                    page.draw().map_err(gone)?;
                }
            }
        }
        // After a pause there is nothing to be made up for.
        next = (due + wanted.every).max(tokio::time::Instant::now());
    };
    drop(whole);
    // A reply may still be on its way there.
    side.drop_connection();
    match lost {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// What a key asks for.
enum Pressed {
    /// To go on.
    On,
    /// To stop the program for a while.
    Stop,
    /// To leave.
    Leave,
}

/// What is on the screen.
struct Page<'a> {
    wanted: &'a Wanted,
    look: Look,
    lines: Vec<String>,
    /// Of each line, which of its characters have changed.
    marked: Vec<Vec<bool>>,
    /// The first line that is shown.
    top: usize,
    runs: usize,
    /// The server has not answered for a second.
    waits: bool,
}

impl Page<'_> {
    /// Takes a reply in.
    fn take(&mut self, reply: &resp::Reply) {
        let (columns, _) = size();
        let output = match self.look.output {
            Output::Table(_) => Output::table(columns - 2, self.look.lang),
            other => other,
        };
        let mut text = Vec::new();
        // Writing into memory cannot fail.
        let _ = output.reply(&self.wanted.argv, reply, &mut text, None);
        let text = foreign(&String::from_utf8_lossy(&text)).into_owned();
        let lines: Vec<String> = text.lines().take(MOST_LINES).map(str::to_owned).collect();
        self.marked = match self.runs {
            0 => lines.iter().map(|_| Vec::new()).collect(),
            _ => marks(&self.lines, &lines),
        };
        self.lines = lines;
        self.runs += 1;
        self.waits = false;
    }

    /// What a key or a resize does.
    fn pressed(&mut self, event: &Event) -> Pressed {
        let (_, rows) = size();
        let page = rows.saturating_sub(3).max(1);
        let Event::Key(key) = event else {
            return Pressed::On;
        };
        if key.kind == KeyEventKind::Release {
            return Pressed::On;
        }
        let last = self.lines.len().saturating_sub(page);
        match key.code {
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Pressed::Leave;
            }
            KeyCode::Char('z') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Pressed::Stop;
            }
            KeyCode::Char('q' | 'Q') | KeyCode::Esc => return Pressed::Leave,
            KeyCode::Down | KeyCode::Char('j') => self.top = (self.top + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => self.top = self.top.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => self.top = (self.top + page).min(last),
            KeyCode::PageUp => self.top = self.top.saturating_sub(page),
            KeyCode::Home => self.top = 0,
            KeyCode::End => self.top = last,
            _ => {}
        }
        Pressed::On
    }

    fn draw(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let text = self.text(size());
        // In raw mode a line end goes down only.
        let text = own(&text).replace('\n', "\x1b[K\r\n");
        out.write_all(format!("\x1b[H{text}\x1b[J").as_bytes())?;
        out.flush()
    }

    fn text(&self, (columns, rows): (usize, usize)) -> String {
        let Look { style, lang, .. } = self.look;
        let every = self.wanted.every.as_secs_f64();
        let every = lang.decimal(every, if every.fract() == 0.0 { 0 } else { 1 });
        let command = quote_all(&self.wanted.argv);
        let mut head = text!(
            lang,
            "every {every} s: {command}",
            "co {every} s: {command}"
        );
        if self.waits {
            let waits = lang.pick("no answer yet", "jeszcze nie odpowiada");
            head = format!("{waits} · {head}");
        }
        let mut text = style.paint(Ink::Bold, cut(&foreign(&head), columns - 1));
        text.push('\n');
        let height = rows.saturating_sub(3).max(1);
        let shown = self.lines.iter().zip(&self.marked).skip(self.top);
        for (line, marks) in shown.take(height) {
            if marks.contains(&true) {
                text.push_str(&style.paint(Ink::Warn, "*"))
            } else {
                text.push(' ')
            }
            text.push(' ');
            text.push_str(&painted(line, marks, columns - 3, style));
            text.push('\n');
        }
        let below = self.lines.len().saturating_sub(self.top + height);
        let mut foot = lang
            .pick(
                "* has changed; arrows move, q leaves",
                "* zmiana; strzałki przewijają, q kończy",
            )
            .to_owned();
        if below > 0 {
            foot = text!(
                lang,
                "{foot}; {below} more below",
                "{foot}; niżej jeszcze: {below}"
            );
        }
        text.push_str(&style.paint(Ink::Dim, cut(&foot, columns - 1)));
        text
    }
}

/// Which characters of the new lines differ from the old ones.
fn marks(before: &[String], after: &[String]) -> Vec<Vec<bool>> {
    let empty = String::new();
    let each = after.iter().enumerate().map(|(at, line)| {
        let old: Vec<char> = before.get(at).unwrap_or(&empty).chars().collect();
        let chars = line.chars().enumerate();
        let mut marks: Vec<bool> = chars.map(|(at, c)| old.get(at) != Some(&c)).collect();
        // Something went away at its end.
        if old.len() > marks.len()
            && let Some(last) = marks.last_mut()
        {
            *last = true;
        }
        marks
    });
    each.collect()
}

/// The beginning of a text that fits so many columns.
fn cut(text: &str, columns: usize) -> String {
    let mut used = 0;
    let fits = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used <= columns
    });
    fits.collect()
}

/// A line with its changed parts painted.
fn painted(line: &str, marks: &[bool], columns: usize, style: Style) -> String {
    let line = cut(line, columns);
    let mut text = String::new();
    let mut part = String::new();
    let mut is_marked = false;
    let mut flush = |part: &mut String, is_marked: bool| {
        if is_marked {
            text.push_str(&style.paint(Ink::Changed, &*part))
        } else {
            text.push_str(part)
        }
        part.clear();
    };
    for (at, c) in line.chars().enumerate() {
        let own = marks.get(at).copied().unwrap_or(false);
        if own != is_marked {
            flush(&mut part, is_marked);
            is_marked = own;
        }
        part.push(c);
    }
    flush(&mut part, is_marked);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(line: &str) -> Result<Wanted> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Wanted::read(&args)
    }

    #[test]
    fn only_what_reads_is_repeated() {
        for line in [
            "LLEN q",
            "0.5 INFO stats",
            "CLIENT LIST",
            "config get maxmemory",
            "XREAD STREAMS s 0",
            "PUBSUB NUMSUB a",
            "HGETALL h",
        ] {
            assert!(wanted(line).is_ok(), "{line}");
        }
        for line in [
            "",
            "1",
            "-1 PING",
            "1e9 PING",
            "INCR n",
            "BLPOP q 0",
            "XREAD BLOCK 0 STREAMS s $",
            "SUBSCRIBE a",
            "MULTI",
            "CLIENT KILL 1",
            "CONFIG SET maxmemory 1",
            "EVAL x 0",
            "SHUTDOWN",
            "CLUSTER FAILOVER",
            "nonsense",
        ] {
            assert!(wanted(line).is_err(), "{line}");
        }
        assert_eq!(wanted("0 PING").unwrap().every, LEAST);
        assert_eq!(wanted("PING").unwrap().every, USUAL);
    }

    #[test]
    fn changes_are_marked_without_colour_too() {
        let wanted = wanted("1 GET n").unwrap();
        let mut page = Page {
            wanted: &wanted,
            look: Look {
                output: Output::Pretty,
                style: Style::new(false),
                lang: Lang::En,
            },
            lines: Vec::new(),
            marked: Vec::new(),
            top: 0,
            runs: 0,
            waits: false,
        };
        page.take(&resp::Reply::Bulk(b"10".to_vec()));
        assert_eq!(
            page.text((40, 5)),
            "every 1 s: GET n\n  \"10\"\n* has changed; arrows move, q leaves"
        );
        page.take(&resp::Reply::Bulk(b"11".to_vec()));
        assert!(page.text((40, 5)).contains("\n* \"11\"\n"));
        page.look.style = Style::new(true);
        assert!(page.text((40, 5)).contains("\"1\x1b[7m1\x1b[0m\""));
        page.take(&resp::Reply::Bulk(b"11".to_vec()));
        assert!(page.text((40, 5)).contains("  \"11\"\n"));
    }
}
