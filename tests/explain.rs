//! `:explain` has something to say about every reply of every lesson.

use catalog::lang::Lang;
use redis_lab::conn::server::{Choice, Server};
use redis_lab::error::Result;
use redis_lab::lesson::Library;
use redis_lab::runner::{Event, Flow, Host, Stage, play};
use redis_lab::session::success::success;
use redis_lab::session::{Commands, teach};
use resp::Reply;
use resp::split::split;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Collects what nobody could explain.
#[derive(Default)]
struct Audience {
    asked: BTreeMap<Option<String>, Vec<Vec<u8>>>,
    explained: BTreeSet<&'static str>,
    replies: usize,
    mute: BTreeSet<String>,
}

impl Audience {
    fn reply(&mut self, argv: &[Vec<u8>], reply: &Reply) {
        let Some(command) = catalog::find_argv(argv) else {
            return;
        };
        self.replies += 1;
        let commands = Commands::default();
        for lang in Lang::ALL {
            let argv = argv.to_vec();
            let surprise = teach::quiet_hint(&argv, reply, Duration::ZERO, false, &commands, lang);
            match surprise.or_else(|| success(&argv, reply, lang)) {
                Some(text) => {
                    assert!(!text.is_empty() && !text.contains("{}"), "{text}");
                    self.explained.insert(command.name);
                }
                None => {
                    let line = resp::split::quote_all(&argv);
                    let reply = resp::format::to_tty(reply);
                    self.mute.insert(format!("{line}: {}", reply.trim_end()));
                }
            }
        }
    }
}

fn is_message(reply: &Reply) -> bool {
    let kind = reply.as_slice().and_then(<[Reply]>::first);
    matches!(
        kind.and_then(Reply::as_bytes),
        Some(b"message" | b"pmessage")
    )
}

impl Host for Audience {
    fn event(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Command { session, text } => {
                if let Ok(argv) = split(text.as_bytes()) {
                    self.asked.insert(session, argv);
                }
            }
            Event::Reply {
                session,
                reply: Some(reply),
                ..
            } if !is_message(&reply) => {
                if let Some(argv) = self.asked.get(&session).cloned() {
                    self.reply(&argv, &reply);
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn pause(&mut self) -> Result<Flow> {
        Ok(Flow::Continue)
    }

    async fn demo(&mut self, _: &str, _: &Stage) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_reply_of_every_lesson_is_explained() {
    let library = Library::new(None);
    let mut audience = Audience::default();
    for id in library.ids(Lang::En).expect("sections") {
        let lesson = library.get(&id, Lang::En).expect("a lesson");
        let server = Server::resolve(None, Choice::Builtin)
            .await
            .expect("a server");
        let mut stage = Stage::open(&server, false, Lang::En)
            .await
            .expect("a stage");
        audience.asked.clear();
        let played = play(&lesson, 0, String::new(), "en", &mut stage, &mut audience);
        played.await.expect("it is played");
    }
    assert!(audience.explained.len() > 90, "{:?}", audience.explained);
    let mute: Vec<_> = audience.mute.iter().cloned().collect();
    // A new section may use something new; the few are named.
    println!("nothing to say about:\n{}", mute.join("\n"));
    assert!(
        mute.len() * 20 <= audience.replies,
        "nothing to say about:\n{}",
        mute.join("\n")
    );
}
