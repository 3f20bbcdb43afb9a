//! Scans: from compressed bits to planes of reduced size.

use super::bits::Bits;
use super::error::{corrupt, truncated, unsupported};
use super::frame::{Component, Frame, Header, Process};
use super::huffman::{AcTable, BadCode, DcTable};
use super::planes::{Plane, Planes};
use super::segments::{Segment, Segments, marker};
use super::transform::{average, dequantize, last_needed, pixels, places};
use crate::jobs::thumbnailer::error::ThumbError;
use crate::jobs::thumbnailer::limits::Watch;
use catalog::text;

/// Decodes the picture at `eighths` (1, 2, 4 or 8) eighths of its size.
pub(super) fn decode(
    data: &[u8],
    header: &Header<'_>,
    eighths: u32,
    watch: &Watch<'_>,
) -> Result<Planes, ThumbError> {
    let frame = &header.frame;
    let mut decoder = Decoder {
        frame,
        watch,
        tables: Tables::default(),
        channels: frame
            .components
            .iter()
            .map(|c| Channel::new(frame, c, eighths))
            .collect(),
    };
    let mut segments = Segments::new(data);
    loop {
        let segment = match segments.next() {
            Ok(segment) => segment,
            // The end marker is missed by nobody once all is there; but of a
            // progressive file one cannot know how many scans were meant.
            Err(_) if frame.process == Process::Sequential && decoder.complete() => break,
            Err(e) => return Err(e),
        };
        match segment.marker {
            marker::DQT => decoder.tables.quantization(segment.payload)?,
            marker::DHT => decoder.tables.huffman(segment.payload)?,
            marker::DRI => decoder.tables.restart_interval(segment.payload)?,
            marker::SOS => {
                let used = decoder.scan(&segment, segments.rest(), eighths)?;
                segments.advance(used);
            }
            marker::EOI => break,
            _ => {}
        }
    }
    if !decoder.complete() {
        return Err(corrupt(text!(
            "a colour channel is missing",
            "brakuje kanału koloru"
        )));
    }
    let planes = decoder.channels.into_iter().map(Channel::finish).collect();
    Ok(Planes::new(planes, header.color_model()))
}

/// What DQT, DHT and DRI segments have defined so far.
#[derive(Default)]
struct Tables {
    /// Steps in zigzag order.
    quantization: [Option<[u16; 64]>; 4],
    dc: [Option<DcTable>; 4],
    ac: [Option<AcTable>; 4],
    /// MCUs between restart markers; 0 for none.
    restart_interval: u32,
}

impl Tables {
    /// T.81, B.2.4.1.
    fn quantization(&mut self, mut payload: &[u8]) -> Result<(), ThumbError> {
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
    fn huffman(&mut self, mut payload: &[u8]) -> Result<(), ThumbError> {
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
    fn restart_interval(&mut self, payload: &[u8]) -> Result<(), ThumbError> {
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

/// One component on its way to a plane.
struct Channel {
    component: Component,
    /// Blocks per row and per column that hold pixels of the picture; a scan
    /// of this component alone codes only these.
    blocks: (u32, u32),
    /// Samples per row: whole MCUs, more than the picture needs.
    stride: usize,
    /// Samples of all rows, whole MCUs as well.
    samples: Vec<u8>,
    /// The part that the picture fills; the sides may be fractions.
    used: (f64, f64),
    /// DC coefficients of a progressive picture, waiting for refinement.
    coefficients: Vec<i16>,
    /// The steps in force at this component's first scan, zigzag order.
    quantization: Option<[u16; 64]>,
}

impl Channel {
    fn new(frame: &Frame, component: &Component, eighths: u32) -> Self {
        let (mcus_x, mcus_y) = frame.mcus();
        let stride = (mcus_x * component.h * eighths) as usize;
        let rows = (mcus_y * component.v * eighths) as usize;
        let exact = |pixels: u32, factor: u32, max: u32| {
            f64::from(pixels * factor * eighths) / f64::from(max * 8)
        };
        let progressive = frame.process == Process::Progressive;
        Channel {
            component: *component,
            blocks: (
                (frame.width * component.h).div_ceil(8 * frame.max_h),
                (frame.height * component.v).div_ceil(8 * frame.max_v),
            ),
            stride,
            // Grey, should a scan leave the padding out.
            samples: vec![128; stride * rows],
            used: (
                exact(frame.width, component.h, frame.max_h),
                exact(frame.height, component.v, frame.max_v),
            ),
            coefficients: vec![0; if progressive { stride * rows } else { 0 }],
            quantization: None,
        }
    }

    /// The finished plane, cut to what the picture fills.
    fn finish(mut self) -> Plane {
        if let Some(steps) = self.quantization {
            for (sample, &dc) in self.samples.iter_mut().zip(&self.coefficients) {
                *sample = average(dequantize(dc.into(), steps[0]));
            }
        }
        Plane::cut(&self.samples, self.stride, self.used)
    }
}

impl Frame {
    /// How many MCUs an interleaved scan has, across and down.
    fn mcus(&self) -> (u32, u32) {
        (
            self.width.div_ceil(8 * self.max_h),
            self.height.div_ceil(8 * self.max_v),
        )
    }
}

/// What a scan header says of one of its components.
#[derive(Clone, Copy)]
struct Member {
    /// Its index in the frame.
    channel: usize,
    /// Numbers of its Huffman tables.
    dc: usize,
    ac: usize,
}

struct Decoder<'a> {
    frame: &'a Frame,
    watch: &'a Watch<'a>,
    tables: Tables,
    channels: Vec<Channel>,
}

impl Decoder<'_> {
    /// Whether every component has been in a scan.
    fn complete(&self) -> bool {
        self.channels.iter().all(|c| c.quantization.is_some())
    }

    /// Reads a scan's header (T.81, B.2.3): the components in it; where their
    /// frequencies start and end, and how exact they are.
    fn scan_header(&self, payload: &[u8]) -> Result<(Vec<Member>, [u8; 3]), ThumbError> {
        let malformed = || {
            corrupt(text!(
                "a scan header is malformed",
                "nagłówek skanu jest błędny"
            ))
        };
        let (&count, rest) = payload.split_first().ok_or_else(malformed)?;
        let count = usize::from(count);
        let (specs, _) = rest.as_chunks::<2>();
        let parameters = rest.get(2 * count..).and_then(|p| p.first_chunk::<3>());
        let (Some(specs), Some(parameters)) = (specs.get(..count), parameters) else {
            return Err(malformed());
        };
        let mut members: Vec<Member> = Vec::with_capacity(4);
        for &[id, tables] in specs {
            let channel = self.frame.components.iter().position(|c| c.id == id);
            let channel = channel.ok_or_else(malformed)?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            let repeated = members.iter().any(|m| m.channel == channel);
            if repeated || dc > 3 || ac > 3 {
                return Err(malformed());
            }
            members.push(Member { channel, dc, ac });
        }
        if members.is_empty() {
            return Err(malformed());
        }
        Ok((members, *parameters))
    }

    /// Reads one scan (T.81, B.2.3) and gives the number of bytes it took.
    fn scan(
        &mut self,
        header: &Segment<'_>,
        data: &[u8],
        eighths: u32,
    ) -> Result<usize, ThumbError> {
        let (members, [start, end, approximation]) = self.scan_header(header.payload)?;
        let progressive = self.frame.process == Process::Progressive;
        if progressive && start > 0 {
            // Finer frequencies; the walk over segments finds the scan's end.
            return Ok(0);
        }
        let first = members.iter().map(|m| self.latch_quantization(m.channel));
        let first: Vec<bool> = first.collect::<Result<_, _>>()?;
        let mut bits = Bits::new(data);
        if progressive {
            let (high, low) = (approximation >> 4, approximation & 15);
            // A block's average takes 11 bits, so no more can be put off.
            if end != 0 || low > 13 || (high == 0) != first.iter().all(|&f| f) {
                return Err(corrupt(text!(
                    "the scans of a progressive picture are out of order",
                    "skany obrazu progresywnego są w złej kolejności"
                )));
            }
            self.progressive(&members, &mut bits, high == 0, low.into())?;
        } else {
            if !first.iter().all(|&f| f) {
                return Err(corrupt(text!(
                    "a colour channel is there twice",
                    "kanał koloru występuje dwa razy"
                )));
            }
            match eighths {
                1 => self.sequential::<1>(&members, &mut bits),
                2 => self.sequential::<2>(&members, &mut bits),
                4 => self.sequential::<4>(&members, &mut bits),
                8 => self.sequential::<8>(&members, &mut bits),
                _ => Err(unsupported(text!(
                    "a scale of {eighths} eighths",
                    "skala {eighths}/8"
                ))),
            }?;
        }
        Ok(bits.position())
    }

    /// Keeps the quantization table of a component's first scan, as later ones
    /// may replace it; tells whether this is the first.
    fn latch_quantization(&mut self, channel: usize) -> Result<bool, ThumbError> {
        let channel = &mut self.channels[channel];
        if channel.quantization.is_some() {
            return Ok(false);
        }
        let table = self.tables.quantization[channel.component.quantization];
        channel.quantization = Some(table.ok_or_else(|| {
            corrupt(text!(
                "a quantization table is missing",
                "brakuje tablicy kwantyzacji"
            ))
        })?);
        Ok(true)
    }

    /// A scan of whole blocks, of which N by N samples each are wanted.
    fn sequential<const N: usize>(
        &mut self,
        members: &[Member],
        bits: &mut Bits<'_>,
    ) -> Result<(), ThumbError> {
        let place = const { places::<N>() };
        let last = const { last_needed::<N>() };
        let tables = &self.tables;
        let coders = members.iter().map(|m| {
            let dc = tables.dc[m.dc].as_ref().ok_or_else(missing_table)?;
            let ac = tables.ac[m.ac].as_ref().ok_or_else(missing_table)?;
            let steps = self.channels[m.channel].quantization.unwrap_or([1; 64]);
            Ok((dc, ac, steps))
        });
        let coders: Vec<(&DcTable, &AcTable, [u16; 64])> = coders.collect::<Result<_, _>>()?;
        let walk = Walk::new(self.frame, &self.channels, members);
        let channels = &mut self.channels;
        walk.run(bits, tables.restart_interval, self.watch, |bits, block| {
            let (dc, ac, steps) = &coders[block.member];
            let channel = &mut channels[block.channel];
            *block.predicted = block.predicted.wrapping_add(dc.difference(bits)?);
            let average_dc = dequantize(*block.predicted, steps[0]);
            let left = block.x as usize * N;
            let top = block.y as usize * N;
            if N == 1 {
                ac.skip(bits, 1)?;
                channel.samples[top * channel.stride + left] = average(average_dc);
                return Ok(());
            }
            let mut coefficients = [0; 64];
            coefficients[0] = average_dc;
            ac.read(bits, last, |k, value| {
                if let Some(coefficient) = coefficients.get_mut(place[k]) {
                    *coefficient = dequantize(value, steps[k]);
                }
            })?;
            let pixels = pixels::<N>(&coefficients);
            for (row, line) in pixels.chunks_exact(N).take(N).enumerate() {
                let at = (top + row) * channel.stride + left;
                channel.samples[at..at + N].copy_from_slice(line);
            }
            Ok(())
        })
    }

    /// A scan of DC coefficients only: their upper bits in the first one, one
    /// bit more in each refinement (T.81, G.1.2.1).
    fn progressive(
        &mut self,
        members: &[Member],
        bits: &mut Bits<'_>,
        first: bool,
        low: u32,
    ) -> Result<(), ThumbError> {
        let tables = &self.tables;
        let coders = members.iter().map(|m| {
            if first {
                tables.dc[m.dc].as_ref().ok_or_else(missing_table).map(Some)
            } else {
                Ok(None)
            }
        });
        let coders: Vec<Option<&DcTable>> = coders.collect::<Result<_, _>>()?;
        let walk = Walk::new(self.frame, &self.channels, members);
        let channels = &mut self.channels;
        walk.run(bits, tables.restart_interval, self.watch, |bits, block| {
            let channel = &mut channels[block.channel];
            let at = block.y as usize * channel.stride + block.x as usize;
            let coefficient = &mut channel.coefficients[at];
            if let Some(dc) = coders[block.member] {
                *block.predicted = block.predicted.wrapping_add(dc.difference(bits)?);
                *coefficient = (*block.predicted << low) as i16;
            } else {
                *coefficient |= (bits.peek(1) << low) as i16;
                bits.consume(1);
            }
            Ok(())
        })
    }
}

fn missing_table() -> ThumbError {
    corrupt(text!(
        "a Huffman table is missing",
        "brakuje tablicy Huffmana"
    ))
}

/// The order in which a scan codes blocks.
struct Walk {
    /// MCUs across and down.
    mcus: (u32, u32),
    /// For each block of an MCU: member, channel, and offset within the MCU.
    blocks: Vec<(usize, usize, u32, u32)>,
    /// For each member: blocks across and down in one MCU.
    steps: Vec<(u32, u32)>,
}

/// The block that is read next.
struct Block<'a> {
    member: usize,
    channel: usize,
    /// Position in blocks.
    x: u32,
    y: u32,
    /// The DC coefficient of the member's previous block.
    predicted: &'a mut i32,
}

impl Walk {
    /// T.81, A.2: several components take turns by MCU; one alone goes block
    /// by block, without those that only pad MCUs.
    fn new(frame: &Frame, channels: &[Channel], members: &[Member]) -> Self {
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
    fn run(
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
