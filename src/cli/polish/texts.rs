//! The Polish texts of the command line, by what they belong to.
//!
//! A row's key is the command (`thumbnail serve`; `redis-lab` for the program
//! itself), then the argument (`--port`, `<FILE>`), then `=` and one of its
//! values. `*` stands for every command, where one text serves them all.

mod arguments;
mod examples;
mod thumbnail;

use examples::AFTER;

/// What a text belongs to; the path of redis-lab itself is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// What a command does.
    About(String),
    /// What stands below a command's help.
    After(String),
    /// An argument of a command.
    Argument(String, String),
    /// A value of an argument.
    Value(String, String, String),
}

pub(super) fn about(path: &str) -> Option<&'static str> {
    text(&Key::About(path.to_owned()))
}

pub(super) fn after(path: &str) -> Option<&'static str> {
    text(&Key::After(path.to_owned()))
}

pub(super) fn argument(path: &str, name: &str) -> Option<&'static str> {
    text(&Key::Argument(path.to_owned(), name.to_owned()))
}

pub(super) fn value(path: &str, name: &str, value: &str) -> Option<&'static str> {
    text(&Key::Value(
        path.to_owned(),
        name.to_owned(),
        value.to_owned(),
    ))
}

fn text(key: &Key) -> Option<&'static str> {
    find(key).map(|(_, text)| text)
}

/// The row of a key, as the key written there and its text.
pub(super) fn find(key: &Key) -> Option<(&'static str, &'static str)> {
    let program = |path: &str| match path {
        "" => "redis-lab".to_owned(),
        path => path.to_owned(),
    };
    let (path, rest) = match key {
        Key::After(path) => {
            let path = program(path);
            let (row, text) = AFTER
                .iter()
                .find(|(row, _)| row.split(", ").any(|own| own == path))?;
            return Some((row, text));
        }
        Key::About(path) => (path, String::new()),
        Key::Argument(path, name) => (path, format!(" {name}")),
        Key::Value(path, name, value) => (path, format!(" {name}={value}")),
    };
    let row = |wanted: String| texts().find(|(row, _)| *row == wanted);
    let found = row(program(path) + &rest).or_else(|| row(format!("*{rest}")));
    found.map(|(row, text)| (*row, *text))
}

/// The rows of what is no help's end.
fn texts() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    arguments::TEXTS.iter().chain(thumbnail::TEXTS)
}

/// The keys of all rows.
#[cfg(test)]
pub(super) fn rows() -> impl Iterator<Item = &'static str> {
    texts().chain(AFTER).map(|(row, _)| *row)
}

/// The heading of a group of options.
pub(super) fn heading(english: &str) -> Option<&'static str> {
    match english {
        "Global options" => Some("Opcje wspólne"),
        "TLS (with a rediss:// URL)" => Some("TLS (przy adresie rediss://)"),
        _ => None,
    }
}

/// What an option's value is called; those that read the same have none here.
pub(super) fn value_name(english: &str) -> Option<&'static str> {
    Some(match english {
        "ADDR" | "ADDRESS" => "ADRES",
        "ADDRESS:PORT" => "ADRES:PORT",
        "CHANNEL" => "KANAŁ",
        "CODE" => "KOD",
        "COMMAND" => "POLECENIE",
        "DIR" => "KATALOG",
        "DIR|redis" => "KATALOG|redis",
        "FACTOR" | "TIMES" => "RAZY",
        "FILE" => "PLIK",
        "FILES" => "PLIKI",
        "FORM" => "POSTAĆ",
        "GLOB" => "WZORZEC",
        "IMAGE" => "OBRAZ",
        "KEY" => "KLUCZ",
        "KIND" => "RODZAJ",
        "LANE" => "KOLEJKA",
        "LANG" => "JĘZYK",
        "MESSAGE" => "WIADOMOŚĆ",
        "NAME" => "NAZWA",
        "NAME=VALUE" => "NAZWA=WARTOŚĆ",
        "NAME TASK every|cron WHEN" => "NAZWA ZADANIE every|cron KIEDY",
        "PAIRS" => "PARY",
        "PASSWORD" => "HASŁO",
        "PATH" => "ŚCIEŻKA",
        "PATHS" => "ŚCIEŻKI",
        "PREFIX" => "PRZEDROSTEK",
        "SECONDS" => "SEKUNDY",
        "SECTION" => "SEKCJA",
        "SECTIONS" => "SEKCJE",
        "SECTION|all" => "SEKCJA|all",
        "SHELL" => "POWŁOKA",
        "SIZE" => "ROZMIAR",
        "SPEC" => "OPIS",
        "TIME" => "CZAS",
        "TOPIC" => "TEMAT",
        "URL" => "ADRES",
        "WHEN" => "KIEDY",
        "WORD" => "SŁOWO",
        "WxH" => "SZERxWYS",
        "ZONE" => "STREFA",
        _ => return None,
    })
}
