//! Whatever bytes come: a thumbnail or an error, never a panic, never much
//! memory or time. The first byte chooses the thumbnail's size and with it the
//! scale at which the JPEG decoder works; the rest is the file.
//! The seeds are small pictures of every kind that Pillow writes: baseline and
//! progressive, each subsampling, grey and CMYK, with restart markers, a
//! profile, an orientation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thumbnailer::{Limits, Request, Size, ThumbError, make};

fuzz_target!(|input: &[u8]| {
    let Some((&choice, data)) = input.split_first() else {
        return;
    };
    // Anything but a JPEG would test other people's decoders.
    if !data.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return;
    }
    let side = [1, 4, 12, 25, 50, 100][usize::from(choice) % 6];
    let Some(size) = Size::new(side, side) else {
        return;
    };
    let limits = Limits {
        max_pixels: 300_000,
        ..Limits::default()
    };
    let made = make(&Request {
        data,
        file_name: "fuzz.jpg",
        sizes: &[size],
        limits: &limits,
        cancel: None,
        progress: None,
    });
    match made {
        Ok(output) => {
            let thumb = &output.thumbnails[0];
            assert!(thumb.width.max(thumb.height) <= side);
        }
        Err(ThumbError::Encoding(what)) => panic!("{what}"),
        // What `make` says when it has caught a panic.
        Err(error @ ThumbError::DecoderFailed(_)) => panic!("{error:?}"),
        Err(_) => {}
    }
});
