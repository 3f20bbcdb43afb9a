//! What commands do, what their arguments and values mean: a line each.

/// What commands, arguments and values are.
pub(super) const TEXTS: &[(&str, &str)] = &[
    (
        "redis-lab",
        "Poznaj Redisa w działaniu: lekcje na żywo, powłoka, która uczy, i kolejka zadań",
    ),
    // What every command takes.
    ("* --url", "Użyj tego serwera zamiast prywatnego"),
    (
        "* --server",
        "Jaki serwer prywatny uruchomić, gdy nie ma adresu; także program serwera",
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
    ("* --color", "Kiedy używać kolorów (NO_COLOR je wyłącza)"),
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
        "* --verbose",
        "Podaj na standardowym wyjściu błędów, którego serwera używamy",
    ),
    (
        "* --lessons",
        "Weź lekcje z tego katalogu (KATALOG/en/*.md, KATALOG/pl/*.md)",
    ),
    (
        "* --connect-timeout",
        "Jak długo może trwać łączenie z serwerem i pierwsze odpowiedzi",
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
        "Przejdź do końca bez zatrzymywania się między krokami",
    ),
    ("* --from", "Zacznij od tego kroku"),
    (
        "* --watch",
        "Oglądaj, jak lekcja wykonuje się sama, ze stopem po każdym kroku",
    ),
    (
        "* --plain",
        "Bez podpowiedzi w wierszu i przerysowywania, obrazki słowami: dla czytników ekranu i prostych terminali",
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
    // The shell.
    (
        "repl",
        "Powłoka, która uczy: odpowiedzi jak w redis-cli, podpowiedzi, pomoc i objaśnienia",
    ),
    ("repl -e", "Zakończ kodem 1, gdy serwer odpowie błędem"),
    (
        "repl --output",
        "Postać odpowiedzi (pretty, o ile nie podano opcji z redis-cli)",
    ),
    ("repl --output=pretty", "Jak redis-cli na terminalu"),
    ("repl --output=raw", "Jak `redis-cli --raw`"),
    (
        "repl --output=json",
        "Wiersz poprawnego JSON-a na odpowiedź",
    ),
    ("repl --output=csv", "Jak `redis-cli --csv`"),
    (
        "repl --output=table",
        "Tabele tam, gdzie odpowiedź ma części, z których da się ją złożyć",
    ),
    ("repl --host", "Adres serwera, zamiast --url"),
    ("repl -p", "Port serwera, zamiast --url"),
    ("repl -n", "Numer bazy"),
    (
        "repl -a",
        "Hasło (REDISCLI_AUTH nie pokazuje go na liście procesów)",
    ),
    ("repl --user", "Użytkownik, do którego należy hasło"),
    ("repl -r", "Wykonaj polecenie tyle razy; -1: bez końca"),
    ("repl -i", "Odczekaj tyle sekund między wykonaniami"),
    (
        "repl -x",
        "Ostatni argument polecenia weź ze standardowego wejścia",
    ),
    (
        "repl --eval",
        "Wykonaj skrypt Lua z pliku: --eval PLIK KLUCZ... , ARG...",
    ),
    ("repl --scan", "Wypisz klucze za pomocą SCAN"),
    ("repl --pattern", "Tylko pasujące klucze"),
    ("repl --count", "SCAN ogląda tyle kluczy naraz"),
    ("repl --csv", "Odpowiedzi jako CSV"),
    ("repl --raw", "Surowe odpowiedzi, także na terminalu"),
    (
        "repl --no-raw",
        "Odpowiedzi jak na terminalu, także w potoku",
    ),
    (
        "repl --resp3",
        "Od początku używaj protokołu RESP3 (--output json i tak to robi)",
    ),
    (
        "repl --resp2",
        "Używaj protokołu RESP2 nawet przy --output json",
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
        "Pokaż lekcje klasie: pełny ekran, notatki, nagranie, strona WWW",
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
    (
        "walkthrough --export",
        "Zapisz lekcje jako jedną stronę, a do folderu (kurs/) jako osobne strony",
    ),
    (
        "walkthrough --no-solutions",
        "Pomiń w zapisanych stronach rozwiązania ćwiczeń",
    ),
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
        "practice verify --confined",
        "Dla odpowiedzi, które napisał ktoś inny: na serwerze wbudowanym z granicami pamięci, wartości i czasu, który nie sięga innych maszyn ani plików",
    ),
    (
        "practice verify <FILE>",
        "Czyjś practice.json albo poprawiona lekcja (.md); bez pliku: twoje postępy wobec lekcji",
    ),
    (
        "practice report",
        "Cała klasa na jednym ekranie: uczniowie i ćwiczenia, podejścia, podpowiedzi, czas",
    ),
    (
        "practice report <FILES>",
        "Pliki practice.json uczniów albo katalogi z nimi; uczeń nazywa się jak plik albo \
         jego katalog",
    ),
    (
        "practice report --csv",
        "Po jednym wierszu na ucznia i ćwiczenie, do arkusza",
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
        "check --strict",
        "Uznaj za błąd to, co poza tym jest uwagą: każde ćwiczenie ma dwie złe odpowiedzi, każda \
         odpowiedź mówi dlaczego, a każdy dalszy wymóg którąś odrzuca",
    ),
    (
        "check --bless",
        "Przepisz oczekiwane odpowiedzi według tego, co mówi serwer",
    ),
    (
        "find",
        "Pokaż, w których krokach kursu jest polecenie lub słowo",
    ),
    ("find <WORDS>", "Polecenie Redisa albo słowa z tekstu"),
    ("help", "Pomoc: do poleceń redis-lab i do poleceń Redisa"),
    (
        "help <TOPIC>",
        "Polecenie redis-lab albo Redisa, @grupa lub słowa",
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
        "Trzymaj dane w tym katalogu; bez niego są tylko w pamięci",
    ),
    (
        "serve --save",
        "Kiedy zapisać migawkę: po tylu sekundach z tyloma zmianami, dowolnie wiele takich \
         par; \"\" to nigdy [domyślnie: \"3600 1 300 100 60 10000\"]",
    ),
    (
        "serve --appendonly",
        "Zapisuj każdą zmianę do pliku AOF, zanim dostanie odpowiedź",
    ),
    (
        "serve --appendfsync",
        "Kiedy plik AOF na pewno jest na dysku [domyślnie: everysec]",
    ),
    (
        "serve --set",
        "Ustaw dowolny inny parametr, jak robi to CONFIG SET",
    ),
    (
        "serve --enable-protected-configs",
        "Pozwól na CONFIG SET dir i dbfilename",
    ),
    ("serve --enable-debug-command", "Pozwól na polecenie DEBUG"),
    (
        "classroom",
        "Klasa w przeglądarce: uczniowie dołączają kodem, a ty widzisz, kto utknął",
    ),
    (
        "classroom <SECTIONS>",
        "Sekcje, których dotyczy; bez żadnej cały kurs",
    ),
    ("classroom --port", "Port dla uczniów; 0 bierze wolny"),
    ("classroom --bind", "Adres, na którym nasłuchiwać uczniów"),
    (
        "classroom --board-port",
        "Port tablicy na tym komputerze; 0 bierze wolny",
    ),
    ("classroom --names", "Jak nazywają się uczniowie"),
    (
        "classroom --names=generated",
        "Dostają wymyślone pseudonimy",
    ),
    ("classroom --names=free", "Jak sami chcą"),
    (
        "classroom --keep",
        "Zachowuj klasę w tym katalogu i prowadź dalej tę, która tam jest",
    ),
    ("classroom --code", "Prowadź dalej klasę o tym kodzie"),
    (
        "classroom --allow-host",
        "Odpowiadaj także na tę nazwę hosta",
    ),
    ("classroom --no-open", "Tylko podaj adres tablicy"),
    (
        "classroom check",
        "Sprawdź, czy uczniowie dosięgną tego komputera i co stoi na drodze",
    ),
    (
        "classroom check --port",
        "Port, na którym klasa będzie; 0 bierze wolny",
    ),
    (
        "classroom check --wait",
        "Ile sekund czekać na urządzenie ucznia [na terminalu domyślnie 120]",
    ),
    ("join", "Dołącz do klasy z tego terminala"),
    ("join <ADDRESS>", "Adres z ekranu nauczyciela"),
    ("join <CODE>", "Kod klasy; bez niego program o niego zapyta"),
    (
        "join --name",
        "Twoja nazwa z innego urządzenia; nowa, jeśli nazwy są dowolne",
    ),
    ("join --practice", "Same ćwiczenia, bez lekcji"),
    ("web", "Kurs w przeglądarce: każda karta ma własny serwer"),
    ("web --port", "Port strony; 0 bierze wolny"),
    ("web --no-open", "Tylko podaj adres strony"),
    (
        "export",
        "Zapisz to, z czego inni skorzystają bez redis-lab",
    ),
    (
        "export web",
        "Kurs w przeglądarce jako pliki dla dowolnego serwera WWW",
    ),
    (
        "export web <DIR>",
        "Katalog, w którym je zapisać; jeśli go nie ma, powstanie",
    ),
    ("completions", "Wypisz podpowiedzi dla powłoki systemowej"),
    ("completions <SHELL>", "Dla jakiej powłoki"),
    (
        "licences",
        "Wypisz licencję programu i licencje wszystkiego, co jest wbudowane",
    ),
    (
        "man",
        "Zapisz strony podręcznika man dla wszystkich poleceń, w obu językach",
    ),
    (
        "man <DIR>",
        "Katalog, w którym je zapisać; jeśli go nie ma, powstanie",
    ),
];
