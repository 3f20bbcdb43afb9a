//! What the shell knows of the commands of the server in front of it: of each
//! server of the matrix, and of one with commands that nobody else has.

#![cfg(unix)]

mod lab;
mod needs;

use catalog::lang::Lang;
use lab::{ForeignServer, Lab};
use redis_lab::conn::{Client, Target};
use redis_lab::render::style::Style;
use redis_lab::repl::highlight;
use redis_lab::session::complete::complete;
use redis_lab::session::{Commands, help, hint};
use resp::Reply;

const MATRIX: [&str; 4] = ["redis-6.2", "redis-7.0", "redis-8.0", "valkey-9"];

async fn client(server: &ForeignServer) -> Client {
    let target = Target::parse(&server.url()).expect("a target");
    let mut client = Client::new(target);
    client.connect().await.expect("the server answers");
    client
}

fn shell(server: &ForeignServer, lines: &[&str]) -> String {
    let url = server.url();
    let input = lines.join("\n") + "\n";
    let outcome = Lab::new(&["repl", "--url", &url]).stdin(input).run();
    outcome.stdout + &outcome.stderr
}

/// Every command of each server is completed, coloured, hinted at and
/// explained, with the syntax that it has there; no other is offered.
#[tokio::test]
async fn every_command_of_the_server_is_known() {
    for name in MATRIX {
        let Some(server) = ForeignServer::fetched("the commands of the server", name) else {
            continue;
        };
        let mut side = client(&server).await;
        let nothing = Commands::default();
        let commands = Commands::ask(&mut side, &nothing).await;
        let commands = commands.expect("an answer");
        let reply = side.ask(&["COMMAND"]).await.expect("an answer");
        let entries = reply.as_slice().unwrap_or_default();
        assert!(entries.len() > 200, "{name}: {}", entries.len());
        for entry in entries {
            let facts = entry.as_slice().expect("an entry");
            let own = facts[0].as_str().expect("a name").to_ascii_lowercase();
            let mut names = vec![(own.clone(), facts[1].as_int())];
            // Redis 6.2 tells of no subcommands.
            for sub in facts.get(9).and_then(Reply::as_slice).unwrap_or_default() {
                let sub = sub.as_slice().expect("an entry");
                names.push((sub[0].as_str().expect("a name").to_owned(), sub[1].as_int()));
            }
            for (full, arity) in names {
                let typed = full.replace('|', " ");
                let known = commands.find(&full);
                let known = known.unwrap_or_else(|| panic!("{name}: {full} is not known"));
                assert!(!commands.lacks(known), "{name}: {full}");
                for lang in Lang::ALL {
                    let topic: Vec<String> = typed.split(' ').map(str::to_owned).collect();
                    let text = help::help(&topic, &commands, &[], lang, Style::new(false));
                    assert!(text.contains(&known.display_name()), "{name}: {text}");
                    let found = complete(&typed, &commands, &[], lang).candidates;
                    let last = typed.rsplit(' ').next().unwrap_or_default();
                    let found = found.iter().any(|candidate| candidate.text == last);
                    assert!(found, "{name}: {typed} is not completed");
                }
                let painted = highlight(&typed, &commands, Style::new(true));
                let words = typed.split(' ').count();
                let style = "\x1b[1;36m";
                assert_eq!(painted.matches(style).count(), words, "{name}: {painted:?}");
                // A syntax, unless the name is all.
                let whole = arity == Some(words as i64) || !known.subcommands.is_empty();
                let shown = hint(&format!("{typed} "), &commands).is_some();
                let wordy = known.arguments.is_empty();
                assert!(shown || whole || wordy, "{name}: {typed} has no hint");
            }
        }
        for command in commands.all() {
            let listed = entries.iter().any(|entry| {
                let own = entry.as_slice().and_then(|facts| facts[0].as_str());
                own.is_some_and(|own| own.eq_ignore_ascii_case(command.name))
            });
            assert!(listed, "{name} does not have {}", command.name);
        }
    }
}

/// What the others have is named as theirs, with the versions.
#[test]
fn what_another_server_has_is_said() {
    let lines = [
        ":hints on",
        "HEXPIRE lab:h 10 FIELDS 1 a",
        "VADD lab:v VALUES 1 1 a",
        "DELIFEQ lab:k v",
        "SET lab:k v IFEQ w",
        "CLIENT CAPA redirect",
        "DELEX lab:k",
        "JSON.SET lab:j $ 1",
    ];
    for (name, said) in [
        (
            "redis-7.0",
            &[
                "HEXPIRE needs Redis 7.4 or Valkey 9.0; this server is Redis 7.0.15",
                "VADD needs Redis 8.0; this server is Redis 7.0.15",
                "DELIFEQ needs Valkey 9.0; this server is Redis 7.0.15",
                "SET IFEQ needs Redis 8.4 or Valkey 8.1; this server is Redis 7.0.15",
                "CLIENT CAPA needs Valkey 8.0; this server is Redis 7.0.15",
                "DELEX needs Redis 8.4; this server is Redis 7.0.15",
                "module JSON",
            ][..],
        ),
        (
            "valkey-9",
            &[
                "VADD needs Redis 8.0; this server is Valkey 9.1.2",
                "DELEX needs Redis 8.4; this server is Valkey 9.1.2",
                "module JSON",
            ],
        ),
    ] {
        let Some(server) = ForeignServer::fetched("what other servers have", name) else {
            continue;
        };
        let text = shell(&server, &lines);
        for words in said {
            assert!(text.contains(words), "{name}: {words}\n{text}");
        }
        assert!(!text.contains("did you mean"), "{name}: {text}");
    }
}

/// The time to live of fields is a part of a hash, and a vector set is no
/// stranger.
#[test]
fn field_expiry_and_vector_sets_are_shown_and_taken_back() {
    for name in ["redis-8.0", "valkey-9"] {
        let Some(server) = ForeignServer::fetched("field expiry in the shell", name) else {
            continue;
        };
        let text = shell(
            &server,
            &[
                "HSET lab:h a 1 b 2",
                ":diff on",
                ":undo on",
                "HEXPIRE lab:h 1000 FIELDS 1 a",
                ":peek lab:h",
                "HPERSIST lab:h FIELDS 1 a",
                ":undo",
                "HTTL lab:h FIELDS 2 a b",
            ],
        );
        let lines: Vec<&str> = text.lines().collect();
        let line = |start: &str| {
            let found = lines
                .iter()
                .find(|line| line.trim_start().starts_with(start));
            *found.unwrap_or_else(|| panic!("{name}: no {start} in\n{text}"))
        };
        assert!(line("~ a: no expiry → ").ends_with(" s"), "{name}: {text}");
        assert!(line("a  1  (").ends_with(" s)"), "{name}: {text}");
        assert!(text.contains(" s → no expiry"), "{name}: {text}");
        // Taken back: the first field expires again, the second never did.
        let ttls = &lines[lines.len() - 2..];
        assert!(
            ttls[0].starts_with("1) (integer) 9") || ttls[0].ends_with("1000"),
            "{text}"
        );
        assert_eq!(ttls[1], "2) (integer) -1", "{name}: {text}");
    }
    let Some(server) = ForeignServer::fetched("vector sets in the shell", "redis-8.0") else {
        return;
    };
    let text = shell(
        &server,
        &[
            ":undo on",
            "VADD lab:v VALUES 2 1 0 east",
            ":diff on",
            "VADD lab:v VALUES 2 0 1 north",
            ":peek lab:v",
            ":undo",
            "VCARD lab:v",
        ],
    );
    assert!(text.contains("+ north"), "{text}");
    assert!(
        text.contains("elements: 2") && text.contains("  east\n  north\n"),
        "{text}"
    );
    assert!(text.trim_end().ends_with("(integer) 1"), "{text}");
}

/// A server whose administrator has renamed a command stands for one with a
/// module: nobody but the server knows the name.
#[test]
fn what_only_the_server_knows_is_asked_of_it() {
    for name in ["redis-7.0", "redis-8.0"] {
        let arguments = [
            "--rename-command",
            "SET",
            "STORE",
            "--rename-command",
            "DEBUG",
            "POKE",
        ];
        let test = "commands that only the server knows";
        let Some(server) = ForeignServer::fetched_with(test, name, &arguments) else {
            continue;
        };
        let text = shell(
            &server,
            &[
                ":diff on",
                ":undo on",
                "STORE lab:k one",
                "STORE lab:k two",
                ":undo",
                "GET lab:k",
                "help store",
                "help set",
                ":cost",
            ],
        );
        assert!(
            text.contains("~ lab:k") && text.contains("one → two"),
            "{name}: {text}"
        );
        assert!(
            text.contains("taken back: STORE lab:k two"),
            "{name}: {text}"
        );
        assert!(text.contains("\"one\""), "{name}: {text}");
        assert!(text.contains("STORE key value"), "{name}: {text}");
        assert!(text.contains("told by: the server"), "{name}: {text}");
    }
}

/// The commands of a real module, which is loaded into each server.
#[test]
fn what_a_module_adds_is_known() {
    let test = "what_a_module_adds_is_known";
    if !needs::installed(test, &["cc"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let module = folder.path().join("lab.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/module/lab.c");
    let mut compiler = std::process::Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&module);
    let compiled = compiler.arg(source).status().expect("a compiler");
    assert!(compiled.success());
    let module = module.to_str().expect("UTF-8");
    for name in MATRIX {
        let options = ["--loadmodule", module];
        let Some(server) = ForeignServer::fetched_with(test, name, &options) else {
            continue;
        };
        let lines = [
            ":diff on",
            ":undo on",
            "LAB.STORE lab:k one",
            "LAB.STORE lab:k two more",
            ":undo",
            "GET lab:k",
            "help lab.store",
            "LAB.STOR lab:k x",
        ];
        let text = shell(&server, &lines);
        for told in [
            "(integer) 2",
            "one → two",
            "taken back: LAB.STORE lab:k two more",
            "\"one\"",
            "told by: the server",
        ] {
            assert!(text.contains(told), "{name}, {told}: {text}");
        }
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let known = runtime.block_on(async {
            let mut side = client(&server).await;
            Commands::ask(&mut side, &Commands::default()).await
        });
        let known = known.expect("an answer");
        let line = "LAB.STORE lab:k";
        let keys = known.key_positions(&["LAB.STORE", "lab:k", "x"]);
        assert_eq!(keys, [1], "{name}");
        let offered = complete("lab.s", &known, &[], Lang::En).candidates;
        let is_offered = offered
            .iter()
            .any(|one| one.text.eq_ignore_ascii_case("lab.store"));
        assert!(is_offered, "{name}");
        let shown = highlight(line, &known, Style::new(true));
        assert!(shown.contains("\x1b[34mlab:k"), "{name}: {shown:?}");
    }
}

/// After a loss it is asked for all of it only where it is another server now.
#[tokio::test]
async fn what_a_server_has_told_is_not_asked_for_again() {
    let Some(server) = ForeignServer::fetched("the commands asked for once", "redis-8.0") else {
        return;
    };
    let mut side = client(&server).await;
    let mut known = Commands::default();
    for _ in 0..3 {
        known = Commands::ask(&mut side, &known).await.expect("an answer");
        side = client(&server).await;
    }
    assert!(
        known
            .find("HSETEX")
            .is_some_and(|found| !known.lacks(found))
    );
    let stats = side.ask(&["INFO", "commandstats"]).await.expect("told");
    let stats = stats.as_str().unwrap_or_default().to_owned();
    assert!(stats.contains("cmdstat_command|list:calls=1,"), "{stats}");
    let Some(other) = ForeignServer::fetched("the commands asked for once", "redis-7.0") else {
        return;
    };
    let mut side = client(&other).await;
    known = Commands::ask(&mut side, &known).await.expect("an answer");
    assert!(known.find("HSETEX").is_none_or(|found| known.lacks(found)));
}
