//! Connections come and go: bytes are all the engine knows of them, whether
//! they travel through sockets or not.

use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::client::{Client, DEFAULT_USER};
use std::fmt;

/// Where a connection comes from, as CLIENT LIST shows it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The peer's address.
    pub addr: String,
    /// The local address.
    pub laddr: String,
    /// It came over a Unix socket.
    pub unix: bool,
}

/// There are `maxclients` connections already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyClients;

impl TooManyClients {
    /// What Redis tells such a client before it hangs up.
    pub const REPLY: &'static [u8] = b"-ERR max number of clients reached\r\n";
}

impl fmt::Display for TooManyClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("max number of clients reached")
    }
}

impl std::error::Error for TooManyClients {}

/// What a client from another machine is told before it is hung up on: what
/// it is in Redis's words, and what to do as far as that is so here.
pub(crate) const PROTECTED: &[u8] = b"-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. Set a password for the default user, or, if everybody who can reach the server may use it, send the command 'CONFIG SET protected-mode no' from the machine it runs on.\r\n";

impl Server {
    /// Whether only this machine is served (`protected-mode`); to be asked of
    /// a connection from another one.
    pub(crate) fn refuses_others(&mut self) -> bool {
        let user = self.acl.user(DEFAULT_USER);
        let without_password = user.is_some_and(|user| user.no_password);
        let refuses = self.settings.protected_mode && without_password;
        self.figures.rejected_connections += u64::from(refuses);
        refuses
    }

    /// A new connection, which CLIENT LIST shows at the address
    /// `in-process:0`.
    ///
    /// # Errors
    /// When there are `maxclients` of them already.
    pub fn connect(&mut self) -> Result<ClientId, TooManyClients> {
        self.connect_from(Origin {
            addr: "in-process:0".into(),
            laddr: "in-process:0".into(),
            unix: false,
        })
    }

    /// A new connection from somewhere.
    ///
    /// # Errors
    /// When there are `maxclients` of them already.
    pub(crate) fn connect_from(&mut self, origin: Origin) -> Result<ClientId, TooManyClients> {
        self.figures.connections += 1;
        if self.clients.len() >= self.settings.maxclients {
            self.figures.rejected_connections += 1;
            return Err(TooManyClients);
        }
        let id = self.clients.number();
        let mut client = Client::new(id, self.clock.now());
        client.addr = origin.addr;
        client.laddr = origin.laddr;
        client.unix = origin.unix;
        self.acl.begin_session(&mut client);
        self.clients.add(client);
        Ok(id)
    }

    /// The other side has hung up: nothing more comes from it or goes to it.
    pub fn disconnect(&mut self, id: ClientId) {
        self.close_soon(id);
    }

    /// Whether a connection is open. The server closes it by itself after
    /// QUIT, CLIENT KILL and the like.
    pub fn is_connected(&self, id: ClientId) -> bool {
        self.clients.get(id).is_some_and(|c| !c.close_asap)
    }

    /// Whether a command of this client is being executed: we are within its
    /// script.
    #[inline]
    pub(crate) fn is_executing(&self, id: ClientId) -> bool {
        self.in_command > 0 && self.clients.get(id).is_some_and(|c| c.executing)
    }

    /// Has a client freed at the end of the turn. Nothing more is read from
    /// it or sent to it.
    pub(crate) fn close_soon(&mut self, id: ClientId) {
        if self.clients.close(id) {
            // What others push from now on is not for it.
            self.unblock(id);
        }
    }

    /// Closes the clients that have not sent anything for longer than
    /// `timeout`.
    pub(super) fn close_idle_clients(&mut self) {
        let oldest = self.clock.now() - self.settings.timeout * 1000;
        let idle = self.clients.which(|c| {
            c.active < oldest && c.blocked.is_none() && !c.is_subscriber() && !c.monitor
        });
        for id in idle {
            self.close_soon(id);
        }
    }

    /// Takes a client out of everything that knows of it.
    pub(crate) fn forget_client(&mut self, id: ClientId) {
        self.unblock(id);
        self.unwatch_all(id);
        self.unsubscribe_all(id);
        self.tracking_forget(id);
        self.clients.remove(id);
    }
}
