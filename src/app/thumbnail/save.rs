//! `thumbnail submit --output`: results into a directory.

use super::common::{create_dir, shown};
use crate::error::{Error, Result};
use crate::jobs::job::{Job, State};
use crate::jobs::store::{Kind, Stores};
use crate::whole_file::{Readers, temporary};
use catalog::text;
use std::io;
use std::path::Path;

/// Copies a job's results into a directory, and gives the names they have
/// there: another file of the same name is never overwritten.
pub(super) async fn save(stores: &Stores, job: &Job, dir: &Path) -> Result<Vec<String>> {
    let (State::Success, Some(made)) = (job.state, job.thumbnails()) else {
        return Ok(Vec::new());
    };
    let Some(kind) = Kind::from_name(&made.store) else {
        return Ok(Vec::new());
    };
    create_dir(dir)?;
    let names = made.thumbnails.iter().map(|thumb| &thumb.name);
    let mut saved = Vec::new();
    for name in names.chain([&made.archive]) {
        let bytes = stores.get(kind, &job.id, name, u64::MAX).await?;
        let name = save_new(dir, name, &bytes).map_err(|error| {
            let path = dir.join(name);
            Error::usage(text!(
                "cannot write {}",
                "nie można zapisać {}",
                shown(&path)
            ))
            .because(&error)
        })?;
        saved.push(name);
    }
    Ok(saved)
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
        if std::fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(name);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
