//! What a reply means where all went well: the number of SADD, the place of
//! ZREVRANK, the ID of XADD and its time. `:explain` says it when asked; what is
//! surprising is said unasked and stands in the catalogue.

mod elements;
mod number;
mod options;
mod text;

pub use options::options;

use crate::conn::state::Argv;
use catalog::lang::Lang;
use resp::Reply;
use resp::split::quote;

/// What a reply says for this command, in a sentence without its end.
pub fn success(argv: &Argv, reply: &Reply, lang: Lang) -> Option<String> {
    let name = catalog::find_argv(argv)?.name;
    let asked = Asked { argv, lang };
    match reply {
        Reply::Int(n) => asked.number(name, *n),
        Reply::Status(status) => asked.status(name, status),
        Reply::Bulk(bytes) | Reply::Verbatim(_, bytes) => asked.string(name, bytes),
        Reply::Double(text) => asked.string(name, text.as_bytes()),
        Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
            asked.elements(name, items.len(), items.first())
        }
        Reply::Map(pairs) => asked.elements(name, pairs.len() * 2, None),
        Reply::Error(_) if name.starts_with("eval") || name.starts_with("fcall") => asked.say(
            "the script ended with this error, its own or one it ran into; what it wrote before stays written",
            "skrypt zakończył się tym błędem, własnym albo napotkanym; to, co zapisał wcześniej, zostaje",
        ),
        Reply::Error(_) => asked.say(
            "refused, and nothing was done; the server's words say why",
            "odmowa; nic się nie wykonało, a słowa serwera mówią dlaczego",
        ),
        Reply::Attribute(_, inner) => success(argv, inner, lang),
        _ => None,
    }
}

/// A command that was asked about.
struct Asked<'a> {
    argv: &'a Argv,
    lang: Lang,
}

impl Asked<'_> {
    /// An argument as it is read.
    fn word(&self, at: usize) -> String {
        self.argv
            .get(at)
            .map(|word| quote(word))
            .unwrap_or_default()
    }

    fn has(&self, option: &str) -> bool {
        let option = option.as_bytes();
        self.argv
            .iter()
            .any(|word| word.eq_ignore_ascii_case(option))
    }

    fn say(&self, en: &str, pl: &str) -> Option<String> {
        Some(self.lang.pick(en, pl).to_owned())
    }
}

/// So many of something, in English.
fn counted(n: u64, one: &str) -> String {
    counted_as(n, one, &format!("{one}s"))
}

/// The same of a noun whose plural is no `s` more.
fn counted_as(n: u64, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str, reply: Reply, lang: Lang) -> String {
        let argv = resp::split::split(line.as_bytes()).unwrap();
        success(&argv, &reply, lang).unwrap_or_default()
    }

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.into())
    }

    #[test]
    fn success_says_what_it_is() {
        let two = || Reply::Array(vec![bulk("a"), bulk("b")]);
        for (line, reply, en, pl) in [
            ("sadd s a b c", Reply::Int(2), "new: 2 of 3", "nowe: 2 z 3"),
            (
                "lpush l a b",
                Reply::Int(5),
                "has 5 elements now",
                "elementów listy: 5",
            ),
            (
                "exists a b b",
                Reply::Int(3),
                "3 of 3 named keys",
                "3 z 3 podanych",
            ),
            (
                "zadd z 1 a",
                Reply::Int(1),
                "new members: 1",
                "nowych elementów: 1",
            ),
            (
                "zadd z CH 1 a",
                Reply::Int(1),
                "have a new score",
                "z nowym wynikiem",
            ),
            (
                "zrevrank z a",
                Reply::Int(0),
                "0 is the first place",
                "0 to pierwsze miejsce",
            ),
            (
                "ttl k",
                Reply::Int(9),
                "k expires in 9 s",
                "k wygaśnie za 9 s",
            ),
            (
                "set k v",
                Reply::Status("OK".into()),
                "time to live too",
                "z czasem życia",
            ),
            (
                "select 3",
                Reply::Status("OK".into()),
                "database 3",
                "w bazie 3",
            ),
            (
                "object encoding k",
                bulk("intset"),
                "whole numbers",
                "liczb całkowitych",
            ),
            (
                "xadd s * a b",
                bulk("1700000000123-4"),
                "2023-11-14 22:13:20.123 UTC, and 4",
                "2023-11-14 22:13:20.123 UTC, a 4",
            ),
            (
                "xadd s 1-1 a b",
                bulk("1-1"),
                "as it was given",
                "jak podano",
            ),
            (
                "lrange l 0 -1",
                two(),
                "2 elements, from index 0 to -1",
                "elementów: 2, od indeksu 0",
            ),
            ("hgetall h", two(), "1 field, each", "pól: 1"),
            (
                "zrange z 0 -1 REV",
                two(),
                "the highest score first",
                "od najwyższego",
            ),
            (
                "xreadgroup GROUP g ala STREAMS s >",
                two(),
                "given to ala",
                "wydane: ala",
            ),
            (
                "scan 0",
                Reply::Array(vec![bulk("17"), two()]),
                "cursor 17",
                "kursorem 17",
            ),
        ] {
            for (lang, part) in [(Lang::En, en), (Lang::Pl, pl)] {
                let text = said(line, reply.clone(), lang);
                assert!(text.contains(part), "{line}: {text}");
            }
        }
    }

    #[test]
    fn each_option_that_is_given_is_explained() {
        let options = |line: &str| {
            let argv = resp::split::split(line.as_bytes()).unwrap();
            options(&argv, Lang::En).join("; ")
        };
        assert_eq!(
            options("set k nx EX 10 nx"),
            "NX: only what does not exist yet; EX 10: expires in 10 seconds"
        );
        assert_eq!(
            options("zrange z 0 -1 rev withscores"),
            "WITHSCORES: each with its score; REV: the highest first"
        );
        assert_eq!(options("get nx"), "");
        assert_eq!(options("set ex px"), "");
        assert_eq!(options("set ex px nx"), "NX: only what does not exist yet");
        assert!(options("lmove a b LEFT RIGHT").contains("LEFT: the head of the list"));
        assert!(
            options("xgroup create s g $ MKSTREAM").contains("MKSTREAM: the stream is created")
        );
    }
}
