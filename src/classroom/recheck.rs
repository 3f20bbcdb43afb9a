//! Whether an answer is what its student's page says: run once more, in a
//! process of its own that has bounds, for the answer is anybody's word.

use super::class::Class;
use crate::error::{Error, Result};
use crate::session::exercise::progress::{Progress, Record};
use catalog::lang::Lang;
use catalog::text;
use serde::Deserialize;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(20);

/// How many run at once, whatever is asked for.
static RUNNING: Semaphore = Semaphore::const_new(2);

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It solves the exercise.
    Solved,
    /// It does not: what is missing.
    NotSolved(Vec<String>),
    /// It went beyond the bounds of time or memory.
    Beyond,
    /// The exercise is about what has no place within the bounds: settings,
    /// users, files.
    NotHere,
    /// Nobody has reported an answer, or one that is too long to keep.
    Nothing,
}

impl Outcome {
    /// The word for it in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Solved => "solved",
            Outcome::NotSolved(_) => "not-solved",
            Outcome::Beyond => "beyond",
            Outcome::NotHere => "not-here",
            Outcome::Nothing => "nothing",
        }
    }
}

/// A line of `practice verify --json`.
#[derive(Debug, Deserialize)]
struct Submission {
    verdict: String,
    #[serde(default)]
    missing: Vec<String>,
}

/// What runs answers once more.
#[derive(Debug, Clone)]
pub struct Checker {
    program: PathBuf,
    lessons: Option<PathBuf>,
}

impl Checker {
    /// One that has `program`, a redis-lab, do it. `lessons` is the folder of a
    /// teacher's own.
    pub fn new(program: PathBuf, lessons: Option<PathBuf>) -> Checker {
        Checker { program, lessons }
    }

    /// Runs the answer of a seat to an exercise once more.
    ///
    /// # Errors
    /// When Redis fails, or no process can be started.
    pub async fn run(
        &self,
        class: &Class,
        seat: &str,
        exercise: &str,
        lang: Lang,
    ) -> Result<Outcome> {
        let mut exercises = class.outline().exercises();
        let found = exercises.find(|(_, task)| task.id == exercise);
        let commands = class.answer(seat, exercise).await?;
        let Some((section, _)) = found.filter(|_| !commands.is_empty()) else {
            return Ok(Outcome::Nothing);
        };
        let record = Record {
            section: section.id.clone(),
            done: true,
            commands,
            ..Record::default()
        };
        let mut progress = Progress::default();
        progress.exercises.insert(exercise.to_owned(), record);
        // It is never closed.
        let _one = RUNNING.acquire().await;
        self.verify(&progress, lang).await.map_err(|error| {
            Error::check(text!(
                "the answer cannot be run once more",
                "nie można ponownie uruchomić odpowiedzi"
            ))
            .because(&error)
        })
    }

    async fn verify(&self, progress: &Progress, lang: Lang) -> io::Result<Outcome> {
        let mut file = tempfile::Builder::new().suffix(".json").tempfile()?;
        file.write_all(progress.to_json()?.as_bytes())?;
        let mut command = Command::new(&self.program);
        command.args(["practice", "verify", "--confined", "--json"]);
        command.args(["--lang", lang.code()]).arg(file.path());
        if let Some(lessons) = &self.lessons {
            command.arg("--lessons").arg(lessons);
        }
        command
            .env_remove("REDIS_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let child = command.spawn()?;
        let Ok(ended) = timeout(LIMIT, child.wait_with_output()).await else {
            return Ok(Outcome::Beyond);
        };
        let ended = ended?;
        let said = String::from_utf8_lossy(&ended.stdout);
        let said = said.lines().next().map(serde_json::from_str);
        Ok(match said {
            Some(Ok(Submission { verdict, missing })) => match verdict.as_str() {
                "still-solved" => Outcome::Solved,
                "no-longer-solved" => Outcome::NotSolved(missing),
                "not-here" => Outcome::NotHere,
                _ => Outcome::Nothing,
            },
            // Its server has stopped answering, or the process was ended.
            _ => Outcome::Beyond,
        })
    }
}
