//! Rigid bodies as others collide with them.

use std::sync::Arc;

use bevy::math::{Quat, Vec3};
use kinema_core::{
    BakeStore, Fault, LoadedShot, Solid, SolidForm, SolidImpulse, SolidPlace, SolidSource, YieldingSolids,
};
use rapier3d::prelude::{Shape as EngineShape, SharedShape, TypedShape};

use crate::assembly::world_transform;
use crate::bake::SharedBaker;
use crate::colliders::collision_shape;
use crate::error::PhysicsError;
use crate::geometry::shape_geometry;
use crate::materials::Materials;
use crate::scene::PhysicsScene;
use crate::shot::Body;
use crate::simulation::BodyPose;

/// Triangles around a round thing that has no form of its own in [`SolidForm`].
const ROUND_STEPS: u32 = 24;

/// The rigid bodies of a shot, but for sensors.
struct RigidSolids {
    shot: Arc<LoadedShot>,
    store: BakeStore,
    scene: PhysicsScene,
    baker: SharedBaker,
    key: String,
    solids: Vec<Solid>,
    /// Position of each solid's body in the scene, and of a mesh the vertices about the body's origin.
    of_body: Vec<(usize, Vec<Vec3>)>,
}

/// Opens them; see [`kinema_core::SolidsAppExt`].
pub(crate) fn open_solids(shot: &Arc<LoadedShot>, store: &BakeStore) -> Result<Option<Box<dyn SolidSource>>, Fault> {
    open(shot, store).map(|solids| solids.map(|solids| Box::new(solids) as _)).map_err(|error| Fault::of(&error))
}

fn open(shot: &Arc<LoadedShot>, store: &BakeStore) -> Result<Option<RigidSolids>, PhysicsError> {
    let scene = PhysicsScene::from_shot(shot)?;
    let materials = Materials::new(&scene.materials);
    let mut solids = Vec::new();
    let mut of_body = Vec::new();
    for (index, body) in scene.bodies.iter().enumerate().filter(|(_, body)| !body.rigid.sensor) {
        let scale = world_transform(shot, body, 0.0)?.scale.to_array();
        let geometry = shape_geometry(shot, &body.id, &body.rigid.shape)?;
        let shape = collision_shape(&body.rigid.shape, scale, geometry.as_ref())
            .map_err(|source| PhysicsError::Shape { part: body.id.clone(), source })?;
        for (form, vertices) in forms(&shape) {
            solids.push(Solid { part_index: body.part_index, form, friction: materials.friction(&body.rigid) });
            of_body.push((index, vertices));
        }
    }
    if solids.is_empty() {
        return Ok(None);
    }
    let baker = SharedBaker::open(shot, store)?;
    let key = baker.lock().key().to_owned();
    Ok(Some(RigidSolids { shot: shot.clone(), store: store.clone(), scene, baker, key, solids, of_body }))
}

/// The forms that make up a shape, each with its vertices if it is a mesh.
fn forms(shape: &SharedShape) -> Vec<(SolidForm, Vec<Vec3>)> {
    let mesh = |(points, triangles): (Vec<rapier3d::prelude::Vector>, Vec<[u32; 3]>)| {
        let vertices: Vec<Vec3> = points.iter().map(|point| Vec3::from_array(point.to_array())).collect();
        vec![(SolidForm::Mesh { vertices: vertices.len(), triangles: triangles.into() }, vertices)]
    };
    match shape.as_typed_shape() {
        TypedShape::Ball(ball) => vec![(SolidForm::Ball { radius_m: ball.radius }, Vec::new())],
        // Corners and edges must not pass between the vertices of what falls on them.
        TypedShape::Cuboid(cuboid) => mesh(cuboid.to_trimesh()),
        TypedShape::Capsule(capsule) => {
            let half_height_m = capsule.half_height();
            vec![(SolidForm::Capsule { radius_m: capsule.radius, half_height_m }, Vec::new())]
        }
        TypedShape::HalfSpace(_) => vec![(SolidForm::HalfSpace, Vec::new())],
        TypedShape::ConvexPolyhedron(hull) => mesh(hull.to_trimesh()),
        TypedShape::TriMesh(triangles) => mesh((triangles.vertices().to_vec(), triangles.indices().to_vec())),
        TypedShape::HeightField(heights) => mesh(heights.to_trimesh()),
        TypedShape::Compound(compound) => {
            let parts = compound.shapes().iter().flat_map(|(pose, part)| mesh(placed(pose, &**part)));
            parts.filter(|(_, vertices)| !vertices.is_empty()).collect()
        }
        _ => Vec::new(),
    }
}

/// Triangles of a piece of a compound, about the compound's origin.
fn placed(pose: &rapier3d::prelude::Pose, part: &dyn EngineShape) -> (Vec<rapier3d::prelude::Vector>, Vec<[u32; 3]>) {
    let (points, triangles) = match part.as_typed_shape() {
        TypedShape::Ball(ball) => ball.to_trimesh(ROUND_STEPS, ROUND_STEPS),
        TypedShape::Cuboid(cuboid) => cuboid.to_trimesh(),
        TypedShape::Capsule(capsule) => capsule.to_trimesh(ROUND_STEPS, ROUND_STEPS),
        TypedShape::ConvexPolyhedron(hull) => hull.to_trimesh(),
        _ => return (Vec::new(), Vec::new()),
    };
    (points.into_iter().map(|point| *pose * point).collect(), triangles)
}

impl RigidSolids {
    fn places_or(&mut self, frame: i64) -> Result<Vec<SolidPlace>, PhysicsError> {
        let mut baker = self.baker.lock();
        let dynamic: Vec<BodyPose> = baker.advance_to(frame)?.to_vec();
        if let Err(error) = baker.store(&self.store) {
            // The bake is in memory; only the next run pays for the full disk.
            tracing::warn!("{error}");
        }
        let held = baker.bake().part_indices();
        let pose = |index: usize| {
            let Some(body) = self.scene.bodies.get(index) else { return Ok((Vec3::ZERO, Quat::IDENTITY)) };
            let baked = held.binary_search(&body.part_index).ok().and_then(|slot| dynamic.get(slot));
            match baked.filter(|_| body.rigid.body == Body::Dynamic) {
                Some(pose) => Ok((Vec3::from_array(pose.position_m), Quat::from_array(pose.rotation_xyzw))),
                None => {
                    let transform = world_transform(&self.shot, body, frame as f64)?;
                    Ok((transform.translation, transform.rotation))
                }
            }
        };
        self.of_body.iter().map(|(index, vertices)| Ok(placed_at(pose(*index)?, vertices))).collect()
    }

    fn step_with(&mut self, impulses: &[SolidImpulse]) -> Result<Vec<SolidPlace>, PhysicsError> {
        let mut baker = self.baker.lock();
        let poses = baker.step(|world| {
            for impulse in impulses {
                if let Some((body, _)) = self.of_body.get(impulse.solid) {
                    world.push(*body, impulse);
                }
            }
        })?;
        if let Err(error) = baker.store(&self.store) {
            tracing::warn!("{error}");
        }
        let pose = |index: usize| {
            let pose = poses.get(index)?;
            Some((Vec3::from_array(pose.position_m), Quat::from_array(pose.rotation_xyzw)))
        };
        let place = |(index, vertices): &(usize, Vec<Vec3>)| placed_at(pose(*index).unwrap_or_default(), vertices);
        Ok(self.of_body.iter().map(place).collect())
    }
}

/// Where a solid is whose body has a pose.
fn placed_at((translation_m, rotation): (Vec3, Quat), vertices: &[Vec3]) -> SolidPlace {
    match vertices {
        [] => SolidPlace::Pose { translation_m, rotation },
        vertices => SolidPlace::Vertices(vertices.iter().map(|v| translation_m + rotation * *v).collect()),
    }
}

impl SolidSource for RigidSolids {
    fn solids(&self) -> &[Solid] {
        &self.solids
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn places(&mut self, frame: i64) -> Result<Vec<SolidPlace>, Fault> {
        self.places_or(frame).map_err(|error| Fault::of(&error))
    }

    fn yielding(&mut self) -> Option<&mut dyn YieldingSolids> {
        let is_pushed = |(index, _): &(usize, _)| {
            self.scene.bodies.get(*index).is_some_and(|body| body.rigid.body == Body::Dynamic)
        };
        // The skin of people is wanted a frame ahead, which bodies that are pushed meanwhile cannot give.
        let has_ragdolls = self.scene.people.iter().any(|person| person.ragdoll.simulates());
        (self.of_body.iter().any(is_pushed) && !has_ragdolls).then_some(self)
    }
}

impl YieldingSolids for RigidSolids {
    fn join(&mut self, by: &str) -> Result<bool, Fault> {
        Ok(self.baker.lock().join(by, &self.store))
    }

    fn step(&mut self, impulses: &[SolidImpulse]) -> Result<Vec<SolidPlace>, Fault> {
        self.step_with(impulses).map_err(|error| Fault::of(&error))
    }
}
