//! Redis's listpack: a sequence of strings and integers in one block of bytes.
//!
//! Small collections are kept in one ([`Listpack`]); DUMP writes them and
//! RESTORE reads them, and their size decides when a stream begins a new node.
//!
//! What is written and read there is a header (total bytes as u32, number of
//! elements as u16, little endian), the elements, and a final 0xff.

mod element;
mod packed;

pub use element::Element;
pub use packed::{Iter, Listpack, Place};

/// The bytes of an empty listpack: header and end.
pub const EMPTY_SIZE: usize = 7;
const HEADER: usize = 6;
const END: u8 = 0xff;
/// The largest number of elements the header can say.
const UNKNOWN_LEN: u16 = u16::MAX;

/// The bytes a string takes as an element; one that spells an integer is
/// kept as that integer.
#[inline]
pub fn element_size(text: &[u8]) -> usize {
    Element::of(text).size()
}

/// The bytes an integer takes as an element.
pub fn int_element_size(n: i64) -> usize {
    Element::Int(n).size()
}

/// Elements with the header and the end.
fn framed(elements: &[u8], len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(EMPTY_SIZE + elements.len());
    bytes.extend_from_slice(&((EMPTY_SIZE + elements.len()) as u32).to_le_bytes());
    bytes.extend_from_slice(&u16::try_from(len).unwrap_or(UNKNOWN_LEN).to_le_bytes());
    bytes.extend_from_slice(elements);
    bytes.push(END);
    bytes
}

/// Builds a listpack to be sent.
#[derive(Debug, Default)]
pub struct Writer {
    elements: Vec<u8>,
    len: usize,
}

impl Writer {
    /// Appends a string, as an integer if it spells one.
    pub fn push(&mut self, text: &[u8]) {
        self.push_element(Element::of(text));
    }

    /// Appends an integer.
    pub fn push_int(&mut self, n: i64) {
        self.push_element(Element::Int(n));
    }

    /// Appends an element.
    fn push_element(&mut self, element: Element<'_>) {
        element.write(&mut self.elements);
        self.len += 1;
    }

    /// The bytes if the listpack ended here.
    pub fn size(&self) -> usize {
        EMPTY_SIZE + self.elements.len()
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The finished block.
    pub fn finish(self) -> Vec<u8> {
        framed(&self.elements, self.len)
    }
}

/// The elements of a listpack somebody else wrote; `None` when it is not
/// well-formed to the last byte.
pub fn read(block: &[u8]) -> Option<Vec<Element<'_>>> {
    let total = u32::from_le_bytes(block.get(..4)?.try_into().ok()?);
    let len = u16::from_le_bytes(block.get(4..HEADER)?.try_into().ok()?);
    if total as usize != block.len() || block.len() < EMPTY_SIZE {
        return None;
    }
    let mut rest = &block[HEADER..];
    let mut elements = Vec::new();
    while rest != [END] {
        let (element, size) = Element::read(rest)?;
        if !element::backlen_matches(&rest[..size]) {
            return None;
        }
        rest = &rest[size..];
        elements.push(element);
    }
    (len == UNKNOWN_LEN || usize::from(len) == elements.len()).then_some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_has_the_size_foretold() {
        let mut texts: Vec<Vec<u8>> = [
            0_i64,
            1,
            127,
            128,
            -1,
            4095,
            4096,
            -4096,
            -4097,
            32_767,
            32_768,
            -32_769,
            8_388_607,
            8_388_608,
            -8_388_609,
            2_147_483_647,
            2_147_483_648,
            i64::MAX,
            i64::MIN,
        ]
        .iter()
        .map(|n| n.to_string().into_bytes())
        .collect();
        for len in [
            0, 1, 63, 64, 126, 127, 128, 4095, 4096, 16_380, 16_390, 70_000,
        ] {
            texts.push(vec![b'x'; len]);
        }
        texts.push(b"007".to_vec());
        let mut writer = Writer::default();
        let mut size = EMPTY_SIZE;
        for text in &texts {
            writer.push(text);
            size += element_size(text);
            assert_eq!(writer.size(), size);
        }
        let block = writer.finish();
        assert_eq!(block.len(), size);
        let read: Vec<Vec<u8>> = read(&block)
            .unwrap()
            .iter()
            .map(|e| e.text().to_vec())
            .collect();
        assert_eq!(read, texts);
    }

    #[test]
    fn a_damaged_block_is_refused() {
        let mut writer = Writer::default();
        writer.push(b"hello");
        writer.push_int(1000);
        let block = writer.finish();
        for at in 0..block.len() {
            assert_eq!(read(&block[..at]), None);
            let mut damaged = block.clone();
            damaged[at] ^= 0x40;
            // Only the text itself may change without being noticed.
            let in_text = (7..12).contains(&at) || at == 14;
            assert_eq!(read(&damaged).is_some(), in_text, "byte {at}");
        }
    }
}
