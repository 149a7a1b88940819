//! Meshes, materials and textures of Bevy's assets, each taken once.

use std::collections::BTreeMap;

use bevy::asset::AssetId;
use bevy::image::Image;
use bevy::math::{Affine2, Affine3A, Mat3A, Vec3A};
use bevy::mesh::{Indices, Mesh, PrimitiveTopology, UvChannel, VertexAttributeValues};
use bevy::pbr::StandardMaterial;
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use kinema_export::gltf::{SnapshotImage, SnapshotMaterial, SnapshotMesh, SnapshotOpacity};
use kinema_gpu::DeformedMaterial;

use super::MaterialId;

/// What has been taken so far, and where it went.
#[derive(Default)]
pub struct Surfaces {
    pub images: Vec<SnapshotImage>,
    pub materials: Vec<SnapshotMaterial>,
    pub meshes: Vec<SnapshotMesh>,
    pub left_out: Vec<String>,
    image_of: BTreeMap<AssetId<Image>, usize>,
    material_of: BTreeMap<MaterialId, usize>,
    mesh_of: BTreeMap<AssetId<Mesh>, usize>,
}

impl Surfaces {
    /// Index of the mesh; None, with a sentence in `left_out`, if its triangles cannot be had.
    pub fn mesh(&mut self, world: &World, handle: &Handle<Mesh>, name: &str) -> Option<usize> {
        if let Some(index) = self.mesh_of.get(&handle.id()) {
            return Some(*index);
        }
        let taken = match world.resource::<Assets<Mesh>>().get(handle) {
            Some(mesh) => triangles(mesh, name),
            None => Err("its mesh is not loaded".to_owned()),
        };
        match taken {
            Ok(mesh) => {
                self.meshes.push(mesh);
                self.mesh_of.insert(handle.id(), self.meshes.len() - 1);
                Some(self.meshes.len() - 1)
            }
            Err(problem) => {
                self.left_out.push(format!("{name}: {problem}"));
                None
            }
        }
    }

    /// A copy of a mesh in world space, for transforms that glTF has no words for.
    pub fn bake(&mut self, mesh: usize, world_from_local: &Affine3A) -> usize {
        let Some(mut mesh) = self.meshes.get(mesh).cloned() else { return mesh };
        for position in &mut mesh.positions {
            *position = world_from_local.transform_point3a(Vec3A::from_array(*position)).to_array();
        }
        for [x, y, z, _] in mesh.tangents.iter_mut().flatten() {
            [*x, *y, *z] = world_from_local.transform_vector3a(Vec3A::new(*x, *y, *z)).to_array();
        }
        let normal_matrix = cofactors(&world_from_local.matrix3);
        for normal in mesh.normals.iter_mut().flatten() {
            *normal = (normal_matrix * Vec3A::from_array(*normal)).to_array();
        }
        if world_from_local.matrix3.determinant() < 0.0 {
            mesh.tangents.iter_mut().flatten().for_each(|tangent| tangent[3] = -tangent[3]);
            match &mut mesh.indices {
                Some(indices) => indices.chunks_exact_mut(3).for_each(|corners| corners.swap(1, 2)),
                None => {
                    mesh.indices =
                        Some((0..mesh.positions.len() as u32 / 3).flat_map(|t| [3 * t, 3 * t + 2, 3 * t + 1]).collect())
                }
            }
        }
        self.meshes.push(mesh);
        self.meshes.len() - 1
    }

    /// Index of the material; none if the entity has none that is known.
    pub fn material(&mut self, world: &World, id: Option<MaterialId>, name: &str) -> Option<usize> {
        let Some(id) = id else {
            self.left_out.push(format!("{name}: its material is of a kind that glTF cannot hold"));
            return None;
        };
        if let Some(index) = self.material_of.get(&id) {
            return Some(*index);
        }
        let standard = match id {
            MaterialId::Standard(id) => world.resource::<Assets<StandardMaterial>>().get(id),
            MaterialId::Deformed(id) => {
                world.resource::<Assets<DeformedMaterial>>().get(id).map(|material| &material.base)
            }
        };
        let Some(standard) = standard else {
            self.left_out.push(format!("{name}: its material is not loaded"));
            return None;
        };
        let material = self.standard(world, standard, name);
        self.materials.push(material);
        self.material_of.insert(id, self.materials.len() - 1);
        Some(self.materials.len() - 1)
    }

    fn standard(&mut self, world: &World, standard: &StandardMaterial, name: &str) -> SnapshotMaterial {
        if standard.uv_transform != Affine2::IDENTITY {
            self.left_out.push(format!("{name}: the transform of its texture coordinates"));
        }
        let color = standard.base_color.to_linear();
        let mut texture = |handle: &Option<Handle<Image>>, channel: &UvChannel, what: &str, format| {
            let handle = handle.as_ref()?;
            let taken = match channel {
                UvChannel::Uv0 => self.image(world, handle, format, &format!("{name} {what}")),
                UvChannel::Uv1 => Err("its texture uses the second set of coordinates".to_owned()),
            };
            taken.map_err(|problem| self.left_out.push(format!("{name}: {what}: {problem}"))).ok()
        };
        use TextureFormat::{Rgba8Unorm, Rgba8UnormSrgb};
        SnapshotMaterial {
            name: name.to_owned(),
            base_color: [color.red, color.green, color.blue, color.alpha],
            base_color_image: texture(
                &standard.base_color_texture,
                &standard.base_color_channel,
                "base colour",
                Rgba8UnormSrgb,
            ),
            metallic: standard.metallic,
            roughness: standard.perceptual_roughness,
            metallic_roughness_image: texture(
                &standard.metallic_roughness_texture,
                &standard.metallic_roughness_channel,
                "metallic roughness",
                Rgba8Unorm,
            ),
            normal_image: texture(&standard.normal_map_texture, &standard.normal_map_channel, "normals", Rgba8Unorm),
            emissive_nits: [standard.emissive.red, standard.emissive.green, standard.emissive.blue],
            emissive_image: texture(&standard.emissive_texture, &standard.emissive_channel, "emission", Rgba8UnormSrgb),
            // Bevy's reflectance at normal incidence is 0.16 r^2; glTF's factor counts from 0.04.
            specular: (4.0 * standard.reflectance * standard.reflectance).min(1.0),
            opacity: match standard.alpha_mode {
                AlphaMode::Opaque => SnapshotOpacity::Opaque,
                AlphaMode::Mask(cutoff) => SnapshotOpacity::Mask(cutoff),
                AlphaMode::AlphaToCoverage => SnapshotOpacity::Mask(0.5),
                _ => SnapshotOpacity::Blend,
            },
            double_sided: standard.double_sided || standard.cull_mode.is_none(),
        }
    }

    /// The first level of a texture; glTF's readers make the others themselves.
    fn image(
        &mut self,
        world: &World,
        handle: &Handle<Image>,
        format: TextureFormat,
        name: &str,
    ) -> Result<usize, String> {
        if let Some(index) = self.image_of.get(&handle.id()) {
            return Ok(*index);
        }
        let image = world.resource::<Assets<Image>>().get(handle).ok_or("its texture is not loaded")?;
        if image.texture_descriptor.format != format {
            return Err(format!("a texture of {:?}, expected {format:?}", image.texture_descriptor.format));
        }
        let (width, height) = (image.width(), image.height());
        let bytes = width as usize * height as usize * 4;
        let pixels = image.data.as_ref().and_then(|data| data.get(..bytes)).ok_or(GIVEN_AWAY)?;
        self.images.push(SnapshotImage { name: name.to_owned(), width, height, rgba8: pixels.to_vec() });
        self.image_of.insert(handle.id(), self.images.len() - 1);
        Ok(self.images.len() - 1)
    }
}

const GIVEN_AWAY: &str = "its data lies on the device only; call `keep_assets` before the first frame";

fn triangles(mesh: &Mesh, name: &str) -> Result<SnapshotMesh, String> {
    if mesh.primitive_topology() != PrimitiveTopology::TriangleList {
        return Err(format!("its mesh is a {:?}, expected a list of triangles", mesh.primitive_topology()));
    }
    let attribute = |attribute| mesh.try_attribute_option(attribute).map_err(|_| GIVEN_AWAY.to_owned());
    let Some(VertexAttributeValues::Float32x3(positions)) = attribute(Mesh::ATTRIBUTE_POSITION)? else {
        return Err("its mesh has no positions of three floats".to_owned());
    };
    let normals = match attribute(Mesh::ATTRIBUTE_NORMAL)? {
        Some(VertexAttributeValues::Float32x3(normals)) => Some(normals.clone()),
        _ => None,
    };
    let tangents = match attribute(Mesh::ATTRIBUTE_TANGENT)? {
        Some(VertexAttributeValues::Float32x4(tangents)) => Some(tangents.clone()),
        _ => None,
    };
    let uvs = match attribute(Mesh::ATTRIBUTE_UV_0)? {
        Some(VertexAttributeValues::Float32x2(uvs)) => Some(uvs.clone()),
        _ => None,
    };
    let colors = match attribute(Mesh::ATTRIBUTE_COLOR)? {
        Some(VertexAttributeValues::Float32x4(colors)) => Some(colors.clone()),
        _ => None,
    };
    let indices = match mesh.try_indices_option().map_err(|_| GIVEN_AWAY.to_owned())? {
        Some(Indices::U32(indices)) => Some(indices.clone()),
        Some(Indices::U16(indices)) => Some(indices.iter().map(|index| u32::from(*index)).collect()),
        None => None,
    };
    if positions.is_empty() || indices.as_ref().is_some_and(Vec::is_empty) {
        return Err("its mesh is empty".to_owned());
    }
    Ok(SnapshotMesh {
        name: name.to_owned(),
        positions: positions.clone(),
        normals,
        tangents,
        uvs,
        colors,
        indices,
        ..SnapshotMesh::default()
    })
}

/// The inverse transpose times the determinant: turns normals, also where a scale is 0.
fn cofactors(matrix: &Mat3A) -> Mat3A {
    let [x, y, z] = [matrix.x_axis, matrix.y_axis, matrix.z_axis];
    let sign = if matrix.determinant() < 0.0 { -1.0 } else { 1.0 };
    Mat3A::from_cols(y.cross(z) * sign, z.cross(x) * sign, x.cross(y) * sign)
}

#[cfg(test)]
mod tests {
    use bevy::asset::RenderAssetUsages;

    use super::*;

    fn triangle() -> Mesh {
        Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
            .with_inserted_attribute(
                Mesh::ATTRIBUTE_POSITION,
                vec![[0.0f32, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            )
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, vec![[0.0f32, 0.0, 1.0]; 3])
            .with_inserted_indices(Indices::U16(vec![0, 1, 2]))
    }

    #[test]
    fn a_baked_mesh_keeps_its_front_and_its_normals() {
        let mesh = triangles(&triangle(), "t").expect("triangles");
        assert_eq!(mesh.indices.as_deref(), Some(&[0, 1, 2][..]));
        for scale in [Vec3::new(2.0, 1.0, 0.5), Vec3::new(-2.0, 1.0, 0.5)] {
            let shear = Affine3A::from_scale(scale) * Affine3A::from_rotation_y(0.6) * Affine3A::from_rotation_x(0.3);
            let mut surfaces = Surfaces { meshes: vec![mesh.clone()], ..Surfaces::default() };
            let baked = surfaces.bake(0, &shear);
            let baked = &surfaces.meshes[baked];
            let corner =
                |i: usize| Vec3A::from_array(baked.positions[baked.indices.as_ref().expect("indices")[i] as usize]);
            let face = (corner(1) - corner(0)).cross(corner(2) - corner(0)).normalize();
            for normal in baked.normals.as_ref().expect("normals") {
                assert!(Vec3A::from_array(*normal).normalize().dot(face) > 0.9999, "{scale}: {normal:?} and {face}");
            }
        }
    }

    #[test]
    fn what_cannot_be_taken_is_said() {
        let mut world = World::new();
        world.init_resource::<Assets<Mesh>>();
        let lines = Mesh::new(PrimitiveTopology::LineList, RenderAssetUsages::default());
        let handle = world.resource_mut::<Assets<Mesh>>().add(lines);
        let mut surfaces = Surfaces::default();
        assert_eq!(surfaces.mesh(&world, &handle, "rope"), None);
        assert_eq!(surfaces.left_out, ["rope: its mesh is a LineList, expected a list of triangles"]);
    }
}
