//! Tests of the thumbnailer as a whole; those of single steps are beside them.

use super::*;
use std::io::{Cursor, Read};

fn make_with(data: &[u8], name: &str, sizes: &[Size]) -> Result<Output, ThumbError> {
    make(&Request {
        data,
        file_name: name,
        sizes,
        limits: &Limits::default(),
        cancel: None,
    })
}

#[test]
fn the_sample_becomes_a_thumbnail_and_an_archive() {
    let (name, data) = sample_image();
    let small = Size::new(40, 100).unwrap();
    let output = make_with(&data, name, &[Size::LAB, small, Size::LAB]).unwrap();
    assert_eq!(output.format, Format::Jpeg);
    assert_eq!((output.width, output.height), (1200, 900));
    let made: Vec<_> = output
        .thumbnails
        .iter()
        .map(|t| (t.file_name.as_str(), t.width, t.height))
        .collect();
    assert_eq!(
        made,
        [("tatry_128x128.jpg", 128, 96), ("tatry_40x100.jpg", 40, 30)]
    );

    let mut zip = zip::ZipArchive::new(Cursor::new(&output.archive)).unwrap();
    let names: Vec<_> = zip.file_names().map(|n| n.unwrap().into_owned()).collect();
    assert_eq!(
        names,
        ["tatry.jpg", "tatry_128x128.jpg", "tatry_40x100.jpg"]
    );
    let mut original = Vec::new();
    zip.by_name("tatry.jpg")
        .unwrap()
        .read_to_end(&mut original)
        .unwrap();
    assert_eq!(original, data);
}
