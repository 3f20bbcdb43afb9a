//! The shell's syntax hints against the server's own COMMAND DOCS, and its
//! line splitter against the real redis-cli.

mod needs;
mod repl_support;

use redis_lab::conn::{Connection, Target};
use redis_lab::session::{Commands, hint};
use repl_support::{TestServer, real_programs};
use resp::Reply;
use resp::split::split;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// The server's description of one argument.
#[derive(Default)]
struct Doc {
    name: String,
    kind: String,
    token: Option<String>,
    flags: Vec<String>,
    arguments: Vec<Doc>,
}

fn text(reply: &Reply) -> String {
    reply.as_str().unwrap_or_default().to_owned()
}

fn pairs(reply: &Reply) -> Vec<(String, &Reply)> {
    match reply {
        Reply::Map(pairs) => pairs.iter().map(|(k, v)| (text(k), v)).collect(),
        other => other
            .as_slice()
            .unwrap_or_default()
            .chunks_exact(2)
            .map(|pair| (text(&pair[0]), &pair[1]))
            .collect(),
    }
}

fn docs(reply: &Reply) -> Vec<Doc> {
    let list = reply.as_slice().unwrap_or_default();
    list.iter()
        .map(|argument| {
            let mut doc = Doc::default();
            for (field, value) in pairs(argument) {
                match field.as_str() {
                    "display_text" => doc.name = text(value),
                    "type" => doc.kind = text(value),
                    "token" => doc.token = Some(text(value)),
                    "flags" => {
                        doc.flags = value
                            .as_slice()
                            .unwrap_or_default()
                            .iter()
                            .map(text)
                            .collect();
                    }
                    "arguments" => doc.arguments = docs(value),
                    _ => {}
                }
            }
            doc
        })
        .collect()
}

/// The documentation's notation, written from the server's words.
fn notation(doc: &Doc) -> String {
    let is = |flag: &str| doc.flags.iter().any(|own| own == flag);
    let parts: Vec<String> = doc.arguments.iter().map(notation).collect();
    let value = match doc.kind.as_str() {
        "pure-token" => String::new(),
        "oneof" if doc.token.is_some() || !is("optional") => format!("<{}>", parts.join(" | ")),
        "oneof" => parts.join(" | "),
        "block" => parts.join(" "),
        _ => doc.name.clone(),
    };
    let token = doc
        .token
        .as_deref()
        .map(|token| if token.is_empty() { "\"\"" } else { token });
    let once = match token {
        Some("\"\"") => "\"\"".to_owned(),
        Some(token) => format!("{token} {value}").trim_end().to_owned(),
        None => value.clone(),
    };
    let text = if is("multiple") {
        let again = match doc.kind.as_str() {
            "pure-token" => &once,
            _ if is("multiple_token") || token.is_none() => &once,
            _ => &value,
        };
        format!("{once} [{again} ...]")
    } else {
        once
    };
    if is("optional") {
        format!("[{text}]")
    } else {
        text
    }
}

#[tokio::test]
async fn the_hint_of_every_command_is_the_servers_own_syntax() {
    // The catalogue is that of Redis 8.0.
    let Some(server) = TestServer::fetched("the hints of the commands", "redis-8.0") else {
        return;
    };
    let target = Target::parse(&server.url()).unwrap();
    let mut connection = Connection::connect(&target).await.unwrap();
    let reply = connection.call(&["COMMAND", "DOCS"]).await.unwrap();
    let mut compared = 0;
    let mut differences = Vec::new();
    let mut compare = |name: &str, arguments: &[Doc]| {
        let expected: Vec<String> = arguments.iter().map(notation).collect();
        let expected = expected.join(" ");
        let line = format!("{} ", name.replace('|', " "));
        let ours = hint(&line, &Commands::default()).unwrap_or_default();
        compared += 1;
        if ours != expected {
            differences.push(format!("{name}\n server {expected}\n shell  {ours}"));
        }
    };
    for (name, fields) in pairs(&reply) {
        let fields = pairs(fields);
        // A module may tell nothing: then the catalogue knows more.
        if fields.iter().any(|(own, _)| own == "module") {
            continue;
        }
        let field = |wanted: &str| {
            fields
                .iter()
                .find(|(own, _)| own == wanted)
                .map(|(_, v)| *v)
        };
        match field("subcommands") {
            Some(subcommands) => {
                for (name, fields) in pairs(subcommands) {
                    let fields = pairs(fields);
                    let arguments = fields.iter().find(|(own, _)| own == "arguments");
                    compare(&name, &arguments.map(|(_, v)| docs(v)).unwrap_or_default());
                }
            }
            None => compare(&name, &field("arguments").map(docs).unwrap_or_default()),
        }
    }
    assert!(compared > 300, "only {compared} commands were compared");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

type Argv = Vec<Vec<u8>>;

/// A server that remembers the arguments of every command it is sent.
fn recorder() -> (u16, Arc<Mutex<Vec<Argv>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        loop {
            let mut header = |reader: &mut BufReader<std::net::TcpStream>| -> Option<usize> {
                line.clear();
                reader.read_line(&mut line).ok()?;
                line.get(1..)?.trim_end().parse().ok()
            };
            let Some(count) = header(&mut reader) else {
                return;
            };
            let mut argv = Vec::new();
            for _ in 0..count {
                let len = header(&mut reader).unwrap();
                let mut arg = vec![0; len + 2];
                reader.read_exact(&mut arg).unwrap();
                arg.truncate(len);
                argv.push(arg);
            }
            sink.lock().unwrap().push(argv);
            writer.write_all(b"+OK\r\n").unwrap();
        }
    });
    (port, seen)
}

/// Lines of quotes, backslashes, blanks and bytes, the same in every run.
fn random_lines(count: usize) -> Vec<Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"\"",
        b"'",
        b"\\",
        b" ",
        b"\t",
        b"a",
        b"b",
        b"\\x",
        b"\\x4",
        b"\\x41",
        b"\\xfF",
        b"\\n",
        b"\\r",
        b"\\t",
        b"\\a",
        b"\\b",
        b"\\\"",
        b"\\'",
        b"\\\\",
        b"\"\"",
        b"''",
        b"\x0b",
        b"\x0c",
        b"\xc5\xbc",
        b"\xff",
        b"\x01",
        b"|",
        b"#",
        b"x=1",
        b"\" ",
        b"' ",
        b" \"",
        b" '",
    ];
    // Xorshift, seeded: a failure can be repeated.
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap_or(0)
    };
    (0..count)
        .map(|_| {
            // A first word that is neither a number nor one of redis-cli's own.
            let mut line = b"rec ".to_vec();
            for _ in 0..next(12) {
                line.extend_from_slice(PIECES[next(PIECES.len())]);
            }
            line
        })
        .collect()
}

#[test]
fn lines_are_split_as_redis_cli_splits_them() {
    if !real_programs("lines_are_split_as_redis_cli_splits_them") {
        return;
    }
    let lines = random_lines(5000);
    let (port, seen) = recorder();
    let mut child = Command::new("redis-cli")
        .args(["-p", &port.to_string()])
        .env("HOME", tempfile::tempdir().unwrap().path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = lines.join(&b"\n"[..]);
    input.push(b'\n');
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let refused = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.contains("Invalid argument(s)"))
        .count();
    let seen = seen.lock().unwrap().clone();
    // It asks for the commands' documentation first.
    let mut theirs = seen.into_iter().filter(|argv| argv[0] == b"rec");
    let mut ours_refused = 0;
    for line in &lines {
        match split(line) {
            Ok(argv) => assert_eq!(
                Some(&argv),
                theirs.next().as_ref(),
                "{:?}",
                String::from_utf8_lossy(line)
            ),
            Err(_) => ours_refused += 1,
        }
    }
    assert_eq!(theirs.next(), None);
    assert_eq!(ours_refused, refused);
    assert!(
        refused > 500 && refused < 4500,
        "{refused} lines are refused"
    );
}
