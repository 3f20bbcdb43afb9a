//! The HTML: one page, rendered here in both languages, readable without
//! JavaScript. `/live` gives its moving part alone, for the script.

use super::Site;
use super::media::media_url;
use crate::jobs::job::{Job, State as JobState, is_id};
use crate::jobs::link::LinkError;
use crate::jobs::overview::{Depth, WorkerInfo};
use crate::lang::{Lang, polish_plural};
use axum::extract::State;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// How many recent jobs are shown.
const RECENT: usize = 20;

/// The sizes that can be ticked; the first is the source lab's.
const SIZES: [&str; 4] = ["128x128", "64x64", "256x256", "512x512"];

/// What the page's address may say.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Query {
    lang: Option<String>,
    job: Option<String>,
}

impl Query {
    /// The jobs of this visitor's upload.
    fn jobs(&self) -> Vec<String> {
        let ids = self.job.as_deref().unwrap_or_default().split(',');
        ids.filter(|id| is_id(id))
            .take(50)
            .map(str::to_owned)
            .collect()
    }
}

/// The address's language, the browser's, or the server's own.
pub(super) fn language(site: &Site, query: &Query, headers: &HeaderMap) -> Lang {
    let browser = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let of = |text: &str| match text.trim().get(..2) {
        Some("pl") => Some(Lang::Pl),
        Some("en") => Some(Lang::En),
        _ => None,
    };
    query
        .lang
        .as_deref()
        .and_then(of)
        .or_else(|| browser.and_then(|list| list.split(',').find_map(of)))
        .unwrap_or(site.config.lang)
}

/// `GET /`.
pub(super) async fn home(
    State(site): State<Arc<Site>>,
    query: axum::extract::Query<Query>,
    headers: HeaderMap,
) -> Response {
    let lang = language(&site, &query, &headers);
    render_home(&site, lang, &query.jobs(), None)
        .await
        .into_response()
}

/// `GET /live`: what changes.
pub(super) async fn live(
    State(site): State<Arc<Site>>,
    query: axum::extract::Query<Query>,
    headers: HeaderMap,
) -> Response {
    let lang = language(&site, &query, &headers);
    let known = Known::load(&site, &query.jobs()).await;
    let status = known.status();
    let mut html = String::new();
    write_live(&mut html, &site, lang, &known);
    (status, Html(html)).into_response()
}

/// Everything else.
pub(super) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "404\n").into_response()
}

/// What a visitor reads when Redis is gone.
pub(super) fn redis_lost(lang: Lang) -> &'static str {
    lang.pick(
        "Redis cannot be reached, so no upload can be taken. Jobs are safe and go on when it is back.",
        "Redis jest niedostępny, więc nie można przyjąć plików. Zadania są bezpieczne i ruszą, gdy wróci.",
    )
}

/// What Redis knows, or that it is gone.
struct Known(Result<Facts, LinkError>);

struct Facts {
    mine: Vec<Job>,
    recent: Vec<Job>,
    depth: Depth,
    workers: Vec<WorkerInfo>,
    last_slots: HashMap<String, i64>,
    now: i64,
}

impl Known {
    async fn load(site: &Site, mine: &[String]) -> Known {
        let queue = &site.queue;
        let facts = async {
            Ok(Facts {
                mine: queue.jobs(mine).await?,
                recent: queue.recent(RECENT).await?,
                depth: queue.depth().await?,
                workers: queue.workers().await?,
                last_slots: queue.last_slots().await?,
                now: queue.time().await?,
            })
        };
        Known(facts.await)
    }

    fn status(&self) -> StatusCode {
        match self.0 {
            Ok(_) => StatusCode::OK,
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether a visitor without a script should be sent back for news.
    fn unfinished(&self) -> bool {
        match &self.0 {
            Ok(facts) => facts.mine.iter().any(|job| !job.state.is_final()),
            Err(_) => true,
        }
    }
}

/// The whole page with its status.
pub(super) async fn render_home(
    site: &Site,
    lang: Lang,
    mine: &[String],
    problem: Option<&str>,
) -> (StatusCode, Html<String>) {
    let known = Known::load(site, mine).await;
    let ids = mine.join(",");
    let (title, other) = (
        lang.pick("Thumbnails", "Miniatury"),
        lang.pick(Lang::Pl, Lang::En),
    );
    let mut html = String::with_capacity(8 * 1024);
    let refresh = if known.unfinished() {
        "<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"
    } else {
        ""
    };
    // Writing to a String cannot fail, here and below.
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} - redis-lab</title>\n{refresh}\n\
         <link rel=\"stylesheet\" href=\"/static/style.css\">\n\
         <link rel=\"icon\" href=\"/static/icon.svg\">\n\
         <script src=\"/static/app.js\" defer></script>\n</head>\n<body>\n\
         <header>\n<h1>{title}</h1>\n<p>{intro}</p>\n\
         <nav><a href=\"/?lang={other}{job}\" lang=\"{other}\" hreflang=\"{other}\">{other_name}</a></nav>\n\
         </header>\n<main>\n",
        intro = lang.pick(
            "Upload an image. A job in Redis makes its thumbnails and a zip, and a worker somewhere runs it.",
            "Prześlij obraz. Zadanie w Redisie zrobi z niego miniatury i plik zip, a wykona je jakiś robotnik.",
        ),
        job = if ids.is_empty() {
            String::new()
        } else {
            format!("&amp;job={ids}")
        },
        other_name = other.pick("English", "Polski"),
    );
    if let Some(problem) = problem {
        let _ = writeln!(
            html,
            "<p class=\"problem\" role=\"alert\">{}</p>",
            escape(problem)
        );
    }
    write_form(&mut html, site, lang);
    let _ = writeln!(
        html,
        "<div id=\"live\" data-jobs=\"{ids}\" data-lang=\"{lang}\">"
    );
    write_live(&mut html, site, lang, &known);
    html.push_str("</div>\n</main>\n</body>\n</html>\n");
    (known.status(), Html(html))
}

fn write_form(html: &mut String, site: &Site, lang: Lang) {
    let max_files = site.config.max_files as u64;
    let max_mb = site.config.limits.max_bytes / (1 << 20);
    let obrazow = polish_plural(max_files, "obraz", "obrazy", "obrazów");
    let _ = write!(
        html,
        "<form id=\"upload\" method=\"post\" action=\"/?lang={lang}\" enctype=\"multipart/form-data\">\n\
         <div id=\"drop\"><label for=\"image_file\">{choose}</label>\n\
         <input type=\"file\" id=\"image_file\" name=\"image_file\" accept=\"image/*\" multiple required aria-describedby=\"limits\">\n\
         <p id=\"limits\">{limits}</p>\n<p id=\"chosen\" aria-live=\"polite\"></p></div>\n\
         <fieldset><legend>{sizes}</legend>\n",
        choose = lang.pick(
            "Images (or drop them here)",
            "Obrazy (możesz je też tu upuścić)",
        ),
        limits = lang.pick(
            format!("JPEG, PNG, GIF, WebP, BMP, TIFF; up to {max_files} images of {max_mb} MB"),
            format!("JPEG, PNG, GIF, WebP, BMP, TIFF; do {max_files} {obrazow} po {max_mb} MB"),
        ),
        sizes = lang.pick("Sizes in pixels", "Rozmiary w pikselach"),
    );
    for (i, size) in SIZES.into_iter().enumerate() {
        let checked = if i == 0 { " checked" } else { "" };
        let shown = size.replace('x', " × ");
        let _ = writeln!(
            html,
            "<label class=\"tick\"><input type=\"checkbox\" name=\"size\" value=\"{size}\"{checked}> {shown}</label>"
        );
    }
    let _ = write!(
        html,
        "<label>{other} <input type=\"text\" name=\"sizes\" placeholder=\"320x200\" pattern=\"[0-9]+x[0-9]+([ ,]+[0-9]+x[0-9]+)*\" autocomplete=\"off\"></label>\n\
         </fieldset>\n<button type=\"submit\">{send}</button>\n\
         <progress id=\"sending\" max=\"100\" value=\"0\" hidden aria-label=\"{sending}\"></progress>\n</form>\n",
        other = lang.pick("other:", "inne:"),
        send = lang.pick("Make thumbnails", "Zrób miniatury"),
        sending = lang.pick("Upload progress", "Postęp przesyłania"),
    );
}

fn write_live(html: &mut String, site: &Site, lang: Lang, known: &Known) {
    let facts = match &known.0 {
        Ok(facts) => facts,
        Err(_) => {
            let _ = writeln!(
                html,
                "<p class=\"problem\" role=\"alert\">{}</p>",
                redis_lost(lang)
            );
            return;
        }
    };
    if !facts.mine.is_empty() {
        let _ = writeln!(
            html,
            "<section aria-labelledby=\"mine\"><h2 id=\"mine\">{}</h2>",
            lang.pick("Your images", "Twoje obrazy")
        );
        for job in &facts.mine {
            write_job(html, lang, job);
        }
        html.push_str("</section>\n");
    }
    write_queue(html, lang, facts);
    write_recent(html, lang, facts);
    write_workers(html, lang, facts);
    write_schedule(html, site, lang, facts);
}

fn write_job(html: &mut String, lang: Lang, job: &Job) {
    let name = job
        .thumbnail_args()
        .map_or_else(|| job.task.clone(), |args| args.file);
    let _ = write!(
        html,
        "<article class=\"job\"><h3>{}</h3>\n<p>{} <code>{}</code></p>\n",
        escape(&name),
        badge(lang, job.state),
        escape(&job.id),
    );
    if !job.state.is_final() {
        let _ = writeln!(
            html,
            "<progress aria-label=\"{}\"></progress>",
            lang.pick("Working", "W toku")
        );
    }
    if let (JobState::Failure | JobState::Retry, Some(error)) = (job.state, &job.error) {
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
    html.push_str("</article>\n");
}

fn write_queue(html: &mut String, lang: Lang, facts: &Facts) {
    let depth = &facts.depth;
    let _ = writeln!(
        html,
        "<section aria-labelledby=\"queue\"><h2 id=\"queue\">{}</h2>\n<dl class=\"numbers\">",
        lang.pick("Queue", "Kolejka")
    );
    for (label, value) in [
        (lang.pick("waiting", "czeka"), depth.waiting()),
        (lang.pick("running", "w toku"), depth.running),
        (lang.pick("for later", "na później"), depth.delayed),
        (lang.pick("dead letters", "martwe listy"), depth.dead),
    ] {
        let _ = writeln!(html, "<div><dt>{label}</dt><dd>{value}</dd></div>");
    }
    html.push_str("</dl></section>\n");
}

/// A table with a heading; `rows` are escaped cells.
fn write_table(html: &mut String, id: &str, title: &str, head: &[&str], rows: &[Vec<String>]) {
    let _ = write!(
        html,
        "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
    );
    for cell in head {
        let _ = write!(html, "<th scope=\"col\">{cell}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            let _ = write!(html, "<td>{cell}</td>");
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div></section>\n");
}

fn write_recent(html: &mut String, lang: Lang, facts: &Facts) {
    // The summary of every ten seconds would push everything else away.
    let jobs = facts
        .recent
        .iter()
        .filter(|job| job.thumbnail_args().is_some());
    let rows: Vec<Vec<String>> = jobs
        .take(RECENT)
        .map(|job| {
            let name = job.thumbnail_args().map_or(String::new(), |args| args.file);
            let took = match (job.started, job.finished) {
                (Some(started), Some(finished)) => format!("{} ms", (finished - started).max(0)),
                _ => String::new(),
            };
            vec![
                format!(
                    "<a href=\"/?lang={lang}&amp;job={}\">{}</a>",
                    escape(&job.id),
                    escape(&name)
                ),
                badge(lang, job.state),
                took,
                job.attempts.to_string(),
                escape(job.worker.as_deref().unwrap_or_default()),
            ]
        })
        .collect();
    if rows.is_empty() {
        let _ = writeln!(
            html,
            "<section aria-labelledby=\"recent\"><h2 id=\"recent\">{}</h2><p>{}</p></section>",
            lang.pick("Recent jobs", "Ostatnie zadania"),
            lang.pick("None yet.", "Jeszcze żadnych."),
        );
        return;
    }
    write_table(
        html,
        "recent",
        lang.pick("Recent jobs", "Ostatnie zadania"),
        &lang.pick(
            ["image", "state", "took", "starts", "worker"],
            ["obraz", "stan", "czas", "uruchomień", "robotnik"],
        ),
        &rows,
    );
}

fn write_workers(html: &mut String, lang: Lang, facts: &Facts) {
    let title = lang.pick("Workers", "Robotnicy");
    if facts.workers.is_empty() {
        let _ = writeln!(
            html,
            "<section aria-labelledby=\"workers\"><h2 id=\"workers\">{title}</h2><p class=\"problem\">{}</p></section>",
            lang.pick(
                "No worker is alive: jobs wait until one comes.",
                "Żaden robotnik nie działa: zadania czekają, aż jakiś się pojawi.",
            ),
        );
        return;
    }
    let rows: Vec<Vec<String>> = facts
        .workers
        .iter()
        .map(|worker| {
            vec![
                escape(&worker.name),
                format!("{} / {}", worker.running, worker.concurrency),
                worker.done.to_string(),
                worker.failed.to_string(),
            ]
        })
        .collect();
    write_table(
        html,
        "workers",
        title,
        &lang.pick(
            ["name", "running / slots", "done", "failed"],
            ["nazwa", "w toku / miejsc", "zrobionych", "nieudanych"],
        ),
        &rows,
    );
}

fn write_schedule(html: &mut String, site: &Site, lang: Lang, facts: &Facts) {
    if site.schedule.is_empty() {
        return;
    }
    let rows: Vec<Vec<String>> = site
        .schedule
        .iter()
        .map(|entry| {
            let last = facts.last_slots.get(&entry.name).copied();
            vec![
                escape(&entry.name),
                escape(&entry.when.describe(lang)),
                last.map_or(String::from("-"), |slot| entry.local_time(slot)),
                entry
                    .next_after(facts.now)
                    .map_or(String::from("-"), |slot| entry.local_time(slot)),
            ]
        })
        .collect();
    write_table(
        html,
        "schedule",
        lang.pick("Schedule", "Harmonogram"),
        &lang.pick(
            ["name", "when", "last", "next"],
            ["nazwa", "kiedy", "ostatnio", "następnie"],
        ),
        &rows,
    );
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

/// Text as HTML shows it; nothing in it means anything any more.
fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut html, c| {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                c => html.push(c),
            }
            html
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_means_anything_to_a_browser() {
        assert_eq!(
            escape("<script>alert('x')</script>&\""),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"
        );
    }

    #[test]
    fn only_ids_are_taken_from_the_address() {
        let query = Query {
            lang: None,
            job: Some("12345678-abcd,<script>,\"x\",../../../etc".to_owned()),
        };
        assert_eq!(query.jobs(), ["12345678-abcd"]);
    }

    #[test]
    fn a_failure_shows_its_error_and_a_success_its_archive() {
        let fields = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            Job::from_fields("12345678", pairs.collect()).unwrap()
        };
        let mut html = String::new();
        let failed = fields(&[("state", "FAILURE"), ("error", "<bad>"), ("task", "t")]);
        write_job(&mut html, Lang::Pl, &failed);
        assert!(
            html.contains("&lt;bad&gt;") && html.contains("nie udało się"),
            "{html}"
        );

        let mut html = String::new();
        let done = fields(&[
            ("state", "SUCCESS"),
            ("args", r#"{"store":"dir","file":"a b.png","sizes":[]}"#),
            (
                "result",
                r#"{"store":"dir","original":"a b.png","archive":"a b.zip","thumbnails":[{"name":"a b_1x1.png","width":1,"height":1}]}"#,
            ),
        ]);
        write_job(&mut html, Lang::En, &done);
        assert!(
            html.contains("href=\"/media/12345678/a%20b.zip\" download"),
            "{html}"
        );
        assert!(
            html.contains("src=\"/media/12345678/a%20b_1x1.png\" width=\"1\""),
            "{html}"
        );
        assert!(!html.contains("<progress"), "{html}");
    }
}
