//! The two languages a learner can read, and how one is chosen.
//!
//! Everything shown to a learner exists in both. Texts stay next to the code
//! that shows them, so that a missing translation is a compile error rather
//! than a lookup that fails at run time: fixed words as a pair given to
//! [`Lang::pick`], words with values in them through `text!`.

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
    fn from_locale<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Lang {
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

/// Words with values in them, in English and Polish, written once beside the
/// code that shows them.
///
/// With a language it is the `String` of that language, and only that one is
/// made; without one it is a [`Text`](crate::lang::Text), which holds both.
/// Values stand in the words, or follow them and then stand in both.
///
/// ```
/// use redis_lab_catalog::{lang::Lang, text};
/// let key = "lab:name";
/// assert_eq!(text!(Lang::Pl, "no key {key}", "nie ma klucza {key}"), "nie ma klucza lab:name");
/// assert_eq!(text!("no key {}", "nie ma klucza {}", key).pick(Lang::En), "no key lab:name");
/// ```
#[macro_export]
macro_rules! text {
    ($en:literal, $pl:literal $(, $value:expr)* $(,)?) => {
        $crate::lang::Text::in_each(|lang| match lang {
            $crate::lang::Lang::En => ::std::format!($en $(, $value)*),
            $crate::lang::Lang::Pl => ::std::format!($pl $(, $value)*),
        })
    };
    ($lang:expr, $en:literal, $pl:literal $(, $value:expr)* $(,)?) => {
        match $lang {
            $crate::lang::Lang::En => ::std::format!($en $(, $value)*),
            $crate::lang::Lang::Pl => ::std::format!($pl $(, $value)*),
        }
    };
}

/// Words in every language: what an error says before it is known who reads it.
///
/// It has no `Display`, so that nobody shows one language to readers of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Box<[String; 2]>);

impl Text {
    /// The words as `words` says them in each language.
    pub fn in_each(words: impl Fn(Lang) -> String) -> Text {
        Text::of(&words)
    }

    /// Apart, so that it is not compiled once for each of some hundred texts.
    fn of(words: &dyn Fn(Lang) -> String) -> Text {
        Text(Box::new(Lang::ALL.map(words)))
    }

    /// What reads the same in every language: a name, a command, or what a
    /// program that is not ours has said.
    pub fn same(words: impl Into<String>) -> Text {
        let words = words.into();
        Text(Box::new([words.clone(), words]))
    }

    /// The words of this language.
    pub fn pick(&self, lang: Lang) -> &str {
        let [en, pl] = &*self.0;
        lang.pick(en, pl)
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
    fn a_text_has_its_values_in_every_language() {
        let (key, count) = ("lab:a", 2);
        let text = text!("{key}: {} of {{3}}", "{key}: {} z {{3}}", count + 1);
        assert_eq!(text.pick(Lang::En), "lab:a: 3 of {3}");
        assert_eq!(text.pick(Lang::Pl), "lab:a: 3 z {3}");
        let lang = Lang::Pl;
        assert_eq!(text!(lang, "{key} is there", "{key} jest"), "lab:a jest");
        assert_eq!(Text::same("PING").pick(Lang::Pl), "PING");
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
