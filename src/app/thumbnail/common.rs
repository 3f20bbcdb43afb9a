//! What several of the thumbnail commands share: the server, the queue, files
//! and lines of output.

use crate::app::context::Context;
use crate::app::signals::interrupted;
use crate::app::terminal::write_out;
use crate::conn::Target;
use crate::conn::server::Server;
use crate::error::{Error, Result};
use crate::jobs::keys::Keys;
use crate::jobs::queue::Queue;
use crate::jobs::worker::Stop;
use crate::render::harmless;
use catalog::lang::{Lang, Text};
use catalog::text;
use futures_util::FutureExt as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use thumbnailer::{Limits, ThumbError, read_within};

/// The Redis that several processes share; without a URL there is none.
pub(super) async fn shared_server(context: &Context) -> Result<Server> {
    if context.url.is_none() {
        return Err(Error::usage(text!(
            "this command works on a Redis that several processes share, and none was given",
            "to polecenie działa na Redisie wspólnym dla kilku procesów, a żadnego nie podano"
        ))
        .hint(text!(
            "give its address: --url redis://localhost:6379, or set REDIS_URL",
            "podaj jego adres: --url redis://localhost:6379, albo ustaw REDIS_URL"
        )));
    }
    context.resolve_server().await
}

pub(super) fn queue(target: &Target, keys: &Keys) -> Queue {
    Queue::new(target.clone(), keys.clone(), None)
}

/// Writes a line to standard output. A closed pipe ends the program quietly.
pub(super) fn say(line: &str) -> Result<()> {
    write_out(format!("{line}\n"))
}

/// A line as a terminal may show it: what comes from Redis or from a file's name
/// is no escape sequence.
pub(super) fn plain(line: &str) -> String {
    let plain = |c: char| {
        if c.is_control() && c != '\n' {
            '\u{FFFD}'
        } else {
            c
        }
    };
    line.chars().map(plain).collect()
}

/// Says once when Redis saves nothing: jobs that wait are gone with it.
pub(super) async fn tell_of_saving(lang: Lang, queue: &Queue) {
    if queue.saves().await == Ok(Some(false)) {
        warn(lang.pick(
            "this Redis saves nothing to disk: when it stops, jobs are lost; appendonly yes keeps them",
            "ten Redis niczego nie zapisuje na dysku: gdy się zatrzyma, zadania przepadną; zachowa je appendonly yes",
        ));
    }
}

/// Writes a line from a task that cannot end the program.
pub(super) fn tell(line: &str) {
    // Nobody reads any more: the work goes on all the same.
    let _ = say(line);
}

/// Says what is worth knowing, beside the output proper.
pub(super) fn warn(line: &str) {
    // Nobody reads: then nobody needs to know.
    let line = format!("redis-lab: {line}");
    let _ = writeln!(std::io::stderr(), "{}", harmless::foreign(&line));
}

/// Stops softly at the first Ctrl-C or SIGTERM, hard at the second.
pub(super) fn stop_on_signals() -> Stop {
    let stop = Stop::default();
    let signalled = stop.clone();
    // Looked at once: from here on no signal ends the program by itself.
    let mut first = Box::pin(interrupted());
    let is_interrupted = first.as_mut().now_or_never().is_some();
    tokio::spawn(async move {
        if !is_interrupted {
            first.await;
        }
        signalled.soft.cancel();
        interrupted().await;
        signalled.hard.cancel();
    });
    stop
}

/// What comes of `work`, unless it is interrupted before.
pub(super) async fn unless_stopped<T>(
    stop: &Stop,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let done = stop.soft.run_until_cancelled(work).await;
    done.unwrap_or_else(|| Err(Error::interrupted()))
}

/// Makes a directory that will hold files, with an error that names it.
pub(super) fn create_dir(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|error| unusable(dir, &error))
}

/// A directory in which no files can be made.
pub(super) fn unusable(dir: &Path, error: &io::Error) -> Error {
    Error::usage(text!(
        "cannot use the directory {}",
        "nie można użyć katalogu {}",
        shown(dir)
    ))
    .because(error)
}

/// An image's bytes, with an error that names the file; one that is too long is
/// not read whole.
pub(super) fn read_image(path: &Path) -> Result<Vec<u8>> {
    read_file(path, Limits::default().max_bytes)
}

/// A file's content of at most `max` bytes, with an error that names it.
pub(super) fn read_file(path: &Path, max: u64) -> Result<Vec<u8>> {
    let read = File::open(path).and_then(|file| read_within(file, max));
    let bytes = read.map_err(|error| unreadable(path, &error))?;
    bytes.map_err(|error| refused(&error).about(&shown(path)))
}

/// A file that cannot be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::usage(text!(
        "cannot read {}",
        "nie można odczytać {}",
        shown(path)
    ))
    .because(error)
}

/// What the thumbnailer does not take, as the answer to a command line.
pub(super) fn refused(error: &ThumbError) -> Error {
    Error::usage(Text::in_each(|lang| error.message(lang)))
}

/// A path as a terminal may show it: nothing in it is an escape sequence.
pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}

/// The file's own name.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
