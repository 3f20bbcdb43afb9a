//! The terminal, borrowed: raw mode and the alternate screen are given back
//! however the walkthrough ends.

use super::present::broken;
use crate::error::Result;
use crossterm::cursor::{Hide, Show};
use crossterm::event;
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{self, Stdout};
use std::sync::Once;
use std::time::Duration;

/// Keys that arrive within so short a time were sent as one, by a paste for
/// example.
const TOGETHER: Duration = Duration::from_millis(1);

/// A full screen, for as long as this value lives.
#[derive(Debug)]
#[must_use = "the screen is given back when this is dropped"]
pub struct FullScreen {
    /// The modes found, which are put back even when something else (the
    /// shell's line editor) changed them meanwhile.
    #[cfg(unix)]
    modes: Option<rustix::termios::Termios>,
}

impl FullScreen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it cannot be switched.
    pub fn enter() -> Result<FullScreen> {
        restore_on_panic();
        let screen = FullScreen {
            #[cfg(unix)]
            modes: rustix::termios::tcgetattr(io::stdin()).ok(),
        };
        screen.take()?;
        Ok(screen)
    }

    /// Takes the terminal again after [`FullScreen::pause`].
    ///
    /// # Errors
    /// When it cannot be switched.
    pub fn take(&self) -> Result<()> {
        enable_raw_mode().map_err(broken)?;
        execute!(io::stdout(), EnterAlternateScreen, Hide).map_err(broken)
    }

    /// Gives the terminal back for a while.
    pub fn pause(&self) {
        restore();
        #[cfg(unix)]
        if let Some(modes) = &self.modes {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(io::stdin(), now, modes);
        }
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        self.pause();
    }
}

/// Nothing more can be done when the terminal is gone.
fn restore() {
    let _ = disable_raw_mode();
    let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
}

/// A panic's message must be readable, and the shell usable after it.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            usual(info);
        }));
    });
}

/// The terminal to draw on.
///
/// # Errors
/// When its size cannot be found out.
pub fn canvas() -> Result<Terminal<CrosstermBackend<Stdout>>> {
    Terminal::new(CrosstermBackend::new(io::stdout())).map_err(broken)
}

/// Drops the keys that came together with the last one, before somebody else
/// reads the terminal: heard only later, one of them could run something.
pub fn forget_typed_ahead() {
    // An error shows where the terminal is used next.
    while event::poll(TOGETHER).unwrap_or(false) && event::read().is_ok() {}
}
