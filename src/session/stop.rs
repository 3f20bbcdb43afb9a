//! Ending what keeps a command waiting at the server.

use crate::conn::state::Argv;
use crate::conn::{Connection, Target};
use resp::Reply;
use std::time::Duration;

/// What a server answers at once, it answers within this time and that of a
/// connection to it.
const AT_ONCE: Duration = Duration::from_millis(80);
/// Nobody waits longer than this for a wait to be ended.
const LONGEST: Duration = Duration::from_secs(1);

/// How long the end of a wait may take, when connecting took `connecting`.
pub(super) fn patience(connecting: Duration) -> Duration {
    (AT_ONCE + 2 * connecting).min(LONGEST)
}

/// How a server is brought to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// The command that blocked was ended.
    Unblocked,
    /// The script that ran was ended.
    Script,
    /// Neither: it goes on.
    No,
}

/// Ends what keeps the client `id` waiting, from a connection of its own: a
/// blocking command, or else a script (whoever runs it: the server answers
/// nobody else meanwhile).
pub(super) async fn end_wait(
    target: &Target,
    login: Option<&Argv>,
    id: Option<i64>,
    patience: Duration,
) -> Stopped {
    let attempt = async {
        let mut connection = Connection::connect(target).await.ok()?;
        if let Some(login) = login {
            connection.call(login).await.ok()?;
        }
        if let Some(id) = id {
            let id = id.to_string();
            let reply = connection.call(&["CLIENT", "UNBLOCK", &id]).await.ok()?;
            if reply.as_int() == Some(1) {
                return Some(Stopped::Unblocked);
            }
            if !is_busy(&reply) {
                return None;
            }
        }
        let killed = connection.call(&["SCRIPT", "KILL"]).await.ok()?;
        (!killed.is_error()).then_some(Stopped::Script)
    };
    let answer = tokio::time::timeout(patience, attempt).await;
    answer.ok().flatten().unwrap_or(Stopped::No)
}

fn is_busy(reply: &Reply) -> bool {
    matches!(reply, Reply::Error(text) if text.starts_with("BUSY"))
}
