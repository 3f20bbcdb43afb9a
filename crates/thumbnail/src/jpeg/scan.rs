//! Scans: from compressed bits to planes of reduced size.

use super::bits::Bits;
use super::channel::{Channel, Member};
use super::error::{corrupt, unsupported};
use super::frame::{Frame, Header, Process};
use super::huffman::{AcTable, DcTable};
use super::planes::Planes;
use super::segments::{Segment, Segments, marker};
use super::tables::Tables;
use super::transform::{average, dequantize, last_needed, pixels, places};
use super::walk::Walk;
use crate::error::ThumbError;
use crate::limits::Watch;
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
