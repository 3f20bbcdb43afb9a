//! What one upload may cost, and the watch that stops work which costs more.

use super::error::ThumbError;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What one upload may cost. All are checked before decoding except time,
/// which is looked at again and again while working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Length of the file in bytes.
    pub max_bytes: u64,
    /// Width times height, as the header announces them.
    pub max_pixels: u64,
    /// Memory for the file, the decoded pixels and the thumbnails, in bytes.
    pub max_memory: u64,
    /// How many different thumbnails one picture may be turned into.
    pub max_sizes: usize,
    /// Time for the whole of [`make`](super::make).
    pub max_time: Duration,
}

impl Default for Limits {
    /// Room for any camera of today: 64 MiB, 100 megapixels (Pillow warns at
    /// 89 and refuses at 179), 16 sizes, 30 s; and memory for a slot of 512 MiB,
    /// of which the rest of a worker has its part.
    fn default() -> Self {
        Limits {
            max_bytes: 64 << 20,
            max_pixels: 100_000_000,
            max_memory: 472 << 20,
            max_sizes: 16,
            max_time: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// Refuses a picture by what its header says of it: its size, and the
    /// memory that its decoded pixels would fill.
    pub(super) fn check_picture(
        &self,
        (width, height): (u32, u32),
        memory: u64,
    ) -> Result<(), ThumbError> {
        if u64::from(width) * u64::from(height) > self.max_pixels {
            return Err(ThumbError::TooManyPixels {
                width,
                height,
                max: self.max_pixels,
            });
        }
        if memory > self.max_memory {
            return Err(ThumbError::TooMuchMemory {
                max: self.max_memory,
            });
        }
        Ok(())
    }
}

/// Reads a file to its end, which must come within `max` bytes: of a longer one
/// (a device may have no end) no more is ever in memory.
///
/// # Errors
/// What the system says; within that, [`ThumbError::TooManyBytes`].
pub fn read_within(file: File, max: u64) -> io::Result<Result<Vec<u8>, ThumbError>> {
    let length = file.metadata()?.len();
    if length > max {
        let length = Some(length);
        return Ok(Err(ThumbError::TooManyBytes { length, max }));
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Ok(Err(ThumbError::TooManyBytes { length: None, max }));
    }
    Ok(Ok(bytes))
}

/// Knows when to stop. The work is cooperative: long loops call
/// [`check`](Watch::check) every few thousand pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch<'a> {
    started: Instant,
    max_time: Duration,
    cancel: Option<&'a AtomicBool>,
}

impl<'a> Watch<'a> {
    /// Starts the clock.
    pub(super) fn start(limits: &Limits, cancel: Option<&'a AtomicBool>) -> Self {
        Watch {
            started: Instant::now(),
            max_time: limits.max_time,
            cancel,
        }
    }

    /// An error when the time is over or the work is no longer wanted.
    pub(super) fn check(&self) -> Result<(), ThumbError> {
        if self.cancel.is_some_and(|c| c.load(Ordering::Relaxed)) {
            return Err(ThumbError::Cancelled);
        }
        if self.started.elapsed() > self.max_time {
            return Err(ThumbError::TimedOut(self.max_time));
        }
        Ok(())
    }

    /// A reader over `data` that fails once [`check`](Watch::check) does: it
    /// brings the time limit into decoders which know nothing of it.
    pub(super) fn reader<'d>(&self, data: &'d [u8]) -> WatchedReader<'a, 'd> {
        WatchedReader {
            watch: *self,
            inner: Cursor::new(data),
            short: None,
        }
    }
}

/// See [`Watch::reader`].
pub(super) struct WatchedReader<'a, 'd> {
    watch: Watch<'a>,
    inner: Cursor<&'d [u8]>,
    short: Option<&'d Cell<bool>>,
}

impl<'d> WatchedReader<'_, 'd> {
    /// The same reader, which sets `short` once more bytes are wanted than
    /// there are: decoders put that into words of many kinds.
    pub(super) fn noting_shortness(mut self, short: &'d Cell<bool>) -> Self {
        self.short = Some(short);
        self
    }

    fn note(&self, is_short: bool) {
        if let (Some(short), true) = (self.short, is_short) {
            short.set(true);
        }
    }

    fn check(&self) -> io::Result<()> {
        // For the decoder only: the caller asks the watch itself what it was.
        self.watch.check().map_err(|_| io::Error::other("stopped"))
    }
}

impl Read for WatchedReader<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let length = self.inner.read(buf)?;
        self.note(length == 0 && !buf.is_empty());
        Ok(length)
    }
}

impl BufRead for WatchedReader<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        // Handing out the whole file would be the last time we are asked.
        const CHUNK: usize = 64 << 10;
        self.note(self.inner.position() >= self.inner.get_ref().len() as u64);
        let rest = self.inner.fill_buf()?;
        Ok(&rest[..rest.len().min(CHUNK)])
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}

impl Seek for WatchedReader<'_, '_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_stops_when_cancelled() {
        let cancel = AtomicBool::new(false);
        let watch = Watch::start(&Limits::default(), Some(&cancel));
        let data = vec![7u8; 200_000];
        let mut reader = watch.reader(&data);
        let mut buf = [0; 10];
        assert_eq!(reader.read(&mut buf).unwrap(), 10);
        cancel.store(true, Ordering::Relaxed);
        assert!(reader.read(&mut buf).is_err());
        assert!(reader.fill_buf().is_err());
        assert_eq!(watch.check(), Err(ThumbError::Cancelled));
    }

    #[test]
    fn a_reader_notes_that_more_is_wanted_than_there_is() {
        let watch = Watch::start(&Limits::default(), None);
        let short = Cell::new(false);
        let mut reader = watch.reader(&[1, 2]).noting_shortness(&short);
        let mut buf = [0; 2];
        reader.read_exact(&mut buf).unwrap();
        assert_eq!(reader.read(&mut []).unwrap(), 0);
        assert!(!short.get());
        reader.read_exact(&mut buf).unwrap_err();
        assert!(short.take());
        assert!(reader.fill_buf().unwrap().is_empty());
        assert!(short.get());
    }

    #[test]
    fn no_time_at_all_is_over_at_once() {
        let limits = Limits {
            max_time: Duration::ZERO,
            ..Limits::default()
        };
        let watch = Watch::start(&limits, None);
        while watch.started.elapsed().is_zero() {}
        assert_eq!(watch.check(), Err(ThumbError::TimedOut(Duration::ZERO)));
    }
}
