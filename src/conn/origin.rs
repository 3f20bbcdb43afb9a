//! A private server as it was at its start: what a lesson or a learner may have
//! changed of its settings, users and functions is put back before the next
//! one begins.

use super::{ConnError, Connection, Target};
use resp::Reply;

/// What tells a server's settings and users.
const QUESTIONS: [&[&str]; 2] = [&["CONFIG", "GET", "*"], &["ACL", "LIST"]];

/// What a new server has none of. Functions exist since Redis 7.0; an older
/// server refuses, and has nothing to forget.
const FORGET: [&[&str]; 6] = [
    &["REPLICAOF", "NO", "ONE"],
    &["FUNCTION", "FLUSH"],
    &["CONFIG", "RESETSTAT"],
    &["SLOWLOG", "RESET"],
    &["LATENCY", "RESET"],
    &["ACL", "LOG", "RESET"],
];

/// How a private server was at its start.
#[derive(Debug)]
pub(super) struct Origin {
    target: Target,
    /// Made at the start: whoever sets a password does not lock it out.
    connection: Connection,
    settings: Vec<Pair>,
    users: Vec<User>,
}

/// A setting's name and value.
type Pair = (Vec<u8>, Vec<u8>);

/// A user's name and rules, as `ACL LIST` and `ACL SETUSER` have them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct User {
    name: String,
    rules: Vec<String>,
}

impl Origin {
    /// Looks at a server that has just been started.
    pub(super) async fn of(target: &Target) -> Result<Origin, ConnError> {
        let mut connection = Connection::connect(target).await?;
        let (settings, users) = told(&ask(&mut connection).await?);
        Ok(Origin {
            target: target.clone(),
            connection,
            settings,
            users,
        })
    }

    /// Makes the server as it was, its keys apart; gives a connection to it.
    pub(super) async fn put_back(&mut self) -> Result<&mut Connection, ConnError> {
        // CLIENT KILL may have hit the old one.
        if self.connection.call(&["PING"]).await.is_err() {
            self.connection = Connection::connect(&self.target).await?;
        }
        let connection = &mut self.connection;
        pipeline(connection, FORGET.iter().map(|words| owned(words))).await?;
        let replies = ask(connection).await?;
        // Somebody has taken our rights away: only a new server has them.
        if let (Some(Reply::Error(text)), false) = (replies.first(), self.settings.is_empty()) {
            return Err(ConnError::Login(text.clone()));
        }
        let (settings, users) = told(&replies);
        let changed = self.settings.iter().filter(|pair| !settings.contains(pair));
        let set = changed.map(|(name, value)| {
            let words: [&[u8]; 4] = [b"CONFIG", b"SET", name, value];
            words.map(<[u8]>::to_vec).to_vec()
        });
        let is_known = |user: &&User| self.users.iter().any(|own| own.name == user.name);
        let strangers = users.iter().filter(|user| !is_known(user));
        let delete = strangers.map(|user| owned(&["ACL", "DELUSER", &user.name]));
        let altered = self.users.iter().filter(|user| !users.contains(user));
        let restore = altered.map(|user| {
            let mut words = vec!["ACL", "SETUSER", &user.name, "reset"];
            words.extend(user.rules.iter().map(String::as_str));
            owned(&words)
        });
        // The default user's password is a setting and a rule: the rule wins.
        let commands: Vec<_> = set.chain(delete).chain(restore).collect();
        pipeline(connection, commands.into_iter()).await?;
        Ok(connection)
    }
}

fn owned(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// Sends commands in one go; their replies.
async fn pipeline(
    connection: &mut Connection,
    commands: impl Iterator<Item = Vec<Vec<u8>>>,
) -> Result<Vec<Reply>, ConnError> {
    let mut count = 0;
    for command in commands {
        connection.queue(&command);
        count += 1;
    }
    let mut replies = Vec::new();
    if count > 0 {
        connection.flush().await?;
    }
    for _ in 0..count {
        replies.push(connection.receive_reply().await?);
    }
    Ok(replies)
}

async fn ask(connection: &mut Connection) -> Result<Vec<Reply>, ConnError> {
    pipeline(connection, QUESTIONS.iter().map(|words| owned(words))).await
}

/// The settings and users that the answers to [`QUESTIONS`] tell of.
fn told(replies: &[Reply]) -> (Vec<Pair>, Vec<User>) {
    let items = |index: usize| {
        let items = replies.get(index).and_then(Reply::as_slice);
        items.unwrap_or_default().iter().filter_map(Reply::as_bytes)
    };
    let words: Vec<&[u8]> = items(0).collect();
    let pairs = words.chunks_exact(2);
    let settings = pairs.map(|pair| (pair[0].to_vec(), pair[1].to_vec()));
    let users = items(1).filter_map(|line| user(&String::from_utf8_lossy(line)));
    (settings.collect(), users.collect())
}

/// A line of `ACL LIST`: `user NAME RULE...`. On a new server no rule has a
/// space in it: selectors come later.
fn user(line: &str) -> Option<User> {
    let mut words = line.split(' ').map(str::to_owned);
    let _user = words.next()?;
    Some(User {
        name: words.next()?,
        rules: words.collect(),
    })
}
