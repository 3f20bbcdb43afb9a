//! What went wrong is told in the learner's language, also where a server
//! goes away in the middle of something.

mod lab;
mod needs;

use lab::{ForeignServer, Lab};
use std::io::{BufRead, BufReader};
use std::process::Child;

/// Fails on a sentence of ours in English: what the system says
/// (`Connection refused (os error 111)`) has none of these words.
#[track_caller]
fn is_polish(text: &str) {
    const ENGLISH: [&str; 12] = [
        "the", "is", "be", "cannot", "it", "closed", "lost", "for", "in", "with", "error", "hint",
    ];
    let text = text.replace("(os error", "");
    let english = text
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .find(|word| ENGLISH.contains(word));
    assert_eq!(english, None, "{text}");
}

/// A background process, killed with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first line with these words; everything before it is read past.
#[track_caller]
fn line_with(words: &str, lines: &mut impl BufRead) -> String {
    lines
        .lines()
        .map_while(Result::ok)
        .find(|line| line.contains(words))
        .unwrap_or_else(|| panic!("the process ended without saying {words:?}"))
}

#[test]
fn the_words_of_the_shell_without_a_server() {
    let server = ForeignServer::start();
    let words = [
        ":peek k",
        ":cost",
        ":undo",
        ":code",
        ":explain none",
        ":none",
    ];
    for word in words {
        let url = server.url();
        let outcome = Lab::new(&["repl", "--lang", "pl", "--url", &url])
            .stdin(format!("{word}\n"))
            .run()
            .exits(0);
        assert!(!outcome.stdout.is_empty(), "{word}");
        is_polish(&outcome.stdout);
    }
    let outcome = Lab::new(&["repl", "--lang", "pl", "--url", &server.url()])
        .stdin("SHUTDOWN NOSAVE\n:peek k\nGET k\n")
        .run()
        .exits(4);
    is_polish(&outcome.stdout);
    is_polish(&outcome.stderr);
    outcome.says("nie ma serwera").complains("nie ma serwera");
}

#[test]
fn the_language_chosen_in_the_shell_is_that_of_its_errors() {
    let server = ForeignServer::start();
    let outcome = Lab::new(&["repl", "--url", &server.url()])
        .stdin(":lang pl\n:save x\nGET \"x\nSHUTDOWN NOSAVE\n:peek k\n")
        .run();
    is_polish(&outcome.stdout.replace("Invalid argument(s)", ""));
    outcome
        .says("działa tylko w powłoce")
        .says("nie ma serwera");
}

#[test]
fn a_listener_whose_server_goes_away() {
    for command in [&["pubsub", "--listen"][..], &["notifications", "--listen"]] {
        let mut server = ForeignServer::start();
        let url = server.url();
        let args = [command, &["--lang", "pl", "--url", &url]].concat();
        let mut child = Running(Lab::new(&args).spawn());
        let mut lines = BufReader::new(child.0.stderr.take().unwrap());
        is_polish(&line_with("słucham", &mut lines));
        server.kill();
        is_polish(&line_with("utracono", &mut lines));
    }
}

#[test]
fn a_worker_whose_redis_goes_away() {
    let mut server = ForeignServer::start();
    let url = server.url();
    let args = ["thumbnail", "worker", "--lang", "pl", "--url", &url];
    let mut child = Running(Lab::new(&args).spawn());
    let mut lines = BufReader::new(child.0.stdout.take().unwrap());
    let ready = line_with("gotowy", &mut lines);
    is_polish(&ready);
    server.kill();
    is_polish(&line_with("niedostępny", &mut lines));
}
