//! What stands on the wire: a proxy between a client and the server that notes
//! every byte, as anybody on the way can.

use super::scene::{Scene, joined};
use crate::conn::{Connection, Stream, Target, dial};
use crate::error::{Error, Result};
use catalog::text;
use resp::split::quote;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc::{self, UnboundedSender};

const USER: &str = "lab-ala";
const PASSWORD: &str = "tea-with-milk";
const KEY: &str = "lab:demo:letter";

/// So many bytes are on their way at once.
const MOST_ON_THE_WAY: usize = 4096;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut main = scene.actor().await?;
    let password = format!(">{PASSWORD}");
    let rules = ["reset", "on", &password, "~lab:*", "+get"];
    main.ask(&[&["ACL", "SETUSER", USER], &rules[..]].concat())
        .await?;
    main.ask(&["SET", KEY, "meet me at six"]).await?;

    let target = scene.target.master().await?;
    if !target.endpoint().is_plain() {
        return Err(Error::server(text!(
            "this demo needs a server without TLS",
            "ten pokaz wymaga serwera bez TLS"
        )));
    }
    let server = dial(target.endpoint(), target.connect_limit()).await?;
    let (near, far) = duplex(MOST_ON_THE_WAY);
    let (note, mut noted) = mpsc::unbounded_channel();
    let proxy = tokio::spawn(pass_on(far, server, note));
    let outcome = read_the_letter(near, &target).await;
    if outcome.is_err() {
        proxy.abort();
    }
    let passed = joined(proxy.await);
    outcome?;
    passed?;

    let mut heard = false;
    while let Some((who, bytes)) = noted.recv().await {
        heard |= bytes
            .windows(PASSWORD.len())
            .any(|part| part == PASSWORD.as_bytes());
        scene.say(lang.pick(who.0, who.1), quote(&bytes))?;
    }
    main.ask(&["DEL", KEY]).await?;
    main.ask(&["ACL", "DELUSER", USER]).await?;
    scene.tell(if heard {
        text!(
            lang,
            "The password {PASSWORD} is in it, letter by letter, and so is the message.",
            "Jest w tym hasło {PASSWORD}, litera po literze, i sama wiadomość."
        )
    } else {
        text!(
            lang,
            "The password did not pass here.",
            "Hasło tędy nie przeszło."
        )
    })
}

/// What an application does: log in, ask, leave.
async fn read_the_letter(wire: DuplexStream, target: &Target) -> Result<()> {
    let mut client = Connection::over(Box::new(wire), target.stop().clone());
    client.call(&["AUTH", USER, PASSWORD]).await?;
    client.call(&["GET", KEY]).await?;
    Ok(())
}

/// Who sent something, in English and in Polish, and what.
type Noted = ((&'static str, &'static str), Vec<u8>);

/// Passes on what one client and the server say to each other, and notes it.
async fn pass_on(
    mut client: DuplexStream,
    mut server: Box<dyn Stream>,
    note: UnboundedSender<Noted>,
) -> Result<()> {
    let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
    loop {
        let (who, bytes) = tokio::select! {
            count = client.read(&mut asked) => {
                let bytes = &asked[..count.map_err(broken)?];
                server.write_all(bytes).await.map_err(broken)?;
                (("client", "klient"), bytes)
            }
            count = server.read(&mut answered) => {
                let bytes = &answered[..count.map_err(broken)?];
                client.write_all(bytes).await.map_err(broken)?;
                (("server", "serwer"), bytes)
            }
        };
        if bytes.is_empty() {
            return Ok(());
        }
        // Nobody reads the notes any more only when the demo has failed.
        let _ = note.send((who, bytes.to_vec()));
    }
}

fn broken(error: std::io::Error) -> Error {
    Error::server(text!("the proxy failed", "pośrednik zawiódł")).because(&error)
}
