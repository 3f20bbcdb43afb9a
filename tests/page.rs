//! `redis-lab export web` and `redis-lab web`, in a build with the page's module
//! and in one without it.

mod needs;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

/// Whether this build has the module.
fn has_page() -> bool {
    redis_lab::page::module().is_ok()
}

fn redis_lab(words: &[&str]) -> Command {
    let mut command = needs::redis_lab();
    command.args(words).stdin(Stdio::null());
    command
}

fn run(words: &[&str]) -> Output {
    redis_lab(words).output().expect("redis-lab runs")
}

#[test]
fn a_folder_gets_every_file_of_the_page_or_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("public");
    let words = ["export", "web", folder.to_str().expect("UTF-8")];
    let out = run(&words);
    if !has_page() {
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{said}");
        assert!(said.contains("packaging/web"), "{said}");
        assert!(!folder.exists());
        let said = run(&["web", "--no-open", "--port", "0", "--lang", "pl"]);
        assert_eq!(said.status.code(), Some(2));
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.contains("bez strony"), "{said}");
        return;
    }
    assert_eq!(out.status.code(), Some(0));
    // Somebody's own file stays, and a second time is no harm.
    fs::write(folder.join("CNAME"), "redis-lab.example").expect("writes");
    assert_eq!(run(&words).status.code(), Some(0));
    let module = fs::read(folder.join("redis-lab.wasm")).expect("the module");
    assert_eq!(module.get(..4), Some(&b"\0asm"[..]));
    let page = fs::read_to_string(folder.join("index.html")).expect("the page");
    for attribute in ["src=\"", "href=\""] {
        for (at, _) in page.match_indices(attribute) {
            let name = page[at + attribute.len()..]
                .split('"')
                .next()
                .expect("a name");
            let is_place = name.starts_with('#');
            assert!(is_place || folder.join(name).is_file(), "{name} is missing");
        }
    }
    assert!(folder.join("CNAME").is_file());
}

/// The page while it is served.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_page_is_served_to_this_machine_only() {
    if !has_page() {
        return;
    }
    let mut child = redis_lab(&["web", "--no-open", "--port", "0", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-lab runs");
    let stdout = child.stdout.take().expect("its output");
    let _served = Served(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let (_, rest) = line.split_once("http://").expect("an address");
    let address = rest.split('/').next().expect("an address").to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let get = |path: &str, host: &str| {
        let mut stream = TcpStream::connect(&address).expect("connects");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("asks");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    };
    let page = get("/", &address);
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(
        page.contains("script-src 'self' 'wasm-unsafe-eval'"),
        "{page}"
    );
    let module = get("/redis-lab.wasm", &address);
    assert!(module.contains("content-type: application/wasm"));
    assert!(module.contains("content-encoding: gzip"));
    assert!(get("/", "evil.example").starts_with("HTTP/1.1 403"));
}
