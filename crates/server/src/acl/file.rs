//! The ACL file: users as ACL LIST shows them, a line each. What is wrong with
//! it is said in Redis's words.

use super::selector::RuleError;
use super::user::{User, merge_selectors, valid_name};
use super::{Acl, Users};
use crate::state::client::DEFAULT_USER;
use crate::store::ByteString;
use crate::wire::args::c_text;

/// The users of a file's contents; the default user is there in any case.
/// `name` is what the file is called, `all_channels` what new users begin with
/// (`acl-pubsub-default`).
///
/// # Errors
/// All that is wrong, with the numbers of the lines.
pub fn parse(text: &[u8], name: &str, all_channels: bool) -> Result<Users, Vec<u8>> {
    let mut users = Users::new();
    let mut errors = Vec::new();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        if let Err(wrong) = add_user(line, all_channels, &mut users) {
            wrong.tell(name, number, &mut errors);
        }
    }
    if !errors.is_empty() {
        errors.extend_from_slice(b"WARNING: ACL errors detected, no change to the previously active ACL rules was performed");
        return Err(errors);
    }
    users
        .entry(ByteString::new(DEFAULT_USER))
        .or_insert_with(User::unlimited);
    Ok(users)
}

/// What is wrong with a line.
enum Wrong<'a> {
    Start,
    Name(&'a [u8]),
    Duplicate(&'a [u8]),
    Parenthesis,
    Rules(Vec<(Vec<u8>, RuleError)>),
}

fn add_user<'a>(line: &'a [u8], all_channels: bool, users: &mut Users) -> Result<(), Wrong<'a>> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(());
    }
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [b"user", name, rules @ ..] = words.as_slice() else {
        return Err(Wrong::Start);
    };
    if !valid_name(name) {
        return Err(Wrong::Name(name));
    }
    if users.contains_key(*name) {
        return Err(Wrong::Duplicate(name));
    }
    let mut user = User::new(all_channels);
    let mut wrong = Vec::new();
    for rule in merge_selectors(rules).map_err(|_| Wrong::Parenthesis)? {
        if let Err(error) = user.apply(rule.trim_ascii(), all_channels) {
            wrong.push((rule, error));
        }
    }
    // A line of the same name is one too many even where this one is wrong.
    users.insert(ByteString::new(name), user);
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Wrong::Rules(wrong))
    }
}

impl Wrong<'_> {
    fn tell(&self, file: &str, number: usize, errors: &mut Vec<u8>) {
        let mut tell = |parts: &[&[u8]]| errors.extend(parts.concat());
        let place = format!("{file}:{number}");
        let place = place.as_bytes();
        match self {
            Wrong::Start => tell(&[
                place,
                b" should start with user keyword followed by the username. ",
            ]),
            Wrong::Name(name) => tell(&[
                b"'",
                place,
                b": username '",
                c_text(name),
                b"' contains invalid characters. ",
            ]),
            Wrong::Duplicate(name) => tell(&[
                b"WARNING: Duplicate user '",
                c_text(name),
                format!("' found on line {number}. ").as_bytes(),
            ]),
            Wrong::Parenthesis => {
                tell(&[place, b": Unmatched parenthesis in selector definition."])
            }
            Wrong::Rules(rules) => {
                // A rule is shown only where it cannot hold a password, and of
                // the other faults the first: it may be the cause of the next.
                let mut told = false;
                for (rule, error) in rules {
                    let why = error.text().as_bytes();
                    if *error == RuleError::Unknown {
                        let applying = b": Error in applying operation '";
                        tell(&[place, applying, c_text(rule), b"': ", why, b". "]);
                    } else if !std::mem::replace(&mut told, true) {
                        tell(&[place, b": ", why, b". "]);
                    }
                }
            }
        }
    }
}

impl Acl {
    /// The users as the file has them.
    pub fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for (name, user) in self.users() {
            text.extend(described(name, user));
            text.push(b'\n');
        }
        text
    }
}

/// A user's line of ACL LIST and of the file.
pub fn described(name: &[u8], user: &User) -> Vec<u8> {
    [b"user ", name, b" ", &user.rules()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        let errors = parse(text.as_bytes(), "u.acl", false).expect_err("something is wrong");
        let errors = String::from_utf8(errors).expect("ASCII");
        let (all, end) = errors.split_once("WARNING: ACL errors").expect("the end");
        assert!(end.ends_with(" rules was performed"));
        all.to_owned()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = b"\n user a on >p +get (+set ~w*)\t\r\n\nuser b off";
        let users = parse(text, "u.acl", true).expect("valid");
        let mut acl = Acl::new(b"");
        acl.users = users;
        let written = acl.text();
        let lines: Vec<&[u8]> = written.split(|byte| *byte == b'\n').collect();
        assert!(lines[0].starts_with(b"user a on sanitize-payload #"));
        assert!(lines[0].ends_with(b" &* -@all +get (~w* &* -@all +set)"));
        assert_eq!(
            lines[2],
            b"user default on nopass sanitize-payload ~* &* +@all"
        );
        assert_eq!(lines.len(), 4);
        acl.users = parse(&written, "u.acl", false).expect("valid");
        assert_eq!(acl.text(), written);
    }

    #[test]
    fn everything_wrong_is_told_with_its_line() {
        assert_eq!(
            wrong("usr a\nuser"),
            "u.acl:1 should start with user keyword followed by the username. \
             u.acl:2 should start with user keyword followed by the username. "
        );
        assert_eq!(
            wrong("user a on\n\nuser a off"),
            "WARNING: Duplicate user 'a' found on line 3. "
        );
        assert_eq!(
            wrong("user a\tb"),
            "'u.acl:1: username 'a\tb' contains invalid characters. "
        );
        assert_eq!(
            wrong("user a (+get"),
            "u.acl:1: Unmatched parenthesis in selector definition."
        );
        assert_eq!(
            wrong("user a secret +nothing also"),
            "u.acl:1: Syntax error. u.acl:1: Error in applying operation '+nothing': \
             Unknown command or category name in ACL. "
        );
    }
}
