//! BITFIELD: integers of any width at any bit of a string.

use super::{bytes_up_to, offset_arg};
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::wire::args::{int_arg, is};
use crate::wire::number;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// An integer's type: `i16`, `u8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Type {
    signed: bool,
    bits: u32,
}

impl Type {
    fn parse(arg: &[u8]) -> CmdResult<Type> {
        const ERROR: CmdError = CmdError::new(
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
        );
        let (signed, bits) = match arg {
            [b'i', bits @ ..] => (true, bits),
            [b'u', bits @ ..] => (false, bits),
            _ => return Err(ERROR),
        };
        let most = if signed { 64 } else { 63 };
        match number::parse_i64(bits) {
            Some(bits) if (1..=most).contains(&bits) => Ok(Type {
                signed,
                bits: bits as u32,
            }),
            _ => Err(ERROR),
        }
    }

    fn limits(self) -> (i128, i128) {
        if self.signed {
            (-(1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1)
        } else {
            (0, (1 << self.bits) - 1)
        }
    }

    /// The value these bits stand for.
    fn value(self, raw: u64) -> i128 {
        let unused = 64 - self.bits;
        if self.signed {
            i128::from((raw << unused) as i64 >> unused)
        } else {
            i128::from(raw << unused >> unused)
        }
    }

    /// Makes a number fit; `None` when it does not and must not be changed.
    fn fit(self, number: i128, overflow: Overflow) -> Option<i128> {
        let (min, max) = self.limits();
        if (min..=max).contains(&number) {
            return Some(number);
        }
        match overflow {
            Overflow::Wrap => Some(self.value(number as u64)),
            Overflow::Saturate => Some(number.clamp(min, max)),
            Overflow::Fail => None,
        }
    }

    fn read(self, bytes: &[u8], offset: usize) -> i128 {
        let raw = (offset..offset + self.bits as usize).fold(0, |raw, bit| {
            let byte = bytes.get(bit / 8).copied().unwrap_or(0);
            raw << 1 | u64::from(byte >> (7 - bit % 8) & 1)
        });
        self.value(raw)
    }

    fn write(self, bytes: &mut [u8], offset: usize, value: i128) {
        for i in 0..self.bits as usize {
            let bit = offset + self.bits as usize - 1 - i;
            let mask = 0x80 >> (bit % 8);
            if value >> i & 1 == 1 {
                bytes[bit / 8] |= mask;
            } else {
                bytes[bit / 8] &= !mask;
            }
        }
    }
}

/// What becomes of a number too large for its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Get,
    Set(i64),
    Add(i64),
}

#[derive(Debug, Clone, Copy)]
struct Operation {
    action: Action,
    kind: Type,
    offset: usize,
    overflow: Overflow,
}

impl Operation {
    /// How far it is from a number to the upper limit, Redis computes in 64
    /// bits: from very far below the result is negative, which looks as if
    /// the number were above the limit.
    fn saturates_upwards(&self, n: i64) -> bool {
        let (_, max) = self.kind.limits();
        let distance = i64::try_from(max).map(|max| max.checked_sub(n));
        self.overflow == Overflow::Saturate && self.kind.bits < 64 && distance == Ok(None)
    }
}

fn parse(ctx: &Ctx<'_>, mut rest: &[&[u8]]) -> CmdResult<Vec<Operation>> {
    let mut operations = Vec::new();
    let mut overflow = Overflow::Wrap;
    while let [name, args @ ..] = rest {
        let takes = |command, n| is(name, command) && args.len() >= n;
        if takes("OVERFLOW", 1) {
            overflow = match args[0] {
                how if is(how, "WRAP") => Overflow::Wrap,
                how if is(how, "SAT") => Overflow::Saturate,
                how if is(how, "FAIL") => Overflow::Fail,
                _ => return Err(CmdError::new("ERR Invalid OVERFLOW type specified")),
            };
            rest = &args[1..];
            continue;
        }
        let is_get = takes("GET", 2);
        if !is_get && !takes("SET", 3) && !takes("INCRBY", 3) {
            return Err(errors::SYNTAX);
        }
        let kind = Type::parse(args[0])?;
        let offset = offset_arg(ctx, args[1], Some(kind.bits))?;
        let action = if is_get {
            Action::Get
        } else if is(name, "SET") {
            Action::Set(int_arg(args[2])?)
        } else {
            Action::Add(int_arg(args[2])?)
        };
        operations.push(Operation {
            action,
            kind,
            offset,
            overflow,
        });
        rest = &args[if is_get { 2 } else { 3 }..];
    }
    Ok(operations)
}

pub fn bitfield(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let operations = parse(ctx, &argv[2..])?;
    let last_written = operations
        .iter()
        .filter(|op| op.action != Action::Get)
        .map(|op| op.offset + op.kind.bits as usize - 1)
        .max();
    match last_written {
        Some(bit) => change(ctx, argv[1], &operations, bit, out),
        None => read(ctx, argv[1], &operations, out),
    }
}

pub fn bitfield_ro(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let operations = parse(ctx, &argv[2..])?;
    if operations.iter().any(|op| op.action != Action::Get) {
        return Err(CmdError::new(
            "ERR BITFIELD_RO only supports the GET subcommand",
        ));
    }
    read(ctx, argv[1], &operations, out)
}

fn read(ctx: &mut Ctx<'_>, key: &[u8], operations: &[Operation], out: &mut Out) -> CmdResult {
    let string = ctx.read_string(key)?;
    let bytes = string.map(|string| string.bytes()).unwrap_or_default();
    out.array(operations.len());
    for op in operations {
        out.int(op.kind.read(&bytes, op.offset) as i64);
    }
    Ok(())
}

fn change(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    operations: &[Operation],
    last_bit: usize,
    out: &mut Out,
) -> CmdResult {
    let (bytes, grown) = bytes_up_to(ctx, key, last_bit)?;
    out.array(operations.len());
    let mut changes = 0;
    for op in operations {
        let old = op.kind.read(bytes, op.offset);
        let new = match op.action {
            Action::Get => {
                out.int(old as i64);
                continue;
            }
            // A negative number is a large unsigned one.
            Action::Set(n) if !op.kind.signed => i128::from(n as u64),
            Action::Set(n) if op.saturates_upwards(n) => op.kind.limits().1,
            Action::Set(n) => i128::from(n),
            Action::Add(n) => old + i128::from(n),
        };
        let Some(new) = op.kind.fit(new, op.overflow) else {
            out.null();
            continue;
        };
        let is_set = matches!(op.action, Action::Set(_));
        out.int(if is_set { old } else { new } as i64);
        op.kind.write(bytes, op.offset, new);
        changes += usize::from(grown || old != new);
    }
    if changes > 0 {
        ctx.wrote(key, notify::STRING, "setbit");
        ctx.counts_as(changes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_widths_are_written_and_read() {
        for bits in 1..=64 {
            for signed in [false, true] {
                if bits == 64 && !signed {
                    continue;
                }
                let kind = Type { signed, bits };
                let (min, max) = kind.limits();
                for offset in [0, 3, 8, 13] {
                    for number in [min, max, 0, max / 3] {
                        let mut bytes = vec![0xa5; 12];
                        kind.write(&mut bytes, offset, number);
                        assert_eq!(kind.read(&bytes, offset), number);
                    }
                }
                assert_eq!(kind.fit(max + 1, Overflow::Wrap), Some(min));
                assert_eq!(kind.fit(max + 1, Overflow::Saturate), Some(max));
                assert_eq!(kind.fit(min - 1, Overflow::Saturate), Some(min));
                assert_eq!(kind.fit(max + 1, Overflow::Fail), None);
            }
        }
    }
}
