//! What each option of a command means, in a few words beside the candidate.

use catalog::lang::Lang;

/// What an option is for; its syntax where nothing better is known.
pub(super) fn about(token: &str, syntax: &str, lang: Lang) -> String {
    let known = TOKENS.iter().find(|(own, ..)| *own == token);
    let text = known
        .map(|(_, en, pl)| lang.pick(*en, *pl))
        .unwrap_or_default();
    match (text.is_empty(), syntax == token) {
        (false, true) => text.to_owned(),
        (false, false) => format!("{syntax}: {text}"),
        (true, _) => syntax.to_owned(),
    }
}

const TOKENS: &[(&str, &str, &str)] = &[
    (
        "NX",
        "only if it does not exist yet",
        "tylko jeśli jeszcze nie istnieje",
    ),
    ("XX", "only if it exists", "tylko jeśli już istnieje"),
    (
        "GT",
        "only if greater than now",
        "tylko jeśli większe niż teraz",
    ),
    (
        "LT",
        "only if less than now",
        "tylko jeśli mniejsze niż teraz",
    ),
    (
        "CH",
        "count changed members as well",
        "licz też zmienione elementy",
    ),
    ("EX", "expires after seconds", "wygasa po tylu sekundach"),
    (
        "PX",
        "expires after milliseconds",
        "wygasa po tylu milisekundach",
    ),
    (
        "EXAT",
        "expires at that Unix time",
        "wygasa o tej chwili (sekundy Unix)",
    ),
    (
        "PXAT",
        "expires at that Unix time in ms",
        "wygasa o tej chwili (milisekundy Unix)",
    ),
    ("KEEPTTL", "keep the time to live", "zachowaj czas życia"),
    ("PERSIST", "drop the time to live", "usuń czas życia"),
    ("MATCH", "only names that match", "tylko pasujące nazwy"),
    ("COUNT", "how many", "ile"),
    ("TYPE", "only keys of that type", "tylko klucze tego typu"),
    ("WITHSCORES", "with the scores", "razem z wynikami"),
    ("WITHVALUES", "with the values", "razem z wartościami"),
    ("LIMIT", "skip some, take some", "pomiń ile, weź ile"),
    ("REV", "in reverse order", "w odwrotnej kolejności"),
    (
        "BYSCORE",
        "the range is of scores",
        "zakres dotyczy wyników",
    ),
    ("BYLEX", "the range is of names", "zakres dotyczy nazw"),
    ("ASC", "smallest first", "od najmniejszych"),
    ("DESC", "largest first", "od największych"),
    ("ALPHA", "compare as text", "porównuj jako tekst"),
    ("STORE", "keep the result in a key", "zapisz wynik w kluczu"),
    (
        "BLOCK",
        "wait so many milliseconds",
        "czekaj tyle milisekund",
    ),
    (
        "STREAMS",
        "the streams, then an ID for each",
        "streamy, potem ID dla każdego",
    ),
    ("GROUP", "as a consumer of a group", "jako konsument grupy"),
    (
        "NOACK",
        "without remembering who got it",
        "bez pamiętania, kto dostał",
    ),
    (
        "MAXLEN",
        "trim to so many entries",
        "przytnij do tylu wpisów",
    ),
    (
        "MINID",
        "trim entries older than this ID",
        "usuń wpisy starsze niż to ID",
    ),
    (
        "NOMKSTREAM",
        "do not create the stream",
        "nie twórz streama",
    ),
    (
        "MKSTREAM",
        "create the stream if missing",
        "utwórz stream, jeśli go nie ma",
    ),
    ("REPLACE", "overwrite what is there", "nadpisz to, co jest"),
    (
        "WEIGHTS",
        "multiply scores by these",
        "pomnóż wyniki przez te wagi",
    ),
    ("AGGREGATE", "how scores are combined", "jak łączyć wyniki"),
    ("LEFT", "the head of the list", "początek listy"),
    ("RIGHT", "the tail of the list", "koniec listy"),
    (
        "BEFORE",
        "in front of the pivot",
        "przed elementem odniesienia",
    ),
    ("AFTER", "behind the pivot", "za elementem odniesienia"),
    (
        "ASYNC",
        "free the memory in the background",
        "zwalniaj pamięć w tle",
    ),
    ("SYNC", "free the memory at once", "zwolnij pamięć od razu"),
];
