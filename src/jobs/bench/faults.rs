//! What becomes of jobs when something breaks.

use super::Bench;
use crate::conn::Target;
use crate::conn::link::LinkError;
use crate::error::{Error, Result};
use crate::jobs::job::{NewJob, State};
use crate::jobs::queue::Queue;
use crate::jobs::tasks::SLEEP;
use catalog::lang::Text;
use catalog::text;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// How many jobs of half a second the recovery is measured with.
const JOBS: usize = 40;

/// How long the jobs run before something breaks.
const UNTIL_THEN: Duration = Duration::from_millis(1200);

/// How long jobs that a restarted Redis still holds are waited for.
const PATIENCE: Duration = Duration::from_secs(15);

impl Bench {
    /// Kills one of two workers with SIGKILL in the middle of half-second jobs:
    /// how many succeed, and how long after the kill the last one did.
    pub(super) async fn kill(&self) -> Result<(usize, Duration)> {
        let queue = self.queue("kill");
        let mut victim = self.worker("kill", 2).await?;
        let _survivor = self.worker("kill", 8).await?;
        let jobs = sleepers(500);
        queue.enqueue_all(&jobs).await?;
        tokio::time::sleep(UNTIL_THEN).await;
        let killed = Instant::now();
        victim.child.kill().await.map_err(|error| {
            Error::server(text!("cannot kill the worker", "nie można zabić workera"))
                .because(&error)
        })?;
        self.until_empty(&queue).await?;
        let after = killed.elapsed();
        Ok((succeeded(&queue, &jobs).await?, after))
    }

    /// Restarts a Redis with persistence (AOF) in the middle of half-second
    /// jobs: how many succeed. `None` where there is no redis-server.
    pub(super) async fn restart(&self) -> Result<Option<usize>> {
        let dir = self.dir.join("persistent");
        std::fs::create_dir_all(&dir)
            .map_err(|error| Error::server(Text::same(format!("{}: {error}", dir.display()))))?;
        let socket = dir.join("redis.sock");
        let target = Target::unix(&socket)?;
        let queue = Queue::new(target, self.keys("restart"), None);
        let Some(mut redis) = persistent_redis(&dir) else {
            return Ok(None);
        };
        until_ready(&queue).await?;
        let url = format!("unix://{}", socket.display());
        let _workers = (
            self.worker_on(&url, "restart", 2, &[]).await?,
            self.worker_on(&url, "restart", 8, &[]).await?,
        );
        let jobs = sleepers(500);
        queue.enqueue_all(&jobs).await?;
        tokio::time::sleep(UNTIL_THEN).await;
        // An orderly end, as of a restart: the reply never comes.
        let _ = queue.link().call(&redis::cmd("SHUTDOWN")).await;
        let _ = redis.wait().await;
        let Some(_redis) = persistent_redis(&dir) else {
            return Ok(None);
        };
        until_ready(&queue).await?;
        let end = Instant::now() + PATIENCE;
        loop {
            let done = succeeded(&queue, &jobs).await?;
            if done == JOBS || Instant::now() > end {
                return Ok(Some(done));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How often a healthy job of four leases is started, with two workers.
    pub(super) async fn long_job(&self) -> Result<u32> {
        let queue = self.queue("long");
        let lease = ["--lease", "1s"];
        let _workers = (
            self.worker_on(&self.url, "long", 2, &lease).await?,
            self.worker_on(&self.url, "long", 2, &lease).await?,
        );
        let job = NewJob::new(SLEEP, r#"{"ms":4000}"#);
        queue.enqueue(&job).await?;
        self.until_empty(&queue).await?;
        Ok(queue.job(&job.id).await?.map_or(0, |job| job.attempts))
    }
}

fn sleepers(ms: u32) -> Vec<NewJob> {
    (0..JOBS)
        .map(|_| NewJob::new(SLEEP, format!(r#"{{"ms":{ms}}}"#)))
        .collect()
}

async fn succeeded(queue: &Queue, jobs: &[NewJob]) -> Result<usize> {
    let ids: Vec<String> = jobs.iter().map(|job| job.id.clone()).collect();
    let jobs = queue.jobs(&ids).await?;
    let done = jobs.iter().filter(|job| job.state == State::Success);
    Ok(done.count())
}

/// A redis-server that keeps every write, on a socket in `dir`.
fn persistent_redis(dir: &Path) -> Option<Child> {
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--appendonly", "yes", "--save", ""]);
    command.arg("--unixsocket").arg(dir.join("redis.sock"));
    command.arg("--dir").arg(dir);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null()).kill_on_drop(true);
    command.spawn().ok()
}

/// Waits until the server answers, and has read its file.
async fn until_ready(queue: &Queue) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        match queue.time().await {
            Ok(_) => return Ok(()),
            Err(LinkError::Lost(_) | LinkError::Refused(_)) if Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
