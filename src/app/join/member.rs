//! A learner who has joined a class, while he works: what he does is reported,
//! and what the teacher says stands above his prompt.

use crate::app::context::Context;
use crate::classroom::client::seat::{Me, Place};
use crate::classroom::client::{Address, Link, News, Notice};
use crate::error::Result;
use crate::practice::{Keep as _, Store, state_folder};
use crate::render::harmless::foreign;
use crate::render::style::{Ink, Style};
use crate::render::wrapping;
use crate::session::exercise::{Change, ChangeEvent, Progress, report};
use catalog::lang::Lang;
use catalog::text;
use serde_json::json;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;

/// As many lines of his are shown to a teacher who looks.
pub(super) const SCREEN: usize = 60;

/// As many characters of one of them.
const WIDTH: usize = 300;

/// Where the learner is, and where the teacher is.
#[derive(Debug, Default)]
struct Places {
    here: Option<Place>,
    /// None while the class follows nobody.
    teacher: Option<Place>,
    /// The learner has been asked there, and has not been there since.
    invited: bool,
}

impl Places {
    /// The learner is at a step, or at none.
    fn arrive(&mut self, here: Option<Place>) {
        self.invited &= here.is_none() || here != self.teacher;
        self.here = here;
    }

    /// The teacher is at a step; whether the learner is there already.
    fn invite(&mut self, teacher: Place) -> bool {
        let is_here = self.here.as_ref() == Some(&teacher);
        (self.teacher, self.invited) = (Some(teacher), !is_here);
        is_here
    }

    /// Everybody goes where he likes; whether that was otherwise.
    fn part(&mut self) -> bool {
        self.invited = false;
        self.teacher.take().is_some()
    }
}

/// A member of a class.
#[derive(Debug)]
pub(in crate::app) struct Member {
    pub(super) link: Link,
    /// Where the seat and its progress are kept.
    folder: PathBuf,
    address: Address,
    pub(super) lang: Lang,
    style: Style,
    places: Rc<RefCell<Places>>,
    /// The step that is wanted in another section.
    pub(super) goes: Option<Place>,
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
            places: Rc::new(RefCell::new(Places {
                teacher: me.follow.clone(),
                ..Places::default()
            })),
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
        let (reports, places) = (self.link.reports(), Rc::clone(&self.places));
        let mut own = state_folder().and_then(|folder| Store::open(folder, lang).ok());
        let heard = move |change: &Change, progress: &Progress| {
            if let ChangeEvent::Read(place) = &change.event {
                let here = (!place.finished).then(|| Place {
                    section: change.section.clone(),
                    step: place.step + 1,
                });
                places.borrow_mut().arrive(here);
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
        self.places.borrow().teacher.clone()
    }

    /// Where Enter goes: to the teacher, while the learner is asked there.
    pub(super) fn invitation(&self) -> Option<Place> {
        let places = self.places.borrow();
        places.teacher.clone().filter(|_| places.invited)
    }

    /// Where the class is; the learner goes there, and is asked no more.
    pub(super) fn accept(&mut self) -> Option<Place> {
        let mut places = self.places.borrow_mut();
        places.invited = false;
        places.teacher.clone()
    }

    /// The step of another section that the learner left for, once.
    pub(in crate::app) fn take_goes(&mut self) -> Option<Place> {
        self.goes.take()
    }

    /// Leaves: what waits is still sent for a moment.
    pub(super) async fn leave(self, limit: std::time::Duration) -> usize {
        self.link.close(limit).await
    }

    pub(super) fn pick(&self, en: &'static str, pl: &'static str) -> &'static str {
        self.lang.pick(en, pl)
    }

    /// Something said beside the work.
    pub(super) fn remark(&self, ink: Ink, text: &str) -> String {
        let text = foreign(text);
        let options = wrapping(textwrap::termwidth())
            .initial_indent("  ▸ ")
            .subsequent_indent("    ");
        let lines = textwrap::wrap(&text, options);
        let lines = lines.iter().map(|line| self.style.paint(ink, line) + "\n");
        lines.collect()
    }

    /// What is told of a notice; nothing for what concerns nobody.
    pub(super) fn told(&mut self, notice: Notice) -> String {
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
            News::Follow { .. } => self.part(),
            News::Say { text, one } => {
                let from = if one {
                    self.pick("the teacher, to you", "nauczyciel do ciebie")
                } else {
                    self.pick("the teacher", "nauczyciel")
                };
                self.remark(Ink::Bold, &format!("{from}: {text}"))
            }
            News::Hint { exercise, text } => {
                let label = self.pick("a hint from the teacher", "podpowiedź od nauczyciela");
                self.remark(Ink::Bold, &format!("{label} ({exercise}): {text}"))
            }
            News::Look { on } => self.looked_at(on),
            News::Name { name } => {
                let text = text!(
                    self.lang,
                    "you are called {name} now",
                    "nazywasz się teraz {name}"
                );
                self.remark(Ink::Dim, &text)
            }
            News::Hand { up } => self.hand_is(up),
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

    /// Nobody is followed any more.
    fn part(&mut self) -> String {
        let followed = self.places.borrow_mut().part();
        let text = self.pick(
            "everybody goes on by himself now",
            "teraz każdy pracuje we własnym tempie",
        );
        if followed {
            self.remark(Ink::Dim, text)
        } else {
            String::new()
        }
    }

    /// The teacher looks, or has stopped looking.
    fn looked_at(&mut self, on: bool) -> String {
        let changed = std::mem::replace(&mut self.looked, on) != on;
        if on {
            self.show();
        }
        let text = if on {
            self.pick(
                "the teacher looks at what you type",
                "nauczyciel widzi teraz, co piszesz",
            )
        } else {
            self.pick(
                "the teacher does not look any more",
                "nauczyciel już nie patrzy",
            )
        };
        if changed {
            self.remark(Ink::Dim, text)
        } else {
            String::new()
        }
    }

    /// The hub says whether the hand is up: one that goes down has been seen.
    fn hand_is(&mut self, up: bool) -> String {
        let was_up = std::mem::replace(&mut self.hand, up);
        let text = self.pick(
            "the teacher has seen your hand",
            "nauczyciel widział twoją rękę",
        );
        if was_up && !up {
            self.remark(Ink::Dim, text)
        } else {
            String::new()
        }
    }

    /// Nothing of the class is left to follow.
    fn end(&mut self) {
        (self.over, self.looked) = (true, false);
        self.places.borrow_mut().part();
    }

    /// The teacher is somewhere: Enter goes there.
    fn invite(&mut self, place: Place) -> String {
        let is_here = self.places.borrow_mut().invite(place.clone());
        let Place { section, step } = &place;
        let text = if is_here {
            text!(
                self.lang,
                "the teacher is at this step, too",
                "nauczyciel też jest na tym kroku"
            )
        } else {
            text!(
                self.lang,
                "the teacher is at {section}, step {step}: Enter goes there",
                "nauczyciel jest w {section}, krok {step}: Enter tam przechodzi"
            )
        };
        self.remark(Ink::Bold, &text)
    }

    /// Keeps a text for a teacher who looks, and shows it to one who does.
    pub(super) fn typed(&mut self, text: &str) {
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

    pub(super) fn raise(&mut self) -> String {
        if self.over {
            let text = self.pick(
                "there is no class any more to see your hand",
                "nie ma już zajęć, na których ktoś zobaczy rękę",
            );
            return self.remark(Ink::Dim, text);
        }
        self.hand = !self.hand;
        self.link.report(json!({"what": "hand", "up": self.hand}));
        let text = if self.hand {
            self.pick(
                "your hand is up; :hand takes it down",
                "ręka podniesiona; :hand ją opuszcza",
            )
        } else {
            self.pick("your hand is down", "ręka opuszczona")
        };
        self.remark(Ink::Dim, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: usize) -> Place {
        let section = "lists".to_owned();
        Place { section, step }
    }

    #[test]
    fn enter_goes_to_the_teacher_until_the_learner_has_been_there() {
        let mut places = Places::default();
        places.arrive(Some(at(1)));
        assert!(!places.invite(at(3)));
        places.arrive(Some(at(2)));
        // Between two sections the learner is nowhere.
        places.arrive(None);
        assert!(places.invited);
        places.arrive(Some(at(3)));
        places.arrive(Some(at(4)));
        assert!(!places.invited, "he is not asked again");
        places.arrive(Some(at(3)));
        assert!(places.invite(at(3)), "he is there");
        assert!(!places.invited);
        assert!(places.part() && !places.part());
    }
}
