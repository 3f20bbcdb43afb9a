//! What a process counts of the jobs it ran, in Prometheus's text format.

use super::tasks;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The upper bounds of the histogram of durations, in seconds.
const BOUNDS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// How a run of a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// There is a result.
    Success,
    /// It failed for good.
    Failure,
    /// It failed and is tried again.
    Retry,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Retry => "retry",
        }
    }
}

#[derive(Debug, Default)]
struct Histogram {
    /// How many were at most as long as each bound; the last one: all.
    counts: [u64; BOUNDS.len() + 1],
    sum: f64,
}

/// Counts runs of jobs by task and outcome.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<BTreeMap<(&'static str, Outcome), Histogram>>);

impl Metrics {
    /// Counts one run of a task.
    pub fn observe(&self, task: &str, outcome: Outcome, took: Duration) {
        // Names that nobody knows must not make the table longer and longer.
        let known = tasks::ALL.iter().find(|known| **known == task);
        let key = (known.copied().unwrap_or("other"), outcome);
        let seconds = took.as_secs_f64();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let histogram = all.entry(key).or_default();
        for (count, bound) in histogram.counts.iter_mut().zip(BOUNDS) {
            *count += u64::from(seconds <= bound);
        }
        histogram.counts[BOUNDS.len()] += 1;
        histogram.sum += seconds;
    }

    /// Writes what was counted.
    pub fn write(&self, text: &mut String) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(
            text,
            "# HELP redis_lab_jobs_total Runs of jobs that ended, in this process.\n\
             # TYPE redis_lab_jobs_total counter"
        );
        for ((task, outcome), histogram) in &*all {
            let (outcome, count) = (outcome.name(), histogram.counts[BOUNDS.len()]);
            let _ = writeln!(
                text,
                "redis_lab_jobs_total{{task=\"{task}\",outcome=\"{outcome}\"}} {count}"
            );
        }
        let _ = writeln!(
            text,
            "# HELP redis_lab_job_duration_seconds How long they took.\n\
             # TYPE redis_lab_job_duration_seconds histogram"
        );
        for ((task, outcome), histogram) in &*all {
            let labels = format!("task=\"{task}\",outcome=\"{}\"", outcome.name());
            let name = "redis_lab_job_duration_seconds";
            let bounds = BOUNDS.map(|bound| bound.to_string()).into_iter();
            for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(histogram.counts) {
                let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {count}");
            }
            let (sum, count) = (histogram.sum, histogram.counts[BOUNDS.len()]);
            let _ = writeln!(text, "{name}_sum{{{labels}}} {sum}");
            let _ = writeln!(text, "{name}_count{{{labels}}} {count}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_by_task_outcome_and_length() {
        let metrics = Metrics::default();
        metrics.observe(tasks::NOOP, Outcome::Success, Duration::from_millis(30));
        metrics.observe(tasks::NOOP, Outcome::Success, Duration::from_secs(40));
        metrics.observe("x\"}\n", Outcome::Failure, Duration::ZERO);
        let mut text = String::new();
        metrics.write(&mut text);
        for line in [
            "redis_lab_jobs_total{task=\"noop\",outcome=\"success\"} 2",
            "redis_lab_jobs_total{task=\"other\",outcome=\"failure\"} 1",
            "redis_lab_job_duration_seconds_bucket{task=\"noop\",outcome=\"success\",le=\"0.025\"} 0",
            "redis_lab_job_duration_seconds_bucket{task=\"noop\",outcome=\"success\",le=\"0.05\"} 1",
            "redis_lab_job_duration_seconds_bucket{task=\"noop\",outcome=\"success\",le=\"+Inf\"} 2",
            "redis_lab_job_duration_seconds_sum{task=\"noop\",outcome=\"success\"} 40.03",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
    }
}
