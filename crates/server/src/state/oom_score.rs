//! `oom-score-adj`: how soon the kernel ends this process when memory runs out
//! (Linux).

use std::{fs, io};

/// Where the kernel has the score (proc(5)).
pub const FILE: &str = "/proc/self/oom_score_adj";

/// The kernel's bounds of it.
const BOUNDS: (i32, i32) = (-1000, 1000);

/// How `oom-score-adj-values` are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adjust {
    /// The score is left alone.
    #[default]
    No,
    /// On top of what it was before.
    Relative,
    /// As they are.
    Absolute,
}

impl Adjust {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Adjust::No => "no",
            Adjust::Relative => "yes",
            Adjust::Absolute => "absolute",
        }
    }
}

/// `oom-score-adj` and `oom-score-adj-values`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OomScore {
    /// Whether, and how.
    pub adjust: Adjust,
    /// For a master, which this server always is; for a replica, and for a child
    /// that saves.
    pub values: [i32; 3],
}

impl Default for OomScore {
    fn default() -> Self {
        OomScore {
            adjust: Adjust::default(),
            values: [0, 200, 800],
        }
    }
}

impl OomScore {
    /// Sets the score of this process; `before` is what it was before one of these
    /// was set, as long as one is.
    ///
    /// # Errors
    /// The file's: there is none, or only a privileged process may go so low.
    pub fn set(&self, before: &mut Option<i32>) -> io::Result<()> {
        let base = match (self.adjust, *before) {
            (Adjust::No, None) => return Ok(()),
            (_, Some(base)) => base,
            (_, None) => {
                let text = fs::read_to_string(FILE)?;
                text.trim().parse().map_err(io::Error::other)?
            }
        };
        let score = match self.adjust {
            Adjust::No => base,
            Adjust::Relative => base + self.values[0],
            Adjust::Absolute => self.values[0],
        };
        let score = score.clamp(BOUNDS.0, BOUNDS.1);
        fs::write(FILE, score.to_string())?;
        *before = (self.adjust != Adjust::No).then_some(base);
        Ok(())
    }
}
