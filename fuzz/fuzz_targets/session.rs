//! Whatever is typed, in whatever mode: the session goes on, says nothing that a
//! terminal would obey, and can be begun anew.
//!
//! The first byte says in which language, and whether a section or the shell
//! alone is played; each line after it is typed, a Tab or a mark of interrogation
//! at its beginning asks for completion or for the syntax of it instead.
#![no_main]

use catalog::lang::Lang;
use libfuzzer_sys::fuzz_target;
use redis_lab::conn::Client;
use redis_lab::conn::server::{Choice, Server};
use redis_lab::lesson::Library;
use redis_lab::live::{Early, LiveDemos};
use redis_lab::render::harmless::own;
use redis_lab::render::style::Style;
use redis_lab::runner::Stage;
use redis_lab::session::complete::complete;
use redis_lab::session::exercise::Progress;
use redis_lab::session::{
    Event, Flow, Guide, GuideOptions, Hooks, NoHooks, Out, Session, Shell, Switches, Typed, hint,
};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

/// So many lines are typed at most.
const MOST_LINES: usize = 12;

/// What has not been answered by then is given up, as by Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(50);

fn obeyed(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n')
}

/// For what has to be answered: a new server is started.
const BEGUN_ANEW: Duration = Duration::from_secs(10);

async fn typed(
    text: &str,
    patience: Duration,
    session: &mut Session,
    hooks: &mut impl Hooks,
) -> Flow {
    let stop = session.stop();
    stop.forget();
    let line = async {
        if text.trim().is_empty() {
            session.blank(hooks).await
        } else {
            session.line(&Typed::read(text), hooks).await
        }
    };
    let gives_up = async {
        loop {
            sleep(patience).await;
            stop.press();
        }
    };
    tokio::select! {
        flow = line => flow,
        () = gives_up => Flow::Leave,
    }
}

async fn talk(
    lines: &str,
    session: &mut Session,
    hooks: &mut impl Hooks,
    events: &mut UnboundedReceiver<Event>,
) {
    session.client.connect().await.expect("the server is there");
    session.begin(hooks).await.expect("it begins");
    for line in lines.split('\n').take(MOST_LINES) {
        let commands = session.shell.commands.clone();
        if let Some(rest) = line.strip_prefix('\t') {
            complete(rest, &commands, &hooks.words(), session.shell.lang);
            continue;
        }
        if let Some(rest) = line.strip_prefix('?') {
            hint(rest, &commands);
            continue;
        }
        let flow = typed(line, PATIENCE, session, hooks).await;
        while let Ok(event) = events.try_recv() {
            if let Event::Text(text) | Event::Refused(text) | Event::Question(text) = event {
                // As every front end shows it.
                assert!(!own(&text).contains(obeyed), "{line:?}: {text:?}");
            }
        }
        if flow == Flow::Leave {
            break;
        }
    }
    // A question may be open.
    typed("no", PATIENCE, session, hooks).await;
    typed(":reset", BEGUN_ANEW, session, hooks).await;
    session.stop().forget();
    session
        .client
        .connect()
        .await
        .expect("a new server is there");
    let pong = session.client.ask(&["PING"]).await.expect("it answers");
    assert_eq!(pong.as_str(), Some("PONG"), "{lines:?}: {pong:?}");
}

async fn play(mode: u8, lines: &str) {
    let lang = if mode & 1 == 0 { Lang::En } else { Lang::Pl };
    let server = Server::resolve(None, Choice::Builtin)
        .await
        .expect("a server");
    let shell = Shell::new(lang, Style::new(false), Switches::default());
    let client = Client::new(server.target().clone());
    let (out, mut events) = Out::new();
    let mut session = Session::new(client, shell, out);
    session.gives_back = true;
    if mode & 2 == 0 {
        return talk(lines, &mut session, &mut NoHooks, &mut events).await;
    }
    let lesson = Library::new(None).get("lists", lang).expect("a lesson");
    let stage = Stage::open(&server, false, lang).await.expect("a stage");
    let options = GuideOptions {
        lang,
        style: Style::new(false),
        size: || (80, 1_000),
        plain: mode & 4 != 0,
        in_words: false,
        server: server.describe(lang),
        progress: Progress::default(),
        next_section: None,
        from: None,
        keep: Box::new(|_| String::new()),
        events: None,
    };
    let demos = LiveDemos {
        early: Early::default(),
        lang,
    };
    let mut guide = Guide::new(lesson, stage, demos, options);
    talk(lines, &mut session, &mut guide, &mut events).await;
}

fuzz_target!(|bytes: &[u8]| {
    let Some((mode, lines)) = bytes.split_first() else {
        return;
    };
    let lines = String::from_utf8_lossy(lines);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(play(*mode, &lines));
});
