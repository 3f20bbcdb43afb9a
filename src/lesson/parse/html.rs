//! The HTML in a lesson: comments, which say what text cannot, and `<details>`
//! around hints and answers.

use super::Assembler;
use super::directive::{self, Directive};
use crate::lesson::head::head;
use crate::lesson::{Diagnostic, Item, Prose, Span};
use catalog::text;

/// A `<details>` that is open.
pub(super) struct Details {
    pub(super) prose: Vec<Prose>,
    pub(super) has_answer: bool,
    pub(super) span: Span,
}

impl Assembler<'_> {
    pub(super) fn html(&mut self, text: &str, span: Span) -> Result<(), Diagnostic> {
        let mut rest = text.trim();
        while !rest.is_empty() {
            if let Some(comment) = rest.strip_prefix("<!--") {
                let closed = comment
                    .split_once("-->")
                    .filter(|(inside, _)| !inside.contains("<!--"));
                let Some((inside, behind)) = closed else {
                    return Err(self.error(
                        span,
                        text!(
                            "a comment that is never closed",
                            "komentarz, który nigdzie się nie kończy"
                        ),
                    ));
                };
                self.directive(inside, span)?;
                rest = behind.trim_start();
            } else if let Some(behind) = rest.strip_prefix("<details>") {
                rest = self.open_details(behind, span)?.trim_start();
            } else if let Some(behind) = rest.strip_prefix("</details>") {
                self.close_details(span)?;
                rest = behind.trim_start();
            } else {
                return Err(self
                    .error(
                        span,
                        text!(
                            "HTML other than <details> and comments",
                            "HTML inny niż <details> i komentarze"
                        ),
                    )
                    .help(text!(
                        "leave a blank line behind <details><summary>...</summary>",
                        "zostaw pusty wiersz po <details><summary>...</summary>"
                    )));
            }
        }
        Ok(())
    }

    /// Begins a hint or an answer; what stands behind its summary.
    fn open_details<'t>(&mut self, behind: &'t str, span: Span) -> Result<&'t str, Diagnostic> {
        let summary = behind
            .trim_start()
            .strip_prefix("<summary>")
            .and_then(|behind| behind.split_once("</summary>"));
        let Some((_, behind)) = summary else {
            return Err(self
                .error(
                    span,
                    text!("a <details> without a summary", "<details> bez <summary>"),
                )
                .help(text!(
                    "write <details><summary>Hint</summary>",
                    "napisz <details><summary>Podpowiedź</summary>"
                )));
        };
        if self.details.is_some() {
            return Err(self.error(
                span,
                text!("a <details> inside another", "<details> wewnątrz innego"),
            ));
        }
        self.details = Some(Details {
            prose: Vec::new(),
            has_answer: false,
            span,
        });
        Ok(behind)
    }

    fn close_details(&mut self, span: Span) -> Result<(), Diagnostic> {
        let Some(details) = self.details.take() else {
            return Err(self.error(
                span,
                text!("</details> without <details>", "</details> bez <details>"),
            ));
        };
        let Some(draft) = &mut self.draft else {
            return Err(self
                .source
                .error(
                    details.span,
                    text!(
                        "a hint or solution before the exercise's checks",
                        "podpowiedź albo rozwiązanie przed sprawdzeniami ćwiczenia"
                    ),
                )
                .help(text!(
                    "an exercise has its ```text check ID block first",
                    "ćwiczenie zaczyna się od bloku ```text check ID"
                )));
        };
        if details.has_answer {
            draft.explanation.extend(details.prose);
        } else if details.prose.is_empty() {
            return Err(self.error(details.span, text!("an empty hint", "pusta podpowiedź")));
        } else {
            draft.hints.push(details.prose);
        }
        Ok(())
    }

    /// Refuses what is said of the whole lesson anywhere but before its first
    /// step, or twice.
    fn once_at_the_top(&self, name: &str, again: bool, span: Span) -> Result<(), Diagnostic> {
        if !again && self.steps.is_empty() && self.step.heading.is_empty() {
            return Ok(());
        }
        Err(self.error(
            span,
            text!(
                "the comment \"{name}:\" does not stand before the first step, once",
                "komentarz „{name}:” ma stać przed pierwszym krokiem i tylko raz"
            ),
        ))
    }

    fn directive(&mut self, comment: &str, span: Span) -> Result<(), Diagnostic> {
        let directive = directive::read(comment).map_err(|message| self.error(span, message))?;
        let item = match directive {
            Directive::Pause => Item::Pause,
            Directive::Wait(duration) => Item::Wait(duration),
            Directive::Note(text, minutes) => Item::Note(Directive::note(text, minutes)),
            Directive::Part(alias) => {
                self.part = Some((alias, span));
                return Ok(());
            }
            Directive::Needs(needs) => {
                self.once_at_the_top("needs", self.needs.is_some(), span)?;
                self.needs = Some(needs);
                return Ok(());
            }
            Directive::OwnServer(reason) => {
                self.once_at_the_top("own server", self.own_server.is_some(), span)?;
                self.own_server = Some(reason);
                return Ok(());
            }
            Directive::Servers(servers) => {
                self.once_at_the_top("servers", !self.servers.is_empty(), span)?;
                self.servers = servers;
                return Ok(());
            }
            Directive::Learned(text) => return self.learned(text, span),
            Directive::About(text) => return self.about(&text, span),
        };
        self.step.items.push(item);
        Ok(())
    }

    fn learned(&mut self, text: String, span: Span) -> Result<(), Diagnostic> {
        let Some(draft) = &mut self.draft else {
            return Err(self.error(
                span,
                text!(
                    "a learned: comment outside an exercise",
                    "komentarz learned: poza ćwiczeniem"
                ),
            ));
        };
        draft.learned = text;
        Ok(())
    }

    fn about(&self, text: &str, span: Span) -> Result<(), Diagnostic> {
        let is_below_title = self.steps.is_empty() && self.step.items.is_empty();
        // The library reads it there, without the rest of the lesson.
        if is_below_title && head(self.source.text).about == Some(text) {
            return Ok(());
        }
        Err(self
            .error(
                span,
                text!(
                    "an about: comment that is not right below the title",
                    "komentarz about:, który nie stoi tuż pod tytułem"
                ),
            )
            .help(text!(
                "the line below \"# Title\" says in one line what the section is about",
                "wiersz pod „# Tytuł” mówi w jednym zdaniu, o czym jest sekcja"
            )))
    }
}
