//! `redis-lab serve` as a process of its own, used by redis-rs as any program
//! would: RESP2 and RESP3, blocking and asynchronous, pipelines, transactions,
//! scripts, Pub/Sub, streams; and eviction, which goes by the memory of the
//! whole process. (The other clients are in `tests/clients`.)

#![allow(missing_docs, reason = "a test has no readers of its documentation")]

mod needs;

use futures_util::StreamExt;
use redis::{Commands, RedisResult, Value};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a test waits for something to happen.
const PATIENCE: Duration = Duration::from_secs(10);

/// `redis-lab serve` on a port of its own; it ends with this value.
struct Serve {
    child: Child,
    url: String,
}

impl Serve {
    fn start() -> Serve {
        Serve::of(&mut needs::redis_lab())
    }

    fn of(command: &mut Command) -> Serve {
        Serve::with(command.args(["serve", "--port", "0", "--lang", "en"]))
    }

    /// With all its arguments.
    fn with(command: &mut Command) -> Serve {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let port: u16 = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("127.0.0.1:")?;
                let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
                digits.parse().ok()
            })
            .expect("serve says where it listens");
        Serve {
            child,
            url: format!("redis://127.0.0.1:{port}/"),
        }
    }

    fn client(&self, protocol: &str) -> redis::Client {
        redis::Client::open(format!("{}?protocol={protocol}", self.url)).unwrap()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory, and `redis-lab serve` that keeps its data there.
fn keeping(dir: &std::path::Path, more: &[&str]) -> Serve {
    let mut command = needs::redis_lab();
    let serve = ["serve", "--port", "0", "--lang", "en", "--dir"];
    Serve::with(command.args(serve).arg(dir).args(more))
}

#[cfg(unix)]
impl Serve {
    fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(kill.expect("kill is there").success());
    }

    /// Waits until it has ended; its exit code.
    fn end(mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::yield_now();
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_there_is_saved_when_it_is_told_to_end() {
    for signal in needs::ending_signals() {
        let dir = tempfile::tempdir().unwrap();
        let serve = keeping(dir.path(), &[]);
        let mut con = serve.client("resp2").get_connection().unwrap();
        let _: () = con.set("k", signal).unwrap();
        serve.signal(signal);
        assert_eq!(serve.end(), Some(0));
        let serve = keeping(dir.path(), &[]);
        let mut con = serve.client("resp2").get_connection().unwrap();
        assert_eq!(con.get::<_, String>("k").unwrap(), signal);
    }
}

/// A connection as soon as it is answered, and before it is said where.
#[cfg(unix)]
fn as_soon_as_possible(dir: &std::path::Path, more: &[&str]) -> (Serve, redis::Connection) {
    let socket = dir.join("s");
    let mut command = needs::redis_lab();
    command.args(["serve", "--port", "0", "--dir"]).arg(dir);
    command.arg("--unixsocket").arg(&socket).args(more);
    command.args(["--lang", "en"]).stdout(Stdio::null());
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let url = format!("unix://{}", socket.display());
    let client = redis::Client::open(url.clone()).unwrap();
    let serve = Serve { child, url };
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Ok(connection) = client.get_connection() {
            return (serve, connection);
        }
        assert!(Instant::now() < deadline, "nobody answers");
    }
}

#[cfg(unix)]
#[test]
fn what_is_answered_first_of_all_is_saved_too() {
    for _ in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        let (serve, mut con) = as_soon_as_possible(dir.path(), &[]);
        let _: () = con.set("k", "v").unwrap();
        serve.signal("TERM");
        assert_eq!(serve.end(), Some(0));
        assert!(dir.path().join("dump.rdb").exists());
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_while_it_reads_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    {
        let serve = keeping(dir.path(), &[]);
        let mut con = serve.client("resp2").get_connection().unwrap();
        for i in 0..3000 {
            let _: () = con.set(i, "v".repeat(1000)).unwrap();
        }
        let _: () = redis::cmd("SAVE").query(&mut con).unwrap();
    }
    let before = std::fs::read(dir.path().join("dump.rdb")).unwrap();
    let slowly = [
        "--set",
        "key-load-delay=10000",
        "--set",
        "loading-process-events-interval-bytes=1024",
    ];
    for signal in needs::ending_signals() {
        let (mut serve, mut con) = as_soon_as_possible(dir.path(), &slowly);
        let error = con.get::<_, String>(1).unwrap_err();
        assert_eq!(error.code(), Some("LOADING"), "{error}");
        if signal == "TERM" {
            let errors = BufReader::new(serve.child.stderr.take().unwrap());
            let said = errors.lines().next().unwrap().unwrap();
            assert!(said.contains("reading the data"), "{said}");
        }
        serve.signal(signal);
        assert_eq!(serve.end(), Some(0));
        let after = std::fs::read(dir.path().join("dump.rdb")).unwrap();
        assert!(before == after);
    }
}

/// As under `nohup`.
#[cfg(target_os = "linux")]
#[test]
fn it_outlasts_its_terminal_where_that_was_asked_for() {
    let mut command = Command::new("sh");
    let script = "trap '' HUP; exec \"$@\"";
    let serve = ["serve", "--port", "0", "--lang", "en"];
    let program = needs::redis_lab().get_program().to_owned();
    command.args(["-c", script, "sh"]).arg(program).args(serve);
    let serve = Serve::with(&mut command);
    let mut con = serve.client("resp2").get_connection().unwrap();
    for _ in 0..10 {
        serve.signal("HUP");
        let _: () = con.set("k", "v").unwrap();
    }
}

/// With something in the place of the snapshot that cannot be replaced.
#[cfg(unix)]
#[test]
fn it_goes_on_when_it_cannot_save_and_ends_when_told_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut serve = keeping(dir.path(), &[]);
    std::fs::create_dir_all(dir.path().join("dump.rdb/x")).unwrap();
    let mut con = serve.client("resp2").get_connection().unwrap();
    let _: () = con.set("k", "v").unwrap();
    serve.signal("TERM");
    let errors = BufReader::new(serve.child.stderr.take().unwrap());
    let said = errors.lines().next().unwrap().unwrap();
    assert!(said.contains("not stopped: cannot write"), "{said}");
    assert_eq!(con.get::<_, String>("k").unwrap(), "v");
    serve.signal("TERM");
    assert_eq!(serve.end(), Some(0));
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

/// Who presses Ctrl-C while it saves wants it to end.
#[cfg(unix)]
#[test]
fn a_second_interrupt_ends_the_saving_too() {
    let dir = tempfile::tempdir().unwrap();
    let serve = keeping(dir.path(), &["--set", "rdb-key-save-delay=600000000"]);
    let mut con = serve.client("resp2").get_connection().unwrap();
    let _: () = con.set("k", "v").unwrap();
    let temporary = dir.path().join(format!("temp-{}.rdb", serve.child.id()));
    serve.signal("INT");
    let deadline = Instant::now() + PATIENCE;
    while !temporary.exists() {
        assert!(Instant::now() < deadline, "it does not save");
        std::thread::yield_now();
    }
    serve.signal("INT");
    assert_eq!(serve.end(), Some(0));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn what_was_answered_is_there_after_a_kill() {
    for sync in ["always", "everysec", "no"] {
        let dir = tempfile::tempdir().unwrap();
        let options = ["--appendonly", "yes", "--appendfsync", sync];
        let serve = keeping(dir.path(), &options);
        let mut con = serve.client("resp2").get_connection().unwrap();
        for n in 0..500 {
            let _: () = con.rpush("list", n).unwrap();
        }
        serve.signal("KILL");
        serve.end();
        let serve = keeping(dir.path(), &options);
        let mut con = serve.client("resp2").get_connection().unwrap();
        assert_eq!(con.llen::<_, i64>("list").unwrap(), 500, "{sync}");
    }
}

/// Runs redis-cli on a server; what it prints.
#[cfg(unix)]
fn redis_cli(serve: &Serve, arguments: &[&str], input: &[u8]) -> String {
    use std::io::Write as _;
    let port = serve.url.trim_end_matches('/').rsplit(':').next().unwrap();
    let mut cli = Command::new("redis-cli")
        .args(["-p", port])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    cli.stdin.take().unwrap().write_all(input).unwrap();
    let output = cli.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(unix)]
#[test]
fn redis_cli_takes_snapshots_and_sends_floods() {
    if !needs::installed("redis-cli and snapshots", &["redis-cli", "redis-check-rdb"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let serve = Serve::start();
    let mut flood = Vec::new();
    for n in 0..20_000 {
        let value = "x".repeat(n % 300);
        resp::codec::encode_command(&["SET", &format!("key {n}"), &value], &mut flood);
    }
    let told = redis_cli(&serve, &["--pipe"], &flood);
    assert!(told.contains("errors: 0, replies: 20000"), "{told}");
    let library = "#!lua name=mine\nredis.register_function('f', function() return 1 end)";
    let mut con = serve.client("resp2").get_connection().unwrap();
    let mut load = redis::cmd("FUNCTION");
    load.arg("LOAD").arg(library).exec(&mut con).unwrap();
    for (option, keys, name) in [
        ("--rdb", 20_000, "dump.rdb"),
        ("--functions-rdb", 0, "functions.rdb"),
    ] {
        let file = dir.path().join(name);
        let told = redis_cli(&serve, &[option, &file.display().to_string()], b"");
        assert!(told.contains("Transfer finished with success"), "{told}");
        let kept = tempfile::tempdir().unwrap();
        std::fs::copy(&file, kept.path().join("dump.rdb")).unwrap();
        let copy = keeping(kept.path(), &[]);
        let mut con = copy.client("resp2").get_connection().unwrap();
        let size: i64 = redis::cmd("DBSIZE").query(&mut con).unwrap();
        assert_eq!(size, keys);
        let one: i64 = redis::cmd("FCALL").arg("f").arg(0).query(&mut con).unwrap();
        assert_eq!(one, 1);
    }
    // Whoever wants more than a snapshot is told that there is no more.
    let refused = redis::cmd("SYNC").query::<()>(&mut con).unwrap_err();
    assert!(refused.to_string().contains("no replication"), "{refused}");
}

fn data_types(con: &mut redis::Connection) -> RedisResult<()> {
    let _: () = con.set_ex("text", "a\r\nb", 100)?;
    assert_eq!(con.get::<_, String>("text")?, "a\r\nb");
    assert!((1..=100).contains(&con.ttl::<_, i64>("text")?));
    assert_eq!(con.get::<_, Option<String>>("nothing")?, None);
    assert_eq!(con.incr::<_, _, i64>("n", 5)?, 5);
    assert_eq!(con.rpush::<_, _, i64>("list", &["a", "b", "c"])?, 3);
    assert_eq!(
        con.lrange::<_, Vec<String>>("list", 0, -1)?,
        ["a", "b", "c"]
    );
    let _: () = con.hset_multiple("hash", &[("x", 1), ("y", 2)])?;
    let hash: HashMap<String, i64> = con.hgetall("hash")?;
    assert_eq!((hash["x"], hash["y"], hash.len()), (1, 2, 2));
    let _: () = con.zadd_multiple("zset", &[(1.5, "low"), (f64::INFINITY, "high")])?;
    let members: Vec<(String, f64)> = con.zrange_withscores("zset", 0, -1)?;
    assert_eq!(
        members,
        [("low".into(), 1.5), ("high".into(), f64::INFINITY)]
    );
    let mut found: Vec<String> = con.scan_match("*s*t")?.collect::<RedisResult<_>>()?;
    found.sort();
    assert_eq!(found, ["list", "zset"]);
    let error = con.lpush::<_, _, i64>("text", 1).unwrap_err();
    assert_eq!(error.code(), Some("WRONGTYPE"));
    Ok(())
}

fn several_at_once(con: &mut redis::Connection) -> RedisResult<()> {
    let piped: (i64, i64, String) = redis::pipe()
        .incr("counter", 1)
        .incr("counter", 1)
        .get("counter")
        .query(con)?;
    assert_eq!(piped, (1, 2, "2".into()));
    let (after,): (i64,) = redis::transaction(con, &["counter"], |con, pipe| {
        let before: i64 = con.get("counter")?;
        pipe.set("counter", before * 10)
            .ignore()
            .incr("counter", 1)
            .query(con)
    })?;
    assert_eq!(after, 21);
    let script = "return {KEYS[1], ARGV[1], redis.call('incr', KEYS[1])}";
    let sha: String = redis::cmd("SCRIPT").arg("LOAD").arg(script).query(con)?;
    let mut call = redis::cmd("EVALSHA");
    call.arg(&sha).arg(1).arg("counter").arg("x");
    let replied: (String, String, i64) = call.query(con)?;
    assert_eq!(replied, ("counter".into(), "x".into(), 22));
    Ok(())
}

fn streams(con: &mut redis::Connection) -> RedisResult<()> {
    let mut create = redis::cmd("XGROUP");
    create.arg(&["CREATE", "orders", "workers", "0", "MKSTREAM"]);
    let _: () = create.query(con)?;
    let mut add = redis::cmd("XADD");
    let id: String = add.arg(&["orders", "*", "item", "coffee"]).query(con)?;
    let mut read = redis::cmd("XREADGROUP");
    read.arg(&["GROUP", "workers", "ala", "COUNT", "1"]);
    read.arg(&["STREAMS", "orders", ">"]);
    // Streams with their entries: pairs in RESP2, a map in RESP3.
    let read: Vec<(String, Vec<(String, HashMap<String, String>)>)> = read.query(con)?;
    let item = HashMap::from([("item".to_owned(), "coffee".to_owned())]);
    assert_eq!(read, [("orders".to_owned(), vec![(id.clone(), item)])]);
    let mut ack = redis::cmd("XACK");
    let acked: i64 = ack.arg(&["orders", "workers", &id]).query(con)?;
    assert_eq!(acked, 1);
    Ok(())
}

#[test]
fn commands_pipelines_transactions_scripts_and_streams() {
    let serve = Serve::start();
    for protocol in ["resp2", "resp3"] {
        let mut con = serve.client(protocol).get_connection().unwrap();
        let _: () = redis::cmd("FLUSHALL").query(&mut con).unwrap();
        data_types(&mut con).unwrap();
        several_at_once(&mut con).unwrap();
        streams(&mut con).unwrap();
    }
}

#[test]
fn messages_reach_a_subscriber() {
    let serve = Serve::start();
    let client = serve.client("resp2");
    let mut subscriber = client.get_connection().unwrap();
    let mut pubsub = subscriber.as_pubsub();
    pubsub.subscribe("news").unwrap();
    pubsub.psubscribe("n?ws").unwrap();
    let mut con = client.get_connection().unwrap();
    assert_eq!(con.publish::<_, _, i64>("news", "hello").unwrap(), 2);
    for pattern in [false, true] {
        let message = pubsub.get_message().unwrap();
        assert_eq!(message.get_payload::<String>().unwrap(), "hello");
        assert_eq!(message.from_pattern(), pattern);
    }
}

#[tokio::test]
async fn many_tasks_share_a_multiplexed_connection() {
    let serve = Serve::start();
    for protocol in ["resp2", "resp3"] {
        let con = serve
            .client(protocol)
            .get_multiplexed_async_connection()
            .await
            .unwrap();
        let tasks = (0..200).map(|n: i64| {
            let mut con = con.clone();
            async move {
                let key = format!("{protocol}:{n}");
                let reply: (Value, i64) = redis::pipe()
                    .set(&key, n)
                    .incr(&key, 1)
                    .query_async(&mut con)
                    .await
                    .unwrap();
                assert_eq!(reply, (Value::Okay, n + 1));
            }
        });
        futures_util::stream::iter(tasks)
            .buffer_unordered(50)
            .collect::<()>()
            .await;
    }
}

/// What the server has of the system's memory, bytes.
#[cfg(target_os = "linux")]
fn resident(con: &mut redis::Connection) -> u64 {
    let info: redis::InfoDict = redis::cmd("INFO").arg("memory").query(con).unwrap();
    info.get("used_memory_rss").unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_free_goes_back_to_the_system() {
    /// 40 MB, in pieces that do not go back by themselves.
    const KEYS: usize = 40_000;
    let serve = Serve::start();
    let mut con = serve.client("resp3").get_connection().unwrap();
    let name = |n: usize| format!("lab:{n}");
    for how in ["FLUSHALL", "FLUSHALL ASYNC", "DEL"] {
        let before = resident(&mut con);
        for part in (0..KEYS).step_by(1_000) {
            let mut pipe = redis::pipe();
            for n in part..part + 1_000 {
                pipe.set(name(n), vec![b'x'; 1_000]).ignore();
            }
            pipe.exec(&mut con).unwrap();
        }
        let full = resident(&mut con);
        assert!(full - before > 30_000_000, "{how}: {before} {full}");
        let mut words = how.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            command.arg(word);
        });
        if how == "DEL" {
            (0..KEYS).for_each(|n| {
                command.arg(name(n));
            });
            command.exec(&mut con).unwrap();
            redis::cmd("MEMORY").arg("PURGE").exec(&mut con).unwrap();
        } else {
            command.exec(&mut con).unwrap();
        }
        let deadline = Instant::now() + PATIENCE;
        while resident(&mut con) > before + 10_000_000 {
            assert!(Instant::now() < deadline, "{how}: {before} {full}");
        }
    }
}

#[test]
fn what_is_used_least_is_evicted() {
    let serve = Serve::start();
    let mut con = serve.client("resp2").get_connection().unwrap();
    let config = |con: &mut redis::Connection, name: &str, value: &str| {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg(name).arg(value).exec(con).unwrap();
    };
    config(&mut con, "maxmemory-policy", "allkeys-lfu");
    // Samples so large that chance plays no part.
    config(&mut con, "maxmemory-samples", "64");
    for n in 0..100 {
        let _: () = con.set(format!("key:{n}"), vec![b'v'; 10_000]).unwrap();
    }
    for _ in 0..1_000 {
        let _: Vec<u8> = con.get("key:9").unwrap();
    }
    let figure = |con: &mut redis::Connection, name: &str| -> i64 {
        let info: redis::InfoDict = redis::cmd("INFO").query(con).unwrap();
        info.get(name).expect("INFO tells it")
    };
    let most = figure(&mut con, "used_memory") - 500_000;
    config(&mut con, "maxmemory", &most.to_string());
    let _: () = con.set("new", "1").unwrap();
    // What looking at the server takes is to evict nothing more.
    config(&mut con, "maxmemory", "0");
    let left: i64 = redis::cmd("DBSIZE").query(&mut con).unwrap();
    assert!((20..80).contains(&left), "{left} keys are left");
    assert_eq!(figure(&mut con, "evicted_keys"), 101 - left);
    assert!(con.exists::<_, bool>("key:9").unwrap());
}

/// With a limit of 300 files, 420 clients come at once: those there is no room
/// for are told so, and when all have gone others are served.
#[cfg(unix)]
#[test]
fn more_clients_than_files_are_refused_and_do_no_harm() {
    use std::io::{Read as _, Write as _};
    let script = "ulimit -n 300 && exec \"$0\" \"$@\"";
    let server = Serve::of(Command::new("sh").args(["-c", script, needs::LAB]));
    let address = server.url["redis://".len()..]
        .trim_end_matches('/')
        .to_owned();
    let connect = || {
        let stream = std::net::TcpStream::connect(&address).expect("a connection");
        let limit = Some(Duration::from_secs(10));
        stream.set_read_timeout(limit).expect("a limit");
        stream
    };
    let mut clients: Vec<_> = (0..420).map(|_| connect()).collect();
    let (mut served, mut refused) = (0, 0);
    for client in &mut clients {
        let _ = client.write_all(b"PING\r\n");
        let mut answer = [0; 64];
        match client.read(&mut answer) {
            Ok(n) if answer[..n].starts_with(b"+PONG") => served += 1,
            Ok(n) => {
                let text = String::from_utf8_lossy(&answer[..n]).into_owned();
                assert_eq!(text, "-ERR max number of clients reached\r\n");
                refused += 1;
            }
            // It was closed before it could ask.
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                refused += 1;
            }
        }
    }
    assert_eq!((served, refused), (268, 152));
    // No more than that are promised.
    let client = &mut clients[0];
    let _ = client.write_all(b"CONFIG SET maxclients 1000\r\n");
    let mut answer = [0; 256];
    let n = client.read(&mut answer).expect("an answer");
    let text = String::from_utf8_lossy(&answer[..n]);
    assert!(
        text.contains("not able to handle the specified number of clients, try with 268"),
        "{text}"
    );
    drop(clients);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let mut client = connect();
        let _ = client.write_all(b"PING\r\n");
        let mut answer = [0; 64];
        if client
            .read(&mut answer)
            .is_ok_and(|n| answer[..n].starts_with(b"+PONG"))
        {
            break;
        }
        assert!(Instant::now() < deadline, "nobody is served any more");
    }
}

/// How soon the kernel ends a process when memory runs out.
#[cfg(target_os = "linux")]
fn oom_score(serve: &Serve) -> i32 {
    let file = format!("/proc/{}/oom_score_adj", serve.child.id());
    let text = std::fs::read_to_string(file).unwrap();
    text.trim().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernel_is_told_whom_to_end_when_memory_runs_out() {
    let serve = Serve::start();
    let mut con = serve.client("resp2").get_connection().unwrap();
    let mut set = |pairs: &[&str]| -> RedisResult<()> {
        redis::cmd("CONFIG").arg("SET").arg(pairs).query(&mut con)
    };
    let before = oom_score(&serve);
    set(&["oom-score-adj-values", "7 8 9"]).unwrap();
    assert_eq!(oom_score(&serve), before);
    set(&["oom-score-adj", "relative"]).unwrap();
    assert_eq!(oom_score(&serve), (before + 7).min(1000));
    set(&["oom-score-adj-values", "9 9 9"]).unwrap();
    assert_eq!(oom_score(&serve), (before + 9).min(1000));
    set(&["oom-score-adj", "no"]).unwrap();
    assert_eq!(oom_score(&serve), before);
    set(&[
        "oom-score-adj-values",
        "1000 1000 1000",
        "oom-score-adj",
        "absolute",
    ])
    .unwrap();
    assert_eq!(oom_score(&serve), 1000);
    // What comes after it fails, so all is as it was.
    set(&["oom-score-adj", "no"]).unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let error = set(&["oom-score-adj", "yes", "port", &port]).unwrap_err();
    assert!(error.to_string().contains("argument 'port'"), "{error}");
    assert_eq!(oom_score(&serve), before);
    let value: Vec<String> = redis::cmd("CONFIG")
        .arg(&["GET", "oom-score-adj"])
        .query(&mut con)
        .unwrap();
    assert_eq!(value[1], "no");

    // At the start, too.
    let higher = (before + 3).min(1000);
    let values = format!("oom-score-adj-values={higher} 0 0");
    let arguments = ["serve", "--port", "0", "--lang", "en", "--set", &values];
    let serve = Serve::with(
        needs::redis_lab()
            .args(arguments)
            .args(["--set", "oom-score-adj=absolute"]),
    );
    assert_eq!(oom_score(&serve), higher);
}
