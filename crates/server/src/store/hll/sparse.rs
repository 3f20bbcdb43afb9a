//! The sparse encoding: runs of equal registers, in one or two bytes each.
//!
//! | bytes | meaning |
//! |---|---|
//! | `00nnnnnn` | n + 1 registers (1 to 64) are zero |
//! | `01nnnnnn nnnnnnnn` | n + 1 registers (1 to 16384) are zero |
//! | `1vvvvvnn` | n + 1 registers (1 to 4) are v + 1 (1 to 32) |
//!
//! How runs are split and joined again decides a value's bytes and length,
//! which clients can see; this follows Redis.

use super::{Corrupt, HEADER, REGISTERS};

/// The largest register a run can hold.
const MAX_RUN_VALUE: u8 = 32;
/// The most registers of a run that is not zero.
const MAX_RUN_LEN: usize = 4;

/// What [`set`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The register was as high already.
    Lower,
    /// The register was raised.
    Raised,
    /// It does not fit: the value must become dense first.
    TooLarge,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    /// The bytes it takes.
    size: usize,
    /// The registers it covers.
    len: usize,
    /// Their value.
    value: u8,
}

impl Run {
    fn read(bytes: &[u8]) -> Result<Run, Corrupt> {
        match bytes {
            [b, ..] if b & 0x80 != 0 => Ok(Run {
                size: 1,
                len: usize::from(b & 3) + 1,
                value: (b >> 2 & 31) + 1,
            }),
            [b, low, ..] if b & 0x40 != 0 => Ok(Run {
                size: 2,
                len: (usize::from(b & 63) << 8 | usize::from(*low)) + 1,
                value: 0,
            }),
            [b, ..] if b & 0x40 == 0 => Ok(Run {
                size: 1,
                len: usize::from(b & 63) + 1,
                value: 0,
            }),
            _ => Err(Corrupt),
        }
    }
}

fn push_run(out: &mut Vec<u8>, len: usize, value: u8) {
    if len == 0 {
        return;
    }
    let n = len - 1;
    if value > 0 {
        out.push(0x80 | (value - 1) << 2 | n as u8);
    } else if len <= 64 {
        out.push(n as u8);
    } else {
        out.extend_from_slice(&[0x40 | (n >> 8) as u8, n as u8]);
    }
}

/// The runs of a value without elements.
pub fn empty() -> Vec<u8> {
    let mut runs = Vec::new();
    push_run(&mut runs, REGISTERS, 0);
    runs
}

/// All registers; an error unless there are exactly as many as there should.
pub fn registers(mut runs: &[u8]) -> Result<Box<[u8]>, Corrupt> {
    let mut registers = Vec::with_capacity(REGISTERS);
    while !runs.is_empty() {
        let run = Run::read(runs)?;
        if registers.len() + run.len > REGISTERS {
            return Err(Corrupt);
        }
        registers.resize(registers.len() + run.len, run.value);
        runs = &runs[run.size..];
    }
    if registers.len() != REGISTERS {
        return Err(Corrupt);
    }
    Ok(registers.into())
}

/// The runs as PFDEBUG DECODE writes them.
pub fn describe(mut runs: &[u8]) -> Result<String, Corrupt> {
    let mut text = Vec::new();
    while !runs.is_empty() {
        let run = Run::read(runs)?;
        text.push(match (run.value, run.size) {
            (0, 1) => format!("z:{}", run.len),
            (0, _) => format!("Z:{}", run.len),
            (value, _) => format!("v:{value},{}", run.len),
        });
        runs = &runs[run.size..];
    }
    Ok(text.join(" "))
}

/// Raises a register of a sparse value to `count`.
pub fn set(
    value: &mut Vec<u8>,
    register: usize,
    count: u8,
    max_bytes: usize,
) -> Result<Change, Corrupt> {
    if count > MAX_RUN_VALUE {
        return Ok(Change::TooLarge);
    }
    // Find the run that covers the register, and the one before it.
    let (mut at, mut before, mut first) = (HEADER, HEADER, 0);
    let run = loop {
        let run = Run::read(value.get(at..).unwrap_or_default())?;
        if register < first + run.len {
            break run;
        }
        first += run.len;
        before = at;
        at += run.size;
    };
    if run.value >= count {
        return Ok(Change::Lower);
    }
    let mut new = Vec::with_capacity(5);
    push_run(&mut new, register - first, run.value);
    push_run(&mut new, 1, count);
    push_run(&mut new, first + run.len - 1 - register, run.value);
    if new.len() > run.size && value.len() + new.len() - run.size > max_bytes {
        return Ok(Change::TooLarge);
    }
    value.splice(at..at + run.size, new);
    join(value, before);
    Ok(Change::Raised)
}

/// Joins neighbouring runs of one value, looking at five runs from `at`.
fn join(value: &mut Vec<u8>, mut at: usize) {
    for _ in 0..5 {
        let (Ok(run), Ok(next)) = (read_at(value, at), read_at(value, at + 1)) else {
            // The last run, or no run at all.
            return;
        };
        let is_joinable =
            run.value > 0 && next.value == run.value && run.len + next.len <= MAX_RUN_LEN;
        if is_joinable {
            let mut joined = Vec::with_capacity(1);
            push_run(&mut joined, run.len + next.len, run.value);
            value.splice(at..at + 2, joined);
        } else {
            at += run.size;
        }
    }
}

fn read_at(value: &[u8], at: usize) -> Result<Run, Corrupt> {
    Run::read(value.get(at..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::hll;

    fn runs(steps: &[(usize, u8)]) -> String {
        let mut value = hll::empty();
        for (register, count) in steps {
            set(&mut value, *register, *count, 3000).unwrap();
            assert!(registers(&value[HEADER..]).is_ok());
        }
        describe(&value[HEADER..]).unwrap()
    }

    #[test]
    fn runs_are_split_and_joined() {
        assert_eq!(runs(&[]), "Z:16384");
        assert_eq!(runs(&[(0, 1)]), "v:1,1 Z:16383");
        assert_eq!(runs(&[(100, 2)]), "Z:100 v:2,1 Z:16283");
        assert_eq!(runs(&[(100, 2), (102, 2)]), "Z:100 v:2,1 z:1 v:2,1 Z:16281");
        assert_eq!(runs(&[(100, 2), (102, 2), (101, 2)]), "Z:100 v:2,3 Z:16281");
        assert_eq!(
            runs(&[(4, 2), (5, 2), (6, 2), (7, 2), (8, 2), (6, 9)]),
            "z:4 v:2,2 v:9,1 v:2,2 Z:16375"
        );
        assert_eq!(runs(&[(16383, 32)]), "Z:16383 v:32,1");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut value = hll::empty();
        assert_eq!(set(&mut value, 1, 33, 3000), Ok(Change::TooLarge));
        assert_eq!(set(&mut value, 1, 1, HEADER + 2), Ok(Change::TooLarge));
        assert_eq!(set(&mut value, 1, 1, HEADER + 4), Ok(Change::Raised));
        assert_eq!(set(&mut value, 1, 1, HEADER + 4), Ok(Change::Lower));
    }
}
