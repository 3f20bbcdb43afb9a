//! The binary: parse, call the app, turn an error into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    redis_lab::app::main()
}
