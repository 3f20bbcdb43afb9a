//! Bringing a stage to a place in its lesson, as the lesson leaves it there.

use super::Stage;
use crate::error::Result;
use crate::lesson::{Item, Lesson};
use crate::runner::Event;
use std::time::Duration;

/// As long is waited for what expired in the step before the place; who waits
/// longer has lost the thread.
const SHORT: Duration = Duration::from_secs(1);

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
    /// are left out: they clean up after themselves.
    ///
    /// # Errors
    /// When the connection fails, or the sandbox refuses a command.
    pub async fn replay(&mut self, lesson: &Lesson, to: Spot) -> Result<()> {
        self.reset().await?;
        let quiet = &mut |_: Event| Ok(());
        let steps = lesson.steps.iter().take(to.step + 1).enumerate();
        for (index, step) in steps {
            let here = index == to.step;
            let upto = if here { to.item } else { step.items.len() };
            for item in step.items.iter().take(upto) {
                match item {
                    // This step's own times matter to what comes next, and those
                    // of the one before: what expired there is not there here.
                    Item::Wait(duration)
                        if here || (index + 1 == to.step && *duration <= SHORT) =>
                    {
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
