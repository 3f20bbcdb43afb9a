//! How long one thumbnail takes: ours, the `image` crate's, and Pillow's, on
//! the same files in the same run, on one thread each.
//!
//! ```text
//! python3 -m venv /tmp/pillow && /tmp/pillow/bin/pip install pillow
//! /tmp/pillow/bin/python benches/pillow_thumbnail.py --make /tmp/pictures
//! REDIS_LAB_PYTHON=/tmp/pillow/bin/python \
//!     cargo bench --bench thumbnail -- /tmp/pictures/*
//! ```
//!
//! Without files it measures the built-in sample. Ours includes the zip
//! archive; so does Pillow's, by Python's `zipfile`. Each figure is the best of
//! several runs, in milliseconds: on a machine that is busy with other things
//! it is the one that says most about the program.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;
use thumbnailer::{Limits, Request, Size, make, sample_image};

/// Runs per figure.
const RUNS: usize = 15;

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints"
)]
fn main() -> ExitCode {
    // Cargo passes `--bench`.
    let given = std::env::args_os().skip(1).map(PathBuf::from);
    let mut files: Vec<PathBuf> = given
        .filter(|f| !f.as_os_str().to_string_lossy().starts_with('-'))
        .collect();
    if files.is_empty() {
        let (name, data) = sample_image();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if let Err(e) = std::fs::write(&path, data) {
            eprintln!("{}: {e}", path.display());
            return ExitCode::FAILURE;
        }
        files.push(path);
    }
    println!("128x128 thumbnail, best of {RUNS} runs, one thread, ms (and times ours)");
    println!(
        "{:28} {:>8} {:>18} {:>18} {:>18}",
        "file", "ours", "image crate", "Pillow", "Pillow, draft"
    );
    for file in &files {
        let data = match std::fs::read(file) {
            Ok(data) => data,
            Err(e) => {
                eprintln!("{}: {e}", file.display());
                return ExitCode::FAILURE;
            }
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let ours = best(|| {
            let made = make(&Request {
                data: &data,
                file_name: &name,
                sizes: &[Size::LAB],
                limits: &Limits::default(),
                cancel: None,
                progress: None,
            });
            made.map(drop).map_err(|e| format!("{e:?}"))
        });
        let ours = match ours {
            Ok(ms) => ms,
            Err(e) => {
                eprintln!("{name}: {e}");
                return ExitCode::FAILURE;
            }
        };
        let plain = best(|| image_crate(&data).map_err(|e| e.to_string()));
        let (loaded, draft) = pillow(file).unwrap_or((Err(()), Err(())));
        let shown = |ms: Result<f64, ()>| {
            ms.map_or("-".to_owned(), |ms| format!("{ms:.1} ({:.1}x)", ms / ours))
        };
        println!(
            "{name:28} {ours:8.1} {:>18} {:>18} {:>18}",
            shown(plain.map_err(drop)),
            shown(loaded),
            shown(draft)
        );
    }
    ExitCode::SUCCESS
}

/// The best time of several runs, in milliseconds.
fn best(mut run: impl FnMut() -> Result<(), String>) -> Result<f64, String> {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        run()?;
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}

/// What one writes first with the `image` crate: decode all, resize, encode.
fn image_crate(data: &[u8]) -> image::ImageResult<()> {
    let image = image::load_from_memory(data)?;
    let small = image.resize(128, 128, FilterType::CatmullRom);
    let mut out = Vec::new();
    small.write_with_encoder(JpegEncoder::new_with_quality(&mut out, 85))
}

/// One figure of Pillow's.
type Figure = Result<f64, ()>;

/// Pillow's figures: with the picture loaded first, as the source lab does,
/// and with its own reduced decoding ("draft").
fn pillow(file: &Path) -> Option<(Figure, Figure)> {
    let python = std::env::var_os("REDIS_LAB_PYTHON").unwrap_or_else(|| "python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pillow_thumbnail.py");
    let output = Command::new(python).arg(script).arg(file).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut figures = text.split_whitespace().map(|n| n.parse().map_err(drop));
    Some((figures.next()?, figures.next()?))
}
