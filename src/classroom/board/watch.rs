//! Keeps what the board shows up to date while somebody looks: seats that have
//! changed are read anew, and what is different goes out as events.

use super::site::Site;
use super::snapshot::{Facts, Medians, Place, Snapshot};
use crate::classroom::{Change, Seat};
use crate::conn::link::LinkError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
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
enum Stale {
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

impl Site {
    /// The class as it is now.
    pub(super) async fn now(&self) -> Result<Snapshot, LinkError> {
        Known::default().refresh(self, &Stale::All).await
    }
}

/// What is known of the class.
#[derive(Debug, Default)]
struct Known {
    seats: BTreeMap<String, Seat>,
    /// How many have solved each exercise, as far as `medians` knows.
    solved: Vec<usize>,
    medians: Medians,
}

/// Runs for as long as the board is served.
pub(super) async fn keep(site: &Site) {
    let mut changes = site.class.changes();
    let (mut known, mut stale) = (Known::default(), Stale::All);
    loop {
        if site.boards.load(Ordering::Relaxed) == 0 {
            known.look_away(site).await;
        }
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
            // It is said, and the next turn tries again.
            Err(error) => {
                site.snapshots.send_if_modified(|shown| {
                    let troubled = shown.as_ref().map(|shown| shown.in_trouble(&error));
                    *shown = troubled.map(Arc::new);
                    shown.is_some()
                });
                stale = Stale::All;
            }
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
    async fn refresh(&mut self, site: &Site, stale: &Stale) -> Result<Snapshot, LinkError> {
        let class = &site.class;
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
        self.refresh_medians(site).await?;
        let told = class.facts().await?;
        let facts = Facts {
            code: class.code().to_owned(),
            addresses: site.facts.addresses.clone(),
            shell: site.facts.shell.clone(),
            follow: told.get("follow").and_then(|text| Place::read(text)),
            ended: told.get("ended").and_then(|text| text.parse().ok()),
            trouble: None,
        };
        let (now, seats) = (class.now().await?, self.seats.values());
        let medians = self.medians.clone();
        Ok(Snapshot::new(now, facts, seats, medians, &site.exercises))
    }

    /// Asks for the medians of the exercises that others have solved by now.
    async fn refresh_medians(&mut self, site: &Site) -> Result<(), LinkError> {
        let solved: Vec<usize> = site
            .exercises
            .iter()
            .map(|id| {
                let works = self
                    .seats
                    .values()
                    .filter_map(|seat| seat.exercises.get(id));
                works.filter(|work| work.solved.is_some()).count()
            })
            .collect();
        let before = std::mem::take(&mut self.solved);
        let known = before.iter().copied().chain(std::iter::repeat(0));
        let changed = site.exercises.iter().zip(solved.iter().zip(known));
        let changed: Vec<&str> = changed
            .filter(|(_, (now, before))| **now != *before)
            .map(|(id, _)| id.as_str())
            .collect();
        if !changed.is_empty() {
            self.medians.retain(|id, _| !changed.contains(&id.as_str()));
            self.medians.extend(site.class.medians(changed).await?);
        }
        self.solved = solved;
        Ok(())
    }

    /// Ends every look over a shoulder: nobody is at the board any more to do so.
    async fn look_away(&mut self, site: &Site) {
        for seat in self.seats.values_mut().filter(|seat| seat.looked) {
            // What fails is tried at the next turn.
            seat.looked = site.class.look(&seat.id, false).await.is_err();
        }
    }
}
