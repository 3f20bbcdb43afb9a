//! What the page tells of the queue, asked of Redis.

use crate::conn::link::LinkError;
use crate::jobs::job::Job;
use crate::jobs::overview::{Depth, WorkerInfo};
use crate::jobs::schedule::Entry;
use crate::jobs::web::site::Site;
use axum::http::StatusCode;
use std::collections::HashMap;

/// How many recent jobs and dead letters are shown.
pub(super) const RECENT: usize = 20;

/// What Redis knows, or that it is gone.
pub(super) struct Known(pub(super) Result<Facts, LinkError>);

/// What the page shows of the queue.
pub(super) struct Facts {
    pub(super) mine: Vec<Job>,
    pub(super) recent: Vec<Job>,
    pub(super) dead: Vec<Job>,
    pub(super) depth: Depth,
    pub(super) workers: Vec<WorkerInfo>,
    pub(super) last_slots: HashMap<String, i64>,
    pub(super) schedules: Vec<Entry>,
    pub(super) now: i64,
}

impl Known {
    pub(super) async fn load(site: &Site, mine: &[String]) -> Known {
        let queue = &site.queue;
        let facts = async {
            Ok(Facts {
                mine: queue.jobs(mine).await?,
                recent: queue.recent(RECENT).await?,
                dead: queue.dead_letters(RECENT).await?,
                depth: queue.depth().await?,
                workers: queue.workers().await?,
                last_slots: queue.last_slots().await?,
                schedules: queue.schedules().await?,
                now: queue.time().await?,
            })
        };
        Known(facts.await)
    }

    pub(super) fn status(&self) -> StatusCode {
        match self.0 {
            Ok(_) => StatusCode::OK,
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether a visitor without a script should be sent back for news.
    pub(super) fn unfinished(&self) -> bool {
        match &self.0 {
            Ok(facts) => facts.mine.iter().any(|job| !job.state.is_final()),
            Err(_) => true,
        }
    }
}
