//! The HTML: one page, rendered here in both languages, readable without
//! JavaScript. `/live` gives its moving part alone, for the script.

mod facts;
mod form;
mod html;
mod jobs;
mod tables;

use self::facts::Known;
use self::html::escape;
use super::site::Site;
use super::visitor::{Query, address_query, language};
use crate::conn::link::LinkError;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use catalog::lang::Lang;
use catalog::text;
use std::fmt::Write as _;
use std::sync::Arc;

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
