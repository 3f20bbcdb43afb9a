//! A list beside a model of it.

use super::*;
use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Debug, Clone)]
enum Step {
    Push(bool, Vec<Vec<u8>>),
    Pop(bool),
    Insert(Index, Vec<u8>),
    Set(Index, Vec<u8>),
    Trim(Index, Index),
    Remove(Vec<u8>, usize, bool),
}

/// Few different ones, short and long.
fn element() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0..9_u8).prop_map(|n| n.to_string().into_bytes()),
        (0..4_usize).prop_map(|n| vec![b'x'; n * 40]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    let end = any::<bool>;
    prop_oneof![
        4 => (end(), proptest::collection::vec(element(), 1..9)).prop_map(|(e, v)| Step::Push(e, v)),
        2 => end().prop_map(Step::Pop),
        1 => (index(), element()).prop_map(|(i, e)| Step::Insert(i, e)),
        1 => (index(), element()).prop_map(|(i, e)| Step::Set(i, e)),
        1 => (index(), index()).prop_map(|(a, b)| Step::Trim(a, b)),
        1 => (element(), 0..3_usize, end()).prop_map(|(e, n, end)| Step::Remove(e, n, end)),
    ]
}

fn end(head: bool) -> End {
    if head { End::Head } else { End::Tail }
}

fn apply(list: &mut List, model: &mut VecDeque<Vec<u8>>, step: Step, limits: &Limits) {
    match step {
        Step::Push(head, elements) => {
            let slices: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
            list.push(end(head), &slices, limits);
            for element in elements {
                if head {
                    model.push_front(element);
                } else {
                    model.push_back(element);
                }
            }
        }
        Step::Pop(head) => {
            let popped = list.pop(end(head), limits).map(|e| e.to_vec());
            let expected = if head {
                model.pop_front()
            } else {
                model.pop_back()
            };
            assert_eq!(popped, expected);
        }
        Step::Insert(at, element) => {
            let at = at.index(model.len() + 1);
            list.make_room_for(1, element.len(), limits);
            list.insert(at, &element);
            model.insert(at, element);
        }
        Step::Set(at, element) if !model.is_empty() => {
            let at = at.index(model.len());
            list.make_room_for(1, element.len(), limits);
            list.set(at, &element, limits);
            model[at] = element;
        }
        Step::Set(..) => {}
        Step::Trim(a, b) => {
            let (a, b) = (a.index(model.len() + 1), b.index(model.len() + 1));
            let range = a.min(b)..a.max(b);
            list.trim(range.clone(), limits);
            *model = model.range(range).cloned().collect();
        }
        Step::Remove(element, most, head) => {
            let mut expected = 0;
            while expected < most {
                let same = |own: &Vec<u8>| *own == element;
                let at = if head {
                    model.iter().position(same)
                } else {
                    model.iter().rposition(same)
                };
                let Some(at) = at else { break };
                model.remove(at);
                expected += 1;
            }
            assert_eq!(list.remove(&element, most, end(head), limits), expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn it_behaves_as_a_sequence_in_both_encodings(
        steps in proptest::collection::vec(step(), 0..60),
        list_size in prop_oneof![Just(-2_i64), Just(6), Just(1000)],
        large in any::<bool>(),
    ) {
        let limits = Limits { list_size, ..Limits::default() };
        let (mut list, mut model) = (List::default(), VecDeque::new());
        if large {
            list.make_ring();
        }
        for step in steps {
            apply(&mut list, &mut model, step, &limits);
            prop_assert_eq!(list.len(), model.len());
            prop_assert!(list.iter().map(|e| e.to_vec()).eq(model.iter().cloned()));
            prop_assert!(list.iter().rev().map(|e| e.to_vec()).eq(model.iter().rev().cloned()));
            let (third, two) = (model.len() / 3, model.len() * 2 / 3);
            for range in [third..two, two..model.len(), 0..third] {
                let mut part: Vec<Vec<u8>> = Vec::new();
                list.visit(range.clone(), |e| part.push(e.to_vec()));
                prop_assert!(part.iter().eq(model.range(range)));
            }
            if let Repr::Ring(ring) = &list.0 {
                let size: usize = ring.elements.iter().map(|e| element_size(e)).sum();
                prop_assert_eq!(ring.size, size);
            }
        }
    }
}

#[test]
fn it_becomes_a_ring_above_the_limit_and_a_listpack_at_half_of_it() {
    let limits = Limits::default();
    let mut list = List::default();
    let element = [b'x'; 62];
    // 64 bytes each with their header and length.
    while list.encoding() == "listpack" {
        list.push(End::Tail, &[&element], &limits);
    }
    assert_eq!(list.len(), 128);
    while list.encoding() == "quicklist" {
        list.pop(End::Head, &limits);
    }
    assert_eq!(list.len(), 63);
    list.make_ring();
    list.compact(&limits);
    assert_eq!((list.encoding(), list.len()), ("listpack", 63));
}
