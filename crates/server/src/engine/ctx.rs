//! What a command works on: the server, the client it runs for, the database.
//!
//! A command is a plain function `fn(&mut Ctx, &[&[u8]], &mut Out)`. The
//! output is apart from the context, so that a value borrowed from the
//! keyspace can be written straight into the reply.

use crate::engine::command::Command;
use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::client::Client;
use crate::store::{Db, Hash, List, Set, Stream, StringValue, Value, ZSet};
use crate::wire::reply::{CmdResult, Out, errors};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

/// In what surroundings a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Sent by a client.
    Direct,
    /// Part of EXEC.
    Exec,
    /// Called by a script.
    Script,
}

/// The surroundings of one command.
pub struct Ctx<'s> {
    /// All of the server.
    pub server: &'s mut Server,
    /// The client the command runs for.
    pub id: ClientId,
    /// The selected database. SELECT changes it together with the client's;
    /// within a script only here.
    pub db: usize,
    /// Sent by a client, part of EXEC, or called by a script.
    pub mode: Mode,
    /// The command has waited, and a key has become ready: it is run again.
    pub(crate) retried: bool,
    /// The command run again has found nothing.
    pub(crate) still_blocked: bool,
}

impl<'s> Ctx<'s> {
    /// The context of a command that `id` sent.
    pub fn new(server: &'s mut Server, id: ClientId, db: usize) -> Self {
        Ctx {
            server,
            id,
            db,
            mode: Mode::Direct,
            retried: false,
            still_blocked: false,
        }
    }

    /// The client; `None` only when it was freed meanwhile.
    pub fn client(&mut self) -> Option<&mut Client> {
        self.server.clients.get_mut(self.id)
    }

    /// The time at which the command began (the script, for one called by a
    /// script), milliseconds since 1970.
    #[inline]
    pub fn now(&self) -> i64 {
        self.server.clock.now()
    }

    /// Whether a moment that a key is to expire at is over already. Never
    /// while files are read: what follows there may still need the key.
    pub fn is_past(&self, when: i64) -> bool {
        when <= self.server.clock.now() && !self.server.loading
    }

    /// A source of random numbers of its own for one command.
    pub fn random(&mut self) -> SmallRng {
        SmallRng::from_rng(&mut self.server.rng)
    }

    /// Whether a command that finds nothing must reply at once.
    pub fn denies_blocking(&self) -> bool {
        self.mode != Mode::Direct
    }

    /// The selected database.
    #[inline]
    pub fn db(&self) -> &Db {
        &self.server.dbs[self.db]
    }

    /// The selected database, to change without any signal: prefer the
    /// methods of this type.
    #[inline]
    pub fn db_mut(&mut self) -> &mut Db {
        &mut self.server.dbs[self.db]
    }

    /// Runs a command for a script or EXEC, without the checks of the
    /// dispatcher, and writes its reply (or error) to `out`.
    pub fn run(&mut self, command: &Command, argv: &[&[u8]], out: &mut Out) {
        self.server.call(
            CallCtx {
                id: self.id,
                db: &mut self.db,
                mode: self.mode,
            },
            command,
            argv,
            out,
        );
    }
}

/// What [`Server::call`] needs to make a [`Ctx`].
pub struct CallCtx<'a> {
    /// The client.
    pub id: ClientId,
    /// The selected database; SELECT changes it.
    pub db: &'a mut usize,
    /// The surroundings.
    pub mode: Mode,
}

/// Typed access to a key, for each type: a read, a write that only finds, and
/// a write that makes an empty value where there is none.
macro_rules! typed_access {
    ($variant:ident, $type:ty, $read:ident, $write:ident $(, $create:ident)?) => {
        /// The value for reading: `None` when there is no such key.
        ///
        /// # Errors
        /// WRONGTYPE.
        pub fn $read(&mut self, key: &[u8]) -> CmdResult<Option<&$type>> {
            match self.read(key) {
                Some(Value::$variant(value)) => Ok(Some(value)),
                Some(_) => Err(errors::WRONGTYPE),
                None => Ok(None),
            }
        }

        /// The value for changing: `None` when there is no such key. Call
        /// [`Ctx::changed`] after a change, and [`Ctx::remove_if_empty`]
        /// after removing from it.
        ///
        /// # Errors
        /// WRONGTYPE.
        pub fn $write(&mut self, key: &[u8]) -> CmdResult<Option<&mut $type>> {
            match self.write(key) {
                Some(Value::$variant(value)) => Ok(Some(value)),
                Some(_) => Err(errors::WRONGTYPE),
                None => Ok(None),
            }
        }

        $(/// The value for changing, made empty when there is no such key.
        ///
        /// # Errors
        /// WRONGTYPE.
        pub fn $create(&mut self, key: &[u8]) -> CmdResult<&mut $type> {
            if self.write(key).is_none() {
                self.add(key, Value::$variant(Default::default()));
            }
            match self.db_mut().get_mut(key) {
                Some(Value::$variant(value)) => Ok(value),
                _ => Err(errors::WRONGTYPE),
            }
        })?
    };
}

impl Ctx<'_> {
    typed_access!(List, List, read_list, write_list);
    typed_access!(Set, Set, read_set, write_set, create_set);
    typed_access!(Hash, Hash, read_hash, write_hash, create_hash);
    typed_access!(SortedSet, ZSet, read_zset, write_zset, create_zset);
    typed_access!(Stream, Stream, read_stream, write_stream, create_stream);

    /// The string for reading.
    ///
    /// # Errors
    /// WRONGTYPE.
    #[inline]
    pub fn read_string(&mut self, key: &[u8]) -> CmdResult<Option<&StringValue>> {
        match self.read(key) {
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(errors::WRONGTYPE),
            None => Ok(None),
        }
    }

    /// The string for changing.
    ///
    /// # Errors
    /// WRONGTYPE.
    pub fn write_string(&mut self, key: &[u8]) -> CmdResult<Option<&mut StringValue>> {
        match self.write(key) {
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(errors::WRONGTYPE),
            None => Ok(None),
        }
    }
}
