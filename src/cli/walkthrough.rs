//! Options of `walkthrough`.

use clap::Args;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "Examples:
  redis-lab walkthrough                     every section on a full screen
  redis-lab walkthrough streams --lang pl   one section
  redis-lab walkthrough --notes             second terminal: notes, next step, time
  redis-lab walkthrough --rehearse          check every reply, print planned minutes
  redis-lab walkthrough lists --export html lists.html
  redis-lab walkthrough --export html course/   a page for each section
  redis-lab walkthrough lists --record lists.cast && asciinema play lists.cast

Keys: Space/Right/l next, Left/h back, n/p section, g/G first/last, number+G
step, d prose, s show all, Tab shell, r reload, x reset step, ? help, q leave.";

/// Options of `walkthrough`.
#[derive(Debug, Clone, Args)]
pub struct WalkthroughArgs {
    /// The sections to show (all of them when none is named)
    pub sections: Vec<String>,
    /// Go on by itself after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub auto: Option<f64>,
    /// How fast commands are typed, 1 is the usual pace
    #[arg(long, value_name = "FACTOR", default_value = "1")]
    pub speed: f64,
    /// Show commands at once instead of typing them
    #[arg(long)]
    pub no_type: bool,
    /// Show the notes of the step another terminal is at
    #[arg(long)]
    pub notes: bool,
    /// Run without a screen, check every reply, print the planned minutes
    #[arg(long, conflicts_with = "notes")]
    pub rehearse: bool,
    /// Write the lesson as an asciicast v2 recording
    #[arg(long, value_name = "FILE", conflicts_with_all = ["notes", "rehearse"])]
    pub record: Option<PathBuf>,
    /// Write the lessons as one page, or into a folder (course/) as a page for each
    #[arg(long, num_args = 2, value_names = ["FORMAT", "FILE"], conflicts_with_all = ["notes", "rehearse", "record"])]
    pub export: Option<Vec<String>>,
    /// Leave the exercises' solutions out of what is exported
    #[arg(long, requires = "export")]
    pub no_solutions: bool,
}
