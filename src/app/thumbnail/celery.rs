//! `thumbnail submit --celery`: images to a Celery worker, which opens the files
//! where they are and writes beside them.

use super::common::{say, shown, unreadable};
use super::submit::{check_all, image_job};
use crate::app::context::Context;
use crate::cli::thumbnail::SubmitArgs;
use crate::conn::Target;
use crate::error::{Error, ExitCode, Result};
use crate::jobs::celery::Client;
use crate::jobs::store::Kind;
use catalog::text;
use jiff::Timestamp;
use serde_json::json;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;
use thumbnailer::Size;

/// Sends the message an unmodified Celery worker takes, one for each file.
pub(super) async fn submit(
    context: &Context,
    target: &Target,
    args: &SubmitArgs,
    sizes: &[Size],
) -> Result<ExitCode> {
    let paths = check_all(&args.files, |path| {
        image_job(path, Kind::Dir, sizes)?;
        whole_path(path)
    })?;
    let eta = args.delay.map(moment_after).transpose()?;
    let client = Client::new(target.clone());
    let mut ids = Vec::with_capacity(paths.len());
    for path in &paths {
        let id = client.send(&args.task, path, sizes, eta).await?;
        let line = if context.json {
            json!({ "task_id": id, "task_status": "PENDING" }).to_string()
        } else {
            format!("{id}  PENDING  {}", path.escape_debug())
        };
        if args.wait {
            // Whatever ends the wait, the tasks can be asked for.
            let _ = writeln!(std::io::stderr(), "{line}");
        } else {
            say(&line)?;
        }
        ids.push(id);
    }
    let mut exit = ExitCode::Ok;
    for id in ids.iter().filter(|_| args.wait) {
        let result = client.wait(id).await?;
        if result["status"] != "SUCCESS" {
            exit = ExitCode::CheckFailed;
        }
        say(&if context.json {
            result.to_string()
        } else {
            let status = result["status"].as_str().unwrap_or_default();
            format!("{id}  {status}  {}", result["result"])
        })?;
    }
    Ok(exit)
}

/// The path as the worker finds it, wherever it was started.
fn whole_path(path: &Path) -> Result<String> {
    let whole = std::fs::canonicalize(path).map_err(|error| unreadable(path, &error))?;
    whole.to_str().map(str::to_owned).ok_or_else(|| {
        Error::usage(text!(
            "{}: a Celery message holds UTF-8 only, and this path is not; rename the file or its directory",
            "{}: wiadomość Celery przyjmuje tylko UTF-8, a ta ścieżka nim nie jest; zmień nazwę pliku albo katalogu",
            shown(&whole)
        ))
    })
}

/// When it is this much later than now.
fn moment_after(delay: Duration) -> Result<Timestamp> {
    Timestamp::now().checked_add(delay).map_err(|_| {
        Error::usage(text!(
            "--delay: no calendar goes that far",
            "--delay: tak daleko nie sięga żaden kalendarz"
        ))
    })
}
