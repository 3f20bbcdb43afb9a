//! What every command works with: the options that all of them take, and the
//! server these name.

use super::background;
use super::terminal::remark;
use crate::cli::{ColorChoice, GlobalArgs, ServerKind, TlsArgs};
use crate::conn::server::{Choice, Server, Version};
use crate::conn::{Stop, Target, Tls};
use crate::error::{Error, Result};
use crate::lesson::Lesson;
use crate::render::style::Style;
use catalog::lang::{Lang, Text};
use catalog::text;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

/// What every command works with, made once from the command line.
#[derive(Debug, Clone)]
pub struct Context {
    /// The learner's language.
    pub lang: Lang,
    /// Whether standard output takes colour.
    pub color: bool,
    /// The terminal's background is light.
    pub light: bool,
    /// `--json`: events, one per line, instead of text.
    pub json: bool,
    /// `--url` or `REDIS_URL`.
    pub url: Option<String>,
    /// `--cacert` and its like.
    pub tls: TlsArgs,
    /// `--connect-timeout`.
    pub connect_limit: Duration,
    /// What ends every wait for that server.
    pub stop: Stop,
    /// `--server`.
    pub server: Choice,
    /// `--verbose`: say which server is used.
    pub verbose: bool,
    /// `--lessons`.
    pub lessons: Option<PathBuf>,
    /// `--reset-lab`: delete what lies under `lab:` on an external server first.
    pub reset_lab: bool,
    /// Standard input and output are both a terminal.
    pub interactive: bool,
}

impl Context {
    /// Reads the command line's options and the environment.
    pub(super) fn new(global: GlobalArgs) -> Context {
        let stdout_is_terminal = io::stdout().is_terminal();
        let interactive = stdout_is_terminal && io::stdin().is_terminal();
        let color = match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => stdout_is_terminal && colour_wanted(),
        };
        Context {
            lang: match global.lang {
                Some(choice) => choice.lang(),
                None => Lang::from_env(),
            },
            color,
            light: color && background::is_light(interactive && !global.json),
            json: global.json,
            url: global.url.filter(|url| !url.is_empty()),
            tls: global.tls,
            server: match global.server {
                ServerKind::Auto => Choice::Auto,
                ServerKind::Spawn => Choice::Spawn,
                ServerKind::Builtin => Choice::Builtin,
                ServerKind::Program(program) => Choice::Program(program),
            },
            verbose: global.verbose,
            connect_limit: global.connect_timeout,
            stop: Stop::default(),
            lessons: global.lessons,
            reset_lab: global.reset_lab,
            interactive,
        }
    }

    /// How texts are coloured.
    pub fn style(&self) -> Style {
        Style::new(self.color).on_light(self.light)
    }

    /// Finds or starts the server this context asks for.
    ///
    /// # Errors
    /// When there is none.
    pub async fn resolve_server(&self) -> Result<Server> {
        let server = Server::resolve(self.target()?, self.server.clone()).await?;
        if let Some(reason) = server.instead(self.lang) {
            remark(&reason);
        }
        if self.verbose {
            remark(&server.describe(self.lang));
        }
        Ok(server)
    }

    /// The same for lessons: where the server that happens to be there is too
    /// old for one of them, the built-in one takes its place. On one that was
    /// asked for, a lesson says itself what is missing, where it is missing.
    ///
    /// # Errors
    /// When there is none, or as [`Context::admit`].
    pub async fn resolve_server_for(&self, lessons: &[&Lesson]) -> Result<Server> {
        self.admit(lessons.iter().copied())?;
        let server = self.resolve_server().await?;
        let release = server.version().release();
        let too_new = lessons.iter().find(|lesson| !lesson.runs_on(release));
        let Some(lesson) = too_new.filter(|_| self.server == Choice::Auto && self.url.is_none())
        else {
            return Ok(server);
        };
        let why = too_old_for(lesson, server.version());
        let builtin = Server::resolve(None, Choice::Builtin).await?;
        let why = why.pick(self.lang);
        remark(&text!(
            self.lang,
            "{why}; the built-in server instead",
            "{why}; zamiast niego serwer wbudowany"
        ));
        Ok(builtin)
    }

    /// The same for lessons that come one after the other, and those of them
    /// that it can play: where one of several needs a newer server, it is left
    /// out, which is said, and the others are played where they would be
    /// without it.
    ///
    /// # Errors
    /// As [`Context::resolve_server_for`].
    pub async fn resolve_server_for_each(
        &self,
        mut lessons: Vec<Lesson>,
    ) -> Result<(Server, Vec<Lesson>)> {
        self.admit(lessons.iter())?;
        let server = self.resolve_server().await?;
        let version = server.version();
        let too_new = |lesson: &Lesson| !lesson.runs_on(version.release());
        if lessons.iter().all(too_new) {
            let server = self
                .resolve_server_for(&lessons.iter().collect::<Vec<_>>())
                .await?;
            return Ok((server, lessons));
        }
        for lesson in lessons.extract_if(.., |lesson| too_new(lesson)) {
            remark(&self.left_out(&too_old_for(&lesson, version)));
        }
        Ok((server, lessons))
    }

    /// Why a lesson is not played, as a sentence: it is one for a private
    /// server, and `--url` names one that is not.
    pub fn refusal(&self, lesson: &Lesson) -> Option<Text> {
        let reason = lesson.own_server.as_ref().filter(|_| self.url.is_some())?;
        let id = &lesson.id;
        Some(text!(
            "{id} is only played on a server of its own: {reason}",
            "{id} działa tylko na własnym serwerze: {reason}"
        ))
    }

    /// Refuses lessons that are not for the server that was asked for.
    ///
    /// # Errors
    /// A usage error, where there is such a one.
    pub fn admit<'a>(&self, mut lessons: impl Iterator<Item = &'a Lesson>) -> Result<()> {
        match lessons.find_map(|lesson| self.refusal(lesson)) {
            None => Ok(()),
            Some(reason) => Err(Error::usage(reason).hint(text!(
                "leave out --url, or unset REDIS_URL: redis-lab then starts one",
                "pomiń --url albo usuń REDIS_URL ze środowiska: redis-lab uruchomi taki sam"
            ))),
        }
    }

    /// The lessons that are for the server that was asked for; says which are
    /// left out.
    ///
    /// # Errors
    /// As [`Context::admit`], when none is left.
    pub fn leave_out_refused(&self, mut lessons: Vec<Lesson>) -> Result<Vec<Lesson>> {
        if lessons.iter().all(|lesson| self.refusal(lesson).is_some()) {
            self.admit(lessons.iter())?;
        }
        lessons.retain(|lesson| {
            let reason = self.refusal(lesson);
            if let Some(reason) = &reason {
                remark(&self.left_out(reason));
            }
            reason.is_none()
        });
        Ok(lessons)
    }

    /// That a lesson is left out, and why.
    pub fn left_out(&self, reason: &Text) -> String {
        let left_out = self.lang.pick("left out", "pominięto");
        format!("{left_out}: {}", reason.pick(self.lang))
    }

    /// The server that `--url` names, with the TLS options.
    ///
    /// # Errors
    /// A usage error when the URL or one of the options is wrong.
    pub fn target(&self) -> Result<Option<Target>> {
        let TlsArgs {
            cacert,
            tls_cert,
            tls_key,
            insecure,
        } = &self.tls;
        let identity = tls_cert.as_deref().zip(tls_key.as_deref());
        let tls = Tls::read(cacert.as_deref(), identity, *insecure)?;
        match &self.url {
            Some(url) => Ok(Some(
                Target::parse(url)?
                    .with_tls(tls)?
                    .with_connect_limit(self.connect_limit)
                    .with_stop(self.stop.clone()),
            )),
            None if tls.is_default() => Ok(None),
            None => Err(Error::usage(text!(
                "the TLS options are for a server of your own: give its --url too",
                "opcje TLS dotyczą twojego serwera: podaj też jego --url"
            ))
            .hint(Text::same("--url rediss://localhost:6379"))),
        }
    }
}

/// That a lesson cannot be played on a server, as a sentence.
pub(super) fn too_old_for(lesson: &Lesson, server: &Version) -> Text {
    let id = &lesson.id;
    Text::in_each(|lang| {
        let needs = lesson
            .needs
            .map(|needs| needs.in_words(lang))
            .unwrap_or_default();
        text!(
            lang,
            "{id} needs {needs}; this server is {server}",
            "{id} wymaga: {needs}; ten serwer to {server}"
        )
    })
}

/// Colour is unwanted when `NO_COLOR` is set and not empty (no-color.org), or
/// when the terminal says that it has none.
fn colour_wanted() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !no_color && !dumb
}
