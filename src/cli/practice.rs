//! Options of `practice`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "Examples:
  redis-lab practice                    the next open exercise of all sections
  redis-lab practice lists              the exercises of one section
  redis-lab practice challenges         five tasks that combine the sections
  redis-lab practice lists < answers    each line is a submission; an empty line
                                        after success goes to the next exercise
  redis-lab practice --list             every exercise and how far you are
  redis-lab practice --reset lists      forget what you did in lists (or: all)
  redis-lab practice verify             check what you submitted once more
  redis-lab practice verify lists.md    ... against a corrected lesson
  redis-lab practice verify ala.json    what somebody else submitted
  redis-lab practice verify --confined ala.json
                                        ... which nobody has looked at
  redis-lab practice report class/*     a class: learners against exercises
  redis-lab practice report --csv class/* > class.csv

Progress is kept in practice.json in the platform's state directory
(~/.local/state/redis-lab on Linux), or in $REDIS_LAB_STATE_DIR.

Exit codes: 0 ok; 1 from a pipe: the exercise is not solved; from verify: an
answer that was accepted no longer is; 2 wrong usage; 3 a lesson file is
wrong; 4 no server; 130 interrupted.";

/// Options of `practice`.
#[derive(Debug, Clone, Args)]
pub struct PracticeArgs {
    /// A section, or `challenges`; every section otherwise
    pub section: Option<String>,
    /// List the exercises and how far you are
    #[arg(long, conflicts_with = "reset")]
    pub list: bool,
    /// Forget the progress of a section, or of all
    #[arg(long, num_args = 0..=1, value_name = "SECTION|all")]
    pub reset: Option<Option<String>>,
    /// Do not read or write the shell's history file
    #[arg(long)]
    pub no_history: bool,
    /// What else practice can do.
    #[command(subcommand)]
    pub command: Option<PracticeCommand>,
}

/// Commands of `practice`.
#[derive(Debug, Clone, Subcommand)]
pub enum PracticeCommand {
    /// Check recorded submissions once more, for example after a lesson was corrected
    Verify {
        /// Somebody's practice.json, or a corrected lesson (.md); otherwise your own progress
        /// against the lessons
        file: Option<PathBuf>,
        /// For answers that somebody else has written: on a built-in server with bounds on
        /// memory, values and time, which reaches no other machine and no file
        #[arg(long)]
        confined: bool,
    },
    /// A class at a glance: learners against exercises, attempts, hints, time
    Report {
        /// Learners' practice.json files, or folders with them; a learner is called by the
        /// file's name, or by its folder's
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// A line for each learner and exercise, for a spreadsheet
        #[arg(long)]
        csv: bool,
    },
}
