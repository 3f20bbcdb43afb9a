//! `pubsub --listen`, `pubsub --publish` and `notifications --listen`: the two
//! terminals of the lab.

use super::context::Context;
use super::signals::{after_ctrl_c, interrupted, soon};
use super::terminal::{beside, print, remark};
use crate::cli::lesson::{NotificationsArgs, PubsubArgs};
use crate::conn::Endpoint;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::live::Setting;
use crate::live::listener::{self, Heard, KeyEvent, Topics};
use crate::render::style::{Ink, Style};
use catalog::text;
use serde_json::json;

/// The lab's channel, used when none is named.
const CHANNEL: &str = "testowy_kanal";

pub(super) async fn publish(context: &Context, args: &[String]) -> Result<ExitCode> {
    let [channel, message] = args else {
        return Err(Error::usage(text!(
            "--publish takes CHANNEL MESSAGE",
            "--publish wymaga: KANAŁ WIADOMOŚĆ"
        )));
    };
    let server = context.resolve_server().await?;
    let receivers = listener::publish(server.target(), channel, message).await?;
    let lang = context.lang;
    if context.json {
        let event = json!({"type": "published", "channel": channel, "receivers": receivers});
        return print(format!("{event}\n").as_bytes());
    }
    if server.is_private() {
        beside(lang.pick(
            "this is a private server of this one command, where nobody else listens;\nuse the --url that `redis-lab pubsub --listen` prints",
            "to prywatny serwer tego jednego polecenia, nikt inny na nim nie słucha;\nużyj --url, które wypisuje `redis-lab pubsub --listen`",
        ));
    }
    print(
        text!(
            lang,
            "received by {receivers}\n",
            "odbiorców: {receivers}\n"
        )
        .as_bytes(),
    )
}

pub(super) async fn pubsub(context: &Context, args: &PubsubArgs) -> Result<ExitCode> {
    let mut topics = Topics {
        channels: args.listen.clone().unwrap_or_default(),
        patterns: args.pattern.clone(),
    };
    if topics.channels.is_empty() && topics.patterns.is_empty() {
        topics.channels.push(CHANNEL.to_owned());
    }
    let server = context.resolve_server().await?;
    if server.is_private() {
        let channel = topics.channels.first().map_or(CHANNEL, String::as_str);
        second_terminal(
            context,
            &server,
            &format!("redis-lab pubsub --publish {channel} \"cześć\""),
        );
    }
    let voice = Voice::new(context);
    let mut hear = |heard: Heard| voice.message(&topics, heard);
    let outcome = tokio::select! {
        outcome = listener::listen(server.target(), &topics, &mut hear) => outcome,
        () = interrupted() => Ok(()),
    };
    finish(outcome)
}

pub(super) async fn notifications(context: &Context, args: &NotificationsArgs) -> Result<ExitCode> {
    let server = context.resolve_server().await?;
    let topics = listener::event_topics(args.key.as_deref(), args.event.as_deref());
    let began = std::time::Instant::now();
    let setting = Setting::turn_on(server.target()).await?;
    let reaching = began.elapsed();
    if server.is_private() {
        second_terminal(context, &server, "redis-lab repl");
    }
    let voice = Voice::new(context);
    let mut hear = |heard: Heard| voice.event(args.event.as_deref(), heard);
    let outcome = tokio::select! {
        outcome = listener::listen(server.target(), &topics, &mut hear) => outcome,
        () = interrupted() => Ok(()),
    };
    let restored = soon(reaching, setting.restore()).await;
    if !matches!(restored, Some(Ok(()))) && !server.is_private() {
        after_ctrl_c();
        let target = server.target();
        remark(&text!(
            context.lang,
            "{target} does not answer: its setting notify-keyspace-events stays changed",
            "{target} nie odpowiada: jego ustawienie notify-keyspace-events pozostaje zmienione"
        ));
    }
    finish(outcome)
}

/// A listener's end by Ctrl-C is its normal end.
fn finish(outcome: Result<()>) -> Result<ExitCode> {
    match outcome {
        Err(error) if error.is_closed_pipe() => Ok(ExitCode::Ok),
        Err(error) => Err(error),
        Ok(()) => Ok(ExitCode::Ok),
    }
}

/// Says what to type in the second terminal to meet on this private server.
fn second_terminal(context: &Context, server: &Server, command: &str) {
    let url = match server.target().endpoint() {
        Endpoint::Unix(path) => format!("unix://{}", path.display()),
        other => format!("redis://{other}"),
    };
    let lead = context
        .lang
        .pick("In a second terminal:", "W drugim terminalu:");
    beside(&format!("{lead}\n  {command} --url {url}"));
}

/// Writes what is heard, with the time.
struct Voice<'a> {
    context: &'a Context,
    style: Style,
}

impl<'a> Voice<'a> {
    fn new(context: &'a Context) -> Voice<'a> {
        Voice {
            context,
            style: context.style(),
        }
    }

    fn message(&self, topics: &Topics, heard: Heard) -> Result<()> {
        let Heard::Message {
            channel,
            pattern,
            payload,
        } = heard
        else {
            let all: Vec<&str> = topics
                .channels
                .iter()
                .chain(&topics.patterns)
                .map(String::as_str)
                .collect();
            return self.state(&heard, &all.join(" "));
        };
        if self.context.json {
            let message = String::from_utf8_lossy(&payload);
            return self.line(
                &json!({"type": "message", "time": now(), "channel": channel,
                "pattern": pattern, "message": message})
                .to_string(),
            );
        }
        let by = pattern
            .map(|pattern| format!(" ({pattern})"))
            .unwrap_or_default();
        let text = printable(&payload);
        self.line(&format!(
            "{} {}{} {text}",
            self.style.paint(Ink::Dim, now()),
            self.style.paint(Ink::Key, printable(channel.as_bytes())),
            self.style.paint(Ink::Dim, by),
        ))
    }

    fn event(&self, only: Option<&str>, heard: Heard) -> Result<()> {
        let Heard::Message {
            channel, payload, ..
        } = &heard
        else {
            return self.state(&heard, self.context.lang.pick("key events", "zdarzeń"));
        };
        let Some(event) = KeyEvent::read(channel, payload) else {
            return Ok(());
        };
        if only.is_some_and(|only| only != event.event) {
            return Ok(());
        }
        if self.context.json {
            return self.line(
                &json!({"type": "event", "time": now(), "db": event.db,
                "event": event.event, "key": event.key})
                .to_string(),
            );
        }
        self.line(&format!(
            "{} db{} {:<12} {}",
            self.style.paint(Ink::Dim, now()),
            event.db,
            self.style.paint(Ink::Command, &event.event),
            printable(event.key.as_bytes()),
        ))
    }

    /// Says that the listener is ready, or that the connection is lost.
    fn state(&self, heard: &Heard, what: &str) -> Result<()> {
        let lang = self.context.lang;
        if let Heard::Lost(reason, delay) = heard {
            if self.context.json {
                return self.line(
                    &json!({"type": "lost", "time": now(), "reason": reason.pick(lang)})
                        .to_string(),
                );
            }
            let seconds = lang.decimal(delay.as_secs_f64(), 1);
            let reason = reason.pick(lang);
            let text = text!(
                lang,
                "lost: {reason}; trying again in {seconds} s",
                "utracono połączenie: {reason}; ponawiam za {seconds} s",
            );
            beside(&self.style.paint(Ink::Warn, text));
            return Ok(());
        }
        if self.context.json {
            return self.line(&json!({"type": "ready", "time": now()}).to_string());
        }
        let text = text!(
            lang,
            "listening to {what}; Ctrl-C ends",
            "słucham {what}; Ctrl-C kończy"
        );
        beside(&self.style.paint(Ink::Dim, text));
        Ok(())
    }

    fn line(&self, text: &str) -> Result<()> {
        super::terminal::write_out(format!("{text}\n"))
    }
}

/// The time of day.
fn now() -> String {
    jiff::ZonedDateTime::now()
        .strftime("%H:%M:%S.%3f")
        .to_string()
}

/// Text for a terminal: what a stranger publishes must not move the cursor.
fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .flat_map(|c| {
            let escaped = c
                .is_control()
                .then(|| c.escape_default().collect::<Vec<_>>());
            escaped.unwrap_or_else(|| vec![c])
        })
        .collect()
}
