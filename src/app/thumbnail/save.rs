//! `thumbnail submit --output`: results into a directory.

use super::common::{create_dir, shown, unusable};
use crate::error::{Error, Result};
use crate::jobs::job::{Job, State};
use crate::jobs::store::{Kind, Stores};
use crate::whole_file::{Readers, create, temporary};
use catalog::text;
use std::io;
use std::path::Path;

/// Makes the directory for results, and sees that files can be made in it.
pub(super) fn prepare(dir: &Path) -> Result<()> {
    create_dir(dir)?;
    create(dir, Readers::Usual)
        .map(drop)
        .map_err(|error| unusable(dir, &error))
}

/// What of a job's results is in the directory now.
#[derive(Default)]
pub(super) struct Saved {
    /// The names the files have there.
    pub(super) names: Vec<String>,
    /// Why the rest is not there.
    pub(super) trouble: Option<Error>,
}

/// Copies a job's results into a directory: another file of the same name is
/// never overwritten.
pub(super) async fn save(stores: &Stores, job: &Job, dir: &Path) -> Saved {
    let mut saved = Saved::default();
    let (State::Success, Some(made)) = (job.state, job.thumbnails()) else {
        return saved;
    };
    let Some(kind) = Kind::from_name(&made.store) else {
        return saved;
    };
    let names = made.thumbnails.iter().map(|thumb| &thumb.name);
    for name in names.chain([&made.archive]) {
        let copied = match stores.get(kind, &job.id, name, u64::MAX).await {
            Ok(bytes) => save_new(dir, name, &bytes).map_err(|error| unwritten(dir, name, &error)),
            Err(error) => Err(error.into()),
        };
        match copied {
            Ok(name) => saved.names.push(name),
            Err(error) => {
                saved.trouble = Some(error);
                break;
            }
        }
    }
    saved
}

fn unwritten(dir: &Path, name: &str, error: &io::Error) -> Error {
    let path = dir.join(name);
    Error::server(text!(
        "cannot write {}",
        "nie można zapisać {}",
        shown(&path)
    ))
    .because(error)
}

/// Writes a file under this name, or under `name-2.ext`, `name-3.ext`, ... when
/// there is another one; the same file again stays as it is.
fn save_new(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<String> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let mut file = temporary(&dir.join(name), bytes, Readers::Usual)?;
    for number in 1.. {
        let name = match number {
            1 => name.to_owned(),
            n => format!("{stem}-{n}.{extension}"),
        };
        let path = dir.join(&name);
        file = match file.persist_noclobber(&path) {
            Ok(_) => return Ok(name),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => error.file,
            Err(error) => return Err(error.error),
        };
        // Whatever else is there is not read: it may be large, or no file.
        let alike = std::fs::metadata(&path)
            .is_ok_and(|there| there.is_file() && there.len() == bytes.len() as u64);
        if alike && std::fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(name);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
