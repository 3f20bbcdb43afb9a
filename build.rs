//! Builds the lessons in, and the page's module where there is one, and says which commit is built, for `--version` and
//! `redis-lab doctor`.
//!
//! A lesson is built in because its files are there: nothing names it. The
//! commit comes from `REDIS_LAB_COMMIT` (`abc1234 2026-11-29`) where packaging sets it; from
//! the file that cargo puts into a published crate; from git in an optimised
//! build of a checkout. A development build does not ask: it would be linked
//! anew after every commit.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

#[path = "src/lesson/head.rs"]
mod head;

fn main() -> ExitCode {
    println!("cargo:rerun-if-env-changed=REDIS_LAB_COMMIT");
    println!("cargo:rerun-if-changed=build.rs");
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let version = match commit() {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo:rustc-env=REDIS_LAB_VERSION={version}");
    small_start();
    match lessons().and_then(|()| page()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error={problem}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the table of the lessons: a row for each file, which is there in
/// every language. What a list of sections says of it is read here, so that no
/// start of the program reads all texts for it.
fn lessons() -> Result<(), String> {
    let ids = lesson_ids("lessons/en")?;
    if ids != lesson_ids("lessons/pl")? {
        return Err("lessons/en and lessons/pl do not have the same files".to_owned());
    }
    let mut table = String::from("const LESSONS: &[(&str, [Embedded; 2])] = &[\n");
    for id in ids {
        let row = |lang: &str| -> Result<String, String> {
            let file = format!("lessons/{lang}/{id}.md");
            let text = fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
            let (summary, minutes) = (head::head(&text).summary(), head::minutes(&text));
            let to_solve = head::to_solve(&text);
            let text = format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{file}\"))");
            Ok(format!(
                "Embedded {{ summary: {summary:?}, minutes: {minutes}, to_solve: {to_solve}, text: {text} }}"
            ))
        };
        table += &format!("    ({id:?}, [{}, {}]),\n", row("en")?, row("pl")?);
    }
    let folder = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    let path = Path::new(&folder).join("lessons.rs");
    fs::write(&path, table + "];\n").map_err(|error| format!("{}: {error}", path.display()))
}

/// Has the linker make a program that takes less memory when it starts. Of the
/// toolchain's own linker and GNU's it is known that they can; of another, that
/// somebody has set, it is not.
///
/// The addresses that are mended at the start are written in the short form
/// (DT_RELR): 30 kB to read instead of 900. GNU's C library has to know it, which
/// it does since 2.36. And what the shell runs until its prompt stands lies side
/// by side: see `packaging/start-order`.
fn small_start() {
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    let of = |name: &str| env::var(name).unwrap_or_default();
    let for_here = of("TARGET") == of("HOST") && of("TARGET").ends_with("-linux-gnu");
    let usual_linker =
        of("RUSTC_LINKER").is_empty() && !of("CARGO_ENCODED_RUSTFLAGS").contains("link");
    if !for_here || !usual_linker {
        return;
    }
    if c_library().is_some_and(|version| version >= [2, 36]) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    // A build with less optimisation is made of other functions.
    if of("OPT_LEVEL") == "3" {
        println!("cargo:rerun-if-changed=src/start.ld");
        let folder = of("CARGO_MANIFEST_DIR");
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/src/start.ld");
    }
}

/// The version of GNU's C library on this machine.
fn c_library() -> Option<[u32; 2]> {
    let output = Command::new("getconf")
        .arg("GNU_LIBC_VERSION")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some([major.parse().ok()?, minor.parse().ok()?])
}

/// Builds the page's module in, where `REDIS_LAB_PAGE` names it: what
/// `packaging/web` has made.
fn page() -> Result<(), String> {
    println!("cargo:rerun-if-env-changed=REDIS_LAB_PAGE");
    let folder = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    let module = match env::var("REDIS_LAB_PAGE")
        .ok()
        .filter(|path| !path.is_empty())
    {
        Some(path) => {
            println!("cargo:rerun-if-changed={path}");
            let path = fs::canonicalize(&path).map_err(|error| format!("{path}: {error}"))?;
            format!("Some(include_bytes!({path:?}))")
        }
        None => "None".to_owned(),
    };
    let text = format!("const MODULE: Option<&[u8]> = {module};\n");
    let path = Path::new(&folder).join("page.rs");
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn lesson_ids(folder: &str) -> Result<Vec<String>, String> {
    println!("cargo:rerun-if-changed={folder}");
    let entries = fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut ids: Vec<String> = names
        .filter_map(|name| Some(name.strip_suffix(".md")?.to_owned()))
        .collect();
    ids.sort();
    Ok(ids)
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
