//! `redis-lab serve` as a process of its own, used by redis-rs as any program
//! would: RESP2 and RESP3, blocking and asynchronous, pipelines, transactions,
//! scripts, Pub/Sub, streams; and eviction, which goes by the memory of the
//! whole process. (The other clients are in `tests/clients`.)

#![allow(missing_docs, reason = "a test has no readers of its documentation")]

use futures_util::StreamExt;
use redis::streams::{StreamReadOptions, StreamReadReply};
use redis::{Commands, RedisResult, Value};
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// `redis-lab serve` on a port of its own; it ends with this value.
struct Serve {
    child: Child,
    url: String,
}

impl Serve {
    fn start() -> Serve {
        Serve::of(&mut Command::new(env!("CARGO_BIN_EXE_redis-lab")))
    }

    fn of(command: &mut Command) -> Serve {
        let mut child = command
            .args(["serve", "--port", "0", "--lang", "en"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
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
    let script = redis::Script::new("return {KEYS[1], ARGV[1], redis.call('incr', KEYS[1])}");
    let replied: (String, String, i64) = script.key("counter").arg("x").invoke(con)?;
    assert_eq!(replied, ("counter".into(), "x".into(), 22));
    Ok(())
}

fn streams(con: &mut redis::Connection) -> RedisResult<()> {
    let _: () = con.xgroup_create_mkstream("orders", "workers", "0")?;
    let id: String = con.xadd("orders", "*", &[("item", "coffee")])?;
    let options = StreamReadOptions::default()
        .group("workers", "ala")
        .count(1);
    let read: StreamReadReply = con.xread_options(&["orders"], &[">"], &options)?;
    assert_eq!(read.keys[0].ids[0].id, id);
    let item: Option<String> = read.keys[0].ids[0].get("item");
    assert_eq!(item.as_deref(), Some("coffee"));
    assert_eq!(con.xack::<_, _, _, i64>("orders", "workers", &[&id])?, 1);
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
    use std::time::{Duration, Instant};
    let script = "ulimit -n 300 && exec \"$0\" \"$@\"";
    let server =
        Serve::of(Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_redis-lab")]));
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
