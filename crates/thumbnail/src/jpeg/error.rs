//! What can be wrong with a JPEG file.

use crate::error::ThumbError;
use crate::format::Format;
use catalog::lang::Text;

/// The file breaks the rules.
pub(super) fn corrupt(detail: Text) -> ThumbError {
    ThumbError::Corrupt(Format::Jpeg, detail)
}

/// The file keeps rules that nothing here knows.
pub(super) fn unsupported(detail: Text) -> ThumbError {
    ThumbError::Unsupported(Format::Jpeg, detail)
}

/// The file ends too early.
pub(super) fn truncated() -> ThumbError {
    ThumbError::Truncated(Format::Jpeg)
}
