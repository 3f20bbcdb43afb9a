//! A small sorted set in a listpack: each member before its score, in order.

use super::tree::order;
use crate::store::listpack::{Element, Iter, Listpack, Place};
use crate::store::text::Text;
use crate::wire::number;

/// A score as a listpack keeps it, and ZSCAN shows it: whole numbers with all
/// their digits.
pub fn listpack_score(score: f64) -> String {
    match whole(score) {
        Some(n) => n.to_string(),
        None => number::format_double(score),
    }
}

/// A score without a fraction. There is no -0 among integers.
fn whole(score: f64) -> Option<i64> {
    let is_whole = score.trunc() == score && score.abs() <= (i64::MAX / 2) as f64;
    is_whole.then_some(score as i64)
}

fn score_of(element: Element<'_>) -> Option<f64> {
    match element {
        Element::Int(n) => Some(n as f64),
        Element::Bytes(text) => number::parse_f64(text),
    }
}

/// Members with their scores.
pub fn pairs<'a>(mut elements: Iter<'a>) -> impl Iterator<Item = (Text<'a>, f64)> {
    std::iter::from_fn(move || first(&mut elements))
}

/// The last of some members, with its score.
pub fn last<'a>(elements: &mut Iter<'a>) -> Option<(Text<'a>, f64)> {
    let (_, score) = elements.next_back()?;
    let (_, member) = elements.next_back()?;
    Some((member.text(), score_of(score)?))
}

/// The first of some members, with its score.
#[inline]
pub fn first<'a>(elements: &mut Iter<'a>) -> Option<(Text<'a>, f64)> {
    let (_, member) = elements.next()?;
    let (_, score) = elements.next()?;
    Some((member.text(), score_of(score)?))
}

/// Where a member is, with its score.
pub fn find(packed: &Listpack, member: &[u8]) -> Option<(Place, f64)> {
    let place = packed.iter().find(Element::of(member), 2)?;
    let score = score_of(packed.element_at(place.end)?)?;
    let size = packed.size_at(place.end)?;
    Some((place.start..place.end + size, score))
}

/// How many members come before this one.
pub fn rank(packed: &Listpack, member: &[u8]) -> Option<usize> {
    let wanted = Element::of(member);
    let members = packed.iter().step_by(2);
    members
        .enumerate()
        .find(|(_, (_, own))| *own == wanted)
        .map(|(rank, _)| rank)
}

/// Adds a member that is not there.
pub fn insert(packed: &mut Listpack, member: &[u8], score: f64) {
    let mut elements = packed.iter();
    let mut at = packed.end();
    while let Some((place, own)) = elements.next()
        && let Some((_, own_score)) = elements.next()
    {
        let own_score = score_of(own_score).unwrap_or_default();
        if order((own_score, &own.text()), (score, member)).is_gt() {
            at = place.start;
            break;
        }
    }
    write(packed, at, member, score);
}

/// Adds a member that comes after all others.
pub fn append(packed: &mut Listpack, member: &[u8], score: f64) {
    write(packed, packed.end(), member, score);
}

fn write(packed: &mut Listpack, at: usize, member: &[u8], score: f64) {
    let text;
    let score = match whole(score) {
        Some(n) => Element::Int(n),
        None => {
            text = number::format_double(score);
            Element::of(text.as_bytes())
        }
    };
    packed.insert(at, [Element::of(member), score]);
}
