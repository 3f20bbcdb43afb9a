//! `:keys`: what the server holds, as a list; with `:keys on` beside the text
//! before every prompt, with what has changed since the one before.

use super::state::{Demos, Guide};
use crate::error::{Error, Result};
use crate::render::cut;
use crate::render::style::Ink;
use crate::session::hooks::{Aside, Desk, Said};
use crate::session::keyspace::{Observer, Place, Sign, Snapshot, Value, named};
use catalog::text;
use std::time::Duration;
use tokio::time::timeout;
use unicode_width::UnicodeWidthStr as _;

/// With less room than this no value is shown.
const LEAST_VIEW: usize = 12;

/// Nothing stands beside the text on a narrower terminal.
const LEAST_COLUMNS: usize = 100;

/// At most so many columns stand beside the text.
const WIDEST: usize = 44;

/// The prompt does not wait longer for a server that has stopped.
const PATIENCE: Duration = Duration::from_millis(500);

impl<D: Demos> Guide<D> {
    /// `:keys`, `:keys on`, `:keys off`.
    pub(super) async fn keys(&mut self, desk: &Desk<'_>, args: &[String]) -> Result<Said> {
        match args.first().map(String::as_str) {
            None => return Ok(Said::text(self.list_of_keys(desk).await?)),
            Some("on") if self.room_beside() == 0 => {
                return Err(Error::usage(text!(
                    "there is no room beside the text here, {LEAST_COLUMNS} columns are needed; :keys lists what the server holds",
                    "tu nie ma miejsca obok tekstu, potrzeba {LEAST_COLUMNS} kolumn; :keys wypisuje, co jest na serwerze"
                )));
            }
            Some("on") => self.beside = Some(Snapshot::default()),
            Some("off") => self.beside = None,
            Some(_) => {
                return Err(Error::usage(text!(
                    ":keys takes on, off, or nothing",
                    ":keys przyjmuje on, off albo nic"
                )));
            }
        }
        self.measure();
        Ok(Said::default())
    }

    /// A line for each key: its type and size, and beside that the beginning of
    /// its value, where there is room for it.
    async fn list_of_keys(&self, desk: &Desk<'_>) -> Result<String> {
        let mut observer = Observer::of_all(desk.client.target().clone());
        let held = observer.look().await?;
        let room = self.size().0.saturating_sub(1);
        let mut text: String = held
            .keys
            .iter()
            .map(|(place, value)| format!("  {}\n", self.key(place, value, room - 2)))
            .collect();
        if held.keys.is_empty() {
            text = format!("  {}\n", self.no_keys());
        }
        if held.partial {
            text.push_str("  …\n");
        }
        Ok(text)
    }

    fn no_keys(&self) -> &'static str {
        let lang = self.lang();
        lang.pick("the server holds no keys", "na serwerze nie ma kluczy")
    }

    /// A key in so many columns.
    fn key(&self, place: &Place, value: &Value, columns: usize) -> String {
        let name = cut(&named(place), columns);
        let about = value.summary(self.lang());
        let left = columns.saturating_sub(name.width() + 2);
        let about = if left < 2 {
            String::new()
        } else {
            cut(&about, left)
        };
        let left = left.saturating_sub(about.width() + 2);
        let view = if left < LEAST_VIEW {
            String::new()
        } else {
            format!("  {}", cut(&value.view, left))
        };
        let (name, about) = (self.paint(Ink::Key, name), self.paint(Ink::Dim, about));
        format!("{name}  {about}{view}")
    }

    /// How many columns there are for something beside the text: none where
    /// nothing may stand there.
    fn room_beside(&self) -> usize {
        let (columns, _) = (self.options.size)();
        let lays_out = self.options.plain || self.options.events.is_some();
        if lays_out || columns < LEAST_COLUMNS {
            return 0;
        }
        (columns / 3).min(WIDEST)
    }

    /// The columns and rows that the text has.
    pub(super) fn size(&self) -> (usize, usize) {
        let (columns, rows) = (self.options.size)();
        match self.beside {
            Some(_) => (columns - self.room_beside(), rows),
            None => (columns, rows),
        }
    }

    /// The keys as they stand beside the next prompt.
    pub(super) async fn keys_beside(&mut self, desk: &Desk<'_>) -> Option<Aside> {
        let columns = self.room_beside();
        let before = self.beside.as_ref().filter(|_| columns > 0)?;
        // A connection that stays would be in the lesson's CLIENT LIST.
        let mut observer = Observer::of_all(desk.client.target().clone());
        let Ok(Ok(now)) = timeout(PATIENCE, observer.look()).await else {
            let text = self.lang().pick("no answer", "brak odpowiedzi");
            let lines = vec![self.paint(Ink::Dim, format!("│ {text}"))];
            return Some(Aside { columns, lines });
        };
        let changes = before.changes(&now);
        let sign = |place: &Place| changes.iter().find(|change| change.place == *place);
        let bar = self.paint(Ink::Dim, "│ ");
        let mut lines = Vec::new();
        for (place, value) in &now.keys {
            let sign = match sign(place).map(|change| change.sign) {
                Some(Sign::New) => self.paint(Ink::Good, "+ "),
                Some(Sign::Changed) => self.paint(Ink::Warn, "~ "),
                Some(Sign::Gone) | None => "  ".to_owned(),
            };
            // The bar and the sign, and the last column stays free.
            let key = self.key(place, value, columns - 5);
            lines.push(format!("{bar}{sign}{key}"));
        }
        for change in changes.iter().filter(|change| change.sign == Sign::Gone) {
            let name = cut(&named(&change.place), columns - 5);
            let sign = self.paint(Ink::Bad, "- ");
            lines.push(format!("{bar}{sign}{}", self.paint(Ink::Dim, name)));
        }
        if lines.is_empty() {
            lines.push(format!("{bar}{}", self.paint(Ink::Dim, self.no_keys())));
        }
        // The prompt's row stays free.
        let most = self.size().1.saturating_sub(2);
        if now.partial || lines.len() > most {
            lines.truncate(most.saturating_sub(1));
            lines.push(format!("{bar}  …"));
        }
        self.beside = Some(now);
        Some(Aside { columns, lines })
    }
}
