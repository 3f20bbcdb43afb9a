//! What a connection has been told, as far as a shell must know it: the
//! database, the login, the protocol, an open transaction, subscriptions.
//!
//! Pure bookkeeping over commands and their replies. It feeds the prompt,
//! tells which replies to expect, and knows what to restore and what is lost
//! when the connection is.

mod loss;

use resp::Reply;
use std::collections::BTreeSet;

/// A command as arguments.
pub type Argv = Vec<Vec<u8>>;

/// An open MULTI.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transaction {
    /// The commands the server answered with QUEUED.
    pub queued: Vec<Argv>,
    /// The database before MULTI; a queued SELECT shows at once.
    db_before: i64,
}

/// What a connection has been told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The selected database.
    pub db: i64,
    /// The login command that worked last (`AUTH ...`), to repeat it.
    pub login: Option<Argv>,
    /// The ACL user, when it is not the default one.
    pub user: Option<String>,
    /// Whether RESP3 is spoken.
    pub resp3: bool,
    /// The name given with CLIENT SETNAME or HELLO.
    pub name: Option<Vec<u8>>,
    /// The open transaction.
    pub transaction: Option<Transaction>,
    /// A transaction was lost with the connection; until EXEC or DISCARD no
    /// command of it may be sent.
    pub lost_transaction: bool,
    /// Keys are watched.
    pub watching: bool,
    /// Channels subscribed to.
    pub channels: BTreeSet<Vec<u8>>,
    /// Patterns subscribed to.
    pub patterns: BTreeSet<Vec<u8>>,
    /// Shard channels subscribed to.
    pub shards: BTreeSet<Vec<u8>>,
    /// MONITOR is running.
    pub monitor: bool,
    /// CLIENT TRACKING is on.
    pub tracking: bool,
    /// What CLIENT REPLY has switched off.
    pub silence: Silence,
}

/// Which replies the server leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Silence {
    /// None.
    #[default]
    None,
    /// That of the next command: CLIENT REPLY SKIP.
    Next,
    /// All, until CLIENT REPLY ON: CLIENT REPLY OFF.
    All,
}

/// How many replies a command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// One ordinary reply.
    One,
    /// This many confirmations of subscriptions.
    Confirmations(usize),
    /// None: CLIENT REPLY OFF or SKIP.
    None,
}

fn is(word: Option<&Vec<u8>>, text: &str) -> bool {
    word.is_some_and(|word| word.eq_ignore_ascii_case(text.as_bytes()))
}

/// The command's name in lower case.
pub fn name_of(argv: &[Vec<u8>]) -> String {
    argv.first()
        .map(|word| String::from_utf8_lossy(word).to_ascii_lowercase())
        .unwrap_or_default()
}

impl State {
    /// Whether the connection is subscribed to anything.
    pub fn is_subscribed(&self) -> bool {
        self.subscriptions() > 0
    }

    /// Whether every command is run at once and answered once, in RESP2.
    pub fn is_plain(&self) -> bool {
        let special = self.monitor || self.is_subscribed() || self.resp3;
        self.transaction.is_none() && !self.lost_transaction && !special
    }

    /// The number of channels, patterns and shard channels.
    pub fn subscriptions(&self) -> usize {
        self.channels.len() + self.patterns.len() + self.shards.len()
    }

    /// How many replies a command will have, sent now.
    pub fn expects(&self, argv: &[Vec<u8>]) -> Expected {
        if self.silence != Silence::None && !ends_silence(argv) {
            return Expected::None;
        }
        if self.transaction.is_some() {
            return Expected::One;
        }
        let given = argv.len().saturating_sub(1);
        match name_of(argv).as_str() {
            // Without arguments these are errors, which are one reply.
            "subscribe" | "psubscribe" | "ssubscribe" => Expected::Confirmations(given.max(1)),
            "unsubscribe" => Expected::Confirmations(count(given, &self.channels)),
            "punsubscribe" => Expected::Confirmations(count(given, &self.patterns)),
            "sunsubscribe" => Expected::Confirmations(count(given, &self.shards)),
            "client" if is(argv.get(1), "reply") && given == 2 && is_off(argv.get(2)) => {
                Expected::None
            }
            _ => Expected::One,
        }
    }

    /// Whether the next command will have no reply.
    pub fn is_silent(&self) -> bool {
        self.silence != Silence::None
    }

    /// Takes note of a command that was sent and will have no reply.
    pub fn observe_unanswered(&mut self, argv: &[Vec<u8>]) {
        let name = name_of(argv);
        if name == "client" && is(argv.get(1), "reply") && argv.len() == 3 {
            if is(argv.get(2), "off") {
                self.silence = Silence::All;
            } else if is(argv.get(2), "skip") && self.silence == Silence::None {
                self.silence = Silence::Next;
            }
            return;
        }
        if self.silence == Silence::Next {
            self.silence = Silence::None;
        }
        // Most likely it went well.
        if name == "select" {
            self.observe(argv, &Reply::Status("OK".to_owned()));
        }
    }

    /// Whether a reply that arrives now is a message rather than the answer
    /// to this command. In RESP3 messages are pushes; in RESP2 they are arrays,
    /// and no command that a subscribed connection may send is answered by
    /// such a one.
    pub fn is_message(&self, argv: &[Vec<u8>], reply: &Reply) -> bool {
        match reply {
            Reply::Push(items) => !is_confirmed(argv, items),
            Reply::Array(items) if self.is_subscribed() && !self.resp3 => {
                let kind = items.first().and_then(Reply::as_bytes);
                match (kind, items.len()) {
                    (Some(b"message" | b"smessage"), 3) | (Some(b"pmessage"), 4) => true,
                    // A slot that moved takes its shard channels along, unasked.
                    (Some(b"sunsubscribe"), 3) => !is_confirmed(argv, items),
                    _ => false,
                }
            }
            Reply::Status(text) => self.monitor && is_monitor_line(text),
            _ => false,
        }
    }

    /// The answer to a command that must not be sent, because it belongs to a
    /// transaction that was lost with its connection. EXEC and DISCARD end
    /// that state (and are answered here too).
    pub fn refuse_lost(&mut self, argv: &[Vec<u8>]) -> Option<Reply> {
        if !self.lost_transaction {
            return None;
        }
        let text = match name_of(argv).as_str() {
            "exec" => "EXECABORT not sent: the transaction was lost with its connection, nothing of it was run",
            "discard" | "reset" => {
                self.lost_transaction = false;
                return Some(Reply::Status("OK".to_owned()));
            }
            _ => return Some(Reply::Error(
                "ERR not sent: it belongs to a transaction that was lost with its connection; EXEC or DISCARD ends it".to_owned(),
            )),
        };
        self.lost_transaction = false;
        Some(Reply::Error(text.to_owned()))
    }

    /// Takes note of a command and its reply.
    pub fn observe(&mut self, argv: &[Vec<u8>], reply: &Reply) {
        let name = name_of(argv);
        if reply.is_error() {
            // A failed EXEC has ended the transaction all the same.
            if name == "exec" && self.transaction.is_some() {
                self.end_transaction(&[]);
            }
            return;
        }
        if let Reply::Array(items) | Reply::Push(items) = reply
            && is_confirmed(argv, items)
        {
            self.confirm(items);
            return;
        }
        if self.transaction.is_some() {
            return self.observe_in_transaction(&name, argv, reply);
        }
        match name.as_str() {
            "multi" => {
                self.transaction = Some(Transaction {
                    queued: Vec::new(),
                    db_before: self.db,
                });
            }
            "watch" => self.watching = true,
            "unwatch" => self.watching = false,
            "select" => self.db = number(argv.get(1)).unwrap_or(self.db),
            "auth" => self.log_in(argv.get(1..).unwrap_or_default()),
            "hello" => self.hello(argv),
            "reset" => *self = State::default(),
            "monitor" => self.monitor = true,
            "client" if is(argv.get(1), "setname") => {
                self.name = argv.get(2).filter(|name| !name.is_empty()).cloned();
            }
            "client" if is(argv.get(1), "tracking") => self.tracking = is(argv.get(2), "on"),
            "client" if is(argv.get(1), "reply") => self.silence = Silence::None,
            _ => {}
        }
    }

    /// Takes note of a message: of a subscription that the server has ended.
    pub fn observe_message(&mut self, message: &Reply) {
        if let Reply::Array(items) | Reply::Push(items) = message
            && let Some(kind) = items.first().and_then(Reply::as_bytes)
            && is_confirmed(&[kind.to_vec()], items)
        {
            self.confirm(items);
        }
    }

    fn observe_in_transaction(&mut self, name: &str, argv: &[Vec<u8>], reply: &Reply) {
        match (name, reply) {
            ("exec", Reply::Array(items)) => self.end_transaction(items),
            ("exec" | "discard", _) => self.end_transaction(&[]),
            ("reset", _) => *self = State::default(),
            (_, Reply::Status(status)) if status == "QUEUED" => {
                if name == "select" {
                    self.db = number(argv.get(1)).unwrap_or(self.db);
                }
                if let Some(transaction) = &mut self.transaction {
                    transaction.queued.push(argv.to_vec());
                }
            }
            _ => {}
        }
    }

    /// Leaves the transaction; the replies of its commands count as theirs.
    fn end_transaction(&mut self, replies: &[Reply]) {
        let Some(transaction) = self.transaction.take() else {
            return;
        };
        self.watching = false;
        self.db = transaction.db_before;
        for (argv, reply) in transaction.queued.iter().zip(replies) {
            self.observe(argv, reply);
        }
    }

    fn log_in(&mut self, login: &[Vec<u8>]) {
        self.user = match login {
            [user, _] if user.as_slice() != b"default" => {
                Some(String::from_utf8_lossy(user).into_owned())
            }
            _ => None,
        };
        let mut argv = vec![b"AUTH".to_vec()];
        argv.extend_from_slice(login);
        self.login = Some(argv);
    }

    fn hello(&mut self, argv: &[Vec<u8>]) {
        if let Some(version) = number(argv.get(1)) {
            self.resp3 = version == 3;
        }
        let mut options = argv.iter().skip(2);
        while let Some(option) = options.next() {
            if option.eq_ignore_ascii_case(b"auth") {
                let login: Argv = options.by_ref().take(2).cloned().collect();
                self.log_in(&login);
            } else if option.eq_ignore_ascii_case(b"setname") {
                self.name = options.next().filter(|name| !name.is_empty()).cloned();
            }
        }
    }

    fn confirm(&mut self, items: &[Reply]) {
        let kind = items.first().and_then(Reply::as_bytes).unwrap_or_default();
        let Some(channel) = items.get(1).and_then(Reply::as_bytes) else {
            return;
        };
        let channel = channel.to_vec();
        match kind {
            b"subscribe" => self.channels.insert(channel),
            b"unsubscribe" => self.channels.remove(&channel),
            b"psubscribe" => self.patterns.insert(channel),
            b"punsubscribe" => self.patterns.remove(&channel),
            b"ssubscribe" => self.shards.insert(channel),
            b"sunsubscribe" => self.shards.remove(&channel),
            _ => false,
        };
    }

    /// The prompt as redis-cli writes it: `127.0.0.1:6379[3](TX)> `, with the
    /// user in front when it is not the default one, and the mode when
    /// commands are not what the connection is for.
    pub fn prompt(&self, label: &str) -> String {
        let mut prompt = String::new();
        if let Some(user) = &self.user {
            prompt.push_str(user);
            prompt.push('@');
        }
        prompt.push_str(label);
        if self.db != 0 {
            prompt.push_str(&format!("[{}]", self.db));
        }
        if self.resp3 {
            prompt.push_str("(RESP3)");
        }
        if self.transaction.is_some() {
            prompt.push_str("(TX)");
        }
        if self.lost_transaction {
            prompt.push_str("(TX lost)");
        }
        if self.silence == Silence::All {
            prompt.push_str("(no replies)");
        }
        if self.monitor {
            prompt.push_str("(monitor)");
        } else if self.is_subscribed() {
            prompt.push_str("(subscribed)");
        }
        prompt.push_str("> ");
        prompt
    }
}

fn is_off(word: Option<&Vec<u8>>) -> bool {
    is(word, "off") || is(word, "skip")
}

/// Whether a command is answered however many replies are switched off.
fn ends_silence(argv: &[Vec<u8>]) -> bool {
    let name = name_of(argv);
    name == "reset" || name == "client" && is(argv.get(1), "reply") && is(argv.get(2), "on")
}

/// UNSUBSCRIBE without names confirms each subscription, or once "none".
fn count(given: usize, subscribed: &BTreeSet<Vec<u8>>) -> usize {
    match given {
        0 => subscribed.len().max(1),
        n => n,
    }
}

/// Whether a reply confirms the subscription, or the end of one, that a command
/// asked for. A list that looks like it confirms nothing.
fn is_confirmed(argv: &[Vec<u8>], items: &[Reply]) -> bool {
    let name = name_of(argv);
    let kind = items.first().and_then(Reply::as_bytes);
    let of = name.strip_suffix("subscribe");
    items.len() == 3
        && matches!(of, Some("" | "un" | "p" | "pun" | "s" | "sun"))
        && kind == Some(name.as_bytes())
}

/// A line of MONITOR: `1700000000.123456 [0 127.0.0.1:1234] "get" "k"`.
fn is_monitor_line(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(" [")
}

fn number(word: Option<&Vec<u8>>) -> Option<i64> {
    std::str::from_utf8(word?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
