//! Options of the section commands and of `check`.

use clap::Args;
use std::path::PathBuf;

pub(super) const SECTION_EXAMPLES: &str = "Examples:
  redis-lab lists                 type along: Enter runs the lesson's next command
  redis-lab lists --from 5        the same from step 5 on
  redis-lab lists --watch         watch it run: Enter goes on, q leaves
  redis-lab lists --no-pause      run through
  redis-lab lists | less          a pipe runs through as well
  redis-lab lists --json          one event per line";

pub(super) const PUBSUB_EXAMPLES: &str = "Examples:
  redis-lab pubsub                                     the lesson
  redis-lab pubsub --listen testowy_kanal              first terminal
  redis-lab pubsub --publish testowy_kanal \"cześć\"     second terminal
  redis-lab pubsub --listen news sport --pattern 'log.*'

Two terminals need one server: give both the same --url, or let the first
start a private one and copy the command it prints into the second.";

pub(super) const NOTIFICATIONS_EXAMPLES: &str = "Examples:
  redis-lab notifications                              the lesson
  redis-lab notifications --listen --key 'user:*' --url redis://localhost:6379
  redis-lab notifications --listen --event expired

The server's notify-keyspace-events setting is put back on exit.";

pub(super) const CHECK_EXAMPLES: &str = "Examples:
  redis-lab check                      every embedded lesson, both languages
  redis-lab check lessons              the files of a folder
  redis-lab check --strict lessons     also demand what our own course demands
  redis-lab check --bless lessons/en/lists.md   rewrite expected replies";

pub(super) const FIND_EXAMPLES: &str = "Examples:
  redis-lab find XACK
  redis-lab find XGROUP CREATE
  redis-lab find transactions";

pub(super) const HELP_EXAMPLES: &str = "Examples:
  redis-lab help                       all commands of redis-lab
  redis-lab help repl                  one of them, as redis-lab repl --help
  redis-lab help XACK                  a command of Redis, and where it is taught
  redis-lab help @stream               a group of them
  redis-lab help expire                everything about a word";

/// What `find` looks for.
#[derive(Debug, Clone, Args)]
pub struct FindArgs {
    /// A command of Redis, or words of the text
    #[arg(required = true, value_name = "WORD")]
    pub words: Vec<String>,
}

/// What `help` is about.
#[derive(Debug, Clone, Args)]
pub struct HelpArgs {
    /// A command of redis-lab or of Redis, @group, or words
    pub topic: Vec<String>,
}

/// Options of a section's run.
#[derive(Debug, Clone, Default, Args)]
pub struct SectionArgs {
    /// Run through without stopping between steps
    #[arg(long)]
    pub no_pause: bool,
    /// Begin with this step
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub from: Option<u32>,
    /// Watch the lesson run by itself, with a stop after each step
    #[arg(long, conflicts_with = "no_pause")]
    pub watch: bool,
    /// No ghost text, nothing redrawn, pictures in words: for screen readers and plain terminals
    #[arg(long)]
    pub plain: bool,
}

/// Options of `pubsub`.
#[derive(Debug, Clone, Args)]
pub struct PubsubArgs {
    /// How to run the lesson.
    #[command(flatten)]
    pub section: SectionArgs,
    /// Listen to these channels until Ctrl-C (testowy_kanal when none is named)
    #[arg(long, num_args = 0.., value_name = "CHANNEL")]
    pub listen: Option<Vec<String>>,
    /// Also listen to the channels that match these globs
    #[arg(long, num_args = 1.., value_name = "GLOB", requires = "listen")]
    pub pattern: Vec<String>,
    /// Send MESSAGE to CHANNEL and say how many received it
    #[arg(long, num_args = 2, value_names = ["CHANNEL", "MESSAGE"], conflicts_with = "listen")]
    pub publish: Option<Vec<String>>,
}

/// Options of `notifications`.
#[derive(Debug, Clone, Args)]
pub struct NotificationsArgs {
    /// How to run the lesson.
    #[command(flatten)]
    pub section: SectionArgs,
    /// Show key events as they happen, until Ctrl-C
    #[arg(long)]
    pub listen: bool,
    /// Only keys that match this glob
    #[arg(long, value_name = "GLOB", requires = "listen")]
    pub key: Option<String>,
    /// Only this event (set, del, expired, lpush, ...)
    #[arg(long, value_name = "NAME", requires = "listen")]
    pub event: Option<String>,
}

/// Options of `check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// A lesson file or a folder with en/ and pl/ (the embedded lessons otherwise)
    pub paths: Vec<PathBuf>,
    /// Fail on what is only a remark otherwise: each exercise has two wrong answers, each answer
    /// says why, and each further requirement refuses one of them
    #[arg(long, conflicts_with = "bless")]
    pub strict: bool,
    /// Rewrite the expected replies from what the server says
    #[arg(long, requires = "paths")]
    pub bless: bool,
}
