//! What SCAN, SSCAN, HSCAN and ZSCAN share: options, the walk, the reply.

use crate::store::{ByteString, Dict};
use crate::wire::args::{int_arg, is};
use crate::wire::glob;
use crate::wire::number;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The options of one call.
#[derive(Debug)]
pub struct Scan<'a> {
    cursor: u64,
    count: usize,
    pattern: Option<&'a [u8]>,
    /// SCAN's TYPE, as it was written.
    pub type_name: Option<&'a [u8]>,
    /// HSCAN's NOVALUES.
    pub no_values: bool,
}

/// What is walked over, which has options of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A database: TYPE.
    Keys,
    /// A hash: NOVALUES.
    Fields,
    /// A set, sorted or not.
    Members,
}

impl<'a> Scan<'a> {
    /// Reads the cursor.
    ///
    /// # Errors
    /// "invalid cursor".
    pub fn cursor(arg: &[u8]) -> CmdResult<u64> {
        // As strtoull reads it: space, a sign and leading zeros are allowed;
        // but what is plainly negative is not.
        let (negative, digits) = match arg.trim_ascii_start() {
            _ if number::parse_i64(arg).is_some_and(|n| n < 0) => (false, &b""[..]),
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            digits => (false, digits),
        };
        let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let value = std::str::from_utf8(digits)
            .ok()
            .filter(|_| all_digits)
            .and_then(|digits| digits.parse::<u64>().ok());
        match value {
            Some(n) if negative => Ok(n.wrapping_neg()),
            Some(n) => Ok(n),
            None => Err(CmdError::new("ERR invalid cursor")),
        }
    }

    /// Reads the options behind the cursor.
    ///
    /// # Errors
    /// As Redis words them.
    pub fn parse(cursor: u64, args: &[&'a [u8]], over: Over) -> CmdResult<Scan<'a>> {
        let mut scan = Scan {
            cursor,
            count: 10,
            pattern: None,
            type_name: None,
            no_values: false,
        };
        let mut rest = args;
        while let [option, after @ ..] = rest {
            rest = after;
            if is(option, "NOVALUES") {
                if over != Over::Fields {
                    return Err(CmdError::new(
                        "ERR NOVALUES option can only be used in HSCAN",
                    ));
                }
                scan.no_values = true;
                continue;
            }
            let [value, after @ ..] = after else {
                return Err(errors::SYNTAX);
            };
            rest = after;
            if is(option, "COUNT") {
                let count = int_arg(value)?;
                if count < 1 {
                    return Err(errors::SYNTAX);
                }
                scan.count = count as usize;
            } else if is(option, "MATCH") {
                scan.pattern = (*value != b"*").then_some(*value);
            } else if is(option, "TYPE") && over == Over::Keys {
                scan.type_name = Some(value);
            } else {
                return Err(errors::SYNTAX);
            }
        }
        Ok(scan)
    }

    /// Whether an element is wanted.
    pub fn matches(&self, element: &[u8]) -> bool {
        self.pattern
            .is_none_or(|pattern| glob::matches(pattern, element))
    }

    /// Visits buckets until about COUNT elements have been seen; the next
    /// cursor.
    pub fn walk<'d, V>(
        &self,
        dict: &'d Dict<V>,
        mut visit: impl FnMut(&'d ByteString, &'d V),
    ) -> u64 {
        let mut cursor = self.cursor;
        let mut seen = 0;
        // A sparse table must not make one call slow.
        let mut buckets = self.count.saturating_mul(10);
        loop {
            cursor = dict.scan(cursor, |key, value| {
                seen += 1;
                visit(key, value);
            });
            if cursor == 0 || buckets == 0 || seen >= self.count {
                return cursor;
            }
            buckets -= 1;
        }
    }
}

/// A reply being collected: the next cursor and the elements.
#[derive(Debug, Default)]
pub struct ScanReply {
    /// The next cursor; 0 at the end.
    pub cursor: u64,
    elements: Vec<Vec<u8>>,
}

impl ScanReply {
    /// Adds an element (a field and its value are two).
    pub fn push(&mut self, element: &[u8]) {
        self.elements.push(element.to_vec());
    }

    /// Writes the reply.
    pub fn write(&self, out: &mut Out) {
        out.array(2);
        out.bulk(self.cursor.to_string().as_bytes());
        out.array(self.elements.len());
        for element in &self.elements {
            out.bulk(element);
        }
    }
}
