//! The words practice adds to the shell.

use crate::repl::MetaCommand;

const fn word(
    name: &'static str,
    args: &'static str,
    en: &'static str,
    pl: &'static str,
) -> MetaCommand {
    MetaCommand {
        name,
        args,
        summary: [en, pl],
    }
}

/// The words.
pub const WORDS: &[MetaCommand] = &[
    word(
        "task",
        "",
        "the exercise again",
        "treść ćwiczenia jeszcze raz",
    ),
    word("hint", "", "the next hint", "następna podpowiedź"),
    word(
        "check",
        "",
        "what is still missing",
        "czego jeszcze brakuje",
    ),
    word(
        "solution",
        "",
        "our solution (ask twice before it is solved)",
        "nasze rozwiązanie (przed rozwiązaniem poproś dwa razy)",
    ),
    word(
        "reset",
        "",
        "back to the start of the exercise",
        "od początku to ćwiczenie",
    ),
    word(
        "skip",
        "",
        "put this one off, go to the next",
        "odłóż to ćwiczenie, przejdź do następnego",
    ),
    word("list", "", "the exercises", "lista ćwiczeń"),
    word("progress", "", "how far you are", "jak daleko jesteś"),
];
