//! What the replies of sorted set commands have in common.

use crate::store::Text;
use crate::wire::reply::{CmdError, Out};

/// The ends of a range of scores are not what they should be.
pub const BAD_SCORE_RANGE: CmdError = CmdError::new("ERR min or max is not a float");
/// Nor those of a range of members.
pub const BAD_LEX_RANGE: CmdError = CmdError::new("ERR min or max not valid string range item");

/// Writes members, with their scores if asked: in one flat array in RESP2,
/// as pairs in RESP3.
pub fn write_members<'a>(
    out: &mut Out,
    members: impl ExactSizeIterator<Item = (Text<'a>, f64)>,
    with_scores: bool,
) {
    let flat = out.resp == 2 && with_scores;
    out.array(members.len() * if flat { 2 } else { 1 });
    for (member, score) in members {
        if with_scores && !flat {
            out.array(2);
        }
        out.bulk(&member);
        if with_scores {
            out.double(score);
        }
    }
}
