//! Pipe mode against the real redis-cli on a pseudo-terminal: the same lines,
//! the same server, the same bytes.

mod needs;
mod repl_support;

use portable_pty::CommandBuilder;
use repl_support::{Terminal, TestServer, pipe, real_programs, wait_for};

/// Each case is run on an empty server; its lines are separated by newlines.
const CASES: &[&str] = &[
    // Strings.
    "ping",
    "PING hello",
    "ping \"hello world\"",
    "echo \"\"",
    "set k v\nget k",
    "get nothing",
    "set k v NX\nset k v NX",
    "set k v XX",
    "set k v GET\nset k w GET",
    "set k v EX 100\nttl k",
    "set k v PX 100000\npersist k\nttl k",
    "ttl nothing\npttl nothing",
    "set k v\nttl k\npttl k\nexpiretime k",
    "set k v KEEPTTL EX 5",
    "append k Hello\nappend k \" World\"\nget k\nstrlen k",
    "incr n\nincr n\ndecr n\nincrby n 10\ndecrby n 3",
    "set k abc\nincr k",
    "incrbyfloat f 3.14\nincrbyfloat f -1e2",
    "set n 9223372036854775807\nincr n",
    "mset a 1 b 2 c 3\nmget a b nothing c",
    "mset a 1 b",
    "msetnx a 1 b 2\nmsetnx b 1 c 2",
    "getdel a\nset a 1\ngetdel a\nget a",
    "getset k 1\ngetset k 2",
    "setrange k 5 x\nget k",
    "set k hello\ngetrange k 1 3\ngetrange k -3 -1\ngetrange k 9 10",
    "setbit b 7 1\ngetbit b 7\nget b\nbitcount b\nbitpos b 1",
    "set a abc\nset b abd\nbitop and c a b\nget c",
    "lcs a b\nmset a ohmytext b mynewtext\nlcs a b\nlcs a b IDX",
    "bitfield b incrby u2 100 1 overflow fail incrby u2 102 1",
    // Binary safety and escapes.
    "set k \"a\\x00b\\n\\r\\t\\a\\b\\\\\\\"\"\nget k\nstrlen k",
    "set k 'it\\'s'\nget k",
    "set k '\\n\\x41'\nget k",
    "set k \"\\xff\\xfe\\x41\\x7f\"\nget k",
    "set k żółw\nget k\nstrlen k",
    "set k 日本語\nget k",
    "set k \"\\q\\x4\\xzz\"\nget k",
    "echo \"\\\"quoted\\\"\"",
    "echo '\"quoted\"'",
    "echo a\"b c\"",
    "set 'a b' 1\nget \"a b\"\nkeys *",
    "set \"\" empty\nget \"\"\nget ''",
    "echo a\\nb",
    "  echo   spaced\t\ttabs  ",
    "echo \"a\"\"b\"",
    "echo \"a\"b",
    "echo 'a'b",
    "echo \"open",
    "echo 'open",
    "set k {\"a\":1}",
    "set k '{\"a\":1}'\nget k",
    "set k {\"a\"",
    "\"get\" \"k\"",
    "'ping'",
    "",
    "   ",
    "\t",
    // Repetition.
    "3 incr n",
    "+2 ping",
    "2 set k v\nget k",
    "0 ping",
    "-1 ping",
    "99999999999999999999 ping",
    "\"\" ping",
    "\"3\" incr n",
    "3",
    "3 3 ping",
    "0x2 ping",
    "2 select 1\nget k",
    "2 nosuch",
    "2 rpush l a\nlrange l 0 -1",
    // Errors.
    "nosuch",
    "nosuch a b c",
    "get",
    "get a b",
    "set a",
    "set a b c",
    "set k v EX abc",
    "set k v EX 0",
    "set k v EX 10 PX 10",
    "rpush l a\nget l\nincr l\nhget l f",
    "config get nosuch",
    "config set nosuch 1",
    "object nosuch k",
    "object encoding",
    "client nosuch",
    "select 99",
    "select x",
    "select -1",
    "debug",
    "expire k abc",
    "rename nothing k",
    "xadd k 0-0 a b",
    "acl whoami",
    "auth wrong",
    "auth ala wrong",
    // Keys.
    "set a 1\nexists a b a\ndel a b\nexists a",
    "set a 1\ntype a\ntype b\nobject encoding a\nobject refcount nothing",
    "set a 1\nrename a b\nget b\ncopy b c\nget c",
    "randomkey",
    "dbsize\nset a 1\ndbsize",
    "scan 0",
    "set a 1\nscan 0 match a* count 10 type string",
    "keys *",
    "touch a\nunlink a",
    "set a v\ndump a",
    "set a v EX 100\nexpire a 200 NX\nexpire a 200 GT\nexpireat a 1",
    // Lists.
    "rpush l a b c\nlrange l 0 -1\nllen l",
    "lpush l 1 2 3 4 5 6 7 8 9 10 11 12\nlrange l 0 -1",
    "lrange nothing 0 -1",
    "rpush l a b a\nlrem l 1 a\nlpos l a\nlindex l 9\nlinsert l before b x\nlinsert l after zz x",
    "rpush l a b c\nlpop l\nrpop l\nlpop l 5\nlpop l\nlpop l 2",
    "rpush l a\nlmove l m left right\nlrange m 0 -1\nrpoplpush m l",
    "lmpop 1 l left\nrpush l a b\nlmpop 2 nothing l left count 2",
    "blpop l 0.01",
    "rpush l a\nblpop l 1",
    "rpush l a b c d\nltrim l 1 2\nlset l 0 x\nlset l 9 x\nlrange l 0 -1",
    "rpush l 3 1 2\nsort l\nsort l desc\nsort l limit 0 2\nsort l store d",
    // Sets.
    "sadd s a\nsadd s a\nsmembers s\nsismember s a\nsmismember s a b",
    "sadd s a\nscard s\nsrem s a b\nsmembers s",
    "sadd s 3 1 2\nsmembers s",
    "sadd s 1 2\nsadd t 2 3\nsinter s t\nsintercard 2 s t\nsdiff s t\nsinterstore d s t",
    "spop nothing\nsrandmember nothing\nsrandmember nothing 3",
    "sscan nothing 0",
    // Hashes.
    "hset h f v\nhget h f\nhget h g\nhgetall h",
    "hset h a 1 b 2\nhset h a 3\nhkeys h\nhvals h\nhlen h\nhmget h a x",
    "hgetall nothing\nhkeys nothing",
    "hset h n 5\nhincrby h n 2\nhincrbyfloat h n 0.5\nhexists h n\nhstrlen h n\nhdel h n n",
    "hset h f \"a\\nb\"\nhgetall h",
    "hscan nothing 0\nhset h f v\nhscan h 0",
    "hsetnx h f v\nhsetnx h f w\nhrandfield h",
    // Sorted sets.
    "zadd z 1 a 2.5 b inf c\nzrange z 0 -1 withscores\nzscore z b\nzscore z c\nzscore z x",
    "zadd z 1 a\nzadd z XX CH 2 a\nzincrby z 1.5 a\nzadd z INCR 1 a\nzadd z NX INCR 1 a",
    "zadd z 1 a 2 b\nzrank z b\nzrank z x\nzrevrank z a\nzcard z\nzcount z -inf (2",
    "zadd z 1 a 2 b 3 c\nzrange z 1 2 byscore\nzrange z 0 0 rev\nzrangebyscore z 1 3 withscores limit 1 1",
    "zadd z 1 a 2 b\nzpopmin z\nzpopmax z 5\nzpopmin z",
    "zadd z 1 a\nzadd y 2 a\nzunion 2 z y withscores\nzinter 2 z y\nzdiff 2 z y",
    "zmscore nothing a b\nzmpop 1 nothing min\nbzpopmin nothing 0.01",
    "zadd z nan a\nzadd z x a",
    "geoadd g 13.361389 38.115556 Palermo\ngeopos g Palermo x\ngeohash g Palermo\ngeodist g Palermo x",
    // Streams.
    "xadd s 1-1 a 1 b 2\nxadd s 1-2 c 3\nxrange s - +\nxlen s",
    "xadd s 1-1 a 1\nxadd s 1-1 a 1\nxread streams s 0\nxread streams s $",
    "xgroup create s g 0\nxgroup create s g 0 mkstream\nxgroup create s g 0",
    "xadd s 1-1 a 1\nxgroup create s g 0\nxreadgroup group g c streams s >\nxpending s g\nxack s g 1-1\nxpending s g",
    "xadd s 1-1 a 1\nxgroup create s g 0\nxinfo groups s\nxinfo consumers s g",
    "xadd s 1-1 a 1\nxdel s 1-1\nxtrim s maxlen 0\nxrevrange s + -",
    // Transactions.
    "multi\nset a 1\nincr a\nget a\nexec",
    "multi\nset a x\nincr a\nexec",
    "multi\nnosuch\nset a 1\nexec",
    "multi\nset a 1\ndiscard\nget a",
    "exec\ndiscard",
    "multi\nmulti\nexec",
    "watch a\nmulti\nset a 1\nexec",
    "watch a\nset a 1\nmulti\nget a\nexec",
    "multi\nexec",
    "multi\nselect 2\nset a 1\nexec\nget a",
    "multi\nselect 2\ndiscard\nset a 1\nselect 2\nget a",
    "multi\nlrange l 0 -1\nhgetall h\nping\nexec",
    "watch a\nunwatch\nmulti\nwatch b\nexec",
    "multi\nset a 1\nreset\nget a",
    // Lua.
    "eval 'return 1' 0\neval 'return {1,2,{3,\"x\"}}' 0\neval 'return nil' 0",
    "eval \"return redis.call('set',KEYS[1],ARGV[1])\" 1 k v\nget k",
    "eval 'return {1,nil,3}' 0\neval 'return 3.99' 0\neval 'return true' 0\neval 'return false' 0",
    "eval 'return redis.error_reply(\"MY error\")' 0\neval 'return redis.status_reply(\"FINE\")' 0",
    "eval 'return {{},{{}}}' 0",
    "evalsha ffffffffffffffffffffffffffffffffffffffff 0",
    "script load 'return 1'\nscript exists e0e1f9fabfc9d4800c877a703b823ac0578ff8db x",
    "eval 'return redis.call(\"nosuch\")' 0",
    "eval 'syntax error' 0",
    "eval 'local t={} for i=1,101 do t[i]=i end return t' 0",
    "eval 'local t={} for i=1,10 do t={t} end return t' 0",
    "eval 'return cjson.encode({a=1})' 0",
    // Connection and server.
    "select 3\nset a 1\nselect 0\nget a\nselect 3\nget a",
    "select 3\nreset\nget a",
    "client setname ala\nclient getname\nclient setname \"a b\"",
    "client getname\nclient no-evict on",
    "command count\ncommand getkeys set a b\ncommand info get",
    "command docs get",
    "config get maxmemory-policy\nconfig get max*-listpack-e*",
    "lastsave x\ntime x",
    "object help",
    "info nosuch",
    "memory doctor",
    "lolwut version 99",
    "cluster info",
    "client list bad",
    "memory usage nothing\nset k v\nmemory usage k",
    "latency doctor",
    "latency reset",
    "slowlog reset",
    "acl list\nacl cat hash",
    "acl setuser ala on >secret ~* +@all\nauth ala secret\nacl whoami\nauth ala wrong\nacl deluser ala",
    "publish c m\npubsub channels\npubsub numsub a b\npubsub numpat",
    "wait 0 0",
    "swapdb 0 1\nflushdb\nflushall",
    "function list\nfcall nosuch 0",
    "pfadd p a b c\npfcount p\npfadd p a",
    // A list that looks like a confirmation.
    "rpush l subscribe foo 1\nlrange l 0 -1\nget k",
    "eval 'return {\"psubscribe\",\"x\",1}' 0\nmulti\nget k\nexec\nget k",
    // RESP3.
    "hello 3\nhset h a 1 b 2\nhgetall h",
    "hello 3\nsadd s 1\nsmembers s\nsmembers nothing\nhgetall nothing",
    "hello 3\nzadd z 1 a 2.5 b\nzrange z 0 -1 withscores\nzscore z b\nzscore z x\nzpopmin z",
    "hello 3\nget nothing\nlrange nothing 0 -1",
    "hello 3\nconfig get maxmemory-policy",
    "hello 3\nxadd s 1-1 a 1\nxread streams s 0\nxgroup create s g 0\nxinfo groups s",
    "hello 3\ndebug protocol string\ndebug protocol integer\ndebug protocol double\ndebug protocol null",
    "hello 3\ndebug protocol array\ndebug protocol set\ndebug protocol map",
    "hello 3\ndebug protocol true\ndebug protocol false\ndebug protocol verbatim",
    "debug protocol double\ndebug protocol map\ndebug protocol set\ndebug protocol verbatim\ndebug protocol true",
    "hello 3\ncommand docs ping",
    "hello 3\neval 'redis.setresp(3); return redis.call(\"hgetall\",KEYS[1])' 1 h",
    "hello 3\nclient tracking on\nget k\nset k 1\nget k",
    "hello 3\nmulti\nhset h a 1\nhgetall h\nexec",
    "hello 3\nhello 2\nhset h a 1\nhgetall h",
    "hello 4\nhello x\nhello 3 bad",
    "hello 3\nselect 2\nget a",
    "hello 3\nlatency histogram nosuch",
    "hello 3\nmemory stats x",
    "hello 3\nfunction list\nacl getuser default",
];

/// redis-cli's answers on a terminal, line by line.
fn real(server: &TestServer, lines: &[&str]) -> String {
    let mut command = CommandBuilder::new("redis-cli");
    command.args(["-p", &server.port.to_string()]);
    command.env_clear();
    command.env("PATH", std::env::var("PATH").unwrap_or_default());
    // No .redisclirc of the person who runs the tests.
    let home = tempfile::tempdir().unwrap();
    command.env("HOME", home.path());
    // A terminal without line editing: the answers are the same, and nothing
    // else is drawn.
    command.env("TERM", "dumb");
    let mut terminal = Terminal::start(command, 60, 200);
    let mut all = String::new();
    wait_for("redis-cli's prompt", || {
        terminal.raw().ends_with("> ").then_some(())
    });
    for line in lines {
        terminal.clear_raw();
        terminal.send(&format!("{line}\n"));
        let answer = wait_for(&format!("redis-cli's answer to {line:?}"), || {
            let raw = terminal.raw();
            // The terminal repeats what is typed, then ends the line.
            let (_, answer) = raw.split_once("\r\n")?;
            let (answer, prompt) = match answer.rfind('\n') {
                Some(at) => answer.split_at(at + 1),
                None => ("", answer),
            };
            is_prompt(prompt, server.port).then(|| answer.to_owned())
        });
        all.push_str(&answer.replace("\r\n", "\n"));
    }
    all
}

fn is_prompt(text: &str, port: u16) -> bool {
    text.strip_prefix(&format!("127.0.0.1:{port}"))
        .and_then(|rest| rest.strip_suffix("> "))
        .is_some_and(|rest| {
            let rest = rest.strip_suffix("(TX)").unwrap_or(rest);
            rest.is_empty() || (rest.starts_with('[') && rest.ends_with(']'))
        })
}

#[test]
fn pipe_mode_answers_as_redis_cli_does() {
    if !real_programs("pipe_mode_answers_as_redis_cli_does") {
        return;
    }
    assert!(CASES.len() >= 150, "{} cases", CASES.len());
    let server = TestServer::start();
    let mut differences = Vec::new();
    for case in CASES {
        let lines: Vec<&str> = case.split('\n').collect();
        server.flush();
        let expected = real(&server, &lines);
        server.flush();
        let (ours, _, _) = pipe(&["--url", &server.url()], format!("{case}\n").as_bytes());
        let ours = String::from_utf8_lossy(&ours).into_owned();
        let hide = |text: &str| hide_ids(text);
        if hide(&ours) != hide(&expected) {
            differences.push(format!(
                "{case:?}\n redis-cli {expected:?}\n redis-lab {ours:?}"
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        CASES.len(),
        differences.join("\n")
    );
}

/// The ids of connections differ from one connection to the next.
fn hide_ids(text: &str) -> String {
    let mut id_follows = false;
    text.lines()
        .map(|line| {
            let hidden = match (line.find("\"id\" => (integer) "), id_follows) {
                (Some(at), _) => format!("{}\"id\" => ID", &line[..at]),
                (None, true) => "ID".to_owned(),
                (None, false) => line.to_owned(),
            };
            id_follows = line.ends_with(") \"id\"");
            hidden + "\n"
        })
        .collect()
}

#[test]
fn where_redis_cli_is_wrong_we_are_right() {
    if !real_programs("where_redis_cli_is_wrong_we_are_right") {
        return;
    }
    let server = TestServer::start();
    let url = server.url();
    let run = |input: &str| {
        let (out, notes, code) = pipe(&["--url", &url], input.as_bytes());
        (String::from_utf8_lossy(&out).into_owned(), notes, code)
    };
    // redis-cli ends with "Unknown reply type" on a big number.
    let (out, _, code) = run("hello 3\ndebug protocol bignum\nping\n");
    assert!(
        out.ends_with("(big number) 1234567999999999999999999999999999999\nPONG\n"),
        "{out}"
    );
    assert_eq!(code, 0);
    // It cannot read attributes.
    let (out, ..) = run("hello 3\ndebug protocol attrib\nping\n");
    assert!(out.contains("1| \"key-popularity\" => "), "{out}");
    assert!(out.ends_with("PONG\n"), "{out}");
    // It reads one of the two confirmations and is off by one from then on.
    let (out, ..) = run("unsubscribe a b\nping\n");
    assert!(out.ends_with("2) \"b\"\n3) (integer) 0\nPONG\n"), "{out}");
    // In RESP3 only a push is a message, whatever a list looks like.
    let (out, ..) = run(
        "hello 3\nrpush l message foo 1\nsubscribe c\nlrange l 0 -1\n\
         eval 'return {\"message\",\"c\",\"x\"}' 0\nunsubscribe c\nping\n",
    );
    assert!(
        out.contains("1) \"message\"\n2) \"foo\"\n3) \"1\"\n1) \"message\"\n2) \"c\""),
        "{out}"
    );
    assert!(out.ends_with("PONG\n"), "{out}");
    // It goes on in database 0 after a reconnection.
    let (out, notes, code) =
        run("select 3\nclient kill type normal skipme no\nset where here\nclient info\n");
    assert!(out.contains("db=3"), "{out} {notes}");
    assert_eq!(code, 0, "{notes}");
    assert!(server.inline("SELECT 3\r\nGET where").contains("here"));
    // A reply a thousand levels deep is printed to its end.
    let (out, ..) = run("eval 'local t = {} for i = 1, 1000 do t = {t} end return t' 0\nping\n");
    assert!(out.ends_with("1) (empty array)\nPONG\n"), "{}", out.len());
    assert_eq!(out.matches("1) ").count(), 1000);
    // It drops the rest of a line after 4095 bytes when typed; a pipe may not.
    let long = "x".repeat(100_000);
    let (out, ..) = run(&format!("set long {long}\nstrlen long\n"));
    assert_eq!(out, "OK\n(integer) 100000\n");
}

#[test]
fn nothing_of_a_lost_transaction_is_sent_outside_it() {
    let mut terminal_server = TestServer::start();
    let port = terminal_server.port;
    let mut child = needs::redis_lab()
        .args(["repl", "--url", &terminal_server.url()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    use std::io::{BufRead as _, Write as _};
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = || {
        let mut text = String::new();
        stdout.read_line(&mut text).unwrap();
        text.trim_end().to_owned()
    };
    stdin.write_all(b"select 2\nmulti\nset a 1\n").unwrap();
    assert_eq!([line(), line(), line()], ["OK", "OK", "QUEUED"]);
    terminal_server.kill();
    let again = TestServer::start_on(port);
    stdin.write_all(b"set a 2\nexec\nset b 3\n").unwrap();
    drop(stdin);
    assert!(line().starts_with("(error) ERR not sent"));
    assert!(line().starts_with("(error) EXECABORT not sent"));
    assert_eq!(line(), "OK");
    let output = child.wait_with_output().unwrap();
    let notes = String::from_utf8_lossy(&output.stderr);
    assert!(notes.contains("MULTI (queued commands: 1"), "{notes}");
    assert!(again.inline("SELECT 2\r\nEXISTS a b").contains(":1"));
    assert!(again.inline("SELECT 2\r\nGET b").contains('3'));
}

#[test]
fn outputs_for_programs() {
    let server = TestServer::start();
    let url = server.url();
    let run = |args: &[&str], input: &str| {
        let mut all = vec!["--url", url.as_str()];
        all.extend_from_slice(args);
        let (out, _, code) = pipe(&all, input.as_bytes());
        (String::from_utf8_lossy(&out).into_owned(), code)
    };
    let lines = "hset h a 1 b 2\nhgetall h\nnosuch\nset k \"a\\xff\"\nget k\n\"open\nzadd z inf m\nzscore z m\n";
    let (out, code) = run(&["--output", "json", "-e"], lines);
    assert_eq!(code, 1);
    let values: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect();
    assert_eq!(values[1], serde_json::json!({"a": "1", "b": "2"}));
    assert!(
        values[2]["error"]
            .as_str()
            .unwrap()
            .starts_with("ERR unknown command")
    );
    assert_eq!(values[4], "aÿ");
    assert_eq!(values[5]["error"], "Invalid argument(s)");
    assert_eq!(values[7], "inf");
    let (out, code) = run(
        &["--output", "raw"],
        "get nothing\nhget h a\nlrange x 0 -1\nnosuch\n",
    );
    assert!(out.starts_with("\n1\n\nERR unknown command"), "{out:?}");
    assert_eq!(code, 0);
    let (out, code) = run(&["-e", "--", "get", "k", "extra"], "");
    assert_eq!((out.as_str(), code), ("", 1));
    let (out, code) = run(&["--", "SET", "one", "a b"], "");
    assert_eq!((out.as_str(), code), ("OK\n", 0));
    let (out, _) = run(&["--", "GET", "one"], "");
    assert_eq!(out, "\"a b\"\n");
    let resp3 = format!("{url}?protocol=resp3");
    let hashed = |args: &[&str]| pipe(&[&["--url", &resp3], args].concat(), b"hgetall h\n").0;
    let (map, list) = (hashed(&[]), hashed(&["-2"]));
    assert!(map.starts_with(b"1# \"a\" => \"1\"\n"), "{map:?}");
    assert!(list.starts_with(b"1) \"a\"\n2) \"1\"\n"), "{list:?}");
    let (_, notes, code) = pipe(&["--url", "redis://127.0.0.1:1"], b"ping\n");
    assert_eq!(code, 4, "{notes}");
}
