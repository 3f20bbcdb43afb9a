//! From a request to a reply: every check Redis makes before a command runs,
//! in its order, and the bookkeeping around the call.

use crate::engine::command::{Command, Lookup, Role};
use crate::engine::ctx::{CallCtx, Ctx, Mode};
use crate::engine::output::CHECK_OUTPUT_ABOVE;
use crate::engine::server::Server;
use crate::state::client::{ClientId, ReplyMode};
use crate::state::latency::event;
use crate::state::transaction::Queued;
use crate::wire::args::c_text;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use catalog::Flags;
use std::time::Instant;

/// What MONITOR does not show.
const UNSEEN: Flags = Flags::of(&[Flags::SKIP_MONITOR, Flags::ADMIN]);

/// What becomes of the client after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// The next command can be executed.
    Continue,
    /// The client waits (or is held back): its input stays where it is.
    Blocked,
    /// The command was not executed: CLIENT PAUSE holds it back.
    Postponed,
}

impl Server {
    /// Executes one request of a client and puts the reply into its output.
    pub(crate) fn execute(&mut self, id: ClientId, argv: &[&[u8]]) -> After {
        let Some(client) = self.clients.get_mut(&id) else {
            return After::Blocked;
        };
        let resp = client.out.resp;
        let mut out = std::mem::replace(&mut client.out, Out::new(resp));
        if client.reply_mode == ReplyMode::SkipNext {
            client.reply_mode = ReplyMode::Skipping;
        }
        let start = out.buf.len();
        let after = match self.process(id, argv, &mut out) {
            Ok(after) => after,
            Err(error) => {
                self.count_error(&error);
                out.error(&error);
                After::Continue
            }
        };
        let Some(client) = self.clients.get_mut(&id) else {
            return After::Blocked;
        };
        match client.reply_mode {
            ReplyMode::On | ReplyMode::SkipNext => {}
            ReplyMode::Off => out.buf.truncate(start),
            ReplyMode::Skipping => {
                out.buf.truncate(start);
                client.reply_mode = ReplyMode::On;
            }
        }
        if !client.out.buf.is_empty() {
            // Pushed to itself while the command ran: goes behind the reply.
            out.buf.append(&mut client.out.buf);
        }
        client.out = out;
        let pending = client.pending_output();
        if pending > 0 {
            self.output_pending(id);
        }
        if pending > CHECK_OUTPUT_ABOVE {
            // Too much is not sent at all.
            self.check_output_limit(id);
        }
        if self.tracking.clients > 0 {
            self.tracking_after_command(id);
        }
        if !self.ready.is_empty() {
            self.serve_ready();
        }
        after
    }

    /// The checks; then queues or calls.
    fn process(&mut self, id: ClientId, argv: &[&[u8]], out: &mut Out) -> CmdResult<After> {
        let Some(client) = self.clients.get_mut(&id) else {
            return Ok(After::Blocked);
        };
        let in_multi = client.transaction.active;
        if argv[0].eq_ignore_ascii_case(b"quit") {
            client.close_after_reply = true;
            out.ok();
            return Ok(After::Continue);
        }
        // A client tends to send the same command again.
        let last = client.last_command.map(|index| self.commands.at(index));
        let command = match last {
            Some(last)
                if last.facts.subcommands.is_empty()
                    && argv[0].eq_ignore_ascii_case(last.name().as_bytes()) =>
            {
                last
            }
            _ => match self.commands.lookup(argv) {
                Lookup::Found(command) => command,
                Lookup::Unknown if is_from_browser(argv[0]) => {
                    self.close_soon(id);
                    return Ok(After::Blocked);
                }
                missing => return Err(self.reject(id, None, unknown(argv, &missing))),
            },
        };
        if let Some(client) = self.clients.get_mut(&id) {
            client.last_command = Some(command.index);
        }
        if !command.facts.accepts(argv.len()) {
            return Err(self.reject(id, Some(command), errors::wrong_arity(command.name())));
        }
        if let Err(error) = self.allowed(id, command, argv, out.resp) {
            return Err(self.reject(id, Some(command), error));
        }
        if let Some(pause) = self.pause {
            let writes = self.may_write(command, argv) || self.queue_may_write(id, command);
            if pause.until > self.now && (pause.all || writes) && command.role != Role::Unpause {
                return Ok(After::Postponed);
            }
        }
        let Some(client) = self.clients.get_mut(&id) else {
            return Ok(After::Blocked);
        };
        if in_multi && !command.role.runs_inside_multi() {
            client.transaction.queue.push(Queued {
                command: command.index,
                argv: argv.iter().map(|arg| arg.to_vec()).collect(),
            });
            out.status("QUEUED");
            return Ok(After::Continue);
        }
        let mut db = client.db;
        self.access.held = client.no_touch && command.role != Role::Touch;
        self.call(
            CallCtx {
                id,
                db: &mut db,
                mode: Mode::Direct,
            },
            command,
            argv,
            out,
        );
        Ok(match self.clients.get(&id) {
            Some(client) if client.blocked.is_none() && !client.close_asap => After::Continue,
            _ => After::Blocked,
        })
    }

    /// Whether a command may write, or do what goes to replicas like a write.
    fn may_write(&self, command: &Command, argv: &[impl AsRef<[u8]>]) -> bool {
        command.writes_or_replicates()
            && !matches!(command.role, Role::Script(source) if self.script.never_writes(source, argv))
    }

    /// Whether this is EXEC, and some command to be executed may write.
    fn queue_may_write(&self, id: ClientId, command: &Command) -> bool {
        command.role == Role::Exec
            && self.clients.get(&id).is_some_and(|client| {
                let mut queue = client.transaction.queue.iter();
                queue.any(|queued| self.may_write(self.commands.at(queued.command), &queued.argv))
            })
    }

    /// Whether this is EXEC, and some command to be executed has this flag.
    fn queue_holds(&self, id: ClientId, command: &Command, flag: Flags) -> bool {
        command.role == Role::Exec
            && self.clients.get(&id).is_some_and(|client| {
                let mut queue = client.transaction.queue.iter();
                queue.any(|queued| self.commands.at(queued.command).is(flag))
            })
    }

    /// Whether the client may run the command now.
    fn allowed(&mut self, id: ClientId, command: &Command, argv: &[&[u8]], resp: u8) -> CmdResult {
        let Some(client) = self.clients.get(&id) else {
            return Ok(());
        };
        let (authenticated, subscriber) = (client.authenticated, client.is_subscriber());
        let (in_multi, unrestricted) = (client.transaction.active, client.unrestricted);
        if command.role == Role::Debug && !self.settings.debug_commands {
            return Err(CmdError::new(
                "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.",
            ));
        }
        if !authenticated && !command.is(Flags::NO_AUTH) && self.acl.login_required() {
            return Err(errors::NOAUTH);
        }
        if in_multi && command.is(Flags::NO_MULTI) {
            return Err(CmdError::new(
                "ERR Command not allowed inside a transaction",
            ));
        }
        if !unrestricted {
            let context = if in_multi { "multi" } else { "toplevel" };
            if let Err(denied) = self.check_permission(id, command, argv, context) {
                return Err(denied.error(self.user_of(id), command.name()));
            }
        }
        if self.settings.maxmemory > 0 && self.busy_script.is_none() && !self.loading {
            self.make_room();
            // What was evicted is told before the reply.
            if self.tracking.clients > 0 {
                self.tracking_send_held(id);
            }
            if self.out_of_memory()
                && (command.is(Flags::DENYOOM) || self.queue_holds(id, command, Flags::DENYOOM))
            {
                return Err(errors::OOM);
            }
        }
        if self.in_trouble
            && (command.is(Flags::WRITE)
                || command.role == Role::Ping
                || self.queue_holds(id, command, Flags::WRITE))
        {
            return Err(self.trouble());
        }
        if self.lacks_replicas()
            && (command.is(Flags::WRITE) || self.queue_holds(id, command, Flags::WRITE))
        {
            return Err(errors::NO_REPLICAS);
        }
        if resp == 2 && subscriber && !command.role.is_open_to_subscribers() {
            return Err(CmdError::owned(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
                command.name()
            )));
        }
        match self.busy_script {
            Some(busy) if !command.is(Flags::ALLOW_BUSY) => Err(busy.error()),
            _ => Ok(()),
        }
    }

    /// Whether writes are refused for want of replicas, of which this server
    /// never has any.
    pub(crate) fn lacks_replicas(&self) -> bool {
        self.settings.min_replicas > 0 && self.settings.replica_max_lag > 0
    }

    /// A command refused before it ran: EXEC will abort.
    fn reject(&mut self, id: ClientId, command: Option<&Command>, error: CmdError) -> CmdError {
        if let Some(client) = self.clients.get_mut(&id)
            && client.transaction.active
        {
            client.transaction.refused = true;
        }
        if let Some(command) = command {
            self.stats.by_command[command.index].rejected += 1;
            if command.role == Role::Exec {
                // The transaction ends with the refusal.
                self.discard(id);
                let text = String::from_utf8_lossy(&error.0).into_owned();
                let text = text.strip_prefix("ERR ").unwrap_or(&text);
                return CmdError::owned(format!(
                    "EXECABORT Transaction discarded because of: {text}"
                ));
            }
        }
        error
    }

    /// Runs a command's function and keeps the books. All checks have been
    /// made; an error of the command is written to `out`.
    pub(crate) fn call(
        &mut self,
        call: CallCtx<'_>,
        command: &Command,
        argv: &[&[u8]],
        out: &mut Out,
    ) {
        let CallCtx { id, db, mode } = call;
        let start = Instant::now();
        if self.in_command == 0 {
            self.set_now(start);
        }
        let was_db = *db;
        // A script is shown before the commands it runs, EXEC and the rest
        // once they are done.
        let monitored = !self.monitors.is_empty();
        if monitored && command.role.runs_script() {
            self.feed_monitors(id, was_db, mode, argv);
        }
        let reply_at = out.buf.len();
        let before = self.before_command();
        self.in_command += 1;
        let mut ctx = Ctx::new(self, id, *db);
        ctx.mode = mode;
        let result = (command.run)(&mut ctx, argv, out);
        *db = ctx.db;
        self.in_command -= 1;
        self.log_command(before, command, was_db, argv);
        if monitored && !command.facts.flags.has_any(UNSEEN) {
            // SELECT is shown in the database that it has selected.
            self.feed_monitors(id, *db, mode, argv);
        }
        let micros = start.elapsed().as_micros() as u64;
        // A client that waits is served later, and only then is it known how
        // long that takes.
        let waits = command.is(Flags::BLOCKING) && self.waits_since(id, micros);
        let tracks = self.settings.latency_tracking;
        let stats = &mut self.stats.by_command[command.index];
        stats.calls += 1;
        stats.micros += micros;
        if tracks && !waits {
            stats.latency.get_or_insert_default().record(micros);
        }
        self.stats.commands += 1;
        if let Err(error) = result {
            self.stats.by_command[command.index].failed += 1;
            self.count_error(&error);
            out.error(&error);
        } else if out.buf.get(reply_at) == Some(&b'-') {
            // A script returned an error, which is counted where it arose.
            self.stats.by_command[command.index].failed += 1;
        }
        if self.tracking.clients > 0 && command.is(Flags::READONLY) {
            self.tracking_on_read(id, command, argv);
        }
        if self.settings.latency_threshold > 0 {
            let event = match command.is(Flags::FAST) {
                true => event::FAST_COMMAND,
                false => event::COMMAND,
            };
            self.latency_sample(event, micros / 1000);
        }
        if !waits {
            self.log_if_slow(id, mode, command, micros, argv);
        }
    }

    /// Counts an error reply for INFO's `errorstats`.
    pub(crate) fn count_error(&mut self, error: &CmdError) {
        self.stats.errors += 1;
        let code = String::from_utf8_lossy(error.code()).into_owned();
        *self.stats.errors_by_code.entry(code).or_default() += 1;
    }
}

/// What a browser sends first when a page makes it post to our port.
fn is_from_browser(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"post") || name.eq_ignore_ascii_case(b"host:")
}

/// The reply to a command that does not exist. Like Redis, it shows at most
/// 128 bytes of the name and of the arguments, each up to its first zero byte
/// (it formats them as C strings).
pub fn unknown(argv: &[&[u8]], missing: &Lookup) -> CmdError {
    const MOST: usize = 128;
    let shown = |bytes: &[u8], most: usize| {
        let text = c_text(bytes);
        text[..text.len().min(most)].to_vec()
    };
    let cut = |bytes: &[u8]| shown(bytes, MOST);
    let mut text = Vec::new();
    if let Lookup::UnknownSubcommand(container) = missing {
        text.extend_from_slice(b"ERR unknown subcommand '");
        text.extend_from_slice(&cut(argv[1]));
        text.extend_from_slice(b"'. Try ");
        text.extend_from_slice(container.name().to_ascii_uppercase().as_bytes());
        text.extend_from_slice(b" HELP.");
        return CmdError::owned(text);
    }
    let mut args: Vec<u8> = Vec::new();
    for arg in &argv[1..] {
        if args.len() >= MOST {
            break;
        }
        args.push(b'\'');
        args.extend_from_slice(&shown(arg, MOST - args.len()));
        args.extend_from_slice(b"' ");
    }
    text.extend_from_slice(b"ERR unknown command '");
    text.extend_from_slice(&cut(argv[0]));
    text.extend_from_slice(b"', with args beginning with: ");
    text.extend_from_slice(&args);
    CmdError::owned(text)
}
