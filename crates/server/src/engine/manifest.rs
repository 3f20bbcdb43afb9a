//! The manifest of an append-only file: which files it consists of.
//!
//! As in Redis 7 and later, there is at most one base (what the data were when
//! the log was rewritten) and, in order, the files with the commands since.
//! What a rewrite has replaced is history until it has been removed. A line is
//! `file NAME seq NUMBER type b|h|i`.

use resp::split;

/// The folder of the files.
pub(crate) const FOLDER: &str = "appendonlydir";
/// What their names begin with.
pub(crate) const STEM: &str = "appendonly.aof";

/// A line has fewer bytes than this.
const LONGEST_LINE: usize = 1024;

/// The manifest's own name.
pub(crate) fn name() -> String {
    path(&format!("{STEM}.manifest"))
}

/// The name of a file of the folder, with the folder.
pub(crate) fn path(file: &str) -> String {
    format!("{FOLDER}/{file}")
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
    /// The number of the line that is wrong.
    pub(crate) fn parse(text: &[u8]) -> Result<Manifest, usize> {
        let text = std::str::from_utf8(text).map_err(|_| 1_usize)?;
        let mut manifest = Manifest::default();
        if text.is_empty() || !text.ends_with('\n') {
            return Err(text.lines().count().max(1));
        }
        for (i, line) in text.lines().enumerate() {
            if line.len() >= LONGEST_LINE {
                return Err(i + 1);
            }
            if !line.starts_with('#') {
                manifest.add(line).ok_or(i + 1)?;
            }
        }
        Ok(manifest)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let words = split::split(line.trim().as_bytes()).ok()?;
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
        match kind?.as_str() {
            "b" if self.base.is_none() => {
                self.base_number = file.number;
                self.base = Some(file);
            }
            "h" => self.history.push(file),
            "i" if file.number > self.log_number => {
                self.log_number = file.number;
                self.log.push(file);
            }
            _ => return None,
        }
        Some(())
    }

    /// The manifest as a file.
    pub(crate) fn text(&self) -> String {
        let base = self.base.iter().map(|file| file.line('b'));
        let history = self.history.iter().map(|file| file.line('h'));
        let log = self.log.iter().map(|file| file.line('i'));
        base.chain(history).chain(log).collect()
    }

    /// One file of the time before manifests, which held everything.
    pub(crate) fn of_one_file() -> Manifest {
        Manifest {
            base: Some(Numbered {
                name: STEM.into(),
                number: 1,
            }),
            base_number: 1,
            ..Manifest::default()
        }
    }

    /// The next base, not yet part of it: a snapshot, or commands.
    pub(crate) fn next_base(&self, is_snapshot: bool) -> Numbered {
        let number = self.base_number + 1;
        let format = if is_snapshot { "rdb" } else { "aof" };
        Numbered {
            name: format!("{STEM}.{number}.base.{format}"),
            number,
        }
    }

    /// Adds a new file for commands; its name.
    pub(crate) fn begin_log(&mut self) -> String {
        self.log_number += 1;
        let name = format!("{STEM}.{}.incr.aof", self.log_number);
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
        self.history.extend(self.base.replace(base));
        let old = self.log.len().saturating_sub(keep);
        self.history.extend(self.log.drain(..old));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut manifest = Manifest::default();
        let base = manifest.next_base(true);
        manifest.rebase(base, 0);
        assert_eq!(manifest.begin_log(), "appendonly.aof.1.incr.aof");
        let text = manifest.text();
        assert_eq!(
            text,
            "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i startoffset 0\n"
        );
        assert_eq!(Manifest::parse(text.as_bytes()), Ok(manifest.clone()));
        manifest.begin_log();
        let base = manifest.next_base(true);
        manifest.rebase(base, 1);
        assert_eq!(
            manifest.text(),
            "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.1.base.rdb seq 1 type h\nfile appendonly.aof.1.incr.aof seq 1 type h\nfile appendonly.aof.2.incr.aof seq 2 type i startoffset 0\n"
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
        for (text, line) in [
            ("", 1),
            ("file a seq 1 type b", 1),
            ("file a seq 1 type b\nfile b seq 1 type b\n", 2),
            ("file a seq 2 type i\nfile b seq 1 type i\n", 2),
            ("file ../a seq 1 type b\n", 1),
            ("file a seq 0 type b\n", 1),
            ("file a seq 1 type x\n", 1),
            ("file a seq 1\n", 1),
            ("\n", 1),
            (&format!("#{}\n", "x".repeat(LONGEST_LINE - 1)), 1),
        ] {
            assert_eq!(Manifest::parse(text.as_bytes()), Err(line), "{text:?}");
        }
    }
}
