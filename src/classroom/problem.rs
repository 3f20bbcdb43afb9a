//! Why a student's request is not carried out: a status for the page, a sentence
//! for the person.

use crate::conn::link::LinkError;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse as _, Response};
use catalog::lang::{Lang, Text};
use catalog::text;
use serde_json::json;

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// It cannot be read: what is wrong.
    Malformed(Text),
    /// The class's code is another.
    WrongCode,
    /// No seat has this name with this PIN.
    WrongPin,
    /// The name cannot be one: why.
    BadName(Text),
    /// Somebody else is called so.
    Taken,
    /// There are as many students as there can be.
    Full,
    /// The token is none, or its seat is gone.
    Stranger,
    /// The class is over.
    Ended,
    /// It is too long; the most bytes.
    TooLong(usize),
    /// Too often: try again after so many seconds.
    TooOften(u64),
    /// Redis did not do it.
    Link(LinkError),
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Problem {
        Problem::Link(error)
    }
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Problem::Malformed(_) | Problem::BadName(_) => StatusCode::BAD_REQUEST,
            Problem::WrongCode | Problem::WrongPin => StatusCode::FORBIDDEN,
            Problem::Taken => StatusCode::CONFLICT,
            Problem::Stranger => StatusCode::UNAUTHORIZED,
            Problem::Ended => StatusCode::GONE,
            Problem::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Problem::Full | Problem::Link(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn text(&self) -> Text {
        match self {
            Problem::Malformed(what) => Text::in_each(|lang| {
                let label = lang.pick(
                    "this request cannot be read",
                    "nie można odczytać tego żądania",
                );
                format!("{label}: {}", what.pick(lang))
            }),
            Problem::WrongCode => text!(
                "that is not the code of this class: it is two words and two digits, as on the teacher's screen",
                "to nie jest kod tej klasy: składa się z dwóch słów i dwóch cyfr, tak jak na ekranie nauczyciela"
            ),
            Problem::WrongPin => text!(
                "nobody in this class has that name with that PIN",
                "nikt w tej klasie nie ma takiej nazwy z takim PIN-em"
            ),
            Problem::BadName(why) => why.clone(),
            Problem::Taken => text!(
                "somebody in this class is already called that",
                "ktoś w tej klasie już się tak nazywa"
            ),
            Problem::Full => text!(
                "there is no seat left in this class",
                "w tej klasie nie ma już wolnych miejsc"
            ),
            Problem::Stranger => text!(
                "this class does not know you: join it with its code, or come back with your name and PIN",
                "ta klasa cię nie zna: dołącz z jej kodem albo wróć ze swoją nazwą i PIN-em"
            ),
            Problem::Ended => text!("the class is over", "zajęcia się skończyły"),
            Problem::TooLong(most) => text!(
                "that is too long: {most} bytes are taken at most",
                "to jest za długie: przyjmujemy najwyżej {most} bajtów"
            ),
            Problem::TooOften(seconds) => text!(
                "too often: try again in {seconds} s",
                "za często: spróbuj ponownie za {seconds} s"
            ),
            Problem::Link(error) => Text::in_each(|lang| error.text(lang)),
        }
    }

    /// The answer to a reader of this language.
    pub fn answer(&self, lang: Lang) -> Response {
        let text = self.text();
        let body = json!({ "error": text.pick(lang) });
        let mut response = (self.status(), Json(body)).into_response();
        let after = match self {
            Problem::TooOften(seconds) => Some(*seconds),
            Problem::Link(_) => Some(1),
            _ => None,
        };
        if let Some(seconds) = after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
