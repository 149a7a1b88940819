//! Keeps what is drawn in step with the `Rigid` components: meshes for new bodies, materials for changed ones.

use std::collections::BTreeMap;

use bevy::asset::{Assets, Handle};
use bevy::ecs::hierarchy::ChildOf;
use bevy::image::Image;
use bevy::mesh::{Mesh, Mesh3d};
use bevy::pbr::{MeshMaterial3d, StandardMaterial};
use bevy::prelude::{
    Changed, Commands, Component, DetectChanges, Entity, Local, Or, Query, Ref, Res, ResMut, Transform, Visibility,
};
use kinema_core::{ActiveShot, Faults, PartId, PartVisible};

use crate::model::{ModelAssets, ModelPiece, build_model, surface_material};
use crate::shot::{Rigid, Shape};

/// What was built for a `Rigid` entity.
#[derive(Component, Debug)]
pub struct RigidVisual {
    shape: Shape,
    surface: Handle<StandardMaterial>,
    pieces: Vec<Entity>,
}

type DrawnBody = (Entity, &'static PartId, &'static PartVisible, Ref<'static, Rigid>, Option<&'static RigidVisual>);

/// Models by the text of their shape, so that equal shapes share one mesh and are drawn together.
type ModelCache = BTreeMap<String, Vec<ModelPiece>>;

/// Builds children with meshes for every new `Rigid`, and follows changes of its surface and shape.
pub(crate) fn update_rigid_visuals(
    mut commands: Commands,
    shot: Option<Res<ActiveShot>>,
    bodies: Query<DrawnBody, Or<(Changed<Rigid>, Changed<PartVisible>)>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut images: ResMut<Assets<Image>>,
    mut faults: ResMut<Faults>,
    mut cache: Local<ModelCache>,
) {
    let Some(shot) = shot else {
        return;
    };
    if shot.is_changed() {
        // Another shot may mean another file by the same name.
        cache.clear();
    }
    for (entity, id, visible, rigid, visual) in &bodies {
        // Hidden are the pieces, not the part: a lamp that hangs on a hidden body still shines.
        let visibility = if visible.0 { Visibility::Inherited } else { Visibility::Hidden };
        let kept = visual.filter(|visual| visual.shape == rigid.shape);
        if let Some(visual) = kept {
            if rigid.is_changed()
                && let Some(mut material) = materials.get_mut(&visual.surface)
            {
                *material = surface_material(&rigid.surface);
            }
            for piece in &visual.pieces {
                commands.entity(*piece).insert(visibility);
            }
            continue;
        }
        for piece in visual.iter().flat_map(|visual| &visual.pieces) {
            commands.entity(*piece).despawn();
        }
        let name = serde_json::to_string(&rigid.shape).unwrap_or_default();
        let model = match cache.get(&name) {
            Some(model) => model.clone(),
            None => {
                let mut assets = ModelAssets { meshes: &mut meshes, materials: &mut materials, images: &mut images };
                match build_model(&shot.0, &id.0, &rigid.shape, &mut assets) {
                    Ok(model) => {
                        cache.insert(name, model.clone());
                        model
                    }
                    Err(error) => {
                        faults.report(&error);
                        Vec::new()
                    }
                }
            }
        };
        let surface = materials.add(surface_material(&rigid.surface));
        let mut pieces = Vec::with_capacity(model.len());
        for piece in model {
            let material = piece.material.unwrap_or_else(|| surface.clone());
            let drawn =
                (Mesh3d(piece.mesh), MeshMaterial3d(material), Transform::IDENTITY, visibility, ChildOf(entity));
            pieces.push(commands.spawn(drawn).id());
        }
        let visual = RigidVisual { shape: rigid.shape.clone(), surface, pieces };
        commands.entity(entity).insert(visual).insert_if_new(Visibility::Inherited);
    }
}
