//! What a worker can do: the tasks by name.

use super::job::{MadeThumbnail, ThumbnailArgs, ThumbnailResult, in_language};
use super::queue::Queue;
use super::store::{Kind, StoreError, Stores};
use catalog::lang::Lang;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use thumbnailer::{Limits, Output, Progress, Request, Size, ThumbError};

/// Thumbnails and an archive from an uploaded image.
pub const MAKE_THUMBNAILS: &str = "make_thumbnails";

/// How much waits, runs and is dead; the schedule runs it every ten seconds.
pub const SUMMARY: &str = "summary";

/// Says that it ran; the schedule runs it at 15:05.
pub const TEST: &str = "test";

/// Does nothing, for measuring the queue itself.
pub const NOOP: &str = "noop";

/// Waits `{"ms": N}` milliseconds, for measuring recovery.
pub const SLEEP: &str = "sleep";

/// Every task.
pub const ALL: [&str; 5] = [MAKE_THUMBNAILS, SUMMARY, TEST, NOOP, SLEEP];

/// What passes between a task that runs and its worker.
#[derive(Debug, Default)]
pub struct Run {
    /// Nobody wants the result any more: stop as soon as possible.
    pub cancel: AtomicBool,
    /// How far it has come.
    pub progress: Progress,
}

/// Why a task failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    /// The kind, one word.
    pub kind: String,
    /// What a person reads.
    pub text: String,
    /// Whether another try may succeed.
    pub transient: bool,
}

impl TaskError {
    /// A failure that trying again cannot change.
    pub fn permanent(kind: &str, text: impl Into<String>) -> TaskError {
        TaskError {
            kind: kind.to_owned(),
            text: text.into(),
            transient: false,
        }
    }

    /// What a person reads. The text is in English, as the job keeps it; in
    /// Polish the kind says it.
    pub fn text_in(&self, lang: Lang) -> &str {
        in_language(&self.kind, &self.text, lang)
    }
}

impl From<ThumbError> for TaskError {
    fn from(error: ThumbError) -> Self {
        TaskError {
            kind: error.kind().to_owned(),
            text: error.message(Lang::En),
            transient: error.is_transient(),
        }
    }
}

impl From<StoreError> for TaskError {
    fn from(error: StoreError) -> Self {
        TaskError {
            kind: error.kind().to_owned(),
            text: error.text(Lang::En),
            transient: error.is_transient(),
        }
    }
}

/// Everything the tasks need.
#[derive(Debug)]
pub struct Tasks {
    /// For `summary`.
    pub queue: Queue,
    /// Where images are.
    pub stores: Stores,
    /// What one image may cost.
    pub limits: Limits,
}

impl Tasks {
    /// Runs a task and gives its result as JSON. `run` stops it early, and
    /// is told how far it is.
    ///
    /// # Errors
    /// When the task fails or there is none of this name.
    pub async fn run(
        &self,
        id: &str,
        task: &str,
        args: &str,
        run: Arc<Run>,
    ) -> Result<String, TaskError> {
        match task {
            MAKE_THUMBNAILS => self.make_thumbnails(id, args, run).await,
            SUMMARY => self.summary().await,
            TEST => Ok("\"test\"".to_owned()),
            NOOP => Ok("null".to_owned()),
            SLEEP => sleep(args, &run).await,
            _ => Err(TaskError::permanent(
                "UnknownTask",
                format!("this worker knows no task \"{}\"", task.escape_debug()),
            )),
        }
    }

    async fn make_thumbnails(
        &self,
        id: &str,
        args: &str,
        run: Arc<Run>,
    ) -> Result<String, TaskError> {
        let args: ThumbnailArgs = serde_json::from_str(args)
            .map_err(|error| TaskError::permanent("BadArguments", error.to_string()))?;
        let kind = Kind::from_name(&args.store).ok_or_else(|| {
            TaskError::permanent("BadArguments", "the store must be dir or redis")
        })?;
        let sizes = args
            .sizes
            .iter()
            .map(|size| size.parse())
            .collect::<Result<Vec<Size>, ThumbError>>()?;
        let data = self
            .stores
            .get(kind, id, &args.file, self.limits.max_bytes)
            .await?;
        let output = self.compute(data, args.file.clone(), sizes, run).await?;
        let result = ThumbnailResult {
            store: args.store,
            original: args.file,
            archive: output.archive_name.clone(),
            thumbnails: output
                .thumbnails
                .iter()
                .map(|thumb| MadeThumbnail {
                    name: thumb.file_name.clone(),
                    width: thumb.width,
                    height: thumb.height,
                })
                .collect(),
        };
        self.stores.put_output(kind, id, output).await?;
        serde_json::to_string(&result)
            .map_err(|error| TaskError::permanent("BadResult", error.to_string()))
    }

    /// The CPU work, on a thread of its own: the async threads must stay free
    /// to renew the job's lease.
    async fn compute(
        &self,
        data: Vec<u8>,
        file_name: String,
        sizes: Vec<Size>,
        run: Arc<Run>,
    ) -> Result<Output, TaskError> {
        let limits = self.limits.clone();
        let work = move || {
            thumbnailer::make(&Request {
                data: &data,
                file_name: &file_name,
                sizes: &sizes,
                limits: &limits,
                cancel: Some(&run.cancel),
                progress: Some(&run.progress),
            })
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(made) => Ok(made?),
            Err(_) => Err(TaskError::permanent(
                "InternalError",
                "the thumbnailer failed on this image in an unforeseen way",
            )),
        }
    }

    async fn summary(&self) -> Result<String, TaskError> {
        let depth = self.queue.depth().await.map_err(StoreError::Link)?;
        serde_json::to_string(&depth)
            .map_err(|error| TaskError::permanent("BadResult", error.to_string()))
    }
}

async fn sleep(args: &str, run: &Run) -> Result<String, TaskError> {
    let args: serde_json::Value = serde_json::from_str(args)
        .map_err(|error| TaskError::permanent("BadArguments", error.to_string()))?;
    let Some(ms) = args["ms"].as_u64().filter(|&ms| ms <= 3_600_000) else {
        return Err(TaskError::permanent(
            "BadArguments",
            "sleep takes {\"ms\": N}, at most an hour",
        ));
    };
    run.progress.begin(ms.div_ceil(100).max(1) as u32);
    let end = tokio::time::Instant::now() + Duration::from_millis(ms);
    while tokio::time::Instant::now() < end {
        if run.cancel.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(ThumbError::Cancelled.into());
        }
        let step = tokio::time::Instant::now() + Duration::from_millis(100);
        tokio::time::sleep_until(step.min(end)).await;
        run.progress.step();
    }
    Ok("null".to_owned())
}
