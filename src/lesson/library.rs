//! The lessons compiled into the binary, or a teacher's own from a folder.

use super::{Diagnostic, Lesson, parse};
use crate::error::{Error, Result};
use catalog::lang::Lang;
use catalog::text;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A section of the tutorial: its id and what it is about, in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The subcommand and the file's stem.
    pub id: &'static str,
    en: &'static str,
    pl: &'static str,
    en_lesson: &'static str,
    pl_lesson: &'static str,
}

macro_rules! section {
    ($id:literal, $en:literal, $pl:literal) => {
        Section {
            id: $id,
            en: $en,
            pl: $pl,
            en_lesson: include_str!(concat!("../../lessons/en/", $id, ".md")),
            pl_lesson: include_str!(concat!("../../lessons/pl/", $id, ".md")),
        }
    };
}

/// The section that has exercises only: there is nothing to run.
pub const CHALLENGES: &str = "challenges";

/// The sections in teaching order.
pub const SECTIONS: &[Section] = &[
    section!(
        "strings",
        "SET and GET, counters, expiry, databases, binary safety",
        "SET i GET, liczniki, wygasanie, bazy, dowolne bajty"
    ),
    section!(
        "lists",
        "queues and stacks: RPUSH, LRANGE, BRPOP, reliable queues",
        "kolejki i stosy: RPUSH, LRANGE, BRPOP, niezawodne kolejki"
    ),
    section!(
        "sets",
        "sets, sorted sets and hashes; a leaderboard, encodings",
        "zbiory, zbiory uporządkowane i hashe; ranking, kodowania"
    ),
    section!(
        "pubsub",
        "channels and patterns: SUBSCRIBE, PSUBSCRIBE, PUBLISH",
        "kanały i wzorce: SUBSCRIBE, PSUBSCRIBE, PUBLISH"
    ),
    section!(
        "streams",
        "entries and IDs, consumer groups, XACK: nothing gets lost",
        "wpisy i ID, grupy konsumentów, XACK: nic nie ginie"
    ),
    section!(
        "pipeline",
        "pipelines, MULTI/EXEC, WATCH and its retry loop",
        "pipeline, MULTI/EXEC, WATCH i pętla ponowień"
    ),
    section!(
        "lua",
        "scripts inside the server: EVAL, cjson, atomic transfers",
        "skrypty w serwerze: EVAL, cjson, atomowe przelewy"
    ),
    section!(
        "notifications",
        "keyspace notifications: who changed my key, what expired",
        "powiadomienia o kluczach: kto zmienił klucz, co wygasło"
    ),
    section!(
        "thumbnail",
        "a job queue made of Redis commands: upload, work, thumbnail, zip",
        "kolejka zadań z poleceń Redisa: plik, praca, miniatura, zip"
    ),
    section!(
        "challenges",
        "five challenges that combine the sections (for practice)",
        "pięć wyzwań łączących sekcje (do ćwiczeń)"
    ),
];

impl Section {
    /// What the section is about.
    pub fn summary(&self, lang: Lang) -> &'static str {
        lang.pick(self.en, self.pl)
    }

    /// The section with this id.
    pub fn find(id: &str) -> Option<&'static Section> {
        SECTIONS.iter().find(|section| section.id == id)
    }
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

    /// The ids of the lessons there are, in teaching order; a folder's further
    /// files come last, by name.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn ids(&self, lang: Lang) -> Result<Vec<String>> {
        let known = SECTIONS.iter().map(|section| section.id.to_owned());
        let Some(dir) = &self.dir else {
            return Ok(known.collect());
        };
        let folder = dir.join(lang.code());
        let entries = std::fs::read_dir(&folder).map_err(|error| {
            let folder = folder.display();
            Error::lesson(text!(
                "cannot read {folder}: {error}",
                "nie można odczytać {folder}: {error}"
            ))
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
        let mut ids: Vec<String> = known.filter(|id| found.contains(id)).collect();
        let extra: Vec<String> = found.into_iter().filter(|id| !ids.contains(id)).collect();
        ids.extend(extra);
        Ok(ids)
    }

    /// The lesson `id` in a language.
    ///
    /// # Errors
    /// When there is no such lesson, or its file is wrong.
    pub fn get(&self, id: &str, lang: Lang) -> Result<Lesson> {
        let (file, text) = self.text(id, lang)?;
        Ok(parse(id, &file, &text)?)
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
                let section = Section::find(id).ok_or_else(|| {
                    Error::usage(text!(
                        "there is no lesson \"{id}\"",
                        "nie ma lekcji \"{id}\""
                    ))
                })?;
                let text = lang.pick(section.en_lesson, section.pl_lesson);
                Ok((format!("lessons/{lang}/{id}.md"), Cow::Borrowed(text)))
            }
        }
    }
}

/// Reads a lesson file; one that is not UTF-8 is a located complaint.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub fn read_file(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| {
        let path = path.display();
        Error::lesson(text!(
            "cannot read {path}: {error}",
            "nie można odczytać {path}: {error}"
        ))
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
        Diagnostic::new(&file, &text, span, "the file is not UTF-8 here")
            .help("save it as UTF-8 (in most editors: Save with encoding)")
            .into()
    })
}
