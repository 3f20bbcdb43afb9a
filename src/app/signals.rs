//! Ending in order when a signal says so: what is private is removed, and a
//! server that is not ours is left as it was found.

use super::terminal::{raw_beside, remark};
use crate::conn::Target;
use crate::error::{Error, ExitCode, Result};
use crate::runner::Stage;
use catalog::lang::Lang;
use catalog::text;
use std::time::Duration;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// Waits until something ends this program: SIGTERM, or the loss of its
/// terminal. Where there are no such signals it waits for ever.
#[cfg(unix)]
pub(super) async fn told_to_end() {
    let mut kinds = vec![SignalKind::terminate()];
    if !outlasts_terminal() {
        kinds.push(SignalKind::hangup());
    }
    let signals = kinds.into_iter().filter_map(|kind| signal(kind).ok());
    let mut signals: Vec<_> = signals.collect();
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

/// Whether the program was started with SIGHUP ignored, as `nohup` does: then
/// it is to go on when its terminal is lost. Known on Linux only.
#[cfg(unix)]
pub(super) fn outlasts_terminal() -> bool {
    /// Looked at before anything listens for the signal.
    static OUTLASTS: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        // The lowest bit is that of signal 1.
        mask.is_some_and(|mask| mask & 1 != 0)
    });
    *OUTLASTS
}

/// Waits for Ctrl-C.
async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

/// Waits for Ctrl-C, or for the end as [`told_to_end`] knows it.
pub(super) async fn interrupted() {
    tokio::select! {
        () = ctrl_c() => {}
        () = told_to_end() => {}
    }
}

/// Whoever leaves waits so long for the server, and some times as long as it
/// took to be reached: one that answers has been left as it was found by then.
const GRACE: Duration = Duration::from_millis(60);

/// Does what is left to do on a server that somebody leaves, which took
/// `reaching` to be reached. `None` when it does not answer: nobody is kept
/// waiting for it then, nor ever against Ctrl-C. A terminal that is closed is
/// no such wish: it first cannot be read, and SIGHUP comes after that.
pub(super) async fn soon<T>(reaching: Duration, last: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = last => Some(done),
        () = ctrl_c() => None,
        () = tokio::time::sleep(grace(reaching)) => None,
    }
}

fn grace(reaching: Duration) -> Duration {
    GRACE + 4 * reaching
}

/// Leaves the server as it was found, after `outcome`: when a person left the
/// lesson, soon; when it is over, however long that takes.
///
/// # Errors
/// That of `outcome`, or else that of leaving.
pub(super) async fn leave<T>(stage: Stage, outcome: Result<T>, end: End, lang: Lang) -> Result<T> {
    let (target, took) = (stage.target().clone(), stage.took());
    let is_interrupted = matches!(&outcome, Err(error) if error.exit == ExitCode::Interrupted);
    let closed = if is_interrupted || end == End::Left {
        soon(took, stage.close()).await
    } else {
        let hurried = async {
            told_to_end().await;
            tokio::time::sleep(grace(took)).await;
        };
        tokio::select! {
            closed = stage.close() => Some(closed),
            () = ctrl_c() => None,
            () = hurried => None,
        }
    };
    if closed.as_ref().is_none_or(Result::is_err) {
        say_left_behind(&target, lang);
    }
    match (outcome, closed) {
        (Ok(_), None) if end == End::Over => Err(Error::interrupted()),
        (Ok(_), Some(Err(error))) if end == End::Over => Err(error.into()),
        (outcome, _) => outcome,
    }
}

/// How a lesson ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// By itself.
    Over,
    /// A person left it.
    Left,
}

/// A private server goes with everything on it; another one keeps the keys.
fn say_left_behind(target: &Target, lang: Lang) {
    after_ctrl_c();
    remark(&left_behind(target, lang));
}

/// What is said of keys that could not be deleted.
pub(super) fn left_behind(target: &Target, lang: Lang) -> String {
    text!(
        lang,
        "{target} does not answer: keys under lab: stay there; --reset-lab removes them",
        "{target} nie odpowiada: klucze lab: tam zostają; usunie je --reset-lab"
    )
}

/// Begins a line of its own where a terminal has shown `^C`.
pub(super) fn after_ctrl_c() {
    if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        raw_beside("\r");
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
            let _ = super::terminal::control(b"\x1b[?2004l\r\n");
        }
    }
}
