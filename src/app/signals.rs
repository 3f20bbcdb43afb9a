//! Ending in order when a signal says so: what is private is removed, and a
//! server that is not ours is left as it was found.

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// Waits until something ends this program: SIGTERM, or the loss of its
/// terminal. Where there are no such signals it waits for ever.
#[cfg(unix)]
pub(super) async fn told_to_end() {
    let kinds = [SignalKind::terminate(), SignalKind::hangup()];
    let mut signals: Vec<_> = kinds
        .into_iter()
        .filter_map(|kind| signal(kind).ok())
        .collect();
    if signals.is_empty() {
        return std::future::pending().await;
    }
    let each = signals.iter_mut().map(|signal| Box::pin(signal.recv()));
    futures_util::future::select_all(each).await;
}

#[cfg(not(unix))]
pub(super) async fn told_to_end() {
    std::future::pending().await
}

/// Waits for Ctrl-C, or for the end as [`told_to_end`] knows it.
pub(super) async fn interrupted() {
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    tokio::select! {
        () = ctrl_c => {}
        () = told_to_end() => {}
    }
}

/// The modes of the terminal, for whoever has to leave while another thread
/// still reads it in modes of its own.
#[derive(Debug)]
pub(super) struct Modes {
    #[cfg(unix)]
    modes: Option<rustix::termios::Termios>,
}

impl Modes {
    /// Those of now.
    pub(super) fn save() -> Modes {
        Modes {
            #[cfg(unix)]
            modes: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    /// Puts them back, on a line of its own, with bracketed paste off.
    pub(super) fn restore(&self) {
        #[cfg(unix)]
        if let Some(modes) = &self.modes {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, modes);
            // The terminal may be gone: that is why we end.
            let _ = super::terminal::write_out("\x1b[?2004l\r\n");
        }
    }
}
