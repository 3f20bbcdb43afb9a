//! The quiet hint: one sentence on what a reply means for this command, where
//! the reply alone leaves a learner wondering.

use super::commands::Commands;
use super::line::Typed;
use crate::conn::state::name_of;
use catalog::lang::Lang;
use catalog::text;
use catalog::{self, Release, Since};
use resp::Reply;
use resp::split;
use std::time::Duration;

/// Servers count a timeout in milliseconds of a clock read now and then, so
/// its end can come that much early.
const CLOCK_STEP: Duration = Duration::from_millis(10);

/// One sentence about a surprising reply that took so long; `None` for
/// ordinary ones. Where text beyond ASCII is `readable` as it was shown, it is
/// no surprise.
pub fn quiet_hint(
    argv: &[Vec<u8>],
    reply: &Reply,
    took: Duration,
    readable: bool,
    commands: &Commands,
    lang: Lang,
) -> Option<String> {
    let own = match reply {
        Reply::Nil if longest_wait(argv).is_some_and(|longest| took + CLOCK_STEP < longest) => {
            Some(
                lang.pick(
                    "the wait was ended before its time (Ctrl-C, or CLIENT UNBLOCK)",
                    "czekanie przerwano przed czasem (Ctrl-C albo CLIENT UNBLOCK)",
                )
                .to_owned(),
            )
        }
        Reply::Error(text) => about_error(argv, text, commands, lang),
        Reply::Bulk(bytes) if !readable => about_text(bytes, lang),
        _ => None,
    };
    own.or_else(|| {
        let [en, pl] = catalog::meaning(argv, reply)?;
        Some(lang.pick(en, pl).to_owned())
    })
}

/// How long a blocking command waits at most when nothing comes: a timeout of
/// 0 means for ever. `None` when the command does not wait.
fn longest_wait(argv: &[Vec<u8>]) -> Option<Duration> {
    let number =
        |at: usize| -> Option<f64> { std::str::from_utf8(argv.get(at)?).ok()?.parse().ok() };
    let seconds = match name_of(argv).as_str() {
        "blpop" | "brpop" | "bzpopmin" | "bzpopmax" | "blmove" | "brpoplpush" => {
            number(argv.len() - 1)?
        }
        "blmpop" | "bzmpop" => number(1)?,
        "xread" | "xreadgroup" => {
            let block = argv
                .iter()
                .position(|word| word.eq_ignore_ascii_case(b"block"))?;
            number(block + 1)? / 1000.0
        }
        _ => return None,
    };
    if seconds == 0.0 {
        return Some(Duration::MAX);
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// Text beyond ASCII is shown in escapes, as redis-cli does; say what it reads.
fn about_text(bytes: &[u8], lang: Lang) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let foreign = !text.is_ascii();
    let shown = text.chars().count() <= 200 && !text.chars().any(|c| c.is_control() && c != '\n');
    (foreign && shown).then(|| {
        lang.pick(
            format!("these bytes are UTF-8 text: {text}"),
            format!("te bajty to tekst w UTF-8: {text}"),
        )
    })
}

/// Whether what the server is would explain this reply.
pub fn is_of_the_server(reply: &Reply) -> bool {
    let refusals = [
        "unknown command",
        "unknown subcommand",
        "syntax error",
        "wrong number",
    ];
    matches!(reply, Reply::Error(text) if refusals.iter().any(|words| {
        text.to_ascii_lowercase().contains(words)
    }))
}

/// What the catalogue cannot know: the command that was meant, its syntax,
/// what this server is without.
fn about_error(argv: &[Vec<u8>], text: &str, commands: &Commands, lang: Lang) -> Option<String> {
    let release = commands.release();
    if text.contains("unknown command") {
        return unknown_command(argv, release, lang);
    }
    if text.to_ascii_lowercase().contains("unknown subcommand") {
        let parent = commands.find(&name_of(argv))?;
        let typed = argv.get(1)?;
        let of_catalogue = catalog::by_name(parent.name.as_bytes());
        if let Some(sub) = of_catalogue.and_then(|parent| parent.subcommand(typed)) {
            return Some(needs(&sub.display_name(), sub.since, release, lang));
        }
        let typed = String::from_utf8_lossy(typed).into_owned();
        let meant = parent.suggest_subcommand(&typed)?.display_name();
        return Some(did_you_mean(&meant, lang));
    }
    if text.contains("wrong number of arguments") || text.contains("syntax error") {
        if let Some((command, option, since)) =
            release.and_then(|release| catalog::missing_option(argv, release))
        {
            let what = format!("{} {option}", command.display_name());
            return Some(needs(&what, since, release, lang));
        }
        let syntax = commands.find_argv(argv)?.syntax();
        return Some(text!(lang, "the syntax is {syntax}", "składnia: {syntax}"));
    }
    if text.contains("only (P|S)SUBSCRIBE") {
        let text = lang.pick(
            "in RESP2 a subscribed connection only listens: UNSUBSCRIBE first, or HELLO 3, which allows both",
            "w RESP2 połączenie z subskrypcją tylko słucha: zrób UNSUBSCRIBE albo HELLO 3, które pozwala na jedno i drugie",
        );
        return Some(text.to_owned());
    }
    None
}

fn unknown_command(argv: &[Vec<u8>], release: Option<Release>, lang: Lang) -> Option<String> {
    let typed = String::from_utf8_lossy(argv.first()?).into_owned();
    let name = typed.to_ascii_uppercase();
    if let Some(command) = catalog::find(&typed).filter(|command| !command.is_subcommand()) {
        return Some(needs(&name, command.since, release, lang));
    }
    if let Some(later) = catalog::later(&typed) {
        let since = Since {
            redis: Some(later.since),
            valkey: None,
        };
        let why = needs(&name, since, release, lang);
        return Some(format!("{why}. {}", later.summary(lang)));
    }
    if let Some(module) = catalog::module(&typed) {
        let (module, with) = (module.name, module.comes_with);
        return Some(text!(
            lang,
            "{name} is of the module {module}, which this server does not have; these come with it: {with}",
            "{name} należy do modułu {module}, którego ten serwer nie ma; mają go: {with}"
        ));
    }
    Some(did_you_mean(
        &catalog::suggest(&typed)?.display_name(),
        lang,
    ))
}

/// Why a server does not have something that others have: who has it, since
/// when, and what this one is.
fn needs(what: &str, since: Since, release: Option<Release>, lang: Lang) -> String {
    let has = since.in_words(lang);
    match release {
        Some(release) if !release.has(since) => text!(
            lang,
            "{what} needs {has}; this server is {release}",
            "{what} wymaga: {has}; ten serwer to {release}"
        ),
        _ => text!(
            lang,
            "{what} is there since {has}: this server does without it, or its administrator took it away",
            "{what} jest od wersji {has}: ten serwer tego nie ma albo administrator to wyłączył"
        ),
    }
}

fn did_you_mean(meant: &str, lang: Lang) -> String {
    lang.pick(
        format!("did you mean {meant}?"),
        format!("może chodziło o {meant}?"),
    )
}

/// The hint for a line that cannot be split, with what to type instead where
/// the shell can tell: JSON wants single quotes around it.
pub fn about_unreadable(line: &str, error: &split::SplitError, lang: Lang) -> String {
    if let Some(mended) = quote_json(line) {
        return lang.pick(
            format!("quotes inside a value end it; put single quotes around the whole: {mended}"),
            format!("cudzysłów w środku kończy wartość; ujmij całość w apostrofy: {mended}"),
        );
    }
    if error.needs_more() {
        return lang
            .pick("a quote is not closed", "cudzysłów nie jest zamknięty")
            .to_owned();
    }
    lang.pick(
        "a blank must follow a closing quote; inside double quotes write \\\" for a quote",
        "po zamykającym cudzysłowie musi stać odstęp; w środku cudzysłowu pisz \\\"",
    )
    .to_owned()
}

/// The hint for an argument whose quotes were taken away although they look
/// like a part of the value: `{"a"}` arrives as `{a}`.
pub fn lost_quotes(line: &Typed<'_>, lang: Lang) -> Option<String> {
    let Typed {
        text: line, words, ..
    } = line;
    let lost = words.iter().skip(1).find(|word| {
        let typed = &line.as_bytes()[word.span.clone()];
        word.quoted && !matches!(typed.first(), Some(b'"' | b'\''))
    })?;
    let typed = &line[lost.span.clone()];
    let stored = String::from_utf8_lossy(&lost.bytes).into_owned();
    Some(lang.pick(
        format!("the quotes are gone: the server got {stored}; to keep them type '{typed}'"),
        format!("cudzysłowy zniknęły: serwer dostał {stored}; żeby je zachować, wpisz '{typed}'"),
    ))
}

/// The line with single quotes around what looks like JSON.
fn quote_json(line: &str) -> Option<String> {
    let line = line.trim();
    let open = line.find(['{', '['])?;
    let before_ok = line[..open].ends_with(' ');
    let close = line.rfind(['}', ']'])?;
    let json = line.get(open..=close)?;
    if !before_ok || json.contains('\'') || !json.contains('"') {
        return None;
    }
    Some(format!("{}'{json}'{}", &line[..open], &line[close + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::Family;

    fn hint(line: &str, reply: Reply) -> String {
        let argv = split::split(line.as_bytes()).unwrap();
        quiet_hint(
            &argv,
            &reply,
            Duration::from_secs(1),
            false,
            &Commands::default(),
            Lang::En,
        )
        .unwrap_or_default()
    }

    #[test]
    fn text_that_was_shown_as_it_is_is_not_told_again() {
        let reply = Reply::Bulk("zażółć".into());
        let told = |readable| {
            let argv = [b"get".to_vec(), b"k".to_vec()];
            let known = Commands::default();
            quiet_hint(&argv, &reply, Duration::ZERO, readable, &known, Lang::En)
        };
        assert!(told(false).is_some_and(|hint| hint.contains("zażółć")));
        assert_eq!(told(true), None);
    }

    #[test]
    fn surprising_replies_are_explained() {
        for (line, reply) in [
            ("ttl k", Reply::Int(-2)),
            ("exec", Reply::Nil),
            ("brpop q 1", Reply::Nil),
            ("get k", Reply::Error("WRONGTYPE Operation".into())),
            ("evalsha x 0", Reply::Error("NOSCRIPT No".into())),
            ("mget a b", Reply::Error("CROSSSLOT K".into())),
            ("get k", Reply::Bulk("żółw".into())),
            (
                "get k",
                Reply::Error("ERR Can't execute 'get': only (P|S)SUBSCRIBE".into()),
            ),
        ] {
            assert_ne!(hint(line, reply), "", "{line}");
        }
        assert_eq!(hint("get k", Reply::Bulk("plain".into())), "");
        assert_eq!(hint("incr n", Reply::Int(1)), "");
    }

    #[test]
    fn a_wait_that_was_ended_is_not_one_whose_time_ran_out() {
        for (line, early) in [
            ("brpop q 1", false),
            ("brpop q 0", true),
            ("blmpop 2 1 q left", true),
            ("xread block 1000 streams s $", false),
            ("xread block 5000 streams s $", true),
            ("xread streams s $", false),
        ] {
            assert_eq!(
                hint(line, Reply::Nil).contains("before its time"),
                early,
                "{line}"
            );
        }
    }

    #[test]
    fn slips_are_recognised() {
        assert_eq!(
            hint(
                "hgetal k",
                Reply::Error("ERR unknown command 'hgetal', with".into())
            ),
            "did you mean HGETALL?"
        );
        assert_eq!(
            hint(
                "xgroup crate s",
                Reply::Error("ERR unknown subcommand 'crate'.".into())
            ),
            "did you mean XGROUP CREATE?"
        );
        let syntax = hint(
            "get",
            Reply::Error("ERR wrong number of arguments for 'get' command".into()),
        );
        assert_eq!(syntax, "the syntax is GET key");
    }

    #[test]
    fn what_other_servers_have_is_no_slip() {
        let on = |line: &str, family, version| {
            let argv = split::split(line.as_bytes()).unwrap();
            let release = Release { family, version };
            unknown_command(&argv, Some(release), Lang::En).unwrap_or_default()
        };
        let old = |line: &str| on(line, Family::Redis, catalog::Version(7, 0, 15));
        assert_eq!(
            old("hexpire h 1 fields 1 f"),
            "HEXPIRE needs Redis 7.4 or Valkey 9.0; this server is Redis 7.0.15"
        );
        assert_eq!(
            old("DELIFEQ k v"),
            "DELIFEQ needs Valkey 9.0; this server is Redis 7.0.15"
        );
        assert!(old("delex k").starts_with("DELEX needs Redis 8.4; this server is Redis 7.0.15."));
        assert!(old("JSON.SET k $ 1").contains("module JSON"));
        let valkey = on("vadd v", Family::Valkey, catalog::Version(9, 1, 2));
        assert_eq!(valkey, "VADD needs Redis 8.0; this server is Valkey 9.1.2");
        // It has it by its version, and yet not.
        assert!(old("get k").contains("administrator"));
    }

    #[test]
    fn lost_quotes_are_noticed() {
        let line = r#"set k {"a":1}"#;
        let error = split::split(line.as_bytes()).unwrap_err();
        let text = about_unreadable(line, &error, Lang::En);
        assert!(text.ends_with(r#"set k '{"a":1}'"#), "{text}");
        let text = lost_quotes(&Typed::read(r#"set k {"a""#), Lang::En).unwrap();
        assert!(
            text.contains(r#"got {a; to keep them type '{"a"'"#),
            "{text}"
        );
        assert_eq!(
            lost_quotes(&Typed::read(r#"set k "plain""#), Lang::En),
            None
        );
    }
}
