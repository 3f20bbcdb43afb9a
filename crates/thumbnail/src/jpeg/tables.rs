//! What the segments before a scan define for it: tables, and how often the
//! decoder may begin anew.

use super::error::corrupt;
use super::huffman::{AcTable, DcTable};
use crate::error::ThumbError;
use catalog::text;

/// What DQT, DHT and DRI segments have defined so far.
#[derive(Default)]
pub(super) struct Tables {
    /// Steps in zigzag order.
    pub(super) quantization: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<DcTable>; 4],
    pub(super) ac: [Option<AcTable>; 4],
    /// MCUs between restart markers; 0 for none.
    pub(super) restart_interval: u32,
}

impl Tables {
    /// T.81, B.2.4.1.
    pub(super) fn quantization(&mut self, mut payload: &[u8]) -> Result<(), ThumbError> {
        while let [head, rest @ ..] = payload {
            let wide = head >> 4 != 0;
            let length = if wide { 128 } else { 64 };
            let slot = self.quantization.get_mut(usize::from(head & 15));
            let (Some(slot), Some(steps)) = (slot, rest.get(..length)) else {
                return Err(corrupt(text!(
                    "a quantization table is malformed",
                    "tablica kwantyzacji jest błędna"
                )));
            };
            let step = |i: usize| {
                if wide {
                    u16::from_be_bytes([steps[2 * i], steps[2 * i + 1]])
                } else {
                    u16::from(steps[i])
                }
            };
            *slot = Some(std::array::from_fn(step));
            payload = &rest[length..];
        }
        Ok(())
    }

    /// T.81, B.2.4.2.
    pub(super) fn huffman(&mut self, mut payload: &[u8]) -> Result<(), ThumbError> {
        let malformed = || {
            corrupt(text!(
                "a Huffman table is malformed",
                "tablica Huffmana jest błędna"
            ))
        };
        while let [head, rest @ ..] = payload {
            let counts: &[u8; 16] = rest.first_chunk().ok_or_else(malformed)?;
            let total: usize = counts.iter().map(|&n| usize::from(n)).sum();
            let symbols = rest.get(16..16 + total).ok_or_else(malformed)?;
            let slot = usize::from(head & 15);
            if slot > 3 || total > 256 {
                return Err(malformed());
            }
            match head >> 4 {
                0 => self.dc[slot] = Some(DcTable::new(counts, symbols)?),
                1 => self.ac[slot] = Some(AcTable::new(counts, symbols)?),
                _ => return Err(malformed()),
            }
            payload = &rest[16 + total..];
        }
        Ok(())
    }

    /// T.81, B.2.4.4.
    pub(super) fn restart_interval(&mut self, payload: &[u8]) -> Result<(), ThumbError> {
        let bytes = payload.first_chunk().ok_or_else(|| {
            corrupt(text!(
                "the restart interval is malformed",
                "odstęp znaczników (restart interval) jest błędny"
            ))
        })?;
        self.restart_interval = u16::from_be_bytes(*bytes).into();
        Ok(())
    }
}
