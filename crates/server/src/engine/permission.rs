//! Logging in, changing users, and asking what a client's user may do.

use crate::acl::{Call, Denied, Entry, Reason, User, channel_allowed};
use crate::engine::command::Command;
use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::client::DEFAULT_USER;
use crate::store::ByteString;

impl Server {
    /// Sets the default user's password as CONFIG SET requirepass does.
    pub(crate) fn require_password(&mut self, password: &[u8]) {
        if let Some(user) = self.acl.users.get_mut(DEFAULT_USER) {
            user.require(password);
        }
    }

    /// Logs a client in; whether the name and password were right.
    pub(crate) fn log_in(&mut self, id: ClientId, name: &[u8], password: &[u8]) -> bool {
        let right = self
            .acl
            .user(name)
            .is_some_and(|user| user.admits(password));
        if right && let Some(client) = self.clients.get_mut(id) {
            self.acl.become_user(client, name);
            client.authenticated = true;
        }
        right
    }

    /// Makes or replaces a user. Subscribers who may no longer hear one of
    /// their channels are disconnected; `by` is the client that asks for it.
    pub(crate) fn put_user(&mut self, name: &[u8], user: User, by: ClientId) {
        if let Some(old) = self.acl.users.get(name) {
            let victims = self.without_permission(name, old, &user);
            for id in victims {
                self.close_for(id, by);
            }
        }
        self.acl.users.insert(ByteString::new(name), user);
        let unrestricted = self.acl.is_unrestricted(name);
        for client in self.clients.iter_mut() {
            if client.user == *name {
                client.unrestricted = unrestricted;
            }
        }
    }

    /// Removes a user and disconnects the clients logged in as that user;
    /// whether there was one.
    pub(crate) fn remove_user(&mut self, name: &[u8], by: ClientId) -> bool {
        if self.acl.users.remove(name).is_none() {
            return false;
        }
        let mut victims = Vec::new();
        for client in self.clients.iter_mut() {
            if client.user == *name {
                self.acl.become_user(client, DEFAULT_USER);
                client.authenticated = false;
                victims.push(client.id);
            }
        }
        for id in victims {
            self.close_for(id, by);
        }
        true
    }

    /// The user's subscribers that listen to something the new rules do not
    /// let them.
    pub(super) fn without_permission(&self, name: &[u8], old: &User, new: &User) -> Vec<ClientId> {
        if new.selectors().any(|selector| selector.all_channels) {
            return Vec::new();
        }
        let allowed: Vec<&[u8]> = new.channels().collect();
        let nothing_lost = old.selectors().all(|selector| !selector.all_channels)
            && old.channels().all(|channel| allowed.contains(&channel));
        if nothing_lost {
            return Vec::new();
        }
        let ours = self.clients.iter().filter(|client| client.user == *name);
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
    pub(super) fn close_for(&mut self, id: ClientId, by: ClientId) {
        if id != by {
            self.close_soon(id);
        } else if let Some(client) = self.clients.get_mut(id) {
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
    pub(crate) fn check_permission(
        &mut self,
        id: ClientId,
        command: &Command,
        argv: &[&[u8]],
        context: &'static str,
    ) -> Result<(), Denied> {
        let Err(denied) = self.may_run(id, command, argv) else {
            return Ok(());
        };
        let (reason, object) = match denied {
            Denied::Command => (Reason::Command, command.name().as_bytes()),
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
    pub(crate) fn may_run(
        &self,
        id: ClientId,
        command: &Command,
        argv: &[&[u8]],
    ) -> Result<(), Denied> {
        let Some(client) = self.clients.get(id).filter(|c| !c.unrestricted) else {
            return Ok(());
        };
        match self.acl.user(&client.user) {
            Some(user) => user.may_run(&Call::new(command.facts, argv)),
            None => Ok(()),
        }
    }

    /// Whether the client's user may run a command and read all keys at
    /// that, as SORT needs for BY and GET.
    pub(crate) fn may_run_reading_all(
        &self,
        id: ClientId,
        command: &Command,
        argv: &[&[u8]],
    ) -> bool {
        let Some(client) = self.clients.get(id).filter(|c| !c.unrestricted) else {
            return true;
        };
        let user = self.acl.user(&client.user);
        user.is_none_or(|user| user.may_run_reading_all(&Call::new(command.facts, argv)))
    }

    /// The name of the user that a client is logged in as.
    pub(crate) fn user_of(&self, id: ClientId) -> &[u8] {
        let client = self.clients.get(id);
        client.map_or(DEFAULT_USER, |client| &client.user)
    }

    /// Notes a refusal. `user` is who it was about when that is not the
    /// client's own user: a login.
    pub(crate) fn log_refusal(
        &mut self,
        id: ClientId,
        reason: Reason,
        context: &'static str,
        object: &[u8],
        user: Option<&[u8]>,
    ) {
        let Some(client) = self.clients.get(id) else {
            return;
        };
        let entry = Entry {
            count: 1,
            id: 0,
            created: self.clock.now(),
            reason,
            context,
            object: object.to_vec(),
            user: user.unwrap_or(&client.user).to_vec(),
            time: self.clock.now(),
            client: self.describe_client(client, None),
        };
        self.figures.denied[reason as usize] += 1;
        self.acl.log.add(entry, self.settings.acl_log_max_len);
    }
}
