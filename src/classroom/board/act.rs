//! What a teacher does from the board.

use super::answer::{Fault, Told};
use super::site::{Site, language};
use crate::classroom::Seat;
use crate::classroom::recheck::Outcome;
use axum::http::StatusCode;
use catalog::lang::{Lang, Text};
use catalog::text;
use serde::Deserialize;
use serde_json::{Value, json};

/// As many characters may a sentence have.
const SENTENCE: usize = 500;

/// Everybody.
const ALL: &str = "*";

/// What is to be done.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Act {
    /// Everybody is led to a step.
    Follow { section: String, step: usize },
    /// Everybody goes alone.
    Unfollow {},
    /// A sentence to a seat, or to `*`.
    Say { to: String, text: String },
    /// A hint to a seat, or to all that are at the exercise (`*`).
    Hint {
        to: String,
        exercise: String,
        number: usize,
    },
    /// A look over a shoulder begins or ends.
    Look { seat: String, on: bool },
    /// A seat gets another name.
    Rename { seat: String, name: String },
    /// A seat is freed.
    Remove { seat: String },
    /// A raised hand is lowered.
    Lower { seat: String },
    /// An answer that was handed in is run once more.
    Recheck { seat: String, exercise: String },
    /// The class is over.
    End {},
}

impl Site {
    /// Does it; gives what the board says about it.
    pub(super) async fn act(&self, act: Act, lang: Lang) -> Told<Value> {
        let class = &self.class;
        match act {
            Act::Follow { section, step } => {
                let known = class.outline().section(&section);
                if !known.is_some_and(|known| (1..=known.steps.len()).contains(&step)) {
                    return Err(missing(text!(
                        "there is no such step",
                        "nie ma takiego kroku"
                    )));
                }
                class.follow(&section, step).await?;
            }
            Act::Unfollow {} => {
                class.unfollow().await?;
            }
            Act::Say { to, text } => {
                let text = one_line(&text);
                if text.is_empty() || text.chars().count() > SENTENCE {
                    return Err(Fault::new(
                        StatusCode::BAD_REQUEST,
                        text!(
                            "a sentence has 1 to {SENTENCE} characters",
                            "zdanie ma od 1 do {SENTENCE} znaków"
                        ),
                    ));
                }
                heard(class.say(&to, &text).await?)?;
            }
            Act::Hint {
                to,
                exercise,
                number,
            } => {
                heard(self.hint(&to, &exercise, number).await? > 0)?;
            }
            Act::Look { seat, on } => heard(class.look(&seat, on).await?)?,
            Act::Rename { seat, name } => class.rename(&seat, &name).await?,
            Act::Remove { seat } => heard(class.remove(&seat).await?)?,
            Act::Lower { seat } => heard(class.lower(&seat).await?)?,
            Act::Recheck { seat, exercise } => {
                return self.recheck(&seat, &exercise, lang).await;
            }
            Act::End {} => {
                class.end().await?;
            }
        }
        Ok(json!({}))
    }

    /// Gives a hint to one seat, or to all that are at the exercise; how many
    /// have got it.
    async fn hint(&self, to: &str, exercise: &str, number: usize) -> Told<u32> {
        let seats = match to {
            ALL => self.class.seats().await?,
            id => self.class.seat(id).await?.into_iter().collect(),
        };
        let at_it = |seat: &&Seat| to != ALL || seat.exercise == exercise;
        let mut given = 0;
        for seat in seats.iter().filter(at_it) {
            // Each in the language of the student.
            let outline = self.outline(language(Some(&seat.lang)));
            let hints = outline.exercise(exercise).map(|task| &task.hints);
            let hint = number.checked_sub(1).and_then(|at| hints?.get(at));
            let hint = hint.ok_or_else(|| {
                missing(text!("there is no such hint", "nie ma takiej podpowiedzi"))
            })?;
            given += u32::from(self.class.hint(&seat.id, exercise, hint).await?);
        }
        Ok(given)
    }

    /// Runs an answer that was handed in once more.
    async fn recheck(&self, seat: &str, exercise: &str, lang: Lang) -> Told<Value> {
        let checker = self.facts.checker.as_ref().ok_or_else(|| {
            missing(text!(
                "answers cannot be run once more here",
                "nie można tu ponownie uruchamiać odpowiedzi"
            ))
        })?;
        let outcome = checker.run(&self.class, seat, exercise, lang).await?;
        let text = verdict(&outcome, lang);
        Ok(json!({ "verdict": outcome.word(), "text": text }))
    }
}

fn missing(text: Text) -> Fault {
    Fault::new(StatusCode::NOT_FOUND, text)
}

/// The seat is not there.
pub(super) fn gone() -> Fault {
    missing(text!("there is no such seat", "nie ma takiego miejsca"))
}

/// Somebody was there to hear it.
fn heard(was: bool) -> Told<()> {
    if was {
        Ok(())
    } else {
        Err(missing(text!(
            "nobody is there any more to hear it, or the class is over",
            "nie ma już nikogo, kto by to usłyszał, albo zajęcia się skończyły"
        )))
    }
}

/// What became of an answer, in a sentence.
fn verdict(outcome: &Outcome, lang: Lang) -> String {
    let said = match outcome {
        Outcome::Solved => lang.pick("it solves the exercise", "rozwiązuje ćwiczenie"),
        Outcome::NotSolved(_) => {
            lang.pick("it does not solve the exercise", "nie rozwiązuje ćwiczenia")
        }
        Outcome::Beyond => lang.pick(
            "it took too long or too much memory, and was stopped",
            "trwało za długo albo zajęło za dużo pamięci i zostało przerwane",
        ),
        Outcome::NotHere => lang.pick(
            "this exercise cannot be run again here: it is about settings, users or files",
            "tego ćwiczenia nie da się tu powtórzyć: dotyczy ustawień, użytkowników albo plików",
        ),
        Outcome::Nothing => lang.pick(
            "no lines were handed in, or too many to keep",
            "nie przysłano wierszy albo było ich za dużo, by je zachować",
        ),
    };
    let missing = match outcome {
        Outcome::NotSolved(missing) => missing.as_slice(),
        _ => &[],
    };
    let lines = std::iter::once(said).chain(missing.iter().map(String::as_str));
    lines.collect::<Vec<_>>().join("\n")
}

/// A text without line ends and other control characters.
fn one_line(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.collect::<String>().trim().to_owned()
}
