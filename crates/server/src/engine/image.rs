//! The data of a moment as the contents of a file, written piece by piece:
//! whoever watches sees how far that has come, and can end it.

use crate::engine::server::Server;
use crate::engine::stop::Request;
use crate::state::persistence::Progress;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// A piece has about so many bytes.
const PIECE: usize = 256 * 1024;

/// While the writing is held up, it is looked so often whether it is to end.
const LOOK: Duration = Duration::from_millis(5);

/// Where the keys of a file end.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    /// The ends of pieces, and how many keys each has.
    ends: Vec<(usize, usize)>,
    /// Every key is a piece, since the writing is to be held up after each.
    single: bool,
}

impl Pieces {
    /// A key ends here.
    pub(crate) fn key(&mut self, end: usize) {
        let begin = self.ends.len().checked_sub(2).map_or(0, |i| self.ends[i].0);
        match self.ends.last_mut() {
            Some((last, keys)) if !self.single && *last - begin < PIECE => {
                (*last, *keys) = (end, *keys + 1);
            }
            _ => self.ends.push((end, 1)),
        }
    }
}

/// The contents of a file.
#[derive(Debug, Default)]
pub(crate) struct Image {
    pub(crate) bytes: Vec<u8>,
    pub(crate) pieces: Pieces,
}

impl Image {
    /// How many keys are in it.
    pub(crate) fn keys(&self) -> usize {
        self.pieces.ends.iter().map(|(_, keys)| keys).sum()
    }
}

/// An image being read by whoever writes it to its file.
pub(crate) struct Reader {
    image: Image,
    at: usize,
    piece: usize,
    progress: Arc<Progress>,
    delay: i64,
    stop: Arc<AtomicU8>,
}

impl Reader {
    /// Why it is to end, if so.
    fn fault(&self) -> Option<&'static str> {
        if self.progress.is_broken() {
            return Some("DEBUG FAIL-SAVE");
        }
        let stops = self.stop.load(Ordering::Relaxed) == Request::Stop as u8;
        (stops || self.progress.is_cancelled()).then_some("given up")
    }
}

/// Waits as `rdb-key-save-delay` or `key-load-delay` say, for so many keys,
/// unless it is to end.
pub(super) fn hold_up(delay: i64, keys: usize, ends: impl Fn() -> bool) {
    // A negative one is a part of a microsecond.
    let micros = match delay {
        delay @ 0.. => delay.saturating_mul(keys as i64),
        parts => keys as i64 / parts.saturating_neg(),
    };
    let begun = Instant::now();
    let delay = Duration::from_micros(micros.unsigned_abs());
    loop {
        let rest = delay.saturating_sub(begun.elapsed());
        // Where there are no threads, everybody would wait.
        if rest.is_zero() || ends() || cfg!(target_family = "wasm") {
            return;
        }
        std::thread::sleep(rest.min(LOOK));
    }
}

impl Read for Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buf)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(fault) = self.fault() {
            return Err(io::Error::other(fault));
        }
        let end = self.image.pieces.ends.get(self.piece);
        let end = end.map_or(self.image.bytes.len(), |(end, _)| *end);
        Ok(&self.image.bytes[self.at..end])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
        if let Some((end, keys)) = self.image.pieces.ends.get(self.piece).copied()
            && self.at == end
        {
            self.piece += 1;
            self.progress.wrote(keys);
            hold_up(self.delay, keys, || self.fault().is_some());
        }
    }
}

impl Server {
    /// Where the keys of a new image end.
    pub(crate) fn pieces(&self) -> Pieces {
        Pieces {
            single: self.settings.rdb_key_save_delay != 0,
            ..Pieces::default()
        }
    }

    /// An image to be written.
    pub(crate) fn reader(&self, image: Image, progress: Arc<Progress>) -> Reader {
        Reader {
            image,
            at: 0,
            piece: 0,
            progress,
            delay: self.settings.rdb_key_save_delay,
            stop: Arc::clone(&self.stop),
        }
    }
}
