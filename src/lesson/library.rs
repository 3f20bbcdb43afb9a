//! The lessons compiled into the binary, or a teacher's own from a folder.

use super::course::{self, Entry};
use super::head::{head, minutes, to_solve};
use super::{Diagnostic, Lesson, parse};
use crate::error::{Error, Result};
use catalog::lang::Lang;
use catalog::text;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A lesson that is built in.
struct Embedded {
    /// Its line in a list of sections.
    summary: &'static str,
    /// What its speaker notes plan.
    minutes: u32,
    to_solve: usize,
    text: &'static str,
}

// What the build step has found in the lessons' folder.
include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

/// A section of the tutorial: a lesson file, and what the course's list says
/// of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The subcommand and the file's stem.
    pub id: String,
    /// What it is about, in one line.
    pub summary: String,
    /// The minutes a class needs for it, as its speaker notes plan them.
    pub minutes: u32,
    /// How many tasks and exercises it has.
    pub to_solve: usize,
    /// The ids of the sections it builds on; they come before it.
    pub after: Vec<String>,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// Names of parts of it, at which it can begin.
    pub parts: Vec<String>,
}

/// Where lessons come from.
#[derive(Debug, Clone, Default)]
pub struct Library {
    dir: Option<PathBuf>,
}

impl Library {
    /// The embedded lessons, or those of `dir` (`DIR/en/*.md`, `DIR/pl/*.md`).
    pub fn new(dir: Option<&Path>) -> Library {
        Library {
            dir: dir.map(Path::to_owned),
        }
    }

    /// The ids of the lessons there are, in teaching order; files that the
    /// course's list does not name come last, by name.
    ///
    /// # Errors
    /// When the folder cannot be read, or its list is wrong.
    pub fn ids(&self, lang: Lang) -> Result<Vec<String>> {
        let entries = self.entries(lang)?.into_iter();
        Ok(entries.map(|entry| entry.id).collect())
    }

    /// The sections in teaching order.
    ///
    /// # Errors
    /// As [`Library::ids`], and when a file cannot be read.
    pub fn sections(&self, lang: Lang) -> Result<Vec<Section>> {
        let section = |entry: Entry| {
            let (summary, minutes, to_solve) = self.in_a_list(&entry.id, lang)?;
            Ok(Section {
                id: entry.id,
                summary,
                minutes,
                to_solve,
                after: entry.after,
                aliases: entry.aliases,
                parts: entry.parts,
            })
        };
        self.entries(lang)?.into_iter().map(section).collect()
    }

    /// The line that a list of sections has for a lesson, its minutes, and how
    /// much there is to solve.
    fn in_a_list(&self, id: &str, lang: Lang) -> Result<(String, u32, usize)> {
        if self.dir.is_none() {
            let embedded = embedded(id, lang)?;
            let summary = embedded.summary.to_owned();
            return Ok((summary, embedded.minutes, embedded.to_solve));
        }
        let (_, text) = self.text(id, lang)?;
        // A teacher's file: nothing in it reaches a terminal raw.
        let summary = head(&text).summary().chars();
        let summary = summary.filter(|c| !c.is_control()).collect();
        Ok((summary, minutes(&text), to_solve(&text)))
    }

    /// The id of the section that a name means, in any letter case, and the
    /// part of it, if the name is that of a part.
    ///
    /// # Errors
    /// As [`Library::ids`].
    pub fn find(&self, name: &str, lang: Lang) -> Result<Option<(String, Option<String>)>> {
        let is_meant = |own: &String| {
            own.eq_ignore_ascii_case(name)
                || singular(own).is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        let meant = |entry: Entry| {
            if is_meant(&entry.id) || entry.aliases.iter().any(is_meant) {
                return Some((entry.id, None));
            }
            let part = entry.parts.into_iter().find(is_meant)?;
            Some((entry.id, Some(part)))
        };
        Ok(self.entries(lang)?.into_iter().find_map(meant))
    }

    fn entries(&self, lang: Lang) -> Result<Vec<Entry>> {
        let Some(dir) = &self.dir else {
            let files: Vec<String> = LESSONS.iter().map(|(id, _)| (*id).to_owned()).collect();
            return course::complete(course::FILE, course::embedded()?, &files);
        };
        let files = files_in(&dir.join(lang.code()))?;
        let path = dir.join(course::FILE);
        if !path.exists() {
            return Ok(course::that_fit(course::embedded()?, &files));
        }
        let name = path.display().to_string();
        let list = course::read(&name, &read_file(&path)?)?;
        course::complete(&name, list, &files)
    }

    /// The lesson `id` in a language.
    ///
    /// # Errors
    /// When there is no such lesson, or its file is wrong.
    pub fn get(&self, id: &str, lang: Lang) -> Result<Lesson> {
        let (file, text) = self.text(id, lang)?;
        Ok(parse(id, &file, &text)?)
    }

    /// Every lesson, in teaching order.
    ///
    /// # Errors
    /// As [`Library::ids`] and [`Library::get`].
    pub fn all(&self, lang: Lang) -> Result<Vec<Lesson>> {
        let ids = self.ids(lang)?;
        ids.iter().map(|id| self.get(id, lang)).collect()
    }

    /// The lesson's file name and text.
    ///
    /// # Errors
    /// When there is no such lesson or it is not UTF-8.
    pub fn text(&self, id: &str, lang: Lang) -> Result<(String, Cow<'static, str>)> {
        match &self.dir {
            Some(dir) => {
                let path = dir.join(lang.code()).join(format!("{id}.md"));
                let text = read_file(&path)?;
                Ok((path.display().to_string(), Cow::Owned(text)))
            }
            None => {
                let text = Cow::Borrowed(embedded(id, lang)?.text);
                Ok((format!("lessons/{lang}/{id}.md"), text))
            }
        }
    }
}

/// `hash` for `hashes`: a section is meant by the name of one of its things,
/// too. `None` where a name is no plural.
pub fn singular(name: &str) -> Option<String> {
    let one = match name.strip_suffix("shes") {
        Some(stem) => format!("{stem}sh"),
        None => name.strip_suffix('s')?.to_owned(),
    };
    (!one.is_empty() && !one.ends_with('s')).then_some(one)
}

fn embedded(id: &str, lang: Lang) -> Result<&'static Embedded> {
    let lesson = LESSONS.iter().find(|(own, _)| *own == id);
    let (_, [english, polish]) = lesson.ok_or_else(|| {
        Error::usage(text!("there is no lesson \"{id}\"", "nie ma lekcji „{id}”"))
    })?;
    Ok(lang.pick(english, polish))
}

/// The ids of the lessons in a folder, by name.
fn files_in(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        let folder = folder.display();
        Error::lesson(text!("cannot read {folder}", "nie można odczytać {folder}"))
            .because(&error)
            .hint(text!(
                "a lessons folder has the folders en and pl with one .md file a section",
                "katalog lekcji ma w sobie katalogi en i pl, po jednym pliku .md na sekcję"
            ))
    })?;
    let mut found: Vec<String> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let is_lesson = path.extension().is_some_and(|extension| extension == "md");
            is_lesson.then(|| path.file_stem()?.to_str().map(str::to_owned))?
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Reads a lesson file; one that is not UTF-8 is a located complaint.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub fn read_file(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| {
        let path = path.display();
        Error::lesson(text!("cannot read {path}", "nie można odczytać {path}")).because(&error)
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]).into_owned();
        let span = super::Span {
            line: before.matches('\n').count() + 1,
            column: before
                .rsplit('\n')
                .next()
                .unwrap_or_default()
                .chars()
                .count()
                + 1,
            len: 1,
        };
        let file = path.display().to_string();
        Diagnostic::new(
            &file,
            &text,
            span,
            text!(
                "the file is not UTF-8 here",
                "w tym miejscu plik nie jest w UTF-8"
            ),
        )
        .help(text!(
            "save it as UTF-8 (in most editors: Save with encoding)",
            "zapisz go w UTF-8 (w większości edytorów: Zapisz z kodowaniem)"
        ))
        .into()
    })
}
