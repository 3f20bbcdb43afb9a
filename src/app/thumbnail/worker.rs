//! `thumbnail worker`: runs jobs.

use super::common::{
    create_dir, plain, queue, shared_server, shown, stop_on_signals, tell, tell_of_saving, warn,
};
use super::observers::{celery_observer, counted, observer, quiet};
use crate::app::context::Context;
use crate::cli::thumbnail::WorkerArgs;
use crate::conn::Target;
use crate::conn::link::Recorder;
use crate::error::{Error, ExitCode, Result};
use crate::jobs::celery;
use crate::jobs::consumer::Consumer;
use crate::jobs::keys::Keys;
use crate::jobs::media::Media;
use crate::jobs::metrics::Metrics;
use crate::jobs::queue::Queue;
use crate::jobs::store::Stores;
use crate::jobs::tasks::Tasks;
use crate::jobs::web;
use crate::jobs::worker::{self, Config, MAX_DELIVERIES};
use catalog::text;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thumbnailer::Limits;

/// A worker that has just started looks for what can be removed after this.
const CLEAN_AFTER: Duration = Duration::from_millis(200);

/// Runs `thumbnail worker`.
pub(super) async fn run(context: &Context, keys: Keys, args: WorkerArgs) -> Result<ExitCode> {
    let server = shared_server(context).await?;
    let name = worker_name(&args)?;
    if args.lease.as_millis() < 100 {
        return Err(Error::usage(text!(
            "a lease below 100ms cannot be renewed in time",
            "dzierżawy krótszej niż 100ms nie da się na czas odnowić"
        )));
    }
    let stop = stop_on_signals();
    if let (true, Some(dir)) = (args.celery, args.store.clone()) {
        create_dir(&dir)?;
        let config = celery::Config {
            name,
            dir,
            concurrency: args.concurrency.map(usize::from),
            grace: args.grace,
            limits: Limits::default(),
        };
        let observer = celery_observer(context.lang, context.json, args.quiet);
        celery::work(server.target().clone(), keys, config, observer, stop).await?;
        return Ok(ExitCode::Ok);
    }
    let mut config = Config {
        lease: args.lease,
        grace: args.grace,
        max_attempts: args.attempts,
        ..Config::default()
    };
    if let Some(concurrency) = args.concurrency {
        config.concurrency = usize::from(concurrency);
    }
    let mut observer = observer(context.lang, context.json, name.clone(), config.concurrency);
    if args.quiet {
        observer = quiet(observer);
    }
    if let Some(address) = args.metrics {
        let metrics = Arc::new(Metrics::default());
        let url = web::serve_metrics(address, metrics.clone(), stop.soft.clone()).await?;
        tell_of_metrics(context, &name, &url);
        observer = counted(&metrics, observer);
    }
    let queue = queue(server.target(), &keys);
    let consumer = Consumer::beside(&queue, name.as_str(), MAX_DELIVERIES);
    let media = match &args.store {
        Some(dir) => Some(claim(context, dir, &queue).await?),
        None => None,
    };
    let tasks = Arc::new(tasks(server.target(), queue, media, Limits::default()));
    let aside = tokio::spawn({
        let (tasks, stop) = (tasks.clone(), stop.soft.clone());
        let (lang, tells) = (context.lang, !context.json);
        async move {
            if tells {
                tell_of_saving(lang, &tasks.queue).await;
            }
            // Jobs come first.
            tokio::time::sleep(CLEAN_AFTER).await;
            tasks.stores.keep_clean(&tasks.queue, &stop).await;
        }
    });
    worker::run(consumer, tasks, config, observer, stop).await?;
    aside.abort();
    Ok(ExitCode::Ok)
}

/// The name that is asked for, or one of its own.
fn worker_name(args: &WorkerArgs) -> Result<String> {
    let name = args.name.clone().unwrap_or_else(default_name);
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(Error::usage(text!(
            "a worker's name has 1 to 200 plain characters",
            "nazwa workera ma od 1 do 200 zwykłych znaków"
        )));
    }
    Ok(name)
}

/// Says where a worker's figures are.
fn tell_of_metrics(context: &Context, name: &str, url: &str) {
    tell(&if context.json {
        json!({ "event": "metrics", "url": url, "worker": name }).to_string()
    } else {
        plain(&text!(
            context.lang,
            "[{name}] metrics for Prometheus: {url}",
            "[{name}] metryki dla Prometheusa: {url}"
        ))
    });
}

/// The directory that is shared; says once when nothing is ever removed from it.
pub(super) async fn claim(context: &Context, dir: &Path, queue: &Queue) -> Result<Arc<Media>> {
    let media = Media::claim(dir, queue).await?;
    if !media.is_cleaned() && !context.json {
        let dir = shown(dir);
        warn(&text!(
            context.lang,
            "{dir} was not empty when it was first used: old files are never removed from it",
            "{dir} nie był pusty przy pierwszym użyciu: stare pliki nigdy nie będą z niego usuwane"
        ));
    }
    Ok(Arc::new(media))
}

/// A consumer with the usual bound on deliveries.
pub(super) fn consumer(
    target: &Target,
    keys: &Keys,
    name: &str,
    recorder: Option<Recorder>,
) -> Consumer {
    Consumer::new(target.clone(), keys.clone(), name, MAX_DELIVERIES, recorder)
}

/// The tasks of a worker that may share a directory.
pub(super) fn tasks(
    target: &Target,
    queue: Queue,
    media: Option<Arc<Media>>,
    limits: Limits,
) -> Tasks {
    Tasks {
        stores: Stores::new(target.clone(), queue.keys().clone(), media),
        queue,
        limits,
    }
}

/// Host and process ID: different for every process, and helpful in a list.
pub(super) fn default_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|host| host.trim().to_owned())
        .filter(|host| !host.is_empty())
        .unwrap_or_else(|| "worker".to_owned());
    format!("{host}-{}", std::process::id())
}
