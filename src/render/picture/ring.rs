//! A cluster's slots as a ring, clockwise from the top, and the keys in them.

use super::sheet::{BESIDE, EXPLAINED, Row, cut, dim, fit, ink, sheet, sign, voice, with_legend};
use crate::runner::{Arc, SLOTS};
use std::f64::consts::TAU;

/// The signs of owners, from 0 on.
const SIGNS: [char; 6] = ['●', '○', '■', '□', '▲', '△'];

/// So many points make the ring.
const POINTS: u16 = 72;

const ACROSS: usize = 36;
const HEIGHT: usize = 15;

/// The owners in the order in which their first slots come.
pub(super) fn owners(arcs: &[Arc]) -> Vec<&str> {
    let mut sorted: Vec<&Arc> = arcs.iter().collect();
    sorted.sort_by_key(|arc| arc.from);
    let mut owners: Vec<&str> = Vec::new();
    for arc in sorted {
        if !owners.contains(&arc.owner.as_str()) {
            owners.push(&arc.owner);
        }
    }
    owners
}

/// Whose a slot is.
pub(super) fn owner(arcs: &[Arc], slot: u16) -> Option<&str> {
    let arc = arcs.iter().find(|arc| (arc.from..=arc.to).contains(&slot));
    arc.map(|arc| arc.owner.as_str())
}

/// `0–5460, 5470`, of one owner.
pub(super) fn ranges(arcs: &[Arc], owner: &str) -> String {
    let mut own: Vec<&Arc> = arcs.iter().filter(|arc| arc.owner == owner).collect();
    own.sort_by_key(|arc| arc.from);
    let range = |arc: &&Arc| {
        if arc.from == arc.to {
            arc.from.to_string()
        } else {
            format!("{}–{}", arc.from, arc.to)
        }
    };
    own.iter().map(range).collect::<Vec<_>>().join(", ")
}

pub(super) fn draw(arcs: &[Arc], keys: &[(String, u16)], width: usize) -> Vec<Row> {
    let across = ACROSS.min(width);
    let owners = owners(arcs);
    let mut buffer = sheet(across, HEIGHT);
    let (middle_x, middle_y) = ((across / 2) as f64, (HEIGHT / 2) as f64);
    // The ring, and what stands inside it, by its part of the radius.
    let cell = |slot: u16, part: f64| {
        let turn = f64::from(slot) / f64::from(SLOTS) * TAU;
        let radius = middle_y - 1.0;
        let x = middle_x + turn.sin() * radius * part * 2.0;
        let y = middle_y - turn.cos() * radius * part;
        (x.round() as u16, y.round() as u16)
    };
    for point in 0..POINTS {
        let slot = (u32::from(point) * u32::from(SLOTS) / u32::from(POINTS)) as u16;
        let (x, y) = cell(slot, 1.0);
        let at = owner(arcs, slot).and_then(|own| owners.iter().position(|owner| *owner == own));
        let (sign, style) = match at {
            Some(at) => (SIGNS[at % SIGNS.len()], voice(at)),
            None => ('·', dim()),
        };
        buffer.set_string(x, y, sign.to_string(), style);
    }
    for (slot, text) in [
        (0, "0"),
        (SLOTS / 4, "4096"),
        (SLOTS / 2, "8192"),
        (SLOTS / 4 * 3, "12288"),
    ] {
        let (x, y) = match slot {
            0 => (middle_x, 0.0),
            4096 => (middle_x + (middle_y - 1.0) * 2.0 + 2.0, middle_y),
            8192 => (middle_x - 1.0, HEIGHT as f64 - 1.0),
            _ => (middle_x - (middle_y - 1.0) * 2.0 - 6.0, middle_y),
        };
        if x >= 0.0 && x as usize + text.len() <= across {
            buffer.set_string(x as u16, y as u16, text, dim());
        }
    }
    for (index, (_, slot)) in keys.iter().enumerate().rev() {
        let (x, y) = cell(*slot, 0.72);
        let at = owner(arcs, *slot).and_then(|own| owners.iter().position(|owner| *owner == own));
        let style = at.map_or(dim(), voice);
        buffer.set_string(x, y, sign(index).to_string(), style);
    }
    let room = if width < BESIDE {
        width
    } else {
        width - across - 2
    };
    let mut legend: Vec<Row> = Vec::new();
    for (index, owner) in owners.iter().enumerate() {
        let words = format!(" {owner}  {}", ranges(arcs, owner));
        legend.push(vec![
            (ink(voice(index)), SIGNS[index % SIGNS.len()].to_string()),
            (None, fit(&words, room - 1)),
        ]);
    }
    for (index, (key, slot)) in keys.iter().take(EXPLAINED).enumerate() {
        let at = owner(arcs, *slot).and_then(|own| owners.iter().position(|owner| *owner == own));
        let words = format!(" {key}  slot {slot}");
        legend.push(vec![
            (at.and_then(|at| ink(voice(at))), sign(index).to_string()),
            (None, fit(&words, room - 1)),
        ]);
    }
    with_legend(cut(&buffer), across, legend, width)
}
