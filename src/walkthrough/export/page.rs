//! Chapters to whole pages: all in one, or a page each and one that lists them.

use super::Chapter;
use crate::render::html::escape;
use catalog::lang::Lang;
use std::fmt::Write as _;

const STYLE: &str = include_str!("style.css");

/// The name of the page that lists the others.
const INDEX: &str = "index.html";

/// All chapters on one page; several have a list of them on top.
pub fn page(chapters: &[Chapter], lang: Lang) -> String {
    let mut body = String::new();
    let title = match chapters {
        [only] => only.title.clone(),
        _ => {
            let link = |chapter: &Chapter| format!("#{}", chapter.id);
            body.push_str(&list(chapters, lang, link));
            course(lang).to_owned()
        }
    };
    for chapter in chapters {
        let Chapter { id, body: own, .. } = chapter;
        let _ = writeln!(body, "<article id=\"{}\">\n{own}</article>", escape(id));
    }
    answers(chapters, lang, &mut body);
    whole(&title, &body, lang)
}

/// A page for each chapter, with the names of their files.
pub fn pages(chapters: &[Chapter], lang: Lang) -> Vec<(String, String)> {
    let page = |(at, chapter): (usize, &Chapter)| {
        let link = |to: Option<&Chapter>, sign: &str| {
            to.map_or_else(String::new, |to| {
                let (file, title) = (escape(&file(to)), escape(&to.title));
                format!("<a href=\"{file}\" aria-label=\"{title}\">{sign}</a> ")
            })
        };
        let before = at.checked_sub(1).and_then(|at| chapters.get(at));
        let mut body = format!(
            "<nav class=\"between\">{}<a href=\"{INDEX}\">{}</a> {}</nav>\n<article>\n{}</article>\n",
            link(before, "←"),
            lang.pick("contents", "spis treści"),
            link(chapters.get(at + 1), "→"),
            chapter.body
        );
        answers(std::slice::from_ref(chapter), lang, &mut body);
        (file(chapter), whole(&chapter.title, &body, lang))
    };
    chapters.iter().enumerate().map(page).collect()
}

/// The page that lists the chapters' pages, with the name of its file.
pub fn contents(chapters: &[Chapter], lang: Lang) -> (String, String) {
    let body = list(chapters, lang, file);
    (INDEX.to_owned(), whole(course(lang), &body, lang))
}

fn course(lang: Lang) -> &'static str {
    lang.pick(
        "redis-lab: learn Redis by running it",
        "redis-lab: ucz się Redisa, uruchamiając go",
    )
}

fn file(chapter: &Chapter) -> String {
    format!("{}.html", chapter.id)
}

fn list(chapters: &[Chapter], lang: Lang, link: impl Fn(&Chapter) -> String) -> String {
    let mut out = format!(
        "<header>\n<h1>{}</h1>\n</header>\n<nav>\n<ol>\n",
        course(lang)
    );
    for chapter in chapters {
        let _ = writeln!(
            out,
            "<li><a href=\"{}\">{}</a> <span class=\"dim\">{} min</span></li>",
            escape(&link(chapter)),
            escape(&chapter.title),
            chapter.minutes
        );
    }
    out.push_str("</ol>\n</nav>\n");
    out
}

/// The answers to the exercises, for paper only: on a screen they unfold.
fn answers(chapters: &[Chapter], lang: Lang, out: &mut String) {
    let with_answers = chapters
        .iter()
        .filter(|chapter| !chapter.answers.is_empty());
    for chapter in with_answers {
        let title = escape(&chapter.title);
        let label = lang.pick("Solutions", "Rozwiązania");
        let _ = writeln!(
            out,
            "<section class=\"paper\">\n<h2>{label}: {title}</h2>\n{}</section>",
            chapter.answers
        );
    }
}

fn whole(title: &str, body: &str, lang: Lang) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        lang.code(),
        escape(title),
    )
}
