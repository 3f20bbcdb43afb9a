//! The guide: a lesson played in the prompt, where the learner types.
//!
//! It is a mode of the session. Text comes in screenfuls, and the lesson's next
//! command stands in the prompt: Enter alone runs it, and so does typing it.
//! Anything else is the learner's own: it runs on the session that the prompt
//! shows and changes nothing about what comes next.

mod exercise;
mod keys;
mod mend;
mod next;
mod pager;
mod show;
mod state;
mod task;
mod walk;
mod words;

pub use state::{Demos, Guide, GuideOptions, Left};

use super::hooks::{Aside, Desk, Hooks, Next, Said};
use super::line::Typed;
use super::word::{Meant, Word, find};
use crate::conn::state::{Argv, name_of};
use crate::error::Result;
use crate::render::style::Ink;
use crate::runner;
use catalog::lang::Text;
use catalog::text;
use next::same_words;
use resp::Reply;
use state::Halt;
use words::WORDS;

impl<D: Demos> Guide<D> {
    /// Shows the lesson's title, and its first step, or the one asked for; or
    /// offers to go on where it was left.
    async fn open(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let from = self.options.from;
        self.lesson = self.stage.ready(&self.lesson).await?;
        self.stage.reset().await?;
        self.turn(desk);
        self.tell(
            desk,
            &runner::Event::LessonBegan {
                id: self.lesson.id.clone(),
                title: self.lesson.title.clone(),
                lang: self.options.lang.code(),
                steps: self.lesson.steps.len(),
                server: self.stage.cast(&self.options.server),
            },
        );
        self.take(desk, None).await?;
        let mut lessons = self.options.progress.lessons.values();
        // A front end that lays the lesson out says itself how it is used.
        if self.options.events.is_none() && !lessons.any(|place| place.finished) {
            let text = self.view().line(Ink::Dim, self.introduction());
            self.say(desk, format!("\n{text}"));
        }
        let known = self.options.progress.lessons.get(&self.lesson.id).copied();
        let of = self.lesson.steps.len();
        let kept = known.filter(|place| place.step > 0 && place.step < of);
        match (from, kept) {
            (Some(step), _) => self.go_to(desk, step).await,
            (None, Some(place)) => {
                let step = place.step + 1;
                let heading = &self.lesson.steps[place.step].heading;
                let text = text!(
                    self.options.lang,
                    "You were at step {step} of {of}, \"{heading}\". Enter goes on there; :go 1 begins anew.",
                    "Ostatnio: krok {step} z {of}, „{heading}”. Enter idzie dalej od niego; :go 1 zaczyna od nowa."
                );
                let text = self.view().line(Ink::Bold, text);
                self.say(desk, format!("\n{text}"));
                self.halt = Halt::Offer(place.step);
                Ok(())
            }
            (None, None) => self.go_to(desk, 0).await,
        }
    }

    /// How a lesson is used, for somebody who has not read one to its end.
    fn introduction(&self) -> String {
        let shown = if self.options.plain {
            self.options.lang.pick(
                "The lesson's next command is named before the prompt: Enter runs it, and typing it is the same.",
                "Następne polecenie lekcji stoi przed znakiem zachęty: Enter je wykonuje, a wpisanie go to to samo.",
            )
        } else {
            self.options.lang.pick(
                "The grey command in the prompt is the lesson's next one: Enter runs it, Right takes it to change it, and typing it is the same.",
                "Szare polecenie w wierszu to następne polecenie lekcji: Enter je wykonuje, strzałka w prawo pozwala je zmienić, a wpisanie go to to samo.",
            )
        };
        let rest = self.options.lang.pick(
            "Anything else you type is yours to try. :help lists the words, Ctrl-D leaves.",
            "Wszystko inne, co wpiszesz, to twoje próby. :help pokazuje słowa, Ctrl-D kończy.",
        );
        format!("{shown} {rest}")
    }
}

impl<D: Demos> Hooks for Guide<D> {
    async fn begin(&mut self, mut desk: Desk<'_>) -> Result<Said> {
        self.open(&mut desk).await?;
        self.announce(&desk);
        Ok(Said::default())
    }

    fn drops_early_keys(&self) -> bool {
        true
    }

    fn words(&self) -> Vec<Word> {
        WORDS.iter().map(|row| row.word).collect()
    }

    fn next(&self) -> Option<Next> {
        self.in_prompt()
    }

    async fn aside(&mut self, desk: Desk<'_>) -> Option<Aside> {
        self.keys_beside(&desk).await
    }

    async fn word(
        &mut self,
        mut desk: Desk<'_>,
        name: &str,
        args: &[String],
    ) -> Option<Result<Said>> {
        self.pressed = false;
        // The lesson's sessions, not others.
        if name.eq_ignore_ascii_case("session") {
            let wanted = args.first().map_or("lab", String::as_str);
            let wanted = wanted.strip_prefix('@').unwrap_or(wanted);
            return Some(self.pick_session(&mut desk, wanted).await);
        }
        let row = find(WORDS, name)?;
        let said = self.act(&mut desk, row.act, args).await;
        self.announce(&desk);
        Some(said)
    }

    async fn answer(&mut self, mut desk: Desk<'_>, typed: &Typed<'_>) -> Option<Result<Said>> {
        let words: Argv = typed.words.iter().map(|word| word.bytes.clone()).collect();
        if Meant::by(&words, &self.words()).is_some() {
            return None;
        }
        let said = self.guessed(&mut desk, &words).await?;
        self.pressed = false;
        self.announce(&desk);
        Some(said)
    }

    async fn before(&mut self, mut desk: Desk<'_>, argv: &Argv) -> Option<Result<Said>> {
        self.pressed = false;
        let (session, line) = self.command()?;
        let is_here = *session == self.shown || self.stage.is_away(session);
        if !is_here || !same_words(argv, line) {
            return None;
        }
        self.turn(&desk);
        self.reminds = false;
        self.typed = true;
        let said = self.advance(&mut desk).await;
        self.typed = false;
        self.announce(&desk);
        Some(said.map(|()| Said::default()))
    }

    fn warns(&self, argv: &Argv) -> Option<Text> {
        let reads = catalog::find_argv(argv).is_some_and(|command| command.is_read_only());
        if reads || self.stage.is_own(&self.shown) {
            None
        } else {
            self.stage.sandbox().permit(argv).err()
        }
    }

    async fn after(&mut self, mut desk: Desk<'_>, argv: &Argv, replies: &[Reply]) -> Result<Said> {
        self.pressed = false;
        self.reminds = true;
        let failed = replies.iter().all(Reply::is_error);
        let reads = catalog::find_argv(argv).is_some_and(|command| command.is_read_only());
        self.own |= !failed && !reads && !task::keeps_to_tasks(argv);
        // An error in MULTI may be what makes EXEC give the rest up: Valkey does
        // so for a second MULTI, too.
        self.own |= failed && desk.client.state.transaction.is_some();
        // What is not in the state: replies switched off, the connection
        // ended, the server stopped or told to answer otherwise.
        self.unsure |= matches!(
            name_of(argv).as_str(),
            "acl"
                | "client"
                | "config"
                | "debug"
                | "quit"
                | "reset"
                | "shutdown"
                | "replicaof"
                | "slaveof"
                | "failover"
                | "sync"
                | "psync"
                | "script"
                | "function"
        );
        match self.attempt {
            Some(_) => self.submitted(&mut desk, argv, replies).await,
            None => {
                let said = self.tried(&mut desk, argv, replies).await;
                self.announce(&desk);
                said.map(|()| Said::default())
            }
        }
    }

    async fn blank(&mut self, mut desk: Desk<'_>) -> Result<Said> {
        self.pressed = false;
        let said = self.enter(&mut desk).await;
        self.announce(&desk);
        said
    }

    fn interrupted(&mut self) -> Option<Said> {
        if std::mem::replace(&mut self.pressed, true) {
            return Some(Said {
                text: String::new(),
                leave: true,
            });
        }
        let text = self.lang().pick(
            "Enter goes on; Ctrl-C again leaves, and your place is kept",
            "Enter idzie dalej; kolejne Ctrl-C kończy, a miejsce zostanie zapamiętane",
        );
        let text = self.paint(Ink::Dim, format!("  ▸ {text}"));
        Some(Said::text(format!("{text}\n")))
    }
}
