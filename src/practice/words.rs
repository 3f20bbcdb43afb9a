//! The words practice adds to the shell.

use crate::repl::MetaCommand;

/// The words.
pub const WORDS: &[MetaCommand] = &[
    MetaCommand::new(
        "task",
        "",
        "the exercise again",
        "treść ćwiczenia jeszcze raz",
    ),
    MetaCommand::new("hint", "", "the next hint", "następna podpowiedź"),
    MetaCommand::new(
        "check",
        "",
        "what is still missing",
        "czego jeszcze brakuje",
    ),
    MetaCommand::new(
        "solution",
        "",
        "our solution (ask twice before it is solved)",
        "nasze rozwiązanie (przed rozwiązaniem poproś dwa razy)",
    ),
    MetaCommand::new(
        "reset",
        "",
        "back to the start of the exercise",
        "od początku to ćwiczenie",
    ),
    MetaCommand::new(
        "skip",
        "",
        "put this one off, go to the next",
        "odłóż to ćwiczenie, przejdź do następnego",
    ),
    MetaCommand::new("list", "", "the exercises", "lista ćwiczeń"),
    MetaCommand::new("progress", "", "how far you are", "jak daleko jesteś"),
];
