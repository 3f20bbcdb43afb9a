//! `help`, `help COMMAND`, `help @group` and `help WORDS`, from the catalogue,
//! in the learner's language.

use super::commands::Commands;
use super::word::Word;
use super::words;
use crate::render::style::{Ink, Style};
use catalog::lang::Lang;
use catalog::text;
use catalog::{self, Command, Family, Group, Since};

/// Where the explanations of `:help` begin.
const EXPLAINED_AT: usize = 32;

/// The text of `:help`; `extra` are the words of a mode such as practice.
pub fn words_help(extra: &[Word], lang: Lang, style: Style) -> String {
    let words = words::heard(extra);
    let mut text: String = words.map(|word| word_help(word, lang, style)).collect();
    text.push_str(lang.pick(
        "\n  help COMMAND, help @group, help WORDS     the commands of Redis\n  \
         3 INCR n                                  run a command three times\n  \
         LRANGE q 0 -1 | grep a                    pipe a reply to a program\n  \
         quit, exit, Ctrl-D                        leave\n",
        "\n  help POLECENIE, help @grupa, help SŁOWA   polecenia Redisa\n  \
         3 INCR n                                  wykonaj polecenie trzy razy\n  \
         LRANGE q 0 -1 | grep a                    przekaż odpowiedź programowi\n  \
         quit, exit, Ctrl-D                        wyjście\n",
    ));
    text
}

/// What a `:word` does.
fn word_help(word: &Word, lang: Lang, style: Style) -> String {
    let indent = " ".repeat(EXPLAINED_AT);
    let width = textwrap::termwidth().clamp(EXPLAINED_AT + 24, 100);
    let options = textwrap::Options::new(width)
        .initial_indent(&indent)
        .subsequent_indent(&indent);
    let left = format!("  :{} {}", word.name(), word.args);
    let summary = textwrap::fill(word.summary(lang), &options);
    let mut text = style.paint(Ink::Command, &left);
    if left.len() < EXPLAINED_AT {
        text.push_str(&summary[left.len()..]);
    } else {
        text.push('\n');
        text.push_str(&summary);
    }
    text.push('\n');
    text
}

/// The text of `help` with some words behind it; `extra` are the words of a
/// mode such as practice.
pub fn help(
    topic: &[String],
    commands: &Commands,
    extra: &[Word],
    lang: Lang,
    style: Style,
) -> String {
    let words = topic.join(" ");
    if words.is_empty() {
        return overview(commands, lang, style);
    }
    if let Some(group) = words.strip_prefix('@') {
        return group_help(group, commands, lang, style);
    }
    let own = |name: &str| words::heard(extra).find(|word| word.is(name));
    if let Some(word) = words.strip_prefix(':').and_then(own) {
        return word_help(word, lang, style);
    }
    match (commands.find(&words), own(&words)) {
        (Some(command), _) => command_help(command, commands, lang, style),
        (None, Some(word)) => word_help(word, lang, style),
        (None, None) => search(&words, commands, lang, style),
    }
}

fn overview(commands: &Commands, lang: Lang, style: Style) -> String {
    let mut text = style.paint(Ink::Bold, lang.pick("Groups of commands", "Grupy poleceń"));
    text.push('\n');
    for group in groups(commands) {
        let n = commands.all().filter(|c| c.group == group).count();
        let id = format!("  help @{:<14}", group.id());
        text.push_str(&style.paint(Ink::Command, id));
        text.push_str(&format!("{n:>3}  {}\n", group.name(lang)));
    }
    text.push_str(lang.pick(
        "\n  help SET        one command\n  help expire     everything about a word\n  \
         :help           the commands of this shell\n",
        "\n  help SET        jedno polecenie\n  help expire     wszystko o danym słowie\n  \
         :help           polecenia tej powłoki\n",
    ));
    text
}

/// The groups that have commands on this server.
fn groups(commands: &Commands) -> impl Iterator<Item = Group> {
    Group::ALL
        .into_iter()
        .chain([Group::Module])
        .filter(|group| commands.all().any(|command| command.group == *group))
}

fn group_help(name: &str, commands: &Commands, lang: Lang, style: Style) -> String {
    let wanted = name.to_ascii_lowercase().replace('_', "-");
    let group = groups(commands).find(|group| group.id() == wanted);
    let Some(group) = group else {
        let ids: Vec<String> = groups(commands).map(|g| format!("@{}", g.id())).collect();
        let ids = ids.join(" ");
        return lang.pick(
            format!("there is no group @{name}; the groups are {ids}\n"),
            format!("nie ma grupy @{name}; są: {ids}\n"),
        );
    };
    list(commands.all().filter(|c| c.group == group), lang, style)
}

fn list<'a>(commands: impl Iterator<Item = &'a Command>, lang: Lang, style: Style) -> String {
    let mut text = String::new();
    for command in commands {
        let name = format!("  {:<22}", command.display_name());
        text.push_str(&style.paint(Ink::Command, name));
        text.push_str(command.summary(lang));
        text.push('\n');
    }
    text
}

/// Everything about one command.
pub fn command_help(command: &Command, commands: &Commands, lang: Lang, style: Style) -> String {
    let mut text = String::from("\n  ");
    let syntax = command.syntax();
    let name = command.display_name();
    text.push_str(&style.paint(Ink::Command, &name));
    text.push_str(&style.paint(Ink::Dim, syntax.strip_prefix(&name).unwrap_or_default()));
    text.push('\n');
    let mut row = |label: &str, value: &str| {
        text.push_str("  ");
        text.push_str(&style.paint(Ink::Warn, label));
        text.push_str(": ");
        text.push_str(value);
        text.push('\n');
    };
    if !command.summary(lang).is_empty() {
        row(lang.pick("summary", "opis"), command.summary(lang));
    }
    if command.is_learned() {
        let source = lang.pick(
            "the server, in its own words",
            "serwer, jego własnymi słowami",
        );
        row(lang.pick("told by", "źródło"), source);
    }
    let versions = since(command);
    if !versions.is_empty() {
        row(lang.pick("since", "od wersji"), &versions);
    }
    if commands.lacks(command) {
        let here = match commands.release() {
            Some(release) => text!(
                lang,
                "not on this server ({release})",
                "nie na tym serwerze ({release})"
            ),
            None => lang
                .pick("not on this server", "nie na tym serwerze")
                .to_owned(),
        };
        row(lang.pick("here", "tutaj"), &here);
    }
    row(
        lang.pick("group", "grupa"),
        &format!(
            "{} (help @{})",
            command.group.name(lang),
            command.group.id()
        ),
    );
    if let Some(complexity) = &command.complexity {
        row(lang.pick("cost", "koszt"), &complexity.text(lang));
    }
    if let Some(deprecated) = commands.outdated(command) {
        let (since, instead) = (deprecated.since, deprecated.instead);
        row(
            lang.pick("outdated", "przestarzałe"),
            &lang.pick(
                format!("since {since}: use {instead}"),
                format!("od {since}: użyj {instead}"),
            ),
        );
    }
    for (version, change) in command.history {
        row(&version.to_string(), change);
    }
    if !command.subcommands.is_empty() {
        text.push('\n');
        let here = command
            .subcommands
            .iter()
            .filter(|sub| !commands.lacks(sub));
        text.push_str(&list(here, lang, style));
    }
    for example in examples(command.name) {
        text.push_str(&format!("  > {example}\n"));
    }
    text.push('\n');
    text
}

/// The versions that brought a command: `Redis 7.4, Valkey 9.0`, or the one
/// number that Valkey has from Redis.
fn since(command: &Command) -> String {
    let Since { redis, valkey } = command.since;
    match (redis, valkey) {
        (Some(redis), Some(valkey)) if redis == valkey => redis.to_string(),
        _ => [(Family::Redis, redis), (Family::Valkey, valkey)]
            .into_iter()
            .filter_map(|(family, since)| Some(format!("{} {}", family.name(), since?)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// Commands to try, on keys under `lab:`.
fn examples(name: &str) -> &'static [&'static str] {
    EXAMPLES
        .iter()
        .find(|(own, _)| *own == name)
        .map_or(&[], |(_, lines)| lines)
}

const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "append",
        &["SET lab:s Hello", "APPEND lab:s \", world\"", "GET lab:s"],
    ),
    ("blpop", &["RPUSH lab:q job", "BLPOP lab:q 1"]),
    ("brpop", &["LPUSH lab:q job", "BRPOP lab:q 1"]),
    ("decr", &["SET lab:n 10", "DECR lab:n"]),
    ("del", &["SET lab:k v", "DEL lab:k"]),
    ("discard", &["MULTI", "SET lab:k v", "DISCARD"]),
    (
        "eval",
        &["EVAL \"return redis.call('SET', KEYS[1], ARGV[1])\" 1 lab:k v"],
    ),
    ("exec", &["MULTI", "INCR lab:n", "INCR lab:n", "EXEC"]),
    ("exists", &["SET lab:k v", "EXISTS lab:k lab:nothing"]),
    ("expire", &["SET lab:k v", "EXPIRE lab:k 60", "TTL lab:k"]),
    ("get", &["SET lab:k v", "GET lab:k"]),
    ("hget", &["HSET lab:h name Ala", "HGET lab:h name"]),
    ("hgetall", &["HSET lab:h name Ala age 7", "HGETALL lab:h"]),
    ("hincrby", &["HINCRBY lab:h visits 1"]),
    ("hset", &["HSET lab:h name Ala age 7", "HGETALL lab:h"]),
    ("incr", &["SET lab:n 1", "INCR lab:n"]),
    ("incrby", &["INCRBY lab:n 10"]),
    (
        "lmove",
        &["RPUSH lab:q a b", "LMOVE lab:q lab:done LEFT RIGHT"],
    ),
    ("lpop", &["RPUSH lab:q a b", "LPOP lab:q"]),
    ("lpush", &["LPUSH lab:q a b", "LRANGE lab:q 0 -1"]),
    ("lrange", &["RPUSH lab:q a b c", "LRANGE lab:q 0 -1"]),
    ("mget", &["MSET lab:a 1 lab:b 2", "MGET lab:a lab:b lab:c"]),
    ("multi", &["MULTI", "INCR lab:n", "EXEC"]),
    ("object|encoding", &["SET lab:n 1", "OBJECT ENCODING lab:n"]),
    ("publish", &["PUBLISH lab:news hello"]),
    ("rpop", &["RPUSH lab:q a b", "RPOP lab:q"]),
    ("rpush", &["RPUSH lab:q a b", "LRANGE lab:q 0 -1"]),
    ("sadd", &["SADD lab:s a b a", "SMEMBERS lab:s"]),
    ("scan", &["SCAN 0 MATCH lab:* COUNT 100"]),
    (
        "set",
        &["SET lab:k v", "SET lab:k w NX", "SET lab:k w EX 60"],
    ),
    ("setnx", &["SETNX lab:k v"]),
    (
        "sinter",
        &["SADD lab:a 1 2", "SADD lab:b 2 3", "SINTER lab:a lab:b"],
    ),
    ("sismember", &["SADD lab:s a", "SISMEMBER lab:s a"]),
    ("smembers", &["SADD lab:s a b", "SMEMBERS lab:s"]),
    ("subscribe", &["SUBSCRIBE lab:news"]),
    ("ttl", &["SET lab:k v EX 60", "TTL lab:k"]),
    ("type", &["SADD lab:s a", "TYPE lab:s"]),
    ("watch", &["WATCH lab:n", "MULTI", "INCR lab:n", "EXEC"]),
    ("xack", &["XACK lab:orders workers 1-1"]),
    (
        "xadd",
        &["XADD lab:orders * item coffee", "XRANGE lab:orders - +"],
    ),
    (
        "xgroup|create",
        &["XGROUP CREATE lab:orders workers 0 MKSTREAM"],
    ),
    ("xlen", &["XADD lab:orders * item tea", "XLEN lab:orders"]),
    (
        "xrange",
        &["XADD lab:orders * item tea", "XRANGE lab:orders - +"],
    ),
    (
        "xreadgroup",
        &[
            "XGROUP CREATE lab:orders workers 0 MKSTREAM",
            "XREADGROUP GROUP workers ala COUNT 1 STREAMS lab:orders >",
        ],
    ),
    (
        "zadd",
        &[
            "ZADD lab:board 10 ala 20 ola",
            "ZRANGE lab:board 0 -1 WITHSCORES",
        ],
    ),
    ("zincrby", &["ZINCRBY lab:board 5 ala"]),
    (
        "zrange",
        &[
            "ZADD lab:board 10 ala 20 ola",
            "ZRANGE lab:board 0 -1 REV WITHSCORES",
        ],
    ),
    (
        "zrank",
        &["ZADD lab:board 10 ala 20 ola", "ZRANK lab:board ola"],
    ),
    ("zscore", &["ZADD lab:board 10 ala", "ZSCORE lab:board ala"]),
];

fn search(words: &str, commands: &Commands, lang: Lang, style: Style) -> String {
    let wanted = words.to_lowercase();
    let fits = |command: &&Command| {
        command.name.contains(&wanted)
            || Lang::ALL
                .iter()
                .any(|&lang| command.summary(lang).to_lowercase().contains(&wanted))
    };
    let found: Vec<&Command> = commands.every().filter(fits).collect();
    if !found.is_empty() {
        return list(found.into_iter(), lang, style);
    }
    let mut text = lang.pick(
        format!("nothing about \"{words}\""),
        format!("nic o „{words}”"),
    );
    if let Some(meant) = catalog::suggest(words) {
        let name = meant.display_name();
        text.push_str(&lang.pick(
            format!("; did you mean {name}?"),
            format!("; może chodziło o {name}?"),
        ));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::words::WORDS;

    fn text(topic: &str, lang: Lang) -> String {
        let words: Vec<String> = topic.split_whitespace().map(str::to_owned).collect();
        help(&words, &Commands::default(), &[], lang, Style::new(false))
    }

    #[test]
    fn every_word_stands_apart_from_what_it_does() {
        for lang in Lang::ALL {
            let text = words_help(&[], lang, Style::new(false));
            for word in WORDS.iter().map(|row| &row.word) {
                let left = format!("  :{} {}", word.name(), word.args);
                let line = text.lines().find(|line| line.starts_with(&left));
                let rest = &line.unwrap_or_else(|| panic!("{left}"))[left.len()..];
                assert!(rest.is_empty() || rest.starts_with(' '), "{left}{rest}");
                let words = word.summary(lang).split(' ').collect::<String>();
                let shown = text.split_whitespace().collect::<String>();
                assert!(shown.contains(&words), "{words}");
            }
        }
    }

    #[test]
    fn help_answers_commands_groups_and_words() {
        assert!(text("get", Lang::En).contains("GET key"));
        assert!(text("xgroup create", Lang::En).contains("XGROUP CREATE key"));
        assert!(text("xgroup", Lang::En).contains("XGROUP DESTROY"));
        assert!(text("@list", Lang::En).contains("LPUSH"));
        assert!(text("@nonsense", Lang::En).contains("@string"));
        assert!(text("expir", Lang::En).contains("PEXPIRE"));
        assert!(text("hgetal", Lang::En).contains("HGETALL"));
        for topic in [":undo", "undo"] {
            assert!(text(topic, Lang::En).starts_with("  :undo [on|off]"));
        }
        assert!(text("frobnicate", Lang::En).contains("nothing about"));
        assert!(text("", Lang::Pl).contains("Grupy poleceń"));
    }

    #[test]
    fn every_example_belongs_to_a_command_and_uses_lab_keys() {
        for (name, lines) in EXAMPLES {
            assert!(catalog::find(name).is_some(), "{name}");
            for line in *lines {
                let argv = resp::split::split(line.as_bytes()).unwrap();
                assert!(catalog::find_argv(&argv).is_some(), "{line}");
                for at in catalog::key_positions(&argv) {
                    assert!(argv[at].starts_with(b"lab:"), "{line}");
                }
            }
        }
    }
}
