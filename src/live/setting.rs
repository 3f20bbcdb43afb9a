//! The setting that turns keyspace notifications on, and puts it back.

use super::scene::{Actor, actor, strings};
use crate::conn::Target;
use crate::error::{Error, Result};
use catalog::text;

const NAME: &str = "notify-keyspace-events";

/// The server's setting before keyspace notifications were turned on.
#[derive(Debug)]
#[must_use = "restore it, or the server keeps sending events"]
pub struct Setting {
    target: Target,
    old: String,
}

impl Setting {
    /// Turns all keyspace and keyevent notifications on, in addition to those
    /// that are on already.
    ///
    /// # Errors
    /// When the server refuses, with what its administrator can do.
    pub async fn turn_on(target: &Target) -> Result<Setting> {
        let mut actor = actor(target).await?;
        let refused = |error: Error| {
            error.hint(text!(
                "this user may not CONFIG SET; ask for `notify-keyspace-events KEA` in the server's configuration",
                "ten użytkownik nie może użyć CONFIG SET; poproś o `notify-keyspace-events KEA` w konfiguracji serwera"
            ))
        };
        let reply = actor.ask(&["CONFIG", "GET", NAME]).await.map_err(refused)?;
        // The name and the value.
        let old = strings(&reply).pop().unwrap_or_default();
        set(&mut actor, &format!("{old}KEA"))
            .await
            .map_err(refused)?;
        let target = target.clone();
        Ok(Setting { target, old })
    }

    /// Puts the old value back.
    ///
    /// # Errors
    /// When the server is gone.
    pub async fn restore(self) -> Result<()> {
        let mut actor = actor(&self.target).await?;
        set(&mut actor, &self.old).await
    }
}

async fn set(actor: &mut Actor, flags: &str) -> Result<()> {
    actor.ask(&["CONFIG", "SET", NAME, flags]).await.map(drop)
}
