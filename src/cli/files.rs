//! Commands that write files for a shell or a system: completions and man pages.

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

pub(super) const COMPLETIONS_EXAMPLES: &str = "Examples:
  redis-lab completions bash > ~/.local/share/bash-completion/completions/redis-lab
  redis-lab completions zsh > ~/.zfunc/_redis-lab
  redis-lab completions fish > ~/.config/fish/completions/redis-lab.fish
  redis-lab completions nushell | save redis-lab.nu";

pub(super) const MAN_EXAMPLES: &str = "Examples:
  redis-lab man ~/.local/share/man
  man redis-lab-lists

Pages in English go to DIR/man1, in Polish to DIR/pl/man1.";

pub(super) const LICENCES_EXAMPLES: &str = "Examples:
  redis-lab licences | less
  redis-lab licences | grep '^tokio'";

/// The shells completions are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// A shell that clap completes itself.
    Clap(clap_complete::Shell),
    /// Nushell.
    Nushell,
}

impl ValueEnum for Shell {
    fn value_variants<'a>() -> &'a [Self] {
        use clap_complete::Shell::{Bash, Elvish, Fish, PowerShell, Zsh};
        &[
            Shell::Clap(Bash),
            Shell::Clap(Elvish),
            Shell::Clap(Fish),
            Shell::Nushell,
            Shell::Clap(PowerShell),
            Shell::Clap(Zsh),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Shell::Clap(shell) => shell.to_possible_value(),
            Shell::Nushell => Some(PossibleValue::new("nushell")),
        }
    }
}

/// Options of `completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell to write them for
    pub shell: Shell,
}

/// Options of `man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// The folder to write them into; it is made when it is missing
    pub dir: PathBuf,
}
