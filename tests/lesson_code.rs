//! The client code that lessons show: every Rust block compiles against the
//! `redis` crate this project uses, every Python block parses. A lesson whose
//! code does not run would teach the wrong thing for years. So does what `:code`
//! writes: compiled for redis-rs, run with redis-py and node-redis on a real
//! server, which is asked what it was sent.

mod needs;
mod repl_support;

use catalog::lang::Lang;
use redis_lab::lesson::{Item, Library};
use redis_lab::session::code;
use repl_support::TestServer;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A shown block of code.
struct Shown {
    /// The lesson's file and the line of the block's fence.
    file: String,
    line: usize,
    code: String,
}

fn shown(wanted: &str) -> Vec<Shown> {
    let library = Library::new(None);
    let mut found = Vec::new();
    for lang in Lang::ALL {
        for id in library.ids(lang).expect("the embedded lessons") {
            let lesson = library.get(&id, lang).expect("a well-formed lesson");
            for item in lesson.steps.iter().flat_map(|step| &step.items) {
                if let Item::Code {
                    language,
                    text,
                    span,
                } = item
                    && language == wanted
                {
                    found.push(Shown {
                        file: lesson.file.clone(),
                        line: span.line,
                        code: text.clone(),
                    });
                }
            }
        }
    }
    assert!(found.len() >= 10, "{} {wanted} blocks", found.len());
    found
}

/// The compiled `redis` crates beside this test, the newest first. Builds with
/// other features may have left some; this test was linked with one of them.
/// (Asking cargo would make it build again: a test's environment has variables
/// on which build scripts depend.)
fn redis_crates() -> Vec<PathBuf> {
    let test = std::env::current_exe().expect("the path of this test");
    let deps = test.parent().expect("the folder deps");
    let mut found: Vec<PathBuf> = std::fs::read_dir(deps)
        .expect("the folder deps")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libredis-") && name.ends_with(".rlib")
        })
        .collect();
    found.sort_by_key(|path| {
        std::fs::metadata(path)
            .and_then(|data| data.modified())
            .ok()
    });
    found.reverse();
    assert!(
        !found.is_empty(),
        "no libredis-*.rlib in {}",
        deps.display()
    );
    found
}

/// What rustc has against the crate `root`; `None` when it compiles.
fn complaints(root: &Path, redis: &Path) -> Option<String> {
    let deps = redis.parent().expect("the folder deps");
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata"])
        .arg("--out-dir")
        .arg(root.parent().expect("a folder"))
        .arg("-L")
        .arg(format!("dependency={}", deps.display()))
        .arg("--extern")
        .arg(format!("redis={}", redis.display()))
        .arg(root)
        .output()
        .expect("rustc runs");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn rust_blocks_compile() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut modules = String::from("#![allow(unused, unreachable_code, clippy::all)]\n");
    for (index, block) in shown("rust").iter().enumerate() {
        // The compiler's messages name this file, and with it the lesson.
        let name = format!("{}-line-{}.rs", block.file.replace('/', "-"), block.line);
        // A block may bring a trait of its own choice.
        let import = if block.code.contains("Commands;") {
            ""
        } else {
            "use redis::TypedCommands;"
        };
        let text = format!(
            "fn example(con: &mut redis::Connection) -> redis::RedisResult<()> {{ {import}\n{}\nOk(())\n}}\n",
            block.code
        );
        std::fs::write(dir.path().join(&name), text).expect("a file in the temporary directory");
        writeln!(modules, "#[path = {name:?}] mod block_{index};").expect("a String takes it");
    }
    let root = dir.path().join("lessons.rs");
    std::fs::write(&root, modules).expect("a file in the temporary directory");
    let mut first = None;
    for redis in redis_crates() {
        match complaints(&root, &redis) {
            None => return,
            Some(text) => first = first.or(Some(text)),
        }
    }
    panic!("{}", first.unwrap_or_default());
}

/// Every command of every lesson, once.
fn commands() -> Vec<Vec<Vec<u8>>> {
    let library = Library::new(None);
    let mut found = std::collections::BTreeSet::new();
    for id in library.ids(Lang::En).expect("the embedded lessons") {
        let lesson = library.get(&id, Lang::En).expect("a well-formed lesson");
        for item in lesson.steps.iter().flat_map(|step| &step.items) {
            // What several servers are told by hand is no application's.
            if let Item::Run(block) = item
                && lesson.server(block.session.as_deref()).is_none()
            {
                found.extend(block.lines.iter().map(|line| line.argv.clone()));
            }
        }
    }
    assert!(found.len() > 300, "{}", found.len());
    found.into_iter().collect()
}

#[test]
fn what_code_writes_for_redis_rs_compiles() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut text = String::from("#![allow(unused, clippy::all)]\nuse redis::Commands;\n");
    for (index, argv) in commands().iter().enumerate() {
        let statement = code::statement(argv, code::Language::Rust);
        writeln!(
            text,
            "fn example_{index}(mut con: redis::Connection) -> redis::RedisResult<()> {{\n{statement}\nOk(())\n}}"
        )
        .expect("a String takes it");
    }
    let root = dir.path().join("statements.rs");
    std::fs::write(&root, text).expect("a file in the temporary directory");
    let mut first = None;
    for redis in redis_crates() {
        match complaints(&root, &redis) {
            None => return,
            Some(text) => first = first.or(Some(text)),
        }
    }
    panic!("{}", first.unwrap_or_default());
}

/// The commands that a program writes in another way than one by one, or on a
/// connection of its own, and those that stop the server.
const OF_THEIR_OWN: &[&str] = &[
    "multi",
    "exec",
    "discard",
    "select",
    "subscribe",
    "psubscribe",
    "unsubscribe",
    "punsubscribe",
    "shutdown",
    "failover",
    "replicaof",
    // They change who is let in, or are not shown to those who listen.
    "acl",
    "auth",
    "client",
    "cluster",
    "config",
    "debug",
    "hello",
    "latency",
    "slowlog",
    "migrate",
    "wait",
];

/// Whether programs send it, and a server would carry it out.
fn is_of_programs(argv: &[Vec<u8>]) -> bool {
    catalog::find_argv(argv)
        .is_some_and(|own| own.accepts(argv.len()) && !own.flags.contains(catalog::Flags::ADMIN))
}

/// Commands as a test can run them one after the other: none waits for long.
fn soon_over() -> Vec<Vec<Vec<u8>>> {
    let mut all = commands();
    let name = |argv: &[Vec<u8>]| String::from_utf8_lossy(&argv[0]).to_lowercase();
    all.retain(|argv| !OF_THEIR_OWN.contains(&name(argv).as_str()));
    // Refused at once, or an administrator's, a command is not shown to those
    // who listen.
    all.retain(|argv| is_of_programs(argv));
    for argv in &mut all {
        if matches!(name(argv).as_str(), "blpop" | "brpop")
            && let Some(last) = argv.last_mut()
        {
            *last = b"1".to_vec();
        }
        let is_block = |word: &Vec<u8>| word.eq_ignore_ascii_case(b"block");
        if let Some(block) = argv.iter().position(is_block) {
            argv[block + 1] = b"1".to_vec();
        }
    }
    all
}

/// A server, and somebody who listens to all that it is sent.
struct Listening {
    server: TestServer,
    lines: std::thread::JoinHandle<String>,
}

impl Listening {
    fn start(server: TestServer) -> Listening {
        let stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
        let mut lines = BufReader::new(stream.try_clone().expect("a stream"));
        (&stream).write_all(b"MONITOR\r\n").expect("it is sent");
        let mut ok = String::new();
        lines.read_line(&mut ok).expect("an answer");
        assert_eq!(ok, "+OK\r\n");
        let lines = std::thread::spawn(move || {
            let mut all = Vec::new();
            // Until the server is stopped.
            let _ = lines.read_to_end(&mut all);
            String::from_utf8_lossy(&all).into_owned()
        });
        Listening { server, lines }
    }

    /// What it was sent between two marks, word by word.
    fn sent(self) -> Vec<Vec<Vec<String>>> {
        drop(self.server);
        let lines = self.lines.join().expect("the listener");
        let mut marks: Vec<Vec<Vec<String>>> = Vec::new();
        for line in lines.lines().filter(|line| !line.contains(" lua] ")) {
            let Some((_, command)) = line.split_once("] ") else {
                continue;
            };
            let words = resp::split::split(command.as_bytes()).expect("quoted words");
            let words = words
                .iter()
                .map(|word| String::from_utf8_lossy(word).to_lowercase());
            let words: Vec<String> = words.collect();
            if words == ["echo", "mark-"] {
                marks.push(Vec::new());
            } else if let Some(last) = marks.last_mut() {
                last.push(words);
            }
        }
        marks
    }
}

/// Whether all words of a command were sent, in whatever order of its options,
/// and few others (a count that a library always adds).
fn is_the_same(argv: &[Vec<u8>], words: &[String]) -> bool {
    // Other words for the same, which redis-py prefers.
    let words: Vec<String> = match words {
        [name, rest @ ..] if name == "zrevrange" => {
            let all = ["zrange", "rev"].map(str::to_owned);
            all.iter().chain(rest).cloned().collect()
        }
        [name, key, one] if one == "1" && (name == "incrby" || name == "decrby") => {
            vec![name.trim_end_matches("by").to_owned(), key.clone()]
        }
        other => other.to_vec(),
    };
    let mut left = words;
    let all = argv.iter().all(|word| {
        let word = String::from_utf8_lossy(word).to_lowercase();
        let number = |text: &str| text.parse::<f64>().ok();
        let same = |other: &String| {
            *other == word || number(&word).is_some() && number(&word) == number(other)
        };
        let at = left.iter().position(same);
        at.map(|at| left.remove(at)).is_some()
    });
    all && left.len() <= 2
}

/// How a library sends what it has no method for.
const GENERAL: [&str; 4] = ["execute_command(", "sendCommand(", "redis::cmd(", "rdb.Do("];

#[test]
fn most_commands_of_the_lessons_have_methods() {
    for language in [code::Language::Python, code::Language::Node] {
        let mut commands = commands();
        commands.retain(|argv| is_of_programs(argv));
        let general: Vec<String> = commands
            .iter()
            .filter(|argv| {
                let text = code::statement(argv, language);
                GENERAL.iter().any(|general| text.contains(general))
            })
            .map(|argv| resp::split::quote_all(argv))
            .collect();
        println!("{language:?}, the general way:\n{}\n", general.join("\n"));
        assert!(general.len() * 8 < commands.len(), "{general:?}");
    }
}

fn check_sent(listening: Listening, all: &[Vec<Vec<u8>>], library: &str) {
    let marks = listening.sent();
    assert_eq!(marks.len(), all.len() + 1, "{library}: not all were run");
    let mut wrong = Vec::new();
    for (argv, sent) in all.iter().zip(&marks) {
        let is_plain = argv.iter().all(|word| word.is_ascii());
        // INCRBY by 1 is what it is, too.
        let as_it_is = sent.iter().any(|words| {
            let words = words.iter().map(String::as_bytes);
            words.eq(argv.iter().map(|word| word.to_ascii_lowercase()))
        });
        if is_plain && !as_it_is && !sent.iter().any(|words| is_the_same(argv, words)) {
            wrong.push(format!("{}\n  sent {sent:?}", resp::split::quote_all(argv)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{library} sends something else for {} commands:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_code_writes_for_redis_py_sends_the_command() {
    let test = "what_code_writes_for_redis_py_sends_the_command";
    let Some(server) = TestServer::fetched(test, "redis-8.0") else {
        return;
    };
    let python = std::env::var_os("REDIS_LAB_PYTHON").unwrap_or_else(|| "python3".into());
    let has = Command::new(&python).args(["-c", "import redis"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        let how = "pip install redis, and name that Python in REDIS_LAB_PYTHON";
        needs::leave_out(test, "there is no redis-py", how);
        return;
    }
    let listening = Listening::start(server);
    let mut program = format!(
        "import redis\nr = mark = redis.Redis(port={}, decode_responses=True)\n",
        listening.server.port
    );
    let all = soon_over();
    for argv in &all {
        let statement = code::statement(argv, code::Language::Python);
        let lines: Vec<String> = statement
            .lines()
            .map(|line| format!("    {line}"))
            .collect();
        let lines = lines.join("\n");
        write!(
            program,
            "mark.echo('mark-')\ntry:\n{lines}\nexcept redis.RedisError: pass\n"
        )
        .expect("a String takes it");
    }
    program.push_str("mark.echo('mark-')\n");
    let mut child = Command::new(&python)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(program.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    check_sent(listening, &all, "redis-py");
}

#[test]
fn what_code_writes_for_node_redis_sends_the_command() {
    let test = "what_code_writes_for_node_redis_sends_the_command";
    let Some(server) = TestServer::fetched(test, "redis-8.0") else {
        return;
    };
    let has = Command::new("node")
        .args(["-e", "require('redis')"])
        .output();
    if !has.is_ok_and(|output| output.status.success()) {
        let how = "npm install redis, and name its node_modules in NODE_PATH";
        needs::leave_out(test, "there is no node-redis", how);
        return;
    }
    let listening = Listening::start(server);
    let mut program = format!(
        "const {{ createClient }} = require('redis');\n(async () => {{\n\
         const client = await createClient({{ socket: {{ port: {} }} }}).connect();\n\
         const wrong = ['TypeError', 'ReferenceError', 'SyntaxError'];\n\
         const ours = (error) => {{ if (wrong.includes(error.name)) throw error; }};\n",
        listening.server.port
    );
    let all = soon_over();
    for argv in &all {
        let statement = code::statement(argv, code::Language::Node);
        writeln!(
            program,
            "await client.echo('mark-'); try {{ {statement} }} catch (error) {{ ours(error); }}"
        )
        .expect("a String takes it");
    }
    program.push_str("await client.echo('mark-'); process.exit(0);\n})();\n");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("statements.cjs");
    std::fs::write(&file, program).expect("a file in the temporary directory");
    let output = Command::new("node").arg(&file).output().expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    check_sent(listening, &all, "node-redis");
}

/// Reads `[[place, code], ...]` and prints what Python says against each.
const PARSE: &str = "
import ast, json, sys
bad = 0
for place, code in json.load(sys.stdin):
    try:
        ast.parse(code)
    except SyntaxError as error:
        bad += 1
        print(f'{place}: line {error.lineno} of the block: {error.msg}')
sys.exit(bad > 0)
";

#[test]
fn python_blocks_parse() {
    if !needs::installed("python_blocks_parse", &["python3"]) {
        return;
    }
    let blocks: Vec<(String, String)> = shown("python")
        .into_iter()
        .map(|block| (format!("{}:{}", block.file, block.line), block.code))
        .collect();
    let mut child = Command::new("python3")
        .args(["-c", PARSE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let input = serde_json::to_vec(&blocks).expect("strings are JSON");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(&input)
        .expect("python3 reads it");
    let output = child.wait_with_output().expect("python3 ends");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
