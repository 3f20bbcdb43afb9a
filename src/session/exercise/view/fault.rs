//! What is wrong with an answer, or still missing in it.

use super::{View, WIDEST, readable};
use crate::render::style::Ink;
use crate::runner::proof::{Fault, Objection, Place};
use crate::session::exercise::attempt::Slip;
use catalog::lang::polish_plural;
use resp::split::quote;

impl View {
    /// What is wrong with an answer, each thing in a sentence.
    pub fn faults(&self, fault: &Fault) -> Vec<String> {
        match fault {
            Fault::State(failed) => failed.iter().map(|failed| failed.message.clone()).collect(),
            Fault::Proof(objection) => vec![self.objection(objection)],
            Fault::Unrepeatable => {
                let text = self.lang.pick(
                    "Right here, but your commands do not lead there from the start. :reset begins again: try it in one go.",
                    "Tu się zgadza, ale twoje polecenia od początku tam nie prowadzą. :reset zaczyna od nowa: spróbuj za jednym razem.",
                );
                vec![text.to_owned()]
            }
        }
    }

    fn objection(&self, objection: &Objection) -> String {
        let lang = self.lang;
        let message = &objection.message;
        match &objection.place {
            Place::Used => message.clone(),
            Place::Again(title) => lang.pick(
                format!("Right here, but {title}: {message}"),
                format!("Tu się zgadza, ale {title}: {message}"),
            ),
            Place::Rival { title, before: 0 } => lang.pick(
                format!("Right here, but if {title} before line 1: {message}"),
                format!("Tu się zgadza, ale jeśli {title} przed wierszem 1: {message}"),
            ),
            Place::Rival { title, before } => {
                let next = before + 1;
                lang.pick(
                    format!("Right here, but if {title} between line {before} and line {next}: {message}"),
                    format!("Tu się zgadza, ale jeśli {title} między wierszem {before} a {next}: {message}"),
                )
            }
        }
    }

    /// The lines that an objection counts.
    fn counted(&self, objection: &Objection) -> String {
        if !matches!(objection.place, Place::Rival { .. }) {
            return String::new();
        }
        let width = self.width.clamp(20, WIDEST) - 8;
        let mut text = String::new();
        for (index, argv) in objection.commands.iter().enumerate() {
            let command = readable(argv);
            let mut lines = command.lines();
            let first = lines.next().unwrap_or_default();
            let mut line: String = first.chars().take(width).collect();
            if lines.next().is_some() || line.len() < first.len() {
                line.push('…');
            }
            let number = index + 1;
            text.push_str(&self.style.paint(Ink::Dim, format!("    {number}  {line}")));
            text.push('\n');
        }
        text
    }

    /// What was hardly meant.
    pub fn slip(&self, slip: &Slip) -> String {
        let lang = self.lang;
        let text = match slip {
            Slip::Key(typed, known) => {
                let (typed, known) = (quote(typed), quote(known));
                lang.pick(
                    format!("the exercise is about {known}, not {typed}"),
                    format!("w ćwiczeniu chodzi o {known}, nie {typed}"),
                )
            }
            Slip::Broke(message) => lang.pick(
                format!("this held before and does not any more: {message}"),
                format!("to się wcześniej zgadzało, a teraz już nie: {message}"),
            ),
        };
        self.remark(&text)
    }

    /// What is still missing: the first thing in full.
    pub fn missing(&self, fault: Option<&Fault>) -> String {
        let Some(fault) = fault else {
            return self.remark(self.lang.pick("nothing is missing", "niczego nie brakuje"));
        };
        let faults = self.faults(fault);
        let Some(first) = faults.first() else {
            return String::new();
        };
        let mut text = self.line(Ink::Warn, first);
        if let Fault::Proof(objection) = fault {
            text.push_str(&self.counted(objection));
        }
        let more = faults.len() - 1;
        if more > 0 {
            let count = self.lang.pick(
                format!("and {more} more"),
                format!(
                    "i jeszcze {more} {}",
                    polish_plural(more as u64, "rzecz", "rzeczy", "rzeczy")
                ),
            );
            text.push_str(&self.remark(&count));
        }
        text
    }
}
