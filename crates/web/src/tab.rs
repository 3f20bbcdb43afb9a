//! The tab: what plays in it, and how it is had to go on.

use crate::course;
use crate::play::{Asked, Look, play};
use crate::request::{Request, Start};
use crate::told::Told;
use crate::wire::Wires;
use catalog::lang::Lang;
use redis_lab::session::exercise::Progress;
use redis_lab::session::hint;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// After so long the page gets what there is, and asks for the rest.
const TURN: Duration = Duration::from_millis(40);

/// How wide the log is.
pub(crate) static COLUMNS: AtomicUsize = AtomicUsize::new(80);

/// What the learner sees at rest: this many looks without anything to do.
const QUIET: u32 = 3;

/// A tab of the browser.
pub(crate) struct Tab {
    /// None where it could not be made, which the page is told.
    runtime: Option<Runtime>,
    playing: Option<Playing>,
    wires: Wires,
    told: Told,
}

struct Playing {
    future: Pin<Box<dyn Future<Output = ()>>>,
    asked: UnboundedSender<Asked>,
    look: Rc<RefCell<Look>>,
    progress: Rc<RefCell<Progress>>,
}

/// Whether somebody was woken.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Tab {
    pub(crate) fn new() -> Tab {
        Tab {
            runtime: Builder::new_current_thread().enable_time().build().ok(),
            playing: None,
            wires: Wires::default(),
            told: Told::new(),
        }
    }

    /// Carries out a request; its answer.
    pub(crate) fn answer(&mut self, request: &[u8]) -> String {
        match serde_json::from_slice(request) {
            Ok(request) => self.act(request),
            Err(error) => self
                .told
                .tell(json!({"type": "failed", "text": error.to_string()})),
        }
        self.go_on();
        let busy = self
            .playing
            .as_ref()
            .is_some_and(|playing| playing.look.borrow().busy);
        json!({"busy": busy, "events": self.told.take()}).to_string()
    }

    fn act(&mut self, request: Request) {
        match request {
            Request::Course { lang, progress } => {
                let progress = self.progress(&progress);
                self.told.tell(match course::listed(lang, &progress) {
                    Ok(course) => course,
                    Err(error) => {
                        json!({"type": "failed", "text": error.message_in(lang.lang())})
                    }
                });
            }
            Request::Start(start) => self.start(start),
            Request::Line { text } => self.ask(Asked::Line(text)),
            Request::Complete { text } => self.ask(Asked::Complete(text)),
            Request::Stop => self.stop(),
            Request::Hint { text } => {
                let hint = self.playing.as_ref().and_then(|playing| {
                    let look = playing.look.borrow();
                    hint(&text, &look.commands)
                });
                self.told
                    .tell(json!({"type": "hint", "text": text, "hint": hint}));
            }
            Request::Columns { columns } => COLUMNS.store(columns, Ordering::Relaxed),
            Request::Merge { progress, other } => self.merge(&progress, &other),
            Request::Wire { client, bytes } => {
                let Some(runtime) = &self.runtime else { return };
                redis_lab::conn::tick();
                match self.wires.talk(runtime, client, &bytes) {
                    Ok(received) => self.told.tell(received),
                    Err(error) => self.told.tell(failed(error.message_in(Lang::En))),
                }
            }
            Request::Hangup { client } => self.wires.hang_up(client),
            Request::Tick => {}
        }
    }

    /// Begins to play, on a server of its own.
    fn start(&mut self, start: Start) {
        COLUMNS.store(start.columns, Ordering::Relaxed);
        // The old server goes first.
        self.playing = None;
        let progress = Rc::new(RefCell::new(self.progress(&start.progress)));
        let (asked, lines) = unbounded_channel();
        let look = Rc::new(RefCell::new(Look::default()));
        let (own, seen) = (Rc::clone(&progress), Rc::clone(&look));
        let future = play(start, own, lines, seen, self.told.clone());
        self.playing = Some(Playing {
            future: Box::pin(future),
            asked,
            look,
            progress,
        });
    }

    /// Ctrl-C: stops what is under way, or is said to the session.
    fn stop(&self) {
        if let Some(playing) = &self.playing {
            let look = playing.look.borrow();
            let (busy, stop) = (look.busy, look.stop.clone());
            drop(look);
            if busy {
                stop.press()
            } else {
                self.ask(Asked::Interrupt)
            }
        }
    }

    /// Joins two files of what was achieved.
    fn merge(&self, progress: &str, other: &str) {
        let merged = course::merged(progress, other);
        self.told.tell(match (merged, &self.playing) {
            (Err(unreadable), _) => course::unreadable(&unreadable),
            (Ok(merged), None) => course::file(&merged),
            // What is played goes on from there.
            (Ok(merged), Some(playing)) => {
                let mut known = playing.progress.borrow_mut();
                known.merge(merged);
                course::file(&known)
            }
        });
    }

    /// What was achieved; the page is told of a file that cannot be read.
    fn progress(&self, text: &str) -> Progress {
        course::progress(text).unwrap_or_else(|unreadable| {
            self.told.tell(course::unreadable(&unreadable));
            Progress::default()
        })
    }

    fn ask(&self, asked: Asked) {
        if let Some(playing) = &self.playing {
            let mut look = playing.look.borrow_mut();
            look.busy |= !matches!(asked, Asked::Complete(_));
            // The page is told when it has ended.
            let _ = playing.asked.send(asked);
        }
    }

    /// Goes on until there is nothing to do but wait, or the page has waited
    /// long enough.
    fn go_on(&mut self) {
        let (Some(runtime), Some(playing)) = (&self.runtime, &mut self.playing) else {
            return;
        };
        let (begun, woken) = (Instant::now(), Arc::new(Woken::default()));
        let waker = Waker::from(Arc::clone(&woken));
        let future = &mut playing.future;
        let ended = runtime.block_on(async {
            let mut quiet = 0;
            // The servers' time, and that of the timers, which the runtime
            // looks at while we yield.
            redis_lab::conn::tick();
            while quiet < QUIET && begun.elapsed() < TURN {
                tokio::task::yield_now().await;
                if woken.0.swap(false, Ordering::Relaxed) {
                    quiet = 0;
                } else {
                    quiet += 1;
                }
                let polled = poll_fn(|_| {
                    Poll::Ready(future.as_mut().poll(&mut Context::from_waker(&waker)))
                });
                if polled.await.is_ready() {
                    return true;
                }
            }
            false
        });
        if ended {
            self.playing = None;
            self.told.tell(json!({"type": "ended"}));
        }
    }
}

/// An event that says why something failed.
pub(crate) fn failed(text: &str) -> Value {
    json!({"type": "failed", "text": text})
}
