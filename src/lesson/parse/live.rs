//! What a lesson shows besides commands: demos, pictures, and its servers going
//! down and coming back.

use super::{Assembler, commands};
use crate::lesson::{DEMOS, Diagnostic, Item, PictureBlock, PictureKind, ServerAct, Span};
use catalog::text;

impl Assembler<'_> {
    /// Whether a session is that of one of the lesson's own servers.
    pub(super) fn is_server(&self, session: Option<&str>) -> bool {
        let mut names = self.servers.iter().map(|server| server.name.as_str());
        names.any(|name| session == Some(name))
    }

    pub(super) fn live(
        &mut self,
        words: &[&str],
        body: &str,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let (what, name) = match words {
            [word] => word.split_once('=').unwrap_or_default(),
            _ => Default::default(),
        };
        let recording: Vec<String> = body
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        if !recording.is_empty() && (what != "demo" || self.servers.is_empty()) {
            return Err(self
                .error(
                    span,
                    text!("a live block is empty", "blok live ma być pusty"),
                )
                .help(text!(
                    "only a demo on servers of the lesson's own has a recording in it",
                    "nagranie ma w sobie tylko pokaz na własnych serwerach lekcji"
                )));
        }
        let act = match what {
            "demo" => return self.demo(name, recording, span),
            "kill" => ServerAct::Kill,
            "start" => ServerAct::Start,
            _ => {
                return Err(self
                    .error(
                        span,
                        text!(
                            "a live block is written ```live demo=NAME",
                            "blok live pisze się ```live demo=NAZWA"
                        ),
                    )
                    .help(text!(
                        "or ```live kill=SERVER, ```live start=SERVER",
                        "albo ```live kill=SERWER, ```live start=SERWER"
                    )));
            }
        };
        if !self.is_server(Some(name)) {
            return Err(self
                .error(
                    span,
                    text!(
                        "the lesson has no server \"{name}\"",
                        "lekcja nie ma serwera „{name}”"
                    ),
                )
                .help(text!(
                    "its servers are in <!-- servers: NAME PORT, NAME PORT --> below the title",
                    "jej serwery są w <!-- servers: NAZWA PORT, NAZWA PORT --> pod tytułem"
                )));
        }
        self.step.items.push(Item::Server {
            name: name.to_owned(),
            act,
            span,
        });
        Ok(())
    }

    fn demo(&mut self, name: &str, recording: Vec<String>, span: Span) -> Result<(), Diagnostic> {
        if !DEMOS.contains(&name) {
            let close = closest(DEMOS, name);
            return Err(self
                .error(
                    span,
                    text!(
                        "unknown demo \"{name}\"; did you mean \"{close}\"?",
                        "nieznany pokaz „{name}”; może „{close}”?"
                    ),
                )
                .help(text!("the demos are {}", "pokazy to {}", DEMOS.join(", "))));
        }
        self.step.items.push(Item::Live {
            demo: name.to_owned(),
            recording,
            span,
        });
        Ok(())
    }

    fn picture_kind(&self, name: &str, span: Span) -> Result<PictureKind, Diagnostic> {
        let mut kinds = PictureKind::ALL.into_iter();
        kinds.find(|kind| kind.name() == name).ok_or_else(|| {
            let names = PictureKind::ALL.map(PictureKind::name);
            let close = closest(&names, name);
            self.error(
                span,
                text!(
                    "unknown picture \"{name}\"; did you mean \"{close}\"?",
                    "nieznany rysunek „{name}”; może „{close}”?"
                ),
            )
            .help(text!(
                "the pictures are {}",
                "rysunki to {}",
                names.join(", ")
            ))
        })
    }

    pub(super) fn picture(
        &mut self,
        words: &[&str],
        body: &str,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let (name, session, caption) = match words {
            [name, session, caption @ ..] if session.starts_with('@') => {
                (name, Some(&session[1..]), caption)
            }
            [name, caption @ ..] => (name, None, caption),
            [] => {
                return Err(self.error(
                    span,
                    text!(
                        "a picture is written ```picture KIND Caption",
                        "rysunek pisze się ```picture RODZAJ Podpis"
                    ),
                ));
            }
        };
        if session.is_some() && !self.is_server(session) {
            return Err(self.error(
                span,
                text!(
                    "a picture of a server that the lesson has not",
                    "rysunek serwera, którego lekcja nie ma"
                ),
            ));
        }
        let kind = self.picture_kind(name, span)?;
        if caption.is_empty() {
            return Err(self
                .error(
                    span,
                    text!("a picture without a caption", "rysunek bez podpisu"),
                )
                .help(text!(
                    "behind the kind: what is to be seen, also for those who hear it read",
                    "po rodzaju: co na nim widać, także dla tych, którzy słuchają"
                )));
        }
        if self.details.is_some() || self.draft.is_some() {
            return Err(self.error(
                span,
                text!("a picture inside an exercise", "rysunek wewnątrz ćwiczenia"),
            ));
        }
        let block = commands::block(self.source, commands::Tags::default(), body, span)?;
        let Ok([line]) = <[_; 1]>::try_from(block.lines) else {
            return Err(self.error(
                span,
                text!(
                    "a picture is drawn of the reply to one command",
                    "rysunek powstaje z odpowiedzi na jedno polecenie"
                ),
            ));
        };
        self.step.items.push(Item::Picture(PictureBlock {
            kind,
            caption: caption.join(" "),
            session: session.map(str::to_owned),
            line,
            span,
        }));
        Ok(())
    }
}

/// The name that was probably meant.
fn closest<'a>(known: &[&'a str], name: &str) -> &'a str {
    let known = known.iter().copied();
    known
        .min_by_key(|known| strsim::damerau_levenshtein(known, name))
        .unwrap_or_default()
}
