//! How the board answers when something does not work: a status, and a
//! sentence in the teacher's language.

use crate::conn::link::LinkError;
use crate::error::{Error, ExitCode};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use catalog::lang::{Lang, Text};
use serde_json::json;

/// Why something was not done.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    text: Text,
}

pub(super) type Told<T> = Result<T, Fault>;

impl Fault {
    pub(super) fn new(status: StatusCode, text: Text) -> Fault {
        Fault { status, text }
    }

    pub(super) fn answer(&self, lang: Lang) -> Response {
        let text = self.text.pick(lang);
        (self.status, axum::Json(json!({ "error": text }))).into_response()
    }
}

impl From<LinkError> for Fault {
    fn from(error: LinkError) -> Fault {
        let text = Text::in_each(|lang| error.text(lang));
        Fault::new(StatusCode::SERVICE_UNAVAILABLE, text)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let status = match error.exit {
            ExitCode::Usage => StatusCode::BAD_REQUEST,
            ExitCode::Server => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let text = Text::in_each(|lang| error.message_in(lang).to_owned());
        Fault::new(status, text)
    }
}
