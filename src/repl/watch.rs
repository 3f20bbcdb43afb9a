//! `:watch [SECONDS] COMMAND`: a command that reads, over and over on the whole
//! screen, with what has changed marked, by a sign in the margin and not by
//! colour alone.

mod page;

use super::interrupts::stop_job;
use crate::conn::state::{Argv, name_of};
use crate::conn::{Client, ConnError, Side};
use crate::error::{Error, Result};
use crate::render::style::Style;
use crate::session::Output;
use catalog::lang::Lang;
use catalog::text;
use crossterm::event::EventStream;
use crossterm::{cursor, execute, terminal};
use futures_util::StreamExt as _;
use page::{Page, Pressed};
use resp::split::quote_all;
use std::io;
use std::time::Duration;

/// Between two runs, where nobody says otherwise.
const USUAL: Duration = Duration::from_secs(2);
/// No less than this.
const LEAST: Duration = Duration::from_millis(100);

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
    let gone = |error: io::Error| Error::terminal(&error);
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
