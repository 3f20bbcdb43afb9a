//! The words of the shell (`:undo`): each is one row with its names, its
//! arguments, what it does in both languages, how it is completed, and its
//! function. Help, completion, suggestions and the answer all read the row.

use super::output::Output;
use super::shell::Shell;
use super::word::{Completes, Row, Word};
use crate::conn::Client;
use crate::error::Result;
use catalog::lang::Text;
use catalog::text;
use std::pin::Pin;

const SWITCH: Completes = Completes::Of(&["on", "off"]);

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

/// The shell's own words, in the order in which they are shown.
pub static WORDS: &[Row<Act>] = &[
    Row::new(
        &["help", "?"],
        [
            "these commands, or one of them",
            "te polecenia albo jedno z nich",
        ],
        Act::Knows(Shell::help),
    )
    .takes("[WORD]", Completes::Nothing),
    Row::new(
        &["explain"],
        [
            "what the last reply means, or what a command would do",
            "co znaczy ostatnia odpowiedź albo co zrobiłoby polecenie",
        ],
        Act::Asks(|shell, client, args| {
            Box::pin(async move {
                shell.learn(client).await;
                shell.explain(args)
            })
        }),
    )
    .takes("[COMMAND]", Completes::Commands),
    Row::new(
        &["diff"],
        [
            "show what each write changed",
            "pokazuj, co zmienił każdy zapis",
        ],
        Act::Knows(|shell, args| shell.switch(args, "diff", |on| &mut on.diff)),
    )
    .takes("on|off", SWITCH),
    Row::new(
        &["wire"],
        [
            "show the RESP bytes both ways",
            "pokazuj bajty RESP w obie strony",
        ],
        Act::Knows(|shell, args| shell.switch(args, "wire", |on| &mut on.wire)),
    )
    .takes("on|off", SWITCH),
    Row::new(
        &["cost"],
        [
            "complexity of the last command with the real N, and the time it took",
            "złożoność ostatniego polecenia z prawdziwym N i jego czas",
        ],
        Act::Asks(|shell, client, args| {
            Box::pin(async move {
                match args {
                    [] => shell.cost(client).await,
                    _ => shell.switch(args, "cost", |on| &mut on.cost),
                }
            })
        }),
    )
    .takes("[on|off]", SWITCH),
    Row::new(
        &["undo"],
        [
            "restore the keys the last write touched",
            "przywróć klucze ruszone ostatnim zapisem",
        ],
        Act::Asks(|shell, client, args| {
            Box::pin(async move {
                match args {
                    [] => shell.take_back(client).await,
                    _ => shell.switch(args, "undo", |on| &mut on.undo),
                }
            })
        }),
    )
    .takes("[on|off]", SWITCH),
    Row::new(
        &["code"],
        [
            "the last command as a program writes it",
            "ostatnie polecenie tak, jak pisze je program",
        ],
        Act::Knows(|shell, args| shell.code(args)),
    )
    .takes("python|rust|node|go|java", Completes::Programs),
    Row::new(
        &["peek"],
        [
            "type, expiry, encoding, memory and a view of the value",
            "typ, czas życia, kodowanie, pamięć i podgląd wartości",
        ],
        Act::Asks(|shell, client, args| Box::pin(shell.peek(client, args))),
    )
    .takes("KEY", Completes::Keys),
    Row::new(
        &["session"],
        [
            "another connection, to try transactions, waiting and messages against each other",
            "drugie połączenie: transakcje, czekanie i wiadomości jedno wobec drugiego",
        ],
        Act::Seats,
    )
    .takes("[NAME]", Completes::Sessions),
    Row::new(
        &["watch"],
        [
            "repeat a reading command on the whole screen, changes marked",
            "powtarzaj odczyt na całym ekranie, ze zmianami",
        ],
        Act::Terminal(OnTerminal::Watch),
    )
    .takes("[SECONDS] COMMAND", Completes::Commands),
    Row::new(
        &["edit"],
        [
            "write commands in $EDITOR, then run them",
            "napisz polecenia w $EDITOR, potem je wykonaj",
        ],
        Act::Terminal(OnTerminal::Edit),
    )
    .takes("[FILE]", Completes::Nothing),
    Row::new(
        &["lesson"],
        [
            "run a lesson here, or list them",
            "uruchom tu lekcję albo pokaż listę",
        ],
        Act::Terminal(OnTerminal::Lesson),
    )
    .takes("[NAME]", Completes::Nothing),
    Row::new(
        &["source"],
        ["run the commands of a file", "wykonaj polecenia z pliku"],
        Act::Terminal(OnTerminal::Source),
    )
    .takes("FILE", Completes::Nothing),
    Row::new(
        &["save"],
        [
            "save this session as the skeleton of a lesson",
            "zapisz tę sesję jako szkielet lekcji",
        ],
        Act::Terminal(OnTerminal::Save),
    )
    .takes("FILE", Completes::Nothing),
    Row::new(
        &["more"],
        [
            "what was left out of the last reply",
            "to, co pominięto z ostatniej odpowiedzi",
        ],
        Act::Terminal(OnTerminal::More),
    ),
    Row::new(
        &["pager"],
        [
            "show replies in $PAGER; auto: those longer than the screen",
            "pokazuj odpowiedzi w $PAGER; auto: dłuższe niż ekran",
        ],
        Act::Terminal(OnTerminal::Pager),
    )
    .takes("on|off|auto", Completes::Of(&["on", "off", "auto"])),
    Row::new(
        &["format"],
        [
            "the form of replies; pretty is redis-cli's",
            "postać odpowiedzi; pretty to postać z redis-cli",
        ],
        Act::Knows(Shell::format),
    )
    .takes("table|json|csv|raw|pretty", Completes::Of(Output::NAMES)),
    Row::new(
        &["timing"],
        [
            "the time from sending to the reply, under each",
            "czas od wysłania do odpowiedzi, pod każdą",
        ],
        Act::Knows(|shell, args| shell.switch(args, "timing", |on| &mut on.timing)),
    )
    .takes("on|off", SWITCH),
    Row::new(
        &["hints"],
        [
            "the quiet remarks under replies",
            "ciche uwagi pod odpowiedziami",
        ],
        Act::Knows(|shell, args| shell.switch(args, "hints", |on| &mut on.hints)),
    )
    .takes("on|off", SWITCH),
    Row::new(
        &["set"],
        [
            "the same, as redis-cli calls it",
            "to samo, jak w redis-cli",
        ],
        Act::Knows(|shell, args| shell.set(args)),
    )
    .takes("hints|nohints", Completes::Of(&["hints", "nohints"])),
    Row::new(
        &["utf8"],
        [
            "show UTF-8 text as text instead of escapes",
            "pokazuj tekst UTF-8 wprost zamiast kodów",
        ],
        Act::Knows(|shell, args| shell.switch(args, "utf8", |on| &mut on.utf8)),
    )
    .takes("on|off", SWITCH),
    Row::new(
        &["lang"],
        ["the language of the shell", "język powłoki"],
        Act::Knows(|shell, args| shell.set_lang(args)),
    )
    .takes("en|pl", Completes::Of(&["en", "pl"])),
    Row::new(
        &["reset"],
        [
            "a new, empty server in the place of the lab's own",
            "nowy, pusty serwer zamiast tego, który należy do lab",
        ],
        Act::Renews,
    ),
    Row::new(
        &["clear"],
        ["clear the screen", "wyczyść ekran"],
        Act::Terminal(OnTerminal::Clear),
    ),
    Row::new(&["quit", "exit", "q"], ["leave", "wyjście"], Act::Leaves),
];

/// The words that are heard in a mode, its own (`extra`) first: one of the
/// shell's that is called as one of them is not reached there.
pub fn heard(extra: &[Word]) -> impl Iterator<Item = &Word> {
    let own = WORDS.iter().map(|row| &row.word);
    let reached = own.filter(|own| !extra.iter().any(|word| word.is(own.name())));
    extra.iter().chain(reached)
}

/// What is said about a word that is none; `extra` are those of a mode.
pub fn unknown(name: &str, extra: &[Word]) -> Text {
    let near = heard(extra)
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
    use crate::session::word::find;
    use catalog::lang::Lang;
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
    fn a_word_of_a_mode_hides_the_shells_own() {
        let again = Row::new(&["again", "reset"], ["", ""], ()).word;
        let heard: Vec<&str> = heard(&[again]).map(Word::name).collect();
        assert_eq!(heard[0], "again");
        assert!(!heard.contains(&"reset"));
        assert_eq!(heard.len(), WORDS.len());
    }

    #[test]
    fn a_slip_is_answered_with_the_word_that_was_meant() {
        assert!(unknown("expalin", &[]).pick(Lang::En).contains(":explain?"));
        assert!(unknown("zzzzzz", &[]).pick(Lang::Pl).contains(":help"));
    }
}
