//! The same of the thumbnail job.

/// What its commands, arguments and values are.
pub(super) const TEXTS: &[(&str, &str)] = &[
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
        "thumbnail serve --max-uploads",
        "Ile przesyłań może trwać naraz; pozostałe czekają na swoją kolej",
    ),
    (
        "thumbnail serve --quota",
        "Odmawiaj przyjęcia plików, gdy katalog media ma tyle MB",
    ),
    (
        "thumbnail serve --keep",
        "Jak długo trzymać pliki ukończonych zadań",
    ),
    (
        "thumbnail serve --allow-host",
        "Odpowiadaj też pod tą nazwą hosta (za proxy); kilka razy, jeśli nazw jest więcej",
    ),
    (
        "thumbnail serve --password-file",
        "Pytaj odwiedzających o hasło z tego pliku (HTTP Basic, dowolna nazwa użytkownika)",
    ),
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
    ("thumbnail worker --quiet", "Wypisuj tylko błędy i gotowość"),
    (
        "thumbnail worker --metrics",
        "Udostępniaj metryki dla Prometheusa pod tym adresem, np. 127.0.0.1:9100",
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
        "thumbnail schedule add",
        "Dodaj harmonogram, trzymany w Redisie: NAZWA ZADANIE every 10s albo NAZWA ZADANIE cron \"5 15 * * *\"",
    ),
    ("thumbnail schedule add <SPEC>", "Nazwa, zadanie i kiedy"),
    (
        "thumbnail schedule add --args",
        "Argumenty zadania jako JSON",
    ),
    ("thumbnail schedule remove", "Usuń dodany harmonogram"),
    ("thumbnail schedule remove <NAME>", "Jego nazwa"),
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
];
