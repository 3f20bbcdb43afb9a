//! What one slot of a worker takes at most.

#![cfg(target_os = "linux")]

mod needs;
mod thumbnail_support;

use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use thumbnail_support::Redis;
use thumbnail_support::process::{Process, json_lines, run};

/// What `serve --help` and the README say of a slot, in kB.
const SLOT: u64 = 512 << 10;

/// A picture as large as is allowed, of four channels.
fn large_png(path: &Path) {
    let side = 10_000;
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, side, side);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    let row: Vec<u8> = (0..4 * side).map(|i| (i / 4) as u8).collect();
    for _ in 0..side {
        rows.write_all(&row).unwrap();
    }
    rows.finish().unwrap();
}

#[test]
#[cfg_attr(debug_assertions, ignore = "needs the speed of a release build")]
fn the_largest_picture_stays_within_a_slot_and_what_would_not_is_refused() {
    let redis = Redis::start();
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let (store, file) = (store.to_str().unwrap(), dir.path().join("large.png"));
    large_png(&file);
    let file = file.to_str().unwrap();
    let worker = Process::start(&redis, &["worker", "--concurrency", "1", "--store", store]);
    let submit = |size: &str| -> Value {
        let args = [
            "submit", file, "--size", size, "--store", store, "--wait", "--json",
        ];
        json_lines(&run(&redis, &args)).remove(0)
    };
    let job = submit("128x128");
    assert_eq!(job["task_status"], "SUCCESS", "{job}");
    let job = submit("10000x10000");
    assert_eq!(job["error_type"], "MemoryLimit", "{job}");
    let peak = worker.peak();
    println!("at most {} MiB", peak >> 10);
    assert!(peak < SLOT, "{peak} kB");
}
