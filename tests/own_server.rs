//! A section that is played on a server of its own: with `--url` it is refused
//! before its first command, and on a private server everything that it has
//! changed is put back.
#![cfg(unix)]

mod lab;
mod needs;
mod repl_support;

use lab::{ForeignServer, Lab, Outcome, wait_for};
use repl_support::program_terminal;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

/// Changes all that a section may change, and has an exercise and a task that
/// only prove well when every start is as the first.
const OWN: &str = r##"# Own
<!-- about: changes everything -->
<!-- own server: REASON -->

```redis
CONFIG SET maxmemory 100mb
CONFIG SET maxmemory-policy allkeys-lru
CONFIG SET notify-keyspace-events KEA
CONFIG SET slowlog-log-slower-than 0
ACL SETUSER ala on >pass ~lab:* +@all
ACL SETUSER default resetpass >secret
CONFIG SET requirepass sezam
FUNCTION LOAD "#!lua name=mine\nredis.register_function('mine', function() return 1 end)"
SET lab:k v
GET lab:k
INFO stats
EVAL "for i = 1, 5000 do redis.call('SET', 'lab:many:' .. i, i) end" 0
```

```text expect
OK
OK
OK
OK
OK
OK
OK
"mine"
OK
"v"
"[..]keyspace_hits:1[..]"
(nil)
```

## Exercise: a limit

Set `maxmemory` to 50 MB.

```text check own-limit
# The limit is 52428800 bytes.
> CONFIG GET maxmemory
1) "maxmemory"
2) "52428800"
```

<details><summary>Hint</summary>

`CONFIG SET`.
</details>

<details><summary>Solution</summary>

```redis solution own-limit
CONFIG SET maxmemory 50mb
```
</details>

<!-- learned: A limit is a setting. -->

<details><summary>Other answers</summary>

Right: as a number.

```redis right own-limit
CONFIG SET maxmemory 52428800
```

Wrong: millions are not MB.

```redis wrong own-limit
CONFIG SET maxmemory 50m
```

Wrong: another setting.

```redis wrong own-limit
CONFIG SET maxmemory-policy allkeys-lru
```
</details>
"##;

/// Comes after it, on a server as it was at its start.
const AFTER: &str = r#"# After
<!-- about: looks around -->

```redis @new
CONFIG GET maxmemory
CONFIG GET maxmemory-policy
CONFIG GET notify-keyspace-events
CONFIG GET slowlog-log-slower-than
ACL LIST
FUNCTION LIST
EXISTS lab:k
SCAN 0
```

```text expect
1) "maxmemory"
2) "0"
1) "maxmemory-policy"
2) "noeviction"
1) "notify-keyspace-events"
2) ""
1) "slowlog-log-slower-than"
2) "10000"
1) "user default on [..]nopass[..]+@all"
(empty array)
(integer) 0
1) "0"
2) (empty array)
```
"#;

/// A folder with `first`, `own` and `after`, in this order.
fn lessons() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let first = "# First\n\n```redis\nPING\n```\n\n```text expect\nPONG\n```\n";
    for (lang, reason) in [
        ("en", "it sets a password"),
        ("pl", "ustawia hasło serwera"),
    ] {
        let dir = folder.path().join(lang);
        std::fs::create_dir(&dir).expect("a folder");
        let own = OWN.replace("REASON", reason);
        let own = match lang {
            "pl" => own
                .replace("Exercise", "Ćwiczenie")
                .replace("Hint", "Podpowiedź")
                .replace("Solution", "Rozwiązanie")
                .replace("Other answers", "Inne odpowiedzi"),
            _ => own,
        };
        for (id, text) in [("first", first), ("own", &own), ("after", AFTER)] {
            std::fs::write(dir.join(format!("{id}.md")), text).expect("a lesson");
        }
    }
    let list =
        "[[section]]\nid = \"first\"\n[[section]]\nid = \"own\"\n[[section]]\nid = \"after\"\n";
    std::fs::write(folder.path().join("course.toml"), list).expect("a list");
    folder
}

fn run(folder: &Path, args: &[&str]) -> Outcome {
    let folder = folder.display().to_string();
    Lab::new(&[args, &["--lessons", &folder]].concat()).run()
}

/// Where no server is: whoever wants to talk to it fails with 4.
const NOWHERE: [&str; 2] = ["--url", "redis://127.0.0.1:1"];

#[test]
fn with_a_url_it_is_refused_before_anything_is_asked_of_the_server() {
    let folder = lessons();
    let file = folder.path().join("en/own.md").display().to_string();
    let out = folder.path().join("out").display().to_string();
    for args in [
        &["own", "--no-pause"][..],
        &["own", "--json"],
        &["own", "--from", "2"],
        &["walkthrough", "own", "--rehearse"],
        &["walkthrough", "own", "--record", &out],
        &["walkthrough", "own", "--export", "html", &out],
        &["check", &file],
        &["check", "--bless", &file],
    ] {
        run(folder.path(), &[args, &NOWHERE].concat())
            .exits(2)
            .complains("own is only played on a server of its own: it sets a password")
            .complains("leave out --url");
    }
    run(
        folder.path(),
        &[&["own", "--lang", "pl"][..], &NOWHERE].concat(),
    )
    .exits(2)
    .complains("own działa tylko na własnym serwerze: ustawia hasło serwera");
    // Practice never uses a server that is not its own.
    run(
        folder.path(),
        &[&["practice", "own"][..], &NOWHERE].concat(),
    )
    .exits(2);
    let url = "redis://127.0.0.1:1";
    Lab::new(&["own", "--lessons", &folder.path().display().to_string()])
        .env("REDIS_URL", url)
        .run()
        .exits(2)
        .complains("unset REDIS_URL");
    assert!(!Path::new(&out).exists());
}

#[test]
fn where_there_are_others_it_is_left_out_and_they_say_so() {
    let folder = lessons();
    let server = ForeignServer::start();
    let dir = folder.path().display().to_string();
    let url = server.url();
    let why = "left out: own is only played on a server of its own";
    let all = run(
        folder.path(),
        &["all", "--no-pause", "--json", "--url", &url],
    )
    .exits(0);
    let begun = all
        .stdout
        .lines()
        .filter(|line| line.contains("\"type\":\"lesson\""));
    assert_eq!(begun.count(), 2, "{}", all.stdout);
    all.complains(why);
    run(folder.path(), &["walkthrough", "--rehearse", "--url", &url])
        .exits(0)
        .complains(why);
    run(folder.path(), &["check", "--url", &url])
        .exits(0)
        .says(why);
    run(folder.path(), &["check", &dir, "--url", &url])
        .exits(0)
        .says(why);
}

/// Played through by Enter alone: the course goes on behind it.
#[test]
fn on_a_terminal_the_course_goes_on_without_it() {
    let folder = lessons();
    let server = ForeignServer::start();
    let home = tempfile::tempdir().expect("a temporary directory");
    let (dir, url) = (folder.path().display().to_string(), server.url());
    let words = ["first", "--lang", "en", "--lessons", &dir, "--url", &url];
    let mut terminal = program_terminal(&words, home.path(), 24, 80);
    terminal.expect("PING");
    terminal.send("\r");
    terminal.expect("(Enter: next)");
    terminal.send("\r");
    // Keys that come before the prompt stands are thrown away.
    terminal.expect("(Enter: next section, after)");
    terminal.send("\r");
    terminal.expect("left out: own is only played");
    terminal.expect("CONFIG GET maxmemory");
    terminal.send("\x04");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn a_private_server_is_put_back_for_the_next_section() {
    let folder = lessons();
    let mut servers = vec!["builtin".to_owned()];
    servers.extend(lab::program().map(|program| program.display().to_string()));
    for name in ["redis-7.0", "redis-8.0", "valkey-9"] {
        let program = needs::fetched("putting a server back", name);
        servers.extend(program.map(|program| program.display().to_string()));
    }
    for server in &servers {
        let on = ["--server", server];
        let all = run(folder.path(), &[&["all", "--no-pause"][..], &on].concat());
        all.exits(0);
        // The rehearsal plays them on one stage, as the walkthrough does; the
        // lint begins the exercise anew many times.
        run(
            folder.path(),
            &[&["walkthrough", "--rehearse"][..], &on].concat(),
        )
        .exits(0);
        run(folder.path(), &[&["check"][..], &on].concat()).exits(0);
    }
}

/// A demo's own servers do not outlive redis-lab, however that ends: the
/// watchdog takes each with its folder.
#[test]
fn a_demos_servers_go_when_redis_lab_is_killed() {
    if lab::program().is_none() {
        needs::leave_out(
            "killing a demo's servers",
            "there is no redis-server on PATH",
            "apt-get install redis-server",
        );
        return;
    }
    let temporary = tempfile::tempdir().expect("a temporary directory");
    let args = ["persistence", "--no-pause", "--server", "spawn"];
    let mut child = Lab::new(&args).env("TMPDIR", temporary.path()).spawn();
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let begun = lines.any(|line| line.is_ok_and(|line| line.contains("kill -9 after")));
    assert!(begun, "the demo begins");
    let folders = || {
        let entries = std::fs::read_dir(temporary.path()).expect("readable");
        entries.flatten().count()
    };
    // The lesson's server has one, and the demo's. One without a server yet
    // would be the next start's to remove.
    let servers = || {
        let entries = std::fs::read_dir(temporary.path()).expect("readable");
        let sockets = entries.flatten().map(|entry| entry.path().join("s"));
        sockets.filter(|socket| socket.exists()).count()
    };
    wait_for("a server of the demo", || servers() > 1);
    child.kill().expect("killed");
    child.wait().expect("it ends");
    // The watchdog removes a folder when its server has ended.
    wait_for("the end of all servers", || folders() == 0);
}
