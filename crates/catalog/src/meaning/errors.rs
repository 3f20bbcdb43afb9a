//! What the server's errors mean.

use super::Texts;

/// What an error means, by its code or, where that is the general `ERR`, by its
/// words.
pub(super) fn meaning(text: &str) -> Option<Texts> {
    let code = text.split(' ').next().unwrap_or("");
    let by_code = match code {
        "WRONGTYPE" => [
            "The key holds another type of value than this command works on; TYPE shows which.",
            "Pod kluczem jest wartość innego typu, niż obsługuje to polecenie; typ pokaże TYPE.",
        ],
        "NOSCRIPT" => [
            "The server does not know this script (it forgets them when restarted): use EVAL or SCRIPT LOAD first.",
            "Serwer nie zna tego skryptu (po restarcie zapomina): najpierw użyj EVAL albo SCRIPT LOAD.",
        ],
        "CROSSSLOT" => [
            "In a cluster all keys of a command must be in one slot; a common {tag} in their names brings them together.",
            "W klastrze wszystkie klucze polecenia muszą leżeć w jednym slocie; łączy je wspólny {znacznik} w nazwach.",
        ],
        "MOVED" => [
            "This slot of the cluster lives on the node named here: connect there.",
            "Ten slot klastra obsługuje wskazany węzeł: połącz się z nim.",
        ],
        "ASK" => [
            "The slot is being moved: ask the node named here, once, after ASKING.",
            "Slot jest właśnie przenoszony: zapytaj wskazany węzeł, jednorazowo, po ASKING.",
        ],
        "CLUSTERDOWN" => [
            "The cluster does not serve requests now: a part of its slots has no node.",
            "Klaster nie obsługuje teraz zapytań: część slotów nie ma węzła.",
        ],
        "TRYAGAIN" => [
            "Some of the keys are being moved to another node; try again in a moment.",
            "Część kluczy jest przenoszona na inny węzeł; spróbuj za chwilę.",
        ],
        "NOAUTH" => [
            "The server wants a password: log in with AUTH.",
            "Serwer wymaga hasła: zaloguj się przez AUTH.",
        ],
        "WRONGPASS" => [
            "The user name or the password is wrong, or the user is disabled.",
            "Zła nazwa użytkownika lub hasło albo użytkownik jest wyłączony.",
        ],
        "NOPERM" => [
            "This user may not do that; ACL WHOAMI shows who you are, ACL DRYRUN tries without running.",
            "Temu użytkownikowi nie wolno tego robić; ACL WHOAMI pokaże, kim jesteś.",
        ],
        "OOM" => [
            "The memory allowed by maxmemory is used up and the eviction policy frees none; reading and deleting still work.",
            "Wykorzystano pamięć dozwoloną przez maxmemory, a polityka usuwania nic nie zwalnia; czytać i usuwać nadal można.",
        ],
        "BUSY" if text.contains("running a function") || text.contains("running a script") => [
            "A script has been running for too long and everybody waits: SCRIPT KILL (or FUNCTION KILL) stops it if it has not written.",
            "Skrypt działa zbyt długo i wszyscy czekają: zatrzyma go SCRIPT KILL (lub FUNCTION KILL), jeśli nic nie zapisał.",
        ],
        "NOTBUSY" => [
            "There is nothing to stop: no script is running.",
            "Nie ma czego zatrzymywać: żaden skrypt nie działa.",
        ],
        "UNKILLABLE" => [
            "The script has already written, so stopping it would leave half a change: wait, or SHUTDOWN NOSAVE.",
            "Skrypt już coś zapisał, więc przerwanie zostawiłoby połowę zmiany: poczekaj albo SHUTDOWN NOSAVE.",
        ],
        "READONLY" => [
            "Writes are not allowed here: this is a replica.",
            "Tu nie wolno zapisywać: to jest replika.",
        ],
        "EXECABORT" => [
            "A command could not even be queued, so the whole transaction was dropped; nothing was carried out.",
            "Któregoś polecenia nie dało się nawet zakolejkować, więc całą transakcję porzucono; nic nie wykonano.",
        ],
        "NOGROUP" => [
            "There is no such consumer group (or stream): XGROUP CREATE makes one, with MKSTREAM also the stream.",
            "Nie ma takiej grupy konsumentów (albo streama): utworzy ją XGROUP CREATE, z MKSTREAM także stream.",
        ],
        "BUSYGROUP" => [
            "A consumer group of this name exists already; programs usually ignore this error.",
            "Grupa konsumentów o tej nazwie już istnieje; programy zwykle pomijają ten błąd.",
        ],
        "BUSYKEY" => [
            "The key exists already; RESTORE overwrites it only with REPLACE.",
            "Klucz już istnieje; RESTORE nadpisze go tylko z opcją REPLACE.",
        ],
        "NOPROTO" => [
            "The server speaks only versions 2 and 3 of the protocol.",
            "Serwer zna tylko wersje 2 i 3 protokołu.",
        ],
        "UNBLOCKED" => [
            "Another connection ended the waiting with CLIENT UNBLOCK.",
            "Inne połączenie przerwało oczekiwanie przez CLIENT UNBLOCK.",
        ],
        "LOADING" => [
            "The server is still loading its data; try again in a moment.",
            "Serwer jeszcze wczytuje dane; spróbuj za chwilę.",
        ],
        "MISCONF" => [
            "Writes are refused because saving to disk fails; see the server's log.",
            "Zapisy są odrzucane, bo nie udaje się zapis na dysk; zobacz dziennik serwera.",
        ],
        "NOREPLICAS" => [
            "Not enough replicas are connected for writing (min-replicas-to-write).",
            "Za mało podłączonych replik, by zapisywać (min-replicas-to-write).",
        ],
        "MASTERDOWN" => [
            "This replica has lost its primary and does not serve old data.",
            "Ta replika straciła serwer główny i nie podaje starych danych.",
        ],
        "DENIED" => [
            "The server is protected: without a password it accepts local connections only.",
            "Serwer jest chroniony: bez hasła przyjmuje tylko połączenia lokalne.",
        ],
        _ => return by_text(text),
    };
    Some(by_code)
}

/// Errors whose code is the general `ERR`.
fn by_text(text: &str) -> Option<Texts> {
    const BY_TEXT: &[(&str, Texts)] = &[
        (
            "unknown command",
            [
                "There is no such command here: it may be mistyped, or newer than this server.",
                "Nie ma tu takiego polecenia; sprawdź pisownię, może serwer jest na nie za stary.",
            ],
        ),
        (
            "nknown subcommand",
            [
                "The command exists, but has no such subcommand; its HELP lists them.",
                "Polecenie istnieje, ale nie ma takiego podpolecenia; wypisze je HELP.",
            ],
        ),
        (
            "wrong number of arguments",
            [
                "Too few or too many arguments; a value with spaces needs quotes.",
                "Za mało lub za dużo argumentów; wartość ze spacjami trzeba ująć w cudzysłów.",
            ],
        ),
        (
            "syntax error",
            [
                "An option is misspelt, out of place, or does not go with another one.",
                "Opcja jest błędnie zapisana, nie na miejscu albo nie łączy się z inną.",
            ],
        ),
        (
            "value is not an integer or out of range",
            [
                "A whole number within 64 bits is needed, in the argument or in the stored value.",
                "Potrzebna jest liczba całkowita mieszcząca się w 64 bitach, jako argument lub zapisana wartość.",
            ],
        ),
        (
            "hash value is not an integer",
            [
                "The field holds text that is not a whole number.",
                "W polu jest tekst, który nie jest liczbą całkowitą.",
            ],
        ),
        (
            "is not a valid float",
            [
                "A number is needed, in the argument or in the stored value; in ZADD first the score, then the member.",
                "Potrzebna jest liczba, jako argument lub zapisana wartość; w ZADD najpierw wynik, potem element.",
            ],
        ),
        (
            "would overflow",
            [
                "The result would not fit into 64 bits; the value stays as it was.",
                "Wynik nie zmieściłby się w 64 bitach; wartość pozostaje bez zmian.",
            ],
        ),
        (
            "no such key",
            ["The key does not exist.", "Klucz nie istnieje."],
        ),
        (
            "index out of range",
            [
                "The list has no element at this index.",
                "Lista nie ma elementu o tym indeksie.",
            ],
        ),
        (
            "equal or smaller than the target stream top item",
            [
                "Ids of a stream only grow, and this one is not above the last; `*` lets the server choose.",
                "Identyfikatory streama tylko rosną, a ten nie przekracza ostatniego; `*` zostawia wybór serwerowi.",
            ],
        ),
        (
            "requires the key to exist",
            [
                "The stream does not exist; add MKSTREAM to create it.",
                "Stream nie istnieje; dodaj MKSTREAM, aby go utworzyć.",
            ],
        ),
        (
            "'multi' not allowed inside a transaction",
            [
                "A transaction is open already; EXEC or DISCARD ends it, and this server's EXEC will now refuse all of it.",
                "Transakcja jest już otwarta; kończy ją EXEC lub DISCARD, a EXEC tego serwera odmówi teraz całości.",
            ],
        ),
        (
            "'watch' not allowed inside a transaction",
            [
                "WATCH must come before MULTI, for it guards what you read first; this server's EXEC will now refuse all of the transaction.",
                "WATCH musi wystąpić przed MULTI, bo pilnuje tego, co najpierw odczytano; EXEC tego serwera odmówi teraz całej transakcji.",
            ],
        ),
        (
            "not allowed inside a transaction",
            [
                "Outside MULTI it works; this server's EXEC will now refuse all of the transaction.",
                "Poza MULTI zadziała; EXEC tego serwera odmówi teraz całej transakcji.",
            ],
        ),
        (
            "MULTI calls can not be nested",
            [
                "A transaction is open already; EXEC or DISCARD ends it.",
                "Transakcja jest już otwarta; zakończy ją EXEC lub DISCARD.",
            ],
        ),
        (
            "EXEC without MULTI",
            [
                "There is no transaction to carry out; MULTI begins one.",
                "Nie ma transakcji do wykonania; rozpoczyna ją MULTI.",
            ],
        ),
        (
            "DISCARD without MULTI",
            [
                "There is no transaction to drop; MULTI begins one.",
                "Nie ma transakcji do porzucenia; rozpoczyna ją MULTI.",
            ],
        ),
        (
            "WATCH inside MULTI is not allowed",
            [
                "WATCH must come before MULTI, for it guards what you read first.",
                "WATCH musi wystąpić przed MULTI, bo pilnuje tego, co najpierw odczytano.",
            ],
        ),
        (
            "invalid expire time, must be >= 0",
            [
                "The time to live must not be negative; 0 deletes the fields at once.",
                "Czas życia nie może być ujemny; 0 od razu usuwa pola.",
            ],
        ),
        (
            "umFields",
            [
                "FIELDS is followed by the number of fields, and then by so many of them.",
                "Po FIELDS stoi liczba pól, a za nią tyle właśnie pól.",
            ],
        ),
        (
            "umfields",
            [
                "FIELDS is followed by the number of fields, and then by so many of them.",
                "Po FIELDS stoi liczba pól, a za nią tyle właśnie pól.",
            ],
        ),
        (
            "argument FIELDS is missing",
            [
                "FIELDS is followed by the number of fields, and then by so many of them.",
                "Po FIELDS stoi liczba pól, a za nią tyle właśnie pól.",
            ],
        ),
        (
            "appendonly is disabled",
            [
                "This server keeps no append-only file, so there is none to wait for; CONFIG SET appendonly yes begins one.",
                "Ten serwer nie prowadzi pliku AOF, więc nie ma na co czekać; zaczyna go CONFIG SET appendonly yes.",
            ],
        ),
        (
            "Vector dimension mismatch",
            [
                "All vectors of a set have as many numbers as the first one had; VDIM tells how many.",
                "Wszystkie wektory zbioru mają tyle liczb, ile miał pierwszy; ile, powie VDIM.",
            ],
        ),
        (
            "invalid vector specification",
            [
                "A vector is VALUES, how many numbers, and the numbers; or FP32 and its bytes.",
                "Wektor to VALUES, liczba liczb i same liczby albo FP32 i jego bajty.",
            ],
        ),
        (
            "element not found in set",
            [
                "The vector set has no such element; VRANDMEMBER shows some that it has.",
                "Zbiór wektorów nie ma takiego elementu; kilka istniejących pokaże VRANDMEMBER.",
            ],
        ),
        (
            "in FILTER expression",
            [
                "The filter is an expression on the attributes, such as '.year > 1990'.",
                "Filtr to wyrażenie na atrybutach, na przykład '.year > 1990'.",
            ],
        ),
        (
            "invalid expire time",
            [
                "The time to live must be above zero and not absurdly far away.",
                "Czas życia musi być większy od zera i nie może być absurdalnie odległy.",
            ],
        ),
        (
            "DB index is out of range",
            [
                "The databases are numbered from 0 to 15 unless the server is set up otherwise.",
                "Bazy mają numery od 0 do 15, chyba że serwer ustawiono inaczej.",
            ],
        ),
        (
            "timeout is not a float or out of range",
            [
                "The timeout is a number of seconds; 0 means for ever.",
                "Czas oczekiwania to liczba sekund; 0 oznacza bez końca.",
            ],
        ),
        (
            "timeout is negative",
            [
                "The timeout is a number of seconds; 0 means for ever.",
                "Czas oczekiwania to liczba sekund; 0 oznacza bez końca.",
            ],
        ),
        (
            "min or max is not",
            [
                "A score range is two numbers; `(5` excludes 5, `-inf` and `+inf` leave it open.",
                "Zakres wyników to dwie liczby; `(5` wyklucza 5, `-inf` i `+inf` oznaczają brak granicy.",
            ],
        ),
        (
            "not valid string range item",
            [
                "An alphabetical bound begins with `[` or `(`, or is `-` or `+`.",
                "Granica alfabetyczna zaczyna się od `[` lub `(` albo jest to `-` lub `+`.",
            ],
        ),
        (
            "Number of keys can't be",
            [
                "The number in front of the keys says how many arguments are keys.",
                "Liczba przed kluczami mówi, ile argumentów jest kluczami.",
            ],
        ),
        (
            "Write commands are not allowed from read-only scripts",
            [
                "A script called by the _RO form, or with the no-writes flag, may only read.",
                "Skryptowi wywołanemu w postaci _RO lub z flagą no-writes wolno tylko czytać.",
            ],
        ),
        (
            "nonexistent global variable",
            [
                "The script uses a name it has not defined; local variables need `local`.",
                "Skrypt używa nazwy, której nie zdefiniował; zmienne lokalne wymagają `local`.",
            ],
        ),
        (
            "Error compiling script",
            [
                "The script is not correct Lua; the line's number is after `user_script:`.",
                "Skrypt nie jest poprawnym kodem Lua; numer wiersza stoi po `user_script:`.",
            ],
        ),
        (
            "running script",
            [
                "The script failed while running; what it wrote before that stays.",
                "Skrypt przerwał błąd w trakcie działania; co wcześniej zapisał, zostaje.",
            ],
        ),
        (
            "Can't execute",
            [
                "A subscribed RESP2 connection accepts only subscription commands, PING, QUIT and RESET.",
                "Subskrybujące połączenie RESP2 przyjmuje tylko polecenia subskrypcji, PING, QUIT i RESET.",
            ],
        ),
        (
            "cluster support disabled",
            [
                "This server is not a part of a cluster.",
                "Ten serwer nie jest częścią klastra.",
            ],
        ),
    ];
    BY_TEXT
        .iter()
        .find(|(part, _)| text.contains(part))
        .map(|(_, texts)| *texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_explained_by_code_or_text() {
        let error = |text: &str| meaning(text).map_or("", |texts| texts[0]);
        assert!(
            error("WRONGTYPE Operation against a key holding the wrong kind of value")
                .contains("TYPE")
        );
        assert!(error("ERR syntax error").contains("option"));
        assert!(error("ERR value is not an integer or out of range").contains("64 bits"));
        assert!(error("ERR unknown subcommand 'x'. Try OBJECT HELP.").contains("subcommand"));
        assert!(error("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.").contains("SCRIPT KILL"));
    }
}
