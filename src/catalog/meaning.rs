//! What a reply means for the command that got it.
//!
//! Only replies that say more than they show have a meaning here: a nil, an
//! error, a -2, a count of 0. `(integer) 5` after `LLEN` explains itself.

use super::find_argv;
use crate::resp::Reply;

/// A sentence in English and one in Polish.
pub type Texts = [&'static str; 2];

/// What this reply means for this command, as an English and a Polish
/// sentence, when there is more to it than the reply itself says.
pub fn meaning<A: AsRef<[u8]>>(argv: &[A], reply: &Reply) -> Option<Texts> {
    if let Reply::Error(text) = reply {
        return error(text);
    }
    let argv: Vec<&[u8]> = argv.iter().map(AsRef::as_ref).collect();
    let name = find_argv(&argv)?.name;
    match reply {
        Reply::Nil => nil(name, &argv),
        Reply::Int(n) => integer(name, *n),
        Reply::Array(items) if items.is_empty() => empty(name),
        Reply::Map(items) if items.is_empty() => empty(name),
        Reply::Set(items) if items.is_empty() => empty(name),
        Reply::Array(items) if name == "exec" && items.iter().any(Reply::is_error) => Some([
            "One command of the transaction failed; the others were still carried out: Redis does not roll back.",
            "Jedno polecenie transakcji się nie powiodło, a pozostałe i tak wykonano: Redis niczego nie wycofuje.",
        ]),
        Reply::Status(text) if text == "QUEUED" => Some([
            "The command waits in the transaction's queue; EXEC will run it.",
            "Polecenie czeka w kolejce transakcji; wykona je EXEC.",
        ]),
        Reply::Status(text) if name == "type" && text == "none" => {
            Some(["The key does not exist.", "Klucz nie istnieje."])
        }
        Reply::Bulk(text) if name == "set" && has(&argv, 3, "get") && !text.is_empty() => Some([
            "The old value: with GET, SET returns what was there before.",
            "Poprzednia wartość: z opcją GET polecenie SET zwraca to, co było wcześniej.",
        ]),
        _ => None,
    }
}

fn has(argv: &[&[u8]], from: usize, word: &str) -> bool {
    let mut rest = argv.iter().skip(from);
    rest.any(|arg| arg.eq_ignore_ascii_case(word.as_bytes()))
}

fn nil(name: &str, argv: &[&[u8]]) -> Option<Texts> {
    Some(match name {
        "set" if has(argv, 3, "get") && !has(argv, 3, "nx") => [
            "There was no value before; the new one is set (unless XX forbade it).",
            "Wcześniej nie było wartości; nowa jest ustawiona (chyba że zabroniła tego opcja XX).",
        ],
        "set" if has(argv, 3, "nx") && has(argv, 3, "get") => [
            "The key did not exist, so NX let SET store the value; there was no old one to return.",
            "Klucz nie istniał, więc NX pozwoliło zapisać wartość; nie było poprzedniej do zwrócenia.",
        ],
        "set" if has(argv, 3, "nx") => [
            "Not set: NX sets only a key that does not exist, and this one does.",
            "Nie ustawiono: NX ustawia tylko klucz, którego nie ma, a ten istnieje.",
        ],
        "set" if has(argv, 3, "xx") => [
            "Not set: XX sets only a key that exists, and this one does not.",
            "Nie ustawiono: XX ustawia tylko istniejący klucz, a tego nie ma.",
        ],
        "get" | "getdel" | "getex" | "dump" | "lcs" => {
            ["The key does not exist.", "Klucz nie istnieje."]
        }
        "getset" => [
            "There was no value before; the new one is set.",
            "Wcześniej nie było wartości; nowa jest ustawiona.",
        ],
        "exec" => [
            "Nothing was carried out: a watched key changed after WATCH. Read again and retry.",
            "Nic nie wykonano: obserwowany klucz zmienił się po WATCH. Odczytaj dane i spróbuj ponownie.",
        ],
        "blpop" | "brpop" | "blmove" | "brpoplpush" | "blmpop" => [
            "The time ran out: no element arrived in any of the lists.",
            "Upłynął czas oczekiwania: na żadnej z list nie pojawił się element.",
        ],
        "bzpopmin" | "bzpopmax" | "bzmpop" => [
            "The time ran out: no member arrived in any of the sorted sets.",
            "Upłynął czas oczekiwania: w żadnym ze zbiorów nie pojawił się element.",
        ],
        "lpop" | "rpop" | "lmpop" | "lmove" | "rpoplpush" => [
            "The list is empty, and an empty list does not exist.",
            "Lista jest pusta, a pusta lista nie istnieje.",
        ],
        "lindex" => [
            "There is no element at this index.",
            "Pod tym indeksem nie ma elementu.",
        ],
        "lpos" => [
            "The list has no such element.",
            "Na liście nie ma takiego elementu.",
        ],
        "spop" | "srandmember" => [
            "The set is empty, and an empty set does not exist.",
            "Zbiór jest pusty, a pusty zbiór nie istnieje.",
        ],
        "zmpop" | "zrandmember" => [
            "The sorted set is empty, and an empty one does not exist.",
            "Zbiór uporządkowany jest pusty, a pusty nie istnieje.",
        ],
        "hget" => [
            "The hash has no such field (or there is no such hash).",
            "Hasz nie ma takiego pola (albo nie ma takiego haszu).",
        ],
        "hrandfield" => [
            "The hash is empty, and an empty hash does not exist.",
            "Hasz jest pusty, a pusty hasz nie istnieje.",
        ],
        "zscore" | "zrank" | "zrevrank" => [
            "The sorted set has no such member.",
            "W zbiorze uporządkowanym nie ma takiego elementu.",
        ],
        "zadd" => [
            "With INCR: the options NX, XX, GT or LT did not allow the change.",
            "Z opcją INCR: opcje NX, XX, GT lub LT nie pozwoliły na zmianę.",
        ],
        "xread" | "xreadgroup" => [
            "No entries: none are new, or the time of BLOCK ran out.",
            "Brak wpisów: nie ma nowych albo upłynął czas opcji BLOCK.",
        ],
        "xadd" => [
            "Not added: NOMKSTREAM does not create a stream that is missing.",
            "Nie dodano: NOMKSTREAM nie tworzy brakującego strumienia.",
        ],
        "randomkey" => ["The database is empty.", "Baza jest pusta."],
        "object|encoding" | "object|idletime" | "object|refcount" | "object|freq"
        | "memory|usage" => ["The key does not exist.", "Klucz nie istnieje."],
        "geodist" => [
            "At least one of the two places is not there.",
            "Co najmniej jednego z dwóch miejsc nie ma.",
        ],
        "client|getname" => [
            "This connection has no name.",
            "To połączenie nie ma nazwy.",
        ],
        "eval" | "evalsha" | "eval_ro" | "evalsha_ro" | "fcall" | "fcall_ro" => [
            "The script returned nothing, nil or false: Lua's nil and false become nil.",
            "Skrypt nie zwrócił nic albo zwrócił nil lub false: oba stają się nil.",
        ],
        "acl|getuser" => ["There is no such user.", "Nie ma takiego użytkownika."],
        _ => return None,
    })
}

fn integer(name: &str, n: i64) -> Option<Texts> {
    Some(match (name, n) {
        ("ttl" | "pttl" | "expiretime" | "pexpiretime", -2) => {
            ["-2: the key does not exist.", "-2: klucz nie istnieje."]
        }
        ("ttl" | "pttl" | "expiretime" | "pexpiretime", -1) => [
            "-1: the key exists and never expires.",
            "-1: klucz istnieje i nigdy nie wygaśnie.",
        ],
        ("expire" | "pexpire" | "expireat" | "pexpireat", 0) => [
            "0: nothing was set: the key does not exist, or NX, XX, GT or LT forbade it.",
            "0: niczego nie ustawiono: klucz nie istnieje albo zabroniły tego NX, XX, GT lub LT.",
        ],
        ("persist", 0) => [
            "0: the key does not exist or had no time to live.",
            "0: klucz nie istnieje albo nie miał czasu życia.",
        ],
        ("del" | "unlink", 0) => [
            "0: nothing was deleted, for no such key exists.",
            "0: niczego nie usunięto, bo nie ma takiego klucza.",
        ],
        ("exists" | "touch", 0) => [
            "0: none of the keys exists.",
            "0: żaden z kluczy nie istnieje.",
        ],
        ("setnx" | "hsetnx" | "msetnx" | "renamenx", 0) => [
            "0: not done, for the target already exists.",
            "0: nie wykonano, bo cel już istnieje.",
        ],
        ("copy", 0) => [
            "0: not copied: the source is missing, or the destination exists (see REPLACE).",
            "0: nie skopiowano: brak źródła albo cel istnieje (zobacz REPLACE).",
        ],
        ("move", 0) => [
            "0: not moved: the key is missing here, or one of that name exists there.",
            "0: nie przeniesiono: klucza tu nie ma albo tam istnieje klucz o tej nazwie.",
        ],
        ("hset", 0) => [
            "0: no field is new; existing ones got their new values.",
            "0: żadne pole nie jest nowe; istniejące dostały nowe wartości.",
        ],
        ("sadd", 0) => [
            "0: all of them were in the set already; a set holds each member once.",
            "0: wszystkie już były w zbiorze; zbiór trzyma każdy element tylko raz.",
        ],
        ("zadd", 0) => [
            "0: no member is new; scores may have changed (CH would count them).",
            "0: żaden element nie jest nowy; wyniki mogły się zmienić (policzyłaby je opcja CH).",
        ],
        ("pfadd", 0) => [
            "0: the estimate did not change; the elements were probably seen before.",
            "0: oszacowanie się nie zmieniło; te elementy zapewne już były.",
        ],
        ("lpushx" | "rpushx", 0) => [
            "0: nothing was added, for the list does not exist.",
            "0: niczego nie dodano, bo lista nie istnieje.",
        ],
        ("lrem", 0) => [
            "0: the list has no such element.",
            "0: na liście nie ma takiego elementu.",
        ],
        ("linsert", 0) => ["0: the list does not exist.", "0: lista nie istnieje."],
        ("linsert", -1) => [
            "-1: the element to insert next to is not in the list.",
            "-1: na liście nie ma elementu, obok którego trzeba wstawić.",
        ],
        ("srem" | "zrem" | "hdel" | "xdel", 0) => [
            "0: nothing was removed, for none of them was there.",
            "0: niczego nie usunięto, bo żadnego z nich nie było.",
        ],
        ("sismember" | "hexists", 0) => ["0: no.", "0: nie."],
        ("sismember" | "hexists", 1) => ["1: yes.", "1: tak."],
        ("smove", 0) => [
            "0: not moved, for the source set has no such member.",
            "0: nie przeniesiono, bo zbiór źródłowy nie ma takiego elementu.",
        ],
        ("llen" | "scard" | "zcard" | "hlen" | "xlen" | "strlen" | "hstrlen", 0) => [
            "0: empty, or there is no such key: for Redis that is the same.",
            "0: pusto albo nie ma takiego klucza: dla Redisa to to samo.",
        ],
        ("publish" | "spublish", 0) => [
            "0: nobody listens. A message nobody receives is lost; streams keep them.",
            "0: nikt nie słucha. Wiadomość bez odbiorcy przepada; strumienie je przechowują.",
        ],
        ("xack", 0) => [
            "0: no such entry is pending in this group; it may be acknowledged already.",
            "0: w tej grupie nie oczekuje taki wpis; może jest już potwierdzony.",
        ],
        ("xgroup|destroy", 0) => ["0: there was no such group.", "0: nie było takiej grupy."],
        ("xgroup|createconsumer", 0) => [
            "0: the consumer exists already.",
            "0: taki konsument już istnieje.",
        ],
        ("getbit", 0) => [
            "0: the bit is not set; bits beyond the end of the string count as 0.",
            "0: bit nie jest ustawiony; bity za końcem napisu liczą się jako 0.",
        ],
        ("bitpos", -1) => ["-1: there is no such bit.", "-1: nie ma takiego bitu."],
        ("client|unblock", 0) => [
            "0: there is no such connection, or it is not waiting.",
            "0: nie ma takiego połączenia albo na nic nie czeka.",
        ],
        ("client|getredir", -1) => ["-1: tracking is off.", "-1: śledzenie jest wyłączone."],
        ("wait", 0) => [
            "0: no replica has confirmed the writes (there may be none).",
            "0: żadna replika nie potwierdziła zapisów (może nie ma żadnej).",
        ],
        ("object|refcount", 2_147_483_647) => [
            "A number shared by all keys that hold it: small integers exist once.",
            "Liczba wspólna dla wszystkich kluczy, które ją trzymają: małe liczby istnieją raz.",
        ],
        _ => return None,
    })
}

fn empty(name: &str) -> Option<Texts> {
    Some(match name {
        "lrange" => [
            "The range holds no element, or the list does not exist.",
            "W zakresie nie ma elementów albo lista nie istnieje.",
        ],
        "smembers" | "sinter" | "sdiff" | "sunion" => [
            "The set is empty: in Redis an empty set and a missing key are the same.",
            "Zbiór jest pusty: dla Redisa pusty zbiór i brak klucza to to samo.",
        ],
        "hgetall" | "hkeys" | "hvals" => [
            "The hash does not exist: a hash without fields is removed.",
            "Hasz nie istnieje: hasz bez pól jest usuwany.",
        ],
        "zrange" | "zrangebyscore" | "zrangebylex" | "zrevrange" | "zrevrangebyscore"
        | "zrevrangebylex" | "zpopmin" | "zpopmax" | "zinter" | "zunion" | "zdiff" => [
            "No member is in the range, or the sorted set does not exist.",
            "W zakresie nie ma elementów albo zbiór uporządkowany nie istnieje.",
        ],
        "xrange" | "xrevrange" => [
            "No entry is between these ids, or the stream does not exist.",
            "Między tymi identyfikatorami nie ma wpisów albo strumień nie istnieje.",
        ],
        "xclaim" => [
            "Nothing was claimed: no such entry is pending for long enough.",
            "Niczego nie przejęto: żaden taki wpis nie czeka wystarczająco długo.",
        ],
        "keys" => [
            "No key matches the pattern.",
            "Żaden klucz nie pasuje do wzorca.",
        ],
        "exec" => [
            "The transaction had no commands.",
            "Transakcja nie zawierała poleceń.",
        ],
        "config|get" => [
            "No setting has such a name.",
            "Żadne ustawienie nie ma takiej nazwy.",
        ],
        "geosearch" => [
            "No place is inside the area.",
            "Żadne miejsce nie leży w tym obszarze.",
        ],
        "pubsub|channels" => [
            "Nobody is subscribed to such a channel.",
            "Nikt nie subskrybuje takiego kanału.",
        ],
        "lpop" | "rpop" => [
            "A count of 0 takes nothing.",
            "Liczba 0 nie zabiera niczego.",
        ],
        _ => return None,
    })
}

fn error(text: &str) -> Option<Texts> {
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
            "Nie ma takiej grupy konsumentów (albo strumienia): utworzy ją XGROUP CREATE, z MKSTREAM także strumień.",
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
                "There is no such command here; look for a slip, or the server is too old for it.",
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
                "A number is needed, in the argument or in the stored value.",
                "Potrzebna jest liczba, jako argument lub zapisana wartość.",
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
                "Identyfikatory strumienia tylko rosną, a ten nie przekracza ostatniego; `*` zostawia wybór serwerowi.",
            ],
        ),
        (
            "requires the key to exist",
            [
                "The stream does not exist; add MKSTREAM to create it.",
                "Strumień nie istnieje; dodaj MKSTREAM, aby go utworzyć.",
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

    fn of(line: &str, reply: Reply) -> &'static str {
        let argv: Vec<_> = line.split(' ').collect();
        meaning(&argv, &reply).map_or("", |texts| texts[0])
    }

    #[test]
    fn surprising_replies_are_explained() {
        assert!(of("ttl k", Reply::Int(-2)).contains("does not exist"));
        assert!(of("TTL k", Reply::Int(-1)).contains("never expires"));
        assert!(of("exec", Reply::Nil).contains("watched key changed"));
        assert!(of("brpop l 1", Reply::Nil).contains("time ran out"));
        assert!(of("set k v nx", Reply::Nil).starts_with("Not set: NX"));
        assert!(of("set k v get", Reply::Nil).starts_with("There was no value"));
        assert!(of("set k v nx get", Reply::Nil).contains("did not exist"));
        assert!(of("lrem l 0 x", Reply::Int(0)).contains("no such element"));
        assert!(of("xgroup destroy s g", Reply::Int(0)).contains("group"));
    }

    #[test]
    fn plain_replies_need_no_words() {
        assert_eq!(of("llen l", Reply::Int(5)), "");
        assert_eq!(of("get k", Reply::Bulk(b"v".to_vec())), "");
        assert_eq!(of("nosuch", Reply::Nil), "");
        assert_eq!(of("get k", Reply::Error("STRANGE thing".into())), "");
    }

    #[test]
    fn errors_are_explained_by_code_or_text() {
        let error = |text: &str| of("get k", Reply::Error(text.into()));
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
