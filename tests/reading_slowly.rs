//! Nothing in a lesson depends on how fast one reads: more than a minute passes
//! on the server's clock before each Enter, and every reply is as the lesson
//! says.
#![cfg(unix)]

mod clock;
mod needs;

use catalog::lang::Lang;
use clock::Clock;
use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use futures_util::stream::pending;
use ratatui::Terminal as Canvas;
use ratatui::backend::TestBackend;
use redis_lab::conn::Client;
use redis_lab::conn::server::{Choice, Server};
use redis_lab::error::Result;
use redis_lab::lesson::{Item, Lesson, Library};
use redis_lab::render::style::Style;
use redis_lab::runner::{Event, Stage};
use redis_lab::session::exercise::Progress;
use redis_lab::session::{Demos, Flow, Guide, GuideOptions, Out, Session, Shell, Switches};
use redis_lab::walkthrough::{Options, Phase, Presenter, Show};
use std::path::{Path, PathBuf};

/// So many seconds are read before each Enter.
const READ: u64 = 70;

/// More presses than any lesson takes.
const MANY: u64 = 2000;

/// The newest server there is, which all lessons can be played on.
fn server(test: &str) -> Option<PathBuf> {
    needs::fetched(test, "redis-8.0")
}

/// The lessons that are shown on the one server. What has servers of its own
/// compares their clocks with its own time: moving them is not reading. Live
/// demos are left out, which have a pace of their own and clean up.
fn lessons() -> Vec<Lesson> {
    let mut all = Library::new(None).all(Lang::En).expect("lessons");
    all.retain(|lesson| lesson.is_shown() && lesson.servers.is_empty());
    for step in all.iter_mut().flat_map(|lesson| &mut lesson.steps) {
        step.items.retain(|item| !matches!(item, Item::Live { .. }));
    }
    all
}

async fn stage(clock: &Clock, program: &Path) -> (Server, Stage) {
    let program = Choice::Program(clock.program(program));
    let server = Server::resolve(None, program).await.expect("a server");
    let stage = Stage::open(&server, false, Lang::En).await;
    (server, stage.expect("a stage"))
}

/// There are none.
struct NoDemos;

impl Demos for NoDemos {
    async fn play(
        &mut self,
        _: &str,
        _: &Stage,
        _: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        Ok(())
    }
}

/// Enter alone from the beginning of a lesson to its end.
async fn typed(lesson: Lesson, clock: &Clock, program: &Path) -> Vec<String> {
    let (server, stage) = stage(clock, program).await;
    let differing = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let seen = differing.clone();
    let options = GuideOptions {
        lang: Lang::En,
        style: Style::new(false),
        size: || (80, 24),
        plain: true,
        in_words: true,
        server: String::new(),
        progress: Progress::default(),
        next_section: None,
        from: None,
        keep: Box::new(|_| String::new()),
        events: Some(Box::new(move |event| {
            if event.may_be_late() {
                seen.borrow_mut().push(format!("{event:?}"));
            }
        })),
    };
    let id = lesson.id.clone();
    let mut guide = Guide::new(lesson, stage, NoDemos, options);
    let (out, mut events) = Out::new();
    let shell = Shell::new(Lang::En, Style::new(false), Switches::default());
    let mut session = Session::new(Client::new(server.target().clone()), shell, out);
    session.begin(&mut guide).await.expect("it begins");
    for press in 1.. {
        assert!(press < MANY, "{id} has no end");
        clock.set(press * READ);
        let flow = session.blank(&mut guide).await;
        let mut told = String::new();
        while let Ok(event) = events.try_recv() {
            told.push_str(&format!("{event:?}\n"));
        }
        assert!(!told.contains("Refused"), "{id}: {told}");
        if flow == Flow::Leave || told.contains(&format!("The end of {id}")) {
            break;
        }
    }
    assert_eq!(guide.surprises(), differing.borrow().len(), "{id}");
    differing.take()
}

/// The same in front of a class.
async fn shown(lesson: Lesson, clock: &Clock, program: &Path) -> Vec<String> {
    let (_server, stage) = stage(clock, program).await;
    let options = Options {
        auto: None,
        keystroke: None,
        color: false,
    };
    let id = lesson.id.clone();
    let last = lesson.steps.len() - 1;
    let show = Show::new(vec![lesson], String::new(), Lang::En, options);
    let canvas = Canvas::new(TestBackend::new(120, 60)).expect("a canvas");
    let mut presenter = Presenter::new(canvas, show, stage, None);
    let mut input = pending();
    presenter.begin(&mut input).await.expect("it begins");
    let mut differing = Vec::new();
    for press in 1.. {
        assert!(press < MANY, "{id} has no end");
        let show = presenter.show();
        let is_over = show.is_step_over() && show.phase() == Phase::Halt;
        if is_over && show.step_index() == last {
            break;
        }
        clock.set(press * READ);
        let key = Input::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
        presenter.handle(key, &mut input).await.expect("it goes on");
        if presenter.show().is_surprised() {
            let step = presenter.show().step_index();
            differing.push(format!("{id}, step {}", step + 1));
        }
    }
    differing
}

#[test]
fn no_lesson_depends_on_how_fast_it_is_read() {
    let test = "no_lesson_depends_on_how_fast_it_is_read";
    let (Some(program), Some(_)) = (server(test), Clock::new(test)) else {
        return;
    };
    let play = |lesson: &Lesson| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let clock = Clock::new(test).expect("a clock");
            let mut differing = typed(lesson.clone(), &clock, &program).await;
            clock.set(0);
            differing.extend(shown(lesson.clone(), &clock, &program).await);
            differing
        })
    };
    let (lessons, play) = (lessons(), &play);
    let differing: Vec<String> = std::thread::scope(|scope| {
        // They wait more than they work.
        let threads = lessons
            .chunks(lessons.len().div_ceil(4))
            .map(|some| scope.spawn(move || some.iter().flat_map(play).collect::<Vec<String>>()));
        let threads: Vec<_> = threads.collect();
        let ends = threads.into_iter().map(|thread| thread.join());
        ends.flat_map(|end| end.expect("they are played")).collect()
    });
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
