//! The list of the course, `course.toml`: the order of the sections, what each
//! builds on, and the other names that they and their parts have.

use crate::error::{Error, Result};
use catalog::text;
use serde::Deserialize;
use std::collections::BTreeSet;

/// The file's name, beside the languages' folders.
pub(super) const FILE: &str = "course.toml";

/// What the list says of a section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// The stem of its files.
    pub(super) id: String,
    /// The sections it builds on, which stand above it.
    #[serde(default)]
    pub(super) after: Vec<String>,
    /// Other names of it.
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    /// Names of parts of it.
    #[serde(default)]
    pub(super) parts: Vec<String>,
}

impl Entry {
    fn names(&self) -> impl Iterator<Item = &String> {
        [&self.id].into_iter().chain(self.other_names())
    }

    fn other_names(&self) -> impl Iterator<Item = &String> {
        self.aliases.iter().chain(&self.parts)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    section: Vec<Entry>,
}

/// The list of the lessons that are built in.
pub(super) fn embedded() -> Result<Vec<Entry>> {
    read(FILE, include_str!("../../lessons/course.toml"))
}

/// Reads a list. `file` is the name used in complaints.
///
/// # Errors
/// When it is no such list, or a name stands there twice.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Entry>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let list: List = toml::from_str(text).map_err(|error| {
        let error = error.to_string();
        let error = error.trim_end();
        Error::lesson(text!("{error}", "to nie jest lista sekcji: {error}")).about(file)
    })?;
    let mut seen = BTreeSet::new();
    let mut names = list.section.iter().flat_map(Entry::names);
    let twice = names.find(|name| !seen.insert(*name)).cloned();
    drop(names);
    if let Some(name) = twice {
        return Err(Error::lesson(text!(
            "{file} has the name \"{name}\" twice",
            "w {file} nazwa „{name}” jest dwa razy"
        )));
    }
    for (index, Entry { id, after, .. }) in list.section.iter().enumerate() {
        let above = &list.section[..index];
        let is_above = |name: &&String| above.iter().any(|entry| entry.id == **name);
        if let Some(name) = after.iter().find(|name| !is_above(name)) {
            return Err(Error::lesson(text!(
                "{file}: \"{id}\" comes after \"{name}\", and no section above it has this id",
                "{file}: „{id}” ma być po „{name}”, a żadna sekcja wyżej nie ma takiego id"
            )));
        }
    }
    Ok(list.section)
}

/// The entries of the files there are, in the order of a list that was made
/// for other files: a file is worth more than another's name.
pub(super) fn that_fit(list: Vec<Entry>, files: &[String]) -> Vec<Entry> {
    let fits = |mut entry: Entry| {
        entry.aliases.retain(|name| !files.contains(name));
        entry.parts.retain(|name| !files.contains(name));
        entry.after.retain(|id| files.contains(id));
        files.contains(&entry.id).then_some(entry)
    };
    let mut entries: Vec<Entry> = list.into_iter().filter_map(fits).collect();
    add_unlisted(&mut entries, files);
    entries
}

/// The entries of the files there are, in the order of their own list.
///
/// # Errors
/// When the list names a file that is not there, or calls a section as a file
/// is called.
pub(super) fn complete(file: &str, list: Vec<Entry>, files: &[String]) -> Result<Vec<Entry>> {
    let mut entries = list;
    if let Some(Entry { id, .. }) = entries.iter().find(|entry| !files.contains(&entry.id)) {
        return Err(Error::lesson(text!(
            "{file} names the section \"{id}\", and there is no {id}.md",
            "{file} wymienia sekcję „{id}”, a pliku {id}.md nie ma"
        )));
    }
    add_unlisted(&mut entries, files);
    let is_file = |name: &&String| files.contains(name);
    if let Some(name) = entries.iter().flat_map(Entry::other_names).find(is_file) {
        return Err(Error::lesson(text!(
            "{file} has \"{name}\" as another name, and there is a lesson {name}.md",
            "w {file} „{name}” to inna nazwa sekcji, a jest też lekcja {name}.md"
        )));
    }
    Ok(entries)
}

/// Files that the list does not name come last.
fn add_unlisted(entries: &mut Vec<Entry>, files: &[String]) {
    for id in files {
        if !entries.iter().any(|entry| entry.id == *id) {
            entries.push(Entry {
                id: id.clone(),
                ..Entry::default()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::lang::Lang;

    fn files(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    const LIST: &str = "[[section]]\nid = \"geo\"\naliases = [\"places\"]\n\
                        [[section]]\nid = \"art\"\nparts = [\"music\"]\nafter = [\"geo\"]\n";

    #[test]
    fn files_come_in_the_lists_order_and_the_others_behind() {
        let list = read("course.toml", LIST).unwrap();
        let there = files(&["art", "geo", "zoo"]);
        let ids = |entries: Vec<Entry>| -> Vec<String> {
            entries.into_iter().map(|entry| entry.id).collect()
        };
        let entries = complete("course.toml", list.clone(), &there).unwrap();
        assert_eq!(entries[1].after, ["geo"]);
        assert_eq!(ids(entries), ["geo", "art", "zoo"]);
        let entries = that_fit(list.clone(), &files(&["art", "places"]));
        assert!(entries[0].after.is_empty(), "{entries:?}");
        assert_eq!(ids(entries), ["art", "places"]);
        let marked = read("course.toml", &format!("\u{feff}{LIST}")).unwrap();
        assert_eq!(marked, list);
    }

    #[test]
    fn a_list_that_does_not_fit_its_files_is_refused() {
        let refused = |text: &str, there: &[&str]| {
            let list =
                read("c.toml", text).and_then(|list| complete("c.toml", list, &files(there)));
            let error = list.unwrap_err();
            [Lang::En, Lang::Pl].map(|lang| error.message_in(lang).to_owned())
        };
        for (text, there, words) in [
            (LIST, &["geo"][..], "art.md"),
            (LIST, &["geo", "art", "music"], "music.md"),
            ("[[section]]\nid = \"a\"\nparts = [\"a\"]\n", &["a"], "a"),
            (
                "[[section]]\nid = \"a\"\nafter = [\"b\"]\n[[section]]\nid = \"b\"\n",
                &["a", "b"],
                "b",
            ),
            ("[[section]]\nname = \"a\"\n", &["a"], "name"),
            ("section = 3\n", &[], "c.toml"),
        ] {
            for message in refused(text, there) {
                assert!(message.contains(words), "{message}");
            }
        }
    }
}
