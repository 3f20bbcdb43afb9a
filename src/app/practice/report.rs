//! `redis-lab practice report`: the progress of several learners.

use super::common::view;
use crate::app::context::Context;
use crate::app::terminal::print;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::Library;
use crate::practice::{Report, Store, learner};
use crate::session::exercise::Course;
use catalog::text;
use serde_json::json;
use std::path::PathBuf;

/// The files that a teacher names: a folder stands for those in it.
fn progress_files(files: &[PathBuf]) -> Vec<PathBuf> {
    let is_json = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    };
    let mut found = Vec::new();
    for path in files {
        let Ok(entries) = std::fs::read_dir(path) else {
            found.push(path.clone());
            continue;
        };
        let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        inside.sort();
        for path in inside {
            let own = path.join("practice.json");
            match path.is_dir() {
                true if own.is_file() => found.push(own),
                false if is_json(&path) => found.push(path),
                _ => {}
            }
        }
    }
    found
}

pub(super) fn report(
    context: &Context,
    library: &Library,
    files: &[PathBuf],
    csv: bool,
) -> Result<ExitCode> {
    let lang = context.lang;
    let mut learners = Vec::new();
    for file in progress_files(files) {
        learners.push((learner(&file), Store::read_file(&file)?));
    }
    if learners.is_empty() {
        return Err(Error::usage(text!(
            "there is no learner's progress in these folders",
            "w tych katalogach nie ma niczyich postępów"
        ))
        .hint(text!(
            "give practice.json files, or folders with NAME.json or NAME/practice.json",
            "podaj pliki practice.json albo katalogi z IMIĘ.json lub IMIĘ/practice.json"
        )));
    }
    let report = Report {
        course: Course::load(library, None, lang)?,
        learners,
    };
    let text = match (csv, context.json) {
        (true, _) => report.csv(),
        (false, false) => report.table(&view(context)),
        (false, true) => report
            .rows()
            .map(|(learner, section, id, state, record)| {
                let event = json!({"type": "learner", "learner": learner, "section": section,
                    "id": id, "state": state.word(), "attempts": record.attempts,
                    "hints": record.hints, "solution_read": record.solution_read,
                    "submitted": record.submitted, "seconds": record.seconds.round()});
                format!("{event}\n")
            })
            .collect(),
    };
    print(text.as_bytes())
}
