//! The pictures of two libraries' test sets beside Pillow: what it reads we
//! read, as large and as alike as one can tell.
//!
//! `tests/pictures/fetch.sh target/pictures` fetches them; then, with a Python
//! that has Pillow, `REDIS_LAB_PYTHON=... PICTURES=target/pictures cargo test
//! --test thumbnail_pictures -- --ignored --nocapture`.

use catalog::lang::Lang;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use thumbnailer::{Limits, Request, Size, make};

/// What part of the pictures that Pillow reads we read as well.
const READ: f64 = 0.97;

/// Below this likeness (dB) of an opaque picture there must be a reason.
const LIKE: f64 = 30.0;

/// Pictures that look different for a reason.
const EXPLAINED: [(&str, &str); 7] = [
    ("issue_1455_undersized.gif", UNCOVERED),
    ("border_touching_layers.gif", UNCOVERED),
    ("pal8rletrns.bmp", UNCOVERED),
    ("pal4rletrns.bmp", UNCOVERED),
    (
        "8bit.s.tif",
        "Pillow takes its signed samples for unsigned ones",
    ),
    (
        "mmap_error.bmp",
        "its header says that the pixels begin inside the palette",
    ),
    (
        "exif_imagemagick_orientation.png",
        "its orientation is in a text chunk of ImageMagick's, which browsers do not read",
    ),
];
const UNCOVERED: &str = "what it leaves uncovered is transparent, as in browsers; Pillow fills it";

/// What Pillow says of every picture, by `tests/pillow/reference.py`.
fn reference(what: &str, dir: &Path) -> HashMap<String, String> {
    let python = std::env::var_os("REDIS_LAB_PYTHON").unwrap_or_else(|| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pillow/reference.py");
    let output = Command::new(python)
        .args([script, what])
        .arg(dir)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let (name, rest) = line.split_once(' ').unwrap();
            (name.to_owned(), rest.to_owned())
        })
        .collect()
}

/// The path in its repository, by the name under which it was fetched.
fn paths() -> HashMap<String, String> {
    include_str!("pictures/list.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let words: Vec<&str> = line.splitn(3, ' ').collect();
            (words[1].to_owned(), words[2].to_owned())
        })
        .collect()
}

fn reason(path: &str) -> Option<&'static str> {
    let known = EXPLAINED.iter().find(|(name, _)| path.ends_with(name));
    known.map(|(_, reason)| *reason)
}

#[test]
#[ignore = "needs the pictures (tests/pictures/fetch.sh) and a Python with Pillow"]
fn what_pillow_reads_we_read_and_it_looks_alike() {
    let dir = PathBuf::from(std::env::var_os("PICTURES").expect("PICTURES names a directory"));
    let dir = std::fs::canonicalize(dir).unwrap();
    let ours = dir.join("ours");
    let _ = std::fs::remove_dir_all(&ours);
    std::fs::create_dir(&ours).unwrap();
    let (paths, theirs) = (paths(), reference("read", &dir));
    let limits = Limits::default();
    let (mut read, mut both, mut failures, mut differ) = (0, 0, Vec::new(), Vec::new());
    for (name, said) in &theirs {
        let path = &paths[name];
        let data = std::fs::read(dir.join("files").join(name)).unwrap();
        let made = make(&Request {
            data: &data,
            file_name: name,
            sizes: &[Size::LAB],
            limits: &limits,
            cancel: None,
            progress: None,
        });
        let words: Vec<&str> = said.split(' ').collect();
        if words[0] == "-" {
            if made.is_ok() {
                println!("only we read {path}: {said}");
            }
            continue;
        }
        read += 1;
        match made {
            Err(error) => failures.push(format!("{path}: {}", error.message(Lang::En))),
            Ok(made) => {
                both += 1;
                if words[..2] != [made.width.to_string(), made.height.to_string()] {
                    differ.push(format!("{path}: {} x {} / {said}", made.width, made.height));
                }
                let large = made.width.min(made.height) >= 32;
                if large && words[2] == "0" {
                    std::fs::write(ours.join(name), &made.thumbnails[0].bytes).unwrap();
                }
            }
        }
    }
    let mut alike: Vec<(f64, &str)> = Vec::new();
    let judged = reference("alike", &dir);
    for (name, likeness) in &judged {
        alike.push((likeness.parse().unwrap(), &paths[name]));
    }
    alike.sort_by(|a, b| a.0.total_cmp(&b.0));
    failures.sort();
    println!(
        "of {} pictures Pillow reads {read}, we {both} of these",
        theirs.len()
    );
    for failure in &failures {
        println!("  not read: {failure}");
    }
    println!(
        "{} opaque ones, median {:.1} dB; the least alike:",
        alike.len(),
        alike[alike.len() / 2].0
    );
    let unlike = alike
        .iter()
        .filter(|(likeness, _)| *likeness < LIKE)
        .count();
    for (likeness, path) in alike.iter().take(unlike.max(10)) {
        println!(
            "  {likeness:.1} dB {path} {}",
            reason(path).unwrap_or_default()
        );
    }
    assert!(differ.is_empty(), "{differ:#?}");
    assert!(
        f64::from(both) >= READ * f64::from(read),
        "{both} of {read}"
    );
    let unlike: Vec<_> = alike
        .iter()
        .filter(|(likeness, path)| *likeness < LIKE && reason(path).is_none())
        .collect();
    assert!(unlike.is_empty(), "{unlike:#?}");
}
