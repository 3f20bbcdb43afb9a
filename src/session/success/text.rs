//! What a status says, and a string: a value, an encoding, an ID.

use super::{Asked, counted};
use catalog::text;
use resp::split::quote;

/// An ID of a stream that is larger is of our time: milliseconds, since 2001.
const OF_OUR_TIME: i64 = 1_000_000_000_000;

impl Asked<'_> {
    pub(super) fn status(&self, name: &str, status: &str) -> Option<String> {
        let lang = self.lang;
        let key = self.word(1);
        Some(match name {
            "set" if self.has("keepttl") => text!(
                lang,
                "{key} has its new value, and the time to live it had",
                "{key} ma nową wartość i dotychczasowy czas życia"
            ),
            "set" => text!(
                lang,
                "{key} has its new value; what it held before, of any type, is gone, and its time to live too",
                "{key} ma nową wartość; poprzednia, jakiegokolwiek typu, przepadła razem z czasem życia"
            ),
            "setex" | "psetex" => {
                let time = self.word(2);
                let unit = if name == "setex" { "s" } else { "ms" };
                text!(
                    lang,
                    "{key} has its new value and expires in {time} {unit}",
                    "{key} ma nową wartość i wygaśnie za {time} {unit}"
                )
            }
            "mset" => {
                return self.say(
                    "all the keys have their new values, in one step",
                    "wszystkie klucze mają nowe wartości, w jednym kroku",
                );
            }
            "select" => text!(
                lang,
                "this connection works in database {key} from now on; other connections do not notice",
                "to połączenie pracuje odtąd w bazie {key}; inne połączenia tego nie widzą"
            ),
            "multi" => {
                return self.say(
                    "a transaction has begun: commands are queued until EXEC",
                    "zaczęła się transakcja: polecenia czekają w kolejce na EXEC",
                );
            }
            "discard" => {
                return self.say(
                    "the queue is thrown away; nothing of it was run",
                    "kolejka przepadła; nic z niej się nie wykonało",
                );
            }
            "watch" => {
                return self.say(
                    "if a watched key changes before EXEC, EXEC does nothing",
                    "jeśli obserwowany klucz zmieni się przed EXEC, EXEC nic nie zrobi",
                );
            }
            "pfmerge" => text!(
                lang,
                "{key} counts what any of them has seen now, each element once",
                "{key} liczy teraz wszystko, co widział którykolwiek z nich, każdy element raz"
            ),
            "auth" | "acl|setuser" | "client|setname" | "client|no-evict" | "client|tracking"
            | "config|resetstat" | "config|rewrite" | "save" | "replicaof" | "asking"
            | "readonly" | "readwrite" | "function|load" | "function|delete" | "hello" => {
                return self.say("done", "wykonano");
            }
            "acl|dryrun" => {
                return self.say(
                    "that user would be allowed to; nothing was run",
                    "ten użytkownik mógłby to zrobić; nic się nie wykonało",
                );
            }
            "unwatch" => {
                return self.say(
                    "no key is watched any more",
                    "żaden klucz nie jest już obserwowany",
                );
            }
            "config|set" => {
                return self.say(
                    "the setting holds until the server restarts (CONFIG REWRITE keeps it)",
                    "ustawienie obowiązuje do restartu serwera (zachowa je CONFIG REWRITE)",
                );
            }
            "lset" => {
                let index = self.word(2);
                text!(
                    lang,
                    "the element at index {index} is replaced",
                    "element o indeksie {index} został zastąpiony"
                )
            }
            "ltrim" => {
                let (first, last) = (self.word(2), self.word(3));
                text!(
                    lang,
                    "the list keeps the indexes {first} to {last}, both included",
                    "na liście zostały indeksy od {first} do {last} włącznie"
                )
            }
            "rename" => {
                let new = self.word(2);
                text!(
                    lang,
                    "{key} is called {new} now; what was there before is gone",
                    "{key} nazywa się teraz {new}; to, co tam było, przepadło"
                )
            }
            "flushdb" | "flushall" => {
                return self.say("everything is deleted", "wszystko zostało usunięte");
            }
            "ping" => {
                return self.say("the server is there and answers", "serwer jest i odpowiada");
            }
            "type" => text!(
                lang,
                "{key} holds a value of the type {status}",
                "{key} trzyma wartość typu {status}"
            ),
            "xgroup|create" => {
                let (stream, group, id) = (self.word(2), self.word(3), self.word(4));
                match id.as_str() {
                    "$" => text!(
                        lang,
                        "the group {group} of {stream} gets what is added from now on",
                        "grupa {group} streama {stream} dostanie to, co przyjdzie odtąd"
                    ),
                    _ => text!(
                        lang,
                        "the group {group} of {stream} gets what comes after the ID {id}",
                        "grupa {group} streama {stream} dostanie to, co jest po ID {id}"
                    ),
                }
            }
            "script|flush" | "function|flush" => {
                return self.say(
                    "the server has forgotten them",
                    "serwer ich już nie pamięta",
                );
            }
            "eval" | "evalsha" => {
                return self.say("the script returned a status", "skrypt zwrócił status");
            }
            _ => return None,
        })
    }

    pub(super) fn string(&self, name: &str, bytes: &[u8]) -> Option<String> {
        let lang = self.lang;
        let n = bytes.len();
        let counted = counted(n as u64, "byte");
        let value = quote(bytes);
        let key = self.word(1);
        Some(match name {
            "get" | "getex" => text!(
                lang,
                "the value of {key}, {counted}",
                "wartość klucza {key}, {n} B"
            ),
            "getdel" => text!(
                lang,
                "the value that {key} had; the key is deleted",
                "wartość, którą miał {key}; klucz jest usunięty"
            ),
            "getset" => text!(
                lang,
                "the value that {key} had before",
                "poprzednia wartość klucza {key}"
            ),
            "getrange" | "substr" => {
                let (first, last) = (self.word(2), self.word(3));
                text!(
                    lang,
                    "the bytes {first} to {last}, both included; 0 is the first",
                    "bajty od {first} do {last} włącznie; 0 to pierwszy"
                )
            }
            "ping" | "echo" => {
                return self.say("the message comes back", "wiadomość wraca");
            }
            "incrbyfloat" | "hincrbyfloat" => {
                text!(lang, "{value} is the new value", "{value} to nowa wartość")
            }
            "hget" => {
                let field = self.word(2);
                text!(
                    lang,
                    "the value of the field {field}",
                    "wartość pola {field}"
                )
            }
            "lindex" => {
                let index = self.word(2);
                text!(
                    lang,
                    "the element at index {index}; 0 is the head, -1 the tail",
                    "element o indeksie {index}; 0 to początek, -1 koniec"
                )
            }
            "lpop" => text!(
                lang,
                "this element was the head of {key} and is taken off",
                "ten element był na początku {key} i został zdjęty"
            ),
            "rpop" => text!(
                lang,
                "this element was the tail of {key} and is taken off",
                "ten element był na końcu {key} i został zdjęty"
            ),
            "lmove" | "rpoplpush" | "blmove" | "brpoplpush" => {
                let to = self.word(2);
                text!(
                    lang,
                    "this element went from {key} to {to}, in one step",
                    "ten element przeszedł z {key} do {to}, w jednym kroku"
                )
            }
            "spop" => {
                return self.say(
                    "a random member, taken out of the set",
                    "losowy element, wyjęty ze zbioru",
                );
            }
            "srandmember" | "hrandfield" | "zrandmember" => {
                return self.say(
                    "a random one; it stays where it is",
                    "losowy; zostaje tam, gdzie jest",
                );
            }
            "zscore" => {
                let member = self.word(2);
                text!(lang, "the score of {member}", "wynik elementu {member}")
            }
            "zincrby" => {
                let member = self.word(3);
                text!(
                    lang,
                    "the new score of {member}",
                    "nowy wynik elementu {member}"
                )
            }
            "zadd" => {
                return self.say("with INCR: the new score", "z opcją INCR: nowy wynik");
            }
            "geodist" => {
                let unit = self.word(4);
                let unit = if unit.is_empty() { "m" } else { &unit };
                text!(
                    lang,
                    "the distance as the crow flies, in {unit}",
                    "odległość w linii prostej, w {unit}"
                )
            }
            "object|encoding" => return self.encoding(std::str::from_utf8(bytes).ok()?),
            "xadd" => return self.id(std::str::from_utf8(bytes).ok()?),
            "script|load" => {
                return self.say(
                    "the script's SHA1: EVALSHA runs it by that, until the server forgets it",
                    "SHA1 skryptu: tak wywoła go EVALSHA, dopóki serwer go pamięta",
                );
            }
            "acl|dryrun" => {
                return self.say(
                    "that user would be refused, for this reason; nothing was run",
                    "ten użytkownik dostałby odmowę z tego powodu; nic się nie wykonało",
                );
            }
            "acl|whoami" => text!(
                lang,
                "this connection is the user {value}",
                "to połączenie jest użytkownikiem {value}"
            ),
            "acl|genpass" => return self.say("a random password", "losowe hasło"),
            "client|getname" => {
                return self.say("the name of this connection", "nazwa tego połączenia");
            }
            "randomkey" => return self.say("the name of some key", "nazwa jakiegoś klucza"),
            "info" | "client|list" | "client|info" | "lolwut" => {
                return self.say(
                    "a report for people, in lines; :format table lays it out",
                    "raport dla ludzi, w wierszach; ułoży go :format table",
                );
            }
            "eval" | "evalsha" | "eval_ro" | "evalsha_ro" | "fcall" | "fcall_ro" => text!(
                lang,
                "the script returned a string of {counted}",
                "skrypt zwrócił napis; bajtów: {n}"
            ),
            _ => return None,
        })
    }

    /// The word of OBJECT ENCODING.
    fn encoding(&self, word: &str) -> Option<String> {
        match word {
            "int" => self.say(
                "int: kept as a number of 64 bits, without the digits",
                "int: przechowywana jako liczba 64-bitowa, bez cyfr",
            ),
            "embstr" => self.say(
                "embstr: a short string, in one piece of memory with its header",
                "embstr: krótki napis w jednym kawałku pamięci z nagłówkiem",
            ),
            "raw" => self.say(
                "raw: a string in a piece of memory of its own, which can grow",
                "raw: napis we własnym kawałku pamięci, który może rosnąć",
            ),
            "listpack" | "ziplist" => self.say(
                "listpack: few and short elements, one after the other in one piece of memory",
                "listpack: mało krótkich elementów, jeden za drugim w jednym kawałku pamięci",
            ),
            "listpackex" => self.say(
                "listpackex: a small hash in one piece of memory, with times to live of its fields",
                "listpackex: mały hash w jednym kawałku pamięci, z czasami życia pól",
            ),
            "quicklist" => self.say(
                "quicklist: a chain of packed pieces, fast at both ends",
                "quicklist: łańcuch upakowanych kawałków, szybki na obu końcach",
            ),
            "intset" => self.say(
                "intset: a set of whole numbers only, sorted, in one piece of memory",
                "intset: zbiór samych liczb całkowitych, posortowany, w jednym kawałku pamięci",
            ),
            "hashtable" => self.say(
                "hashtable: any element is found in one step, for more memory",
                "hashtable: każdy element da się znaleźć w jednym kroku, kosztem pamięci",
            ),
            "skiplist" => self.say(
                "skiplist: kept in order with shortcuts, and in a hash table by member",
                "skiplist: w kolejności, ze skrótami, i dodatkowo w tablicy mieszającej",
            ),
            "stream" => self.say(
                "stream: packed pieces under a tree of IDs",
                "stream: upakowane kawałki pod drzewem identyfikatorów",
            ),
            _ => None,
        }
    }

    /// The ID that XADD answers.
    fn id(&self, id: &str) -> Option<String> {
        let lang = self.lang;
        let (time, number) = id.split_once('-')?;
        let ms: i64 = time.parse().ok()?;
        let at = jiff::Timestamp::from_millisecond(ms).ok()?;
        if ms < OF_OUR_TIME {
            return Some(text!(
                lang,
                "the entry's ID, as it was given; `*` makes one of the clock",
                "ID wpisu, takie, jak podano; `*` bierze je z zegara"
            ));
        }
        let at = at.strftime("%Y-%m-%d %H:%M:%S%.3f");
        Some(text!(
            lang,
            "the entry's ID: {time} are milliseconds since 1970, {at} UTC, and {number} tells those of one millisecond apart",
            "ID wpisu: {time} to milisekundy od 1970 roku, czyli {at} UTC, a {number} odróżnia wpisy z jednej milisekundy"
        ))
    }
}
