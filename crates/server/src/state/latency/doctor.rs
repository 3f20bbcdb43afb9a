//! LATENCY DOCTOR: what the samples mean and what can be done, in words.

use super::{Events, Series, event, seconds_now};
use std::fmt::Write;

/// What the report takes from the parameters.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    /// `latency-monitor-threshold`, milliseconds.
    pub threshold: i64,
    /// `slowlog-log-slower-than`, microseconds.
    pub slowlog_slower_than: i64,
    /// `hz`.
    pub hz: i64,
}

/// The figures of one series.
#[derive(Debug, PartialEq)]
struct Figures {
    average: u64,
    /// The mean distance from the average.
    deviation: u64,
    /// Seconds between two samples, on average.
    period: f64,
}

impl Figures {
    fn of(series: &Series, now: i64) -> Figures {
        let count = series.samples.len().max(1) as u64;
        let sum: u64 = series.samples.iter().map(|s| s.latency).sum();
        let average = sum / count;
        let distances = series.samples.iter().map(|s| s.latency.abs_diff(average));
        let since = series.samples.front().map_or(0, |s| now - s.time).max(1);
        Figures {
            average,
            deviation: distances.sum::<u64>() / count,
            period: since as f64 / count as f64,
        }
    }
}

/// What is to be done about an event.
fn advice(name: &str, parameters: Parameters) -> Vec<String> {
    let threshold_micros = parameters.threshold.saturating_mul(1000);
    let large = "Removing a large value takes the server's time. Where large values are deleted, expired or evicted often, use UNLINK or several smaller keys.".to_owned();
    match name {
        event::COMMAND => {
            let mut advice = Vec::new();
            if parameters.slowlog_slower_than < 0 {
                advice.push(format!(
                    "Slow commands are not logged. Log them: CONFIG SET slowlog-log-slower-than {threshold_micros}"
                ));
            } else if parameters.slowlog_slower_than > threshold_micros {
                advice.push(format!(
                    "SLOWLOG leaves out commands that are sampled here. Log them too: CONFIG SET slowlog-log-slower-than {threshold_micros}"
                ));
            }
            advice.push("See which commands were slow: SLOWLOG GET".to_owned());
            advice.push(large);
            advice
        }
        event::FAST_COMMAND => vec![
            "Even commands that do next to nothing were slow: the server did not get the processor in time. Lower the load of this machine, or measure it with redis-cli --intrinsic-latency 100".to_owned(),
        ],
        event::EXPIRE_CYCLE => {
            let mut advice = Vec::new();
            if parameters.hz < 100 {
                advice.push("Many keys expire together. Spread their times to live a little.".to_owned());
            }
            advice.push(large);
            advice
        }
        event::EXPIRE_DEL | event::EVICTION_DEL => vec![large],
        event::EVICTION_CYCLE => vec![
            "Many keys were evicted at once, as after lowering maxmemory or storing a large value. Leave more room below the limit.".to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// The report.
pub fn report(events: &Events, parameters: Parameters) -> String {
    if events.is_empty() {
        return if parameters.threshold == 0 {
            "Latency is not monitored on this server. Switch it on with CONFIG SET latency-monitor-threshold <milliseconds>.\n".to_owned()
        } else {
            format!(
                "Nothing has taken {} ms or longer since latency is monitored.\n",
                parameters.threshold
            )
        };
    }
    let now = seconds_now();
    let mut text = "Some things took long on this server:\n\n".to_owned();
    let mut all_advice: Vec<String> = Vec::new();
    for (i, (name, series)) in events.iter().enumerate() {
        let figures = Figures::of(series, now);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}. {name}: {} latency spikes (average {}ms, mean deviation {}ms, period {:.2} sec). Worst all time event {}ms.",
            i + 1,
            series.samples.len(),
            figures.average,
            figures.deviation,
            figures.period,
            series.worst
        );
        for advice in advice(name, parameters) {
            if !all_advice.contains(&advice) {
                all_advice.push(advice);
            }
        }
    }
    if !all_advice.is_empty() {
        text.push_str("\nWhat may help:\n\n");
        for advice in all_advice {
            let _ = writeln!(text, "- {advice}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Sample;
    use super::*;

    fn series(latencies: &[(i64, u64)]) -> Series {
        let mut series = Series::default();
        for (time, latency) in latencies {
            series.add(Sample {
                time: *time,
                latency: *latency,
            });
        }
        series
    }

    #[test]
    fn figures_are_means_over_the_samples() {
        let figures = Figures::of(&series(&[(100, 703), (102, 1500)]), 102);
        let expected = Figures {
            average: 1101,
            deviation: 398,
            period: 1.0,
        };
        assert_eq!(figures, expected);
    }

    #[test]
    fn the_report_names_each_event_and_each_advice_once() {
        let parameters = Parameters {
            threshold: 10,
            slowlog_slower_than: -1,
            hz: 10,
        };
        let mut events = Events::new();
        assert!(report(&events, parameters).contains("Nothing has taken 10 ms"));
        events.insert(event::COMMAND, series(&[(5, 20)]));
        events.insert(event::EXPIRE_CYCLE, series(&[(5, 20)]));
        let text = report(&events, parameters);
        assert!(text.contains("1. command: 1 latency spikes (average 20ms"));
        assert!(text.contains("2. expire-cycle"));
        assert!(text.contains("slowlog-log-slower-than 10000"));
        assert_eq!(text.matches("Removing a large value").count(), 1);
    }
}
