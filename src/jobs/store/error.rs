//! Why a file could not be stored or read, in words.

use crate::conn::link::LinkError;
use crate::error::Error;
use catalog::lang::{Lang, Text};
use catalog::text;
use thumbnailer::ThumbError;

/// The largest file kept in Redis. Redis itself would take 512 MB, but a
/// queue's memory is no place for that.
pub const MAX_BLOB: usize = 32 << 20;

/// Why a file could not be stored or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Redis is gone or refuses.
    Link(LinkError),
    /// No such file (any more).
    Missing(String),
    /// Too large for Redis; the length in bytes.
    TooLarge(usize),
    /// The job wants a directory, and this process was given none.
    NoDirectory,
    /// The name or ID could lead out of the store.
    BadName,
    /// The file system refuses.
    Files(ThumbError),
    /// The work on the file panicked, or was stopped with the program.
    Internal,
}

impl StoreError {
    /// One word for machines.
    pub fn kind(&self) -> &'static str {
        match self {
            StoreError::Link(_) => "RedisError",
            StoreError::Missing(_) => "FileMissing",
            StoreError::TooLarge(_) => "FileTooLarge",
            StoreError::NoDirectory => "NoDirectory",
            StoreError::BadName => "BadName",
            StoreError::Files(error) => error.kind(),
            StoreError::Internal => "InternalError",
        }
    }

    /// Whether trying again later may help. A missing file may appear: shared
    /// directories lag, and another worker may have the right one.
    pub fn is_transient(&self) -> bool {
        match self {
            StoreError::Link(_) | StoreError::NoDirectory | StoreError::Missing(_) => true,
            StoreError::TooLarge(_) | StoreError::BadName | StoreError::Internal => false,
            StoreError::Files(error) => error.is_transient(),
        }
    }

    /// What went wrong, in this language.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            StoreError::Link(error) => error.text(lang),
            StoreError::Missing(name) => {
                let name = name.escape_debug();
                text!(
lang,
"{name} is not in the store (any more)",
"pliku {name} nie ma (już) w magazynie"
)
            }
            StoreError::TooLarge(length) => {
                let (length, max) = (length.div_ceil(1 << 20), MAX_BLOB >> 20);
                text!(
lang,
"the file has {length} MB, and Redis takes at most {max} MB: use a directory (--store DIR)",
"plik ma {length} MB, a Redis przyjmuje najwyżej {max} MB: użyj katalogu (--store KATALOG)"
)
            }
            StoreError::NoDirectory => lang
                .pick(
                    "the image is in a shared directory, and this worker was started without --store DIR",
                    "obraz leży we wspólnym katalogu, a ten worker nie ma --store KATALOG",
                )
                .to_owned(),
            StoreError::BadName => lang
                .pick(
                    "the job's file name is not a plain name",
                    "nazwa pliku w zadaniu nie jest zwykłą nazwą",
                )
                .to_owned(),
            StoreError::Files(error) => error.message(lang),
            StoreError::Internal => lang
                .pick(
                    "the program failed at a file in an unforeseen way",
                    "program zawiódł przy pliku w nieprzewidziany sposób",
                )
                .to_owned(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Error::server(Text::in_each(|lang| error.text(lang)))
    }
}

impl From<LinkError> for StoreError {
    fn from(error: LinkError) -> Self {
        StoreError::Link(error)
    }
}
