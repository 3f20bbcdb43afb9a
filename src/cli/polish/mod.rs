//! The command line in Polish: the same commands and options, with Polish help
//! and Polish messages about what was mistyped.
//!
//! clap has no translations. The English command is therefore taken as it is,
//! and every text in it is replaced by that of `texts.rs`; a test sees to it
//! that no text is missing there and that none is left over.

mod errors;
mod texts;

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, Command};

pub(super) use errors::explain;

/// The heading of options without a heading of their own.
const OPTIONS: &str = "Opcje";

/// The command with a Polish line on how it and each below it is used.
pub(super) fn with_usage(polish: Command) -> Command {
    // How a command is used follows from its arguments: clap works it out.
    let mut built = polish.clone();
    built.build();
    usage(polish, &mut built)
}

/// Replaces the texts of a command, its arguments and its subcommands. `path`
/// names it: empty for redis-lab itself, `thumbnail serve` for example, and
/// `SECTION` for every section.
pub(super) fn words(command: Command, path: &str) -> Command {
    let mut command = command
        .help_template(
            "{before-help}{about-with-newline}\nUżycie: {usage}\n\n{all-args}{after-help}",
        )
        .subcommand_help_heading("Polecenia")
        .subcommand_value_name("POLECENIE")
        .disable_help_flag(true)
        .disable_version_flag(true);
    let aliases: Vec<String> = command.get_visible_aliases().map(str::to_owned).collect();
    if let Some(text) = texts::about(path) {
        let text = with_aliases(text, &aliases);
        // A list of aliases in the help would be headed in English.
        command = command.about(text).visible_alias(None);
        for alias in aliases {
            command = command.alias(alias);
        }
    }
    if command.get_after_help().is_some()
        && let Some(text) = texts::after(path)
    {
        command = command.after_help(text);
    }
    command = command.mut_args(|arg| argument(arg, path));
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names {
        let path = below(path, &name);
        command = command.mut_subcommand(name, |sub| words(sub, &path));
    }
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("Pokazuje tę pomoc")
        .help_heading(OPTIONS);
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help("Pokazuje wersję")
        .help_heading(OPTIONS);
    command.arg(help).arg(version)
}

/// What a command does, and how else it is called.
pub(super) fn with_aliases(text: &str, aliases: &[String]) -> String {
    if aliases.is_empty() {
        text.to_owned()
    } else {
        format!("{text} [też: {}]", aliases.join(", "))
    }
}

fn below(path: &str, name: &str) -> String {
    format!("{path} {name}").trim_start().to_owned()
}

/// What an argument is called in the table: `--url`, or `<FILE>`.
fn name_of(arg: &Arg) -> String {
    match (arg.get_long(), arg.get_short()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => format!("<{}>", arg.get_id().as_str().to_uppercase()),
    }
}

/// The variable and the defaults of an argument, as its help shows them.
fn notes(arg: &Arg) -> String {
    let mut notes = String::new();
    if let Some(variable) = arg.get_env() {
        notes.push_str(&format!(" [zmienna: {}]", variable.to_string_lossy()));
    }
    let defaults: Vec<_> = if arg.get_action().takes_values() && !arg.is_hide_default_value_set() {
        arg.get_default_values()
            .iter()
            .map(|value| value.to_string_lossy())
            .collect()
    } else {
        Vec::new()
    };
    if !defaults.is_empty() {
        notes.push_str(&format!(" [domyślnie: {}]", defaults.join(", ")));
    }
    notes
}

/// What the values of an argument are called, where that has a Polish name.
fn value_names(arg: &Arg) -> Option<Vec<String>> {
    let names: Option<Vec<String>> = arg.get_value_names().map(|names| {
        names
            .iter()
            .map(|name| texts::value_name(name).unwrap_or(name).to_owned())
            .collect()
    });
    // Without a name of its own a value is called as the argument is.
    names.or_else(|| {
        let name = texts::value_name(&arg.get_id().as_str().to_uppercase())?;
        arg.get_action()
            .takes_values()
            .then(|| vec![name.to_owned()])
    })
}

fn argument(arg: Arg, path: &str) -> Arg {
    let Some(text) = texts::argument(path, &name_of(&arg)) else {
        return arg;
    };
    let takes_values = arg.get_action().takes_values();
    let heading = match arg.get_help_heading() {
        Some(heading) => texts::heading(heading).unwrap_or(heading).to_owned(),
        None if arg.is_positional() => "Argumenty".to_owned(),
        None => OPTIONS.to_owned(),
    };
    let values: Vec<PossibleValue> = if takes_values && !arg.is_hide_possible_values_set() {
        arg.get_possible_values()
    } else {
        Vec::new()
    };
    let values: Vec<&PossibleValue> = values.iter().filter(|value| !value.is_hide_set()).collect();
    let notes = notes(&arg);
    let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
    let short = if names.is_empty() {
        format!("{text}{notes}")
    } else {
        format!("{text}{notes} [możliwe: {}]", names.join(", "))
    };
    let described: Vec<String> = values
        .iter()
        .filter_map(|value| {
            let text = texts::value(path, &name_of(&arg), value.get_name())?;
            Some(format!("- {}: {text}", value.get_name()))
        })
        .collect();
    let long = if described.is_empty() {
        None
    } else {
        Some(format!(
            "{text}{notes}\n\nMożliwe wartości:\n{}",
            described.join("\n")
        ))
    };
    let value_names = value_names(&arg);
    let mut arg = arg.help(short).help_heading(heading).hide_env(true);
    if takes_values {
        arg = arg.hide_default_value(true).hide_possible_values(true);
    }
    if let Some(long) = long {
        arg = arg.long_help(long);
    }
    if let Some(names) = value_names {
        arg = arg.value_names(names);
    }
    arg
}

/// Gives each command the line that says how it is used. `built` is the same
/// command, finished, so that clap can tell.
fn usage(command: Command, built: &mut Command) -> Command {
    let line = built.render_usage().to_string();
    let mut command = command.override_usage(polish_usage(&line));
    for sub in built.get_subcommands_mut() {
        let name = sub.get_name().to_owned();
        // What clap adds by itself when it finishes a command has none of ours.
        if command.find_subcommand(&name).is_some() {
            command = command.mut_subcommand(name, |own| usage(own, sub));
        }
    }
    command
}

/// clap's line, without its heading.
fn polish_usage(line: &str) -> String {
    line.strip_prefix("Usage: ")
        .unwrap_or(line)
        .replace("[OPTIONS]", "[OPCJE]")
        // Further lines stand under the first, behind a longer heading.
        .replace("\n       ", "\n        ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Library;
    use catalog::lang::Lang;
    use clap::CommandFactory as _;
    use std::collections::BTreeSet;

    fn in_language(lang: Lang) -> Command {
        let sections = Library::new(None).sections(lang).unwrap();
        crate::cli::command(lang, &sections).unwrap()
    }

    /// Everything that needs a Polish text, as the keys of the table.
    fn needed(command: &Command, path: &str, needs: &mut Vec<texts::Key>) {
        // What a section is about stands in its lesson.
        if !["SECTION", "pubsub", "notifications", "thumbnail"].contains(&path) {
            needs.push(texts::Key::About(path.to_owned()));
        }
        if command.get_after_help().is_some() {
            needs.push(texts::Key::After(path.to_owned()));
        }
        for arg in command.get_arguments() {
            needs.push(texts::Key::Argument(path.to_owned(), name_of(arg)));
            if arg.get_action().takes_values() {
                for value in arg.get_possible_values() {
                    if value.get_help().is_some() {
                        let value = value.get_name().to_owned();
                        needs.push(texts::Key::Value(path.to_owned(), name_of(arg), value));
                    }
                }
            }
        }
        for sub in command.get_subcommands() {
            needed(sub, &below(path, sub.get_name()), needs);
        }
    }

    #[test]
    fn every_text_has_its_polish_one_and_none_is_left_over() {
        let mut needs = Vec::new();
        needed(&crate::cli::Cli::command(), "", &mut needs);
        let english = in_language(Lang::En);
        needed(
            english.find_subcommand("lists").unwrap(),
            "SECTION",
            &mut needs,
        );
        assert!(needs.len() > 150, "{}", needs.len());
        let mut used = BTreeSet::new();
        let missing: Vec<&texts::Key> = needs
            .iter()
            .filter(|key| match texts::find(key) {
                Some((row, _)) => {
                    used.insert(row);
                    false
                }
                None => true,
            })
            .collect();
        assert!(missing.is_empty(), "without a Polish text: {missing:#?}");
        let stale: Vec<&str> = texts::rows().filter(|row| !used.contains(row)).collect();
        assert!(stale.is_empty(), "nothing needs these texts: {stale:#?}");
    }

    #[test]
    fn every_value_has_a_polish_name() {
        // These read the same.
        let same = [
            "DB", "FORMAT", "HOST", "ID", "IDS", "JSON", "MB", "N", "PORT", "yes|no",
        ];
        fn named(command: &Command, names: &mut BTreeSet<String>) {
            let taking = |arg: &&Arg| arg.get_action().takes_values();
            let values = command.get_arguments().filter(taking);
            let values = values.filter_map(Arg::get_value_names);
            names.extend(values.flatten().map(ToString::to_string));
            for sub in command.get_subcommands() {
                named(sub, names);
            }
        }
        let mut names = BTreeSet::new();
        named(&in_language(Lang::En), &mut names);
        names.retain(|name| texts::value_name(name).is_none() && !same.contains(&name.as_str()));
        assert!(names.is_empty(), "without a Polish name: {names:?}");
    }

    #[test]
    fn nothing_english_is_left_in_any_help() {
        fn check(command: &mut Command) {
            for help in [command.render_help(), command.render_long_help()] {
                let help = help.to_string();
                for english in [
                    "Usage:",
                    "Options:",
                    "Commands:",
                    "Arguments:",
                    "[OPTIONS]",
                    "[COMMAND]",
                    "[default:",
                    "[possible",
                    "[env:",
                    "[aliases:",
                    "Print ",
                    "Examples:",
                    "Possible values",
                    "Exit codes",
                    "Global options",
                ] {
                    assert!(!help.contains(english), "{english}\n{help}");
                }
            }
            for sub in command.get_subcommands_mut() {
                check(sub);
            }
        }
        let mut command = in_language(Lang::Pl);
        command.build();
        check(&mut command);
        command.debug_assert();
    }

    #[test]
    fn the_polish_command_line_means_the_same() {
        use clap::FromArgMatches as _;
        let parse = |command: Command| {
            let line = "redis-lab keyspace --listen --key user:* --server spawn --lang pl";
            let matches = command.try_get_matches_from(line.split(' ')).unwrap();
            format!("{:?}", crate::cli::Cli::from_arg_matches(&matches).unwrap())
        };
        assert_eq!(parse(in_language(Lang::Pl)), parse(in_language(Lang::En)));
    }
}
