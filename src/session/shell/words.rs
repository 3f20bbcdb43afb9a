//! The teaching words: `:explain`, `:peek`, `:undo` and the rest, answered as
//! text.

use super::{Shell, Switches};
use crate::conn::Client;
use crate::conn::state::Argv;
use crate::error::{Error, Result};
use crate::render::harmless::foreign;
use crate::render::style::Ink;
use crate::session::code::{Language, code};
use crate::session::cost::cost;
use crate::session::help;
use crate::session::output::Output;
use crate::session::save::{Skeleton, lesson};
use crate::session::success;
use crate::session::value::{look, peek_text};
use catalog;
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use resp::split::quote_all;

impl Shell {
    pub(in crate::session) async fn cost(&mut self, client: &Client) -> Result<String> {
        let Some(last) = &self.last else {
            return Err(nothing_yet());
        };
        let side = self.side.beside(client).await?;
        Ok(cost(
            side,
            &self.commands,
            &last.argv,
            last.reply(),
            last.took,
            self.lang,
        )
        .await?)
    }

    /// `:help`, with the words of the mode.
    pub(in crate::session) fn help(&mut self, topic: &[String]) -> Result<String> {
        let Shell {
            commands,
            extra,
            lang,
            style,
            ..
        } = self;
        Ok(match topic {
            [] => help::words_help(extra, *lang, *style),
            _ => help::help(topic, commands, extra, *lang, *style),
        })
    }

    /// redis-cli's way to switch the syntax hints.
    pub(in crate::session) fn set(&mut self, args: &[String]) -> Result<String> {
        let on = match args.first().map(String::as_str) {
            Some("hints") => "on",
            Some("nohints") => "off",
            _ => {
                return Err(Error::usage(text!(
                    ":set takes hints or nohints",
                    ":set przyjmuje hints albo nohints"
                )));
            }
        };
        self.switch(&[on.to_owned()], "hints", |switches| &mut switches.hints)
    }

    pub(in crate::session) fn switch(
        &mut self,
        args: &[String],
        name: &str,
        field: impl Fn(&mut Switches) -> &mut bool,
    ) -> Result<String> {
        let on = match args.first().map(String::as_str) {
            Some("on") => true,
            Some("off") => false,
            None => !*field(&mut self.switches),
            Some(_) => {
                return Err(Error::usage(text!(
                    ":{name} takes on or off",
                    ":{name} przyjmuje on albo off"
                )));
            }
        };
        *field(&mut self.switches) = on;
        let state = if on {
            self.lang.pick("on", "włączone")
        } else {
            self.lang.pick("off", "wyłączone")
        };
        Ok(format!(":{name} {state}\n"))
    }

    /// `:format`: the form of replies, or which it is.
    pub(in crate::session) fn format(&mut self, args: &[String]) -> Result<String> {
        let names = Output::NAMES;
        if let Some(name) = args.first() {
            self.output = Output::named(name, self.lang).ok_or_else(|| {
                let names = names.join("|");
                Error::usage(text!(
                    ":format takes one of {names}",
                    ":format przyjmuje jedno z: {names}"
                ))
            })?;
        }
        Ok(format!(":format {}\n", self.output.name()))
    }

    pub(in crate::session) fn explain(&mut self, args: &[String]) -> Result<String> {
        if !args.is_empty() {
            let Some(command) = self.commands.find_argv(args) else {
                return Err(Error::usage(text!(
                    "{} is not a command of Redis",
                    "{} nie jest poleceniem Redisa",
                    args[0]
                )));
            };
            let mut text = help::command_help(command, &self.commands, self.lang, self.style);
            let argv: Argv = args.iter().map(|arg| arg.clone().into_bytes()).collect();
            text.push_str(&self.keys_of(&argv));
            return Ok(text);
        }
        let Some(last) = &self.last else {
            return Err(nothing_yet());
        };
        let mut text = format!(
            "{}\n",
            self.style.paint(Ink::Command, quote_all(&last.argv))
        );
        if let Some(command) = self.commands.find_argv(&last.argv) {
            text.push_str(&format!("  {}\n", command.summary(self.lang)));
            if let Some(outdated) = self.commands.outdated(command) {
                let (since, instead) = (outdated.since.short(), outdated.instead);
                text.push_str(&text!(
                    self.lang,
                    "  outdated since {since}: use {instead}\n",
                    "  przestarzałe od {since}: użyj {instead}\n"
                ));
            }
        }
        text.push_str(&self.keys_of(&last.argv));
        for option in success::options(&last.argv, self.lang) {
            text.push_str(&format!("  {}\n", foreign(&option)));
        }
        let (argv, reply) = (&last.argv, last.reply());
        let meaning = self
            .quiet_hint(argv, reply, last.took)
            .or_else(|| success::success(argv, reply, self.lang))
            .unwrap_or_else(|| self.plain_meaning(reply));
        text.push_str(&format!("  {}\n", foreign(&meaning)));
        Ok(text)
    }

    /// What kind of reply it is, when there is nothing special about it.
    fn plain_meaning(&self, reply: &Reply) -> String {
        let lang = self.lang;
        match reply {
            Reply::Status(text) => text!(lang, "{text}: done", "{text}: wykonano"),
            Reply::Int(n) => text!(
                lang,
                "the reply is the number {n}",
                "odpowiedź to liczba {n}"
            ),
            Reply::Bulk(bytes) => {
                let n = bytes.len();
                text!(
                    lang,
                    "the reply is a string; bytes: {n}",
                    "odpowiedź to napis; bajtów: {n}"
                )
            }
            Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
                let n = items.len();
                text!(
                    lang,
                    "elements of the reply: {n}",
                    "liczba elementów odpowiedzi: {n}"
                )
            }
            Reply::Map(pairs) => {
                let n = pairs.len();
                text!(
                    lang,
                    "the reply is a map (RESP3); pairs: {n}",
                    "odpowiedź to mapa (RESP3); par: {n}"
                )
            }
            Reply::Error(text) => text!(
                lang,
                "an error: nothing was done ({text})",
                "błąd: niczego nie wykonano ({text})"
            ),
            Reply::Nil => lang
                .pick("nil: there is nothing", "nil: niczego nie ma")
                .to_owned(),
            _ => lang.pick("a plain value", "zwykła wartość").to_owned(),
        }
    }

    fn keys_of(&self, argv: &[Vec<u8>]) -> String {
        let positions = self.commands.key_positions(argv);
        if positions.is_empty() {
            return String::new();
        }
        let keys: Vec<&Vec<u8>> = positions.iter().map(|&at| &argv[at]).collect();
        let label = self.lang.pick("keys", "klucze");
        format!(
            "  {label}: {}\n",
            self.style.paint(Ink::Key, quote_all(&keys))
        )
    }

    pub(in crate::session) async fn take_back(&mut self, client: &Client) -> Result<String> {
        let lang = self.lang;
        if client.state.transaction.is_some() {
            return Err(Error::usage(text!(
                "inside MULTI nothing has been done yet: DISCARD throws the queue away",
                "w MULTI nic się jeszcze nie wykonało: DISCARD wyrzuci kolejkę"
            )));
        }
        if !self.switches.undo {
            return Err(Error::usage(text!(
                "nothing is recorded; `:undo on` begins to",
                "nic nie jest zapamiętywane; włącza to `:undo on`"
            )));
        }
        let side = self.side.beside(client).await?;
        Ok(self.undo.undo(side, lang).await?)
    }

    pub(in crate::session) fn code(&mut self, args: &[String]) -> Result<String> {
        let Some(last) = &self.last else {
            return Err(nothing_yet());
        };
        let names: Vec<&str> = Language::ALL.iter().map(|(name, _)| *name).collect();
        let language = args.first().and_then(|name| Language::from_name(name));
        let Some(language) = language else {
            let names = names.join("|");
            return Err(Error::usage(text!(
                ":code takes one of {names}",
                ":code przyjmuje jedno z: {names}"
            )));
        };
        let untried = if language.is_tried() {
            ""
        } else {
            self.lang.pick(
                " (written from its documentation, not run here)",
                " (według dokumentacji, u nas nieuruchamiane)",
            )
        };
        let title = format!("{}{untried}\n", language.client_library());
        let title = self.style.paint(Ink::Dim, title);
        Ok(format!("{title}{}", code(&last.argv, language)))
    }

    pub(in crate::session) async fn peek(
        &mut self,
        client: &Client,
        args: &[String],
    ) -> Result<String> {
        let Some(key) = args.first() else {
            return Err(Error::usage(text!(
                ":peek takes a key",
                ":peek przyjmuje klucz"
            )));
        };
        let (lang, style) = (self.lang, self.style);
        let side = self.side.beside(client).await?;
        let look = look(side, key.as_bytes()).await?;
        Ok(peek_text(key.as_bytes(), &look, lang, style))
    }

    pub(in crate::session) fn set_lang(&mut self, args: &[String]) -> Result<String> {
        self.lang = match args.first().map(String::as_str) {
            Some("en") => Lang::En,
            Some("pl") => Lang::Pl,
            _ => {
                return Err(Error::usage(text!(
                    ":lang takes en or pl",
                    ":lang przyjmuje en albo pl"
                )));
            }
        };
        Ok(self.lang.pick("English\n", "polski\n").to_owned())
    }

    /// The session so far as a lesson.
    pub fn as_lesson(&self) -> Skeleton {
        lesson(&self.entries, self.lang)
    }
}

fn nothing_yet() -> Error {
    Error::usage(text!(
        "no command has been run yet",
        "nie wykonano jeszcze polecenia"
    ))
}
