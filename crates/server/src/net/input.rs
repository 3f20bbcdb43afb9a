//! From a client's socket to its commands.

use super::READ_SIZE;
use crate::engine::dispatch::After;
use crate::engine::server::Server;
use crate::state::client::ClientId;
use crate::wire::protocol::{self, Request, RequestLimits};
use crate::wire::reply::CmdError;
use smallvec::SmallVec;
use std::io::{ErrorKind, Read};

/// A request of more arguments does not leave its list of them behind.
const MOST_PLACES: usize = 4096;

/// A socket is read at most this many times before others have their turn.
const READS_PER_TURN: usize = 16;

impl Server {
    /// Reads what a client has sent and executes it.
    pub(super) fn receive(&mut self, id: ClientId, closed: bool) {
        let mut buf = std::mem::take(&mut self.net.read_buf);
        if buf.is_empty() {
            // Lent out: a script is running and we serve others meanwhile.
            buf = vec![0; READ_SIZE];
        }
        let mut reads = 0;
        loop {
            if reads == READS_PER_TURN {
                // No event will tell of what is still there.
                self.net.unfinished.push(id);
                break;
            }
            reads += 1;
            let Some(client) = self.clients.get_mut(&id) else {
                break;
            };
            if client.close_asap || client.close_after_reply {
                break;
            }
            if client.executing {
                client.unread = true;
                break;
            }
            let Some(stream) = &mut client.stream else {
                break;
            };
            match stream.read(&mut buf) {
                Ok(0) => {
                    self.close_soon(id);
                    break;
                }
                Ok(n) => {
                    client.active = self.now;
                    self.stats.input_bytes += n as u64;
                    self.take_input(id, &buf[..n]);
                    // Less than asked for: the socket is empty, and an edge
                    // will tell of more (an end that came with it must be
                    // read now).
                    if cfg!(unix) && n < buf.len() && !closed {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.close_soon(id);
                    break;
                }
            }
        }
        if self.net.read_buf.is_empty() {
            self.net.read_buf = buf;
        }
    }

    /// Executes the commands in `input`, together with what was left over
    /// before; keeps what is left over now.
    fn take_input(&mut self, id: ClientId, input: &[u8]) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        if client.query.is_empty() {
            let used = self.execute_all(id, input);
            if let Some(client) = self.clients.get_mut(&id)
                && !client.close_after_reply
                && used < input.len()
            {
                client.query.reserve(
                    client
                        .partial
                        .needs()
                        .min(64 * READ_SIZE)
                        .max(input.len() - used),
                );
                client.query.extend_from_slice(&input[used..]);
            }
        } else {
            client.query.extend_from_slice(input);
            if client.query.len() < client.partial.needs() {
                self.check_query_limit(id);
                return;
            }
            self.execute_query(id);
        }
        self.check_query_limit(id);
    }

    fn check_query_limit(&mut self, id: ClientId) {
        let limit = self.settings.query_buffer_limit;
        if self.clients.get(&id).is_some_and(|c| c.query.len() > limit) {
            self.close_soon(id);
        }
    }

    /// Goes on with the input a client had sent while it waited.
    pub(super) fn resume(&mut self, id: ClientId) {
        self.execute_query(id);
        if let Some(client) = self.clients.get_mut(&id)
            && std::mem::take(&mut client.unread)
        {
            self.receive(id, false);
        }
    }

    fn execute_query(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let mut query = std::mem::take(&mut client.query);
        let used = self.execute_all(id, &query);
        if let Some(client) = self.clients.get_mut(&id) {
            query.drain(..used);
            if query.is_empty() && query.capacity() > READ_SIZE {
                query = Vec::new();
            }
            client.query = query;
        }
    }

    /// Executes complete commands from `input` until there is no more, or the
    /// client cannot go on; how many bytes were used up.
    fn execute_all(&mut self, id: ClientId, input: &[u8]) -> usize {
        let mut places = std::mem::take(&mut self.net.places);
        if let Some(client) = self.clients.get_mut(&id) {
            client.input_len = input.len();
        }
        let used = self.execute_requests(id, input, &mut places);
        if let Some(client) = self.clients.get_mut(&id) {
            client.input_len = 0;
        }
        if places.capacity() > MOST_PLACES {
            places = Vec::new();
        }
        self.net.places = places;
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
            let Some(client) = self.clients.get_mut(&id) else {
                return used;
            };
            if client.blocked.is_some()
                || client.paused
                || client.close_asap
                || client.close_after_reply
                || client.executing
            {
                return used;
            }
            let limits = RequestLimits {
                max_bulk: self.settings.proto_max_bulk_len,
                authenticated: client.authenticated || !self.acl.login_required(),
            };
            let rest = &input[used..];
            match protocol::parse(rest, &mut client.partial, limits, places) {
                Request::Incomplete => return used,
                Request::Complete { used: len } => {
                    if places.is_empty() {
                        used += len;
                        continue;
                    }
                    let argv: SmallVec<[&[u8]; 16]> =
                        places.iter().map(|(a, b)| &rest[*a..*b]).collect();
                    if !self.execute_one(id, &argv) {
                        return used;
                    }
                    used += len;
                }
                Request::Inline { used: len, argv } => {
                    if !argv.is_empty() {
                        let argv: SmallVec<[&[u8]; 16]> = argv.iter().map(Vec::as_slice).collect();
                        if !self.execute_one(id, &argv) {
                            return used;
                        }
                    }
                    used += len;
                }
                Request::Invalid(text) => {
                    let error = CmdError::owned(format!("ERR Protocol error: {text}"));
                    client.out.error(&error);
                    client.close_after_reply = true;
                    self.count_error(&error);
                    self.output_pending(id);
                    return input.len();
                }
            }
        }
    }

    /// Executes one command; `false` when it was held back and must be kept.
    fn execute_one(&mut self, id: ClientId, argv: &[&[u8]]) -> bool {
        if let Some(client) = self.clients.get_mut(&id) {
            client.executing = true;
        }
        let after = self.execute(id, argv);
        if let Some(client) = self.clients.get_mut(&id) {
            client.executing = false;
            if client.unread {
                self.unblocked.push(id);
            }
            if after == After::Postponed {
                client.paused = true;
                self.blocked_clients += 1;
                return false;
            }
        }
        true
    }
}
