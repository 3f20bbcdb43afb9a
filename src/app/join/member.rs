//! A learner who has joined a class, while he works: what he does is reported,
//! and what the teacher says stands above his prompt.

use crate::app::context::Context;
use crate::classroom::client::seat::{Me, Place};
use crate::classroom::client::{Address, Link, News, Notice};
use crate::conn::state::Argv;
use crate::error::Result;
use crate::practice::{Keep as _, Store, state_folder};
use crate::render::harmless::foreign;
use crate::render::style::{Ink, Style};
use crate::render::wrapping;
use crate::session::exercise::{Change, ChangeEvent, Progress, report};
use crate::session::words::{Completes, Row, Word, find};
use crate::session::{Desk, Hooks, Next, Said, Typed, has_secret};
use catalog::lang::{Lang, Text};
use catalog::text;
use resp::Reply;
use resp::format::{to_tty, tty_lines};
use serde_json::json;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;

/// As many lines of his are shown to a teacher who looks.
const SCREEN: usize = 60;

/// As many characters of one of them.
const WIDTH: usize = 300;

/// What a word of a class does.
#[derive(Debug, Clone, Copy)]
enum Act {
    Hand,
    Follow,
}

const fn row(name: &'static [&'static str], summary: [&'static str; 2], act: Act) -> Row<Act> {
    Row {
        word: Word {
            names: name,
            args: "",
            summary,
            completes: Completes::Nothing,
        },
        act,
    }
}

static WORDS: &[Row<Act>] = &[
    row(
        &["hand"],
        [
            "raise your hand, or take it down",
            "podnieś rękę albo ją opuść",
        ],
        Act::Hand,
    ),
    row(
        &["follow"],
        [
            "go to the step the teacher is at",
            "przejdź do kroku, na którym jest nauczyciel",
        ],
        Act::Follow,
    ),
];

/// A member of a class.
#[derive(Debug)]
pub(in crate::app) struct Member {
    link: Link,
    /// Where the seat and its progress are kept.
    folder: PathBuf,
    address: Address,
    lang: Lang,
    style: Style,
    /// Where the learner is.
    here: Rc<RefCell<Option<Place>>>,
    /// Where the teacher is, if the class follows.
    follow: Option<Place>,
    /// Enter goes there.
    invited: bool,
    /// The step that is wanted in another section.
    goes: Option<Place>,
    looked: bool,
    hand: bool,
    /// What was typed last, and its replies.
    screen: VecDeque<String>,
    /// The class is over, or the seat is gone: nothing more is said of it.
    over: bool,
}

impl Member {
    pub(super) fn new(
        context: &Context,
        address: Address,
        folder: PathBuf,
        link: Link,
        me: &Me,
    ) -> Member {
        Member {
            link,
            folder,
            address,
            lang: context.lang,
            style: context.style(),
            here: Rc::default(),
            follow: me.follow.clone(),
            invited: false,
            goes: None,
            looked: me.looked,
            hand: me.hand,
            screen: VecDeque::new(),
            over: false,
        }
    }

    /// Where the learner's progress in this class is kept. Each change is
    /// reported, and is the learner's own, too: it goes to his usual file.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub(in crate::app) fn store(&self, lang: Lang) -> Result<Store> {
        let (reports, here) = (self.link.reports(), Rc::clone(&self.here));
        let mut own = state_folder().and_then(|folder| Store::open(folder, lang).ok());
        let heard = move |change: &Change, progress: &Progress| {
            if let ChangeEvent::Read(place) = &change.event {
                *here.borrow_mut() = (!place.finished).then(|| Place {
                    section: change.section.clone(),
                    step: place.step + 1,
                });
            }
            if let Some(event) = report(change, progress) {
                let counts = matches!(event["what"].as_str(), Some("solved" | "task"));
                reports.event(event);
                if counts && let Ok(json) = progress.to_json() {
                    reports.progress(json);
                }
            }
            if let Some(own) = &mut own {
                // What is wrong with that file is said where it is used.
                let _ = own.record(change.clone());
            }
        };
        Ok(Store::open(self.folder.clone(), lang)?.heard_by(heard))
    }

    /// Where the class is, if it follows the teacher.
    pub(super) fn follows(&self) -> Option<Place> {
        self.follow.clone()
    }

    /// The step of another section that the learner left for, once.
    pub(in crate::app) fn take_goes(&mut self) -> Option<Place> {
        self.goes.take()
    }

    /// Leaves: what waits is still sent for a moment.
    pub(super) async fn leave(self, limit: std::time::Duration) -> usize {
        self.link.close(limit).await
    }

    fn pick(&self, en: &'static str, pl: &'static str) -> &'static str {
        self.lang.pick(en, pl)
    }

    /// Something said beside the work.
    fn remark(&self, ink: Ink, text: &str) -> String {
        let text = foreign(text);
        let options = wrapping(textwrap::termwidth())
            .initial_indent("  ▸ ")
            .subsequent_indent("    ");
        let lines = textwrap::wrap(&text, options);
        let lines = lines.iter().map(|line| self.style.paint(ink, line) + "\n");
        lines.collect()
    }

    /// What is told of a notice; nothing for what concerns nobody.
    fn told(&mut self, notice: Notice) -> String {
        if self.over {
            return String::new();
        }
        match notice {
            Notice::News(news) => self.news(news),
            Notice::Away => {
                let text = text!(
                    self.lang,
                    "{} cannot be reached; everything here goes on, and is told when it is back",
                    "{} jest poza zasięgiem; wszystko tu działa dalej, a wyniki dotrą, gdy wróci",
                    self.address
                );
                self.remark(Ink::Warn, &text)
            }
            Notice::Back => {
                let text = self.pick("the class is there again", "znów jest łączność z klasą");
                self.remark(Ink::Dim, text)
            }
            Notice::Unknown => {
                self.over = true;
                let text = self.pick(
                    "the class does not know this seat any more; you go on by yourself",
                    "klasa nie zna już tego miejsca; dalej pracujesz bez niej",
                );
                self.remark(Ink::Warn, text)
            }
        }
    }

    fn news(&mut self, news: News) -> String {
        match news {
            News::Follow {
                section: Some(section),
                step: Some(step),
            } => self.invite(Place { section, step }),
            News::Follow { .. } => {
                let followed = self.follow.take().is_some();
                self.invited = false;
                let text = self.pick(
                    "everybody goes on by himself now",
                    "teraz każdy pracuje we własnym tempie",
                );
                match followed {
                    true => self.remark(Ink::Dim, text),
                    false => String::new(),
                }
            }
            News::Say { text, one } => {
                let from = match one {
                    true => self.pick("the teacher, to you", "nauczyciel do ciebie"),
                    false => self.pick("the teacher", "nauczyciel"),
                };
                self.remark(Ink::Bold, &format!("{from}: {text}"))
            }
            News::Hint { exercise, text } => {
                let label = self.pick("a hint from the teacher", "podpowiedź od nauczyciela");
                self.remark(Ink::Bold, &format!("{label} ({exercise}): {text}"))
            }
            News::Look { on } => {
                let changed = std::mem::replace(&mut self.looked, on) != on;
                if on {
                    self.show();
                }
                let text = match on {
                    true => self.pick(
                        "the teacher looks at what you type",
                        "nauczyciel widzi teraz, co piszesz",
                    ),
                    false => self.pick(
                        "the teacher does not look any more",
                        "nauczyciel już nie patrzy",
                    ),
                };
                match changed {
                    true => self.remark(Ink::Dim, text),
                    false => String::new(),
                }
            }
            News::Name { name } => {
                let text = text!(
                    self.lang,
                    "you are called {name} now",
                    "nazywasz się teraz {name}"
                );
                self.remark(Ink::Dim, &text)
            }
            News::Hand { up } => {
                let was_up = std::mem::replace(&mut self.hand, up);
                let text = self.pick(
                    "the teacher has seen your hand",
                    "nauczyciel widział twoją rękę",
                );
                match was_up && !up {
                    true => self.remark(Ink::Dim, text),
                    false => String::new(),
                }
            }
            News::Removed => {
                self.end();
                let text = self.pick(
                    "the teacher has taken this seat away; you go on by yourself",
                    "nauczyciel usunął to miejsce; dalej pracujesz bez klasy",
                );
                self.remark(Ink::Warn, text)
            }
            News::Ended => {
                self.end();
                let text = self.pick(
                    "the class is over; what you did is kept, and you can go on",
                    "zajęcia się skończyły; wyniki są zachowane, możesz pracować dalej",
                );
                self.remark(Ink::Bold, text)
            }
            News::Other => String::new(),
        }
    }

    /// Nothing of the class is left to follow.
    fn end(&mut self) {
        (self.over, self.invited, self.looked) = (true, false, false);
        self.follow = None;
    }

    /// The teacher is somewhere: Enter goes there.
    fn invite(&mut self, place: Place) -> String {
        let is_here = self.here.borrow().as_ref() == Some(&place);
        self.invited = !is_here;
        let Place { section, step } = &place;
        let text = match is_here {
            true => text!(
                self.lang,
                "the teacher is at this step, too",
                "nauczyciel też jest na tym kroku"
            ),
            false => text!(
                self.lang,
                "the teacher is at {section}, step {step}: Enter goes there",
                "nauczyciel jest w {section}, krok {step}: Enter tam przechodzi"
            ),
        };
        self.follow = Some(place);
        self.remark(Ink::Bold, &text)
    }

    /// Keeps a text for a teacher who looks, and shows it to one who does.
    fn typed(&mut self, text: &str) {
        for line in text.lines() {
            self.screen.push_back(line.chars().take(WIDTH).collect());
        }
        let more = self.screen.len().saturating_sub(SCREEN);
        self.screen.drain(..more);
        if self.looked {
            self.show();
        }
    }

    fn show(&self) {
        let lines: Vec<&str> = self.screen.iter().map(String::as_str).collect();
        let text = lines.join("\n");
        self.link.report(json!({"what": "screen", "text": text}));
    }

    fn raise(&mut self) -> String {
        self.hand = !self.hand;
        self.link.report(json!({"what": "hand", "up": self.hand}));
        let text = match self.hand {
            true => self.pick(
                "your hand is up; :hand takes it down",
                "ręka podniesiona; :hand ją opuszcza",
            ),
            false => self.pick("your hand is down", "ręka opuszczona"),
        };
        self.remark(Ink::Dim, text)
    }
}

/// A mode of the shell with a member of a class at it, or without one.
pub(in crate::app) struct InClass<'a, H> {
    pub(in crate::app) member: Option<&'a mut Member>,
    /// The section that is played; none in practice.
    pub(in crate::app) section: Option<String>,
    pub(in crate::app) mode: H,
}

impl<H: Hooks> InClass<'_, H> {
    /// What is shown of a command to a teacher who looks.
    fn note(&mut self, prompt: &str, argv: &Argv, replies: &[Reply]) {
        let Some(member) = &mut self.member else {
            return;
        };
        let line = resp::split::quote_all(argv);
        let text = match has_secret(&line) {
            true => format!("{prompt}...\n"),
            false => format!("{prompt}{line}\n"),
        };
        let replies = replies.iter().map(|reply| match tty_lines(reply) {
            ..=SCREEN => to_tty(reply),
            _ => "...\n".to_owned(),
        });
        member.typed(&(text + &replies.collect::<String>()));
    }

    /// Goes to the teacher's step.
    async fn follow(&mut self, desk: Desk<'_>) -> Result<Said> {
        let Some(member) = &mut self.member else {
            return Ok(Said::default());
        };
        member.invited = false;
        let Some(place) = member.follow.clone() else {
            let text = member.pick(
                "the class follows nobody just now",
                "klasa nie idzie teraz krok po kroku za nauczycielem",
            );
            return Ok(Said::text(member.remark(Ink::Dim, text)));
        };
        if self.section.as_ref() == Some(&place.section) {
            let step = [place.step.to_string()];
            if let Some(said) = self.mode.word(desk, "go", &step).await {
                return said;
            }
            return Ok(Said::default());
        }
        member.goes = Some(place);
        Ok(Said {
            text: String::new(),
            leave: true,
        })
    }

    fn is_invited(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.invited)
    }
}

impl<H: Hooks> Hooks for InClass<'_, H> {
    fn words(&self) -> Vec<Word> {
        let mut words = self.mode.words();
        if self.member.is_some() {
            words.extend(WORDS.iter().map(|row| row.word));
        }
        words
    }

    fn next(&self) -> Option<Next> {
        let place = match &self.member {
            Some(member) if member.invited => member.follow.as_ref().map(|place| (member, place)),
            _ => None,
        };
        let Some((member, Place { section, step })) = place else {
            return self.mode.next();
        };
        Some(Next::Words(text!(
            member.lang,
            "(Enter: to the teacher, {section} {step})",
            "(Enter: do nauczyciela, {section} {step})"
        )))
    }

    async fn begin(&mut self, desk: Desk<'_>) -> Result<Said> {
        self.mode.begin(desk).await
    }

    fn drops_early_keys(&self) -> bool {
        self.mode.drops_early_keys()
    }

    async fn answer(&mut self, desk: Desk<'_>, typed: &Typed<'_>) -> Option<Result<Said>> {
        self.mode.answer(desk, typed).await
    }

    async fn before(&mut self, desk: Desk<'_>, argv: &Argv) -> Option<Result<Said>> {
        let prompt = desk.client.state.prompt(desk.label);
        let said = self.mode.before(desk, argv).await?;
        self.note(&prompt, argv, &[]);
        Some(said)
    }

    fn warns(&self, argv: &Argv) -> Option<Text> {
        self.mode.warns(argv)
    }

    async fn word(&mut self, desk: Desk<'_>, name: &str, args: &[String]) -> Option<Result<Said>> {
        match (find(WORDS, name), &mut self.member) {
            (Some(row), Some(member)) => Some(match row.act {
                Act::Hand => Ok(Said::text(member.raise())),
                Act::Follow => self.follow(desk).await,
            }),
            _ => self.mode.word(desk, name, args).await,
        }
    }

    async fn after(&mut self, desk: Desk<'_>, argv: &Argv, replies: &[Reply]) -> Result<Said> {
        self.note(&desk.client.state.prompt(desk.label), argv, replies);
        self.mode.after(desk, argv, replies).await
    }

    async fn blank(&mut self, desk: Desk<'_>) -> Result<Said> {
        match self.is_invited() {
            true => self.follow(desk).await,
            false => self.mode.blank(desk).await,
        }
    }

    async fn late(&mut self) -> String {
        loop {
            let Some(member) = &mut self.member else {
                return self.mode.late().await;
            };
            let notice = member.link.notice().await;
            let text = member.told(notice);
            if !text.is_empty() {
                return text;
            }
        }
    }

    fn interrupted(&mut self) -> Option<Said> {
        self.mode.interrupted()
    }
}
