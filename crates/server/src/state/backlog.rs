//! A client's output that did not fit into its last buffer. A large output is
//! kept in several buffers, so that none of it is ever copied to make room,
//! and what has been sent is freed while the rest waits.

use std::collections::VecDeque;

/// The full buffers before the last one, and how far they have been sent.
#[derive(Debug, Default)]
pub struct Backlog {
    full: VecDeque<Vec<u8>>,
    /// The bytes in `full`.
    bytes: usize,
    /// How much of the first buffer has been sent: of the last one, where
    /// there is no full one.
    sent: usize,
}

impl Backlog {
    /// A buffer is full: another one follows.
    pub fn push(&mut self, buffer: Vec<u8>) {
        self.bytes += buffer.len();
        self.full.push_back(buffer);
    }

    /// The bytes held, with what has been sent of the first buffer.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The bytes to be sent, where the last buffer has so many.
    pub fn unsent(&self, last: usize) -> usize {
        // While a command is executed it has borrowed the last buffer.
        (self.bytes + last).saturating_sub(self.sent)
    }

    /// What is to be sent next; nothing, if everything has been.
    pub fn next<'a>(&'a self, last: &'a [u8]) -> &'a [u8] {
        let first = self.full.front().map_or(last, Vec::as_slice);
        &first[self.sent..]
    }

    /// So much of [`Backlog::next`] has been sent.
    pub fn advance(&mut self, sent: usize) {
        self.sent += sent;
        if let Some(first) = self.full.front()
            && first.len() == self.sent
        {
            self.bytes -= self.sent;
            self.sent = 0;
            self.full.pop_front();
        }
    }

    /// Everything that is to be sent, with the last buffer; nothing is left.
    pub fn take(&mut self, mut last: Vec<u8>) -> Vec<u8> {
        let Backlog { full, sent, .. } = std::mem::take(self);
        if full.is_empty() {
            last.drain(..sent);
            return last;
        }
        let mut all = Vec::from(full).concat();
        all.drain(..sent);
        all.append(&mut last);
        all
    }
}
