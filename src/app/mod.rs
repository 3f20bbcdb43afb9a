//! What each command does: builds the context from the command line and calls
//! the feature. One file per command; errors are printed in one place.

mod check;
mod doctor;
mod files;
mod install;
mod lessons_in_shell;
mod licences;
mod listen;
mod man;
mod practice;
mod repl;
mod section;
mod serve;
mod signals;
mod terminal;
mod thumbnail;
mod typed_lesson;
mod walkthrough;
mod watchdog;

use crate::cli::files::Shell;
use crate::cli::lesson::SectionArgs;
use crate::cli::{self, ColorChoice, Command, GlobalArgs, Refusal, ServerKind, TlsArgs};
use crate::conn::server::{Choice, Server};
use crate::conn::{Target, Tls};
use crate::error::{Error, ExitCode, Result};
use crate::render::wrapping;
use catalog::lang::Lang;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

/// What every command works with, made once from the command line.
#[derive(Debug, Clone)]
pub struct Context {
    /// The learner's language.
    pub lang: Lang,
    /// Whether standard output takes colour.
    pub color: bool,
    /// `--json`: events, one per line, instead of text.
    pub json: bool,
    /// `--url` or `REDIS_URL`.
    pub url: Option<String>,
    /// `--cacert` and its like.
    pub tls: TlsArgs,
    /// `--connect-timeout`.
    pub connect_limit: Duration,
    /// `--server`.
    pub server: Choice,
    /// `--verbose`: say which server is used.
    pub verbose: bool,
    /// `--lessons`.
    pub lessons: Option<PathBuf>,
    /// `--reset-lab`: delete what lies under `lab:` on an external server first.
    pub reset_lab: bool,
    /// Standard input and output are both a terminal.
    pub interactive: bool,
}

impl Context {
    fn new(global: GlobalArgs) -> Context {
        let stdout_is_terminal = io::stdout().is_terminal();
        Context {
            lang: match global.lang {
                Some(choice) => choice.lang(),
                None => Lang::from_env(),
            },
            color: match global.color {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => stdout_is_terminal && colour_wanted(),
            },
            json: global.json,
            url: global.url.filter(|url| !url.is_empty()),
            tls: global.tls,
            server: match global.server {
                ServerKind::Auto => Choice::Auto,
                ServerKind::Spawn => Choice::Spawn,
                ServerKind::Builtin => Choice::Builtin,
                ServerKind::Program(program) => Choice::Program(program),
            },
            verbose: global.verbose,
            connect_limit: global.connect_timeout,
            lessons: global.lessons,
            reset_lab: global.reset_lab,
            interactive: stdout_is_terminal && io::stdin().is_terminal(),
        }
    }

    /// Finds or starts the server this context asks for.
    ///
    /// # Errors
    /// When there is none.
    pub async fn resolve_server(&self) -> Result<Server> {
        let server = Server::resolve(self.target()?, self.server.clone(), self.lang).await?;
        if let Some(reason) = server.instead(self.lang) {
            remark(&reason);
        }
        if self.verbose {
            remark(&server.describe(self.lang));
        }
        Ok(server)
    }

    /// The server that `--url` names, with the TLS options.
    ///
    /// # Errors
    /// A usage error when the URL or one of the options is wrong.
    pub fn target(&self) -> Result<Option<Target>> {
        let TlsArgs {
            cacert,
            tls_cert,
            tls_key,
            insecure,
        } = &self.tls;
        let identity = tls_cert.as_deref().zip(tls_key.as_deref());
        let tls = Tls::read(cacert.as_deref(), identity, *insecure, self.lang)?;
        match &self.url {
            Some(url) => Ok(Some(
                Target::parse(url)?
                    .with_tls(tls, self.lang)?
                    .with_connect_limit(self.connect_limit),
            )),
            None if tls.is_default() => Ok(None),
            None => Err(Error::usage(self.lang.pick(
                "the TLS options are for a server of your own: give its --url too",
                "opcje TLS dotyczą twojego serwera: podaj też jego --url",
            ))
            .hint("--url rediss://localhost:6379")),
        }
    }
}

/// Colour is unwanted when `NO_COLOR` is set and not empty (no-color.org), or
/// when the terminal says that it has none.
fn colour_wanted() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !no_color && !dumb
}

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
        Err(error) => report(&context, &error),
    };
    std::process::ExitCode::from(exit.code())
}

/// Answers a command line that is not carried out; gives the exit code.
#[expect(
    clippy::print_stderr,
    reason = "the other place where errors are printed"
)]
fn refuse(refusal: &Refusal) -> ExitCode {
    match &refusal.polish {
        Some(text) => eprint!("{text}"),
        // Nobody may be left to read it.
        None => drop(refusal.error.print()),
    }
    match refusal.error.use_stderr() {
        true => ExitCode::Usage,
        false => ExitCode::Ok,
    }
}

/// Prints an error for a person (or as an event), and gives its exit code.
#[expect(
    clippy::print_stderr,
    reason = "the one place where errors are printed"
)]
fn report(context: &Context, error: &Error) -> ExitCode {
    if !error.message.is_empty() {
        let label = context.lang.pick("error", "błąd");
        let message = error.message_in(context.lang);
        eprintln!("{}", wrapped(&format!("redis-lab: {label}: {message}")));
        if let Some(hint) = error.hint_in(context.lang) {
            let label = context.lang.pick("hint", "wskazówka");
            eprintln!("{}", wrapped(&format!("  {label}: {hint}")));
        }
    }
    error.exit
}

/// Says something beside the output, in one line.
#[expect(clippy::print_stderr, reason = "beside the output, not part of it")]
fn remark(text: &str) {
    eprintln!("{}", wrapped(&format!("redis-lab: {text}")));
}

/// A sentence broken between words for a terminal. What has lines of its own,
/// such as a report with a caret, is left as it is, and so is what a program
/// may read.
fn wrapped(text: &str) -> String {
    if text.contains('\n') || !io::stderr().is_terminal() {
        return text.to_owned();
    }
    let options = wrapping(textwrap::termwidth()).subsequent_indent("    ");
    textwrap::fill(text, options)
}

/// One thread is enough for everything that waits for one person.
fn block_on<F: Future<Output = Result<ExitCode>>>(future: F) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(
                ExitCode::CheckFailed,
                (
                    format!("no runtime: {error}"),
                    format!("nie udało się wystartować: {error}"),
                ),
            )
        })?;
    let outcome = runtime.block_on(future);
    if matches!(&outcome, Err(error) if error.exit == ExitCode::Interrupted) {
        // A thread may still wait for a key or a line that nobody will type.
        runtime.shutdown_background();
    }
    outcome
}

fn run(context: &Context, command: Option<Command>) -> Result<ExitCode> {
    let Some(command) = command else {
        return section::list(context);
    };
    let section = |id: &'static str, alias: Option<&'static str>, args: &SectionArgs| {
        block_on(section::run(context, id, alias, args))
    };
    match command {
        Command::Thumbnail(args) => thumbnail::run(context, args),
        Command::Practice(args) => block_on(practice::run(context, args)),
        Command::Repl(args) => block_on(repl::run(context, args)),
        Command::Strings(args) => section("strings", None, &args),
        Command::Lists(args) => section("lists", None, &args),
        Command::Sets(args) => section("sets", None, &args),
        Command::Zsets(args) => section("sets", Some("zsets"), &args),
        Command::Hashes(args) => section("sets", Some("hashes"), &args),
        Command::Pubsub(args) => match &args.publish {
            Some(publish) => block_on(listen::publish(context, publish)),
            None if args.listen.is_some() => block_on(listen::pubsub(context, &args)),
            None => section("pubsub", None, &args.section),
        },
        Command::Streams(args) => section("streams", None, &args),
        Command::Pipeline(args) => section("pipeline", None, &args),
        Command::Lua(args) => section("lua", None, &args),
        Command::Notifications(args) if args.listen => {
            block_on(listen::notifications(context, &args))
        }
        Command::Notifications(args) => section("notifications", None, &args.section),
        Command::All(args) => block_on(section::all(context, &args)),
        Command::Walkthrough(args) => block_on(walkthrough::run(context, &args)),
        Command::Check(args) => block_on(check::run(context, &args)),
        Command::Serve(args) => block_on(serve::run(context, args)),
        Command::Doctor => block_on(doctor::run(context)),
        Command::Completions(args) => completions(context, args.shell),
        Command::Licences => licences::run(context),
        Command::Man(args) => man::run(context, &args),
    }
}

fn completions(context: &Context, shell: Shell) -> Result<ExitCode> {
    let mut script = Vec::new();
    let mut command = cli::command(context.lang);
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

/// Writes to standard output; a closed pipe is a quiet success.
fn print(bytes: &[u8]) -> Result<ExitCode> {
    match terminal::write_out(bytes) {
        Err(error) if !error.is_closed_pipe() => Err(error),
        _ => Ok(ExitCode::Ok),
    }
}
