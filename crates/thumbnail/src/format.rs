//! The six picture formats, told apart by their first bytes. A file's name is
//! its sender's claim; the bytes are what a decoder will meet.

use std::fmt;

/// A picture format that is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG (JFIF or EXIF).
    Jpeg,
    /// Portable Network Graphics.
    Png,
    /// Graphics Interchange Format; the first frame counts.
    Gif,
    /// WebP, lossy or lossless; written lossless.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// Tagged Image File Format; the first page counts.
    Tiff,
}

impl Format {
    /// Every format, the most frequent first.
    pub const ALL: [Format; 6] = [
        Format::Jpeg,
        Format::Png,
        Format::Gif,
        Format::WebP,
        Format::Bmp,
        Format::Tiff,
    ];

    /// What the bytes are, by their signature; `None` for anything else, such
    /// as SVG, which is a program rather than a picture.
    pub fn detect(data: &[u8]) -> Option<Format> {
        match data {
            [0xFF, 0xD8, 0xFF, ..] => Some(Format::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Format::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(Format::WebP),
            [b'B', b'M', ..] => Some(Format::Bmp),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some(Format::Tiff),
            // BigTIFF: 64-bit offsets.
            [b'I', b'I', 43, 0, ..] | [b'M', b'M', 0, 43, ..] => Some(Format::Tiff),
            _ => None,
        }
    }

    /// The name as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Jpeg => "JPEG",
            Format::Png => "PNG",
            Format::Gif => "GIF",
            Format::WebP => "WebP",
            Format::Bmp => "BMP",
            Format::Tiff => "TIFF",
        }
    }

    /// The usual extensions, lower case, without a dot; the preferred one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Format::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Format::Png => &["png"],
            Format::Gif => &["gif"],
            Format::WebP => &["webp"],
            Format::Bmp => &["bmp", "dib"],
            Format::Tiff => &["tiff", "tif"],
        }
    }

    /// The media type for `Content-Type`.
    pub fn mime(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Gif => "image/gif",
            Format::WebP => "image/webp",
            Format::Bmp => "image/bmp",
            Format::Tiff => "image/tiff",
        }
    }

    /// Whether the format compresses by itself, so that packing it again would
    /// only cost time. (TIFF may or may not; ours are written plain.)
    pub fn is_compressed(self) -> bool {
        !matches!(self, Format::Bmp | Format::Tiff)
    }
}

/// The name of a format that people send though it is not read here, by its
/// signature.
pub(super) fn foreign(data: &[u8]) -> Option<&'static str> {
    const BY_BEGINNING: [(&[u8], &str); 12] = [
        (b"\xFF\x0A", "JPEG XL"),
        (b"\0\0\0\x0CJXL ", "JPEG XL"),
        (b"\0\0\0\x0CjP  ", "JPEG 2000"),
        (b"\xFF\x4F\xFF\x51", "JPEG 2000"),
        (b"8BPS", "Photoshop (PSD)"),
        (b"gimp xcf", "GIMP (XCF)"),
        (b"\0\0\x01\0", "ICO"),
        (b"%PDF-", "PDF"),
        (b"%!PS", "PostScript (EPS)"),
        (b"qoif", "QOI"),
        (b"DDS ", "DDS"),
        (b"\x76\x2F\x31\x01", "OpenEXR"),
    ];
    if data.get(4..8) == Some(b"ftyp") {
        // ISO base media: the brands that the file goes by.
        let length = u32::from_be_bytes(*data.first_chunk()?) as usize;
        let brands = data.get(8..length.min(data.len()))?;
        let is = |brand: &[u8; 4]| brands.chunks(4).any(|b| b == brand);
        return Some(match () {
            () if is(b"avif") || is(b"avis") => "AVIF",
            () if [b"heic", b"heix", b"hevc", b"heim", b"mif1"]
                .iter()
                .any(|b| is(b)) =>
            {
                "HEIC"
            }
            () if is(b"crx ") => "CR3",
            () => "MP4",
        });
    }
    let known = BY_BEGINNING
        .iter()
        .find(|(begins, _)| data.starts_with(begins));
    known.map(|(_, name)| *name).or_else(|| {
        let head = &data[..data.len().min(1024)];
        let is_svg = memchr::memmem::find(head, b"<svg").is_some();
        is_svg.then_some("SVG")
    })
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_decide() {
        assert_eq!(Format::detect(b"\xFF\xD8\xFF\xE0"), Some(Format::Jpeg));
        assert_eq!(Format::detect(b"GIF89a...."), Some(Format::Gif));
        assert_eq!(Format::detect(b"RIFF\0\0\0\0WEBPVP8 "), Some(Format::WebP));
        assert_eq!(Format::detect(b"II*\0"), Some(Format::Tiff));
    }

    #[test]
    fn what_only_resembles_a_picture_is_refused() {
        assert_eq!(Format::detect(b"<svg xmlns="), None);
        assert_eq!(Format::detect(b"RIFF\0\0\0\0WAVEfmt "), None);
        assert_eq!(Format::detect(b"\x89PNG\n"), None);
        assert_eq!(Format::detect(b""), None);
    }

    #[test]
    fn what_people_send_though_it_is_not_read_has_a_name() {
        let heic = b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic....";
        let avif = b"\0\0\0\x1Cftypmif1\0\0\0\0mif1avifmiaf....";
        for (data, name) in [
            (&heic[..], Some("HEIC")),
            (avif, Some("AVIF")),
            (b"\0\0\0\x10ftypisom\0\0\0\0", Some("MP4")),
            (b"\xFF\x0A..", Some("JPEG XL")),
            (b"<?xml version=\"1.0\"?><svg xmlns=", Some("SVG")),
            (b"8BPS", Some("Photoshop (PSD)")),
            (b"hello", None),
            (b"", None),
        ] {
            assert_eq!(foreign(data), name, "{data:?}");
        }
    }
}
