//! A user: passwords, and selectors.

use super::check::{Call, Denied};
use super::selector::{RuleError, Selector, has_blank};
use crate::wire::args::c_text;
use crate::wire::args::is;
use resp::split;
use sha2::{Digest, Sha256};

/// Whether payloads of RESTORE are looked at closely for this user. Here they
/// always are; the rule is kept and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sanitize {
    Yes,
    Skip,
}

/// A user.
#[derive(Debug, Clone)]
pub struct User {
    /// Whether one can log in as this user.
    pub enabled: bool,
    /// Whether any password will do.
    pub no_password: bool,
    sanitize: Sanitize,
    /// SHA-256 digests in hexadecimal.
    passwords: Vec<String>,
    root: Selector,
    others: Vec<Selector>,
}

/// The digest of a password as users keep it.
fn digest(password: &[u8]) -> String {
    let digest = Sha256::digest(password);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A digest given by its hexadecimal digits.
fn given_digest(digits: &[u8]) -> Result<String, RuleError> {
    let lower_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != 64 || !digits.iter().all(lower_hex) {
        return Err(RuleError::BadHash);
    }
    Ok(digits.iter().copied().map(char::from).collect())
}

/// Compares without telling by its time where the first difference is.
fn constant_time_eq(a: &str, b: &str) -> bool {
    let bytes = a.bytes().zip(b.bytes());
    let difference = bytes.fold(0, |difference, (x, y)| difference | (x ^ y));
    a.len() == b.len() && difference == 0
}

impl User {
    /// A user just made: disabled, without password and permissions, but for
    /// the channels `acl-pubsub-default` may allow.
    pub fn new(all_channels: bool) -> Self {
        User {
            enabled: false,
            no_password: false,
            sanitize: Sanitize::Yes,
            passwords: Vec::new(),
            root: Selector::new(all_channels),
            others: Vec::new(),
        }
    }

    /// A user without password who may do everything.
    pub(crate) fn unlimited() -> Self {
        User {
            enabled: true,
            no_password: true,
            root: Selector::unlimited(),
            ..User::new(true)
        }
    }

    /// Makes this the only password; none is needed when it is empty.
    pub(crate) fn require(&mut self, password: &[u8]) {
        self.no_password = password.is_empty();
        self.passwords.clear();
        if !password.is_empty() {
            self.passwords.push(digest(password));
        }
    }

    /// Whether one can log in with this password.
    pub(crate) fn admits(&self, password: &[u8]) -> bool {
        if !self.enabled || self.no_password {
            return self.enabled;
        }
        let given = digest(password);
        self.passwords
            .iter()
            .fold(false, |found, own| found | constant_time_eq(own, &given))
    }

    /// Whether the user may do everything.
    pub(crate) fn is_unrestricted(&self) -> bool {
        self.selectors().any(Selector::is_unlimited)
    }

    /// The user's own permissions, then those in parentheses.
    pub(crate) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        std::iter::once(&self.root).chain(&self.others)
    }

    /// The patterns of channels of all selectors.
    pub(crate) fn channels(&self) -> impl Iterator<Item = &[u8]> {
        self.selectors()
            .flat_map(|selector| selector.channels.iter().map(Vec::as_slice))
    }

    /// The user's own permissions.
    pub fn root(&self) -> &Selector {
        &self.root
    }

    /// The permissions in parentheses.
    pub fn others(&self) -> &[Selector] {
        &self.others
    }

    /// The digests of the passwords.
    pub fn passwords(&self) -> &[String] {
        &self.passwords
    }

    /// The flags as ACL GETUSER shows them.
    pub fn flags(&self) -> Vec<&'static str> {
        let mut flags = vec![if self.enabled { "on" } else { "off" }];
        if self.no_password {
            flags.push("nopass");
        }
        match self.sanitize {
            Sanitize::Skip => flags.push("skip-sanitize-payload"),
            Sanitize::Yes => flags.push("sanitize-payload"),
        }
        flags
    }

    /// All of it as ACL LIST shows it.
    pub fn rules(&self) -> Vec<u8> {
        let mut rules = Vec::new();
        for flag in self.flags() {
            rules.extend_from_slice(flag.as_bytes());
            rules.push(b' ');
        }
        for password in &self.passwords {
            rules.extend_from_slice(format!("#{password} ").as_bytes());
        }
        rules.extend_from_slice(&self.root.rules());
        for selector in &self.others {
            rules.extend_from_slice(&[b" (", selector.rules().as_slice(), b")"].concat());
        }
        rules
    }

    /// Applies a rule. `all_channels` is what new selectors begin with
    /// (`acl-pubsub-default`).
    ///
    /// # Errors
    /// When there is no such rule, or it makes no sense now.
    pub fn apply(&mut self, rule: &[u8], all_channels: bool) -> Result<(), RuleError> {
        let word = c_text(rule);
        if is(word, "ON") {
            self.enabled = true;
        } else if is(word, "OFF") {
            self.enabled = false;
        } else if is(word, "SKIP-SANITIZE-PAYLOAD") {
            self.sanitize = Sanitize::Skip;
        } else if is(word, "SANITIZE-PAYLOAD") {
            self.sanitize = Sanitize::Yes;
        } else if is(word, "NOPASS") {
            self.no_password = true;
            self.passwords.clear();
        } else if is(word, "RESETPASS") {
            self.no_password = false;
            self.passwords.clear();
        } else if is(word, "CLEARSELECTORS") {
            self.others.clear();
        } else if is(word, "RESET") {
            *self = User {
                sanitize: Sanitize::Yes,
                ..User::new(all_channels)
            };
        } else {
            return match rule {
                [] => Ok(()),
                [b'>', password @ ..] => {
                    self.add_password(digest(password));
                    Ok(())
                }
                [b'#', digits @ ..] => {
                    self.add_password(given_digest(digits)?);
                    Ok(())
                }
                [b'<', password @ ..] => self.remove_password(&digest(password)),
                [b'!', digits @ ..] => self.remove_password(&given_digest(digits)?),
                [b'(', inner @ .., b')'] => {
                    let mut selector = Selector::new(all_channels);
                    // Rules with an unclosed quote count as none.
                    for rule in split::split(c_text(inner)).unwrap_or_default() {
                        selector.apply(&rule)?;
                    }
                    self.others.push(selector);
                    Ok(())
                }
                _ => self.root.apply(rule),
            };
        }
        Ok(())
    }

    fn add_password(&mut self, digest: String) {
        if !self.passwords.contains(&digest) {
            self.passwords.push(digest);
        }
        self.no_password = false;
    }

    fn remove_password(&mut self, digest: &str) -> Result<(), RuleError> {
        let at = self.passwords.iter().position(|own| own == digest);
        self.passwords.remove(at.ok_or(RuleError::NoSuchPassword)?);
        Ok(())
    }

    /// Whether some selector allows a command.
    ///
    /// # Errors
    /// What is not allowed: the command when no selector has it, otherwise
    /// the last key or channel that was in the way.
    pub fn may_run(&self, call: &Call<'_>) -> Result<(), Denied> {
        let mut worst = Denied::Command;
        for selector in self.selectors() {
            match selector.check(call) {
                Ok(()) => return Ok(()),
                Err(denied) => worst = worst.max(denied),
            }
        }
        Err(worst)
    }

    /// Whether some selector allows a command and also to read all keys.
    pub(crate) fn may_run_reading_all(&self, call: &Call<'_>) -> bool {
        self.selectors()
            .any(|selector| selector.check(call).is_ok() && selector.reads_all_keys())
    }
}

/// Whether a user can be called so.
pub fn valid_name(name: &[u8]) -> bool {
    !has_blank(name)
}

/// Puts selectors together that were given as several arguments.
///
/// # Errors
/// The argument that opens a parenthesis which is never closed.
pub fn merge_selectors<'a>(args: &[&'a [u8]]) -> Result<Vec<Vec<u8>>, &'a [u8]> {
    let mut merged = Vec::new();
    let mut open: Option<(Vec<u8>, &[u8])> = None;
    for arg in args {
        let closes = arg.last() == Some(&b')');
        if open.is_none() && arg.first() == Some(&b'(') && !closes {
            open = Some((arg.to_vec(), arg));
            continue;
        }
        match &mut open {
            None => merged.push(arg.to_vec()),
            Some((text, _)) => {
                text.push(b' ');
                text.extend_from_slice(arg);
                if closes {
                    merged.extend(open.take().map(|(text, _)| text));
                }
            }
        }
    }
    match open {
        Some((_, start)) => Err(start),
        None => Ok(merged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(rules: &[&str]) -> Result<User, RuleError> {
        let mut user = User::new(false);
        for rule in rules {
            user.apply(rule.as_bytes(), false)?;
        }
        Ok(user)
    }

    #[test]
    fn a_password_admits_only_while_the_user_is_on() {
        let user = with(&["on", ">one", ">two", "<one"]).expect("valid rules");
        assert!(user.admits(b"two") && !user.admits(b"one"));
        let off = with(&[">one"]).expect("valid rules");
        assert!(!off.admits(b"one"));
        let any = with(&["on", ">one", "nopass"]).expect("valid rules");
        assert!(any.admits(b"whatever"));
        assert_eq!(with(&["<one"]).err(), Some(RuleError::NoSuchPassword));
        assert_eq!(with(&["#12"]).err(), Some(RuleError::BadHash));
    }

    #[test]
    fn reset_leaves_a_user_that_may_do_nothing() {
        let rules = ["on", ">one", "~*", "&*", "+@all", "(+get)", "reset"];
        let user = with(&rules).expect("valid rules");
        assert_eq!(user.rules(), b"off sanitize-payload resetchannels -@all");
    }

    #[test]
    fn a_selector_may_be_spread_over_arguments() {
        let merged = |args: &[&'static str]| {
            let args: Vec<&'static [u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
            merge_selectors(&args).map(|merged| {
                let texts = merged.into_iter().map(String::from_utf8);
                texts.map(|text| text.expect("ASCII")).collect::<Vec<_>>()
            })
        };
        let together = vec!["on".to_string(), "(+get ~a )".into(), "off".into()];
        assert_eq!(merged(&["on", "(+get", "~a", ")", "off"]), Ok(together));
        assert_eq!(merged(&["on", "(+get", "~a"]), Err(b"(+get".as_slice()));
    }
}
