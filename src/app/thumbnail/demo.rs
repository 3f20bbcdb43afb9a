//! `thumbnail demo`: one job's life, command by command.

use super::common::{
    create_dir, file_name, read_image, say, stop_on_signals, tell, unless_stopped, warn,
};
use super::serve::Everything;
use super::submit::{Change, new_image_job, parse_sizes, send, wait};
use super::worker::claim;
use crate::app::context::Context;
use crate::app::signals::left_behind;
use crate::cli::thumbnail::DemoArgs;
use crate::conn::Target;
use crate::conn::link::{Exchange, Recorder};
use crate::conn::server::PrivateFolder;
use crate::error::{ExitCode, Result};
use crate::jobs::job::{Job, State, new_id};
use crate::jobs::keys::Keys;
use crate::jobs::media::Media;
use crate::jobs::queue::{DEFAULT_LIMIT, Queue};
use crate::jobs::schedule;
use crate::jobs::store::{Kind, Stores};
use crate::jobs::web;
use crate::jobs::worker::{Config, LINGER, Observer};
use crate::render::style::{Ink, Style};
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use resp::format::to_tty;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thumbnailer::{Limits, Size, sample_image};
use tokio::time::timeout;

/// The longest argument that is shown whole; Lua scripts and JSON are longer.
const MAX_ARGUMENT: usize = 120;

/// Runs `thumbnail demo`. Exit code 1 when a job failed.
pub(super) async fn run(context: &Context, keys: Keys, args: DemoArgs) -> Result<ExitCode> {
    let lang = context.lang;
    let sizes = parse_sizes(&args.size)?;
    let images = images(&args)?;
    // From here on whoever is interrupted leaves nothing behind.
    let stop = stop_on_signals();
    let server = unless_stopped(&stop, context.resolve_server()).await?;
    let keys = if server.is_private() {
        keys
    } else {
        own_keys(&keys)
    };
    let watching = Queue::new(server.target().clone(), keys.clone(), None);
    let (dir, temporary) = media_dir(args.media.as_deref())?;
    let media = match temporary {
        Some(_) => Arc::new(Media::plain(&dir)),
        None if server.is_private() => {
            unless_stopped(&stop, claim(context, &dir, &watching)).await?
        }
        // The site of this moment takes no directory from another one.
        None => Arc::new(Media::plain(&dir)),
    };
    let page = web::Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let story = Story {
        style: context.style(),
        url: page.url(),
        show: !args.quiet && !context.json,
        json: context.json,
        lang,
    };
    story.begins(&server.describe(lang))?;
    story.heading(lang.pick(
        "1. A worker starts: it joins the consumer group and waits for work",
        "1. Startuje worker: dołącza do grupy konsumentów i czeka na pracę",
    ))?;
    let log = Arc::new(Log::default());
    let started = Arc::new(tokio::sync::Notify::new());
    let everything = story.everything(
        server.target(),
        &keys,
        media.clone(),
        log.clone(),
        announce(started.clone(), log.clone()),
    )?;
    let running = everything.start(page, &stop).await?;
    let told = unless_stopped(&stop, async {
        started.notified().await;
        story.heading(lang.pick(
            "2. The page enqueues the image: one atomic step, one entry in a stream",
            "2. Strona wstawia obraz do kolejki: jeden atomowy krok, jeden wpis w streamie",
        ))?;
        let queue = Queue::new(
            server.target().clone(),
            keys.clone(),
            story.recorder(lang.pick("page", "strona"), Arc::default()),
        );
        let stores = Stores::new(server.target().clone(), keys.clone(), Some(media.clone()));
        let ids = story.enqueue(&queue, &stores, images, &sizes).await?;
        story.heading(lang.pick(
            "3. The worker claims, starts and finishes the job; watchers are told",
            "3. Worker bierze zadanie, zaczyna je i kończy; obserwujący dostają wiadomość",
        ))?;
        log.release();
        let state_line = |change: Change<'_>| story.state_line(change);
        let jobs = wait(&watching, &running.feed, &ids, state_line).await?;
        story.results(&jobs, &dir)
    })
    .await;
    let stays = args.stay || (context.interactive && !args.no_pause);
    if stays && told.is_ok() && story.stays_open().is_ok() {
        stop.soft.cancelled().await;
    }
    stop.soft.cancel();
    running.finish(&stop).await;
    if !server.is_private() {
        let Ok(deleted) = timeout(LINGER, watching.delete_everything()).await else {
            warn(&left_behind(server.target(), lang));
            return told;
        };
        deleted?;
    }
    told
}

/// Keys of the demo's own on a server that is shared, which go with it.
fn own_keys(keys: &Keys) -> Keys {
    Keys::new(format!("{}demo-{}:", keys.prefix(), &new_id()[..8]))
}

/// The images asked for, or the built-in one.
fn images(args: &DemoArgs) -> Result<Vec<(String, Vec<u8>)>> {
    let mut images: Vec<(String, Vec<u8>)> = Vec::new();
    for path in &args.images {
        images.push((file_name(path), read_image(path)?));
    }
    if images.is_empty() {
        let (name, bytes) = sample_image();
        images.push((name.to_owned(), bytes));
    }
    Ok(images)
}

/// How the demo speaks.
struct Story {
    style: Style,
    url: String,
    /// Whether commands are shown.
    show: bool,
    json: bool,
    lang: Lang,
}

impl Story {
    fn speak(&self, text: &str) -> Result<()> {
        if self.json { Ok(()) } else { say(text) }
    }

    fn heading(&self, text: &str) -> Result<()> {
        self.speak(&format!("\n{}", self.style.paint(Ink::Bold, text)))
    }

    fn begins(&self, server: &str) -> Result<()> {
        self.speak(&text!(
            self.lang,
            "Server: {server}. Page: {}",
            "Serwer: {server}. Strona: {}",
            self.url
        ))
    }

    fn stays_open(&self) -> Result<()> {
        self.speak(&text!(
            self.lang,
            "\nThe page stays open at {} - Ctrl-C ends it.",
            "\nStrona zostaje otwarta: {} - Ctrl-C ją zamyka.",
            self.url
        ))
    }

    /// Enqueues a job for each image; gives their IDs.
    async fn enqueue(
        &self,
        queue: &Queue,
        stores: &Stores,
        images: Vec<(String, Vec<u8>)>,
        sizes: &[Size],
    ) -> Result<Vec<String>> {
        let mut ids = Vec::with_capacity(images.len());
        for (name, bytes) in images {
            let job = new_image_job(&name, bytes, Kind::Dir, sizes)?;
            ids.push(send(queue, stores, Kind::Dir, job).await?);
            let queued = self.style.paint(Ink::Warn, "=> QUEUED");
            self.speak(&format!("{queued}  {}", name.escape_debug()))?;
        }
        Ok(ids)
    }

    fn recorder(&self, who: &'static str, log: Arc<Log>) -> Option<Recorder> {
        self.show.then(|| recorder(self.style, who, log))
    }

    /// The page, one worker with one slot, and the schedule.
    fn everything(
        &self,
        target: &Target,
        keys: &Keys,
        media: Arc<Media>,
        log: Arc<Log>,
        observer: Observer,
    ) -> Result<Everything> {
        Ok(Everything {
            target: target.clone(),
            keys: keys.clone(),
            media,
            limits: Limits::default(),
            web: web::Config {
                lang: self.lang,
                ..web::Config::default()
            },
            limit: DEFAULT_LIMIT,
            schedule: schedule::lab(&schedule::time_zone(None)?),
            recorder: self.recorder("ala", log),
            observer,
            // The summary of every ten seconds would disturb the story.
            schedule_observer: Arc::new(|_| {}),
            name: "ala".to_owned(),
            config: Config {
                concurrency: 1,
                ..Config::default()
            },
        })
    }

    fn state_line(&self, change: Change<'_>) {
        let Change::State(job) = change else {
            return;
        };
        let ink = match job.state {
            State::Success => Ink::Good,
            State::Failure | State::Revoked => Ink::Bad,
            _ => Ink::Warn,
        };
        if self.json {
            return tell(&super::client::as_json(job).to_string());
        }
        // That it is queued was told when it was; a small picture has no steps.
        if job.state != State::Queued && job.progress.is_none_or(|_| job.state.is_final()) {
            let name = super::client::subject(job);
            let state = self.style.paint(ink, format!("=> {}", job.state));
            tell(&format!("{state}  {name}"));
        }
    }

    fn results(&self, jobs: &[Job], media: &Path) -> Result<ExitCode> {
        self.heading(self.lang.pick("4. The result", "4. Efekt"))?;
        for job in jobs {
            let dir = media.join(&job.id);
            if let Some(made) = job.thumbnails() {
                for thumb in &made.thumbnails {
                    let path = dir.join(&thumb.name);
                    let (path, width, height) = (path.display(), thumb.width, thumb.height);
                    self.speak(&format!("  {path} ({width} x {height})"))?;
                }
                self.speak(&format!("  {}", dir.join(&made.archive).display()))?;
            } else if let Some(error) = job.error_text(self.lang) {
                let error = error.escape_debug();
                self.speak(&format!("  {}: {error}", super::client::subject(job)))?;
            }
        }
        let failed = jobs.iter().any(|job| job.state != State::Success);
        Ok(if failed {
            ExitCode::CheckFailed
        } else {
            ExitCode::Ok
        })
    }
}

/// The directory asked for, or a temporary one that goes with the guard.
fn media_dir(asked: Option<&Path>) -> Result<(PathBuf, Option<PrivateFolder>)> {
    if let Some(dir) = asked {
        create_dir(dir)?;
        return Ok((dir.to_owned(), None));
    }
    let dir = PrivateFolder::new()?;
    Ok((dir.path().to_owned(), Some(dir)))
}

/// Tells when the worker is ready; what it does is shown by its commands.
fn announce(ready: Arc<tokio::sync::Notify>, log: Arc<Log>) -> Observer {
    Arc::new(move |event| {
        if event == crate::jobs::worker::Event::Ready {
            log.hold();
            ready.notify_one();
        }
    })
}

/// Lines of the worker, held back while the story is elsewhere: the worker
/// claims the job before its chapter has been announced.
#[derive(Default)]
struct Log(Mutex<Option<Vec<String>>>);

impl Log {
    fn lines(&self) -> MutexGuard<'_, Option<Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self) {
        *self.lines() = Some(Vec::new());
    }

    fn tell(&self, line: String) {
        match &mut *self.lines() {
            Some(held) => held.push(line),
            None => tell(&line),
        }
    }

    fn release(&self) {
        for line in self.lines().take().unwrap_or_default() {
            tell(&line);
        }
    }
}

/// Prints commands with their replies as they happen.
fn recorder(style: Style, who: &'static str, log: Arc<Log>) -> Recorder {
    Arc::new(move |exchange| {
        if !is_idle(&exchange) {
            log.tell(exchange_text(style, who, &exchange));
        }
    })
}

/// Whether it is one of the polls that an idle worker repeats all the time:
/// shown each time, they would hide the story.
fn is_idle(exchange: &Exchange) -> bool {
    let name = exchange.argv.first().map_or(&b""[..], Vec::as_slice);
    let nothing = match &exchange.reply {
        Reply::Nil => true,
        Reply::Array(items) => items.is_empty(),
        _ => false,
    };
    match name {
        b"XREADGROUP" => nothing,
        // [next start, entries, deleted]
        b"XAUTOCLAIM" => match exchange.reply.as_slice() {
            Some([_, Reply::Array(entries), ..]) => entries.is_empty(),
            _ => false,
        },
        b"CLIENT" => true,
        _ => matches!(
            exchange.script,
            Some("promote" | "beat" | "sweep" | "repair" | "progress")
        ),
    }
}

fn exchange_text(style: Style, who: &str, exchange: &Exchange) -> String {
    let mut command = String::new();
    for (i, argument) in exchange.argv.iter().enumerate() {
        let shown = argument_text(argument);
        if i == 0 {
            command.push_str(&style.paint(Ink::Command, shown));
        } else {
            command.push(' ');
            command.push_str(&shown);
        }
    }
    let who = match exchange.script {
        Some(script) => format!("{who} {script}.lua>"),
        None => format!("{who}>"),
    };
    let reply = to_tty(&exchange.reply);
    let mut text = format!("{} {command}", style.paint(Ink::Dim, who));
    for line in reply.trim_end().lines() {
        text.push_str("\n    ");
        text.push_str(&style.paint(Ink::Dim, cut(line)));
    }
    text
}

/// An argument as one would type it, long ones cut.
fn argument_text(argument: &[u8]) -> String {
    let text = String::from_utf8_lossy(argument);
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\'));
    if plain {
        cut(&text)
    } else {
        let quoted: String = text.chars().flat_map(char::escape_debug).collect();
        format!("\"{}\"", cut(&quoted.replace("\\'", "'")))
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_ARGUMENT {
        return text.to_owned();
    }
    let head: String = text.chars().take(MAX_ARGUMENT - 3).collect();
    format!("{head}...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_read_as_typed_and_long_ones_are_cut() {
        assert_eq!(argument_text(b"XADD"), "XADD");
        assert_eq!(argument_text(b""), "\"\"");
        assert_eq!(argument_text(b"a \"b\""), "\"a \\\"b\\\"\"");
        assert_eq!(argument_text(&[b'x'; 500]).len(), MAX_ARGUMENT);
    }

    #[test]
    fn an_idle_poll_is_not_part_of_the_story() {
        let exchange = |argv: &[&str], reply, script| Exchange {
            argv: argv.iter().map(|a| a.as_bytes().to_vec()).collect(),
            reply,
            script,
        };
        assert!(is_idle(&exchange(&["XREADGROUP"], Reply::Nil, None)));
        assert!(is_idle(&exchange(&["TIME"], Reply::Nil, Some("promote"))));
        let claimed = Reply::Array(vec![Reply::Int(1)]);
        assert!(!is_idle(&exchange(&["XREADGROUP"], claimed, None)));
        assert!(!is_idle(&exchange(
            &["XACK"],
            Reply::Int(1),
            Some("finish")
        )));
    }
}
