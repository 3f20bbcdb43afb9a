//! Options of `repl`.

use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

pub(super) const EXAMPLES: &str = "Examples:
  redis-lab repl                                a shell on a private server
  redis-lab repl --url redis://localhost:6379   on a server of your own
  redis-lab repl SET greeting hello             one command
  redis-lab repl < commands.txt                 each line, answered as redis-cli does on a terminal
  echo 'HGETALL user:1' | redis-lab repl --output json
  redis-lab repl -p 6379 -n 1 -r 3 -i 0.5 INCR n   with the options of redis-cli

In the shell: Tab completes, `help` explains, `:help` lists its own
commands, Ctrl-C cancels, Ctrl-D or `quit` leaves.";

/// Options of `repl`.
#[derive(Debug, Clone, Args)]
pub struct ReplArgs {
    /// Exit with code 1 when the server answers with an error
    #[arg(short = 'e')]
    pub fail_on_error: bool,
    /// The form of replies (pretty, unless an option of redis-cli is given)
    #[arg(long, value_name = "FORM")]
    pub output: Option<OutputChoice>,
    /// Speak RESP3 from the start (--output json does so anyway)
    #[arg(short = '3', long = "resp3", conflicts_with = "resp2")]
    pub resp3: bool,
    /// Speak RESP2 even with --output json
    #[arg(short = '2', long = "resp2")]
    pub resp2: bool,
    /// Do not ask before destructive commands on a server given by --url
    #[arg(long)]
    pub yes: bool,
    /// Do not read or write the history file
    #[arg(long)]
    pub no_history: bool,
    // From its first word on nothing is an option any more; before it a
    // hyphen begins one, so that a mistyped one is not sent to the server.
    /// Run this one command and leave
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    /// Those of redis-cli.
    #[command(flatten)]
    pub like: LikeRedisCli,
}

/// Options that mean here what they mean to redis-cli. Where one of them is
/// given, replies that no terminal shows are raw, as redis-cli's are.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "As redis-cli has them")]
pub struct LikeRedisCli {
    /// The server's host, in the place of --url
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// The server's port, in the place of --url
    #[arg(short = 'p', value_name = "PORT")]
    pub port: Option<u16>,
    /// The number of the database
    #[arg(short = 'n', value_name = "DB")]
    pub db: Option<i64>,
    /// The password (REDISCLI_AUTH keeps it out of the list of processes)
    #[arg(short = 'a', value_name = "PASSWORD")]
    pub password: Option<String>,
    /// The user whose password it is
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Run the command so many times, -1 for ever
    #[arg(short = 'r', value_name = "TIMES", allow_negative_numbers = true)]
    pub times: Option<i64>,
    /// Wait so many seconds between two runs
    #[arg(short = 'i', value_name = "SECONDS", value_parser = seconds)]
    pub every: Option<Duration>,
    /// Take the command's last argument from standard input
    #[arg(short = 'x')]
    pub last_from_input: bool,
    /// Run the Lua script of a file: --eval FILE KEY... , ARG...
    #[arg(long, value_name = "FILE", conflicts_with = "last_from_input")]
    pub eval: Option<PathBuf>,
    /// List the keys with SCAN
    #[arg(long, conflicts_with_all = ["eval", "command"])]
    pub scan: bool,
    /// Only keys that match
    #[arg(long, value_name = "GLOB", requires = "scan")]
    pub pattern: Option<String>,
    /// SCAN looks at so many keys at a time
    #[arg(long, value_name = "N", requires = "scan")]
    pub count: Option<u64>,
    /// Replies as CSV
    #[arg(long, conflicts_with_all = ["output", "raw", "no_raw"])]
    pub csv: bool,
    /// Raw replies, on a terminal too
    #[arg(long, conflicts_with_all = ["output", "no_raw"])]
    pub raw: bool,
    /// Replies as on a terminal, in a pipe too
    #[arg(long, conflicts_with = "output")]
    pub no_raw: bool,
}

impl LikeRedisCli {
    /// Whether somebody speaks to us as to redis-cli.
    pub fn is_used(&self) -> bool {
        self.host.is_some()
            || self.port.is_some()
            || self.db.is_some()
            || self.password.is_some()
            || self.times.is_some()
            || self.last_from_input
            || self.eval.is_some()
            || self.scan
    }

    /// Whether one thing is to be done, instead of lines to be read.
    pub fn is_one_thing(&self) -> bool {
        self.eval.is_some() || self.scan
    }
}

/// Seconds, with a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("{text} is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// Values of `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputChoice {
    /// As redis-cli on a terminal
    Pretty,
    /// As `redis-cli --raw`
    Raw,
    /// One line of valid JSON per reply
    Json,
    /// As `redis-cli --csv`
    Csv,
    /// As tables, where a reply has parts to make one of
    Table,
}
