//! The server an exercise happens on: its start, and its checks on a
//! connection of their own.

use crate::conn::Connection;
use crate::conn::server::Server;
use crate::error::{Error, Result};
use crate::lesson::Exercise;
use crate::runner::Stage;
use crate::runner::check::{Failed, failing_checks};
use crate::session::exercise::progress::Record;
use catalog::lang::Lang;
use catalog::text;
use resp::{Reply, split};
use std::time::Duration;
use tokio::time::timeout;

/// How long the checks may take; they wait only when the learner has stopped
/// the server, with CLIENT PAUSE for example.
const CHECKS: Duration = Duration::from_secs(2);

/// How long a repeated command may take: one that blocked when it was typed
/// blocks again, and nobody is there to answer it.
const REPEATED: Duration = Duration::from_secs(1);

/// What a fresh server has not got besides the lesson's own keys. Servers
/// before 7.0 know no functions and refuse the last one, which is as well.
const LEFTOVERS: [&[&str]; 3] = [&["FLUSHALL"], &["SCRIPT", "FLUSH"], &["FUNCTION", "FLUSH"]];

/// Commands that make no sense without the person who typed them, or turn a
/// connection into something that does not answer.
const NOT_REPEATED: [&str; 11] = [
    "MONITOR",
    "PSUBSCRIBE",
    "PSYNC",
    "PUNSUBSCRIBE",
    "QUIT",
    "SHUTDOWN",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "SYNC",
    "UNSUBSCRIBE",
];

/// A private server with an exercise on it.
#[derive(Debug)]
pub struct Scene {
    stage: Stage,
    checker: Option<Connection>,
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
        })
    }

    /// Empties the server and gives it the exercise's start.
    ///
    /// # Errors
    /// When the server is gone or refuses the start.
    pub async fn begin(&mut self, exercise: &Exercise) -> Result<()> {
        self.stage.reset().await?;
        let session = Some("setup".to_owned());
        let connection = self.stage.connection(&session).await?;
        for command in LEFTOVERS {
            connection.call(command).await?;
        }
        for line in exercise.setup.iter().flat_map(|block| &block.lines) {
            if let Reply::Error(error) = connection.call(&line.argv).await? {
                let command = &line.text;
                return Err(Error::server(text!(
                    "the exercise cannot begin: the server refuses {command}: {error}",
                    "nie można zacząć ćwiczenia: serwer odrzuca {command}: {error}"
                ))
                .hint(text!(
                    "leave and start practice again: your progress is kept",
                    "wyjdź i uruchom ćwiczenia ponownie: postępy są zachowane"
                )));
            }
        }
        Ok(())
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
            match timeout(CHECKS, failing_checks(exercise, &mut connection)).await {
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

    /// Repeats a recorded submission from the exercise's start, and runs the
    /// checks.
    ///
    /// # Errors
    /// When the server is gone or refuses the start.
    pub async fn repeat(&mut self, exercise: &Exercise, record: &Record) -> Result<Vec<Failed>> {
        self.begin(exercise).await?;
        let mut connection = None;
        for text in &record.commands {
            let Ok(argv) = split::split(text.as_bytes()) else {
                continue;
            };
            let name = argv.first().map(|name| name.to_ascii_uppercase());
            let name = name.unwrap_or_default();
            if NOT_REPEATED.iter().any(|word| word.as_bytes() == name) {
                continue;
            }
            let mut open: Connection = match connection.take() {
                Some(open) => open,
                None => Connection::connect(self.stage.target()).await?,
            };
            // A connection that is late or lost is given up with its command.
            if let Ok(Ok(_)) = timeout(REPEATED, open.call(&argv)).await {
                connection = Some(open);
            }
        }
        let failed = self.failing(exercise).await?;
        failed.ok_or_else(|| {
            Error::server(text!(
                "the server does not answer the checks",
                "serwer nie odpowiada na sprawdzenia"
            ))
        })
    }
}
