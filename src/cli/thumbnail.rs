//! Options of `thumbnail` and its subcommands.

use super::lesson::SectionArgs;
use super::value::parse_duration;
use clap::{Args, Subcommand, ValueEnum};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub(super) const EXAMPLES: &str = "Examples:
  redis-lab thumbnail                          watch one job's life, command by command
  redis-lab thumbnail demo cat.jpg --size 64x64
  redis-lab thumbnail serve --workers 2        the upload page on http://127.0.0.1:8000/

Separate processes share a Redis:
  export REDIS_URL=redis://localhost:6379
  redis-lab thumbnail worker --concurrency 2
  redis-lab thumbnail submit *.jpg --size 128x128 --wait --output thumbs
  redis-lab thumbnail status
  redis-lab thumbnail dead";

/// Options of `thumbnail`.
#[derive(Debug, Clone, Args)]
pub struct ThumbnailArgs {
    /// What all keys begin with
    #[arg(
        long,
        global = true,
        value_name = "PREFIX",
        default_value = crate::jobs::keys::DEFAULT_PREFIX
    )]
    pub prefix: String,
    /// What to do; without a command the demo runs.
    #[command(subcommand)]
    pub command: Option<ThumbnailCommand>,
    /// Options of the demo.
    #[command(flatten)]
    pub demo: DemoArgs,
}

/// The subcommands of `thumbnail`.
#[derive(Debug, Clone, Subcommand)]
pub enum ThumbnailCommand {
    /// Show each Redis command of a job's life (this is the default)
    Demo(DemoArgs),
    /// Run the lesson: the same job made by hand, step by step
    Lesson(SectionArgs),
    /// Serve the upload page
    Serve(ServeArgs),
    /// Enqueue images
    Submit(SubmitArgs),
    /// Run jobs until Ctrl-C
    Worker(WorkerArgs),
    /// Show one job, or all that are known
    Status {
        /// The job; without it, every known job
        id: Option<String>,
        /// How many jobs of each kind to list
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
    },
    /// Give failed or cancelled jobs another life
    Retry(SelectArgs),
    /// Cancel jobs that wait or run; forget those that failed
    Drop(SelectArgs),
    /// List the dead letters with their errors
    Dead,
    /// Show the schedule, or run a scheduler
    Schedule(ScheduleArgs),
    /// Measure the queue on a private server
    Bench(BenchArgs),
}

/// Options of `thumbnail demo`.
#[derive(Debug, Clone, Default, Args)]
pub struct DemoArgs {
    /// Images to submit; a small built-in one when none is given
    #[arg(value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
    /// Size of the thumbnails, several times for several
    #[arg(long, value_name = "WxH")]
    pub size: Vec<String>,
    /// Show the states only, not the Redis commands
    #[arg(long, short)]
    pub quiet: bool,
    /// Keep the files here (otherwise they go with the demo)
    #[arg(long, value_name = "DIR")]
    pub media: Option<PathBuf>,
    /// Stay with the page open after the demo (the default on a terminal)
    #[arg(long)]
    pub stay: bool,
    /// End after the demo, also on a terminal
    #[arg(long, conflicts_with = "stay")]
    pub no_pause: bool,
}

/// Options of `thumbnail serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Port of the page; 0 takes a free one
    #[arg(long, default_value_t = 8000)]
    pub port: u16,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub bind: IpAddr,
    /// Jobs that run in this process at once; 0 leaves them to other workers
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// Where images and results are kept
    #[arg(long, value_name = "DIR", default_value = "media")]
    pub media: PathBuf,
    /// Refuse uploads when this many jobs wait
    #[arg(long, value_name = "N", default_value_t = crate::jobs::queue::DEFAULT_LIMIT)]
    pub limit: usize,
    /// Largest image in MB
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=2048))]
    pub max_size: u64,
    /// Time zone of the schedule (otherwise the system's)
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// Uploads that arrive at the same time; others wait for their turn
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub max_uploads: u16,
    /// Refuse uploads when the media directory holds this many MB
    #[arg(long, value_name = "MB", default_value_t = 10_240, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub quota: u64,
    /// How long files of finished jobs are kept
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = parse_duration)]
    pub keep: Duration,
    /// Answer under this host name too (behind a proxy); several times for several
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<String>,
    /// Ask visitors for the password in this file (HTTP Basic, any user name)
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// Options of `thumbnail submit`.
#[derive(Debug, Clone, Args)]
pub struct SubmitArgs {
    /// The images
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Size of the thumbnails, several times for several
    #[arg(long, value_name = "WxH", default_value = "128x128")]
    pub size: Vec<String>,
    /// How images travel: `redis`, or a directory that the workers share
    #[arg(long, value_name = "DIR|redis", default_value = "redis")]
    pub store: String,
    /// Wait until the jobs have ended
    #[arg(long)]
    pub wait: bool,
    /// Save the results here (waits)
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The same key within 24 hours is the same job (one file only)
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Which jobs go first
    #[arg(long, value_name = "LANE", default_value = "default")]
    pub priority: Priority,
    /// Start later: 30s, 5m, 2h
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub delay: Option<Duration>,
    /// Send to a Celery worker (list `celery`) instead
    // It takes files where they are, and tasks as they come.
    #[arg(long, conflicts_with_all = ["store", "output", "key", "priority"])]
    pub celery: bool,
    /// With --celery: the name under which that worker knows the task
    #[arg(
        long,
        value_name = "NAME",
        default_value = "make_thumbnails",
        requires = "celery"
    )]
    pub task: String,
}

/// Values of `--priority`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Priority {
    /// Before the default lane (which still gets every ninth turn)
    High,
    /// In the order they come
    Default,
}

/// Options of `thumbnail worker`.
#[derive(Debug, Clone, Args)]
pub struct WorkerArgs {
    /// Jobs that run at once (otherwise one per processor)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub concurrency: Option<u16>,
    /// The worker's name (otherwise host and process ID)
    #[arg(long)]
    pub name: Option<String>,
    /// The directory that submitters share
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// How long a job stays ours when we stop renewing
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub lease: Duration,
    /// How long running jobs may go on after Ctrl-C
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    pub grace: Duration,
    /// How often a job that fails is started in all
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub attempts: u32,
    /// Say only what is wrong, and that it is ready
    #[arg(long, short)]
    pub quiet: bool,
    /// Serve metrics for Prometheus at this address, as 127.0.0.1:9100
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "celery")]
    pub metrics: Option<SocketAddr>,
    /// Run tasks of a Celery app (list `celery`) instead; needs --store DIR
    // A task is never leased, and runs once.
    #[arg(long, requires = "store", conflicts_with_all = ["lease", "attempts"])]
    pub celery: bool,
}

/// Which jobs.
#[derive(Debug, Clone, Args)]
pub struct SelectArgs {
    /// The jobs
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub ids: Vec<String>,
    /// Every dead letter
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
}

/// Options of `thumbnail schedule`.
#[derive(Debug, Clone, Args)]
pub struct ScheduleArgs {
    /// Fire the slots until Ctrl-C; any number of schedulers may run
    #[arg(long)]
    pub run: bool,
    /// Time zone of cron expressions (otherwise the system's)
    #[arg(long, global = true, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// What to do; without a command the schedule is shown
    #[command(subcommand)]
    pub command: Option<ScheduleCommand>,
}

/// The subcommands of `thumbnail schedule`.
#[derive(Debug, Clone, Subcommand)]
pub enum ScheduleCommand {
    /// Add a schedule, kept in Redis: NAME TASK every 10s, or NAME TASK cron "5 15 * * *"
    Add {
        /// Its name, the task, and when
        #[arg(value_name = "NAME TASK every|cron WHEN", required = true, num_args = 1..)]
        spec: Vec<String>,
        /// The task's arguments as JSON
        #[arg(long, value_name = "JSON")]
        args: Option<String>,
    },
    /// Remove a schedule that was added
    Remove {
        /// Its name
        name: String,
    },
}

/// Options of `thumbnail bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// Jobs for throughput
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    pub jobs: u32,
    /// An image to make thumbnails of (otherwise the built-in one)
    #[arg(long, value_name = "FILE")]
    pub image: Vec<PathBuf>,
    /// How often each image is submitted
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub copies: u32,
    /// Leave out what breaks things on purpose (half a minute)
    #[arg(long)]
    pub no_faults: bool,
}
