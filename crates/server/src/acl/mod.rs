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
mod file;
mod log;
mod selector;
mod user;

pub use check::{Call, Denied, channel_allowed};
pub use commands::category;
pub use file::{described, parse};
pub use log::{AclLog, Entry, Reason};
pub use selector::Selector;
pub use user::{User, merge_selectors, valid_name};

use crate::state::client::{Client, DEFAULT_USER};
use crate::store::ByteString;
use std::collections::BTreeMap;

/// Users by name.
pub type Users = BTreeMap<ByteString, User>;

/// The users and the log of refusals.
#[derive(Debug)]
pub struct Acl {
    /// By name.
    pub users: Users,
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
            users: BTreeMap::from([(ByteString::new(DEFAULT_USER), user)]),
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
            .user(DEFAULT_USER)
            .is_some_and(|user| user.enabled && user.no_password)
    }

    /// Whether the user of this name may do everything.
    pub fn is_unrestricted(&self, name: &[u8]) -> bool {
        self.user(name).is_some_and(User::is_unrestricted)
    }

    /// Makes a connection the default user's, as it is when it begins.
    pub fn begin_session(&self, client: &mut Client) {
        self.become_user(client, DEFAULT_USER);
        client.authenticated = !self.login_required();
    }

    /// Gives a connection the rights of a user.
    pub fn become_user(&self, client: &mut Client, name: &[u8]) {
        client.user = ByteString::new(name);
        client.unrestricted = self.is_unrestricted(name);
    }
}
