//! Keeps the crate map true: imports point one way, and the crates that only
//! one module may use stay there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the top down; a module may use those of later rows, and
/// nothing of its own row but itself.
const LAYERS: &[&[&str]] = &[
    &["app"],
    &["cli"],
    &["practice", "walkthrough"],
    &["repl", "live", "jobs"],
    &["session"],
    &["render"],
    &["runner"],
    &["conn"],
    &["lesson"],
    &["error"],
];

/// External crates that belong to some modules only.
const OWNERS: &[(&str, &[&str])] = &[
    ("redis", &["conn", "live", "jobs"]),
    ("clap", &["cli", "app"]),
    ("colored", &["render"]),
    ("rustyline", &["repl"]),
    ("pulldown_cmark", &["lesson"]),
    ("server", &["conn", "app"]),
    ("axum", &["jobs"]),
    ("image", &["jobs"]),
];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The first module below `src` that a file belongs to.
fn module_of(path: &Path, src: &Path) -> String {
    let inside = path.strip_prefix(src).expect("below src");
    let first = inside.components().next().expect("a name");
    let name = first.as_os_str().to_string_lossy();
    name.trim_end_matches(".rs").to_owned()
}

/// The code without its comments and its tests, which may look around freely.
fn production_code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect()
}

fn words_behind<'a>(code: &'a str, marker: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(marker).filter_map(move |(at, _)| {
        let before = code[..at].chars().next_back();
        // A crate is the first name of a path.
        let first = marker.starts_with("crate::") || before != Some(':');
        let own_word = before.is_none_or(|c| !c.is_alphanumeric() && c != '_') && first;
        // Code that is printed stands in quotes, or in a line of a long string.
        let before_line = code[..at].rsplit('\n').next().unwrap_or_default();
        let whole_line = code[at..].lines().next().unwrap_or_default();
        let quoted = before_line.matches('"').count() % 2 == 1
            || whole_line.ends_with('\\')
            || whole_line.contains("\\n");
        let rest = &code[at + marker.len()..];
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        (own_word && !quoted).then_some(&rest[..end])
    })
}

#[test]
fn imports_point_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rank: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(rank, names)| names.iter().map(move |name| (*name, rank)))
        .collect();
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 50, "the sources are where they should be");
    let mut wrong = Vec::new();
    for file in &files {
        let module = module_of(file, &src);
        let Some(own) = rank.get(module.as_str()) else {
            assert!(
                ["main", "lib"].contains(&module.as_str()),
                "{module} has no place in the crate map"
            );
            continue;
        };
        let code = production_code(&fs::read_to_string(file).expect("UTF-8"));
        for used in words_behind(&code, "crate::") {
            let Some(other) = rank.get(used) else {
                continue;
            };
            if used != module && other <= own {
                wrong.push(format!("{} uses {used}", file.display()));
            }
        }
        for (name, owners) in OWNERS {
            let marker = format!("{name}::");
            let uses = words_behind(&code, &marker).next().is_some();
            if uses && !owners.contains(&module.as_str()) {
                wrong.push(format!("{} uses the crate {name}", file.display()));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_module_says_why_it_exists() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let silent: Vec<_> = files
        .iter()
        .filter(|file| !fs::read_to_string(file).expect("UTF-8").starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
