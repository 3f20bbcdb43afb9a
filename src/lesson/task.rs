//! A small task in a step: what to do, and when it is done.

use super::{Expected, Inline, Line, SessionName, Span, plain_text};

/// Keys of tasks begin with this; no step of a lesson uses them.
pub const TRY_PREFIX: &str = "lab:try:";

/// Something small for the learner to do right where it was explained. What
/// comes after it is the same whether it is solved or skipped.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Unique over all sections, as an exercise's.
    pub id: String,
    /// The server of the lesson's own that it is done on.
    pub session: SessionName,
    /// What to do, in a sentence or two.
    pub prompt: Vec<Inline>,
    /// What is prepared for it: keys under [`TRY_PREFIX`].
    pub setup: Vec<Line>,
    /// When it is done.
    pub aim: Aim,
    /// Our answer; a prediction's is its reply.
    pub answer: Vec<Line>,
    /// An answer that is refused; of a prediction, the guess is in its aim.
    pub wrong: Line,
    /// The fence's place.
    pub span: Span,
}

/// When a task is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Aim {
    /// When these commands answer so.
    State(Vec<Line>),
    /// When the learner's command has answered so: that somebody looked shows
    /// nowhere else.
    Reply(Expected),
    /// When the learner has said what this command will answer.
    Predict {
        /// The command, with its reply.
        line: Line,
        /// A wrong guess.
        guess: String,
    },
}

impl Task {
    /// What to do, without markup.
    pub fn text(&self) -> String {
        plain_text(&self.prompt)
    }

    /// Whether this is what the task's command answers, however it is written:
    /// `(integer) 3` or `3`, `"a"` or `a`, `nil`, `empty`, `error`.
    pub fn is_guessed(&self, typed: &str) -> bool {
        let Aim::Predict { line, .. } = &self.aim else {
            return false;
        };
        let reply: String = line.expected.iter().map(|e| e.text.as_str()).collect();
        let typed = words(typed);
        match reply.strip_prefix("(error) ") {
            Some(error) => {
                let code = error.split(' ').next().unwrap_or_default();
                let first = typed.split(' ').next().unwrap_or_default();
                first == "error" || first.eq_ignore_ascii_case(code)
            }
            None => typed == words(&reply),
        }
    }
}

/// A reply's bare words.
fn words(reply: &str) -> String {
    // The index of an element.
    let is_index = |word: &str| {
        let number = word.strip_suffix(')');
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let kinds = ["(integer)", "(double)", "(error)"];
    let words = reply.split_whitespace();
    let words = words.filter(|word| !is_index(word) && !kinds.contains(word));
    let text: Vec<&str> = words.collect();
    let text = text.join(" ").replace("(empty array)", "empty");
    let bare = text.replace(['"', '\'', ',', '(', ')', '[', ']'], " ");
    let bare: Vec<&str> = bare.split_whitespace().collect();
    bare.join(" ").to_lowercase()
}
