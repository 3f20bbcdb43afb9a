//! What is asked of a client when its request comes.

use crate::engine::command::{Lookup, Table};
use crate::state::ClientId;
use crate::state::client::{Client, ReplyMode};
use crate::wire::reply::Out;

/// A client whose request is about to be executed: what the checks ask of it,
/// read in one go, and its output, which is lent out meanwhile.
pub(crate) struct Caller {
    pub id: ClientId,
    pub db: usize,
    /// What it sent; `None` for QUIT.
    pub found: Option<Lookup>,
    pub in_multi: bool,
    pub authenticated: bool,
    pub unrestricted: bool,
    pub subscriber: bool,
    pub monitor: bool,
    pub no_touch: bool,
    pub out: Out,
}

impl Caller {
    /// To be given to [`Server::execute`].
    pub(crate) fn begin(client: &mut Client, commands: &'static Table, argv: &[&[u8]]) -> Self {
        client.executing = true;
        if client.reply_mode == ReplyMode::SkipNext {
            client.reply_mode = ReplyMode::Skipping;
        }
        let found = if argv[0].eq_ignore_ascii_case(b"quit") {
            client.close_after_reply = true;
            None
        } else {
            let last = client.last_command.map(|index| commands.at(index));
            Some(commands.lookup_after(last, argv))
        };
        if let Some(Lookup::Found(command)) = found {
            client.last_command = Some(command.index);
        }
        let resp = client.out.resp;
        Caller {
            id: client.id,
            db: client.db,
            found,
            in_multi: client.transaction.active,
            authenticated: client.authenticated,
            unrestricted: client.unrestricted,
            subscriber: client.is_subscriber(),
            monitor: client.monitor,
            no_touch: client.no_touch,
            out: std::mem::replace(&mut client.out, Out::new(resp)),
        }
    }
}
