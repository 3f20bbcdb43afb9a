//! A server that answers with every control character in every type of reply:
//! none reaches a terminal as it is, and a pipe gets every byte.

#![cfg(unix)]

mod fake;
mod needs;
mod repl_support;

use repl_support::{Terminal, program_terminal, wait_for};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Stands behind each control character, so that it is found in the output.
const MARK: &str = "EVIL";

/// What terminals obey: C0, DEL, C1, and what turns text around; and colours
/// and other sequences by their beginnings.
fn obeyed() -> Vec<String> {
    let controls = (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32);
    let bidi = [
        '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
    ];
    let single = controls
        .filter(|c| *c != '\n')
        .chain(bidi)
        .map(String::from);
    let sequences = [
        "\x1b[31m", "\x1b[2J", "\x1b]0;", "\x1bP", "\x1b[8m", "\u{9b}2J",
    ];
    single.chain(sequences.map(str::to_owned)).collect()
}

/// All of them, each before the mark; without line ends where a reply's type
/// has no room for them.
fn payload(lines: bool) -> String {
    let each = obeyed()
        .into_iter()
        .filter(|text| lines || !text.contains('\r'));
    each.map(|text| format!("{text}{MARK} ")).collect()
}

/// The replies, one of each type.
fn replies() -> Vec<String> {
    let (line, text) = (payload(false), payload(true));
    let bulk = |text: &str| format!("${}\r\n{text}\r\n", text.len());
    vec![
        format!("+{line}\r\n"),
        format!("-ERR {line}\r\n"),
        format!("-{line}\r\n"),
        bulk(&text),
        bulk(&format!(
            "redis_version:7.0.{text}\r\nredis_mode:{text}\r\n"
        )),
        format!("*2\r\n{}+{line}\r\n", bulk(&text)),
        format!("={}\r\ntxt:{text}\r\n", text.len() + 4),
        format!("!{}\r\nERR {text}\r\n", text.len() + 4),
        format!("({line}\r\n"),
        format!(",{line}\r\n"),
        format!("%1\r\n+{line}\r\n{}", bulk(&text)),
        format!("~1\r\n+{line}\r\n"),
        format!("|1\r\n+{line}\r\n+{line}\r\n+{line}\r\n"),
        format!(">2\r\n+invalidate\r\n*1\r\n{}+OK\r\n", bulk(&text)),
        format!(">3\r\n+message\r\n{}{}+OK\r\n", bulk(&text), bulk(&text)),
        format!("*3\r\n+message\r\n{}{}", bulk(&text), bulk(&text)),
    ]
}

/// Reads a command; `None` at the end.
fn command(input: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let mut line = String::new();
    input.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let count: usize = line.trim().strip_prefix('*')?.parse().ok()?;
    let mut words = Vec::new();
    for _ in 0..count {
        line.clear();
        input.read_line(&mut line).ok()?;
        let length: usize = line.trim().strip_prefix('$')?.parse().ok()?;
        let mut word = vec![0; length + 2];
        input.read_exact(&mut word).ok()?;
        words.push(String::from_utf8_lossy(&word[..length]).into_owned());
    }
    Some(words)
}

/// Answers each command with the next reply, from the one numbered `first` on;
/// `honest` commands are answered as a shell needs to go on.
fn hostile(first: usize, honest: bool) -> String {
    let next = AtomicUsize::new(first);
    let replies = replies();
    let address = fake::server(move |stream| {
        let Ok(mut out) = stream.try_clone() else {
            return;
        };
        let mut input = BufReader::new(stream);
        while let Some(words) = command(&mut input) {
            let name = words[0].to_ascii_uppercase();
            let reply = match name.as_str() {
                "CLIENT" if honest => ":7\r\n",
                _ => &replies[next.fetch_add(1, Ordering::SeqCst) % replies.len()],
            };
            if out.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    });
    format!("redis://{address}")
}

/// That nothing a terminal would obey stands raw before a mark.
fn assert_harmless(what: &str, raw: &str) {
    for text in obeyed() {
        // A line end of ours may stand before the mark of a broken line.
        let found = raw.contains(&format!("{text}{MARK}")) && text != "\r";
        let at = raw.find(&format!("{text}{MARK}")).unwrap_or_default();
        let around: String = raw[..at].chars().rev().take(200).collect();
        let around: String = around.chars().rev().collect();
        assert!(!found, "{what}: {text:?} is raw behind {around:?}");
    }
}

fn settle(terminal: &Terminal) {
    let mut before = 0;
    wait_for("the screen to stand still", || {
        thread::sleep(Duration::from_millis(80));
        let now = terminal.raw().len();
        let still = now == before;
        before = now;
        still.then_some(())
    });
}

#[test]
fn the_shell_shows_every_type_escaped_in_every_form() {
    let settings = ["hints on", "utf8 on", "wire on", "diff on", "cost on"];
    let forms = settings.map(|setting| (setting, "pretty"));
    let forms = forms
        .into_iter()
        .chain([("wire on", "raw"), ("wire on", "json")]);
    thread::scope(|scope| {
        for (setting, output) in forms {
            scope.spawn(move || try_the_shell(setting, output));
        }
    });
}

fn try_the_shell(setting: &str, output: &str) {
    let url = hostile(0, true);
    let home = tempfile::tempdir().expect("a folder");
    let arguments = ["repl", "--url", &url, "--output", output];
    let mut terminal = program_terminal(&arguments, home.path(), 40, 100);
    terminal.expect(">");
    terminal.send(&format!(":{setting}\r"));
    for line in [
        "HELLO 3",
        "GET k",
        "TYPE k",
        ":peek k",
        "CLIENT LIST",
        "SET k v",
    ] {
        for _ in 0..4 {
            terminal.send(line);
            terminal.send("\r");
            settle(&terminal);
        }
    }
    terminal.send(":explain\r");
    terminal.send("get k\t");
    settle(&terminal);
    let raw = terminal.raw();
    assert!(raw.contains(MARK), "{output} {setting}: {raw:?}");
    assert_harmless(&format!("{output}, {setting}"), &raw);
}

#[test]
fn every_command_shows_what_the_server_says_escaped() {
    for first in 0..replies().len() {
        thread::scope(|scope| {
            for arguments in COMMANDS {
                scope.spawn(move || try_command(arguments, first));
            }
        });
    }
}

const COMMANDS: &[&[&str]] = &[
    &["repl", "--", "GET", "k"],
    &["lists", "--no-pause"],
    &["lists", "--watch"],
    &["lists"],
    &["walkthrough"],
    &["doctor"],
    &["check"],
    &["pubsub", "--listen"],
    &["notifications", "--listen"],
    &["thumbnail", "dead"],
    &["thumbnail", "worker"],
];

fn try_command(arguments: &[&str], first: usize) {
    let url = hostile(first, false).replace("//", "//:secret@");
    let home = tempfile::tempdir().expect("a folder");
    let (command, rest) = arguments.split_first().expect("a command");
    let all = [
        &[*command, "--url", &url, "--connect-timeout", "500ms"],
        rest,
    ]
    .concat();
    let mut terminal = program_terminal(&all, home.path(), 40, 100);
    // Most end by themselves; the rest have shown what they show by then.
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(50));
        if !terminal.is_running() {
            break;
        }
    }
    assert_harmless(&format!("{arguments:?}"), &terminal.raw());
}

#[test]
fn a_pipe_gets_every_byte() {
    let text = payload(true);
    let url = hostile(3, true);
    let output = needs::redis_lab()
        .args(["repl", "--url", &url, "--output", "raw", "--", "GET", "k"])
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), text + "\n");
}
