//! The interactive loop: a prompt, a line, its commands, their replies, and
//! everything that may happen in between.

use super::client::{Arrival, Client};
use super::config::Config;
use super::danger::{Danger, MANY_KEYS, danger};
use super::editor::{Event, KEYS_DEADLINE, KeysRequest, LineEditor, Look, Typed};
use super::help;
use super::hooks::{Hooks, Said};
use super::line::{self, Line, logical_lines};
use super::names::key_names;
use super::output::Output;
use super::pipe::SLOW;
use super::screen::{self, Screen};
use super::secrets::has_secret;
use super::shell::Shell;
use super::state::{Argv, name_of};
use super::{teach, wire};
use crate::conn::{ConnError, Connection, Direction, Target};
use crate::error::{Error, ExitCode, Result};
use crate::lang::Lang;
use crate::render::style::Ink;
use crate::resp::Reply;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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

/// The interactive shell.
#[derive(Debug)]
pub struct Repl {
    client: Client,
    shell: Shell,
    editor: LineEditor,
    screen: Screen,
    options: ReplOptions,
    /// Bytes seen by `:wire` since the last command.
    wire: Arc<Mutex<Vec<(Direction, Vec<u8>)>>>,
    wired: bool,
}

/// Whether the shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Stay,
    Leave,
}

/// What came of a command.
enum Outcome {
    Replies(Vec<Reply>, Duration),
    /// The connection was lost, or given up by a second Ctrl-C.
    Lost(ConnError),
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
        let editor = LineEditor::start(look, &options.config, options.history.clone())
            .map_err(|error| Error::usage(format!("the terminal cannot be used: {error}")))?;
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
                    return Err(Error::usage(format!("the terminal was lost: {reason}")));
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
    async fn wait_for_line(&mut self) -> Result<Typed> {
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
                let echo = format!("{}{line}\n", self.prompt());
                let echo = self.shell.style.paint(Ink::Dim, echo);
                self.screen.show(&echo)?;
            }
            if self.line(line, hooks).await? == Flow::Leave {
                return Ok(Flow::Leave);
            }
        }
        Ok(Flow::Stay)
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

    fn said(&mut self, said: Result<Said>) -> Result<Flow> {
        match said {
            Ok(said) => {
                self.screen.show(&said.text)?;
                Ok(if said.leave { Flow::Leave } else { Flow::Stay })
            }
            Err(error) => {
                let mut text = self.shell.style.paint(Ink::Bad, &error.message);
                text.push('\n');
                if let Some(hint) = &error.hint {
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
            let echo = format!("{}{line}\n", self.prompt());
            let echo = self.shell.style.paint(Ink::Dim, echo);
            self.screen.show(&echo)?;
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

    /// Runs one command and shows what came of it. The flag tells whether it
    /// was answered.
    async fn command(
        &mut self,
        argv: &Argv,
        typed: &str,
        program: Option<&str>,
        hooks: &mut impl Hooks,
    ) -> Result<(Flow, bool)> {
        if let Some(refusal) = self.client.state.refuse_lost(argv) {
            self.screen
                .reply(argv, &refusal, Output::Pretty, false)
                .await?;
            return Ok((Flow::Stay, false));
        }
        if !self.client.is_connected() {
            if let Err(error) = self.client.connect().await {
                self.say_unreachable(&error)?;
                return Ok((Flow::Stay, false));
            }
            self.rewire();
            let text = self.back();
            self.screen.show(&text)?;
        }
        if !self.confirmed(argv).await? {
            return Ok((Flow::Stay, false));
        }
        let known = self.shell.prepare(&self.client, argv).await;
        let mut outcome = self.call(argv).await?;
        if let Outcome::Lost(error) = &outcome
            && self.may_repeat(argv)
        {
            // Reading twice harms nobody.
            let text = self.lose(error);
            self.screen.show(&text)?;
            if self.client.connect().await.is_ok() {
                self.rewire();
                outcome = self.call(argv).await?;
            }
        }
        let (replies, took) = match outcome {
            Outcome::Replies(replies, took) => (replies, took),
            Outcome::Lost(error) => {
                self.lost_in_flight(argv, &error).await?;
                return Ok((Flow::Stay, false));
            }
        };
        self.drain_wire();
        match program {
            Some(program) => {
                let text = screen::plain_text(argv, &replies);
                if let Err(error) = screen::run_program(program, text).await {
                    return self.said(Err(error)).map(|flow| (flow, true));
                }
            }
            None => {
                let utf8 = self.shell.switches.utf8;
                for reply in &replies {
                    self.screen.reply(argv, reply, Output::Pretty, utf8).await?;
                }
                if took >= SLOW {
                    self.screen
                        .show(&format!("({:.2}s)\n", took.as_secs_f64()))?;
                }
            }
        }
        let was_ok = !replies.iter().any(Reply::is_error);
        if was_ok
            && self.shell.switches.hints
            && let Some(hint) = teach::lost_quotes(typed, self.shell.lang)
        {
            let hint = self.shell.remark(&hint);
            self.screen.show(&hint)?;
        }
        let seen = replies.clone();
        let text = self
            .shell
            .conclude(&self.client, argv, replies, took, known)
            .await;
        self.screen.show(&text)?;
        let said = hooks.after(argv, &seen).await;
        let flow = self.said(said)?;
        Ok((flow, true))
    }

    /// Sends a command and waits for its replies. Ctrl-C ends a blocking one;
    /// pressed again, it gives up the connection.
    async fn call(&mut self, argv: &Argv) -> Result<Outcome> {
        let started = Instant::now();
        let style = self.shell.style;
        let (id, target) = (self.client.id(), self.client.target().clone());
        let login = self.client.state.login.clone();
        let lang = self.shell.lang;
        let mut replies = Vec::new();
        let mut failed = Ok(());
        let screen = &mut self.screen;
        let reading = matches!(
            name_of(argv).as_str(),
            "subscribe" | "psubscribe" | "ssubscribe"
        );
        if reading && self.client.state.transaction.is_none() {
            screen.show(lang.pick(
                "Reading messages... (press Ctrl-C to leave)\n",
                "Czekam na wiadomości... (Ctrl-C kończy)\n",
            ))?;
        }
        let ended = {
            let call = self.client.call(argv, |arrival| match arrival {
                Arrival::Reply(reply) => replies.push(reply),
                Arrival::Message(message) => {
                    let shown = screen.show(&screen::message_text(&message, style));
                    if failed.is_ok() {
                        failed = shown;
                    }
                }
            });
            tokio::pin!(call);
            let mut presses = 0;
            loop {
                tokio::select! {
                    ended = &mut call => break ended,
                    _ = tokio::signal::ctrl_c() => {
                        presses += 1;
                        if presses > 1 {
                            break Err(ConnError::Closed);
                        }
                        let unblocked = unblock(&target, login.as_ref(), id).await;
                        if !unblocked {
                            screen::note(&lang.pick(
                                "waiting for the server; Ctrl-C again gives up the connection",
                                "czekam na serwer; kolejne Ctrl-C porzuci połączenie",
                            ).to_owned());
                        }
                    }
                }
            }
        };
        failed?;
        Ok(match ended {
            Ok(()) => Outcome::Replies(replies, started.elapsed()),
            Err(error) => Outcome::Lost(error),
        })
    }

    /// Whether a command may be sent a second time after a loss: it only
    /// reads, and nothing it may depend on was lost.
    fn may_repeat(&self, argv: &[Vec<u8>]) -> bool {
        let reads = crate::catalog::find_argv(argv)
            .is_some_and(|command| command.is_read_only() && !command.is_blocking());
        let state = &self.client.state;
        reads && state.transaction.is_none() && !state.watching && !state.is_subscribed()
    }

    async fn lost_in_flight(&mut self, argv: &[Vec<u8>], error: &ConnError) -> Result<()> {
        let lang = self.shell.lang;
        let stopped = name_of(argv) == "shutdown";
        let mut text = self.lose(error);
        if !stopped {
            text.push_str(&self.shell.remark(lang.pick(
                "whether this command was run is not known; it was not sent again",
                "nie wiadomo, czy to polecenie się wykonało; nie wysłano go ponownie",
            )));
        }
        self.screen.show(&text)?;
        if !stopped && self.client.connect().await.is_ok() {
            self.rewire();
            let text = self.back();
            self.screen.show(&text)?;
        }
        Ok(())
    }

    /// Gives up the connection; the text names what went with it.
    fn lose(&mut self, error: &ConnError) -> String {
        let lang = self.shell.lang;
        let losses = self.client.state.losses(lang);
        self.client.disconnect();
        let style = self.shell.style;
        let mut text = style.paint(Ink::Bad, format!("{error}\n"));
        if !losses.is_empty() {
            let lost = lang.pick("lost", "przepadło");
            text.push_str(&self.shell.remark(&format!("{lost}: {}", losses.join(", "))));
        }
        if self.client.state.lost_transaction {
            text.push_str(&self.shell.remark(lang.pick(
                "nothing more of that transaction is sent; EXEC or DISCARD ends it",
                "nic więcej z tej transakcji nie zostanie wysłane; kończy ją EXEC albo DISCARD",
            )));
        }
        text
    }

    /// What is said when the connection is there again.
    fn back(&self) -> String {
        let lang = self.shell.lang;
        let restored = self.client.state.restored(lang);
        let mut text = lang.pick("connected again", "znowu połączono").to_owned();
        if !restored.is_empty() {
            let label = lang.pick("restored", "przywrócono");
            text.push_str(&format!("; {label}: {}", restored.join(", ")));
        }
        self.shell.remark(&text)
    }

    fn say_unreachable(&mut self, error: &ConnError) -> Result<()> {
        let lang = self.shell.lang;
        let mut text = self.shell.style.paint(Ink::Bad, format!("{error}\n"));
        text.push_str(&self.shell.remark(lang.pick(
            "the shell goes on and keeps trying; help works without a server",
            "powłoka działa dalej i próbuje się połączyć; pomoc działa bez serwera",
        )));
        self.screen.show(&text)
    }

    /// Asks before destructive commands on somebody's server.
    async fn confirmed(&mut self, argv: &[Vec<u8>]) -> Result<bool> {
        if self.options.private || !self.options.config.confirm {
            return Ok(true);
        }
        let Some(danger) = danger(argv) else {
            return Ok(true);
        };
        let lang = self.shell.lang;
        let mut what = danger.text(lang).to_owned();
        if danger == Danger::BlocksServer {
            let size = match self.shell.side.beside(&self.client).await {
                Ok(side) => side.ask(&["DBSIZE"]).await.ok().and_then(|n| n.as_int()),
                Err(_) => None,
            };
            match size {
                Some(n) if n > MANY_KEYS => what = format!("{what} ({n})"),
                _ => return Ok(true),
            }
        }
        let target = self.client.target().to_string();
        self.screen.show(&format!("{target}: {what}\n"))?;
        self.editor
            .ask_answer(lang.pick("type yes to go on: ", "wpisz tak, żeby kontynuować: "));
        let answer = self.wait_for_line().await?;
        let yes = matches!(&answer, Typed::Line(text) if is_yes(text));
        if !yes {
            let text = self.shell.remark(lang.pick("not sent", "nie wysłano"));
            self.screen.show(&text)?;
        }
        Ok(yes)
    }

    /// Puts the tap of `:wire` where it belongs after a switch or reconnect.
    fn rewire(&mut self) {
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
    fn drain_wire(&mut self) {
        let seen = std::mem::take(&mut *self.wire.lock().unwrap_or_else(PoisonError::into_inner));
        for (direction, bytes) in seen {
            let text = wire::annotate(direction, &bytes, self.shell.lang, self.shell.style);
            // The reply itself is shown next; a lost terminal shows there.
            let _ = self.screen.show(&text);
        }
    }
}

fn is_yes(text: &str) -> bool {
    matches!(
        text.trim().to_lowercase().as_str(),
        "yes" | "y" | "tak" | "t"
    )
}

/// Ends a blocking command from a connection of its own; whether it did.
async fn unblock(target: &Target, login: Option<&Argv>, id: Option<i64>) -> bool {
    let Some(id) = id else {
        return false;
    };
    let attempt = async {
        let mut connection = Connection::connect(target).await.ok()?;
        if let Some(login) = login {
            connection.call(login).await.ok()?;
        }
        let id = id.to_string();
        connection
            .call(&["CLIENT", "UNBLOCK", &id])
            .await
            .ok()?
            .as_int()
    };
    let answer = tokio::time::timeout(Duration::from_secs(1), attempt).await;
    matches!(answer, Ok(Some(1)))
}

/// The greeting of the shell.
pub fn banner(server: &str, lang: Lang) -> String {
    lang.pick(
        format!("{server}\nTab completes, help explains, :help shows more, Ctrl-D leaves.\n"),
        format!("{server}\nTab uzupełnia, help wyjaśnia, :help pokazuje więcej, Ctrl-D kończy.\n"),
    )
}
