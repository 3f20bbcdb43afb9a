//! What a number says.

use super::{Asked, counted, counted_as};
use catalog::text;

impl Asked<'_> {
    pub(super) fn number(&self, name: &str, n: i64) -> Option<String> {
        let lang = self.lang;
        let given = self.argv.len().saturating_sub(2);
        let key = self.word(1);
        let of = |noun| counted(n.unsigned_abs(), noun);
        let (bytes, elements, members) = (of("byte"), of("element"), of("member"));
        let (fields, entries) = (
            of("field"),
            counted_as(n.unsigned_abs(), "entry", "entries"),
        );
        Some(match name {
            "append" | "setrange" => {
                text!(lang, "the string has {bytes} now", "napis ma teraz {n} B")
            }
            "strlen" => text!(
                lang,
                "{bytes}: characters beyond ASCII take several",
                "{n} B: znaki spoza ASCII zajmują ich po kilka"
            ),
            "incr" | "decr" | "incrby" | "decrby" => text!(
                lang,
                "{n} is the new value: added and answered in one step",
                "{n} to nowa wartość: dodanie i odpowiedź to jeden krok"
            ),
            "hincrby" => text!(
                lang,
                "{n} is the field's new value",
                "{n} to nowa wartość pola"
            ),
            "del" | "unlink" => {
                let named = self.argv.len() - 1;
                let keys = counted(named as u64, "named key");
                text!(
                    lang,
                    "deleted: {n} of {keys}, as many as were there",
                    "usunięto {n} z {named} podanych kluczy: tyle ich było"
                )
            }
            "exists" | "touch" => {
                let named = self.argv.len() - 1;
                let keys = counted(named as u64, "named key");
                text!(
                    lang,
                    "existing: {n} of {keys}; one that is named twice counts twice",
                    "istnieje {n} z {named} podanych kluczy; podany dwa razy liczy się dwa razy"
                )
            }
            "expire" | "pexpire" | "expireat" | "pexpireat" => {
                return self.say(
                    "1: the time to live is set (a moment that has passed deletes the key)",
                    "1: czas życia jest ustawiony (chwila, która minęła, usuwa klucz)",
                );
            }
            "persist" => {
                return self.say(
                    "1: the time to live is gone, and the key stays",
                    "1: czasu życia już nie ma, a klucz zostaje",
                );
            }
            "ttl" => text!(lang, "{key} expires in {n} s", "{key} wygaśnie za {n} s"),
            "pttl" => text!(lang, "{key} expires in {n} ms", "{key} wygaśnie za {n} ms"),
            "expiretime" => text!(
                lang,
                "{key} expires at {n}, in seconds since 1970",
                "{key} wygaśnie o {n}: to sekundy od 1970 roku"
            ),
            "setnx" | "msetnx" | "renamenx" | "copy" | "move" | "hsetnx" => {
                return self.say(
                    "1: done, for nothing stood in the way",
                    "1: wykonano, bo nic nie stało na przeszkodzie",
                );
            }
            "lpush" | "rpush" | "lpushx" | "rpushx" | "linsert" => text!(
                lang,
                "the list has {elements} now",
                "liczba elementów listy: {n}"
            ),
            "llen" => text!(
                lang,
                "the list has {elements}",
                "liczba elementów listy: {n}"
            ),
            "lrem" => text!(lang, "elements removed: {n}", "usunięto elementów: {n}"),
            "lpos" => text!(
                lang,
                "the first one is at index {n}; 0 is the head",
                "pierwszy ma indeks {n}; 0 to początek listy"
            ),
            "sadd" => text!(
                lang,
                "new: {n} of {given}; a set holds each member once",
                "nowe: {n} z {given}; zbiór trzyma każdy element raz"
            ),
            "srem" | "zrem" | "hdel" | "xdel" => {
                let named = given;
                text!(
                    lang,
                    "removed: {n} of {named}, as many as were there",
                    "usunięto {n} z {named}: tyle ich było"
                )
            }
            "scard" => text!(
                lang,
                "the set has {members}",
                "liczba elementów zbioru: {n}"
            ),
            "zcard" => text!(
                lang,
                "the sorted set has {members}",
                "liczba elementów zbioru uporządkowanego: {n}"
            ),
            "hlen" => text!(lang, "the hash has {fields}", "liczba pól hasha: {n}"),
            "xlen" => text!(
                lang,
                "the stream has {entries}, acknowledged ones too",
                "liczba wpisów streama, razem z potwierdzonymi: {n}"
            ),
            "dbsize" => text!(
                lang,
                "keys in this database: {n}",
                "liczba kluczy w tej bazie: {n}"
            ),
            "sinterstore" | "sdiffstore" | "sunionstore" | "zinterstore" | "zunionstore"
            | "zdiffstore" | "zrangestore" | "geosearchstore" => text!(
                lang,
                "{key} holds the result now, {members}; what it held before is gone",
                "{key} trzyma teraz wynik, elementów: {n}; to, co było tam wcześniej, przepadło"
            ),
            "sintercard" | "zintercard" => text!(
                lang,
                "members that are in all of them: {n}",
                "tyle elementów jest we wszystkich: {n}"
            ),
            "hset" => text!(
                lang,
                "new fields: {n}; those that existed got their new values uncounted",
                "nowych pól: {n}; istniejące dostały nowe wartości i nie są liczone"
            ),
            "zadd" | "geoadd" if self.has("ch") => text!(
                lang,
                "members that are new or have a new score: {n}",
                "elementów nowych albo z nowym wynikiem: {n}"
            ),
            "zadd" => text!(
                lang,
                "new members: {n}; a changed score is not counted (CH counts it)",
                "nowych elementów: {n}; zmieniony wynik się nie liczy (policzy go CH)"
            ),
            "geoadd" => text!(
                lang,
                "new places: {n}; one that moved is not counted (CH counts it)",
                "nowych miejsc: {n}; przesunięte się nie liczy (policzy je CH)"
            ),
            "zrank" => text!(
                lang,
                "place {n} from the lowest score; 0 is the first place",
                "miejsce {n} od najniższego wyniku; 0 to pierwsze miejsce"
            ),
            "zrevrank" => text!(
                lang,
                "place {n} from the highest score; 0 is the first place",
                "miejsce {n} od najwyższego wyniku; 0 to pierwsze miejsce"
            ),
            "zcount" | "zlexcount" => text!(
                lang,
                "members in that range: {n}",
                "elementów w tym zakresie: {n}"
            ),
            "zremrangebyrank" | "zremrangebyscore" | "zremrangebylex" => {
                text!(lang, "members removed: {n}", "usunięto elementów: {n}")
            }
            "publish" | "spublish" => text!(
                lang,
                "subscribers that got it: {n}; nothing is kept for those who come later",
                "tylu subskrybentów ją dostało: {n}; dla późniejszych nic nie zostaje"
            ),
            "pubsub|numpat" => text!(
                lang,
                "patterns that are subscribed to: {n}",
                "subskrybowanych wzorców: {n}"
            ),
            "xack" => text!(
                lang,
                "entries done: {n}; they left the group's pending entries list",
                "załatwionych wpisów: {n}; zniknęły z listy wpisów w toku"
            ),
            "xtrim" => text!(
                lang,
                "entries cut off: {n}, the oldest first",
                "obciętych wpisów: {n}, od najstarszych"
            ),
            "xgroup|delconsumer" => text!(
                lang,
                "the consumer is gone; entries that were pending with it and are gone, too: {n}",
                "konsumenta już nie ma, a z nim wpisów w toku: {n}"
            ),
            "xgroup|createconsumer" | "xgroup|destroy" | "pfadd" if n == 1 => match name {
                "pfadd" => {
                    return self.say("1: the estimate has changed", "1: oszacowanie się zmieniło");
                }
                _ => return self.say("1: done", "1: wykonano"),
            },
            "bitcount" => text!(
                lang,
                "bits set in that range: {n}",
                "ustawionych bitów w tym zakresie: {n}"
            ),
            "bitop" => text!(
                lang,
                "the result has {bytes}, as many as the longest of the strings",
                "wynik ma {n} B, tyle co najdłuższy z napisów"
            ),
            "bitpos" => text!(
                lang,
                "the first such bit is at {n}; 0 is the leftmost",
                "pierwszy taki bit ma numer {n}; 0 to skrajny lewy"
            ),
            "getbit" => return self.say("1: the bit is set", "1: bit jest ustawiony"),
            "setbit" => text!(
                lang,
                "{n} is what the bit was before",
                "{n} to poprzednia wartość bitu"
            ),
            "hsetex" => {
                return self.say(
                    "1: all the fields are set, with their time to live",
                    "1: wszystkie pola są ustawione, razem z czasem życia",
                );
            }
            "object|freq" => text!(
                lang,
                "{n} on a scale to 255 that grows ever more slowly with use and falls with time",
                "{n} na skali do 255, która z użyciem rośnie coraz wolniej, a z czasem maleje"
            ),
            "object|idletime" => text!(
                lang,
                "nobody has touched the key for {n} s",
                "nikt nie ruszał tego klucza od {n} s"
            ),
            "object|refcount" => text!(
                lang,
                "so many share this value: {n}",
                "tylu używa tej wartości: {n}"
            ),
            "memory|usage" => text!(
                lang,
                "{bytes}, the key and its share of the table included",
                "{n} B razem z nazwą i miejscem w tablicy kluczy"
            ),
            "wait" => text!(
                lang,
                "replicas that have confirmed the writes of this connection: {n}",
                "replik, które potwierdziły zapisy tego połączenia: {n}"
            ),
            "cluster|keyslot" => text!(
                lang,
                "{n} is the key's slot of 16384: its node is the one that serves that slot",
                "{n} to slot klucza spośród 16384: klucz jest na węźle, który obsługuje ten slot"
            ),
            "cluster|countkeysinslot" => text!(
                lang,
                "keys in that slot on this node: {n}",
                "kluczy w tym slocie na tym węźle: {n}"
            ),
            "lastsave" => text!(
                lang,
                "{n} is when data was last saved, in seconds since 1970",
                "{n} to czas ostatniego zapisu danych, w sekundach od 1970 roku"
            ),
            "slowlog|len" | "acl|deluser" => text!(lang, "how many: {n}", "ile: {n}"),
            "client|id" => text!(
                lang,
                "{n} is this connection's number at the server",
                "{n} to numer tego połączenia na serwerze"
            ),
            "client|kill" | "client|unblock" => text!(lang, "connections: {n}", "połączeń: {n}"),
            "pfcount" => text!(
                lang,
                "different elements: about {n}; an estimate, with a standard error of 0.81 %",
                "około {n} różnych elementów: to oszacowanie z błędem standardowym 0,81 %"
            ),
            "eval" | "evalsha" | "eval_ro" | "evalsha_ro" | "fcall" | "fcall_ro" => text!(
                lang,
                "the script returned {n}; a Lua number loses its fraction on the way",
                "skrypt zwrócił {n}; liczba Lua traci po drodze część ułamkową"
            ),
            _ => return None,
        })
    }
}
