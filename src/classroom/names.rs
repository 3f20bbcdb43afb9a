//! What a class and its students are called: codes that are easy to say and to
//! type, nicknames that are nobody's name, and what a name of one's own may be.

use catalog::lang::{Lang, Text};
use catalog::text;

/// The words of codes and nicknames. They are of ASCII, so that every keyboard
/// has them, no two are alike, and none is unkind to whoever gets it. The Polish
/// ones are all feminine: any two of them agree.
fn words(lang: Lang) -> (&'static [&'static str], &'static [&'static str]) {
    lang.pick((ADJECTIVES_EN, ANIMALS_EN), (ADJECTIVES_PL, ANIMALS_PL))
}

const ADJECTIVES_EN: &[&str] = &[
    "amber", "blue", "bold", "brave", "brisk", "calm", "clever", "cosmic", "crisp", "dapper",
    "eager", "early", "fancy", "fast", "frosty", "gentle", "glad", "golden", "green", "happy",
    "honest", "humble", "jolly", "kind", "lively", "lucky", "magic", "mellow", "merry", "misty",
    "modern", "noble", "orange", "patient", "polite", "proud", "purple", "quick", "quiet", "rapid",
    "royal", "rustic", "shiny", "silent", "silver", "simple", "smart", "snowy", "solar", "spicy",
    "steady", "sunny", "swift", "tiny", "velvet", "violet", "vivid", "warm", "wild", "wise",
    "young", "zesty",
];

const ANIMALS_EN: &[&str] = &[
    "badger", "beaver", "bison", "camel", "cat", "condor", "cricket", "dingo", "dolphin", "dragon",
    "eagle", "falcon", "ferret", "finch", "fox", "frog", "gecko", "giraffe", "goose", "hamster",
    "hedgehog", "heron", "ibis", "jaguar", "koala", "lemur", "leopard", "lion", "lizard", "llama",
    "lobster", "lynx", "magpie", "marmot", "moose", "otter", "owl", "panda", "parrot", "pelican",
    "penguin", "puffin", "python", "rabbit", "raccoon", "robin", "salmon", "seal", "sparrow",
    "stork", "swan", "tiger", "toucan", "turtle", "wolf", "zebra",
];

const ADJECTIVES_PL: &[&str] = &[
    "barwna",
    "bystra",
    "cicha",
    "ciekawa",
    "czarna",
    "czerwona",
    "czujna",
    "czysta",
    "dobra",
    "dumna",
    "dzielna",
    "dzika",
    "figlarna",
    "gibka",
    "hojna",
    "jasna",
    "jesienna",
    "kolorowa",
    "lekka",
    "letnia",
    "lotna",
    "mocna",
    "modna",
    "modra",
    "morska",
    "nocna",
    "nowa",
    "pewna",
    "pilna",
    "pogodna",
    "polna",
    "poranna",
    "prosta",
    "puchata",
    "radosna",
    "ruda",
    "skoczna",
    "skromna",
    "sprytna",
    "srebrna",
    "szara",
    "szczera",
    "szybka",
    "tropikalna",
    "uprzejma",
    "wierna",
    "wiosenna",
    "wolna",
    "zabawna",
    "zgodna",
    "zgrabna",
    "zielona",
    "zimowa",
    "zwinna",
];

const ANIMALS_PL: &[&str] = &[
    "alpaka",
    "antylopa",
    "biedronka",
    "czapla",
    "foka",
    "fretka",
    "gazela",
    "iguana",
    "jaszczurka",
    "kaczka",
    "kawka",
    "kotka",
    "krewetka",
    "kuna",
    "lama",
    "lisica",
    "lwica",
    "makrela",
    "meduza",
    "mewa",
    "norka",
    "orka",
    "owca",
    "panda",
    "pantera",
    "papuga",
    "perliczka",
    "pliszka",
    "puma",
    "rybitwa",
    "salamandra",
    "sardynka",
    "sarna",
    "sepia",
    "sikorka",
    "sowa",
    "sroka",
    "surykatka",
    "szynszyla",
    "traszka",
    "tygrysica",
    "wilczyca",
    "wrona",
    "wydra",
    "zebra",
];

/// How long a name may be, in characters.
const LONGEST_NAME: usize = 24;

/// How many free nicknames are tried at once.
const CANDIDATES: usize = 8;

/// One of these, by chance.
fn any<'a>(words: &[&'a str]) -> &'a str {
    words[rand::random_range(0..words.len())]
}

/// A new class's code: two words and two digits.
pub fn code(lang: Lang) -> String {
    let (adjectives, animals) = words(lang);
    let number = rand::random_range(10..100);
    format!("{}-{}-{number}", any(adjectives), any(animals))
}

/// A code as it was typed or said, written as codes are.
pub fn folded_code(typed: &str) -> String {
    let mut code = String::new();
    for part in typed.split(|c: char| !c.is_alphanumeric()) {
        if !part.is_empty() {
            let dash = if code.is_empty() { "" } else { "-" };
            code += dash;
            code += &part.to_lowercase();
        }
        // Nobody's code is that long.
        if code.len() > 64 {
            break;
        }
    }
    code
}

/// Nicknames to try, in this order. The last ones have a number, for a class
/// that has used up the others.
pub fn nicknames(lang: Lang) -> Vec<String> {
    let (adjectives, animals) = words(lang);
    let nickname = |place: usize| {
        let pair = format!("{} {}", capital(any(adjectives)), capital(any(animals)));
        if place < CANDIDATES / 2 {
            return pair;
        }
        format!("{pair} {}", rand::random_range(2..100))
    };
    (0..CANDIDATES).map(nickname).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// A name that somebody has chosen, as it is kept.
///
/// # Errors
/// Why it cannot be one.
pub fn own(typed: &str) -> Result<String, Text> {
    if typed.chars().any(is_unseen) {
        return Err(text!(
            "a name has letters, digits and signs that one can see",
            "nazwa składa się z liter, cyfr i znaków, które widać"
        ));
    }
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    match name.chars().count() {
        0 => Err(text!("the name is empty", "nazwa jest pusta")),
        1..=LONGEST_NAME => Ok(name),
        _ => Err(text!(
            "a name has {LONGEST_NAME} characters at most",
            "nazwa ma najwyżej {LONGEST_NAME} znaki"
        )),
    }
}

/// What a name looks like to whoever asks whether it is taken.
pub fn folded(name: &str) -> String {
    name.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// Characters that are not seen themselves and change how others are: control
/// characters, marks of direction, what has no width.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_two_words_and_two_digits_however_it_is_typed() {
        for lang in Lang::ALL {
            let made = code(lang);
            let parts: Vec<&str> = made.split('-').collect();
            assert_eq!(parts.len(), 3, "{made}");
            assert_eq!(parts[2].len(), 2, "{made}");
            assert_eq!(folded_code(&made), made);
            let said = made.replace('-', "  ").to_uppercase();
            assert_eq!(folded_code(&format!(" {said}.")), made);
        }
    }

    #[test]
    fn the_words_are_plain_and_none_stands_twice() {
        for lang in Lang::ALL {
            let (adjectives, animals) = words(lang);
            for words in [adjectives, animals] {
                let mut sorted = words.to_vec();
                sorted.sort_unstable();
                sorted.dedup();
                assert_eq!(sorted.len(), words.len());
                for word in words {
                    let plain = word.bytes().all(|b| b.is_ascii_lowercase());
                    assert!(plain && word.len() >= 3, "{word}");
                }
            }
            // Codes are not guessed in a lesson's time.
            assert!(adjectives.len() * animals.len() * 90 > 200_000);
        }
    }

    #[test]
    fn a_name_is_what_one_sees() {
        assert_eq!(own("  Ala   Kot ").unwrap(), "Ala Kot");
        assert_eq!(own("=cmd()").unwrap(), "=cmd()");
        assert_eq!(folded("Łucja  Żak"), folded("łucja żak"));
        for wrong in ["", "   ", "a\u{202e}b", "a\u{200b}b", "a\nb", "\u{1b}[31m"] {
            assert!(own(wrong).is_err(), "{wrong:?}");
        }
        assert!(own(&"ż".repeat(24)).is_ok());
        assert!(own(&"ż".repeat(25)).is_err());
    }

    #[test]
    fn nicknames_are_names() {
        for lang in Lang::ALL {
            for name in nicknames(lang) {
                assert_eq!(own(&name).as_deref(), Ok(name.as_str()));
            }
            // The longest that there can be.
            let (adjectives, animals) = words(lang);
            let longest = |words: &[&str]| words.iter().map(|word| word.chars().count()).max();
            let pair = longest(adjectives).zip(longest(animals));
            assert!(pair.is_some_and(|(one, two)| one + two + " ".len() + " 99".len() <= 24));
        }
    }
}
