//! The parts of an exercise, collected while its step is read.

use super::expect::{self, Complaint};
use super::nodes::Source;
use crate::lesson::{
    Again, Answer, Block, Check, Condition, Diagnostic, Exercise, Item, Line, Prose, Rival, Span,
    Step, Uses,
};
use catalog::lang::Text;
use catalog::text;
use resp::split;

/// An exercise whose checks were read; the rest follows in the file.
pub(super) struct Draft {
    pub(super) id: String,
    checks: Checks,
    again: Vec<Again>,
    rivals: Vec<Rival>,
    pub(super) hints: Vec<Vec<Prose>>,
    pub(super) solution: Option<Block>,
    pub(super) explanation: Vec<Prose>,
    pub(super) learned: String,
    pub(super) right: Vec<Answer>,
    pub(super) wrong: Vec<Answer>,
    span: Span,
}

/// What a check fence asks.
#[derive(Default)]
pub(super) struct Checks {
    pub(super) state: Vec<Check>,
    pub(super) uses: Vec<Condition>,
}

/// Where else an answer has to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Elsewhere {
    Again,
    Rival,
}

impl Elsewhere {
    /// The word in a fence.
    pub(super) fn read(word: &str) -> Option<Elsewhere> {
        match word {
            "again" => Some(Elsewhere::Again),
            "rival" => Some(Elsewhere::Rival),
            _ => None,
        }
    }
}

impl Draft {
    pub(super) fn new(id: &str, checks: Checks, span: Span) -> Draft {
        Draft {
            id: id.to_owned(),
            checks,
            again: Vec::new(),
            rivals: Vec::new(),
            hints: Vec::new(),
            solution: None,
            explanation: Vec::new(),
            learned: String::new(),
            right: Vec::new(),
            wrong: Vec::new(),
            span,
        }
    }

    /// Takes a second setup, or another client's commands; its checks follow.
    pub(super) fn elsewhere(&mut self, kind: Elsewhere, block: Block) {
        let checks = Vec::new();
        match kind {
            Elsewhere::Again => self.again.push(Again {
                setup: block,
                checks,
            }),
            Elsewhere::Rival => self.rivals.push(Rival { block, checks }),
        }
    }

    /// Takes the checks of the block of this kind that was read last.
    ///
    /// # Errors
    /// What is wrong with that.
    pub(super) fn checks_of(&mut self, kind: Elsewhere, checks: Checks) -> Result<(), Text> {
        if !checks.uses.is_empty() {
            return Err(text!(
                "a \"uses\" line belongs to the exercise's own checks",
                "wiersz „uses” należy do własnych sprawdzeń ćwiczenia"
            ));
        }
        let own = match kind {
            Elsewhere::Again => self.again.last_mut().map(|again| &mut again.checks),
            Elsewhere::Rival => self.rivals.last_mut().map(|rival| &mut rival.checks),
        };
        match own {
            Some(own) if own.is_empty() => *own = checks.state,
            _ => {
                return Err(text!(
                    "these checks stand before the commands they belong to",
                    "te sprawdzenia stoją przed poleceniami, do których należą"
                ));
            }
        }
        Ok(())
    }

    /// Refuses another setup or client of which nothing says what is right.
    fn all_is_checked(&self, source: &Source) -> Result<(), Diagnostic> {
        let unchecked = self
            .again
            .iter()
            .map(|again| (&again.setup, &again.checks))
            .chain(
                self.rivals
                    .iter()
                    .map(|rival| (&rival.block, &rival.checks)),
            )
            .find(|(_, checks)| checks.is_empty());
        if let Some((block, _)) = unchecked {
            return Err(source
                .error(
                    block.span,
                    text!(
                        "nothing says what is right here",
                        "nic tu nie mówi, co jest dobrze"
                    ),
                )
                .help(text!(
                    "write ```text check again ID, or ```text check rival ID, behind it",
                    "napisz po nim ```text check again ID albo ```text check rival ID"
                )));
        }
        Ok(())
    }

    /// Completes the exercise at the end of its step, taking its setup from
    /// the step's items.
    pub(super) fn finish(
        mut self,
        source: &Source,
        step: &mut Step,
    ) -> Result<Exercise, Diagnostic> {
        let span = self.span;
        let error = |message| Err(source.error(span, message));
        let Some(solution) = self.solution.take() else {
            return error(text!(
                "an exercise without a solution",
                "ćwiczenie bez rozwiązania"
            ));
        };
        if self.hints.is_empty() {
            return error(text!(
                "an exercise without a hint",
                "ćwiczenie bez podpowiedzi"
            ));
        }
        if self.learned.is_empty() {
            return error(text!(
                "an exercise without a <!-- learned: ... --> comment",
                "ćwiczenie bez komentarza <!-- learned: ... -->"
            ));
        }
        self.all_is_checked(source)?;
        let setup = take_setup(source, step)?;
        let title = match step.heading.split_once(": ") {
            Some((_, title)) => title.to_owned(),
            None => step.heading.clone(),
        };
        Ok(Exercise {
            id: self.id,
            title,
            setup,
            checks: self.checks.state,
            uses: self.checks.uses,
            again: self.again,
            rivals: self.rivals,
            hints: self.hints,
            solution,
            explanation: self.explanation,
            learned: self.learned,
            right: self.right,
            wrong: self.wrong,
            span: self.span,
        })
    }
}

/// Takes the setup out of an exercise's step, which runs nothing else.
fn take_setup(source: &Source, step: &mut Step) -> Result<Option<Block>, Diagnostic> {
    let error = |span, message| Err(source.error(span, message));
    let mut setup = None;
    let mut items = Vec::new();
    for item in std::mem::take(&mut step.items) {
        match item {
            Item::Run(block) if block.setup && setup.is_none() => setup = Some(block),
            Item::Run(block) => {
                return error(
                    block.span,
                    text!(
                        "an exercise's step has one setup block and no other commands",
                        "krok z ćwiczeniem ma jeden blok setup i żadnych innych poleceń"
                    ),
                );
            }
            Item::Await(later) => {
                return error(
                    later.span,
                    text!(
                        "an expectation has no place in an exercise",
                        "w ćwiczeniu nie ma miejsca na oczekiwaną odpowiedź"
                    ),
                );
            }
            Item::Picture(picture) => {
                return error(
                    picture.span,
                    text!(
                        "a picture has no place in an exercise",
                        "w ćwiczeniu nie ma miejsca na rysunek"
                    ),
                );
            }
            Item::Server { span, .. } => {
                return error(
                    span,
                    text!(
                        "an exercise is done on one server",
                        "ćwiczenie robi się na jednym serwerze"
                    ),
                );
            }
            item => items.push(item),
        }
    }
    step.items = items;
    Ok(setup)
}

/// Reads a check fence: `# message` lines, `> command`, the expected reply,
/// and so on. A complaint comes with the body's line it counts from.
pub(super) fn checks(body: &str, first_line: usize) -> Result<Checks, (Complaint, usize)> {
    let lines: Vec<&str> = body.lines().collect();
    let mut checks = Checks::default();
    let mut message: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if let Some(text) = line.strip_prefix('#') {
            message.push(text.trim());
            at += 1;
            continue;
        }
        if line.trim().is_empty() {
            at += 1;
            continue;
        }
        if message.is_empty() {
            return Err(complaint(
                at,
                text!(
                    "a check needs a \"# message\" line that says what is missing when it fails",
                    "sprawdzenie potrzebuje wiersza „# komunikat”, który mówi, czego brakuje, gdy się nie powiedzie"
                ),
            ));
        }
        if let Some(what) = line.strip_prefix("uses ") {
            checks.uses.push(Condition {
                message: std::mem::take(&mut message).join(" "),
                what: uses(what).map_err(|text| complaint(at, text))?,
                text: line.to_owned(),
                span: Span {
                    line: first_line + at,
                    column: 1,
                    len: line.chars().count(),
                },
            });
            at += 1;
            continue;
        }
        let end = (at + 1..lines.len()).find(|next| begins_anew(lines[*next]));
        let end = end.unwrap_or(lines.len());
        let message = std::mem::take(&mut message).join(" ");
        let check = check(message, &lines[at..end], first_line + at);
        let check = check.map_err(|(complaint, line)| (complaint, at + line))?;
        checks.state.push(check);
        at = end;
    }
    if !message.is_empty() {
        return Err(complaint(
            lines.len() - 1,
            text!("a message without a check", "komunikat bez sprawdzenia"),
        ));
    }
    Ok(checks)
}

fn complaint(line: usize, message: Text) -> (Complaint, usize) {
    let complaint = Complaint {
        line: 0,
        column: 0,
        message,
    };
    (complaint, line)
}

/// Whether another check begins with this line.
fn begins_anew(line: &str) -> bool {
    line.starts_with("> ") || line.starts_with('#') || line.starts_with("uses ")
}

/// Reads one check, a command and its reply; `first_line` is its line in the
/// file.
fn check(message: String, lines: &[&str], first_line: usize) -> Result<Check, (Complaint, usize)> {
    let refuse = |message| Err(complaint(0, message));
    let Some(command) = lines[0].strip_prefix("> ") else {
        return refuse(text!(
            "a check is a \"> command\" line and the reply it must have, or a \"uses\" line",
            "sprawdzenie to wiersz „> polecenie” i odpowiedź, jaka ma być, albo wiersz „uses”"
        ));
    };
    let argv = split::split(command.as_bytes()).ok();
    let Some(argv) = argv.filter(|argv| !argv.is_empty()) else {
        return refuse(text!(
            "the quotes of this command are not balanced",
            "cudzysłowy w tym poleceniu nie są domknięte"
        ));
    };
    let expected = expect::read_all(&lines[1..].join("\n"), first_line + 1)
        .map_err(|complaint| (complaint, 1))?;
    if expected.len() != 1 {
        return refuse(text!(
            "a check has one expected reply",
            "sprawdzenie ma jedną oczekiwaną odpowiedź"
        ));
    }
    Ok(Check {
        message,
        line: Line {
            text: command.to_owned(),
            argv,
            expected,
            span: Span {
                line: first_line,
                column: 3,
                len: command.chars().count(),
            },
        },
    })
}

/// Reads what stands behind `uses`.
fn uses(what: &str) -> Result<Uses, Text> {
    let words: Vec<&str> = what.split_whitespace().collect();
    let names = |words: &[&str]| {
        let text = words.join(" ").to_uppercase();
        let name = |begins: &String| begins.split(' ').next().and_then(catalog::find);
        let known = |begins: &String| name(begins).is_some();
        let names: Vec<String> = text.split('|').map(str::to_owned).collect();
        if names.iter().all(known) {
            Ok(names)
        } else {
            Err(text!(
                "there is no such command",
                "nie ma takiego polecenia"
            ))
        }
    };
    match words.as_slice() {
        ["at", "most", count, "command" | "commands"] => match count.parse() {
            Ok(count) if count > 0 => Ok(Uses::AtMost(count)),
            _ => Err(text!(
                "how many commands? A number from 1 on",
                "ile poleceń? Liczba od 1 w górę"
            )),
        },
        [] | ["at" | "no"] => Err(text!(
            "write \"uses at most 1 command\", \"uses EVAL|EVALSHA\" or \"uses no GET|SET\"",
            "napisz „uses at most 1 command”, „uses EVAL|EVALSHA” albo „uses no GET|SET”"
        )),
        ["no", some @ ..] => Ok(Uses::None(names(some)?)),
        some => Ok(Uses::Any(names(some)?)),
    }
}
