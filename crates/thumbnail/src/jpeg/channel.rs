//! A colour channel while it is decoded.

use super::frame::{Component, Frame, Process};
use super::planes::Plane;
use super::transform::{average, dequantize};

/// One component on its way to a plane.
pub(super) struct Channel {
    pub(super) component: Component,
    /// Blocks per row and per column that hold pixels of the picture; a scan
    /// of this component alone codes only these.
    pub(super) blocks: (u32, u32),
    /// Samples per row: whole MCUs, more than the picture needs.
    pub(super) stride: usize,
    /// Samples of all rows, whole MCUs as well.
    pub(super) samples: Vec<u8>,
    /// The part that the picture fills; the sides may be fractions.
    pub(super) used: (f64, f64),
    /// DC coefficients of a progressive picture, waiting for refinement.
    pub(super) coefficients: Vec<i16>,
    /// The steps in force at this component's first scan, zigzag order.
    pub(super) quantization: Option<[u16; 64]>,
}

impl Channel {
    pub(super) fn new(frame: &Frame, component: &Component, eighths: u32) -> Self {
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
    pub(super) fn finish(mut self) -> Plane {
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
    pub(super) fn mcus(&self) -> (u32, u32) {
        (
            self.width.div_ceil(8 * self.max_h),
            self.height.div_ceil(8 * self.max_v),
        )
    }
}

/// What a scan header says of one of its components.
#[derive(Clone, Copy)]
pub(super) struct Member {
    /// Its index in the frame.
    pub(super) channel: usize,
    /// Numbers of its Huffman tables.
    pub(super) dc: usize,
    pub(super) ac: usize,
}
