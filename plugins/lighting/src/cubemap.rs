//! Cube maps on the CPU: directions, solid angles, seamless lookup, mip chains, and the bytes a GPU wants.
//!
//! Faces are +X, -X, +Y, -Y, +Z, -Z as in every graphics API. A cube map is left-handed, so Bevy's shaders look it up with
//! z negated: texels here belong to world directions through [`world_direction`].

use std::f32::consts::FRAC_PI_2;

use bevy::asset::RenderAssetUsages;
use bevy::image::Image;
use bevy::math::{Vec2, Vec3, Vec3A};
use bevy::render::render_resource::{
    Extent3d, TextureDimension, TextureFormat, TextureViewDescriptor, TextureViewDimension,
};
use half::f16;

pub const FACES: usize = 6;

/// One level: six square faces of linear RGB, each surrounded by a border of one texel taken from its neighbours.
#[derive(Clone, Debug)]
pub struct CubeLevel {
    size: usize,
    texels: Vec<Vec3A>,
}

/// A cube map with its mip levels, largest first.
#[derive(Clone, Debug)]
pub struct Cubemap {
    pub levels: Vec<CubeLevel>,
}

/// World direction (not normalised) of a position on a face; `at` in -1..1, x right and y down as stored.
pub fn world_direction(face: usize, at: Vec2) -> Vec3A {
    cube_direction(face, at) * Vec3A::new(1.0, 1.0, -1.0)
}

fn cube_direction(face: usize, at: Vec2) -> Vec3A {
    match face {
        0 => Vec3A::new(1.0, -at.y, -at.x),
        1 => Vec3A::new(-1.0, -at.y, at.x),
        2 => Vec3A::new(at.x, 1.0, at.y),
        3 => Vec3A::new(at.x, -1.0, -at.y),
        4 => Vec3A::new(at.x, -at.y, 1.0),
        _ => Vec3A::new(-at.x, -at.y, -1.0),
    }
}

/// Face and position (-1..1) of a cube-space direction.
fn face_of(direction: Vec3A) -> (usize, Vec2) {
    let a = direction.abs();
    if a.x >= a.y && a.x >= a.z {
        let i = 1.0 / a.x;
        if direction.x >= 0.0 {
            (0, Vec2::new(-direction.z, -direction.y) * i)
        } else {
            (1, Vec2::new(direction.z, -direction.y) * i)
        }
    } else if a.y >= a.z {
        let i = 1.0 / a.y;
        if direction.y >= 0.0 {
            (2, Vec2::new(direction.x, direction.z) * i)
        } else {
            (3, Vec2::new(direction.x, -direction.z) * i)
        }
    } else {
        let i = 1.0 / a.z;
        if direction.z >= 0.0 {
            (4, Vec2::new(direction.x, -direction.y) * i)
        } else {
            (5, Vec2::new(-direction.x, -direction.y) * i)
        }
    }
}

/// Position (-1..1) of a texel's centre.
pub fn texel_centre(index: usize, size: usize) -> f32 {
    (2.0 * index as f32 + 1.0) / size as f32 - 1.0
}

/// Solid angle of the texel whose centre is `at`, on a face of `size` texels, in steradians (midpoint of the exact
/// projection; the six faces sum to 4 pi within 1e-4 from 16 texels on).
pub fn texel_solid_angle(at: Vec2, size: usize) -> f32 {
    let area = (2.0 / size as f32).powi(2);
    area * (1.0 + at.length_squared()).powf(-1.5)
}

impl CubeLevel {
    /// Evaluates `radiance` at the centre of every texel, for a unit world direction.
    pub fn from_world(size: usize, mut radiance: impl FnMut(Vec3A) -> Vec3A) -> Self {
        Self::from_texels(size, |face, at| radiance(world_direction(face, at).normalize()))
    }

    fn from_texels(size: usize, mut texel: impl FnMut(usize, Vec2) -> Vec3A) -> Self {
        let stride = size + 2;
        let mut level = Self { size, texels: vec![Vec3A::ZERO; FACES * stride * stride] };
        for face in 0..FACES {
            for y in 0..size {
                let row = (face * stride + y + 1) * stride + 1;
                let v = texel_centre(y, size);
                for (x, value) in level.texels[row..row + size].iter_mut().enumerate() {
                    *value = texel(face, Vec2::new(texel_centre(x, size), v));
                }
            }
        }
        level.fill_borders();
        level
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// Colour of a texel; `x` and `y` below [`Self::size`].
    pub fn texel(&self, face: usize, x: usize, y: usize) -> Vec3A {
        self.texels[self.index(face, x + 1, y + 1)]
    }

    /// Bilinear, seamless across faces. `direction` is a world direction of any length but zero.
    pub fn sample(&self, direction: Vec3A) -> Vec3A {
        let (face, at) = face_of(direction * Vec3A::new(1.0, 1.0, -1.0));
        let half = 0.5 * self.size as f32;
        // In texels of the padded face: the first real texel's centre is at 1.
        let position = (at + Vec2::ONE) * half + Vec2::splat(0.5);
        let limit = self.size as f32 + 0.999;
        let position = position.clamp(Vec2::ZERO, Vec2::splat(limit));
        let (x, y) = (position.x as usize, position.y as usize);
        let (tx, ty) = (position.x - x as f32, position.y - y as f32);
        let i = self.index(face, x, y);
        let stride = self.size + 2;
        let top = self.texels[i].lerp(self.texels[i + 1], tx);
        let bottom = self.texels[i + stride].lerp(self.texels[i + stride + 1], tx);
        top.lerp(bottom, ty)
    }

    fn index(&self, face: usize, padded_x: usize, padded_y: usize) -> usize {
        let stride = self.size + 2;
        (face * stride + padded_y) * stride + padded_x
    }

    fn fill_borders(&mut self) {
        let (size, last) = (self.size, self.size + 1);
        for face in 0..FACES {
            for i in 0..=last {
                for (x, y) in [(i, 0), (i, last), (0, i), (last, i)] {
                    let at = Vec2::new(
                        (2.0 * x as f32 - 1.0) / size as f32 - 1.0,
                        (2.0 * y as f32 - 1.0) / size as f32 - 1.0,
                    );
                    let (other, place) = face_of(cube_direction(face, at));
                    let nearest = |v: f32| (((v + 1.0) * 0.5 * size as f32) as usize).min(size - 1);
                    let target = self.index(face, x, y);
                    self.texels[target] = self.texel(other, nearest(place.x), nearest(place.y));
                }
            }
        }
    }

    /// Half the size, each texel the mean of four weighted by solid angle. The size must be even.
    fn halved(&self) -> Self {
        let size = self.size / 2;
        Self::from_texels(size, |face, at| {
            let x = (((at.x + 1.0) * 0.5 * size as f32) as usize).min(size - 1);
            let y = (((at.y + 1.0) * 0.5 * size as f32) as usize).min(size - 1);
            let mut sum = Vec3A::ZERO;
            let mut weight = 0.0;
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (fine_x, fine_y) = (2 * x + dx, 2 * y + dy);
                let fine = Vec2::new(texel_centre(fine_x, self.size), texel_centre(fine_y, self.size));
                let w = texel_solid_angle(fine, self.size);
                sum += self.texel(face, fine_x, fine_y) * w;
                weight += w;
            }
            sum / weight
        })
    }

    fn push_rgba16f(&self, face: usize, scale: f32, bytes: &mut Vec<u8>) {
        for y in 0..self.size {
            for x in 0..self.size {
                let texel = (self.texel(face, x, y) * scale).clamp(Vec3A::ZERO, Vec3A::splat(f16::MAX.to_f32()));
                for value in [texel.x, texel.y, texel.z, 1.0] {
                    bytes.extend_from_slice(&f16::from_f32(value).to_le_bytes());
                }
            }
        }
    }
}

impl Cubemap {
    /// The levels below `base`, each half of the one above, down to `smallest` texels a side.
    pub fn with_mips(base: CubeLevel, smallest: usize) -> Self {
        let mut levels = vec![base];
        while let Some(last) = levels.last()
            && last.size.is_multiple_of(2)
            && last.size / 2 >= smallest.max(1)
        {
            let next = last.halved();
            levels.push(next);
        }
        Self { levels }
    }

    /// Every texel times `factor`.
    pub fn scaled(mut self, factor: f32) -> Self {
        for texel in self.levels.iter_mut().flat_map(|level| &mut level.texels) {
            *texel *= factor;
        }
        self
    }

    /// The levels of at most `size` texels a side.
    pub fn from_size(&self, size: usize) -> Self {
        Self { levels: self.levels.iter().filter(|level| level.size <= size).cloned().collect() }
    }

    /// Mean over the sphere, weighted by solid angle, of the smallest level.
    pub fn mean(&self) -> Vec3 {
        let Some(level) = self.levels.last() else { return Vec3::ZERO };
        let mut sum = Vec3A::ZERO;
        let mut weight = 0.0;
        for face in 0..FACES {
            for y in 0..level.size {
                for x in 0..level.size {
                    let at = Vec2::new(texel_centre(x, level.size), texel_centre(y, level.size));
                    let w = texel_solid_angle(at, level.size);
                    sum += level.texel(face, x, y) * w;
                    weight += w;
                }
            }
        }
        (sum / weight.max(1e-9)).into()
    }

    /// Rgba16Float texels times `scale`, face by face, each with its levels, as Bevy uploads them. Values beyond the
    /// range of half floats are clamped to it.
    pub fn rgba16f_bytes(&self, scale: f32) -> Vec<u8> {
        let texels: usize = self.levels.iter().map(|l| l.size * l.size * FACES).sum();
        let mut bytes = Vec::with_capacity(texels * 8);
        for face in 0..FACES {
            for level in &self.levels {
                level.push_rgba16f(face, scale, &mut bytes);
            }
        }
        bytes
    }

    /// A GPU cube image of [`Self::rgba16f_bytes`].
    pub fn to_image(&self, label: &'static str, scale: f32) -> Image {
        let size = self.levels.first().map_or(1, |l| l.size) as u32;
        let mut image = Image::new_uninit(
            Extent3d { width: size, height: size, depth_or_array_layers: FACES as u32 },
            TextureDimension::D2,
            TextureFormat::Rgba16Float,
            RenderAssetUsages::RENDER_WORLD,
        );
        image.data = Some(self.rgba16f_bytes(scale));
        image.texture_descriptor.label = Some(label);
        image.texture_descriptor.mip_level_count = self.levels.len() as u32;
        image.texture_view_descriptor =
            Some(TextureViewDescriptor { dimension: Some(TextureViewDimension::Cube), ..Default::default() });
        image
    }
}

/// Half the angle across a texel at a face's centre, radians.
pub fn half_texel_rad(size: usize) -> f32 {
    0.5 * FRAC_PI_2 / size as f32
}

#[cfg(test)]
mod tests {
    use std::f32::consts::PI;

    use super::*;

    #[test]
    fn faces_and_directions_invert_each_other() {
        for face in 0..FACES {
            for (x, y) in [(0.0, 0.0), (-0.9, 0.3), (0.7, -0.99), (0.25, 0.5)] {
                let at = Vec2::new(x, y);
                let (back, place) = face_of(cube_direction(face, at) * 3.0);
                assert_eq!(back, face);
                assert!((place - at).length() < 1e-6, "{face}: {at} against {place}");
            }
        }
    }

    #[test]
    fn solid_angles_cover_the_sphere() {
        let size = 32;
        let sum: f32 = (0..size * size)
            .map(|i| Vec2::new(texel_centre(i % size, size), texel_centre(i / size, size)))
            .map(|at| 6.0 * texel_solid_angle(at, size))
            .sum();
        assert!((sum - 4.0 * PI).abs() < 1e-2, "{sum}");
    }

    #[test]
    fn lookup_is_seamless_and_keeps_orientation() {
        let level = CubeLevel::from_world(32, |d| Vec3A::new(0.5 + 0.5 * d.x, 0.5 + 0.5 * d.y, 0.5 + 0.5 * d.z));
        for i in 0..2000 {
            let y = -1.0 + 2.0 * (i as f32 + 0.5) / 2000.0;
            let (s, c) = (i as f32 * 2.399_963).sin_cos();
            let d = Vec3A::new((1.0 - y * y).sqrt() * c, y, (1.0 - y * y).sqrt() * s);
            let error = (level.sample(d) - (d * 0.5 + 0.5)).abs().max_element();
            assert!(error < 0.03, "{d}: {error}");
        }
    }

    #[test]
    fn mips_keep_the_mean_and_bytes_have_the_size_bevy_expects() {
        let cube = Cubemap::with_mips(CubeLevel::from_world(16, |d| Vec3A::splat(1.0 + d.y)), 4);
        assert_eq!(cube.levels.iter().map(CubeLevel::size).collect::<Vec<_>>(), [16, 8, 4]);
        assert!((cube.mean() - Vec3::ONE).length() < 1e-3, "{}", cube.mean());
        assert_eq!(cube.rgba16f_bytes(1.0).len(), 6 * 8 * (256 + 64 + 16));
    }
}
