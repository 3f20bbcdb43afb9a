//! Why Redis gave nothing, in words: a full Redis is full, a replica is a
//! replica, and only a Redis that does not answer "cannot be reached".

use crate::error::Error;
use catalog::lang::{Lang, Text};
use catalog::text;

/// Why a call to Redis gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkError {
    /// The connection could not be made or was lost.
    Lost(Loss),
    /// The server answered with an error, for example `NOGROUP ...`.
    Refused(String),
}

/// How a connection was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// No server listens at the address.
    NobodyListens,
    /// It did not answer in time.
    TimedOut,
    /// The connection was closed.
    Closed,
    /// None of the sentinels knows a master that answers.
    NoMaster,
    /// Something else; holds the words of the system or of the client library.
    Other(String),
}

impl Loss {
    pub(super) fn of(error: &redis::RedisError) -> Loss {
        if error.is_connection_refusal() {
            Loss::NobodyListens
        } else if error.is_timeout() {
            Loss::TimedOut
        } else if error.is_connection_dropped() {
            Loss::Closed
        } else {
            Loss::Other(error.to_string())
        }
    }
}

/// What state of the server its error tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It does not answer.
    Gone,
    /// Its memory limit is reached.
    Full,
    /// It is a replica.
    ReadOnly,
    /// It reads its data after a start, or waits for its master's.
    Loading,
    /// It cannot save, or has too few replicas, and takes no writes therefore.
    Unsafe,
    /// It is a node of a cluster that does not hold these keys.
    Cluster,
    /// It wants another login.
    Login,
    /// Anything else.
    Refusing,
}

impl Condition {
    /// One word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Condition::Gone => "gone",
            Condition::Full => "full",
            Condition::ReadOnly => "read-only",
            Condition::Loading => "loading",
            Condition::Unsafe => "unsafe",
            Condition::Cluster => "cluster",
            Condition::Login => "login",
            Condition::Refusing => "refusing",
        }
    }
}

impl LinkError {
    /// Whether Redis could not be reached at all.
    pub fn is_lost(&self) -> bool {
        matches!(self, LinkError::Lost(_))
    }

    /// What state of the server it tells of.
    pub fn condition(&self) -> Condition {
        match self {
            LinkError::Lost(_) => Condition::Gone,
            LinkError::Refused(text) => match code(text) {
                "OOM" => Condition::Full,
                "READONLY" | "UNBLOCKED" => Condition::ReadOnly,
                "LOADING" | "MASTERDOWN" => Condition::Loading,
                "MISCONF" | "NOREPLICAS" => Condition::Unsafe,
                "MOVED" | "ASK" | "CROSSSLOT" | "CLUSTERDOWN" => Condition::Cluster,
                "NOAUTH" | "WRONGPASS" | "NOPERM" => Condition::Login,
                _ => Condition::Refusing,
            },
        }
    }

    /// What went wrong, in this language.
    pub fn text(&self, lang: Lang) -> String {
        let text = match self {
            LinkError::Lost(loss) => return loss.text(lang),
            LinkError::Refused(text) => text.escape_debug(),
        };
        match self.condition() {
            Condition::Full => lang
                .pick(
                    "Redis is full: it has reached its memory limit (maxmemory)",
                    "Redis jest pełny: osiągnął limit pamięci (maxmemory)",
                )
                .to_owned(),
            Condition::ReadOnly => lang
                .pick(
                    "this Redis is a replica and takes no writes",
                    "ten Redis jest repliką i nie przyjmuje zapisów",
                )
                .to_owned(),
            Condition::Loading => lang
                .pick(
                    "Redis is still loading its data",
                    "Redis jeszcze wczytuje swoje dane",
                )
                .to_owned(),
            Condition::Unsafe => text!(
                lang,
                "Redis takes no writes, since it could not keep them: {text}",
                "Redis nie przyjmuje zapisów, bo nie mógłby ich zachować: {text}"
            ),
            Condition::Cluster => lang
                .pick(
                    "this is a node of a Redis Cluster, where keys that belong together are not on one node",
                    "to węzeł klastra (Redis Cluster), a w nim klucze, które należą do siebie, nie leżą razem",
                )
                .to_owned(),
            Condition::Login => text!(
                lang,
                "Redis does not let this user do it: {text}",
                "Redis nie pozwala na to temu użytkownikowi: {text}"
            ),
            Condition::Gone | Condition::Refusing => {
                text!(lang, "Redis refused: {text}", "Redis odmówił: {text}")
            }
        }
    }
}

impl Loss {
    fn text(&self, lang: Lang) -> String {
        let reason = match self {
            Loss::NobodyListens => {
                lang.pick("no server listens there", "pod tym adresem nie ma serwera")
            }
            Loss::TimedOut => lang.pick("it did not answer in time", "nie odpowiedział na czas"),
            Loss::Closed => lang.pick("the connection was closed", "połączenie zostało zamknięte"),
            Loss::NoMaster => lang.pick(
                "the sentinels know no master that answers",
                "sentinele nie znają mastera, który odpowiada",
            ),
            Loss::Other(text) => &text.escape_debug().to_string(),
        };
        text!(
            lang,
            "Redis cannot be reached: {reason}",
            "Redis jest niedostępny: {reason}"
        )
    }
}

impl From<LinkError> for Error {
    fn from(error: LinkError) -> Self {
        Error::server(Text::in_each(|lang| error.text(lang)))
    }
}

/// The code of an error: its first word, or that of the command's error which
/// an old Redis wraps when a script ran into it
/// (`ERR Error running script (...): ... -OOM command not allowed ...`).
pub(super) fn code(text: &str) -> &str {
    let is_code = |word: &&str| word.len() > 2 && word.bytes().all(|b| b.is_ascii_uppercase());
    let mut words = text.split([' ', ':']);
    let first = words.next().unwrap_or_default();
    if first != "ERR" {
        return first;
    }
    words
        .filter_map(|word| word.strip_prefix('-'))
        .find(is_code)
        .unwrap_or(first)
}

/// Whether an error says that this connection leads to a server which is not
/// the master, or not yet: another connection may lead to the right one.
pub(super) fn is_wrong_server(text: &str) -> bool {
    matches!(
        code(text),
        "READONLY" | "MASTERDOWN" | "LOADING" | "UNBLOCKED"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_servers_condition_in_both_languages() {
        let wrapped = "ERR Error running script (call to f_1): @user_script:3: \
                       @user_script: 3: -OOM command not allowed when used memory > 'maxmemory'.";
        for (text, condition, polish) in [
            ("OOM command not allowed", Condition::Full, "pełny"),
            (wrapped, Condition::Full, "pełny"),
            (
                "READONLY You can't write against a read only replica.",
                Condition::ReadOnly,
                "repliką",
            ),
            (
                "UNBLOCKED force unblock from blocking operation",
                Condition::ReadOnly,
                "repliką",
            ),
            (
                "LOADING Redis is loading the dataset in memory",
                Condition::Loading,
                "wczytuje",
            ),
            ("MOVED 866 127.0.0.1:7001", Condition::Cluster, "klastra"),
            ("ERR unknown command", Condition::Refusing, "odmówił"),
        ] {
            let error = LinkError::Refused(text.to_owned());
            assert_eq!(error.condition(), condition, "{text}");
            assert!(error.text(Lang::Pl).contains(polish), "{text}");
            assert!(
                !error.text(Lang::En).contains("cannot be reached"),
                "{text}"
            );
        }
    }

    #[test]
    fn nothing_raw_reaches_the_terminal() {
        for error in [
            LinkError::Refused("ERR \x1b[31mred".to_owned()),
            LinkError::Lost(Loss::Other("\x1b]0;title\x07".to_owned())),
        ] {
            for lang in [Lang::En, Lang::Pl] {
                assert!(!error.text(lang).contains('\x1b'), "{error:?}");
            }
        }
    }
}
