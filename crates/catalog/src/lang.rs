//! The two languages a learner can read, and how one is chosen.
//!
//! Everything shown to a learner exists in both. Texts stay next to the code
//! that shows them, as a pair given to [`Lang::pick`], so that a missing
//! translation is a compile error rather than a lookup that fails at run time.

use std::fmt;

/// A language of the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub enum Lang {
    /// English, the default.
    #[default]
    En,
    /// Polish.
    Pl,
}

impl Lang {
    /// Both languages, English first.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Pl];

    /// The two-letter code (ISO 639-1), which is also the lessons' folder name.
    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Pl => "pl",
        }
    }

    /// The text of this language.
    pub fn pick<T>(self, en: T, pl: T) -> T {
        match self {
            Lang::En => en,
            Lang::Pl => pl,
        }
    }

    /// A number with so many decimals and the language's decimal mark: `6.2`,
    /// `6,2`.
    pub fn decimal(self, value: f64, decimals: usize) -> String {
        format!("{value:.decimals$}").replace('.', self.pick(".", ","))
    }

    /// Chooses a language from the values of `LC_ALL`, `LC_MESSAGES` and
    /// `LANG`, in that order of precedence, as POSIX says: the first one that
    /// is set and not empty decides.
    pub fn from_locale<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Lang {
        let decisive = values.into_iter().flatten().find(|v| !v.is_empty());
        match decisive {
            Some(v) if v.starts_with("pl") => Lang::Pl,
            _ => Lang::En,
        }
    }

    /// Chooses a language from the process environment.
    pub fn from_env() -> Lang {
        let get = |name| std::env::var(name).ok();
        let (all, messages, lang) = (get("LC_ALL"), get("LC_MESSAGES"), get("LANG"));
        Lang::from_locale([all.as_deref(), messages.as_deref(), lang.as_deref()])
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The plural form Polish uses for `n` of something: `one` (1 klucz), `few`
/// (2 klucze, 22 klucze) or `many` (5 kluczy, 12 kluczy), by the CLDR rules.
pub fn polish_plural<'a>(n: u64, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (n, n % 10, n % 100) {
        (1, _, _) => one,
        (_, 2..=4, rest) if !(12..=14).contains(&rest) => few,
        _ => many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polish_writes_a_decimal_comma() {
        assert_eq!(Lang::En.decimal(6.25, 1), "6.2");
        assert_eq!(Lang::Pl.decimal(-0.05, 2), "-0,05");
        assert_eq!(Lang::Pl.decimal(30.0, 0), "30");
    }

    #[test]
    fn first_set_locale_variable_decides() {
        assert_eq!(
            Lang::from_locale([None, None, Some("pl_PL.UTF-8")]),
            Lang::Pl
        );
        assert_eq!(
            Lang::from_locale([Some("C"), None, Some("pl_PL")]),
            Lang::En
        );
        assert_eq!(Lang::from_locale([Some(""), None, Some("pl")]), Lang::Pl);
        assert_eq!(Lang::from_locale([None, None, None]), Lang::En);
    }

    #[test]
    fn polish_counts_in_three_forms() {
        let form = |n| polish_plural(n, "klucz", "klucze", "kluczy");
        assert_eq!(form(1), "klucz");
        assert_eq!(form(3), "klucze");
        assert_eq!(form(5), "kluczy");
        assert_eq!(form(12), "kluczy");
        assert_eq!(form(22), "klucze");
        assert_eq!(form(112), "kluczy");
        assert_eq!(form(0), "kluczy");
    }
}
