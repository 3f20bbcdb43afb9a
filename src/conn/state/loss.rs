//! What a lost connection takes with it, and what a new one is given back.

use super::{Argv, State};
use catalog::lang::Lang;
use catalog::text;

impl State {
    /// The state of a new connection to the same server after this one was
    /// lost: what [`State::restoring`] brings back, and nothing else.
    #[must_use]
    pub fn after_loss(&self) -> State {
        State {
            // A SELECT that was only queued never happened.
            db: match &self.transaction {
                Some(transaction) => transaction.db_before,
                None => self.db,
            },
            login: self.login.clone(),
            user: self.user.clone(),
            resp3: self.resp3,
            name: self.name.clone(),
            lost_transaction: self.transaction.is_some() || self.lost_transaction,
            ..State::default()
        }
    }

    /// The commands that bring a new connection into this state. The login of
    /// the URL has been repeated already, and so has its database.
    pub fn restoring(&self, url_db: i64) -> Vec<Argv> {
        let mut commands = Vec::new();
        commands.extend(self.login.clone());
        if self.resp3 {
            commands.push(vec![b"HELLO".to_vec(), b"3".to_vec()]);
        }
        if self.db != url_db {
            commands.push(vec![b"SELECT".to_vec(), self.db.to_string().into_bytes()]);
        }
        if let Some(name) = &self.name {
            commands.push(vec![b"CLIENT".to_vec(), b"SETNAME".to_vec(), name.clone()]);
        }
        commands
    }

    /// What a lost connection takes with it, one phrase each; empty when
    /// nothing is lost.
    pub fn losses(&self, lang: Lang) -> Vec<String> {
        let mut lost = Vec::new();
        if let Some(transaction) = &self.transaction {
            let n = transaction.queued.len();
            lost.push(text!(
                lang,
                "the open MULTI (queued commands: {n}, none of them was run)",
                "otwarty MULTI (poleceń w kolejce: {n}, żadne się nie wykonało)"
            ));
        }
        if self.watching {
            let text = lang.pick("WATCH on your keys", "WATCH na twoich kluczach");
            lost.push(text.to_owned());
        }
        let subscriptions: Vec<String> = [&self.channels, &self.patterns, &self.shards]
            .into_iter()
            .flatten()
            .map(|name| resp::split::quote(name))
            .collect();
        if !subscriptions.is_empty() {
            let names = subscriptions.join(", ");
            lost.push(text!(
                lang,
                "subscriptions: {names}",
                "subskrypcje: {names}"
            ));
        }
        if self.monitor {
            lost.push("MONITOR".to_owned());
        }
        if self.tracking {
            lost.push("CLIENT TRACKING".to_owned());
        }
        lost
    }

    /// What has been brought back, one phrase each.
    pub fn restored(&self, lang: Lang) -> Vec<String> {
        let mut back = Vec::new();
        if self.db != 0 {
            let db = self.db;
            back.push(text!(lang, "database {db}", "baza {db}"));
        }
        if self.login.is_some() {
            back.push(match &self.user {
                Some(user) => {
                    text!(lang, "login as {user}", "logowanie jako {user}")
                }
                None => lang.pick("login", "logowanie").to_owned(),
            });
        }
        if self.resp3 {
            back.push("RESP3".to_owned());
        }
        back
    }
}
