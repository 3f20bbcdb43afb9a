//! The line to the class, in the background: reports go out, news come in, and
//! whoever works is told when the class is away and when it is back.

use super::http::{Fault, Http};
use super::kept::Kept;
use super::news::{Ear, News};
use super::seat::{self, Me};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Without a sign from the class for so long it is said to be away. A stream
/// says something every 5 s, and a question is answered after 8.
pub const AWAY: Duration = Duration::from_secs(16);

/// How long is waited after a failure, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(300);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// A stream that was cut sooner than this is not begun again at once.
const SHORT: Duration = Duration::from_secs(1);

/// What is told to whoever works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// What the class says.
    News(News),
    /// The class cannot be reached; what is done is kept.
    Away,
    /// It can be reached again.
    Back,
    /// The class does not know this seat any more.
    Unknown,
}

/// Where reports are given. It may be cloned.
#[derive(Debug, Clone)]
pub struct Reports(Arc<Shared>);

impl Reports {
    /// Reports an event, now or when the class can be reached. It is on the
    /// disk when this returns.
    pub fn event(&self, event: Value) {
        self.0.change(|kept| kept.outbox.push(event));
        self.0.more.notify_one();
    }

    /// Has the class keep the progress file; only the last one counts.
    pub fn progress(&self, json: String) {
        *self.0.progress() = Some(json);
        self.0.more.notify_one();
    }
}

/// The line of one seat.
#[derive(Debug)]
pub struct Link {
    notices: UnboundedReceiver<Notice>,
    seat: Arc<Shared>,
    reporter: JoinHandle<()>,
    others: Vec<JoinHandle<()>>,
}

/// The seat, where it is kept, and what is to be sent.
#[derive(Debug)]
struct Shared {
    kept: Mutex<Kept>,
    folder: PathBuf,
    /// The progress file that the class has not got yet.
    progress: Mutex<Option<String>>,
    /// There is more to send, or there never will be.
    more: Notify,
    is_ending: AtomicBool,
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self) -> MutexGuard<'_, Option<String>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is kept. A disk that is full costs only what would be sent
    /// after a restart.
    fn change<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        let mut kept = self.kept();
        let done = change(&mut kept);
        let _ = kept.save(&self.folder);
        done
    }
}

/// Who notes that the class was heard, and tells what there is to tell.
#[derive(Clone)]
struct Tell {
    heard: watch::Sender<Instant>,
    notices: UnboundedSender<Notice>,
}

impl Tell {
    fn heard(&self) {
        self.heard.send_replace(Instant::now());
    }

    fn notice(&self, notice: Notice) {
        // Whoever worked may be gone.
        let _ = self.notices.send(notice);
    }
}

impl Link {
    /// Opens the line of a seat that the class has just confirmed (`me`);
    /// `folder` is where the seat is kept. It works on the runtime of the caller.
    pub fn open(http: Http, mut kept: Kept, folder: PathBuf, me: &Me) -> Link {
        kept.outbox.meet(me.post);
        kept.after = kept.after.or_else(|| me.after.clone());
        let (notices, noticed) = unbounded_channel();
        let (heard, seen) = watch::channel(Instant::now());
        let tell = Tell { heard, notices };
        let ear = Ear::new(http.clone(), kept.token.clone(), kept.after.clone());
        let seat = Arc::new(Shared {
            kept: Mutex::new(kept),
            folder,
            progress: Mutex::default(),
            more: Notify::new(),
            is_ending: AtomicBool::new(false),
        });
        let reporter = Reporter {
            http,
            seat: Arc::clone(&seat),
            tell: tell.clone(),
            pause: FIRST_PAUSE,
        };
        Link {
            notices: noticed,
            reporter: tokio::spawn(reporter.run()),
            others: vec![
                tokio::spawn(watch_over(seen, tell.clone())),
                tokio::spawn(listen(ear, Arc::clone(&seat), tell)),
            ],
            seat,
        }
    }

    /// Where reports are given.
    pub fn reports(&self) -> Reports {
        Reports(Arc::clone(&self.seat))
    }

    /// Reports an event, now or when the class can be reached.
    pub fn report(&self, event: Value) {
        self.reports().event(event);
    }

    /// What is told next. Cancel-safe; waits for ever once the class is gone.
    pub async fn notice(&mut self) -> Notice {
        match self.notices.recv().await {
            Some(notice) => notice,
            None => std::future::pending().await,
        }
    }

    /// How many events the class has not confirmed.
    pub fn waiting(&self) -> usize {
        self.seat.kept().outbox.len()
    }

    /// Ends the line: what waits is still sent, for at most `limit`. Gives how
    /// many events stay for the next time.
    pub async fn close(self, limit: Duration) -> usize {
        let Link {
            mut reporter,
            others,
            seat,
            ..
        } = self;
        seat.is_ending.store(true, Ordering::SeqCst);
        seat.more.notify_one();
        if timeout(limit, &mut reporter).await.is_err() {
            reporter.abort();
        }
        for task in others {
            task.abort();
        }
        seat.kept().outbox.len()
    }
}

/// Says when nothing has been heard for too long, and when something is again.
async fn watch_over(mut seen: watch::Receiver<Instant>, tell: Tell) {
    loop {
        let last = *seen.borrow_and_update();
        tokio::select! {
            heard = seen.changed() => if heard.is_err() {
                return;
            },
            () = sleep_until(last + AWAY) => {
                tell.notice(Notice::Away);
                if seen.changed().await.is_err() {
                    return;
                }
                tell.notice(Notice::Back);
            }
        }
    }
}

/// Hears the news until the class knows the seat no more.
async fn listen(mut ear: Ear, seat: Arc<Shared>, tell: Tell) {
    let mut pause = FIRST_PAUSE;
    loop {
        let begun = Instant::now();
        let listened = {
            let mut heard = |news: Option<News>, id: Option<&str>| {
                tell.heard();
                if let Some(id) = id {
                    seat.change(|kept| kept.after = Some(id.to_owned()));
                }
                if let Some(news) = news {
                    tell.notice(Notice::News(news));
                }
            };
            ear.listen(&mut heard).await
        };
        match listened {
            Ok(()) => pause = FIRST_PAUSE,
            Err(fault) if !fault.passes() => return tell.notice(Notice::Unknown),
            Err(_) => {}
        }
        if listened.is_err() || begun.elapsed() < SHORT {
            sleep(jitter(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Half of a pause to the whole of it: a class does not come back all at once.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.5..1.0))
}

/// Sends reports, in order.
struct Reporter {
    http: Http,
    seat: Arc<Shared>,
    tell: Tell,
    pause: Duration,
}

impl Reporter {
    async fn run(mut self) {
        loop {
            let post = self.seat.change(|kept| kept.outbox.next_post());
            let progress = self.seat.progress().take();
            let sent = match (post, progress) {
                (Some((number, post)), progress) => {
                    self.give_back(progress);
                    self.post(number, &post).await
                }
                (None, Some(json)) => self.put(json).await,
                (None, None) if self.seat.is_ending.load(Ordering::SeqCst) => return,
                (None, None) => {
                    self.seat.more.notified().await;
                    continue;
                }
            };
            let wait = match sent {
                Ok(()) => {
                    self.pause = FIRST_PAUSE;
                    self.tell.heard();
                    continue;
                }
                Err(fault) if fault.is_unknown_token() => return self.tell.notice(Notice::Unknown),
                Err(Fault::Denied {
                    again: Some(again), ..
                }) => again,
                Err(_) => self.pause,
            };
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            sleep(jitter(wait)).await;
        }
    }

    /// A progress file that was not sent, but for when there is a newer one.
    fn give_back(&self, json: Option<String>) {
        if let Some(json) = json {
            self.seat.progress().get_or_insert(json);
        }
    }

    async fn post(&mut self, number: u64, post: &Value) -> Result<(), Fault> {
        let token = self.seat.kept().token.clone();
        match seat::report(&mut self.http, &token, post).await {
            Ok(()) => {
                self.seat.change(|kept| kept.outbox.answered(number));
                Ok(())
            }
            Err(fault) if fault.passes() || fault.is_unknown_token() => Err(fault),
            Err(_) => {
                self.seat.change(|kept| kept.outbox.refused());
                Ok(())
            }
        }
    }

    async fn put(&mut self, json: String) -> Result<(), Fault> {
        let token = self.seat.kept().token.clone();
        let put = seat::keep_progress(&mut self.http, &token, json.clone()).await;
        match put {
            Err(fault) if fault.passes() => {
                self.give_back(Some(json));
                Err(fault)
            }
            Err(fault) if fault.is_unknown_token() => Err(fault),
            _ => Ok(()),
        }
    }
}
