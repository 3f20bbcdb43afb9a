//! From a request to a reply: every check Redis makes before a command runs,
//! in its order, and the bookkeeping around the call.

use crate::engine::caller::Caller;
use crate::engine::command::{Command, Lookup, Role};
use crate::engine::ctx::{CallCtx, Ctx, Mode};
use crate::engine::output::CHECK_OUTPUT_ABOVE;
use crate::engine::server::Server;
use crate::engine::starting::{LOADER, LOADING};
use crate::state::ClientId;
use crate::state::latency::event;
use crate::state::transaction::Queued;
use crate::wire::args::c_text;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use catalog::{Flags, Group};
use std::time::Instant;

/// What MONITOR does not show.
const UNSEEN: Flags = Flags::of(&[Flags::SKIP_MONITOR, Flags::ADMIN]);

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It was executed, queued or refused.
    Executed,
    /// It was not: CLIENT PAUSE holds it back.
    Postponed,
}

impl Server {
    /// Executes one request of a client and puts the reply into its output.
    pub(crate) fn execute(&mut self, mut caller: Caller, argv: &[&[u8]]) -> After {
        let id = caller.id;
        let mut out = std::mem::replace(&mut caller.out, Out::new(2));
        let start = out.buf.len();
        let after = match self.process(&caller, argv, &mut out) {
            Ok(after) => after,
            Err(error) => {
                self.count_error(&error);
                out.error(&error);
                After::Executed
            }
        };
        let tells_others = self.tracking.clients > 0 || self.waiting.any_ready();
        let Some(client) = self.clients.get_mut(id) else {
            return After::Executed;
        };
        // The reply to one that waits or is held back is still to come.
        let replied = after == After::Executed && client.blocked.is_none();
        if replied && !client.takes_reply() {
            out.buf.truncate(start);
        }
        if !client.out.buf.is_empty() {
            // Pushed to itself while the command ran: goes behind the reply.
            out.buf.append(&mut client.out.buf);
        }
        client.out = out;
        client.executing = tells_others;
        let pending = client.pending_output();
        if pending > 0 {
            self.clients.output_pending(id);
        }
        if pending > CHECK_OUTPUT_ABOVE {
            // Too much is not sent at all.
            self.check_output_limit(id);
        }
        if tells_others {
            self.tell_others(id);
            self.pipelined = None;
        }
        if pending > CHECK_OUTPUT_ABOVE
            && let Some(client) = self.clients.get_mut(id)
        {
            client.begin_new_buffer_if_full();
        }
        if after == After::Postponed {
            self.clients.hold_back(id);
        }
        after
    }

    /// Tells those who keep copies of what a command has changed, and serves
    /// those who wait for it.
    fn tell_others(&mut self, id: ClientId) {
        if self.tracking.clients > 0 {
            self.tracking_after_command(id);
        }
        if self.waiting.any_ready() {
            self.serve_ready();
            // What those who were served have changed.
            self.tracking_send_held(id);
        }
        if let Some(client) = self.clients.get_mut(id) {
            client.executing = false;
        }
    }

    /// The checks; then queues or calls.
    fn process(&mut self, caller: &Caller, argv: &[&[u8]], out: &mut Out) -> CmdResult<After> {
        let id = caller.id;
        let command = match caller.found {
            Some(Lookup::Found(command)) => command,
            Some(Lookup::Unknown) if is_from_browser(argv[0]) => {
                self.close_soon(id);
                return Ok(After::Executed);
            }
            Some(missing) => return Err(self.reject(id, None, unknown(argv, &missing))),
            None => {
                out.ok();
                return Ok(After::Executed);
            }
        };
        if !command.facts.accepts(argv.len()) {
            return Err(self.reject(id, Some(command), errors::wrong_arity(command.name())));
        }
        // What is in a file was allowed once.
        let is_loader = id == LOADER;
        if !is_loader && let Err(error) = self.allowed(caller, command, argv, out) {
            return Err(self.reject(id, Some(command), error));
        }
        if !is_loader
            && let Some(pause) = self.clients.pausing()
            && !caller.monitor
        {
            let writes = self.may_write(command, argv) || self.queue_may_write(id, command);
            if self.is_paused() && (pause.all || writes) && command.role != Role::Unpause {
                return Ok(After::Postponed);
            }
        }
        if caller.in_multi && !command.role.runs_inside_multi() {
            if let Some(client) = self.clients.get_mut(id) {
                client.transaction.push(Queued {
                    command: command.index,
                    argv: argv.iter().map(|arg| arg.to_vec()).collect(),
                });
            }
            out.status("QUEUED");
            return Ok(After::Executed);
        }
        self.access.held = caller.no_touch && command.role != Role::Touch;
        let call = CallCtx {
            id,
            db: &mut { caller.db },
            mode: Mode::Direct,
        };
        self.call(call, command, argv, out);
        Ok(After::Executed)
    }

    /// Whether a command may write, or do what goes to replicas like a write.
    fn may_write(&self, command: &Command, argv: &[impl AsRef<[u8]>]) -> bool {
        command.writes_or_replicates()
            && !matches!(command.role, Role::Script(source) if self.script.never_writes(source, argv))
    }

    /// Whether this is EXEC, and some command to be executed may write.
    fn queue_may_write(&self, id: ClientId, command: &Command) -> bool {
        command.role == Role::Exec
            && self.clients.get(id).is_some_and(|client| {
                let mut queue = client.transaction.queue.iter();
                queue.any(|queued| self.may_write(self.commands.at(queued.command), &queued.argv))
            })
    }

    /// Whether this is EXEC, and some command to be executed has this flag.
    fn queue_holds(&self, id: ClientId, command: &Command, flag: Flags) -> bool {
        command.role == Role::Exec
            && self.clients.get(id).is_some_and(|client| {
                let mut queue = client.transaction.queue.iter();
                queue.any(|queued| self.commands.at(queued.command).is(flag))
            })
    }

    /// Whether the client may run the command now.
    fn allowed(
        &mut self,
        caller: &Caller,
        command: &Command,
        argv: &[&[u8]],
        out: &mut Out,
    ) -> CmdResult {
        let id = caller.id;
        if command.role == Role::Debug && !self.settings.debug_commands {
            return Err(CmdError::new(
                "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.",
            ));
        }
        if !caller.authenticated && !command.is(Flags::NO_AUTH) && self.acl.login_required() {
            return Err(errors::NOAUTH);
        }
        if caller.in_multi && command.is(Flags::NO_MULTI) {
            return Err(CmdError::new(
                "ERR Command not allowed inside a transaction",
            ));
        }
        if !caller.unrestricted {
            let context = if caller.in_multi { "multi" } else { "toplevel" };
            if let Err(denied) = self.check_permission(id, command, argv, context) {
                return Err(denied.error(self.user_of(id), command.name()));
            }
        }
        self.may_change(id, command, out)?;
        if out.resp == 2 && caller.subscriber && !command.role.is_open_to_subscribers() {
            return Err(CmdError::owned(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
                command.name()
            )));
        }
        // Others find the data half-read.
        if self.loading && !command.is(Flags::LOADING) {
            return Err(LOADING);
        }
        if let Some(busy) = self.busy_script
            && !command.is(Flags::ALLOW_BUSY)
        {
            return Err(busy.error());
        }
        // To Redis, who monitors is a kind of replica.
        if caller.monitor && (command.is(Flags::READONLY) || self.may_write(command, argv)) {
            return Err(CmdError::new(
                "ERR Replica can't interact with the keyspace",
            ));
        }
        Ok(())
    }

    /// Whether memory, files and replicas are as a command that changes
    /// something needs them.
    fn may_change(&mut self, id: ClientId, command: &Command, out: &mut Out) -> CmdResult {
        if self.settings.maxmemory > 0 && self.busy_script.is_none() && !self.loading {
            self.make_room();
            // What was evicted is told before the reply.
            if self.tracking.clients > 0 {
                self.tracking_send_held_first(id, out);
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
        Ok(())
    }

    /// Whether writes are refused for want of replicas, of which this server
    /// never has any.
    pub(crate) fn lacks_replicas(&self) -> bool {
        self.settings.min_replicas > 0 && self.settings.replica_max_lag > 0
    }

    /// A command refused before it ran: EXEC will abort.
    fn reject(&mut self, id: ClientId, command: Option<&Command>, error: CmdError) -> CmdError {
        if let Some(client) = self.clients.get_mut(id)
            && client.transaction.active
        {
            client.transaction.refused = true;
        }
        if let Some(command) = command {
            self.figures.rejected(command.index);
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
        let before_it = self.pipelined.take();
        let start = before_it.unwrap_or_else(Instant::now);
        if self.in_command == 0 {
            self.set_now(start);
        }
        let was_db = *db;
        // A script is shown before the commands it runs, EXEC and the rest
        // once they are done.
        let monitored = !self.clients.monitors().is_empty() && !self.loading;
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
        let end = Instant::now();
        let micros = (end - start).as_micros() as u64;
        // A client that waits is served later: then the command counts as
        // called, and only then is it known how long it takes.
        let waits = command.is(Flags::BLOCKING) && self.waits_since(id, micros);
        if !waits {
            self.figures.called(command.index, micros);
            if self.in_command == 0 {
                self.figures.command_micros += micros;
            }
            if self.settings.latency_tracking {
                self.figures.replied(command.index, micros);
            }
        }
        if let Err(error) = result {
            self.figures.failed(command.index);
            self.count_error(&error);
            out.error(&error);
        } else if out.buf.get(reply_at) == Some(&b'-') {
            // A script returned an error, which is counted where it arose.
            self.figures.failed(command.index);
        }
        if self.tracking.clients > 0 && command.is(Flags::READONLY) {
            self.tracking_on_read(id, command, argv);
        }
        self.sample_latency(command, micros);
        if !waits {
            self.log_if_slow(id, mode, command, micros, argv);
        }
        if self.in_command == 0 {
            self.pipelined = Some(end);
        }
    }

    /// Keeps how long a command took, where `latency-monitor-threshold` asks.
    #[inline]
    fn sample_latency(&mut self, command: &Command, micros: u64) {
        if self.settings.latency_threshold > 0 {
            let event = if command.is(Flags::FAST) {
                event::FAST_COMMAND
            } else {
                event::COMMAND
            };
            self.latency_sample(event, micros / 1000);
        }
    }
}

/// What a browser sends first when a page makes it post to our port.
fn is_from_browser(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"post") || name.eq_ignore_ascii_case(b"host:")
}

/// The reply to a command that does not exist. Like Redis, it shows at most
/// 128 bytes of the name and of the arguments, each up to its first zero byte
/// (it formats them as C strings). Of vector sets, the one part of Redis's core
/// that is missing here, it says so.
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
    if catalog::find_argv(argv).is_some_and(|command| command.group == Group::VectorSet) {
        text.extend_from_slice(b"ERR unknown command '");
        text.extend_from_slice(argv[0]);
        text.extend_from_slice(b"': vector sets are a part of Redis 8 that this server lacks");
        return CmdError::owned(text);
    }
    let mut args: Vec<u8> = Vec::new();
    for arg in &argv[1..] {
        let room = MOST.saturating_sub(args.len());
        if room == 0 {
            break;
        }
        args.push(b'\'');
        args.extend_from_slice(&shown(arg, room));
        args.extend_from_slice(b"' ");
    }
    text.extend_from_slice(b"ERR unknown command '");
    text.extend_from_slice(&cut(argv[0]));
    text.extend_from_slice(b"', with args beginning with: ");
    text.extend_from_slice(&args);
    CmdError::owned(text)
}
