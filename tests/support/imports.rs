//! Which file of a crate uses which: read from `use` trees and from paths in
//! the code, tests left out. A name that a module only passes on (`pub use`)
//! is followed to the file it comes from, so that nothing hides behind a
//! re-export.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// All files below a folder that end in `.rs`.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The paths of one file.
#[derive(Debug, Default)]
struct File {
    /// Where it is, from the crate's `src`.
    place: String,
    /// Paths in `use` and in the code.
    used: Vec<Vec<String>>,
    /// What `pub use` passes on: the name, and the path it comes from.
    passed_on: Vec<(String, Vec<String>)>,
    /// How often each name occurs.
    names: BTreeMap<String, usize>,
}

/// The files of a crate by the path of their module; the root's is empty.
#[derive(Debug)]
pub struct Sources(BTreeMap<String, File>);

impl Sources {
    /// Reads the files of a crate.
    pub fn read(src: &Path) -> Self {
        let mut files: BTreeMap<String, File> = BTreeMap::new();
        for path in rust_files(src) {
            let place = path.strip_prefix(src).expect("below src");
            let place = place.to_str().expect("UTF-8").replace('\\', "/");
            let module = place.trim_end_matches(".rs").replace('/', "::");
            let module = match module.as_str() {
                "lib" | "main" | "mod" => "",
                name => name.trim_end_matches("::mod"),
            };
            let text = fs::read_to_string(&path).expect("UTF-8");
            // Tests may look around freely.
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let file = files.entry(module.to_owned()).or_default();
            file.place = place;
            Reader::new(code).read(file);
        }
        Sources(files)
    }

    /// For each module those it uses.
    pub fn arrows(&self) -> BTreeMap<&String, BTreeSet<&String>> {
        let of = |(module, file): (&'_ String, &'_ File)| -> BTreeSet<&String> {
            let passed_on = file.passed_on.iter();
            // What is passed on is used only if the file names it elsewhere.
            let own = passed_on.filter(|(name, _)| file.names.get(name).is_some_and(|n| *n > 1));
            let paths = file.used.iter().chain(own.map(|(_, path)| path));
            let used = paths.filter_map(|path| self.resolve(module, path, 0));
            used.filter(|other| *other != module).collect()
        };
        self.0.iter().map(|entry| (entry.0, of(entry))).collect()
    }

    /// For each module the first names of its paths: crates, among others.
    pub fn first_names(&self) -> BTreeMap<&String, BTreeSet<&str>> {
        let entries = self.0.iter();
        entries
            .map(|(module, file)| {
                let passed_on = file.passed_on.iter().map(|(_, path)| path);
                let paths = file.used.iter().chain(passed_on);
                let first = paths.filter_map(|path| path.first());
                (module, first.map(String::as_str).collect())
            })
            .collect()
    }

    /// The sets of files that use each other, directly or not.
    pub fn circles(&self) -> Vec<Vec<&str>> {
        let arrows = self.arrows();
        let reached: BTreeMap<&String, BTreeSet<&String>> = arrows
            .keys()
            .map(|from| {
                let mut reached = BTreeSet::new();
                let mut open = vec![*from];
                while let Some(module) = open.pop() {
                    open.extend(
                        arrows[module]
                            .iter()
                            .copied()
                            .filter(|next| reached.insert(*next)),
                    );
                }
                (*from, reached)
            })
            .collect();
        let circle = |module: &String| -> Vec<&str> {
            let back = reached[module]
                .iter()
                .filter(|other| reached[**other].contains(module));
            back.map(|other| self.0[*other].place.as_str()).collect()
        };
        let all: BTreeSet<Vec<&str>> = self.0.keys().map(circle).collect();
        all.into_iter().filter(|circle| circle.len() > 1).collect()
    }

    /// The module whose file a path leads to, seen from `module`.
    fn resolve(&self, module: &str, path: &[String], depth: usize) -> Option<&String> {
        let mut at: Vec<&str> = module.split("::").filter(|name| !name.is_empty()).collect();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            child => {
                let child = [at.as_slice(), &[child]].concat().join("::");
                self.0.get(&child)?;
            }
        }
        while let Some((name, after)) = rest.split_first() {
            let child = [at.as_slice(), &[name.as_str()]].concat();
            if !self.0.contains_key(&child.join("::")) {
                break;
            }
            at = child;
            rest = after;
        }
        let (found, file) = self.0.get_key_value(&at.join("::"))?;
        let passed_on = file.passed_on.iter();
        let origin = rest
            .first()
            .and_then(|name| passed_on.clone().find(|(own, _)| own == name));
        match origin {
            Some((_, path)) if depth < 8 => self.resolve(found, path, depth + 1).or(Some(found)),
            _ => Some(found),
        }
    }
}

/// Reads paths from Rust code: names joined by `::`, also in groups such as
/// `a::{b, c::d}`. Comments and literals are skipped.
struct Reader<'a> {
    rest: &'a str,
    /// For each open brace the path it is a group of, if any.
    groups: Vec<Option<Vec<String>>>,
    /// Since `pub use`, until `;`.
    passing_on: bool,
}

impl<'a> Reader<'a> {
    fn new(code: &'a str) -> Self {
        Reader {
            rest: code,
            groups: Vec::new(),
            passing_on: false,
        }
    }

    fn read(mut self, file: &mut File) {
        let mut before = String::new();
        while let Some(next) = self.rest.chars().next() {
            if next.is_alphabetic() || next == '_' {
                let (path, opens) = self.path();
                for name in &path {
                    *file.names.entry(name.clone()).or_default() += 1;
                }
                let word = path.join("::");
                match word.as_str() {
                    // `pub(in path)` says who may see it, and uses nothing.
                    "in" if before == "(" => drop(self.path()),
                    "use" => self.passing_on = before == "pub" || before == ")",
                    "as" => {
                        let alias = self.path().0;
                        if let (Some(last), Some(alias)) = (file.passed_on.last_mut(), alias.last())
                            && self.passing_on
                        {
                            last.0.clone_from(alias);
                        }
                    }
                    _ => self.note(path, opens, file),
                }
                before = word;
            } else {
                self.skip(next, &mut before);
            }
        }
    }

    /// Takes a path; whether a group of names follows it.
    fn path(&mut self) -> (Vec<String>, bool) {
        let mut path = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let (name, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            if !name.is_empty() {
                path.push(name.to_owned());
            }
            self.rest = after;
            match after.strip_prefix("::") {
                Some(group) if group.trim_start().starts_with('{') => {
                    self.rest = group;
                    return (path, true);
                }
                Some(next) if next.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                    self.rest = next;
                }
                _ => return (path, false),
            }
        }
    }

    fn note(&mut self, path: Vec<String>, opens: bool, file: &mut File) {
        let group = self.groups.last().cloned().flatten();
        let in_group = group.is_some();
        let mut whole = group.unwrap_or_default();
        whole.extend(path.into_iter().filter(|name| name != "self" || !in_group));
        if opens {
            self.rest = self.rest.trim_start().trim_start_matches('{');
            self.groups.push(Some(whole));
        } else if self.passing_on {
            let name = whole.last().cloned().unwrap_or_default();
            file.passed_on.push((name, whole));
        } else if whole.len() > 1 {
            file.used.push(whole);
        }
    }

    /// Goes past what is no name.
    fn skip(&mut self, next: char, before: &mut String) {
        let rest = self.rest;
        let past = |end: Option<usize>| end.map_or("", |end| &rest[end..]);
        self.rest = match next {
            '/' if rest.starts_with("//") => past(rest.find('\n')),
            '/' if rest.starts_with("/*") => past(rest.find("*/").map(|end| end + 2)),
            '"' if matches!(before.as_str(), "r" | "br") => {
                past(rest[1..].find('"').map(|at| at + 2))
            }
            '#' if matches!(before.as_str(), "r" | "br") => {
                let hashes = rest.len() - rest.trim_start_matches('#').len();
                let end = format!("\"{}", "#".repeat(hashes));
                let body = hashes + 1;
                past(
                    rest.get(body..)
                        .and_then(|b| b.find(&end))
                        .map(|at| body + at + end.len()),
                )
            }
            '"' => past(literal_end(rest, '"')),
            // A character, not a lifetime.
            '\'' if rest[1..].starts_with('\\') || rest[1..].chars().nth(1) == Some('\'') => {
                past(literal_end(rest, '\''))
            }
            '{' => {
                self.groups.push(None);
                &rest[1..]
            }
            '}' => {
                self.groups.pop();
                &rest[1..]
            }
            ';' => {
                self.passing_on = false;
                &rest[1..]
            }
            other => &rest[other.len_utf8()..],
        };
        if !next.is_whitespace() {
            *before = next.to_string();
        }
    }
}

/// The end of a literal that begins with the quote.
fn literal_end(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    let mut inside = text.char_indices().skip(1);
    inside.find_map(|(at, c)| {
        if escaped {
            escaped = false;
            return None;
        }
        escaped = c == '\\';
        (c == quote).then_some(at + 1)
    })
}
