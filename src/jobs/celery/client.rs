//! Sending tasks to a Celery worker.

use super::message::envelope;
use super::{QUEUE, cmd};
use crate::conn::Target;
use crate::conn::link::{Link, LinkError};
use crate::jobs::job::new_id;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;
use thumbnailer::Size;

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

    /// Enqueues `task(file_path, thumbnails=sizes)`, not to start before `eta`,
    /// and gives its ID.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn send(
        &self,
        task: &str,
        path: &str,
        sizes: &[Size],
        eta: Option<Timestamp>,
    ) -> Result<String, LinkError> {
        let id = new_id();
        let envelope = envelope(&id, task, path, sizes, eta).to_string();
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
