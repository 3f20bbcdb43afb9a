//! Writes what was read as Rust expressions.

use super::{Argument, Command, Complexity, Deprecated, KeySpec, Since, TRUTH};
use std::fmt::{self, Display, Formatter};

/// The arguments without what the Redis of the file does not have.
fn of_the_truth<'a>(arguments: &[Argument<'a>]) -> Vec<Argument<'a>> {
    arguments
        .iter()
        .filter(|argument| {
            argument
                .since
                .is_none_or(|since| since.redis.is_some_and(|since| since <= TRUTH))
        })
        .map(|argument| Argument {
            arguments: of_the_truth(&argument.arguments),
            ..argument.clone()
        })
        .collect()
}

/// How many there are, with all inside them.
fn count(arguments: &[Argument<'_>]) -> usize {
    let inside = |argument: &Argument<'_>| 1 + count(&argument.arguments);
    arguments.iter().map(inside).sum()
}

/// A slice as an expression; each item is written by the function.
pub(super) struct Slice<'a, T>(
    pub(super) &'a [T],
    pub(super) fn(&T, &mut Formatter<'_>) -> fmt::Result,
);

impl<T> Display for Slice<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("&[")?;
        for item in self.0 {
            self.1(item, f)?;
            f.write_str(",\n")?;
        }
        f.write_str("]")
    }
}

/// Names as a set of this type: `Flags::of(&[Flags::WRITE])`.
struct Set<'a>(&'static str, &'a [&'a str]);

impl Display for Set<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Set(set, names) = self;
        write!(f, "{set}::of(&[")?;
        for name in *names {
            write!(f, "{set}::{}, ", name.to_ascii_uppercase())?;
        }
        f.write_str("])")
    }
}

/// An optional value whose expression is not its `Debug` form.
struct Maybe<T>(Option<T>);

impl<T: Display> Display for Maybe<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => write!(f, "Some({value})"),
            None => f.write_str("None"),
        }
    }
}

impl Command<'_> {
    pub(super) fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let deprecated = self.deprecated.as_ref().map(|deprecated| {
            let Deprecated {
                since,
                instead,
                in_valkey,
            } = deprecated;
            format!(
                "Deprecated {{ since: {since:?}, instead: {instead:?}, in_valkey: {in_valkey} }}"
            )
        });
        let arguments = of_the_truth(&self.arguments);
        // Where there are no others, both are one.
        let others = (count(&arguments) != count(&self.arguments))
            .then(|| Slice(&self.arguments, Argument::fmt).to_string());
        let [first, last, step] = self.keys;
        write!(
            f,
            "Command {{ id: CommandId({}), name: {:?}, arity: {}, since: {:?}, group: Group::{}, ",
            self.id,
            self.name,
            self.arity,
            self.since.with_the_fork(),
            self.group
        )?;
        write!(
            f,
            "deprecated: {}, doc_flags: &{:?}, flags: {}, categories: {}, tips: &{:?}, ",
            Maybe(deprecated),
            self.doc_flags,
            Set("Flags", &self.flags),
            Set("Categories", &self.categories),
            self.tips
        )?;
        write!(
            f,
            "first_last_step: ({first}, {last}, {step}), key_specs: {}, complexity: {}, history: &{:?}, ",
            Slice(&self.key_specs, KeySpec::fmt),
            Maybe(self.complexity.as_ref()),
            self.history
        )?;
        write!(
            f,
            "arguments: {}, with_others: {}, subcommands: {}, summary: {:?} }}",
            Slice(&arguments, Argument::fmt),
            Maybe(others),
            Slice(&self.subcommands, Command::fmt),
            self.summary
        )
    }
}

impl KeySpec<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "KeySpec {{ flags: {}, begin: BeginSearch::{}, find: FindKeys::{}, note: {:?} }}",
            Set("KeyFlags", &self.flags),
            self.begin,
            self.find,
            self.note
        )
    }
}

impl Display for Complexity<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Complexity {{ formula: {:?}, variables: &[",
            self.formula
        )?;
        for (letter, id, text) in &self.variables {
            write!(
                f,
                "Variable {{ letter: {letter:?}, id: {id:?}, text: {text:?} }}, "
            )?;
        }
        f.write_str("] }")
    }
}

impl Argument<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Argument {{ name: {:?}, shown: {:?}, kind: ArgumentKind::{}, token: {:?}, ",
            self.name, self.shown, self.kind, self.token
        )?;
        write!(
            f,
            "optional: {}, multiple: {}, multiple_token: {}, ",
            self.optional, self.multiple, self.multiple_token
        )?;
        write!(
            f,
            "since: {:?}, deprecated_since: {:?}, key_spec: {:?}, arguments: {} }}",
            self.since.map(Since::with_the_fork),
            self.deprecated_since,
            self.key_spec,
            Slice(&self.arguments, Argument::fmt)
        )
    }
}
