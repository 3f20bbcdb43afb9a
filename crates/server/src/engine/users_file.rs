//! The ACL file (`aclfile`): read when the server starts and by ACL LOAD,
//! written by ACL SAVE. Its name is relative to `dir`, if there is one.

use crate::acl::{self, Users};
use crate::engine::files::what_it_is;
use crate::engine::load_error::{LoadCause, LoadError};
use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::client::DEFAULT_USER;
use std::io;

impl Server {
    /// Begins with the users of the file, if one is named.
    ///
    /// # Errors
    /// When it cannot be used, or would let in everybody though
    /// [`crate::Config::login_required`] forbids that.
    pub(crate) fn begin_with_users(&mut self) -> Result<(), LoadError> {
        let cause = if self.settings.aclfile.is_empty() {
            return Ok(());
        } else {
            match self.users_of_file() {
                Err(why) => LoadCause::Users(String::from_utf8_lossy(&why).into_owned()),
                Ok(users) => {
                    self.acl.users = users;
                    if !self.settings.login_required || self.acl.login_required() {
                        return Ok(());
                    }
                    LoadCause::OpenToAll
                }
            }
        };
        Err(LoadError {
            file: self.settings.aclfile.clone(),
            cause,
        })
    }

    /// Replaces all users by those of the file. The clients of users who are
    /// gone, and subscribers who may no longer hear one of their channels, are
    /// disconnected; `by` is the client that asks for it.
    ///
    /// # Errors
    /// What is wrong, in Redis's words; then nothing has changed.
    pub(crate) fn load_users(&mut self, by: ClientId) -> Result<(), Vec<u8>> {
        let users = self.users_of_file()?;
        let mut victims: Vec<ClientId> = Vec::new();
        for (name, old) in &self.acl.users {
            if let Some(new) = users.get(name) {
                victims.extend(self.without_permission(name, old, new));
            }
        }
        self.acl.users = users;
        for client in self.clients.iter_mut() {
            if self.acl.user(&client.user).is_none() {
                self.acl.become_user(client, DEFAULT_USER);
                client.authenticated = false;
                victims.push(client.id);
            } else {
                client.unrestricted = self.acl.is_unrestricted(&client.user);
            }
        }
        for id in victims {
            self.close_for(id, by);
        }
        Ok(())
    }

    /// Writes all users to the file.
    ///
    /// # Errors
    /// When it cannot be written; the old one is then still whole.
    pub(crate) fn save_users(&mut self) -> io::Result<()> {
        let text = self.acl.text();
        let name = &self.settings.aclfile;
        let files = self.files.as_mut().or(self.users_files.as_mut());
        files.map_or(Ok(()), |files| files.replace(name, &mut text.as_slice()))
    }

    fn users_of_file(&self) -> Result<Users, Vec<u8>> {
        let name = &self.settings.aclfile;
        let files = self.files.as_ref().or(self.users_files.as_ref());
        let read = files.map_or(Ok(None), |files| files.read(name));
        let why = match read {
            Ok(Some(text)) => {
                return acl::parse(&text, name, self.settings.acl_all_channels);
            }
            Ok(None) => "No such file or directory".to_owned(),
            Err(error) => what_it_is(&error),
        };
        Err(format!("Error loading ACLs, opening file '{name}': {why}").into_bytes())
    }
}
