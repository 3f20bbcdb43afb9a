//! Lists: a deque of byte strings.
//!
//! Redis chains listpacks (a quicklist); a ring buffer has the same cost at
//! both ends and finds an index in one step.

use super::ByteString;
use std::collections::VecDeque;

/// The value of a list key.
pub type List = VecDeque<ByteString>;
