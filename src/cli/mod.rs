//! The command line as types: clap definitions only, no I/O.
//!
//! One file per feature with options of its own; what several commands share
//! is here. `app` turns these values into behaviour.

pub mod lesson;
pub mod practice;
pub mod repl;
pub mod serve;
pub mod thumbnail;
pub mod walkthrough;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use lesson::{CheckArgs, NotificationsArgs, PubsubArgs, SectionArgs};
use std::path::PathBuf;

/// Learn Redis by running it: live lessons, a teaching shell, a job queue.
#[derive(Debug, Parser)]
#[command(
    name = "redis-lab",
    version,
    about,
    after_help = "Examples:
  redis-lab lists                  run the lists lesson on a private server
  redis-lab streams --lang pl      the same for streams, in Polish
  redis-lab all --no-pause         every section, without stopping
  redis-lab pubsub --listen news   listen to a channel until Ctrl-C
  redis-lab lists --url redis://localhost:6379   use a server of your own

Exit codes: 0 ok; 1 a check or reply was not as expected; 2 wrong usage;
3 a lesson file is wrong; 4 no server or connection lost; 130 interrupted.",
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
    /// Which private server to use when no URL is given
    #[arg(long, global = true, value_name = "KIND", default_value = "auto")]
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
    /// Use the lessons of this folder (DIR/en/*.md, DIR/pl/*.md)
    #[arg(long, global = true, value_name = "DIR")]
    pub lessons: Option<PathBuf>,
    /// On a server given by --url, first delete what lies under `lab:`
    #[arg(long, global = true)]
    pub reset_lab: bool,
}

/// Values of `--server`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServerKind {
    /// A real server when one is installed, otherwise the built-in one
    Auto,
    /// Spawn redis-server or valkey-server
    Spawn,
    /// The server compiled into redis-lab
    Builtin,
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
    /// Strings: SET, GET, counters, expiry, databases
    #[command(after_help = lesson::SECTION_EXAMPLES)]
    Strings(SectionArgs),
    /// Lists: RPUSH, LRANGE, BRPOP, a queue with workers
    #[command(after_help = lesson::SECTION_EXAMPLES)]
    Lists(SectionArgs),
    /// Sets, sorted sets and hashes (`zsets`, `hashes` start at that part)
    #[command(after_help = lesson::SECTION_EXAMPLES)]
    Sets(SectionArgs),
    /// The sorted sets part of `sets`
    #[command(hide = true, after_help = lesson::SECTION_EXAMPLES)]
    Zsets(SectionArgs),
    /// The hashes part of `sets`
    #[command(hide = true, after_help = lesson::SECTION_EXAMPLES)]
    Hashes(SectionArgs),
    /// Publish and subscribe; --listen and --publish for two terminals
    #[command(after_help = lesson::PUBSUB_EXAMPLES)]
    Pubsub(PubsubArgs),
    /// Streams and consumer groups: nothing gets lost
    #[command(after_help = lesson::SECTION_EXAMPLES)]
    Streams(SectionArgs),
    /// Pipelines, MULTI/EXEC and WATCH
    #[command(visible_alias = "pipelining", after_help = lesson::SECTION_EXAMPLES)]
    Pipeline(SectionArgs),
    /// Lua scripts inside the server
    #[command(after_help = lesson::SECTION_EXAMPLES)]
    Lua(SectionArgs),
    /// Keyspace notifications; --listen for a live feed
    #[command(visible_alias = "keyspace", after_help = lesson::NOTIFICATIONS_EXAMPLES)]
    Notifications(NotificationsArgs),
    /// The thumbnail job: a queue, workers and a page made of Redis commands
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
    /// Say which server would be used and why, and what the terminal can do
    #[command(
        after_help = "Examples:\n  redis-lab doctor\n  redis-lab doctor --url redis://localhost:6379"
    )]
    Doctor,
    /// Offer the built-in server to any other Redis client
    #[command(after_help = serve::EXAMPLES)]
    Serve(serve::ServeArgs),
    /// Print shell completions
    #[command(after_help = "Examples:
  redis-lab completions bash > ~/.local/share/bash-completion/completions/redis-lab
  redis-lab completions zsh > ~/.zfunc/_redis-lab
  redis-lab completions fish > ~/.config/fish/completions/redis-lab.fish")]
    Completions {
        /// The shell to write them for
        shell: Shell,
    },
}
