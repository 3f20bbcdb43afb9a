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
use resp::codec::Decoder;
use server::{ClientId, Config, Server};
use std::sync::LazyLock;

/// Keys, values, numbers and patterns.
const WORDS: &[&str] = &[
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
    "a",
    "b",
    "c",
    "0",
    "1",
    "2",
    "3",
    "-1",
    "-2",
    "5",
    "10",
    "100",
    "1000",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "4294967296",
    "1.5",
    "-0",
    "1e300",
    "inf",
    "-inf",
    "nan",
    "(1",
    "(5",
    "[a",
    "[c",
    "(b",
    "-",
    "+",
    "$",
    ">",
    "*",
    "0-0",
    "1-1",
    "5-*",
    "3-0",
    "a*",
    "[ab]?",
    "\\",
    "u8",
    "i64",
    "u63",
    "#1",
    "",
    " ",
    "value",
    "a longer value that is no longer embedded in its object",
    "km",
    "m",
    "13.36",
    "38.1",
    "2.35",
    "48.85",
    "4000000000000",
    "get",
    "set",
    "foo",
    "default",
    "3.0e-2",
    "0x10",
    "~",
    "=",
    "g",
    "K",
    "E",
    "A",
    "x",
    "yes",
    "no",
    "maxmemory",
    "notify-keyspace-events",
    "reset",
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

/// The commands of the server.
static COMMANDS: LazyLock<Vec<&'static catalog::Command>> =
    LazyLock::new(|| server::commands().collect());

/// The keywords of every command, by its place among them.
static KEYWORDS: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let is_keyword = |word: &&str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase());
    COMMANDS
        .iter()
        .map(|command| {
            let syntax = command.syntax();
            let words = syntax.split(|c: char| !c.is_ascii_alphanumeric());
            words
                .filter(is_keyword)
                .skip(1)
                .map(str::to_owned)
                .collect()
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
    fn command(&mut self) -> Option<(usize, Vec<Vec<u8>>)> {
        let index = (self.byte()? | self.byte()? << 8) % COMMANDS.len();
        let choice = self.byte()?;
        let name = COMMANDS[index].name;
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
                    *payload = seal(std::mem::take(payload));
                }
            }
            "function|restore" => {
                if let Some(payload) = argv.get_mut(2) {
                    *payload = seal(std::mem::take(payload));
                }
            }
            _ => {}
        }
        Some((choice >> 4 & 1, argv))
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
        b"config" => argv
            .iter()
            .any(|arg| arg.eq_ignore_ascii_case(b"proto-max-bulk-len")),
        _ => false,
    }
}

/// A payload for RESTORE with the version and the checksum that make the
/// server read it.
fn seal(mut payload: Vec<u8>) -> Vec<u8> {
    payload.extend_from_slice(&10_u16.to_le_bytes());
    let mut crc = 0_u64;
    for byte in &payload {
        crc ^= u64::from(*byte);
        for _ in 0..8 {
            let odd = crc & 1 == 1;
            crc >>= 1;
            if odd {
                crc ^= 0x95ac_9329_ac4b_c9b5;
            }
        }
    }
    payload.extend_from_slice(&crc.to_le_bytes());
    payload
}

/// Everything a client was sent is replies, whole ones.
fn check_output(server: &mut Server, id: ClientId, argv: &[&[u8]]) {
    let output = server.take_output(id);
    let mut rest = output.as_slice();
    while !rest.is_empty() {
        match Decoder::new().decode(rest) {
            Ok((used, Some(_))) if used > 0 => rest = &rest[used..],
            other => panic!(
                "{other:?} in the reply {:?} to {:?}",
                output.escape_ascii().to_string(),
                argv.iter()
                    .map(|arg| arg.escape_ascii().to_string())
                    .collect::<Vec<_>>()
            ),
        }
    }
}

fn request(argv: &[&[u8]]) -> Vec<u8> {
    let mut request = format!("*{}\r\n", argv.len()).into_bytes();
    for arg in argv {
        request.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        request.extend_from_slice(arg);
        request.extend_from_slice(b"\r\n");
    }
    request
}

fn connected(server: &mut Server) -> ClientId {
    server.connect().expect("there are few")
}

fuzz_target!(|input: &[u8]| {
    let mut server = Server::new(Config::default()).expect("it reads no file");
    // The third sees to it that the others never wait.
    let mut ids = [(); 3].map(|()| connected(&mut server));
    server.feed(ids[2], b"CONFIG SET proto-max-bulk-len 1048576\r\n");
    let mut input = Input(input);
    while let Some((client, argv)) = input.command() {
        let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
        if left_out(&argv) {
            continue;
        }
        server.feed(ids[client], &request(&argv));
        let free = format!("CLIENT UNPAUSE\r\nCLIENT UNBLOCK {}\r\n", ids[client]);
        server.feed(ids[2], free.as_bytes());
        server.tick();
        for id in &mut ids {
            check_output(&mut server, *id, &argv);
            if !server.is_connected(*id) {
                *id = connected(&mut server);
            }
        }
    }
});
