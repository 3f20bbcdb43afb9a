//! `redis-lab licences`: our licence, and those of everything that is linked.
//!
//! The texts are collected by `packaging/licences`, which CI compares with
//! `Cargo.lock`.

use super::context::Context;
use super::terminal::print;
use crate::error::{Error, ExitCode, Result};
use flate2::read::GzDecoder;
use std::io::Read as _;

const OURS: &str = include_str!("../../LICENSE-MIT");
const THEIRS: &[u8] = include_bytes!("licences.txt.gz");

pub(super) fn run(context: &Context) -> Result<ExitCode> {
    let (ours, theirs) = (
        context.lang.pick(
            "redis-lab: MIT or Apache-2.0, as you like. It is not affiliated with\n\
             Redis Ltd. or the Valkey project.",
            "redis-lab: MIT lub Apache-2.0, do wyboru. Program nie jest związany z firmą\n\
             Redis Ltd. ani z projektem Valkey.",
        ),
        context.lang.pick(
            "What is built in, and on which terms (in English, as they were granted):",
            "Co jest wbudowane i na jakich warunkach (po angielsku, tak jak ich udzielono):",
        ),
    );
    let texts = texts().map_err(|error| Error::output(&error))?;
    print(format!("{ours}\n\n{OURS}\n{theirs}\n\n{texts}").as_bytes())
}

fn texts() -> std::io::Result<String> {
    let mut text = String::new();
    GzDecoder::new(THEIRS).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rest, crate by crate, is compared by `packaging/licences --check`.
    #[test]
    fn every_direct_dependency_is_there() {
        let manifest = include_str!("../../Cargo.toml");
        let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap();
        let dependencies = rest.split("\n\n").next().unwrap();
        let texts = texts().unwrap();
        for line in dependencies
            .lines()
            .filter(|line| !line.contains("path = "))
        {
            let name = line.split(" = ").next().unwrap();
            assert!(texts.contains(&format!("\n{name} ")), "{name}");
        }
        assert!(texts.contains("Lua.org, PUC-Rio"));
    }
}
