//! Keeps the crate map true: imports point one way, the crates that only one
//! module may use stay there, and files do not import each other in circles.

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
    &["error"],
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
    ("image", &["jobs"]),
    ("qrcode", &["classroom"]),
];

/// The crates of the workspace.
const CRATES: &[&str] = &[
    "src",
    "crates/resp/src",
    "crates/catalog/src",
    "crates/server/src",
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
