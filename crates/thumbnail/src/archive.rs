//! The zip archive.

use super::Thumb;
use super::error::ThumbError;
use super::format::Format;
use std::io::{self, Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// How hard bitmaps are compressed, 1 (fast) to 9: level 6 takes five times as
/// long and makes a photograph's bitmap hardly smaller.
const DEFLATE_LEVEL: i64 = 1;

/// Packs the original, byte for byte, and the thumbnails.
pub(super) fn pack(
    original_name: &str,
    original: &[u8],
    format: Format,
    thumbnails: &[Thumb],
) -> Result<Vec<u8>, ThumbError> {
    // Compressing compressed data again costs time and gains nothing.
    let method = if format.is_compressed() {
        CompressionMethod::Stored
    } else {
        CompressionMethod::Deflated
    };
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .compression_level((method == CompressionMethod::Deflated).then_some(DEFLATE_LEVEL));
    let room = original.len() + thumbnails.iter().map(|t| t.bytes.len()).sum::<usize>();
    let buffer = Vec::with_capacity(room + 256 * (thumbnails.len() + 2));
    let mut zip = ZipWriter::new(Cursor::new(buffer));
    let mut add = |name: &str, bytes: &[u8]| -> io::Result<()> {
        zip.start_file(name, options)?;
        zip.write_all(bytes)
    };
    let mut pack = || -> io::Result<()> {
        add(original_name, original)?;
        thumbnails
            .iter()
            .try_for_each(|thumb| add(&thumb.file_name, &thumb.bytes))
    };
    pack().map_err(|e| ThumbError::Encoding(e.to_string()))?;
    let finished = zip
        .finish()
        .map_err(|e| ThumbError::Encoding(e.to_string()))?;
    Ok(finished.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;
    use std::io::Read;

    #[test]
    fn the_archive_holds_the_original_byte_for_byte() {
        for format in [Format::Png, Format::Bmp] {
            let original: Vec<u8> = (0..=255).cycle().take(5000).collect();
            let thumbnails = [Thumb {
                size: Size::LAB,
                file_name: "a_128x128.png".to_owned(),
                width: 1,
                height: 1,
                bytes: b"thumb".to_vec(),
            }];
            let packed = pack("ż 🐢.png", &original, format, &thumbnails).unwrap();
            let mut zip = zip::ZipArchive::new(Cursor::new(packed)).unwrap();
            assert_eq!(zip.len(), 2);
            let mut entry = zip.by_name("ż 🐢.png").unwrap();
            let stored = entry.compression() == CompressionMethod::Stored;
            assert_eq!(stored, format.is_compressed());
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, original);
        }
    }
}
