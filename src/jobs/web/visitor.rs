//! What a visitor's request says: the language, the jobs of an earlier upload,
//! and whether a program reads the answer.

use super::site::Site;
use crate::http;
use crate::jobs::job::is_id;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use catalog::lang::Lang;
use serde::Deserialize;

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
    let asked = match query.lang.as_deref().and_then(|text| text.trim().get(..2)) {
        Some("pl") => Some(Lang::Pl),
        Some("en") => Some(Lang::En),
        _ => None,
    };
    asked
        .or_else(|| http::language(headers))
        .unwrap_or(site.config.lang)
}

/// The page's query: its language and the visitor's jobs.
pub(super) fn address_query(lang: Lang, mine: &[String]) -> String {
    if mine.is_empty() {
        format!("lang={lang}")
    } else {
        format!("lang={lang}&job={}", mine.join(","))
    }
}

/// Whether the answer is for a program.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"))
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
