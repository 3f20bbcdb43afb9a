//! The teaching words: `:explain`, `:peek`, `:undo` and the rest, answered as
//! text.

use super::{Shell, Switches};
use crate::error::{Error, Result};
use crate::render::style::Ink;
use crate::repl::client::Client;
use crate::repl::code::{Language, code};
use crate::repl::cost::cost;
use crate::repl::help;
use crate::repl::save::lesson;
use crate::repl::state::Argv;
use crate::repl::teach;
use crate::repl::value::{look, peek_text};
use catalog;
use catalog::lang::Lang;
use resp::Reply;
use resp::split::quote_all;

impl Shell {
    pub(super) async fn cost(&mut self, client: &Client) -> Result<String> {
        let Some(last) = &self.last else {
            return Err(nothing_yet(self.lang));
        };
        let side = self.side.beside(client).await?;
        Ok(cost(side, &last.argv, last.reply(), last.took, self.lang).await?)
    }

    /// Answers a word of the shell.
    ///
    /// # Errors
    /// What was wrong with it, for the person who typed it.
    pub async fn word(&mut self, client: &Client, name: &str, args: &[String]) -> Result<String> {
        let first = args.first().map(String::as_str);
        match name.to_ascii_lowercase().as_str() {
            "help" | "?" => Ok(help::meta_help(&[], self.lang, self.style)),
            "explain" => self.explain(args),
            "diff" => self.switch(first, "diff", |switches| &mut switches.diff),
            "wire" => self.switch(first, "wire", |switches| &mut switches.wire),
            "hints" => self.switch(first, "hints", |switches| &mut switches.hints),
            "utf8" => self.switch(first, "utf8", |switches| &mut switches.utf8),
            "cost" if first.is_some() => self.switch(first, "cost", |switches| &mut switches.cost),
            "cost" => self.cost(client).await,
            "undo" if first.is_some() => self.switch(first, "undo", |switches| &mut switches.undo),
            "undo" => self.take_back(client).await,
            "code" => self.code(first),
            "peek" => self.peek(client, first).await,
            "lang" => self.set_lang(first),
            "save" => self.save(first),
            // redis-cli's way to switch the syntax hints.
            "set" if first == Some("hints") => self.switch(Some("on"), "hints", |s| &mut s.hints),
            "set" if first == Some("nohints") => {
                self.switch(Some("off"), "hints", |s| &mut s.hints)
            }
            word @ ("clear" | "lesson" | "source") => Err(Error::usage(self.lang.pick(
                format!(":{word} works in the interactive shell only"),
                format!(":{word} działa tylko w powłoce interaktywnej"),
            ))),
            other => Err(self.unknown_word(other)),
        }
    }

    fn unknown_word(&self, name: &str) -> Error {
        let near = help::META
            .iter()
            .map(|word| (strsim::damerau_levenshtein(word.name, name), word.name))
            .filter(|(distance, _)| *distance <= 2)
            .min();
        let hint = match near {
            Some((_, near)) => self.lang.pick(
                format!("did you mean :{near}?"),
                format!("może chodziło o :{near}?"),
            ),
            None => self
                .lang
                .pick(":help lists what there is", ":help pokaże, co jest")
                .to_owned(),
        };
        Error::usage(self.lang.pick(
            format!("there is no :{name}; {hint}"),
            format!("nie ma :{name}; {hint}"),
        ))
    }

    fn switch(
        &mut self,
        value: Option<&str>,
        name: &str,
        field: impl Fn(&mut Switches) -> &mut bool,
    ) -> Result<String> {
        let on = match value {
            Some("on") => true,
            Some("off") => false,
            None => !*field(&mut self.switches),
            Some(_) => {
                return Err(Error::usage(self.lang.pick(
                    format!(":{name} takes on or off"),
                    format!(":{name} przyjmuje on albo off"),
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

    fn explain(&self, args: &[String]) -> Result<String> {
        if !args.is_empty() {
            let Some(command) = catalog::find_argv(args) else {
                return Err(Error::usage(self.lang.pick(
                    format!("{} is not a command of Redis", args[0]),
                    format!("{} nie jest poleceniem Redisa", args[0]),
                )));
            };
            let mut text = help::command_help(command, self.lang, self.style);
            let argv: Argv = args.iter().map(|arg| arg.clone().into_bytes()).collect();
            text.push_str(&self.keys_of(&argv));
            return Ok(text);
        }
        let Some(last) = &self.last else {
            return Err(nothing_yet(self.lang));
        };
        let mut text = format!(
            "{}\n",
            self.style.paint(Ink::Command, quote_all(&last.argv))
        );
        if let Some(command) = catalog::find_argv(&last.argv) {
            text.push_str(&format!("  {}\n", command.summary(self.lang)));
        }
        text.push_str(&self.keys_of(&last.argv));
        let meaning = teach::quiet_hint(&last.argv, last.reply(), last.took, self.lang)
            .unwrap_or_else(|| self.plain_meaning(last.reply()));
        text.push_str(&format!("  {meaning}\n"));
        Ok(text)
    }

    /// What kind of reply it is, when there is nothing special about it.
    fn plain_meaning(&self, reply: &Reply) -> String {
        let lang = self.lang;
        match reply {
            Reply::Status(text) => lang.pick(format!("{text}: done"), format!("{text}: wykonano")),
            Reply::Int(n) => lang.pick(
                format!("the reply is the number {n}"),
                format!("odpowiedź to liczba {n}"),
            ),
            Reply::Bulk(bytes) => {
                let n = bytes.len();
                lang.pick(
                    format!("the reply is a string of {n} bytes"),
                    format!("odpowiedź to napis; bajtów: {n}"),
                )
            }
            Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
                let n = items.len();
                lang.pick(
                    format!("the reply has {n} elements"),
                    format!("liczba elementów odpowiedzi: {n}"),
                )
            }
            Reply::Map(pairs) => {
                let n = pairs.len();
                lang.pick(
                    format!("the reply is a map of {n} pairs (RESP3)"),
                    format!("odpowiedź to mapa (RESP3); par: {n}"),
                )
            }
            Reply::Error(text) => lang.pick(
                format!("an error: nothing was done ({text})"),
                format!("błąd: niczego nie wykonano ({text})"),
            ),
            Reply::Nil => lang
                .pick("nil: there is nothing", "nil: niczego nie ma")
                .to_owned(),
            _ => lang.pick("a plain value", "zwykła wartość").to_owned(),
        }
    }

    fn keys_of(&self, argv: &[Vec<u8>]) -> String {
        let positions = catalog::key_positions(argv);
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

    async fn take_back(&mut self, client: &Client) -> Result<String> {
        let lang = self.lang;
        if client.state.transaction.is_some() {
            return Err(Error::usage(lang.pick(
                "inside MULTI nothing has been done yet: DISCARD throws the queue away",
                "w MULTI nic się jeszcze nie wykonało: DISCARD wyrzuci kolejkę",
            )));
        }
        if !self.switches.undo {
            return Err(Error::usage(lang.pick(
                "nothing is recorded; `:undo on` begins to",
                "nic nie jest zapamiętywane; włącza to `:undo on`",
            )));
        }
        let side = self.side.beside(client).await?;
        Ok(self.undo.undo(side, lang).await?)
    }

    fn code(&self, language: Option<&str>) -> Result<String> {
        let Some(last) = &self.last else {
            return Err(nothing_yet(self.lang));
        };
        let names: Vec<&str> = Language::ALL.iter().map(|(name, _)| *name).collect();
        let Some(language) = language.and_then(Language::from_name) else {
            let names = names.join("|");
            return Err(Error::usage(self.lang.pick(
                format!(":code takes one of {names}"),
                format!(":code przyjmuje jedno z: {names}"),
            )));
        };
        let title = self
            .style
            .paint(Ink::Dim, format!("{}\n", language.client_library()));
        Ok(format!("{title}{}", code(&last.argv, language)))
    }

    async fn peek(&mut self, client: &Client, key: Option<&str>) -> Result<String> {
        let Some(key) = key else {
            return Err(Error::usage(
                self.lang.pick(":peek takes a key", ":peek przyjmuje klucz"),
            ));
        };
        let (lang, style) = (self.lang, self.style);
        let side = self.side.beside(client).await?;
        let look = look(side, key.as_bytes()).await?;
        Ok(peek_text(key.as_bytes(), &look, lang, style))
    }

    fn set_lang(&mut self, name: Option<&str>) -> Result<String> {
        self.lang = match name {
            Some("en") => Lang::En,
            Some("pl") => Lang::Pl,
            _ => {
                return Err(Error::usage(
                    self.lang
                        .pick(":lang takes en or pl", ":lang przyjmuje en albo pl"),
                ));
            }
        };
        Ok(self.lang.pick("English\n", "polski\n").to_owned())
    }

    fn save(&self, path: Option<&str>) -> Result<String> {
        let lang = self.lang;
        let Some(path) = path else {
            return Err(Error::usage(
                lang.pick(":save takes a file name", ":save przyjmuje nazwę pliku"),
            ));
        };
        // Never over a file that is there: it may be somebody's lesson.
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .and_then(|mut file| {
                use std::io::Write as _;
                file.write_all(lesson(&self.entries, lang).as_bytes())
            });
        match written {
            Ok(()) => {
                let n = self.entries.len();
                Ok(lang.pick(
                    format!("{n} commands saved to {path}\n"),
                    format!("zapisano w {path}; poleceń: {n}\n"),
                ))
            }
            Err(error) => Err(Error::usage(lang.pick(
                format!("cannot save to {path}: {error}"),
                format!("nie można zapisać do {path}: {error}"),
            ))),
        }
    }
}

fn nothing_yet(lang: Lang) -> Error {
    Error::usage(lang.pick(
        "no command has been run yet",
        "nie wykonano jeszcze polecenia",
    ))
}
