//! Tileable textures of the ground, made from noise on the CPU, with mip levels so that the distance neither shimmers nor
//! shows bands.

use bevy::asset::RenderAssetUsages;
use bevy::image::{Image, ImageAddressMode, ImageSampler, ImageSamplerDescriptor};
use bevy::math::Vec3;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};

/// Side of a texture, texels, a power of two.
const SIZE: usize = 512;
/// Side of the tile that a concrete texture covers, metres.
pub const CONCRETE_TILE_M: f32 = 2.5;
/// Albedo textures hold a factor on the colour; this much of their range is 1.
pub const STORED_ONE: f32 = 0.7;

/// Albedo and relief of poured concrete.
pub fn concrete() -> (Image, Image) {
    let mut factor = vec![0.0f32; SIZE * SIZE];
    let mut height_m = vec![0.0f32; SIZE * SIZE];
    for y in 0..SIZE {
        for x in 0..SIZE {
            let at = [x as f32 / SIZE as f32, y as f32 / SIZE as f32];
            let clouds = fractal(at, 3, 4, 11);
            let mottle = fractal(at, 24, 3, 12);
            let grain = value_noise(at, 256, 13);
            let speck = hash(x as u32, y as u32, 14);
            let pore = pore_depth(at, 40, 15);
            let i = y * SIZE + x;
            factor[i] = (1.0 + 0.16 * clouds + 0.12 * mottle + 0.08 * grain + 0.06 * speck) * (1.0 - 0.35 * pore);
            height_m[i] = 0.000_6 * mottle + 0.000_35 * grain + 0.000_15 * speck - 0.001_2 * pore;
        }
    }
    normalise(&mut factor);
    (albedo_image("ground albedo", factor), relief_image("ground relief", &height_m, CONCRETE_TILE_M))
}

/// Two by two squares, the darker at `dark` of the lighter.
pub fn checker(dark: f32) -> Image {
    let factor =
        (0..SIZE * SIZE).map(|i| if (i % SIZE < SIZE / 2) == (i / SIZE < SIZE / 2) { 1.0 } else { dark }).collect();
    albedo_image("ground checker", factor)
}

/// Mean 1, so that the ground's colour is the one asked for.
fn normalise(factor: &mut [f32]) {
    let mean = factor.iter().sum::<f32>() / factor.len().max(1) as f32;
    for value in factor {
        *value /= mean;
    }
}

fn albedo_image(label: &'static str, factor: Vec<f32>) -> Image {
    let mut bytes = Vec::new();
    let mut level = factor;
    let mut size = SIZE;
    let mut levels = 0;
    loop {
        for value in &level {
            let encoded = srgb_byte(value * STORED_ONE);
            bytes.extend_from_slice(&[encoded, encoded, encoded, 255]);
        }
        levels += 1;
        if size == 1 {
            break;
        }
        // Averaged as light, before encoding.
        level = halved(&level, size, |a, b, c, d| 0.25 * (a + b + c + d));
        size /= 2;
    }
    image(label, bytes, levels, TextureFormat::Rgba8UnormSrgb)
}

fn relief_image(label: &'static str, height_m: &[f32], tile_m: f32) -> Image {
    let step_m = tile_m / SIZE as f32;
    let at = |x: usize, y: usize| height_m[(y % SIZE) * SIZE + x % SIZE];
    let mut level: Vec<Vec3> = (0..SIZE * SIZE)
        .map(|i| {
            let (x, y) = (i % SIZE, i / SIZE);
            let along_u = (at(x + 1, y) - at(x + SIZE - 1, y)) / (2.0 * step_m);
            let along_v = (at(x, y + 1) - at(x, y + SIZE - 1)) / (2.0 * step_m);
            // The second axis of a tangent frame points against v.
            Vec3::new(-along_u, along_v, 1.0).normalize()
        })
        .collect();
    let mut bytes = Vec::new();
    let mut size = SIZE;
    let mut levels = 0;
    loop {
        for normal in &level {
            let n = normal.normalize_or(Vec3::Z);
            let byte = |v: f32| ((v * 0.5 + 0.5) * 255.0).round() as u8;
            bytes.extend_from_slice(&[byte(n.x), byte(n.y), byte(n.z), 255]);
        }
        levels += 1;
        if size == 1 {
            break;
        }
        level = halved(&level, size, |a, b, c, d| 0.25 * (a + b + c + d));
        size /= 2;
    }
    image(label, bytes, levels, TextureFormat::Rgba8Unorm)
}

fn halved<T: Copy>(level: &[T], size: usize, mean: impl Fn(T, T, T, T) -> T) -> Vec<T> {
    let half = size / 2;
    (0..half * half)
        .map(|i| {
            let corner = (i / half * 2) * size + i % half * 2;
            mean(level[corner], level[corner + 1], level[corner + size], level[corner + size + 1])
        })
        .collect()
}

fn image(label: &'static str, bytes: Vec<u8>, levels: u32, format: TextureFormat) -> Image {
    let size = Extent3d { width: SIZE as u32, height: SIZE as u32, depth_or_array_layers: 1 };
    let mut image = Image::new_uninit(size, TextureDimension::D2, format, RenderAssetUsages::RENDER_WORLD);
    image.data = Some(bytes);
    image.texture_descriptor.mip_level_count = levels;
    image.texture_descriptor.label = Some(label);
    // No anisotropy: software Vulkan walks every texel of the footprint, which made whole frames four times as slow (ten
    // times under TAA) for a grain that a grazing view hardly shows.
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: ImageAddressMode::Repeat,
        address_mode_v: ImageAddressMode::Repeat,
        ..ImageSamplerDescriptor::linear()
    });
    image
}

fn srgb_byte(linear: f32) -> u8 {
    let v = linear.clamp(0.0, 1.0);
    let encoded = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
    (encoded * 255.0).round() as u8
}

/// A number in -1..1 that belongs to a lattice point (PCG, Jarzynski and Olano, "Hash Functions for GPU Rendering",
/// JCGT 9(3), 2020).
fn hash(x: u32, y: u32, seed: u32) -> f32 {
    let mut v = [x, y, seed];
    for value in &mut v {
        *value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    }
    for _ in 0..2 {
        v[0] = v[0].wrapping_add(v[1].wrapping_mul(v[2]));
        v[1] = v[1].wrapping_add(v[2].wrapping_mul(v[0]));
        v[2] = v[2].wrapping_add(v[0].wrapping_mul(v[1]));
        for value in &mut v {
            *value ^= *value >> 16;
        }
    }
    v[0] as f32 / 2_147_483_648.0 - 1.0
}

/// Smooth noise in -1..1 over the unit tile, `cells` lattice cells a side, tileable.
pub fn value_noise(at: [f32; 2], cells: u32, seed: u32) -> f32 {
    let p = at.map(|v| v * cells as f32);
    let low = p.map(f32::floor);
    let smooth = |t: f32| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
    let (tx, ty) = (smooth(p[0] - low[0]), smooth(p[1] - low[1]));
    let corner = |dx: i64, dy: i64| {
        let wrap = |v: f32, d: i64| (v as i64 + d).rem_euclid(i64::from(cells)) as u32;
        hash(wrap(low[0], dx), wrap(low[1], dy), seed)
    };
    let top = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * tx;
    let bottom = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * tx;
    top + (bottom - top) * ty
}

/// Octaves of [`value_noise`], each twice as fine and half as strong.
fn fractal(at: [f32; 2], cells: u32, octaves: u32, seed: u32) -> f32 {
    (0..octaves).map(|o| value_noise(at, cells << o, seed + 100 * o) / (1 << o) as f32).sum::<f32>() * 0.7
}

/// Depth 0..1 of sparse round pores on a jittered lattice.
fn pore_depth(at: [f32; 2], cells: u32, seed: u32) -> f32 {
    let p = at.map(|v| v * cells as f32);
    let mut deepest = 0.0f32;
    for dy in -1..=1i64 {
        for dx in -1..=1i64 {
            let cell = [p[0].floor() as i64 + dx, p[1].floor() as i64 + dy];
            let [cx, cy] = cell.map(|c| c.rem_euclid(i64::from(cells)) as u32);
            let strength = hash(cx, cy, seed);
            if strength < 0.55 {
                continue;
            }
            let centre = [
                cell[0] as f32 + 0.5 + 0.45 * hash(cx, cy, seed + 1),
                cell[1] as f32 + 0.5 + 0.45 * hash(cx, cy, seed + 2),
            ];
            let distance = ((p[0] - centre[0]).powi(2) + (p[1] - centre[1]).powi(2)).sqrt();
            let radius = 0.05 + 0.1 * (strength - 0.55);
            deepest = deepest.max((1.0 - distance / radius).clamp(0.0, 1.0));
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concrete_is_deterministic_and_of_the_asked_colour_at_every_level() {
        let (albedo, relief) = concrete();
        let (again, _) = concrete();
        assert_eq!(albedo.data, again.data);
        let bytes = albedo.data.unwrap();
        let texels = (0..10).map(|l| (SIZE >> l) * (SIZE >> l)).sum::<usize>();
        assert_eq!((bytes.len(), relief.data.unwrap().len()), (4 * texels, 4 * texels));
        let last = f32::from(bytes[bytes.len() - 4]) / 255.0;
        let linear = ((last + 0.055) / 1.055).powf(2.4);
        assert!((linear - STORED_ONE).abs() < 0.01, "{linear}");
    }

    #[test]
    fn noise_tiles() {
        for i in 0..100 {
            let t = i as f32 / 100.0;
            assert!((value_noise([0.0, t], 7, 3) - value_noise([1.0, t], 7, 3)).abs() < 1e-5);
        }
    }
}
