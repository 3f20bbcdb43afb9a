//! The shell of a learner in a class: the mode he is in, two words more, and the
//! step the teacher is at, one Enter away.

use super::member::{Member, SCREEN};
use crate::classroom::client::seat::Place;
use crate::conn::state::Argv;
use crate::error::Result;
use crate::render::style::Ink;
use crate::session::word::{Row, Word, find};
use crate::session::{Aside, Desk, Hooks, Next, Said, Typed, has_secret};
use catalog::lang::Text;
use catalog::text;
use resp::Reply;
use resp::format::{to_tty, tty_lines};

/// What a word of a class does.
#[derive(Debug, Clone, Copy)]
enum Act {
    Hand,
    Follow,
}

static WORDS: &[Row<Act>] = &[
    Row::new(
        &["hand"],
        [
            "raise your hand, or take it down",
            "podnieś rękę albo ją opuść",
        ],
        Act::Hand,
    ),
    Row::new(
        &["follow"],
        [
            "go to the step the teacher is at",
            "przejdź do kroku, na którym jest nauczyciel",
        ],
        Act::Follow,
    ),
];

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
        let text = if has_secret(&line) {
            format!("{prompt}...\n")
        } else {
            format!("{prompt}{line}\n")
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
        let Some(place) = member.accept() else {
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

    /// Where Enter goes: to the teacher.
    fn invitation(&self) -> Option<Place> {
        self.member.as_ref()?.invitation()
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
        let Some((member, place)) = self.member.as_ref().zip(self.invitation()) else {
            return self.mode.next();
        };
        let Place { section, step } = place;
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

    async fn aside(&mut self, desk: Desk<'_>) -> Option<Aside> {
        self.mode.aside(desk).await
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
        match self.invitation() {
            Some(_) => self.follow(desk).await,
            None => self.mode.blank(desk).await,
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
