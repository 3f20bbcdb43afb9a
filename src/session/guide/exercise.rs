//! An exercise where it stands in the lesson, and the lesson's end.

use super::state::{Attempt, Demos, Guide, Halt};
use super::words::Act;
use crate::conn::state::Argv;
use crate::conn::{ConnError, Connection};
use crate::error::{Error, Result};
use crate::lesson::Exercise;
use crate::render::style::Ink;
use crate::runner::proof::{Failed, Fault, failing_checks, set_up};
use crate::session::exercise::{self, ChangeEvent, Course, Task, View};
use crate::session::hooks::{Desk, Said};
use catalog::text;
use resp::Reply;
use std::time::Duration;
use tokio::time::timeout;

/// How long the checks may take; they wait only when the learner has stopped
/// the server, with CLIENT PAUSE for example.
const CHECKS: Duration = Duration::from_secs(2);

impl<D: Demos> Guide<D> {
    pub(super) fn view(&self) -> View {
        View {
            lang: self.options.lang,
            style: self.options.style,
            width: self.size().0,
        }
    }

    /// Gives an exercise its start: new connections, the `lab:` keys it begins
    /// with, and no others.
    async fn set_up(&mut self, exercise: &Exercise) -> Result<()> {
        self.home.clear();
        let refused = set_up(exercise.setup.as_ref(), &mut self.stage).await?;
        if let Some((_, command, error)) = refused {
            return Err(Error::server(text!(
                "the exercise cannot begin: the server refuses {command}: {error}",
                "nie można zacząć ćwiczenia: serwer odrzuca {command}: {error}"
            )));
        }
        // The lesson's own data is gone: a step that follows needs it back.
        (self.own, self.unsure) = (false, true);
        Ok(())
    }

    /// Puts an exercise to the learner.
    pub(super) async fn open_exercise(
        &mut self,
        desk: &mut Desk<'_>,
        exercise: Exercise,
    ) -> Result<()> {
        self.set_up(&exercise).await?;
        self.halt = Halt::Exercise(0);
        let course = Course::of_lesson(self.lesson.clone());
        let Some(task) = course.find(&exercise.id).cloned() else {
            return Ok(());
        };
        self.keep(desk, &exercise.id, ChangeEvent::Shown);
        if self.options.progress.is_done(&exercise.id) {
            let text = self.options.lang.pick(
                "You have solved this one before; :skip goes on.",
                "To ćwiczenie masz już rozwiązane; :skip idzie dalej.",
            );
            let text = self.paint(Ink::Good, text);
            self.say(desk, format!("{text}\n"));
        }
        let failed = self.failing(&exercise).await?.unwrap_or_default();
        self.attempt = Some(Attempt {
            made: exercise::Attempt::new(&exercise, &failed),
            task,
            hints: 0,
        });
        Ok(())
    }

    async fn failing(&self, exercise: &Exercise) -> Result<Option<Vec<Failed>>, ConnError> {
        let mut connection = Connection::connect(self.stage.target()).await?;
        match timeout(CHECKS, failing_checks(&exercise.checks, &mut connection)).await {
            Ok(Ok(failed)) => Ok(Some(failed)),
            Ok(Err(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// A command of the learner's: whether it solves the exercise.
    pub(super) async fn submitted(
        &mut self,
        desk: &mut Desk<'_>,
        argv: &Argv,
        replies: &[Reply],
    ) -> Result<Said> {
        let Some(mut attempt) = self
            .attempt
            .take()
            .filter(|attempt| !attempt.made.is_solved())
        else {
            return Ok(Said::default());
        };
        attempt.made.note(argv, replies);
        let exercise = &attempt.task.exercise;
        let judged = match self.failing(exercise).await {
            Ok(Some(failed)) => {
                let scratch = &mut self.scratch;
                let judged = attempt.made.judge(exercise, argv, failed, scratch).await;
                judged.map(Some)
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error.into()),
        };
        let view = self.view();
        let fault = match &judged {
            Ok(Some(judged)) => judged.fault.as_ref(),
            _ => None,
        };
        let wrong = attempt.made.wrong(exercise, argv, replies, fault, &view);
        let event = attempt.made.submitted(wrong);
        self.keep(desk, &attempt.task.exercise.id, event);
        let mut text = String::new();
        if attempt.made.is_solved() {
            self.halt = Halt::Read;
            self.reminds = false;
            text = view.solved(&attempt.task, attempt.made.typed());
        } else {
            self.halt = Halt::Exercise(0);
        }
        self.attempt = Some(attempt);
        if let Some(judged) = judged? {
            if let Some(slip) = &judged.slip {
                text.push_str(&view.slip(slip));
            }
            if judged.is_news {
                text.push_str(&view.missing(judged.fault.as_ref()));
            }
        }
        Ok(Said::text(text))
    }

    /// What is wrong with what was submitted, if anything; nothing at all when
    /// the server does not answer.
    async fn fault(&mut self) -> Result<Option<Option<Fault>>> {
        let Some(mut attempt) = self.attempt.take() else {
            return Ok(None);
        };
        let exercise = &attempt.task.exercise;
        let fault = match self.failing(exercise).await {
            Ok(Some(failed)) => {
                let fault = attempt.made.fault(exercise, failed, &mut self.scratch);
                fault.await.map(Some)
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error.into()),
        };
        self.attempt = Some(attempt);
        fault
    }

    /// Enter alone under an open exercise: a reminder, then the answer, then
    /// the answer is run and the lesson goes on.
    pub(super) async fn exercise_entered(
        &mut self,
        desk: &mut Desk<'_>,
        presses: u8,
    ) -> Result<()> {
        let Some(attempt) = &self.attempt else {
            self.halt = Halt::Read;
            return Ok(());
        };
        let (task, id) = (attempt.task.clone(), attempt.task.exercise.id.clone());
        match presses {
            0 => {
                let text = text!(
                    self.options.lang,
                    "open: {}; :task shows it again, :hint helps",
                    "otwarte: {}; :task pokaże treść, :hint pomoże",
                    task.title()
                );
                self.remark(desk, &text);
                self.halt = Halt::Exercise(1);
            }
            1 => {
                self.keep(desk, &id, ChangeEvent::SolutionRead);
                let text = self.view().solution(&task);
                self.say(desk, text);
                self.halt = Halt::Exercise(2);
            }
            _ => {
                // What the learner has tried is not in its way.
                self.give(desk);
                let begun = self.set_up(&task.exercise).await;
                self.take(desk, None).await?;
                begun?;
                for line in &task.exercise.solution.lines {
                    let reply = desk.client.ask(&line.argv).await?;
                    let echo = desk.client.state.prompt(desk.label) + &line.text;
                    let text = resp::format::to_tty(&reply);
                    self.say(desk, format!("{}\n{text}", self.paint(Ink::Command, echo)));
                }
                self.say(desk, "\n");
                self.next_step(desk).await?;
            }
        }
        Ok(())
    }

    /// `:task`, `:hint` and the other words of an exercise.
    pub(super) async fn exercise_word(&mut self, desk: &mut Desk<'_>, act: Act) -> Result<Said> {
        let view = self.view();
        let lang = self.options.lang;
        if self.attempt.is_none() && self.task.is_some() {
            return self.task_word(desk, act).await;
        }
        let Some(attempt) = &mut self.attempt else {
            return Ok(Said::text(view.remark(lang.pick(
                "no exercise is open here",
                "nie ma tu otwartego ćwiczenia",
            ))));
        };
        let (task, id) = (attempt.task.clone(), attempt.task.exercise.id.clone());
        let solved = attempt.made.is_solved();
        let text = match act {
            Act::Hint => {
                let hints = &task.exercise.hints;
                attempt.hints = (attempt.hints + 1).min(hints.len());
                let shown = attempt.hints;
                self.keep(desk, &id, ChangeEvent::Hint(shown));
                view.hint(hints, shown)
            }
            Act::Check => match self.fault().await? {
                Some(fault) => view.missing(fault.as_ref()),
                None => view.remark(lang.pick(
                    "the server does not answer the checks; :again begins anew",
                    "serwer nie odpowiada na sprawdzenia; :again zaczyna od nowa",
                )),
            },
            Act::Solution => {
                if !solved {
                    self.keep(desk, &id, ChangeEvent::SolutionRead);
                    self.halt = Halt::Exercise(2);
                }
                view.solution(&task)
            }
            Act::Skip => {
                if !solved {
                    self.keep(desk, &id, ChangeEvent::Skipped);
                }
                self.turn(desk);
                self.next_step(desk).await?;
                String::new()
            }
            _ => view.task(&task),
        };
        Ok(Said::text(text))
    }

    /// The end: what was solved, what is open, and what comes next.
    pub(super) async fn finish(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        self.halt = Halt::End;
        self.keep_place(desk, true);
        let lang = self.options.lang;
        let course = Course::of_lesson(self.lesson.clone());
        let progress = &self.options.progress;
        let is_open = |task: &&Task| !progress.is_done(&task.exercise.id);
        let open: Vec<String> = course
            .tasks
            .iter()
            .filter(is_open)
            .map(Task::title)
            .collect();
        let (of, id) = (course.tasks.len(), &self.lesson.id);
        let solved = of - open.len();
        let title = text!(
            lang,
            "The end of {id}. Exercises solved: {solved} of {of}.",
            "Koniec sekcji {id}. Rozwiązane ćwiczenia: {solved} z {of}."
        );
        let mut text = format!("\n{}\n", self.paint(Ink::Good, title));
        let mut line = |line: String| text.push_str(&self.view().line(Ink::Dim, line));
        // What takes a server that is not there is nobody's to do.
        let doable = || self.lesson.tasks().filter(|task| self.can_do(task));
        let tasks = doable().count();
        if tasks > 0 {
            let is_solved = |task: &&crate::lesson::Task| {
                let done = progress.tasks.get(&task.id);
                done.is_some_and(|done| done.solved)
            };
            let solved = doable().filter(is_solved).count();
            line(lang.pick(
                format!("tasks on the way: {solved} of {tasks} solved"),
                format!("zadania po drodze: rozwiązane {solved} z {tasks}"),
            ));
        }
        if !open.is_empty() {
            let label = lang.pick("still open", "jeszcze otwarte");
            line(format!("{label}: {}", open.join(", ")));
            line(text!(
                lang,
                "redis-lab practice {id} takes them one by one.",
                "redis-lab practice {id} weźmie je po kolei."
            ));
        }
        if let Some(next) = &self.options.next_section {
            line(text!(
                lang,
                "Next comes {next}: Enter goes on.",
                "Dalej jest {next}: Enter idzie dalej."
            ));
        }
        self.say(desk, text);
        Ok(())
    }
}
