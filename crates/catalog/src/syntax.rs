//! Argument trees as text, in the notation of the Redis documentation:
//! `key value [NX | XX] [EX seconds | PX milliseconds]`.

use super::{Argument, ArgumentKind, Command};
use std::fmt;

impl Command {
    /// The syntax with the name: `GET key`.
    pub fn syntax(&self) -> String {
        let mut text = self.display_name();
        for argument in self.arguments {
            text.push(' ');
            text.push_str(&argument.to_string());
        }
        text
    }
}

impl Argument {
    /// The text of one occurrence, without the brackets of an optional
    /// argument and without its repetition.
    pub fn once(&self) -> String {
        let inside = |separator| {
            let parts: Vec<_> = self.arguments.iter().map(Argument::to_string).collect();
            parts.join(separator)
        };
        let value = match self.kind {
            ArgumentKind::PureToken => String::new(),
            // A choice behind a token, or one that must be made, needs a
            // bracket to show where it ends.
            ArgumentKind::OneOf if self.token.is_some() || !self.optional => {
                format!("<{}>", inside(" | "))
            }
            ArgumentKind::OneOf => inside(" | "),
            ArgumentKind::Block => inside(" "),
            _ => self.shown.to_string(),
        };
        match self.token {
            Some("") => "\"\"".to_string(),
            Some(token) if value.is_empty() => token.to_string(),
            Some(token) => format!("{token} {value}"),
            None => value,
        }
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let once = self.once();
        let text = if self.multiple {
            // `KEY a b c`, or `GET a GET b` where the token is repeated.
            let again = match self.token {
                Some(token) if !self.multiple_token && self.kind != ArgumentKind::PureToken => {
                    once.strip_prefix(token).unwrap_or(&once).trim_start()
                }
                _ => &once,
            };
            format!("{once} [{again} ...]")
        } else {
            once
        };
        if self.optional {
            write!(f, "[{text}]")
        } else {
            f.write_str(&text)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::find;

    fn syntax(name: &str) -> String {
        find(name).map(|c| c.syntax()).unwrap_or_default()
    }

    #[test]
    fn syntax_reads_as_the_documentation_writes_it() {
        assert_eq!(syntax("get"), "GET key");
        assert_eq!(
            syntax("set"),
            "SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"
        );
        assert_eq!(
            syntax("xadd"),
            "XADD key [NOMKSTREAM] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value ...]"
        );
        assert_eq!(
            syntax("sort"),
            "SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] [STORE destination]"
        );
        assert_eq!(
            syntax("lpos"),
            "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]"
        );
    }
}
