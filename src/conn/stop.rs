//! Ctrl-C, for everything that waits for a server: one mechanism, carried by
//! the target that each connection is made from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::sleep;

/// A server that is asked something usually answers within this time.
const USUAL: Duration = Duration::from_secs(1);

/// Somebody pressed, so that nothing is waited for any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pressed;

/// Tells whatever waits for a server to end. Clones are the same key.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Key>);

#[derive(Debug, Default)]
struct Key {
    is_pressed: AtomicBool,
    pressed: Notify,
    late: Notify,
}

impl Stop {
    /// Ends what is waited for now, and whatever begins to wait before
    /// [`Stop::forget`].
    pub fn press(&self) {
        self.0.is_pressed.store(true, Ordering::SeqCst);
        self.0.pressed.notify_waiters();
    }

    /// What was pressed so far was for what is over now.
    pub fn forget(&self) {
        self.0.is_pressed.store(false, Ordering::SeqCst);
    }

    /// Whether it has been pressed and not forgotten.
    pub fn is_pressed(&self) -> bool {
        self.0.is_pressed.load(Ordering::SeqCst)
    }

    /// Waits until somebody presses; at once when somebody has. Cancel-safe.
    pub async fn pressed(&self) {
        loop {
            let mut next = std::pin::pin!(self.0.pressed.notified());
            next.as_mut().enable();
            if self.is_pressed() {
                return;
            }
            next.await;
        }
    }

    /// Waits for a server, until somebody presses.
    ///
    /// # Errors
    /// [`Pressed`].
    pub(super) async fn or<T>(&self, wait: impl Future<Output = T>) -> Result<T, Pressed> {
        tokio::select! {
            biased;
            done = wait => Ok(done),
            () = self.pressed() => Err(Pressed),
        }
    }

    /// Waits for an answer that usually comes at once; [`Stop::late`] hears
    /// when it does not.
    ///
    /// # Errors
    /// As [`Stop::or`].
    pub(super) async fn or_late<T>(&self, wait: impl Future<Output = T>) -> Result<T, Pressed> {
        let mut wait = std::pin::pin!(self.or(wait));
        tokio::select! {
            biased;
            done = &mut wait => return done,
            () = sleep(USUAL) => self.0.late.notify_waiters(),
        }
        wait.await
    }

    /// Waits until a server has not answered for a second, so that a person
    /// can be told.
    pub async fn late(&self) {
        self.0.late.notified().await;
    }
}
