//! Cloth as Bevy meshes: a child of each part, whose vertices are the particles of the frame.

use std::collections::BTreeMap;

use bevy::asset::{Assets, Handle};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::ecs::hierarchy::ChildOf;
use bevy::math::{Affine3A, Vec3};
use bevy::mesh::{Indices, Mesh, Mesh3d, PrimitiveTopology};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::*;
use kinema_core::{ActiveShot, FrameTime, PartIndex, PartVisible};
use kinema_gpu::{ATTRIBUTE_PREVIOUS_POSITION, DeformedMaterial, DeformedMotion};

use crate::BakedCloth;
use crate::form;
use crate::shot::{Cloth, ClothSurface};

/// What was built for a `Cloth` entity.
#[derive(Component, Debug)]
pub struct DrawnCloth {
    mesh: Handle<Mesh>,
    material: Handle<DeformedMaterial>,
    surface: ClothSurface,
    piece: Entity,
    triangles: Vec<[u32; 3]>,
    /// Of a cloth that can tear, the particle that each corner had before.
    welds: Vec<u32>,
}

type Cloths =
    (Entity, &'static PartIndex, &'static Cloth, Option<&'static PartVisible>, Option<&'static mut DrawnCloth>);

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
                write(&mut meshes, &drawn.mesh, &now, &before, (&drawn.triangles, &drawn.welds));
                if drawn.surface != cloth.surface
                    && let Some(mut material) = materials.get_mut(&drawn.material)
                {
                    material.base = surface_material(&cloth.surface);
                    drawn.surface = cloth.surface;
                }
                commands.entity(drawn.piece).insert(visibility);
            }
            None => {
                // A cut that cannot be meshed has been told by the bake.
                let Ok(cut) = form::mesh(&cloth.cut) else { continue };
                let (triangles, welds) = match cloth.fabric().tear_strain.is_finite() {
                    true => (form::apart(cut.triangles.len()), cut.triangles.into_iter().flatten().collect()),
                    false => (cut.triangles, Vec::new()),
                };
                let mesh = Mesh::new(PrimitiveTopology::TriangleList, bevy::asset::RenderAssetUsages::default())
                    .with_inserted_indices(Indices::U32(triangles.iter().flatten().copied().collect()));
                let mesh = meshes.add(mesh);
                write(&mut meshes, &mesh, &now, &before, (&triangles, &welds));
                let base = surface_material(&cloth.surface);
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
                let drawn = DrawnCloth { mesh, material, surface: cloth.surface, piece, triangles, welds };
                commands.entity(entity).insert(drawn).insert_if_new(Visibility::Inherited);
            }
        }
    }
}

fn write(
    meshes: &mut Assets<Mesh>,
    mesh: &Handle<Mesh>,
    now: &[Vec3],
    before: &[Vec3],
    (triangles, welds): (&[[u32; 3]], &[u32]),
) {
    let Some(mut mesh) = meshes.get_mut(mesh) else { return };
    let arrays = |places: &[Vec3]| places.iter().map(|place| place.to_array()).collect::<Vec<[f32; 3]>>();
    let mut normals = normals(now, triangles);
    weld(&mut normals, now, welds);
    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, arrays(&normals));
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, arrays(now));
    mesh.insert_attribute(ATTRIBUTE_PREVIOUS_POSITION, arrays(before));
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
