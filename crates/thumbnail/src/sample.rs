//! The built-in sample image, for `redis-lab thumbnail` without a file.
//!
//! A mountain lake at dusk. It was painted by the function in this file's
//! tests, which also prove that the file still shows what is painted there.

/// A file name and the JPEG file itself (1200 by 900 pixels, below 100 kB).
pub fn sample_image() -> (&'static str, Vec<u8>) {
    ("tatry.jpg", include_bytes!("tatry.jpg").to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Size, inspect};

    /// Width and height of the picture.
    const SIDES: (u32, u32) = (1200, 900);

    /// Where the lake begins, as a share of the height.
    const SHORE: f32 = 0.68;

    /// A colour with channels from 0 to 1.
    type Color = [f32; 3];

    /// The colour at a point; both coordinates run from 0 to 1.
    fn paint((x, y): (f32, f32)) -> Color {
        if y < SHORE {
            return land_and_sky(x, y);
        }
        // The lake mirrors what is above it, darker with depth and broken by
        // ripples that grow towards the viewer.
        let depth = (y - SHORE) / (1.0 - SHORE);
        let ripple = (y * 420.0 + (x * 9.0).sin() * 2.0).sin() * 0.006 * (0.2 + depth);
        let mirrored = SHORE - (y - SHORE) * 0.9;
        let reflection = land_and_sky(x + ripple, (mirrored + ripple).min(SHORE - 0.001));
        mix(reflection, [0.05, 0.10, 0.18], 0.25 + 0.45 * depth)
    }

    /// Everything above the shore, the nearest ridge winning.
    fn land_and_sky(x: f32, y: f32) -> Color {
        // Height, roughness, phase and colour of each ridge, near to far.
        const RIDGES: [(f32, f32, f32, Color); 4] = [
            (0.610, 0.050, 1.3, [0.07, 0.11, 0.14]),
            (0.520, 0.085, 4.1, [0.15, 0.20, 0.29]),
            (0.420, 0.120, 0.4, [0.30, 0.33, 0.46]),
            (0.350, 0.100, 2.6, [0.52, 0.47, 0.58]),
        ];
        for (height, rough, phase, color) in RIDGES {
            let crest = height - rough * ridge(x, phase);
            if y > crest {
                // Mist gathers below each crest.
                let mist = ((y - crest) * 3.0).min(0.45);
                return mix(color, [0.86, 0.66, 0.60], mist * (1.0 - height));
            }
        }
        sky(x, y)
    }

    /// A jagged line between about -1 and 1: octaves of folded sine waves.
    fn ridge(x: f32, phase: f32) -> f32 {
        let mut sum = 0.0;
        let (mut frequency, mut weight) = (5.0, 0.55);
        for octave in 0..6 {
            let wave = (x * frequency + phase * (1.0 + octave as f32)).sin();
            sum += weight * (1.0 - 2.0 * wave.abs());
            frequency *= 2.13;
            weight *= 0.52;
        }
        sum
    }

    /// A dawn sky with a sun.
    fn sky(x: f32, y: f32) -> Color {
        let base = mix([0.20, 0.32, 0.58], [0.99, 0.72, 0.50], (y * 2.1).min(1.0));
        let (dx, dy) = (x - 0.66, (y - 0.21) * 0.75);
        let distance = (dx * dx + dy * dy).sqrt();
        let glow = (-distance * 7.0).exp();
        let disc = ((0.047 - distance) * 400.0).clamp(0.0, 1.0);
        mix(mix(base, [1.0, 0.84, 0.60], glow), [1.0, 0.97, 0.86], disc)
    }

    /// From `a` (share 0) to `b` (share 1).
    fn mix(a: Color, b: Color, share: f32) -> Color {
        [0, 1, 2].map(|i| a[i] + (b[i] - a[i]) * share)
    }

    #[test]
    fn the_sample_is_a_picture_larger_than_its_thumbnail() {
        let (name, bytes) = sample_image();
        assert!(name.ends_with(".jpg"));
        assert!(bytes.len() < 100_000, "{} bytes", bytes.len());
        let info = inspect(&bytes, &Limits::default()).unwrap();
        assert_eq!((info.width, info.height), SIDES);
        assert!(info.width > 4 * Size::LAB.width());
    }

    #[test]
    fn the_file_shows_what_is_painted() {
        let file = image::load_from_memory(&sample_image().1)
            .unwrap()
            .to_rgb8();
        let (width, height) = SIDES;
        let mut difference = 0.0;
        let mut points = 0.0;
        for y in (10..height).step_by(37) {
            for x in (10..width).step_by(37) {
                let at = (x as f32 / width as f32, y as f32 / height as f32);
                let painted = paint(at).map(|c| c.clamp(0.0, 1.0) * 255.0);
                for (ours, theirs) in painted.into_iter().zip(file.get_pixel(x, y).0) {
                    difference += (ours - f32::from(theirs)).abs();
                    points += 1.0;
                }
            }
        }
        assert!(difference / points < 6.0, "{}", difference / points);
    }
}
