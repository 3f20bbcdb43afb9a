//! What is next: as the prompt shows it, and what Enter alone does about it.

use super::state::{Demos, Guide, Halt, Left};
use crate::error::Result;
use crate::lesson::{Item, Line, ServerAct, SessionName};
use crate::render::style::Ink;
use crate::session::hooks::{Desk, Next, Said};
use catalog::text;

impl<D: Demos> Guide<D> {
    /// The lesson's next command, where one is next.
    pub(super) fn command(&self) -> Option<(&SessionName, &Line)> {
        if self.halt != Halt::Command || self.pager.is_waiting() {
            return None;
        }
        let step = self.lesson.steps.get(self.at.step)?;
        match step.items.get(self.at.item)? {
            Item::Run(block) => Some((&block.session, block.lines.get(self.at.line)?)),
            _ => None,
        }
    }

    /// What happens next to one of the lesson's own servers.
    fn act_on_server(&self) -> Option<(&str, ServerAct)> {
        let step = self.lesson.steps.get(self.at.step)?;
        match step.items.get(self.at.item)? {
            Item::Server { name, act, .. } => Some((name, *act)),
            _ => None,
        }
    }

    /// Whether a command can stand in the prompt as it is.
    pub(super) fn fits(&self, line: &Line) -> bool {
        // Where it is no terminal, a long line scrolls.
        if self.options.events.is_some() {
            return !line.text.contains('\n');
        }
        let (columns, _) = self.size();
        let width = textwrap::core::display_width(&line.text);
        // The prompt, and a column for the cursor.
        !line.text.contains('\n') && width + 20 < columns
    }

    /// What is next, in words.
    pub(super) fn next_words(&self) -> String {
        let lang = self.lang();
        if self.pager.is_waiting() {
            return lang
                .pick("(Enter: more)", "(Enter: dalszy ciąg)")
                .to_owned();
        }
        let words = match self.halt {
            Halt::Offer(step) => {
                let step = step + 1;
                return text!(
                    lang,
                    "(Enter: on to step {step})",
                    "(Enter: dalej od kroku {step})"
                );
            }
            Halt::Command => lang.pick("(Enter: run it)", "(Enter: wykonaj)"),
            Halt::Demo if let Some((name, act)) = self.act_on_server() => {
                return match act {
                    ServerAct::Kill => text!(lang, "(Enter: kill {name})", "(Enter: zabij {name})"),
                    ServerAct::Start => {
                        text!(lang, "(Enter: start {name})", "(Enter: uruchom {name})")
                    }
                };
            }
            Halt::Demo => lang.pick("(Enter: start the demo)", "(Enter: uruchom pokaz)"),
            Halt::Read => lang.pick("(Enter: next)", "(Enter: dalej)"),
            Halt::Task(0) if self.predicts() => lang.pick(
                "(type the answer you expect)",
                "(wpisz odpowiedź, której się spodziewasz)",
            ),
            Halt::Task(0) => lang.pick("(your turn)", "(twoja kolej)"),
            Halt::Task(1) => lang.pick("(Enter: show the answer)", "(Enter: pokaż odpowiedź)"),
            Halt::Task(_) => lang.pick("(Enter: run it and go on)", "(Enter: wykonaj i dalej)"),
            Halt::Exercise(0) => lang.pick("(solve it here; :hint)", "(rozwiąż tutaj; :hint)"),
            Halt::Exercise(1) => lang.pick("(Enter: show the answer)", "(Enter: pokaż odpowiedź)"),
            Halt::Exercise(_) => lang.pick(
                "(Enter: run the answer and go on)",
                "(Enter: wykonaj odpowiedź i dalej)",
            ),
            Halt::End => match &self.options.next_section {
                Some(id) => {
                    return text!(
                        lang,
                        "(Enter: next section, {id})",
                        "(Enter: następna sekcja, {id})"
                    );
                }
                None => lang.pick("(Enter: leave)", "(Enter: wyjście)"),
            },
        };
        words.to_owned()
    }

    /// What the prompt itself shows of it.
    pub(super) fn in_prompt(&self) -> Option<Next> {
        if self.options.plain {
            return None;
        }
        let whole = self
            .command()
            .filter(|(session, line)| **session == self.shown && self.fits(line));
        Some(match whole {
            Some((_, line)) => Next::Command(line.text.clone()),
            None => Next::Words(self.next_words()),
        })
    }

    /// Says what is next where the prompt cannot show it.
    pub(super) fn announce(&mut self, desk: &Desk<'_>) {
        let Some((session, line)) = self.command() else {
            if self.options.plain {
                desk.out.say(format!("{}\n", self.next_words()));
            }
            return;
        };
        if matches!(self.in_prompt(), Some(Next::Command(_))) {
            return;
        }
        // It may have waited for this screenful.
        if self.named != Some(self.at) {
            let lang = self.lang();
            let label = lang.pick("next", "następne");
            let name = session.as_deref().unwrap_or("lab");
            let text = if self.fits(line) {
                format!("{label} ({name}): {}\n", line.text)
            } else {
                let lines = line.text.lines().map(|line| format!("    {line}\n"));
                format!("{label} ({name}):\n{}", lines.collect::<String>())
            };
            let text = self.paint(Ink::Dim, text);
            self.say(desk, text);
            self.named = self.pager.is_waiting().then_some(self.at);
        } else {
            self.named = None;
        }
        if self.options.plain {
            desk.out.say(format!("{}\n", self.next_words()));
        }
    }

    /// Enter alone.
    pub(super) async fn enter(&mut self, desk: &mut Desk<'_>) -> Result<Said> {
        let was_waiting = self.pager.is_waiting();
        self.turn(desk);
        let reminds = std::mem::take(&mut self.reminds);
        if was_waiting {
            return Ok(Said::default());
        }
        // An open exercise has a reminder of its own.
        if reminds && !matches!(self.halt, Halt::Exercise(_) | Halt::Task(_)) {
            match self.in_prompt() {
                Some(Next::Command(text)) => {
                    let label = self.lang().pick("next", "następne");
                    self.remark(desk, &format!("{label}: {text}"));
                }
                Some(Next::Words(words)) if self.command().is_none() => {
                    self.remark(desk, &words);
                }
                // It is named before the prompt.
                _ => {}
            }
            return Ok(Said::default());
        }
        match self.halt {
            Halt::Offer(step) => self.go_to(desk, step).await?,
            Halt::Command | Halt::Demo => self.advance(desk).await?,
            Halt::Read => self.next_step(desk).await?,
            Halt::Task(presses) => self.task_entered(desk, presses).await?,
            Halt::Exercise(presses) => self.exercise_entered(desk, presses).await?,
            Halt::End => {
                self.left = match self.options.next_section {
                    Some(_) => Left::Onwards,
                    None => Left::Away,
                };
                return Ok(Said {
                    text: String::new(),
                    leave: true,
                });
            }
        }
        Ok(Said::default())
    }
}

/// Whether a typed command is the lesson's: the same words, but for the case
/// of the command's name and its options.
pub(super) fn same_words(typed: &[Vec<u8>], line: &Line) -> bool {
    // Of a command that only the server knows, as SENTINEL, the first word is the name.
    let command = catalog::find_argv(&line.argv);
    let syntax = command.map(|command| command.syntax()).unwrap_or_default();
    let is_token = |word: &[u8]| {
        let mut tokens = syntax.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        word.iter().any(u8::is_ascii_uppercase) && tokens.any(|token| token.as_bytes() == word)
    };
    let names = command.map_or(1, |command| command.name.split('|').count());
    typed.len() == line.argv.len()
        && typed
            .iter()
            .zip(&line.argv)
            .enumerate()
            .all(|(at, (one, other))| {
                one == other || (at < names || is_token(other)) && one.eq_ignore_ascii_case(other)
            })
}
