//! The words practice adds to the shell, each with its function.

use super::coach::Coach;
use crate::session::Said;
use crate::session::word::Row;

/// What a word of practice does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// The coach answers.
    Says(fn(&mut Coach) -> Said),
    /// The coach looks what is still missing.
    Checks,
    /// The coach takes note, and the shell answers its own word.
    Notes(fn(&mut Coach, &[String])),
}

/// The words.
pub(super) static WORDS: &[Row<Act>] = &[
    Row::new(
        &["task"],
        ["the exercise again", "treść ćwiczenia jeszcze raz"],
        Act::Says(|coach| Said::text(coach.view().task(coach.task()))),
    ),
    Row::new(
        &["hint"],
        ["the next hint", "następna podpowiedź"],
        Act::Says(|coach| Said::text(coach.hint())),
    ),
    Row::new(
        &["check"],
        ["what is still missing", "czego jeszcze brakuje"],
        Act::Checks,
    ),
    Row::new(
        &["solution"],
        [
            "our solution (ask twice before it is solved)",
            "nasze rozwiązanie (przed rozwiązaniem poproś dwa razy)",
        ],
        Act::Says(|coach| Said::text(coach.solution())),
    ),
    Row::new(
        &["reset"],
        [
            "back to the start of the exercise",
            "od początku to ćwiczenie",
        ],
        Act::Says(Coach::reset),
    ),
    Row::new(
        &["skip"],
        [
            "put this one off, go to the next",
            "odłóż to ćwiczenie, przejdź do następnego",
        ],
        Act::Says(Coach::skip),
    ),
    Row::new(
        &["list"],
        ["the exercises", "lista ćwiczeń"],
        Act::Says(|coach| Said::text(coach.list())),
    ),
    Row::new(
        &["progress"],
        ["how far you are", "jak daleko jesteś"],
        Act::Says(|coach| Said::text(coach.progress())),
    ),
];

/// Words of the shell that concern the coach too.
pub(super) static NOTED: &[Row<Act>] = &[
    Row::new(&["undo"], ["", ""], Act::Notes(Coach::taken_back)),
    Row::new(&["lang"], ["", ""], Act::Notes(Coach::set_lang)),
];
