//! `thumbnail`: wires the job system to the command line.

mod bench;
mod client;
mod demo;
mod serve;
mod submit;
mod worker;

use super::signals::interrupted;
use super::terminal::write_out;
use super::{Context, block_on, section};
use crate::cli::thumbnail::{ThumbnailArgs, ThumbnailCommand};
use crate::conn::Target;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::jobs::keys::Keys;
use crate::jobs::queue::Queue;
use crate::jobs::worker::Stop;
use std::io::Write as _;
use std::path::Path;

/// Runs `thumbnail`.
pub(super) fn run(context: &Context, args: ThumbnailArgs) -> Result<ExitCode> {
    let keys = Keys::new(args.prefix);
    block_on(async {
        match args.command.unwrap_or(ThumbnailCommand::Demo(args.demo)) {
            ThumbnailCommand::Demo(args) => demo::run(context, keys, args).await,
            ThumbnailCommand::Lesson(args) => section::run(context, "thumbnail", None, &args).await,
            ThumbnailCommand::Serve(args) => serve::run(context, keys, args).await,
            ThumbnailCommand::Submit(args) => submit::run(context, keys, args).await,
            ThumbnailCommand::Worker(args) => worker::run(context, keys, args).await,
            ThumbnailCommand::Status { id: Some(id), .. } => {
                client::status(context, keys, &id).await
            }
            ThumbnailCommand::Status { id: None, limit } => {
                client::list(context, keys, limit).await
            }
            ThumbnailCommand::Retry(args) => client::retry(context, keys, args).await,
            ThumbnailCommand::Drop(args) => client::drop_jobs(context, keys, args).await,
            ThumbnailCommand::Dead => client::dead(context, keys).await,
            ThumbnailCommand::Schedule(args) => serve::schedule(context, keys, args).await,
            ThumbnailCommand::Bench(args) => bench::run(context, args).await,
        }
    })
}

/// The Redis that several processes share; without a URL there is none.
async fn shared_server(context: &Context) -> Result<Server> {
    if context.url.is_none() {
        return Err(Error::usage(context.lang.pick(
            "this command works on a Redis that several processes share, and none was given",
            "to polecenie działa na Redisie wspólnym dla kilku procesów, a żadnego nie podano",
        ))
        .hint(context.lang.pick(
            "give its address: --url redis://localhost:6379, or set REDIS_URL",
            "podaj jego adres: --url redis://localhost:6379, albo ustaw REDIS_URL",
        )));
    }
    context.resolve_server().await
}

fn queue(target: &Target, keys: &Keys) -> Queue {
    Queue::new(target.clone(), keys.clone(), None)
}

/// Writes a line to standard output. A closed pipe ends the program quietly.
fn say(line: &str) -> Result<()> {
    write_out(format!("{line}\n"))
}

/// Writes a line from a task that cannot end the program.
fn tell(line: &str) {
    // Nobody reads any more: the work goes on all the same.
    let _ = say(line);
}

/// Says what is worth knowing, beside the output proper.
fn warn(line: &str) {
    // Nobody reads: then nobody needs to know.
    let _ = writeln!(std::io::stderr(), "redis-lab: {line}");
}

/// Stops softly at the first Ctrl-C or SIGTERM, hard at the second.
fn stop_on_signals() -> Stop {
    let stop = Stop::default();
    let signalled = stop.clone();
    tokio::spawn(async move {
        interrupted().await;
        signalled.soft.cancel();
        interrupted().await;
        signalled.hard.cancel();
    });
    stop
}

/// Makes a directory that will hold files, with an error that names it.
fn create_dir(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|error| {
        Error::usage((
            format!("cannot use the directory {}: {error}", shown(dir)),
            format!("nie można użyć katalogu {}: {error}", shown(dir)),
        ))
    })
}

/// A file's content, with an error that names it.
fn read_file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Error::usage((
            format!("cannot read {}: {error}", shown(path)),
            format!("nie można odczytać {}: {error}", shown(path)),
        ))
    })
}

/// A path as a terminal may show it: nothing in it is an escape sequence.
fn shown(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}

/// The file's own name.
fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
