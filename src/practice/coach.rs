//! The coach: sets an exercise up, looks after every command whether it is
//! solved, and answers the words of practice.

use super::keep::Keep;
use super::scene::Scene;
use super::words::{Act, NOTED, WORDS};
use crate::conn::state::Argv;
use crate::error::Result;
use crate::lesson::Library;
use crate::render::style::Style;
use crate::runner::proof::Fault;
use crate::session::exercise::course::{Course, Task};
use crate::session::exercise::progress::{Change, ChangeEvent};
use crate::session::exercise::view::View;
use crate::session::exercise::{Attempt, Judged};
use crate::session::word::{Word, find};
use crate::session::{Desk, Hooks, Said};
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;

/// What a coach works with.
#[derive(Debug, Clone)]
pub struct CoachOptions {
    /// Where the lessons come from.
    pub lessons: Library,
    /// The section's id; every section without one.
    pub section: Option<String>,
    /// The language.
    pub lang: Lang,
    /// Colour or none.
    pub style: Style,
    /// How many columns there are, asked anew each time.
    pub columns: fn() -> usize,
}

/// The coach of one practice.
#[derive(Debug)]
pub struct Coach {
    options: CoachOptions,
    course: Course,
    scene: Scene,
    store: Box<dyn Keep>,
    current: usize,
    attempt: Attempt,
    /// Hints of the current exercise read so far.
    hints: usize,
    /// `:solution` was asked for once.
    asked: bool,
    /// The exercise begins (again): the shell has to, too.
    restart: bool,
    /// Why the last answer is not right although its state is, not told yet.
    objection: Option<Fault>,
    /// The section whose list was shown last.
    listed: Option<String>,
}

impl Coach {
    /// A coach at the learner's next open exercise; `None` when all are
    /// solved.
    ///
    /// # Errors
    /// When the lessons are wrong.
    pub fn new(options: CoachOptions, scene: Scene, store: Box<dyn Keep>) -> Result<Option<Coach>> {
        let course = Course::load(&options.lessons, options.section.as_deref(), options.lang)?;
        let start = course.start(options.section.as_deref(), store.progress());
        Ok(start.map(|current| Coach {
            attempt: Attempt::new(&course.tasks[current].exercise, &[]),
            options,
            course,
            scene,
            store,
            current,
            hints: 0,
            asked: false,
            restart: false,
            objection: None,
            listed: None,
        }))
    }

    /// How it looks now: the screen may have changed its size.
    pub fn view(&self) -> View {
        View {
            lang: self.options.lang,
            style: self.options.style,
            width: (self.options.columns)(),
        }
    }

    /// The current exercise.
    pub fn task(&self) -> &Task {
        &self.course.tasks[self.current]
    }

    /// Whether the current exercise is solved.
    pub fn is_solved(&self) -> bool {
        self.attempt.is_solved()
    }

    /// Whether anything was submitted since the exercise's start.
    pub fn has_submissions(&self) -> bool {
        self.attempt.is_begun()
    }

    /// Sets the current exercise up and introduces it.
    ///
    /// # Errors
    /// When the server is gone or refuses the exercise's start.
    pub async fn begin(&mut self) -> Result<String> {
        self.restart = false;
        let exercise = &self.course.tasks[self.current].exercise;
        self.scene.begin(exercise).await?;
        let failed = self.scene.failing(exercise).await?;
        self.attempt = Attempt::new(exercise, &failed.unwrap_or_default());
        let mut text = self.record(ChangeEvent::Shown);
        let task = &self.course.tasks[self.current];
        if self.listed.as_ref() != Some(&task.section) {
            let tasks = self.course.section(&task.section);
            let progress = self.store.progress();
            let list = self
                .view()
                .section(tasks, progress, Some(&task.exercise.id));
            text.push_str(&format!("\n{list}"));
            self.listed = Some(task.section.clone());
        }
        text.push_str(&self.view().task(task));
        text.push_str(&self.view().advice());
        Ok(text)
    }

    /// Whether the shell ended because an exercise begins, and not because
    /// the learner left.
    pub fn restarts(&self) -> bool {
        self.restart
    }

    /// Notes a command and runs the checks; whether it has just been solved,
    /// and anything that has to be told.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn submitted(&mut self, argv: &Argv, replies: &[Reply]) -> Result<(bool, String)> {
        if self.is_solved() {
            return Ok((false, String::new()));
        }
        self.attempt.note(argv, replies);
        let judged = self.judge(argv).await;
        let view = self.view();
        let fault = match &judged {
            Ok(Some(judged)) => judged.fault.as_ref(),
            _ => None,
        };
        let exercise = &self.course.tasks[self.current].exercise;
        let wrong = self.attempt.wrong(exercise, argv, replies, fault, &view);
        let event = self.attempt.submitted(wrong);
        let mut text = self.record(event);
        let Some(judged) = judged? else {
            return Ok((false, text));
        };
        if let Some(slip) = &judged.slip {
            text.push_str(&view.slip(slip));
        }
        if judged.is_news {
            text.push_str(&view.missing(judged.fault.as_ref()));
            self.objection = judged.fault;
        }
        Ok((self.is_solved(), text))
    }

    /// Why the answer that was given last is not right although its state is;
    /// once.
    pub fn take_objection(&mut self) -> Option<Fault> {
        self.objection.take()
    }

    async fn judge(&mut self, argv: &Argv) -> Result<Option<Judged>> {
        let exercise = &self.course.tasks[self.current].exercise;
        let Some(failed) = self.scene.failing(exercise).await? else {
            return Ok(None);
        };
        let scratch = self.scene.scratch();
        let judged = self.attempt.judge(exercise, argv, failed, scratch).await?;
        Ok(Some(judged))
    }

    /// What is wrong with what was submitted, if anything; nothing at all when
    /// the server does not answer.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn fault(&mut self) -> Result<Option<Option<Fault>>> {
        let exercise = &self.course.tasks[self.current].exercise;
        let Some(failed) = self.scene.failing(exercise).await? else {
            return Ok(None);
        };
        let scratch = self.scene.scratch();
        Ok(Some(self.attempt.fault(exercise, failed, scratch).await?))
    }

    /// What is said about success.
    fn praise(&self) -> String {
        let view = self.view();
        let has_next = self.next_open().is_some();
        view.solved(self.task(), self.attempt.typed()) + &view.after_success(has_next)
    }

    /// What is still missing.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn missing(&mut self) -> Result<String> {
        let view = self.view();
        Ok(match self.fault().await? {
            Some(fault) => view.missing(fault.as_ref()),
            None => view.remark(self.options.lang.pick(
                "the server does not answer the checks; :reset begins again",
                "serwer nie odpowiada na sprawdzenia; :reset zaczyna od nowa",
            )),
        })
    }

    /// How far the learner is, for the end.
    pub fn farewell(&self) -> String {
        let view = self.view();
        let tasks = self.course.section(&self.task().section);
        let progress = self.store.progress();
        let solved = crate::session::exercise::course::done(tasks, progress);
        let (section, of) = (&self.task().section, tasks.len());
        view.remark(&text!(
            self.options.lang,
            "{section}: {solved} of {of} solved, kept in {}",
            "{section}: rozwiązane {solved} z {of}, zapisane w {}",
            self.store.place(self.options.lang)
        ))
    }

    /// Keeps what happened; what has to be told about that.
    fn record(&mut self, event: ChangeEvent) -> String {
        let task = self.task();
        let change = Change {
            section: task.section.clone(),
            id: task.exercise.id.clone(),
            event,
        };
        let recorded = self.store.record(change);
        let mut notices = self.store.take_notices();
        let lang = self.options.lang;
        if let Err(error) = recorded {
            notices.push(match error.hint_in(lang) {
                Some(hint) => format!("{} ({hint})", error.message_in(lang)),
                None => error.message_in(lang).to_owned(),
            });
        }
        let view = self.view();
        notices.iter().map(|notice| view.remark(notice)).collect()
    }

    fn next_open(&self) -> Option<usize> {
        let progress = self.store.progress();
        self.course.next_open(self.current + 1, progress)
    }

    /// Goes to another exercise, or to the start of the same one.
    fn go_to(&mut self, index: usize, text: String) -> Said {
        if index != self.current {
            self.hints = 0;
            self.asked = false;
        }
        self.current = index;
        self.restart = true;
        Said { text, leave: true }
    }

    pub(super) fn hint(&mut self) -> String {
        let hints = &self.course.tasks[self.current].exercise.hints;
        if self.hints >= hints.len() {
            let view = self.view();
            let text = self.options.lang.pick(
                "that was the last hint; :solution, asked twice, shows our answer",
                "to była ostatnia podpowiedź; :solution (dwa razy) pokaże naszą odpowiedź",
            );
            return view.hint(hints, self.hints) + &view.remark(text);
        }
        self.hints += 1;
        let text = self.record(ChangeEvent::Hint(self.hints));
        text + &self.view().hint(&self.task().exercise.hints, self.hints)
    }

    pub(super) fn solution(&mut self) -> String {
        let view = self.view();
        if !self.is_solved() && !self.asked {
            self.asked = true;
            return view.remark(self.options.lang.pick(
                "try :hint first; :solution once more shows our answer",
                "najpierw spróbuj :hint; jeszcze raz :solution pokaże naszą odpowiedź",
            ));
        }
        let text = if self.is_solved() {
            String::new()
        } else {
            self.record(ChangeEvent::SolutionRead)
        };
        text + &view.solution(self.task())
    }

    pub(super) fn skip(&mut self) -> Said {
        let text = if self.is_solved() {
            String::new()
        } else {
            self.record(ChangeEvent::Skipped)
        };
        match self.next_open() {
            Some(next) if next != self.current => self.go_to(next, text),
            _ => {
                let view = self.view();
                let only = self.options.lang.pick(
                    "there is no other open exercise here",
                    "nie ma tu innego otwartego ćwiczenia",
                );
                Said::text(text + &view.remark(only))
            }
        }
    }

    /// `:lang`: the exercises follow; the shell answers.
    pub(super) fn set_lang(&mut self, args: &[String]) {
        let wanted = args.first().map(String::as_str);
        let lang = Lang::ALL
            .into_iter()
            .find(|lang| Some(lang.code()) == wanted);
        let Some(lang) = lang else { return };
        let section = self.options.section.as_deref();
        // A teacher's lessons may lack a language: then they stay as they are.
        if let Ok(course) = Course::load(&self.options.lessons, section, lang)
            && let Some(at) = course
                .tasks
                .iter()
                .position(|task| task.exercise.id == self.task().exercise.id)
        {
            self.options.lang = lang;
            self.course = course;
            self.current = at;
        }
    }

    pub(super) fn reset(&mut self) -> Said {
        self.go_to(self.current, String::new())
    }

    pub(super) fn list(&mut self) -> String {
        let current = Some(self.task().exercise.id.as_str());
        let progress = self.store.progress();
        self.view().list(&self.course, progress, current)
    }

    pub(super) fn progress(&mut self) -> String {
        self.view().progress(&self.course, self.store.progress())
    }

    /// `:undo`: the shell takes it back behind the recorded commands.
    pub(super) fn taken_back(&mut self, args: &[String]) {
        if args.is_empty() {
            self.attempt.take_back();
        }
    }
}

impl Hooks for Coach {
    fn words(&self) -> Vec<Word> {
        WORDS.iter().map(|row| row.word).collect()
    }

    async fn word(&mut self, _: Desk<'_>, name: &str, args: &[String]) -> Option<Result<Said>> {
        match find(WORDS, name).or_else(|| find(NOTED, name))?.act {
            Act::Says(answer) => Some(Ok(answer(self))),
            Act::Checks => Some(self.missing().await.map(Said::text)),
            Act::Notes(note) => {
                note(self, args);
                None
            }
        }
    }

    async fn after(&mut self, _: Desk<'_>, argv: &Argv, replies: &[Reply]) -> Result<Said> {
        let (solved, mut text) = self.submitted(argv, replies).await?;
        if solved {
            text.push_str(&self.praise());
        }
        Ok(Said::text(text))
    }

    async fn blank(&mut self, _: Desk<'_>) -> Result<Said> {
        if !self.is_solved() {
            return Ok(Said::default());
        }
        Ok(match self.next_open() {
            Some(next) => self.go_to(next, String::new()),
            None => Said {
                text: self.view().all_done(self.options.section.as_deref()),
                leave: true,
            },
        })
    }
}
