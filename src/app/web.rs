//! `redis-lab web` and `redis-lab export web`: the course in a browser.

use super::context::Context;
use super::signals::interrupted;
use super::terminal::{print, remark};
use crate::cli::web::{Export, ExportArgs, WebArgs};
use crate::error::{ExitCode, Result};
use crate::http::Server;
use crate::page;
use catalog::lang::Lang;
use catalog::text;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use tokio_util::sync::CancellationToken;

/// Serves the page on loopback until Ctrl-C.
pub(super) async fn run(context: &Context, args: &WebArgs) -> Result<ExitCode> {
    page::module()?;
    let server = Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port))).await?;
    let url = server.url();
    let address = match context.lang {
        Lang::En => format!("{url}?lang=en"),
        Lang::Pl => format!("{url}?lang=pl"),
    };
    let said = if context.json {
        json!({"type": "serving", "url": url}).to_string()
    } else {
        text!(
            context.lang,
            "the course is at {address} (Ctrl-C stops)",
            "kurs jest pod {address} (Ctrl-C kończy)"
        )
    };
    print(format!("{said}\n").as_bytes())?;
    if context.interactive && !args.no_open && !open(&address) {
        remark(context.lang.pick(
            "no browser could be started: open the address yourself",
            "nie udało się uruchomić przeglądarki: otwórz ten adres",
        ));
    }
    let stop = CancellationToken::new();
    tokio::select! {
        served = page::serve(server, stop.clone()) => served?,
        () = interrupted() => stop.cancel(),
    }
    Ok(ExitCode::Ok)
}

/// Has the system open an address in a browser; whether it could be asked to.
pub(super) fn open(address: &str) -> bool {
    let (program, args): (&str, &[&str]) = if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else if cfg!(target_os = "macos") {
        ("open", &[])
    } else {
        ("xdg-open", &[])
    };
    let started = Command::new(program)
        .args(args)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.is_ok()
}

/// Writes the page into a folder.
pub(super) fn export(context: &Context, args: &ExportArgs) -> Result<ExitCode> {
    let Export::Web { dir } = &args.what;
    page::export(dir)?;
    let dir = dir.display();
    let said = text!(
        context.lang,
        "the page is in {dir}: put it on any web server\n",
        "strona jest w {dir}: umieść ją na dowolnym serwerze WWW\n"
    );
    print(said.as_bytes())
}
