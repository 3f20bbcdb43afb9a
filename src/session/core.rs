//! The session: lines in, events out. It reads what a line asks for, runs
//! commands, answers the words, and gives a mode its turn.
//!
//! It has no terminal, no files and no processes. What only a person's own
//! terminal may do it hands on as a [`Wish`]; a front end without one answers
//! [`Wish::refusal`].

use super::event::{Event, Out};
use super::flow::{Flow, Wish};
use super::help;
use super::hooks::{Aside, Desk, Hooks, Said};
use super::line::{self, Line, Typed};
use super::run::{Ran, is_yes};
use super::seats::Seats;
use super::shell::Shell;
use super::teach;
use super::word::{Meant, find};
use super::words::{self, Act, WORDS};
use crate::conn::state::Argv;
use crate::conn::{Client, Direction, Stop};
use crate::error::{Error, Result};
use crate::render::style::Ink;
use std::sync::{Arc, Mutex};

/// A command that waits for the answer to a question.
#[derive(Debug)]
struct Asked {
    argv: Argv,
    times: u64,
}

/// Bytes seen by `:wire`, those of one direction together.
type Seen = (Direction, Vec<u8>);

/// A learner's session with a server.
#[derive(Debug)]
pub struct Session {
    /// The connection, with what it has been told.
    pub client: Client,
    /// What is remembered and switched on.
    pub shell: Shell,
    /// What the prompt calls the server: `lab`, or host and port.
    pub label: String,
    /// The server is the lab's own: nothing on it can be lost.
    pub private: bool,
    /// Ask before destructive commands where something can be lost.
    pub confirm: bool,
    /// Say how messages are left when some are subscribed to.
    pub greets_messages: bool,
    /// Where there are several connections, a command that waits gives the
    /// prompt back.
    pub gives_back: bool,
    /// The other connections.
    pub seats: Seats,
    pub(super) out: Out,
    pub(super) stop: Stop,
    /// Ctrl-C ended something of the last line.
    pub(super) was_stopped: bool,
    asked: Option<Asked>,
    /// Bytes seen by `:wire` since the last command.
    pub(super) wire: Arc<Mutex<Vec<Seen>>>,
}

impl Session {
    /// A session on a client, which need not be connected yet, on a private
    /// server called `lab`.
    pub fn new(client: Client, shell: Shell, out: Out) -> Session {
        let stop = client.target().stop().clone();
        Session {
            client,
            shell,
            label: "lab".to_owned(),
            private: true,
            confirm: true,
            greets_messages: true,
            gives_back: false,
            seats: Seats::default(),
            out,
            stop,
            was_stopped: false,
            asked: None,
            wire: Arc::default(),
        }
    }

    /// What ends the waiting of this session.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Whether Ctrl-C ended something of the last line, so that nothing that
    /// was to follow it is to be done.
    pub fn was_stopped(&self) -> bool {
        self.was_stopped || self.stop.is_pressed()
    }

    /// Begins anew: a new connection to the same server, nothing remembered,
    /// as for another exercise.
    pub fn renew(&mut self) {
        self.client.retarget(self.client.target().clone());
        let Shell {
            lang,
            style,
            switches,
            output,
            columns,
            ..
        } = self.shell;
        self.shell = Shell::new(lang, style, switches);
        self.shell.output = output;
        self.shell.columns = columns;
        self.seats = Seats::default();
        self.asked = None;
    }

    /// The prompt, as redis-cli writes it.
    pub fn prompt(&self) -> String {
        let label = match self.seats.name() {
            None => self.label.clone(),
            // As in lessons, where the server goes without saying.
            Some(name) if self.private => name.to_owned(),
            Some(name) => format!("{} {name}", self.label),
        };
        if self.seats.waiting.is_some() {
            format!("{label}(waiting)> ")
        } else if self.client.is_connected() {
            self.client.state.prompt(&label)
        } else if self.client.state.lost_transaction {
            "not connected(TX lost)> ".to_owned()
        } else {
            "not connected> ".to_owned()
        }
    }

    /// Asks the server for its commands, once a connection; whether it did.
    pub async fn learn(&mut self) -> bool {
        self.shell.learn(&self.client).await
    }

    pub(super) fn desk(&mut self) -> Desk<'_> {
        Desk {
            client: &mut self.client,
            shell: &mut self.shell,
            label: &mut self.label,
            out: &self.out,
            stop: &self.stop,
        }
    }

    /// The session begins: the mode's first words.
    ///
    /// # Errors
    /// When the mode cannot begin.
    pub async fn begin(&mut self, hooks: &mut impl Hooks) -> Result<()> {
        let said = hooks.begin(self.desk()).await?;
        self.out.say(said.text);
        Ok(())
    }

    /// What stands beside the next prompt, where anything does.
    pub async fn aside(&mut self, hooks: &mut impl Hooks) -> Option<Aside> {
        hooks.aside(self.desk()).await
    }

    /// Enter was pressed on an empty line.
    pub async fn blank(&mut self, hooks: &mut impl Hooks) -> Flow {
        let said = hooks.blank(self.desk()).await;
        self.drain_wire();
        self.said(said)
    }

    /// Takes a line: what it asks for is done, or handed on as a wish. After
    /// an [`Event::Question`] the next line is its answer.
    pub async fn line(&mut self, typed: &Typed<'_>, hooks: &mut impl Hooks) -> Flow {
        self.was_stopped = false;
        if let Some(asked) = self.asked.take() {
            return self.answered(asked, is_yes(typed.text), hooks).await;
        }
        if matches!(typed.asks, Line::Command { .. } | Line::BadRepeat)
            && let Some(said) = hooks.answer(self.desk(), typed).await
        {
            return self.said(said);
        }
        match &typed.asks {
            Line::Blank => {}
            Line::Leave => return Flow::Leave,
            Line::Clear => return Flow::Wish(Wish::Clear),
            Line::Connect(host, port) => {
                return Flow::Wish(Wish::Connect(host.clone(), *port));
            }
            Line::Help(topic) => {
                self.learn().await;
                let Shell {
                    lang,
                    style,
                    commands,
                    ..
                } = &self.shell;
                let text = help::help(topic, commands, &hooks.words(), *lang, *style);
                self.out.say(text);
            }
            Line::Meta(name, args) => return self.word(name, args, hooks).await,
            Line::BadRepeat => self.refuse(line::INVALID_REPEAT),
            Line::Unreadable(error) => {
                self.refuse(line::INVALID_ARGUMENTS);
                let hint = teach::about_unreadable(typed.text, error, self.shell.lang);
                self.out.say(self.shell.remark(&hint));
            }
            Line::Command { .. } if typed.shell_pipe().is_some() => {
                return Flow::Wish(Wish::Program);
            }
            Line::Command { argv, times } => {
                return self.command_line(argv, *times, typed, hooks).await;
            }
        }
        Flow::Stay
    }

    /// A command was typed: the mode may take it, a word may have been meant,
    /// and what destroys much is asked about first.
    async fn command_line(
        &mut self,
        argv: &Argv,
        times: u64,
        typed: &Typed<'_>,
        hooks: &mut impl Hooks,
    ) -> Flow {
        if times == 1
            && let Some(said) = hooks.before(self.desk(), argv).await
        {
            return self.said(said);
        }
        if times == 1
            && let Some(meant) = Meant::by(argv, &hooks.words())
        {
            return match meant {
                Meant::Word(name) => self.word(name, &[], hooks).await,
                Meant::Next => self.blank(hooks).await,
                Meant::Leave => Flow::Leave,
            };
        }
        let mut question = self.question(argv).await;
        if let Some(reason) = hooks.warns(argv).filter(|_| question.is_none()) {
            question = Some(self.asks_first(&reason));
        }
        if let Some(question) = question {
            self.asked = Some(Asked {
                argv: argv.clone(),
                times,
            });
            self.out.tell(Event::Question(question));
            return Flow::Stay;
        }
        self.commands(argv, times, Some(typed), hooks).await
    }

    async fn answered(&mut self, asked: Asked, yes: bool, hooks: &mut impl Hooks) -> Flow {
        if yes {
            return self.commands(&asked.argv, asked.times, None, hooks).await;
        }
        let lang = self.shell.lang;
        self.out
            .say(self.shell.remark(lang.pick("not sent", "nie wysłano")));
        Flow::Stay
    }

    async fn commands(
        &mut self,
        argv: &Argv,
        times: u64,
        typed: Option<&Typed<'_>>,
        hooks: &mut impl Hooks,
    ) -> Flow {
        for _ in 0..times {
            match self.command(argv, typed, hooks).await {
                Ran::Answered(Flow::Stay) => {}
                Ran::Answered(flow) => return flow,
                // The rest would be too.
                Ran::Refused | Ran::Lost | Ran::Waits => break,
            }
            if self.was_stopped() {
                break;
            }
        }
        Flow::Stay
    }

    /// Runs one command, as if it had been typed.
    pub async fn run(&mut self, argv: &Argv, hooks: &mut impl Hooks) -> Ran {
        self.command(argv, None, hooks).await
    }

    /// Answers a word: the mode's own, or the shell's.
    async fn word(&mut self, name: &str, args: &[String], hooks: &mut impl Hooks) -> Flow {
        self.shell.extra = hooks.words();
        if let Some(said) = hooks.word(self.desk(), name, args).await {
            return self.said(said);
        }
        let Some(row) = find(WORDS, name) else {
            let text = words::unknown(name, &self.shell.extra);
            return self.said(Err(Error::usage(text)));
        };
        let answer = match row.act {
            Act::Knows(answer) => answer(&mut self.shell, args),
            Act::Asks(answer) => answer(&mut self.shell, &self.client, args).await,
            Act::Seats => self.sit(args).await,
            Act::Renews => self.renew_server().await,
            Act::Leaves => return Flow::Leave,
            Act::Terminal(what) => return Flow::Wish(Wish::Word(what, args.to_vec())),
        };
        self.rewire();
        self.said(answer.map(Said::text))
    }

    fn refuse(&mut self, text: &str) {
        self.out.tell(Event::Refused(text.to_owned()));
    }

    /// Tells what a hook or a word said, or why it could not.
    pub fn said(&mut self, said: Result<Said>) -> Flow {
        match said {
            Ok(said) => {
                self.out.say(said.text);
                if said.leave { Flow::Leave } else { Flow::Stay }
            }
            Err(error) => {
                let lang = self.shell.lang;
                let text = self.shell.style.paint(Ink::Bad, error.message_in(lang));
                self.out.tell(Event::Refused(text));
                if let Some(hint) = error.hint_in(lang) {
                    self.out.say(self.shell.remark(hint));
                }
                Flow::Stay
            }
        }
    }
}
