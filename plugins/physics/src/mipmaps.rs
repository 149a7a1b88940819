//! Smaller versions of a texture for distant surfaces. Without them a texture shimmers as it moves.

/// What the channels of a texture mean, and so how they may be averaged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TextureMeaning {
    /// sRGB-encoded colour with linear alpha: averaged as light.
    Color,
    /// Numbers: averaged as they are.
    Data,
    /// Tangent-space normals whose x and y are first multiplied by the factor; kept at unit length.
    Normal(f32),
    /// Numbers that are first pulled towards 1 by `1 - factor`, as glTF's occlusion strength asks.
    Occlusion(f32),
}

/// A texture with all its smaller versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MipChain {
    /// Number of versions, the first being the full picture.
    pub levels: u32,
    /// RGBA, 8 bits per channel, largest version first, rows top first.
    pub rgba8: Vec<u8>,
}

/// Builds the chain of an RGBA picture of `width` × `height` pixels; each version has half the size of the
/// one before, rounded down, at least 1.
pub fn mip_chain(width: u32, height: u32, rgba8: &[u8], meaning: TextureMeaning) -> MipChain {
    let decode = decode_table(meaning);
    let mut pixels: Vec<[f32; 4]> = rgba8
        .chunks_exact(4)
        .map(|pixel| {
            let mut decoded = [0.0; 4];
            for (channel, (slot, byte)) in decoded.iter_mut().zip(pixel).enumerate() {
                *slot = if channel == 3 {
                    f32::from(*byte) / 255.0
                } else {
                    decode.get(usize::from(*byte)).copied().unwrap_or_default()
                };
            }
            prepare(decoded, meaning)
        })
        .collect();
    let (mut width, mut height) = (width.max(1) as usize, height.max(1) as usize);
    let mut chain = MipChain { levels: 0, rgba8: Vec::with_capacity(rgba8.len() / 3 * 4 + 64) };
    loop {
        for pixel in &pixels {
            chain.rgba8.extend_from_slice(&encode(*pixel, meaning));
        }
        chain.levels += 1;
        if width == 1 && height == 1 {
            return chain;
        }
        let (half_width, half_height) = ((width / 2).max(1), (height / 2).max(1));
        let at = |x: usize, y: usize| {
            let index = y.min(height - 1) * width + x.min(width - 1);
            pixels.get(index).copied().unwrap_or_default()
        };
        let mut smaller = Vec::with_capacity(half_width * half_height);
        for y in 0..half_height {
            for x in 0..half_width {
                let four: [[f32; 4]; 4] =
                    [at(2 * x, 2 * y), at(2 * x + 1, 2 * y), at(2 * x, 2 * y + 1), at(2 * x + 1, 2 * y + 1)];
                let sum = four.into_iter().reduce(|[r, g, b, a], [r2, g2, b2, a2]| [r + r2, g + g2, b + b2, a + a2]);
                smaller.push(sum.unwrap_or_default().map(|channel| channel / 4.0));
            }
        }
        (width, height, pixels) = (half_width, half_height, smaller);
    }
}

fn decode_table(meaning: TextureMeaning) -> [f32; 256] {
    std::array::from_fn(|byte| {
        let value = byte as f32 / 255.0;
        match meaning {
            // IEC 61966-2-1.
            TextureMeaning::Color if value <= 0.04045 => value / 12.92,
            TextureMeaning::Color => ((value + 0.055) / 1.055).powf(2.4),
            TextureMeaning::Normal(_) => value * 2.0 - 1.0,
            TextureMeaning::Data | TextureMeaning::Occlusion(_) => value,
        }
    })
}

fn prepare([r, g, b, a]: [f32; 4], meaning: TextureMeaning) -> [f32; 4] {
    match meaning {
        TextureMeaning::Normal(scale) => [r * scale, g * scale, b, a],
        TextureMeaning::Occlusion(strength) => [1.0 + strength * (r - 1.0), g, b, a],
        TextureMeaning::Color | TextureMeaning::Data => [r, g, b, a],
    }
}

fn encode([r, g, b, a]: [f32; 4], meaning: TextureMeaning) -> [u8; 4] {
    // `as` saturates, and maps NaN to 0.
    let byte = |value: f32| (value * 255.0 + 0.5) as u8;
    match meaning {
        TextureMeaning::Color => {
            let srgb = |value: f32| {
                byte(if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 })
            };
            [srgb(r), srgb(g), srgb(b), byte(a)]
        }
        TextureMeaning::Normal(_) => {
            let length = (r * r + g * g + b * b).sqrt();
            let unit = |value: f32| byte(if length > 1e-6 { value / length * 0.5 + 0.5 } else { 0.5 });
            let up = if length > 1e-6 { unit(b) } else { 255 };
            [unit(r), unit(g), up, byte(a)]
        }
        TextureMeaning::Data | TextureMeaning::Occlusion(_) => [byte(r), byte(g), byte(b), byte(a)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_halve_down_to_one_pixel_and_bytes_survive() {
        let picture: Vec<u8> = (0..5 * 3 * 4).map(|index| (index * 4) as u8).collect();
        for meaning in [TextureMeaning::Color, TextureMeaning::Data, TextureMeaning::Occlusion(1.0)] {
            let chain = mip_chain(5, 3, &picture, meaning);
            assert_eq!(chain.levels, 3);
            assert_eq!(chain.rgba8.len(), (15 + 2 + 1) * 4);
            assert_eq!(&chain.rgba8[..60], &picture[..]);
        }
    }

    #[test]
    fn colours_are_averaged_as_light() {
        let checker = [[0, 0, 0, 255], [255, 255, 255, 255], [255, 255, 255, 255], [0, 0, 0, 255]].concat();
        let chain = mip_chain(2, 2, &checker, TextureMeaning::Color);
        // Half of the light is 188 in sRGB, not 128.
        assert_eq!(&chain.rgba8[16..], &[188, 188, 188, 255]);
        assert_eq!(&mip_chain(2, 2, &checker, TextureMeaning::Data).rgba8[16..], &[128, 128, 128, 255]);
    }

    #[test]
    fn normals_stay_at_unit_length() {
        let tilted = [[255, 128, 128, 255], [1, 128, 128, 255], [128, 255, 128, 255], [128, 1, 128, 255]].concat();
        let chain = mip_chain(2, 2, &tilted, TextureMeaning::Normal(1.0));
        let [x, y, z] = [chain.rgba8[16], chain.rgba8[17], chain.rgba8[18]].map(|byte| f32::from(byte) / 127.5 - 1.0);
        assert!(((x * x + y * y + z * z).sqrt() - 1.0).abs() < 0.02);
    }
}
