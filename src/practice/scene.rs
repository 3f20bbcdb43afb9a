//! The server an exercise happens on: its start, and its checks on a
//! connection of their own. Answers are proved on another one.

use crate::conn::Connection;
use crate::conn::server::Server;
use crate::error::{Error, Result};
use crate::lesson::Exercise;
use crate::runner::Stage;
use crate::runner::proof::{Deeds, Failed, Fault, Scratch, failing_checks, give, prove, set_up};
use crate::session::exercise::progress::Record;
use catalog::lang::Lang;
use catalog::text;
use resp::split;
use std::time::Duration;
use tokio::time::timeout;

/// How long the checks may take; they wait only when the learner has stopped
/// the server, with CLIENT PAUSE for example.
const CHECKS: Duration = Duration::from_secs(2);

/// A private server with an exercise on it.
#[derive(Debug)]
pub struct Scene {
    stage: Stage,
    checker: Option<Connection>,
    scratch: Scratch,
}

impl Scene {
    /// A scene on a private server.
    ///
    /// # Errors
    /// When the server is not private, or cannot be reached.
    pub async fn open(server: &Server, lang: Lang) -> Result<Scene> {
        if !server.is_private() {
            return Err(Error::usage(text!(
                "practice needs a private server, which it may empty",
                "ćwiczenia wymagają prywatnego serwera, który wolno opróżniać"
            )));
        }
        Ok(Scene {
            stage: Stage::open(server, false, lang).await?,
            checker: None,
            scratch: Scratch::like(server.kind(), lang),
        })
    }

    /// Empties the server and gives it the exercise's start.
    ///
    /// # Errors
    /// When the server is gone or refuses the start.
    pub async fn begin(&mut self, exercise: &Exercise) -> Result<()> {
        match self.refusal(exercise).await? {
            None => Ok(()),
            Some(refusal) => Err(refusal.hint(text!(
                "leave and start practice again: your progress is kept",
                "wyjdź i uruchom ćwiczenia ponownie: postępy są zachowane"
            ))),
        }
    }

    /// The same; gives why the server refuses the start, if it does.
    ///
    /// # Errors
    /// When the server is gone.
    pub async fn refusal(&mut self, exercise: &Exercise) -> Result<Option<Error>> {
        let refused = set_up(exercise.setup.as_ref(), &mut self.stage).await?;
        Ok(refused.map(|(_, command, error)| {
            Error::server(text!(
                "the exercise cannot begin: the server refuses {command}: {error}",
                "nie można zacząć ćwiczenia: serwer odrzuca {command}: {error}"
            ))
        }))
    }

    /// Where answers are proved.
    pub fn scratch(&mut self) -> &mut Scratch {
        &mut self.scratch
    }

    /// The checks that do not hold. `None` when the server does not answer,
    /// because the learner has made it so.
    ///
    /// # Errors
    /// When there is no connection to be had.
    pub async fn failing(&mut self, exercise: &Exercise) -> Result<Option<Vec<Failed>>> {
        // CLIENT KILL may have hit the old connection: one new one is tried.
        for _ in 0..2 {
            let mut connection = match self.checker.take() {
                Some(connection) => connection,
                None => Connection::connect(self.stage.target()).await?,
            };
            match timeout(CHECKS, failing_checks(&exercise.checks, &mut connection)).await {
                Err(_) => return Ok(None),
                Ok(Ok(failed)) => {
                    self.checker = Some(connection);
                    return Ok(Some(failed));
                }
                Ok(Err(_)) => {}
            }
        }
        Ok(None)
    }

    /// Repeats a recorded submission on the exercise's start, which the server has
    /// been given; what is wrong with it.
    ///
    /// # Errors
    /// When the server is gone.
    pub async fn repeat(&mut self, exercise: &Exercise, record: &Record) -> Result<Option<Fault>> {
        let mut deeds = Deeds::default();
        for text in &record.commands {
            let Ok(argv) = split::split(text.as_bytes()) else {
                continue;
            };
            if Deeds::can_repeat(&argv) {
                let replies = give(&argv, &mut self.stage).await?;
                deeds.note(&argv, &replies.unwrap_or_default());
            }
        }
        match self.failing(exercise).await? {
            Some(failed) if failed.is_empty() => prove(exercise, &deeds, &mut self.stage).await,
            Some(failed) => Ok(Some(Fault::State(failed))),
            None => Err(Error::server(text!(
                "the server does not answer the checks",
                "serwer nie odpowiada na sprawdzenia"
            ))),
        }
    }
}
