//! Ctrl-C while no line is edited: none is lost between two waits for it.

/// The interrupts (SIGINT, or Ctrl-C of a Windows console) since it was made.
#[derive(Debug)]
pub(super) struct Interrupts {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    signal: Option<tokio::signal::windows::CtrlC>,
}

impl Interrupts {
    /// From now on. Where the system refuses, its own way of ending us stays.
    pub(super) fn new() -> Interrupts {
        #[cfg(unix)]
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).ok();
        #[cfg(windows)]
        let signal = tokio::signal::windows::ctrl_c().ok();
        Interrupts { signal }
    }

    /// Waits for the next one. Cancel-safe.
    pub(super) async fn pressed(&mut self) {
        let heard = match &mut self.signal {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if heard.is_none() {
            std::future::pending().await
        }
    }
}

/// Stops this program and what it has begun, as Ctrl-Z does where the terminal
/// is not raw, until somebody goes on with it. The terminal is given back
/// before, and taken again afterwards, by whoever has taken it.
pub fn stop_job() {
    #[cfg(unix)]
    {
        use rustix::process::{Signal, kill_current_process_group};
        // Where it cannot be stopped it goes on.
        let _ = kill_current_process_group(Signal::TSTP);
    }
}
