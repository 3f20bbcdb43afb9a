//! Speaking with Celery: running tasks that a Celery 5 app enqueued, and
//! sending tasks to a Celery worker.
//!
//! Celery's Redis queue is a list, `celery`: producers LPUSH, workers BRPOP.
//! A task is a JSON envelope (message protocol 2) with the arguments as Base64
//! in its body; the result goes to `celery-task-meta-<id>` and is published on
//! a channel of the same name. Facts from Celery's documentation, "Message
//! Protocol" and "Result Backends", and from watching Celery 5 on MONITOR.
//!
//! BRPOP loses a task when its worker dies. So this worker takes tasks with
//! BLMOVE into a list of its own, and removes them in the same MULTI that
//! writes the result. What a dead worker leaves in its list is moved back by
//! the next one that looks. What is no task at all is put aside, where
//! Celery's own worker would exit.

use super::job::new_id;
use super::keys::Keys;
use super::link::{Link, LinkError};
use super::queue::RESULT_TTL;
use super::store::is_plain_name;
use super::tasks::{MAKE_THUMBNAILS, TaskError};
use super::thumbnailer::{self, Limits, Request, Size, write_outputs};
use super::worker::Stop;
use crate::conn::Target;
use crate::error::Result;
use crate::resp::Reply;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use redis::Cmd;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// The list that Celery uses when no other queue is configured.
const QUEUE: &str = "celery";

/// How long a worker is believed to live after its last sign of life.
const ALIVE: Duration = Duration::from_secs(10);

/// How long BLMOVE blocks: the time between looks for dead workers' tasks.
const BLOCK: Duration = Duration::from_secs(1);

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
    /// A message was no task; why.
    Garbage(String),
    /// Tasks of a dead worker were moved back.
    Recovered(usize),
    /// Redis is gone; the reason.
    Disconnected(String),
}

/// Sees its events.
pub type Observer = Arc<dyn Fn(Event) + Send + Sync>;

/// A task as a Celery app sends it.
#[derive(Debug, Clone, PartialEq)]
struct Message {
    id: String,
    task: String,
    args: Vec<Value>,
    kwargs: Value,
    ignore_result: bool,
    expires: Option<jiff::Timestamp>,
    eta: Option<jiff::Timestamp>,
}

impl Message {
    /// Reads an envelope. The error says what is wrong, for the log.
    fn parse(bytes: &[u8]) -> Result<Message, String> {
        let envelope: Value =
            serde_json::from_slice(bytes).map_err(|e| format!("not JSON: {e}"))?;
        let headers = &envelope["headers"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let id = text(&headers["id"]).ok_or("no id in the headers (protocol 2 is needed)")?;
        let task = text(&headers["task"]).ok_or("no task in the headers")?;
        if id.is_empty() || id.len() > 200 {
            return Err("the id is empty or too long".to_owned());
        }
        match envelope["content-type"].as_str() {
            Some("application/json") => {}
            other => {
                let other = other.unwrap_or("none").escape_debug().to_string();
                return Err(format!(
                    "content type {other}; only application/json is read"
                ));
            }
        }
        let body = envelope["body"].as_str().ok_or("no body")?;
        let body = match envelope["properties"]["body_encoding"].as_str() {
            Some("base64") => BASE64.decode(body).map_err(|e| format!("body: {e}"))?,
            _ => body.as_bytes().to_vec(),
        };
        let body: Value = serde_json::from_slice(&body).map_err(|e| format!("body: {e}"))?;
        let args = body[0]
            .as_array()
            .ok_or("the body is not [args, kwargs, embed]")?;
        let time = |value: &Value| -> Option<jiff::Timestamp> { value.as_str()?.parse().ok() };
        Ok(Message {
            id,
            task,
            args: args.clone(),
            kwargs: body[1].clone(),
            ignore_result: headers["ignore_result"].as_bool().unwrap_or(false),
            expires: time(&headers["expires"]),
            eta: time(&headers["eta"]),
        })
    }

    /// The image's path and the sizes, as the lab's task takes them:
    /// `make_thumbnails(file_path, thumbnails=[(128, 128)])`.
    fn thumbnail_arguments(&self) -> Result<(String, Vec<Size>), TaskError> {
        // Celery names a task by its module, `app.tasks.make_thumbnails`.
        if self.task.rsplit('.').next() != Some(MAKE_THUMBNAILS) {
            let name = self.task.escape_debug();
            return Err(TaskError::permanent("NotRegistered", format!("'{name}'")));
        }
        let bad = |text: &str| TaskError::permanent("TypeError", text);
        let path = self.args.first().unwrap_or(&self.kwargs["file_path"]);
        let path = path
            .as_str()
            .ok_or_else(|| bad("file_path must be a string"))?;
        let sizes = self.args.get(1).unwrap_or(&self.kwargs["thumbnails"]);
        let side = |value: &Value| u32::try_from(value.as_u64()?).ok();
        let size = |value: &Value| match value {
            Value::String(text) => text.parse().ok(),
            pair => Size::new(side(&pair[0])?, side(&pair[1])?),
        };
        let sizes = match sizes {
            Value::Null => vec![Size::LAB],
            Value::Array(list) => list
                .iter()
                .map(size)
                .collect::<Option<_>>()
                .ok_or_else(|| bad("thumbnails must be a list of (width, height)"))?,
            _ => return Err(bad("thumbnails must be a list of (width, height)")),
        };
        Ok((path.to_owned(), sizes))
    }
}

/// What a result key holds.
fn result_json(id: &str, outcome: &Result<Value, TaskError>) -> Value {
    let (status, result, traceback) = match outcome {
        Ok(result) => ("SUCCESS", result.clone(), Value::Null),
        Err(error) => (
            "FAILURE",
            // Without a module Celery's client makes an exception of this name.
            json!({ "exc_type": error.kind, "exc_message": [error.text], "exc_module": null }),
            Value::from(error.to_string()),
        ),
    };
    json!({
        "status": status,
        "result": result,
        "traceback": traceback,
        "children": [],
        "date_done": jiff::Timestamp::now().to_string(),
        "task_id": id,
    })
}

fn cmd(name: &str, args: &[&[u8]]) -> Cmd {
    let mut cmd = redis::cmd(name);
    for arg in args {
        cmd.arg(*arg);
    }
    cmd
}

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
        link: Link::new(target.clone(), None),
        blocking: Link::new(target, None),
        keys: Names::new(&keys, &config.name),
        config,
        observer,
    });
    // What an earlier life under this name left behind is ours.
    worker.give_back(&worker.keys.taken).await?;
    worker.beat().await?;
    (worker.observer)(Event::Ready);

    let beating = tokio::spawn({
        let worker = worker.clone();
        async move {
            loop {
                tokio::time::sleep(ALIVE / 4).await;
                // A Redis that is gone is told of by the loop below.
                let _ = worker.beat().await;
                let _ = worker.recover().await;
            }
        }
    });
    let slots = Arc::new(Semaphore::new(concurrency));
    let tasks = TaskTracker::new();
    while !stop.soft.is_cancelled() {
        let slot = tokio::select! {
            slot = slots.clone().acquire_owned() => slot,
            () = stop.soft.cancelled() => break,
        };
        let Ok(slot) = slot else { break };
        match worker.take().await {
            Ok(Some(message)) => {
                let worker = worker.clone();
                tasks.spawn(async move {
                    worker.handle(&message).await;
                    drop(slot);
                });
            }
            Ok(None) => {}
            Err(error) => {
                (worker.observer)(Event::Disconnected(error.to_string()));
                tokio::time::sleep(BLOCK / 2).await;
            }
        }
    }
    tasks.close();
    tokio::select! {
        () = tasks.wait() => {}
        () = tokio::time::sleep(worker.config.grace) => {}
        () = stop.hard.cancelled() => {}
    }
    beating.abort();
    // What is not done goes back; with Redis gone the next worker sees to it.
    let _ = worker.give_back(&worker.keys.taken).await;
    let _ = worker
        .link
        .call(&cmd("DEL", &[worker.keys.alive.as_bytes()]))
        .await;
    Ok(())
}

impl Worker {
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
            if self.link.call(&cmd("EXISTS", &[alive.as_bytes()])).await? == Reply::Int(1) {
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
            Err(reason) => {
                let keep = MAX_GARBAGE.to_string();
                self.transaction(vec![
                    cmd("LPUSH", &[self.keys.garbage.as_bytes(), bytes]),
                    cmd(
                        "LTRIM",
                        &[self.keys.garbage.as_bytes(), b"0", keep.as_bytes()],
                    ),
                    self.removal(bytes),
                ])
                .await;
                return (self.observer)(Event::Garbage(reason));
            }
        };
        let now = jiff::Timestamp::now();
        if let Some(wait) = message.eta.filter(|eta| *eta > now) {
            // It stays in our list meanwhile, so it cannot get lost.
            let wait = Duration::try_from(wait.duration_since(now)).unwrap_or_default();
            tokio::time::sleep(wait).await;
        }
        let outcome = if message
            .expires
            .is_some_and(|end| end < jiff::Timestamp::now())
        {
            Err(TaskError::permanent("TaskRevokedError", "expired"))
        } else {
            self.run(&message).await
        };
        let mut commands = Vec::new();
        if !message.ignore_result {
            let key = format!("celery-task-meta-{}", message.id);
            let result = result_json(&message.id, &outcome).to_string();
            let seconds = RESULT_TTL.as_secs().to_string();
            commands.push(cmd(
                "SETEX",
                &[key.as_bytes(), seconds.as_bytes(), result.as_bytes()],
            ));
            commands.push(cmd("PUBLISH", &[key.as_bytes(), result.as_bytes()]));
        }
        commands.push(self.removal(bytes));
        self.transaction(commands).await;
        (self.observer)(match outcome {
            Ok(_) => Event::Succeeded(message.id),
            Err(error) => Event::Failed(message.id, error),
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
        while self.link.pipeline(all.clone()).await.is_err() {
            tokio::time::sleep(BLOCK / 4).await;
        }
    }

    async fn run(&self, message: &Message) -> Result<Value, TaskError> {
        let (path, sizes) = message.thumbnail_arguments()?;
        let file = self.resolve(&path)?;
        let limits = self.config.limits.clone();
        let work = move || -> Result<String, TaskError> {
            let data = std::fs::read(&file).map_err(|error| {
                TaskError::permanent("FileNotFoundError", format!("{}: {error}", file.display()))
            })?;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let cancel = AtomicBool::new(false);
            let output = thumbnailer::make(&Request {
                data: &data,
                file_name: &name,
                sizes: &sizes,
                limits: &limits,
                cancel: Some(&cancel),
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

/// Sends tasks to a Celery worker.
#[derive(Debug)]
pub struct Client {
    link: Link,
}

impl Client {
    /// A client on the broker at `target`.
    pub fn new(target: Target) -> Client {
        Client {
            link: Link::new(target, None),
        }
    }

    /// Enqueues `task(file_path, thumbnails=sizes)` and gives its ID.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn send(&self, task: &str, path: &str, sizes: &[Size]) -> Result<String, LinkError> {
        let id = new_id();
        let envelope = envelope(&id, task, path, sizes).to_string();
        self.link
            .call(&cmd("LPUSH", &[QUEUE.as_bytes(), envelope.as_bytes()]))
            .await?;
        Ok(id)
    }

    /// Waits for a task's result, as Celery stores it.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn wait(&self, id: &str) -> Result<Value, LinkError> {
        let key = format!("celery-task-meta-{id}");
        loop {
            let reply = self.link.call(&cmd("GET", &[key.as_bytes()])).await?;
            let result: Option<Value> = reply
                .as_bytes()
                .and_then(|bytes| serde_json::from_slice(bytes).ok());
            if let Some(result) = result
                && matches!(
                    result["status"].as_str(),
                    Some("SUCCESS" | "FAILURE" | "REVOKED")
                )
            {
                return Ok(result);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A task as kombu writes it, message protocol 2.
fn envelope(id: &str, task: &str, path: &str, sizes: &[Size]) -> Value {
    let sizes: Vec<[u32; 2]> = sizes.iter().map(|s| [s.width(), s.height()]).collect();
    let body = json!([
        [path],
        { "thumbnails": sizes },
        { "callbacks": null, "errbacks": null, "chain": null, "chord": null },
    ]);
    json!({
        "body": BASE64.encode(body.to_string()),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": task,
            "id": id,
            "shadow": null,
            "eta": null,
            "expires": null,
            "group": null,
            "group_index": null,
            "retries": 0,
            "timelimit": [null, null],
            "root_id": id,
            "parent_id": null,
            "argsrepr": format!("({path:?},)"),
            "kwargsrepr": format!("{{'thumbnails': {sizes:?}}}"),
            "origin": "redis-lab",
            "ignore_result": false,
        },
        "properties": {
            "correlation_id": id,
            "reply_to": new_id(),
            "delivery_mode": 2,
            "delivery_info": { "exchange": "", "routing_key": QUEUE },
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": new_id(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_send_is_what_we_read() {
        let size = Size::new(64, 32).unwrap();
        let bytes = envelope("id-1", "lab.tasks.make_thumbnails", "/m/ż.jpg", &[size]).to_string();
        let message = Message::parse(bytes.as_bytes()).unwrap();
        assert_eq!(message.id, "id-1");
        assert_eq!(
            message.thumbnail_arguments(),
            Ok(("/m/ż.jpg".to_owned(), vec![size]))
        );
    }

    #[test]
    fn arguments_come_in_every_way_python_has() {
        let message = |args: Value, kwargs: Value| Message {
            id: "1".to_owned(),
            task: MAKE_THUMBNAILS.to_owned(),
            args: args.as_array().unwrap().clone(),
            kwargs,
            ignore_result: false,
            expires: None,
            eta: None,
        };
        let both = Ok(("a".to_owned(), vec![Size::LAB]));
        for (args, kwargs) in [
            (json!(["a"]), json!({})),
            (json!(["a", [[128, 128]]]), json!({})),
            (
                json!([]),
                json!({ "file_path": "a", "thumbnails": [[128, 128]] }),
            ),
        ] {
            assert_eq!(message(args, kwargs).thumbnail_arguments(), both);
        }
        for (args, kwargs) in [
            (json!([]), json!({})),
            (json!([7]), json!({})),
            (json!(["a", 128]), json!({})),
            (json!(["a"]), json!({ "thumbnails": [[0, 5]] })),
            (json!(["a"]), json!({ "thumbnails": [[-1, 5.5]] })),
        ] {
            let error = message(args, kwargs).thumbnail_arguments().unwrap_err();
            assert_eq!(error.kind, "TypeError");
        }
    }

    #[test]
    fn garbage_is_named() {
        let pickle = json!({
            "headers": { "id": "1", "task": "t" },
            "content-type": "application/x-python-serialize", "body": "",
        });
        let broken = json!({
            "headers": { "id": "1", "task": "t" },
            "content-type": "application/json", "body": "!",
            "properties": { "body_encoding": "base64" },
        });
        for bytes in [
            "",
            "hello",
            "{}",
            "[1]",
            &pickle.to_string(),
            &broken.to_string(),
        ] {
            assert!(Message::parse(bytes.as_bytes()).is_err(), "{bytes}");
        }
    }

    #[test]
    fn a_failure_reads_as_celery_writes_it() {
        let error = TaskError::permanent("CorruptImage", "broken");
        let value = result_json("1", &Err(error));
        assert_eq!(value["status"], "FAILURE");
        assert_eq!(value["result"]["exc_type"], "CorruptImage");
        assert_eq!(value["result"]["exc_message"][0], "broken");
    }
}
