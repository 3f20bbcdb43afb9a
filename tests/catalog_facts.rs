//! Every fact of the command catalogue against COMMAND INFO, COMMAND DOCS and
//! COMMAND GETKEYS of a real Redis 8.0 and Valkey 9. Summaries, complexities'
//! wording, histories' wording and notes are ours; the rest must be equal for
//! Redis. For Valkey, it is what a learner of Valkey is told: which commands
//! and options there are, since when, and which of them write.

#![cfg(unix)]

mod needs;
#[path = "support/servers.rs"]
#[allow(dead_code, reason = "shared with the differential tests")]
mod servers;
#[path = "support/wire.rs"]
#[allow(dead_code, reason = "shared with the differential tests")]
mod wire;

use catalog::{self, Argument, BeginSearch, Command, FindKeys, Flags, Group, KeySpec, Release};
use resp::Reply;
use servers::Server;
use std::collections::{BTreeMap, BTreeSet};

/// A real server on a Unix socket in a directory of its own.
struct RealServer {
    connection: wire::Wire,
    _server: Server,
}

impl RealServer {
    /// One of the matrix; `None` when it was not fetched, a failure when the
    /// tests must have it.
    fn start(test: &str, name: &str) -> Option<RealServer> {
        let server = Server::of(&needs::fetched(test, name)?)?;
        Some(RealServer {
            connection: server.connect(),
            _server: server,
        })
    }

    fn call<A: AsRef<[u8]>>(&mut self, argv: &[A]) -> Reply {
        let answer = self.connection.call(argv);
        answer.reply.expect("the server answers")
    }
}

fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(reply.as_bytes().unwrap_or_default()).into_owned()
}

fn texts(reply: Option<&Reply>) -> Vec<String> {
    let items = reply.and_then(Reply::as_slice).unwrap_or_default();
    items.iter().map(text).collect()
}

/// A flat RESP2 map as a map.
fn fields(reply: &Reply) -> BTreeMap<String, &Reply> {
    let items = reply.as_slice().unwrap_or_default();
    items
        .chunks_exact(2)
        .map(|pair| (text(&pair[0]), &pair[1]))
        .collect()
}

/// What the server tells of all its commands and subcommands, by name.
struct Told {
    infos: BTreeMap<String, Reply>,
    docs: BTreeMap<String, Reply>,
}

impl Told {
    fn by(server: &mut RealServer) -> Told {
        let mut infos = BTreeMap::new();
        for entry in server.call(&["COMMAND"]).as_slice().unwrap_or_default() {
            collect_info(entry, &mut infos);
        }
        let mut docs = BTreeMap::new();
        for (name, entry) in fields(&server.call(&["COMMAND", "DOCS"])) {
            if let Some(subs) = fields(entry).get("subcommands") {
                let subs = fields(subs).into_iter();
                docs.extend(subs.map(|(name, sub)| (name, sub.clone())));
            }
            docs.insert(name.to_ascii_lowercase(), entry.clone());
        }
        Told { infos, docs }
    }

    /// Fails unless the server's commands are those of the catalogue that
    /// `has` says it has.
    fn are(&self, has: impl Fn(&Command) -> bool) {
        let ours: BTreeSet<_> = catalog::every()
            .filter(|c| has(c))
            .map(|c| c.name)
            .collect();
        let theirs: BTreeSet<_> = self.infos.keys().map(String::as_str).collect();
        assert_eq!(ours, theirs);
    }
}

#[test]
fn facts_agree_with_a_real_redis() {
    let Some(mut server) = RealServer::start("the facts of the catalogue", "redis-8.0") else {
        return;
    };
    let told = Told::by(&mut server);
    told.are(Command::is_of_redis);
    for command in catalog::every().filter(|command| command.is_of_redis()) {
        let info = &told.infos[command.name];
        if command.group == Group::VectorSet {
            // A module, which tells the server little of its commands.
            check_flags(command, info.as_slice().expect("an array"));
            continue;
        }
        check_info(command, info.as_slice().expect("an array"));
        check_docs(command, &told.docs[command.name]);
    }
}

/// What a learner of Valkey is told. The catalogue follows Redis where both
/// describe the same in other words.
#[test]
fn facts_agree_with_a_real_valkey() {
    let Some(mut server) = RealServer::start("the facts of the catalogue", "valkey-9") else {
        return;
    };
    let release = Release {
        family: catalog::Family::Valkey,
        version: catalog::Version(9, 1, 2),
    };
    let told = Told::by(&mut server);
    told.are(|command| command.is_in(release));
    let mut wrong = Vec::new();
    for command in catalog::every().filter(|command| command.is_in(release)) {
        let name = command.name;
        let info = told.infos[name].as_slice().expect("an array");
        let docs = fields(&told.docs[name]);
        let mut same = |what: &str, ours: &str, theirs: &str| {
            if ours != theirs {
                wrong.push(format!("{name} {what}: {ours}, the server: {theirs}"));
            }
        };
        let since = command.since.valkey.map(|since| since.to_string());
        same("since", &since.unwrap_or_default(), &text(docs["since"]));
        same("group", command.group.id(), &text(docs["group"]));
        // Valkey takes more arguments here than Redis.
        if !["cluster|replicate", "script|debug"].contains(&name) {
            same(
                "arity",
                &command.arity.to_string(),
                &format!("{:?}", info[1].as_int().unwrap_or(0)),
            );
        }
        let deprecated = command.deprecated.is_some_and(|d| d.in_valkey);
        let theirs = docs.contains_key("deprecated_since");
        same("deprecated", &deprecated.to_string(), &theirs.to_string());
        let flags = texts(Some(&info[2]));
        for (flag, word) in [
            (Flags::WRITE, "write"),
            (Flags::READONLY, "readonly"),
            (Flags::BLOCKING, "blocking"),
            (Flags::ADMIN, "admin"),
            (Flags::NOSCRIPT, "noscript"),
        ] {
            let ours = command.flags.contains(flag);
            let theirs = flags.iter().any(|flag| flag == word);
            same(word, &ours.to_string(), &theirs.to_string());
        }
        let mut ours = BTreeSet::new();
        tokens(command.every_argument(), release, &mut ours);
        let mut theirs = BTreeSet::new();
        tokens_told(docs.get("arguments").copied(), &mut theirs);
        same("options", &format!("{ours:?}"), &format!("{theirs:?}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The options of a command with the versions that Valkey had them in first;
/// empty where that is as old as the command.
fn tokens(arguments: &[Argument], release: Release, found: &mut BTreeSet<String>) {
    for argument in arguments.iter().filter(|argument| argument.is_in(release)) {
        found.extend(argument.token.map(str::to_owned));
        tokens(argument.arguments, release, found);
    }
}

fn tokens_told(arguments: Option<&Reply>, found: &mut BTreeSet<String>) {
    for argument in arguments.and_then(Reply::as_slice).unwrap_or_default() {
        let facts = fields(argument);
        found.extend(facts.get("token").map(|token| text(token)));
        tokens_told(facts.get("arguments").copied(), found);
    }
}

fn collect_info(entry: &Reply, into: &mut BTreeMap<String, Reply>) {
    let facts = entry.as_slice().expect("a command is an array");
    for sub in facts[9].as_slice().unwrap_or_default() {
        collect_info(sub, into);
    }
    // A module may write its names in capitals.
    into.insert(text(&facts[0]).to_ascii_lowercase(), entry.clone());
}

fn check_flags(command: &Command, facts: &[Reply]) {
    let flags: Vec<_> = command.flags.names().collect();
    assert_eq!(texts(Some(&facts[2])), flags, "{} flags", command.name);
}

fn check_info(command: &Command, facts: &[Reply]) {
    let name = command.name;
    let (first, last, step) = command.first_last_step;
    let numbers = [command.arity, first, last, step];
    for (ours, at) in numbers.iter().zip([1, 3, 4, 5]) {
        assert_eq!(Some(i64::from(*ours)), facts[at].as_int(), "{name} [{at}]");
    }
    check_flags(command, facts);
    let categories: Vec<_> = command
        .categories
        .names()
        .map(|c| format!("@{c}"))
        .collect();
    assert_eq!(texts(Some(&facts[6])), categories, "{name} categories");
    assert_eq!(texts(Some(&facts[7])), command.tips, "{name} tips");
    let specs = facts[8].as_slice().unwrap_or_default();
    assert_eq!(specs.len(), command.key_specs.len(), "{name} key specs");
    for (ours, theirs) in command.key_specs.iter().zip(specs) {
        check_spec(name, ours, &fields(theirs));
    }
}

fn check_spec(name: &str, ours: &KeySpec, theirs: &BTreeMap<String, &Reply>) {
    assert_eq!(
        texts(theirs.get("flags").copied()),
        ours.flags.names().collect::<Vec<_>>(),
        "{name} key flags"
    );
    assert_eq!(
        theirs.contains_key("notes"),
        ours.note.is_some(),
        "{name} note"
    );
    let part = |part: &str| {
        let part = fields(theirs[part]);
        let spec = fields(part["spec"]);
        let spec: BTreeMap<_, _> = spec
            .into_iter()
            .map(|(k, v)| (k, v.as_int().map_or_else(|| text(v), |n| n.to_string())))
            .collect();
        (text(part["type"]), spec)
    };
    let own = |kind: &str, values: &[(&str, String)]| {
        let values = values.iter().map(|(k, v)| (k.to_string(), v.clone()));
        (kind.to_string(), values.collect::<BTreeMap<_, _>>())
    };
    let begin = match ours.begin {
        BeginSearch::Index(at) => own("index", &[("index", at.to_string())]),
        BeginSearch::Keyword(word, from) => own(
            "keyword",
            &[
                ("keyword", word.to_string()),
                ("startfrom", from.to_string()),
            ],
        ),
        BeginSearch::Unknown => own("unknown", &[]),
    };
    let find = match ours.find {
        FindKeys::Range { last, step, limit } => own(
            "range",
            &[
                ("lastkey", last.to_string()),
                ("keystep", step.to_string()),
                ("limit", limit.to_string()),
            ],
        ),
        FindKeys::Keynum {
            number,
            first,
            step,
        } => own(
            "keynum",
            &[
                ("keynumidx", number.to_string()),
                ("firstkey", first.to_string()),
                ("keystep", step.to_string()),
            ],
        ),
        FindKeys::Unknown => own("unknown", &[]),
    };
    assert_eq!(part("begin_search"), begin, "{name}");
    assert_eq!(part("find_keys"), find, "{name}");
}

fn check_docs(command: &Command, facts: &Reply) {
    let name = command.name;
    let facts = fields(facts);
    let optional = |key: &str| facts.get(key).map(|reply| text(reply));
    let since = command.since.redis.map(|since| since.to_string());
    assert_eq!(optional("since"), since, "{name}");
    assert_eq!(
        optional("group").as_deref(),
        Some(command.group.id()),
        "{name}"
    );
    assert_eq!(
        texts(facts.get("doc_flags").copied()),
        command.doc_flags,
        "{name}"
    );
    let deprecated = command.deprecated.map(|d| d.since.to_string());
    assert_eq!(optional("deprecated_since"), deprecated, "{name}");
    if let (Some(theirs), Some(ours)) = (optional("replaced_by"), command.deprecated) {
        for word in ours.instead.split(' ').filter(|word| *word != "or") {
            assert!(theirs.contains(word), "{name}: {word} is not in {theirs}");
        }
    }
    check_complexity(command, &optional("complexity").unwrap_or_default());
    let history = facts
        .get("history")
        .and_then(|h| h.as_slice())
        .unwrap_or_default();
    let versions: Vec<_> = history
        .iter()
        .map(|entry| texts(Some(entry)).remove(0))
        .collect();
    let ours: Vec<_> = command
        .history
        .iter()
        .map(|(version, _)| version.to_string())
        .collect();
    assert_eq!(versions, ours, "{name} history");
    check_arguments(name, command.arguments, facts.get("arguments").copied());
}

/// Every `O(...)` of ours must be one of the server's.
fn check_complexity(command: &Command, theirs: &str) {
    match &command.complexity {
        None => assert!(!theirs.starts_with('O'), "{}: {theirs}", command.name),
        Some(ours) if ours.formula == "depends" => {
            assert!(
                theirs.starts_with("Depends on"),
                "{}: {theirs}",
                command.name
            );
        }
        // Redis 8.0 forgot to say.
        Some(_) if command.name == "xread" => assert_eq!(theirs, ""),
        Some(ours) => {
            for term in big_o_terms(ours.formula) {
                assert!(
                    theirs.contains(term),
                    "{}: {term} is not in {theirs}",
                    command.name
                );
            }
            for variable in ours.variables {
                assert!(ours.formula.contains(variable.letter), "{}", command.name);
            }
        }
    }
}

fn big_o_terms(formula: &str) -> impl Iterator<Item = &str> {
    formula.match_indices("O(").map(|(start, _)| {
        let mut depth = 0;
        let end = formula[start..].find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ')' && depth == 0
        });
        &formula[start..=start + end.expect("balanced parentheses")]
    })
}

/// Options of which COMMAND DOCS does not say that they are younger than their
/// command, and the release notes do.
const UNTOLD: &[(&str, &str)] = &[("hscan", "novalues")];

fn check_arguments(name: &str, ours: &[Argument], theirs: Option<&Reply>) {
    let theirs = theirs.and_then(Reply::as_slice).unwrap_or_default();
    assert_eq!(ours.len(), theirs.len(), "{name} arguments");
    for (ours, theirs) in ours.iter().zip(theirs) {
        let facts = fields(theirs);
        let optional = |key: &str| facts.get(key).map(|reply| text(reply));
        let own = |text: Option<&str>| text.map(str::to_string);
        assert_eq!(optional("name").as_deref(), Some(ours.name), "{name}");
        assert_eq!(
            optional("type").as_deref(),
            Some(ours.kind.name()),
            "{name}"
        );
        assert_eq!(optional("token"), own(ours.token), "{name} {}", ours.name);
        if let Some(shown) = optional("display_text") {
            assert_eq!(shown, ours.shown, "{name}");
        }
        let version = |version: Option<catalog::Version>| version.map(|v| v.to_string());
        let since = ours.since.and_then(|since| since.redis);
        if !UNTOLD.contains(&(name, ours.name)) {
            assert_eq!(optional("since"), version(since), "{name} {}", ours.name);
        }
        assert_eq!(
            optional("deprecated_since"),
            version(ours.deprecated_since),
            "{name}"
        );
        let spec = facts.get("key_spec_index").and_then(|reply| reply.as_int());
        assert_eq!(
            spec,
            ours.key_spec.map(|i| i as i64),
            "{name} {}",
            ours.name
        );
        let flags: Vec<_> = [
            (ours.optional, "optional"),
            (ours.multiple, "multiple"),
            (ours.multiple_token, "multiple_token"),
        ]
        .into_iter()
        .filter_map(|(set, flag)| set.then_some(flag))
        .collect();
        assert_eq!(
            texts(facts.get("flags").copied()),
            flags,
            "{name} {}",
            ours.name
        );
        check_arguments(name, ours.arguments, facts.get("arguments").copied());
    }
}

/// Lines whose keys are in unusual places, and lines that have none.
const KEY_LINES: &[&str] = &[
    "get k",
    "mset a 1 b 2",
    "mset a",
    "del a b c",
    "blpop a b 0",
    "set k v",
    "set k v get",
    "set k get",
    "set k v ex 1 GET",
    "bitfield k get u8 0",
    "bitfield k set u8 0 1",
    "bitfield k incrby u8 0 1",
    "bitfield k",
    "eval x 0",
    "eval x 1 k",
    "eval x 2 k",
    "eval x -1 k",
    "eval x no k",
    "fcall f 1 k a",
    "eval_ro x 1 k",
    "zunionstore d 2 a b",
    "zunionstore d 0",
    "zunion 5 a",
    "zinter 2 a b weights 1 2",
    "zintercard 2 a b limit 1",
    "sintercard 1 a",
    "lmpop 2 a b left",
    "blmpop 0 2 a b left",
    "bzmpop 1 1 z min",
    "zmpop 1 z max",
    "xread streams a b 0 0",
    "xread count 1 block 2 STREAMS a 0",
    "xread streams a b 0",
    "xread count 1",
    "xreadgroup group g c streams s >",
    "xreadgroup group streams c streams s >",
    "xadd s * a b",
    "xgroup create s g 0",
    "xgroup nope s",
    "xinfo stream s",
    "xinfo help",
    "sort l",
    "sort l by w get g store d",
    "sort l limit 0 1 store",
    "sort l store a store b",
    "sort l by store get store",
    "sort_ro l by w",
    "georadius g 1 2 3 km",
    "georadius g 1 2 3 km store d",
    "georadius g 1 2 3 km storedist d",
    "georadius g 1 2 3 km store a storedist b",
    "georadiusbymember g m 3 km store d",
    "geosearchstore d s fromlonlat 1 2 bybox 1 1 km asc",
    "migrate h 1 k 0 1",
    "migrate h 1 k 0 1 copy replace auth keys keys a",
    "memory usage k",
    "memory doctor",
    "object encoding k",
    "debug object k",
    "copy a b db 1",
    "rename a b",
    "lmove a b left right",
    "rpoplpush a b",
    "smove a b m",
    "bitop and d a b",
    "pfmerge d a b",
    "pfcount a b",
    "lcs a b",
    "watch a b",
    "subscribe c",
    "spublish c m",
    "publish c m",
    "nosuch k",
    "command getkeys get k",
    "hexpire h 10 fields 1 f",
    "hsetex h fields 1 f v",
    "hgetex h fields 1 f",
    "httl h fields 1 f",
    "waitaof 0 0 0",
    "config get x",
    "restore k 0 x",
    "scan 0",
    "object help",
    "zadd z 1 a",
    "xautoclaim s g c 0 0",
    "cluster keyslot k",
    "pfdebug getreg h",
    "zrangestore d s 0 1",
    "sunionstore d a b",
    "hset h f v",
];

#[test]
fn keys_are_found_as_a_real_server_finds_them() {
    let Some(mut server) = RealServer::start("the keys of command lines", "redis-8.0") else {
        return;
    };
    let mut different = Vec::new();
    for line in KEY_LINES {
        let words: Vec<_> = line.split(' ').collect();
        let mut argv = vec!["COMMAND", "GETKEYSANDFLAGS"];
        argv.extend(&words);
        let real = match server.call(&argv) {
            Reply::Error(text) => Err(text),
            reply => Ok(reply
                .as_slice()
                .unwrap_or_default()
                .iter()
                .map(|pair| {
                    let pair = pair.as_slice().expect("a key and its flags");
                    (text(&pair[0]), texts(pair.get(1)))
                })
                .collect::<Vec<_>>()),
        };
        let ours = match catalog::keys(&words) {
            Err(error) => Err(error.text().to_string()),
            Ok(keys) => Ok(keys
                .into_iter()
                .map(|key| {
                    let flags = key.flags.names().map(str::to_owned).collect();
                    (words[key.position].to_string(), flags)
                })
                .collect()),
        };
        if ours != real {
            different.push(format!("{line}: {ours:?}, the server: {real:?}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
