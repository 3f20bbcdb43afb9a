//! The terminal's side of a session: a prompt, a line, and everything that may
//! happen in between. It adds what only a person's own terminal may do.

mod granted;
mod waiting;

use crate::conn::Client;
use crate::error::{Error, ExitCode, Result};
use crate::render::harmless::foreign;
use crate::render::style::Ink;
use crate::repl::config::Config;
use crate::repl::editor::{LineEditor, Look, Typed};
use crate::repl::screen::Screen;
use crate::repl::scripts;
use crate::repl::wording::Form;
use crate::session::line::{Line, logical_lines};
use crate::session::{self, Commands, Flow, Hooks, Out, Output, Said, Session, Shell, remark};
use catalog::lang::Lang;
use catalog::text;
use std::path::PathBuf;
use tokio::sync::mpsc::UnboundedReceiver;

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
    session: Session,
    events: UnboundedReceiver<session::Event>,
    editor: LineEditor,
    screen: Screen,
    /// What `:edit` was left with.
    edited: String,
    options: ReplOptions,
}

/// What a session is to do.
enum Do<'a> {
    /// Connect, and say the mode's first words.
    Begin,
    /// Connect.
    Connect,
    /// A line, and the program that its reply is for.
    Line(&'a session::Typed<'a>, Option<&'a str>),
    /// Enter alone.
    Blank,
    /// Leave MONITOR and subscriptions.
    LeaveMessages,
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
            commands: Commands::default(),
            extra: Vec::new(),
            sessions: Vec::new(),
            next: None,
            drops_early_keys: false,
        };
        let editor =
            LineEditor::start(look, &options.config, options.history.clone()).map_err(|error| {
                Error::usage(text!(
                    "the terminal cannot be used: {error}",
                    "nie można użyć terminala: {error}"
                ))
            })?;
        let (out, events) = Out::new();
        let mut session = Session::new(client, shell, out);
        let stop = session.stop();
        session.label.clone_from(&options.label);
        session.private = options.private;
        session.confirm = options.config.confirm;
        session.gives_back = true;
        let Config { pager, short, .. } = options.config;
        Ok(Repl {
            session,
            events,
            editor,
            screen: Screen::new(stop, pager, short),
            edited: String::new(),
            options,
        })
    }

    /// Gives the client back to where the shell was embedded.
    pub fn into_client(mut self) -> Client {
        self.session.client.set_tap(None);
        self.session.client
    }

    /// Begins anew before the next [`Repl::run`], as for another exercise.
    pub fn renew(&mut self) {
        self.session.renew();
    }

    /// Reads and runs lines until the user leaves.
    ///
    /// # Errors
    /// When the terminal is lost.
    pub async fn run(&mut self, hooks: &mut impl Hooks) -> Result<ExitCode> {
        if !self.options.banner.is_empty() {
            let style = self.session.shell.style;
            let banner = style.paint(Ink::Dim, &self.options.banner);
            self.screen.show(&banner)?;
        }
        self.measure();
        self.drive(Do::Begin, hooks).await?;
        loop {
            self.session.rewire();
            self.measure();
            self.show_events(None).await?;
            let aside = self.session.aside(hooks).await;
            self.screen.aside(aside.as_ref())?;
            self.look(hooks);
            // Between two prompts the terminal makes a signal of the key.
            if self.screen.was_interrupted() {
                if self.interrupted(hooks).await? == Flow::Leave {
                    return Ok(ExitCode::Ok);
                }
                continue;
            }
            self.editor.ask_line(&foreign(&self.session.prompt()));
            let first = self.learn(hooks).await;
            let typed = self.wait_for_line(first, hooks).await?;
            // What came before the prompt stood does not stop what is next.
            self.screen.was_interrupted();
            match typed {
                Typed::Line(text) => {
                    if self.text(&text, hooks).await? == Flow::Leave {
                        return Ok(ExitCode::Ok);
                    }
                }
                Typed::Interrupted { had_text: true } => {}
                Typed::Interrupted { had_text: false } => {
                    if self.interrupted(hooks).await? == Flow::Leave {
                        return Ok(ExitCode::Ok);
                    }
                }
                Typed::End => return Ok(ExitCode::Ok),
                Typed::Failed(reason) => {
                    let lost = text!(
                        "the terminal was lost: {reason}",
                        "utracono terminal: {reason}"
                    );
                    return Err(Error::new(ExitCode::Interrupted, lost));
                }
            }
        }
    }

    /// How wide the terminal is now.
    fn measure(&mut self) {
        self.session.shell.columns = Some(self.screen.columns() - 1);
    }

    /// Tells the editor what has changed since the last prompt.
    fn look(&mut self, hooks: &impl Hooks) {
        let (lang, style) = (self.session.shell.lang, self.session.shell.style);
        let commands = &self.session.shell.commands;
        let sessions = self.session.seats.names();
        self.editor.set_look(|look| {
            look.lang = lang;
            look.style = style;
            look.commands = commands.clone();
            look.extra = hooks.words();
            look.sessions = sessions;
            look.next = hooks.next();
            look.drops_early_keys = hooks.drops_early_keys();
        });
    }

    /// Ctrl-C on an empty line: leaves MONITOR and subscriptions.
    async fn interrupted(&mut self, hooks: &mut impl Hooks) -> Result<Flow> {
        let mut flow = Flow::Stay;
        if self.drive(Do::LeaveMessages, hooks).await? == Flow::Stay {
        } else if let Some(said) = hooks.interrupted() {
            flow = self.session.said(Ok(said));
        } else {
            let lang = self.session.shell.lang;
            let text = lang.pick("Ctrl-D or quit leaves", "Ctrl-D albo quit kończy");
            let text = self.session.shell.remark(text);
            self.screen.show(&text)?;
        }
        self.show_events(None).await?;
        Ok(flow)
    }

    /// Runs everything that was entered at once, in order.
    async fn text(&mut self, text: &str, hooks: &mut impl Hooks) -> Result<Flow> {
        let mut lines: Vec<&str> = logical_lines(text);
        lines.retain(|line| !line.trim().is_empty());
        if lines.is_empty() {
            if hooks.next().is_some() {
                // What is run now shows a prompt of its own.
                self.screen.control("\x1b[A\r\x1b[J")?;
            }
            return self.drive(Do::Blank, hooks).await;
        }
        let several = lines.len() > 1;
        for line in lines {
            if several {
                self.echo(line)?;
            }
            if self.line(line, hooks).await? == Flow::Leave {
                return Ok(Flow::Leave);
            }
            if several && self.session.was_stopped() {
                break;
            }
        }
        Ok(Flow::Stay)
    }

    /// Shows a line that nobody typed at the prompt as if somebody had.
    fn echo(&mut self, line: &str) -> Result<()> {
        let echo = format!("{}{line}\n", self.session.prompt());
        let echo = self.session.shell.style.paint(Ink::Dim, echo);
        self.screen.show(&echo)
    }

    async fn line(&mut self, text: &str, hooks: &mut impl Hooks) -> Result<Flow> {
        let mut typed = session::Typed::read(text);
        if let Line::Command { argv, .. } = &mut typed.asks
            && let Err(error) = scripts::fill_in(argv)
        {
            return self.say(Err(error)).await;
        }
        match self.drive(Do::Line(&typed, None), hooks).await? {
            Flow::Wish(wish) => self.grant(wish, &typed, hooks).await,
            flow => Ok(flow),
        }
    }

    /// Has the session do something and shows what it tells meanwhile; Ctrl-C
    /// ends whatever it waits for.
    async fn drive(&mut self, what: Do<'_>, hooks: &mut impl Hooks) -> Result<Flow> {
        let program = match &what {
            Do::Line(_, program) => *program,
            _ => None,
        };
        let form = self.form();
        let stop = self.session.stop();
        stop.forget();
        let target = self.session.client.target().to_string();
        let Shell {
            lang,
            columns,
            style,
            ..
        } = self.session.shell;
        let Repl {
            session,
            events,
            screen,
            ..
        } = self;
        let mut asked = None;
        let mut is_late = false;
        let flow = {
            let run = async {
                match what {
                    Do::Begin => {
                        if let Err(error) = session.client.connect().await {
                            session.say_unreachable(&error);
                        }
                        session.begin(hooks).await.map(|()| Flow::Stay)
                    }
                    Do::Connect => {
                        if let Err(error) = session.client.connect().await {
                            session.say_unreachable(&error);
                        }
                        Ok(Flow::Stay)
                    }
                    Do::Line(typed, _) => Ok(session.line(typed, hooks).await),
                    Do::Blank => Ok(session.blank(hooks).await),
                    Do::LeaveMessages => {
                        if session.leave_messages().await {
                            Ok(Flow::Stay)
                        } else {
                            Ok(Flow::Leave)
                        }
                    }
                }
            };
            tokio::pin!(run);
            loop {
                tokio::select! {
                    biased;
                    () = screen.interrupted() => {}
                    Some(event) = events.recv() => {
                        asked = screen.event(event, form, program).await?.or(asked);
                    }
                    flow = &mut run => break flow,
                    () = stop.late(), if !is_late => {
                        is_late = true;
                        screen.show(&remark(&late(&target, lang), columns, style))?;
                    }
                }
            }
        };
        while let Ok(event) = events.try_recv() {
            asked = screen.event(event, form, program).await?.or(asked);
        }
        match asked {
            Some(question) => Box::pin(self.answer(&question, hooks)).await,
            None => flow,
        }
    }

    /// Reads the answer to a question the session has asked.
    async fn answer(&mut self, question: &str, hooks: &mut impl Hooks) -> Result<Flow> {
        self.editor.ask_answer(&foreign(question));
        let answer = match self.wait_for_line(None, hooks).await? {
            Typed::Line(text) => text,
            _ => String::new(),
        };
        let answer = session::Typed::read(&answer);
        self.drive(Do::Line(&answer, None), hooks).await
    }

    /// How replies are shown now.
    fn form(&self) -> Form {
        let shell = &self.session.shell;
        let output = match shell.output {
            Output::Table(_) => Output::table(self.screen.columns() - 1, shell.lang),
            other => other,
        };
        Form {
            output,
            utf8: shell.switches.utf8,
            style: shell.style,
            lang: shell.lang,
        }
    }

    /// Shows what the session has told so far.
    async fn show_events(&mut self, program: Option<&str>) -> Result<()> {
        let form = self.form();
        while let Ok(event) = self.events.try_recv() {
            self.screen.event(event, form, program).await?;
        }
        Ok(())
    }

    async fn say(&mut self, said: Result<String>) -> Result<Flow> {
        self.session.said(said.map(Said::text));
        self.show_events(None).await?;
        Ok(Flow::Stay)
    }
}

/// Said when a server has not answered for a second.
fn late(target: &str, lang: Lang) -> String {
    text!(
        lang,
        "no answer from {target} yet; Ctrl-C gives up",
        "{target} jeszcze nie odpowiada; Ctrl-C przerywa czekanie"
    )
}

/// The greeting of the shell.
pub fn banner(server: &str, lang: Lang) -> String {
    text!(
        lang,
        "{server}\nTab completes, help explains, :help shows more, Ctrl-D leaves.\n",
        "{server}\nTab uzupełnia, help wyjaśnia, :help pokazuje więcej, Ctrl-D kończy.\n"
    )
}
