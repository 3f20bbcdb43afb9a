//! The built-in server against a real one: the same commands to both, the
//! same bytes back.
//!
//! `cargo test --test differential` needs `redis-server` on PATH and says so
//! where there is none; `REDIS_LAB_REQUIRE_REAL=1` makes that a failure.
//! `REDIS_LAB_DIFF_COUNT` and `REDIS_LAB_DIFF_SEED` set how many random
//! commands are compared and from which seed.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

mod needs;
mod support;

use std::path::Path;
use support::{cases, random, servers};

/// Every file of `tests/differential/`; `REDIS_LAB_DIFF_FILE` picks one.
#[test]
fn every_case_gets_the_same_reply() {
    let Some((real, ours)) = servers::both("differential cases") else {
        return;
    };
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
    let only = std::env::var("REDIS_LAB_DIFF_FILE").ok();
    let mut files: Vec<_> = std::fs::read_dir(&dir)
        .expect("tests/differential is there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "txt"))
        .filter(|path| {
            only.as_ref()
                .is_none_or(|only| path.file_stem().is_some_and(|stem| stem == only.as_str()))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no case files");
    let mut failures = Vec::new();
    let mut ran = 0;
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(file).expect("a readable case file");
        let (lines, mut differences) = cases::run(&name, &text, &real, &ours);
        ran += lines;
        failures.append(&mut differences);
    }
    assert!(
        failures.is_empty(),
        "{} of {ran} lines differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn random_commands_get_the_same_replies() {
    let Some((real, ours)) = servers::both("random commands") else {
        return;
    };
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let count = number("REDIS_LAB_DIFF_COUNT").unwrap_or(20_000);
    let seed = number("REDIS_LAB_DIFF_SEED").unwrap_or_else(rand::random);
    if let Err(difference) = random::compare_random(seed, count as usize, &real, &ours) {
        panic!("{difference}");
    }
}
