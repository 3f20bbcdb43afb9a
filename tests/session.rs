//! The session by itself: lines in, events out, and nothing that only a
//! person's own terminal may do.

mod needs;
mod repl_support;

use catalog::lang::Lang;
use redis_lab::conn::{Client, Target};
use redis_lab::render::style::Style;
use redis_lab::session::{Event, Flow, NoHooks, Out, Session, Shell, Switches, Typed};
use repl_support::TestServer;
use std::io::Write as _;
use std::process::Stdio;
use tokio::sync::mpsc::UnboundedReceiver;

fn session(server: &TestServer) -> (Session, UnboundedReceiver<Event>) {
    let target = Target::parse(&server.url()).unwrap();
    let (out, events) = Out::new();
    let shell = Shell::new(Lang::En, Style::new(false), Switches::default());
    (Session::new(Client::new(target), shell, out), events)
}

#[tokio::test]
async fn what_only_a_terminal_may_do_is_handed_on_and_never_done() {
    let server = TestServer::start();
    let (mut session, mut events) = session(&server);
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("written");
    let path = written.display();
    let source = folder.path().join("source");
    std::fs::write(&source, "SET lab:sourced yes\n").unwrap();
    for line in [
        format!("PING | cat > {path}"),
        format!(":save {path}"),
        format!(":source {}", source.display()),
        "connect localhost 1".to_owned(),
        ":lesson lists".to_owned(),
        ":clear".to_owned(),
        "clear".to_owned(),
    ] {
        let flow = session.line(&Typed::read(&line), &mut NoHooks).await;
        let Flow::Wish(wish) = flow else {
            panic!("{line}: {flow:?}");
        };
        for (lang, words) in [
            (Lang::En, "interactive shell only"),
            (Lang::Pl, "tylko w powłoce"),
        ] {
            let refusal = wish.refusal();
            let refusal = refusal.pick(lang);
            assert!(
                refusal.contains(words) && !refusal.contains('\n'),
                "{refusal}"
            );
        }
        assert!(events.try_recv().is_err(), "{line} says nothing by itself");
    }
    assert!(!written.exists());
    assert_eq!(
        server.inline("EXISTS lab:sourced").lines().next(),
        Some(":0")
    );
    let target = session.client.target().to_string();
    assert!(target.contains(&server.port.to_string()), "{target}");
}

#[tokio::test]
async fn a_dangerous_command_waits_for_the_next_line() {
    let server = TestServer::start();
    let (mut session, mut events) = session(&server);
    session.private = false;
    server.inline("SET lab:kept 1");
    for (answer, left) in [("no", ":1"), ("yes", ":0")] {
        session.line(&Typed::read("FLUSHALL"), &mut NoHooks).await;
        let mut asked = false;
        while let Ok(event) = events.try_recv() {
            asked |= matches!(event, Event::Question(_));
        }
        assert!(asked);
        assert_eq!(server.inline("EXISTS lab:kept").lines().next(), Some(":1"));
        session.line(&Typed::read(answer), &mut NoHooks).await;
        assert_eq!(server.inline("EXISTS lab:kept").lines().next(), Some(left));
    }
}

/// What a pipe answers to these lines.
fn pipe(server: &TestServer, lang: &str, lines: &[&str]) -> String {
    let mut child = needs::redis_lab()
        .args(["repl", "--lang", lang, "--url", &server.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all((lines.join("\n") + "\n").as_bytes())
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_words_act_in_a_pipe_or_say_that_they_cannot() {
    let server = TestServer::start();
    let text = pipe(&server, "en", &["SET lab:a 1", ":explain", ":code python"]);
    assert!(
        text.contains("SET lab:a 1\n") && text.contains("keys: lab:a"),
        "{text}"
    );
    assert!(text.contains("redis"), "{text}");
    let text = pipe(&server, "en", &[":wire on", "GET lab:a"]);
    assert!(text.contains("*2") && text.contains("\"1\""), "{text}");
    let text = pipe(&server, "en", &[":diff on", "SET lab:a 2"]);
    assert!(text.lines().any(|line| line.contains("lab:a")), "{text}");
    let text = pipe(&server, "en", &[":cost on", "GET lab:a"]);
    assert!(text.contains("O(1)"), "{text}");
    pipe(&server, "en", &[":undo on", "SET lab:a 3", ":undo"]);
    assert_eq!(server.inline("GET lab:a").lines().nth(1), Some("2"));
    let text = pipe(&server, "en", &[":hints on", "GET lab:none"]);
    assert!(text.contains('▸'), "{text}");
    for line in [":save x.md", ":source x", ":lesson lists"] {
        let text = pipe(&server, "en", &[line, "PING"]);
        let said: Vec<&str> = text.lines().collect();
        let name = line.split(' ').next().unwrap();
        assert_eq!(
            said,
            [
                &*format!("{name} works in the interactive shell only"),
                "PONG"
            ]
        );
    }
    // A word that fails is told in the learner's language.
    let text = pipe(&server, "pl", &[":peek"]);
    assert_eq!(text, ":peek przyjmuje klucz\n");
}
