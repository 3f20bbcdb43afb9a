//! The schedule: what runs by itself, as Celery beat does it.
//!
//! A schedule divides time into slots: every ten seconds, or every moment a
//! cron expression matches in its time zone. Any number of schedulers may run;
//! each fires every slot it sees, and Redis lets only the first one through
//! (the slot is a fencing token; see `lua/tick.lua`). Firing and enqueuing are one atomic step, so a scheduler
//! killed at any moment neither loses nor doubles a slot.
//!
//! **Missed slots.** When no scheduler ran for a while, only the latest missed
//! slot is fired, late, and only within its grace: one interval, or five
//! minutes for cron. Older ones are skipped: nobody wants sixty summaries of
//! the last ten minutes.
//!
//! **Daylight saving.** Slots of intervals are counted from 1970 and do not
//! notice. A cron job for a time that a spring night skips runs right after
//! the gap; one for an hour that an autumn night has twice runs once (see
//! [`super::cron`]).
//!
//! The time is the server's, so that schedulers with wrong clocks agree.

use super::cron::Cron;
use super::tasks;
use crate::error::{Error, Result};
use catalog::lang::{Lang, Text};
use catalog::text;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;

/// How late a cron slot may be fired.
const CRON_GRACE: Duration = Duration::from_secs(5 * 60);

/// When something runs.
#[derive(Debug, Clone)]
pub enum When {
    /// At every multiple of this since 1970-01-01 UTC.
    Every(Duration),
    /// Whenever the expression matches in this time zone.
    Cron(Box<Cron>, TimeZone),
}

impl When {
    /// In words: `every 10 s`, `cron 5 15 * * * (Europe/Warsaw)`.
    pub fn describe(&self, lang: Lang) -> String {
        match self {
            When::Every(interval) => {
                let seconds = interval.as_secs_f64();
                format!("{} {seconds} s", lang.pick("every", "co"))
            }
            When::Cron(cron, zone) => match zone.iana_name() {
                Some(name) => format!("cron {} ({name})", cron.as_str()),
                None => format!("cron {}", cron.as_str()),
            },
        }
    }
}

/// One thing that runs by itself.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name; slots are counted per name.
    pub name: String,
    /// The task it enqueues.
    pub task: String,
    /// The task's arguments as JSON.
    pub args: String,
    /// When.
    pub when: When,
}

impl Entry {
    /// Reads `NAME TASK every 10s` or `NAME TASK cron 5 15 * * *`.
    ///
    /// # Errors
    /// A usage error that says what is wrong.
    pub fn parse(text: &str, zone: &TimeZone) -> Result<Entry> {
        let shape = || {
            Error::usage(text!(
                "not a schedule: \"{}\"",
                "to nie jest harmonogram: „{}”",
                text.escape_debug()
            ))
            .hint(text!(
                "write \"NAME TASK every 10s\" or \"NAME TASK cron 5 15 * * *\"",
                "napisz „NAZWA ZADANIE every 10s” albo „NAZWA ZADANIE cron 5 15 * * *”"
            ))
        };
        let mut words = text.split_whitespace();
        let (Some(name), Some(task), Some(kind)) = (words.next(), words.next(), words.next())
        else {
            return Err(shape());
        };
        let rest = words.collect::<Vec<_>>().join(" ");
        let when = match kind {
            "every" => {
                let interval = parse_duration(&rest).map_err(Error::usage)?;
                if interval < Duration::from_millis(100) {
                    return Err(Error::usage(text!(
                        "a schedule may run at most ten times a second",
                        "harmonogram może ruszać najwyżej dziesięć razy na sekundę"
                    )));
                }
                When::Every(interval)
            }
            "cron" => When::Cron(Box::new(parse_cron(&rest)?), zone.clone()),
            _ => return Err(shape()),
        };
        Ok(Entry {
            name: name.to_owned(),
            task: task.to_owned(),
            args: "{}".to_owned(),
            when,
        })
    }

    /// How late a slot may still be fired.
    pub fn grace(&self) -> Duration {
        match self.when {
            When::Every(interval) => interval,
            When::Cron(..) => CRON_GRACE,
        }
    }

    /// The first slot after `ms` (since 1970), if there is one.
    pub fn next_after(&self, ms: i64) -> Option<i64> {
        match &self.when {
            When::Every(interval) => {
                let interval = i64::try_from(interval.as_millis()).ok()?.max(1);
                Some((ms.div_euclid(interval) + 1) * interval)
            }
            When::Cron(cron, zone) => {
                let from = Timestamp::from_millisecond(ms).ok()?;
                Some(cron.next_after(from, zone)?.as_millisecond())
            }
        }
    }

    /// A slot as people read it: local time, to the second.
    pub fn local_time(&self, slot: i64) -> String {
        let zone = match &self.when {
            When::Every(_) => TimeZone::system(),
            When::Cron(_, zone) => zone.clone(),
        };
        time_in(zone, slot)
    }

    /// The latest slot after `last` and not after `now`, unless its grace is over.
    pub fn due(&self, last: i64, now: i64) -> Option<i64> {
        let grace = i64::try_from(self.grace().as_millis()).unwrap_or(i64::MAX);
        // Older slots are not fired, so there is no need to look at them.
        let mut from = last.max(now.saturating_sub(grace));
        let mut due = None;
        while let Some(slot) = self.next_after(from).filter(|&slot| slot <= now) {
            due = Some(slot);
            from = slot;
        }
        due
    }
}

/// A moment (ms since 1970) as people read it: local time, to the second.
pub fn local_time(ms: i64) -> String {
    time_in(TimeZone::system(), ms)
}

fn time_in(zone: TimeZone, ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(
        |_| ms.to_string(),
        |time| {
            time.to_zoned_datetime(zone)
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string()
        },
    )
}

/// The lab's own schedule: `summary` every ten seconds, `test` at 15:05.
pub fn lab(zone: &TimeZone) -> Vec<Entry> {
    let mut entries = vec![Entry {
        name: tasks::SUMMARY.to_owned(),
        task: tasks::SUMMARY.to_owned(),
        args: "{}".to_owned(),
        when: When::Every(Duration::from_secs(10)),
    }];
    if let Ok(cron) = parse_cron("5 15 * * *") {
        entries.push(Entry {
            name: tasks::TEST.to_owned(),
            task: tasks::TEST.to_owned(),
            args: "{}".to_owned(),
            when: When::Cron(Box::new(cron), zone.clone()),
        });
    }
    entries
}

/// The time zone of this name, or the system's own.
///
/// # Errors
/// A usage error for a name that the time zone database does not have.
pub fn time_zone(name: Option<&str>) -> Result<TimeZone> {
    match name {
        None => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|_| {
            Error::usage(text!(
                "no such time zone: \"{}\"",
                "nie ma takiej strefy czasowej: „{}”",
                name.escape_debug()
            ))
            .hint(text!(
                "names look like Europe/Warsaw or UTC",
                "nazwy wyglądają tak: Europe/Warsaw albo UTC"
            ))
        }),
    }
}

fn parse_cron(pattern: &str) -> Result<Cron> {
    Cron::parse(pattern).map_err(|wrong| {
        let pattern = pattern.escape_debug();
        Error::usage(Text::in_each(|lang| {
            let wrong = wrong.pick(lang);
            text!(
                lang,
                "not a cron expression: \"{pattern}\" ({wrong})",
                "to nie jest wyrażenie cron: „{pattern}” ({wrong})",
            )
        }))
        .hint(text!(
            "five fields: minute, hour, day of month, month, day of week; 5 15 * * * is 15:05 every day",
            "pięć pól: minuta, godzina, dzień miesiąca, miesiąc, dzień tygodnia; 5 15 * * * to codziennie 15:05"
        ))
    })
}

/// Reads `500ms`, `10s`, `5m`, `2h`, or a plain number of seconds.
///
/// # Errors
/// What is wrong, as a sentence.
pub fn parse_duration(text: &str) -> Result<Duration, Text> {
    let text = text.trim();
    let refused = || {
        let text = text.escape_debug();
        text!(
            "not a duration: \"{text}\"; write 500ms, 10s, 5m or 2h",
            "to nie jest czas: „{text}”; napisz 500ms, 10s, 5m albo 2h"
        )
    };
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(refused()),
    };
    number
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number * factor).ok())
        .filter(|duration| *duration <= Duration::from_secs(366 * 24 * 3600))
        .ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ZonedDateTime;

    fn warsaw() -> TimeZone {
        time_zone(Some("Europe/Warsaw")).unwrap()
    }

    fn at(text: &str) -> i64 {
        text.parse::<ZonedDateTime>()
            .unwrap()
            .timestamp()
            .as_millisecond()
    }

    fn slots(entry: &Entry, from: &str, to: &str) -> Vec<String> {
        let (mut ms, end) = (at(from), at(to));
        let mut slots = Vec::new();
        while let Some(next) = entry.next_after(ms).filter(|&next| next <= end) {
            let zoned = Timestamp::from_millisecond(next)
                .unwrap()
                .to_zoned_datetime(warsaw());
            slots.push(zoned.strftime("%m-%d %H:%M%:z").to_string());
            ms = next;
        }
        slots
    }

    #[test]
    fn an_interval_has_slots_since_1970() {
        let summary = &lab(&warsaw())[0];
        assert_eq!(summary.next_after(0), Some(10_000));
        assert_eq!(summary.next_after(9_999), Some(10_000));
        assert_eq!(summary.next_after(10_000), Some(20_000));
    }

    #[test]
    fn only_the_latest_missed_slot_is_due_and_only_within_its_grace() {
        let summary = &lab(&warsaw())[0];
        assert_eq!(summary.due(10_000, 19_999), None);
        assert_eq!(summary.due(10_000, 20_000), Some(20_000));
        // An hour without a scheduler.
        assert_eq!(summary.due(10_000, 3_609_999), Some(3_600_000));

        let test = &lab(&warsaw())[1];
        let last = at("2026-11-22T15:05[Europe/Warsaw]");
        let slot = at("2026-11-23T15:05[Europe/Warsaw]");
        assert_eq!(test.due(last, slot - 1), None);
        assert_eq!(test.due(last, slot + 4 * 60_000), Some(slot));
        assert_eq!(test.due(last, slot + 6 * 60_000), None);
    }

    #[test]
    fn five_past_three_in_the_afternoon_is_local_time_all_year() {
        let test = &lab(&warsaw())[1];
        assert_eq!(
            slots(
                test,
                "2026-03-28T00:00[Europe/Warsaw]",
                "2026-03-31T00:00[Europe/Warsaw]"
            ),
            [
                "03-28 15:05+01:00",
                "03-29 15:05+02:00",
                "03-30 15:05+02:00"
            ]
        );
        assert_eq!(
            slots(
                test,
                "2026-10-24T00:00[Europe/Warsaw]",
                "2026-10-27T00:00[Europe/Warsaw]"
            ),
            [
                "10-24 15:05+02:00",
                "10-25 15:05+01:00",
                "10-26 15:05+01:00"
            ]
        );
    }

    #[test]
    fn a_time_in_the_spring_gap_runs_after_it_and_one_in_the_autumn_overlap_once() {
        let entry = Entry::parse("night test cron 30 2 * * *", &warsaw()).unwrap();
        assert_eq!(
            slots(
                &entry,
                "2026-03-28T12:00[Europe/Warsaw]",
                "2026-03-30T12:00[Europe/Warsaw]"
            ),
            ["03-29 03:00+02:00", "03-30 02:30+02:00"]
        );
        assert_eq!(
            slots(
                &entry,
                "2026-10-24T12:00[Europe/Warsaw]",
                "2026-10-26T12:00[Europe/Warsaw]"
            ),
            ["10-25 02:30+02:00", "10-26 02:30+01:00"]
        );
    }

    #[test]
    fn bad_schedules_are_usage_errors() {
        for text in [
            "",
            "a b",
            "a b sometimes",
            "a b every",
            "a b every soon",
            "a b every 1ms",
            "a b cron 99 * * * *",
            "a b cron",
        ] {
            assert_eq!(
                Entry::parse(text, &warsaw()).unwrap_err().exit.code(),
                2,
                "{text}"
            );
        }
        assert!(time_zone(Some("Europe/Nowhere")).is_err());
    }

    #[test]
    fn durations_are_read() {
        let ms = |text| parse_duration(text).map(|d| d.as_millis());
        assert_eq!(ms("500ms"), Ok(500));
        assert_eq!(ms("10s"), Ok(10_000));
        assert_eq!(ms("1.5"), Ok(1_500));
        assert_eq!(ms("2h"), Ok(7_200_000));
        for text in ["", "s", "-1s", "1d", "1e9h", "9999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
