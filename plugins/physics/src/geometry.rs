//! What the shape of a body needs from files: read once, for the collider, the key of the bake and the picture.

use kinema_core::{LoadedShot, resolve_asset};
use sha2::{Digest, Sha256};

use crate::error::PhysicsError;
use crate::gltf_mesh::{GltfGeometry, read_primitives};
use crate::heights::HeightGrid;
use crate::shot::{Heights, Shape};

/// The geometry of a shape that is not given by a few numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum BodyGeometry {
    /// The primitives of a glTF asset.
    Meshes(Vec<GltfGeometry>),
    /// The heights of a terrain.
    Heights(HeightGrid),
}

/// Reads the geometry of `shape`, of the part `part`; `None` for shapes that need none.
///
/// # Errors
/// [`PhysicsError`] when a file cannot be found or used.
pub fn shape_geometry(shot: &LoadedShot, part: &str, shape: &Shape) -> Result<Option<BodyGeometry>, PhysicsError> {
    let resolve = |file: &str| {
        resolve_asset(&shot.base_dir, file).map_err(|source| PhysicsError::Asset { part: part.to_owned(), source })
    };
    let heights = |source| PhysicsError::Heights { part: part.to_owned(), source };
    match shape {
        Shape::Mesh { file, node, .. } => read_primitives(&resolve(file)?, node.as_deref())
            .map(|meshes| Some(BodyGeometry::Meshes(meshes)))
            .map_err(|source| PhysicsError::Mesh { part: part.to_owned(), source }),
        Shape::Terrain { heights: Heights::Numbers { columns, heights_m }, .. } => {
            HeightGrid::from_numbers(*columns, heights_m).map(|grid| Some(BodyGeometry::Heights(grid))).map_err(heights)
        }
        Shape::Terrain { heights: Heights::Png { file, lowest_m, highest_m }, .. } => {
            HeightGrid::from_png(&resolve(file)?, *lowest_m, *highest_m)
                .map(|grid| Some(BodyGeometry::Heights(grid)))
                .map_err(heights)
        }
        _ => Ok(None),
    }
}

impl BodyGeometry {
    /// sha256 over everything that a collider sees.
    pub fn sha256(&self) -> String {
        let mut hasher = Sha256::new();
        match self {
            Self::Meshes(meshes) => {
                for mesh in meshes {
                    hasher.update((mesh.positions_m.len() as u64).to_le_bytes());
                    mesh.positions_m.iter().flatten().for_each(|number| hasher.update(number.to_bits().to_le_bytes()));
                    hasher.update((mesh.triangles.len() as u64).to_le_bytes());
                    mesh.triangles.iter().flatten().for_each(|corner| hasher.update(corner.to_le_bytes()));
                }
            }
            Self::Heights(grid) => {
                hasher.update((grid.columns as u64).to_le_bytes());
                grid.heights_m.iter().for_each(|number| hasher.update(number.to_bits().to_le_bytes()));
            }
        }
        crate::bake_key::hex(&hasher.finalize())
    }
}
