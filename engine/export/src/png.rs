//! PNG, 8 and 16 bit, sRGB, without alpha.
//!
//! Compression is the `png` crate's fast path: several times faster than libpng's default for
//! files a little larger, and a function of the pixels alone. gAMA and cHRM repeat what sRGB says, for readers that
//! know only them.

use ::png::{BitDepth, ColorType, Compression, Encoder, ScaledFloat, SourceChromaticities, SrgbRenderingIntent};
use half::f16;
use kinema_core::{PixelFormat, Plane};

use crate::transfer::{srgb8_from_half, srgb16_from_half};

/// An encoded PNG, and how many pixels had to be made displayable.
pub(crate) struct EncodedPng {
    pub bytes: Vec<u8>,
    /// Pixels with a NaN or infinite colour, written as 0 or 1.
    pub sanitised_pixels: usize,
}

/// 8-bit PNG of a display plane, `Rgba8Srgb` or `Rgba16Float`.
pub(crate) fn encode_png8(plane: &Plane) -> Result<EncodedPng, ::png::EncodingError> {
    let mut sanitised_pixels = 0;
    let mut rgb = Vec::with_capacity(plane.data.len() / 4 * 3);
    if plane.format == PixelFormat::Rgba16Float {
        for pixel in plane.data.as_chunks::<8>().0 {
            let colour = half_colour(pixel, &mut sanitised_pixels);
            rgb.extend(colour.map(srgb8_from_half));
        }
    } else {
        for &[red, green, blue, _] in plane.data.as_chunks::<4>().0 {
            rgb.extend_from_slice(&[red, green, blue]);
        }
    }
    let bytes = encode_rgb(plane.width, plane.height, BitDepth::Eight, &rgb)?;
    Ok(EncodedPng { bytes, sanitised_pixels })
}

/// 16-bit PNG of an `Rgba16Float` display plane.
pub(crate) fn encode_png16(plane: &Plane) -> Result<EncodedPng, ::png::EncodingError> {
    let mut sanitised_pixels = 0;
    let mut rgb = Vec::with_capacity(plane.data.len() / 8 * 6);
    for pixel in plane.data.as_chunks::<8>().0 {
        let colour = half_colour(pixel, &mut sanitised_pixels);
        for bits in colour {
            rgb.extend_from_slice(&srgb16_from_half(bits).to_be_bytes());
        }
    }
    let bytes = encode_rgb(plane.width, plane.height, BitDepth::Sixteen, &rgb)?;
    Ok(EncodedPng { bytes, sanitised_pixels })
}

/// PNG of tight RGB rows, big endian if 16 bit.
pub(crate) fn encode_rgb(
    width: u32,
    height: u32,
    depth: BitDepth,
    rgb: &[u8],
) -> Result<Vec<u8>, ::png::EncodingError> {
    let mut bytes = Vec::with_capacity(rgb.len() / 2);
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(depth);
    encoder.set_compression(Compression::Fast);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    encoder.set_source_gamma(ScaledFloat::from_scaled(45_455));
    encoder.set_source_chromaticities(SourceChromaticities {
        white: (ScaledFloat::from_scaled(31_270), ScaledFloat::from_scaled(32_900)),
        red: (ScaledFloat::from_scaled(64_000), ScaledFloat::from_scaled(33_000)),
        green: (ScaledFloat::from_scaled(30_000), ScaledFloat::from_scaled(60_000)),
        blue: (ScaledFloat::from_scaled(15_000), ScaledFloat::from_scaled(6_000)),
    });
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(bytes)
}

/// Bits of the red, green and blue half of a pixel.
fn half_colour(pixel: &[u8; 8], sanitised_pixels: &mut usize) -> [u16; 3] {
    let colour = [
        u16::from_le_bytes([pixel[0], pixel[1]]),
        u16::from_le_bytes([pixel[2], pixel[3]]),
        u16::from_le_bytes([pixel[4], pixel[5]]),
    ];
    *sanitised_pixels += usize::from(colour.iter().any(|&bits| !f16::from_bits(bits).is_finite()));
    colour
}
