//! Gives the terminal back when redis-lab can no longer do so itself: after
//! SIGKILL, or any signal that ends it at once.

/// While this lives, a shell waits for the end of its standard input, which
/// the system closes with this process, however that ends. Then it puts back
/// the terminal's modes, its screen and its cursor. Dropping this first calls
/// it off.
///
/// Where there is no `sh`, `stty` or `/dev/tty`, there is no watchdog either:
/// nothing else depends on it.
#[derive(Debug)]
#[must_use = "the terminal is watched for as long as this lives"]
pub(super) struct Watchdog {
    #[cfg(unix)]
    shell: Option<std::process::Child>,
}

/// Says "ready" once it knows the modes. A line on its input calls it off.
/// By the time it acts it is in the background, where changing the modes
/// would stop it, were SIGTTOU not ignored. The modes come last: who waits
/// for them, and then leaves the terminal, finds its screen given back.
#[cfg(unix)]
const SCRIPT: &str = r#"trap '' HUP INT QUIT TERM TSTP TTOU
modes=$(stty -g </dev/tty 2>/dev/null) || exit
echo ready
read -r off && exit
printf "$1" >/dev/tty
stty "$modes" </dev/tty"#;

/// Ends bracketed paste, which the line editor turns on.
#[cfg(unix)]
const LINE: &str = r"\033[?2004l";

/// The same, and shows the usual screen and the cursor.
#[cfg(unix)]
const FULL: &str = r"\033[?2004l\033[?1049l\033[?25h";

#[cfg(unix)]
impl Watchdog {
    /// Watches a terminal on which lines will be edited.
    pub(super) fn of_lines() -> Watchdog {
        Watchdog::start(LINE)
    }

    /// Watches a terminal of which the whole screen will be used.
    pub(super) fn of_screen() -> Watchdog {
        Watchdog::start(FULL)
    }

    /// The terminal is now as it should be again later; `undo` is for printf.
    fn start(undo: &str) -> Watchdog {
        use std::io::{BufRead as _, BufReader};
        use std::os::unix::process::CommandExt as _;
        use std::process::{Command, Stdio};
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "redis-lab-terminal", undo])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C, and a signal for all of the job, are not meant for it.
            .process_group(0)
            .spawn();
        let mut watchdog = Watchdog { shell: shell.ok() };
        let ready = watchdog.shell.as_mut().and_then(|shell| {
            let mut line = String::new();
            let out = BufReader::new(shell.stdout.take()?).read_line(&mut line);
            out.ok().filter(|read| *read > 0)
        });
        if ready.is_none() {
            watchdog.call_off();
        }
        watchdog
    }

    fn call_off(&mut self) {
        use std::io::Write as _;
        if let Some(mut shell) = self.shell.take() {
            // One that has ended already needs no word.
            if let Some(mut stdin) = shell.stdin.take() {
                let _ = stdin.write_all(b"off\n");
            }
            let _ = shell.wait();
        }
    }
}

#[cfg(unix)]
impl Drop for Watchdog {
    fn drop(&mut self) {
        self.call_off();
    }
}

#[cfg(not(unix))]
impl Watchdog {
    /// Elsewhere the console belongs to the system.
    pub(super) fn of_lines() -> Watchdog {
        Watchdog {}
    }

    /// As with lines.
    pub(super) fn of_screen() -> Watchdog {
        Watchdog {}
    }
}
