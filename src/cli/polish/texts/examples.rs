//! What stands below a help: examples, exit codes.

/// What stands below the help of one or more commands.
pub(super) const AFTER: &[(&str, &str)] = &[
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
serwer za stary albo utracone połączenie; 130 przerwano.

Program nie jest związany z firmą Redis Ltd. ani z projektem Valkey.",
    ),
    (
        "SECTION",
        "Przykłady:
  redis-lab lists                 pisz razem z lekcją: Enter wykonuje jej polecenie
  redis-lab lists --from 5        to samo od kroku 5
  redis-lab lists --watch         oglądaj: Enter dalej, q wyjście
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
  redis-lab repl SET greeting hello             jedno polecenie
  redis-lab repl < commands.txt                 każdy wiersz, odpowiedzi jak w redis-cli na terminalu
  echo 'HGETALL user:1' | redis-lab repl --output json
  redis-lab repl -p 6379 -n 1 -r 3 -i 0.5 INCR n   z opcjami redis-cli

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
  redis-lab walkthrough --export html kurs/     osobna strona dla każdej sekcji
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
  redis-lab practice verify --confined ala.json
                                        ... których nikt nie przejrzał
  redis-lab practice report klasa/*     cała klasa: uczniowie i ćwiczenia
  redis-lab practice report --csv klasa/* > klasa.csv

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
  redis-lab check --strict lessons     wymagaj tego, czego wymaga nasz kurs
  redis-lab check --bless lessons/en/lists.md   przepisz oczekiwane odpowiedzi",
    ),
    (
        "find",
        "Przykłady:
  redis-lab find XACK
  redis-lab find XGROUP CREATE
  redis-lab find transakcja",
    ),
    (
        "help",
        "Przykłady:
  redis-lab help                       wszystkie polecenia redis-lab
  redis-lab help repl                  jedno z nich, jak redis-lab repl --help
  redis-lab help XACK                  polecenie Redisa i gdzie jest w kursie
  redis-lab help @stream               grupa poleceń
  redis-lab help expire                wszystko o danym słowie",
    ),
    (
        "doctor",
        "Przykłady:\n  redis-lab doctor\n  redis-lab doctor --url redis://localhost:6379",
    ),
    (
        "classroom",
        "Przykłady:
  redis-lab classroom                      cały kurs, dla tej sieci
  redis-lab classroom lists sets           dwie sekcje
  redis-lab classroom --keep wtorek        zachowana w katalogu wtorek: po awarii,
                                           albo w środę, to samo polecenie
                                           prowadzi dalej tę samą klasę
  redis-lab classroom --names free         uczniowie sami wybierają nazwy
  redis-lab classroom --url redis://...    stan klasy na twoim Redisie
  redis-lab classroom --url redis://... --code ruda-sowa-42
                                           kolejny hub klasy, która już tam jest

Uczniowie otwierają pokazany adres i wpisują kod klasy. Tablica jest tylko dla
ciebie: otwiera się w twojej przeglądarce, na tym komputerze.

Klasa rozmawia przez zwykłe http: każdy w tej samej sieci może podglądać.
O nic osobistego nie pytamy; powiedz uczniom, by i nazwy takie nie były.",
    ),
    (
        "web",
        "Przykłady:
  redis-lab web                    udostępnij stronę i otwórz przeglądarkę
  redis-lab web --no-open          tylko podaj adres
  redis-lab web --port 0           na wolnym porcie

Przeglądarka pamięta postępy dla tego adresu: na innym porcie zaczyna od nowa.
Strona umie zapisać je jako plik i dodać plik.",
    ),
    (
        "classroom check",
        "Przykłady:
  redis-lab classroom check                przed lekcją: czy da się z nim połączyć?
  redis-lab classroom check --wait 0       bez czekania na urządzenie

Próbuje każdego adresu tego komputera, szuka zapór i czeka na telefon albo
urządzenie ucznia. Jeśli klasa już działa, sprawdza ją taką, jaka jest.

Kody wyjścia: 0 klasa może dołączać, o ile wiadomo; 1 coś stoi na drodze.",
    ),
    (
        "join",
        "Przykłady:
  redis-lab join http://192.168.1.7:8380/
  redis-lab join http://192.168.1.7:8380/ niebieska-wydra-42
  redis-lab join http://192.168.1.7:8380/ --name cichy-lis    twoje miejsce na innym
                                   urządzeniu; program zapyta o PIN
  redis-lab join http://192.168.1.7:8380/ --practice          same ćwiczenia

Wszystko działa na tym komputerze; nauczyciel wie, co rozwiązujesz, piszesz
i o co prosisz. Miejsce jest zachowane w katalogu stanu
(~/.local/state/redis-lab w Linuksie albo $REDIS_LAB_STATE_DIR): to samo
polecenie znów do niego prowadzi.

Kody wyjścia: 0 w porządku; 2 złe wywołanie albo odmowa; 3 błąd w pliku lekcji;
4 nie ma połączenia z klasą; 130 przerwano.",
    ),
    (
        "export web",
        "Przykłady:
  redis-lab export web public      katalog dla dowolnego serwera WWW",
    ),
    (
        "serve",
        "Przykłady:
  redis-lab serve                          na 127.0.0.1:6380, aż do Ctrl-C
  redis-lab serve --port 0                 na wolnym porcie, który wypisze
  redis-lab serve --unixsocket /tmp/r.sock --port 0
  redis-lab serve --bind 0.0.0.0 --requirepass s3cret
  redis-lab serve --dir ./data             trzyma tam dane (dump.rdb)
  redis-lab serve --dir ./data --appendonly yes --appendfsync always
  redis-lab serve --set aclfile=users.acl  użytkownicy z pliku, który zapisuje ACL SAVE",
    ),
    (
        "completions",
        "Przykłady:
  redis-lab completions bash > ~/.local/share/bash-completion/completions/redis-lab
  redis-lab completions zsh > ~/.zfunc/_redis-lab
  redis-lab completions fish > ~/.config/fish/completions/redis-lab.fish
  redis-lab completions nushell | save redis-lab.nu",
    ),
    (
        "licences",
        "Przykłady:
  redis-lab licences | less
  redis-lab licences | grep '^tokio'",
    ),
    (
        "man",
        "Przykłady:
  redis-lab man ~/.local/share/man
  man -L pl redis-lab-lists

Strony po angielsku trafiają do KATALOG/man1, po polsku do KATALOG/pl/man1.",
    ),
];
