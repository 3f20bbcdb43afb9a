//! `thumbnail submit`: images in from the command line.

use super::client::{as_json, subject};
use super::{Context, create_dir, file_name, queue, read_file, say, shared_server};
use crate::cli::thumbnail::{Priority, SubmitArgs};
use crate::error::{Error, ExitCode, Result};
use crate::jobs::celery;
use crate::jobs::events::Feed;
use crate::jobs::job::{Job, NewJob, State, ThumbnailArgs};
use crate::jobs::keys::{Keys, Lane};
use crate::jobs::queue::Queue;
use crate::jobs::store::{Kind, Stores};
use crate::jobs::tasks::MAKE_THUMBNAILS;
use crate::jobs::thumbnailer::{self, Limits, Size, ThumbError};
use catalog::lang::Lang;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Runs `thumbnail submit`. Exit code 1 when a job that was waited for failed.
pub(super) async fn run(context: &Context, keys: Keys, args: SubmitArgs) -> Result<ExitCode> {
    if args.key.is_some() && args.files.len() > 1 {
        return Err(Error::usage((
            "--key names one job: give one file",
            "--key nazywa jedno zadanie: podaj jeden plik",
        )));
    }
    let sizes = parse_sizes(context.lang, &args.size)?;
    let server = shared_server(context).await?;
    if args.celery {
        return submit_celery(context, server.target(), &args, &sizes).await;
    }
    let queue = queue(server.target(), &keys);
    let (kind, dir) = match args.store.as_str() {
        "redis" => (Kind::Redis, None),
        dir => (Kind::Dir, Some(PathBuf::from(dir))),
    };
    if let Some(dir) = &dir {
        create_dir(dir)?;
    }
    let stores = Stores::new(server.target().clone(), keys.clone(), dir);
    let mut ids = Vec::with_capacity(args.files.len());
    for path in &args.files {
        let mut job = image_job(path, kind, &sizes, context.lang)?;
        job.new.lane = match args.priority {
            Priority::High => Lane::High,
            Priority::Default => Lane::Default,
        };
        job.new.delay = args.delay.unwrap_or_default();
        job.new.idempotency_key = args.key.clone();
        let id = send(&queue, &stores, kind, job).await?;
        if !args.wait && args.output.is_none() {
            let name = file_name(path);
            say(&if context.json {
                json!({ "task_id": id, "task_status": "PENDING", "file": name }).to_string()
            } else {
                format!("{id}  QUEUED  {name}")
            })?;
        }
        ids.push(id);
    }
    if !args.wait && args.output.is_none() {
        return Ok(ExitCode::Ok);
    }
    let stop = CancellationToken::new();
    let feed = Feed::start(server.target().clone(), &keys, stop.clone());
    let bars = Bars::new(context.lang);
    let jobs = wait(&queue, &feed, &ids, |job| bars.show(job)).await;
    stop.cancel();
    bars.clear();
    let mut exit = ExitCode::Ok;
    for job in jobs? {
        if job.state != State::Success {
            exit = ExitCode::CheckFailed;
        }
        if let Some(dir) = &args.output {
            save(&stores, &job, dir).await?;
        }
        say(&if context.json {
            as_json(&job).to_string()
        } else {
            finished_line(context.lang, &job)
        })?;
    }
    Ok(exit)
}

/// Sizes as typed, checked.
pub(super) fn parse_sizes(lang: Lang, sizes: &[String]) -> Result<Vec<Size>> {
    if sizes.is_empty() {
        return Ok(vec![Size::LAB]);
    }
    let max = Limits::default().max_sizes;
    if sizes.len() > max {
        return Err(Error::usage(ThumbError::TooManySizes { max }.message(lang)));
    }
    sizes
        .iter()
        .map(|size| {
            size.parse()
                .map_err(|error: ThumbError| Error::usage(error.message(lang)))
        })
        .collect()
}

/// A job and the image that belongs to it.
pub(super) struct ImageJob {
    pub(super) new: NewJob,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Reads an image and makes its job; what is plainly no image is refused here.
fn image_job(path: &Path, kind: Kind, sizes: &[Size], lang: Lang) -> Result<ImageJob> {
    let bytes = read_file(path)?;
    new_image_job(&file_name(path), bytes, kind, sizes, lang)
        .map_err(|error| Error::usage(format!("{}: {}", path.display(), error.message_in(lang))))
}

/// A job for image bytes under the name they came with.
pub(super) fn new_image_job(
    name: &str,
    bytes: Vec<u8>,
    kind: Kind,
    sizes: &[Size],
    lang: Lang,
) -> Result<ImageJob> {
    let format = match thumbnailer::inspect(&bytes, &Limits::default()) {
        Ok(info) => info.format,
        // Damage is for the job to report.
        Err(ThumbError::Truncated(format) | ThumbError::Corrupt(format, _)) => format,
        Err(error) => return Err(Error::usage(error.message(lang))),
    };
    let name = thumbnailer::original_name(name, format);
    let args = json!(ThumbnailArgs {
        store: kind.name().to_owned(),
        file: name.clone(),
        sizes: sizes.iter().map(Size::to_string).collect(),
    });
    Ok(ImageJob {
        new: NewJob::new(MAKE_THUMBNAILS, args.to_string()),
        name,
        bytes,
    })
}

/// Stores the image, then enqueues the job: a worker that is quick finds it.
pub(super) async fn send(
    queue: &Queue,
    stores: &Stores,
    kind: Kind,
    job: ImageJob,
) -> Result<String> {
    let ImageJob { new, name, bytes } = job;
    stores.put(kind, &new.id, &name, bytes).await?;
    let sent = queue.enqueue(&new).await;
    if !matches!(&sent, Ok(id) if *id == new.id) {
        // Refused, or the same key made the job before: this copy is not needed.
        let _ = stores.remove(kind, &new.id, &name).await;
    }
    Ok(sent?)
}

/// Waits until all jobs have ended, telling of every change.
pub(super) async fn wait(
    queue: &Queue,
    feed: &Feed,
    ids: &[String],
    mut changed: impl FnMut(&Job),
) -> Result<Vec<Job>> {
    let mut changes = feed.watch();
    let mut known: HashMap<String, State> = HashMap::new();
    loop {
        let jobs = queue.jobs(ids).await?;
        for job in &jobs {
            if known.insert(job.id.clone(), job.state) != Some(job.state) {
                changed(job);
            }
        }
        // A job that is gone was forgotten by somebody; it has ended.
        if jobs.iter().all(|job| job.state.is_final()) {
            return Ok(jobs);
        }
        // Published changes make it quick; asking every second makes it sure.
        let _ = tokio::time::timeout(Duration::from_secs(1), changes.recv()).await;
    }
}

/// One progress bar per job, on a terminal only.
struct Bars {
    all: MultiProgress,
    bars: std::sync::Mutex<HashMap<String, ProgressBar>>,
    lang: Lang,
}

impl Bars {
    fn new(lang: Lang) -> Bars {
        Bars {
            all: MultiProgress::new(),
            bars: std::sync::Mutex::default(),
            lang,
        }
    }

    fn show(&self, job: &Job) {
        let mut bars = self
            .bars
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let bar = bars.entry(job.id.clone()).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::new(2));
            // The template is ours and right; the plain bar would do as well.
            if let Ok(style) = ProgressStyle::with_template("{prefix:24!} {bar:20} {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(subject(job));
            bar
        });
        bar.set_position(match job.state {
            State::Queued => 0,
            State::Started | State::Retry => 1,
            State::Success | State::Failure | State::Revoked => 2,
        });
        bar.set_message(match job.state {
            State::Queued => self.lang.pick("waiting", "czeka"),
            State::Started => self.lang.pick("running", "w toku"),
            other => other.name(),
        });
    }

    fn clear(&self) {
        // A terminal that is gone needs no clearing.
        let _ = self.all.clear();
    }
}

fn finished_line(lang: Lang, job: &Job) -> String {
    let end = match (job.state, job.thumbnails()) {
        (State::Success, Some(made)) => {
            let names: Vec<_> = made
                .thumbnails
                .iter()
                .map(|thumb| thumb.name.as_str())
                .collect();
            format!("{}, {}", names.join(", "), made.archive)
        }
        _ => job.error_text(lang).unwrap_or_default().to_owned(),
    };
    format!("{}  {:<7}  {}  {end}", job.id, job.state, subject(job))
}

/// Copies a job's results into a directory.
async fn save(stores: &Stores, job: &Job, dir: &Path) -> Result<()> {
    let (State::Success, Some(made)) = (job.state, job.thumbnails()) else {
        return Ok(());
    };
    let Some(kind) = Kind::from_name(&made.store) else {
        return Ok(());
    };
    create_dir(dir)?;
    let names = made.thumbnails.iter().map(|thumb| &thumb.name);
    for name in names.chain([&made.archive]) {
        let bytes = stores.get(kind, &job.id, name).await?;
        let path = dir.join(name);
        std::fs::write(&path, bytes).map_err(|error| {
            Error::usage((
                format!("cannot write {}: {error}", path.display()),
                format!("nie można zapisać {}: {error}", path.display()),
            ))
        })?;
    }
    Ok(())
}

/// `submit --celery`: the message an unmodified Celery worker takes.
async fn submit_celery(
    context: &Context,
    target: &crate::conn::Target,
    args: &SubmitArgs,
    sizes: &[Size],
) -> Result<ExitCode> {
    let client = celery::Client::new(target.clone());
    let mut exit = ExitCode::Ok;
    for path in &args.files {
        // The worker opens the file itself, wherever it was started.
        let path = std::fs::canonicalize(path).map_err(|error| {
            Error::usage((
                format!("cannot read {}: {error}", path.display()),
                format!("nie można odczytać {}: {error}", path.display()),
            ))
        })?;
        let id = client
            .send(&args.task, &path.to_string_lossy(), sizes)
            .await?;
        let line = if args.wait {
            let result = client.wait(&id).await?;
            if result["status"] != "SUCCESS" {
                exit = ExitCode::CheckFailed;
            }
            if context.json {
                result.to_string()
            } else {
                let status = result["status"].as_str().unwrap_or_default();
                format!("{id}  {status}  {}", result["result"])
            }
        } else if context.json {
            json!({ "task_id": id, "task_status": "PENDING" }).to_string()
        } else {
            format!("{id}  PENDING  {}", path.display())
        };
        say(&line)?;
    }
    Ok(exit)
}
