//! Bringing a stage to a place in its lesson, as the lesson leaves it there.

use super::Stage;
use crate::error::Result;
use crate::lesson::{Item, Lesson};
use crate::runner::Event;
use std::time::Duration;

/// As long is waited for what expired in the step before the place; who waits
/// longer has lost the thread.
const SHORT: Duration = Duration::from_secs(1);

/// Which times of earlier steps pass again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// All: what has expired on the way is not there.
    All,
    /// Those that matter to what comes next: short ones of the step before.
    Near,
}

/// A place in a lesson: what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spot {
    /// The index of the step.
    pub step: usize,
    /// The index of the item in it.
    pub item: usize,
    /// The line of a block.
    pub line: usize,
}

impl Stage {
    /// Plays a lesson from its beginning to a spot, without showing it. Demos
    /// are left out: they clean up after themselves. This step's own times pass.
    ///
    /// # Errors
    /// When the connection fails, or the sandbox refuses a command.
    pub async fn replay(&mut self, lesson: &Lesson, to: Spot, waits: Waits) -> Result<()> {
        self.reset().await?;
        let quiet = &mut |_: Event| Ok(());
        let steps = lesson.steps.iter().take(to.step + 1).enumerate();
        for (index, step) in steps {
            let here = index == to.step;
            let upto = if here { to.item } else { step.items.len() };
            let near = |duration: Duration| index + 1 == to.step && duration <= SHORT;
            for item in step.items.iter().take(upto) {
                match item {
                    Item::Wait(duration) if here || waits == Waits::All || near(*duration) => {
                        tokio::time::sleep(*duration).await;
                    }
                    item => self.run_item(lesson, item, quiet).await?,
                }
            }
            if let Some(Item::Run(block)) = step.items.get(to.item).filter(|_| here) {
                for line in 0..to.line {
                    self.run_command(lesson, block, line, quiet).await?;
                }
            }
        }
        Ok(())
    }
}
