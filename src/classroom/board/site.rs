//! What the handlers of the board share.

use super::door::Door;
use super::snapshot::Snapshot;
use crate::classroom::recheck::Checker;
use crate::classroom::{Class, Outline};
use catalog::lang::Lang;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// What the board says of the class that is not in its Redis.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The addresses at which students join, the best one first.
    pub addresses: Vec<String>,
    /// The command that opens a shell on the class's Redis.
    pub shell: Option<String>,
    /// What runs answers once more.
    pub checker: Option<Checker>,
}

/// What the handlers share.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) class: Arc<Class>,
    pub(super) facts: Facts,
    /// The language that the board begins in.
    pub(super) lang: Lang,
    /// The class's outline in English and in Polish.
    pub(super) outlines: [Outline; 2],
    /// The IDs of the exercises, in order.
    pub(super) exercises: Vec<String>,
    pub(super) bound: IpAddr,
    pub(super) door: Door,
    /// How many pages show the board.
    pub(super) boards: AtomicUsize,
    pub(super) snapshots: watch::Sender<Option<Arc<Snapshot>>>,
    /// Somebody has begun to look.
    pub(super) wanted: Notify,
    pub(super) stop: CancellationToken,
}

impl Site {
    pub(super) fn outline(&self, lang: Lang) -> &Outline {
        let [english, polish] = &self.outlines;
        lang.pick(english, polish)
    }

    /// Snapshots from a new one on.
    pub(super) fn watch(&self) -> watch::Receiver<Option<Arc<Snapshot>>> {
        let mut snapshots = self.snapshots.subscribe();
        self.wanted.notify_one();
        // What was shown to others last comes first, and is followed by what is new.
        if snapshots.borrow().is_some() && self.snapshots.receiver_count() > 1 {
            snapshots.mark_changed();
        } else {
            snapshots.mark_unchanged();
        }
        snapshots
    }
}

/// The language that an address asks for.
pub(super) fn language(code: Option<&str>) -> Lang {
    let asked = Lang::ALL.into_iter().find(|lang| Some(lang.code()) == code);
    asked.unwrap_or_default()
}
