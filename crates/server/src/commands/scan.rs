//! What SCAN, SSCAN, HSCAN and ZSCAN share: options, the walk, the reply.

use crate::store::{ByteString, Dict};
use crate::wire::args::{int_arg, is};
use crate::wire::glob;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The options of one call.
#[derive(Debug)]
pub struct Scan<'a> {
    cursor: u64,
    count: usize,
    pattern: Option<&'a [u8]>,
    /// SCAN's TYPE, as it was written.
    pub type_name: Option<&'a [u8]>,
}

impl<'a> Scan<'a> {
    /// Reads the cursor.
    ///
    /// # Errors
    /// "invalid cursor".
    pub fn cursor(arg: &[u8]) -> CmdResult<u64> {
        // As strtoul reads it: a sign and leading zeros are allowed.
        let (negative, digits) = match arg {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            digits => (false, digits),
        };
        let value = if arg.is_empty() {
            Some(0)
        } else {
            digits
                .iter()
                .all(u8::is_ascii_digit)
                .then(|| std::str::from_utf8(digits).ok()?.parse::<u64>().ok())
                .flatten()
        };
        match value {
            Some(n) if negative => Ok(n.wrapping_neg()),
            Some(n) => Ok(n),
            None => Err(CmdError::new("ERR invalid cursor")),
        }
    }

    /// Reads the options behind the cursor; TYPE only `with_type`.
    ///
    /// # Errors
    /// As Redis words them.
    pub fn parse(cursor: u64, args: &[&'a [u8]], with_type: bool) -> CmdResult<Scan<'a>> {
        let mut scan = Scan {
            cursor,
            count: 10,
            pattern: None,
            type_name: None,
        };
        for pair in args.chunks(2) {
            let [option, value] = pair else {
                return Err(errors::SYNTAX);
            };
            if is(option, "COUNT") {
                let count = int_arg(value)?;
                if count < 1 {
                    return Err(errors::SYNTAX);
                }
                scan.count = count as usize;
            } else if is(option, "MATCH") {
                scan.pattern = (*value != b"*").then_some(*value);
            } else if is(option, "TYPE") && with_type {
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
