//! The client code that lessons show: every Rust block compiles against the
//! `redis` crate this project uses, every Python block parses. A lesson whose
//! code does not run would teach the wrong thing for years.

mod needs;

use catalog::lang::Lang;
use redis_lab::lesson::{Item, Library};
use std::fmt::Write as _;
use std::io::Write as _;
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
        let import = match block.code.contains("Commands;") {
            true => "",
            false => "use redis::TypedCommands;",
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
