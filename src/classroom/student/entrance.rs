//! The two ways into a class: a seat for its code, or the same seat on another
//! device for name and PIN.

use super::hub::{Hub, answer, read};
use crate::classroom::entry::Joined;
use crate::classroom::pace;
use crate::classroom::problem::Problem;
use crate::http::Peer;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::Response;
use catalog::lang::Lang;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// What somebody asks who wants in.
pub(super) trait Wish: DeserializeOwned + Sync {
    /// The code of the language that was chosen.
    fn lang(&self) -> Option<&str>;

    /// Lets the asker in.
    fn grant(
        &self,
        hub: &Hub,
        peer: &Peer,
        lang: Lang,
    ) -> impl Future<Output = Result<Joined, Problem>> + Send;
}

/// `POST /class/join`.
#[derive(Debug, Deserialize)]
pub(super) struct Join {
    code: String,
    name: Option<String>,
    lang: Option<String>,
}

impl Wish for Join {
    fn lang(&self) -> Option<&str> {
        self.lang.as_deref()
    }

    async fn grant(&self, hub: &Hub, peer: &Peer, lang: Lang) -> Result<Joined, Problem> {
        let address = format!("join {}", peer.address);
        hub.pace.take(&address, 1, pace::JOINS)?;
        let name = self.name.as_deref();
        hub.class.join(&self.code, name, lang, peer.address).await
    }
}

/// `POST /class/return`.
#[derive(Debug, Deserialize)]
pub(super) struct Return {
    code: String,
    name: String,
    pin: String,
    lang: Option<String>,
}

impl Wish for Return {
    fn lang(&self) -> Option<&str> {
        self.lang.as_deref()
    }

    async fn grant(&self, hub: &Hub, peer: &Peer, _: Lang) -> Result<Joined, Problem> {
        let Return {
            code, name, pin, ..
        } = self;
        let from = peer.address;
        hub.class.come_back(code, name, pin.trim(), from).await
    }
}

/// Lets somebody in, either way.
pub(super) async fn enter<W: Wish>(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Arc<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut lang = hub.lang(&headers);
    let entered = async {
        hub.stranger(&peer)?;
        let wish: W = read(body).await?;
        let wanted = Lang::ALL
            .into_iter()
            .find(|own| Some(own.code()) == wish.lang());
        lang = wanted.unwrap_or(lang);
        let joined = wish.grant(&hub, &peer, lang).await?;
        welcome(&hub, joined).await
    };
    let entered = entered.await;
    answer(lang, entered)
}

/// What a student gets who is in: what `me` tells, token and PIN.
async fn welcome(hub: &Hub, joined: Joined) -> Result<Value, Problem> {
    let mut told = hub.class.me(&joined.device()).await?;
    told["token"] = Value::from(joined.token);
    told["name"] = Value::from(joined.name);
    told["pin"] = Value::from(joined.pin);
    Ok(told)
}
