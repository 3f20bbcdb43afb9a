//! A task in a step: opened, tried, guessed, shown, and taken back.

use super::state::{Demos, Guide, Halt};
use super::words::Act;
use crate::conn::state::Argv;
use crate::conn::{ConnError, Connection};
use crate::error::Result;
use crate::lesson::{Aim, Line, SessionName, TRY_PREFIX, Task};
use crate::render::style::Ink;
use crate::runner::Event;
use crate::session::exercise::ChangeEvent;
use crate::session::hooks::{Desk, Said};
use resp::Reply;

/// Whether a command touches no keys but those of tasks.
pub(super) fn keeps_to_tasks(argv: &Argv) -> bool {
    let positions = catalog::key_positions(argv);
    let mut keys = positions.iter().filter_map(|at| argv.get(*at));
    !positions.is_empty() && keys.all(|key| key.starts_with(TRY_PREFIX.as_bytes()))
}

impl<D: Demos> Guide<D> {
    /// The session that the open task is done on.
    pub(super) fn task_session(&self) -> SessionName {
        let named = self.task.as_ref().and_then(|task| task.session.clone());
        named.or_else(|| self.shown.clone())
    }

    /// Where the open task's data are; `None` where its server is away.
    async fn task_data(&mut self, task: &Task) -> Result<Option<Connection>, ConnError> {
        if self.stage.is_away(&task.session) {
            return Ok(None);
        }
        let target = self.stage.target_of(&task.session)?;
        Connection::connect(&target).await.map(Some)
    }

    /// Puts a task to the learner, with what is prepared for it.
    pub(super) async fn open_task(&mut self, desk: &mut Desk<'_>, task: &Task) -> Result<()> {
        self.prepare(task).await?;
        self.tell_task(desk, task);
        self.task = Some(task.clone());
        self.told = false;
        self.halt = Halt::Task(0);
        Ok(())
    }

    /// Whether a task can be done here: one that takes a real server cannot
    /// where that is a recording; guessing always can.
    pub(super) fn can_do(&self, task: &Task) -> bool {
        let is_played = self.stage.is_recorded() && self.stage.is_own(&task.session);
        matches!(task.aim, Aim::Predict { .. }) || !is_played
    }

    /// A task that takes a real server where there is none: it is told, and
    /// the lesson goes on.
    pub(super) fn pass_over(&mut self, desk: &Desk<'_>, task: &Task) -> bool {
        if self.can_do(task) {
            return false;
        }
        self.tell_task(desk, task);
        let text = self.lang().pick(
            "this one takes a real server: with redis-server installed it waits for you here",
            "do tego trzeba prawdziwego serwera: zainstaluj redis-server, a zadanie poczeka tu na ciebie",
        );
        let text = self.view().remark(text);
        self.say(desk, format!("{text}\n"));
        true
    }

    fn tell_task(&mut self, desk: &Desk<'_>, task: &Task) {
        self.tell(
            desk,
            &Event::Task {
                id: task.id.clone(),
                prompt: task.prompt.clone(),
            },
        );
    }

    async fn prepare(&mut self, task: &Task) -> Result<(), ConnError> {
        let Some(mut connection) = self.task_data(task).await? else {
            return Ok(());
        };
        clear(&mut connection).await?;
        for line in &task.setup {
            connection.call(&line.argv).await?;
        }
        Ok(())
    }

    /// Whether the open task asks for a prediction.
    pub(super) fn predicts(&self) -> bool {
        let aim = self.task.as_ref().map(|task| &task.aim);
        matches!(aim, Some(Aim::Predict { .. }))
    }

    /// A line that is no command, under a prediction: the learner's guess.
    pub(super) async fn guessed(
        &mut self,
        desk: &mut Desk<'_>,
        argv: &Argv,
    ) -> Option<Result<Said>> {
        // With a number before it, too: then it is a command to be repeated.
        let is_command = [argv.as_slice(), argv.get(1..).unwrap_or_default()]
            .iter()
            .any(|words| catalog::find_argv(words).is_some());
        let task = self.task.clone().filter(|_| self.predicts())?;
        let words: Vec<_> = argv
            .iter()
            .map(|word| String::from_utf8_lossy(word))
            .collect();
        let is_right = task.is_guessed(&words.join(" "));
        // An error's code may be a command's name, too: READONLY.
        if is_command && !is_right {
            return None;
        }
        self.turn(desk);
        if is_right {
            let shown = self.show_answer(desk, &task).await;
            let done = match shown {
                Ok(()) => self.task_done(desk, &task, true).await,
                Err(error) => Err(error),
            };
            return Some(done.map(|()| Said::default()));
        }
        let text = self.lang().pick(
            "not quite; guess again, or Enter shows it",
            "niezupełnie; spróbuj jeszcze raz albo Enter pokaże odpowiedź",
        );
        self.remark(desk, text);
        self.halt = Halt::Task(1);
        Some(Ok(Said::default()))
    }

    /// A command of the learner's under a task: whether it does it.
    pub(super) async fn tried(
        &mut self,
        desk: &mut Desk<'_>,
        argv: &Argv,
        replies: &[Reply],
    ) -> Result<()> {
        let Some(task) = self.task.clone() else {
            return Ok(());
        };
        let solved = match &task.aim {
            Aim::State(checks) => self.hold(&task, checks).await?,
            Aim::Reply(expected) => {
                let last = replies.last();
                last.is_some_and(|reply| expected.pattern.matches(reply))
            }
            // Looking it up is no guess.
            Aim::Predict { line, .. } if *argv == line.argv => {
                return self.task_done(desk, &task, false).await;
            }
            Aim::Predict { .. } => false,
        };
        if solved {
            self.task_done(desk, &task, true).await
        } else {
            self.halt = Halt::Task(0);
            let wrote = keeps_to_tasks(argv)
                && catalog::find_argv(argv).is_some_and(|command| !command.is_read_only());
            let steps = task.answer.len() > 1 && matches!(task.aim, Aim::State(_));
            let state = &desk.client.state;
            if wrote && !steps && state.is_plain() && !state.watching {
                self.prepare(&task).await?;
                let text = self.lang().pick(
                    "not yet; the task's data are put back",
                    "jeszcze nie; dane zadania wracają",
                );
                self.remark(desk, text);
            }
            Ok(())
        }
    }

    async fn hold(&mut self, task: &Task, checks: &[Line]) -> Result<bool, ConnError> {
        let Some(mut connection) = self.task_data(task).await? else {
            return Ok(false);
        };
        for check in checks {
            let reply = connection.call(&check.argv).await?;
            if !check.expected.iter().all(|e| e.pattern.matches(&reply)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The task is done: it is kept, taken back, and the lesson goes on.
    async fn task_done(&mut self, desk: &mut Desk<'_>, task: &Task, solved: bool) -> Result<()> {
        let own = solved && !self.told;
        self.keep(desk, &task.id, ChangeEvent::Task { solved: own });
        if solved {
            let text = self.lang().pick("✓ That is it.\n\n", "✓ Zgadza się.\n\n");
            let text = self.paint(Ink::Good, text);
            self.say(desk, text);
        }
        self.leave_task(desk).await
    }

    /// Leaves the task as if it had never been, and goes on.
    pub(super) async fn leave_task(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let task = self.task.take();
        self.reminds = false;
        if let Some(task) = task
            && let Some(mut connection) = self.task_data(&task).await?
        {
            clear(&mut connection).await?;
        }
        self.give(desk);
        self.mend(desk).await?;
        self.walk(desk, 0).await
    }

    /// Enter alone: the task again, then the answer, then it is run.
    pub(super) async fn task_entered(&mut self, desk: &mut Desk<'_>, presses: u8) -> Result<()> {
        let Some(task) = self.task.clone() else {
            self.halt = Halt::Read;
            return Ok(());
        };
        match presses {
            0 => {
                self.remark(desk, &task.text());
                self.halt = Halt::Task(1);
            }
            1 => {
                let lines = match &task.aim {
                    Aim::Predict { line, .. } => vec![reply_text(line)],
                    _ => task.answer.iter().map(|line| line.text.clone()).collect(),
                };
                for line in lines.iter().flat_map(|line| line.lines()) {
                    let line = self.paint(Ink::Command, line);
                    self.say(desk, format!("    {line}\n"));
                }
                self.told = true;
                self.halt = Halt::Task(2);
            }
            _ => {
                self.show_answer(desk, &task).await?;
                self.task_done(desk, &task, false).await?;
            }
        }
        Ok(())
    }

    /// Runs the answer, or the command that was to be predicted.
    async fn show_answer(&mut self, desk: &mut Desk<'_>, task: &Task) -> Result<()> {
        let predicted = match &task.aim {
            Aim::Predict { line, .. } => std::slice::from_ref(line),
            _ => &[],
        };
        let is_away = self.stage.is_away(&task.session);
        for line in task.answer.iter().chain(predicted) {
            let recorded = line.expected.first().filter(|_| is_away);
            let reply = match recorded {
                Some(expected) => expected.pattern.recorded(),
                None => desk.client.ask(&line.argv).await?,
            };
            let echo = match (is_away, &task.session) {
                (true, Some(name)) => format!("{name}> {}", line.text),
                _ => desk.client.state.prompt(desk.label) + &line.text,
            };
            let text = resp::format::to_tty(&reply);
            self.say(desk, format!("{}\n{text}", self.paint(Ink::Command, echo)));
        }
        Ok(())
    }

    /// `:task`, `:skip` and the others, under a task.
    pub(super) async fn task_word(&mut self, desk: &mut Desk<'_>, act: Act) -> Result<Said> {
        match act {
            Act::Skip => self.leave_task(desk).await?,
            Act::Hint | Act::Solution => self.task_entered(desk, 1).await?,
            _ => {
                if let Some(task) = self.task.clone() {
                    self.prepare(&task).await?;
                }
                self.task_entered(desk, 0).await?;
            }
        }
        Ok(Said::default())
    }
}

fn reply_text(line: &Line) -> String {
    line.expected.iter().map(|e| e.text.as_str()).collect()
}

/// Deletes the keys of tasks.
async fn clear(connection: &mut Connection) -> Result<(), ConnError> {
    let keys = connection
        .call(&["KEYS", &format!("{TRY_PREFIX}*")])
        .await?;
    for key in keys.as_slice().unwrap_or_default() {
        if let Some(key) = key.as_bytes() {
            connection.call(&[b"DEL", key]).await?;
        }
    }
    Ok(())
}
