//! HyperLogLog: counting distinct elements in at most 12 kB.
//!
//! Each element is hashed; 14 bits of the hash choose one of 16384 registers,
//! which keeps the longest run of zeros seen in the rest. The value is an
//! ordinary string that clients may GET, copy and SET, so its bytes follow
//! Redis: a 16-byte header (`HYLL`, encoding, cached count), then either the
//! registers of 6 bits each (dense) or run lengths ([`sparse`]).

mod murmur;
pub mod sparse;

/// The registers.
pub const REGISTERS: usize = 1 << 14;
/// The bytes in front of the registers.
pub const HEADER: usize = 16;
/// The length of a dense value.
const DENSE_SIZE: usize = HEADER + REGISTERS * 6 / 8;

const MAGIC: &[u8; 4] = b"HYLL";
const DENSE: u8 = 0;
const SPARSE: u8 = 1;
/// The bits of the hash that are searched for a run of zeros.
const RUN_BITS: u32 = 50;
/// The top bit of the cached count: it is out of date.
const STALE: u8 = 1 << 7;
/// 1 / (2 ln 2), the constant of Ertl's estimator.
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// The string claims to be a sparse HyperLogLog, but its run lengths do not
/// add up to the registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrupt;

/// What PFADD makes of a key that does not exist.
pub fn empty() -> Vec<u8> {
    let mut value = Vec::with_capacity(HEADER + 2);
    value.extend_from_slice(MAGIC);
    value.push(SPARSE);
    value.extend_from_slice(&[0; 11]);
    value.extend_from_slice(&sparse::empty());
    value
}

/// Whether a string has the form of a HyperLogLog.
pub fn is_valid(value: &[u8]) -> bool {
    value.len() >= HEADER
        && value.starts_with(MAGIC)
        && value[4] <= SPARSE
        && (value[4] != DENSE || value.len() == DENSE_SIZE)
}

/// Whether a valid value is in the dense encoding.
pub fn is_dense(value: &[u8]) -> bool {
    value[4] == DENSE
}

/// The register of an element, and the run of zeros (plus one) it has there.
fn place(element: &[u8]) -> (usize, u8) {
    let hash = murmur::hash(element);
    let register = hash as usize & (REGISTERS - 1);
    // The bit above the last one ends every run.
    let rest = (hash >> 14) | (1 << RUN_BITS);
    (register, rest.trailing_zeros() as u8 + 1)
}

/// Adds an element; whether a register changed. A sparse value that would
/// exceed `sparse_max` bytes (`hll-sparse-max-bytes`) becomes dense.
pub fn add(value: &mut Vec<u8>, element: &[u8], sparse_max: usize) -> Result<bool, Corrupt> {
    let (register, run) = place(element);
    set(value, register, run, sparse_max)
}

/// Raises a register to `run`; whether it was lower.
pub fn set(
    value: &mut Vec<u8>,
    register: usize,
    run: u8,
    sparse_max: usize,
) -> Result<bool, Corrupt> {
    if !is_dense(value) {
        match sparse::set(value, register, run, sparse_max)? {
            sparse::Change::Lower => return Ok(false),
            sparse::Change::Raised => {
                invalidate(value);
                return Ok(true);
            }
            sparse::Change::TooLarge => make_dense(value)?,
        }
    }
    if get_dense(value, register) >= run {
        return Ok(false);
    }
    set_dense(value, register, run);
    invalidate(value);
    Ok(true)
}

fn get_dense(value: &[u8], register: usize) -> u8 {
    let bit = register * 6;
    let at = HEADER + bit / 8;
    let low = u16::from(value[at]);
    let high = u16::from(value.get(at + 1).copied().unwrap_or(0));
    ((low | high << 8) >> (bit % 8)) as u8 & 63
}

fn set_dense(value: &mut [u8], register: usize, run: u8) {
    let bit = register * 6;
    let (at, shift) = (HEADER + bit / 8, bit % 8);
    let clear = !(63_u16 << shift);
    let put = u16::from(run) << shift;
    value[at] = value[at] & clear as u8 | put as u8;
    // A register within one byte leaves the next one alone.
    if shift > 2 {
        value[at + 1] = value[at + 1] & (clear >> 8) as u8 | (put >> 8) as u8;
    }
}

/// Turns a sparse value into a dense one; a dense one stays.
pub fn make_dense(value: &mut Vec<u8>) -> Result<(), Corrupt> {
    if is_dense(value) {
        return Ok(());
    }
    let registers = registers(value)?;
    value.truncate(HEADER);
    value[4] = DENSE;
    value.resize(DENSE_SIZE, 0);
    for (register, run) in registers.iter().enumerate().filter(|(_, run)| **run > 0) {
        set_dense(value, register, *run);
    }
    Ok(())
}

/// All registers of a valid value.
pub fn registers(value: &[u8]) -> Result<Box<[u8]>, Corrupt> {
    if is_dense(value) {
        return Ok((0..REGISTERS).map(|r| get_dense(value, r)).collect());
    }
    sparse::registers(&value[HEADER..])
}

/// Raises `into` (one byte a register) to the registers of a valid value.
pub fn merge(into: &mut [u8], value: &[u8]) -> Result<(), Corrupt> {
    for (mine, other) in into.iter_mut().zip(registers(value)?.iter()) {
        *mine = (*mine).max(*other);
    }
    Ok(())
}

/// The count in the header, when it is up to date.
pub fn cached_count(value: &[u8]) -> Option<u64> {
    let bytes: [u8; 8] = value.get(8..HEADER)?.try_into().ok()?;
    (bytes[7] & STALE == 0).then(|| u64::from_le_bytes(bytes))
}

/// Writes the count into the header.
pub fn cache_count(value: &mut [u8], count: u64) {
    value[8..HEADER].copy_from_slice(&count.to_le_bytes());
}

/// Marks the count in the header as out of date.
pub fn invalidate(value: &mut [u8]) {
    value[HEADER - 1] |= STALE;
}

/// How many distinct elements the registers have probably seen: Otmar Ertl's
/// improved estimator (New cardinality estimation algorithms for HyperLogLog
/// sketches, arXiv:1702.01284), which needs no table of corrections.
pub fn estimate(registers: &[u8]) -> u64 {
    let mut histogram = [0_u32; 64];
    for run in registers {
        histogram[usize::from(*run & 63)] += 1;
    }
    let m = REGISTERS as f64;
    let full = f64::from(histogram[RUN_BITS as usize + 1]);
    let mut z = m * tau((m - full) / m);
    for count in histogram[1..=RUN_BITS as usize].iter().rev() {
        z += f64::from(*count);
        z *= 0.5;
    }
    z += m * sigma(f64::from(histogram[0]) / m);
    (ALPHA * m * m / z).round() as u64
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        y *= 0.5;
        let before = z;
        z -= (1.0 - x).powi(2) * y;
        if before == z {
            return z / 3.0;
        }
    }
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(value: &[u8]) -> u64 {
        estimate(&registers(value).unwrap())
    }

    #[test]
    fn estimates_stay_within_two_percent_in_both_encodings() {
        let mut value = empty();
        assert_eq!(count(&value), 0);
        let mut was_sparse = 0;
        for n in 1..=100_000_u64 {
            add(&mut value, format!("element:{n}").as_bytes(), 3000).unwrap();
            was_sparse += u64::from(!is_dense(&value));
            if [10, 100, 1_000, 10_000, 100_000].contains(&n) {
                let error = count(&value) as f64 / n as f64 - 1.0;
                assert!(error.abs() < 0.02, "{n}: {error}");
            }
        }
        assert!(was_sparse > 1_000 && is_dense(&value));
        assert_eq!(value.len(), DENSE_SIZE);
    }

    #[test]
    fn both_encodings_hold_the_same_registers() {
        let mut sparse = empty();
        let mut dense = empty();
        make_dense(&mut dense).unwrap();
        for n in 0..3_000_u32 {
            let element = n.to_string();
            let changed = add(&mut sparse, element.as_bytes(), 100_000).unwrap();
            assert_eq!(add(&mut dense, element.as_bytes(), 0).unwrap(), changed);
        }
        assert!(!is_dense(&sparse));
        assert_eq!(registers(&sparse), registers(&dense));
        make_dense(&mut sparse).unwrap();
        assert_eq!(sparse[HEADER..], dense[HEADER..]);
    }

    #[test]
    fn the_cached_count_is_invalidated_by_a_change_only() {
        let mut value = empty();
        assert_eq!(cached_count(&value), Some(0));
        assert_eq!(add(&mut value, b"a", 3000), Ok(true));
        assert_eq!(cached_count(&value), None);
        cache_count(&mut value, 1);
        assert_eq!(add(&mut value, b"a", 3000), Ok(false));
        assert_eq!(cached_count(&value), Some(1));
    }

    #[test]
    fn strings_that_are_no_hyperloglog_are_seen() {
        assert!(is_valid(&empty()));
        assert!(!is_valid(b"HYLL"));
        assert!(!is_valid(b"abcdefghijklmnopqrstuvwxyz"));
        let mut dense = empty();
        make_dense(&mut dense).unwrap();
        dense.pop();
        assert!(!is_valid(&dense));
        let mut broken = empty();
        broken.truncate(HEADER);
        broken.extend_from_slice(&[0x7f, 0xfe]);
        assert!(is_valid(&broken));
        assert_eq!(registers(&broken), Err(Corrupt));
        assert_eq!(add(&mut broken, b"x", 3000).is_err(), place(b"x").0 > 16382);
    }
}
