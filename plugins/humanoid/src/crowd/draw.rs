//! Crowds as Bevy meshes: two children of the part.

use std::sync::Arc;

use bevy::asset::{AssetId, RenderAssetUsages};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::{Indices, Mesh, Mesh3d, PrimitiveTopology};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::*;
use kinema_core::{Faults, FrameTime, PartVisible};
use kinema_gpu::{ATTRIBUTE_PREVIOUS_POSITION, DeformedMaterial, DeformedMotion};

use super::{Cast, Crowd};
use crate::{batch::Batch, draw::SharedWardrobe, wardrobe::Wardrobe};

/// Roughness of skin and of cloth.
const ROUGHNESS: [f32; 2] = [0.5, 0.75];

/// The batch over all rows, made when the first crowd appears.
#[derive(Resource, Default)]
pub struct SharedBatch(Option<Batch>);

impl SharedBatch {
    fn get(&mut self, wardrobe: &Wardrobe) -> Option<&mut Batch> {
        if self.0.is_none() {
            // The number of threads changes the time, not the result.
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            self.0 = Batch::new(wardrobe.basis.clone(), wardrobe.basis.template.len(), threads);
        }
        self.0.as_mut()
    }
}

/// What a crowd has become.
#[derive(Component)]
pub struct DrawnCrowd {
    /// What it was made from.
    crowd: Crowd,
    cast: Cast,
    meshes: [Handle<Mesh>; 2],
    /// The positions of the frame drawn last.
    positions: [Vec<[f32; 3]>; 2],
    frame: Option<i64>,
}

type Crowds<'w, 's> = Query<
    'w,
    's,
    (
        Entity,
        &'static Crowd,
        Option<&'static PartVisible>,
        Option<&'static Visibility>,
        Option<&'static mut DrawnCrowd>,
    ),
>;

/// Brings every crowd's meshes to the current frame.
pub fn draw_crowds(
    mut crowds: Crowds,
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<DeformedMaterial>>,
    mut shared: ResMut<SharedWardrobe>,
    mut batch: ResMut<SharedBatch>,
    mut faults: ResMut<Faults>,
    time: Option<Res<FrameTime>>,
) {
    let Some(time) = time else { return };
    for (entity, crowd, visible, shown, drawn) in &mut crowds {
        let wanted = if visible.is_none_or(|visible| visible.0) { Visibility::Inherited } else { Visibility::Hidden };
        if shown != Some(&wanted) {
            commands.entity(entity).insert(wanted);
        }
        let Some(wardrobe) = shared.get(&mut faults) else { continue };
        let Some(batch) = batch.get(&wardrobe) else { continue };
        match drawn {
            Some(mut drawn) if drawn.crowd == *crowd => drawn.show(batch, &mut meshes, &time),
            Some(mut drawn) => {
                drawn.recast(wardrobe, crowd);
                drawn.show(batch, &mut meshes, &time);
            }
            None => {
                let handles =
                    ROUGHNESS.map(|roughness| spawn(entity, roughness, &mut commands, &mut meshes, &mut materials));
                let cast = Cast::new(wardrobe, crowd);
                let positions = <[_; 2]>::default();
                let mut drawn = DrawnCrowd { crowd: crowd.clone(), cast, meshes: handles, positions, frame: None };
                drawn.show(batch, &mut meshes, &time);
                commands.entity(entity).insert(drawn);
            }
        }
    }
}

fn spawn(
    parent: Entity,
    roughness: f32,
    commands: &mut Commands,
    meshes: &mut Assets<Mesh>,
    materials: &mut Assets<DeformedMaterial>,
) -> Handle<Mesh> {
    let mesh = meshes.add(Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default()));
    let base = StandardMaterial {
        perceptual_roughness: roughness,
        reflectance: 0.4,
        // Cloth shows its inside at the neck.
        double_sided: true,
        cull_mode: None,
        ..StandardMaterial::default()
    };
    let material = materials.add(DeformedMaterial { base, extension: DeformedMotion::default() });
    commands.spawn((
        ChildOf(parent),
        Name::new("Crowd"),
        Mesh3d(mesh.clone()),
        MeshMaterial3d(material),
        Transform::IDENTITY,
        // Bounds of a mesh that is rewritten every frame would be a frame late.
        NoFrustumCulling,
    ));
    mesh
}

impl DrawnCrowd {
    fn recast(&mut self, wardrobe: Arc<Wardrobe>, crowd: &Crowd) {
        self.cast = Cast::new(wardrobe, crowd);
        self.crowd = crowd.clone();
        self.frame = None;
        self.positions = <[_; 2]>::default();
    }

    fn show(&mut self, batch: &mut Batch, meshes: &mut Assets<Mesh>, time: &FrameTime) {
        if self.frame == Some(time.frame) {
            return;
        }
        let secs_per_frame = time.rate.frame_secs();
        if self.frame != Some(time.frame - 1) {
            // After a jump the frame before is made for its positions.
            let seconds = time.rate.secs_at((time.frame - 1) as f64);
            self.positions = self.cast.vertices(batch, seconds, secs_per_frame).map(|vertices| vertices.positions);
        }
        let is_new = self.frame.is_none();
        let now = self.cast.vertices(batch, time.seconds(), secs_per_frame);
        for (index, vertices) in now.into_iter().enumerate() {
            let last = std::mem::replace(&mut self.positions[index], vertices.positions.clone());
            let Some(mut mesh) = meshes.get_mut(AssetId::from(&self.meshes[index])) else { continue };
            mesh.insert_attribute(Mesh::ATTRIBUTE_POSITION, vertices.positions);
            mesh.insert_attribute(Mesh::ATTRIBUTE_NORMAL, vertices.normals);
            mesh.insert_attribute(ATTRIBUTE_PREVIOUS_POSITION, last);
            if is_new {
                mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, self.cast.colours[index].clone());
                mesh.insert_indices(Indices::U32(self.cast.indices[index].clone()));
            }
        }
        self.frame = Some(time.frame);
    }
}
