//! Comments with a meaning: `<!-- pause -->`, `<!-- wait: 1200ms -->`,
//! `<!-- note: ... (2 min) -->`, `<!-- part: zsets -->`, `<!-- learned: ... -->`,
//! and below the title `<!-- about: ... -->`, `<!-- needs: redis 7.4, valkey 9 -->`,
//! `<!-- servers: primary 7001 -->` and `<!-- own server: ... -->`.

use super::commands::is_id;
use crate::lesson::head::planned;
use crate::lesson::{LessonServer, Note};
use catalog::lang::Text;
use catalog::{Since, Version, text};
use std::time::Duration;

/// What a comment asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Pause,
    Wait(Duration),
    Note(String, u32),
    Part(String),
    Learned(String),
    About(String),
    Needs(Since),
    OwnServer(String),
    Servers(Vec<LessonServer>),
}

impl Directive {
    /// The note of a `note:` comment.
    pub(super) fn note(text: String, minutes: u32) -> Note {
        Note { text, minutes }
    }
}

const NAMES: [&str; 9] = [
    "pause",
    "wait",
    "note",
    "part",
    "learned",
    "about",
    "needs",
    "own server",
    "servers",
];

/// The longest a lesson may make a learner wait at once.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Reads a comment's inside. A comment that is none of ours is an error too:
/// a misspelt directive must not silently do nothing.
pub(super) fn read(comment: &str) -> Result<Directive, Text> {
    let words = comment.split_whitespace().collect::<Vec<_>>().join(" ");
    let (name, value) = match words.split_once(':') {
        Some((name, value)) => (name.trim(), value.trim()),
        None => (words.as_str(), ""),
    };
    let directive = match name {
        "pause" if value.is_empty() => return Ok(Directive::Pause),
        "wait" => Directive::Wait(duration(value)?),
        "note" => {
            let (text, minutes) = planned(value);
            Directive::Note(text.to_owned(), minutes)
        }
        "part" => Directive::Part(value.to_owned()),
        "learned" => Directive::Learned(value.to_owned()),
        "about" => Directive::About(value.to_owned()),
        "needs" => Directive::Needs(needs(value)?),
        "own server" => Directive::OwnServer(value.to_owned()),
        "servers" => Directive::Servers(servers(value)?),
        _ => {
            let close = NAMES
                .into_iter()
                .find(|known| strsim::damerau_levenshtein(known, name) <= 2);
            return Err(match close {
                Some(known) => text!(
                    "unknown comment \"{name}\"; did you mean \"{known}\"?",
                    "nieznany komentarz „{name}”; może „{known}”?"
                ),
                None => text!(
                    "unknown comment \"{name}\"; the known ones are {}",
                    "nieznany komentarz „{name}”; znane to {}",
                    NAMES.join(", ")
                ),
            });
        }
    };
    if value.is_empty() {
        return Err(text!(
            "<!-- {name}: ... --> needs a text",
            "w <!-- {name}: ... --> brakuje tekstu"
        ));
    }
    Ok(directive)
}

fn duration(text: &str) -> Result<Duration, Text> {
    let parsed = if let Some(number) = text.strip_suffix("ms") {
        number.trim().parse().ok().map(Duration::from_millis)
    } else if let Some(number) = text.strip_suffix('s') {
        let seconds: Option<f64> = number.trim().parse().ok();
        seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    } else {
        None
    };
    match parsed {
        Some(duration) if duration <= LONGEST_WAIT => Ok(duration),
        Some(_) => Err(text!(
            "a wait of {text}; the longest is {} s",
            "czekanie {text}; najdłuższe to {} s",
            LONGEST_WAIT.as_secs()
        )),
        None => Err(text!(
            "a wait is written 1200ms or 1.2s, not \"{text}\"",
            "czekanie pisze się 1200ms albo 1.2s, a nie „{text}”"
        )),
    }
}

/// `redis 7.4, valkey 9`: from which version on each has what a lesson shows;
/// one that is not named does not.
fn needs(text: &str) -> Result<Since, Text> {
    let wrong = || {
        text!(
            "needs are written \"redis 7.4, valkey 9\", not \"{text}\"",
            "wymagania pisze się „redis 7.4, valkey 9”, a nie „{text}”"
        )
    };
    let mut needs = Since {
        redis: None,
        valkey: None,
    };
    for part in text.split(',') {
        let (name, version) = part.trim().split_once(' ').ok_or_else(wrong)?;
        let of_family = match name.to_ascii_lowercase().as_str() {
            "redis" => &mut needs.redis,
            "valkey" => &mut needs.valkey,
            _ => return Err(wrong()),
        };
        let version = Version::parse(version.trim()).ok_or_else(wrong)?;
        if of_family.replace(version).is_some() {
            return Err(wrong());
        }
    }
    Ok(needs)
}

/// `primary 7001, replica 7002`, each with a name and a port of its own.
fn servers(text: &str) -> Result<Vec<LessonServer>, Text> {
    let servers: Vec<LessonServer> = text
        .split(',')
        .map(LessonServer::read)
        .collect::<Result<_, _>>()?;
    for (index, server) in servers.iter().enumerate() {
        let is_same = |other: &LessonServer| other.name == server.name || other.port == server.port;
        if !is_id(&server.name) || servers[..index].iter().any(is_same) {
            return Err(text!(
                "servers have names and ports of their own, in lower-case letters, digits and dashes: \"{}\"",
                "każdy serwer ma własną nazwę z małych liter, cyfr i kresek, i własny port: „{}”",
                server.name
            ));
        }
    }
    Ok(servers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::lang::Lang;

    #[test]
    fn directives_are_read_and_misspelt_ones_refused() {
        assert_eq!(read(" pause "), Ok(Directive::Pause));
        assert_eq!(
            read("wait: 1.5s"),
            Ok(Directive::Wait(Duration::from_millis(1500)))
        );
        assert_eq!(
            read("note: Ask (now): why?\n So. (2 min)"),
            Ok(Directive::Note("Ask (now): why? So.".into(), 2))
        );
        let refusal = |comment| read(comment).unwrap_err().pick(Lang::En).to_owned();
        assert!(refusal("pasue").contains("did you mean \"pause\""));
        assert_eq!(
            read("needs: redis 7.4, valkey 9"),
            Ok(Directive::Needs(Since {
                redis: Some(Version(7, 4, 0)),
                valkey: Some(Version(9, 0, 0)),
            }))
        );
        for wrong in [
            "needs: redis",
            "needs: memcached 1",
            "needs: redis x",
            "needs: redis 7, redis 8",
        ] {
            assert!(refusal(wrong).contains("redis 7.4, valkey 9"), "{wrong}");
        }
        assert_eq!(
            read(" own server: it fills\nits memory "),
            Ok(Directive::OwnServer("it fills its memory".into()))
        );
        assert!(refusal("own server").contains("needs a text"));
        assert!(refusal("own-server: x").contains("did you mean \"own server\""));
        assert!(read("wait: 3").is_err());
        assert!(read("wait: 1h").is_err());
        assert!(read("part:").is_err());
    }
}
