//! Putting the results of a thumbnail job on disk so that nobody ever sees a
//! half-written file ([`whole_file`](crate::whole_file)).

use crate::whole_file::{Readers, temporary};
use std::path::{Path, PathBuf};
use thumbnailer::{Output, ThumbError, file_error};

/// Where [`write_outputs`] put everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The archive.
    pub archive: PathBuf,
    /// The thumbnails, in the order of [`Output::thumbnails`].
    pub thumbnails: Vec<PathBuf>,
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
    use thumbnailer::{Format, Size, Thumb};

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
}
