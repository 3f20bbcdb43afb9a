//! Why an upload is refused.

use crate::conn::link::LinkError;
use crate::jobs::store::StoreError;
use crate::jobs::web::page;
use crate::jobs::web::site::Site;
use axum::extract::multipart::MultipartError;
use axum::http::StatusCode;
use catalog::lang::Lang;
use catalog::text;

/// Why an upload was refused: the status, and the reason in a language.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) reason: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, reason: impl Into<String>) -> Refusal {
        Refusal {
            status,
            reason: reason.into(),
        }
    }

    pub(super) fn from_multipart(error: &MultipartError, site: &Site, lang: Lang) -> Refusal {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let max = site.config.max_upload >> 20;
            return Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                text!(
                    lang,
                    "the upload is larger than {max} MB in all",
                    "przesłane pliki mają razem więcej niż {max} MB"
                ),
            );
        }
        // Whatever else is wrong came from the client, as when it stops halfway;
        // to axum a broken connection is a fault of the server.
        Refusal::new(
            StatusCode::BAD_REQUEST,
            lang.pick(
                "the upload is not a complete form",
                "przesłany formularz jest niekompletny",
            ),
        )
    }

    pub(super) fn from_link(error: &LinkError, lang: Lang) -> Refusal {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            page::no_uploads(error, lang),
        )
    }

    pub(super) fn from_store(error: &StoreError, lang: Lang) -> Refusal {
        match error {
            StoreError::Link(error) => Refusal::from_link(error, lang),
            StoreError::Files(error) => {
                Refusal::new(StatusCode::INSUFFICIENT_STORAGE, error.message(lang))
            }
            other => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, other.text(lang)),
        }
    }
}
