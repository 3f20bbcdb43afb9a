//! Values on the command line that clap cannot read by itself.

use crate::jobs::schedule;
use catalog::lang::{Lang, Text};
use std::fmt;
use std::time::Duration;

/// Why a value on the command line is refused. clap asks for a `Display` and
/// shows it to readers of English; `polish` reads the words themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadValue(pub(super) Text);

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.pick(Lang::En))
    }
}

impl std::error::Error for BadValue {}

/// A duration as people write it: `500ms`, `10s`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, BadValue> {
    schedule::parse_duration(text).map_err(BadValue)
}
