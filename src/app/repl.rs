//! `redis-lab repl`: one command, a pipe, or the interactive shell.

use super::context::Context;
use super::lessons_in_shell::WithLessons;
use super::signals::{Modes, told_to_end};
use super::terminal::columns;
use crate::cli::repl::{LikeRedisCli, OutputChoice, ReplArgs};
use crate::conn::Client;
use crate::conn::Target;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::render::harmless::Harmless;
use crate::repl::config::{self, Config};
use crate::repl::{Pipe, PipeOptions, Repl, ReplOptions, Scan, banner};
use crate::session::{NoHooks, Output, Shell, Switches};
use catalog::text;
use std::io::{self, BufWriter, IsTerminal as _, Read as _, Write};
use std::path::Path;

pub(super) async fn run(context: &Context, args: ReplArgs) -> Result<ExitCode> {
    let like = &args.like;
    if args.command.is_empty() && (like.times.is_some() || like.last_from_input) {
        return Err(Error::usage(text!(
            "-r, -i and -x are for one command: redis-lab repl -r 3 PING",
            "-r, -i i -x dotyczą jednego polecenia: redis-lab repl -r 3 PING"
        )));
    }
    // A server of one's own is kept for as long as the shell runs.
    let (server, target) = match given(context, like)? {
        Some(target) => (None, target),
        None => {
            let server = context.resolve_server().await?;
            let target = server.target().clone();
            (Some(server), target)
        }
    };
    let target = match like.db {
        Some(db) => target.with_db(db),
        None => target,
    };
    if context.interactive && args.command.is_empty() && !like.is_one_thing() {
        interactive(context, &args, server.as_ref(), target).await
    } else {
        tokio::select! {
            exit = pipe(context, args, target) => exit,
            () = told_to_end() => Err(Error::interrupted()),
        }
    }
}

/// The server that was named, with the login of redis-cli's options.
fn given(context: &Context, like: &LikeRedisCli) -> Result<Option<Target>> {
    let target = match (&like.host, like.port) {
        (None, None) => context.target()?,
        (host, port) => {
            let host = host.as_deref().unwrap_or("127.0.0.1");
            let target = Target::tcp(host, port.unwrap_or(6379))?;
            let target = target.with_connect_limit(context.connect_limit);
            Some(target.with_stop(context.stop.clone()))
        }
    };
    let Some(target) = target else {
        return if like.password.is_some() {
            Err(Error::usage(text!(
                "-a is for a server of your own: give its -p, --host or --url too",
                "-a dotyczy twojego serwera: podaj też jego -p, --host albo --url"
            )))
        } else {
            Ok(None)
        };
    };
    let user = like.user.as_deref();
    let from_env = || {
        std::env::var("REDISCLI_AUTH")
            .ok()
            .filter(|own| !own.is_empty())
    };
    let password = like.password.clone();
    let password = password.or_else(|| from_env().filter(|_| target.password().is_none()));
    Ok(Some(match password {
        Some(password) => target.with_login(user, &password),
        None => target,
    }))
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
    let history = if args.no_history {
        None
    } else {
        config::history_path()
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
    let mut shell = Shell::new(lang, context.style(), switches);
    shell.output = output(context, args);
    let resp3 = args.resp3 || (target.wants_resp3() && !args.resp2);
    let mut client = Client::new(target);
    // Restored with the connection, as after a loss.
    client.state.resp3 = resp3;
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
    let wants_resp3 = output == Output::Json || target.wants_resp3();
    let mut client = Client::new(target);
    client.connect().await?;
    if args.resp3 || (wants_resp3 && !args.resp2) {
        // A server without RESP3 refuses, and RESP2 it is.
        client.ask(&["HELLO", "3"]).await?;
    }
    let like = &args.like;
    let is_like = like.is_used() || like.raw || like.no_raw || like.csv;
    let options = PipeOptions {
        output,
        fail_on_error: args.fail_on_error,
        terse: is_like && !io::stdout().is_terminal(),
        lang: context.lang,
    };
    // In a pipe nothing is looked at besides the replies until a word asks.
    let switches = Switches {
        undo: false,
        hints: false,
        ..Switches::default()
    };
    let shell = Shell::new(context.lang, context.style(), switches);
    let buffered = |out: Box<dyn Write>| BufWriter::with_capacity(64 * 1024, out);
    let out = io::stdout();
    let argv = command_of(&args)?;
    // Byte for byte for a program, harmless on a terminal.
    let out = buffered(match (out.is_terminal(), argv.is_empty()) {
        (false, _) => Box::new(out.lock()),
        (true, false) => Box::new(Harmless::foreign(out.lock())),
        (true, true) => Box::new(Harmless::own(out.lock())),
    });
    let notes: Box<dyn Write> = if io::stderr().is_terminal() {
        Box::new(Harmless::foreign(io::stderr()))
    } else {
        Box::new(io::stderr())
    };
    let run = Pipe::new(client, shell, options, out, notes);
    let every = like.every.unwrap_or_default();
    if like.scan {
        let scan = Scan {
            pattern: like.pattern.as_deref(),
            count: like.count,
            every,
        };
        return quiet(run.scan(scan).await);
    }
    if argv.is_empty() {
        quiet(run.run(io::stdin()).await)
    } else {
        // Below zero for ever, as redis-cli has it.
        let times = like
            .times
            .map_or(1, |times| times.try_into().unwrap_or(u64::MAX));
        quiet(run.times(argv, times, every).await)
    }
}

/// The command on the command line; empty without one.
fn command_of(args: &ReplArgs) -> Result<Vec<Vec<u8>>> {
    let words = args.command.iter().cloned();
    let mut argv: Vec<Vec<u8>> = words.map(|word| word.into_encoded_bytes()).collect();
    if let Some(script) = &args.like.eval {
        argv = eval(script, argv);
    }
    if args.like.last_from_input {
        let mut last = Vec::new();
        io::stdin().read_to_end(&mut last).map_err(|error| {
            Error::usage(text!(
                "cannot read standard input",
                "nie można czytać standardowego wejścia"
            ))
            .because(&error)
        })?;
        argv.push(last);
    }
    Ok(argv)
}

/// `--eval FILE KEY... , ARG...` as a command.
fn eval(script: &Path, words: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let comma = words.iter().position(|word| word == b",");
    let keys = comma.unwrap_or(words.len());
    let mut file = b"@".to_vec();
    file.extend_from_slice(script.as_os_str().as_encoded_bytes());
    let mut argv = vec![b"EVAL".to_vec(), file, keys.to_string().into_bytes()];
    let words = words.into_iter().enumerate();
    argv.extend(
        words
            .filter(|(at, _)| Some(*at) != comma)
            .map(|(_, word)| word),
    );
    argv
}

/// A reader that closed the pipe has seen enough: an empty success.
fn quiet(result: Result<ExitCode>) -> Result<ExitCode> {
    match result {
        Err(error) if error.exit == ExitCode::Ok => Ok(ExitCode::Ok),
        other => other,
    }
}

fn output(context: &Context, args: &ReplArgs) -> Output {
    let like = &args.like;
    let chosen = match args.output {
        None if like.csv => Some(OutputChoice::Csv),
        None if like.raw => Some(OutputChoice::Raw),
        None if like.no_raw => Some(OutputChoice::Pretty),
        chosen => chosen,
    };
    match chosen {
        None if context.json => Output::Json,
        // As redis-cli.
        None if like.is_used() && !io::stdout().is_terminal() => Output::Raw,
        None | Some(OutputChoice::Pretty) => Output::Pretty,
        Some(OutputChoice::Raw) => Output::Raw,
        Some(OutputChoice::Json) => Output::Json,
        Some(OutputChoice::Csv) => Output::Csv,
        Some(OutputChoice::Table) => Output::table(columns(), context.lang),
    }
}
