//! The order in which a scan codes blocks, and where it breaks off.

use super::bits::Bits;
use super::channel::{Channel, Member};
use super::error::{corrupt, truncated};
use super::frame::{Component, Frame};
use super::huffman::BadCode;
use crate::error::ThumbError;
use crate::limits::Watch;
use catalog::text;

/// The order in which a scan codes blocks.
pub(super) struct Walk {
    /// MCUs across and down.
    pub(super) mcus: (u32, u32),
    /// For each block of an MCU: member, channel, and offset within the MCU.
    pub(super) blocks: Vec<(usize, usize, u32, u32)>,
    /// For each member: blocks across and down in one MCU.
    pub(super) steps: Vec<(u32, u32)>,
}

/// The block that is read next.
pub(super) struct Block<'a> {
    pub(super) member: usize,
    pub(super) channel: usize,
    /// Position in blocks.
    pub(super) x: u32,
    pub(super) y: u32,
    /// The DC coefficient of the member's previous block.
    pub(super) predicted: &'a mut i32,
}

impl Walk {
    /// T.81, A.2: several components take turns by MCU; one alone goes block
    /// by block, without those that only pad MCUs.
    pub(super) fn new(frame: &Frame, channels: &[Channel], members: &[Member]) -> Self {
        if let [member] = members {
            return Walk {
                mcus: channels[member.channel].blocks,
                blocks: vec![(0, member.channel, 0, 0)],
                steps: vec![(1, 1)],
            };
        }
        let mut blocks = Vec::new();
        let mut steps = Vec::new();
        for (index, member) in members.iter().enumerate() {
            let Component { h, v, .. } = channels[member.channel].component;
            steps.push((h, v));
            for y in 0..v {
                blocks.extend((0..h).map(|x| (index, member.channel, x, y)));
            }
        }
        Walk {
            mcus: frame.mcus(),
            blocks,
            steps,
        }
    }

    /// Calls `read` for every block in order, with the buffer refilled, and
    /// sees to restarts, to the end of the data and to the time limit.
    #[inline(always)]
    pub(super) fn run(
        &self,
        bits: &mut Bits<'_>,
        restart_interval: u32,
        watch: &Watch<'_>,
        mut read: impl FnMut(&mut Bits<'_>, Block<'_>) -> Result<(), BadCode>,
    ) -> Result<(), ThumbError> {
        let mut predicted = [0; 4];
        let mut restarts = 0u8;
        let mut until_restart = restart_interval;
        for mcu_y in 0..self.mcus.1 {
            watch.check()?;
            for mcu_x in 0..self.mcus.0 {
                if restart_interval > 0 && until_restart == 0 {
                    if bits.overrun() || !bits.restart(restarts) {
                        return Err(ends_early(bits));
                    }
                    restarts = (restarts + 1) & 7;
                    until_restart = restart_interval;
                    predicted = [0; 4];
                }
                until_restart = until_restart.wrapping_sub(1);
                for &(member, channel, x, y) in &self.blocks {
                    let (across, down) = self.steps[member];
                    bits.refill();
                    let block = Block {
                        member,
                        channel,
                        x: mcu_x * across + x,
                        y: mcu_y * down + y,
                        predicted: &mut predicted[member],
                    };
                    if let Err(BadCode) = read(bits, block) {
                        if bits.overrun() {
                            return Err(ends_early(bits));
                        }
                        return Err(corrupt(text!(
                            "its compressed data make no sense",
                            "jego skompresowane dane nie mają sensu"
                        )));
                    }
                }
            }
            if bits.overrun() {
                return Err(ends_early(bits));
            }
        }
        Ok(())
    }
}

/// The data ended before the blocks did: because the file does, or because a
/// marker stands where none should.
fn ends_early(bits: &Bits<'_>) -> ThumbError {
    if bits.cut_off() {
        truncated()
    } else {
        corrupt(text!(
            "a part of its compressed data is missing",
            "brakuje części skompresowanych danych"
        ))
    }
}
