//! Files in memory, where there are none: what a server keeps outlasts it, and
//! ends with the program.

use server::{Files, Log};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::rc::Rc;

/// The files of a server, by name. Clones are the same files.
#[derive(Debug, Default, Clone)]
pub(super) struct InMemory {
    files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    /// How replacing a file went that nobody has asked about.
    ended: Option<Result<(), io::ErrorKind>>,
}

impl InMemory {
    /// The names, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.files.borrow().keys().cloned().collect()
    }

    /// Makes a file, or replaces it.
    pub(super) fn put(&self, name: &str, contents: Vec<u8>) {
        self.files.borrow_mut().insert(name.to_owned(), contents);
    }
}

impl Files for InMemory {
    fn place(&self) -> String {
        "/".to_owned()
    }

    fn move_to(&mut self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.borrow().get(name).cloned())
    }

    fn replace(&mut self, name: &str, contents: &mut dyn BufRead) -> io::Result<()> {
        let mut bytes = Vec::new();
        contents.read_to_end(&mut bytes)?;
        self.put(name, bytes);
        Ok(())
    }

    fn replace_later(&mut self, name: &str, mut contents: Box<dyn BufRead + Send>) {
        self.ended = Some(
            self.replace(name, &mut *contents)
                .map_err(|error| error.kind()),
        );
    }

    fn replaced(&mut self) -> Option<io::Result<()>> {
        self.ended
            .take()
            .map(|ended| ended.map_err(io::Error::from))
    }

    fn append_to(&mut self, name: &str) -> io::Result<Box<dyn Log>> {
        self.files.borrow_mut().entry(name.to_owned()).or_default();
        Ok(Box::new(Appended {
            files: self.clone(),
            name: name.to_owned(),
        }))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let contents = self.files.borrow_mut().remove(from);
        self.put(to, contents.ok_or(io::ErrorKind::NotFound)?);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let removed = self.files.borrow_mut().remove(name);
        removed.map(drop).ok_or(io::ErrorKind::NotFound.into())
    }
}

/// A file that is appended to.
#[derive(Debug)]
struct Appended {
    files: InMemory,
    name: String,
}

impl Appended {
    fn change(&self, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut files = self.files.files.borrow_mut();
        change(files.entry(self.name.clone()).or_default());
        Ok(())
    }
}

impl Log for Appended {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.change(|file| file.extend_from_slice(bytes))
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        self.change(|file| file.truncate(len))
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn sync_later(&mut self) -> Option<io::Result<()>> {
        Some(Ok(()))
    }
}
