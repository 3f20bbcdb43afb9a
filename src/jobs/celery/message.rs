//! What travels: a task's envelope (message protocol 2) and its result.

use super::QUEUE;
use crate::error::Result;
use crate::jobs::job::new_id;
use crate::jobs::tasks::{MAKE_THUMBNAILS, TaskError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::{GzDecoder, ZlibDecoder};
use serde_json::{Value, json};
use std::io::{self, Read};
use thumbnailer::Size;

/// A task as a Celery app sends it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) task: String,
    args: Vec<Value>,
    kwargs: Value,
    pub(super) ignore_result: bool,
    pub(super) expires: Option<jiff::Timestamp>,
    pub(super) eta: Option<jiff::Timestamp>,
}

/// A message that is no task which can be run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unreadable {
    /// What is wrong with it.
    pub(super) error: TaskError,
    /// The ID under which somebody may wait for its result.
    pub(super) id: Option<String>,
}

impl Message {
    /// Reads an envelope.
    pub(super) fn parse(bytes: &[u8]) -> Result<Message, Unreadable> {
        let nobodys = |text: String| Unreadable {
            error: unreadable(text),
            id: None,
        };
        let envelope: Value =
            serde_json::from_slice(bytes).map_err(|e| nobodys(format!("not JSON: {e}")))?;
        let headers = &envelope["headers"];
        let id = headers["id"]
            .as_str()
            .ok_or_else(|| nobodys("no id in the headers (protocol 2 is needed)".to_owned()))?;
        if id.is_empty() || id.len() > 200 {
            return Err(nobodys("the id is empty or too long".to_owned()));
        }
        let ignore_result = headers["ignore_result"].as_bool().unwrap_or(false);
        let read = || {
            let task = headers["task"].as_str();
            let task = task.ok_or_else(|| unreadable("no task in the headers"))?;
            let body = body(&envelope)?;
            let args = body[0].as_array();
            let args = args.ok_or_else(|| unreadable("the body is not [args, kwargs, embed]"))?;
            Ok(Message {
                id: id.to_owned(),
                task: task.to_owned(),
                args: args.clone(),
                kwargs: body[1].clone(),
                ignore_result,
                expires: time_of(&headers["expires"]),
                eta: time_of(&headers["eta"]),
            })
        };
        read().map_err(|error| Unreadable {
            error,
            id: (!ignore_result).then(|| id.to_owned()),
        })
    }

    /// The image's path and the sizes, as the lab's task takes them:
    /// `make_thumbnails(file_path, thumbnails=[(128, 128)])`.
    pub(super) fn thumbnail_arguments(&self) -> Result<(String, Vec<Size>), TaskError> {
        // Celery names a task by its module, `app.tasks.make_thumbnails`.
        if self.task.rsplit('.').next() != Some(MAKE_THUMBNAILS) {
            let name = self.task.escape_debug();
            return Err(TaskError::permanent("NotRegistered", format!("'{name}'")));
        }
        let bad = |text: &str| TaskError::permanent("TypeError", text);
        let path = self.args.first().unwrap_or(&self.kwargs["file_path"]);
        let path = path
            .as_str()
            .ok_or_else(|| bad("file_path must be a string"))?;
        let sizes = self.args.get(1).unwrap_or(&self.kwargs["thumbnails"]);
        let side = |value: &Value| u32::try_from(value.as_u64()?).ok();
        let size = |value: &Value| match value {
            Value::String(text) => text.parse().ok(),
            pair => Size::new(side(&pair[0])?, side(&pair[1])?),
        };
        let sizes = match sizes {
            Value::Null => vec![Size::LAB],
            Value::Array(list) => list
                .iter()
                .map(size)
                .collect::<Option<_>>()
                .ok_or_else(|| bad("thumbnails must be a list of (width, height)"))?,
            _ => return Err(bad("thumbnails must be a list of (width, height)")),
        };
        Ok((path.to_owned(), sizes))
    }
}

/// The longest body that a compressed one may become, in bytes: a path and sizes
/// take a few hundred.
const MAX_BODY: u64 = 16 << 20;

/// The error under the name that kombu has for it.
fn unreadable(text: impl Into<String>) -> TaskError {
    TaskError::permanent("DecodeError", text)
}

/// What an envelope holds.
fn body(envelope: &Value) -> Result<Value, TaskError> {
    let named = |value: &Value| value.as_str().unwrap_or("none").escape_debug().to_string();
    let content_type = &envelope["content-type"];
    if content_type != "application/json" {
        return Err(TaskError::permanent(
            "ContentDisallowed",
            format!(
                "content type {}; only application/json is read",
                named(content_type)
            ),
        ));
    }
    let wrong = |error: &dyn std::fmt::Display| unreadable(format!("body: {error}"));
    let body = envelope["body"].as_str();
    let body = body.ok_or_else(|| unreadable("no body"))?;
    let body = match envelope["properties"]["body_encoding"].as_str() {
        Some("base64") => BASE64.decode(body).map_err(|error| wrong(&error))?,
        _ => body.as_bytes().to_vec(),
    };
    let body = match &envelope["headers"]["compression"] {
        Value::Null => body,
        Value::String(name) if matches!(&**name, "application/x-gzip" | "gzip" | "zlib") => {
            decompressed(&body).map_err(|error| wrong(&error))?
        }
        other => {
            let text = format!("compression {}; only gzip and zlib are read", named(other));
            return Err(unreadable(text));
        }
    };
    serde_json::from_slice(&body).map_err(|error| wrong(&error))
}

/// What was compressed. What kombu calls gzip is zlib's format (RFC 1950);
/// others may mean gzip's own (RFC 1952) by it, which begins in its own way.
fn decompressed(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    let reader: &mut dyn Read = match body {
        [0x1F, 0x8B, ..] => &mut GzDecoder::new(body),
        _ => &mut ZlibDecoder::new(body),
    };
    reader.take(MAX_BODY + 1).read_to_end(&mut whole)?;
    if whole.len() as u64 > MAX_BODY {
        let text = format!("more than {} MiB when decompressed", MAX_BODY >> 20);
        return Err(io::Error::other(text));
    }
    Ok(whole)
}

/// A moment as Python's `isoformat` writes it; without an offset it is UTC.
fn time_of(value: &Value) -> Option<jiff::Timestamp> {
    let text = value.as_str()?;
    let utc = || {
        let plain: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(plain).ok()
    };
    text.parse().ok().or_else(utc)
}

/// How a task ended.
pub(super) enum Outcome {
    Succeeded(Value),
    Failed(TaskError),
    /// Its time was over before it was started.
    Expired,
}

/// What a result key holds.
pub(super) fn result_json(id: &str, outcome: &Outcome) -> Value {
    let (status, result, traceback) = match outcome {
        Outcome::Succeeded(result) => ("SUCCESS", result.clone(), Value::Null),
        Outcome::Failed(error) => (
            "FAILURE",
            // Without a module Celery's client makes an exception of this name.
            json!({ "exc_type": error.kind, "exc_message": [error.text], "exc_module": null }),
            Value::from(format!("{}: {}", error.kind, error.text)),
        ),
        Outcome::Expired => (
            "REVOKED",
            json!({
                "exc_type": "TaskRevokedError", "exc_message": ["expired"],
                "exc_module": "celery.exceptions",
            }),
            Value::Null,
        ),
    };
    json!({
        "status": status,
        "result": result,
        "traceback": traceback,
        "children": [],
        "date_done": jiff::Timestamp::now().to_string(),
        "task_id": id,
    })
}

/// A task as kombu writes it, message protocol 2.
pub(super) fn envelope(
    id: &str,
    task: &str,
    path: &str,
    sizes: &[Size],
    eta: Option<jiff::Timestamp>,
) -> Value {
    // As Python's `isoformat` writes it.
    let eta = eta.map(|eta| eta.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string());
    let sizes: Vec<[u32; 2]> = sizes.iter().map(|s| [s.width(), s.height()]).collect();
    let body = json!([
        [path],
        { "thumbnails": sizes },
        { "callbacks": null, "errbacks": null, "chain": null, "chord": null },
    ]);
    json!({
        "body": BASE64.encode(body.to_string()),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": task,
            "id": id,
            "shadow": null,
            "eta": eta,
            "expires": null,
            "group": null,
            "group_index": null,
            "retries": 0,
            "timelimit": [null, null],
            "root_id": id,
            "parent_id": null,
            "argsrepr": format!("({path:?},)"),
            "kwargsrepr": format!("{{'thumbnails': {sizes:?}}}"),
            "origin": "redis-lab",
            "ignore_result": false,
        },
        "properties": {
            "correlation_id": id,
            "reply_to": new_id(),
            "delivery_mode": 2,
            "delivery_info": { "exchange": "", "routing_key": QUEUE },
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": new_id(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_send_is_what_we_read() {
        let size = Size::new(64, 32).unwrap();
        let eta: jiff::Timestamp = "2030-01-02T03:04:05.5Z".parse().unwrap();
        let task = "lab.tasks.make_thumbnails";
        let sent = envelope("id-1", task, "/m/ż.jpg", &[size], Some(eta));
        assert_eq!(sent["headers"]["eta"], "2030-01-02T03:04:05.500000+00:00");
        let message = Message::parse(sent.to_string().as_bytes()).unwrap();
        assert_eq!(message.id, "id-1");
        assert_eq!(message.eta, Some(eta));
        assert_eq!(
            message.thumbnail_arguments(),
            Ok(("/m/ż.jpg".to_owned(), vec![size]))
        );
    }

    #[test]
    fn arguments_come_in_every_way_python_has() {
        let message = |args: Value, kwargs: Value| Message {
            id: "1".to_owned(),
            task: MAKE_THUMBNAILS.to_owned(),
            args: args.as_array().unwrap().clone(),
            kwargs,
            ignore_result: false,
            expires: None,
            eta: None,
        };
        let both = Ok(("a".to_owned(), vec![Size::LAB]));
        for (args, kwargs) in [
            (json!(["a"]), json!({})),
            (json!(["a", [[128, 128]]]), json!({})),
            (
                json!([]),
                json!({ "file_path": "a", "thumbnails": [[128, 128]] }),
            ),
        ] {
            assert_eq!(message(args, kwargs).thumbnail_arguments(), both);
        }
        for (args, kwargs) in [
            (json!([]), json!({})),
            (json!([7]), json!({})),
            (json!(["a", 128]), json!({})),
            (json!(["a"]), json!({ "thumbnails": [[0, 5]] })),
            (json!(["a"]), json!({ "thumbnails": [[-1, 5.5]] })),
        ] {
            let error = message(args, kwargs).thumbnail_arguments().unwrap_err();
            assert_eq!(error.kind, "TypeError");
        }
    }

    #[test]
    fn moments_are_read_as_python_writes_them() {
        let moment: jiff::Timestamp = "2030-01-02T03:04:05.5Z".parse().unwrap();
        for text in [
            "2030-01-02T03:04:05.500000+00:00",
            "2030-01-02T04:04:05.5+01:00",
            "2030-01-02T03:04:05.500000",
        ] {
            assert_eq!(time_of(&json!(text)), Some(moment), "{text}");
        }
        assert_eq!(time_of(&json!("tomorrow")), None);
        assert_eq!(time_of(&Value::Null), None);
    }

    #[test]
    fn garbage_is_named() {
        let pickle = json!({
            "headers": { "id": "1", "task": "t" },
            "content-type": "application/x-python-serialize", "body": "",
        });
        let broken = json!({
            "headers": { "id": "1", "task": "t" },
            "content-type": "application/json", "body": "!",
            "properties": { "body_encoding": "base64" },
        });
        for bytes in [
            "",
            "hello",
            "{}",
            "[1]",
            &pickle.to_string(),
            &broken.to_string(),
        ] {
            assert!(Message::parse(bytes.as_bytes()).is_err(), "{bytes}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_to_whoever_waits_for_it() {
        let told = |headers: Value, content_type: &str| {
            let message = json!({
                "headers": headers, "content-type": content_type, "body": "[[], {}, {}]",
            });
            let unreadable = Message::parse(message.to_string().as_bytes()).unwrap_err();
            (unreadable.id, unreadable.error.kind)
        };
        let (id, json) = (Some("1".to_owned()), "application/json");
        let pickle = "application/x-python-serialize";
        for (headers, content_type, expected) in [
            (
                json!({ "id": "1", "task": "t" }),
                pickle,
                (id.clone(), "ContentDisallowed"),
            ),
            (json!({ "id": "1" }), json, (id.clone(), "DecodeError")),
            (
                json!({ "id": "1", "task": "t", "compression": "application/x-bz2" }),
                json,
                (id.clone(), "DecodeError"),
            ),
            (
                json!({ "id": "1", "task": "t", "compression": "gzip" }),
                json,
                (id.clone(), "DecodeError"),
            ),
            (
                json!({ "id": "1", "task": "t", "ignore_result": true }),
                pickle,
                (None, "ContentDisallowed"),
            ),
            (json!({ "task": "t" }), json, (None, "DecodeError")),
        ] {
            let (id, kind) = told(headers.clone(), content_type);
            assert_eq!((id, &*kind), expected, "{headers}");
        }
    }

    #[test]
    fn a_compressed_body_is_read_up_to_a_bound() {
        use flate2::Compression;
        use flate2::read::{GzEncoder, ZlibEncoder};
        let message = |body: &str| {
            json!({
                "body": body, "content-type": "application/json",
                "headers": { "id": "1", "task": MAKE_THUMBNAILS, "compression": "application/x-gzip" },
                "properties": { "body_encoding": "base64" },
            })
            .to_string()
        };
        let read = |body: &str| {
            Message::parse(message(body).as_bytes()).map(|message| message.thumbnail_arguments())
        };
        let size = Size::new(64, 64).unwrap();
        let expected = Ok(Ok(("/m/a.jpg".to_owned(), vec![size])));
        // As kombu 5.7 writes it, whose gzip and zlib are the same.
        let kombu = "eJyLjlbSz9VP1MsqSFeK1VGoVirJKM1NykvMzClWslKIjjYz0VEwM4mNrQXJJSfm5CQlJmeDpPJKc3J0FJRSi4rQRJIzEjPzkLn5RSlQbm0sAKL9I4U=";
        assert_eq!(read(kombu), expected);
        let plain = BASE64
            .decode(kombu)
            .map(|body| decompressed(&body).unwrap());
        let mut gzip = Vec::new();
        let mut encoder = GzEncoder::new(&plain.as_ref().unwrap()[..], Compression::fast());
        encoder.read_to_end(&mut gzip).unwrap();
        assert_eq!(read(&BASE64.encode(gzip)), expected);
        let mut bomb = Vec::new();
        let zeros = io::repeat(b' ').take(MAX_BODY + 1);
        ZlibEncoder::new(zeros, Compression::fast())
            .read_to_end(&mut bomb)
            .unwrap();
        let refused = read(&BASE64.encode(bomb)).unwrap_err();
        assert!(refused.error.text.contains("16 MiB"), "{refused:?}");
    }

    #[test]
    fn a_failure_reads_as_celery_writes_it() {
        let error = TaskError::permanent("CorruptImage", "broken");
        let value = result_json("1", &Outcome::Failed(error));
        assert_eq!(value["status"], "FAILURE");
        assert_eq!(value["result"]["exc_type"], "CorruptImage");
        assert_eq!(value["result"]["exc_message"][0], "broken");
    }
}
