//! Options of `redis-lab join`.

use clap::Args;

pub(super) const EXAMPLES: &str = "Examples:
  redis-lab join http://192.168.1.7:8380/
  redis-lab join http://192.168.1.7:8380/ blue-otter-42
  redis-lab join http://192.168.1.7:8380/ --name quiet-fox    your seat on another
                                   device; its PIN is asked for
  redis-lab join http://192.168.1.7:8380/ --practice          the exercises only

Everything runs on this machine; the teacher is told what you solve, type and
ask. Your seat is kept in the state directory (~/.local/state/redis-lab on
Linux, or $REDIS_LAB_STATE_DIR): the same command brings you back to it.

Exit codes: 0 ok; 2 wrong usage, or the class says no; 3 a lesson file is wrong;
4 the class cannot be reached; 130 interrupted.";

/// Options of `redis-lab join`.
#[derive(Debug, Clone, Args)]
pub struct JoinArgs {
    /// The address on the teacher's screen
    pub address: String,
    /// The class code; otherwise it is asked for
    pub code: Option<String>,
    /// The name you had on another device; a new one where names are free
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The exercises only, without the lessons
    #[arg(long)]
    pub practice: bool,
    /// No ghost text, nothing redrawn, pictures in words: for screen readers and plain terminals
    #[arg(long)]
    pub plain: bool,
}
