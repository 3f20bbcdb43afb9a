//! Says which commit is built, for `--version` and `redis-lab doctor`.
//!
//! From `REDIS_LAB_COMMIT` (`abc1234 2026-11-29`) where packaging sets it; from
//! the file that cargo puts into a published crate; from git in an optimised
//! build of a checkout. A development build does not ask: it would be linked
//! anew after every commit.

use std::env;
use std::fs;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=REDIS_LAB_COMMIT");
    println!("cargo:rerun-if-changed=build.rs");
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let version = match commit() {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo:rustc-env=REDIS_LAB_VERSION={version}");
}

fn commit() -> Option<String> {
    let given = env::var("REDIS_LAB_COMMIT").ok();
    given
        .filter(|commit| !commit.is_empty())
        .or_else(published)
        .or_else(checkout)
}

/// The commit a published crate was packed from.
fn published() -> Option<String> {
    let text = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = text.split_once("\"sha1\": \"")?;
    Some(rest.split('"').next()?.chars().take(9).collect())
}

/// The commit that is checked out here and its date.
fn checkout() -> Option<String> {
    if env::var("PROFILE").ok()? != "release" || !fs::exists(".git").ok()? {
        return None;
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
    };
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo:rerun-if-changed={log}");
    git(&["log", "-1", "--abbrev=9", "--format=%h %cs"])
}
