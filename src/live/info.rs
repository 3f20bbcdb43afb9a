//! What INFO says, for the demos that read it.

use super::scene::Actor;
use crate::error::Result;
use std::collections::HashMap;

/// The lines of INFO.
pub(super) struct Info(HashMap<String, String>);

impl Info {
    /// Asks the server.
    pub(super) async fn of(connection: &mut Actor) -> Result<Info> {
        let reply = connection.ask(&["INFO"]).await?;
        let text = reply.as_str().unwrap_or_default();
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        Ok(Info(
            lines
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
        ))
    }

    /// A line's value; a dash where this server has no such line.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("-", String::as_str)
    }

    /// A number, 0 where there is none.
    pub(super) fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    /// The gain of a counter since `before`.
    pub(super) fn since(&self, before: &Info, name: &str) -> u64 {
        self.number(name).saturating_sub(before.number(name))
    }
}
