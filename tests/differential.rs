//! The built-in server against a real one: the same commands to both, the
//! same bytes back.
//!
//! `cargo test --test differential` needs the Redis 8.0 that `tests/servers.sh`
//! fetches and says so where there is none; `REDIS_LAB_REQUIRE_REAL=1` makes
//! that a failure.
//! `REDIS_LAB_DIFF_COUNT` and `REDIS_LAB_DIFF_SEED` set how many random
//! commands are compared and from which seed.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

mod needs;
mod support;

use resp::Reply;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use support::servers::{self, Server};
use support::{cases, compare, coverage, random, wire};

/// Every file of `tests/differential/`; `REDIS_LAB_DIFF_FILE` picks one.
#[test]
fn every_case_gets_the_same_reply() {
    let Some((real, ours)) = servers::both("differential cases") else {
        return;
    };
    let only = std::env::var("REDIS_LAB_DIFF_FILE").ok();
    let mut files = case_files();
    files.retain(|(name, _)| {
        only.as_ref()
            .is_none_or(|only| name.strip_suffix(".txt") == Some(only.as_str()))
    });
    assert!(!files.is_empty(), "no case files");
    let mut failures = Vec::new();
    let mut ran = 0;
    for (name, text) in &files {
        let (lines, mut differences) = cases::run(name, text, &real, &ours);
        ran += lines;
        failures.append(&mut differences);
    }
    assert!(
        failures.is_empty(),
        "{} of {ran} lines differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// The seed of the usual run, so that it says the same every time; long runs
/// take others.
const SEED: u64 = 1;

#[test]
fn random_commands_get_the_same_replies() {
    let Some((real, ours)) = servers::both("random commands") else {
        return;
    };
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let count = number("REDIS_LAB_DIFF_COUNT").unwrap_or(20_000);
    let seed = number("REDIS_LAB_DIFF_SEED").unwrap_or(SEED);
    if let Err(difference) = random::compare_random(seed, count as usize, &real, &ours) {
        panic!("{difference}");
    }
}

/// What a page cannot do, in cases: a script that does not end keeps its only
/// thread, and there are no sockets to another server.
const NOT_IN_A_PAGE: &[&str] = &["busy.txt", "migrate.txt"];

/// Cases with another answer there: the C library writes a null pointer in another
/// way, and Lua's integers and sizes have 32 bits.
const OTHERWISE_IN_A_PAGE: &[&str] = &[
    "tostring(cjson.null)",
    "cmsgpack.pack(1,-1,127,128,255,256",
    "HSETEX h FIELDS 9223372036854775807",
];

/// The module that browsers run answers as the native server does.
/// `REDIS_LAB_PAGE` names it; or it is the URL of the page, and
/// `REDIS_LAB_BROWSER` the browser that shows it (`tests/browser/wire.js`).
#[test]
#[ignore = "needs the page's module (packaging/web) and node"]
fn the_page_answers_as_the_native_server() {
    let module = std::env::var_os("REDIS_LAB_PAGE").expect("REDIS_LAB_PAGE names the module");
    let browser = std::env::var("REDIS_LAB_BROWSER").ok();
    let native = Server::builtin_with(false);
    let page = Server::page(Path::new(&module), browser.as_deref());
    let mut failures = Vec::new();
    let mut ran = 0;
    for (name, text) in &case_files() {
        if NOT_IN_A_PAGE.contains(&name.as_str()) {
            continue;
        }
        let (lines, mut differences) = cases::run(name, text, &native, &page);
        ran += lines;
        failures.append(&mut differences);
    }
    failures.retain(|failure| {
        let mut known = OTHERWISE_IN_A_PAGE.iter();
        !known.any(|case| failure.contains(case))
    });
    assert!(
        failures.is_empty(),
        "{} of {ran} lines differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
    if let Err(difference) = random::compare_random(SEED, 5_000, &native, &page) {
        panic!("{difference}");
    }
}

/// The case files, with their names.
fn case_files() -> Vec<(String, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
    let mut files: Vec<_> = std::fs::read_dir(&dir)
        .expect("tests/differential is there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "txt"))
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let text = std::fs::read_to_string(&path).expect("a readable case file");
            (name.into_owned(), text)
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_command_and_option_has_a_case() {
    let files = case_files();
    let cases: Vec<_> = files
        .iter()
        .flat_map(|(_, text)| cases::commands(text))
        .collect();
    let missing = coverage::missing(&cases);
    assert!(
        missing.is_empty(),
        "in no file of tests/differential:\n{}",
        missing.join("\n")
    );
}

/// What the built-in server does not have, it refuses as Redis refuses what
/// it does not know; vector sets by name.
#[test]
fn other_commands_of_redis_are_unknown() {
    let Some((real, ours)) = servers::both("unknown commands") else {
        return;
    };
    let (mut real, mut ours) = (real.connect(), ours.connect());
    let mut wrong = Vec::new();
    for command in coverage::leaves().filter(|command| !coverage::served(command)) {
        let name: Vec<&str> = command.name.split('|').collect();
        // A name of Redis's own that it does not know either, as long.
        let nosuch = "x".repeat(name[name.len() - 1].len());
        let container = &name[..name.len() - 1];
        for arguments in [&[][..], &["a"], &["a", "b c", "\"d\r\n"]] {
            let called = ours.call(&[&name[..], arguments].concat());
            if command.group == catalog::Group::VectorSet {
                let sentence = format!(
                    "-ERR unknown command '{}': vector sets are a part of Redis 8 that this server lacks\r\n",
                    command.name
                );
                if called.raw != sentence.as_bytes() {
                    wrong.push(format!("{}: {}", command.name, wire::show(&called.raw)));
                }
                continue;
            }
            let expected = real.call(&[container, &[&nosuch], arguments].concat());
            let expected = String::from_utf8_lossy(&expected.raw).replace(
                &format!("'{nosuch}'"),
                &format!("'{}'", name[name.len() - 1]),
            );
            if called.raw != expected.as_bytes() {
                wrong.push(format!("{}: {}", command.name, wire::show(&called.raw)));
            }
        }
    }
    assert!(wrong.is_empty(), "not refused:\n{}", wrong.join("\n"));
}

/// COMMAND, COMMAND COUNT, LIST, INFO and DOCS tell of the commands that the
/// built-in server has, what Redis tells of them, and of no other.
#[test]
fn command_tells_of_what_is_served() {
    // The catalogue is that of Redis 8.0.
    let Some(program) = needs::fetched("COMMAND", "redis-8.0") else {
        return;
    };
    let real = Server::of(&program).expect("redis-server starts");
    let ours = Server::builtin();
    let (mut real, mut ours) = (real.connect(), ours.connect());
    let items = |answer: wire::Answer| match answer.reply {
        Some(Reply::Array(items)) => items,
        other => panic!("no array: {other:?}"),
    };
    let everything = || {
        catalog::all()
            .iter()
            .flat_map(|c| std::iter::once(c).chain(c.subcommands))
    };
    let served: BTreeSet<&str> = everything()
        .filter(|command| coverage::served(command))
        .map(|command| command.name)
        .collect();
    let top = served.iter().filter(|name| !name.contains('|')).count();

    let listed = items(ours.call(&["COMMAND", "LIST"]));
    let listed: BTreeSet<&str> = listed.iter().filter_map(Reply::as_str).collect();
    assert_eq!(listed, served);
    let count = ours.call(&["COMMAND", "COUNT"]).reply;
    assert_eq!(count, Some(Reply::Int(top as i64)));
    assert_eq!(items(ours.call(&["COMMAND"])).len(), top);
    assert_eq!(items(ours.call(&["COMMAND", "INFO"])).len(), top);
    assert_eq!(items(ours.call(&["COMMAND", "DOCS"])).len(), top * 2);

    let mut wrong = Vec::new();
    for command in everything() {
        let info = ours.call(&["COMMAND", "INFO", command.name]);
        let docs = ours.call(&["COMMAND", "DOCS", command.name]);
        let right = if !coverage::served(command) {
            items(info) == [Reply::Nil] && items(docs).is_empty()
        } else if command.subcommands.iter().all(coverage::served) {
            let expected = without_notes(real.call(&["COMMAND", "INFO", command.name]));
            let info = without_notes(info);
            let facts = compare::same(&expected, &info, compare::How::Unordered);
            // Redis forgot to say since when HSCAN has NOVALUES.
            let arguments = command.name == "hscan"
                || arguments(&docs) == arguments(&real.call(&["COMMAND", "DOCS", command.name]));
            facts && arguments && items(docs).len() == 2
        } else {
            // It has fewer subcommands than Redis's.
            items(docs).len() == 2
        };
        if !right {
            wrong.push(command.name);
        }
    }
    assert!(wrong.is_empty(), "COMMAND is wrong about {wrong:?}");
}

/// What Redis 8.0.2 has and the built-in server does not: replication, modules,
/// and what only members of a cluster send. Nothing is to be added to this list.
const NOT_SERVED: &[&str] = &[
    "failover",
    "module|load",
    "module|loadex",
    "module|unload",
    "restore-asking",
];

#[test]
fn all_that_redis_has_is_served_but_for_a_few() {
    let Some((real, ours)) = servers::both("what is served") else {
        return;
    };
    let names = |server: &Server| -> BTreeSet<String> {
        let answer = server.connect().call(&["COMMAND", "LIST"]);
        let Some(Reply::Array(names)) = answer.reply else {
            panic!("COMMAND LIST is an array");
        };
        let names = names.iter().filter_map(Reply::as_str);
        // Vector sets are a module that Redis 8 brings along; its names are in
        // capitals.
        names
            .filter(|name| !name.starts_with('V'))
            .map(str::to_owned)
            .collect()
    };
    let (real, ours) = (names(&real), names(&ours));
    let missing: Vec<&str> = real.difference(&ours).map(String::as_str).collect();
    assert_eq!(missing, NOT_SERVED);
}

/// Parameters that say where a server is, and that of the descriptors there are.
const OF_A_SERVER: &[&str] = &["bind", "dir", "maxclients", "port", "unixsocket"];

/// A number of bytes that Redis takes for a negative one, and so for a percentage.
const TAKEN_FOR_LESS: (&str, &str) = ("maxmemory-clients", "99999999999999999999");

/// CONFIG GET finds the same names and values, and CONFIG SET takes and refuses the
/// same ones of every kind.
#[test]
fn every_parameter_takes_what_redis_takes() {
    let Some((real, ours)) = servers::both("parameters") else {
        return;
    };
    let (mut real, mut ours) = (real.connect(), ours.connect());
    let mut both = |words: &[&str]| (real.call(words), ours.call(words));
    let (all, known) = both(&["CONFIG", "GET", "*"]);
    let pairs = |answer: wire::Answer| match answer.reply {
        Some(Reply::Array(items)) => items
            .chunks(2)
            .filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned())))
            .collect::<BTreeMap<_, _>>(),
        other => panic!("no array: {other:?}"),
    };
    let (all, known) = (pairs(all), pairs(known));
    let names = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&known), names(&all));
    let mut wrong = Vec::new();
    for (name, value) in &all {
        if OF_A_SERVER.contains(&name.as_str()) {
            continue;
        }
        let values = [
            value,
            "",
            "x",
            "-1",
            "0",
            "yes",
            "relative",
            "{x}",
            "3.5",
            "2147483648",
            "4294967296",
            TAKEN_FOR_LESS.1,
            value,
        ];
        for value in values {
            if (name.as_str(), value) == TAKEN_FOR_LESS {
                continue;
            }
            for words in [
                &["CONFIG", "SET", name, value][..],
                &["CONFIG", "GET", name],
            ] {
                let (theirs, ours) = both(words);
                if theirs.raw != ours.raw {
                    let (theirs, ours) = (wire::show(&theirs.raw), wire::show(&ours.raw));
                    wrong.push(format!("{words:?} {value:?}: {theirs} | {ours}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What only Redis's INFO tells: of its compiler and event loop, of modules.
const NOT_TOLD: &[&str] = &[
    "monotonic_clock",
    "multiplexing_api",
    "atomicvar_api",
    "gcc_version",
    "module",
];

#[test]
fn info_tells_the_same_in_the_same_order() {
    let Some((real, ours)) = servers::both("INFO") else {
        return;
    };
    // What depends on what has been asked, and where it listens.
    const CHANGING: [&str; 5] = [
        "cmdstat_",
        "latency_",
        "errorstat_",
        "listener",
        "allocator_",
    ];
    let names = |server: &Server| -> Vec<String> {
        let mut wire = server.connect();
        let mut all = String::new();
        for section in ["everything", "debug"] {
            let answer = wire.call(&["INFO", section]);
            let text = answer.reply.as_ref().and_then(Reply::as_str);
            all += text.expect("INFO is text");
        }
        let names = all
            .lines()
            .map(|line| line.split(':').next().unwrap_or(line));
        let names = names.filter(|name| {
            !name.is_empty() && !CHANGING.iter().any(|prefix| name.starts_with(prefix))
        });
        names.map(str::to_owned).collect()
    };
    let mut expected = names(&real);
    expected.retain(|name| !NOT_TOLD.contains(&name.as_str()));
    assert_eq!(names(&ours), expected);
}

/// What COMMAND DOCS tells of a command's arguments.
fn arguments(docs: &wire::Answer) -> Option<&Reply> {
    let facts = docs.reply.as_ref()?.as_slice()?.get(1)?.as_slice()?;
    let at = facts
        .iter()
        .position(|item| item.as_str() == Some("arguments"))?;
    facts.get(at + 1)
}

/// COMMAND INFO without the remarks on keys, which are in our own words.
fn without_notes(mut answer: wire::Answer) -> wire::Answer {
    fn strip(reply: &mut Reply) {
        let Reply::Array(items) = reply else {
            return;
        };
        if let Some(at) = items.iter().position(|item| item.as_str() == Some("notes")) {
            items.drain(at..items.len().min(at + 2));
        }
        items.iter_mut().for_each(strip);
    }
    if let Some(reply) = &mut answer.reply {
        strip(reply);
    }
    answer
}
