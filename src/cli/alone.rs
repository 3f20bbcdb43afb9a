//! Commands that are read by themselves: they are started most often, or by
//! other programs, and have no use for the definitions of all the others.

use super::{Cli, Command, GlobalArgs, repl, serve, thumbnail};
use clap::{Parser, Subcommand};
use std::ffi::OsString;

/// A command line that has one command only.
#[derive(Debug, Parser)]
#[command(name = "redis-lab", disable_help_subcommand = true)]
struct Alone<C: Subcommand> {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: C,
}

#[derive(Debug, Subcommand)]
enum Shell {
    #[command(alias = "shell")]
    Repl(repl::ReplArgs),
}

#[derive(Debug, Subcommand)]
enum Jobs {
    Thumbnail(thumbnail::ThumbnailArgs),
}

#[derive(Debug, Subcommand)]
enum Server {
    Serve(serve::ServeArgs),
}

impl From<Shell> for Command {
    fn from(Shell::Repl(args): Shell) -> Command {
        Command::Repl(args)
    }
}

impl From<Jobs> for Command {
    fn from(Jobs::Thumbnail(args): Jobs) -> Command {
        Command::Thumbnail(args)
    }
}

impl From<Server> for Command {
    fn from(Server::Serve(args): Server) -> Command {
        Command::Serve(args)
    }
}

/// Reads a command line of one of these commands; `None` where it is another's,
/// asks for help, or is wrong.
pub(super) fn read(args: &[OsString]) -> Option<Cli> {
    let has = |name: &str| args.iter().any(|arg| arg == name);
    if has("repl") || has("shell") {
        read_as::<Shell>(args)
    } else if has("thumbnail") {
        read_as::<Jobs>(args)
    } else if has("serve") {
        read_as::<Server>(args)
    } else {
        None
    }
}

fn read_as<C: Subcommand + Into<Command>>(args: &[OsString]) -> Option<Cli> {
    let Alone { global, command } = Alone::<C>::try_parse_from(args).ok()?;
    Some(Cli {
        global,
        command: Some(command.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_command_is_read_by_itself_as_with_all_others() {
        for line in [
            "redis-lab repl",
            "redis-lab shell --lang pl -e --url redis://h SET repl --x",
            "redis-lab --json repl -p 1 -n 2 -a b --resp3 -- -x",
            "redis-lab thumbnail",
            "redis-lab --url redis://h thumbnail serve --lang pl",
            "redis-lab thumbnail worker --concurrency 2 --quiet",
            "redis-lab serve --port 1 --set a=b --verbose",
        ] {
            let alone = read(&args(line)).expect(line);
            let all = Cli::try_parse_from(args(line)).expect(line);
            assert_eq!(format!("{alone:?}"), format!("{all:?}"));
        }
        for line in [
            "redis-lab find repl",
            "redis-lab find thumbnail",
            "redis-lab repl --help",
            "redis-lab thumbnail worker --help",
            "redis-lab serve --version",
            "redis-lab serve --nosuch",
            "redis-lab help serve",
        ] {
            assert!(read(&args(line)).is_none(), "{line}");
        }
    }
}
