//! A seat in a class: how it is taken, come back to, and what the class says
//! of it.

use super::http::{Ask, Fault, Http};
use axum::body::Bytes;
use axum::http::Method;
use catalog::lang::Lang;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What anybody may know of the class at an address.
#[derive(Debug, Clone, Deserialize)]
pub struct Info {
    /// The sections that are played; all of them when it is empty.
    #[serde(default)]
    pub sections: Vec<String>,
    /// `free` when learners name themselves.
    #[serde(default)]
    pub names: String,
    /// It speaks plain http: others in the network can read along.
    #[serde(default)]
    pub plain: bool,
    /// It is over.
    #[serde(default)]
    pub ended: bool,
}

/// A seat that was taken.
#[derive(Debug, Clone, Deserialize)]
pub struct Seat {
    /// Its id.
    pub seat: String,
    /// What proves on this device that it is ours.
    pub token: String,
    /// The name that the class knows.
    pub name: String,
    /// What proves it on another device, with the name.
    #[serde(default)]
    pub pin: String,
}

/// What the class knows of a seat.
#[derive(Debug, Clone, Deserialize)]
pub struct Me {
    /// The seat's id.
    pub seat: String,
    /// Its name.
    pub name: String,
    /// The number of the last report that was accepted from this device.
    #[serde(default)]
    pub post: u64,
    /// Where the teacher is, if the class follows.
    #[serde(default)]
    pub follow: Option<Place>,
    /// The place of the newest news: those that come are behind it.
    #[serde(default)]
    pub after: Option<String>,
    /// The teacher looks at this screen.
    #[serde(default)]
    pub looked: bool,
    /// The hand is raised.
    #[serde(default)]
    pub hand: bool,
    /// The class is over.
    #[serde(default)]
    pub ended: bool,
}

/// A step of a section, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The section's id.
    pub section: String,
    /// The step, from 1.
    pub step: usize,
}

/// What the class at an address is.
///
/// # Errors
/// When there is none, or it cannot be reached.
pub async fn info(http: &mut Http) -> Result<Info, Fault> {
    read(http.ask(&Ask::get("class/info", None)).await?)
}

/// Takes a new seat.
///
/// # Errors
/// When the code is wrong, the name is taken, or the class cannot be reached.
pub async fn join(
    http: &mut Http,
    code: &str,
    name: Option<&str>,
    lang: Lang,
) -> Result<Seat, Fault> {
    let mut body = json!({"code": code, "lang": lang.code()});
    if let Some(name) = name {
        body["name"] = json!(name);
    }
    read(http.ask_anew(&Ask::post("class/join", None, &body)).await?)
}

/// Comes back to a seat from another device.
///
/// # Errors
/// As [`join`].
pub async fn back(
    http: &mut Http,
    code: &str,
    name: &str,
    pin: &str,
    lang: Lang,
) -> Result<Seat, Fault> {
    let body = json!({"code": code, "name": name, "pin": pin, "lang": lang.code()});
    let seat = http
        .ask_anew(&Ask::post("class/return", None, &body))
        .await?;
    let mut seat: Seat = read(seat)?;
    if seat.pin.is_empty() {
        pin.clone_into(&mut seat.pin);
    }
    Ok(seat)
}

/// What the class knows of the seat.
///
/// # Errors
/// When the token is of no seat (any more), or the class cannot be reached.
pub async fn me(http: &mut Http, token: &str) -> Result<Me, Fault> {
    read(http.ask(&Ask::get("class/me", Some(token))).await?)
}

/// Reports what was done, as post `post["post"]`, counted from 1. The same post
/// twice changes nothing.
///
/// # Errors
/// As [`me`], or when the class does not take it.
pub async fn report(http: &mut Http, token: &str, post: &Value) -> Result<(), Fault> {
    let ask = Ask::post("class/report", Some(token), post);
    http.ask(&ask).await.map(drop)
}

/// The progress file that the class keeps of the seat, as JSON.
///
/// # Errors
/// As [`me`].
pub async fn progress(http: &mut Http, token: &str) -> Result<Value, Fault> {
    http.ask(&Ask::get("class/progress", Some(token))).await
}

/// Gives the class the progress file to keep.
///
/// # Errors
/// As [`me`].
pub async fn keep_progress(http: &mut Http, token: &str, json: String) -> Result<(), Fault> {
    let ask = Ask {
        method: Method::PUT,
        path: "class/progress",
        token: Some(token),
        body: Some(Bytes::from(json)),
    };
    http.ask(&ask).await.map(drop)
}

fn read<T: for<'de> Deserialize<'de>>(json: Value) -> Result<T, Fault> {
    serde_json::from_value(json).map_err(|_| Fault::Foreign)
}
