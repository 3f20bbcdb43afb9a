//! The names of every key the queue uses, under one prefix.

/// The prefix on the lab's own server, and the default everywhere.
pub const DEFAULT_PREFIX: &str = "lab:jobs:";

/// The consumer group that all workers belong to.
pub const GROUP: &str = "workers";

/// The two priorities. Workers look at [`Lane::High`] first, and after every
/// eighth job of it at [`Lane::Default`], so that no job waits for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lane {
    /// Taken before the default lane, all but every ninth time.
    High,
    /// Everything else.
    #[default]
    Default,
}

impl Lane {
    /// The lane's name in keys and arguments.
    pub fn name(self) -> &'static str {
        match self {
            Lane::High => "high",
            Lane::Default => "default",
        }
    }

    /// The lane of a stored name; anything unknown is the default lane.
    pub fn from_name(name: &str) -> Lane {
        match name {
            "high" => Lane::High,
            _ => Lane::Default,
        }
    }
}

/// Builds key names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    /// Keys under `prefix`, which is put in front as it is.
    pub fn new(prefix: impl Into<String>) -> Keys {
        Keys {
            prefix: prefix.into(),
        }
    }

    /// What every key begins with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Stream of waiting and running jobs; every entry is `job <id>`.
    pub fn queue(&self, lane: Lane) -> String {
        self.key(match lane {
            Lane::High => "queue:high",
            Lane::Default => "queue:default",
        })
    }

    /// Hash of everything known about one job.
    pub fn job(&self, id: &str) -> String {
        format!("{}job:{id}", self.prefix)
    }

    /// Sorted set of jobs that start later, `lane/id` by due time in ms.
    pub fn delayed(&self) -> String {
        self.key("delayed")
    }

    /// Stream of the latest finished jobs, trimmed to about ten thousand.
    pub fn done(&self) -> String {
        self.key("done")
    }

    /// Dead-letter stream: jobs that failed for good, with their errors.
    pub fn dead(&self) -> String {
        self.key("dead")
    }

    /// Pub/sub channel of state changes, `STATE id`.
    pub fn events(&self) -> String {
        self.key("events")
    }

    /// Sorted set of live workers by their last sign of life in ms.
    pub fn workers(&self) -> String {
        self.key("workers")
    }

    /// Hash of what a worker says about itself.
    pub fn worker(&self, name: &str) -> String {
        format!("{}worker:{name}", self.prefix)
    }

    /// Hash of what all users of the media directory have to know.
    pub fn site(&self) -> String {
        self.key("site")
    }

    /// Written to see whether Redis takes writes.
    pub fn probe(&self) -> String {
        self.key("probe")
    }

    /// Hash of the last slot fired, by schedule name.
    pub fn schedule(&self) -> String {
        self.key("schedule")
    }

    /// Hash of the schedules that people added, by name.
    pub fn schedules(&self) -> String {
        self.key("schedules")
    }

    /// A file kept in Redis for a job.
    pub fn blob(&self, id: &str, name: &str) -> String {
        format!("{}blob:{id}:{name}", self.prefix)
    }
}

impl Default for Keys {
    fn default() -> Self {
        Keys::new(DEFAULT_PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_under_the_prefix() {
        let keys = Keys::new("p:");
        for key in [
            keys.queue(Lane::High),
            keys.queue(Lane::Default),
            keys.job("1"),
            keys.delayed(),
            keys.done(),
            keys.dead(),
            keys.events(),
            keys.workers(),
            keys.worker("w"),
            keys.probe(),
            keys.site(),
            keys.schedule(),
            keys.schedules(),
            keys.blob("1", "a.png"),
        ] {
            assert!(key.starts_with("p:"), "{key}");
        }
        assert_eq!(keys.worker("w"), "p:worker:w");
    }

    #[test]
    fn lanes_survive_their_names() {
        for lane in [Lane::High, Lane::Default] {
            assert_eq!(Lane::from_name(lane.name()), lane);
        }
    }
}
