//! Ctrl-C leads out of every wait: each command and each word of the shell, on
//! servers that are there and do not serve.
//!
//! The lists below are held against the command line and the shell's table of
//! words, so that a new one is tried, too. With `--nocapture` the times are shown.

#![cfg(unix)]

mod fake;
mod needs;
mod repl_support;

use catalog::lang::Lang;
use redis_lab::lesson::{Library, Section};
use redis_lab::session::words::WORDS;
use repl_support::{Terminal, TestServer, program_terminal, wait_for};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// A mode of the program: its command, the rest of its arguments, and the keys
/// that lead out where Ctrl-C leads back to a prompt.
#[derive(Clone, Copy)]
struct Mode {
    command: &'static str,
    arguments: &'static [&'static str],
    then: &'static [&'static str],
}

const fn ends(command: &'static str, arguments: &'static [&'static str]) -> Mode {
    let then = &[];
    Mode {
        command,
        arguments,
        then,
    }
}

const fn prompts(command: &'static str, arguments: &'static [&'static str]) -> Mode {
    let then = &[CTRL_D];
    Mode {
        command,
        arguments,
        then,
    }
}

/// A section is left by the second Ctrl-C, when the first found it at the prompt.
const fn asks(command: &'static str, arguments: &'static [&'static str]) -> Mode {
    let then = &[CTRL_C, CTRL_D];
    Mode {
        command,
        arguments,
        then,
    }
}

/// Every section, with the names of its parts.
fn sections() -> impl Iterator<Item = String> {
    let sections = Library::new(None).sections(Lang::En).expect("sections");
    let names = |section: Section| [vec![section.id], section.parts].concat();
    sections.into_iter().flat_map(names)
}

/// Every way to meet a server.
fn modes() -> Vec<Mode> {
    let sections = sections().map(|name| asks(name.leak(), &[]));
    sections.chain(MODES.iter().copied()).collect()
}

/// Every other command that talks to a server, in each of its modes.
const MODES: &[Mode] = &[
    ends("lists", &["--no-pause"]),
    ends("lists", &["--watch"]),
    ends("lists", &["--json"]),
    ends("pubsub", &["--listen"]),
    ends("pubsub", &["--publish", "a", "b"]),
    ends("notifications", &["--listen"]),
    asks("all", &[]),
    ends("all", &["--no-pause"]),
    prompts("repl", &[]),
    ends("repl", &["--", "GET", "x"]),
    ends("walkthrough", &[]),
    ends("walkthrough", &["--notes"]),
    ends("walkthrough", &["--rehearse"]),
    ends("walkthrough", &["lists", "--record", "lists.cast"]),
    ends("walkthrough", &["lists", "--export", "html", "lists.html"]),
    ends("check", &[]),
    ends("doctor", &[]),
    ends("classroom", &["--port", "0", "--board-port", "0"]),
    ends("thumbnail", &["demo"]),
    ends("thumbnail", &["worker"]),
    ends("thumbnail", &["serve", "--port", "0"]),
    asks("thumbnail", &["lesson"]),
    ends("thumbnail", &["submit", "Cargo.toml"]),
    ends("thumbnail", &["retry", "1"]),
    ends("thumbnail", &["drop", "1"]),
    ends("thumbnail", &["schedule", "--run"]),
    ends("thumbnail", &["dead"]),
    ends("thumbnail", &["bench"]),
];

/// Commands that talk to no server of somebody else's.
const ALONE: &[&str] = &[
    "join",
    "practice",
    "serve",
    "completions",
    "licences",
    "man",
    "find",
    "web",
    "export",
];

/// Words of the shell, with arguments where they take one.
const TYPED: &[(&str, &str)] = &[
    ("help", ""),
    ("explain", ""),
    ("diff", "on"),
    ("wire", "on"),
    ("cost", ""),
    ("undo", ""),
    ("reset", ""),
    ("code", "python"),
    ("peek", "lab:k"),
    ("session", "ala"),
    ("watch", "1 GET lab:k"),
    ("edit", "commands"),
    ("lesson", "lists"),
    ("source", "commands"),
    ("save", "saved"),
    ("more", ""),
    ("pager", "auto"),
    ("format", "table"),
    ("timing", "on"),
    ("hints", "on"),
    ("set", "hints"),
    ("utf8", "on"),
    ("lang", "en"),
    ("clear", ""),
    ("quit", ""),
];

/// Commands typed at the prompt: reading, writing, blocking, running a script,
/// many times over, subscribing, followed by a program.
const COMMANDS: &[&str] = &[
    "GET lab:k",
    "SET lab:k 2",
    "BLPOP lab:none 0",
    "EVAL \"return 1\" 0",
    "1000000 PING",
    "SUBSCRIBE lab:c",
    "MONITOR",
    "HELLO 3",
    "MULTI",
    "LRANGE lab:l 0 -1 | cat",
    "KEYS *",
];

/// The address of a server that treats each connection as `serve` says.
fn fake(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    format!("redis://{}", fake::server(serve))
}

/// Answers everything with the beginning of a long string.
fn half_answering(mut stream: TcpStream) {
    let mut bytes = [0; 1024];
    while matches!(stream.read(&mut bytes), Ok(n) if n > 0) {
        if stream.write_all(b"$1000\r\nhalf").is_err() {
            return;
        }
    }
}

/// Reads the first question and closes.
fn closing(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 1024]);
}

/// Passes on to the server at `port`, whose answers come a byte at a time.
fn slow(mut stream: TcpStream, port: u16) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    let (Ok(mut back), Ok(mut asked)) = (stream.try_clone(), server.try_clone()) else {
        return;
    };
    thread::spawn(move || std::io::copy(&mut stream, &mut asked));
    let mut byte = [0];
    while matches!(server.read(&mut byte), Ok(1)) {
        thread::sleep(Duration::from_millis(50));
        if back.write_all(&byte).is_err() {
            return;
        }
    }
}

fn ended(terminal: &mut Terminal) -> bool {
    !terminal.is_running()
}

/// Presses Ctrl-C, then what leads out of a prompt, until the program has
/// ended; the time it took.
fn lead_out(mut terminal: Terminal, mode: &Mode, server: &str) -> Duration {
    // Long enough for the program to be at work, where it works at all.
    thread::sleep(Duration::from_millis(700));
    let began = Instant::now();
    // Over and over: a key may come while nobody reads, and be lost.
    let mut keys = [CTRL_C].iter().chain(mode.then).cycle();
    let deadline = began + Duration::from_secs(10);
    let mut next = began;
    while !ended(&mut terminal) {
        let now = Instant::now();
        assert!(
            now < deadline,
            "{} {:?} is stuck on a {server} server:\n{}",
            mode.command,
            mode.arguments,
            terminal.screen()
        );
        if now >= next {
            if let Some(key) = keys.next() {
                terminal.send(key);
            }
            next = now + Duration::from_millis(500);
        }
        thread::sleep(Duration::from_millis(2));
    }
    began.elapsed()
}

fn try_every_mode(server: &str, url: &str) {
    for modes in modes().chunks(6) {
        thread::scope(|scope| {
            for mode in modes {
                scope.spawn(move || {
                    let home = tempfile::tempdir().expect("a folder");
                    let mut arguments = vec![mode.command];
                    arguments.extend(mode.arguments.iter().take_while(|word| **word != "--"));
                    arguments.extend(["--url", url]);
                    arguments.extend(mode.arguments.iter().skip_while(|word| **word != "--"));
                    let terminal = program_terminal(&arguments, home.path(), 24, 80);
                    let took = lead_out(terminal, mode, server);
                    println!(
                        "{server:<8} {} {:?}: {took:?}",
                        mode.command, mode.arguments
                    );
                });
            }
        });
    }
}

#[test]
fn ctrl_c_leads_out_of_every_command_on_a_silent_server() {
    try_every_mode("silent", &fake(fake::silent));
}

#[test]
fn ctrl_c_leads_out_of_every_command_on_a_half_answering_server() {
    try_every_mode("half", &fake(half_answering));
}

#[test]
fn ctrl_c_leads_out_of_every_command_on_a_closing_server() {
    try_every_mode("closing", &fake(closing));
}

#[test]
fn ctrl_c_leads_out_of_every_command_on_a_slow_server() {
    let server = TestServer::start();
    let port = server.port;
    try_every_mode("slow", &fake(move |stream| slow(stream, port)));
}

#[test]
fn ctrl_c_leads_out_of_every_command_on_a_server_that_is_stopped_meanwhile() {
    for mode in &modes() {
        let server = TestServer::start();
        let home = tempfile::tempdir().expect("a folder");
        let url = server.url();
        let mut arguments = vec![mode.command];
        arguments.extend(mode.arguments.iter().take_while(|word| **word != "--"));
        arguments.extend(["--url", &url]);
        arguments.extend(mode.arguments.iter().skip_while(|word| **word != "--"));
        let terminal = program_terminal(&arguments, home.path(), 24, 80);
        thread::sleep(Duration::from_millis(400));
        server.signal("STOP");
        let took = lead_out(terminal, mode, "stopped");
        println!("stopped  {} {:?}: {took:?}", mode.command, mode.arguments);
    }
}

#[test]
fn ctrl_c_leads_back_from_everything_typed_on_a_stopped_server() {
    let server = TestServer::start();
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("commands"), "GET lab:k\nGET lab:k\n").expect("a file");
    let words = TYPED
        .iter()
        .filter(|(word, _)| *word != "quit")
        .map(|(word, argument)| format!(":{word} {argument}").trim_end().to_owned());
    for line in COMMANDS.iter().map(|line| (*line).to_owned()).chain(words) {
        let url = server.url();
        let script = ["repl", "--url", &url];
        let mut terminal = program_terminal(&script, home.path(), 24, 80);
        terminal.expect(&format!("{}>", server.port));
        terminal.send("SET lab:k 1\r");
        terminal.expect("OK");
        server.signal("STOP");
        let line = line.replace("commands", &home.path().join("commands").to_string_lossy());
        let line = line.replace("saved", &home.path().join("saved").to_string_lossy());
        terminal.send(&line);
        terminal.send(ENTER);
        thread::sleep(Duration::from_millis(300));
        let began = Instant::now();
        terminal.send(CTRL_C);
        // The prompt of a line that is not there yet.
        terminal.expect_last("a prompt", |last| last.trim_end().ends_with('>'));
        println!("stopped  {line}: {:?}", began.elapsed());
        server.signal("CONT");
        wait_for("the server", || {
            terminal.send("ECHO still-here\r");
            thread::sleep(Duration::from_millis(100));
            terminal.screen().contains("\"still-here\"").then_some(())
        });
    }
}

#[test]
fn the_lists_name_every_command_and_every_word() {
    let sections = Library::new(None).sections(Lang::En).expect("sections");
    let cli = redis_lab::cli::command(Lang::En, &sections).expect("a command line");
    let commands: BTreeSet<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    let mut named: BTreeSet<&str> = modes().iter().map(|mode| mode.command).collect();
    named.extend(ALONE);
    named.insert("help");
    let unnamed: Vec<_> = commands.difference(&named).collect();
    assert!(unnamed.is_empty(), "not tried on a bad server: {unnamed:?}");
    let typed: BTreeSet<&str> = TYPED.iter().map(|(word, _)| *word).collect();
    let words: BTreeSet<&str> = WORDS.iter().map(|row| row.word.name()).collect();
    assert_eq!(typed, words);
}
