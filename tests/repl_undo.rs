//! `:undo` never takes back the wrong write, whatever server it is and however
//! new the command; `:peek` and `:diff` never say what nobody was told.

#![cfg(unix)]

mod lab;
mod needs;

use lab::{ForeignServer, Lab};

/// Runs lines in the shell on a server, with `:undo` recording.
fn shell(server: &ForeignServer, lines: &[&str]) -> String {
    let input = format!(":undo on\n{}\n", lines.join("\n"));
    let url = server.url();
    let outcome = Lab::new(&["repl", "--url", &url]).stdin(input).run();
    outcome.stdout + &outcome.stderr
}

#[test]
fn a_write_that_the_catalogue_does_not_know_is_taken_back_itself() {
    for (name, writes) in [
        (
            "redis-8.0",
            &["HSETEX lab:h FIELDS 1 b 2", "HEXPIRE lab:h 100 FIELDS 1 a"][..],
        ),
        (
            "valkey-9",
            &["HSETEX lab:h FIELDS 1 b 2", "DELIFEQ lab:s x"],
        ),
    ] {
        let Some(server) = ForeignServer::fetched("undo on a newer server", name) else {
            continue;
        };
        for write in writes {
            shell(&server, &["DEL lab:h", "HSET lab:h a 1", "SET lab:s x"]);
            let said = shell(
                &server,
                &[
                    "HSET lab:h c 3",
                    write,
                    ":undo",
                    ":undo",
                    "HGETALL lab:h",
                    "GET lab:s",
                ],
            );
            let undone = said.find(write).expect("the newer write is named");
            let older = said
                .find("taken back: HSET lab:h c")
                .expect("then the older one");
            assert!(undone < older, "{name}: {said}");
            assert!(
                said.contains("1) \"a\"\n2) \"1\""),
                "{name} {write}: {said}"
            );
            assert!(!said.contains("\"b\"") && !said.contains("\"c\""), "{said}");
            assert!(said.contains("\"x\""), "{said}");
        }
    }
}

#[test]
fn what_cannot_be_taken_back_bars_what_is_older() {
    let server = ForeignServer::start();
    let said = shell(
        &server,
        &[
            "SET lab:a 1",
            "EVAL \"return redis.call('SET', 'lab:a', '2')\" 0",
            ":undo",
            ":undo",
            "GET lab:a",
        ],
    );
    assert_eq!(said.matches("cannot be taken back").count(), 2, "{said}");
    assert!(said.contains("\"2\""), "{said}");
}

#[test]
fn a_transaction_is_taken_back_whole_or_not_at_all() {
    let server = ForeignServer::start();
    let said = shell(
        &server,
        &[
            "MSET lab:a 1 lab:b 1",
            "MULTI",
            "INCR lab:a",
            "DEL lab:b",
            "EXEC",
            ":undo",
            "MGET lab:a lab:b",
        ],
    );
    assert!(said.contains("1) \"1\"\n2) \"1\""), "{said}");
    let said = shell(
        &server,
        &[
            "MULTI",
            "INCR lab:a",
            "SELECT 1",
            "SET lab:b 2",
            "EXEC",
            ":undo",
            "SELECT 0",
            "GET lab:a",
        ],
    );
    assert!(said.contains("another database"), "{said}");
    assert!(said.trim_end().ends_with("\"2\""), "{said}");
}

#[test]
fn a_write_that_answers_nil_or_fails_half_way_is_taken_back() {
    let server = ForeignServer::start();
    let said = shell(
        &server,
        &[
            "DEL lab:n",
            "SET lab:n 1 GET",
            ":undo",
            "EXISTS lab:n",
            "SET lab:m 1",
            "EVAL \"redis.call('SET', KEYS[1], '2') return redis.call('LPUSH', KEYS[1], 'x')\" 1 lab:m",
            ":undo",
            "GET lab:m",
        ],
    );
    assert!(said.contains("taken back: SET lab:n 1 GET"), "{said}");
    assert!(said.contains("(integer) 0"), "{said}");
    assert!(said.trim_end().ends_with("\"1\""), "{said}");
}

#[test]
fn what_found_nothing_to_take_is_no_write() {
    let server = ForeignServer::start();
    let said = shell(
        &server,
        &[
            "SET lab:k v",
            "BLPOP lab:none 0.01",
            "LMOVE lab:none lab:k LEFT LEFT",
            ":undo",
            "EXISTS lab:k",
        ],
    );
    assert!(said.contains("taken back: SET lab:k v"), "{said}");
    assert!(said.trim_end().ends_with("(integer) 0"), "{said}");
}

#[test]
fn what_only_reads_bars_nothing_and_reading_for_a_group_is_taken_back() {
    let server = ForeignServer::start();
    let said = shell(
        &server,
        &[
            "RPUSH lab:l 3 1 2",
            "GEOADD lab:g 15 37 a",
            "SET lab:k v",
            "SORT lab:l",
            "GEORADIUS lab:g 15 37 200 km",
            ":undo",
            "EXISTS lab:k",
        ],
    );
    assert!(said.contains("taken back: SET lab:k v"), "{said}");
    assert!(said.trim_end().ends_with("(integer) 0"), "{said}");
    let said = shell(
        &server,
        &[
            "XADD lab:s 1-1 a 1",
            "XGROUP CREATE lab:s g 0",
            "XREADGROUP GROUP g c STREAMS lab:s >",
            ":undo",
            "XPENDING lab:s g",
        ],
    );
    assert!(said.contains("taken back: XREADGROUP"), "{said}");
    assert!(said.contains("1) (integer) 0\n2) (nil)"), "{said}");
}

#[test]
fn what_the_server_refuses_to_tell_is_not_missing() {
    let server = ForeignServer::start();
    shell(
        &server,
        &["ACL SETUSER half on nopass ~lab:* +get +set +type +pttl +auth"],
    );
    let said = shell(
        &server,
        &[
            "AUTH half x",
            ":undo off",
            ":diff on",
            "SET lab:k1 v",
            "SET lab:k1 w",
            ":peek lab:k1",
            ":peek other",
        ],
    );
    assert_eq!(
        said.matches("? lab:k1  cannot be looked at: NOPERM")
            .count(),
        2,
        "{said}"
    );
    assert!(
        said.contains("lab:k1: cannot be looked at: NOPERM"),
        "{said}"
    );
    assert!(
        said.contains("other: cannot be looked at: NOPERM"),
        "{said}"
    );
    assert!(
        !said.contains("no change") && !said.contains("no such key"),
        "{said}"
    );
}
