//! How much of a step is in sight.

/// Where the picture of the step is scrolled to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scroll {
    /// Lines scrolled away by hand, `None` while it follows what happens.
    pub by_hand: Option<usize>,
    /// The first line shown, as last drawn.
    pub top: usize,
    /// How many lines fit, as last drawn.
    pub height: usize,
    /// How many lines there are, as last drawn.
    pub total: usize,
}

impl Scroll {
    /// Whether there is something below the last line shown.
    pub fn more_below(&self) -> bool {
        self.top + self.height < self.total
    }

    /// Scrolls by hand, down or up.
    pub(super) fn by(&mut self, lines: isize) {
        let last = self.total.saturating_sub(self.height);
        let top = self.top.saturating_add_signed(lines).min(last);
        self.by_hand = Some(top);
        self.top = top;
    }
}
