//! `thumbnail submit`: images in from the command line.

use super::celery;
use super::client::{as_json, subject, unknown};
use super::common::{file_name, queue, read_image, refused, say, shared_server, shown, warn};
use super::save::{Saved, prepare, save};
use crate::app::context::Context;
use crate::cli::thumbnail::{Priority, SubmitArgs};
use crate::conn::link::LinkError;
use crate::error::{Error, ExitCode, Result};
use crate::jobs::events::Feed;
use crate::jobs::job::{Job, NewJob, State, ThumbnailArgs};
use crate::jobs::keys::{Keys, Lane};
use crate::jobs::media::Media;
use crate::jobs::queue::Queue;
use crate::jobs::store::{Kind, MAX_BLOB, StoreError, Stores};
use crate::jobs::tasks::MAKE_THUMBNAILS;
use catalog::lang::{Lang, Text};
use catalog::text;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::json;
use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thumbnailer::{Limits, Size, ThumbError};
use tokio_util::sync::CancellationToken;

/// Runs `thumbnail submit`. Exit code 1 when a job that was waited for failed,
/// 4 when results could not be saved.
pub(super) async fn run(context: &Context, keys: Keys, args: SubmitArgs) -> Result<ExitCode> {
    if args.key.is_some() && args.files.len() > 1 {
        return Err(Error::usage(text!(
            "--key names one job: give one file",
            "--key nazywa jedno zadanie: podaj jeden plik"
        )));
    }
    let sizes = parse_sizes(&args.size)?;
    let server = shared_server(context).await?;
    if args.celery {
        return celery::submit(context, server.target(), &args, &sizes).await;
    }
    let queue = queue(server.target(), &keys);
    let (kind, media) = match args.store.as_str() {
        "redis" => (Kind::Redis, None),
        dir => {
            let media = Media::claim(Path::new(dir), &queue).await?;
            (Kind::Dir, Some(Arc::new(media)))
        }
    };
    let stores = Stores::new(server.target().clone(), keys.clone(), media);
    check_all(&args.files, |path| image_job(path, kind, &sizes).map(drop))?;
    if let Some(dir) = &args.output {
        prepare(dir)?;
    }
    let waits = args.wait || args.output.is_some();
    let mut ids = Vec::with_capacity(args.files.len());
    for path in &args.files {
        let job = job_as_asked(path, kind, &sizes, &args)?;
        let own = job.new.id.clone();
        let id = send(&queue, &stores, kind, job).await?;
        let name = file_name(path);
        let line = if id != own {
            made_before(context, &queue, &id).await?
        } else if context.json {
            json!({ "task_id": id, "task_status": "PENDING", "file": name }).to_string()
        } else {
            format!("{id}  QUEUED  {}", name.escape_debug())
        };
        if waits {
            // Whatever ends the wait, the jobs can be asked for; the output
            // proper are their ends.
            let _ = writeln!(std::io::stderr(), "{line}");
        } else {
            say(&line)?;
        }
        ids.push(id);
    }
    if !waits {
        return Ok(ExitCode::Ok);
    }
    let stop = CancellationToken::new();
    let feed = Feed::start(server.target().clone(), &keys, stop.clone());
    let bars = Bars::new(context.lang);
    let jobs = wait(&queue, &feed, &ids, |change| bars.show(change)).await;
    stop.cancel();
    bars.clear();
    tell_ends(context, &stores, &ids, &jobs?, args.output.as_deref()).await
}

/// A job as the options have it.
fn job_as_asked(path: &Path, kind: Kind, sizes: &[Size], args: &SubmitArgs) -> Result<ImageJob> {
    let mut job = image_job(path, kind, sizes)?;
    job.new.lane = match args.priority {
        Priority::High => Lane::High,
        Priority::Default => Lane::Default,
    };
    job.new.delay = args.delay.unwrap_or_default();
    job.new.idempotency_key = args.key.clone();
    Ok(job)
}

/// The line for a job that the same key made before: what became of it.
async fn made_before(context: &Context, queue: &Queue, id: &str) -> Result<String> {
    let lang = context.lang;
    let Some(job) = queue.job(id).await? else {
        return Ok(if context.json {
            json!({ "task_id": id, "task_status": "UNKNOWN" }).to_string()
        } else {
            unknown(lang, id)
        });
    };
    if context.json {
        return Ok(as_json(&job).to_string());
    }
    warn(&match job.state {
        State::Failure | State::Revoked => text!(
            lang,
            "this --key made the job before, and nothing new was sent; \"thumbnail retry {id}\" runs it again",
            "ten --key utworzył już to zadanie i niczego nowego nie wysłano; „thumbnail retry {id}” uruchomi je ponownie"
        ),
        _ => text!(
            lang,
            "this --key made the job before, and nothing new was sent",
            "ten --key utworzył już to zadanie i niczego nowego nie wysłano"
        ),
    });
    Ok(format!("{id}  {}  {}", job.state, subject(&job)))
}

/// Says how each job ended, and saves its results where that is asked for.
async fn tell_ends(
    context: &Context,
    stores: &Stores,
    ids: &[String],
    jobs: &[Job],
    output: Option<&Path>,
) -> Result<ExitCode> {
    let mut exit = ExitCode::Ok;
    let mut unsaved = None;
    for id in ids {
        let Some(job) = jobs.iter().find(|job| job.id == *id) else {
            // Redis came back without it.
            exit = ExitCode::CheckFailed;
            say(&if context.json {
                json!({ "task_id": id, "task_status": "UNKNOWN" }).to_string()
            } else {
                unknown(context.lang, id)
            })?;
            continue;
        };
        if job.state != State::Success {
            exit = ExitCode::CheckFailed;
        }
        let saved = match output {
            Some(dir) => save(stores, job, dir).await,
            None => Saved::default(),
        };
        let trouble = saved.trouble.as_ref();
        say(&if context.json {
            let mut value = as_json(job);
            if output.is_some() {
                value["saved"] = json!(saved.names);
            }
            if let Some(error) = trouble {
                value["save_error"] = error.message_in(Lang::En).into();
            }
            value.to_string()
        } else {
            finished_line(context.lang, job, &saved)
        })?;
        // One full disk is no reason to keep quiet about the other jobs.
        unsaved = unsaved.or(saved.trouble);
    }
    match unsaved {
        Some(error) => Err(error.hint(text!(
            "not all results were saved; when that is mended, submit those files again",
            "nie wszystkie wyniki udało się zapisać; gdy to naprawisz, wyślij te pliki jeszcze raz"
        ))),
        None => Ok(exit),
    }
}

/// Looks at every file before any is sent: all are named that cannot be.
pub(super) fn check_all<T>(
    files: &[PathBuf],
    check: impl Fn(&Path) -> Result<T>,
) -> Result<Vec<T>> {
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for path in files {
        match check(path) {
            Ok(checked) => right.push(checked),
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() {
        return Ok(right);
    }
    let error = Error::usage(Text::in_each(|lang| {
        let lines: Vec<&str> = wrong.iter().map(|error| error.message_in(lang)).collect();
        lines.join("\n")
    }));
    Err(match files.len() {
        1 => error,
        _ => error.hint(text!(
            "nothing was sent; leave these files out, or give others",
            "niczego nie wysłano; pomiń te pliki albo podaj inne"
        )),
    })
}

/// Sizes as typed, checked.
pub(super) fn parse_sizes(sizes: &[String]) -> Result<Vec<Size>> {
    if sizes.is_empty() {
        return Ok(vec![Size::LAB]);
    }
    let max = Limits::default().max_sizes;
    if sizes.len() > max {
        return Err(refused(&ThumbError::TooManySizes { max }));
    }
    sizes
        .iter()
        .map(|size| size.parse().map_err(|error: ThumbError| refused(&error)))
        .collect()
}

/// A job and the image that belongs to it.
pub(super) struct ImageJob {
    pub(super) new: NewJob,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Reads an image and makes its job; what is plainly no image, or too large for
/// where it is to go, is refused here.
pub(super) fn image_job(path: &Path, kind: Kind, sizes: &[Size]) -> Result<ImageJob> {
    let bytes = read_image(path)?;
    let made = if kind == Kind::Redis && bytes.len() > MAX_BLOB {
        let error = StoreError::TooLarge(bytes.len());
        Err(Error::usage(Text::in_each(|lang| error.text(lang))))
    } else {
        new_image_job(&file_name(path), bytes, kind, sizes)
    };
    made.map_err(|error| error.about(&shown(path)))
}

/// A job for image bytes under the name they came with.
pub(super) fn new_image_job(
    name: &str,
    bytes: Vec<u8>,
    kind: Kind,
    sizes: &[Size],
) -> Result<ImageJob> {
    let format = match thumbnailer::inspect(&bytes, &Limits::default()) {
        Ok(info) => info.format,
        // Damage is for the job to report.
        Err(ThumbError::Truncated(format) | ThumbError::Corrupt(format, _)) => format,
        Err(error) => return Err(refused(&error)),
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
    let ImageJob {
        mut new,
        name,
        bytes,
    } = job;
    new.blob = stores.blob_key(kind, &new.id, &name);
    stores.put(kind, &new.id, &name, bytes).await?;
    let sent = queue.enqueue(&new).await;
    if !matches!(&sent, Ok(id) if *id == new.id) {
        // Refused, or the same key made the job before: this copy is not needed.
        let _ = stores.remove(kind, &new.id, &name).await;
    }
    Ok(sent?)
}

/// What happens while jobs are waited for.
pub(super) enum Change<'a> {
    /// A job has a new state.
    State(&'a Job),
    /// Redis does not answer, or takes nothing: the wait goes on.
    Lost(LinkError),
    /// Redis is back.
    Back,
}

/// Waits until all jobs have ended, telling of every change. Like a worker it
/// lives through a Redis that goes away and comes back. Jobs that Redis has
/// forgotten meanwhile are missing from the result.
pub(super) async fn wait(
    queue: &Queue,
    feed: &Feed,
    ids: &[String],
    mut changed: impl FnMut(Change<'_>),
) -> Result<Vec<Job>> {
    let mut changes = feed.watch();
    let mut known: HashMap<String, (State, Option<(u32, u32)>)> = HashMap::new();
    let mut is_lost = false;
    loop {
        match queue.jobs(ids).await {
            Ok(jobs) => {
                if std::mem::take(&mut is_lost) {
                    changed(Change::Back);
                }
                for job in &jobs {
                    let now = (job.state, job.progress);
                    if known.insert(job.id.clone(), now) != Some(now) {
                        changed(Change::State(job));
                    }
                }
                if jobs.iter().all(|job| job.state.is_final()) {
                    return Ok(jobs);
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut is_lost, true) {
                    changed(Change::Lost(error));
                }
            }
        }
        // Published changes make it quick; asking every second makes it sure.
        let heard = tokio::time::timeout(Duration::from_secs(1), changes.recv()).await;
        if is_lost && heard.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
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

    fn show(&self, change: Change<'_>) {
        let job = match change {
            Change::State(job) => job,
            Change::Lost(error) => {
                return warn(&format!(
                    "{}; {}",
                    error.text(self.lang),
                    self.lang.pick("waiting for it", "czekam na niego")
                ));
            }
            Change::Back => return warn(self.lang.pick("Redis is back", "Redis wrócił")),
        };
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
        let (done, all) = match (job.state, job.progress) {
            (State::Started, Some((done, all))) => (u64::from(done), u64::from(all)),
            (State::Queued, _) => (0, 2),
            (State::Started | State::Retry, _) => (1, 2),
            (State::Success | State::Failure | State::Revoked, _) => (2, 2),
        };
        bar.set_length(all);
        bar.set_position(done);
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

fn finished_line(lang: Lang, job: &Job, saved: &Saved) -> String {
    let names = saved.names.join(", ");
    let end = match (job.state, job.thumbnails()) {
        (State::Success, _) if let Some(error) = &saved.trouble => match &*names {
            "" => error.message_in(lang).to_owned(),
            names => format!("{names}; {}", error.message_in(lang)),
        },
        (State::Success, _) if !names.is_empty() => names,
        (State::Success, Some(made)) => {
            let names = made.thumbnails.iter().map(|thumb| thumb.name.as_str());
            names.chain([&*made.archive]).collect::<Vec<_>>().join(", ")
        }
        _ => job.error_text(lang).unwrap_or_default().to_owned(),
    };
    let end = end.escape_debug();
    format!("{}  {:<7}  {}  {end}", job.id, job.state, subject(job))
}
