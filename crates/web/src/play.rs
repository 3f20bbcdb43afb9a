//! What is played: sections one after the other, the exercises, or the shell
//! alone, for as long as the learner goes on.

use crate::course;
use crate::request::Start;
use crate::tab::{COLUMNS, failed};
use crate::told::Told;
use catalog::lang::Lang;
use redis_lab::conn::server::{Choice, Server};
use redis_lab::conn::{Client, ConnError, Stop};
use redis_lab::error::{Error, Result};
use redis_lab::lesson::Library;
use redis_lab::live::{Early, LiveDemos};
use redis_lab::practice::{Coach, CoachOptions, Keep, Scene};
use redis_lab::render::style::Style;
use redis_lab::runner::Stage;
use redis_lab::session::complete::{Candidate, complete};
use redis_lab::session::exercise::{Change, Progress, View, report};
use redis_lab::session::keyspace::{Observer, Sign, Snapshot};
use redis_lab::session::line::logical_lines;
use redis_lab::session::word::Word;
use redis_lab::session::words::OnTerminal;
use redis_lab::session::{
    Commands, Flow, Guide, GuideOptions, Hooks, Left, Next, NoHooks, Session, Shell, Switches,
    Typed, Wish, key_names,
};
use resp::split::quote;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{sleep, timeout};

/// How long looking at the keys may take, should the server be paused.
const LOOK: Duration = Duration::from_millis(300);

/// How often the keys are looked at while nothing happens: time passes for
/// them, too.
const KEYS_PASS: Duration = Duration::from_secs(1);

/// So many candidates are enough.
const MOST_CANDIDATES: usize = 200;

/// What the page asks of what is played.
#[derive(Debug)]
pub(crate) enum Asked {
    Line(String),
    Complete(String),
    /// The learner wants out of what there is, and nothing runs.
    Interrupt,
}

/// What can be said without asking what is played.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// Something runs.
    pub(crate) busy: bool,
    /// Ends what is waited for.
    pub(crate) stop: Stop,
    pub(crate) commands: Commands,
}

/// Plays.
pub(crate) async fn play(
    start: Start,
    progress: Rc<RefCell<Progress>>,
    lines: UnboundedReceiver<Asked>,
    look: Rc<RefCell<Look>>,
    told: Told,
) {
    look.borrow_mut().busy = true;
    let lang = start.lang.lang();
    let mut player = Player {
        lang,
        lines,
        look,
        told: told.clone(),
        keys: Snapshot::default(),
    };
    if let Err(error) = player.play(start, progress).await {
        let mut text = error.message_in(lang).to_owned();
        if let Some(hint) = error.hint_in(lang) {
            text = format!("{text}\n{hint}");
        }
        told.tell(failed(&text));
    }
}

struct Player {
    lang: Lang,
    lines: UnboundedReceiver<Asked>,
    look: Rc<RefCell<Look>>,
    told: Told,
    keys: Snapshot,
}

/// The log's columns; of rows there are enough.
fn size() -> (usize, usize) {
    (COLUMNS.load(Ordering::Relaxed), usize::MAX / 2)
}

/// Adds to what was achieved, which the page keeps.
fn keep(change: &Change, progress: &RefCell<Progress>, told: &Told) {
    let mut progress = progress.borrow_mut();
    progress.apply(change);
    if let Some(event) = report(change, &progress) {
        told.tell(json!({"type": "report", "event": event}));
    }
    told.tell(course::file(&progress));
}

/// Progress of practice.
#[derive(Debug)]
struct Kept {
    shared: Rc<RefCell<Progress>>,
    /// As it was at the last change.
    known: Progress,
    told: Told,
}

impl Keep for Kept {
    fn progress(&self) -> &Progress {
        &self.known
    }

    fn record(&mut self, change: Change) -> Result<()> {
        keep(&change, &self.shared, &self.told);
        self.known = self.shared.borrow().clone();
        Ok(())
    }

    fn take_notices(&mut self) -> Vec<String> {
        Vec::new()
    }

    fn place(&self, lang: Lang) -> String {
        lang.pick("this browser", "tej przeglądarce").to_owned()
    }
}

impl Player {
    async fn play(&mut self, start: Start, progress: Rc<RefCell<Progress>>) -> Result<()> {
        let server = Server::resolve(None, Choice::Builtin).await?;
        self.look.borrow_mut().stop = server.target().stop().clone();
        if start.practice {
            return self.practise(&server, start.section, progress).await;
        }
        let Some(section) = start.section else {
            let mut session = self.session(&server);
            let mut observer = Observer::of_all(server.target().clone());
            self.told
                .tell(json!({"type": "shell", "server": server.describe(self.lang)}));
            return self.talk(&mut session, &mut NoHooks, &mut observer).await;
        };
        let library = Library::new(None);
        let mut course = library.ids(self.lang)?;
        match course.iter().position(|own| *own == section) {
            Some(at) => drop(course.drain(..at)),
            None => course = vec![section],
        }
        course.reverse();
        let mut from = start.from.map(|step| step.saturating_sub(1));
        let mut stage = Stage::open(&server, false, self.lang).await?;
        while let Some(id) = course.pop() {
            let lesson = library.get(&id, self.lang)?;
            let of = lesson.steps.len();
            let (told, kept) = (self.told.clone(), Rc::clone(&progress));
            let (events, lang) = (self.told.clone(), self.lang);
            let options = GuideOptions {
                lang: self.lang,
                style: Style::new(true),
                size,
                plain: false,
                in_words: false,
                server: server.describe(self.lang),
                progress: progress.borrow().clone(),
                next_section: course.last().cloned(),
                from: from.take().map(|step| step.min(of.saturating_sub(1))),
                keep: Box::new(move |change| {
                    keep(&change, &kept, &told);
                    String::new()
                }),
                events: Some(Box::new(move |event| events.lesson(event, lang))),
            };
            let demos = LiveDemos {
                early: Early::default(),
                lang: self.lang,
            };
            let mut guide = Guide::new(lesson, stage, demos, options);
            let mut session = self.session(&server);
            let mut observer = Observer::of_all(server.target().clone());
            self.talk(&mut session, &mut guide, &mut observer).await?;
            let left;
            (left, stage) = guide.into_parts();
            if left == Left::Away {
                break;
            }
        }
        Ok(())
    }

    /// The exercises that are open, one after the other.
    async fn practise(
        &mut self,
        server: &Server,
        section: Option<String>,
        progress: Rc<RefCell<Progress>>,
    ) -> Result<()> {
        self.told
            .tell(json!({"type": "shell", "server": server.describe(self.lang)}));
        let view = View {
            lang: self.lang,
            style: Style::new(true),
            width: size().0,
        };
        let options = CoachOptions {
            lessons: Library::new(None),
            section: section.clone(),
            lang: self.lang,
            style: view.style,
            columns: || size().0,
        };
        let scene = Scene::open(server, self.lang).await?;
        let known = progress.borrow().clone();
        let kept = Kept {
            known,
            shared: progress,
            told: self.told.clone(),
        };
        let Some(mut coach) = Coach::new(options, scene, Box::new(kept))? else {
            self.told.text(view.all_done(section.as_deref()));
            return Ok(());
        };
        let mut session = self.session(server);
        let mut observer = Observer::of_all(server.target().clone());
        loop {
            self.told.text(coach.begin().await?);
            self.talk(&mut session, &mut coach, &mut observer).await?;
            if !coach.restarts() {
                break;
            }
            session.renew();
        }
        self.told.text(coach.farewell());
        Ok(())
    }

    fn session(&self, server: &Server) -> Session {
        let shell = Shell::new(self.lang, Style::new(true), Switches::default());
        let client = Client::new(server.target().clone());
        let mut session = Session::new(client, shell, self.told.open());
        session.gives_back = true;
        session
    }

    /// Takes lines until the learner leaves.
    async fn talk(
        &mut self,
        session: &mut Session,
        hooks: &mut impl Hooks,
        observer: &mut Observer,
    ) -> Result<()> {
        session.client.connect().await?;
        session.begin(hooks).await?;
        loop {
            session.rewire();
            session.learn().await;
            self.look.borrow_mut().commands = session.shell.commands.clone();
            self.show_keys(observer).await;
            self.told.tell(prompt(session, hooks));
            let text = match self.wait(session, hooks, observer).await {
                Some(Asked::Line(text)) => text,
                Some(Asked::Interrupt) => {
                    session.stop().forget();
                    // A tab is left by closing it.
                    session.leave_messages().await;
                    continue;
                }
                _ => return Ok(()),
            };
            session.stop().forget();
            if self.lines(&text, session, hooks).await == Flow::Leave {
                return Ok(());
            }
            if !session.client.is_connected() && session.client.connect().await.is_err() {
                self.told.tell(json!({"type": "gone"}));
                return Ok(());
            }
        }
    }

    /// Runs everything that was entered at once, in order.
    async fn lines(&self, text: &str, session: &mut Session, hooks: &mut impl Hooks) -> Flow {
        let mut lines: Vec<&str> = logical_lines(text);
        lines.retain(|line| !line.trim().is_empty());
        if lines.is_empty() {
            return session.blank(hooks).await;
        }
        for line in lines {
            match session.line(&Typed::read(line), hooks).await {
                Flow::Leave => return Flow::Leave,
                Flow::Stay => {}
                Flow::Wish(Wish::Clear | Wish::Word(OnTerminal::Clear, _)) => {
                    self.told.tell(json!({"type": "clear"}));
                }
                Flow::Wish(wish) => {
                    session.said(Err(Error::usage(wish.refusal())));
                }
            }
            if session.was_stopped() {
                break;
            }
        }
        Flow::Stay
    }

    /// Waits for what the learner wants next; meanwhile shows messages, answers
    /// Tab, and looks at the keys.
    async fn wait(
        &mut self,
        session: &mut Session,
        hooks: &impl Hooks,
        observer: &mut Observer,
    ) -> Option<Asked> {
        loop {
            self.look.borrow_mut().busy = false;
            tokio::select! {
                biased;
                asked = self.lines.recv() => match asked? {
                    Asked::Complete(text) => {
                        let found = candidates(&text, session, hooks.words()).await;
                        self.told.tell(found);
                    }
                    asked => return Some(asked),
                },
                arrived = session.arrived() => {
                    match arrived.loss() {
                        Ok(arrived) => {
                            session.tell(arrived).await;
                            session.drain_wire();
                        }
                        Err(error) => {
                            let text = session.lose(&error);
                            self.told.text(text);
                        }
                    }
                    self.told.tell(prompt(session, hooks));
                }
                () = sleep(KEYS_PASS) => self.show_keys(observer).await,
            }
        }
    }

    /// Tells the keys where they are others than before.
    async fn show_keys(&mut self, observer: &mut Observer) {
        let looked = match timeout(LOOK, observer.look()).await {
            Ok(looked) => looked,
            Err(_) => Err(ConnError::Closed),
        };
        let Ok(now) = looked else {
            observer.disconnect();
            return;
        };
        let changes = self.keys.changes(&now);
        if changes.is_empty() {
            return;
        }
        let changed = |place: &(i64, Vec<u8>)| {
            let change = changes.iter().find(|change| change.place == *place);
            change.map(|change| match change.sign {
                Sign::New => "new",
                Sign::Changed | Sign::Gone => "changed",
            })
        };
        let begun = Instant::now();
        let keys: Vec<Value> = now
            .keys
            .iter()
            .map(|(place, value)| {
                let left = value.deadline.map(|at| at.saturating_duration_since(begun));
                json!({"db": place.0, "key": quote(&place.1), "kind": value.kind, "len": value.len,
                    "view": value.view, "ms": left.map(|left| left.as_millis() as u64),
                    "sign": changed(place)})
            })
            .collect();
        self.told
            .tell(json!({"type": "keys", "keys": keys, "partial": now.partial}));
        self.keys = now;
    }
}

/// What the prompt is, and what Enter alone does.
fn prompt(session: &Session, hooks: &impl Hooks) -> Value {
    let mut event = json!({"type": "prompt", "prompt": session.prompt()});
    match hooks.next() {
        Some(Next::Command(text)) => event["next"] = json!(text),
        Some(Next::Words(text)) => event["words"] = json!(text),
        None => {}
    }
    event
}

/// What may stand at the end of a text.
async fn candidates(text: &str, session: &mut Session, words: Vec<Word>) -> Value {
    let Session { client, shell, .. } = session;
    let found = complete(text, &shell.commands, &words, shell.lang);
    let mut candidates = found.candidates;
    if let Some(wanted) = found.keys {
        let names = async {
            let side = shell.side.beside(client).await?;
            key_names(side, &wanted).await
        };
        match timeout(LOOK, names).await {
            Ok(Ok(names)) => candidates.extend(names.into_iter().map(|(name, kind)| Candidate {
                text: quote(&name),
                about: kind,
            })),
            // A reply may still be on its way there.
            _ => shell.side.drop_connection(),
        }
    }
    candidates.truncate(MOST_CANDIDATES);
    let listed: Vec<Value> = candidates
        .iter()
        .map(|candidate| json!({"text": candidate.text, "about": candidate.about}))
        .collect();
    json!({"type": "candidates", "text": text, "start": text[..found.start].encode_utf16().count(),
        "candidates": listed})
}
