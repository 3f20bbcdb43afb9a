//! Pictures that a lesson asks for: which kind, and the command whose reply is
//! drawn.

use super::{Line, SessionName, Span};
use catalog::lang::Lang;

/// The kinds of pictures there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// Numbers with names, side by side.
    Bars,
    /// What happened when.
    Timeline,
    /// The 16384 slots of a cluster as a ring, and whose they are.
    Ring,
    /// Places.
    Map,
}

impl PictureKind {
    /// All of them, by name.
    pub const ALL: [PictureKind; 4] = [
        PictureKind::Bars,
        PictureKind::Map,
        PictureKind::Ring,
        PictureKind::Timeline,
    ];

    /// The name, as in a lesson's fence and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            PictureKind::Bars => "bars",
            PictureKind::Timeline => "timeline",
            PictureKind::Ring => "ring",
            PictureKind::Map => "map",
        }
    }

    /// The reply that it can be drawn of.
    pub fn wants(self, lang: Lang) -> &'static str {
        match self {
            PictureKind::Bars => lang.pick(
                "names with numbers (ZRANGE ... WITHSCORES, HGETALL), or MGET of numbers",
                "nazwy z liczbami (ZRANGE ... WITHSCORES, HGETALL) albo MGET liczb",
            ),
            PictureKind::Timeline => lang.pick(
                "entries of a stream (XRANGE), or members with a time in ms as their score",
                "wpisy streamu (XRANGE) albo elementy, których wynikiem jest czas w ms",
            ),
            PictureKind::Ring => {
                lang.pick("the reply of CLUSTER SLOTS", "odpowiedź na CLUSTER SLOTS")
            }
            PictureKind::Map => lang.pick(
                "names with coordinates (GEOSEARCH ... WITHCOORD)",
                "nazwy ze współrzędnymi (GEOSEARCH ... WITHCOORD)",
            ),
        }
    }
}

/// A picture in a lesson.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureBlock {
    /// What is drawn.
    pub kind: PictureKind,
    /// What is to be seen in it.
    pub caption: String,
    /// The server of the lesson's own that is asked.
    pub session: SessionName,
    /// The command whose reply is drawn.
    pub line: Line,
    /// The fence's place.
    pub span: Span,
}
