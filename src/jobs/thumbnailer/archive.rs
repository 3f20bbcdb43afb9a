//! The zip archive, and putting the results on disk so that nobody ever sees a
//! half-written file ([`whole_file`](crate::whole_file)).

use super::error::{ThumbError, file_error};
use super::format::Format;
use super::{Output, Thumb};
use crate::whole_file::{Readers, temporary};
use std::io::{self, Cursor, Write as _};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// How hard bitmaps are compressed, 1 (fast) to 9: level 6 takes five times as
/// long and makes a photograph's bitmap hardly smaller.
const DEFLATE_LEVEL: i64 = 1;

/// Where [`write_outputs`] put everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The archive.
    pub archive: PathBuf,
    /// The thumbnails, in the order of [`Output::thumbnails`].
    pub thumbnails: Vec<PathBuf>,
}

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

/// Writes the archive and the thumbnails into `dir`, replacing files of the
/// same names. Either all are there afterwards, whole, or none was touched
/// (short of a rename that fails). Survives the process being killed at any
/// point; like the job's own record in Redis (`appendfsync everysec`), it does
/// not promise to survive a power cut in the second after.
///
/// # Errors
/// [`ThumbError::DiskFull`] when there is no room, [`ThumbError::Io`] for
/// everything else the file system refuses.
pub fn write_outputs(dir: &Path, output: &Output) -> Result<Written, ThumbError> {
    let thumbnails = output.thumbnails.iter().map(|t| (&t.file_name, &t.bytes));
    let mut ready = Vec::with_capacity(output.thumbnails.len() + 1);
    for (name, bytes) in thumbnails.chain([(&output.archive_name, &output.archive)]) {
        let path = dir.join(name);
        let file = temporary(&path, bytes, Readers::Usual).map_err(|e| file_error(&path, &e))?;
        ready.push((file, path));
    }
    // The archive comes last: it is what tells others that all is done.
    let mut paths = Vec::with_capacity(ready.len());
    for (file, path) in ready {
        file.persist(&path)
            .map_err(|e| file_error(&path, &e.error))?;
        paths.push(path);
    }
    let archive = paths.pop().unwrap_or_default();
    Ok(Written {
        archive,
        thumbnails: paths,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::thumbnailer::Size;
    use std::io::Read;

    fn output(archive: Vec<u8>) -> Output {
        Output {
            format: Format::Png,
            width: 1,
            height: 1,
            original_name: "a.png".to_owned(),
            thumbnails: vec![Thumb {
                size: Size::LAB,
                file_name: "a_128x128.png".to_owned(),
                width: 1,
                height: 1,
                bytes: b"thumb".to_vec(),
            }],
            archive_name: "a.zip".to_owned(),
            archive,
        }
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).unwrap();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_archive_holds_the_original_byte_for_byte() {
        for format in [Format::Png, Format::Bmp] {
            let original: Vec<u8> = (0..=255).cycle().take(5000).collect();
            let thumbnails = output(Vec::new()).thumbnails;
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

    #[test]
    fn results_appear_whole_under_their_own_names_only() {
        let dir = tempfile::tempdir().unwrap();
        let written = write_outputs(dir.path(), &output(b"zip".to_vec())).unwrap();
        assert_eq!(names(dir.path()), ["a.zip", "a_128x128.png"]);
        assert_eq!(std::fs::read(&written.archive).unwrap(), b"zip");
        assert_eq!(std::fs::read(&written.thumbnails[0]).unwrap(), b"thumb");
        // Again, over what is there.
        write_outputs(dir.path(), &output(b"zip2".to_vec())).unwrap();
        assert_eq!(std::fs::read(&written.archive).unwrap(), b"zip2");
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        // A directory stands where the archive should go.
        std::fs::create_dir_all(dir.path().join("a.zip/x")).unwrap();
        let error = write_outputs(dir.path(), &output(b"zip".to_vec())).unwrap_err();
        assert_eq!(error.kind(), "WriteFailed");
        assert!(!names(dir.path()).iter().any(|n| n.ends_with(".part")));

        let gone = dir.path().join("missing");
        let error = write_outputs(&gone, &output(b"zip".to_vec())).unwrap_err();
        assert!(matches!(error, ThumbError::Io(path, _) if path.starts_with(&gone)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_named() {
        // The kernel's own full device gives the very error a full disk gives.
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
