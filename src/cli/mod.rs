//! The command line as types: clap definitions only. The lessons are read, for
//! their files are commands; nothing else is touched.
//!
//! One file per feature with options of its own; what several commands share
//! is here. `app` turns these values into behaviour.

mod alone;
pub mod classroom;
pub mod files;
pub mod join;
pub mod lesson;
mod polish;
pub mod practice;
pub mod repl;
pub mod section;
pub mod serve;
pub mod thumbnail;
mod value;
pub mod walkthrough;
pub mod web;

use crate::error::Error;
use crate::lesson::{Library, Section};
use catalog::lang::Lang;
use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use lesson::{CheckArgs, NotificationsArgs, PubsubArgs, SectionArgs};
use section::SectionCommand;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;
use value::parse_duration;

/// The version, with the commit where that is known.
pub const VERSION: &str = env!("REDIS_LAB_VERSION");

/// Learn Redis by running it: live lessons, a teaching shell, a job queue.
#[derive(Debug, Parser)]
#[command(
    name = "redis-lab",
    version = VERSION,
    about,
    after_help = "Examples:
  redis-lab lists                  run the lists lesson on a private server
  redis-lab streams --lang pl      the same for streams, in Polish
  redis-lab all --no-pause         every section, without stopping
  redis-lab pubsub --listen news   listen to a channel until Ctrl-C
  redis-lab lists --url redis://localhost:6379   use a server of your own

Exit codes: 0 ok; 1 a check or reply was not as expected; 2 wrong usage;
3 a lesson file is wrong; 4 no server, one that is too old, or connection lost;
130 interrupted.

Not affiliated with Redis Ltd. or the Valkey project.",
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Options every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do; without a command the sections are listed.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Use this server instead of a private one
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "REDIS_URL",
        hide_env_values = true
    )]
    pub url: Option<String>,
    /// Which private server to use when no URL is given, or the program of one
    #[arg(
        long,
        global = true,
        value_name = "KIND",
        default_value = "auto",
        env = "REDIS_LAB_SERVER",
        hide_env_values = true,
        value_parser = ServerParser
    )]
    pub server: ServerKind,
    /// Language of lessons and messages (otherwise from LANG)
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<LangChoice>,
    /// When to use colour (NO_COLOR is respected)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Print one JSON event per line instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Say on standard error which server is used
    #[arg(long, global = true)]
    pub verbose: bool,
    /// Use the lessons of this folder (DIR/en/*.md, DIR/pl/*.md)
    #[arg(long, global = true, value_name = "DIR")]
    pub lessons: Option<PathBuf>,
    /// How long connecting to a server may take, and its first answers
    #[arg(long, global = true, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub connect_timeout: Duration,
    /// On a server given by --url, first delete what lies under `lab:`
    #[arg(long, global = true)]
    pub reset_lab: bool,
    /// Whom to trust and who we are, with `rediss://`.
    #[command(flatten)]
    pub tls: TlsArgs,
}

/// Options of connections to `rediss://` URLs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "TLS (with a rediss:// URL)")]
pub struct TlsArgs {
    /// Trust the certificates of this authority (PEM) instead of the public ones
    #[arg(long, global = true, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Show the server this certificate (PEM)
    #[arg(long, global = true, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert (PEM)
    #[arg(long, global = true, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Trust any certificate: for tests only
    #[arg(long, global = true, conflicts_with = "cacert")]
    pub insecure: bool,
}

/// Values of `--server`.
#[derive(Debug, Clone, PartialEq, Eq, ValueEnum)]
pub enum ServerKind {
    /// A real server when one is installed, otherwise the built-in one
    Auto,
    /// Spawn redis-server or valkey-server
    Spawn,
    /// The server compiled into redis-lab
    Builtin,
    /// This program: a path, or the name of one on PATH that ends with `-server`.
    #[value(skip)]
    Program(PathBuf),
}

/// Tells the program of a server from the words.
#[derive(Debug, Clone)]
struct ServerParser;

impl TypedValueParser for ServerParser {
    type Value = ServerKind;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<ServerKind, clap::Error> {
        let program = Path::new(value);
        let text = value.to_string_lossy();
        if program.components().count() > 1 || text.ends_with("-server") {
            Ok(ServerKind::Program(program.to_owned()))
        } else {
            EnumValueParser::new().parse_ref(command, arg, value)
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let words = ServerKind::value_variants().iter();
        Some(Box::new(words.filter_map(ServerKind::to_possible_value)))
    }
}

/// Values of `--lang`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LangChoice {
    /// English
    En,
    /// Polish (polski)
    Pl,
}

/// Values of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Even into a pipe
    Always,
    /// Not at all
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A section that only runs its lesson; `section` makes its command.
    #[command(skip)]
    Section(SectionCommand),
    // What these three are about stands in their lessons.
    /// `pubsub`, with its two terminals.
    #[command(after_help = lesson::PUBSUB_EXAMPLES)]
    Pubsub(PubsubArgs),
    /// `notifications`, with its live feed.
    #[command(after_help = lesson::NOTIFICATIONS_EXAMPLES)]
    Notifications(NotificationsArgs),
    /// `thumbnail`, with the job queue's commands.
    #[command(after_help = thumbnail::EXAMPLES)]
    Thumbnail(thumbnail::ThumbnailArgs),
    /// Every section, one after the other
    #[command(
        after_help = "Examples:\n  redis-lab all --no-pause\n  redis-lab all --lang pl --json"
    )]
    All(SectionArgs),
    /// A teaching shell: redis-cli's replies, completion, help and explanations
    #[command(visible_alias = "shell", after_help = repl::EXAMPLES)]
    Repl(repl::ReplArgs),
    /// Show lessons to a class: full screen, notes, recording, web page
    #[command(after_help = walkthrough::EXAMPLES)]
    Walkthrough(walkthrough::WalkthroughArgs),
    /// Exercises in the shell, checked as you type; your progress is kept
    #[command(after_help = practice::EXAMPLES)]
    Practice(practice::PracticeArgs),
    /// Verify lessons: run them, prove the exercises, compare the languages
    #[command(after_help = lesson::CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// The course in a browser: every tab has a server of its own
    #[command(after_help = web::WEB_EXAMPLES)]
    Web(web::WebArgs),
    /// A class in the browser: students join by a code, you see who is stuck
    #[command(after_help = classroom::EXAMPLES)]
    Classroom(classroom::ClassroomArgs),
    /// Join a class from this terminal
    #[command(after_help = join::EXAMPLES)]
    Join(join::JoinArgs),
    /// Write what others can use without redis-lab
    Export(web::ExportArgs),
    /// Say which steps of the course have a command or a word
    #[command(after_help = lesson::FIND_EXAMPLES)]
    Find(lesson::FindArgs),
    /// Help: of redis-lab's commands, and of Redis's
    #[command(after_help = lesson::HELP_EXAMPLES)]
    Help(lesson::HelpArgs),
    /// Say which server would be used and why, and what the terminal can do
    #[command(
        after_help = "Examples:\n  redis-lab doctor\n  redis-lab doctor --url redis://localhost:6379"
    )]
    Doctor,
    /// Offer the built-in server to any other Redis client
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::ServeArgs),
    /// Print shell completions
    #[command(after_help = files::COMPLETIONS_EXAMPLES)]
    Completions(files::CompletionsArgs),
    /// Print our licence and those of everything that is built in
    #[command(visible_alias = "licenses", after_help = files::LICENCES_EXAMPLES)]
    Licences,
    /// Write man pages for every command, in both languages
    #[command(after_help = files::MAN_EXAMPLES)]
    Man(files::ManArgs),
}

/// A command line that is not carried out.
#[derive(Debug)]
pub enum Refusal {
    /// Help or the version was asked for, or the command line is wrong.
    CommandLine {
        /// What clap says.
        error: clap::Error,
        /// What to say instead, with its line breaks, where clap would say it
        /// in English to somebody who reads Polish.
        polish: Option<String>,
    },
    /// The lessons, which are commands, are wrong; and the reader's language.
    Lessons(Error, Lang),
}

/// The command line's definition in a language, for help and completions.
///
/// # Errors
/// When a section's name is that of another command.
pub fn command(lang: Lang, sections: &[Section]) -> Result<clap::Command, Error> {
    Ok(match lang {
        Lang::En => section::add(Cli::command(), sections, lang)?,
        Lang::Pl => {
            let polish = polish::words(Cli::command(), "");
            polish::with_usage(section::add(polish, sections, lang)?)
        }
    })
}

/// The value of an option, wherever it stands.
fn value_of<'a>(args: &'a [OsString], option: &str) -> Option<&'a OsStr> {
    let mut args = args.iter().take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        if arg == option {
            return args.next().map(OsString::as_os_str);
        }
        let joined = arg.to_str().and_then(|arg| arg.strip_prefix(option));
        if let Some(value) = joined.and_then(|rest| rest.strip_prefix('=')) {
            return Some(OsStr::new(value));
        }
    }
    None
}

/// The language of help and of what is said about a wrong command line: that
/// of `--lang`, wherever it stands, otherwise the environment's.
pub fn language(args: &[OsString]) -> Lang {
    let value = value_of(args, "--lang").and_then(OsStr::to_str);
    match value.and_then(|value| LangChoice::from_str(value, false).ok()) {
        Some(choice) => choice.lang(),
        None => Lang::from_env(),
    }
}

/// Reads a command line, the program's name first.
///
/// # Errors
/// Help or the version when that was asked for, or what is wrong.
pub fn parse(args: &[OsString]) -> Result<Cli, Refusal> {
    // What is wrong, with a folder of lessons too, and help, is said by the
    // whole definition.
    if value_of(args, "--lessons").is_none()
        && let Some(cli) = alone::read(args)
    {
        return Ok(cli);
    }
    let lang = language(args);
    let lessons = |error| Refusal::Lessons(error, lang);
    let library = Library::new(value_of(args, "--lessons").map(Path::new));
    let sections = library.sections(lang).map_err(lessons)?;
    let command = command(lang, &sections).map_err(lessons)?;
    let args = &help_asked_for(args, &command);
    let read = |matches: clap::ArgMatches| match section::wanted(&matches, &sections)? {
        Some(section) => Ok(Cli {
            global: GlobalArgs::from_arg_matches(&matches)?,
            command: Some(Command::Section(section)),
        }),
        None => Cli::from_arg_matches(&matches),
    };
    let cli = command.try_get_matches_from(args).and_then(read);
    cli.map_err(|error| Refusal::CommandLine {
        polish: lang.pick(None, polish::explain(&error)),
        error,
    })
}

/// `help` with nothing behind it, or with the name of a command of ours, is
/// the same as `--help` there.
fn help_asked_for(args: &[OsString], command: &clap::Command) -> Vec<OsString> {
    let mut args = args.to_vec();
    let Some(place) = args.iter().position(|arg| arg == "help") else {
        return args;
    };
    let Ok(matches) = command.clone().try_get_matches_from(&args) else {
        return args;
    };
    let topic = match matches.subcommand() {
        Some(("help", help)) => help.get_many::<String>("topic"),
        _ => return args,
    };
    let first = topic.and_then(|mut words| words.next());
    let is_ours = first.is_none_or(|name| command.find_subcommand(name).is_some());
    if is_ours {
        args.remove(place);
        args.push("--help".into());
    }
    args
}

impl LangChoice {
    /// The language chosen.
    pub fn lang(self) -> Lang {
        match self {
            LangChoice::En => Lang::En,
            LangChoice::Pl => Lang::Pl,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_language_may_stand_anywhere() {
        for line in [
            "redis-lab --lang pl --help",
            "redis-lab lists --help --lang pl",
            "redis-lab lits --lang=pl",
        ] {
            assert_eq!(language(&args(line)), Lang::Pl, "{line}");
        }
        assert_eq!(
            language(&args("redis-lab repl --lang en -- --lang pl")),
            Lang::En
        );
        let help = |line: &str| {
            let Err(Refusal::CommandLine { error, polish }) = parse(&args(line)) else {
                panic!("{line} is carried out");
            };
            assert!(polish.is_none() && !error.use_stderr());
            error.to_string()
        };
        assert!(help("redis-lab lists --lang pl --help").contains("Użycie: redis-lab lists"));
        assert!(help("redis-lab lists --lang en --help").contains("Usage: redis-lab lists"));
        let wrong = parse(&args("redis-lab lits --lang pl"));
        let Err(Refusal::CommandLine { polish, .. }) = wrong else {
            panic!("{wrong:?}");
        };
        assert!(polish.is_some_and(|text| text.contains("lits")));
        assert!(parse(&args("redis-lab lists --no-pause")).is_ok());
    }
}
