//! Tab: the teaching shell on the lesson's own connection.

use crate::conn::Client;
use crate::conn::server::Server;
use crate::error::Result;
use crate::render::style::Style;
use crate::repl::config::{self, Config};
use crate::repl::{Repl, ReplOptions};
use crate::runner::Stage;
use crate::session::{Hooks, Shell};
use catalog::lang::Lang;

/// Runs the shell until it is left (Ctrl-D, `exit`), on the main session where
/// that one takes commands, otherwise on a connection of its own.
///
/// # Errors
/// When the server or the terminal fails.
pub async fn shell(
    stage: &mut Stage,
    server: &Server,
    lang: Lang,
    color: bool,
    hooks: &mut impl Hooks,
) -> Result<()> {
    let config = Config::of_user()?;
    let switches = config.switches(server.is_private());
    let options = ReplOptions {
        label: server.label(),
        private: server.is_private(),
        banner: lang
            .pick(
                "The lesson's own session. Ctrl-D: back to the lesson.\n",
                "Sesja z lekcji. Ctrl-D: powrót do lekcji.\n",
            )
            .to_owned(),
        config,
        history: config::history_path(),
    };
    let lent = stage.lend(&None).await?;
    let db = lent.as_ref().map(|client| client.state.db);
    let client = lent.unwrap_or_else(|| Client::new(stage.target().clone()));
    let shell = Shell::new(lang, Style::new(color), switches);
    let mut repl = Repl::new(client, shell, options)?;
    let outcome = repl.run(hooks).await;
    if let Some(db) = db {
        stage.give_back(&None, repl.into_client(), db).await?;
    }
    outcome.map(|_| ())
}
