//! What travels: a task's envelope (message protocol 2) and its result.

use super::QUEUE;
use crate::error::Result;
use crate::jobs::job::new_id;
use crate::jobs::tasks::{MAKE_THUMBNAILS, TaskError};
use crate::jobs::thumbnailer::Size;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

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

impl Message {
    /// Reads an envelope. The error says what is wrong, for the log.
    pub(super) fn parse(bytes: &[u8]) -> Result<Message, String> {
        let envelope: Value =
            serde_json::from_slice(bytes).map_err(|e| format!("not JSON: {e}"))?;
        let headers = &envelope["headers"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let id = text(&headers["id"]).ok_or("no id in the headers (protocol 2 is needed)")?;
        let task = text(&headers["task"]).ok_or("no task in the headers")?;
        if id.is_empty() || id.len() > 200 {
            return Err("the id is empty or too long".to_owned());
        }
        match envelope["content-type"].as_str() {
            Some("application/json") => {}
            other => {
                let other = other.unwrap_or("none").escape_debug().to_string();
                return Err(format!(
                    "content type {other}; only application/json is read"
                ));
            }
        }
        let body = envelope["body"].as_str().ok_or("no body")?;
        let body = match envelope["properties"]["body_encoding"].as_str() {
            Some("base64") => BASE64.decode(body).map_err(|e| format!("body: {e}"))?,
            _ => body.as_bytes().to_vec(),
        };
        let body: Value = serde_json::from_slice(&body).map_err(|e| format!("body: {e}"))?;
        let args = body[0]
            .as_array()
            .ok_or("the body is not [args, kwargs, embed]")?;
        Ok(Message {
            id,
            task,
            args: args.clone(),
            kwargs: body[1].clone(),
            ignore_result: headers["ignore_result"].as_bool().unwrap_or(false),
            expires: time_of(&headers["expires"]),
            eta: time_of(&headers["eta"]),
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

/// A moment as Python's `isoformat` writes it; without an offset it is UTC.
fn time_of(value: &Value) -> Option<jiff::Timestamp> {
    let text = value.as_str()?;
    let utc = || {
        let plain: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(plain).ok()
    };
    text.parse().ok().or_else(utc)
}

/// What a result key holds.
pub(super) fn result_json(id: &str, outcome: &Result<Value, TaskError>) -> Value {
    let (status, result, traceback) = match outcome {
        Ok(result) => ("SUCCESS", result.clone(), Value::Null),
        Err(error) => (
            "FAILURE",
            // Without a module Celery's client makes an exception of this name.
            json!({ "exc_type": error.kind, "exc_message": [error.text], "exc_module": null }),
            Value::from(format!("{}: {}", error.kind, error.text)),
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
    fn a_failure_reads_as_celery_writes_it() {
        let error = TaskError::permanent("CorruptImage", "broken");
        let value = result_json("1", &Err(error));
        assert_eq!(value["status"], "FAILURE");
        assert_eq!(value["result"]["exc_type"], "CorruptImage");
        assert_eq!(value["result"]["exc_message"][0], "broken");
    }
}
