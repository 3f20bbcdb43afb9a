//! `redis-lab classroom check`: whether a class could reach this machine, and
//! what is in the way.

use super::context::Context;
use super::signals::interrupted;
use super::terminal::{print, write_out};
use crate::classroom::addresses::{Kind, Own, of_this_machine};
use crate::classroom::check::{Doorbell, Firewall, firewalls, knock};
use crate::classroom::client::Address;
use crate::error::{Error, ExitCode, Result};
use crate::render::style::Ink;
use catalog::text;
use serde_json::json;
use std::time::Duration;

/// Tries the addresses, looks for firewalls, and waits for somebody to come.
pub(super) async fn run(context: &Context, port: u16, wait: Option<u64>) -> Result<ExitCode> {
    let mut own = of_this_machine();
    // As the class does, which listens on IPv4; without any there is the other.
    if own.iter().any(|own| own.ip.is_ipv4()) {
        own.retain(|own| own.ip.is_ipv4());
    }
    // A class that runs already is what is tried.
    let mut bell = match Doorbell::hang(&own, port).await {
        Ok(bell) => Some(bell),
        Err(error) if own.is_empty() => return Err(error),
        Err(error) => match knock(&own[0], port).await {
            Ok(()) => None,
            Err(_) => return Err(error),
        },
    };
    let port = bell.as_ref().map_or(port, |bell| bell.port);
    if own.is_empty() {
        return Err(Error::check(text!(
            "this machine is in no network: nobody can reach it",
            "ten komputer nie jest w żadnej sieci: nikt się z nim nie połączy"
        ))
        .hint(text!(
            "join a network, or open a hotspot on this machine or on a phone",
            "połącz go z siecią albo włącz hotspot na nim lub w telefonie"
        )));
    }
    let mut reached = 0;
    for own in &own {
        let answer = knock(own, port).await;
        reached += usize::from(answer.is_ok());
        let why = answer.err().and_then(|fault| {
            let (address, _) = Address::parse(&own.url(port)).ok()?;
            Some(fault.in_words(&address).0.pick(context.lang).to_owned())
        });
        tell_address(context, own, port, why.as_deref())?;
    }
    let firewalls = firewalls(port);
    for firewall in &firewalls {
        tell_firewall(context, firewall)?;
    }
    let shut = firewalls.iter().any(|wall| wall.open == Some(false));
    let wait = wait.unwrap_or(if context.interactive && !context.json {
        120
    } else {
        0
    });
    let came = match &mut bell {
        Some(bell) if wait > 0 && reached > 0 => wait_for(context, bell, &own, wait).await?,
        _ => None,
    };
    match came {
        Some(true) => Ok(ExitCode::Ok),
        Some(false) => {
            tell_what_blocks(context, &firewalls)?;
            Ok(ExitCode::CheckFailed)
        }
        None if reached == 0 || shut => Ok(ExitCode::CheckFailed),
        None => Ok(ExitCode::Ok),
    }
}

fn tell_address(context: &Context, own: &Own, port: u16, why: Option<&str>) -> Result<ExitCode> {
    let url = own.url(port);
    if context.json {
        let event = json!({"type": "address", "url": url, "interface": own.interface,
            "kind": own.kind.word(), "answers": why.is_none(), "why": why});
        return print(format!("{event}\n").as_bytes());
    }
    let lang = context.lang;
    let (ink, mark, said) = match (why, own.kind) {
        (Some(why), _) => (Ink::Bad, "✗", why.to_owned()),
        (None, Kind::Inner) => (
            Ink::Dim,
            "·",
            lang.pick(
                "answers, but not for students",
                "odpowiada, ale nie uczniom",
            )
            .to_owned(),
        ),
        (None, Kind::Tunnel) => (
            Ink::Dim,
            "·",
            lang.pick(
                "answers, to who is in the same VPN",
                "odpowiada tym, którzy są w tym samym VPN",
            )
            .to_owned(),
        ),
        (None, _) => (Ink::Good, "✓", lang.pick("answers", "odpowiada").to_owned()),
    };
    let mark = context.style().paint(ink, mark);
    let place = format!("{}, {}", own.interface, own.kind.in_words(lang));
    print(format!("{mark} {url:<32} {said} ({place})\n").as_bytes())
}

fn tell_firewall(context: &Context, firewall: &Firewall) -> Result<ExitCode> {
    let Firewall { name, open, mend } = firewall;
    let (lang, mend) = (context.lang, mend.pick(context.lang));
    if context.json {
        let event = json!({"type": "firewall", "name": name, "open": open, "mend": mend});
        return print(format!("{event}\n").as_bytes());
    }
    let (ink, mark, said) = match open {
        Some(true) => (
            Ink::Good,
            "✓",
            text!(
                lang,
                "the firewall {name} lets the port through",
                "zapora {name} przepuszcza ten port"
            ),
        ),
        Some(false) => (
            Ink::Bad,
            "✗",
            text!(
                lang,
                "the firewall {name} shuts the port out: {mend}",
                "zapora {name} blokuje ten port: {mend}"
            ),
        ),
        None => (
            Ink::Warn,
            "?",
            text!(
                lang,
                "the firewall {name} is there; if nobody gets through: {mend}",
                "działa zapora {name}; jeśli nikt się nie połączy: {mend}"
            ),
        ),
    };
    let mark = context.style().paint(ink, mark);
    print(format!("{mark} {said}\n").as_bytes())
}

/// Waits for a visitor; whether one came, or `None` when nobody wanted to wait.
async fn wait_for(
    context: &Context,
    bell: &mut Doorbell,
    own: &[Own],
    seconds: u64,
) -> Result<Option<bool>> {
    let lang = context.lang;
    let likely = own
        .first()
        .map(|own| own.url(bell.port))
        .unwrap_or_default();
    if !context.json {
        write_out(text!(
            lang,
            "This machine answers itself. Now open {likely} on a student's device or a phone in the same Wi-Fi\n(waiting {seconds} s, Ctrl-C ends) ...\n",
            "Sam ze sobą ten komputer się łączy. Teraz otwórz {likely} na urządzeniu ucznia albo telefonie w tej samej sieci Wi-Fi\n(czekam {seconds} s, Ctrl-C kończy) ...\n"
        ))?;
    }
    let came = tokio::select! {
        from = bell.visitor(own) => Some(from),
        () = tokio::time::sleep(Duration::from_secs(seconds)) => None,
        () = interrupted() => return Ok(None),
    };
    let Some(from) = came else {
        return Ok(Some(false));
    };
    let said = if context.json {
        json!({"type": "visitor", "from": from.to_string()}).to_string()
    } else {
        context.style().paint(
            Ink::Good,
            text!(
                lang,
                "✓ {from} has come through: the class can join.",
                "✓ {from} ma połączenie: klasa może dołączać."
            ),
        )
    };
    // What the visitor reads is still on its way.
    tokio::time::sleep(Duration::from_millis(300)).await;
    print(format!("{said}\n").as_bytes())?;
    Ok(Some(true))
}

/// Nobody came, although the machine answers itself.
fn tell_what_blocks(context: &Context, firewalls: &[Firewall]) -> Result<ExitCode> {
    let lang = context.lang;
    if context.json {
        return print(format!("{}\n", json!({"type": "nobody"})).as_bytes());
    }
    let mut said = lang
        .pick(
            "Nobody has come. What blocks:\n",
            "Nikt się nie połączył. Co blokuje:\n",
        )
        .to_owned();
    for firewall in firewalls.iter().filter(|wall| wall.open != Some(true)) {
        let mend = firewall.mend.pick(lang);
        said.push_str(&text!(
            lang,
            "  - the firewall {}: {mend}\n",
            "  - zapora {}: {mend}\n",
            firewall.name
        ));
    }
    said.push_str(lang.pick(
        "  - another network: the phone has to be in the same one, not in its mobile data\n\
         \x20 - client isolation: guest and school Wi-Fi often keep devices apart, and only the school's\n\
         \x20   administrator can change that. Use a hotspot: of a phone or of this machine; everybody joins it.\n",
        "  - inna sieć: telefon musi być w tej samej, nie w danych komórkowych\n\
         \x20 - izolacja klientów: sieci dla gości i szkolne często oddzielają urządzenia od siebie i zmieni to\n\
         \x20   tylko administrator. Użyj hotspotu: w telefonie albo na tym komputerze; wszyscy się z nim łączą.\n",
    ));
    print(said.as_bytes())
}
