//! Whatever commands two clients send, with whatever arguments: every reply is
//! well-formed, and nothing panics.
//!
//! The input is a program for a fresh server. A command is two bytes that
//! choose it, one with the number of its arguments and the client, and the
//! arguments: a byte below 128 chooses a common word, one below 192 a keyword
//! of that command, the others say how many bytes of the input follow.
//! What would not end or would take much memory by itself (scripts of the
//! fuzzer's own, millions of random elements) is left out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use server::state::client::Client;
use server::commands;
use server::engine::dispatch::After;
use server::net::Net;
use server::engine::server::Server;
use server::state::settings::Settings;
use server::store::dump;
use resp::codec::Decoder;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

/// Keys, values, numbers and patterns.
const WORDS: &[&str] = &[
    "a", "b", "c", "d", "e", "f", "a", "b", "c", "0", "1", "2", "3", "-1", "-2", "5", "10", "100",
    "1000", "9223372036854775807", "-9223372036854775808", "18446744073709551615", "4294967296",
    "1.5", "-0", "1e300", "inf", "-inf", "nan", "(1", "(5", "[a", "[c", "(b", "-", "+", "$", ">",
    "*", "0-0", "1-1", "5-*", "3-0", "a*", "[ab]?", "\\", "u8", "i64", "u63", "#1", "", " ",
    "value", "a longer value that is no longer embedded in its object", "km", "m", "13.36", "38.1",
    "2.35", "48.85", "4000000000000", "get", "set", "foo", "default", "3.0e-2", "0x10", "~", "=",
    "g", "K", "E", "A", "x", "yes", "no", "maxmemory", "notify-keyspace-events", "reset",
];

/// The scripts that EVAL is given.
const SCRIPTS: &[&str] = &[
    "return redis.pcall(unpack(ARGV))",
    "return redis.call(ARGV[1], KEYS[1], ARGV[2], ARGV[3])",
    "redis.setresp(3) return redis.pcall(unpack(ARGV))",
    "return cjson.encode(cjson.decode(ARGV[1]))",
    "return {cmsgpack.unpack(ARGV[1])}",
    "return cmsgpack.pack(cjson.decode(ARGV[1]))",
    "return {struct.unpack(ARGV[1], ARGV[2])}",
    "return struct.pack(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[2]))",
    "return bit.tohex(bit.rol(ARGV[1], ARGV[2]), ARGV[3])",
    "return loadstring(ARGV[1])",
    "return {KEYS, ARGV, 1.5, {err = ARGV[1]}, {ok = ARGV[2]}, {double = 3.3}}",
    "table.insert(KEYS, ARGV[1], ARGV[2]) return string.format(ARGV[3], 1)",
    "#!lua flags=no-writes\nreturn redis.call('get', KEYS[1])",
];

/// The libraries that FUNCTION LOAD is given.
const LIBRARIES: &[&str] = &[
    "#!lua name=a\nredis.register_function('a', function(k, a) return redis.pcall(unpack(a)) end)",
    "#!lua name=b\nredis.register_function{function_name='b', callback=function(k, a) return {k, a} end, flags={'no-writes'}}",
    "#!lua name=c\nreturn nil",
    "#!lua\n",
];

/// The keywords of every command, by its place in the table.
static KEYWORDS: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let is_keyword = |word: &&str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase());
    commands::table().all()
        .iter()
        .map(|found| {
            let syntax = found.described.map(|c| c.syntax()).unwrap_or_default();
            let words = syntax.split(|c: char| !c.is_ascii_alphanumeric());
            words.filter(is_keyword).skip(1).map(str::to_owned).collect()
        })
        .collect()
});

/// The fuzzer's input, read from the front.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> Option<usize> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(usize::from(*first))
    }

    fn bytes(&mut self, n: usize) -> Vec<u8> {
        let (taken, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        taken.to_vec()
    }

    /// The next command and the client that sends it.
    fn command(&mut self) -> Option<(u64, Vec<Vec<u8>>)> {
        let index = (self.byte()? | self.byte()? << 8) % commands::table().all().len();
        let choice = self.byte()?;
        let name = commands::table().all()[index].command.name;
        let mut argv: Vec<Vec<u8>> = name.split('|').map(|word| word.into()).collect();
        for _ in 0..choice & 15 {
            let tag = self.byte()?;
            argv.push(match tag {
                0..128 => WORDS[tag % WORDS.len()].into(),
                128..192 => match KEYWORDS[index].as_slice() {
                    [] => WORDS[tag % WORDS.len()].into(),
                    own => own[tag % own.len()].as_str().into(),
                },
                _ => self.bytes(tag - 192),
            });
        }
        let replace = |at: usize, by: &[&str], argv: &mut Vec<Vec<u8>>| {
            if let Some(arg) = argv.get_mut(at) {
                *arg = by[arg.first().map_or(0, |b| usize::from(*b)) % by.len()].into();
            }
        };
        match name {
            "eval" | "eval_ro" => replace(1, SCRIPTS, &mut argv),
            "script|load" => replace(2, SCRIPTS, &mut argv),
            "function|load" => {
                let last = argv.len() - 1;
                replace(last.max(2), LIBRARIES, &mut argv);
            }
            "restore" => {
                if let Some(payload) = argv.get_mut(3) {
                    *payload = dump::seal(std::mem::take(payload));
                }
            }
            "function|restore" => {
                if let Some(payload) = argv.get_mut(2) {
                    *payload = dump::seal(std::mem::take(payload));
                }
            }
            _ => {}
        }
        Some((1 + (choice >> 4 & 1) as u64, argv))
    }
}

/// Whether a command must not be run here.
fn left_out(argv: &[&[u8]]) -> bool {
    let many = |arg: &&[u8]| {
        std::str::from_utf8(arg)
            .ok()
            .and_then(|n| n.parse::<i64>().ok())
            .is_some_and(|n| n < -1_000)
    };
    match argv[0] {
        b"shutdown" | b"save" | b"bgsave" => true,
        b"srandmember" | b"hrandfield" | b"zrandmember" => argv.iter().any(many),
        // The limit keeps strings small.
        b"config" => argv.iter().any(|arg| arg.eq_ignore_ascii_case(b"proto-max-bulk-len")),
        _ => false,
    }
}

/// Everything a client was sent is replies, whole ones.
fn check_output(server: &mut Server, id: u64, argv: &[&[u8]]) {
    let Some(client) = server.clients.get_mut(&id) else {
        return;
    };
    let output = std::mem::take(&mut client.out.buf);
    let mut rest = output.as_slice();
    while !rest.is_empty() {
        match Decoder::new().decode(rest) {
            Ok((used, Some(_))) if used > 0 => rest = &rest[used..],
            other => panic!(
                "{other:?} in the reply {:?} to {:?}",
                output.escape_ascii().to_string(),
                argv.iter().map(|arg| arg.escape_ascii().to_string()).collect::<Vec<_>>()
            ),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let settings = Settings {
        proto_max_bulk_len: 1024 * 1024,
        ..Settings::default()
    };
    let (net, _waker) = Net::new(Vec::new(), Arc::new(AtomicBool::new(false))).expect("a poll");
    let mut server = Server::new(commands::table(), settings, net);
    let mut input = Input(input);
    while let Some((id, argv)) = input.command() {
        let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
        if left_out(&argv) {
            continue;
        }
        for id in [1, 2] {
            let gone = server.clients.get(&id).is_none_or(|c| c.close_asap || c.close_after_reply);
            if gone {
                let mut client = Client::new(id, None, server.now);
                client.authenticated = true;
                server.clients.insert(id, Box::new(client));
            }
        }
        server.pause = None;
        if server.execute(id, &argv) == After::Blocked {
            server.unblock_by_timeout(id);
        }
        for id in [1, 2] {
            check_output(&mut server, id, &argv);
        }
        server.with_output.clear();
        server.to_close.clear();
        server.unblocked.clear();
    }
});
