//! From the bytes a client has sent to its commands.

use crate::engine::caller::Caller;
use crate::engine::dispatch::After;
use crate::engine::server::Server;
use crate::state::ClientId;
use crate::wire::protocol::{self, Request, RequestLimits};
use crate::wire::reply::CmdError;
use smallvec::SmallVec;

/// How much input comes at once, at most as a rule, bytes.
pub const READ_SIZE: usize = 64 * 1024;

/// The room that a client gets for input of which a part is still to come, bytes;
/// as in Redis.
const LEAST_ROOM: usize = 16 * 1024;

/// Of a request of more arguments it takes a while to find their places, which is
/// no time of the command.
const MANY_ARGUMENTS: usize = 64;

/// A request of more arguments does not leave its list of them behind.
const MOST_PLACES: usize = 4096;

impl Server {
    /// Takes what a connection has sent, in pieces of any size, and executes
    /// every complete request in it.
    pub fn feed(&mut self, id: ClientId, input: &[u8]) {
        if !self.stopping {
            self.look_at_clock();
            self.take_input(id, input);
            self.flush_log();
        }
    }

    /// Executes the commands in `input`, together with what was left over
    /// before; keeps what is left over now. Whether more may come.
    pub(crate) fn take_input(&mut self, id: ClientId, input: &[u8]) -> bool {
        let Some(client) = self.clients.get_mut(id) else {
            return false;
        };
        if !client.is_read() {
            return false;
        }
        client.active = self.clock.now();
        self.figures.input_bytes += input.len() as u64;
        if client.executing {
            // Its own script runs so long that others are served meanwhile.
            client.query.extend_from_slice(input);
        } else if client.query.is_empty() {
            let used = self.execute_all(id, input);
            self.keep_rest(id, &input[used..]);
        } else {
            client.query.extend_from_slice(input);
            let (len, limit) = (client.query.len(), self.settings.query_buffer_limit);
            if len >= client.partial.needs() && client.input_memory() <= limit {
                self.execute_query(id);
            }
        }
        let limit = self.settings.query_buffer_limit;
        let Some(client) = self.clients.get(id) else {
            return false;
        };
        if client.input_memory() > limit {
            self.figures.input_limit_disconnections += 1;
            self.close_soon(id);
            return false;
        }
        client.is_read()
    }

    /// Keeps the input that could not be executed yet.
    fn keep_rest(&mut self, id: ClientId, rest: &[u8]) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        if !client.query.is_empty() {
            // What came while its command was being executed is later.
            client.query.splice(0..0, rest.iter().copied());
            self.clients.resume(id);
        } else if !rest.is_empty() && !client.close_after_reply {
            let is_partial = client.may_go_on();
            if is_partial {
                let needs = client.partial.needs().min(64 * READ_SIZE);
                client.query.reserve(needs.max(rest.len()).max(LEAST_ROOM));
            }
            client.query.extend_from_slice(rest);
            if is_partial {
                self.clients.has_room(id, self.clock.now());
            }
        }
    }

    /// Goes on with the input a client had sent while it waited.
    pub(super) fn execute_query(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let mut query = std::mem::take(&mut client.query);
        let used = self.execute_all(id, &query);
        if let Some(client) = self.clients.get_mut(id) {
            query.drain(..used);
            let more = !client.query.is_empty();
            // What came while its command was being executed is later.
            query.append(&mut client.query);
            if query.is_empty() && query.capacity() > READ_SIZE {
                query = Vec::new();
            }
            client.query = query;
            if more {
                self.clients.resume(id);
            }
        }
    }

    /// Executes complete commands from `input` until there is no more, or the
    /// client cannot go on; how many bytes were used up.
    fn execute_all(&mut self, id: ClientId, input: &[u8]) -> usize {
        let mut places = std::mem::take(&mut self.places);
        if let Some(client) = self.clients.get_mut(id) {
            client.input_len = input.len();
        }
        self.pipelined = None;
        let used = self.execute_requests(id, input, &mut places);
        self.pipelined = None;
        if let Some(client) = self.clients.get_mut(id) {
            client.input_len = 0;
        }
        if places.capacity() > MOST_PLACES {
            places = Vec::new();
        }
        self.places = places;
        used
    }

    fn execute_requests(
        &mut self,
        id: ClientId,
        input: &[u8],
        places: &mut Vec<(usize, usize)>,
    ) -> usize {
        let mut used = 0;
        loop {
            // Clients that take too much go before keys do.
            self.evict_clients();
            let client = self.clients.get_mut(id);
            let Some(client) = client.filter(|client| client.may_go_on()) else {
                return used;
            };
            let limits = RequestLimits {
                max_bulk: self.settings.proto_max_bulk_len,
                authenticated: client.authenticated || !self.acl.login_required(),
            };
            let rest = &input[used..];
            let inline;
            let (len, argv): (usize, SmallVec<[&[u8]; 16]>) =
                match protocol::parse(rest, &mut client.partial, limits, places) {
                    Request::Incomplete => return used,
                    Request::Complete { used: len } => {
                        (len, places.iter().map(|(a, b)| &rest[*a..*b]).collect())
                    }
                    Request::Inline { used: len, argv } => {
                        inline = argv;
                        (len, inline.iter().map(Vec::as_slice).collect())
                    }
                    Request::Invalid(text) => {
                        let error = CmdError::owned(format!("ERR Protocol error: {text}"));
                        client.out.error(&error);
                        client.close_after_reply = true;
                        self.count_error(&error);
                        self.clients.output_pending(id);
                        return input.len();
                    }
                };
            if argv.len() > MANY_ARGUMENTS {
                self.pipelined = None;
            }
            if !argv.is_empty() {
                let caller = Caller::begin(client, self.commands, &argv);
                if self.execute(caller, &argv) == After::Postponed {
                    return used;
                }
            }
            used += len;
        }
    }
}
