//! `:save FILE`: a session as the skeleton of a lesson, with real replies as
//! expectations.

use super::secrets::{is_secret, tells_secret};
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

/// A session as a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skeleton {
    /// In the lesson format: commands, then what they answered.
    pub text: String,
    /// So many commands are in it.
    pub commands: usize,
    /// So many were left out, for they carry passwords.
    pub left_out: usize,
}

/// The session in the lesson format, without what carries passwords.
pub fn lesson(entries: &[Entry], lang: Lang) -> Skeleton {
    let mut text = lang.pick(
        "# A new lesson\n\nSay here what it is about.\n\n## First step\n\nSay what happens and why.\n",
        "# Nowa lekcja\n\nNapisz tu, o czym jest.\n\n## Pierwszy krok\n\nNapisz, co się dzieje i dlaczego.\n",
    )
    .to_owned();
    let mut commands = 0;
    for entry in entries {
        if is_secret(&entry.argv) || tells_secret(&entry.argv, &entry.replies) {
            continue;
        }
        commands += 1;
        let command = quote_all(&entry.argv);
        let replies: String = entry.replies.iter().map(to_tty).collect();
        text.push_str(&format!(
            "\n```redis\n{command}\n```\n\n```text expect\n{replies}```\n"
        ));
    }
    Skeleton {
        text,
        commands,
        left_out: entries.len() - commands,
    }
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
        let text = lesson(&entries, Lang::En).text;
        assert!(text.ends_with("\n```redis\nset lab:k \"a b\"\n```\n\n```text expect\nOK\n```\n"));
    }

    #[test]
    fn what_carries_passwords_is_left_out() {
        let entry = |line: &str, reply: Reply| Entry {
            argv: resp::split::split(line.as_bytes()).unwrap(),
            replies: Arc::new(vec![reply]),
        };
        let ok = || Reply::Status("OK".into());
        let told = ["requirepass", "hunter2"].map(|text| Reply::Bulk(text.into()));
        let saved = lesson(
            &[
                entry("auth low hunter2", ok()),
                entry("config set requirepass hunter2", ok()),
                entry("config get requirepass", Reply::Array(told.into())),
                entry("set lab:k v", ok()),
            ],
            Lang::En,
        );
        assert_eq!((saved.commands, saved.left_out), (1, 3));
        assert!(!saved.text.contains("hunter2"), "{}", saved.text);
    }
}
