//! Runs of a Python program that prints a set, as they were recorded: where
//! this is used, no other program can be run.

use catalog::lang::Text;
use catalog::text;
use std::vec::IntoIter;

/// What `python3 -c "print({'python', 'redis', 'django', 'celery', 'pillow'})"`
/// printed (Python 3.11).
const RECORDED: [&str; super::RUNS] = [
    "{'django', 'celery', 'pillow', 'redis', 'python'}",
    "{'django', 'python', 'redis', 'pillow', 'celery'}",
    "{'pillow', 'celery', 'django', 'python', 'redis'}",
];

/// The runs of the Python program.
#[derive(Debug)]
pub(in crate::live) struct Runs(IntoIter<&'static str>);

impl Runs {
    /// From the first one on.
    pub(in crate::live) fn begin() -> Runs {
        Runs(RECORDED.to_vec().into_iter())
    }

    /// What the next run printed.
    pub(super) async fn next(&mut self) -> Option<String> {
        self.0.next().map(str::to_owned)
    }

    /// Why they are not real.
    pub(super) fn excuse(&self) -> Option<Text> {
        Some(text!(
            "Recorded, for a browser cannot run Python; in the terminal it is run.",
            "Nagranie, bo przeglądarka nie uruchomi Pythona; w terminalu jest uruchamiany."
        ))
    }
}
