//! What the options of a command mean that were given.

use super::Asked;
use crate::conn::state::Argv;
use crate::session::options::OPTIONS;
use catalog::lang::Lang;
use catalog::{Argument, ArgumentKind};
use resp::split::quote;

impl Asked<'_> {
    /// Each option that was given, with what it means.
    fn options(&self) -> Vec<String> {
        let lang = self.lang;
        let Some(command) = catalog::find_argv(self.argv) else {
            return Vec::new();
        };
        let names = command.name.split('|').count();
        // Where a key or a value stands, its text is no option.
        let is_value = |argument: &&Argument| {
            let simple = !matches!(
                argument.kind,
                ArgumentKind::OneOf | ArgumentKind::Block | ArgumentKind::PureToken
            );
            simple && !argument.optional && argument.token.is_none()
        };
        let values = command.arguments.iter().take_while(is_value).count();
        let given = self.argv.get(names + values..).unwrap_or_default();
        let syntax = command.syntax();
        let words = syntax.split(|c: char| !c.is_ascii_alphanumeric());
        let known: Vec<&str> = words.collect();
        let mut said = Vec::new();
        for (option, en, pl) in OPTIONS {
            let own = |word: &Vec<u8>| word.eq_ignore_ascii_case(option.as_bytes());
            let Some(at) = given
                .iter()
                .position(own)
                .filter(|_| known.contains(option))
            else {
                continue;
            };
            let meaning = lang.pick(*en, *pl);
            if !meaning.contains("{}") {
                said.push(format!("{option}: {meaning}"));
            } else if let Some(value) = given.get(at + 1) {
                let value = quote(value);
                let meaning = meaning.replace("{}", &value);
                said.push(format!("{option} {value}: {meaning}"));
            }
        }
        said
    }
}

/// What each option of a command means that was given.
pub fn options(argv: &Argv, lang: Lang) -> Vec<String> {
    Asked { argv, lang }.options()
}
