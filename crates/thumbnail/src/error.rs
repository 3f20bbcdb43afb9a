//! What can go wrong with a thumbnail, so that a job can tell a bad upload
//! (never worth a retry) from a full disk (worth one), and say it to a person.

use super::format::Format;
use catalog::lang::{Lang, Text, polish_plural};
use catalog::text;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why no thumbnail was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThumbError {
    /// The upload has no bytes at all.
    Empty,
    /// The bytes are none of the formats we read; holds the name of the one
    /// that they are in, if it is one people have.
    UnknownFormat(Option<&'static str>),
    /// The file is longer than allowed; both in bytes.
    TooManyBytes {
        /// Its length, where that is known without reading to the end.
        length: Option<u64>,
        /// The limit.
        max: u64,
    },
    /// The header announces more pixels than allowed: perhaps a decompression
    /// bomb. Nothing was decoded.
    TooManyPixels {
        /// Announced width.
        width: u32,
        /// Announced height.
        height: u32,
        /// The limit, in pixels.
        max: u64,
    },
    /// Decoding would take more memory than allowed; the limit is in bytes.
    TooMuchMemory {
        /// The limit.
        max: u64,
    },
    /// No size was asked for.
    NoSizes,
    /// More sizes were asked for than allowed.
    TooManySizes {
        /// The limit.
        max: usize,
    },
    /// The text is no size; holds the text.
    BadSize(String),
    /// The file ends before the picture does.
    Truncated(Format),
    /// The data contradict the format's rules; holds what the decoder noticed.
    Corrupt(Format, Text),
    /// The decoder broke down, which is its own fault.
    DecoderFailed(Format),
    /// Correct, but of a kind that no decoder here reads; holds which kind.
    Unsupported(Format, Text),
    /// The time limit passed.
    TimedOut(Duration),
    /// Someone asked for the work to stop.
    Cancelled,
    /// A finished picture could not be encoded or packed; not the upload's fault.
    Encoding(String),
    /// There is no room left for an output file.
    DiskFull(PathBuf),
    /// An output file could not be written; holds the system's words.
    Io(PathBuf, String),
}

impl ThumbError {
    /// A stable word for machines: Celery's `exc_type`, a metrics label.
    pub fn kind(&self) -> &'static str {
        match self {
            ThumbError::Empty => "EmptyFile",
            ThumbError::UnknownFormat(_) => "UnknownFormat",
            ThumbError::TooManyBytes { .. } => "FileTooLarge",
            ThumbError::TooManyPixels { .. } => "PictureTooLarge",
            ThumbError::TooMuchMemory { .. } => "MemoryLimit",
            ThumbError::NoSizes | ThumbError::TooManySizes { .. } | ThumbError::BadSize(_) => {
                "BadSize"
            }
            ThumbError::Truncated(_) => "TruncatedImage",
            ThumbError::Corrupt(..) => "CorruptImage",
            ThumbError::DecoderFailed(_) => "DecoderFailed",
            ThumbError::Unsupported(..) => "UnsupportedImage",
            ThumbError::TimedOut(_) => "TimeLimitExceeded",
            ThumbError::Cancelled => "Cancelled",
            ThumbError::Encoding(_) => "EncodingFailed",
            ThumbError::DiskFull(_) => "DiskFull",
            ThumbError::Io(..) => "WriteFailed",
        }
    }

    /// Whether the same job may succeed later. Bad bytes stay bad; a disk can
    /// be emptied. A picture that took too long would only take as long again.
    pub fn is_transient(&self) -> bool {
        matches!(self, ThumbError::DiskFull(_) | ThumbError::Io(..))
    }

    /// One sentence for a person.
    pub fn message(&self, lang: Lang) -> String {
        let known = Format::ALL.map(Format::name).join(", ");
        match self {
            ThumbError::Empty => lang.pick("the file is empty", "plik jest pusty").to_owned(),
            ThumbError::UnknownFormat(None) => text!(
                lang,
                "this is not a picture in a format I can read ({known})",
                "to nie jest obraz w formacie, który umiem odczytać ({known})"
            ),
            ThumbError::UnknownFormat(Some(name)) => text!(
                lang,
                "this is a {name} file, which I cannot read; save it as one of {known}",
                "to plik {name}, którego nie umiem odczytać; zapisz go w jednym z formatów {known}"
            ),
            ThumbError::TooManyBytes { length, max } => {
                let max = megabytes(*max, lang);
                match length.map(|length| megabytes(length, lang)) {
                    Some(length) => text!(
                        lang,
                        "the file has {length}, and the limit is {max}",
                        "plik ma {length}, a limit to {max}"
                    ),
                    None => text!(
                        lang,
                        "the file has more than {max}, which is the limit",
                        "plik ma więcej niż {max}, a taki jest limit"
                    ),
                }
            }
            ThumbError::TooManyPixels { width, height, max } => {
                let pixels = u64::from(*width) * u64::from(*height);
                let (pixels, max) = (megapixels(pixels, lang), megapixels(*max, lang));
                text!(
                    lang,
                    "the picture is {width} by {height} pixels ({pixels}), and the limit is {max}; it was not decoded",
                    "obraz ma {width} na {height} pikseli ({pixels}), a limit to {max}; nie był dekodowany"
                )
            }
            ThumbError::TooMuchMemory { max } => {
                let max = megabytes(*max, lang);
                text!(
                    lang,
                    "decoding the picture would take more than {max} of memory",
                    "zdekodowanie obrazu zajęłoby więcej niż {max} pamięci"
                )
            }
            ThumbError::NoSizes => lang
                .pick(
                    "no thumbnail size was given",
                    "nie podano rozmiaru miniatury",
                )
                .to_owned(),
            ThumbError::TooManySizes { max } => {
                let rozmiarow = polish_plural(*max as u64, "rozmiar", "rozmiary", "rozmiarów");
                text!(
                    lang,
                    "at most {max} different sizes can be made from one picture",
                    "z jednego obrazu można zrobić najwyżej {max} {rozmiarow} miniatur"
                )
            }
            ThumbError::BadSize(text) => {
                let text = text.escape_debug();
                text!(
                    lang,
                    "\"{text}\" is not a size; write width x height in pixels, for example 128x128 (1 to {})",
                    "„{text}” to nie rozmiar; podaj szerokość x wysokość w pikselach, na przykład 128x128 (od 1 do {})",
                    super::Size::MAX_SIDE
                )
            }
            ThumbError::Truncated(format) => text!(
                lang,
                "the {format} file is truncated: it ends before the picture does",
                "plik {format} jest ucięty: kończy się, zanim skończy się obraz"
            ),
            ThumbError::Corrupt(format, detail) => text!(
                lang,
                "the {format} file is corrupt: {}",
                "plik {format} jest uszkodzony: {}",
                detail.pick(lang)
            ),
            ThumbError::DecoderFailed(format) => text!(
                lang,
                "the {format} decoder broke down on this file, which is a fault of the decoder; saving the picture anew may help",
                "dekoder {format} załamał się na tym pliku, a to błąd dekodera; może pomóc zapisanie obrazu od nowa"
            ),
            ThumbError::Unsupported(format, detail) => text!(
                lang,
                "this kind of {format} file is not supported: {}",
                "ten rodzaj pliku {format} nie jest obsługiwany: {}",
                detail.pick(lang)
            ),
            ThumbError::TimedOut(limit) => {
                let seconds = limit.as_secs_f64();
                text!(
                    lang,
                    "making the thumbnails took longer than the limit of {seconds} s",
                    "robienie miniatur trwało dłużej niż limit {seconds} s"
                )
            }
            ThumbError::Cancelled => lang
                .pick("the work was cancelled", "praca została anulowana")
                .to_owned(),
            ThumbError::Encoding(detail) => text!(
                lang,
                "the thumbnails could not be encoded: {detail}",
                "nie udało się zakodować miniatur: {detail}"
            ),
            ThumbError::DiskFull(path) => {
                let path = path.display();
                text!(
                    lang,
                    "the disk is full: {path} could not be written, and nothing was left half written",
                    "dysk jest pełny: nie udało się zapisać {path}; żaden plik nie został zapisany w połowie"
                )
            }
            ThumbError::Io(path, detail) => {
                let path = path.display();
                text!(
                    lang,
                    "{path} could not be written: {detail}",
                    "nie udało się zapisać {path}: {detail}"
                )
            }
        }
    }
}

/// `12.3 MB`, with the decimal mark of the language.
fn megabytes(bytes: u64, lang: Lang) -> String {
    format!("{} MB", decimal(bytes as f64 / 1_000_000.0, lang))
}

/// `12.3 megapixels`, likewise.
fn megapixels(pixels: u64, lang: Lang) -> String {
    let number = decimal(pixels as f64 / 1_000_000.0, lang);
    format!("{number} {}", lang.pick("megapixels", "Mpx"))
}

/// At most one decimal, none when it would be zero.
fn decimal(value: f64, lang: Lang) -> String {
    let text = lang.decimal(value, 1);
    let zero = lang.pick(".0", ",0");
    text.strip_suffix(zero).unwrap_or(&text).to_owned()
}

/// Names the one failure of a file that people can mend at once.
pub fn file_error(path: &Path, error: &io::Error) -> ThumbError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ThumbError::DiskFull(path.to_owned())
        }
        _ => ThumbError::Io(path.to_owned(), error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_limit_in_both_languages() {
        let error = ThumbError::TooManyPixels {
            width: 50_000,
            height: 50_000,
            max: 100_000_000,
        };
        let english = error.message(Lang::En);
        assert!(english.contains("2500 megapixels"), "{english}");
        assert!(english.contains("100 megapixels"), "{english}");
        let polish = ThumbError::TooManyBytes {
            length: Some(1_500_000),
            max: 1_000_000,
        }
        .message(Lang::Pl);
        assert_eq!(polish, "plik ma 1,5 MB, a limit to 1 MB");
    }

    #[test]
    fn only_what_can_change_is_worth_a_retry() {
        assert!(ThumbError::DiskFull(PathBuf::new()).is_transient());
        assert!(!ThumbError::Truncated(Format::Jpeg).is_transient());
        assert!(!ThumbError::Cancelled.is_transient());
        assert!(!ThumbError::TimedOut(Duration::ZERO).is_transient());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        // The kernel's own full device gives the very error a full disk gives.
        use std::io::Write as _;
        let mut full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let error = full.write_all(b"x").unwrap_err();
        let error = file_error(Path::new("a.zip"), &error);
        assert_eq!(error, ThumbError::DiskFull("a.zip".into()));
        assert!(error.is_transient());
    }
}
