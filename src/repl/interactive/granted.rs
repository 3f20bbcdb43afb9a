//! What only a person's own terminal may do, and the session hands on: read and
//! write files, run programs, connect elsewhere, take the whole screen.

use super::{Do, Repl};
use crate::conn::Target;
use crate::error::{Error, Result};
use crate::repl::config::Paging;
use crate::repl::watch::{self, Wanted};
use crate::session::line::logical_lines;
use crate::session::words::OnTerminal;
use crate::session::{self, Flow, Hooks, Session, Wish};
use catalog::text;
use resp::split::quote_all;
use std::path::Path;

impl Repl {
    /// Does what only a person's own terminal may do.
    pub(super) async fn grant(
        &mut self,
        wish: Wish,
        typed: &session::Typed<'_>,
        hooks: &mut impl Hooks,
    ) -> Result<Flow> {
        let said = match wish {
            Wish::Clear | Wish::Word(OnTerminal::Clear, _) => {
                self.screen.clear()?;
                Ok(String::new())
            }
            Wish::Word(OnTerminal::Source, args) => {
                return Box::pin(self.source(args.first(), hooks)).await;
            }
            Wish::Word(OnTerminal::Save, args) => self.save(args.first()),
            Wish::Word(OnTerminal::Edit, args) => {
                return Box::pin(self.edit(&args, hooks)).await;
            }
            Wish::Word(OnTerminal::More, _) => {
                let form = self.form();
                self.screen.more(form).await.map(|()| String::new())
            }
            Wish::Word(OnTerminal::Pager, args) => self.page(args.first()),
            Wish::Word(OnTerminal::Watch, args) => self.watch(&args).await,
            Wish::Word(OnTerminal::Lesson, _) => Err(Error::usage(wish.refusal())),
            Wish::Connect(host, port) => match Target::tcp(&host, port) {
                Ok(target) => {
                    self.session.move_to(target);
                    return self.drive(Do::Connect, hooks).await;
                }
                Err(error) => Err(error),
            },
            Wish::Program => {
                let Some((command, program)) = typed.shell_pipe() else {
                    return Ok(Flow::Stay);
                };
                return self.drive(Do::Line(&command, Some(program)), hooks).await;
            }
        };
        self.say(said).await
    }

    /// `:source FILE`: the lines of a file, one after the other.
    async fn source(&mut self, path: Option<&String>, hooks: &mut impl Hooks) -> Result<Flow> {
        let text = match path {
            None => Err(Error::usage(text!(
                ":source takes a file",
                ":source przyjmuje plik"
            ))),
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                let message = text!("cannot read {path}", "nie można odczytać {path}");
                Error::usage(message).because(&error)
            }),
        };
        let text = match text {
            Ok(text) => text,
            Err(error) => return self.say(Err(error)).await,
        };
        self.lines(&text, hooks).await
    }

    /// Runs lines that were not typed at the prompt, each shown first.
    async fn lines(&mut self, text: &str, hooks: &mut impl Hooks) -> Result<Flow> {
        for line in logical_lines(text) {
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            self.echo(line)?;
            if self.line(line, hooks).await? == Flow::Leave {
                return Ok(Flow::Leave);
            }
            if self.session.was_stopped() {
                let left = self
                    .session
                    .shell
                    .lang
                    .pick("the rest was left out", "resztę pominięto");
                let left = self.session.shell.remark(left);
                self.screen.show(&left)?;
                break;
            }
        }
        Ok(Flow::Stay)
    }

    /// `:edit [FILE]`: the editor of the user, then the lines of the file, or of
    /// what was written. A Lua script is sent with the arguments behind it.
    async fn edit(&mut self, args: &[String], hooks: &mut impl Hooks) -> Result<Flow> {
        if let Some(path) = args.first() {
            if let Err(error) = self.screen.edit(Path::new(path)).await {
                return self.say(Err(error)).await;
            }
            if !path.ends_with(".lua") {
                return self.source(args.first(), hooks).await;
            }
            let mut argv = vec![b"EVAL".to_vec(), format!("@{path}").into_bytes()];
            argv.extend(args[1..].iter().map(|arg| arg.clone().into_bytes()));
            if argv.len() == 2 {
                argv.push(b"0".to_vec());
            }
            let line = quote_all(&argv);
            self.echo(&line)?;
            return self.line(&line, hooks).await;
        }
        let lang = self.session.shell.lang;
        let written = self.written().await;
        let text = match written {
            Ok(text) => text,
            Err(error) => return self.say(Err(error)).await,
        };
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            let text = lang.pick(
                "nothing was written, so nothing is sent",
                "niczego nie napisano, więc nic nie wysłano",
            );
            return self.say(Ok(self.session.shell.remark(text))).await;
        };
        self.edited.clone_from(&text);
        self.lines(&text, hooks).await
    }

    /// What the user writes in the editor, beginning with what was written the
    /// last time; `None` where the editor was left without writing.
    async fn written(&mut self) -> Result<Option<String>> {
        let failed = |error: std::io::Error| {
            Error::usage(text!(
                "cannot use a temporary file",
                "nie można użyć pliku tymczasowego"
            ))
            .because(&error)
        };
        let file = tempfile::Builder::new()
            .prefix("redis-lab-")
            .suffix(".redis")
            .tempfile()
            .map_err(failed)?;
        std::fs::write(file.path(), &self.edited).map_err(failed)?;
        // Closed, for an editor of Windows.
        let path = file.into_temp_path();
        let stamp = || {
            std::fs::metadata(&path)
                .and_then(|about| about.modified())
                .ok()
        };
        let before = stamp();
        self.screen.edit(&path).await?;
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        let is_written = stamp() != before || text != self.edited;
        Ok(is_written.then_some(text))
    }

    /// `:pager [on|off|auto]`.
    fn page(&mut self, wanted: Option<&String>) -> Result<String> {
        if let Some(name) = wanted {
            self.screen.paging = Paging::named(name).ok_or_else(|| {
                Error::usage(text!(
                    ":pager takes on, off or auto",
                    ":pager przyjmuje on, off albo auto"
                ))
            })?;
        }
        Ok(format!(":pager {}\n", self.screen.paging.name()))
    }

    /// `:watch [SECONDS] COMMAND`.
    async fn watch(&mut self, args: &[String]) -> Result<String> {
        let wanted = Wanted::read(args)?;
        let look = watch::Look {
            output: self.session.shell.output,
            style: self.session.shell.style,
            lang: self.session.shell.lang,
        };
        let Session { client, shell, .. } = &mut self.session;
        watch::watch(&wanted, client, &mut shell.side, look).await?;
        Ok(String::new())
    }

    /// `:save FILE`: never over a file that is there, which may be somebody's
    /// lesson.
    fn save(&self, path: Option<&String>) -> Result<String> {
        let lang = self.session.shell.lang;
        let Some(path) = path else {
            return Err(Error::usage(text!(
                ":save takes a file name",
                ":save przyjmuje nazwę pliku"
            )));
        };
        let saved = self.session.shell.as_lesson();
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, saved.text.as_bytes()));
        match written {
            Ok(()) => {
                let (n, left_out) = (saved.commands, saved.left_out);
                let mut said = text!(
                    lang,
                    "saved to {path}; commands: {n}\n",
                    "zapisano w {path}; poleceń: {n}\n"
                );
                if left_out > 0 {
                    said += &self.session.shell.remark(&text!(
                        lang,
                        "left out, for they carry passwords: {left_out}",
                        "pominięto, bo zawierają hasła: {left_out}"
                    ));
                }
                Ok(said)
            }
            Err(error) => Err(Error::usage(text!(
                "cannot save to {path}",
                "nie można zapisać do {path}"
            ))
            .because(&error)),
        }
    }
}
