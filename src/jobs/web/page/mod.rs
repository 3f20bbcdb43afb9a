//! The HTML: one page, rendered here in both languages, readable without
//! JavaScript. `/live` gives its moving part alone, for the script.

mod form;
mod html;
mod jobs;
mod tables;

use self::html::escape;
use super::site::Site;
use crate::jobs::job::{Job, is_id};
use crate::jobs::link::LinkError;
use crate::jobs::overview::{Depth, WorkerInfo};
use axum::extract::State;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use catalog::lang::Lang;
use catalog::text;
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// What the page's address may say.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Query {
    lang: Option<String>,
    job: Option<String>,
}

impl Query {
    /// The jobs of this visitor's upload.
    pub(super) fn jobs(&self) -> Vec<String> {
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
    write_live(&mut html, &site, lang, &query.jobs(), &known);
    (status, Html(html)).into_response()
}

/// Everything else.
pub(super) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "404\n").into_response()
}

/// What a visitor reads when Redis is gone, or takes nothing.
pub(super) fn no_uploads(error: &LinkError, lang: Lang) -> String {
    let why = error.text(lang);
    text!(
        lang,
        "{why}. No upload can be taken now; jobs are safe and go on when this is over.",
        "{why}. Teraz nie można przyjąć plików; zadania są bezpieczne i ruszą, gdy to minie."
    )
}

/// What Redis knows, or that it is gone.
struct Known(Result<Facts, LinkError>);

struct Facts {
    mine: Vec<Job>,
    recent: Vec<Job>,
    dead: Vec<Job>,
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
                recent: queue.recent(jobs::RECENT).await?,
                dead: queue.dead_letters(jobs::RECENT).await?,
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
         <nav><a href=\"/?{other_page}\" lang=\"{other}\" hreflang=\"{other}\">{other_name}</a></nav>\n\
         </header>\n<main>\n",
        intro = lang.pick(
            "Upload an image. A job in Redis makes its thumbnails and a zip, and a worker somewhere runs it.",
            "Prześlij obraz. Zadanie w Redisie zrobi z niego miniatury i plik zip, a wykona je jakiś worker.",
        ),
        other_page = address_query(other, mine).replace('&', "&amp;"),
        other_name = other.pick("English", "Polski"),
    );
    if let Some(problem) = problem {
        let _ = writeln!(
            html,
            "<p class=\"problem\" role=\"alert\">{}</p>",
            escape(problem)
        );
    }
    form::write_form(&mut html, site, lang);
    let _ = writeln!(
        html,
        "<div id=\"live\" data-jobs=\"{ids}\" data-lang=\"{lang}\">"
    );
    write_live(&mut html, site, lang, mine, &known);
    let _ = writeln!(
        html,
        "</div>\n</main>\n<footer>{}</footer>\n</body>\n</html>",
        lang.pick(
            "Not affiliated with Redis Ltd. or the Valkey project.",
            "Program nie jest związany z firmą Redis Ltd. ani z projektem Valkey.",
        )
    );
    (known.status(), Html(html))
}

fn write_live(html: &mut String, site: &Site, lang: Lang, mine: &[String], known: &Known) {
    let facts = match &known.0 {
        Ok(facts) => facts,
        Err(error) => {
            let _ = writeln!(
                html,
                "<p class=\"problem\" role=\"alert\">{}</p>",
                escape(&no_uploads(error, lang))
            );
            return;
        }
    };
    let back = address_query(lang, mine).replace('&', "&amp;");
    if !facts.mine.is_empty() {
        let mut body = String::new();
        for job in &facts.mine {
            jobs::write_job(&mut body, lang, &back, job);
        }
        let title = lang.pick("Your images", "Twoje obrazy");
        html::write_section(html, "mine", title, &body);
    }
    tables::write_queue(html, lang, facts);
    jobs::write_recent(html, lang, &back, facts);
    jobs::write_dead(html, lang, &back, facts);
    tables::write_workers(html, lang, facts);
    tables::write_schedule(html, site, lang, facts);
}

/// The page's query: its language and the visitor's jobs.
pub(super) fn address_query(lang: Lang, mine: &[String]) -> String {
    if mine.is_empty() {
        format!("lang={lang}")
    } else {
        format!("lang={lang}&job={}", mine.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_are_taken_from_the_address() {
        let query = Query {
            lang: None,
            job: Some("12345678-abcd,<script>,\"x\",../../../etc".to_owned()),
        };
        assert_eq!(query.jobs(), ["12345678-abcd"]);
    }
}
