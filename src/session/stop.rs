//! Ctrl-C, as far as a session knows it: what waits can be told to end.

use crate::conn::state::Argv;
use crate::conn::{Connection, Target};
use resp::Reply;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Tells whatever a session waits for to end. A clone is the front end's.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Notify>);

impl Stop {
    /// Ends what is waited for now; nothing when nothing is.
    pub fn press(&self) {
        self.0.notify_waiters();
    }

    /// Waits until somebody presses.
    pub async fn pressed(&self) {
        self.0.notified().await;
    }
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
pub(super) async fn end_wait(target: &Target, login: Option<&Argv>, id: Option<i64>) -> Stopped {
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
    let answer = tokio::time::timeout(Duration::from_secs(1), attempt).await;
    answer.ok().flatten().unwrap_or(Stopped::No)
}

fn is_busy(reply: &Reply) -> bool {
    matches!(reply, Reply::Error(text) if text.starts_with("BUSY"))
}
