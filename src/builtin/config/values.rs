//! Values that are more than a number or a word: sizes, save points, output
//! buffer limits.

use crate::builtin::settings::{OutputLimit, Settings};

pub(super) const NOT_INTEGER: &str = "argument couldn't be parsed into an integer";

/// A size such as `100mb`; units as Redis reads them (k is 1000, kb is 1024).
pub(super) fn memory(text: &str) -> Option<i64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1_000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

pub(super) fn save_points(text: &str, _: &Settings) -> Result<String, String> {
    let numbers: Vec<_> = text.split_ascii_whitespace().collect();
    let valid = |pair: &[&str]| {
        let number = |i: usize| pair.get(i).and_then(|n| n.parse::<i64>().ok());
        matches!((number(0), number(1)), (Some(1..), Some(0..)))
    };
    if numbers.len() % 2 == 0 && numbers.chunks(2).all(valid) {
        Ok(numbers.join(" "))
    } else {
        Err("Invalid save parameters".into())
    }
}

fn parse_output_limits(text: &str) -> Result<Vec<(String, OutputLimit)>, String> {
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    if words.len() % 4 != 0 || words.is_empty() {
        return Err("Wrong number of arguments in buffer limit configuration.".into());
    }
    words
        .chunks(4)
        .map(|chunk| {
            let class = chunk[0].to_ascii_lowercase();
            if !["normal", "slave", "replica", "pubsub"].contains(&class.as_str()) {
                return Err("Invalid client class specified in buffer limit configuration.".into());
            }
            let bytes = |text| memory(text).and_then(|n| usize::try_from(n).ok());
            let seconds = chunk[3].parse().ok().filter(|n: &i64| *n >= 0);
            match (bytes(chunk[1]), bytes(chunk[2]), seconds) {
                (Some(hard), Some(soft), Some(soft_seconds)) => Ok((
                    class,
                    OutputLimit {
                        hard,
                        soft,
                        soft_seconds,
                    },
                )),
                _ => Err(
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration."
                        .into(),
                ),
            }
        })
        .collect()
}

pub(super) fn output_limits(text: &str, _: &Settings) -> Result<String, String> {
    parse_output_limits(text).map(|_| text.to_string())
}

pub(super) fn set_output_limits(settings: &mut Settings, text: &str) {
    for (class, limit) in parse_output_limits(text).unwrap_or_default() {
        match class.as_str() {
            "normal" => settings.output_limit_normal = limit,
            "pubsub" => settings.output_limit_pubsub = limit,
            _ => settings.output_limit_replica = limit,
        }
    }
}

pub(super) fn output_limits_text(settings: &Settings) -> String {
    let show = |class: &str, limit: &OutputLimit| {
        format!(
            "{class} {} {} {}",
            limit.hard, limit.soft, limit.soft_seconds
        )
    };
    [
        show("normal", &settings.output_limit_normal),
        show("slave", &settings.output_limit_replica),
        show("pubsub", &settings.output_limit_pubsub),
    ]
    .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_kinds_of_units() {
        assert_eq!(memory("100mb"), Some(104_857_600));
        assert_eq!(memory("1g"), Some(1_000_000_000));
        assert_eq!(memory("12"), Some(12));
        assert_eq!(memory("abc"), None);
        assert_eq!(memory("9223372036854775807gb"), None);
    }
}
