//! `redis-lab repl`: one command, a pipe, or the interactive shell.

use super::context::Context;
use super::lessons_in_shell::WithLessons;
use super::signals::{Modes, told_to_end};
use crate::cli::repl::{OutputChoice, ReplArgs};
use crate::conn::Client;
use crate::conn::Target;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::render::harmless::Harmless;
use crate::render::style::Style;
use crate::repl::config::{self, Config};
use crate::repl::{Pipe, PipeOptions, Repl, ReplOptions, banner};
use crate::session::{NoHooks, Output, Shell, Switches};
use std::io::{self, BufWriter, IsTerminal as _, Write};

pub(super) async fn run(context: &Context, args: ReplArgs) -> Result<ExitCode> {
    // A server of one's own is kept for as long as the shell runs.
    let (server, target) = match context.target()? {
        Some(target) => (None, target),
        None => {
            let server = context.resolve_server().await?;
            let target = server.target().clone();
            (Some(server), target)
        }
    };
    if context.interactive && args.command.is_empty() {
        interactive(context, &args, server.as_ref(), target).await
    } else {
        tokio::select! {
            exit = pipe(context, args, target) => exit,
            () = told_to_end() => Err(Error::interrupted()),
        }
    }
}

async fn interactive(
    context: &Context,
    args: &ReplArgs,
    server: Option<&Server>,
    target: Target,
) -> Result<ExitCode> {
    let lang = context.lang;
    let mut config = Config::of_user()?;
    config.confirm &= !args.yes;
    let history = match args.no_history {
        true => None,
        false => config::history_path(),
    };
    let switches = config.switches(server.is_some());
    let (label, described) = match server {
        Some(server) => (server.label(), server.describe(lang)),
        None => (target.to_string(), target.to_string()),
    };
    let options = ReplOptions {
        label,
        private: server.is_some(),
        banner: banner(&described, lang),
        config,
        history,
    };
    let mut shell = Shell::new(lang, Style::new(context.color), switches);
    shell.output = output(context, args);
    let mut client = Client::new(target);
    // Restored with the connection, as after a loss.
    client.state.resp3 = args.resp3;
    let modes = Modes::save();
    let mut repl = Repl::new(client, shell, options)?;
    let mut hooks = WithLessons {
        context,
        mode: NoHooks,
    };
    tokio::select! {
        exit = repl.run(&mut hooks) => exit,
        () = told_to_end() => {
            modes.restore();
            Err(Error::interrupted())
        }
    }
}

async fn pipe(context: &Context, args: ReplArgs, target: Target) -> Result<ExitCode> {
    let output = output(context, &args);
    let mut client = Client::new(target);
    client.connect().await?;
    if args.resp3 || (output == Output::Json && !args.resp2) {
        // A server without RESP3 refuses, and RESP2 it is.
        client.ask(&["HELLO", "3"]).await?;
    }
    let options = PipeOptions {
        output,
        fail_on_error: args.fail_on_error,
        lang: context.lang,
    };
    // In a pipe nothing is looked at besides the replies until a word asks.
    let switches = Switches {
        undo: false,
        hints: false,
        ..Switches::default()
    };
    let shell = Shell::new(context.lang, Style::new(context.color), switches);
    let buffered = |out: Box<dyn Write>| BufWriter::with_capacity(64 * 1024, out);
    let out = io::stdout();
    let words = args.command.into_iter();
    let argv: Vec<Vec<u8>> = words.map(|word| word.into_encoded_bytes()).collect();
    // Byte for byte for a program, harmless on a terminal.
    let out = buffered(match (out.is_terminal(), argv.is_empty()) {
        (false, _) => Box::new(out.lock()),
        (true, false) => Box::new(Harmless::foreign(out.lock())),
        (true, true) => Box::new(Harmless::own(out.lock())),
    });
    let run = Pipe::new(client, shell, options, out, io::stderr());
    match argv.is_empty() {
        true => quiet(run.run(io::stdin()).await),
        false => quiet(run.once(argv).await),
    }
}

/// A reader that closed the pipe has seen enough: an empty success.
fn quiet(result: Result<ExitCode>) -> Result<ExitCode> {
    match result {
        Err(error) if error.exit == ExitCode::Ok => Ok(ExitCode::Ok),
        other => other,
    }
}

fn output(context: &Context, args: &ReplArgs) -> Output {
    match args.output {
        OutputChoice::Pretty if context.json => Output::Json,
        OutputChoice::Pretty => Output::Pretty,
        OutputChoice::Raw => Output::Raw,
        OutputChoice::Json => Output::Json,
    }
}
