//! `:save FILE`: a session as the skeleton of a lesson, with real replies as
//! expectations.

use crate::conn::state::Argv;
use catalog::lang::Lang;
use resp::Reply;
use resp::format::to_tty;
use resp::split::quote_all;
use std::sync::Arc;

/// A command and what it was answered, one reply or (SUBSCRIBE) several.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The command.
    pub argv: Argv,
    /// Its replies.
    pub replies: Arc<Vec<Reply>>,
}

/// The session in the lesson format: commands, then what they answered.
pub fn lesson(entries: &[Entry], lang: Lang) -> String {
    let mut text = lang.pick(
        "# A new lesson\n\nSay here what it is about.\n\n## First step\n\nSay what happens and why.\n",
        "# Nowa lekcja\n\nNapisz tu, o czym jest.\n\n## Pierwszy krok\n\nNapisz, co się dzieje i dlaczego.\n",
    )
    .to_owned();
    for entry in entries {
        let command = quote_all(&entry.argv);
        let replies: String = entry.replies.iter().map(to_tty).collect();
        text.push_str(&format!(
            "\n```redis\n{command}\n```\n\n```text expect\n{replies}```\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_replies_alternate() {
        let entries = [Entry {
            argv: resp::split::split(b"set lab:k 'a b'").unwrap(),
            replies: Arc::new(vec![Reply::Status("OK".into())]),
        }];
        let text = lesson(&entries, Lang::En);
        assert!(text.ends_with("\n```redis\nset lab:k \"a b\"\n```\n\n```text expect\nOK\n```\n"));
    }
}
