//! What the server at hand has for compare-and-set: each form is tried with a
//! strange token and with the right one.

use super::scene::{Actor, Scene};
use crate::error::Result;
use catalog::text;
use resp::Reply;

const KEY: &str = "lab:demo:lock";

/// A form: its name, the words between key and token, and a new value if it
/// sets one.
struct Form {
    name: &'static str,
    command: &'static str,
    new: Option<&'static str>,
    word: Option<&'static str>,
}

const FORMS: [Form; 3] = [
    Form {
        name: "SET ... IFEQ",
        command: "SET",
        new: Some("ala-2"),
        word: Some("IFEQ"),
    },
    Form {
        name: "DELIFEQ",
        command: "DELIFEQ",
        new: None,
        word: None,
    },
    Form {
        name: "DELEX ... IFEQ",
        command: "DELEX",
        new: None,
        word: Some("IFEQ"),
    },
];

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.actor().await?;
    let mut has_any = false;
    for form in &FORMS {
        connection.ask(&["SET", KEY, "ala-1"]).await?;
        let strange = tried(form, &mut connection, "ola-1").await?;
        let right = tried(form, &mut connection, "ala-1").await?;
        let said = match (strange, right) {
            (Some(strange), Some(right)) => {
                has_any = true;
                text!(
                    lang,
                    "for ola-1: {strange}, for ala-1: {right}",
                    "dla ola-1: {strange}, dla ala-1: {right}"
                )
            }
            _ => lang
                .pick("this server does not have it", "ten serwer tego nie ma")
                .to_owned(),
        };
        scene.say(&format!("{:>14}", form.name), said)?;
    }
    connection.ask(&["DEL", KEY]).await?;
    scene.tell(if has_any {
        lang.pick(
            "What it has replaces the script, in one step. On older servers the script is still right.",
            "To, co ma, zastępuje skrypt, w jednym kroku. Na starszych serwerach nadal dobry jest skrypt.",
        )
    } else {
        lang.pick(
            "None of them: here the script is the way, and it works on every server.",
            "Nie ma żadnego: tutaj zostaje skrypt, który działa na każdym serwerze.",
        )
    })
}

/// The reply to a form with this token, as redis-cli shows it; `None` where
/// the server refuses the form itself.
async fn tried(form: &Form, connection: &mut Actor, token: &str) -> Result<Option<String>> {
    let words = [
        Some(form.command),
        Some(KEY),
        form.new,
        form.word,
        Some(token),
    ];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    Ok(match connection.reply(&words).await? {
        Reply::Error(_) => None,
        reply => Some(resp::format::to_tty(&reply).trim_end().to_owned()),
    })
}
