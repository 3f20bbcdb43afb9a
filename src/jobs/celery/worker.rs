//! Running tasks of a Celery app.

use super::message::{Message, Outcome, result_json};
use super::{QUEUE, cmd};
use crate::conn::Target;
use crate::conn::link::{Link, LinkError, ScriptCall};
use crate::error::Result;
use crate::jobs::keys::Keys;
use crate::jobs::outputs::write_outputs;
use crate::jobs::queue::RESULT_TTL;
use crate::jobs::scripts;
use crate::jobs::store::is_plain_name;
use crate::jobs::tasks::TaskError;
use crate::jobs::worker::{LINGER, Stop};
use redis::Cmd;
use resp::Reply;
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use thumbnailer::{Limits, Request, read_within};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// How long a worker is believed to live after its last sign of life.
const ALIVE: Duration = Duration::from_secs(10);

/// How long BLMOVE blocks: the time between looks for dead workers' tasks.
const BLOCK: Duration = Duration::from_secs(1);

/// How many tasks whose time has come are moved in one step.
const CALL_UP: usize = 100;

/// How many unreadable messages are kept to look at.
const MAX_GARBAGE: i64 = 1000;

/// How this worker behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its name.
    pub name: String,
    /// The directory in which tasks may read and write; paths elsewhere are
    /// refused.
    pub dir: PathBuf,
    /// How many tasks run at once; one per processor when not given.
    pub concurrency: Option<usize>,
    /// How long running tasks may go on after the worker was told to stop.
    pub grace: Duration,
    /// What one image may cost.
    pub limits: Limits,
}

/// What it tells whoever watches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It takes tasks.
    Ready,
    /// A task is done.
    Succeeded(String),
    /// A task failed.
    Failed(String, TaskError),
    /// A task's time was over before it was started.
    Expired(String),
    /// A task is for later; holds its time, ms since 1970.
    Aside(String, i64),
    /// A message was no task that can be run; why.
    Garbage(String),
    /// Tasks of a dead worker were moved back.
    Recovered(usize),
    /// Redis is gone, or takes nothing.
    Disconnected(LinkError),
}

/// Sees its events.
pub type Observer = Arc<dyn Fn(Event) + Send + Sync>;

struct Worker {
    link: Link,
    blocking: Link,
    keys: Names,
    config: Config,
    observer: Observer,
}

/// Keys beside Celery's own, under our prefix.
struct Names {
    /// List of the tasks that this worker has.
    taken: String,
    /// Key that says that this worker lives.
    alive: String,
    /// Set of the names of all such workers.
    workers: String,
    /// Sorted set of the tasks that are for later, by their time in ms.
    aside: String,
    /// List of messages that are no tasks.
    garbage: String,
    prefix: String,
}

impl Names {
    fn new(keys: &Keys, name: &str) -> Names {
        let prefix = format!("{}celery:", keys.prefix());
        Names {
            taken: format!("{prefix}taken:{name}"),
            alive: format!("{prefix}alive:{name}"),
            workers: format!("{prefix}workers"),
            aside: format!("{prefix}aside"),
            garbage: format!("{prefix}garbage"),
            prefix,
        }
    }
}

/// Runs tasks of a Celery app until told to stop.
///
/// # Errors
/// When Redis cannot be reached at the start. Later losses are survived.
pub async fn work(
    target: Target,
    keys: Keys,
    config: Config,
    observer: Observer,
    stop: Stop,
) -> Result<()> {
    let concurrency = config
        .concurrency
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let worker = Arc::new(Worker {
        link: Link::new(target.clone(), None).with_scripts(scripts::all()),
        blocking: Link::new(target, None).with_scripts(scripts::all()),
        keys: Names::new(&keys, &config.name),
        config,
        observer,
    });
    // What an earlier life under this name left behind is ours.
    worker.give_back(&worker.keys.taken).await?;
    worker.beat().await?;
    (worker.observer)(Event::Ready);

    let beating = tokio::spawn(worker.clone().keep_beating());
    let calling = tokio::spawn(worker.clone().keep_calling_up());
    let tasks = TaskTracker::new();
    take_messages(&worker, concurrency, &tasks, &stop).await;
    tasks.close();
    tokio::select! {
        () = tasks.wait() => {}
        () = tokio::time::sleep(worker.config.grace) => {}
        () = stop.hard.cancelled() => {}
    }
    beating.abort();
    calling.abort();
    // With Redis gone the next worker sees to it.
    let _ = tokio::time::timeout(LINGER, worker.leave()).await;
    Ok(())
}

/// Handles messages, as many at once, until no more are to be taken.
async fn take_messages(worker: &Arc<Worker>, concurrency: usize, tasks: &TaskTracker, stop: &Stop) {
    let slots = Arc::new(Semaphore::new(concurrency));
    while !stop.soft.is_cancelled() {
        let slot = tokio::select! {
            slot = slots.clone().acquire_owned() => slot,
            () = stop.soft.cancelled() => break,
        };
        let Ok(slot) = slot else { break };
        let taken = tokio::select! {
            taken = worker.take() => taken,
            // A message on its way is given back by whoever comes next.
            () = stop.lingered_for(BLOCK + LINGER) => break,
        };
        match taken {
            Ok(Some(message)) => {
                let worker = worker.clone();
                tasks.spawn(async move {
                    worker.handle(&message).await;
                    drop(slot);
                });
            }
            Ok(None) => {}
            Err(error) => {
                (worker.observer)(Event::Disconnected(error));
                tokio::time::sleep(BLOCK / 2).await;
            }
        }
    }
}

/// What stores a task's result, and tells whoever waits for it.
fn result(id: &str, outcome: &Outcome) -> [Cmd; 2] {
    let key = format!("celery-task-meta-{id}");
    let result = result_json(id, outcome).to_string();
    let seconds = RESULT_TTL.as_secs().to_string();
    let (key, result) = (key.as_bytes(), result.as_bytes());
    [
        cmd("SETEX", &[key, seconds.as_bytes(), result]),
        cmd("PUBLISH", &[key, result]),
    ]
}

impl Worker {
    /// Says again and again that it lives, and takes over from those that do not.
    async fn keep_beating(self: Arc<Self>) {
        loop {
            tokio::time::sleep(ALIVE / 4).await;
            // A Redis that is gone is told of by whoever takes messages.
            let _ = self.beat().await;
            let _ = self.recover().await;
        }
    }

    /// Calls up messages whose time has come.
    async fn keep_calling_up(self: Arc<Self>) {
        loop {
            let next = self.call_up(false).await.unwrap_or_default();
            tokio::time::sleep(next.unwrap_or(BLOCK).clamp(BLOCK / 100, BLOCK)).await;
        }
    }

    async fn beat(&self) -> Result<(), LinkError> {
        let seconds = ALIVE.as_secs().to_string();
        let commands = vec![
            cmd(
                "SADD",
                &[self.keys.workers.as_bytes(), self.config.name.as_bytes()],
            ),
            cmd(
                "SET",
                &[self.keys.alive.as_bytes(), b"1", b"EX", seconds.as_bytes()],
            ),
        ];
        self.link.pipeline(commands).await.map(drop)
    }

    /// The next message, moved into our own list in the same step.
    async fn take(&self) -> Result<Option<Vec<u8>>, LinkError> {
        let seconds = BLOCK.as_secs().to_string();
        let blmove = cmd(
            "BLMOVE",
            &[
                QUEUE.as_bytes(),
                self.keys.taken.as_bytes(),
                b"RIGHT",
                b"LEFT",
                seconds.as_bytes(),
            ],
        );
        Ok(match self.blocking.call(&blmove).await? {
            Reply::Bulk(message) => Some(message),
            _ => None,
        })
    }

    /// Moves everything in a worker's list back to where it would be next.
    async fn give_back(&self, taken: &str) -> Result<usize, LinkError> {
        let back = cmd(
            "LMOVE",
            &[taken.as_bytes(), QUEUE.as_bytes(), b"LEFT", b"RIGHT"],
        );
        let mut count = 0;
        while self.link.call(&back).await? != Reply::Nil {
            count += 1;
        }
        Ok(count)
    }

    /// Gives back what workers hold that have given no sign of life.
    async fn recover(&self) -> Result<(), LinkError> {
        let members = self
            .link
            .call(&cmd("SMEMBERS", &[self.keys.workers.as_bytes()]))
            .await?;
        for name in members.as_slice().unwrap_or_default() {
            let Some(name) = name.as_str().filter(|name| *name != self.config.name) else {
                continue;
            };
            let alive = format!("{}alive:{name}", self.keys.prefix);
            let left = self.link.call(&cmd("PTTL", &[alive.as_bytes()])).await?;
            // One that would live for longer than ever was said belongs to a
            // clock that has been set back since.
            let longest = ALIVE.as_millis() as i64 + 1000;
            if left
                .as_int()
                .is_some_and(|left| (0..=longest).contains(&left))
            {
                continue;
            }
            let taken = format!("{}taken:{name}", self.keys.prefix);
            let count = self.give_back(&taken).await?;
            let forget = cmd("SREM", &[self.keys.workers.as_bytes(), name.as_bytes()]);
            self.link.call(&forget).await?;
            if count > 0 {
                (self.observer)(Event::Recovered(count));
            }
        }
        Ok(())
    }

    async fn handle(&self, bytes: &[u8]) {
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(unreadable) => {
                let keep = MAX_GARBAGE.to_string();
                let mut commands = vec![
                    cmd("LPUSH", &[self.keys.garbage.as_bytes(), bytes]),
                    cmd(
                        "LTRIM",
                        &[self.keys.garbage.as_bytes(), b"0", keep.as_bytes()],
                    ),
                ];
                let reason = unreadable.error.text.clone();
                if let Some(id) = unreadable.id {
                    // Its sender need not wait for ever.
                    commands.extend(result(&id, &Outcome::Failed(unreadable.error)));
                }
                commands.push(self.removal(bytes));
                self.transaction(commands).await;
                return (self.observer)(Event::Garbage(reason));
            }
        };
        let now = match (message.eta, message.expires) {
            (None, None) => 0,
            _ => self.time().await,
        };
        if let Some(eta) = message.eta.map(|eta| eta.as_millisecond())
            && eta > now
        {
            // It takes no slot meanwhile, and outlives this worker.
            let due = eta.to_string();
            let put = [self.keys.aside.as_bytes(), due.as_bytes(), bytes];
            self.transaction(vec![cmd("ZADD", &put), self.removal(bytes)])
                .await;
            return (self.observer)(Event::Aside(message.id, eta));
        }
        let outcome = if message
            .expires
            .is_some_and(|end| end.as_millisecond() < now)
        {
            Outcome::Expired
        } else {
            match self.run(&message).await {
                Ok(result) => Outcome::Succeeded(result),
                Err(error) => Outcome::Failed(error),
            }
        };
        let mut commands = Vec::new();
        if !message.ignore_result {
            commands.extend(result(&message.id, &outcome));
        }
        commands.push(self.removal(bytes));
        self.transaction(commands).await;
        (self.observer)(match outcome {
            Outcome::Succeeded(_) => Event::Succeeded(message.id),
            Outcome::Failed(error) => Event::Failed(message.id, error),
            Outcome::Expired => Event::Expired(message.id),
        });
    }

    fn removal(&self, message: &[u8]) -> Cmd {
        cmd("LREM", &[self.keys.taken.as_bytes(), b"1", message])
    }

    /// Sends commands as one MULTI, until Redis has taken it: doing it twice
    /// writes the same again and removes nothing more.
    async fn transaction(&self, commands: Vec<Cmd>) {
        let mut all = vec![redis::cmd("MULTI")];
        all.extend(commands);
        all.push(redis::cmd("EXEC"));
        loop {
            match self.link.pipeline(all.clone()).await {
                // EXEC gives the replies; a Redis that is full, or a replica,
                // has refused before, and gives an error.
                Ok(replies) if matches!(replies.last(), Some(Reply::Array(_))) => return,
                _ => tokio::time::sleep(BLOCK / 4).await,
            }
        }
    }

    /// Redis's time in ms, as soon as it can be asked.
    async fn time(&self) -> i64 {
        loop {
            let reply = self.link.call(&redis::cmd("TIME")).await;
            let part = |i: usize| -> Option<i64> {
                let parts = reply.as_ref().ok()?.as_slice()?;
                parts.get(i)?.as_str()?.parse().ok()
            };
            match (part(0), part(1)) {
                (Some(seconds), Some(micros)) => return seconds * 1000 + micros / 1000,
                _ => tokio::time::sleep(BLOCK / 4).await,
            }
        }
    }

    /// Moves tasks whose time has come (or all) into the queue; gives the time
    /// until the next one.
    async fn call_up(&self, all: bool) -> Result<Option<Duration>, LinkError> {
        let mut call = ScriptCall::new([self.keys.aside.as_str(), QUEUE]);
        call.number(CALL_UP).arg(if all { "+inf" } else { "" });
        let reply = self.link.script(&scripts::ASIDE, &call).await?;
        let next = reply.as_slice().and_then(|r| r.get(1)?.as_int());
        let next = next.and_then(|ms| u64::try_from(ms).ok());
        Ok(next.map(Duration::from_millis))
    }

    /// Gives back what is not done, and as the last one what is for later too.
    async fn leave(&self) -> Result<(), LinkError> {
        self.give_back(&self.keys.taken).await?;
        let (workers, name) = (self.keys.workers.as_bytes(), self.config.name.as_bytes());
        let commands = vec![
            cmd("DEL", &[self.keys.alive.as_bytes()]),
            cmd("SREM", &[workers, name]),
            cmd("SCARD", &[workers]),
        ];
        let others = self.link.pipeline(commands).await?;
        if others.last() == Some(&Reply::Int(0)) {
            while self.call_up(true).await?.is_some() {}
        }
        Ok(())
    }

    async fn run(&self, message: &Message) -> Result<Value, TaskError> {
        let (path, sizes) = message.thumbnail_arguments()?;
        let file = self.resolve(&path)?;
        let limits = self.config.limits.clone();
        let work = move || -> Result<String, TaskError> {
            let read = File::open(&file).and_then(|file| read_within(file, limits.max_bytes));
            let data = read.map_err(|error| {
                TaskError::permanent("FileNotFoundError", format!("{}: {error}", file.display()))
            })??;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let cancel = AtomicBool::new(false);
            let output = thumbnailer::make(&Request {
                data: &data,
                file_name: &name,
                sizes: &sizes,
                limits: &limits,
                cancel: Some(&cancel),
                progress: None,
            })?;
            write_outputs(file.parent().unwrap_or(Path::new(".")), &output)?;
            Ok(output.archive_name)
        };
        let archive = tokio::task::spawn_blocking(work).await.map_err(|_| {
            TaskError::permanent(
                "InternalError",
                "the thumbnailer failed in an unforeseen way",
            )
        })??;
        // Beside the image, and written the way the sender wrote its path.
        let archive_path = Path::new(&path).with_file_name(archive);
        Ok(json!({ "archive_path": archive_path.to_string_lossy() }))
    }

    /// The file meant, which must lie in our directory: who can enqueue must
    /// not be able to read or write anywhere else.
    fn resolve(&self, path: &str) -> Result<PathBuf, TaskError> {
        let refused = |text: String| TaskError::permanent("FileNotFoundError", text);
        let missing =
            |path: &Path, error: &std::io::Error| refused(format!("{}: {error}", path.display()));
        let root = std::fs::canonicalize(&self.config.dir)
            .map_err(|error| missing(&self.config.dir, &error))?;
        let wanted = root.join(path);
        let file = std::fs::canonicalize(&wanted).map_err(|error| missing(&wanted, &error))?;
        let plain = file
            .file_name()
            .is_some_and(|name| is_plain_name(&name.to_string_lossy()));
        if !plain || !file.starts_with(&root) || !file.is_file() {
            return Err(refused(format!(
                "{} is no file below {}",
                path.escape_debug(),
                root.display()
            )));
        }
        Ok(file)
    }
}
