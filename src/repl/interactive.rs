//! The interactive loop: a prompt, a line, its commands, their replies, and
//! everything that may happen in between.

use super::client::Client;
use super::config::Config;
use super::editor::{Event, KEYS_DEADLINE, KeysRequest, LineEditor, Look, Typed};
use super::help;
use super::hooks::{Hooks, Said};
use super::line::{self, Line, logical_lines};
use super::names::key_names;
use super::screen::{self, Screen};
use super::secrets::has_secret;
use super::shell::Shell;
use super::{teach, wire};
use crate::conn::{ConnError, Connection, Direction, Target};
use crate::error::{Error, ExitCode, Result};
use crate::render::style::Ink;
use catalog::lang::Lang;
use resp::Reply;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A lost server is tried again this often while the prompt waits.
const RETRY: Duration = Duration::from_millis(500);

/// How the shell is started.
#[derive(Debug, Clone)]
pub struct ReplOptions {
    /// What the prompt calls the server: `lab`, or host and port.
    pub label: String,
    /// The server is the lab's own: nothing on it can be lost.
    pub private: bool,
    /// Shown before the first prompt.
    pub banner: String,
    /// The configuration file's settings.
    pub config: Config,
    /// Where lines are kept, if anywhere.
    pub history: Option<PathBuf>,
}

/// Bytes seen by `:wire`, those of one direction together.
type Seen = (Direction, Vec<u8>);

/// The interactive shell.
#[derive(Debug)]
pub struct Repl {
    pub(super) client: Client,
    pub(super) shell: Shell,
    pub(super) editor: LineEditor,
    pub(super) screen: Screen,
    pub(super) options: ReplOptions,
    /// Bytes seen by `:wire` since the last command.
    wire: Arc<Mutex<Vec<Seen>>>,
    wired: bool,
}

/// Whether the shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Stay,
    Leave,
}

impl Repl {
    /// A shell on a client, which need not be connected yet.
    ///
    /// # Errors
    /// When the terminal cannot be used.
    pub fn new(client: Client, shell: Shell, options: ReplOptions) -> Result<Repl> {
        let look = Look {
            lang: shell.lang,
            style: shell.style,
            syntax: options.config.syntax,
            extra: Vec::new(),
        };
        let editor =
            LineEditor::start(look, &options.config, options.history.clone()).map_err(|error| {
                Error::usage((
                    format!("the terminal cannot be used: {error}"),
                    format!("nie można użyć terminala: {error}"),
                ))
            })?;
        Ok(Repl {
            client,
            shell,
            editor,
            screen: Screen::new(),
            options,
            wire: Arc::default(),
            wired: false,
        })
    }

    /// Gives the connection back to where the shell was embedded.
    pub fn into_connection(self) -> Option<Connection> {
        self.client.into_connection()
    }

    /// Begins anew before the next [`Repl::run`]: a new connection to the same
    /// server, nothing remembered, as for another exercise.
    pub fn renew(&mut self) {
        self.client.retarget(self.client.target().clone());
        let Shell {
            lang,
            style,
            switches,
            ..
        } = self.shell;
        self.shell = Shell::new(lang, style, switches);
    }

    /// Reads and runs lines until the user leaves.
    ///
    /// # Errors
    /// When the terminal is lost.
    pub async fn run(&mut self, hooks: &mut impl Hooks) -> Result<ExitCode> {
        let words = hooks.words();
        self.editor.set_look(|look| look.extra = words);
        if !self.options.banner.is_empty() {
            let banner = self.shell.style.paint(Ink::Dim, &self.options.banner);
            self.screen.show(&banner)?;
        }
        if let Err(error) = self.client.connect().await {
            self.say_unreachable(&error)?;
        }
        loop {
            self.rewire();
            let prompt = self.prompt();
            self.editor.ask_line(&prompt);
            match self.wait_for_line().await? {
                Typed::Line(text) => {
                    if !text.trim().is_empty() && !has_secret(&text) {
                        self.editor.remember(text.trim_end());
                    }
                    if self.text(&text, hooks).await? == Flow::Leave {
                        return Ok(ExitCode::Ok);
                    }
                }
                Typed::Interrupted { had_text: true } => {}
                Typed::Interrupted { had_text: false } => self.interrupted().await?,
                Typed::End => return Ok(ExitCode::Ok),
                Typed::Failed(reason) => {
                    return Err(Error::usage((
                        format!("the terminal was lost: {reason}"),
                        format!("utracono terminal: {reason}"),
                    )));
                }
            }
        }
    }

    fn prompt(&self) -> String {
        if self.client.is_connected() {
            self.client.state.prompt(&self.options.label)
        } else if self.client.state.lost_transaction {
            "not connected(TX lost)> ".to_owned()
        } else {
            "not connected> ".to_owned()
        }
    }

    /// Waits for the line being typed; meanwhile shows messages, answers Tab,
    /// and notices and mends a lost connection.
    pub(super) async fn wait_for_line(&mut self) -> Result<Typed> {
        let mut next_try = tokio::time::Instant::now() + RETRY;
        loop {
            let connected = self.client.is_connected();
            tokio::select! {
                biased;
                event = self.editor.event() => match event {
                    Event::Typed(typed) => return Ok(typed),
                    Event::Keys(request) => self.answer_keys(request).await,
                },
                arrival = self.client.receive(), if connected => match arrival {
                    Ok(message) => self.message_above(&message)?,
                    Err(error) => {
                        let text = self.lose(&error);
                        self.above(&text)?;
                        next_try = tokio::time::Instant::now() + RETRY / 10;
                    }
                },
                () = tokio::time::sleep_until(next_try), if !connected => {
                    next_try = tokio::time::Instant::now() + RETRY;
                    if self.client.connect().await.is_ok() {
                        self.rewire();
                        let text = self.back();
                        self.above(&text)?;
                    }
                }
            }
        }
    }

    /// Key names for Tab, within the deadline or not at all.
    async fn answer_keys(&mut self, request: KeysRequest) {
        let names = async {
            let side = self.shell.side.beside(&self.client).await?;
            key_names(side, &request.wanted).await
        };
        let names = match tokio::time::timeout(KEYS_DEADLINE, names).await {
            Ok(Ok(names)) => names,
            // Late or lost: a reply may still be on its way there.
            _ => {
                self.shell.side.drop_connection();
                Vec::new()
            }
        };
        // Nobody waits any more when Tab gave up first.
        let _ = request.answer.send(names);
    }

    fn message_above(&mut self, message: &Reply) -> Result<()> {
        let text = screen::message_text(message, self.shell.style);
        self.drain_wire();
        self.above(&text)
    }

    /// Shows text above the line being edited.
    fn above(&mut self, text: &str) -> Result<()> {
        if text.is_empty() || self.editor.print_above(text) {
            return Ok(());
        }
        self.screen.show(text)
    }

    /// Ctrl-C on an empty line: leaves MONITOR and subscriptions.
    async fn interrupted(&mut self) -> Result<()> {
        let lang = self.shell.lang;
        if self.client.state.monitor {
            // Servers before 6.2 know no other way out of MONITOR.
            self.client.disconnect();
            self.client.state.lost_transaction = false;
            return match self.client.connect().await {
                Ok(()) => Ok(()),
                Err(error) => self.say_unreachable(&error),
            };
        }
        if self.client.state.is_subscribed() {
            for word in ["UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"] {
                let state = &self.client.state;
                let any = match word {
                    "UNSUBSCRIBE" => !state.channels.is_empty(),
                    "PUNSUBSCRIBE" => !state.patterns.is_empty(),
                    _ => !state.shards.is_empty(),
                };
                if any && self.client.call(&vec![word.into()], |_| {}).await.is_err() {
                    let text = self.lose(&ConnError::Closed);
                    return self.screen.show(&text);
                }
            }
            return Ok(());
        }
        let text = self
            .shell
            .remark(lang.pick("Ctrl-D or quit leaves", "Ctrl-D albo quit kończy"));
        self.screen.show(&text)
    }

    /// Runs everything that was entered at once, in order.
    async fn text(&mut self, text: &str, hooks: &mut impl Hooks) -> Result<Flow> {
        let lines: Vec<&str> = logical_lines(text);
        if lines.iter().all(|line| line.trim().is_empty()) {
            let said = hooks.blank().await;
            return self.said(said);
        }
        let several = lines.iter().filter(|line| !line.trim().is_empty()).count() > 1;
        for line in lines {
            if several && !line.trim().is_empty() {
                self.echo(line)?;
            }
            if self.line(line, hooks).await? == Flow::Leave {
                return Ok(Flow::Leave);
            }
        }
        Ok(Flow::Stay)
    }

    /// Shows a line that nobody typed at the prompt as if somebody had.
    fn echo(&mut self, line: &str) -> Result<()> {
        let echo = format!("{}{line}\n", self.prompt());
        let echo = self.shell.style.paint(Ink::Dim, echo);
        self.screen.show(&echo)
    }

    async fn line(&mut self, text: &str, hooks: &mut impl Hooks) -> Result<Flow> {
        if let Some((command, program)) = screen::split_shell_pipe(text) {
            return self.piped(command, program, hooks).await;
        }
        match line::read(text.as_bytes()) {
            Line::Blank => {}
            Line::Leave => return Ok(Flow::Leave),
            Line::Clear => self.screen.clear()?,
            Line::Help(topic) => {
                let text = help::help(&topic, self.shell.lang, self.shell.style);
                self.screen.show(&text)?;
            }
            Line::Meta(name, args) => return self.word(&name, &args, hooks).await,
            Line::Connect(host, port) => self.connect_to(&host, port).await?,
            Line::BadRepeat => self.screen.show(&format!("{}\n", line::INVALID_REPEAT))?,
            Line::Unreadable(error) => {
                self.screen
                    .show(&format!("{}\n", line::INVALID_ARGUMENTS))?;
                let hint = teach::about_unreadable(text, &error, self.shell.lang);
                let hint = self.shell.remark(&hint);
                self.screen.show(&hint)?;
            }
            Line::Command { argv, times } => {
                for _ in 0..times {
                    match self.command(&argv, text, None, hooks).await? {
                        (Flow::Leave, _) => return Ok(Flow::Leave),
                        (Flow::Stay, true) => {}
                        // Lost or refused: the rest would be too.
                        (Flow::Stay, false) => break,
                    }
                }
            }
        }
        Ok(Flow::Stay)
    }

    async fn word(&mut self, name: &str, args: &[String], hooks: &mut impl Hooks) -> Result<Flow> {
        if let Some(said) = hooks.word(name, args).await {
            return self.said(said);
        }
        match name {
            "clear" => self.screen.clear()?,
            "quit" | "exit" | "q" => return Ok(Flow::Leave),
            "help" => {
                let text = help::meta_help(&hooks.words(), self.shell.lang, self.shell.style);
                self.screen.show(&text)?;
            }
            "source" => return Box::pin(self.source(args.first(), hooks)).await,
            _ => {
                let said = self.shell.word(&self.client, name, args).await;
                self.rewire();
                let (lang, style) = (self.shell.lang, self.shell.style);
                self.editor.set_look(|look| {
                    look.lang = lang;
                    look.style = style;
                });
                return self.said(said.map(Said::text));
            }
        }
        Ok(Flow::Stay)
    }

    pub(super) fn said(&mut self, said: Result<Said>) -> Result<Flow> {
        match said {
            Ok(said) => {
                self.screen.show(&said.text)?;
                Ok(if said.leave { Flow::Leave } else { Flow::Stay })
            }
            Err(error) => {
                let lang = self.shell.lang;
                let mut text = self.shell.style.paint(Ink::Bad, error.message_in(lang));
                text.push('\n');
                if let Some(hint) = error.hint_in(lang) {
                    text.push_str(&self.shell.remark(hint));
                }
                self.screen.show(&text)?;
                Ok(Flow::Stay)
            }
        }
    }

    /// `:source FILE`: the lines of a file, one after the other.
    async fn source(&mut self, path: Option<&String>, hooks: &mut impl Hooks) -> Result<Flow> {
        let lang = self.shell.lang;
        let text = match path {
            None => Err(lang
                .pick(":source takes a file", ":source przyjmuje plik")
                .to_owned()),
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                lang.pick(
                    format!("cannot read {path}: {error}"),
                    format!("nie można odczytać {path}: {error}"),
                )
            }),
        };
        let text = match text {
            Ok(text) => text,
            Err(message) => return self.said(Err(Error::usage(message))),
        };
        for line in logical_lines(&text) {
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            self.echo(line)?;
            if self.line(line, hooks).await? == Flow::Leave {
                return Ok(Flow::Leave);
            }
        }
        Ok(Flow::Stay)
    }

    async fn connect_to(&mut self, host: &str, port: u16) -> Result<()> {
        match Target::tcp(host, port) {
            Ok(target) => {
                self.options.label = target.to_string();
                self.options.private = false;
                self.client.retarget(target);
                self.shell.side.drop_connection();
                if let Err(error) = self.client.connect().await {
                    self.say_unreachable(&error)?;
                }
                Ok(())
            }
            Err(error) => self.said(Err(error)).map(|_| ()),
        }
    }

    /// `COMMAND | PROGRAM`: the reply becomes the program's input.
    async fn piped(
        &mut self,
        command: &str,
        program: &str,
        hooks: &mut impl Hooks,
    ) -> Result<Flow> {
        let Line::Command { argv, .. } = line::read(command.as_bytes()) else {
            let text = self.shell.lang.pick(
                "only the reply of a command can be piped",
                "przekazać można tylko odpowiedź polecenia",
            );
            return self.said(Err(Error::usage(text)));
        };
        self.command(&argv, command, Some(program), hooks)
            .await
            .map(|(flow, _)| flow)
    }

    /// What is said when the connection is there again.
    pub(super) fn back(&self) -> String {
        let lang = self.shell.lang;
        let restored = self.client.state.restored(lang);
        let mut text = lang.pick("connected again", "znowu połączono").to_owned();
        if !restored.is_empty() {
            let label = lang.pick("restored", "przywrócono");
            text.push_str(&format!("; {label}: {}", restored.join(", ")));
        }
        self.shell.remark(&text)
    }

    pub(super) fn say_unreachable(&mut self, error: &ConnError) -> Result<()> {
        let lang = self.shell.lang;
        let mut text = self.shell.style.paint(Ink::Bad, error.text(lang) + "\n");
        text.push_str(&self.shell.remark(lang.pick(
            "the shell goes on and keeps trying; help works without a server",
            "powłoka działa dalej i próbuje się połączyć; pomoc działa bez serwera",
        )));
        self.screen.show(&text)
    }

    /// Puts the tap of `:wire` where it belongs after a switch or reconnect.
    pub(super) fn rewire(&mut self) {
        self.wired = self.shell.switches.wire;
        if !self.wired {
            self.client.set_tap(None);
            return;
        }
        let seen = Arc::clone(&self.wire);
        self.client.set_tap(Some(Box::new(move |direction, bytes| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            match seen.last_mut() {
                Some((last, sofar)) if *last == direction => sofar.extend_from_slice(bytes),
                _ => seen.push((direction, bytes.to_vec())),
            }
        })));
    }

    /// Shows the bytes seen since the last command.
    pub(super) fn drain_wire(&mut self) {
        let seen = std::mem::take(&mut *self.wire.lock().unwrap_or_else(PoisonError::into_inner));
        for (direction, bytes) in seen {
            let text = wire::annotate(direction, &bytes, self.shell.lang, self.shell.style);
            // The reply itself is shown next; a lost terminal shows there.
            let _ = self.screen.show(&text);
        }
    }
}

/// The greeting of the shell.
pub fn banner(server: &str, lang: Lang) -> String {
    lang.pick(
        format!("{server}\nTab completes, help explains, :help shows more, Ctrl-D leaves.\n"),
        format!("{server}\nTab uzupełnia, help wyjaśnia, :help pokazuje więcej, Ctrl-D kończy.\n"),
    )
}
