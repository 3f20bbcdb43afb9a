//! What the shell knows and remembers besides its connection: settings, the
//! last command, what can be taken back. Answers the teaching words
//! (`:explain`, `:peek` and the rest) as text, for a terminal or a pipe.

use super::client::{Client, Side};
use super::code::{Language, code};
use super::cost::cost;
use super::help;
use super::output::Output;
use super::pipe::Words;
use super::save::{Entry, lesson};
use super::screen::is_large;
use super::state::{Argv, State};
use super::undo::{self, Step, UndoLog};
use super::value::{Look, look, peek_text};
use super::{diff, teach};
use crate::catalog;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::render::style::{Ink, Style};
use crate::resp::Reply;
use crate::resp::split::quote_all;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many commands are remembered for `:save`.
const MOST_ENTRIES: usize = 1000;
/// `:diff` looks at so many keys of one command.
const MOST_DIFFED: usize = 20;

/// What can be switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// `:diff`: show what writes changed.
    pub diff: bool,
    /// `:wire`: show the bytes.
    pub wire: bool,
    /// `:cost`: show cost and time after every command.
    pub cost: bool,
    /// `:undo`: dump keys before they are written.
    pub undo: bool,
    /// `:hints`: quiet remarks under replies.
    pub hints: bool,
    /// `:utf8`: text beyond ASCII as it is.
    pub utf8: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Switches {
            diff: false,
            wire: false,
            cost: false,
            undo: true,
            hints: true,
            utf8: false,
        }
    }
}

/// The last command with its last reply.
#[derive(Debug)]
struct Last {
    argv: Argv,
    replies: Arc<Vec<Reply>>,
    took: Duration,
}

impl Last {
    fn reply(&self) -> &Reply {
        self.replies.last().unwrap_or(&Reply::Nil)
    }
}

/// What the shell knows and remembers besides its connection.
#[derive(Debug)]
pub struct Shell {
    /// The learner's language.
    pub lang: Lang,
    /// Colour or none.
    pub style: Style,
    /// What is switched on.
    pub switches: Switches,
    /// The form of replies.
    pub output: Output,
    /// The second connection.
    pub side: Side,
    last: Option<Last>,
    entries: Vec<Entry>,
    undo: UndoLog,
}

/// What is known before a command is run, to compare with afterwards.
#[derive(Debug, Default)]
pub struct Preparation {
    undo: Option<Step>,
    looks: Vec<(Vec<u8>, Look)>,
    at: Option<Instant>,
}

impl Shell {
    /// A shell with nothing remembered.
    pub fn new(lang: Lang, style: Style, switches: Switches) -> Shell {
        Shell {
            lang,
            style,
            switches,
            output: Output::Pretty,
            side: Side::new(),
            last: None,
            entries: Vec::new(),
            undo: UndoLog::default(),
        }
    }

    /// Looks at the keys a command is about to write, as far as `:undo` and
    /// `:diff` need it. A failing second connection is no reason not to run
    /// the command, so it only means that less is known.
    pub async fn prepare(&mut self, client: &Client, argv: &[Vec<u8>]) -> Preparation {
        let mut known = Preparation::default();
        let wanted = self.switches.undo || self.switches.diff;
        if !wanted || undo::written_keys(argv, &client.state).is_none() {
            return known;
        }
        let (undo_on, diff_on) = (self.switches.undo, self.switches.diff);
        let Ok(side) = self.side.beside(client).await else {
            return known;
        };
        let state = client.state.clone();
        let gathered = gather(side, argv, &state, undo_on, diff_on, &mut known).await;
        if gathered.is_err() {
            self.side.drop_connection();
        }
        known
    }

    /// Remembers a command that was run, and gives what is to be said about
    /// it under its reply.
    pub async fn conclude(
        &mut self,
        client: &Client,
        argv: &Argv,
        replies: &Arc<Vec<Reply>>,
        took: Duration,
        known: Preparation,
    ) -> String {
        let mut text = String::new();
        let Some(reply) = replies.last() else {
            return text;
        };
        let queued = matches!(reply, Reply::Status(status) if status == "QUEUED");
        if let Some(step) = known.undo
            && !reply.is_error()
            && *reply != Reply::Nil
            && !queued
        {
            self.undo.push(step);
        }
        if self.switches.hints
            && let Some(hint) = teach::quiet_hint(argv, reply, self.lang)
        {
            text.push_str(&self.remark(&hint));
        }
        if !known.looks.is_empty() && !queued {
            text.push_str(&self.differences(client, known.looks, known.at).await);
        }
        let cost_on = self.switches.cost;
        self.last = Some(Last {
            argv: argv.clone(),
            replies: Arc::clone(replies),
            took,
        });
        // Nobody wants a huge reply in a lesson, nor kept for the session.
        if self.entries.len() < MOST_ENTRIES && !replies.iter().any(is_large) {
            self.entries.push(Entry {
                argv: argv.clone(),
                replies: Arc::clone(replies),
            });
        }
        if cost_on {
            match self.cost(client).await {
                Ok(line) => text.push_str(&self.style.paint(Ink::Dim, line)),
                Err(_) => self.side.drop_connection(),
            }
        }
        text
    }

    /// A quiet remark under a reply.
    pub fn remark(&self, text: &str) -> String {
        let mut line = self.style.paint(Ink::Dim, format!("  ▸ {text}"));
        line.push('\n');
        line
    }

    async fn differences(
        &mut self,
        client: &Client,
        looks: Vec<(Vec<u8>, Look)>,
        at: Option<Instant>,
    ) -> String {
        let (lang, style) = (self.lang, self.style);
        let elapsed = at.map_or(Duration::ZERO, |at| at.elapsed());
        let mut text = String::new();
        let Ok(side) = self.side.beside(client).await else {
            return text;
        };
        for (key, before) in looks {
            let Ok(after) = look(side, &key).await else {
                break;
            };
            if let Some(change) = diff::diff(&key, &before, &after, elapsed, lang, style) {
                text.push_str(&change);
            }
        }
        if text.is_empty() {
            text = style.paint(Ink::Dim, lang.pick("= no change\n", "= bez zmian\n"));
        }
        text
    }

    async fn cost(&mut self, client: &Client) -> Result<String> {
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
        let meaning = teach::quiet_hint(&last.argv, last.reply(), self.lang)
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
            .paint(Ink::Dim, format!("{}\n", language.library()));
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

async fn gather(
    side: &mut Client,
    argv: &[Vec<u8>],
    state: &State,
    undo_on: bool,
    diff_on: bool,
    known: &mut Preparation,
) -> Result<(), crate::conn::ConnError> {
    if undo_on {
        known.undo = undo::before(side, argv, state).await?;
    }
    if diff_on {
        let keys = undo::written_keys(argv, state).unwrap_or_default();
        for key in keys.into_iter().take(MOST_DIFFED) {
            let look = look(side, &key).await?;
            known.looks.push((key, look));
        }
        known.at = Some(Instant::now());
    }
    Ok(())
}

/// In a pipe the words are answered too, on what the pipe has run.
impl Words for Shell {
    fn help(&mut self, topic: &[String]) -> String {
        help::help(topic, self.lang, self.style)
    }

    async fn meta(&mut self, client: &mut Client, name: &str, args: &[String]) -> Result<String> {
        self.word(client, name, args).await
    }
}
