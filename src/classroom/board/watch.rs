//! Keeps what the board shows up to date while somebody looks: seats that have
//! changed are read anew, and what is different goes out as events.

use super::Site;
use super::snapshot::{Facts, Medians, Place, Snapshot};
use crate::classroom::{Change, Seat};
use crate::conn::link::LinkError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Events come no more often than this.
const PAUSE: Duration = Duration::from_millis(250);

/// Time alone changes who is stuck.
const TICK: Duration = Duration::from_secs(5);

/// Whoever reads for longer than this pauses for as much longer: reading never
/// takes more than a tenth of the time.
const SHARE: u32 = 10;

/// Seats that have to be read anew.
#[derive(Debug)]
pub(super) enum Stale {
    All,
    These(BTreeSet<String>),
}

impl Stale {
    fn add(&mut self, change: Result<Change, RecvError>) {
        match (change, &mut *self) {
            (Ok(Change::Seat(id)), Stale::These(ids)) => {
                ids.insert(id);
            }
            (Ok(Change::Seat(_) | Change::News | Change::Lost), _) => {}
            // Some changes were not heard.
            (Ok(Change::All) | Err(_), stale) => *stale = Stale::All,
        }
    }
}

/// What is known of the class.
#[derive(Debug, Default)]
pub(super) struct Known {
    seats: BTreeMap<String, Seat>,
    medians: Medians,
}

/// Runs for as long as the board is served.
pub(super) async fn keep(site: &Site) {
    let mut changes = site.class.changes();
    let (mut known, mut stale) = (Known::default(), Stale::All);
    loop {
        if site.snapshots.receiver_count() == 0 {
            site.wanted.notified().await;
            stale = Stale::All;
        }
        let begun = Instant::now();
        match known.refresh(site, &stale).await {
            Ok(snapshot) => {
                site.snapshots.send_replace(Some(Arc::new(snapshot)));
                stale = Stale::These(BTreeSet::new());
            }
            // The next turn tries again.
            Err(_) => stale = Stale::All,
        }
        tokio::time::sleep(PAUSE.max(begun.elapsed() * SHARE)).await;
        wait(site, &mut changes, &mut stale).await;
    }
}

/// Waits for a change, or for some time to have passed, and takes in all
/// changes there are by then.
async fn wait(site: &Site, changes: &mut Receiver<Change>, stale: &mut Stale) {
    tokio::select! {
        change = changes.recv() => stale.add(change),
        () = site.wanted.notified() => {}
        () = tokio::time::sleep(TICK) => {}
    }
    while !changes.is_empty() {
        let change = changes.recv().await;
        stale.add(change);
    }
}

impl Known {
    /// Reads what has changed; gives what the class is now.
    pub(super) async fn refresh(
        &mut self,
        site: &Site,
        stale: &Stale,
    ) -> Result<Snapshot, LinkError> {
        let class = &site.class;
        let before = self.solved();
        match stale {
            Stale::All => {
                let seats = class.seats().await?.into_iter();
                self.seats = seats.map(|seat| (seat.id.clone(), seat)).collect();
            }
            Stale::These(ids) => {
                let ids: Vec<String> = ids.iter().cloned().collect();
                self.seats.retain(|id, _| !ids.contains(id));
                let seats = class.these(&ids).await?.into_iter();
                self.seats.extend(seats.map(|seat| (seat.id.clone(), seat)));
            }
        }
        if matches!(stale, Stale::All) || self.solved() != before {
            self.medians = class.medians().await?;
        }
        let told = class.facts().await?;
        let facts = Facts {
            code: class.code().to_owned(),
            addresses: site.facts.addresses.clone(),
            shell: site.facts.shell.clone(),
            follow: told.get("follow").and_then(|text| Place::read(text)),
            ended: told.get("ended").and_then(|text| text.parse().ok()),
        };
        let (now, seats) = (class.now().await?, self.seats.values());
        let medians = self.medians.clone();
        Ok(Snapshot::new(now, facts, seats, medians, &site.exercises))
    }

    /// How many exercises the class has solved, and how many seats there are.
    fn solved(&self) -> (u32, usize) {
        let solved = self.seats.values().map(|seat| seat.solved);
        (solved.sum(), self.seats.len())
    }
}
