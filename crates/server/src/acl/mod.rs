//! ACL users: who may log in, and what they may do then.
//!
//! A [`User`] has passwords and one or more [`Selector`]s; a command is
//! allowed when one of these allows all of it: the command, its keys, its
//! channels. The names and numbers of commands come from the catalogue, so
//! that rules mean what they mean to Redis even for commands this server
//! does not have.
//!
//! Most clients are the default user, who may do everything. A client
//! remembers that in one flag ([`Client::unrestricted`]), so that the
//! dispatcher asks nothing else for it; whatever changes a user brings the
//! flag up to date.

mod check;
mod commands;
mod describe;
mod log;
mod selector;
mod user;

pub use check::{Call, Denied};
pub use commands::category;
pub use log::{AclLog, Reason};
pub use selector::{RuleError, Selector};
pub use user::{User, merge_selectors, valid_name};

use super::client::{Client, ClientId};
use super::command::Found;
use super::server::Server;
use super::store::ByteString;
use check::channel_allowed;
use std::collections::BTreeMap;

/// The user a connection begins as.
pub const DEFAULT: &[u8] = b"default";

/// The text up to its first zero byte: Redis reads rules and shows names as C
/// strings.
pub fn c_text(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(0, text).unwrap_or(text.len())]
}

/// The users and the log of refusals.
#[derive(Debug)]
pub struct Acl {
    users: BTreeMap<ByteString, User>,
    /// ACL LOG.
    pub log: AclLog,
}

impl Acl {
    /// Only the default user, who needs this password (none when empty) and
    /// may do everything.
    pub fn new(password: &[u8]) -> Self {
        let mut user = User::unlimited();
        user.require(password);
        Acl {
            users: BTreeMap::from([(ByteString::new(DEFAULT), user)]),
            log: AclLog::default(),
        }
    }

    /// The user of a name.
    pub fn user(&self, name: &[u8]) -> Option<&User> {
        self.users.get(name)
    }

    /// All users, by name.
    pub fn users(&self) -> impl ExactSizeIterator<Item = (&[u8], &User)> {
        self.users.iter().map(|(name, user)| (&**name, user))
    }

    /// Whether a new connection must log in first.
    pub fn login_required(&self) -> bool {
        !self
            .user(DEFAULT)
            .is_some_and(|user| user.enabled && user.no_password)
    }

    /// Whether the user of this name may do everything.
    fn is_unrestricted(&self, name: &[u8]) -> bool {
        self.user(name).is_some_and(User::is_unrestricted)
    }

    /// Makes a connection the default user's, as it is when it begins.
    pub fn begin_session(&self, client: &mut Client) {
        self.become_user(client, DEFAULT);
        client.authenticated = !self.login_required();
    }

    fn become_user(&self, client: &mut Client, name: &[u8]) {
        client.user = ByteString::new(name);
        client.unrestricted = self.is_unrestricted(name);
    }
}

impl Server {
    /// Sets the default user's password as CONFIG SET requirepass does.
    pub fn require_password(&mut self, password: &[u8]) {
        if let Some(user) = self.acl.users.get_mut(DEFAULT) {
            user.require(password);
        }
    }

    /// Logs a client in; whether the name and password were right.
    pub fn log_in(&mut self, id: ClientId, name: &[u8], password: &[u8]) -> bool {
        let right = self
            .acl
            .user(name)
            .is_some_and(|user| user.admits(password));
        if right && let Some(client) = self.clients.get_mut(&id) {
            self.acl.become_user(client, name);
            client.authenticated = true;
        }
        right
    }

    /// Makes or replaces a user. Subscribers who may no longer hear one of
    /// their channels are disconnected; `by` is the client that asks for it.
    pub fn put_user(&mut self, name: &[u8], user: User, by: ClientId) {
        if let Some(old) = self.acl.users.get(name) {
            let victims = self.without_permission(name, old, &user);
            for id in victims {
                self.disconnect(id, by);
            }
        }
        self.acl.users.insert(ByteString::new(name), user);
        let unrestricted = self.acl.is_unrestricted(name);
        for client in self.clients.values_mut() {
            if client.user == *name {
                client.unrestricted = unrestricted;
            }
        }
    }

    /// Removes a user and disconnects the clients logged in as that user;
    /// whether there was one.
    pub fn remove_user(&mut self, name: &[u8], by: ClientId) -> bool {
        if self.acl.users.remove(name).is_none() {
            return false;
        }
        let mut victims = Vec::new();
        for client in self.clients.values_mut() {
            if client.user == *name {
                self.acl.become_user(client, DEFAULT);
                client.authenticated = false;
                victims.push(client.id);
            }
        }
        for id in victims {
            self.disconnect(id, by);
        }
        true
    }

    /// The user's subscribers that listen to something the new rules do not
    /// let them.
    fn without_permission(&self, name: &[u8], old: &User, new: &User) -> Vec<ClientId> {
        if new.selectors().any(|selector| selector.all_channels) {
            return Vec::new();
        }
        let allowed: Vec<&[u8]> = new.channels().collect();
        let nothing_lost = old.selectors().all(|selector| !selector.all_channels)
            && old.channels().all(|channel| allowed.contains(&channel));
        if nothing_lost {
            return Vec::new();
        }
        let ours = self.clients.values().filter(|client| client.user == *name);
        ours.filter(|client| {
            let refused = |channel, pattern| !channel_allowed(&allowed, channel, pattern);
            client.patterns.iter().any(|name| refused(name, true))
                || client.channels.iter().any(|name| refused(name, false))
                || client
                    .shard_channels
                    .iter()
                    .any(|name| refused(name, false))
        })
        .map(|client| client.id)
        .collect()
    }

    /// Closes a connection; the one that asks for it still gets its reply.
    fn disconnect(&mut self, id: ClientId, by: ClientId) {
        if id != by {
            self.close_soon(id);
        } else if let Some(client) = self.clients.get_mut(&id) {
            client.close_after_reply = true;
        }
    }

    /// Checks a command of a client against its user's rules, and logs a
    /// refusal; `context` is what ACL LOG calls the surroundings. Not needed
    /// for a client that is unrestricted.
    ///
    /// # Errors
    /// What the user may not do.
    #[cold]
    pub fn check_permission(
        &mut self,
        id: ClientId,
        found: Found,
        argv: &[&[u8]],
        context: &'static str,
    ) -> Result<(), Denied> {
        let Err(denied) = self.may_run(id, found, argv) else {
            return Ok(());
        };
        let (reason, object) = match denied {
            Denied::Command => (Reason::Command, found.command.name.as_bytes()),
            Denied::Key(at) => (Reason::Key, argv[at]),
            Denied::Channel(at) => (Reason::Channel, argv[at]),
        };
        self.log_refusal(id, reason, context, object, None);
        Err(denied)
    }

    /// Whether the client's user may run a command; nothing is logged.
    ///
    /// # Errors
    /// What the user may not do.
    pub fn may_run(&self, id: ClientId, found: Found, argv: &[&[u8]]) -> Result<(), Denied> {
        let Some(client) = self.clients.get(&id).filter(|c| !c.unrestricted) else {
            return Ok(());
        };
        match (self.acl.user(&client.user), Call::new(found, argv)) {
            (Some(user), Some(call)) => user.may_run(&call),
            _ => Ok(()),
        }
    }

    /// Whether the client's user may run a command and read all keys at
    /// that, as SORT needs for BY and GET.
    pub fn may_run_reading_all(&self, id: ClientId, found: Found, argv: &[&[u8]]) -> bool {
        let Some(client) = self.clients.get(&id).filter(|c| !c.unrestricted) else {
            return true;
        };
        match (self.acl.user(&client.user), Call::new(found, argv)) {
            (Some(user), Some(call)) => user.may_run_reading_all(&call),
            _ => true,
        }
    }
}
