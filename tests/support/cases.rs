//! Case files: commands whose replies must be the same on both servers.
//!
//! One command per line with redis-cli's quoting; `#` begins a comment. Each
//! file starts with empty databases and new connections. Before the command:
//!
//! - `@name` uses another connection (opened when first named);
//! - `>` sends without waiting for the reply, `<` (alone) waits for the next
//!   reply or push of that connection;
//! - `unordered`, `shape`, `near N`, `help`, `client`, `monitor`, `ignore`
//!   followed by `:` compare as [`super::compare`] explains;
//! - `until REPLY:` repeats the command until its reply is this text (an
//!   integer or string, `nil`), at most ten seconds;
//! - `raw:` sends the rest of the line as bytes (with `"..."` escapes);
//! - `!blocked N` waits until N clients are blocked;
//! - `!reset` empties the databases and drops all connections.

use super::compare::{self, How};
use super::servers::Server;
use super::wire::{Answer, Wire, show};
use resp::Reply;
use resp::split;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long `until` and `!blocked` wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// The connections of one file, in pairs.
struct Sessions<'s> {
    servers: (&'s Server, &'s Server),
    open: HashMap<String, (Wire, Wire)>,
}

impl<'s> Sessions<'s> {
    fn new(servers: (&'s Server, &'s Server)) -> Self {
        let mut sessions = Sessions {
            servers,
            open: HashMap::new(),
        };
        sessions.reset();
        sessions
    }

    fn reset(&mut self) {
        self.open.clear();
        let (real, ours) = self.get("main");
        for wire in [real, ours] {
            for argv in [
                &["FLUSHALL"][..],
                &["SCRIPT", "FLUSH"],
                &["FUNCTION", "FLUSH"],
                &["ACL", "LOG", "RESET"],
            ] {
                wire.call(argv);
            }
        }
    }

    /// Whether both servers hold the same data, by Redis's own digest of them,
    /// once what has expired is gone from both.
    fn hold_the_same(&mut self) -> Result<(), String> {
        let (real, ours) = self.get("the data");
        let deadline = Instant::now() + PATIENCE;
        let digest = ["DEBUG", "DIGEST"];
        while real.call(&digest).raw != ours.call(&digest).raw {
            if Instant::now() > deadline {
                return Err("  afterwards the data are not the same".into());
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    fn get(&mut self, name: &str) -> (&mut Wire, &mut Wire) {
        let (a, b) = self.servers;
        let pair = self
            .open
            .entry(name.to_owned())
            .or_insert_with(|| (a.connect(), b.connect()));
        (&mut pair.0, &mut pair.1)
    }
}

/// What a line asks for.
#[derive(Debug)]
enum Action {
    Call(Vec<Vec<u8>>),
    Send(Vec<Vec<u8>>),
    Raw(Vec<u8>),
    Receive,
    Until(String, Vec<Vec<u8>>),
    Blocked(i64),
    Reset,
}

#[derive(Debug)]
struct Line {
    session: String,
    how: Option<How>,
    action: Action,
}

fn words(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let argv = split::split(text.as_bytes()).map_err(|error| error.to_string())?;
    if argv.is_empty() {
        return Err("no command".into());
    }
    Ok(argv)
}

fn parse(text: &str) -> Result<Line, String> {
    let mut rest = text.trim();
    let mut session = "main".to_owned();
    if let Some(named) = rest.strip_prefix('@') {
        let (name, after) = named.split_once(' ').unwrap_or((named, ""));
        session = name.to_owned();
        rest = after.trim_start();
    }
    let mut how = None;
    let line = |action, how| {
        Ok(Line {
            session: session.clone(),
            how,
            action,
        })
    };
    if rest == "!reset" {
        return line(Action::Reset, None);
    }
    if let Some(n) = rest.strip_prefix("!blocked ") {
        let n = n.trim().parse().map_err(|_| "!blocked needs a number")?;
        return line(Action::Blocked(n), None);
    }
    for (word, value) in [
        ("unordered:", How::Unordered),
        ("shape:", How::Shape),
        ("help:", How::Help),
        ("client:", How::Client),
        ("monitor:", How::Monitor),
        ("ignore:", How::Ignore),
    ] {
        if let Some(after) = rest.strip_prefix(word) {
            how = Some(value);
            rest = after.trim_start();
        }
    }
    if let Some(after) = rest.strip_prefix("near ")
        && let Some((n, after)) = after.split_once(':')
    {
        how = Some(How::Near(
            n.trim().parse().map_err(|_| "near needs a number")?,
        ));
        rest = after.trim_start();
    }
    if let Some(after) = rest.strip_prefix("until ") {
        let (reply, after) = after
            .split_once(": ")
            .ok_or("until needs a reply and `:`")?;
        return line(Action::Until(reply.trim().to_owned(), words(after)?), how);
    }
    if let Some(after) = rest.strip_prefix("raw:") {
        return line(Action::Raw(words(after)?.concat()), how);
    }
    if rest == "<" {
        return line(Action::Receive, how);
    }
    if let Some(after) = rest.strip_prefix("> ") {
        return line(Action::Send(words(after)?), how);
    }
    line(Action::Call(words(rest)?), how)
}

fn is_text(answer: &Answer, text: &str) -> bool {
    match &answer.reply {
        Some(Reply::Nil) => text == "nil",
        Some(Reply::Int(n)) => n.to_string() == text,
        Some(Reply::Error(error)) => error == text,
        Some(reply) => reply.as_str() == Some(text),
        None => false,
    }
}

/// Repeats a command on one server until its reply is `text`.
fn wait_for(wire: &mut Wire, argv: &[Vec<u8>], text: &str) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = wire.call(argv);
        if is_text(&answer, text) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("still replies {}", show(&answer.raw)));
        }
        std::thread::yield_now();
    }
}

fn wait_for_blocked(wire: &mut Wire, n: i64) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    let wanted = format!("blocked_clients:{n}\r");
    loop {
        let answer = wire.call(&["INFO", "clients"]);
        let info = String::from_utf8_lossy(&answer.raw).into_owned();
        if info.contains(&wanted) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(format!("no {n} blocked clients: {info}"));
        }
        std::thread::yield_now();
    }
}

/// A command whose reply is not the next thing to come does not wait for it, and
/// what follows on other connections would overtake it now and then.
fn nothing_unread(wire: &mut Wire) -> Result<(), String> {
    match wire.unread() {
        [] => Ok(()),
        unread => Err(format!("  a `<` is missing before it: {}", show(unread))),
    }
}

/// Runs one line; what is wrong, if anything is.
fn run_line(sessions: &mut Sessions<'_>, line: Line) -> Result<(), String> {
    let compare = |real: &Answer, ours: &Answer, how: How| {
        if real.is_late() {
            Err("  Redis does not reply: send it with `>`".into())
        } else if compare::same(real, ours, how) {
            Ok(())
        } else {
            Err(format!(
                "  Redis:    {}\n  built-in: {}",
                show(&real.raw),
                show(&ours.raw)
            ))
        }
    };
    if let Action::Reset = line.action {
        let same = sessions.hold_the_same();
        sessions.reset();
        return same;
    }
    let (real, ours) = sessions.get(&line.session);
    match line.action {
        Action::Call(argv) => {
            nothing_unread(real)?;
            nothing_unread(ours)?;
            let how = line.how.unwrap_or_else(|| compare::default_for(&argv));
            compare(&real.call(&argv), &ours.call(&argv), how)
        }
        Action::Send(argv) => {
            real.send(&argv);
            ours.send(&argv);
            Ok(())
        }
        Action::Raw(bytes) => {
            real.send_raw(&bytes);
            ours.send_raw(&bytes);
            Ok(())
        }
        Action::Receive => compare(
            &real.receive(),
            &ours.receive(),
            line.how.unwrap_or(How::Exact),
        ),
        Action::Until(text, argv) => {
            wait_for(real, &argv, &text).map_err(|e| format!("  Redis {e}"))?;
            wait_for(ours, &argv, &text).map_err(|e| format!("  built-in {e}"))
        }
        Action::Blocked(n) => {
            wait_for_blocked(real, n).map_err(|e| format!("  Redis: {e}"))?;
            wait_for_blocked(ours, n).map_err(|e| format!("  built-in: {e}"))
        }
        Action::Reset => Ok(()),
    }
}

/// The commands of a file, as they are sent.
pub fn commands(text: &str) -> impl Iterator<Item = Vec<Vec<u8>>> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| match parse(line).ok()?.action {
        Action::Call(argv) | Action::Send(argv) | Action::Until(_, argv) => Some(argv),
        _ => None,
    })
}

/// Runs a file; every difference as text, and how many lines were run.
pub fn run(name: &str, text: &str, real: &Server, ours: &Server) -> (usize, Vec<String>) {
    let mut sessions = Sessions::new((real, ours));
    let mut failures = Vec::new();
    let mut ran = 0;
    for (i, source) in text.lines().enumerate() {
        let source = source.trim();
        if source.is_empty() || source.starts_with('#') {
            continue;
        }
        ran += 1;
        let result = parse(source).and_then(|line| run_line(&mut sessions, line));
        if let Err(what) = result {
            failures.push(format!("{name}:{}: {source}\n{what}", i + 1));
        }
    }
    if let Err(what) = sessions.hold_the_same() {
        failures.push(format!("{name}, at its end:\n{what}"));
    }
    (ran, failures)
}
