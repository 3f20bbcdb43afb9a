//! `redis-lab serve`: the built-in server for any other client.

use super::context::Context;
use super::kept::{cannot_load, needs_password, told, what_is_kept};
use crate::cli::serve::ServeArgs;
use crate::error::{Error, ExitCode, Result};
use catalog::text;
use server::{LoadError, News, ParameterError, Signal};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Serves until Ctrl-C, SIGTERM, the loss of its terminal, or SHUTDOWN.
///
/// # Errors
/// A usage error for an address that would be open to others without a
/// password, and for a wrong parameter; a server error when the address cannot
/// be bound, or what is in the directory cannot be used.
pub async fn run(context: &Context, args: ServeArgs) -> Result<ExitCode> {
    let has_password = args.requirepass.as_ref().is_some_and(|p| !p.is_empty());
    let has_users = args
        .parameters
        .iter()
        .any(|(name, file)| name.eq_ignore_ascii_case("aclfile") && !file.is_empty());
    if !args.bind.is_loopback() && !has_password && !has_users {
        return Err(Error::usage(needs_password()).hint(text!(
            "add --requirepass PASSWORD, or leave out --bind to serve this machine only",
            "dodaj --requirepass HASŁO albo pomiń --bind, by służyć tylko temu komputerowi"
        )));
    }
    // Before it answers anybody: from then on a signal ends it in order.
    let mut signals = Signals::new()?;
    let mut server = match start(context, config(args), &mut signals).await? {
        Ok(server) => server,
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            stopped(context);
            return Ok(ExitCode::Ok);
        }
        Err(error) => return Err(cannot_serve(&error)),
    };
    announce(context, &server)?;
    serve(context, &mut server, &mut signals).await?;
    server.shutdown();
    Ok(ExitCode::Ok)
}

/// After so long it is said why nothing is said.
const SLOW: Duration = Duration::from_secs(1);

/// Starts the server, which may take long where it has much to read.
///
/// # Errors
/// When the person insists that it ends.
async fn start(
    context: &Context,
    config: server::Config,
    signals: &mut Signals,
) -> Result<io::Result<server::Handle>> {
    let stopper = server::Stopper::default();
    let stopped_by = stopper.clone();
    if config.dir.is_none() {
        // With nothing to read it starts sooner than a thread would.
        return Ok(server::start_with(config, stopped_by));
    }
    let mut started = tokio::task::spawn_blocking(move || server::start_with(config, stopped_by));
    let mut is_stopping = false;
    let mut slow = std::pin::pin!(tokio::time::sleep(SLOW));
    loop {
        tokio::select! {
            () = &mut slow, if !slow.is_elapsed() => {
                super::terminal::remark(context.lang.pick(
                    "reading the data; whoever connects is told so (LOADING)",
                    "trwa wczytywanie danych; kto się połączy, dowie się o tym (LOADING)",
                ));
            }
            started = &mut started => {
                return Ok(started.unwrap_or_else(|error| Err(io::Error::other(error))));
            }
            signal = signals.wait() => {
                if is_stopping && signal == Signal::Interrupt {
                    return Err(Error::interrupted());
                }
                is_stopping = true;
                stopper.signal(signal);
            }
        }
    }
}

fn config(args: ServeArgs) -> server::Config {
    let mut parameters = args.parameters;
    for (name, value) in [
        ("save", args.save),
        ("appendonly", args.appendonly),
        ("appendfsync", args.appendfsync),
    ] {
        parameters.extend(value.map(|value| (name.to_owned(), value)));
    }
    server::Config {
        tcp: Some(SocketAddr::new(args.bind, args.port)),
        #[cfg(unix)]
        unixsocket: args.unixsocket.clone(),
        #[cfg(not(unix))]
        unixsocket: None,
        allocator: Some(crate::ALLOCATOR),
        requirepass: args.requirepass,
        maxmemory: args.maxmemory,
        dir: args.dir,
        parameters,
        protected_configs: args.enable_protected_configs,
        script_memory: None,
        login_required: !args.bind.is_loopback(),
        debug_commands: args.enable_debug_command,
    }
}

/// Serves until the server has stopped, or has to be.
async fn serve(
    context: &Context,
    server: &mut server::Handle,
    signals: &mut Signals,
) -> Result<()> {
    let (mut asked, mut is_stopping) = (0, false);
    loop {
        let news = tokio::select! {
            signal = signals.wait() => {
                // Whoever insists while it is still saving wants no saving.
                if is_stopping && signal == Signal::Interrupt {
                    return Ok(());
                }
                asked += 1;
                is_stopping = true;
                server.signal(signal);
                continue;
            }
            news = server.news() => news,
        };
        let Some(news) = news else {
            stopped(context);
            return Ok(());
        };
        let Some(text) = told(&news) else {
            announce_addresses(context, server)?;
            continue;
        };
        match news {
            // Whoever asks twice means it, but what can be saved by now is.
            News::NotStopped(_) if asked > 1 => return Ok(()),
            News::NotStopped(_) => is_stopping = false,
            News::Failed(_) => return Err(Error::server(text)),
            _ => {}
        }
        super::terminal::remark(text.pick(context.lang));
    }
}

/// Says that somebody has stopped it.
fn stopped(context: &Context) {
    super::terminal::remark(context.lang.pick("stopped", "zatrzymano"));
}

/// Why the server does not start, and what to do about it.
fn cannot_serve(error: &io::Error) -> Error {
    let inner = error.get_ref();
    if let Some(load) = inner.and_then(|inner| inner.downcast_ref::<LoadError>()) {
        return cannot_load(load);
    }
    if let Some(wrong) = inner.and_then(|inner| inner.downcast_ref::<ParameterError>()) {
        let ParameterError { name, value, why } = wrong;
        let why = why.as_deref().unwrap_or("nie ma takiego parametru");
        return Error::usage(text!(
            "{wrong}",
            "nie można ustawić {name} na „{value}”: {why}"
        ));
    }
    Error::server(text!("cannot serve", "nie można uruchomić serwera"))
        .because(error)
        .hint(text!(
            "choose another port with --port, or --port 0 for a free one",
            "wybierz inny port opcją --port albo wolny przez --port 0"
        ))
}

/// Says where the server listens, how to reach it, and what it keeps.
fn announce(context: &Context, server: &server::Handle) -> Result<()> {
    let lang = context.lang;
    let mut text = addresses(context, server);
    for line in what_is_kept(server.kept()) {
        text.push_str(&format!("  {}\n", line.pick(lang)));
    }
    text.push_str(lang.pick("  Ctrl-C stops it\n", "  Ctrl-C kończy\n"));
    super::terminal::print(text.as_bytes()).map(|_| ())
}

/// Says where it listens now.
fn announce_addresses(context: &Context, server: &server::Handle) -> Result<()> {
    let mut text = addresses(context, server);
    if text.is_empty() {
        text.push_str(context.lang.pick(
            "redis-lab: no longer serving on any address\n",
            "redis-lab: serwer nie działa już na żadnym adresie\n",
        ));
    }
    super::terminal::print(text.as_bytes()).map(|_| ())
}

fn addresses(context: &Context, server: &server::Handle) -> String {
    let lang = context.lang;
    let mut text = String::new();
    if let Some(addr) = server.tcp_addr() {
        let serving = lang.pick("serving on", "serwer działa na");
        text.push_str(&format!("redis-lab: {serving} {addr}\n"));
        let try_it = lang.pick("try", "spróbuj");
        text.push_str(&format!(
            "  {try_it}: redis-cli -h {} -p {}\n",
            addr.ip(),
            addr.port()
        ));
    }
    if let Some(path) = server.unixsocket() {
        let serving = lang.pick("serving on", "serwer działa na");
        text.push_str(&format!("redis-lab: {serving} {}\n", path.display()));
    }
    text
}

/// The signals that end the server.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// Unless whoever started it wants it to outlast the terminal (`nohup`).
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let on = |kind| {
            signal(kind).map_err(|error| {
                Error::server(text!("no signals", "brak obsługi sygnałów")).because(&error)
            })
        };
        Ok(Signals {
            interrupt: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
            hangup: if super::signals::outlasts_terminal() {
                None
            } else {
                Some(on(SignalKind::hangup())?)
            },
        })
    }

    #[cfg(not(unix))]
    fn new() -> Result<Signals> {
        Ok(Signals {})
    }

    /// Returns at Ctrl-C, SIGTERM, or when the terminal is lost.
    async fn wait(&mut self) -> Signal {
        #[cfg(unix)]
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        #[cfg(unix)]
        return tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hangup => Signal::Terminate,
        };
        #[cfg(not(unix))]
        {
            let _ = tokio::signal::ctrl_c().await;
            Signal::Interrupt
        }
    }
}
