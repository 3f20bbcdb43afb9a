//! Our thumbnails beside Pillow's, which the source lab uses: the same sizes
//! to the pixel, and no visible difference. The archive is opened by Python.
//!
//! Needs a Python with Pillow: `REDIS_LAB_PYTHON`, or `python3`. Without one
//! the tests say so and pass, unless `REDIS_LAB_REQUIRE_REAL=1`.

mod needs;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use redis_lab::jobs::outputs::write_outputs;
use std::ffi::OsString;
use std::io::Write;
use std::process::{Command, Stdio};
use thumbnailer::{Limits, Request, Size, make, sample_image};

/// Lossless formats: the likeness of our thumbnail and Pillow's, in dB. Above
/// 45 nobody sees a difference.
const LOSSLESS_BOUND: f64 = 45.0;

/// JPEG: how much less alike, in dB, ours may be than Pillow's own thumbnail
/// is to itself after being saved with the same quality.
const JPEG_MARGIN: f64 = 1.0;

/// A Python that has Pillow.
fn python() -> Option<OsString> {
    let python = std::env::var_os("REDIS_LAB_PYTHON").unwrap_or_else(|| "python3".into());
    let check = Command::new(&python).args(["-c", "import PIL"]).output();
    if check.is_ok_and(|o| o.status.success()) {
        return Some(python);
    }
    needs::leave_out(
        "thumbnails beside Pillow's",
        "there is no Python with Pillow",
        "pip install pillow, and name that Python in REDIS_LAB_PYTHON",
    );
    None
}

/// Runs `tests/pillow/reference.py` and gives what it printed.
fn reference(python: &OsString, args: &[&str], input: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pillow/reference.py");
    let mut child = Command::new(python)
        .arg(script)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn request<'a>(
    data: &'a [u8],
    file_name: &'a str,
    sizes: &'a [Size],
    limits: &'a Limits,
) -> Request<'a> {
    Request {
        data,
        file_name,
        sizes,
        limits,
        cancel: None,
        progress: None,
    }
}

#[test]
fn thumbnails_look_like_pillows() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sample = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(sample.path(), sample_image().1).unwrap();
    let at = dir.path().to_str().unwrap();
    reference(&python, &["make", at, sample.path().to_str().unwrap()], "");

    let limits = Limits::default();
    let mut made = 0;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let data = std::fs::read(&path).unwrap();
        // Names must differ in more than their extension: it is dropped.
        let name = path.file_name().unwrap().to_str().unwrap();
        let whole = name.replace('.', "_") + "." + name.rsplit('.').next().unwrap();
        std::fs::rename(&path, dir.path().join(&whole)).unwrap();
        let output = make(&request(&data, &whole, &[Size::LAB], &limits)).unwrap();
        write_outputs(dir.path(), &output).unwrap();
        made += 1;
    }

    let report = reference(&python, &["compare", at], "");
    assert_eq!(report.lines().count(), made);
    for line in report.lines() {
        let (name, numbers) = line.split_once(' ').unwrap();
        let numbers: Vec<f64> = numbers.split(' ').map(|n| n.parse().unwrap()).collect();
        assert_eq!(numbers[..2], numbers[2..4], "{name}: sizes differ");
        let (likeness, saved) = (numbers[4], numbers[5]);
        let bound = if name.ends_with(".jpg") && !name.starts_with("wide") {
            saved - JPEG_MARGIN
        } else if name.starts_with("wide") {
            // One row of pixels, each of which ten rows and a filter reach.
            32.0
        } else {
            LOSSLESS_BOUND
        };
        assert!(
            likeness >= bound,
            "{name}: {likeness:.1} dB, bound {bound:.1}"
        );
    }
}

#[test]
fn sizes_are_those_of_pillow() {
    let Some(python) = python() else { return };
    let mut rng = StdRng::seed_from_u64(5);
    let mut cases = Vec::new();
    for _ in 0..300 {
        let side = |rng: &mut StdRng| match rng.random_range(0..4) {
            0 => rng.random_range(1..10u32),
            1 => rng.random_range(1..2000),
            _ => rng.random_range(1..300),
        };
        let size = [0; 4].map(|_| side(&mut rng));
        cases.push(size);
    }
    let input: String = cases
        .iter()
        .map(|[w, h, bw, bh]| format!("{w} {h} {bw} {bh}\n"))
        .collect();
    let answers = reference(&python, &["sizes"], &input);
    assert_eq!(answers.lines().count(), cases.len());
    let limits = Limits::default();
    for ([w, h, bw, bh], expected) in cases.into_iter().zip(answers.lines()) {
        let mut data = std::io::Cursor::new(Vec::new());
        image::GrayImage::new(w, h)
            .write_to(&mut data, image::ImageFormat::Png)
            .unwrap();
        let size = Size::new(bw, bh).unwrap();
        let output = make(&request(data.get_ref(), "x.png", &[size], &limits)).unwrap();
        let thumb = &output.thumbnails[0];
        let ours = format!("{} {}", thumb.width, thumb.height);
        assert_eq!(ours, expected, "{w}x{h} into {size}");
    }
}
