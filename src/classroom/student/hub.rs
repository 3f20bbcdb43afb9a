//! The hub as its requests share it: whose they are, and how they are read and
//! answered.

use crate::classroom::class::Class;
use crate::classroom::entry::Device;
use crate::classroom::pace::{self, Ears, Pace};
use crate::classroom::problem::Problem;
use crate::http::{self, Peer};
use axum::body::{Body, to_bytes};
use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HeaderMap};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use catalog::lang::{Lang, Text};
use catalog::text;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How many bytes a request may have.
const MOST: usize = 64 << 10;

/// How long a request may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// What the students of a class ask.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) class: Arc<Class>,
    /// Names under which it is reached besides those of this machine.
    pub(super) allow_hosts: Vec<String>,
    /// The language of who asks for none.
    pub(super) lang: Lang,
    pub(super) pace: Pace,
    pub(super) ears: Ears,
    pub(super) bound: IpAddr,
    pub(super) stop: CancellationToken,
}

/// Who asks: the seat, and in which language an answer is read.
pub(super) struct Asker {
    pub(super) device: Device,
    pub(super) lang: Lang,
}

impl Hub {
    /// The language of somebody without a seat.
    pub(super) fn lang(&self, headers: &HeaderMap) -> Lang {
        http::language(headers).unwrap_or(self.lang)
    }

    /// Counts a request of somebody without a seat.
    pub(super) fn stranger(&self, peer: &Peer) -> Result<(), Problem> {
        let address = format!("address {}", peer.address);
        self.pace.take(&address, 1, pace::OF_ADDRESS)
    }

    /// Whose request this is.
    async fn asker(&self, headers: &HeaderMap, peer: &Peer) -> Result<Asker, Problem> {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let found = match token {
            // The seat that is named is asked for at a student's pace, whether
            // it is his or not.
            Some(token) => {
                let seat = token.split('.').next().unwrap_or_default();
                let who = format!("{} {}", peer.address, &seat[..seat.len().min(16)]);
                self.pace.take(&who, 1, pace::OF_SEAT)?;
                self.class.device(token).await
            }
            None => Err(Problem::Stranger),
        };
        match found {
            Ok((device, lang)) => Ok(Asker { device, lang }),
            Err(problem) => {
                self.stranger(peer)?;
                Err(problem)
            }
        }
    }
}

impl FromRequestParts<Arc<Hub>> for Asker {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Asker, Response> {
        let peer = Extension::<Arc<Peer>>::from_request_parts(parts, hub).await;
        let Extension(peer) = peer.map_err(IntoResponse::into_response)?;
        let asker = hub.asker(&parts.headers, &peer).await;
        asker.map_err(|problem| problem.answer(hub.lang(&parts.headers)))
    }
}

/// An answer, or why there is none in the asker's language.
pub(super) fn answer(lang: Lang, result: Result<Value, Problem>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(problem) => problem.answer(lang),
    }
}

/// The body of a request, if it arrives in time and is not too long.
pub(super) async fn bytes(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    match timeout(ARRIVAL, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(_)) => Err(Problem::TooLong(most)),
        Err(_) => Err(Problem::Malformed(text!(
            "it took too long to arrive",
            "zbyt długo nadchodziło"
        ))),
    }
}

pub(super) async fn read<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let bytes = bytes(body, MOST).await?;
    // What the parser says is for whoever wrote the program that asks.
    let malformed = |error: serde_json::Error| Problem::Malformed(Text::same(error.to_string()));
    serde_json::from_slice(&bytes).map_err(malformed)
}
