//! What several elements are.

use super::{Asked, counted, counted_as};
use catalog::text;
use resp::Reply;
use resp::split::quote;

impl Asked<'_> {
    pub(super) fn elements(&self, name: &str, n: usize, first: Option<&Reply>) -> Option<String> {
        let lang = self.lang;
        let key = self.word(1);
        let of = |noun| counted(n as u64, noun);
        let (elements, members) = (of("element"), of("member"));
        let entries = counted_as(n as u64, "entry", "entries");
        Some(match name {
            "lrange" => {
                let (first, last) = (self.word(2), self.word(3));
                text!(
                    lang,
                    "{elements}, from index {first} to {last}, both included; -1 is the last",
                    "elementów: {n}, od indeksu {first} do {last} włącznie; -1 to ostatni"
                )
            }
            "lpop" | "rpop" | "spop" => text!(
                lang,
                "{elements}, taken off {key}",
                "elementów zdjętych z {key}: {n}"
            ),
            "smembers" | "sinter" | "sdiff" | "sunion" => text!(
                lang,
                "{members}, in no order that one could rely on",
                "elementów: {n}, w kolejności, na której nie można polegać"
            ),
            "srandmember" => {
                if self.word(2).starts_with('-') {
                    text!(
                        lang,
                        "random members: {n}; a negative count may give one twice",
                        "losowych elementów: {n}; przy ujemnej liczbie mogą się powtórzyć"
                    )
                } else {
                    text!(
                        lang,
                        "random members: {n}, each once",
                        "losowych elementów: {n}, każdy raz"
                    )
                }
            }
            "smismember" => {
                return self.say(
                    "1 for each that is a member, 0 for each that is none, as they were named",
                    "1 dla każdego, który jest w zbiorze, i 0 dla pozostałych, w podanej kolejności",
                );
            }
            "hgetall" => {
                let n = n / 2;
                let fields = counted(n as u64, "field");
                text!(
                    lang,
                    "{fields}, each followed by its value",
                    "pól: {n}, po każdym jego wartość"
                )
            }
            "hkeys" => text!(lang, "names of fields: {n}", "nazwy pól: {n}"),
            "hvals" => text!(lang, "values of fields: {n}", "wartości pól: {n}"),
            "mget" | "hmget" => {
                return self.say(
                    "a value for each name, in their order; nil where there is none",
                    "wartość dla każdej nazwy, w ich kolejności; nil tam, gdzie jej nie ma",
                );
            }
            "zrange" | "zrangebyscore" | "zrevrange" | "zrevrangebyscore" | "zinter" | "zunion"
            | "zdiff" => {
                let reversed = self.has("rev") || name.starts_with("zrev");
                let order = if reversed {
                    lang.pick("the highest score first", "od najwyższego wyniku")
                } else {
                    lang.pick("the lowest score first", "od najniższego wyniku")
                };
                let scores = if self.has("withscores") {
                    lang.pick(", each followed by its score", ", po każdym jego wynik")
                } else {
                    ""
                };
                text!(
                    lang,
                    "members with {order}{scores}",
                    "elementy {order}{scores}"
                )
            }
            "zpopmin" | "zpopmax" => {
                return self.say(
                    "the member and its score, taken out of the sorted set",
                    "element i jego wynik, wyjęte ze zbioru uporządkowanego",
                );
            }
            "geosearch" => text!(
                lang,
                "places inside the area: {n}",
                "miejsc w tym obszarze: {n}"
            ),
            "geopos" => {
                return self.say(
                    "longitude and latitude of each, nil where there is no such place",
                    "długość i szerokość geograficzna każdego; nil, gdy takiego miejsca nie ma",
                );
            }
            "geohash" => {
                return self.say(
                    "a geohash of each: places that begin alike are close to each other",
                    "geohash każdego: miejsca o podobnym początku leżą blisko siebie",
                );
            }
            "blpop" | "brpop" => {
                return self.say(
                    "the list where an element was, and the element, taken off",
                    "lista, na której był element, i ten element, już zdjęty",
                );
            }
            "bzpopmin" | "bzpopmax" => {
                return self.say(
                    "the sorted set, the member taken out, and its score",
                    "zbiór uporządkowany, wyjęty element i jego wynik",
                );
            }
            "lmpop" | "blmpop" | "zmpop" | "bzmpop" => {
                return self.say(
                    "the first of the keys that was not empty, and what was taken off it",
                    "pierwszy niepusty klucz i to, co z niego zdjęto",
                );
            }
            "xrange" | "xrevrange" => text!(
                lang,
                "{entries}: the ID of each, then its fields and values",
                "wpisów: {n}; w każdym ID, a po nim pola i wartości"
            ),
            "xread" => {
                return self.say(
                    "for each stream its name, and its entries after the given ID",
                    "dla każdego streama nazwa i wpisy po podanym ID",
                );
            }
            "xreadgroup" => {
                if self.has(">") {
                    let consumer = self.group_and_consumer()?;
                    text!(
                        lang,
                        "new entries, given to {consumer} and pending with it until XACK",
                        "nowe wpisy, wydane: {consumer}; są w toku aż do XACK"
                    )
                } else {
                    return self.say(
                        "entries that this consumer was given before and has not acknowledged",
                        "wpisy, które ten konsument już dostał i których nie potwierdził",
                    );
                }
            }
            "xpending" if self.argv.len() <= 3 => {
                return self.say(
                    "how many entries are pending, the lowest and the highest ID, and how many with each consumer",
                    "ile wpisów jest w toku, najniższe i najwyższe ID oraz ile ma każdy konsument",
                );
            }
            "xpending" => {
                return self.say(
                    "of each pending entry: its ID, its consumer, the milliseconds since it was given out, and how often it was",
                    "o każdym wpisie w toku: ID, konsument, ile milisekund temu go wydano i ile razy",
                );
            }
            "xclaim" => text!(
                lang,
                "entries that are pending with the new consumer now: {n}",
                "wpisów, które są teraz w toku u nowego konsumenta: {n}"
            ),
            "xautoclaim" => {
                return self.say(
                    "the ID to go on from (0-0: all were looked at), the entries claimed, and those that were deleted meanwhile",
                    "ID, od którego iść dalej (0-0: przejrzano wszystkie), przejęte wpisy i te, które tymczasem usunięto",
                );
            }
            "xinfo|groups" | "xinfo|consumers" | "xinfo|stream" => {
                return self.say(
                    "names and values in turn; :format table lays them out",
                    "na przemian nazwy i wartości; ułoży je :format table",
                );
            }
            "exec" => text!(
                lang,
                "the transaction was carried out: a reply for each of its commands, {n} in all",
                "transakcja się wykonała: odpowiedzi na jej polecenia, jest ich {n}"
            ),
            "subscribe" | "psubscribe" | "ssubscribe" => {
                return self.say(
                    "a confirmation for each: its kind, the name, and how many this connection listens to",
                    "potwierdzenie każdej: rodzaj, nazwa i ilu nazw słucha to połączenie",
                );
            }
            "unsubscribe" | "punsubscribe" | "sunsubscribe" => {
                return self.say(
                    "a confirmation for each: its kind, the name, and how many are left",
                    "potwierdzenie dla każdej: rodzaj, nazwa i ile ich zostało",
                );
            }
            "pubsub|channels" => text!(
                lang,
                "channels with a subscriber: {n}; patterns are not counted",
                "kanałów z subskrybentem: {n}; wzorce się nie liczą"
            ),
            "pubsub|numsub" => {
                return self.say(
                    "each channel, followed by the number of its subscribers",
                    "każdy kanał, a po nim liczba jego subskrybentów",
                );
            }
            "config|get" => {
                return self.say(
                    "each setting, followed by its value",
                    "każde ustawienie, a po nim jego wartość",
                );
            }
            "scan" | "sscan" | "hscan" | "zscan" => {
                let cursor = first.map(|cursor| quote(cursor.as_bytes().unwrap_or_default()));
                let cursor = cursor.unwrap_or_default();
                match cursor.as_str() {
                    "0" => {
                        return self.say(
                            "the cursor 0 says that this was the last part",
                            "kursor 0 mówi, że to była ostatnia część",
                        );
                    }
                    _ => text!(
                        lang,
                        "go on with the cursor {cursor}; the same may come twice",
                        "idź dalej z kursorem {cursor}; coś może przyjść dwa razy"
                    ),
                }
            }
            "bitfield" | "bitfield_ro" => {
                return self.say(
                    "a reply for each operation in turn: GET the number, SET the old one, INCRBY the new one, nil where OVERFLOW FAIL refused",
                    "odpowiedź na każdą operację po kolei: GET to liczba, SET poprzednia, INCRBY nowa, nil tam, gdzie odmówiło OVERFLOW FAIL",
                );
            }
            "hexpire" | "hpexpire" | "hexpireat" | "hpexpireat" => {
                return self.say(
                    "for each field 1: its time to live is set",
                    "dla każdego pola 1: czas życia jest ustawiony",
                );
            }
            "httl" => {
                return self.say(
                    "for each field the seconds it has left",
                    "dla każdego pola pozostałe sekundy",
                );
            }
            "hpttl" => {
                return self.say(
                    "for each field the milliseconds it has left",
                    "dla każdego pola pozostałe milisekundy",
                );
            }
            "hpersist" => {
                return self.say(
                    "for each field 1: it has no time to live any more",
                    "dla każdego pola 1: nie ma już czasu życia",
                );
            }
            "hgetdel" => {
                return self.say(
                    "the value that each field had, nil where there was none; the fields are deleted",
                    "wartość, którą miało każde pole, nil tam, gdzie go nie było; pola są usunięte",
                );
            }
            "hgetex" => {
                return self.say(
                    "the value of each field, whose time to live is changed as the option says",
                    "wartość każdego pola; ich czas życia zmieniono tak, jak mówi opcja",
                );
            }
            "role" => {
                return self.say(
                    "what the server is, how far it has got, and who follows it",
                    "czym jest serwer, jak daleko zaszedł i kto za nim podąża",
                );
            }
            "cluster|slots" | "cluster|shards" | "cluster|nodes" => {
                return self.say(
                    "which nodes serve which slots",
                    "które węzły obsługują które sloty",
                );
            }
            "acl|list" => {
                return self.say(
                    "each user as a line that ACL SETUSER would take",
                    "każdy użytkownik jako wiersz, który przyjąłby ACL SETUSER",
                );
            }
            "acl|users" => text!(lang, "users: {n}", "użytkowników: {n}"),
            "acl|cat" => text!(
                lang,
                "names: {n}; ACL rules take a category with @ in front",
                "nazw: {n}; reguły ACL przyjmują kategorię z @ na początku"
            ),
            "acl|log" => {
                return self.say(
                    "what was refused to whom, the newest first; :format table lays it out",
                    "komu czego odmówiono, od najnowszych; ułoży to :format table",
                );
            }
            "acl|getuser" => {
                return self.say(
                    "what the user may do, name and value in turn",
                    "co wolno użytkownikowi, na przemian nazwa i wartość",
                );
            }
            "slowlog|get" => {
                return self.say(
                    "slow commands, the newest first: number, time, microseconds, the command, and who sent it",
                    "powolne polecenia, od najnowszych: numer, czas, mikrosekundy, polecenie i kto je wysłał",
                );
            }
            "latency|histogram" | "latency|latest" | "latency|history" => {
                return self.say(
                    "how often what took how long",
                    "co jak często i jak długo trwało",
                );
            }
            "command|info" | "command|docs" => {
                return self.say(
                    "what the server knows of each command, nil where it has none of the name",
                    "co serwer wie o każdym poleceniu; nil, gdy takiego nie ma",
                );
            }
            "module|list" => text!(lang, "modules: {n}", "modułów: {n}"),
            "hello" => {
                return self.say(
                    "what the server is, name and value in turn; the protocol is the one asked for",
                    "czym jest serwer, na przemian nazwa i wartość; protokół jest ten, o który proszono",
                );
            }
            "keys" => text!(lang, "keys that match: {n}", "pasujących kluczy: {n}"),
            "sort" | "sort_ro" => text!(
                lang,
                "elements in order: {n}; {key} itself is as it was",
                "elementów po kolei: {n}; sam {key} się nie zmienił"
            ),
            "script|exists" => {
                return self.say(
                    "1 for each SHA1 that the server knows, 0 for each that it does not",
                    "1 dla każdego SHA1, który serwer zna, 0 dla nieznanych",
                );
            }
            "time" => {
                return self.say(
                    "seconds since 1970, and microseconds",
                    "sekundy od 1970 roku i mikrosekundy",
                );
            }
            "eval" | "evalsha" | "eval_ro" | "evalsha_ro" | "fcall" | "fcall_ro" => text!(
                lang,
                "the script returned a table of {elements}; a Lua table ends at its first nil",
                "skrypt zwrócił tablicę, elementów: {n}; tablica Lua kończy się na pierwszym nil"
            ),
            _ => return None,
        })
    }

    /// Who XREADGROUP reads as.
    fn group_and_consumer(&self) -> Option<String> {
        let group = |word: &Vec<u8>| word.eq_ignore_ascii_case(b"group");
        let at = self.argv.iter().position(group)?;
        Some(quote(self.argv.get(at + 2)?))
    }
}
