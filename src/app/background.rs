//! Whether the terminal's background is light, so that colours can be read.
//!
//! The user's word comes first, then what terminals say in `COLORFGBG`; then
//! the terminal itself is asked (OSC 11), together with something that every
//! terminal answers (DA1), so that the end of that answer says that the first
//! one will not come. Only terminals are asked that are known to answer, on this
//! machine: the answer of any other would come while a line is typed, or never.

#[cfg(unix)]
use std::time::{Duration, Instant};

/// How long the terminal may take; it takes a few milliseconds.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_millis(200);

/// Whether the background is light, as the user says in `REDIS_LAB_BACKGROUND`,
/// or as the terminal says; it is asked where `ask` allows it.
pub(super) fn is_light(ask: bool) -> bool {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    said(
        variable("REDIS_LAB_BACKGROUND").as_deref(),
        variable("COLORFGBG").as_deref(),
    )
    .unwrap_or_else(|| ask && answers(variable) && asked().unwrap_or(false))
}

/// What the user says, otherwise what many terminals do, whose last number is
/// that of the background's colour.
fn said(by_user: Option<&str>, by_terminal: Option<&str>) -> Option<bool> {
    match by_user {
        Some("light") => Some(true),
        Some("dark") => Some(false),
        _ => {
            let number = by_terminal?.rsplit(';').next()?;
            let number: u8 = number.parse().ok()?;
            Some(matches!(number, 7 | 15))
        }
    }
}

/// Whether the terminal is one of those that answer at once, by the variables
/// that they set.
fn answers(variable: impl Fn(&str) -> Option<String>) -> bool {
    const TELLING: [&str; 9] = [
        "ALACRITTY_WINDOW_ID",
        "GHOSTTY_RESOURCES_DIR",
        "ITERM_SESSION_ID",
        "KITTY_WINDOW_ID",
        "KONSOLE_VERSION",
        "TMUX",
        "VTE_VERSION",
        "WEZTERM_PANE",
        "XTERM_VERSION",
    ];
    const PROGRAMS: [&str; 2] = ["Apple_Terminal", "vscode"];
    const REMOTE: [&str; 2] = ["SSH_CONNECTION", "SSH_TTY"];
    let is_set = |name: &&str| variable(name).is_some();
    let is_known = TELLING.iter().any(&is_set)
        || variable("TERM_PROGRAM").is_some_and(|own| PROGRAMS.contains(&own.as_str()))
        || variable("TERM").is_some_and(|own| own.starts_with("foot"));
    is_known && !REMOTE.iter().any(is_set)
}

/// Asks the terminal; `None` where it does not say.
#[cfg(unix)]
fn asked() -> Option<bool> {
    use rustix::process::getpgrp;
    use rustix::termios::{OptionalActions::Now, tcgetattr, tcgetpgrp, tcsetattr};
    use std::io::{self, Write as _};
    let input = io::stdin();
    // In the background the system would stop us for it.
    if tcgetpgrp(&input).ok()? != getpgrp() {
        return None;
    }
    let modes = tcgetattr(&input).ok()?;
    let mut raw = modes.clone();
    raw.make_raw();
    tcsetattr(&input, Now, &raw).ok()?;
    let mut output = io::stdout();
    let written = output.write_all(b"\x1b]11;?\x1b\\\x1b[c");
    let answer = written.and_then(|()| output.flush()).map(|()| answer());
    // Where this fails there is no terminal any more.
    let _ = tcsetattr(&input, Now, &modes);
    is_light_colour(&answer.ok()?)
}

#[cfg(not(unix))]
fn asked() -> Option<bool> {
    None
}

/// What the terminal answers, up to the end of its last answer.
#[cfg(unix)]
fn answer() -> Vec<u8> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let begun = Instant::now();
    let input = std::io::stdin();
    let mut answer = Vec::new();
    while !is_whole(&answer) {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        let Ok(left) = Timespec::try_from(left) else {
            break;
        };
        let mut ready = [PollFd::new(&input, PollFlags::IN)];
        if !poll(&mut ready, Some(&left)).is_ok_and(|count| count > 0) {
            break;
        }
        let mut bytes = [0; 256];
        match rustix::io::read(&input, &mut bytes) {
            Ok(count) if count > 0 => answer.extend_from_slice(&bytes[..count]),
            _ => break,
        }
    }
    answer
}

/// Whether the answer to the second question (`ESC [ ? ... c`) is there.
#[cfg(any(unix, test))]
fn is_whole(answer: &[u8]) -> bool {
    let begin = answer.windows(3).position(|three| three == b"\x1b[?");
    begin.is_some_and(|at| answer[at..].contains(&b'c'))
}

/// Whether `ESC ] 11 ; rgb:RRRR/GGGG/BBBB` is a light colour. Each part has one
/// to four digits of what is its greatest.
#[cfg(any(unix, test))]
fn is_light_colour(answer: &[u8]) -> Option<bool> {
    let answer = String::from_utf8_lossy(answer);
    let (_, colour) = answer.split_once("\x1b]11;rgb:")?;
    let colour = colour.split(['\x07', '\x1b']).next()?;
    let part = |digits: &str| {
        let is_short = (1..=4).contains(&digits.len());
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| is_short)?;
        Some(f64::from(value) / f64::from(16_u32.pow(digits.len() as u32) - 1))
    };
    let parts: Vec<f64> = colour.split('/').map(part).collect::<Option<_>>()?;
    // How bright each is to the eye (ITU-R BT.709).
    let [red, green, blue] = parts.as_slice() else {
        return None;
    };
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_is_what_is_said_and_otherwise_what_is_told() {
        assert_eq!(said(Some("light"), Some("15;0")), Some(true));
        assert_eq!(said(Some("dark"), Some("0;15")), Some(false));
        assert_eq!(said(None, Some("0;default;15")), Some(true));
        assert_eq!(said(Some("?"), Some("0;7")), Some(true));
        assert_eq!(said(None, Some("15;0")), Some(false));
        for told in [None, Some("0;default")] {
            assert_eq!(said(None, told), None);
        }
    }

    #[test]
    fn only_terminals_here_that_answer_are_asked() {
        let of = |set: &[(&str, &str)]| {
            answers(|name| {
                let found = set.iter().find(|(own, _)| *own == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(of(&[("KITTY_WINDOW_ID", "1")]));
        assert!(of(&[("TERM_PROGRAM", "vscode")]));
        assert!(of(&[("TERM", "foot-extra")]));
        assert!(!of(&[("TERM", "xterm-256color")]));
        assert!(!of(&[("TERM_PROGRAM", "something")]));
        assert!(!of(&[("KITTY_WINDOW_ID", "1"), ("SSH_TTY", "/dev/pts/1")]));
    }

    #[test]
    fn a_colour_is_light_by_what_the_eye_sees() {
        let light = |colour: &str| {
            let answer = format!("\x1b]11;rgb:{colour}\x1b\\\x1b[?62;4c");
            assert!(is_whole(answer.as_bytes()), "{answer:?}");
            is_light_colour(answer.as_bytes())
        };
        assert_eq!(light("ffff/ffff/ffff"), Some(true));
        assert_eq!(light("fd/f6/e3"), Some(true));
        assert_eq!(light("f/f/d"), Some(true));
        assert_eq!(light("0000/2b2b/3636"), Some(false));
        assert_eq!(light("0000/0000/ffff"), Some(false));
        assert_eq!(is_light_colour(b"\x1b]11;rgb:ff/ff/ff\x07"), Some(true));
        for wrong in ["ff/ff", "ff/ff/ff/ff", "x/y/z", "fffff/0/0", "//", "é/1/1"] {
            assert_eq!(light(wrong), None, "{wrong}");
        }
        assert_eq!(is_light_colour(b"\x1b[?62;4c"), None);
        assert!(!is_whole(b"\x1b]11;rgb:cc/cc/cc\x07"));
    }
}
