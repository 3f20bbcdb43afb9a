//! Cron expressions: five fields, as `crontab(5)` describes them, and the
//! moments they match in a time zone.
//!
//! Ours, because the crates for it bring a stack of macros or a date library
//! of their own, and because what is wrong has to be said in two languages.
//!
//! **Daylight saving**, as Vixie's cron does it. A job for fixed hours and
//! minutes runs once: right after the gap when a spring night skips its time,
//! at the first of two when an autumn night has it twice. One whose minute or
//! hour begins with `*` follows the clock: nothing in the gap, both in the
//! overlap.

use catalog::lang::Text;
use catalog::text;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan as _};

/// How far ahead a match is looked for: 29 February on one weekday comes back
/// after at most 40 years.
const HORIZON_YEARS: i16 = 41;

/// A field of an expression, and what stands in it.
struct Field {
    /// Its name in English and in Polish.
    name: (&'static str, &'static str),
    /// The smallest and the greatest value.
    range: (u8, u8),
    /// Three-letter names of its values, from the smallest on.
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        name: ("minute", "minuta"),
        range: (0, 59),
        names: &[],
    },
    Field {
        name: ("hour", "godzina"),
        range: (0, 23),
        names: &[],
    },
    Field {
        name: ("day of month", "dzień miesiąca"),
        range: (1, 31),
        names: &[],
    },
    Field {
        name: ("month", "miesiąc"),
        range: (1, 12),
        names: &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    },
    Field {
        name: ("day of week", "dzień tygodnia"),
        // 0 and 7 are both Sunday.
        range: (0, 7),
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// What `@daily` and its like stand for.
const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    /// The values of each field, as bits.
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether a day has to match both day fields; otherwise one is enough.
    both_days: bool,
    /// Whether it follows the clock through a change of daylight saving.
    follows_clock: bool,
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub fn parse(text: &str) -> Result<Cron, Text> {
        let nickname = NICKNAMES.iter().find(|(name, _)| *name == text);
        let fields: Vec<&str> = nickname
            .map_or(text, |(_, meaning)| meaning)
            .split_ascii_whitespace()
            .collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            let count = fields.len();
            return Err(text!(
                "fields: {count} instead of 5",
                "liczba pól: {count} zamiast 5"
            ));
        };
        let weekdays = FIELDS[4].read(weekday)?;
        let cron = Cron {
            text: text.to_owned(),
            minutes: FIELDS[0].read(minute)?,
            hours: FIELDS[1].read(hour)?,
            days: FIELDS[2].read(day)?,
            months: FIELDS[3].read(month)?,
            weekdays: weekdays | (weekdays >> 7),
            both_days: day.starts_with('*') || weekday.starts_with('*'),
            follows_clock: minute.starts_with('*') || hour.starts_with('*'),
        };
        // Four years with a leap day have every date there is.
        if cron
            .search(DateTime::constant(2000, 1, 1, 0, 0, 0, 0))
            .is_none()
        {
            return Err(text!(
                "no year has such a day",
                "żaden rok nie ma takiego dnia"
            ));
        }
        Ok(cron)
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first moment after `after` that matches in this zone.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let minute = |offset: jiff::tz::Offset, time: Timestamp| {
            let time = offset.to_datetime(time);
            time.date().at(time.hour(), time.minute(), 0, 0)
        };
        let mut offset = zone.to_offset(after);
        let mut from = minute(offset, after).checked_add(1.minute()).ok()?;
        let mut since = after;
        loop {
            let found = self.search(from)?;
            if self.follows_clock {
                let next = offset.to_timestamp(found).ok()?;
                match zone.following(since).next() {
                    Some(change) if change.timestamp() <= next => {
                        since = change.timestamp();
                        offset = change.offset();
                        from = minute(offset, since);
                    }
                    _ => return Some(next),
                }
            } else {
                let next = match zone.to_ambiguous_timestamp(found).offset() {
                    AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(found).ok()?,
                    AmbiguousOffset::Fold { before, .. } => before.to_timestamp(found).ok()?,
                    AmbiguousOffset::Gap { before, .. } => {
                        let beyond = before.to_timestamp(found).ok()?;
                        let second = beyond.checked_add(1.second()).ok()?;
                        zone.preceding(second).next()?.timestamp()
                    }
                };
                if next > after {
                    return Some(next);
                }
                from = found.checked_add(1.minute()).ok()?;
            }
        }
    }

    /// The first match on a clock that is never changed, from this minute on.
    fn search(&self, from: DateTime) -> Option<DateTime> {
        let mut date = from.date();
        let mut first = (from.hour(), from.minute());
        let horizon = date.year().saturating_add(HORIZON_YEARS);
        while date.year() < horizon {
            if !has(self.months, date.month()) {
                date = date.last_of_month().tomorrow().ok()?;
                first = (0, 0);
                continue;
            }
            if self.matches_day(date) {
                for hour in (first.0..24).filter(|&hour| has(self.hours, hour)) {
                    let begin = if hour == first.0 { first.1 } else { 0 };
                    if let Some(minute) = (begin..60).find(|&minute| has(self.minutes, minute)) {
                        return Some(date.at(hour, minute, 0, 0));
                    }
                }
            }
            date = date.tomorrow().ok()?;
            first = (0, 0);
        }
        None
    }

    fn matches_day(&self, date: Date) -> bool {
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        if self.both_days {
            day && weekday
        } else {
            day || weekday
        }
    }
}

/// Whether a value is in a set of bits.
fn has(bits: u64, value: i8) -> bool {
    bits >> value & 1 == 1
}

impl Field {
    /// The values of `5`, `1-5`, `*/10`, `mon,wed-fri` as bits.
    fn read(&self, text: &str) -> Result<u64, Text> {
        let mut bits = 0;
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(step)),
                None => (part, None),
            };
            let (low, high) = match (range, range.split_once('-')) {
                ("*", _) => self.range,
                (_, Some((low, high))) => (self.value(low, part)?, self.value(high, part)?),
                (_, None) => {
                    let value = self.value(range, part)?;
                    // `5/15` counts from 5 to the end.
                    (value, if step.is_some() { self.range.1 } else { value })
                }
            };
            let step = match step {
                None => 1,
                Some(step) => step
                    .parse()
                    .ok()
                    .filter(|&step| step > 0)
                    .ok_or_else(|| self.refused(part))?,
            };
            if low > high {
                return Err(self.refused(part));
            }
            for value in (low..=high).step_by(step) {
                bits |= 1 << value;
            }
        }
        Ok(bits)
    }

    fn value(&self, text: &str, part: &str) -> Result<u8, Text> {
        let named = self
            .names
            .iter()
            .zip(self.range.0..)
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        named
            .map(|(_, value)| value)
            .or_else(|| {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                text.parse().ok().filter(|_| digits)
            })
            .filter(|value| (self.range.0..=self.range.1).contains(value))
            .ok_or_else(|| self.refused(part))
    }

    fn refused(&self, part: &str) -> Text {
        let ((english, polish), (low, high)) = (self.name, self.range);
        let part = part.escape_debug();
        text!(
            "{english}: \"{part}\" is not within {low}-{high}",
            "{polish}: „{part}” nie mieści się w {low}-{high}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ZonedDateTime;

    /// The next moments of an expression, in Warsaw.
    fn next(cron: &str, after: &str, count: usize) -> Vec<String> {
        let zone = TimeZone::get("Europe/Warsaw").unwrap();
        let cron = Cron::parse(cron).unwrap();
        let mut time = format!("{after}[Europe/Warsaw]")
            .parse::<ZonedDateTime>()
            .unwrap()
            .timestamp();
        (0..count)
            .map(|_| {
                time = cron.next_after(time, &zone).unwrap();
                let zoned = time.to_zoned_datetime(zone.clone());
                zoned.strftime("%Y-%m-%d %H:%M%:z").to_string()
            })
            .collect()
    }

    #[test]
    fn lists_ranges_steps_and_names() {
        for (cron, expected) in [
            ("* * * * *", "2026-11-29 10:31+01:00"),
            ("5 15 * * *", "2026-11-29 15:05+01:00"),
            ("30 10 * * *", "2026-11-30 10:30+01:00"),
            ("*/20 * * * *", "2026-11-29 10:40+01:00"),
            ("7/15 * * * *", "2026-11-29 10:37+01:00"),
            ("0 9-17/4 * * *", "2026-11-29 13:00+01:00"),
            ("0 0 1,15 * *", "2026-12-01 00:00+01:00"),
            ("0 0 * jan *", "2027-01-01 00:00+01:00"),
            ("0 0 31 * *", "2026-12-31 00:00+01:00"),
            ("0 12 * * MON-FRI", "2026-11-30 12:00+01:00"),
            ("0 12 * * 7", "2026-11-29 12:00+01:00"),
            ("0 12 * * sun", "2026-11-29 12:00+01:00"),
            ("0 0 29 2 *", "2028-02-29 00:00+01:00"),
            // A day of the month or a day of the week; with a star both.
            ("0 0 13 * fri", "2026-12-04 00:00+01:00"),
            ("0 0 */2 * fri", "2026-12-11 00:00+01:00"),
            ("@hourly", "2026-11-29 11:00+01:00"),
            ("@weekly", "2026-12-06 00:00+01:00"),
        ] {
            assert_eq!(next(cron, "2026-11-29T10:30:59", 1), [expected], "{cron}");
        }
    }

    #[test]
    fn fixed_times_run_once_through_a_change_of_the_clock() {
        assert_eq!(
            next("0,30 2 * * *", "2026-03-28T12:00", 2),
            ["2026-03-29 03:00+02:00", "2026-03-30 02:00+02:00"]
        );
        assert_eq!(
            next("30 2 * * *", "2026-10-24T12:00", 2),
            ["2026-10-25 02:30+02:00", "2026-10-26 02:30+01:00"]
        );
        // Asked in the second of the two hours.
        assert_eq!(
            next("30 2 * * *", "2026-10-25T02:10+01:00", 1),
            ["2026-10-26 02:30+01:00"]
        );
    }

    #[test]
    fn a_star_follows_the_clock() {
        assert_eq!(
            next("30 * * * *", "2026-03-29T00:45", 2),
            ["2026-03-29 01:30+01:00", "2026-03-29 03:30+02:00"]
        );
        assert_eq!(
            next("30 * * * *", "2026-10-25T01:45", 3),
            [
                "2026-10-25 02:30+02:00",
                "2026-10-25 02:30+01:00",
                "2026-10-25 03:30+01:00"
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (cron, part) in [
            ("", "0 instead of 5"),
            ("* * * *", "4 instead of 5"),
            ("* * * * * *", "6 instead of 5"),
            ("60 * * * *", "minute: \"60\""),
            ("* 24 * * *", "hour: \"24\""),
            ("* * 0 * *", "day of month: \"0\""),
            ("* * * 13 *", "month: \"13\""),
            ("* * * * mo", "day of week: \"mo\""),
            ("*/0 * * * *", "minute: \"*/0\""),
            ("+5 * * * *", "minute: \"+5\""),
            ("9-5 * * * *", "minute: \"9-5\""),
            (",5 * * * *", "minute: \"\""),
            ("300 * * * *", "minute: \"300\""),
            ("0 0 30 2 *", "no year"),
            ("@reboot", "1 instead of 5"),
        ] {
            let error = Cron::parse(cron).unwrap_err();
            let text = error.pick(catalog::lang::Lang::En);
            assert!(text.contains(part), "{cron}: {text}");
        }
    }
}
