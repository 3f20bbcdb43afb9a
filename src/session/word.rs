//! What a word is (`:undo`), whoever has it: the shell, a lesson, practice and a
//! class each keep a table of rows.

use catalog::lang::Lang;

/// A word, but for its function.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// The names without the colon; the first is the one that is shown.
    pub names: &'static [&'static str],
    /// What follows it.
    pub args: &'static str,
    /// What it does, in English and Polish.
    pub summary: [&'static str; 2],
    /// What Tab offers behind it.
    pub completes: Completes,
}

/// What Tab offers behind a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completes {
    /// Nothing.
    Nothing,
    /// One of these.
    Of(&'static [&'static str]),
    /// Names of keys.
    Keys,
    /// Names of commands.
    Commands,
    /// The languages of `:code`.
    Programs,
    /// The names of the session's connections.
    Sessions,
}

impl Word {
    /// The name that is shown.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// What it does.
    pub fn summary(&self, lang: Lang) -> &'static str {
        lang.pick(self.summary[0], self.summary[1])
    }

    /// Whether it is called so, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// A word with what it does; `F` is what its owner can call.
#[derive(Debug, Clone, Copy)]
pub struct Row<F> {
    /// The word.
    pub word: Word,
    /// What it does.
    pub act: F,
}

impl<F: Copy> Row<F> {
    /// A word that takes nothing behind it.
    pub const fn new(names: &'static [&'static str], summary: [&'static str; 2], act: F) -> Row<F> {
        let word = Word {
            names,
            args: "",
            summary,
            completes: Completes::Nothing,
        };
        Row { word, act }
    }

    /// The same word with something behind it, and what Tab offers there.
    pub const fn takes(mut self, args: &'static str, completes: Completes) -> Row<F> {
        self.word.args = args;
        self.word.completes = completes;
        self
    }
}

/// The row of a table that is called so.
pub fn find<F>(table: &'static [Row<F>], name: &str) -> Option<&'static Row<F>> {
    table.iter().find(|row| row.word.is(name))
}

/// What a single bare word means in a mode that sets exercises, although it is
/// no command: people leave out the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// A word of the mode.
    Word(&'static str),
    /// What Enter does.
    Next,
    /// To leave.
    Leave,
}

impl Meant {
    /// What these arguments mean to a mode with these words.
    pub fn by(argv: &[Vec<u8>], words: &[Word]) -> Option<Meant> {
        let [word] = argv else { return None };
        let has = |name: &str| words.iter().any(|word| word.is(name));
        if !has("hint") {
            return None;
        }
        let word = std::str::from_utf8(word).ok()?.to_lowercase();
        Some(match word.as_str() {
            "hint" | "podpowiedź" | "podpowiedz" => Meant::Word("hint"),
            "solution" | "rozwiązanie" | "rozwiazanie" => Meant::Word("solution"),
            "check" | "sprawdź" | "sprawdz" => Meant::Word("check"),
            "task" | "zadanie" => Meant::Word("task"),
            "next" | "dalej" => Meant::Next,
            "q" | "wyjdź" | "wyjdz" | "koniec" => Meant::Leave,
            _ => return None,
        })
    }
}
