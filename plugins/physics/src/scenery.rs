//! What stands in the way of rigid bodies and belongs to other plugins: solids that no simulation moves
//! (`kinema_core::LoadedShot::scenery`), such as what a photograph shows.

use std::sync::Arc;

use bevy::math::{Quat, Vec3};
use bevy::transform::components::Transform;
use kinema_core::{BakeStore, LoadedShot, SolidForm, SolidPlace};
use rapier3d::prelude::{
    ColliderBuilder, PhysicsWorld as Engine, RigidBodyBuilder, RigidBodyHandle, RigidBodyType, SharedShape, Vector,
};

use crate::assembly::engine_pose;
use crate::colliders::shape_of_triangles;
use crate::error::PhysicsError;
use crate::scene::Family;

/// The scenery of a shot. Empty for most.
#[derive(Default)]
pub(crate) struct Scenery {
    pieces: Vec<Piece>,
    /// Change whenever it could be another.
    pub(crate) keys: Vec<String>,
}

struct Piece {
    part_id: String,
    part_index: usize,
    shape: SharedShape,
    /// Part from shape.
    offset: Transform,
    /// World from part at frame 0, without its scale.
    place: Transform,
    /// Whether a track moves it.
    moves: bool,
    friction: f32,
}

impl Scenery {
    /// # Errors
    /// What its owners say, and [`PhysicsError::Shape`] for what cannot collide.
    pub(crate) fn open(shot: &Arc<LoadedShot>, store: &BakeStore) -> Result<Self, PhysicsError> {
        let mut scenery = Self::default();
        let family = Family::new(&shot.shot);
        for mut source in shot.scenery(store).map_err(PhysicsError::Scenery)? {
            let places = source.places(0).map_err(PhysicsError::Scenery)?;
            for (solid, at) in source.solids().iter().zip(places) {
                let Some(part) = shot.shot.parts.get(solid.part_index) else { continue };
                let place = place_of(shot, &part.id, solid.part_index, 0.0)?;
                let part_from_world = place.rotation.inverse();
                let inside = |point: Vec3| part_from_world * (point - place.translation);
                let (shape, offset) = match at {
                    SolidPlace::Vertices(vertices) => {
                        let SolidForm::Mesh { triangles, .. } = &solid.form else { continue };
                        let vertices = vertices.iter().map(|v| inside(*v).to_array()).collect();
                        let shape = shape_of_triangles(vertices, triangles.to_vec());
                        let shape = shape.map_err(|source| PhysicsError::Shape { part: part.id.clone(), source })?;
                        (shape, Transform::IDENTITY)
                    }
                    SolidPlace::Pose { translation_m, rotation } => {
                        let Some(shape) = round_shape(&solid.form) else { continue };
                        (shape, placed(inside(translation_m), part_from_world * rotation))
                    }
                };
                scenery.pieces.push(Piece {
                    part_id: part.id.clone(),
                    part_index: solid.part_index,
                    shape,
                    offset,
                    place,
                    moves: family.movers(&family.line(&part.id)).next().is_some(),
                    friction: solid.friction,
                });
            }
            scenery.keys.push(source.key().to_owned());
        }
        Ok(scenery)
    }

    /// Puts it into `engine`, at frame 0.
    pub(crate) fn insert(&self, engine: &mut Engine) -> Vec<RigidBodyHandle> {
        let insert = |piece: &Piece| {
            let kind = if piece.moves { RigidBodyType::KinematicPositionBased } else { RigidBodyType::Fixed };
            let collider = ColliderBuilder::new(piece.shape.clone())
                .position(engine_pose(&piece.offset))
                .friction(piece.friction)
                .user_data((piece.part_index as u128) << 32);
            engine.insert(RigidBodyBuilder::new(kind).pose(engine_pose(&piece.place)), collider).0
        };
        self.pieces.iter().map(insert).collect()
    }

    /// Sends what moves to where it is at `frame`, within the next step.
    ///
    /// # Errors
    /// [`PhysicsError::NotANumber`].
    pub(crate) fn lead(
        &self,
        shot: &LoadedShot,
        engine: &mut Engine,
        handles: &[RigidBodyHandle],
        frame: f64,
    ) -> Result<(), PhysicsError> {
        for (piece, handle) in self.pieces.iter().zip(handles).filter(|(piece, _)| piece.moves) {
            let place = place_of(shot, &piece.part_id, piece.part_index, frame)?;
            if let Some(body) = engine.bodies.get_mut(*handle) {
                body.set_next_kinematic_position(engine_pose(&place));
            }
        }
        Ok(())
    }
}

/// World from part, without its scale.
fn place_of(shot: &LoadedShot, id: &str, part_index: usize, frame: f64) -> Result<Transform, PhysicsError> {
    let world = shot.world_transform_at(part_index, frame).compute_transform();
    if !world.is_finite() {
        return Err(PhysicsError::NotANumber { part: id.to_owned(), frame });
    }
    Ok(placed(world.translation, world.rotation))
}

fn placed(translation: Vec3, rotation: Quat) -> Transform {
    Transform { translation, rotation, scale: Vec3::ONE }
}

/// `None` for meshes, which have vertices.
fn round_shape(form: &SolidForm) -> Option<SharedShape> {
    match form {
        SolidForm::Ball { radius_m } => Some(SharedShape::ball(*radius_m)),
        SolidForm::Capsule { radius_m, half_height_m } => Some(SharedShape::capsule_y(*half_height_m, *radius_m)),
        SolidForm::HalfSpace => Some(SharedShape::halfspace(Vector::Y)),
        SolidForm::Mesh { .. } => None,
    }
}
