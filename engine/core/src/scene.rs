//! A loaded shot in a Bevy world: one entity per part, and the director that plays the tracks.

use std::ops::Deref;
use std::sync::Arc;

use bevy_app::{App, Plugin, Update};
use bevy_ecs::change_detection::DetectChangesMut;
use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::hierarchy::ChildOf;
use bevy_ecs::query::With;
use bevy_ecs::resource::Resource;
use bevy_ecs::schedule::IntoScheduleConfigs;
use bevy_ecs::world::{EntityWorldMut, World};
use bevy_transform::components::Transform;

use crate::clock::FrameTime;
use crate::load::LoadedShot;
use crate::motion::{PartMotion, Target};
use crate::registry::{PartRegistry, PropertyWrite};
use crate::schedule::FrameSet;
use crate::track::Sample;

/// The shot that is being made.
#[derive(Resource, Clone)]
pub struct ActiveShot(pub Arc<LoadedShot>);

impl Deref for ActiveShot {
    type Target = LoadedShot;

    fn deref(&self) -> &LoadedShot {
        &self.0
    }
}

/// The part's id in the document.
#[derive(Component, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartId(pub String);

/// The part's place in the document, 1-based; the value of the id AOV, whose 0 is the background.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartIndex(pub u32);

/// Whether the document and its tracks want the part drawn.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartVisible(pub bool);

/// The entities of the active shot's parts, in document order.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct PartEntities(pub Vec<Entity>);

/// What the director wrote last, per channel, so that unchanged values do not mark components as changed.
#[derive(Component, Default)]
struct Directed(Vec<Option<Sample>>);

/// Puts a shot into the world: inserts [`ActiveShot`], [`PartEntities`] and [`FrameTime`] (frame 0) and spawns one
/// entity per part in document order with [`PartId`], [`PartIndex`], [`PartVisible`], `Transform`, `ChildOf` its
/// parent, and its kind's component. Parts of an earlier shot are despawned first.
pub fn spawn_shot(world: &mut World, shot: Arc<LoadedShot>) {
    let earlier: Vec<Entity> = world.query_filtered::<Entity, With<PartId>>().iter(world).collect();
    for entity in earlier {
        // A child is gone with its parent.
        if let Ok(entity) = world.get_entity_mut(entity) {
            entity.despawn();
        }
    }
    let timeline = &shot.shot.timeline;
    world.insert_resource(FrameTime { frame: 0, rate: timeline.rate, substeps: timeline.substeps });
    let registry = world.get_resource::<PartRegistry>().cloned().unwrap_or_default();

    let mut entities = Vec::with_capacity(shot.shot.parts.len());
    for (part, index) in shot.shot.parts.iter().zip(1_u32..) {
        let transform = PartMotion::default().transform_at(part, 0.0);
        let mut entity = world.spawn((
            PartId(part.id.clone()),
            PartIndex(index),
            PartVisible(part.visible),
            Directed::default(),
            transform,
        ));
        if let Some(kind) = registry.get(part.part.kind()) {
            kind.insert(&part.part, &mut entity);
        }
        entities.push(entity.id());
    }
    for (entity, motion) in entities.iter().zip(&shot.motions) {
        if let Some(parent) = motion.parent.and_then(|parent| entities.get(parent)) {
            world.entity_mut(*entity).insert(ChildOf(*parent));
        }
    }
    world.insert_resource(PartEntities(entities));
    world.insert_resource(ActiveShot(shot));
}

/// Plays the active shot's tracks, in [`FrameSet::Direct`].
pub struct DirectorPlugin;

impl Plugin for DirectorPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<PartRegistry>();
        app.add_systems(Update, direct.in_set(FrameSet::Direct));
    }
}

/// Evaluates every track at the current frame and writes what changed. Exclusive, because part types are only
/// known to their plugins.
pub fn direct(world: &mut World) {
    let Some(ActiveShot(shot)) = world.get_resource::<ActiveShot>().cloned() else { return };
    let Some(time) = world.get_resource::<FrameTime>().copied() else { return };
    let registry = world.get_resource::<PartRegistry>().cloned().unwrap_or_default();
    for (index, (part, motion)) in shot.shot.parts.iter().zip(&shot.motions).enumerate() {
        if motion.channels.is_empty() {
            continue;
        }
        let entity = world.get_resource::<PartEntities>().and_then(|entities| entities.0.get(index)).copied();
        // A part that was despawned by the program is no longer directed.
        let Some(Ok(mut entity)) = entity.map(|entity| world.get_entity_mut(entity)) else { continue };
        if motion.moves()
            && let Some(mut transform) = entity.get_mut::<Transform>()
        {
            transform.set_if_neq(motion.transform_at(part, time.frame as f64));
        }
        let writes = changed_values(motion, &mut entity, time.frame as f64);
        if !writes.is_empty()
            && let Some(kind) = registry.get(part.part.kind())
        {
            kind.write(&mut entity, &writes);
        }
    }
}

/// Writes visibility, and returns the kind's properties whose values differ from those written last.
fn changed_values(motion: &PartMotion, entity: &mut EntityWorldMut<'_>, frame: f64) -> Vec<PropertyWrite> {
    let mut writes = Vec::new();
    for (index, channel) in motion.channels.iter().enumerate() {
        match channel.target {
            Target::Visible => {
                let shown = channel.sampler.sample(frame).first().is_some_and(|number| *number != 0.0);
                if let Some(mut visible) = entity.get_mut::<PartVisible>() {
                    visible.set_if_neq(PartVisible(shown));
                }
            }
            Target::Property(property) => {
                let sample = channel.sampler.sample(frame);
                let Some(mut directed) = entity.get_mut::<Directed>() else { continue };
                if directed.0.len() <= index {
                    directed.0.resize(index + 1, None);
                }
                if let Some(last) = directed.0.get_mut(index)
                    && *last != Some(sample)
                {
                    *last = Some(sample);
                    writes.push((property, channel.sampler.value_at(frame)));
                }
            }
            _ => {}
        }
    }
    writes
}
