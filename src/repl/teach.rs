//! The quiet hint: one sentence on what a reply means for this command, where
//! the reply alone leaves a learner wondering.

use super::state::name_of;
use crate::lang::Lang;
use crate::resp::Reply;
use crate::resp::split;

/// One sentence about a surprising reply; `None` for ordinary ones.
pub fn quiet_hint(argv: &[Vec<u8>], reply: &Reply, lang: Lang) -> Option<String> {
    let text = match reply {
        Reply::Error(text) => return about_error(argv, text, lang),
        Reply::Nil => about_nil(argv, lang),
        Reply::Int(n) => about_number(argv, *n, lang),
        Reply::Array(items) | Reply::Set(items) if items.is_empty() => about_empty(argv, lang),
        Reply::Map(pairs) if pairs.is_empty() => about_empty(argv, lang),
        Reply::Status(status) if status == "QUEUED" => Some(lang.pick(
            "kept until EXEC runs the whole queue; DISCARD throws it away",
            "czeka, aż EXEC wykona całą kolejkę; DISCARD ją wyrzuca",
        )),
        Reply::Bulk(bytes) => return about_text(bytes, lang),
        _ => None,
    };
    text.map(str::to_owned)
}

fn about_nil(argv: &[Vec<u8>], lang: Lang) -> Option<&'static str> {
    Some(match name_of(argv).as_str() {
        "exec" => lang.pick(
            "a watched key changed before EXEC, so nothing was run: read again and retry",
            "obserwowany klucz zmienił się przed EXEC, więc nic się nie wykonało: przeczytaj go i spróbuj ponownie",
        ),
        "blpop" | "brpop" | "blmove" | "brpoplpush" | "blmpop" | "bzpopmin" | "bzpopmax"
        | "bzmpop" | "xread" | "xreadgroup" => lang.pick(
            "nothing arrived within the time given (or there is nothing new)",
            "w podanym czasie nic nie przyszło (albo nie ma nic nowego)",
        ),
        "set" => lang.pick(
            "not set: the NX or XX condition was not met (with GET: there was no old value)",
            "nie zapisano: warunek NX lub XX nie był spełniony (z GET: nie było starej wartości)",
        ),
        "hget" => lang.pick(
            "no such field, or no such key",
            "nie ma takiego pola albo takiego klucza",
        ),
        "zscore" | "zrank" | "zrevrank" => lang.pick(
            "no such member, or no such key",
            "nie ma takiego elementu albo takiego klucza",
        ),
        "lindex" | "lpos" => lang.pick(
            "nothing at that place",
            "w tym miejscu nic nie ma",
        ),
        "randomkey" => lang.pick("this database has no keys", "ta baza nie ma kluczy"),
        "get" | "getdel" | "getex" | "lpop" | "rpop" | "spop" | "srandmember" | "rpoplpush"
        | "lmove" | "dump" | "object" | "memory" => lang.pick(
            "no such key; Redis keeps no empty lists, sets or hashes either",
            "nie ma takiego klucza; pustych list, zbiorów i haszy Redis też nie trzyma",
        ),
        _ => return None,
    })
}

fn about_number(argv: &[Vec<u8>], n: i64, lang: Lang) -> Option<&'static str> {
    let name = name_of(argv);
    Some(match (name.as_str(), n) {
        ("ttl" | "pttl" | "expiretime" | "pexpiretime", -2) => {
            lang.pick("-2: no such key", "-2: nie ma takiego klucza")
        }
        ("ttl" | "pttl" | "expiretime" | "pexpiretime", -1) => lang.pick(
            "-1: the key is there and never expires",
            "-1: klucz istnieje i nigdy nie wygasa",
        ),
        ("del" | "unlink" | "exists" | "touch", 0) => {
            lang.pick("0: no such key", "0: nie ma takiego klucza")
        }
        ("expire" | "pexpire" | "expireat" | "pexpireat", 0) => lang.pick(
            "0: no such key, or the NX/XX/GT/LT condition was not met",
            "0: nie ma takiego klucza albo warunek NX/XX/GT/LT nie był spełniony",
        ),
        ("persist", 0) => lang.pick(
            "0: no such key, or it had no expiry",
            "0: nie ma takiego klucza albo nie miał czasu wygaśnięcia",
        ),
        ("setnx" | "msetnx" | "hsetnx" | "renamenx" | "copy", 0) => lang.pick(
            "0: not done, the target exists already",
            "0: nie wykonano, cel już istnieje",
        ),
        ("hset", 0) => lang.pick(
            "0: no new fields; existing ones were overwritten",
            "0: żadnych nowych pól; istniejące zostały nadpisane",
        ),
        ("sadd", 0) => lang.pick(
            "0: the members were in the set already",
            "0: te elementy już były w zbiorze",
        ),
        ("zadd", 0) => lang.pick(
            "0: no new members; scores may have changed (CH counts those)",
            "0: żadnych nowych elementów; wyniki mogły się zmienić (liczy je CH)",
        ),
        ("srem" | "zrem" | "hdel" | "lrem" | "xdel", 0) => {
            lang.pick("0: nothing was there to remove", "0: nie było czego usunąć")
        }
        ("publish" | "spublish", 0) => lang.pick(
            "0: nobody was listening, and the message is gone: pub/sub keeps nothing",
            "0: nikt nie słuchał i wiadomość przepadła: pub/sub niczego nie przechowuje",
        ),
        ("xack", 0) => lang.pick(
            "0: that entry was not pending in this group",
            "0: ten wpis nie czekał na potwierdzenie w tej grupie",
        ),
        ("sismember" | "hexists", 0) => lang.pick("0 means no", "0 znaczy nie"),
        ("linsert", -1) => lang.pick(
            "-1: the pivot is not in the list",
            "-1: elementu odniesienia nie ma na liście",
        ),
        _ => return None,
    })
}

fn about_empty(argv: &[Vec<u8>], lang: Lang) -> Option<&'static str> {
    Some(match name_of(argv).as_str() {
        "lrange" | "smembers" | "hgetall" | "hkeys" | "hvals" | "zrange" | "zrevrange"
        | "xrange" | "xrevrange" | "zrangebyscore" => lang.pick(
            "no such key, or nothing in that range: to Redis both are empty",
            "nie ma takiego klucza albo nic w tym zakresie: dla Redisa to jedno i to samo",
        ),
        "scan" | "keys" => lang.pick("no key matches", "żaden klucz nie pasuje"),
        _ => return None,
    })
}

/// Text beyond ASCII is shown in escapes, as redis-cli does; say what it reads.
fn about_text(bytes: &[u8], lang: Lang) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let foreign = text.chars().any(|c| !c.is_ascii());
    let shown = text.chars().count() <= 200 && !text.chars().any(|c| c.is_control() && c != '\n');
    (foreign && shown).then(|| {
        lang.pick(
            format!("these bytes are UTF-8 text: {text}"),
            format!("te bajty to tekst w UTF-8: {text}"),
        )
    })
}

fn about_error(argv: &[Vec<u8>], text: &str, lang: Lang) -> Option<String> {
    let code = text.split(' ').next().unwrap_or_default();
    let fixed = match code {
        "WRONGTYPE" => lang.pick(
            "the key holds another type of value: TYPE key says which, and each type has its own commands",
            "pod kluczem jest wartość innego typu: TYPE klucz powie jakiego, a każdy typ ma swoje polecenia",
        ),
        "NOSCRIPT" => lang.pick(
            "the server does not remember a script with this SHA1 (a restart or SCRIPT FLUSH forgets all): SCRIPT LOAD it again, or use EVAL",
            "serwer nie pamięta skryptu o tym SHA1 (restart i SCRIPT FLUSH zapominają wszystkie): użyj SCRIPT LOAD albo EVAL",
        ),
        "CROSSSLOT" => lang.pick(
            "in a cluster all keys of one command must share a slot: give them the same {tag}",
            "w klastrze wszystkie klucze polecenia muszą być w jednym slocie: nadaj im wspólny {znacznik}",
        ),
        "MOVED" | "ASK" => lang.pick(
            "this is a cluster node, and the key lives on the node named here",
            "to węzeł klastra, a klucz mieszka na węźle podanym w odpowiedzi",
        ),
        "NOAUTH" => lang.pick(
            "this server wants a login first: AUTH password, or AUTH user password",
            "ten serwer wymaga logowania: AUTH hasło albo AUTH użytkownik hasło",
        ),
        "NOPERM" => lang.pick(
            "your ACL user may not do this; ACL WHOAMI says who you are",
            "twój użytkownik ACL nie ma do tego prawa; ACL WHOAMI powie, kim jesteś",
        ),
        "WRONGPASS" => lang.pick(
            "user or password is wrong, or the user is off",
            "zły użytkownik lub hasło albo konto jest wyłączone",
        ),
        "BUSYGROUP" => lang.pick(
            "the group exists already, which is often just fine",
            "taka grupa już istnieje i zwykle nic złego się nie stało",
        ),
        "NOGROUP" => lang.pick(
            "create the group first: XGROUP CREATE key group $ MKSTREAM",
            "najpierw utwórz grupę: XGROUP CREATE klucz grupa $ MKSTREAM",
        ),
        "EXECABORT" => lang.pick(
            "a command was refused while it was queued, so EXEC ran nothing at all",
            "jedno z poleceń odrzucono już przy kolejkowaniu, więc EXEC nie wykonał niczego",
        ),
        "OOM" => lang.pick(
            "maxmemory is reached and nothing may be evicted: delete keys, or set maxmemory-policy",
            "osiągnięto maxmemory i nie ma czego usunąć: skasuj klucze albo ustaw maxmemory-policy",
        ),
        "MISCONF" => lang.pick(
            "the server cannot save to disk and refuses writes until it can",
            "serwer nie może zapisać danych na dysk i do tego czasu odmawia zapisów",
        ),
        "LOADING" => lang.pick(
            "the server is reading its data from disk; try again in a moment",
            "serwer wczytuje dane z dysku; spróbuj za chwilę",
        ),
        "READONLY" => lang.pick(
            "this is a replica: write to its master",
            "to replika: zapisuj na jej serwerze głównym",
        ),
        "BUSY" => lang.pick(
            "a script has been running for too long: SCRIPT KILL ends it if it wrote nothing",
            "skrypt działa za długo: SCRIPT KILL przerwie go, jeśli niczego nie zapisał",
        ),
        "UNBLOCKED" => lang.pick("another client ended the waiting", "inny klient przerwał czekanie"),
        _ => return about_plain_error(argv, text, lang),
    };
    Some(fixed.to_owned())
}

fn about_plain_error(argv: &[Vec<u8>], text: &str, lang: Lang) -> Option<String> {
    let command = crate::catalog::find_argv(argv);
    if text.contains("unknown command") {
        return unknown_command(argv, lang);
    }
    if text.contains("unknown subcommand") {
        let parent = crate::catalog::find(&name_of(argv))?;
        let typed = String::from_utf8_lossy(argv.get(1)?).into_owned();
        let meant = parent.suggest_subcommand(&typed)?.display_name();
        return Some(did_you_mean(&meant, lang));
    }
    if text.contains("wrong number of arguments") || text.contains("syntax error") {
        let syntax = command?.syntax();
        return Some(lang.pick(
            format!("the syntax is {syntax}"),
            format!("składnia: {syntax}"),
        ));
    }
    let fixed = if text.contains("not an integer") {
        lang.pick(
            "only whole numbers of 64 bits can be counted with, and here is something else",
            "liczyć można tylko na 64-bitowych liczbach całkowitych, a tu jest coś innego",
        )
    } else if text.contains("no such key") {
        lang.pick("check the name with EXISTS or SCAN", "sprawdź nazwę przez EXISTS albo SCAN")
    } else if text.contains("without MULTI") {
        lang.pick("open a transaction with MULTI first", "najpierw otwórz transakcję przez MULTI")
    } else if text.contains("MULTI calls can not be nested") {
        lang.pick(
            "a transaction is open already: EXEC runs it, DISCARD drops it",
            "transakcja jest już otwarta: EXEC ją wykona, DISCARD porzuci",
        )
    } else if text.contains("DB index") {
        lang.pick(
            "databases are numbered from 0, usually to 15",
            "bazy mają numery od 0, zwykle do 15",
        )
    } else if text.contains("only (P|S)SUBSCRIBE") {
        lang.pick(
            "in RESP2 a subscribed connection only listens: UNSUBSCRIBE first, or HELLO 3, which allows both",
            "w RESP2 połączenie z subskrypcją tylko słucha: zrób UNSUBSCRIBE albo HELLO 3, które pozwala na jedno i drugie",
        )
    } else {
        return None;
    };
    Some(fixed.to_owned())
}

fn unknown_command(argv: &[Vec<u8>], lang: Lang) -> Option<String> {
    let typed = String::from_utf8_lossy(argv.first()?).into_owned();
    let meant = crate::catalog::suggest(&typed)?;
    Some(did_you_mean(&meant.display_name(), lang))
}

fn did_you_mean(meant: &str, lang: Lang) -> String {
    lang.pick(
        format!("did you mean {meant}?"),
        format!("może chodziło o {meant}?"),
    )
}

/// The hint for a line that cannot be split, with what to type instead where
/// the shell can tell: JSON wants single quotes around it.
pub fn about_unreadable(line: &str, error: &split::SplitError, lang: Lang) -> String {
    if let Some(mended) = quote_json(line) {
        return lang.pick(
            format!("quotes inside a value end it; put single quotes around the whole: {mended}"),
            format!("cudzysłów w środku kończy wartość; ujmij całość w apostrofy: {mended}"),
        );
    }
    if error.needs_more() {
        return lang.pick("a quote is not closed", "cudzysłów nie jest zamknięty").to_owned();
    }
    lang.pick(
        "a blank must follow a closing quote; inside double quotes write \\\" for a quote",
        "po zamykającym cudzysłowie musi stać odstęp; w środku cudzysłowu pisz \\\"",
    )
    .to_owned()
}

/// The hint for an argument whose quotes were taken away although they look
/// like a part of the value: `{"a"}` arrives as `{a}`.
pub fn lost_quotes(line: &str, lang: Lang) -> Option<String> {
    let scan = split::scan(line.as_bytes());
    let lost = scan.words.iter().skip(1).find(|word| {
        let typed = &line.as_bytes()[word.span.clone()];
        word.quoted && !matches!(typed.first(), Some(b'"' | b'\''))
    })?;
    let typed = &line[lost.span.clone()];
    let stored = String::from_utf8_lossy(&lost.bytes).into_owned();
    Some(lang.pick(
        format!("the quotes are gone: the server got {stored}; to keep them type '{typed}'"),
        format!("cudzysłowy zniknęły: serwer dostał {stored}; żeby je zachować, wpisz '{typed}'"),
    ))
}

/// The line with single quotes around what looks like JSON.
fn quote_json(line: &str) -> Option<String> {
    let line = line.trim();
    let open = line.find(['{', '['])?;
    let before_ok = line[..open].ends_with(' ');
    let close = line.rfind(['}', ']'])?;
    let json = line.get(open..=close)?;
    if !before_ok || json.contains('\'') || !json.contains('"') {
        return None;
    }
    Some(format!("{}'{json}'{}", &line[..open], &line[close + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(line: &str, reply: Reply) -> String {
        let argv = split::split(line.as_bytes()).unwrap();
        quiet_hint(&argv, &reply, Lang::En).unwrap_or_default()
    }

    #[test]
    fn surprising_replies_are_explained() {
        assert!(hint("ttl k", Reply::Int(-2)).contains("no such key"));
        assert!(hint("ttl k", Reply::Int(-1)).contains("never expires"));
        assert!(hint("exec", Reply::Nil).contains("watched key"));
        assert!(hint("brpop q 1", Reply::Nil).contains("nothing arrived"));
        assert!(hint("get k", Reply::Error("WRONGTYPE Operation".into())).contains("TYPE key"));
        assert!(hint("evalsha x 0", Reply::Error("NOSCRIPT No".into())).contains("SCRIPT LOAD"));
        assert!(hint("mget a b", Reply::Error("CROSSSLOT K".into())).contains("{tag}"));
        assert!(hint("publish c m", Reply::Int(0)).contains("nobody"));
        assert!(hint("get k", Reply::Bulk("żółw".into())).contains("żółw"));
        assert_eq!(hint("get k", Reply::Bulk("plain".into())), "");
        assert_eq!(hint("incr n", Reply::Int(1)), "");
    }

    #[test]
    fn slips_are_recognised() {
        assert_eq!(
            hint("hgetal k", Reply::Error("ERR unknown command 'hgetal', with".into())),
            "did you mean HGETALL?"
        );
        assert_eq!(
            hint("xgroup crate s", Reply::Error("ERR unknown subcommand 'crate'.".into())),
            "did you mean XGROUP CREATE?"
        );
        let syntax = hint("get", Reply::Error("ERR wrong number of arguments for 'get' command".into()));
        assert_eq!(syntax, "the syntax is GET key");
    }

    #[test]
    fn lost_quotes_are_noticed() {
        let line = r#"set k {"a":1}"#;
        let error = split::split(line.as_bytes()).unwrap_err();
        let text = about_unreadable(line, &error, Lang::En);
        assert!(text.ends_with(r#"set k '{"a":1}'"#), "{text}");
        let text = lost_quotes(r#"set k {"a""#, Lang::En).unwrap();
        assert!(text.contains(r#"got {a; to keep them type '{"a"'"#), "{text}");
        assert_eq!(lost_quotes(r#"set k "plain""#, Lang::En), None);
    }
}
