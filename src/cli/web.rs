//! Options of `redis-lab web` and `redis-lab export`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Examples shown by `web --help`.
pub(super) const WEB_EXAMPLES: &str = "Examples:
  redis-lab web                    serve the page and open the browser
  redis-lab web --no-open          only say where it is
  redis-lab web --port 0           on a free port

The browser keeps your progress for this address: with another port it begins
anew. The page itself can save it as a file and add one.";

/// Examples shown by `export --help`.
pub(super) const EXPORT_EXAMPLES: &str = "Examples:
  redis-lab export web public      a folder for any web server or forge pages";

/// Options of `redis-lab web`.
#[derive(Debug, Clone, Args)]
pub struct WebArgs {
    /// Port of the page; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 8379)]
    pub port: u16,
    /// Only say where the page is
    #[arg(long)]
    pub no_open: bool,
}

/// Options of `redis-lab export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// What is written.
    #[command(subcommand)]
    pub what: Export,
}

/// What can be exported.
#[derive(Debug, Clone, Subcommand)]
pub enum Export {
    /// The course in a browser, as static files
    #[command(after_help = EXPORT_EXAMPLES)]
    Web {
        /// The folder to write them into; it is made when it is missing
        dir: PathBuf,
    },
}
