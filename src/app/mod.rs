//! What each command does: builds the context from the command line and calls
//! the feature. One file per command; errors are printed in one place.

mod background;
mod check;
mod class_check;
mod classroom;
mod confine;
mod context;
mod doctor;
mod files;
mod find;
mod first_screen;
mod install;
mod join;
mod kept;
mod lessons_in_shell;
mod licences;
mod listen;
mod man;
mod practice;
mod repl;
mod runtime;
mod section;
mod serve;
mod signals;
mod terminal;
mod thumbnail;
mod typed_lesson;
mod walkthrough;
mod watchdog;
mod web;

use crate::cli::files::Shell;
use crate::cli::lesson::SectionArgs;
use crate::cli::{self, Command, Refusal};
use crate::error::{Error, ExitCode, Result};
use crate::lesson::Library;
use catalog::lang::Lang;
use context::Context;
use runtime::block_on;
use std::ffi::OsString;
use terminal::{beside, print, raw_beside, wrapped};

/// The whole program: parses the command line, runs the command, prints an
/// error if there is one, and gives the exit code.
pub fn main() -> std::process::ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let cli = match cli::parse(&args) {
        Ok(cli) => cli,
        Err(refusal) => return std::process::ExitCode::from(refuse(&refusal).code()),
    };
    let context = Context::new(cli.global);
    let exit = match run(&context, cli.command) {
        Ok(exit) => exit,
        Err(error) => report(&error, context.lang),
    };
    std::process::ExitCode::from(exit.code())
}

/// Answers a command line that is not carried out; gives the exit code.
fn refuse(refusal: &Refusal) -> ExitCode {
    let (error, polish) = match refusal {
        Refusal::CommandLine { error, polish } => (error, polish),
        Refusal::Lessons(error, lang) => return report(error, *lang),
    };
    match polish {
        Some(text) => raw_beside(text),
        // Nobody may be left to read it.
        None => drop(error.print()),
    }
    if error.use_stderr() {
        ExitCode::Usage
    } else {
        ExitCode::Ok
    }
}

/// Prints an error for a person (or as an event), and gives its exit code.
fn report(error: &Error, lang: Lang) -> ExitCode {
    let message = error.message_in(lang);
    if !message.is_empty() {
        let label = lang.pick("error", "błąd");
        beside(&wrapped(&format!("redis-lab: {label}: {message}")));
        if let Some(hint) = error.hint_in(lang) {
            let label = lang.pick("hint", "wskazówka");
            beside(&wrapped(&format!("  {label}: {hint}")));
        }
    }
    error.exit
}

fn run(context: &Context, command: Option<Command>) -> Result<ExitCode> {
    let Some(command) = command else {
        return first_screen::show(context);
    };
    let section = |id: &str, part: Option<&str>, args: &SectionArgs| {
        block_on(|| section::run(context, id, part, args))
    };
    match command {
        Command::Thumbnail(args) => thumbnail::run(context, args),
        Command::Practice(args) => block_on(|| practice::run(context, args)),
        Command::Repl(args) => block_on(|| repl::run(context, args)),
        Command::Section(own) => section(&own.id, own.part.as_deref(), &own.args),
        Command::Pubsub(args) => match &args.publish {
            Some(publish) => block_on(|| listen::publish(context, publish)),
            None if args.listen.is_some() => block_on(|| listen::pubsub(context, &args)),
            None => section("pubsub", None, &args.section),
        },
        Command::Notifications(args) if args.listen => {
            block_on(|| listen::notifications(context, &args))
        }
        Command::Notifications(args) => section("notifications", None, &args.section),
        Command::All(args) => block_on(|| section::all(context, &args)),
        Command::Walkthrough(args) => block_on(|| walkthrough::run(context, &args)),
        Command::Check(args) => block_on(|| check::run(context, &args)),
        Command::Serve(args) => block_on(|| serve::run(context, args)),
        Command::Web(args) => block_on(|| web::run(context, &args)),
        Command::Classroom(args) => block_on(|| classroom::run(context, &args)),
        Command::Join(args) => block_on(|| join::run(context, &args)),
        Command::Export(args) => web::export(context, &args),
        Command::Find(args) => find::run(context, &args.words),
        Command::Help(args) => find::help(context, &args.topic),
        Command::Doctor => block_on(|| doctor::run(context)),
        Command::Completions(args) => completions(context, args.shell),
        Command::Licences => licences::run(context),
        Command::Man(args) => man::run(context, &args),
    }
}

fn completions(context: &Context, shell: Shell) -> Result<ExitCode> {
    let mut script = Vec::new();
    let sections = Library::new(None).sections(context.lang)?;
    let mut command = cli::command(context.lang, &sections)?;
    let (name, out) = ("redis-lab", &mut script);
    match shell {
        Shell::Clap(shell) => clap_complete::generate(shell, &mut command, name, out),
        Shell::Nushell => {
            let shell = clap_complete_nushell::Nushell;
            clap_complete::generate(shell, &mut command, name, out);
        }
    }
    print(&script)
}
