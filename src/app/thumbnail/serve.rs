//! `thumbnail serve` and `thumbnail schedule`.

use super::common::{
    plain, queue, read_file, say, shared_server, shown, stop_on_signals, tell_of_saving, warn,
};
use super::observers::{counted, observer, schedule_observer};
use super::worker::{claim, consumer, default_name, tasks};
use crate::app::context::Context;
use crate::cli::thumbnail::{ScheduleArgs, ScheduleCommand, ServeArgs};
use crate::conn::Target;
use crate::conn::link::Recorder;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::jobs::events::Feed;
use crate::jobs::keys::Keys;
use crate::jobs::media::Media;
use crate::jobs::metrics::Metrics;
use crate::jobs::queue::Queue;
use crate::jobs::schedule::{self, Entry};
use crate::jobs::scheduler;
use crate::jobs::schedules::Added;
use crate::jobs::store::Stores;
use crate::jobs::web;
use crate::jobs::worker::{self, Config, Observer, Stop};
use catalog::lang::Lang;
use catalog::text;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use thumbnailer::Limits;
use tokio::task::JoinHandle;

/// Runs `thumbnail serve`: page, worker and scheduler in one process.
pub(super) async fn run(context: &Context, keys: Keys, args: ServeArgs) -> Result<ExitCode> {
    let zone = schedule::time_zone(args.time_zone.as_deref())?;
    let page = web::Server::bind(SocketAddr::new(args.bind, args.port)).await?;
    let server = context.resolve_server().await?;
    let stop = stop_on_signals();
    let mut config = Config::default();
    if let Some(workers) = args.workers {
        config.concurrency = workers;
    }
    let limits = Limits {
        max_bytes: args.max_size << 20,
        ..Limits::default()
    };
    let name = default_name();
    let password = match &args.password_file {
        Some(path) => Some(password(path)?),
        None => None,
    };
    if !args.bind.is_loopback() && password.is_none() {
        warn_of_open_page(context.lang);
    }
    let jobs = queue(server.target(), &keys);
    jobs.keep_for(args.keep).await?;
    let media = claim(context, &args.media, &jobs).await?;
    if !context.json {
        tell_of_saving(context.lang, &jobs).await;
    }
    let metrics = Arc::new(Metrics::default());
    let everything = Everything {
        target: server.target().clone(),
        keys,
        media,
        web: web::Config {
            lang: context.lang,
            limits: limits.clone(),
            max_uploads: usize::from(args.max_uploads),
            quota: args.quota << 20,
            allow_hosts: args.allow_host,
            password,
            metrics: metrics.clone(),
            ..web::Config::default()
        },
        limits,
        limit: args.limit,
        schedule: schedule::lab(&zone),
        recorder: None,
        observer: counted(
            &metrics,
            observer(context.lang, context.json, name.clone(), config.concurrency),
        ),
        schedule_observer: schedule_observer(context.lang, context.json),
        name,
        config,
    };
    announce(context, &page.url(), &server)?;
    let running = everything.start(page, &stop).await?;
    running.finish(&stop).await;
    Ok(ExitCode::Ok)
}

fn warn_of_open_page(lang: Lang) {
    warn(lang.pick(
        "everyone on the network can see, cancel and retry every job of this page; --password-file FILE asks for a password",
        "każdy w sieci może oglądać, anulować i ponawiać wszystkie zadania na tej stronie; --password-file PLIK wymaga hasła",
    ));
}

/// Says where the page is.
fn announce(context: &Context, url: &str, server: &Server) -> Result<()> {
    say(&if context.json {
        json!({ "event": "serving", "url": url, "redis": server.target().to_string() }).to_string()
    } else {
        let on = server.describe(context.lang);
        text!(
            context.lang,
            "serving {url} ({on}); Ctrl-C stops",
            "strona: {url} ({on}); Ctrl-C zatrzymuje"
        )
    })
}

/// The longest file that is read for a password, in bytes.
const MAX_PASSWORD_FILE: u64 = 1 << 20;

/// The password in a file: its first line.
fn password(path: &Path) -> Result<String> {
    let bytes = read_file(path, MAX_PASSWORD_FILE)?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        let path = shown(path);
        return Err(Error::usage(text!(
            "the first line of {path} should be the password, and is empty",
            "pierwszy wiersz pliku {path} powinien być hasłem, a jest pusty"
        )));
    }
    Ok(line.to_owned())
}

/// What the page, a worker and a scheduler in this process need.
pub(super) struct Everything {
    pub(super) target: Target,
    pub(super) keys: Keys,
    pub(super) media: Arc<Media>,
    pub(super) limits: Limits,
    pub(super) web: web::Config,
    pub(super) limit: usize,
    pub(super) schedule: Vec<Entry>,
    pub(super) recorder: Option<Recorder>,
    pub(super) observer: Observer,
    pub(super) schedule_observer: scheduler::Observer,
    pub(super) name: String,
    pub(super) config: Config,
}

/// The tasks of all three.
pub(super) struct Running {
    page: JoinHandle<()>,
    scheduler: JoinHandle<()>,
    worker: Option<JoinHandle<()>>,
    /// Changes as they are published.
    pub(super) feed: Feed,
}

impl Everything {
    /// Starts all three; they end when told to stop.
    pub(super) async fn start(self, page: web::Server, stop: &Stop) -> Result<Running> {
        let queue: Arc<Queue> = Arc::new(queue(&self.target, &self.keys).with_limit(self.limit));
        let feed = Feed::start(self.target.clone(), &self.keys, stop.soft.clone());
        let stores = Arc::new(Stores::new(
            self.target.clone(),
            self.keys.clone(),
            Some(self.media.clone()),
        ));
        tokio::spawn({
            let (stores, queue, stop) = (stores.clone(), queue.clone(), stop.soft.clone());
            async move { stores.keep_clean(&queue, &stop).await }
        });
        let page = tokio::spawn(page.run(
            queue.clone(),
            stores,
            feed.clone(),
            self.schedule.clone(),
            self.web,
            stop.soft.clone(),
        ));
        let scheduler = tokio::spawn(scheduler::run(
            queue,
            self.schedule,
            self.schedule_observer,
            stop.soft.clone(),
        ));
        let worker = (self.config.concurrency > 0).then(|| {
            let consumer = consumer(&self.target, &self.keys, &self.name, self.recorder);
            let queue = super::common::queue(&self.target, &self.keys);
            let tasks = tasks(&self.target, queue, Some(self.media), self.limits);
            let run = worker::run(
                consumer,
                Arc::new(tasks),
                self.config,
                self.observer,
                stop.clone(),
            );
            tokio::spawn(async move {
                // Fails only when Redis vanished right after it was resolved;
                // the page tells.
                let _ = run.await;
            })
        });
        Ok(Running {
            page,
            scheduler,
            worker,
            feed,
        })
    }
}

impl Running {
    /// Waits until all three have ended, which they do soon after `stop`.
    pub(super) async fn finish(self, stop: &Stop) {
        for mut task in [self.page, self.scheduler] {
            tokio::select! {
                // A task that panicked has nothing more to say.
                _ = &mut task => {}
                () = stop.lingered() => task.abort(),
            }
        }
        if let Some(worker) = self.worker {
            let _ = worker.await;
        }
    }
}

/// Runs `thumbnail schedule`.
pub(super) async fn schedule(
    context: &Context,
    keys: Keys,
    args: ScheduleArgs,
) -> Result<ExitCode> {
    let zone = schedule::time_zone(args.time_zone.as_deref())?;
    let entries = schedule::lab(&zone);
    match args.command {
        Some(ScheduleCommand::Add { spec, args: task }) => {
            let zone = args.time_zone.as_deref();
            let added = Added::new(&spec.join(" "), zone, task.as_deref())?;
            add_schedule(context, &keys, &added).await
        }
        Some(ScheduleCommand::Remove { name }) => remove_schedule(context, &keys, &name).await,
        None if args.run => run_schedules(context, &keys, entries).await,
        None => tell_plan(context, &keys, entries).await,
    }
}

async fn add_schedule(context: &Context, keys: &Keys, added: &Added) -> Result<ExitCode> {
    let server = shared_server(context).await?;
    let queue = queue(server.target(), keys);
    queue.add_schedule(added).await?;
    let now = queue.time().await?;
    say(&plan(context, &added.entry, None, now))?;
    Ok(ExitCode::Ok)
}

async fn remove_schedule(context: &Context, keys: &Keys, name: &str) -> Result<ExitCode> {
    let server = shared_server(context).await?;
    let removed = queue(server.target(), keys).remove_schedule(name).await?;
    if removed {
        return Ok(ExitCode::Ok);
    }
    Err(Error::check(text!(
        "no schedule \"{}\" was added",
        "nie dodano harmonogramu „{}”",
        name.escape_debug()
    )))
}

/// Enqueues what is due until it is stopped.
async fn run_schedules(context: &Context, keys: &Keys, entries: Vec<Entry>) -> Result<ExitCode> {
    let server = shared_server(context).await?;
    let stop = stop_on_signals();
    let queue = Arc::new(queue(server.target(), keys));
    let observer = schedule_observer(context.lang, context.json);
    say(&if context.json {
        json!({ "event": "ready" }).to_string()
    } else {
        context
            .lang
            .pick(
                "[beat] ready; Ctrl-C stops",
                "[beat] gotowy; Ctrl-C zatrzymuje",
            )
            .to_owned()
    })?;
    tokio::select! {
        () = scheduler::run(queue, entries, observer, stop.soft.clone()) => {}
        () = stop.lingered() => {}
    }
    Ok(ExitCode::Ok)
}

/// Says when each schedule ran and will run. Without a shared Redis there is
/// still the plan itself.
async fn tell_plan(context: &Context, keys: &Keys, mut entries: Vec<Entry>) -> Result<ExitCode> {
    let (now, last) = if context.url.is_some() {
        let server = shared_server(context).await?;
        let queue = queue(server.target(), keys);
        entries.extend(queue.schedules().await?);
        (queue.time().await?, queue.last_slots().await?)
    } else {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as i64);
        (now, std::collections::HashMap::new())
    };
    for entry in &entries {
        say(&plan(context, entry, last.get(&entry.name).copied(), now))?;
    }
    Ok(ExitCode::Ok)
}

/// One schedule: when it ran, and when it will.
fn plan(context: &Context, entry: &Entry, last: Option<i64>, now: i64) -> String {
    let next = entry.next_after(now);
    if context.json {
        let when = entry.when.describe(catalog::lang::Lang::En);
        let args: serde_json::Value = serde_json::from_str(&entry.args).unwrap_or_default();
        return json!({
            "name": entry.name, "task": entry.task, "args": args, "when": when,
            "last": last, "next": next,
        })
        .to_string();
    }
    let shown = |slot: Option<i64>| slot.map_or("-".to_owned(), |slot| entry.local_time(slot));
    let (last_label, next_label) = context
        .lang
        .pick(("last", "next"), ("ostatnio", "następnie"));
    plain(&format!(
        "{:<10} {:<28} {last_label} {:<19}  {next_label} {}",
        entry.name,
        entry.when.describe(context.lang),
        shown(last),
        shown(next),
    ))
}
