//! The words of the shell (`:undo`): each is one row with its names, its
//! arguments, what it does in both languages, how it is completed, and its
//! function. Help, completion, suggestions and the answer all read the row.

use super::output::Output;
use super::shell::Shell;
use crate::conn::Client;
use crate::error::Result;
use catalog::lang::{Lang, Text};
use catalog::text;
use std::pin::Pin;

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

const SWITCH: Completes = Completes::Of(&["on", "off"]);

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

/// What a word that asks the server comes to.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<String>> + 'a>>;

/// What a word of the shell does, and so where it works.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// The shell answers from what it knows: everywhere.
    Knows(fn(&mut Shell, &[String]) -> Result<String>),
    /// The shell answers and may ask the server: everywhere.
    Asks(for<'a> fn(&'a mut Shell, &'a Client, &'a [String]) -> Answer<'a>),
    /// Another connection stands at the prompt: where there is a session.
    Seats,
    /// A private server begins anew: where there is a session.
    Renews,
    /// It ends the shell: everywhere.
    Leaves,
    /// What only a person's own terminal may do; a session hands it on.
    Terminal(OnTerminal),
}

/// What only a person's own terminal may do for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnTerminal {
    /// Clear the screen.
    Clear,
    /// Play a lesson.
    Lesson,
    /// Show what was left out of the last reply.
    More,
    /// Have long replies shown by a program.
    Pager,
    /// Edit commands in a program.
    Edit,
    /// Repeat a command on the whole screen.
    Watch,
    /// Write a file.
    Save,
    /// Read a file.
    Source,
}

impl OnTerminal {
    /// The word that asks for it.
    pub fn word(self) -> &'static str {
        let mut rows = WORDS.iter();
        let row = rows.find(|row| matches!(row.act, Act::Terminal(own) if own == self));
        row.map_or("", |row| row.word.name())
    }
}

const fn row(
    names: &'static [&'static str],
    args: &'static str,
    summary: [&'static str; 2],
    completes: Completes,
    act: Act,
) -> Row<Act> {
    Row {
        word: Word {
            names,
            args,
            summary,
            completes,
        },
        act,
    }
}

/// The shell's own words, in the order in which they are shown.
pub static WORDS: &[Row<Act>] = &[
    row(
        &["help", "?"],
        "",
        ["these commands", "te polecenia"],
        Completes::Nothing,
        Act::Knows(Shell::help),
    ),
    row(
        &["explain"],
        "[COMMAND]",
        [
            "what the last reply means, or what a command would do",
            "co znaczy ostatnia odpowiedź albo co zrobiłoby polecenie",
        ],
        Completes::Commands,
        Act::Asks(|shell, client, args| {
            Box::pin(async move {
                shell.learn(client).await;
                shell.explain(args)
            })
        }),
    ),
    row(
        &["diff"],
        "on|off",
        [
            "show what each write changed",
            "pokazuj, co zmienił każdy zapis",
        ],
        SWITCH,
        Act::Knows(|shell, args| shell.switch(args, "diff", |on| &mut on.diff)),
    ),
    row(
        &["wire"],
        "on|off",
        [
            "show the RESP bytes both ways",
            "pokazuj bajty RESP w obie strony",
        ],
        SWITCH,
        Act::Knows(|shell, args| shell.switch(args, "wire", |on| &mut on.wire)),
    ),
    row(
        &["cost"],
        "[on|off]",
        [
            "complexity of the last command with the real N, and the time it took",
            "złożoność ostatniego polecenia z prawdziwym N i jego czas",
        ],
        SWITCH,
        Act::Asks(|shell, client, args| {
            Box::pin(async move {
                match args {
                    [] => shell.cost(client).await,
                    _ => shell.switch(args, "cost", |on| &mut on.cost),
                }
            })
        }),
    ),
    row(
        &["undo"],
        "[on|off]",
        [
            "restore the keys the last write touched",
            "przywróć klucze ruszone ostatnim zapisem",
        ],
        SWITCH,
        Act::Asks(|shell, client, args| {
            Box::pin(async move {
                match args {
                    [] => shell.take_back(client).await,
                    _ => shell.switch(args, "undo", |on| &mut on.undo),
                }
            })
        }),
    ),
    row(
        &["code"],
        "python|rust|node|go|java",
        [
            "the last command as a program writes it",
            "ostatnie polecenie tak, jak pisze je program",
        ],
        Completes::Programs,
        Act::Knows(|shell, args| shell.code(args)),
    ),
    row(
        &["peek"],
        "KEY",
        [
            "type, expiry, encoding, memory and a view of the value",
            "typ, czas życia, kodowanie, pamięć i podgląd wartości",
        ],
        Completes::Keys,
        Act::Asks(|shell, client, args| Box::pin(shell.peek(client, args))),
    ),
    row(
        &["session"],
        "[NAME]",
        [
            "another connection, to try transactions, waiting and messages against each other",
            "drugie połączenie: transakcje, czekanie i wiadomości jedno wobec drugiego",
        ],
        Completes::Sessions,
        Act::Seats,
    ),
    row(
        &["watch"],
        "[SECONDS] COMMAND",
        [
            "repeat a reading command on the whole screen, changes marked",
            "powtarzaj odczyt na całym ekranie, ze zmianami",
        ],
        Completes::Commands,
        Act::Terminal(OnTerminal::Watch),
    ),
    row(
        &["edit"],
        "[FILE]",
        [
            "write commands in $EDITOR, then run them",
            "napisz polecenia w $EDITOR, potem je wykonaj",
        ],
        Completes::Nothing,
        Act::Terminal(OnTerminal::Edit),
    ),
    row(
        &["lesson"],
        "[NAME]",
        [
            "run a lesson here, or list them",
            "uruchom tu lekcję albo pokaż listę",
        ],
        Completes::Nothing,
        Act::Terminal(OnTerminal::Lesson),
    ),
    row(
        &["source"],
        "FILE",
        ["run the commands of a file", "wykonaj polecenia z pliku"],
        Completes::Nothing,
        Act::Terminal(OnTerminal::Source),
    ),
    row(
        &["save"],
        "FILE",
        [
            "save this session as the skeleton of a lesson",
            "zapisz tę sesję jako szkielet lekcji",
        ],
        Completes::Nothing,
        Act::Terminal(OnTerminal::Save),
    ),
    row(
        &["more"],
        "",
        [
            "what was left out of the last reply",
            "to, co pominięto z ostatniej odpowiedzi",
        ],
        Completes::Nothing,
        Act::Terminal(OnTerminal::More),
    ),
    row(
        &["pager"],
        "on|off|auto",
        [
            "show replies in $PAGER; auto: those longer than the screen",
            "pokazuj odpowiedzi w $PAGER; auto: dłuższe niż ekran",
        ],
        Completes::Of(&["on", "off", "auto"]),
        Act::Terminal(OnTerminal::Pager),
    ),
    row(
        &["format"],
        "table|json|csv|raw|pretty",
        [
            "the form of replies; pretty is redis-cli's",
            "postać odpowiedzi; pretty to postać z redis-cli",
        ],
        Completes::Of(Output::NAMES),
        Act::Knows(Shell::format),
    ),
    row(
        &["timing"],
        "on|off",
        [
            "the time from sending to the reply, under each",
            "czas od wysłania do odpowiedzi, pod każdą",
        ],
        SWITCH,
        Act::Knows(|shell, args| shell.switch(args, "timing", |on| &mut on.timing)),
    ),
    row(
        &["hints"],
        "on|off",
        [
            "the quiet remarks under replies",
            "ciche uwagi pod odpowiedziami",
        ],
        SWITCH,
        Act::Knows(|shell, args| shell.switch(args, "hints", |on| &mut on.hints)),
    ),
    row(
        &["set"],
        "hints|nohints",
        [
            "the same, as redis-cli calls it",
            "to samo, jak w redis-cli",
        ],
        Completes::Of(&["hints", "nohints"]),
        Act::Knows(|shell, args| shell.set(args)),
    ),
    row(
        &["utf8"],
        "on|off",
        [
            "show UTF-8 text as text instead of escapes",
            "pokazuj tekst UTF-8 wprost zamiast kodów",
        ],
        SWITCH,
        Act::Knows(|shell, args| shell.switch(args, "utf8", |on| &mut on.utf8)),
    ),
    row(
        &["lang"],
        "en|pl",
        ["the language of the shell", "język powłoki"],
        Completes::Of(&["en", "pl"]),
        Act::Knows(|shell, args| shell.set_lang(args)),
    ),
    row(
        &["reset"],
        "",
        [
            "a new, empty server in the place of the lab's own",
            "nowy, pusty serwer zamiast tego, który należy do lab",
        ],
        Completes::Nothing,
        Act::Renews,
    ),
    row(
        &["clear"],
        "",
        ["clear the screen", "wyczyść ekran"],
        Completes::Nothing,
        Act::Terminal(OnTerminal::Clear),
    ),
    row(
        &["quit", "exit", "q"],
        "",
        ["leave", "wyjście"],
        Completes::Nothing,
        Act::Leaves,
    ),
];

/// What is said about a word that is none; `extra` are those of a mode.
pub fn unknown(name: &str, extra: &[Word]) -> Text {
    let near = extra
        .iter()
        .chain(WORDS.iter().map(|row| &row.word))
        .map(|word| (strsim::damerau_levenshtein(word.name(), name), word.name()))
        .filter(|(distance, _)| *distance <= 2)
        .min();
    match near {
        Some((_, near)) => text!(
            "there is no :{name}; did you mean :{near}?",
            "nie ma :{name}; może chodziło o :{near}?",
        ),
        None => text!(
            "there is no :{name}; :help lists what there is",
            "nie ma :{name}; :help pokaże, co jest",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_name_means_two_words() {
        let names: Vec<&str> = WORDS
            .iter()
            .flat_map(|row| row.word.names)
            .copied()
            .collect();
        let once: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(once.len(), names.len());
        assert!(names.iter().all(|name| find(WORDS, name).is_some()));
        assert!(find(WORDS, "UNDO").is_some_and(|row| row.word.name() == "undo"));
    }

    #[test]
    fn a_slip_is_answered_with_the_word_that_was_meant() {
        assert!(unknown("expalin", &[]).pick(Lang::En).contains(":explain?"));
        assert!(unknown("zzzzzz", &[]).pick(Lang::Pl).contains(":help"));
    }
}
