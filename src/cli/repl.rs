//! Options of `repl`.

use clap::{Args, ValueEnum};

pub(super) const EXAMPLES: &str = "Examples:
  redis-lab repl                                a shell on a private server
  redis-lab repl --url redis://localhost:6379   on a server of your own
  redis-lab repl -- SET greeting hello          one command
  redis-lab repl < commands.txt                 each line, answered as redis-cli does on a terminal
  echo 'HGETALL user:1' | redis-lab repl --output json

In the shell: Tab completes, `help` explains, `:help` lists its own
commands, Ctrl-C cancels, Ctrl-D or `quit` leaves.";

/// Options of `repl`.
#[derive(Debug, Clone, Args)]
pub struct ReplArgs {
    /// Exit with code 1 when the server answers with an error
    #[arg(short = 'e')]
    pub fail_on_error: bool,
    /// The form of replies
    #[arg(long, value_name = "FORM", default_value = "pretty")]
    pub output: OutputChoice,
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
    /// Run this one command and leave
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<std::ffi::OsString>,
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
}
