//! Values that are more than a number or a word: sizes, save points, output
//! buffer limits.

use crate::state::oom_score::Adjust;
use crate::state::persistence::SavePoint;
use crate::state::settings::{ClientsLimit, OutputLimit, Settings, Shutdown};
use crate::wire::number;

pub(super) const NOT_INTEGER: &str = "argument couldn't be parsed into an integer";

pub(super) const NOT_MEMORY: &str = "argument must be a memory value";

pub(super) const NO_DEFRAGMENTATION: &str = "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the one shipped by default with the Redis source distribution";

pub(super) const NO_TLS: &str = "Unable to update TLS configuration. Check server logs.";

pub(super) const NO_LISTENING: &str = "Unable to listen on this port. Check server logs.";

/// A size such as `100mb`; units as Redis reads them (k is 1000, kb is 1024), and
/// no digits are a 0. What is too much is the most there is.
pub(super) fn memory(text: &str) -> Option<u64> {
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
    // Digits that are no number are too many.
    let number = match number {
        "" => 0,
        digits => digits.parse().unwrap_or(u64::MAX),
    };
    Some(number.saturating_mul(unit))
}

/// A size, or a percentage of `maxmemory`.
pub(super) fn parse_clients_limit(text: &str) -> Result<ClientsLimit, String> {
    const NEITHER: &str = "argument must be a memory or percent value";
    if let Some(percent) = text.strip_suffix('%') {
        return match percent.parse() {
            Ok(percent @ ..=100) => Ok(ClientsLimit::Percent(percent)),
            Ok(_) => Err("percentage argument must be less or equal to 100".into()),
            Err(_) => Err(NEITHER.into()),
        };
    }
    memory(text)
        .map(ClientsLimit::Bytes)
        .ok_or_else(|| NEITHER.into())
}

pub(super) fn clients_limit_text(limit: ClientsLimit) -> String {
    match limit {
        ClientsLimit::Bytes(bytes) => bytes.to_string(),
        ClientsLimit::Percent(percent) => format!("{percent}%"),
    }
}

/// Save points, each a number of seconds and one of changes; none at all is
/// allowed.
pub(super) fn parse_save_points(text: &str) -> Option<Vec<SavePoint>> {
    let numbers: Vec<_> = text.split_ascii_whitespace().collect();
    let point = |pair: &[&str]| {
        let [seconds, changes] = pair else {
            return None;
        };
        Some(SavePoint {
            seconds: seconds.parse().ok().filter(|seconds| *seconds >= 1)?,
            changes: changes.parse().ok()?,
        })
    };
    numbers.chunks(2).map(point).collect()
}

pub(super) fn save_points_text(points: &[SavePoint]) -> String {
    let shown = points.iter();
    let shown: Vec<String> = shown
        .map(|point| format!("{} {}", point.seconds, point.changes))
        .collect();
    shown.join(" ")
}

pub(super) fn save_points(text: &str, _: &Settings) -> Result<String, String> {
    parse_save_points(text)
        .map(|points| save_points_text(&points))
        .ok_or_else(|| "Invalid save parameters".into())
}

fn is_name(text: &str) -> bool {
    text != ".." && !text.contains(['/', '\\'])
}

/// The name of a file, without a folder.
pub(super) fn file_name(text: &str, _: &Settings) -> Result<String, String> {
    if text.is_empty() || !is_name(text) {
        return Err("dbfilename can't be a path, just a filename".into());
    }
    Ok(text.to_string())
}

/// `appendfilename` (of a file) or `appenddirname` (of a directory).
pub(super) fn log_name(parameter: &str, of: &str, text: &str) -> Result<String, String> {
    match text {
        "" => Err(format!("{parameter} can't be empty")),
        _ if !is_name(text) => Err(format!("{parameter} can't be a path, just a {of}name")),
        _ => Ok(text.to_string()),
    }
}

/// `bind`: the most addresses are Redis's.
pub(super) fn bind(text: &str, _: &Settings) -> Result<String, String> {
    let addresses: Vec<&str> = text.split_ascii_whitespace().collect();
    if addresses.len() > 16 {
        return Err("Too many bind addresses specified.".into());
    }
    Ok(addresses.join(" "))
}

/// `oom-score-adj`.
pub(super) fn adjust(text: &str) -> Result<Adjust, String> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "no" => Adjust::No,
        "yes" | "relative" => Adjust::Relative,
        "absolute" => Adjust::Absolute,
        _ => {
            return Err(
                "argument(s) must be one of the following: no, yes, relative, absolute".into(),
            );
        }
    })
}

/// `oom-score-adj-values`: of a master, of a replica, of a child that saves.
pub(super) fn oom_values(text: &str) -> Result<[i32; 3], String> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let words: [&str; 3] = words.try_into().map_err(|_| "wrong number of arguments")?;
    let mut values = [0; 3];
    for (value, word) in values.iter_mut().zip(words) {
        *value = word
            .parse()
            .ok()
            .filter(|value| (-2000..=2000).contains(value))
            .ok_or("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")?;
    }
    Ok(values)
}

pub(super) fn oom_values_text(values: [i32; 3]) -> String {
    values.map(|value| value.to_string()).join(" ")
}

/// `proc-title-template`: the names in braces are known ones, and something is left.
pub(super) fn title_template(text: &str, _: &Settings) -> Result<String, String> {
    const NAMES: [&str; 7] = [
        "title",
        "listen-addr",
        "server-mode",
        "port",
        "tls-port",
        "config-file",
        "unixsocket",
    ];
    let mut rest = text;
    let is_valid = loop {
        let Some((_, after)) = rest.split_once('{') else {
            break !text.trim_matches(' ').is_empty();
        };
        rest = match (after.strip_prefix('{'), after.split_once('}')) {
            // A brace.
            (Some(rest), _) => rest,
            (None, Some((name, rest))) if NAMES.contains(&name) => rest,
            _ => break false,
        };
    };
    is_valid
        .then(|| text.to_string())
        .ok_or_else(|| "template format is invalid or contains unknown variables".into())
}

/// `cluster-announce-hostname`.
pub(super) fn hostname(text: &str, _: &Settings) -> Result<String, String> {
    if text.len() >= 256 {
        return Err("Hostnames must be less than 256 characters".into());
    }
    if text.contains(|c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c)) {
        return Err("Hostnames may only contain alphanumeric characters, hyphens or dots".into());
    }
    Ok(text.to_string())
}

/// `cluster-announce-human-nodename`.
pub(super) fn node_name(text: &str, _: &Settings) -> Result<String, String> {
    if text.contains(|c| "!#$%&()*+:;<>?@[]^{|}~".contains(c)) {
        return Err("Announced human node name contained invalid character".into());
    }
    Ok(text.to_string())
}

/// `locale-collate`: texts are compared by their bytes.
pub(super) fn locale(text: &str, _: &Settings) -> Result<String, String> {
    match text {
        "" | "C" | "POSIX" => Ok(text.to_string()),
        _ => Err("Invalid locale name".into()),
    }
}

const SHUTDOWN: &[&str] = &["default", "save", "nosave", "now", "force"];

pub(super) fn parse_shutdown(text: &str) -> Result<Shutdown, String> {
    let mut how = Shutdown::default();
    let words: Vec<String> = text
        .split_ascii_whitespace()
        .map(str::to_ascii_lowercase)
        .collect();
    if words.is_empty() || words.iter().any(|word| !SHUTDOWN.contains(&word.as_str())) {
        let words = SHUTDOWN.join(", ");
        return Err(format!("argument(s) must be one of the following: {words}"));
    }
    for word in words {
        match word.as_str() {
            "now" => how.now = true,
            "force" => how.force = true,
            "default" => {}
            word => {
                let save = word == "save";
                if how.save.is_some_and(|before| before != save) {
                    let why = "shutdown options SAVE and NOSAVE can't be used simultaneously";
                    return Err(why.into());
                }
                how.save = Some(save);
            }
        }
    }
    Ok(how)
}

pub(super) fn shutdown_text(how: Shutdown) -> String {
    let words = [
        (how.save == Some(true), "save"),
        (how.save == Some(false), "nosave"),
        (how.now, "now"),
        (how.force, "force"),
    ];
    let words: Vec<&str> = words
        .into_iter()
        .filter_map(|(is, word)| is.then_some(word))
        .collect();
    if words.is_empty() {
        "default".into()
    } else {
        words.join(" ")
    }
}

pub(super) fn shutdown(text: &str, _: &Settings) -> Result<String, String> {
    parse_shutdown(text).map(shutdown_text)
}

fn parse_output_limits(text: &str) -> Result<Vec<(String, OutputLimit)>, String> {
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    if words.len() % 4 != 0 {
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

/// Percentiles for INFO's `latencystats`, one space between two; none at all
/// is allowed.
pub(super) fn parse_percentiles(text: &str) -> Result<Vec<f64>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(' ')
        .map(|word| {
            let percent = number::parse_f64(word.as_bytes())
                .ok_or("Invalid latency-tracking-info-percentiles parameters")?;
            if (0.0..=100.0).contains(&percent) {
                Ok(percent)
            } else {
                Err(
                    "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
                        .into(),
                )
            }
        })
        .collect()
}

pub(super) fn percentiles(text: &str, _: &Settings) -> Result<String, String> {
    parse_percentiles(text).map(|percentiles| percentiles_text(&percentiles))
}

pub(super) fn percentiles_text(percentiles: &[f64]) -> String {
    let shown: Vec<String> = percentiles.iter().map(|p| percentile_text(*p)).collect();
    shown.join(" ")
}

/// A percentile with at most six digits after the point.
pub fn percentile_text(percentile: f64) -> String {
    let text = format!("{percentile:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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
        assert_eq!(memory("9223372036854775807gb"), Some(u64::MAX));
        assert_eq!(memory("99999999999999999999"), Some(u64::MAX));
        assert_eq!(memory(""), Some(0));
        assert_eq!(memory("-1"), None);
    }
    #[test]
    fn the_limit_of_clients_may_be_a_percentage() {
        let text = |given: &str| parse_clients_limit(given).map(clients_limit_text);
        assert_eq!(text("7%"), Ok("7%".into()));
        assert_eq!(text("1kb"), Ok("1024".into()));
        assert!(text("101%").is_err_and(|why| why.contains("less or equal")));
        assert!(text("-1%").is_err());
        assert!(text("x").is_err());
    }

    #[test]
    fn percentiles_are_numbers_up_to_a_hundred() {
        let text = |given: &str| parse_percentiles(given).map(|p| percentiles_text(&p));
        assert_eq!(text("50 99.90 100"), Ok("50 99.9 100".into()));
        assert_eq!(text(""), Ok(String::new()));
        assert!(text("50  99").is_err());
        assert!(text("101").is_err());
    }
}
