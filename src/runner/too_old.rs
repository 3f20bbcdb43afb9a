//! Why a server older than the lessons answered otherwise: which command or
//! option it lacks, since when Redis has it, and what to do.

use crate::conn::server::Version;
use crate::error::Error;
use catalog::lang::{Lang, Text};
use catalog::text;
use catalog::{self, Family, New};
use resp::Reply;

/// The oldest Redis whose replies the lessons show; `redis-lab check` runs
/// them on it. An older one may answer otherwise in ways that no catalogue
/// lists, such as the name of an encoding.
pub const LESSONS_SHOW: catalog::Version = catalog::Version(7, 0, 0);

/// A reply that is another because the server is too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooOld {
    /// What is missing; `None` when the lesson as a whole is newer.
    pub missing: Option<New>,
    /// The version of Redis it takes.
    pub needs: catalog::Version,
    /// The server: `Redis 6.2.14`.
    pub has: String,
}

impl TooOld {
    /// The reason why `reply` to `argv` is not as the lesson says, when it is
    /// the server's age. `argv` is empty for what arrives later.
    pub fn explains(argv: &[Vec<u8>], reply: Option<&Reply>, server: &Version) -> Option<TooOld> {
        // Valkey began as Redis 7.2: none is too old.
        let release = server.release()?;
        if release.family != Family::Redis {
            return None;
        }
        let has = release.version;
        let refused = reply.is_some_and(Reply::is_error);
        let missing = catalog::newer_than(argv, has, true)
            // A command or option that is missing is refused. One that is
            // there and answers has changed since, or had nothing to do with it.
            .filter(|newer| refused || matches!(newer.what, New::Change(_)));
        if let Some(newer) = missing {
            return Some(TooOld {
                missing: Some(newer.what),
                needs: newer.since,
                has: server.to_string(),
            });
        }
        (has < LESSONS_SHOW).then(|| TooOld {
            missing: None,
            needs: LESSONS_SHOW,
            has: server.to_string(),
        })
    }

    /// What is missing and what is there, as one sentence.
    pub fn sentence(&self, lang: Lang) -> String {
        let needs = self.needs.short();
        let has = &self.has;
        match &self.missing {
            Some(New::Command(command)) => text!(
                lang,
                "{command} needs Redis {needs} or newer; this server is {has}",
                "{command} wymaga Redisa {needs} lub nowszego; ten serwer to {has}"
            ),
            Some(New::Option(command, option)) => text!(
                lang,
                "the option {option} of {command} needs Redis {needs} or newer; this server is {has}",
                "opcja {option} polecenia {command} wymaga Redisa {needs} lub nowszego; ten serwer to {has}"
            ),
            Some(New::Change(command)) => text!(
                lang,
                "{command} works like this since Redis {needs}; this server is {has}",
                "{command} działa w ten sposób od Redisa {needs}; ten serwer to {has}"
            ),
            None => text!(
                lang,
                "the lesson shows the replies of Redis {needs} and newer; this server is {has}",
                "lekcja pokazuje odpowiedzi Redisa {needs} i nowszych; ten serwer to {has}"
            ),
        }
    }

    /// How to mend it.
    pub fn advice(lang: Lang) -> &'static str {
        lang.pick(
            "use a newer Redis, or --server builtin, which needs nothing installed",
            "użyj nowszego Redisa albo --server builtin, który nie wymaga instalacji",
        )
    }

    /// The end of a run on such a server (exit code 4). `place` is where the
    /// lesson met it first.
    pub fn error(&self, place: &str) -> Error {
        Error::server(Text::in_each(|lang| {
            let reason = self.sentence(lang);
            text!(
                lang,
                "the server is too old for this lesson: {reason} ({place})",
                "serwer jest za stary na tę lekcję: {reason} ({place})",
            )
        }))
        .hint(Text::in_each(|lang| Self::advice(lang).to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(family: Family, number: &str, line: &str, reply: &Reply) -> Option<TooOld> {
        let argv: Vec<Vec<u8>> = line.split(' ').map(|word| word.into()).collect();
        let server = Version {
            family,
            number: number.to_owned(),
        };
        TooOld::explains(&argv, Some(reply), &server)
    }

    #[test]
    fn a_missing_command_is_named_with_both_versions() {
        let unknown = Reply::Error("ERR unknown command `LMPOP`".to_owned());
        let line = "LMPOP 1 lab:l LEFT";
        let reason = on(Family::Redis, "6.2.14", line, &unknown).expect("too old");
        assert_eq!(
            reason.sentence(Lang::En),
            "LMPOP needs Redis 7.0 or newer; this server is Redis 6.2.14"
        );
        assert!(reason.sentence(Lang::Pl).contains("wymaga Redisa 7.0"));
        let error = reason.error("lessons/en/lists.md:7");
        assert_eq!(error.exit.code(), 4);
        assert!(error.message_in(Lang::Pl).contains("lessons/en/lists.md:7"));
        // Renamed by its administrator, perhaps: not a matter of age.
        assert_eq!(on(Family::Redis, "7.0.15", line, &unknown), None);
        assert_eq!(on(Family::Valkey, "7.2.4", line, &unknown), None);
        // A user who may not ask for INFO: nothing is known.
        assert_eq!(on(Family::Redis, "", line, &unknown), None);
    }

    #[test]
    fn other_surprises_of_an_old_server_are_put_down_to_its_age() {
        let ziplist = Reply::Bulk(b"ziplist".to_vec());
        let reason =
            on(Family::Redis, "6.2.14", "OBJECT ENCODING lab:h", &ziplist).expect("too old");
        assert_eq!((reason.missing, reason.needs), (None, LESSONS_SHOW));
        assert_eq!(
            on(Family::Redis, "7.0.0", "OBJECT ENCODING lab:h", &ziplist),
            None
        );
        let refused = Reply::Error("ERR Invalid stream ID specified".to_owned());
        let reason =
            on(Family::Redis, "6.2.14", "XADD lab:s 2000-* f v", &refused).expect("too old");
        assert_eq!(reason.missing, Some(New::Change("XADD".to_owned())));
    }
}
