//! What a reply means for the command that got it.
//!
//! Only replies that say more than they show have a meaning here: a nil, an
//! error, a -2, a count of 0. `(integer) 5` after `LLEN` explains itself.

mod errors;

use super::find_argv;
use resp::Reply;

/// A sentence in English and one in Polish.
pub type Texts = [&'static str; 2];

/// What this reply means for this command, as an English and a Polish
/// sentence, when there is more to it than the reply itself says.
pub fn meaning<A: AsRef<[u8]>>(argv: &[A], reply: &Reply) -> Option<Texts> {
    if let Reply::Error(text) = reply {
        return errors::meaning(text);
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
        Reply::Array(items) if items.iter().all(|item| item.as_int().is_some()) => {
            items.iter().find_map(|item| of_field(name, item.as_int()?))
        }
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
        "set" if has(argv, 3, "ifeq") && !has(argv, 3, "get") => [
            "Not set: IFEQ sets only a key that holds this value.",
            "Nie ustawiono: IFEQ ustawia tylko klucz, pod którym jest ta wartość.",
        ],
        "vgetattr" | "vlinks" | "vinfo" | "vemb" => [
            "There is no such element, it has no attributes, or the key does not exist.",
            "Nie ma takiego elementu, nie ma on atrybutów albo klucz nie istnieje.",
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
            "Hash nie ma takiego pola (albo nie ma takiego hasha).",
        ],
        "hrandfield" => [
            "The hash is empty, and an empty hash does not exist.",
            "Hash jest pusty, a pusty hash nie istnieje.",
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
            "Nie dodano: NOMKSTREAM nie tworzy brakującego streama.",
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

/// What a number says of one of the fields that a command named.
fn of_field(name: &str, n: i64) -> Option<Texts> {
    let sets = matches!(name, "hexpire" | "hpexpire" | "hexpireat" | "hpexpireat");
    let asks = matches!(
        name,
        "httl" | "hpttl" | "hexpiretime" | "hpexpiretime" | "hpersist"
    );
    Some(match n {
        -2 if sets || asks => [
            "-2: there is no such field (or no such hash).",
            "-2: nie ma takiego pola (albo takiego hasha).",
        ],
        -1 if asks => [
            "-1: the field has no time to live.",
            "-1: pole nie ma czasu życia.",
        ],
        0 if sets => [
            "0: nothing was set: NX, XX, GT or LT forbade it.",
            "0: niczego nie ustawiono: zabroniły tego NX, XX, GT lub LT.",
        ],
        2 if sets => [
            "2: the moment has passed, so the field was deleted.",
            "2: ta chwila już minęła, więc pole usunięto.",
        ],
        _ => return None,
    })
}

fn integer(name: &str, n: i64) -> Option<Texts> {
    Some(match (name, n) {
        ("hsetex", 0) => [
            "0: nothing was set: FNX wants no field to exist, FXX wants all to.",
            "0: niczego nie ustawiono: FNX wymaga, by żadne pole nie istniało, a FXX, by istniały wszystkie.",
        ],
        ("delifeq", 0) => [
            "0: not deleted: the key holds another value, or does not exist.",
            "0: nie usunięto: pod kluczem jest inna wartość albo klucza nie ma.",
        ],
        ("vadd", 0) => [
            "0: the element was there already; its vector is replaced.",
            "0: element już był; jego wektor zastąpiono.",
        ],
        ("vrem" | "vsetattr", 0) => [
            "0: the vector set has no such element.",
            "0: zbiór wektorów nie ma takiego elementu.",
        ],
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
        ("setnx" | "hsetnx" | "msetnx" | "msetex" | "renamenx", 0) => [
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
        ("sismember" | "hexists" | "vismember", 0) => ["0: no.", "0: nie."],
        ("sismember" | "hexists" | "vismember", 1) => ["1: yes.", "1: tak."],
        ("smove", 0) => [
            "0: not moved, for the source set has no such member.",
            "0: nie przeniesiono, bo zbiór źródłowy nie ma takiego elementu.",
        ],
        ("llen" | "scard" | "zcard" | "hlen" | "xlen" | "strlen" | "hstrlen" | "vcard", 0) => [
            "0: empty, or there is no such key: for Redis that is the same.",
            "0: pusto albo nie ma takiego klucza: dla Redisa to to samo.",
        ],
        ("publish" | "spublish", 0) => [
            "0: nobody listens. A message nobody receives is lost; streams keep them.",
            "0: nikt nie słucha. Wiadomość bez odbiorcy przepada; streamy je przechowują.",
        ],
        ("xack", 0) => [
            "0: no such entry is pending in this group; it may be acknowledged already.",
            "0: taki wpis nie jest w toku w tej grupie; może jest już potwierdzony.",
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
        "vsim" | "vrandmember" => [
            "Nothing fits, or the vector set does not exist.",
            "Nic nie pasuje albo zbiór wektorów nie istnieje.",
        ],
        "hgetall" | "hkeys" | "hvals" => [
            "The hash does not exist: a hash without fields is removed.",
            "Hash nie istnieje: hash bez pól jest usuwany.",
        ],
        "zrange" | "zrangebyscore" | "zrangebylex" | "zrevrange" | "zrevrangebyscore"
        | "zrevrangebylex" | "zpopmin" | "zpopmax" | "zinter" | "zunion" | "zdiff" => [
            "No member is in the range, or the sorted set does not exist.",
            "W zakresie nie ma elementów albo zbiór uporządkowany nie istnieje.",
        ],
        "xrange" | "xrevrange" => [
            "No entry is between these ids, or the stream does not exist.",
            "Między tymi identyfikatorami nie ma wpisów albo stream nie istnieje.",
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
        let list = |numbers: &[i64]| Reply::Array(numbers.iter().map(|n| Reply::Int(*n)).collect());
        assert!(of("hexpire h 0 fields 1 f", list(&[2])).contains("deleted"));
        assert!(of("httl h fields 2 a b", list(&[5, -2])).starts_with("-2"));
        assert_eq!(of("httl h fields 1 a", list(&[5])), "");
        assert!(of("delifeq k v", Reply::Int(0)).contains("another value"));
        let nested = "ERR Command 'multi' not allowed inside a transaction";
        assert!(of("multi", Reply::Error(nested.into())).contains("refuse all"));
    }

    #[test]
    fn plain_replies_need_no_words() {
        assert_eq!(of("llen l", Reply::Int(5)), "");
        assert_eq!(of("get k", Reply::Bulk(b"v".to_vec())), "");
        assert_eq!(of("nosuch", Reply::Nil), "");
        assert_eq!(of("get k", Reply::Error("STRANGE thing".into())), "");
    }
}
