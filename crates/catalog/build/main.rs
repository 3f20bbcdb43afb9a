//! Makes the catalogue's tables from `src/commands.txt`, so that they are
//! constants of the program: nothing is read or parsed when it starts, and a
//! mistake in the file ends the build with its line.

mod tables;

use std::path::PathBuf;
use std::process::ExitCode;

const FACTS: &str = "src/commands.txt";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={FACTS}");
    println!("cargo::rerun-if-changed=build");
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error={FACTS}: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), String> {
    let facts = std::fs::read_to_string(FACTS).map_err(|error| error.to_string())?;
    let folder = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    let path = PathBuf::from(folder).join("commands.rs");
    std::fs::write(&path, tables::tables(&facts)?)
        .map_err(|error| format!("{}: {error}", path.display()))
}
