//! The runtime that a command is carried out on.

use crate::error::{Error, ExitCode, Result};
use catalog::text;

/// One thread is enough for everything that waits for one person.
///
/// A command's future is tens of kilobytes. It is made here, and kept off the
/// stack: the caller's frame would have room for those of all commands.
#[inline(never)]
pub(super) fn block_on<F>(command: impl FnOnce() -> F) -> Result<ExitCode>
where
    F: Future<Output = Result<ExitCode>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Error::check(text!("no runtime", "nie udało się wystartować")).because(&error)
        })?;
    let outcome = runtime.block_on(Box::pin(command()));
    if matches!(&outcome, Err(error) if error.exit == ExitCode::Interrupted) {
        // A thread may still wait for a key or a line that nobody will type.
        runtime.shutdown_background();
    }
    outcome
}
