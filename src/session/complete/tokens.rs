//! What each option of a command means, in a few words beside the candidate.

use crate::session::options::OPTIONS;
use catalog::lang::Lang;

/// What an option is for; its syntax where nothing better is known.
pub(super) fn about(token: &str, syntax: &str, lang: Lang) -> String {
    let known = OPTIONS.iter().find(|(own, ..)| *own == token);
    let text = known.map(|(_, en, pl)| lang.pick(*en, *pl).replace("{}", "…"));
    match (text, syntax == token) {
        (Some(text), true) => text,
        (Some(text), false) => format!("{syntax}: {text}"),
        (None, _) => syntax.to_owned(),
    }
}
