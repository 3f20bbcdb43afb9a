//! What a lesson is.

use super::{LessonServer, Pattern, PictureBlock, Prose, ServerAct, Task};
use catalog::{Release, Since};
use std::time::Duration;

/// A place in a lesson file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// How many characters the caret marks.
    pub len: usize,
}

/// The name of a connection of a lesson (`@ala`); `None` is the main one.
pub type SessionName = Option<String>;

/// The live demos that a lesson can name. `live` implements each of them; a
/// test there keeps both lists equal.
pub const DEMOS: &[&str] = &[
    "cache-aside",
    "compare-and-set",
    "counters",
    "damaged-tail",
    "dying-consumer",
    "eviction",
    "expiry-events",
    "fragmentation",
    "growth",
    "keys-scan",
    "kill-nine",
    "listen",
    "lru-lfu",
    "monitor-price",
    "moving-slot",
    "pipelining",
    "rate-limiters",
    "replica-lag",
    "rewrite",
    "set-order",
    "stampede",
    "unique-visitors",
    "vital-signs",
    "watch-race",
    "wiretap",
    "worker-loop",
];

/// One section of the tutorial, in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// The file's stem: `lists`.
    pub id: String,
    /// The text of the first heading.
    pub title: String,
    /// The file's name, for messages.
    pub file: String,
    /// The whole file, for messages and for rewriting expectations.
    pub source: String,
    /// The servers it can be played on; `None`: any that the lab supports.
    pub needs: Option<Since>,
    /// Why it is played on a private server only; `None`: it keeps to its keys
    /// and can be played on any.
    pub own_server: Option<String>,
    /// The servers it starts for itself, beside the one of every lesson.
    pub servers: Vec<LessonServer>,
    /// What stands before the first second-level heading is step 0, without a
    /// heading of its own; it may be empty.
    pub steps: Vec<Step>,
}

/// One step: what a teacher shows at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The heading's text; empty for the introduction.
    pub heading: String,
    /// The alias at which a run can start here (`zsets`).
    pub part: Option<String>,
    /// What happens, in order.
    pub items: Vec<Item>,
    /// The exercise, when this step is one; its items are then the prompt.
    pub exercise: Option<Exercise>,
    /// The heading's place.
    pub span: Span,
}

/// One thing that happens in a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// Text to read.
    Prose(Prose),
    /// Code to read, with its language.
    Code {
        /// The fence's language, `python` for example.
        language: String,
        /// The code.
        text: String,
        /// The fence's place.
        span: Span,
    },
    /// Commands to run.
    Run(Block),
    /// Replies or messages that arrive later on a session.
    Await(Await),
    /// A live demo, by name.
    Live {
        /// One of [`DEMOS`].
        demo: String,
        /// What it showed once, a line each, for where it cannot be played.
        recording: Vec<String>,
        /// The fence's place.
        span: Span,
    },
    /// Something happens to one of the lesson's own servers.
    Server {
        /// Its name.
        name: String,
        /// What.
        act: ServerAct,
        /// The fence's place.
        span: Span,
    },
    /// A picture of a reply.
    Picture(PictureBlock),
    /// Wait for the learner.
    Pause,
    /// Wait for time to pass.
    Wait(Duration),
    /// A note for the teacher.
    Note(Note),
    /// Something to try at once, in seconds.
    Task(Box<Task>),
}

/// A speaker note.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The note without its minutes.
    pub text: String,
    /// The planned minutes, 0 when none are given.
    pub minutes: u32,
}

/// Commands for one session, run one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Which connection.
    pub session: SessionName,
    /// Preparation: run without showing every reply, must only not fail.
    pub setup: bool,
    /// The last command blocks; its reply is in a later [`Await`].
    pub blocks: bool,
    /// Each command is asked again until its reply is as expected.
    pub until: bool,
    /// The words behind the fence's tags.
    pub title: String,
    /// The commands.
    pub lines: Vec<Line>,
    /// The fence's place.
    pub span: Span,
}

/// One command of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The command as typed; a quoted string may span lines.
    pub text: String,
    /// The command as sent.
    pub argv: Vec<Vec<u8>>,
    /// What must come back: empty when anything but an error will do, more
    /// than one for SUBSCRIBE and its kin.
    pub expected: Vec<Expected>,
    /// The command's place.
    pub span: Span,
}

/// An expected reply and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// What the reply must be like.
    pub pattern: Pattern,
    /// As written, for messages.
    pub text: String,
    /// Where; the expectation covers `lines` lines from there.
    pub span: Span,
    /// How many lines of the file it takes.
    pub lines: usize,
}

/// Replies that arrive later on a session: the answer of a blocked command,
/// or messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Await {
    /// Which connection.
    pub session: SessionName,
    /// What must arrive, in order.
    pub expected: Vec<Expected>,
    /// The fence's place.
    pub span: Span,
}

/// A piece of work for the learner, proved by the lint.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// Unique over all sections.
    pub id: String,
    /// The heading without its `Exercise:`.
    pub title: String,
    /// The start: run on an empty `lab:` key space.
    pub setup: Option<Block>,
    /// What must hold afterwards.
    pub checks: Vec<Check>,
    /// What must have been used, where no state can tell.
    pub uses: Vec<Condition>,
    /// Where else the same commands must be right.
    pub again: Vec<Again>,
    /// Whom they must be right against.
    pub rivals: Vec<Rival>,
    /// From vague to concrete.
    pub hints: Vec<Vec<Prose>>,
    /// Our answer.
    pub solution: Block,
    /// What is said about the solution.
    pub explanation: Vec<Prose>,
    /// What the learner has learned, shown after success.
    pub learned: String,
    /// Other right answers.
    pub right: Vec<Answer>,
    /// Tempting wrong answers.
    pub wrong: Vec<Answer>,
    /// The check fence's place.
    pub span: Span,
}

/// An answer, and why it is right or wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Shown above its commands; empty when nothing is said.
    pub why: Vec<Prose>,
    /// Its commands.
    pub block: Block,
}

/// Other data on which the learner's own commands must be right, too. The
/// block's title says what is different: "with an empty list".
#[derive(Debug, Clone, PartialEq)]
pub struct Again {
    /// Instead of the exercise's own setup.
    pub setup: Block,
    /// What is right there.
    pub checks: Vec<Check>,
}

/// Another client, whose commands run before the learner's first one, or
/// between any two of them. The block's title says what happens: "a second
/// buyer comes".
#[derive(Debug, Clone, PartialEq)]
pub struct Rival {
    /// Its commands.
    pub block: Block,
    /// What is right then, wherever they came in between.
    pub checks: Vec<Check>,
}

/// A condition on what was used.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Said when it does not hold.
    pub message: String,
    /// What is asked.
    pub what: Uses,
    /// As written.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// What an answer may consist of: names of commands, or how one begins
/// (`WAIT 1 100`), in capitals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uses {
    /// `uses at most 1 command`.
    AtMost(usize),
    /// `uses EVAL|EVALSHA`: at least one of these.
    Any(Vec<String>),
    /// `uses no GET|SET`: none of these.
    None(Vec<String>),
}

impl Uses {
    /// Whether an answer of these commands is as asked.
    pub fn hold(&self, commands: &[Vec<Vec<u8>>]) -> bool {
        let begins = |argv: &Vec<Vec<u8>>, words: &str| {
            let mut own = argv.iter();
            words.split(' ').all(|word| {
                let own = own.next();
                own.is_some_and(|own| own.eq_ignore_ascii_case(word.as_bytes()))
            })
        };
        let is_used = |words: &String| commands.iter().any(|argv| begins(argv, words));
        match self {
            Uses::AtMost(count) => commands.len() <= *count,
            Uses::Any(names) => names.iter().any(is_used),
            Uses::None(names) => !names.iter().any(is_used),
        }
    }
}

impl Exercise {
    /// Its title as it stands alone: behind `Exercise:` in the lesson it goes on
    /// in small letters.
    pub fn title_alone(&self) -> String {
        let mut letters = self.title.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect()
    }

    /// Whether the state alone does not tell that an answer is right.
    pub fn needs_proof(&self) -> bool {
        !(self.uses.is_empty() && self.again.is_empty() && self.rivals.is_empty())
    }

    /// Every check: of the state, and of what is proved elsewhere.
    pub fn all_checks(&self) -> impl Iterator<Item = &Check> {
        let again = self.again.iter().flat_map(|again| &again.checks);
        let rivals = self.rivals.iter().flat_map(|rival| &rival.checks);
        self.checks.iter().chain(again).chain(rivals)
    }

    /// Every block of commands.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        let answers = self.right.iter().chain(&self.wrong);
        self.setup
            .iter()
            .chain([&self.solution])
            .chain(self.again.iter().map(|again| &again.setup))
            .chain(self.rivals.iter().map(|rival| &rival.block))
            .chain(answers.map(|answer| &answer.block))
    }
}

/// A condition of an exercise: a read-only command and its reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Said when it does not hold.
    pub message: String,
    /// The command and what must come back.
    pub line: Line,
}

impl Lesson {
    /// The server of its own that a session talks to.
    pub fn server(&self, session: Option<&str>) -> Option<&LessonServer> {
        let name = session?;
        self.servers.iter().find(|server| server.name == name)
    }

    /// Whether it can be played on a server of this release; one that does
    /// not tell what it is may try.
    pub fn runs_on(&self, release: Option<Release>) -> bool {
        match (self.needs, release) {
            (Some(needs), Some(release)) => release.has(needs),
            _ => true,
        }
    }

    /// The exercises, in order.
    pub fn exercises(&self) -> impl Iterator<Item = &Exercise> {
        self.steps.iter().filter_map(|step| step.exercise.as_ref())
    }

    /// Whether there is anything to run besides exercises.
    pub fn is_shown(&self) -> bool {
        let mut items = self.steps.iter().flat_map(|step| &step.items);
        items.any(|item| matches!(item, Item::Run(_) | Item::Live { .. }))
    }

    /// The tasks, in order.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.steps.iter().flat_map(Step::tasks)
    }

    /// The minutes a teacher plans for the whole section.
    pub fn minutes(&self) -> u32 {
        self.steps.iter().map(Step::minutes).sum()
    }

    /// The index of the step a part's alias names.
    pub fn part(&self, alias: &str) -> Option<usize> {
        self.steps
            .iter()
            .position(|step| step.part.as_deref() == Some(alias))
    }
}

impl Step {
    /// The minutes a teacher plans for this step.
    pub fn minutes(&self) -> u32 {
        self.notes().map(|note| note.minutes).sum()
    }

    /// The tasks of this step, in order.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.items.iter().filter_map(|item| match item {
            Item::Task(task) => Some(task.as_ref()),
            _ => None,
        })
    }

    /// The speaker notes of this step.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.items.iter().filter_map(|item| match item {
            Item::Note(note) => Some(note),
            _ => None,
        })
    }
}
