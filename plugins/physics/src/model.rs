//! From shapes and glTF assets to Bevy's meshes, materials and images.

use std::collections::BTreeMap;

use bevy::asset::{Assets, Handle, RenderAssetUsages};
use bevy::color::{Color, LinearRgba};
use bevy::image::{Image, ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::material::AlphaMode;
use bevy::math::Vec3;
use bevy::mesh::{Indices, Mesh, PrimitiveTopology, UvChannel};
use bevy::pbr::StandardMaterial;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use kinema_core::{LoadedShot, resolve_asset, rotation_from_deg};

use crate::colliders::{ShapeError, convex_hull};
use crate::error::PhysicsError;
use crate::geometry::{BodyGeometry, shape_geometry};
use crate::gltf_material::{
    DecodedImage, GltfMaterial, MAX_TEXTURE_BYTES, Opacity, TextureUse, Wrap, decode_image, read_material,
};
use crate::gltf_mesh::{GltfPrimitive, read_meshes};
use crate::mipmaps::{TextureMeaning, mip_chain};
use crate::rounded_box::{SurfaceMesh, rounded_box};
use crate::shot::{Piece, Shape, Surface};
use kinema_core::gltf::{GltfError, GltfSource};

/// Faces per eighth of a turn: of balls and capsules, whose outline is seen, and of bevelled edges.
const ROUND_SEGMENTS: u32 = 12;
const BEVEL_SEGMENTS: u32 = 3;

/// Where the pieces of a model go.
pub struct ModelAssets<'a> {
    /// Meshes.
    pub meshes: &'a mut Assets<Mesh>,
    /// Materials of glTF assets.
    pub materials: &'a mut Assets<StandardMaterial>,
    /// Textures of glTF assets.
    pub images: &'a mut Assets<Image>,
}

/// One thing to draw.
#[derive(Debug, Clone)]
pub struct ModelPiece {
    /// Its geometry in the space of the part.
    pub mesh: Handle<Mesh>,
    /// Its own material; without one the part's surface is used.
    pub material: Option<Handle<StandardMaterial>>,
}

/// Builds what is drawn for `shape` of part `part`.
///
/// # Errors
/// [`PhysicsError`] when the file of a mesh cannot be read or a hull cannot be built.
pub fn build_model(
    shot: &LoadedShot,
    part: &str,
    shape: &Shape,
    assets: &mut ModelAssets<'_>,
) -> Result<Vec<ModelPiece>, PhysicsError> {
    let surface = match shape {
        Shape::Box { .. } | Shape::Ball { .. } | Shape::Capsule { .. } | Shape::Convex { .. } => {
            solid_surface(shape).map_err(|source| PhysicsError::Shape { part: part.to_string(), source })?
        }
        Shape::Mesh { file, node, .. } => {
            let path = resolve_asset(&shot.base_dir, file)
                .map_err(|source| PhysicsError::Asset { part: part.to_string(), source })?;
            return GltfSource::open(&path)
                .and_then(|source| build_gltf(&source, node.as_deref(), assets))
                .map_err(|source| PhysicsError::Mesh { part: part.to_string(), source });
        }
        Shape::Compound { pieces } => {
            compound_surface(pieces).map_err(|source| PhysicsError::Shape { part: part.to_string(), source })?
        }
        Shape::Terrain { size_m, .. } => match shape_geometry(shot, part, shape)? {
            Some(BodyGeometry::Heights(grid)) => grid.surface(*size_m),
            _ => return Ok(Vec::new()),
        },
        Shape::HalfSpace => return Ok(Vec::new()),
    };
    let mesh = assets.meshes.add(surface_mesh(surface));
    Ok(vec![ModelPiece { mesh, material: None }])
}

/// The surface of a shape that numbers in the shot describe; empty for others.
fn solid_surface(shape: &Shape) -> Result<SurfaceMesh, ShapeError> {
    Ok(match shape {
        Shape::Box { size_m, bevel_m } => {
            let half_m = size_m.map(|size| size / 2.0);
            let smallest_m = size_m.iter().copied().fold(f32::INFINITY, f32::min);
            let bevel_m = bevel_m.clamp(0.0, smallest_m / 4.0);
            rounded_box(half_m.map(|half| half - bevel_m), bevel_m, BEVEL_SEGMENTS)
        }
        Shape::Ball { radius_m } => rounded_box([0.0; 3], *radius_m, ROUND_SEGMENTS),
        Shape::Capsule { radius_m, half_height_m } => {
            rounded_box([0.0, *half_height_m, 0.0], *radius_m, ROUND_SEGMENTS)
        }
        Shape::Convex { points_m } => hull_surface(points_m)?,
        _ => SurfaceMesh::default(),
    })
}

/// The pieces of a compound as one surface.
fn compound_surface(pieces: &[Piece]) -> Result<SurfaceMesh, ShapeError> {
    let mut whole = SurfaceMesh::default();
    for piece in pieces {
        let surface = solid_surface(&piece.shape)?;
        let turn = rotation_from_deg(piece.rotation_deg);
        let first = whole.positions_m.len() as u32;
        let place =
            |point: &[f32; 3]| (turn * Vec3::from_array(*point) + Vec3::from_array(piece.position_m)).to_array();
        whole.positions_m.extend(surface.positions_m.iter().map(place));
        whole.normals.extend(surface.normals.iter().map(|normal| (turn * Vec3::from_array(*normal)).to_array()));
        whole.uv.extend(surface.uv);
        whole.triangles.extend(surface.triangles.iter().map(|corners| corners.map(|corner| corner + first)));
    }
    Ok(whole)
}

/// The material of a plain surface.
pub fn surface_material(surface: &Surface) -> StandardMaterial {
    let [red, green, blue] = surface.base_color;
    StandardMaterial {
        base_color: Color::linear_rgb(red, green, blue),
        perceptual_roughness: surface.perceptual_roughness,
        metallic: surface.metallic,
        ..StandardMaterial::default()
    }
}

fn new_mesh(triangles: &[[u32; 3]]) -> Mesh {
    let mut mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default());
    mesh.insert_indices(Indices::U32(triangles.as_flattened().to_vec()));
    mesh
}

fn surface_mesh(surface: SurfaceMesh) -> Mesh {
    let mut mesh = new_mesh(&surface.triangles);
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, surface.positions_m);
    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, surface.normals);
    mesh.insert_attribute(Mesh::ATTRIBUTE_UV_0, surface.uv);
    mesh
}

/// The hull with every face flat. Texture coordinates are all zero: hulls have no textures.
fn hull_surface(points_m: &[[f32; 3]]) -> Result<SurfaceMesh, ShapeError> {
    let hull = convex_hull(points_m)?;
    let mut surface = SurfaceMesh::default();
    for corners in &hull.triangles {
        let points =
            corners.map(|corner| Vec3::from_array(hull.positions_m.get(corner as usize).copied().unwrap_or_default()));
        let [a, b, c] = points;
        let normal = (b - a).cross(c - a).normalize_or(Vec3::Y);
        let first = surface.positions_m.len() as u32;
        surface.triangles.push([first, first + 1, first + 2]);
        surface.positions_m.extend(points.map(|point| point.to_array()));
        surface.normals.extend([normal.to_array(); 3]);
        surface.uv.extend([[0.0; 2]; 3]);
    }
    Ok(surface)
}

fn build_gltf(
    source: &GltfSource,
    node: Option<&str>,
    assets: &mut ModelAssets<'_>,
) -> Result<Vec<ModelPiece>, GltfError> {
    let mut textures =
        Textures { source, remaining_bytes: MAX_TEXTURE_BYTES, decoded: BTreeMap::new(), made: Vec::new() };
    let mut materials: BTreeMap<Option<usize>, (GltfMaterial, Handle<StandardMaterial>)> = BTreeMap::new();
    let mut pieces = Vec::new();
    for primitive in read_meshes(source, node)? {
        if primitive.triangles.is_empty() {
            continue;
        }
        let (material, handle) = match materials.get(&primitive.material) {
            Some(known) => known.clone(),
            None => {
                let material = read_material(source, primitive.material)?;
                let standard = textures.standard_material(&material, assets.images)?;
                let made = (material, assets.materials.add(standard));
                materials.insert(primitive.material, made.clone());
                made
            }
        };
        let mesh = primitive_mesh(source, primitive, material.normal_texture.is_some())?;
        pieces.push(ModelPiece { mesh: assets.meshes.add(mesh), material: Some(handle) });
    }
    Ok(pieces)
}

fn primitive_mesh(source: &GltfSource, primitive: GltfPrimitive, needs_tangents: bool) -> Result<Mesh, GltfError> {
    let mut mesh = new_mesh(&primitive.triangles);
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, primitive.positions_m);
    let [uv_0, uv_1] = primitive.uv;
    let has_uv = uv_0.is_some();
    if let Some(uv) = uv_0 {
        mesh.insert_attribute(Mesh::ATTRIBUTE_UV_0, uv);
    }
    if let Some(uv) = uv_1 {
        mesh.insert_attribute(Mesh::ATTRIBUTE_UV_1, uv);
    }
    if let Some(colors) = primitive.colors {
        mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, colors);
    }
    match primitive.normals {
        Some(normals) => mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, normals),
        None => {
            // glTF 2.0, section 3.7.2.1: without normals, faces are flat.
            mesh.duplicate_vertices();
            mesh.compute_flat_normals();
        }
    }
    if needs_tangents {
        match primitive.tangents {
            Some(tangents) if tangents.len() == mesh.count_vertices() => {
                mesh.insert_attribute(Mesh::ATTRIBUTE_TANGENT, tangents);
            }
            _ if has_uv => mesh.generate_tangents().map_err(|error| {
                source.error(
                    &primitive.place,
                    format!("tangents cannot be made: {error}"),
                    "export the asset with tangents",
                )
            })?,
            _ => {
                return Err(source.error(
                    &primitive.place,
                    "the material has a normal texture but the mesh has no texture coordinates",
                    "unwrap the mesh or remove the normal texture",
                ));
            }
        }
    }
    Ok(mesh)
}

/// Textures of one asset; every picture is decoded once and uploaded once per meaning and sampling.
struct Textures<'a> {
    source: &'a GltfSource,
    remaining_bytes: u64,
    decoded: BTreeMap<usize, DecodedImage>,
    made: Vec<(TextureUse, TextureMeaning, Handle<Image>)>,
}

impl Textures<'_> {
    fn standard_material(
        &mut self,
        material: &GltfMaterial,
        images: &mut Assets<Image>,
    ) -> Result<StandardMaterial, GltfError> {
        let [red, green, blue, alpha] = material.base_color;
        let [emitted_red, emitted_green, emitted_blue] = material.emissive;
        let mut standard = StandardMaterial {
            base_color: Color::linear_rgba(red, green, blue, alpha),
            metallic: material.metallic,
            perceptual_roughness: material.roughness,
            emissive: LinearRgba::rgb(emitted_red, emitted_green, emitted_blue),
            double_sided: material.double_sided,
            alpha_mode: match material.opacity {
                Opacity::Opaque => AlphaMode::Opaque,
                Opacity::Mask(threshold) => AlphaMode::Mask(threshold),
                Opacity::Blend => AlphaMode::Blend,
            },
            ..StandardMaterial::default()
        };
        if material.double_sided {
            standard.cull_mode = None;
        }
        if let Some(used) = material.base_color_texture {
            standard.base_color_channel = channel(used);
            standard.base_color_texture = Some(self.image(used, TextureMeaning::Color, images)?);
        }
        if let Some(used) = material.metallic_roughness_texture {
            standard.metallic_roughness_channel = channel(used);
            standard.metallic_roughness_texture = Some(self.image(used, TextureMeaning::Data, images)?);
        }
        if let Some((used, scale)) = material.normal_texture {
            standard.normal_map_channel = channel(used);
            standard.normal_map_texture = Some(self.image(used, TextureMeaning::Normal(scale), images)?);
        }
        if let Some((used, strength)) = material.occlusion_texture {
            let meaning = if strength == 1.0 { TextureMeaning::Data } else { TextureMeaning::Occlusion(strength) };
            standard.occlusion_channel = channel(used);
            standard.occlusion_texture = Some(self.image(used, meaning, images)?);
        }
        if let Some(used) = material.emissive_texture {
            standard.emissive_channel = channel(used);
            standard.emissive_texture = Some(self.image(used, TextureMeaning::Color, images)?);
        }
        Ok(standard)
    }

    fn image(
        &mut self,
        used: TextureUse,
        meaning: TextureMeaning,
        images: &mut Assets<Image>,
    ) -> Result<Handle<Image>, GltfError> {
        let same = |(other, other_meaning, _): &&(TextureUse, TextureMeaning, Handle<Image>)| {
            other.image == used.image && other.sampling == used.sampling && *other_meaning == meaning
        };
        if let Some((_, _, handle)) = self.made.iter().find(same) {
            return Ok(handle.clone());
        }
        let decoded = match self.decoded.entry(used.image) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(decode_image(self.source, used.image, &mut self.remaining_bytes)?)
            }
        };
        let handle = images.add(texture(decoded, used, meaning));
        self.made.push((used, meaning, handle.clone()));
        Ok(handle)
    }
}

fn channel(used: TextureUse) -> UvChannel {
    if used.uv_set == 1 { UvChannel::Uv1 } else { UvChannel::Uv0 }
}

fn texture(decoded: &DecodedImage, used: TextureUse, meaning: TextureMeaning) -> Image {
    let format = match meaning {
        TextureMeaning::Color => TextureFormat::Rgba8UnormSrgb,
        _ => TextureFormat::Rgba8Unorm,
    };
    let chain = mip_chain(decoded.width, decoded.height, &decoded.rgba8, meaning);
    let size = Extent3d { width: decoded.width, height: decoded.height, depth_or_array_layers: 1 };
    let mut image = Image::new_uninit(size, TextureDimension::D2, format, RenderAssetUsages::default());
    image.texture_descriptor.mip_level_count = chain.levels;
    image.data = Some(chain.rgba8);
    let address = |wrap: Wrap| match wrap {
        Wrap::Repeat => ImageAddressMode::Repeat,
        Wrap::Mirror => ImageAddressMode::MirrorRepeat,
        Wrap::Clamp => ImageAddressMode::ClampToEdge,
    };
    let [wrap_u, wrap_v] = used.sampling.wrap;
    let filter = if used.sampling.nearest { ImageFilterMode::Nearest } else { ImageFilterMode::Linear };
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: address(wrap_u),
        address_mode_v: address(wrap_v),
        mag_filter: filter,
        min_filter: ImageFilterMode::Linear,
        mipmap_filter: ImageFilterMode::Linear,
        // Anisotropic filtering is only valid with linear filters; floors seen at a low angle need it.
        anisotropy_clamp: if used.sampling.nearest { 1 } else { 8 },
        ..ImageSamplerDescriptor::default()
    });
    image
}
