//! What the options of commands mean: said beside a candidate while one types,
//! and of an option that was given.

/// The option, and what it means in English and Polish, with its value in the
/// place of `{}`.
pub(super) const OPTIONS: &[(&str, &str, &str)] = &[
    (
        "NX",
        "only what does not exist yet",
        "tylko to, czego jeszcze nie ma",
    ),
    ("XX", "only what exists", "tylko to, co już jest"),
    (
        "GT",
        "only if greater than now",
        "tylko gdy większe niż teraz",
    ),
    (
        "LT",
        "only if less than now",
        "tylko gdy mniejsze niż teraz",
    ),
    (
        "CH",
        "changed members are counted too",
        "zmienione elementy też się liczą",
    ),
    (
        "INCR",
        "added to the score instead of setting it",
        "dodane do wyniku zamiast go ustawić",
    ),
    (
        "GET",
        "the old value is returned",
        "zwracana jest poprzednia wartość",
    ),
    ("EX", "expires in {} seconds", "wygasa po {} s"),
    ("PX", "expires in {} milliseconds", "wygasa po {} ms"),
    (
        "EXAT",
        "expires at second {} since 1970",
        "wygasa w sekundzie {} od 1970 roku",
    ),
    (
        "PXAT",
        "expires at millisecond {} since 1970",
        "wygasa w milisekundzie {} od 1970 roku",
    ),
    ("KEEPTTL", "the time to live stays", "czas życia zostaje"),
    ("PERSIST", "the time to live is dropped", "czas życia znika"),
    (
        "MATCH",
        "only names that fit {}",
        "tylko nazwy pasujące do {}",
    ),
    (
        "COUNT",
        "{} at most, or at a time",
        "najwyżej {} albo tyle naraz",
    ),
    (
        "WITHSCORES",
        "each with its score",
        "każdy ze swoim wynikiem",
    ),
    ("WITHSCORE", "with the score", "razem z wynikiem"),
    (
        "WITHVALUES",
        "each with its value",
        "każdy ze swoją wartością",
    ),
    (
        "WITHDIST",
        "each with its distance",
        "każde ze swoją odległością",
    ),
    (
        "WITHCOORD",
        "each with its coordinates",
        "każde ze współrzędnymi",
    ),
    ("REV", "the highest first", "od najwyższego"),
    (
        "BYSCORE",
        "the range is of scores, not of places",
        "zakres dotyczy wyników, nie miejsc",
    ),
    (
        "BYLEX",
        "the range is of names, for members of one score",
        "zakres dotyczy nazw, przy równych wynikach",
    ),
    ("LIMIT", "{} are skipped first", "najpierw pominięte: {}"),
    ("ASC", "the least first", "od najmniejszych"),
    ("DESC", "the greatest first", "od największych"),
    (
        "ALPHA",
        "compared as text, not as numbers",
        "porównywane jak tekst, nie liczby",
    ),
    ("STORE", "the result is kept in {}", "wynik trafia do {}"),
    (
        "BLOCK",
        "waits {} milliseconds at most (0: for ever)",
        "czeka najwyżej {} ms (0: bez końca)",
    ),
    (
        "STREAMS",
        "the streams, then an ID for each",
        "streamy, a potem ID dla każdego",
    ),
    (
        "GROUP",
        "as a consumer of the group {}",
        "jako konsument grupy {}",
    ),
    (
        "NOACK",
        "nothing is remembered as pending",
        "nic nie zostaje w toku",
    ),
    (
        "MAXLEN",
        "trimmed to the newest entries",
        "przycięte do najnowszych wpisów",
    ),
    (
        "MINID",
        "older entries than this ID go",
        "wpisy starsze niż to ID znikają",
    ),
    ("NOMKSTREAM", "no stream is created", "stream nie powstaje"),
    (
        "MKSTREAM",
        "the stream is created if it is missing",
        "brakujący stream powstaje",
    ),
    (
        "RETRYCOUNT",
        "the count of deliveries is set to {}",
        "licznik doręczeń wynosi {}",
    ),
    (
        "WEIGHTS",
        "scores are multiplied by these",
        "wyniki są mnożone przez te wagi",
    ),
    ("AGGREGATE", "scores are combined by {}", "wyniki łączy {}"),
    ("LEFT", "the head of the list", "początek listy"),
    ("RIGHT", "the tail of the list", "koniec listy"),
    ("BEFORE", "in front of {}", "przed {}"),
    ("AFTER", "behind {}", "za {}"),
    (
        "FROMLONLAT",
        "around a longitude and a latitude",
        "wokół długości i szerokości geograficznej",
    ),
    ("FROMMEMBER", "around {}", "wokół {}"),
    ("BYRADIUS", "within the distance {}", "w odległości do {}"),
    (
        "BYBOX",
        "within a rectangle of the width {}",
        "w prostokącie o szerokości {}",
    ),
    (
        "STOREDIST",
        "distances are kept as scores",
        "odległości zostają wynikami",
    ),
    ("TYPE", "only keys of the type {}", "tylko klucze typu {}"),
    (
        "REPLACE",
        "what is there is overwritten",
        "to, co tam jest, zostanie nadpisane",
    ),
    (
        "ASYNC",
        "the memory is freed in the background",
        "pamięć zwalnia się w tle",
    ),
    (
        "SYNC",
        "the memory is freed at once",
        "pamięć zwalnia się od razu",
    ),
];
