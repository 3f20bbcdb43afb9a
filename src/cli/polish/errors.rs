//! What is wrong with a command line, in Polish: clap's findings in our words.

use crate::cli::value::BadValue;
use catalog::lang::Lang;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;

/// A parse error as a Polish text for standard error, with its line breaks;
/// `None` for those that are no errors (`--help`, `--version`).
pub(in crate::cli) fn explain(error: &clap::Error) -> Option<String> {
    if !error.use_stderr() {
        return None;
    }
    let mut text = format!("błąd: {}\n", sentence(error));
    for tip in tips(error) {
        text.push_str(&format!("\n  wskazówka: {tip}\n"));
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = super::polish_usage(&usage.to_string());
        text.push_str(&format!("\nUżycie: {usage}\n"));
    }
    text.push_str("\nWięcej informacji daje --help.\n");
    Some(text)
}

fn sentence(error: &clap::Error) -> String {
    let arg = || one(error, ContextKind::InvalidArg);
    let value = || one(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!(
                "nie ma polecenia '{}'",
                one(error, ContextKind::InvalidSubcommand)
            )
        }
        ErrorKind::UnknownArgument => format!("nieoczekiwany argument '{}'", arg()),
        ErrorKind::InvalidValue if value().is_empty() => {
            format!("'{}' wymaga wartości{}", arg(), possible(error))
        }
        ErrorKind::InvalidValue => {
            format!(
                "zła wartość '{}' dla '{}'{}",
                value(),
                arg(),
                possible(error)
            )
        }
        ErrorKind::ValueValidation => {
            let reason = reason(error).map(|reason| format!(": {reason}"));
            format!(
                "zła wartość '{}' dla '{}'{}",
                value(),
                arg(),
                reason.unwrap_or_default()
            )
        }
        ErrorKind::NoEquals => format!("'{}' wymaga znaku równości przed wartością", arg()),
        ErrorKind::TooManyValues => format!("nadmiarowa wartość '{}' dla '{}'", value(), arg()),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let number = |kind| match error.get(kind) {
                Some(ContextValue::Number(number)) => Some(*number),
                _ => None,
            };
            let wanted = number(ContextKind::ExpectedNumValues)
                .or_else(|| number(ContextKind::MinValues))
                .unwrap_or_default();
            let given = number(ContextKind::ActualNumValues).unwrap_or_default();
            format!(
                "'{}': oczekiwano wartości: {wanted}, podano: {given}",
                arg()
            )
        }
        ErrorKind::ArgumentConflict => match all(error, ContextKind::PriorArg) {
            others if others.is_empty() || others == [arg()] => {
                format!("'{}' można podać tylko raz", arg())
            }
            others => format!("'{}' nie łączy się z: {}", arg(), others.join(", ")),
        },
        ErrorKind::MissingRequiredArgument => {
            format!(
                "brakuje: {}",
                all(error, ContextKind::InvalidArg).join(", ")
            )
        }
        ErrorKind::MissingSubcommand => "brakuje polecenia".to_owned(),
        ErrorKind::InvalidUtf8 => "argument nie jest tekstem UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

/// The values there are, where they are few.
fn possible(error: &clap::Error) -> String {
    let values = all(error, ContextKind::ValidValue);
    if values.is_empty() {
        String::new()
    } else {
        format!("; możliwe: {}", values.join(", "))
    }
}

/// Why a value was refused.
fn reason(error: &clap::Error) -> Option<String> {
    let source = error.source()?;
    if let Some(BadValue(text)) = source.downcast_ref::<BadValue>() {
        return Some(text.pick(Lang::Pl).to_owned());
    }
    let english = source.to_string();
    Some(match english.as_str() {
        "invalid digit found in string" => "to nie jest liczba".to_owned(),
        "cannot parse integer from empty string" => "brakuje liczby".to_owned(),
        "invalid float literal" => "to nie jest liczba".to_owned(),
        "invalid IP address syntax" => "to nie jest adres IP".to_owned(),
        "number too large to fit in target type" => "za duża liczba".to_owned(),
        "number too small to fit in target type" => "za mała liczba".to_owned(),
        other => match other.split_once(" is not in ") {
            Some((_, range)) => format!("dozwolony zakres to {range}"),
            None => english,
        },
    })
}

fn tips(error: &clap::Error) -> Vec<String> {
    let kinds = [
        (ContextKind::SuggestedSubcommand, "jest podobne polecenie"),
        (ContextKind::SuggestedArg, "jest podobny argument"),
        (ContextKind::SuggestedValue, "jest podobna wartość"),
    ];
    kinds
        .into_iter()
        .filter_map(|(kind, text)| {
            let names = all(error, kind);
            let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
            (!names.is_empty()).then(|| format!("{text}: {}", names.join(", ")))
        })
        .collect()
}

fn one(error: &clap::Error, kind: ContextKind) -> String {
    all(error, kind).into_iter().next().unwrap_or_default()
}

fn all(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::{Refusal, parse};

    fn said(line: &str) -> String {
        let line = line.replacen("redis-lab", "redis-lab --lang pl", 1);
        let args: Vec<_> = line.split(' ').map(Into::into).collect();
        match parse(&args) {
            Err(Refusal::CommandLine { polish, .. }) => polish.expect("an error"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn mistakes_are_explained_in_polish() {
        for (line, parts) in [
            ("redis-lab lits", ["nie ma polecenia 'lits'", "'lists'"]),
            (
                "redis-lab lists --no-paus",
                ["argument '--no-paus'", "'--no-pause'"],
            ),
            (
                "redis-lab lists --server mine",
                [
                    "zła wartość 'mine' dla '--server <RODZAJ>'",
                    "auto, spawn, builtin",
                ],
            ),
            (
                "redis-lab serve --port x",
                ["zła wartość 'x'", "to nie jest liczba"],
            ),
            (
                "redis-lab serve --maxmemory 1tb",
                ["zła wartość '1tb'", "nieznana jednostka"],
            ),
            (
                "redis-lab thumbnail worker --concurrency 0",
                ["zła wartość '0'", "dozwolony zakres to 1..=1024"],
            ),
            (
                "redis-lab thumbnail worker --lease 5x",
                ["zła wartość '5x'", "napisz 500ms"],
            ),
            (
                "redis-lab pubsub --publish news",
                ["--publish", "oczekiwano wartości: 2, podano: 1"],
            ),
            (
                "redis-lab pubsub --listen --publish a b",
                ["nie łączy się z", "--listen"],
            ),
            (
                "redis-lab thumbnail submit",
                ["brakuje: <PLIK>", "submit [OPCJE] <PLIK>"],
            ),
            ("redis-lab lists --lang", ["wymaga wartości", "en, pl"]),
        ] {
            let text = said(line);
            assert!(text.starts_with("błąd: "), "{text}");
            for part in parts {
                assert!(text.contains(part), "{line}: no {part:?} in\n{text}");
            }
            for english in ["Usage", "error:", "tip:", "[OPTIONS]", "For more"] {
                assert!(!text.contains(english), "{line}:\n{text}");
            }
        }
    }
}
