//! Runs random sequences on both servers and shrinks one that differs.

use super::compare;
use super::generate::{Generator, SESSIONS, Step};
use super::servers::Server;
use super::wire::{Answer, Wire, show};
use resp::Reply;

/// Commands per round; each round begins with empty databases, so that a
/// failure can be repeated from there.
const ROUND: usize = 2_000;

/// Commands sent at once on one connection.
const BATCH: usize = 64;

/// A difference: which step of a sequence, and the two replies.
struct Difference {
    at: usize,
    real: Answer,
    ours: Answer,
}

/// The channel whose message ends the events of a sequence.
const END: &str = "__keys_end__";

/// A connection that hears of every change of a key.
fn listener(server: &Server) -> Wire {
    let mut wire = server.connect();
    wire.call(&["CONFIG", "SET", "notify-keyspace-events", "KAmn"]);
    wire.call(&["PSUBSCRIBE", "__key*"]);
    wire
}

/// What happened to which keys, in order.
fn events(listener: &mut Wire, server: &Server) -> Vec<Answer> {
    server.connect().call(&["PUBLISH", END, ""]);
    let is_end = |answer: &Answer| {
        let parts = answer.reply.as_ref().and_then(Reply::as_slice);
        // A lost connection ends it too.
        parts.is_none_or(|parts| parts.get(2).and_then(Reply::as_str) == Some(END))
    };
    let mut events: Vec<Answer> = std::iter::repeat_with(|| listener.receive())
        .take_while(|answer| !is_end(answer))
        .collect();
    // SORT looks for the weights of a set's members in the set's order.
    let is_miss = |answer: &Answer| answer.raw.ends_with(b"keymiss\r\n");
    for run in events.chunk_by_mut(|a, b| is_miss(a) && is_miss(b)) {
        run.sort_by(|a, b| a.raw.cmp(&b.raw));
    }
    events
}

fn open(server: &Server) -> Vec<Wire> {
    let mut wires: Vec<Wire> = (0..SESSIONS).map(|_| server.connect()).collect();
    wires[0].call(&["FLUSHALL"]);
    wires[0].call(&["SCRIPT", "FLUSH"]);
    wires[SESSIONS - 1].call(&["HELLO", "3"]);
    wires
}

/// Runs a sequence from the beginning; the first difference, in the replies
/// or else in the keyspace events.
fn run(steps: &[Step], real: &Server, ours: &Server) -> Option<Difference> {
    let servers = (real, ours);
    let mut real = open(real);
    let mut ours = open(ours);
    let mut heard = (listener(servers.0), listener(servers.1));
    let mut at = 0;
    while at < steps.len() {
        let session = steps[at].session;
        let len = steps[at..]
            .iter()
            .take(BATCH)
            .take_while(|step| step.session == session)
            .count();
        let batch = &steps[at..at + len];
        for wire in [&mut real[session], &mut ours[session]] {
            for step in batch {
                wire.send(&step.argv);
            }
        }
        for (i, step) in batch.iter().enumerate() {
            let a = real[session].receive();
            let b = ours[session].receive();
            if !compare::same(&a, &b, compare::default_for(&step.argv)) {
                return Some(Difference {
                    at: at + i,
                    real: a,
                    ours: b,
                });
            }
        }
        at += len;
    }
    let real = events(&mut heard.0, servers.0);
    let ours = events(&mut heard.1, servers.1);
    let lost = || Answer {
        raw: b"<no event>".to_vec(),
        reply: None,
    };
    let first = (0..real.len().max(ours.len())).find(|i| real.get(*i) != ours.get(*i))?;
    Some(Difference {
        at: steps.len() - 1,
        real: real.get(first).cloned().unwrap_or_else(lost),
        ours: ours.get(first).cloned().unwrap_or_else(lost),
    })
}

/// Drops steps as long as the sequence still shows a difference.
fn shrink(mut steps: Vec<Step>, real: &Server, ours: &Server) -> Vec<Step> {
    let mut chunk = steps.len() / 2;
    while chunk > 0 {
        let mut start = 0;
        while start < steps.len() {
            let mut shorter = steps.clone();
            shorter.drain(start..(start + chunk).min(steps.len()));
            match run(&shorter, real, ours) {
                Some(difference) => {
                    shorter.truncate(difference.at + 1);
                    steps = shorter;
                }
                None => start += chunk,
            }
        }
        chunk /= 2;
    }
    steps
}

fn describe(seed: u64, steps: &[Step], difference: &Difference) -> String {
    let mut text = format!("a difference with seed {seed}; the shortest sequence found:\n");
    for step in steps {
        text.push_str(&format!("  @{}", step.session));
        for arg in &step.argv {
            text.push_str(&format!(" \"{}\"", show(arg)));
        }
        text.push('\n');
    }
    text.push_str(&format!(
        "Redis:    {}\nbuilt-in: {}\nrepeat with REDIS_LAB_DIFF_SEED={seed}",
        show(&difference.real.raw),
        show(&difference.ours.raw)
    ));
    text
}

/// Compares `count` random commands beginning with `seed`; the description of
/// the first difference.
///
/// # Errors
/// That description.
pub fn compare_random(seed: u64, count: usize, real: &Server, ours: &Server) -> Result<(), String> {
    for round in 0..count.div_ceil(ROUND) as u64 {
        let seed = seed.wrapping_add(round);
        let mut generator = Generator::new(seed);
        let mut steps: Vec<Step> = (0..ROUND.min(count)).map(|_| generator.step()).collect();
        if let Some(difference) = run(&steps, real, ours) {
            steps.truncate(difference.at + 1);
            let steps = shrink(steps, real, ours);
            let last = run(&steps, real, ours).unwrap_or(difference);
            return Err(describe(seed, &steps, &last));
        }
    }
    Ok(())
}
