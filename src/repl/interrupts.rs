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
