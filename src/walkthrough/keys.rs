//! What a key means in the walkthrough, and what it does to the show.

use super::show::{Overlay, Phase, Show, Want};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// Go on by one.
    Next,
    /// One back, the server too.
    Back,
    /// The next section, or the one before.
    Section(bool),
    /// The section's first step.
    First,
    /// The section's last step, or the one whose number was typed.
    Last,
    /// Part of that number.
    Digit(char),
    /// Prose on or off.
    Prose,
    /// The rest of the step at once.
    Rest,
    /// The step from its start.
    Restart,
    /// Read the lesson again.
    Reload,
    /// The shell.
    Shell,
    /// Stop the program, until the shell it came from goes on with it.
    Stop,
    /// The list of keys.
    Help,
    /// Scroll by so many lines.
    Scroll(isize),
    /// The end.
    Leave,
    /// A key without a meaning of its own.
    Other,
    /// Nothing was pressed.
    None,
}

impl Key {
    /// What a key of the terminal means.
    fn of(key: KeyEvent) -> Key {
        if key.kind == KeyEventKind::Release {
            return Key::None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c' | 'd') => Key::Leave,
                KeyCode::Char('z') => Key::Stop,
                _ => Key::None,
            };
        }
        match key.code {
            KeyCode::Enter | KeyCode::Char(' ' | 'l') | KeyCode::Right | KeyCode::PageDown => {
                Key::Next
            }
            KeyCode::Left | KeyCode::Char('h') | KeyCode::PageUp | KeyCode::Backspace => Key::Back,
            KeyCode::Char('n') => Key::Section(true),
            KeyCode::Char('p') => Key::Section(false),
            KeyCode::Char('g') | KeyCode::Home => Key::First,
            KeyCode::Char('G') | KeyCode::End => Key::Last,
            KeyCode::Char(digit) if digit.is_ascii_digit() => Key::Digit(digit),
            KeyCode::Char('d') => Key::Prose,
            KeyCode::Char('s') => Key::Rest,
            KeyCode::Char('x') => Key::Restart,
            KeyCode::Char('r') => Key::Reload,
            KeyCode::Char('?') => Key::Help,
            KeyCode::Char('q') => Key::Leave,
            KeyCode::Tab => Key::Shell,
            KeyCode::Up | KeyCode::Char('k') => Key::Scroll(-1),
            KeyCode::Down | KeyCode::Char('j') => Key::Scroll(1),
            _ => Key::Other,
        }
    }
}

impl Show {
    /// Goes on by one: the rest of the text, the rest of the command, the
    /// command itself, the next text, the next step.
    pub fn go_on(&mut self) -> Want {
        if self.scroll.more_below() {
            let page = self.scroll.height.saturating_sub(2).max(1);
            self.scroll.by(page as isize);
            return Want::Nothing;
        }
        match self.phase {
            Phase::Typing(_) => {
                self.phase = Phase::Ready;
                Want::Nothing
            }
            Phase::Ready => self.run(),
            Phase::Running => Want::Nothing,
            Phase::Halt if !self.is_step_over() => {
                self.scroll.by_hand = None;
                self.flow()
            }
            Phase::Halt => {
                let Some(place) = self.route.ahead() else {
                    let text = self.lang.pick(
                        "This was the last step. q leaves.",
                        "To był ostatni krok. q kończy.",
                    );
                    self.overlay = Some(Overlay::Message(text.to_owned()));
                    return Want::Nothing;
                };
                // An exercise has data of its own.
                if place.0 != self.route.place().0 || self.step().exercise.is_some() {
                    return self.go(place);
                }
                // The server already stands where the next step begins.
                self.route.go(place);
                self.begin_step();
                self.flow()
            }
        }
    }

    fn back(&mut self) -> Want {
        if self.ran {
            return self.start_over();
        }
        match self.route.back() {
            Some(place) => self.go(place),
            None => Want::Nothing,
        }
    }

    /// A key while a beat runs or the server is brought to a step. `Some`
    /// ends that: the teacher leaves or goes elsewhere. What has not been
    /// seen yet cannot be run; the shell and the lesson's new text come when
    /// what runs is over.
    pub fn key_while_running(&mut self, key: KeyEvent) -> Option<Want> {
        match self.key(key) {
            Want::Nothing => None,
            want @ (Want::Shell | Want::Reload | Want::Stop) => {
                self.deferred = Some(want);
                None
            }
            want => Some(want),
        }
    }

    /// A key.
    pub fn key(&mut self, key: KeyEvent) -> Want {
        let key = Key::of(key);
        match key {
            Key::None => return Want::Nothing,
            Key::Leave => return Want::Leave,
            Key::Stop => return Want::Stop,
            _ => {}
        }
        if self.overlay.take().is_some() {
            return Want::Nothing;
        }
        let digits = match key {
            Key::Digit(_) => String::new(),
            _ => std::mem::take(&mut self.digits),
        };
        match key {
            Key::Next => self.go_on(),
            Key::Back => self.back(),
            Key::Restart => self.start_over(),
            Key::Section(forward) => match self.route.section(forward) {
                Some(place) => self.go(place),
                None => Want::Nothing,
            },
            Key::First => self.go(self.route.here(0)),
            Key::Last => {
                let last = self.lesson().steps.len();
                let wanted = digits.parse().unwrap_or(last);
                self.go(self.route.here(wanted.clamp(1, last) - 1))
            }
            Key::Digit(digit) => {
                if self.digits.len() < 3 {
                    self.digits.push(digit);
                }
                Want::Nothing
            }
            Key::Prose => {
                self.prose = !self.prose;
                self.scroll.by_hand = None;
                Want::Nothing
            }
            Key::Rest => {
                self.rest = true;
                match self.phase {
                    Phase::Running => Want::Nothing,
                    Phase::Typing(_) | Phase::Ready => self.run(),
                    Phase::Halt => self.flow(),
                }
            }
            Key::Help => {
                self.overlay = Some(Overlay::Help);
                Want::Nothing
            }
            Key::Scroll(lines) => {
                self.scroll.by(lines);
                Want::Nothing
            }
            Key::Reload => Want::Reload,
            Key::Shell => Want::Shell,
            Key::Leave | Key::Stop | Key::None => Want::Nothing,
            // Any key types on; it never runs anything.
            Key::Other => {
                if let Phase::Typing(_) = self.phase {
                    self.phase = Phase::Ready;
                }
                Want::Nothing
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::beats::Beat;
    use super::super::show::Options;
    use super::*;
    use crate::lesson::parse;
    use crate::runner::{Event, Verdict};
    use catalog::lang::Lang;
    use std::time::Duration;

    const LESSON: &str = "# Title\n\nIntro.\n\n```redis\nSET lab:a 1\nGET lab:a\n```\n\n```text expect\nOK\n\"1\"\n```\n\nAfter.\n\n## Second\n\n```redis\nPING\n```\n\n```text expect\nPONG\n```\n";

    fn show(keystroke: Option<Duration>) -> Show {
        show_of(LESSON, keystroke)
    }

    fn show_of(text: &str, keystroke: Option<Duration>) -> Show {
        let lesson = parse("t", "t.md", text).expect("a good lesson");
        let options = Options {
            auto: None,
            keystroke,
            color: true,
        };
        let mut show = Show::new(vec![lesson], String::new(), Lang::En, options);
        assert_eq!(show.start_over(), Want::Prepare);
        show.prepared();
        show
    }

    fn press(show: &mut Show, code: KeyCode) -> Want {
        show.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn runs(want: &Want) -> Option<&str> {
        match want {
            Want::Run(Beat::Command { text, .. }) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn any_key_types_on_and_only_next_runs() {
        let mut show = show(Some(Duration::from_millis(1)));
        assert_eq!(show.phase(), Phase::Typing(0));
        show.type_on();
        assert_eq!(show.phase(), Phase::Typing(1));
        assert_eq!(press(&mut show, KeyCode::Char('z')), Want::Nothing);
        assert_eq!(show.phase(), Phase::Ready);
        assert_eq!(press(&mut show, KeyCode::Char('z')), Want::Nothing);
        assert_eq!(show.phase(), Phase::Ready);
        assert_eq!(runs(&press(&mut show, KeyCode::Enter)), Some("SET lab:a 1"));
        assert_eq!(show.phase(), Phase::Running);
    }

    #[test]
    fn a_reply_is_looked_at_before_the_next_text() {
        let mut show = show(None);
        press(&mut show, KeyCode::Enter);
        assert_eq!(show.ran(), Want::Nothing);
        assert_eq!(show.phase(), Phase::Ready, "the next command stands there");
        press(&mut show, KeyCode::Char(' '));
        show.ran();
        assert_eq!(show.phase(), Phase::Halt);
        let before = show.feed.len();
        press(&mut show, KeyCode::Enter);
        assert_eq!(show.feed.len(), before + 1);
        assert!(show.is_step_over());
        press(&mut show, KeyCode::Enter);
        assert_eq!(show.step_index(), 1);
    }

    #[test]
    fn back_goes_to_the_start_of_what_has_run() {
        let mut show = show(None);
        press(&mut show, KeyCode::Char('2'));
        assert_eq!(press(&mut show, KeyCode::Char('G')), Want::Prepare);
        show.prepared();
        assert_eq!(show.step_index(), 1);
        press(&mut show, KeyCode::Enter);
        show.ran();
        assert_eq!(press(&mut show, KeyCode::Left), Want::Prepare);
        show.prepared();
        assert_eq!(show.step_index(), 1);
        assert_eq!(press(&mut show, KeyCode::Left), Want::Prepare);
        show.prepared();
        assert_eq!(show.step_index(), 0);
        assert_eq!(press(&mut show, KeyCode::Left), Want::Nothing);
    }

    #[test]
    fn a_surprise_stops_the_rest() {
        let mut show = show(None);
        assert!(runs(&press(&mut show, KeyCode::Char('s'))).is_some());
        show.push(Event::Reply {
            session: None,
            reply: None,
            verdict: Verdict::Differs {
                expected: "OK".into(),
                place: "t.md:1".into(),
                too_old: None,
            },
            took: Duration::ZERO,
        });
        assert_eq!(show.ran(), Want::Nothing);
        assert_eq!(show.phase(), Phase::Halt);
        assert!(!show.goes_on_alone());
    }
    #[test]
    fn what_runs_by_itself_does_not_keep_left_from_leaving() {
        let text = format!(
            "{LESSON}\n## Third\n\n<!-- wait: 1ms -->\n\n```redis\nPING\n```\n\n```text expect\nPONG\n```\n"
        );
        let mut show = show_of(&text, None);
        press(&mut show, KeyCode::Char('G'));
        let want = show.prepared();
        assert!(matches!(want, Want::Run(Beat::Wait(_))), "{want:?}");
        assert_eq!(show.ran(), Want::Nothing);
        assert_eq!((show.step_index(), show.phase()), (2, Phase::Ready));
        assert_eq!(press(&mut show, KeyCode::Left), Want::Prepare);
        assert_eq!(show.step_index(), 1);
    }

    #[test]
    fn keys_pressed_while_something_runs_are_not_lost() {
        let mut show = show(None);
        let press =
            |show: &mut Show, code| show.key_while_running(KeyEvent::new(code, KeyModifiers::NONE));
        show.start_over();
        // What has not been seen cannot be run.
        assert_eq!(press(&mut show, KeyCode::Enter), None);
        assert_eq!(press(&mut show, KeyCode::Tab), None);
        assert_eq!(show.prepared(), Want::Shell);
        assert_eq!(show.phase(), Phase::Ready);
        // A jump ends what runs, and what was to come after it.
        show.start_over();
        assert_eq!(press(&mut show, KeyCode::Char('r')), None);
        assert_eq!(press(&mut show, KeyCode::Char('2')), None);
        assert_eq!(press(&mut show, KeyCode::Char('G')), Some(Want::Prepare));
        assert_eq!(show.step_index(), 1);
        assert_eq!(show.prepared(), Want::Nothing);
        // Left while the server is brought to a step goes one further.
        show.start_over();
        assert_eq!(press(&mut show, KeyCode::Left), Some(Want::Prepare));
        assert_eq!(show.step_index(), 0);
        assert_eq!(press(&mut show, KeyCode::Left), None);
        // The rest of the step, as soon as it is there.
        assert_eq!(press(&mut show, KeyCode::Char('s')), None);
        assert_eq!(runs(&show.prepared()), Some("SET lab:a 1"));
    }
}
