//! Measures the job system with real worker processes.
//!
//! The same figures that `benches/celery` measures of Celery, so that both can
//! be run side by side on one machine.

mod faults;

use super::events::{Change, Feed};
use super::job::{NewJob, State, ThumbnailArgs};
use super::keys::Keys;
use super::media::Media;
use super::queue::Queue;
use super::store::{Kind, Stores};
use super::tasks::{MAKE_THUMBNAILS, NOOP};
use crate::conn::Target;
use crate::error::{Error, Result};
use catalog::lang::Text;
use catalog::text;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thumbnailer::{Format, Size, original_name};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// How many jobs the latency is taken from.
const LATENCY_JOBS: usize = 500;

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
}

/// What to measure with.
#[derive(Debug)]
pub struct Bench {
    /// The server, which must be ours alone.
    pub target: Target,
    /// The same as a URL for the worker processes.
    pub url: String,
    /// The program to start as a worker: this one.
    pub program: PathBuf,
    /// A directory for images.
    pub dir: PathBuf,
    /// How many jobs the throughput is taken from.
    pub jobs: usize,
    /// Images by name, and how often each is submitted.
    pub images: Vec<(String, Vec<u8>)>,
    /// How often each image is submitted.
    pub copies: usize,
    /// Whether workers and servers are killed as well.
    pub faults: bool,
}

/// A worker process, killed when dropped.
struct Worker {
    child: Child,
    ready_after: Duration,
}

impl Bench {
    /// Measures everything, telling each figure as soon as it is known.
    ///
    /// # Errors
    /// When a worker cannot be started or Redis is lost.
    pub async fn run(&self, mut tell: impl FnMut(Figure) -> Result<()>) -> Result<()> {
        let mut figure = |name: &str, value: f64, unit: &'static str| {
            tell(Figure {
                name: name.to_owned(),
                value,
                unit,
            })
        };
        let worker = self.worker("idle", 2).await?;
        figure("worker ready", millis(worker.ready_after), "ms")?;
        if let Some(kilobytes) = worker.memory() {
            figure("worker memory idle", kilobytes / 1024.0, "MB")?;
        }
        let (p50, p99) = self.latency().await?;
        figure("enqueue to result, p50", p50, "ms")?;
        figure("enqueue to result, p99", p99, "ms")?;
        drop(worker);
        for in_flight in [2, 64] {
            let (rate, cpu) = self.noop(in_flight).await?;
            let name = format!("no-op jobs, {in_flight} in flight");
            figure(&name, rate, "jobs/s")?;
            figure(&format!("{name}: Redis CPU per job"), cpu, "us")?;
        }
        let (single, pipelined, cpu) = self.enqueue().await?;
        figure("enqueue one by one", single, "jobs/s")?;
        figure("enqueue pipelined", pipelined, "jobs/s")?;
        figure("enqueue pipelined: Redis CPU per job", cpu, "us")?;
        for (name, bytes) in &self.images {
            let rate = self.images(name, bytes).await?;
            figure(&format!("{name} + zip, 2 workers"), rate, "images/s")?;
        }
        if !self.faults {
            return Ok(());
        }
        let (done, after) = self.kill().await?;
        figure("jobs done after a SIGKILL", done as f64, "of 40")?;
        figure("recovered after the SIGKILL in", after.as_secs_f64(), "s")?;
        if let Some(done) = self.restart().await? {
            figure("jobs done after a restart of Redis", done as f64, "of 40")?;
        }
        let runs = self.long_job().await?;
        figure("runs of a job longer than its lease", f64::from(runs), "")
    }

    /// The directory of one queue: sites do not share one.
    fn media(&self, name: &str) -> PathBuf {
        self.dir.join("media").join(name)
    }

    fn keys(&self, name: &str) -> Keys {
        Keys::new(format!("lab:bench:{name}:"))
    }

    fn queue(&self, name: &str) -> Queue {
        Queue::new(self.target.clone(), self.keys(name), None).with_limit(usize::MAX >> 11)
    }

    /// Starts a worker process on the bench's server.
    async fn worker(&self, name: &str, concurrency: usize) -> Result<Worker> {
        self.worker_on(&self.url, name, concurrency, &[]).await
    }

    /// Starts a worker process and waits until it says that it is ready.
    async fn worker_on(
        &self,
        url: &str,
        name: &str,
        concurrency: usize,
        more: &[&str],
    ) -> Result<Worker> {
        let began = Instant::now();
        let mut child = Command::new(&self.program)
            .args(["thumbnail", "worker", "--prefix", self.keys(name).prefix()])
            .args(["--quiet", "--concurrency", &concurrency.to_string()])
            .arg("--store")
            .arg(self.media(name))
            .args(["--url", url])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                Error::server(text!(
                    "cannot start a worker",
                    "nie można uruchomić workera"
                ))
                .because(&error)
            })?;
        let stdout = child.stdout.take();
        let mut lines = BufReader::new(stdout.ok_or_else(|| {
            Error::server(text!(
                "the worker has no output to read",
                "worker nie ma wyjścia do czytania"
            ))
        })?)
        .lines();
        match lines.next_line().await {
            Ok(Some(_)) => Ok(Worker {
                child,
                ready_after: began.elapsed(),
            }),
            _ => Err(Error::server(text!(
                "the worker ended before it was ready",
                "worker skończył, zanim był gotowy"
            ))),
        }
    }

    /// Waits until nothing waits, runs or is delayed.
    async fn until_empty(&self, queue: &Queue) -> Result<()> {
        loop {
            let depth = queue.depth().await?;
            if depth.waiting() + depth.running + depth.delayed == 0 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Milliseconds from enqueuing to the published result of an idle worker.
    async fn latency(&self) -> Result<(f64, f64)> {
        let queue = self.queue("idle");
        let stop = CancellationToken::new();
        let feed = Feed::start(self.target.clone(), queue.keys(), stop.clone());
        let mut changes = feed.watch();
        while !matches!(changes.recv().await, Ok(Change::Subscribed) | Err(_)) {}
        let mut times = Vec::with_capacity(LATENCY_JOBS);
        // The first ones find cold caches.
        for i in 0..LATENCY_JOBS + 20 {
            let job = NewJob::new(NOOP, "{}");
            let began = Instant::now();
            queue.enqueue(&job).await?;
            loop {
                match changes.recv().await {
                    Ok(Change::State(id, State::Success)) if id == job.id => break,
                    Ok(_) => {}
                    Err(error) => return Err(Error::server(Text::same(error.to_string()))),
                }
            }
            if i >= 20 {
                times.push(millis(began.elapsed()));
            }
            // Let the worker fall asleep in Redis again.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        stop.cancel();
        times.sort_by(f64::total_cmp);
        Ok((percentile(&times, 50), percentile(&times, 99)))
    }

    /// No-op jobs per second, from the first enqueued to the last finished, and
    /// the server's processor time for each in microseconds.
    async fn noop(&self, in_flight: usize) -> Result<(f64, f64)> {
        let name = format!("noop{in_flight}");
        let queue = self.queue(&name);
        let _worker = self.worker(&name, in_flight).await?;
        let jobs = self.jobs * if in_flight > 2 { 3 } else { 1 };
        let (new, cpu) = (new_jobs(jobs), server_cpu(&queue).await?);
        let began = Instant::now();
        queue.enqueue_all(&new).await?;
        self.until_empty(&queue).await?;
        let rate = rate(jobs, began);
        let cpu = (server_cpu(&queue).await? - cpu) / jobs as f64;
        Ok((rate, cpu))
    }

    /// Jobs enqueued per second, with a round trip each and pipelined; and the
    /// server's processor time for a pipelined one in microseconds, which says
    /// on a busy machine what is possible on a quiet one.
    async fn enqueue(&self) -> Result<(f64, f64, f64)> {
        let queue = self.queue("enqueue");
        let jobs = new_jobs(self.jobs.min(20_000));
        let began = Instant::now();
        for job in &jobs {
            queue.enqueue(job).await?;
        }
        let single = rate(jobs.len(), began);
        let jobs = new_jobs(self.jobs * 10);
        let cpu = server_cpu(&queue).await?;
        let began = Instant::now();
        queue.enqueue_all(&jobs).await?;
        let pipelined = rate(jobs.len(), began);
        let cpu = (server_cpu(&queue).await? - cpu) / jobs.len() as f64;
        queue.delete_everything().await?;
        Ok((single, pipelined, cpu))
    }

    /// Images per second with one worker process of two slots.
    async fn images(&self, name: &str, bytes: &[u8]) -> Result<f64> {
        let queue = self.queue("images");
        let stores = Stores::new(
            self.target.clone(),
            queue.keys().clone(),
            Some(Arc::new(Media::claim(&self.media("images"), &queue).await?)),
        );
        let format = Format::detect(bytes).ok_or_else(|| {
            Error::usage(text!(
                "{name} is no image that can be read",
                "{name} nie jest obrazem, który da się odczytać"
            ))
        })?;
        let file = original_name(name, format);
        let args = json!(ThumbnailArgs {
            store: Kind::Dir.name().to_owned(),
            file: file.clone(),
            sizes: vec![Size::LAB.to_string()],
        });
        let jobs: Vec<NewJob> = (0..self.copies)
            .map(|_| NewJob::new(MAKE_THUMBNAILS, args.to_string()))
            .collect();
        for job in &jobs {
            stores
                .put(Kind::Dir, &job.id, &file, bytes.to_vec())
                .await?;
        }
        let mut worker = self.worker("images", 2).await?;
        let began = Instant::now();
        queue.enqueue_all(&jobs).await?;
        self.until_empty(&queue).await?;
        let rate = rate(jobs.len(), began);
        let dead = queue.depth().await?.dead;
        // It holds the directory, which is another site's for the next image. One
        // that has ended by itself is no worse.
        let _ = worker.child.kill().await;
        remove_jobs(&self.media("images"), &jobs);
        queue.delete_everything().await?;
        if dead > 0 {
            return Err(Error::check(text!(
                "{dead} of the jobs with {name} failed",
                "nieudane zadania z {name}: {dead}"
            )));
        }
        Ok(rate)
    }
}

impl Worker {
    /// Resident memory in kB, where `/proc` tells.
    fn memory(&self) -> Option<f64> {
        let pid = self.child.id()?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

/// The processor time the server has used so far, in microseconds.
async fn server_cpu(queue: &Queue) -> Result<f64> {
    let mut info = redis::cmd("INFO");
    info.arg("cpu");
    let reply = queue.link().call(&info).await?;
    let lines = reply.as_str().unwrap_or_default().lines();
    let seconds: f64 = lines
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| matches!(*name, "used_cpu_sys" | "used_cpu_user"))
        .filter_map(|(_, seconds)| seconds.trim().parse::<f64>().ok())
        .sum();
    Ok(seconds * 1e6)
}

fn new_jobs(count: usize) -> Vec<NewJob> {
    (0..count).map(|_| NewJob::new(NOOP, "{}")).collect()
}

fn remove_jobs(dir: &Path, jobs: &[NewJob]) {
    for job in jobs {
        // The whole directory is temporary; this only keeps the disk free.
        let _ = std::fs::remove_dir_all(dir.join(&job.id));
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn rate(count: usize, began: Instant) -> f64 {
    count as f64 / began.elapsed().as_secs_f64()
}

/// The value that `percent` of the sorted values do not exceed.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let index = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&values, 50), 50.0);
        assert_eq!(percentile(&values, 99), 99.0);
        assert_eq!(percentile(&[7.0], 99), 7.0);
        assert!(percentile(&[], 50).is_nan());
    }
}
