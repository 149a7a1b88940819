//! How much of the sky each vertex sees past the body itself: ambient occlusion on the template, worked out once. Hollows
//! keep theirs when the body moves; what opens and closes (armpits, the mouth) is left to shadow maps.
//!
//! From each of many directions the triangles are drawn into a depth buffer, and each vertex in front of what is there sees
//! the sky from that direction; directions count by the cosine to the vertex' normal.

use std::path::Path;

use bevy::math::{Mat3, Vec3};
use kinema_core::{BakeStore, sha256_hex};

const DIRECTIONS: u32 = 96;
/// Side of a texel, metres.
const TEXEL_M: f32 = 0.0011;
/// How far a vertex is moved along its normal before it is compared, so that it does not hide itself, metres.
const BIAS_M: f32 = 0.0016;

/// Changes whenever the way it is worked out changes.
const FORMAT: &str = "openness-v1";

/// [`openness`] from the cache folder where a former run left it for the same input, otherwise worked out and left there.
pub fn kept_openness(
    cache: &Path,
    positions: &[Vec3],
    normals: &[Vec3],
    triangles: &[[Vec3; 3]],
    reach_m: f32,
) -> Vec<f32> {
    let floats = positions.iter().chain(normals).chain(triangles.as_flattened()).flat_map(|v| v.to_array());
    let bytes: Vec<u8> = floats.chain([reach_m]).flat_map(f32::to_le_bytes).collect();
    let key = format!("{FORMAT}-{}", sha256_hex(&bytes));
    let store = BakeStore::new(cache.to_owned());
    let kept =
        store.get(&key).ok().flatten().map(|bytes| {
            bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect::<Vec<f32>>()
        });
    if let Some(kept) = kept.filter(|kept| kept.len() == positions.len()) {
        return kept;
    }
    let fresh = openness(positions, normals, triangles, reach_m);
    let bytes: Vec<u8> = fresh.iter().flat_map(|share| share.to_le_bytes()).collect();
    // The cache is a convenience: one that cannot be written only costs time, and the basis beside it has warned of it.
    let _ = store.put(&key, &bytes);
    fresh
}

/// The openness, 0..1, of each vertex. `triangles` are corners in metres; what is farther away than `reach_m` from any vertex
/// does not count.
pub fn openness(positions: &[Vec3], normals: &[Vec3], triangles: &[[Vec3; 3]], reach_m: f32) -> Vec<f32> {
    let mut sums = vec![(0.0_f32, 0.0_f32); positions.len()];
    for number in 0..DIRECTIONS {
        let to_sky = spiral(number);
        let up = if to_sky.y.abs() < 0.9 { Vec3::Y } else { Vec3::X };
        let right = up.cross(to_sky).normalize();
        // Rows: right, up, towards the sky.
        let view = Mat3::from_cols(right, to_sky.cross(right), to_sky).transpose();
        let moved: Vec<Vec3> = positions.iter().zip(normals).map(|(&p, &n)| view * (p + n * BIAS_M)).collect();
        let Some(mut depth) = DepthBuffer::around(&moved) else { continue };
        for triangle in triangles {
            depth.draw(triangle.map(|corner| view * corner));
        }
        for (sum, (p, normal)) in sums.iter_mut().zip(moved.iter().zip(normals)) {
            let cosine = normal.dot(to_sky);
            if cosine > 0.0 {
                let above = depth.at(*p) - p.z;
                let hidden = above > 0.0 && above < reach_m;
                sum.0 += if hidden { 0.0 } else { cosine };
                sum.1 += cosine;
            }
        }
    }
    sums.into_iter().map(|(seen, all)| if all > 0.0 { seen / all } else { 1.0 }).collect()
}

/// Evenly spread directions: a spherical Fibonacci lattice.
fn spiral(number: u32) -> Vec3 {
    let z = 1.0 - (2.0 * number as f32 + 1.0) / DIRECTIONS as f32;
    let (sin, cos) = (number as f32 * 2.399_963_2).sin_cos();
    let across = (1.0 - z * z).max(0.0).sqrt();
    Vec3::new(across * cos, across * sin, z)
}

/// The greatest height seen along -z, per texel.
struct DepthBuffer {
    low: Vec3,
    width: usize,
    height: usize,
    depth: Vec<f32>,
}

impl DepthBuffer {
    fn around(points: &[Vec3]) -> Option<Self> {
        let low = points.iter().copied().reduce(Vec3::min)?;
        let high = points.iter().copied().reduce(Vec3::max)?;
        let size = (high - low) / TEXEL_M;
        if !(size.is_finite() && size.max_element() < 4096.0) {
            return None;
        }
        let (width, height) = (size.x as usize + 2, size.y as usize + 2);
        Some(Self { low, width, height, depth: vec![f32::NEG_INFINITY; width * height] })
    }

    fn at(&self, p: Vec3) -> f32 {
        let texel = (p - self.low) / TEXEL_M;
        let (x, y) = (texel.x.max(0.0) as usize, texel.y.max(0.0) as usize);
        self.depth
            .get(y.min(self.height - 1) * self.width + x.min(self.width - 1))
            .copied()
            .unwrap_or(f32::NEG_INFINITY)
    }

    fn draw(&mut self, corners: [Vec3; 3]) {
        let [a, b, c] = corners.map(|corner| (corner - self.low) / TEXEL_M);
        let area = (b - a).truncate().perp_dot((c - a).truncate());
        if !(area.abs() > 1e-6) {
            return;
        }
        let low = a.min(b).min(c).max(Vec3::ZERO);
        let high = a.max(b).max(c);
        let columns = low.x as usize..(high.x.max(0.0) as usize + 1).min(self.width);
        for y in low.y as usize..(high.y.max(0.0) as usize + 1).min(self.height) {
            for x in columns.clone() {
                let p = Vec3::new(x as f32 + 0.5, y as f32 + 0.5, 0.0);
                let share = |from: Vec3, to: Vec3| (to - from).truncate().perp_dot((p - from).truncate()) / area;
                let (of_c, of_a, of_b) = (share(a, b), share(b, c), share(c, a));
                if of_a >= 0.0 && of_b >= 0.0 && of_c >= 0.0 {
                    let z = corners[0].z * of_a + corners[1].z * of_b + corners[2].z * of_c;
                    if let Some(slot) = self.depth.get_mut(y * self.width + x) {
                        *slot = slot.max(z);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two triangles in the plane y = `height`, `half` wide to each side of x = `middle`.
    fn floor(middle: f32, height: f32, half: f32) -> [[Vec3; 3]; 2] {
        let corner = |x: f32, z: f32| Vec3::new(middle + x * half, height, z * half);
        let [a, b, c, d] = [corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)];
        [[a, b, c], [a, c, d]]
    }

    #[test]
    fn a_plane_is_open_a_lid_closes_it_and_a_wall_takes_half() {
        let plane = floor(0.0, 0.0, 0.1);
        let spread: Vec<Vec3> =
            [(-0.1, -0.1), (0.1, 0.1), (0.0, 0.0)].iter().map(|&(x, z)| Vec3::new(x, 0.0, z)).collect();
        let of = |triangles: &[[Vec3; 3]]| openness(&spread, &[Vec3::Y; 3], triangles, 1.0)[2];
        assert!(of(&plane) > 0.99, "{}", of(&plane));
        let lid = [plane.as_slice(), &floor(0.0, 0.01, 0.1)].concat();
        assert!(of(&lid) < 0.05, "{}", of(&lid));
        let wall = [Vec3::new(0.005, 0.0, -0.1), Vec3::new(0.005, 0.0, 0.1), Vec3::new(0.005, 0.1, 0.0)];
        let walled = of(&[plane.as_slice(), &[wall]].concat());
        assert!((0.35..0.75).contains(&walled), "{walled}");
        // Half a lid hides as much of the sky as lies above it.
        let half = of(&[plane.as_slice(), &floor(0.1, 0.01, 0.1)].concat());
        assert!((0.3..0.7).contains(&half), "{half}");
    }
}
