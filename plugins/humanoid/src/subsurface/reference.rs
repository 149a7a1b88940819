//! What the gather pass computes, on the CPU, sample by sample.
//!
//! In: for each pixel the diffuse irradiance before any albedo (with [`super::transmission::added_irradiance`] in it), the
//! depth, the normal, and whether there is skin. Out: the same irradiance after scattering; times the albedo it is the
//! exitance. The albedo is wholly post-scatter: freckles and pores stay sharp, as they lie above what scatters.
//!
//! Samples lie on the tangent plane of the pixel's surface, so that slanted skin scatters as far as skin that faces the
//! camera, are looked up where the camera sees them, and count by how far from the pixel the surface there really is.
//! What is not skin, is out of the picture, or faces away does not count, and the rest is scaled up: no light leaks in
//! from the background, and none is lost at a silhouette.

use bevy::math::{Vec2, Vec3};

use super::kernel::{self, Ring};

/// What a pass reads, row by row from the top.
#[derive(Clone, Debug)]
pub struct Buffers {
    /// Width, pixels.
    pub width: usize,
    /// Height, pixels.
    pub height: usize,
    /// Diffuse irradiance, linear, albedo not yet applied.
    pub irradiance: Vec<Vec3>,
    /// Distance from the camera along its axis, metres.
    pub depth_m: Vec<f32>,
    /// Normals in view space: x right, y up, z towards the camera.
    pub normal: Vec<Vec3>,
    /// Whether the pixel shows skin.
    pub skin: Vec<bool>,
}

/// A camera in the origin that looks along -z.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    /// Focal length in pixels: half the height over the tangent of half the vertical field of view.
    pub focal_px: f32,
    /// The pixel that the axis meets.
    pub centre_px: Vec2,
}

impl Camera {
    /// The point in view space, metres, that is seen at a place of the picture.
    pub fn point(&self, place_px: Vec2, depth_m: f32) -> Vec3 {
        let slope = (place_px - self.centre_px) / self.focal_px;
        Vec3::new(slope.x, -slope.y, -1.0) * depth_m
    }

    /// The place of the picture where a point in front of the camera is seen.
    pub fn place(&self, point: Vec3) -> Vec2 {
        self.centre_px + Vec2::new(point.x, -point.y) * (self.focal_px / -point.z)
    }
}

/// How much a sample counts by the cosine of the angle between its normal and the pixel's: all up to 70 degrees, nothing
/// from 110 degrees on. Light takes the other way, through the part, by the transmission (our judgement).
fn facing_weight(cosine: f32) -> f32 {
    let t = ((cosine + 0.34) / 0.68).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The scattered irradiance of a pixel. `distance_mm` is what the rings were made for.
pub fn gather(
    buffers: &Buffers,
    camera: &Camera,
    rings: &[Ring],
    distance_mm: Vec3,
    [x, y]: [usize; 2],
    frame: u32,
) -> Vec3 {
    let here = y * buffers.width + x;
    let own = buffers.irradiance[here];
    if !buffers.skin[here] {
        return own;
    }
    let normal = buffers.normal[here];
    let point = camera.point(Vec2::new(x as f32, y as f32) + 0.5, buffers.depth_m[here]);
    let (tangent, bitangent) = normal.any_orthonormal_pair();
    let noise = kernel::interleaved_noise(x as u32, y as u32, frame);
    let (mut light, mut weights) = (Vec3::ZERO, Vec3::ZERO);
    for (i, ring) in rings.iter().enumerate() {
        let radius_mm = ring.radius_mm(kernel::jitter(i, noise));
        let (sine, cosine) = kernel::angle(i, noise).sin_cos();
        let away = (tangent * cosine + bitangent * sine) * (1e-3 * radius_mm);
        for wanted in [point + away, point - away] {
            if wanted.z > -1e-4 {
                continue;
            }
            let place = camera.place(wanted);
            let inside =
                place.cmpge(Vec2::ZERO).all() && place.x < buffers.width as f32 && place.y < buffers.height as f32;
            if !inside {
                continue;
            }
            let there = place.y as usize * buffers.width + place.x as usize;
            if !buffers.skin[there] {
                continue;
            }
            // Farther than meant, behind a step in depth, the profile is lower; the slower of its two terms says by how much.
            let away_mm = 1e3 * camera.point(place, buffers.depth_m[there]).distance(point);
            let beyond = (away_mm - radius_mm).max(0.0);
            let farther = (Vec3::splat(-beyond) / (3.0 * distance_mm)).exp() * (radius_mm / (radius_mm + beyond));
            let weight = ring.weight * farther * facing_weight(normal.dot(buffers.normal[there]));
            light += buffers.irradiance[there] * weight;
            weights += weight;
        }
    }
    Vec3::select(weights.cmpgt(Vec3::splat(1e-4)), light / weights.max(Vec3::splat(1e-4)), own)
}

#[cfg(test)]
#[path = "reference_tests.rs"]
mod tests;
