//! What `redis-lab serve` says of the files it keeps: which and when, what it
//! has read, and why it cannot.

use crate::error::Error;
use catalog::lang::{Lang, Text};
use catalog::text;
use server::{
    FileError, FileFault, Kept, LoadCause, LoadError, ManifestFault, News, Obstacle, SavePoint,
    Sync,
};

/// What was found and what will be kept, one line each.
pub(super) fn what_is_kept(kept: &Kept) -> Vec<Text> {
    let Kept {
        keys,
        file,
        cut_off,
        snapshot,
        ..
    } = kept;
    let mut lines = Vec::new();
    if !file.is_empty() {
        lines.push(text!(
            "keys read from {file}: {keys}",
            "klucze wczytane z {file}: {keys}"
        ));
    }
    if *cut_off > 0 {
        lines.push(text!(
            "the end of the append-only file was incomplete; bytes cut off: {cut_off}",
            "koniec pliku AOF był niepełny: odcięto bajty: {cut_off}",
        ));
    }
    if kept.unread_log {
        lines.push(text!(
            "there is an append-only file, which was not read: add --appendonly yes",
            "jest też plik AOF, którego nie wczytano: dodaj --appendonly yes",
        ));
    }
    if snapshot.is_empty() {
        lines.push(text!(
            "data are in memory only: --dir DIR keeps them",
            "dane są tylko w pamięci: zachowa je --dir KATALOG",
        ));
        return lines;
    }
    if let Some((folder, sync)) = &kept.log {
        let when = on_disk(*sync);
        lines.push(Text::in_each(|lang| {
            let kept = lang.pick("every change is written to", "każda zmiana trafia do");
            format!("{kept} {folder}, {}", when.pick(lang))
        }));
    }
    let points = save_points(&kept.save);
    lines.push(Text::in_each(|lang| {
        let kept = lang.pick("snapshots go to", "migawki trafiają do");
        format!("{kept} {snapshot}: {}", points.pick(lang))
    }));
    lines
}

/// When what was written is safe from a loss of power.
fn on_disk(sync: Sync) -> Text {
    match sync {
        Sync::Always => text!(
            "and is on the disk before it is answered",
            "i jest na dysku, zanim nadejdzie odpowiedź",
        ),
        Sync::EverySecond => text!(
            "and is on the disk within a second",
            "i jest na dysku w ciągu sekundy",
        ),
        Sync::Never => text!(
            "and is on the disk when the system finds time",
            "i jest na dysku, gdy system znajdzie czas",
        ),
    }
}

fn save_points(points: &[SavePoint]) -> Text {
    if points.is_empty() {
        return text!(
            "only when SAVE or BGSAVE asks",
            "tylko na polecenie SAVE albo BGSAVE"
        );
    }
    let list: Vec<Text> = points
        .iter()
        .map(|SavePoint { seconds, changes }| {
            text!(
                "after {seconds} s with changes: {changes}",
                "po {seconds} s, gdy zmian jest {changes}",
            )
        })
        .collect();
    Text::in_each(|lang| {
        let list: Vec<&str> = list.iter().map(|point| point.pick(lang)).collect();
        let end = lang.pick("and when it stops", "i przy zatrzymaniu");
        format!("{}, {end}", list.join(", "))
    })
}

/// Why an address that others can reach is refused.
pub(super) fn needs_password() -> Text {
    text!(
        "an address that others can reach needs a password",
        "adres dostępny dla innych wymaga hasła"
    )
}

/// Why the files that are there cannot be used, and what to do about it.
pub(super) fn cannot_load(error: &LoadError) -> Error {
    let file = &error.file;
    let what = match &error.cause {
        LoadCause::Directory(error) => Error::server(text!(
            "cannot keep data there",
            "nie można trzymać tam danych"
        ))
        .because(error)
        .into_message(),
        LoadCause::Io(error) => Error::server(text!("cannot be read", "nie da się wczytać"))
            .because(error)
            .into_message(),
        LoadCause::Users(why) => text!(
            "the users cannot be taken from it: {why}",
            "nie da się wczytać z niego użytkowników: {why}",
        ),
        LoadCause::OpenToAll => needs_password(),
        LoadCause::Missing => text!(
            "the manifest names this file, but it is not there",
            "manifest wymienia ten plik, ale go nie ma",
        ),
        LoadCause::Manifest(line, fault) => manifest(*line, fault),
        LoadCause::CutOff(at) => text!(
            "the file ends within a command, after byte {at}",
            "plik kończy się w środku polecenia, za bajtem {at}",
        ),
        LoadCause::Contents(error) => contents(error),
        LoadCause::Stopped => text!(
            "the server was stopped while it was reading this file",
            "serwer zatrzymano, zanim wczytał ten plik",
        ),
    };
    Error::server(what).about(file).hint(advice(&error.cause))
}

fn manifest(line: usize, fault: &ManifestFault) -> Text {
    let what = match fault {
        ManifestFault::Empty => {
            return text!("the manifest is empty", "manifest jest pusty");
        }
        ManifestFault::Endless => text!(
            "it is too long, or its end is missing",
            "jest za długi albo brakuje jego końca",
        ),
        ManifestFault::Form => text!(
            "it is not of the form \"file NAME seq NUMBER type b|h|i\"",
            "nie ma postaci „file NAZWA seq NUMER type b|h|i”",
        ),
        ManifestFault::Type(kind) => text!(
            "there is no type \"{kind}\" of file",
            "nie ma plików typu „{kind}”",
        ),
        ManifestFault::SecondBase => text!(
            "there is a base already",
            "plik podstawowy podano już wcześniej",
        ),
        ManifestFault::Order => text!(
            "its number is not greater than the one before",
            "jego numer nie jest większy od poprzedniego",
        ),
    };
    Text::in_each(|lang| {
        let line = match lang {
            Lang::En => format!("line {line} of the manifest is wrong"),
            Lang::Pl => format!("zły wiersz {line} manifestu"),
        };
        format!("{line}: {}", what.pick(lang))
    })
}

/// What a running server has to tell; nothing where the addresses have
/// changed, which are shown instead.
pub(super) fn told(news: &News) -> Option<Text> {
    Some(match news {
        News::NotStopped(obstacle) => {
            let why = not_stopped(obstacle);
            Text::in_each(|lang| {
                let why = why.pick(lang);
                match lang {
                    Lang::En => {
                        format!("not stopped: {why}; once more Ctrl-C stops it all the same")
                    }
                    Lang::Pl => format!(
                        "serwer działa dalej: {why}; jeszcze jedno Ctrl-C zatrzyma go mimo to"
                    ),
                }
            })
        }
        News::NotSaved(fault) => with(
            text!("the snapshot was not written", "nie zapisano migawki"),
            fault,
        ),
        News::NotRewritten(fault) => with(
            text!(
                "the append-only file was not rewritten",
                "nie przepisano pliku AOF",
            ),
            fault,
        ),
        News::RewriteWaits { minutes } => text!(
            "rewriting the append-only file has failed too often: the next try is in {minutes} min",
            "przepisywanie pliku AOF zbyt często się nie udawało: następna próba za {minutes} min",
        ),
        News::SnapshotGivenUp => text!(
            "the snapshot being written was given up",
            "porzucono zapisywaną właśnie migawkę",
        ),
        News::RewriteGivenUp => text!(
            "the rewrite of the append-only file was given up",
            "porzucono przepisywanie pliku AOF",
        ),
        News::BeginsLater => text!(
            "the append-only file will be begun when what runs now is over",
            "plik AOF powstanie, gdy tylko skończy się to, co trwa teraz",
        ),
        News::NotBegun => text!(
            "the append-only file is not begun yet: what was collected for it is removed",
            "plik AOF jeszcze nie powstał: usunięto to, co dla niego zebrano",
        ),
        News::SlowScript { after } => text!(
            "a script has been running for {after} ms; SCRIPT KILL or FUNCTION KILL ends it, \
             unless it has written",
            "skrypt działa już {after} ms; zakończy go SCRIPT KILL albo FUNCTION KILL, \
             jeśli niczego nie zapisał",
        ),
        News::TooManyCodes { codes } => {
            let codes = codes.join(", ");
            text!(
                "errors are no longer counted by code (INFO errorstats) until CONFIG RESETSTAT: \
                 there are too many codes, which a script may make up: {codes}",
                "błędy nie są już liczone według kodów (INFO errorstats) aż do CONFIG RESETSTAT: \
                 kodów jest za dużo, a wymyślać je może skrypt: {codes}",
            )
        }
        News::Remark { text } => text!("DEBUG LOG: {text}", "DEBUG LOG: {text}"),
        News::Failed(fault) => with(
            text!(
                "stopped, so as not to promise what is not kept",
                "zatrzymano, by nie obiecywać tego, co nie jest zapisane",
            ),
            fault,
        ),
        News::NotAdjusted(fault) => with(
            text!(
                "oom-score-adj stays as it was",
                "oom-score-adj pozostaje bez zmian",
            ),
            fault,
        ),
        News::Moved => return None,
    })
}

/// What came of it that a file could not be written, and which.
fn with(what: Text, fault: &FileFault) -> Text {
    let why = cannot_write(fault);
    Text::in_each(|lang| format!("{}: {}", what.pick(lang), why.pick(lang)))
}

fn cannot_write(FileFault { file, error }: &FileFault) -> Text {
    if file.is_empty() {
        return text!("{error}", "{error}");
    }
    text!(
        "cannot write {file}: {error}",
        "nie można zapisać {file}: {error}",
    )
}

fn not_stopped(obstacle: &Obstacle) -> Text {
    match obstacle {
        Obstacle::File(fault) => cannot_write(fault),
        Obstacle::LogBegins => text!(
            "the append-only file is being begun",
            "plik AOF dopiero powstaje",
        ),
        Obstacle::Aborted => text!("SHUTDOWN ABORT", "SHUTDOWN ABORT"),
    }
}

fn contents(error: &FileError) -> Text {
    match error {
        FileError::Empty => text!("the file is empty", "plik jest pusty"),
        FileError::Foreign => text!(
            "this is no snapshot and no append-only file of Redis",
            "to nie jest migawka ani plik AOF Redisa",
        ),
        FileError::Newer(version) => text!(
            "a newer server wrote it (RDB version {version})",
            "zapisał go nowszy serwer (wersja RDB {version})",
        ),
        FileError::Module(name) => text!(
            "it holds data of a module ({name}), and this server has no modules",
            "są w nim dane modułu ({name}), a ten serwer nie ma modułów",
        ),
        FileError::Type(kind) => text!(
            "it is damaged, or holds values of the unknown type {kind}",
            "jest uszkodzony albo ma wartości nieznanego typu {kind}",
        ),
        FileError::Damaged(at) => text!(
            "it is damaged or cut off near byte {at}",
            "jest uszkodzony albo ucięty w okolicy bajtu {at}",
        ),
        FileError::Checksum => text!(
            "it is damaged: its checksum is wrong",
            "jest uszkodzony: zła suma kontrolna",
        ),
        FileError::Database(number) => text!(
            "it has a database {number}: add --set databases=N with a greater N",
            "jest w nim baza {number}: dodaj --set databases=N z większym N",
        ),
        FileError::Library(why) => text!(
            "a library of functions in it cannot be loaded: {why}",
            "nie da się wczytać zapisanej w nim biblioteki funkcji: {why}",
        ),
        FileError::Command(name, why) => text!(
            "the command {name} in it fails: {why}",
            "zapisane w nim polecenie {name} kończy się błędem: {why}",
        ),
    }
}

fn advice(cause: &LoadCause) -> Text {
    match cause {
        LoadCause::Directory(_) => text!(
            "make the directory first, or name another with --dir",
            "najpierw utwórz katalog albo podaj inny w --dir",
        ),
        LoadCause::Users(_) => text!(
            "mend its lines, or begin with an empty file: ACL SAVE fills it",
            "popraw jego wiersze albo zacznij od pustego pliku: wypełni go ACL SAVE",
        ),
        LoadCause::OpenToAll => text!(
            "give the default user a password in this file, or turn it off: user default off",
            "daj w tym pliku hasło użytkownikowi default albo wyłącz go: user default off",
        ),
        LoadCause::CutOff(_) => text!(
            "make a copy of the directory; then redis-check-aof --fix, or --set \
             aof-load-truncated=yes, cuts the end off",
            "zrób kopię katalogu; koniec odetnie wtedy redis-check-aof --fix albo --set \
             aof-load-truncated=yes",
        ),
        LoadCause::Stopped => text!(
            "nothing was changed; start the server again",
            "niczego nie zmieniono; uruchom serwer ponownie",
        ),
        LoadCause::Missing | LoadCause::Manifest(..) => text!(
            "nothing was changed; bring back the file, or begin anew in an empty directory",
            "niczego nie zmieniono; przywróć plik albo zacznij od nowa w pustym katalogu",
        ),
        _ => text!(
            "nothing was changed; move the file away, or name another directory with --dir",
            "niczego nie zmieniono; przenieś plik gdzie indziej albo podaj inny katalog w --dir",
        ),
    }
}
