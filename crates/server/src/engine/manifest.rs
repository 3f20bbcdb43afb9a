//! The manifest of an append-only file: which files it consists of.
//!
//! As in Redis 7 and later, there is at most one base (what the data were when
//! the log was rewritten) and, in order, the files with the commands since.
//! What a rewrite has replaced is history until it has been removed. A line is
//! `file NAME seq NUMBER type b|h|i`.

use resp::split;
use std::fmt;

/// A line has fewer bytes than this.
const LONGEST_LINE: usize = 1024;

/// What is wrong with a manifest, or with a line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestFault {
    /// There is nothing in it.
    Empty,
    /// The line is too long, or its end is missing.
    Endless,
    /// The line does not say a file's name, number and type.
    Form,
    /// The type is none of `b`, `h`, `i`.
    Type(String),
    /// There is a base already.
    SecondBase,
    /// The number is not greater than that of the file before.
    Order,
}

impl fmt::Display for ManifestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ManifestFault::Empty => "the manifest is empty",
            ManifestFault::Endless => "it is too long, or its end is missing",
            ManifestFault::Form => "it is not \"file NAME seq NUMBER type b|h|i\"",
            ManifestFault::Type(kind) => return write!(f, "there is no type \"{kind}\""),
            ManifestFault::SecondBase => "there is a base already",
            ManifestFault::Order => "its number is not greater than the one before",
        })
    }
}

/// A file and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) name: String,
    pub(crate) number: u64,
}

impl Numbered {
    fn line(&self, kind: char) -> String {
        let Numbered { name, number } = self;
        // Ours need no quotes, but another server's name may.
        let name = if name.contains(|c: char| c.is_whitespace() || "\"'\\".contains(c)) {
            format!("{name:?}")
        } else {
            name.clone()
        };
        // Where the file begins in the stream for replicas, of which there are
        // none.
        let offset = if kind == 'i' { " startoffset 0" } else { "" };
        format!("file {name} seq {number} type {kind}{offset}\n")
    }
}

/// The files an append-only file consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) base: Option<Numbered>,
    pub(crate) history: Vec<Numbered>,
    pub(crate) log: Vec<Numbered>,
    base_number: u64,
    log_number: u64,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// The number of the line that is wrong, and what is wrong with it.
    pub(crate) fn parse(text: &[u8]) -> Result<Manifest, (usize, ManifestFault)> {
        let mut manifest = Manifest::default();
        let mut number = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            number += 1;
            if line.len() > LONGEST_LINE || !line.ends_with(b"\n") {
                return Err((number, ManifestFault::Endless));
            }
            if !line.starts_with(b"#") {
                manifest.add(line).map_err(|fault| (number, fault))?;
            }
        }
        let has_files = manifest.base.is_some() || !manifest.log.is_empty();
        if has_files || !manifest.history.is_empty() {
            Ok(manifest)
        } else {
            Err((number, ManifestFault::Empty))
        }
    }

    fn add(&mut self, line: &[u8]) -> Result<(), ManifestFault> {
        let (file, kind) = Manifest::line(line).ok_or(ManifestFault::Form)?;
        match kind.as_str() {
            "b" if self.base.is_some() => return Err(ManifestFault::SecondBase),
            "b" => {
                self.base_number = file.number;
                self.base = Some(file);
            }
            "h" => self.history.push(file),
            "i" if file.number <= self.log_number => return Err(ManifestFault::Order),
            "i" => {
                self.log_number = file.number;
                self.log.push(file);
            }
            _ => return Err(ManifestFault::Type(kind)),
        }
        Ok(())
    }

    /// The file that a line names, and its type.
    fn line(line: &[u8]) -> Option<(Numbered, String)> {
        let words = split::split(line.trim_ascii()).ok()?;
        let (mut name, mut number, mut kind) = (None, None, None);
        for pair in words.chunks(2) {
            let [key, value] = pair else {
                return None;
            };
            let value = String::from_utf8(value.clone()).ok()?;
            // Later versions may say more.
            match key.to_ascii_lowercase().as_slice() {
                b"file" => name = Some(value).filter(|name| !name.contains(['/', '\\'])),
                b"seq" => number = value.parse().ok().filter(|number| *number > 0),
                b"type" => kind = Some(value),
                _ => {}
            }
        }
        let file = Numbered {
            name: name.filter(|name| !name.is_empty() && name != "..")?,
            number: number?,
        };
        Some((file, kind?))
    }

    /// The manifest as a file.
    pub(crate) fn text(&self) -> String {
        let base = self.base.iter().map(|file| file.line('b'));
        let history = self.history.iter().map(|file| file.line('h'));
        let log = self.log.iter().map(|file| file.line('i'));
        base.chain(history).chain(log).collect()
    }

    /// One file of the time before manifests, which held everything.
    pub(crate) fn of_one_file(stem: &str) -> Manifest {
        Manifest {
            base: Some(Numbered {
                name: stem.into(),
                number: 1,
            }),
            base_number: 1,
            ..Manifest::default()
        }
    }

    /// The next base, not yet part of it: a snapshot, or commands.
    pub(crate) fn next_base(&self, stem: &str, is_snapshot: bool) -> Numbered {
        let number = self.base_number + 1;
        let format = if is_snapshot { "rdb" } else { "aof" };
        Numbered {
            name: format!("{stem}.{number}.base.{format}"),
            number,
        }
    }

    /// Adds a new file for commands; its name.
    pub(crate) fn begin_log(&mut self, stem: &str) -> String {
        self.log_number += 1;
        let name = format!("{stem}.{}.incr.aof", self.log_number);
        self.log.push(Numbered {
            name: name.clone(),
            number: self.log_number,
        });
        name
    }

    /// A base has been written that stands for everything but the last `keep`
    /// files of commands.
    pub(crate) fn rebase(&mut self, base: Numbered, keep: usize) {
        self.base_number = base.number;
        let old = self.log.len().saturating_sub(keep);
        // The newest first, as Redis has them.
        let replaced = self.log.drain(..old).rev();
        let replaced = replaced.chain(self.base.replace(base));
        self.history.splice(..0, replaced);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut manifest = Manifest::default();
        let base = manifest.next_base("a b.aof", true);
        manifest.rebase(base, 0);
        assert_eq!(manifest.begin_log("x"), "x.1.incr.aof");
        let text = manifest.text();
        assert_eq!(
            text,
            "file \"a b.aof.1.base.rdb\" seq 1 type b\nfile x.1.incr.aof seq 1 type i startoffset 0\n"
        );
        assert_eq!(Manifest::parse(text.as_bytes()), Ok(manifest.clone()));
        manifest.begin_log("x");
        let base = manifest.next_base("x", true);
        manifest.rebase(base, 1);
        assert_eq!(
            manifest.text(),
            "file x.2.base.rdb seq 2 type b\nfile x.1.incr.aof seq 1 type h\nfile \"a b.aof.1.base.rdb\" seq 1 type h\nfile x.2.incr.aof seq 2 type i startoffset 0\n"
        );
        assert_eq!(Manifest::parse(manifest.text().as_bytes()), Ok(manifest));
    }

    #[test]
    fn a_wrong_line_is_named() {
        let good = "# Redis\nfile \"a b\" seq 3 type i startoffset 7\n";
        let manifest = Manifest::parse(good.as_bytes()).expect("well-formed");
        assert_eq!(manifest.log[0].name, "a b");
        assert!(
            manifest
                .text()
                .starts_with("file \"a b\" seq 3 type i startoffset 0\n")
        );
        use ManifestFault::{Empty, Endless, Form, Order, SecondBase, Type};
        for (text, line, fault) in [
            ("", 0, Empty),
            ("# Redis\n", 1, Empty),
            ("file a seq 1 type b", 1, Endless),
            ("file a seq 1 type b\nfile b seq 1 type b\n", 2, SecondBase),
            ("file a seq 2 type i\nfile b seq 1 type i\n", 2, Order),
            ("file ../a seq 1 type b\n", 1, Form),
            ("file a seq 0 type b\n", 1, Form),
            ("file a seq 1 type x\n", 1, Type("x".into())),
            ("file a seq 1\n", 1, Form),
            ("file a seq 1 type i new\n", 1, Form),
            ("\n", 1, Form),
            (&format!("#{}\n", "x".repeat(LONGEST_LINE - 1)), 1, Endless),
        ] {
            let parsed = Manifest::parse(text.as_bytes());
            assert_eq!(parsed, Err((line, fault)), "{text:?}");
        }
    }
}
