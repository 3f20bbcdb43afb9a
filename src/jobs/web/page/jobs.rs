//! Jobs: the visitor's own, the latest, and the dead letters.

use super::facts::{Facts, RECENT};
use super::html::{escape, table, write_section};
use crate::jobs::job::{Job, State as JobState};
use crate::jobs::web::action::Action;
use crate::jobs::web::media::media_url;
use catalog::lang::Lang;
use std::fmt::Write as _;

/// What a job is about: its image, or its task.
fn subject(job: &Job) -> String {
    job.thumbnail_args()
        .map_or_else(|| job.task.clone(), |args| args.file)
}

/// One of the visitor's own jobs, with what it made.
pub(super) fn write_job(html: &mut String, lang: Lang, back: &str, job: &Job) {
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        html,
        "<article class=\"job\"><h3>{}</h3>\n<p>{} <code>{}</code></p>\n",
        escape(&subject(job)),
        badge(lang, job.state),
        escape(&job.id),
    );
    if !job.state.is_final() {
        let label = lang.pick("Working", "W toku");
        let _ = match (job.state, job.progress) {
            (JobState::Started, Some((done, all))) => writeln!(
                html,
                "<progress aria-label=\"{label}\" value=\"{done}\" max=\"{all}\"></progress> \
                 <span class=\"steps\">{done} / {all}</span>",
            ),
            _ => writeln!(html, "<progress aria-label=\"{label}\"></progress>"),
        };
    }
    if let (JobState::Failure | JobState::Retry, Some(error)) = (job.state, job.error_text(lang)) {
        let _ = writeln!(html, "<p class=\"problem\">{}</p>", escape(error));
    }
    if let (JobState::Success, Some(made)) = (job.state, job.thumbnails()) {
        html.push_str("<div class=\"pictures\">\n");
        let original = media_url(&job.id, &made.original);
        let see = lang.pick("the original", "oryginał");
        // Browsers show every format of ours but TIFF; there the link remains.
        let _ = writeln!(
            html,
            "<figure><a href=\"{original}\"><img class=\"original\" src=\"{original}\" loading=\"lazy\" alt=\"{name}\"></a>\
             <figcaption>{see}</figcaption></figure>",
            name = escape(&made.original),
        );
        for thumb in &made.thumbnails {
            let url = media_url(&job.id, &thumb.name);
            let _ = writeln!(
                html,
                "<figure><a href=\"{url}\"><img src=\"{url}\" width=\"{w}\" height=\"{h}\" alt=\"{alt} {name}\"></a>\
                 <figcaption>{w} × {h}</figcaption></figure>",
                w = thumb.width,
                h = thumb.height,
                alt = lang.pick("Thumbnail", "Miniatura"),
                name = escape(&thumb.name),
            );
        }
        let archive = media_url(&job.id, &made.archive);
        let _ = writeln!(
            html,
            "</div>\n<p><a class=\"download\" href=\"{archive}\" download>{zip}: {zip_name}</a> \
             <a href=\"{original}\">{open}</a></p>",
            zip = lang.pick("Download", "Pobierz"),
            zip_name = escape(&made.archive),
            open = lang.pick("See the original", "Zobacz oryginał"),
        );
    }
    html.push_str(&buttons(lang, back, job));
    html.push_str("</article>\n");
}

/// What a person can do to a job, as forms: they need no script. `back` is the
/// page's query, to come back to the same page.
fn buttons(lang: Lang, back: &str, job: &Job) -> String {
    let mut html = String::new();
    for action in Action::of(job.state) {
        let label = action.label(lang);
        let _ = write!(
            html,
            "<form method=\"post\" action=\"/task/{id}/{name}?{back}\">\
             <button class=\"small\" aria-label=\"{label}: {subject}\">{label}</button></form>",
            id = escape(&job.id),
            name = action.name(),
            subject = escape(&subject(job)),
        );
    }
    if html.is_empty() {
        return html;
    }
    format!("<div class=\"actions\">{html}</div>\n")
}

/// A job's name as a link to the page about it.
fn link(lang: Lang, job: &Job) -> String {
    format!(
        "<a href=\"/?lang={lang}&amp;job={}\">{}</a>",
        escape(&job.id),
        escape(&subject(job))
    )
}

/// The latest jobs with images. The summary of every ten seconds would push
/// everything else away.
pub(super) fn write_recent(html: &mut String, lang: Lang, back: &str, facts: &Facts) {
    let jobs = facts.recent.iter();
    let jobs = jobs.filter(|job| job.thumbnail_args().is_some());
    let rows: Vec<Vec<String>> = jobs
        .take(RECENT)
        .map(|job| {
            let took = match (job.started, job.finished) {
                (Some(started), Some(finished)) => format!("{} ms", (finished - started).max(0)),
                _ => String::new(),
            };
            vec![
                link(lang, job),
                badge(lang, job.state),
                took,
                job.attempts.to_string(),
                escape(job.worker.as_deref().unwrap_or_default()),
                buttons(lang, back, job),
            ]
        })
        .collect();
    let body = if rows.is_empty() {
        format!("<p>{}</p>", lang.pick("None yet.", "Jeszcze żadnych."))
    } else {
        let head = lang.pick(
            ["image", "state", "took", "starts", "worker", "action"],
            ["obraz", "stan", "czas", "uruchomień", "worker", "czynność"],
        );
        table(&head, &rows)
    };
    let title = lang.pick("Recent jobs", "Ostatnie zadania");
    write_section(html, "recent", title, &body);
}

/// Jobs that failed for good, with their errors.
pub(super) fn write_dead(html: &mut String, lang: Lang, back: &str, facts: &Facts) {
    if facts.dead.is_empty() {
        return;
    }
    let rows: Vec<Vec<String>> = facts
        .dead
        .iter()
        .map(|job| {
            vec![
                link(lang, job),
                format!(
                    "<div class=\"text\">{}</div>",
                    escape(job.error_text(lang).unwrap_or_default())
                ),
                job.finished
                    .map_or(String::new(), |end| age(facts.now - end)),
                buttons(lang, back, job),
            ]
        })
        .collect();
    let head = lang.pick(
        ["image", "error", "ago", "action"],
        ["obraz", "błąd", "temu", "czynność"],
    );
    let body = format!(
        "<p>{}</p>\n{}",
        lang.pick(
            "These jobs failed for good. Retry one when its cause is gone, or forget it.",
            "Te zadania nie powiodły się ostatecznie. Ponów je, gdy przyczyna zniknie, albo o nich zapomnij.",
        ),
        table(&head, &rows)
    );
    let title = lang.pick("Dead letters", "Przesyłki niedoręczone");
    write_section(html, "dead", title, &body);
}

/// A span of time in its largest unit; the abbreviations are the same in both
/// languages.
fn age(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A state with a word that does not need its colour.
fn badge(lang: Lang, state: JobState) -> String {
    let word = match state {
        JobState::Queued => lang.pick("waiting", "czeka"),
        JobState::Started => lang.pick("running", "w toku"),
        JobState::Retry => lang.pick("will be tried again", "będzie powtórzone"),
        JobState::Success => lang.pick("done", "gotowe"),
        JobState::Failure => lang.pick("failed", "nie udało się"),
        JobState::Revoked => lang.pick("cancelled", "anulowane"),
    };
    format!(
        "<span class=\"state {name}\" title=\"{name}\">{word}</span>",
        name = state.celery_name()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(pairs: &[(&str, &str)]) -> Job {
        let pairs = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Job::from_fields("12345678", pairs.collect()).unwrap()
    }

    #[test]
    fn a_failure_shows_its_error_and_a_success_its_archive() {
        let mut html = String::new();
        let failed = job(&[("state", "FAILURE"), ("error", "<bad>"), ("task", "t")]);
        write_job(&mut html, Lang::Pl, "lang=pl", &failed);
        assert!(
            html.contains("&lt;bad&gt;") && html.contains("nie udało się"),
            "{html}"
        );

        let mut html = String::new();
        let done = job(&[
            ("state", "SUCCESS"),
            ("args", r#"{"store":"dir","file":"a b.png","sizes":[]}"#),
            (
                "result",
                r#"{"store":"dir","original":"a b.png","archive":"a b.zip","thumbnails":[{"name":"a b_1x1.png","width":1,"height":1}]}"#,
            ),
        ]);
        write_job(&mut html, Lang::En, "lang=en", &done);
        assert!(
            html.contains("href=\"/media/12345678/a%20b.zip\" download"),
            "{html}"
        );
        assert!(
            html.contains("src=\"/media/12345678/a%20b_1x1.png\" width=\"1\""),
            "{html}"
        );
        assert!(!html.contains("<progress"), "{html}");
        assert!(!html.contains("<form"), "{html}");
    }

    #[test]
    fn each_state_offers_what_can_be_done_about_it() {
        let forms = |state| {
            let job = job(&[("state", state), ("task", "<t>")]);
            buttons(Lang::En, "lang=en", &job)
        };
        for state in ["QUEUED", "STARTED", "RETRY"] {
            let html = forms(state);
            assert!(
                html.contains("action=\"/task/12345678/cancel?lang=en\""),
                "{html}"
            );
            assert!(html.contains("aria-label=\"Cancel: &lt;t&gt;\""), "{html}");
            assert!(!html.contains("/retry"), "{html}");
        }
        for state in ["FAILURE", "REVOKED"] {
            let html = forms(state);
            assert!(html.contains("/task/12345678/retry?"), "{html}");
            assert!(html.contains("/task/12345678/forget?"), "{html}");
        }
    }

    #[test]
    fn ages_have_one_unit() {
        assert_eq!(age(-5), "0 s");
        assert_eq!(age(59_999), "59 s");
        assert_eq!(age(60_000), "1 min");
        assert_eq!(age(7_200_000), "2 h");
        assert_eq!(age(3 * 86_400_000), "3 d");
    }
}
