//! The Polish texts of the command line, by what they belong to.
//!
//! A row's key is the command (`thumbnail serve`; `redis-lab` for the program
//! itself), then the argument (`--port`, `<FILE>`), then `=` and one of its
//! values. `*` stands for every command, where one text serves them all.

/// What a text belongs to; the path of redis-lab itself is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// What a command does.
    About(String),
    /// What stands below a command's help.
    After(String),
    /// An argument of a command.
    Argument(String, String),
    /// A value of an argument.
    Value(String, String, String),
}

pub(super) fn about(path: &str) -> Option<&'static str> {
    text(&Key::About(path.to_owned()))
}

pub(super) fn after(path: &str) -> Option<&'static str> {
    text(&Key::After(path.to_owned()))
}

pub(super) fn argument(path: &str, name: &str) -> Option<&'static str> {
    text(&Key::Argument(path.to_owned(), name.to_owned()))
}

pub(super) fn value(path: &str, name: &str, value: &str) -> Option<&'static str> {
    text(&Key::Value(
        path.to_owned(),
        name.to_owned(),
        value.to_owned(),
    ))
}

fn text(key: &Key) -> Option<&'static str> {
    find(key).map(|(_, text)| text)
}

/// The row of a key, as the key written there and its text.
pub(super) fn find(key: &Key) -> Option<(&'static str, &'static str)> {
    let program = |path: &str| match path {
        "" => "redis-lab".to_owned(),
        path => path.to_owned(),
    };
    let (path, rest) = match key {
        Key::After(path) => {
            let path = program(path);
            let (row, text) = AFTER
                .iter()
                .find(|(row, _)| row.split(", ").any(|own| own == path))?;
            return Some((row, text));
        }
        Key::About(path) => (path, String::new()),
        Key::Argument(path, name) => (path, format!(" {name}")),
        Key::Value(path, name, value) => (path, format!(" {name}={value}")),
    };
    let row = |wanted: String| TEXTS.iter().find(|(row, _)| **row == wanted);
    let found = row(program(path) + &rest).or_else(|| row(format!("*{rest}")));
    found.map(|(row, text)| (*row, *text))
}

/// The keys of all rows.
#[cfg(test)]
pub(super) fn rows() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().chain(AFTER).map(|(row, _)| *row)
}

/// The heading of a group of options.
pub(super) fn heading(english: &str) -> Option<&'static str> {
    match english {
        "Global options" => Some("Opcje wspólne"),
        "TLS (with a rediss:// URL)" => Some("TLS (przy adresie rediss://)"),
        _ => None,
    }
}

/// What an option's value is called; those that read the same have none here.
pub(super) fn value_name(english: &str) -> Option<&'static str> {
    Some(match english {
        "ADDR" | "ADDRESS" => "ADRES",
        "CHANNEL" => "KANAŁ",
        "COMMAND" => "POLECENIE",
        "DIR" => "KATALOG",
        "DIR|redis" => "KATALOG|redis",
        "FACTOR" => "RAZY",
        "FILE" => "PLIK",
        "FILES" => "PLIKI",
        "FORM" => "POSTAĆ",
        "GLOB" => "WZORZEC",
        "IMAGE" => "OBRAZ",
        "KEY" => "KLUCZ",
        "KIND" => "RODZAJ",
        "LANE" => "KOLEJKA",
        "LANG" => "JĘZYK",
        "MESSAGE" => "WIADOMOŚĆ",
        "NAME" => "NAZWA",
        "PASSWORD" => "HASŁO",
        "PATH" => "ŚCIEŻKA",
        "PATHS" => "ŚCIEŻKI",
        "PREFIX" => "PRZEDROSTEK",
        "SECONDS" => "SEKUNDY",
        "SECTION" => "SEKCJA",
        "SECTIONS" => "SEKCJE",
        "SECTION|all" => "SEKCJA|all",
        "SHELL" => "POWŁOKA",
        "SIZE" => "ROZMIAR",
        "SPEC" => "OPIS",
        "TIME" => "CZAS",
        "URL" => "ADRES",
        "WHEN" => "KIEDY",
        "WxH" => "SZERxWYS",
        "ZONE" => "STREFA",
        _ => return None,
    })
}

/// What commands, arguments and values are.
const TEXTS: &[(&str, &str)] = &[
    (
        "redis-lab",
        "Poznaj Redisa w działaniu: lekcje na żywo, powłoka, która uczy, i kolejka zadań",
    ),
    // What every command takes.
    ("* --url", "Użyj tego serwera zamiast prywatnego"),
    (
        "* --server",
        "Jaki serwer prywatny uruchomić, gdy nie ma adresu",
    ),
    (
        "* --server=auto",
        "Prawdziwy, jeśli jest zainstalowany; inaczej wbudowany",
    ),
    (
        "* --server=spawn",
        "Uruchom redis-server albo valkey-server",
    ),
    ("* --server=builtin", "Serwer zawarty w samym redis-lab"),
    (
        "* --lang",
        "Język lekcji i komunikatów (inaczej według LANG)",
    ),
    ("* --lang=en", "angielski (English)"),
    ("* --lang=pl", "polski"),
    (
        "* --color",
        "Kiedy używać kolorów (NO_COLOR jest respektowane)",
    ),
    (
        "* --color=auto",
        "Na terminalu, chyba że ustawiono NO_COLOR",
    ),
    ("* --color=always", "Zawsze, także w potoku"),
    ("* --color=never", "Nigdy"),
    (
        "* --json",
        "Zamiast tekstu wypisuj zdarzenia JSON, po jednym w wierszu",
    ),
    (
        "* --lessons",
        "Weź lekcje z tego katalogu (KATALOG/en/*.md, KATALOG/pl/*.md)",
    ),
    (
        "* --reset-lab",
        "Na serwerze z --url usuń najpierw wszystko, co leży pod `lab:`",
    ),
    (
        "* --cacert",
        "Ufaj certyfikatom tego urzędu (PEM) zamiast publicznych",
    ),
    ("* --tls-cert", "Przedstaw serwerowi ten certyfikat (PEM)"),
    ("* --tls-key", "Klucz prywatny do --tls-cert (PEM)"),
    ("* --insecure", "Ufaj każdemu certyfikatowi: tylko do prób"),
    // The sections.
    (
        "* --no-pause",
        "Leć do końca bez zatrzymywania się między krokami",
    ),
    (
        "strings",
        "Napisy: SET, GET, liczniki, wygasanie, bazy danych",
    ),
    ("lists", "Listy: RPUSH, LRANGE, BRPOP, kolejka z workerami"),
    (
        "sets",
        "Zbiory, zbiory uporządkowane i hashe (`zsets`, `hashes` zaczynają od swojej części)",
    ),
    ("zsets", "Zbiory uporządkowane: część sekcji `sets`"),
    ("hashes", "Hashe: część sekcji `sets`"),
    (
        "pubsub",
        "Publikowanie i subskrypcja; --listen i --publish dla dwóch terminali",
    ),
    (
        "pubsub --listen",
        "Słuchaj tych kanałów aż do Ctrl-C (bez nazwy: testowy_kanal)",
    ),
    (
        "pubsub --pattern",
        "Słuchaj też kanałów pasujących do tych wzorców",
    ),
    (
        "pubsub --publish",
        "Wyślij WIADOMOŚĆ na KANAŁ i powiedz, ilu ją odebrało",
    ),
    ("streams", "Streamy i grupy konsumentów: nic nie ginie"),
    ("pipeline", "Pipeline, MULTI/EXEC i WATCH"),
    ("lua", "Skrypty Lua wykonywane przez serwer"),
    (
        "notifications",
        "Powiadomienia o zmianach kluczy; --listen pokazuje je na żywo",
    ),
    (
        "notifications --listen",
        "Pokazuj zdarzenia na kluczach na bieżąco, aż do Ctrl-C",
    ),
    ("notifications --key", "Tylko klucze pasujące do wzorca"),
    (
        "notifications --event",
        "Tylko to zdarzenie (set, del, expired, lpush, ...)",
    ),
    ("all", "Wszystkie sekcje po kolei"),
    // The thumbnail job.
    (
        "thumbnail",
        "Miniatury: kolejka, workery i strona, zrobione z poleceń Redisa",
    ),
    ("* --prefix", "Od czego zaczynają się wszystkie klucze"),
    (
        "* <IMAGES>",
        "Obrazy do zgłoszenia; bez nich mały, wbudowany",
    ),
    ("* --size", "Rozmiar miniatur; kilka razy, gdy ma być kilka"),
    ("* --quiet", "Pokazuj tylko stany, bez poleceń Redisa"),
    (
        "* --media",
        "Zostaw pliki w tym katalogu (inaczej znikną po pokazie)",
    ),
    (
        "* --stay",
        "Po pokazie zostaw otwartą stronę (na terminalu domyślnie)",
    ),
    (
        "thumbnail --no-pause",
        "Zakończ po pokazie, także na terminalu",
    ),
    (
        "thumbnail demo",
        "Pokaż każde polecenie Redisa z życia zadania (to się dzieje domyślnie)",
    ),
    (
        "thumbnail demo --no-pause",
        "Zakończ po pokazie, także na terminalu",
    ),
    (
        "thumbnail lesson",
        "Uruchom lekcję: to samo zadanie ręcznie, krok po kroku",
    ),
    ("thumbnail serve", "Uruchom stronę do wysyłania obrazów"),
    ("thumbnail serve --port", "Port strony; 0 bierze wolny"),
    ("* --bind", "Adres, na którym słuchać"),
    (
        "thumbnail serve --workers",
        "Ile zadań naraz wykonuje ten proces; 0 zostawia je innym workerom",
    ),
    ("thumbnail serve --media", "Gdzie trzymać obrazy i wyniki"),
    (
        "thumbnail serve --limit",
        "Nie przyjmuj obrazów, gdy czeka już tyle zadań",
    ),
    ("thumbnail serve --max-size", "Największy obraz w MB"),
    (
        "* --time-zone",
        "Strefa czasowa harmonogramu (inaczej systemowa)",
    ),
    ("thumbnail submit", "Dodaj obrazy do kolejki"),
    ("thumbnail submit <FILES>", "Obrazy"),
    (
        "thumbnail submit --store",
        "Jak podróżują obrazy: `redis` albo katalog wspólny z workerami",
    ),
    ("thumbnail submit --wait", "Poczekaj na koniec zadań"),
    (
        "thumbnail submit --output",
        "Zapisz wyniki tutaj (czeka na nie)",
    ),
    (
        "thumbnail submit --key",
        "Ten sam klucz w ciągu 24 godzin to to samo zadanie (tylko jeden plik)",
    ),
    ("thumbnail submit --priority", "Które zadania idą pierwsze"),
    (
        "thumbnail submit --priority=high",
        "Przed wszystkimi z kolejki zwykłej",
    ),
    (
        "thumbnail submit --priority=default",
        "W kolejności zgłoszeń",
    ),
    ("thumbnail submit --delay", "Zacznij później: 30s, 5m, 2h"),
    (
        "thumbnail submit --celery",
        "Wyślij do workera Celery (lista `celery`)",
    ),
    (
        "thumbnail submit --task",
        "Przy --celery: nazwa, pod którą worker zna to zadanie",
    ),
    ("thumbnail worker", "Wykonuj zadania aż do Ctrl-C"),
    (
        "thumbnail worker --concurrency",
        "Ile zadań naraz (inaczej jedno na procesor)",
    ),
    (
        "thumbnail worker --name",
        "Nazwa workera (inaczej komputer i numer procesu)",
    ),
    (
        "thumbnail worker --store",
        "Katalog wspólny z tymi, którzy zgłaszają",
    ),
    (
        "thumbnail worker --lease",
        "Jak długo zadanie jest nasze, gdy przestaniemy je odnawiać",
    ),
    (
        "thumbnail worker --grace",
        "Ile po Ctrl-C mogą jeszcze trwać zaczęte zadania",
    ),
    (
        "thumbnail worker --attempts",
        "Ile razy w sumie zacząć zadanie, które się nie udaje",
    ),
    (
        "thumbnail worker --quiet",
        "Mów tylko, co jest nie tak, i że jesteś gotowy",
    ),
    (
        "thumbnail worker --celery",
        "Wykonuj zadania aplikacji Celery (lista `celery`); wymaga --store",
    ),
    (
        "thumbnail status",
        "Pokaż jedno zadanie albo wszystkie znane",
    ),
    (
        "thumbnail status <ID>",
        "Zadanie; bez niego wszystkie znane",
    ),
    (
        "thumbnail status --limit",
        "Ile zadań każdego rodzaju wymienić",
    ),
    (
        "thumbnail retry",
        "Daj nową szansę zadaniom nieudanym lub anulowanym",
    ),
    ("* <IDS>", "Zadania"),
    ("* --all", "Wszystkie, które na stałe zawiodły"),
    (
        "thumbnail drop",
        "Anuluj zadania, które czekają lub trwają; zapomnij o nieudanych",
    ),
    (
        "thumbnail dead",
        "Wymień zadania, które na stałe zawiodły, z ich błędami",
    ),
    ("thumbnail schedule", "Pokaż harmonogram albo go wykonuj"),
    (
        "thumbnail schedule --run",
        "Uruchamiaj zadania o czasie aż do Ctrl-C; takich procesów może być kilka",
    ),
    (
        "thumbnail schedule --add",
        "Jeszcze jedno: \"NAZWA ZADANIE every 10s\" albo \"NAZWA ZADANIE cron 5 15 * * *\"",
    ),
    ("thumbnail bench", "Zmierz kolejkę na prywatnym serwerze"),
    (
        "thumbnail bench --jobs",
        "Ile zadań do pomiaru przepustowości",
    ),
    (
        "thumbnail bench --image",
        "Obraz, z którego robić miniatury (inaczej wbudowany)",
    ),
    (
        "thumbnail bench --no-faults",
        "Pomiń to, co celowo psuje (trwa pół minuty)",
    ),
    ("thumbnail bench --copies", "Ile razy zgłosić każdy obraz"),
    // The shell.
    (
        "repl",
        "Powłoka, która uczy: odpowiedzi jak w redis-cli, podpowiedzi, pomoc i objaśnienia",
    ),
    ("repl -e", "Zakończ kodem 1, gdy serwer odpowie błędem"),
    ("repl --output", "Postać odpowiedzi"),
    ("repl --output=pretty", "Jak redis-cli na terminalu"),
    ("repl --output=raw", "Jak `redis-cli --raw`"),
    (
        "repl --output=json",
        "Wiersz poprawnego JSON-a na odpowiedź",
    ),
    (
        "repl --resp3",
        "Od początku mów protokołem RESP3 (--output json i tak to robi)",
    ),
    (
        "repl --resp2",
        "Mów protokołem RESP2 nawet przy --output json",
    ),
    (
        "repl --yes",
        "Nie pytaj przed niszczącymi poleceniami na serwerze z --url",
    ),
    (
        "* --no-history",
        "Nie czytaj ani nie zapisuj pliku historii",
    ),
    ("repl <COMMAND>", "Wykonaj tylko to polecenie i zakończ"),
    // For the teacher.
    (
        "walkthrough",
        "Pokaż lekcje grupie: pełny ekran, notatki, nagranie, strona WWW",
    ),
    (
        "walkthrough <SECTIONS>",
        "Sekcje do pokazania (bez nazwy: wszystkie)",
    ),
    (
        "walkthrough --auto",
        "Idź dalej bez naciskania, po tylu sekundach",
    ),
    (
        "walkthrough --speed",
        "Jak szybko pisać polecenia; 1 to zwykłe tempo",
    ),
    (
        "walkthrough --no-type",
        "Pokazuj polecenia od razu, bez pisania",
    ),
    (
        "walkthrough --notes",
        "Pokaż notatki do kroku, na którym jest drugi terminal",
    ),
    (
        "walkthrough --rehearse",
        "Przebieg bez ekranu: sprawdź każdą odpowiedź, zsumuj planowane minuty",
    ),
    (
        "walkthrough --record",
        "Zapisz lekcję jako nagranie asciicast v2",
    ),
    ("walkthrough --export", "Zapisz lekcję jako jedną stronę"),
    // Exercises.
    (
        "practice",
        "Ćwiczenia w powłoce, sprawdzane na bieżąco; postępy są zapamiętywane",
    ),
    (
        "practice <SECTION>",
        "Sekcja albo `challenges`; bez nazwy wszystkie sekcje",
    ),
    ("practice --list", "Wymień ćwiczenia i pokaż, jak ci idzie"),
    (
        "practice --reset",
        "Zapomnij postępy w sekcji albo we wszystkich",
    ),
    (
        "practice verify",
        "Sprawdź zapisane odpowiedzi jeszcze raz, na przykład po poprawieniu lekcji",
    ),
    (
        "practice verify <FILE>",
        "Czyjś practice.json albo poprawiona lekcja (.md); bez pliku: twoje postępy wobec lekcji",
    ),
    // The rest.
    (
        "check",
        "Sprawdź lekcje: uruchom je, udowodnij ćwiczenia, porównaj języki",
    ),
    (
        "check <PATHS>",
        "Plik lekcji albo katalog z en/ i pl/ (bez niego lekcje wbudowane)",
    ),
    (
        "check --bless",
        "Przepisz oczekiwane odpowiedzi według tego, co mówi serwer",
    ),
    (
        "doctor",
        "Powiedz, jaki serwer zostałby użyty i dlaczego, i co potrafi terminal",
    ),
    (
        "serve",
        "Udostępnij wbudowany serwer dowolnemu klientowi Redisa",
    ),
    ("serve --port", "Port TCP; przy 0 wybiera go system"),
    (
        "serve --bind",
        "Adres, na którym słuchać; inny niż lokalny wymaga --requirepass",
    ),
    (
        "serve --unixsocket",
        "Słuchaj też na tym gnieździe uniksowym",
    ),
    (
        "serve --requirepass",
        "Hasło, które klienci mają podać w AUTH",
    ),
    (
        "serve --maxmemory",
        "Nie przechowuj więcej niż tyle (w bajtach albo 100mb, 1gb)",
    ),
    (
        "serve --dir",
        "Gdzie SAVE i BGSAVE zapisują stan, wczytywany przy następnym starcie",
    ),
    ("serve --enable-debug-command", "Pozwól na polecenie DEBUG"),
    ("completions", "Wypisz podpowiedzi dla powłoki systemowej"),
    ("completions <SHELL>", "Dla jakiej powłoki"),
];

/// What stands below the help of one or more commands.
const AFTER: &[(&str, &str)] = &[
    (
        "redis-lab",
        "Przykłady:
  redis-lab lists                  lekcja o listach na prywatnym serwerze
  redis-lab streams --lang en      lekcja o streamach, po angielsku
  redis-lab all --no-pause         wszystkie sekcje bez zatrzymywania
  redis-lab pubsub --listen news   słuchanie kanału aż do Ctrl-C
  redis-lab lists --url redis://localhost:6379   na twoim serwerze

Kody wyjścia: 0 w porządku; 1 sprawdzenie się nie powiodło albo odpowiedź była
inna, niż oczekiwano; 2 złe wywołanie; 3 błąd w pliku lekcji; 4 brak serwera,
serwer za stary albo utracone połączenie; 130 przerwano.",
    ),
    (
        "strings, lists, sets, zsets, hashes, streams, pipeline, lua",
        "Przykłady:
  redis-lab lists                 zatrzymuje się co krok: Enter dalej, q wyjście
  redis-lab lists --no-pause      bez zatrzymywania
  redis-lab lists | less          w potoku też bez zatrzymywania
  redis-lab lists --json          zdarzenia, po jednym w wierszu",
    ),
    (
        "pubsub",
        "Przykłady:
  redis-lab pubsub                                     lekcja
  redis-lab pubsub --listen testowy_kanal              pierwszy terminal
  redis-lab pubsub --publish testowy_kanal \"cześć\"     drugi terminal
  redis-lab pubsub --listen news sport --pattern 'log.*'

Dwa terminale potrzebują jednego serwera: podaj obu to samo --url albo pozwól
pierwszemu uruchomić prywatny i skopiuj do drugiego polecenie, które wypisze.",
    ),
    (
        "notifications",
        "Przykłady:
  redis-lab notifications                              lekcja
  redis-lab notifications --listen --key 'user:*' --url redis://localhost:6379
  redis-lab notifications --listen --event expired

Ustawienie notify-keyspace-events wraca na koniec do poprzedniej wartości.",
    ),
    (
        "all",
        "Przykłady:\n  redis-lab all --no-pause\n  redis-lab all --lang en --json",
    ),
    (
        "thumbnail",
        "Przykłady:
  redis-lab thumbnail                          życie jednego zadania, polecenie po poleceniu
  redis-lab thumbnail demo cat.jpg --size 64x64
  redis-lab thumbnail serve --workers 2        strona pod http://127.0.0.1:8000/

Osobne procesy korzystają ze wspólnego Redisa:
  export REDIS_URL=redis://localhost:6379
  redis-lab thumbnail worker --concurrency 2
  redis-lab thumbnail submit *.jpg --size 128x128 --wait --output thumbs
  redis-lab thumbnail status
  redis-lab thumbnail dead",
    ),
    (
        "repl",
        "Przykłady:
  redis-lab repl                                powłoka na prywatnym serwerze
  redis-lab repl --url redis://localhost:6379   na twoim serwerze
  redis-lab repl -- SET greeting hello          jedno polecenie
  redis-lab repl < commands.txt                 każdy wiersz, odpowiedzi jak w redis-cli na terminalu
  echo 'HGETALL user:1' | redis-lab repl --output json

W powłoce: Tab uzupełnia, `help` objaśnia, `:help` wymienia jej własne
polecenia, Ctrl-C anuluje, Ctrl-D albo `quit` kończy.",
    ),
    (
        "walkthrough",
        "Przykłady:
  redis-lab walkthrough                     wszystkie sekcje na pełnym ekranie
  redis-lab walkthrough streams --lang pl   jedna sekcja
  redis-lab walkthrough --notes             drugi terminal: notatki, następny krok, czas
  redis-lab walkthrough --rehearse          sprawdza odpowiedzi, sumuje minuty
  redis-lab walkthrough lists --export html lists.html
  redis-lab walkthrough lists --record lists.cast && asciinema play lists.cast

Klawisze: spacja/strzałka w prawo/l dalej, w lewo/h wstecz, n/p sekcja, g/G
pierwszy/ostatni krok, liczba+G krok, d tekst, s pokaż wszystko, Tab powłoka,
r wczytaj na nowo, x powtórz krok, ? pomoc, q wyjście.",
    ),
    (
        "practice",
        "Przykłady:
  redis-lab practice                    następne nierozwiązane ćwiczenie
  redis-lab practice lists              ćwiczenia jednej sekcji
  redis-lab practice challenges         pięć zadań łączących sekcje
  redis-lab practice lists < answers    każdy wiersz to odpowiedź; pusty wiersz
                                        po sukcesie przechodzi do następnego
  redis-lab practice --list             wszystkie ćwiczenia i twoje postępy
  redis-lab practice --reset lists      zapomnij postępy w lists (albo: all)
  redis-lab practice verify             sprawdź jeszcze raz swoje odpowiedzi
  redis-lab practice verify lists.md    ... wobec poprawionej lekcji
  redis-lab practice verify ala.json    odpowiedzi kogoś innego

Postępy są w pliku practice.json w systemowym katalogu stanu
(~/.local/state/redis-lab w Linuksie) albo w $REDIS_LAB_STATE_DIR.

Kody wyjścia: 0 w porządku; 1 z potoku: ćwiczenie nierozwiązane, z verify:
przyjęta kiedyś odpowiedź już nie przechodzi; 2 złe wywołanie; 3 błąd w pliku
lekcji; 4 brak serwera; 130 przerwano.",
    ),
    (
        "check",
        "Przykłady:
  redis-lab check                      lekcje wbudowane, oba języki
  redis-lab check lessons              pliki z katalogu
  redis-lab check --bless lessons/en/lists.md   przepisz oczekiwane odpowiedzi",
    ),
    (
        "doctor",
        "Przykłady:\n  redis-lab doctor\n  redis-lab doctor --url redis://localhost:6379",
    ),
    (
        "serve",
        "Przykłady:
  redis-lab serve                          na 127.0.0.1:6380, aż do Ctrl-C
  redis-lab serve --port 0                 na wolnym porcie, który wypisze
  redis-lab serve --unixsocket /tmp/r.sock --port 0
  redis-lab serve --bind 0.0.0.0 --requirepass s3cret
  redis-lab serve --dir ./data             SAVE i BGSAVE zapisują tam stan",
    ),
    (
        "completions",
        "Przykłady:
  redis-lab completions bash > ~/.local/share/bash-completion/completions/redis-lab
  redis-lab completions zsh > ~/.zfunc/_redis-lab
  redis-lab completions fish > ~/.config/fish/completions/redis-lab.fish",
    ),
];
