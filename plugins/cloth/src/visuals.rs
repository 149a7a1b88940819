//! Cloth as Bevy meshes: a child of each part, whose vertices are the particles of the frame.

use std::collections::BTreeMap;

use bevy::asset::{Assets, Handle};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::ecs::hierarchy::ChildOf;
use bevy::ecs::query::AnyOf;
use bevy::math::{Affine3A, Vec3};
use bevy::mesh::{Indices, Mesh, Mesh3d, PrimitiveTopology};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::*;
use kinema_core::{ActiveShot, FrameTime, PartIndex, PartVisible};
use kinema_gpu::{ATTRIBUTE_PREVIOUS_POSITION, DeformedMaterial, DeformedMotion};

use crate::BakedCloth;
use crate::form;
use crate::garment::part::Garment;
use crate::shot::{Cloth, ClothSurface};
use crate::solver::mesh::ClothMesh;

/// What was built for a `Cloth` entity.
#[derive(Component, Debug)]
pub struct DrawnCloth {
    mesh: Handle<Mesh>,
    material: Handle<DeformedMaterial>,
    surface: ClothSurface,
    piece: Entity,
    topology: Topology,
}

/// What is drawn of a mesh of particles: a particle on a seam is drawn once for each piece that it belongs to, so that every piece
/// keeps its own pattern coordinates, but all have one normal.
#[derive(Debug, Default)]
struct Topology {
    /// Triangles over particles.
    triangles: Vec<[u32; 3]>,
    /// The particle of each drawn vertex.
    particle_of: Vec<u32>,
    /// Across and along the cloth, metres.
    uvs: Vec<[f32; 2]>,
    /// Triangles over drawn vertices.
    drawn: Vec<[u32; 3]>,
    /// Of a cloth that can tear, the particle that each corner had before.
    welds: Vec<u32>,
}

impl Topology {
    fn new(mesh: &ClothMesh) -> Self {
        let mut topology = Self { triangles: mesh.triangles.clone(), ..Self::default() };
        let mut vertex_of: BTreeMap<(u32, [u32; 2]), u32> = BTreeMap::new();
        for (corners, uvs) in mesh.triangles.iter().zip(&mesh.corner_uv_m) {
            topology.drawn.push([0, 1, 2].map(|corner: usize| {
                // The solver's first coordinate is the warp, which runs up.
                let uv = [-uvs[corner][1] as f32, -uvs[corner][0] as f32];
                *vertex_of.entry((corners[corner], uv.map(f32::to_bits))).or_insert_with(|| {
                    topology.particle_of.push(corners[corner]);
                    topology.uvs.push(uv);
                    topology.uvs.len() as u32 - 1
                })
            }));
        }
        topology
    }

    /// Of a cloth that can tear: every corner of a triangle is on its own.
    fn of_corners(mesh: &ClothMesh) -> Self {
        let triangles = form::apart(mesh.triangles.len());
        Self {
            particle_of: (0..3 * mesh.triangles.len() as u32).collect(),
            uvs: mesh.corner_uv_m.iter().flatten().map(|uv| [-uv[1] as f32, -uv[0] as f32]).collect(),
            drawn: triangles.clone(),
            triangles,
            welds: mesh.triangles.iter().flatten().copied().collect(),
        }
    }

    fn spread(&self, of_particles: &[Vec3]) -> Vec<[f32; 3]> {
        let at = |particle: &u32| of_particles.get(*particle as usize).copied().unwrap_or_default().to_array();
        self.particle_of.iter().map(at).collect()
    }
}

type Cloths = (Entity, &'static PartIndex, Worn, Option<&'static PartVisible>, Option<&'static mut DrawnCloth>);
type Worn = AnyOf<(&'static Cloth, &'static Garment)>;

/// Brings every cloth's mesh to the frame being made.
pub(crate) fn update_cloth_visuals(
    mut commands: Commands,
    (shot, time): (Option<Res<ActiveShot>>, Option<Res<FrameTime>>),
    baked: Res<BakedCloth>,
    mut cloths: Query<Cloths>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<DeformedMaterial>>,
) {
    let (Some(shot), Some(time), Some(bake)) = (shot, time, baked.bake()) else { return };
    for (entity, index, cloth, visible, drawn) in &mut cloths {
        let Some(surface) = cloth.0.map(|cloth| cloth.surface).or(cloth.1.map(|garment| garment.surface)) else {
            continue;
        };
        let part_index = (index.0 as usize).wrapping_sub(1);
        let local = |frame: i64| -> Vec<Vec3> {
            let local_from_world: Affine3A = shot.0.world_transform_at(part_index, frame as f64).affine().inverse();
            let places = bake.positions_at(part_index, frame).iter();
            places.map(|place| local_from_world.transform_point3(Vec3::from_array(*place))).collect()
        };
        let (now, before) = (local(time.frame), local(time.frame - 1));
        let visibility =
            if visible.is_none_or(|visible| visible.0) { Visibility::Inherited } else { Visibility::Hidden };
        match drawn {
            Some(mut drawn) => {
                write(&mut meshes, &drawn.mesh, &now, &before, &drawn.topology);
                if drawn.surface != surface
                    && let Some(mut material) = materials.get_mut(&drawn.material)
                {
                    material.base = surface_material(&surface);
                    drawn.surface = surface;
                }
                commands.entity(drawn.piece).insert(visibility);
            }
            None => {
                // A cut that cannot be meshed has been told by the bake.
                let Some(cut) = bake.mesh_of(part_index) else { continue };
                let can_tear = cloth.0.is_some_and(|cloth| cloth.fabric().tear_strain.is_finite());
                let topology = if can_tear { Topology::of_corners(cut) } else { Topology::new(cut) };
                let mesh = Mesh::new(PrimitiveTopology::TriangleList, bevy::asset::RenderAssetUsages::default())
                    .with_inserted_indices(Indices::U32(topology.drawn.iter().flatten().copied().collect()))
                    .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, topology.uvs.clone());
                let mesh = meshes.add(mesh);
                write(&mut meshes, &mesh, &now, &before, &topology);
                let base = surface_material(&surface);
                let material = materials.add(DeformedMaterial { base, extension: DeformedMotion::default() });
                let piece = (
                    Name::new("Cloth"),
                    Mesh3d(mesh.clone()),
                    MeshMaterial3d(material.clone()),
                    Transform::IDENTITY,
                    visibility,
                    // Its bounds change every frame.
                    NoFrustumCulling,
                    ChildOf(entity),
                );
                let piece = commands.spawn(piece).id();
                let drawn = DrawnCloth { mesh, material, surface, piece, topology };
                commands.entity(entity).insert(drawn).insert_if_new(Visibility::Inherited);
            }
        }
    }
}

fn write(meshes: &mut Assets<Mesh>, mesh: &Handle<Mesh>, now: &[Vec3], before: &[Vec3], topology: &Topology) {
    let Some(mut mesh) = meshes.get_mut(mesh) else { return };
    let mut normals = normals(now, &topology.triangles);
    weld(&mut normals, now, &topology.welds);
    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, topology.spread(&normals));
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, topology.spread(now));
    mesh.insert_attribute(ATTRIBUTE_PREVIOUS_POSITION, topology.spread(before));
}

/// Normals of the vertices: triangles count by their area.
fn normals(places: &[Vec3], triangles: &[[u32; 3]]) -> Vec<Vec3> {
    let mut sums = vec![Vec3::ZERO; places.len()];
    for corners in triangles {
        let [Some(a), Some(b), Some(c)] = corners.map(|corner| places.get(corner as usize).copied()) else { continue };
        let area = (b - a).cross(c - a);
        for corner in corners {
            if let Some(sum) = sums.get_mut(*corner as usize) {
                *sum += area;
            }
        }
    }
    sums.into_iter().map(|sum| sum.normalize_or(Vec3::Z)).collect()
}

/// Gives corners that are still one particle one normal: those of one old particle at exactly one place.
fn weld(normals: &mut [Vec3], places: &[Vec3], welds: &[u32]) {
    let key = |corner: usize| (welds[corner], places[corner].to_array().map(f32::to_bits));
    let corners = 0..welds.len().min(places.len());
    let mut sums = BTreeMap::new();
    for corner in corners.clone() {
        *sums.entry(key(corner)).or_insert(Vec3::ZERO) += normals[corner];
    }
    for corner in corners {
        if let Some(sum) = sums.get(&key(corner)) {
            normals[corner] = sum.normalize_or(normals[corner]);
        }
    }
}

fn surface_material(surface: &ClothSurface) -> StandardMaterial {
    let [red, green, blue] = surface.base_color;
    StandardMaterial {
        base_color: Color::linear_rgb(red, green, blue),
        perceptual_roughness: surface.perceptual_roughness,
        reflectance: 0.3,
        diffuse_transmission: surface.transmission,
        double_sided: true,
        cull_mode: None,
        ..StandardMaterial::default()
    }
}
