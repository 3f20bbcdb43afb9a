//! The words practice adds to the shell, each with its function.

use super::coach::Coach;
use crate::session::Said;
use crate::session::words::{Completes, Row, Word};

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

const fn row(
    name: &'static [&'static str],
    en: &'static str,
    pl: &'static str,
    act: Act,
) -> Row<Act> {
    Row {
        word: Word {
            names: name,
            args: "",
            summary: [en, pl],
            completes: Completes::Nothing,
        },
        act,
    }
}

/// The words.
pub(super) static WORDS: &[Row<Act>] = &[
    row(
        &["task"],
        "the exercise again",
        "treść ćwiczenia jeszcze raz",
        Act::Says(|coach| Said::text(coach.view().task(coach.task()))),
    ),
    row(
        &["hint"],
        "the next hint",
        "następna podpowiedź",
        Act::Says(|coach| Said::text(coach.hint())),
    ),
    row(
        &["check"],
        "what is still missing",
        "czego jeszcze brakuje",
        Act::Checks,
    ),
    row(
        &["solution"],
        "our solution (ask twice before it is solved)",
        "nasze rozwiązanie (przed rozwiązaniem poproś dwa razy)",
        Act::Says(|coach| Said::text(coach.solution())),
    ),
    row(
        &["reset"],
        "back to the start of the exercise",
        "od początku to ćwiczenie",
        Act::Says(Coach::reset),
    ),
    row(
        &["skip"],
        "put this one off, go to the next",
        "odłóż to ćwiczenie, przejdź do następnego",
        Act::Says(Coach::skip),
    ),
    row(
        &["list"],
        "the exercises",
        "lista ćwiczeń",
        Act::Says(|coach| Said::text(coach.list())),
    ),
    row(
        &["progress"],
        "how far you are",
        "jak daleko jesteś",
        Act::Says(|coach| Said::text(coach.progress())),
    ),
];

/// Words of the shell that concern the coach too.
pub(super) static NOTED: &[Row<Act>] = &[
    row(&["undo"], "", "", Act::Notes(Coach::taken_back)),
    row(&["lang"], "", "", Act::Notes(Coach::set_lang)),
];
