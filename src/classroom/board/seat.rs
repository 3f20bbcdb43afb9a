//! One student, looked at: what is told of a single seat beside its row.

use super::act::gone;
use super::answer::Told;
use super::site::Site;
use crate::classroom::{export, secret};
use serde_json::{Value, json};

impl Site {
    /// The name and the progress file of a seat.
    pub(super) async fn progress(&self, id: &str) -> Told<(String, String)> {
        let seat = self.class.seat(id).await?.ok_or_else(gone)?;
        let progress = export::progress(&self.class, id).await?.ok_or_else(gone)?;
        // Numbers and strings can always be written.
        let text = progress.to_json().unwrap_or_default();
        Ok((file_name(&seat.name, id), text))
    }

    /// What a seat has done: its exercises, its last lines, and its screen, if
    /// the teacher looks.
    pub(super) async fn seat(&self, id: &str) -> Told<Value> {
        if !secret::is_id(id) {
            return Err(gone());
        }
        let class = &self.class;
        let seat = class.seat(id).await?.ok_or_else(gone)?;
        let screen = if seat.looked {
            class.screen(id).await?
        } else {
            None
        };
        let mut ask = redis::cmd("LRANGE");
        ask.arg(class.keys().lines(id)).arg(0).arg(-1);
        let kept = class.link().call(&ask).await?;
        // The newest one is the first there, and the last one for a reader.
        let kept = kept.as_slice().unwrap_or_default().iter().rev();
        let lines: Vec<Value> = kept
            .filter_map(|line| serde_json::from_str(line.as_str()?).ok())
            .collect();
        Ok(json!({ "exercises": seat.exercises, "lines": lines, "screen": screen }))
    }
}

/// What a file of this student is called: the name, as far as every system can
/// write it, and the seat, so that no two are the same.
fn file_name(name: &str, id: &str) -> String {
    let safe: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    format!("{}-{id}", safe.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_no_path() {
        assert_eq!(file_name("quiet otter", "s1"), "quiet-otter-s1");
        assert_eq!(file_name("../../etc/\"x\"\r\n", "s1"), "etc--x-s1");
        assert_eq!(file_name("żółw", "s1"), "w-s1");
    }
}
