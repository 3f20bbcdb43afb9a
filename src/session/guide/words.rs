//! The words of the guide: `:back`, `:again`, `:run` and the others, and
//! `@name`, which picks a session.

use super::state::{Demos, Guide, Halt};
use crate::error::{Error, Result};
use crate::lesson::Item;
use crate::session::hooks::{Desk, Said};
use crate::session::word::{Completes, Row};
use catalog::text;

/// What a word of the guide does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Back,
    Again,
    Go,
    Run,
    All,
    Keys,
    Task,
    Hint,
    Check,
    Solution,
    Skip,
}

pub(super) static WORDS: &[Row<Act>] = &[
    Row::new(
        &["back"],
        ["the step before this one", "poprzedni krok"],
        Act::Back,
    ),
    Row::new(
        &["again", "reset"],
        [
            "this step from its beginning, with its own data",
            "ten krok od początku, z jego danymi",
        ],
        Act::Again,
    ),
    Row::new(&["go"], ["go to step N", "przejdź do kroku N"], Act::Go)
        .takes("N", Completes::Nothing),
    Row::new(
        &["run"],
        ["run the rest of this step", "wykonaj resztę kroku"],
        Act::Run,
    ),
    Row::new(
        &["all"],
        ["run the rest of the lesson", "wykonaj resztę lekcji"],
        Act::All,
    ),
    Row::new(
        &["keys"],
        [
            "the keys the server holds; on: beside the text, where there is room",
            "klucze na serwerze; on: obok tekstu, jeśli jest miejsce",
        ],
        Act::Keys,
    )
    .takes("[on|off]", Completes::Of(&["on", "off"])),
    Row::new(
        &["task"],
        ["the exercise again", "treść ćwiczenia jeszcze raz"],
        Act::Task,
    ),
    Row::new(
        &["hint"],
        ["the next hint", "następna podpowiedź"],
        Act::Hint,
    ),
    Row::new(
        &["check"],
        ["what is still missing", "czego jeszcze brakuje"],
        Act::Check,
    ),
    Row::new(
        &["solution"],
        ["our solution", "nasze rozwiązanie"],
        Act::Solution,
    ),
    Row::new(
        &["skip"],
        ["put the exercise off", "odłóż ćwiczenie"],
        Act::Skip,
    ),
];

impl<D: Demos> Guide<D> {
    /// `:run` and `:all`: on without Enter until the step's end, or the
    /// lesson's. An exercise is nobody's to solve but the learner's.
    pub(super) async fn run_on(&mut self, desk: &mut Desk<'_>, all: bool) -> Result<()> {
        let stop = desk.stop.clone();
        let pressed = stop.pressed();
        tokio::pin!(pressed);
        loop {
            desk.out.say(self.pager.rest());
            tokio::select! {
                biased;
                // Not in the middle of a command: what it has begun is the lesson's.
                () = &mut pressed => return Ok(()),
                () = std::future::ready(()) => {}
            }
            match self.halt {
                Halt::Command | Halt::Demo => self.advance(desk).await?,
                Halt::Read if all => self.next_step(desk).await?,
                Halt::Offer(step) => self.go_to(desk, step).await?,
                // A task is left to the learner; its step goes on.
                Halt::Task(_) => self.leave_task(desk).await?,
                Halt::Exercise(_) if all => self.next_step(desk).await?,
                Halt::Read | Halt::Exercise(_) | Halt::End => return Ok(()),
            }
        }
    }

    pub(super) async fn act(
        &mut self,
        desk: &mut Desk<'_>,
        act: Act,
        args: &[String],
    ) -> Result<Said> {
        self.pager.clear();
        self.named = None;
        self.measure();
        self.reminds = false;
        match act {
            Act::Back => self.go_to(desk, self.at.step.saturating_sub(1)).await?,
            Act::Again => self.go_to(desk, self.at.step).await?,
            Act::Go => {
                let of = self.lesson.steps.len();
                let number = args.first().and_then(|word| word.parse::<usize>().ok());
                let Some(step) = number.filter(|number| (1..=of).contains(number)) else {
                    return Err(Error::usage(text!(
                        ":go takes the number of a step, 1 to {of}",
                        ":go przyjmuje numer kroku, od 1 do {of}"
                    )));
                };
                self.go_to(desk, step - 1).await?;
            }
            Act::Run => self.run_on(desk, false).await?,
            Act::All => self.run_on(desk, true).await?,
            Act::Keys => return self.keys(desk, args).await,
            Act::Task | Act::Hint | Act::Check | Act::Solution | Act::Skip => {
                return self.exercise_word(desk, act).await;
            }
        }
        Ok(Said::default())
    }

    /// `@name`: the prompt shows another session of the lesson.
    pub(super) async fn pick_session(&mut self, desk: &mut Desk<'_>, name: &str) -> Result<Said> {
        let wanted = (name != "lab").then(|| name.to_owned());
        let items = self.lesson.steps.iter().flat_map(|step| &step.items);
        let known = items
            .filter_map(|item| match item {
                Item::Run(block) => Some(&block.session),
                _ => None,
            })
            .any(|session| *session == wanted);
        if !known && wanted.is_some() {
            return Err(Error::usage(text!(
                "this lesson has no session @{name}",
                "ta lekcja nie ma sesji @{name}"
            )));
        }
        if self.stage.is_away(&wanted) {
            let text = if self.stage.is_recorded() {
                text!("{name} is a recording", "{name} to nagranie")
            } else {
                text!("{name} is down", "{name} nie działa")
            };
            return Err(Error::usage(text));
        }
        self.give(desk);
        self.take(desk, wanted).await?;
        self.reminds = true;
        Ok(Said::default())
    }
}
