//! The section commands. What they are follows from the lessons: a lesson file
//! is a command, its `about:` line the help, the course's list gives the order
//! and the other names.

use super::lesson::{SECTION_EXAMPLES, SectionArgs};
use super::polish;
use crate::error::{Error, Result};
use crate::lesson::{Section, singular};
use catalog::lang::Lang;
use catalog::text;
use clap::{ArgMatches, Args as _, Command, Error as ClapError, FromArgMatches as _};
use std::collections::BTreeSet;

/// Sections whose commands do more than run the lesson; the rest of them is
/// defined with the other commands.
const WITH_OPTIONS: [&str; 3] = ["pubsub", "notifications", "thumbnail"];

/// A section to run.
#[derive(Debug)]
pub struct SectionCommand {
    /// The section's id.
    pub id: String,
    /// The part of it to begin with.
    pub part: Option<String>,
    /// How to run it.
    pub args: SectionArgs,
}

/// Adds the sections to the other commands, and stands before them in the help.
///
/// # Errors
/// When a section's name is that of another command.
pub(super) fn add(commands: Command, sections: &[Section], lang: Lang) -> Result<Command> {
    refuse_taken(&commands, sections)?;
    // The other commands stand below.
    let mut place = sections.len();
    let mut commands = commands.mut_subcommands(|command| {
        place += 1;
        command.display_order(place)
    });
    let taken = names(&commands, sections);
    let also = |name: &str| singular(name).filter(|name| !taken.contains(name));
    for (place, section) in sections.iter().enumerate() {
        let Section { id, parts, .. } = section;
        commands = if WITH_OPTIONS.contains(&id.as_str()) {
            commands.mut_subcommand(id, |own| describe(own, section, place, lang))
        } else {
            let plain = plain(id, lang).aliases(also(id));
            commands.subcommand(describe(plain, section, place, lang))
        };
        for part in parts {
            let about = text!(lang, "A part of `{id}`", "Część sekcji `{id}`");
            let plain = plain(part, lang).aliases(also(part));
            commands = commands.subcommand(plain.about(about).hide(true));
        }
    }
    Ok(commands)
}

/// Every name that is given.
fn names(commands: &Command, sections: &[Section]) -> BTreeSet<String> {
    let own = commands.get_subcommands();
    let own = own.flat_map(|command| command.get_all_aliases().chain([command.get_name()]));
    let theirs = sections.iter().flat_map(|section| {
        let others = section.aliases.iter().chain(&section.parts);
        others.chain([&section.id]).map(String::as_str)
    });
    own.chain(theirs).map(str::to_owned).collect()
}

/// A command that only runs a lesson.
fn plain(name: &str, lang: Lang) -> Command {
    let command = Command::new(name.to_owned()).after_help(SECTION_EXAMPLES);
    let command = SectionArgs::augment_args(command);
    match lang {
        Lang::En => command,
        Lang::Pl => polish::words(command, "SECTION"),
    }
}

fn describe(command: Command, section: &Section, place: usize, lang: Lang) -> Command {
    let (summary, names) = (&section.summary, &section.aliases);
    let command = command.display_order(place);
    match lang {
        Lang::En => command.about(summary).visible_aliases(names),
        Lang::Pl => command
            .about(polish::with_aliases(summary, names))
            .aliases(names),
    }
}

/// Complains about a name that would hide a command.
fn refuse_taken(commands: &Command, sections: &[Section]) -> Result<()> {
    let own = commands
        .get_subcommands()
        .filter(|command| !WITH_OPTIONS.contains(&command.get_name()));
    let taken: Vec<&str> = own
        .flat_map(|command| command.get_all_aliases().chain([command.get_name()]))
        .collect();
    for Section {
        id, aliases, parts, ..
    } in sections
    {
        let mut names = aliases.iter().chain(parts).chain([id]);
        let hides = |name: &&String| taken.contains(&name.as_str());
        if let Some(name) = names.find(|name| hides(name) || !is_a_word(name)) {
            let error = if name == id {
                text!(
                    "no lesson can be called {name}.md",
                    "lekcja nie może się nazywać {name}.md"
                )
            } else {
                text!(
                    "no section can be called \"{name}\"",
                    "sekcja nie może się nazywać „{name}”"
                )
            };
            return Err(Error::lesson(error).hint(if hides(&name) {
                text!(
                    "redis-lab {name} is a command of its own: choose another name",
                    "redis-lab {name} to osobne polecenie: wybierz inną nazwę"
                )
            } else {
                text!(
                    "the name is typed as a command: letters, digits, _ and -",
                    "nazwę wpisuje się jak polecenie: litery, cyfry, _ i -"
                )
            }));
        }
    }
    Ok(())
}

/// Whether a name can be typed as a command.
fn is_a_word(name: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.chars().all(is_letter) && name.starts_with(char::is_alphanumeric)
}

/// The section that a command line asks for, if it only runs its lesson.
pub(super) fn wanted(
    matches: &ArgMatches,
    sections: &[Section],
) -> Result<Option<SectionCommand>, ClapError> {
    let Some((name, own)) = matches.subcommand() else {
        return Ok(None);
    };
    let is_part = |section: &&Section| section.parts.iter().any(|part| part == name);
    let (id, part) = match sections.iter().find(is_part) {
        Some(section) => (&section.id, Some(name.to_owned())),
        None => match sections.iter().find(|section| section.id == name) {
            Some(section) if !WITH_OPTIONS.contains(&name) => (&section.id, None),
            _ => return Ok(None),
        },
    };
    Ok(Some(SectionCommand {
        id: id.clone(),
        part,
        args: SectionArgs::from_arg_matches(own)?,
    }))
}
