//! Wisps: tapered opaque ribbons that stand for a few hairs each. No transparency, so they are as sharp in depth and
//! motion as in colour.

use bevy::math::{Quat, Vec3};

/// Ribbons whose points keep their offset to an anchor row, turned with the head.
#[derive(Clone, Debug, Default)]
pub struct Wisps {
    pub anchors: Vec<u32>,
    /// From the anchor, in rest space.
    pub offsets: Vec<Vec3>,
    /// In rest space.
    pub normals: Vec<Vec3>,
    pub colours: Vec<[f32; 4]>,
    pub indices: Vec<u32>,
}

impl Wisps {
    /// Adds a ribbon through `points` (offsets from `anchor`), `width_m` wide at its root and pointed at its end.
    pub fn add(&mut self, anchor: u32, points: &[Vec3], width_m: f32, normal: Vec3, colour: [f32; 3]) {
        let Some((&root, &tip)) = points.first().zip(points.last()) else { return };
        let side = (tip - root).cross(normal).normalize_or(Vec3::X);
        let first = self.anchors.len() as u32;
        let last = points.len() - 1;
        for (place, &point) in points.iter().enumerate() {
            let along = place as f32 / last.max(1) as f32;
            let half = 0.5 * width_m * (1.0 - along * along);
            // Tips are a little lighter: thinner hair lets more light through.
            let shade = 0.85 + 0.35 * along;
            for offset in [point - side * half, point + side * half] {
                self.anchors.push(anchor);
                self.offsets.push(offset);
                self.normals.push(normal);
                self.colours.push([colour[0] * shade, colour[1] * shade, colour[2] * shade, 1.0]);
            }
        }
        for place in 0..last as u32 {
            let [a, b, c, d] = [0, 1, 2, 3].map(|corner| first + place * 2 + corner);
            self.indices.extend([a, b, c, c, b, d]);
        }
    }

    /// Moves the wisps with their anchors and the head. `size` is that of the head against the template's.
    pub fn evaluate(
        &self,
        rows: &[Vec3],
        head_turn: Quat,
        size: f32,
        positions: &mut Vec<[f32; 3]>,
        normals: &mut Vec<[f32; 3]>,
    ) {
        positions.clear();
        normals.clear();
        for ((&anchor, &offset), &normal) in self.anchors.iter().zip(&self.offsets).zip(&self.normals) {
            let at = rows.get(anchor as usize).copied().unwrap_or(Vec3::ZERO);
            positions.push((at + head_turn * offset * size).to_array());
            normals.push((head_turn * normal).to_array());
        }
    }
}
