//! What is still to be reported: in order, in numbered posts, each sent
//! unchanged until it is answered. A class that was away gets everything later,
//! and gets nothing twice.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// As many events go into one post; the class takes no more.
const MOST: usize = 100;

/// So long may the events of a post be, in bytes; the class takes 64 kB.
const LARGEST: usize = 48 * 1024;

/// So many events wait. Beyond that the oldest that say only where somebody
/// was, or tried in vain, make room.
const WAITING: usize = 5_000;

/// Numbered posts and what comes after them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    /// The number of the last post that was answered.
    #[serde(default)]
    answered: u64,
    /// How many of the waiting events the next post has; it has been sent, and
    /// so it stays as it is.
    #[serde(default)]
    sent: usize,
    /// In the order in which they happened.
    #[serde(default)]
    waiting: VecDeque<Value>,
}

impl Outbox {
    /// Whether everything was answered.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Adds something that has happened. Where somebody is, and what he sees,
    /// replaces what was so before, as long as nothing happened in between.
    pub fn push(&mut self, event: Value) {
        let is_state = |event: &Value| matches!(event["what"].as_str(), Some("at" | "screen"));
        let last = self
            .waiting
            .back()
            .filter(|_| self.waiting.len() > self.sent);
        if is_state(&event) && last.is_some_and(|last| last["what"] == event["what"]) {
            self.waiting.pop_back();
        }
        self.waiting.push_back(event);
        if self.waiting.len() > WAITING {
            let spare =
                |event: &Value| matches!(event["what"].as_str(), Some("at" | "try" | "screen"));
            let spare = self.waiting.iter().skip(self.sent).position(spare);
            self.waiting.remove(self.sent + spare.unwrap_or(0));
        }
    }

    /// The next post: the same one until it is answered.
    pub fn next_post(&mut self) -> Option<(u64, Value)> {
        if self.waiting.is_empty() {
            return None;
        }
        if self.sent == 0 {
            let mut size = 0;
            let fits = |event: &&Value| {
                size += event.to_string().len() + 1;
                size <= LARGEST
            };
            let sent = self.waiting.iter().take(MOST).take_while(fits).count();
            // One that is larger goes alone.
            self.sent = sent.max(1);
        }
        let post = self.answered + 1;
        let events: Vec<&Value> = self.waiting.iter().take(self.sent).collect();
        Some((post, json!({"post": post, "events": events})))
    }

    /// The class has post `number`, and all before it.
    pub fn answered(&mut self, number: u64) {
        if number > self.answered {
            self.answered = number;
            self.waiting.drain(..self.sent.min(self.waiting.len()));
            self.sent = 0;
        }
    }

    /// The class does not take the post that was sent, and never will: the
    /// others are not kept waiting for it.
    pub fn refused(&mut self) {
        self.waiting.drain(..self.sent.min(self.waiting.len()));
        self.sent = 0;
    }

    /// The class says which post it has had last, as after a restart: one that
    /// was sent and whose answer was lost is not sent again.
    pub fn meet(&mut self, last: u64) {
        if self.sent > 0 && last > self.answered {
            self.answered(self.answered + 1);
        }
        self.answered = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(line: &str) -> Value {
        json!({"what": "try", "exercise": "e", "line": line})
    }

    fn lines(post: &Value) -> Vec<&str> {
        let events = post["events"].as_array().unwrap().iter();
        events
            .map(|event| event["line"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn a_post_stays_as_it_is_until_it_is_answered() {
        let mut outbox = Outbox::default();
        assert_eq!(outbox.next_post(), None);
        outbox.push(tried("a"));
        let (one, first) = outbox.next_post().unwrap();
        outbox.push(tried("b"));
        assert_eq!(outbox.next_post(), Some((one, first.clone())));
        assert_eq!((one, lines(&first)), (1, vec!["a"]));
        // It outlives the program.
        let text = serde_json::to_string(&outbox).unwrap();
        let mut outbox: Outbox = serde_json::from_str(&text).unwrap();
        assert_eq!(outbox.next_post(), Some((1, first)));
        outbox.answered(1);
        outbox.answered(1);
        let (two, second) = outbox.next_post().unwrap();
        assert_eq!((two, lines(&second)), (2, vec!["b"]));
        outbox.answered(2);
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_the_class_has_is_not_sent_again() {
        let mut outbox = Outbox::default();
        outbox.push(tried("a"));
        outbox.next_post();
        outbox.push(tried("b"));
        // The answer to post 1 was lost.
        outbox.meet(1);
        let (number, post) = outbox.next_post().unwrap();
        assert_eq!((number, lines(&post)), (2, vec!["b"]));
        // The class has begun anew with its numbers: nothing is lost.
        outbox.meet(0);
        let (number, post) = outbox.next_post().unwrap();
        assert_eq!((number, lines(&post)), (1, vec!["b"]));
    }

    #[test]
    fn posts_are_bounded_and_only_the_last_place_counts() {
        let mut outbox = Outbox::default();
        for step in 1..=3 {
            outbox.push(json!({"what": "at", "section": "lists", "step": step}));
        }
        assert_eq!(outbox.len(), 1);
        for _ in 0..250 {
            outbox.push(tried("x"));
        }
        let mut posts = 0;
        while let Some((number, post)) = outbox.next_post() {
            assert!(post["events"].as_array().unwrap().len() <= MOST);
            outbox.answered(number);
            posts += 1;
        }
        assert_eq!(posts, 3);
        let long = "x".repeat(LARGEST / 3);
        for _ in 0..4 {
            outbox.push(tried(&long));
        }
        let (_, post) = outbox.next_post().unwrap();
        assert!(post.to_string().len() < 64 * 1024 && lines(&post).len() == 2);
    }

    #[test]
    fn a_long_absence_costs_no_solution() {
        let mut outbox = Outbox::default();
        outbox.push(tried("sent"));
        outbox.next_post();
        outbox.push(json!({"what": "solved", "exercise": "e"}));
        for _ in 0..WAITING + 10 {
            outbox.push(tried("x"));
        }
        assert_eq!(outbox.len(), WAITING);
        assert_eq!(outbox.waiting[0], tried("sent"));
        assert_eq!(outbox.waiting[1]["what"], "solved");
    }
}
