//! A connection to Redis that comes back, and that can be watched.
//!
//! Commands of many tasks travel over one multiplexed connection of the
//! `redis` crate. When it is lost, the next command connects anew; what to do
//! about the command that failed is the caller's decision, because only the
//! caller knows whether sending it twice is safe.

mod error;
mod reply;
mod script;
mod subscription;

pub use error::{Condition, LinkError, Loss};
pub use reply::{entry_field, fields, unexpected};
pub use script::Script;
pub(crate) use script::scripts;
pub use subscription::{Heard, subscribe};

use super::Target;
use catalog::lang::Lang;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, Pipeline, Value};
use resp::Reply;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a command may take before the connection counts as lost. The
/// crate's own 0.5 s would end every XREADGROUP that blocks longer.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// One command with its reply, as a learner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The command and its arguments.
    pub argv: Vec<Vec<u8>>,
    /// What Redis answered.
    pub reply: Reply,
    /// The script that sent the command, if one did.
    pub script: Option<&'static str>,
}

/// Sees every command with its reply.
pub type Recorder = Arc<dyn Fn(Exchange) + Send + Sync>;

/// A connection that comes back. Clones share it.
#[derive(Clone)]
pub struct Link {
    target: Target,
    recorder: Option<Recorder>,
    /// What every new connection loads first.
    scripts: Vec<&'static Script>,
    connection: Arc<Mutex<Option<MultiplexedConnection>>>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Link {
    /// A link that connects with its first command.
    pub fn new(target: Target, recorder: Option<Recorder>) -> Link {
        Link {
            target,
            recorder,
            scripts: Vec::new(),
            connection: Arc::default(),
        }
    }

    /// The same, which loads these scripts whenever it has connected: none is
    /// missing then when many calls of it are on their way, in their order.
    #[must_use]
    pub fn with_scripts(self, scripts: impl IntoIterator<Item = &'static Script>) -> Link {
        let scripts = scripts.into_iter().collect();
        Link { scripts, ..self }
    }

    /// Where it connects to.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether somebody watches the commands.
    pub fn is_recorded(&self) -> bool {
        self.recorder.is_some()
    }

    async fn connection(&self) -> Result<MultiplexedConnection, LinkError> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = &*slot {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT));
        let target = self.target.master().await;
        let mut connection = target
            .map_err(|_| LinkError::Lost(Loss::NoMaster))?
            .client()
            .map_err(|error| LinkError::Lost(Loss::Other(error.message_in(Lang::En).to_owned())))?
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(|error| LinkError::Lost(Loss::of(&error)))?;
        if self.recorder.is_none() {
            load(&self.scripts, &mut connection).await?;
        }
        *slot = Some(connection.clone());
        Ok(connection)
    }

    /// Forgets the connection, so that the next command makes a new one.
    pub async fn reset(&self) {
        *self.connection.lock().await = None;
    }

    /// Sends one command. A server's error is `Err(Refused)`.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses the command.
    pub async fn call(&self, cmd: &Cmd) -> Result<Reply, LinkError> {
        let mut connection = self.connection().await?;
        let reply = match connection.send_packed_command(cmd).await {
            Ok(value) => to_reply(value),
            Err(error) => self.failed(error).await?,
        };
        self.record(cmd, &reply);
        self.look_at(std::slice::from_ref(&reply)).await;
        refuse_errors(reply)
    }

    /// After an error of a server that is not the master (any more, or not
    /// yet), the next command connects anew: behind the same address, or by
    /// the sentinels' word, there may be another one now.
    async fn look_at(&self, replies: &[Reply]) {
        let wrong = |reply: &Reply| match reply {
            Reply::Error(text) => error::is_wrong_server(text),
            _ => false,
        };
        if replies.iter().any(wrong) {
            self.reset().await;
        }
    }

    /// Sends several commands in one go. A server's error stands in its
    /// command's place as [`Reply::Error`].
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn pipeline(&self, commands: Vec<Cmd>) -> Result<Vec<Reply>, LinkError> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.connection().await?;
        let (count, watched) = (
            commands.len(),
            self.recorder.as_ref().map(|_| commands.clone()),
        );
        let mut pipeline = Pipeline::with_capacity(count);
        for cmd in commands {
            pipeline.add_command(cmd);
        }
        let values = match connection.send_packed_commands(&pipeline, 0, count).await {
            Ok(values) => values,
            Err(error) => {
                let reply = self.failed(error).await?;
                self.look_at(std::slice::from_ref(&reply)).await;
                return match reply {
                    Reply::Error(text) => Err(LinkError::Refused(text)),
                    _ => Err(LinkError::Lost(Loss::Closed)),
                };
            }
        };
        let replies: Vec<Reply> = values.into_iter().map(to_reply).collect();
        for (cmd, reply) in watched.iter().flatten().zip(&replies) {
            self.record(cmd, reply);
        }
        self.look_at(&replies).await;
        Ok(replies)
    }

    /// Runs a script by its digest, loading it when the server has lost it.
    ///
    /// # Errors
    /// When the server cannot be reached or the script fails.
    pub async fn script(
        &self,
        script: &'static Script,
        call: &ScriptCall,
    ) -> Result<Reply, LinkError> {
        if self.is_recorded() {
            return self.traced_script(script, call).await;
        }
        match self.call(&call.by_sha(script)).await {
            Err(LinkError::Refused(text)) if text.starts_with("NOSCRIPT") => {
                self.call(&call.by_source(script.source)).await
            }
            other => other,
        }
    }

    /// Runs one script for many calls in one go.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn scripts(
        &self,
        script: &'static Script,
        calls: &[ScriptCall],
    ) -> Result<Vec<Reply>, LinkError> {
        if self.is_recorded() || calls.len() == 1 {
            let mut replies = Vec::with_capacity(calls.len());
            for call in calls {
                replies.push(match self.script(script, call).await {
                    Err(LinkError::Refused(text)) => Reply::Error(text),
                    other => other?,
                });
            }
            return Ok(replies);
        }
        let commands = calls.iter().map(|call| call.by_sha(script)).collect();
        let mut replies = self.pipeline(commands).await?;
        for (reply, call) in replies.iter_mut().zip(calls) {
            if reply.error_code() == Some("NOSCRIPT") {
                *reply = match self.call(&call.by_source(script.source)).await {
                    Err(LinkError::Refused(text)) => Reply::Error(text),
                    other => other?,
                };
            }
        }
        Ok(replies)
    }

    /// Runs the script in its traced form and records what it called.
    async fn traced_script(
        &self,
        script: &'static Script,
        call: &ScriptCall,
    ) -> Result<Reply, LinkError> {
        let mut connection = self.connection().await?;
        let cmd = call.by_source(&script.traced());
        let reply = match connection.send_packed_command(&cmd).await {
            Ok(value) => to_reply(value),
            Err(error) => self.failed(error).await?,
        };
        self.look_at(std::slice::from_ref(&reply)).await;
        let Reply::Array(parts) = refuse_errors(reply)? else {
            return Ok(Reply::Nil);
        };
        let mut parts = parts.into_iter();
        let result = parts.next().unwrap_or(Reply::Nil);
        if let (Some(recorder), Some(Reply::Array(trace))) = (&self.recorder, parts.next()) {
            for step in trace {
                let Reply::Array(step) = step else { continue };
                let mut step = step.into_iter();
                let argv = match step.next() {
                    Some(Reply::Array(argv)) => argv.into_iter().map(argument).collect(),
                    _ => continue,
                };
                recorder(Exchange {
                    argv,
                    reply: step.next().unwrap_or(Reply::Nil),
                    script: Some(script.name),
                });
            }
        }
        Ok(result)
    }

    /// A failed send: a server's error becomes a reply, anything else loses
    /// the connection.
    async fn failed(&self, error: redis::RedisError) -> Result<Reply, LinkError> {
        if let Some(code) = error.code() {
            let detail = error.detail().unwrap_or_default();
            return Ok(Reply::Error(
                format!("{code} {detail}").trim_end().to_owned(),
            ));
        }
        self.reset().await;
        Err(LinkError::Lost(Loss::of(&error)))
    }

    fn record(&self, cmd: &Cmd, reply: &Reply) {
        if let Some(recorder) = &self.recorder {
            recorder(Exchange {
                argv: arguments(cmd).map(<[u8]>::to_vec).collect(),
                reply: reply.clone(),
                script: None,
            });
        }
    }
}

/// The keys and arguments of one script call, packed as they will be sent: a
/// batch of jobs has thousands.
#[derive(Debug, Clone)]
pub struct ScriptCall {
    keys: usize,
    packed: Cmd,
}

impl ScriptCall {
    /// A call with these keys.
    pub fn new<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> ScriptCall {
        let mut call = ScriptCall {
            keys: 0,
            packed: Cmd::new(),
        };
        for key in keys {
            call.packed.arg(key.into());
            call.keys += 1;
        }
        call
    }

    /// Adds an argument.
    pub fn arg(&mut self, arg: impl AsRef<[u8]>) -> &mut Self {
        self.packed.arg(arg.as_ref());
        self
    }

    /// Adds a number as an argument.
    pub fn number(&mut self, n: impl fmt::Display) -> &mut Self {
        self.arg(n.to_string())
    }

    fn by_sha(&self, script: &Script) -> Cmd {
        self.command("EVALSHA", script.sha.as_bytes())
    }

    fn by_source(&self, source: &str) -> Cmd {
        self.command("EVAL", source.as_bytes())
    }

    fn command(&self, name: &str, script: &[u8]) -> Cmd {
        let mut cmd = redis::cmd(name);
        cmd.arg(script).arg(self.keys);
        for arg in arguments(&self.packed) {
            cmd.arg(arg);
        }
        cmd
    }
}

/// The arguments of a packed command.
fn arguments(cmd: &Cmd) -> impl Iterator<Item = &[u8]> {
    cmd.args_iter().map(|arg| match arg {
        redis::Arg::Simple(bytes) => bytes,
        // Cursors belong to the crate's SCAN iterators, which are not used here.
        _ => b"0",
    })
}

async fn load(
    scripts: &[&Script],
    connection: &mut MultiplexedConnection,
) -> Result<(), LinkError> {
    if scripts.is_empty() {
        return Ok(());
    }
    let mut pipeline = Pipeline::new();
    for script in scripts {
        pipeline.cmd("SCRIPT").arg("LOAD").arg(script.source);
    }
    // A user without SCRIPT LOAD still has EVAL: errors here do not matter.
    connection
        .send_packed_commands(&pipeline, 0, scripts.len())
        .await
        .map(drop)
        .or_else(|error| match error.code() {
            Some(_) => Ok(()),
            None => Err(LinkError::Lost(Loss::of(&error))),
        })
}

fn refuse_errors(reply: Reply) -> Result<Reply, LinkError> {
    match reply {
        Reply::Error(text) => Err(LinkError::Refused(text)),
        other => Ok(other),
    }
}

/// An argument that a script gave to a command: text, or a number.
fn argument(reply: Reply) -> Vec<u8> {
    match reply {
        Reply::Int(n) => n.to_string().into_bytes(),
        other => other.as_bytes().unwrap_or_default().to_vec(),
    }
}

/// The crate's value as the reply it was made from.
fn to_reply(value: Value) -> Reply {
    match value {
        Value::Nil => Reply::Nil,
        Value::Int(n) => Reply::Int(n),
        Value::BulkString(bytes) => Reply::Bulk(bytes),
        Value::Array(items) => Reply::Array(items.into_iter().map(to_reply).collect()),
        Value::SimpleString(text) => Reply::Status(text),
        Value::Okay => Reply::Status("OK".to_owned()),
        Value::Map(pairs) => Reply::Map(
            pairs
                .into_iter()
                .map(|(key, value)| (to_reply(key), to_reply(value)))
                .collect(),
        ),
        Value::Set(items) => Reply::Set(items.into_iter().map(to_reply).collect()),
        Value::Double(n) => Reply::Double(n.to_string()),
        Value::Boolean(b) => Reply::Bool(b),
        Value::ServerError(error) => Reply::Error(
            format!("{} {}", error.code(), error.details().unwrap_or_default())
                .trim_end()
                .to_owned(),
        ),
        // Only RESP3 has the others, and we do not ask for it.
        _ => Reply::Nil,
    }
}
