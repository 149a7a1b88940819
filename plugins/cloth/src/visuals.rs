//! Cloth as Bevy meshes: a child of each part, drawn through the particles of the frame.

use bevy::asset::{Assets, Handle};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::ecs::hierarchy::ChildOf;
use bevy::ecs::query::AnyOf;
use bevy::math::{Affine3A, Vec3};
use bevy::mesh::{Indices, Mesh, Mesh3d, PrimitiveTopology};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::*;
use kinema_core::{ActiveShot, FrameTime, PartIndex, PartVisible};
use kinema_gpu::{ATTRIBUTE_PREVIOUS_POSITION, StandInSurface};

use crate::BakedCloth;
use crate::garment::part::Garment;
use crate::look::drawn::DrawnMesh;
use crate::look::material::{FabricMaterial, fabric_material, stand_in};
use crate::look::presets::Look;
use crate::shot::Cloth;

/// What was built for a `Cloth` entity.
#[derive(Component, Debug)]
pub struct DrawnCloth {
    mesh: Handle<Mesh>,
    material: Handle<FabricMaterial>,
    stand_in: Handle<StandardMaterial>,
    look: Look,
    piece: Entity,
    drawn: DrawnMesh,
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
    (mut materials, mut standard): (ResMut<Assets<FabricMaterial>>, ResMut<Assets<StandardMaterial>>),
) {
    let (Some(shot), Some(time), Some(bake)) = (shot, time, baked.bake()) else { return };
    for (entity, index, cloth, visible, drawn) in &mut cloths {
        let cloth_look = cloth.0.map(|cloth| cloth.surface.look(&cloth.material));
        let Some(look) = cloth_look.or(cloth.1.map(|garment| garment.surface.look(&garment.material))) else {
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
                write(&mut meshes, &drawn.mesh, &now, &before, &drawn.drawn);
                if drawn.look != look {
                    if let Some(mut material) = materials.get_mut(&drawn.material) {
                        *material = fabric_material(&look);
                    }
                    if let Some(mut material) = standard.get_mut(&drawn.stand_in) {
                        *material = stand_in(&look);
                    }
                    drawn.look = look;
                }
                commands.entity(drawn.piece).insert(visibility);
            }
            None => {
                // A cut that cannot be meshed has been told by the bake.
                let Some(cut) = bake.mesh_of(part_index) else { continue };
                let can_tear = cloth.0.is_some_and(|cloth| cloth.fabric().tear_strain.is_finite());
                let material = cloth.0.map(|cloth| cloth.material).or(cloth.1.map(|garment| garment.material));
                let thickness_m = material.unwrap_or_default().fabric().thickness_m;
                let drawn = DrawnMesh::new(cut, thickness_m, can_tear);
                let mesh = Mesh::new(PrimitiveTopology::TriangleList, bevy::asset::RenderAssetUsages::default())
                    .with_inserted_indices(Indices::U32(drawn.indices.clone()))
                    .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, drawn.uvs.clone());
                let mesh = meshes.add(mesh);
                write(&mut meshes, &mesh, &now, &before, &drawn);
                let material = materials.add(fabric_material(&look));
                let stand_in = standard.add(stand_in(&look));
                let piece = (
                    Name::new("Cloth"),
                    Mesh3d(mesh.clone()),
                    MeshMaterial3d(material.clone()),
                    StandInSurface(stand_in.clone()),
                    Transform::IDENTITY,
                    visibility,
                    // Its bounds change every frame.
                    NoFrustumCulling,
                    ChildOf(entity),
                );
                let piece = commands.spawn(piece).id();
                let built = DrawnCloth { mesh, material, stand_in, look, piece, drawn };
                commands.entity(entity).insert(built).insert_if_new(Visibility::Inherited);
            }
        }
    }
}

fn write(meshes: &mut Assets<Mesh>, mesh: &Handle<Mesh>, now: &[Vec3], before: &[Vec3], drawn: &DrawnMesh) {
    let Some(mut mesh) = meshes.get_mut(mesh) else { return };
    let frame = drawn.frame(now);
    mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, frame.normals);
    mesh.insert_attribute(Mesh::ATTRIBUTE_TANGENT, frame.tangents);
    mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, frame.positions);
    mesh.insert_attribute(ATTRIBUTE_PREVIOUS_POSITION, drawn.positions(before));
}
