//! `check --bless`: writes what the server really says into the lesson.

use crate::error::Result;
use crate::lesson::{Block, Expected, Item, Lesson};
use crate::runner::{Event, Stage, Verdict};
use resp::format;

/// Replaces some of the file's lines: `count` lines from line `at` (from 1).
struct Edit {
    at: usize,
    count: usize,
    text: String,
}

/// Plays the lesson and gives its text with every expectation that did not
/// hold replaced by the real reply, and a new expectation behind every block
/// that had none. Wildcards that still match stay. `None` when all is well.
///
/// # Errors
/// When the connection fails.
pub async fn bless<D>(lesson: &Lesson, stage: &mut Stage, mut demo: D) -> Result<Option<String>>
where
    D: AsyncFnMut(&str, &Stage) -> Result<()>,
{
    let lesson = &stage.ready(lesson).await?;
    stage.reset().await?;
    let mut edits = Vec::new();
    for item in lesson.steps.iter().flat_map(|step| &step.items) {
        let mut replies = Vec::new();
        let mut collect = |event: Event| {
            if let Event::Reply { reply, verdict, .. } = event {
                replies.push((reply, verdict));
            }
            Ok(())
        };
        let expected: Vec<&Expected> = match item {
            Item::Run(block) => {
                stage.run_block(lesson, block, &mut collect).await?;
                block.lines.iter().flat_map(|line| &line.expected).collect()
            }
            Item::Await(later) => {
                stage.run_await(lesson, later, &mut collect).await?;
                later.expected.iter().collect()
            }
            Item::Wait(duration) => {
                tokio::time::sleep(*duration).await;
                continue;
            }
            Item::Server { .. } => {
                stage.run_item(lesson, item, &mut collect).await?;
                continue;
            }
            Item::Live { demo: name, .. } => {
                demo(name, stage).await?;
                continue;
            }
            _ => continue,
        };
        let texts: Vec<Option<String>> = replies
            .into_iter()
            .map(|(reply, verdict)| match (reply, verdict) {
                (Some(reply), Verdict::Differs { .. } | Verdict::Unchecked) => {
                    Some(stage.as_written(format::to_tty(&reply).trim_end()))
                }
                _ => None,
            })
            .collect();
        match item {
            Item::Run(block) if block.setup => {}
            Item::Run(block) if expected.is_empty() => {
                edits.extend(new_expectation(lesson, block, &texts));
            }
            _ => edits.extend(expected.iter().zip(texts).filter_map(|(expected, text)| {
                Some(Edit {
                    at: expected.span.line,
                    count: expected.lines,
                    text: text?,
                })
            })),
        }
    }
    Ok((!edits.is_empty()).then(|| apply(&lesson.source, edits)))
}

/// The edit that puts an expectation behind a block that has none.
fn new_expectation(lesson: &Lesson, block: &Block, texts: &[Option<String>]) -> Option<Edit> {
    let replies: Vec<&str> = texts.iter().flatten().map(String::as_str).collect();
    if replies.is_empty() {
        return None;
    }
    let closing = lesson
        .source
        .lines()
        .enumerate()
        .skip(block.span.line)
        .find(|(_, line)| line.trim_end() == "```")
        .map(|(index, _)| index + 1)?;
    Some(Edit {
        at: closing + 1,
        count: 0,
        text: format!("\n```text expect\n{}\n```", replies.join("\n")),
    })
}

fn apply(source: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.at);
    let mut lines: Vec<&str> = source.lines().collect();
    for edit in edits.iter().rev() {
        let at = (edit.at - 1).min(lines.len());
        let end = (at + edit.count).min(lines.len());
        lines.splice(at..end, edit.text.split('\n'));
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_do_not_disturb_each_other() {
        let edit = |at, count, text: &str| Edit {
            at,
            count,
            text: text.to_owned(),
        };
        let edits = vec![edit(4, 0, "new"), edit(2, 2, "x\ny\nz"), edit(1, 1, "A")];
        assert_eq!(apply("a\nb\nc\nd\n", edits), "A\nx\ny\nz\nnew\nd\n");
    }
}
