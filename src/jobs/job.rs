//! A job as data: what to do, and how far it has come.

use super::keys::Lane;
use catalog::lang::Lang;
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits in a stream, or for its time.
    Queued,
    /// A worker has it.
    Started,
    /// It failed and will be tried again.
    Retry,
    /// It is done; there is a result.
    Success,
    /// It failed for good; it lies with the dead letters.
    Failure,
    /// It was cancelled.
    Revoked,
}

impl State {
    /// Every state.
    pub const ALL: [State; 6] = [
        State::Queued,
        State::Started,
        State::Retry,
        State::Success,
        State::Failure,
        State::Revoked,
    ];

    /// The name kept in Redis.
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "QUEUED",
            State::Started => "STARTED",
            State::Retry => "RETRY",
            State::Success => "SUCCESS",
            State::Failure => "FAILURE",
            State::Revoked => "REVOKED",
        }
    }

    /// The name Celery's views show: a waiting job is `PENDING` there.
    pub fn celery_name(self) -> &'static str {
        match self {
            State::Queued => "PENDING",
            other => other.name(),
        }
    }

    /// The state of a stored name.
    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more will happen to the job.
    pub fn is_final(self) -> bool {
        matches!(self, State::Success | State::Failure | State::Revoked)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A new job ID: a random UUID (version 4), as Celery's task IDs are.
pub fn new_id() -> String {
    let mut bytes = [0_u8; 16];
    rand::rng().fill_bytes(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut id = String::with_capacity(36);
    for (i, byte) in bytes.into_iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        id.push(HEX[usize::from(byte >> 4)] as char);
        id.push(HEX[usize::from(byte & 15)] as char);
    }
    id
}

/// Whether `text` can be a job ID at all: ours, or another client's of the
/// same shape. Nothing else is ever put into a key or a path.
pub fn is_id(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A job to enqueue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Chosen by the sender, so that sending twice adds it once.
    pub id: String,
    /// What to do: the name of a task.
    pub task: String,
    /// The task's arguments as JSON.
    pub args: String,
    /// Its priority.
    pub lane: Lane,
    /// How long it waits before it may start.
    pub delay: Duration,
    /// Two jobs with the same key within 24 h are the same job, unless the
    /// first one was dropped.
    pub idempotency_key: Option<String>,
    /// The key of its file in Redis, which lives as long as the job does.
    pub blob: Option<String>,
}

impl NewJob {
    /// A job for now, in the default lane.
    pub fn new(task: impl Into<String>, args: impl Into<String>) -> NewJob {
        NewJob {
            id: new_id(),
            task: task.into(),
            args: args.into(),
            lane: Lane::Default,
            delay: Duration::ZERO,
            idempotency_key: None,
            blob: None,
        }
    }
}

/// Everything known about a job, from its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its ID.
    pub id: String,
    /// Its task.
    pub task: String,
    /// The task's arguments as JSON.
    pub args: String,
    /// How far it has come.
    pub state: State,
    /// Its priority.
    pub lane: Lane,
    /// How often it was started.
    pub attempts: u32,
    /// The worker that has or had it.
    pub worker: Option<String>,
    /// The result as JSON.
    pub result: Option<String>,
    /// What went wrong last.
    pub error: Option<String>,
    /// The kind of what went wrong, one word.
    pub error_type: Option<String>,
    /// How far it has come: steps done, and all.
    pub progress: Option<(u32, u32)>,
    /// When it was enqueued, ms since 1970.
    pub created: i64,
    /// When it was last started, ms since 1970.
    pub started: Option<i64>,
    /// When it ended, ms since 1970.
    pub finished: Option<i64>,
}

impl Job {
    /// Reads a job's hash; `None` when there is no such job.
    pub fn from_fields(id: &str, mut fields: HashMap<String, String>) -> Option<Job> {
        let state = State::from_name(fields.get("state")?)?;
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        Some(Job {
            id: id.to_owned(),
            state,
            task: fields.remove("task").unwrap_or_default(),
            args: fields.remove("args").unwrap_or_default(),
            lane: Lane::from_name(fields.get("lane").map_or("", String::as_str)),
            attempts: number(fields.remove("attempts")).unwrap_or(0) as u32,
            worker: fields.remove("worker"),
            result: fields.remove("result"),
            error: fields.remove("error"),
            error_type: fields.remove("error_type"),
            progress: fields.get("progress").and_then(|text| steps(text)),
            created: number(fields.remove("created")).unwrap_or(0),
            started: number(fields.remove("started")),
            finished: number(fields.remove("finished")),
        })
    }

    /// What went wrong last, for a person. The worker wrote its words in
    /// English; in Polish the kind of error says it.
    pub fn error_text(&self, lang: Lang) -> Option<&str> {
        let text = self.error.as_deref()?;
        let kind = self.error_type.as_deref().unwrap_or_default();
        Some(in_language(kind, text, lang))
    }

    /// The result of a thumbnail job, when it has one.
    pub fn thumbnails(&self) -> Option<ThumbnailResult> {
        serde_json::from_str(self.result.as_deref()?).ok()
    }

    /// The arguments of a thumbnail job, when it is one.
    pub fn thumbnail_args(&self) -> Option<ThumbnailArgs> {
        serde_json::from_str(&self.args).ok()
    }

    /// What the lab's view answers for a task:
    /// `{"task_id","task_status","results":{"archive_path"}}`.
    pub fn view(&self, archive_path: Option<&str>) -> serde_json::Value {
        let mut view = serde_json::json!({
            "task_id": self.id,
            "task_status": self.state.celery_name(),
        });
        if let (State::Success, Some(path)) = (self.state, archive_path) {
            view["results"] = serde_json::json!({ "archive_path": path });
        }
        if let (State::Started, Some((done, all))) = (self.state, self.progress) {
            view["progress"] = serde_json::json!({ "done": done, "total": all });
        }
        if let (State::Failure | State::Retry | State::Revoked, Some(error)) =
            (self.state, &self.error)
        {
            view["error"] = error.clone().into();
        }
        view
    }
}

/// `2/5` as numbers, of which the first is not larger.
fn steps(text: &str) -> Option<(u32, u32)> {
    let (done, all) = text.split_once('/')?;
    let (done, all) = (done.parse().ok()?, all.parse().ok()?);
    (done <= all).then_some((done, all))
}

/// What went wrong, in this language: the English text as it was noted, or in
/// Polish what the kind of error says.
pub(super) fn in_language<'a>(kind: &str, text: &'a str, lang: Lang) -> &'a str {
    lang.pick(text, in_polish(kind).unwrap_or(text))
}

/// A kind of error in Polish, for those that a visitor can meet.
fn in_polish(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "EmptyFile" => "plik jest pusty",
        "UnknownFormat" => "to nie jest obraz w żadnym ze znanych formatów",
        "FileTooLarge" => "plik jest za duży",
        "PictureTooLarge" => "obraz ma za dużo pikseli",
        "MemoryLimit" => "obraz wymaga za dużo pamięci",
        "BadSize" => "nieprawidłowy rozmiar miniatury",
        "TruncatedImage" => "plik jest ucięty: kończy się, zanim skończy się obraz",
        "CorruptImage" => "plik jest uszkodzony",
        "DecoderFailed" => "dekoder załamał się na tym obrazie: to błąd dekodera",
        "UnsupportedImage" => "obrazów tego rodzaju nie da się tu odczytać",
        "TimeLimitExceeded" => "praca nad obrazem trwała za długo",
        "Cancelled" => "anulowane",
        "EncodingFailed" => "nie udało się zakodować miniatury",
        "DiskFull" => "dysk jest pełny; żaden plik nie został zapisany w połowie",
        "WriteFailed" => "nie udało się zapisać pliku",
        "RedisError" => "Redis był niedostępny albo odmówił",
        "FileMissing" => "pliku nie ma (już) w magazynie",
        "NoDirectory" => "obraz leży we wspólnym katalogu, a worker nie ma --store KATALOG",
        "BadName" => "nazwa pliku w zadaniu nie jest zwykłą nazwą",
        "PoisonJob" => "dostarczane raz po raz i nigdy nieskończone: chyba zabija workery",
        "InternalError" => "program zawiódł w nieprzewidziany sposób",
        "UnknownTask" => "worker nie zna takiego zadania",
        "BadArguments" => "zadanie ma nieprawidłowe argumenty",
        "BadResult" => "wyniku zadania nie da się zapisać",
        _ => return None,
    })
}

/// The arguments of the task `make_thumbnails`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThumbnailArgs {
    /// Where the image is: `dir` or `redis`.
    pub store: String,
    /// The image's name in the store (already made safe).
    pub file: String,
    /// The boxes to fit into, `WxH`.
    pub sizes: Vec<String>,
}

/// What `make_thumbnails` made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThumbnailResult {
    /// Where the files are: `dir` or `redis`.
    pub store: String,
    /// The original's name.
    pub original: String,
    /// The zip's name.
    pub archive: String,
    /// The thumbnails.
    pub thumbnails: Vec<MadeThumbnail>,
}

/// One thumbnail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeThumbnail {
    /// Its file's name.
    pub name: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_4_uuids_and_differ() {
        let (a, b) = (new_id(), new_id());
        assert_ne!(a, b);
        assert_eq!(a.len(), 36);
        assert_eq!(&a[14..15], "4");
        assert!(matches!(&a[19..20], "8" | "9" | "a" | "b"));
        assert!(is_id(&a));
    }

    #[test]
    fn what_is_no_id_never_reaches_a_key_or_a_path() {
        for text in [
            "",
            "../../etc",
            "a b",
            "short",
            "x\0yyyyyyyy",
            &"a".repeat(65),
        ] {
            assert!(!is_id(text), "{text:?}");
        }
    }

    #[test]
    fn an_error_is_told_in_both_languages() {
        let job = |kind: &str| {
            let fields = [
                ("state", "FAILURE"),
                ("error", "too bad"),
                ("error_type", kind),
            ];
            let fields = fields.map(|(field, value)| (field.to_owned(), value.to_owned()));
            Job::from_fields("abc", HashMap::from(fields)).unwrap()
        };
        let full = job("DiskFull");
        assert_eq!(full.error_text(Lang::En), Some("too bad"));
        assert!(
            full.error_text(Lang::Pl)
                .unwrap()
                .starts_with("dysk jest pełny")
        );
        assert_eq!(job("Other").error_text(Lang::Pl), Some("too bad"));
    }

    #[test]
    fn a_hash_without_a_state_is_no_job() {
        assert_eq!(Job::from_fields("x", HashMap::new()), None);
    }

    #[test]
    fn the_view_has_celerys_names() {
        let fields = |state: &str| {
            HashMap::from([
                ("state".to_owned(), state.to_owned()),
                ("error".to_owned(), "broken".to_owned()),
            ])
        };
        let job = Job::from_fields("abc", fields("QUEUED")).unwrap();
        assert_eq!(
            job.view(Some("/z.zip")).to_string(),
            r#"{"task_id":"abc","task_status":"PENDING"}"#
        );
        let job = Job::from_fields("abc", fields("SUCCESS")).unwrap();
        assert_eq!(
            job.view(Some("/z.zip")).to_string(),
            r#"{"task_id":"abc","task_status":"SUCCESS","results":{"archive_path":"/z.zip"}}"#
        );
        let job = Job::from_fields("abc", fields("FAILURE")).unwrap();
        assert_eq!(
            job.view(None).to_string(),
            r#"{"task_id":"abc","task_status":"FAILURE","error":"broken"}"#
        );
    }
}
