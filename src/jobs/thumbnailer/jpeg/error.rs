//! What can be wrong with a JPEG file.

use crate::jobs::thumbnailer::error::ThumbError;
use crate::jobs::thumbnailer::format::Format;

/// The file breaks the rules.
pub(super) fn corrupt(detail: impl Into<String>) -> ThumbError {
    ThumbError::Corrupt(Format::Jpeg, detail.into())
}

/// The file keeps rules that nothing here knows.
pub(super) fn unsupported(detail: impl Into<String>) -> ThumbError {
    ThumbError::Unsupported(Format::Jpeg, detail.into())
}

/// The file ends too early.
pub(super) fn truncated() -> ThumbError {
    ThumbError::Truncated(Format::Jpeg)
}
