//! CRC-64 with the polynomial of David T. Jones, as Redis uses it.

const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;

/// How many bytes one step takes in.
const STEP: usize = 8;

/// `TABLES[n]` is what a byte followed by `n` zero bytes adds.
const TABLES: [[u64; 256]; STEP] = {
    let mut tables = [[0; 256]; STEP];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ POLYNOMIAL
            } else {
                crc >> 1
            };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut n = 1;
    while n < STEP {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[n - 1][byte];
            tables[n][byte] = before >> 8 ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        n += 1;
    }
    tables
};

/// The checksum of `bytes`.
pub fn checksum(bytes: &[u8]) -> u64 {
    let (steps, rest) = bytes.as_chunks::<STEP>();
    let crc = steps.iter().fold(0, |crc: u64, step| {
        let mixed = (crc ^ u64::from_le_bytes(*step)).to_le_bytes();
        let terms = mixed.iter().zip(TABLES.iter().rev());
        terms.fold(0, |sum, (byte, table)| sum ^ table[usize::from(*byte)])
    });
    rest.iter().fold(crc, |crc, byte| {
        crc >> 8 ^ TABLES[0][usize::from(crc as u8 ^ byte)]
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_published_check_value() {
        assert_eq!(super::checksum(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }

    #[test]
    fn steps_of_eight_bytes_are_as_good_as_single_ones() {
        let bytes: Vec<u8> = (0..1000_u32).map(|n| ((n * n) >> 3) as u8).collect();
        for len in [0, 1, 7, 8, 9, 63, 64, 1000] {
            let slow = bytes[..len].iter().fold(0, |crc, byte| {
                crc >> 8 ^ super::TABLES[0][usize::from(crc as u8 ^ byte)]
            });
            assert_eq!(super::checksum(&bytes[..len]), slow);
        }
    }
}
