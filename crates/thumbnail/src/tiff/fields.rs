//! What a TIFF file says of itself, as far as the crate does not tell it.

/// The fields of a file's first picture (classic TIFF, 32-bit offsets).
pub(super) struct Fields<'a> {
    data: &'a [u8],
    big_endian: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn of(data: &'a [u8]) -> Option<Fields<'a>> {
        let big_endian = match data.get(..4)? {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        Some(Fields { data, big_endian })
    }

    /// Where it stands how pixels are to be understood, and what.
    pub(super) fn interpretation(&self) -> Option<(usize, u16)> {
        const PHOTOMETRIC_INTERPRETATION: u16 = 262;
        const SHORT: u16 = 3;
        let directory = self.long(4)? as usize;
        let count = usize::from(self.short(directory)?);
        let mut fields = (0..count).map(|i| directory + 2 + 12 * i);
        let field = fields.find(|&at| self.short(at) == Some(PHOTOMETRIC_INTERPRETATION))?;
        (self.short(field + 2)? == SHORT).then_some(())?;
        Some((field + 8, self.short(field + 8)?))
    }

    pub(super) fn bytes(&self, value: u16) -> [u8; 2] {
        if self.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.data.get(at..)?.first_chunk()?;
        Some(if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.data.get(at..)?.first_chunk()?;
        Some(if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }
}
