//! Keeps the sources in order: imports point one way, the crates that only one
//! module may use stay there, files do not import each other in circles, every
//! module says why it exists, and every text is there in both languages.

#[path = "support/imports.rs"]
mod imports;

use imports::Sources;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the binary from the top down; a module may use those of
/// later rows, and nothing of its own row but itself.
const LAYERS: &[&[&str]] = &[
    &["app"],
    &["cli"],
    &["classroom"],
    &["practice", "walkthrough"],
    &["repl", "live", "jobs", "page"],
    &["http"],
    &["session"],
    &["render"],
    &["runner"],
    &["conn"],
    &["lesson"],
    &["error", "whole_file"],
];

/// The floors of the built-in server, likewise.
const SERVER_FLOORS: &[&[&str]] = &[
    &["net"],
    &["start"],
    &["disk"],
    &["commands"],
    &["script"],
    &["engine"],
    &["lua", "acl", "config"],
    &["state"],
    &["store"],
    &["wire"],
];

/// External crates that belong to some modules only.
const OWNERS: &[(&str, &[&str])] = &[
    ("redis", &["conn", "live", "jobs", "classroom"]),
    ("clap", &["cli", "app"]),
    ("colored", &["render"]),
    ("rustyline", &["repl"]),
    ("pulldown_cmark", &["lesson"]),
    ("server", &["conn", "app"]),
    ("axum", &["http", "jobs", "page", "classroom"]),
    ("thumbnailer", &["jobs", "app"]),
    ("qrcode", &["classroom"]),
];

/// The crates of the workspace.
const CRATES: &[&str] = &[
    "src",
    "crates/resp/src",
    "crates/catalog/src",
    "crates/server/src",
    "crates/thumbnail/src",
    "crates/web/src",
];

/// As many files may import each other in a circle.
const LARGEST_CIRCLE: usize = 3;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The first name of a module's path.
fn first(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

/// The arrows of a crate that do not point downwards.
fn against(sources: &Sources, floors: &[&[&str]]) -> Vec<String> {
    let rank: BTreeMap<&str, usize> = floors
        .iter()
        .enumerate()
        .flat_map(|(rank, names)| names.iter().map(move |name| (*name, rank)))
        .collect();
    let mut wrong = Vec::new();
    for (module, used) in sources.arrows() {
        let own = first(module);
        if own.is_empty() {
            continue;
        }
        let Some(rank_of_own) = rank.get(own) else {
            panic!("{own} has no place in the map");
        };
        for other in used {
            let rank_of_other = rank.get(first(other));
            let upwards = rank_of_other.is_some_and(|rank| rank <= rank_of_own);
            if first(other) != own && upwards {
                wrong.push(format!("{module} uses {other}"));
            }
        }
    }
    wrong
}

#[test]
fn imports_of_the_binary_point_one_way() {
    let sources = Sources::read(&folder("src"));
    let mut wrong = against(&sources, LAYERS);
    for (module, crates) in sources.first_names() {
        for (name, owners) in OWNERS {
            if crates.contains(*name) && !owners.contains(&first(module)) && !module.is_empty() {
                wrong.push(format!("{module} uses the crate {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn imports_of_the_server_point_one_way() {
    let wrong = against(&Sources::read(&folder("crates/server/src")), SERVER_FLOORS);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn no_circle_of_imports_is_large() {
    let mut wrong = Vec::new();
    for name in CRATES {
        let sources = Sources::read(&folder(name));
        let circles = sources.circles();
        for circle in circles.iter().filter(|files| files.len() > LARGEST_CIRCLE) {
            let files: Vec<String> = circle.iter().map(|file| format!("{name}/{file}")).collect();
            wrong.push(format!("{} files: {}", files.len(), files.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A test that starts the program without the home of `needs` sees, and
/// changes, what another test or the user of this machine has learned.
#[test]
fn tests_start_the_program_in_one_place() {
    let name = concat!("CARGO_BIN_EXE_", "redis-lab");
    let mut places = imports::rust_files(&folder("tests"));
    places.retain(|file| fs::read_to_string(file).expect("UTF-8").contains(name));
    assert_eq!(places, [folder("tests/needs/mod.rs")]);
}

#[test]
fn every_module_says_why_it_exists() {
    let mut silent = Vec::new();
    for name in CRATES {
        let files = imports::rust_files(&folder(name));
        assert!(!files.is_empty(), "the sources are where they should be");
        silent.extend(
            files
                .into_iter()
                .filter(|file| !fs::read_to_string(file).expect("UTF-8").starts_with("//!")),
        );
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

/// What reads the same in English and in Polish.
const SAME: &[&str] = &["VPN", "stream", "null (RESP3)"];

/// Words that an English sentence has and no Polish one.
const ENGLISH: &[&str] = &[
    "the", "is", "are", "was", "were", "not", "with", "and", "cannot", "this", "that", "which",
    "has", "have", "from", "there", "be", "must", "when", "what", "of", "or", "an", "for", "it",
    "you", "your", "its",
];

/// The string that comes next, and what is behind it.
fn next_string(code: &str) -> Option<(&str, &str)> {
    let code = code
        .trim_start()
        .trim_start_matches('&')
        .strip_prefix('"')?;
    let mut escaped = false;
    let end = code.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    Some((&code[..end], &code[end + 1..]))
}

/// The two strings given to `text!` or `pick`, if this is what comes next.
fn pair(code: &str) -> Option<(&str, &str)> {
    let (lang, behind) = code.split_once(',')?;
    let is_name = |c: char| c.is_alphanumeric() || "_.() \n".contains(c);
    let code = if lang.chars().all(is_name) {
        behind
    } else {
        code
    };
    let (english, behind) = next_string(code)?;
    let (polish, _) = next_string(behind.trim_start().strip_prefix(',')?)?;
    Some((english, polish))
}

/// A text's own words: not those of code, and no values.
fn words(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut is_code = false;
    text.split(|c: char| {
        match c {
            '`' => is_code = !is_code,
            '{' | '<' => depth += 1,
            '}' | '>' => depth -= 1,
            _ => {}
        }
        is_code || depth > 0 || !c.is_alphabetic()
    })
    .filter(|word| !word.is_empty())
    .collect()
}

#[test]
fn every_text_is_there_in_both_languages() {
    let mut wrong = Vec::new();
    let mut read = 0;
    for file in CRATES
        .iter()
        .flat_map(|name| imports::rust_files(&folder(name)))
    {
        let code = fs::read_to_string(&file).expect("UTF-8");
        let code: Vec<&str> = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        let code = code.join("\n");
        for start in ["text!(", ".pick("] {
            for (english, polish) in code.split(start).skip(1).filter_map(pair) {
                read += 1;
                let is_lower = |word: &&str| word.len() > 2 && word.chars().all(char::is_lowercase);
                let of_words = words(english).iter().any(is_lower);
                let is_same = english == polish && of_words && !SAME.contains(&english);
                if is_same || words(polish).iter().any(|word| ENGLISH.contains(word)) {
                    wrong.push(format!("{}: {polish}", file.display()));
                }
            }
        }
    }
    assert!(read > 1000, "{read} texts were found");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
