//! The syntax shown behind the cursor while a command is typed.

use super::commands::Commands;
use super::complete::Cursor;
use super::syntax::follow;

/// What is still to come after the line typed so far; `None` when there is
/// nothing to say.
pub fn hint(line: &str, commands: &Commands) -> Option<String> {
    let cursor = Cursor::at(line);
    if cursor.quote_is_open {
        return None;
    }
    let command = cursor.command(commands)?;
    let words = cursor.arguments(commands);
    let at_gap = cursor.current.is_empty();
    if words.is_empty() && !at_gap && cursor.words_before.is_empty() {
        // The name itself is being typed: show the hint once it is whole.
        let text = follow(command, &[])?.rest();
        return (!text.is_empty()).then(|| format!(" {text}"));
    }
    let mut typed: Vec<&str> = words.iter().map(String::as_str).collect();
    let rest = if at_gap {
        follow(command, &typed)?.rest()
    } else {
        // A word being typed counts as soon as it fits.
        typed.push(&cursor.current);
        match follow(command, &typed) {
            Some(follow) => follow.rest(),
            None => return None,
        }
    };
    if rest.is_empty() {
        return None;
    }
    let gap = if at_gap { "" } else { " " };
    Some(format!("{gap}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(line: &str) -> Option<String> {
        super::hint(line, &Commands::default())
    }

    #[test]
    fn the_hint_follows_what_is_typed() {
        assert_eq!(hint("get").as_deref(), Some(" key"));
        assert_eq!(hint("get ").as_deref(), Some("key"));
        assert_eq!(hint("get k"), None);
        assert_eq!(hint("set k v E"), None);
        assert_eq!(
            hint("set k v EX ").as_deref(),
            Some("seconds [NX | XX] [GET]")
        );
        assert_eq!(hint("set k v EX 1").as_deref(), Some(" [NX | XX] [GET]"));
        assert_eq!(hint("3 incr ").as_deref(), Some("key"));
        assert_eq!(
            hint("xgroup create s ").map(|h| h.starts_with("group ")),
            Some(true)
        );
        assert_eq!(hint("nosuch "), None);
        assert_eq!(hint("set k 'open"), None);
        assert_eq!(hint("set a 1\nget ").as_deref(), Some("key"));
    }
}
