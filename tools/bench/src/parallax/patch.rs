//! Surfaces of sets with their skins baked into textures.

use bevy::math::Vec3;
use kinema::export::gltf::{
    NodeContent, SceneSnapshot, SnapshotImage, SnapshotMaterial, SnapshotMesh, SnapshotNode, SnapshotOpacity,
};
use kinema::parallax::transfer::SrgbTable;
use kinema::parallax::truth::Skin;

/// A piece of surface with a texture of its own.
pub struct Patch {
    pub surface: Surface,
    pub place: Place,
    /// Across and down.
    pub texels: [usize; 2],
}

/// Where it is.
#[derive(Clone, Copy)]
pub enum Surface {
    Flat {
        middle: Vec3,
        half_x: Vec3,
        half_y: Vec3,
    },
    /// A ball, or with a height an upright cylinder on its foot.
    Round {
        middle: Vec3,
        radius: f32,
        height: Option<f32>,
    },
}

/// What a skin takes for the place of a point.
#[derive(Clone, Copy)]
pub enum Place {
    /// Lengths along the sides of a card, from its middle.
    Card,
    /// The same in a part of a floor, whose middle lies there from the floor's.
    Floor(Vec3),
    /// Space about a thing; a side's middle lies there.
    Space(Vec3),
}

impl Surface {
    /// Position and normal; `u` runs right, `v` down, 0..=1.
    fn at(self, u: f32, v: f32) -> (Vec3, Vec3) {
        match self {
            Self::Flat { middle, half_x, half_y } => {
                let position = middle + half_x * (2.0 * u - 1.0) + half_y * (1.0 - 2.0 * v);
                (position, half_x.cross(half_y).normalize())
            }
            Self::Round { middle, radius, height } => {
                // The seam is behind.
                let (sin, cos) = (std::f32::consts::TAU * (u - 0.5)).sin_cos();
                match height {
                    Some(height) => {
                        let normal = Vec3::new(sin, 0.0, cos);
                        (middle + normal * radius + Vec3::Y * height * (1.0 - v), normal)
                    }
                    None => {
                        let (fall, level) = (std::f32::consts::PI * (v - 0.5)).sin_cos();
                        let normal = Vec3::new(sin * level, -fall, cos * level);
                        (middle + normal * radius, normal)
                    }
                }
            }
        }
    }

    fn cells(self) -> [usize; 2] {
        match self {
            Self::Flat { .. } => [1, 1],
            Self::Round { height: Some(_), .. } => [32, 1],
            Self::Round { height: None, .. } => [64, 32],
        }
    }
}

impl Patch {
    fn place(&self, u: f32, v: f32) -> Vec3 {
        let (position, _) = self.surface.at(u, v);
        match (self.surface, self.place) {
            (Surface::Flat { half_x, half_y, .. }, Place::Card) => {
                Vec3::new((2.0 * u - 1.0) * half_x.length(), (1.0 - 2.0 * v) * half_y.length(), 0.0)
            }
            (Surface::Flat { middle, .. }, Place::Floor(from)) => {
                let at = position - middle + from;
                Vec3::new(at.x, at.z, 0.0)
            }
            (Surface::Flat { middle, .. }, Place::Space(from)) => position - middle + from,
            (Surface::Round { middle, .. }, _) => position - middle,
        }
    }

    /// Adds it to a scene, with what covers it.
    pub fn put(&self, scene: &mut SceneSnapshot, skin: &Skin) {
        let name = format!("patch {}", scene.nodes.len());
        let index = scene.nodes.len();
        let [width, height] = self.texels;
        let table = SrgbTable::default();
        let mut rgba8 = Vec::with_capacity(4 * width * height);
        for y in 0..height {
            for x in 0..width {
                let place = self.place(x as f32 / (width - 1) as f32, y as f32 / (height - 1) as f32);
                let colour = skin.colour(place);
                rgba8.extend([table.byte(colour.x), table.byte(colour.y), table.byte(colour.z)]);
                rgba8.push(if skin.is_opaque(place) { 255 } else { 0 });
            }
        }
        scene.images.push(SnapshotImage { name: name.clone(), width: width as u32, height: height as u32, rgba8 });
        scene.materials.push(SnapshotMaterial {
            name: name.clone(),
            base_color_image: Some(index),
            roughness: 0.9,
            opacity: if skin.holes > 0.0 { SnapshotOpacity::Mask(0.5) } else { SnapshotOpacity::Opaque },
            double_sided: true,
            ..SnapshotMaterial::default()
        });
        scene.meshes.push(self.mesh(&name));
        scene.nodes.push(SnapshotNode {
            name,
            parent: None,
            translation: [0.0; 3],
            rotation: [0.0, 0.0, 0.0, 1.0],
            scale: [1.0; 3],
            content: NodeContent::Mesh { mesh: index, material: Some(index) },
        });
    }

    fn mesh(&self, name: &str) -> SnapshotMesh {
        let [across, down] = self.surface.cells();
        let (mut positions, mut normals, mut uvs, mut indices) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for y in 0..=down {
            for x in 0..=across {
                let (u, v) = (x as f32 / across as f32, y as f32 / down as f32);
                let (position, normal) = self.surface.at(u, v);
                positions.push(position.to_array());
                normals.push(normal.to_array());
                // The outermost texels' centres lie on the edge, so that no edge is mixed with the one across.
                let centre = |share: f32, texels: usize| (share * (texels - 1) as f32 + 0.5) / texels as f32;
                uvs.push([centre(u, self.texels[0]), centre(v, self.texels[1])]);
            }
        }
        let row = across as u32 + 1;
        for y in 0..down as u32 {
            for x in 0..across as u32 {
                let [a, b, c, d] = [y * row + x, y * row + x + 1, (y + 1) * row + x, (y + 1) * row + x + 1];
                indices.extend([a, c, b, b, c, d]);
            }
        }
        SnapshotMesh {
            name: name.to_owned(),
            positions,
            normals: Some(normals),
            uvs: Some(uvs),
            indices: Some(indices),
            ..SnapshotMesh::default()
        }
    }
}
