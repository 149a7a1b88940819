//! What happens while bodies move: who enters and leaves sensors, which joints break.

use std::collections::BTreeSet;

use bevy::prelude::Resource;
use rapier3d::prelude::{ColliderHandle, PhysicsWorld as Engine};
use serde::{Deserialize, Serialize};

use crate::materials::part_of;
use crate::scene::PhysicsScene;

/// Something that happened. Parts are named by their position in the document, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PhysicsEvent {
    /// A body began to overlap a sensor.
    Entered {
        /// The `Rigid` part that is the sensor.
        sensor: u32,
        /// The `Rigid` part that entered it.
        body: u32,
    },
    /// A body no longer overlaps a sensor.
    Left {
        /// The `Rigid` part that is the sensor.
        sensor: u32,
        /// The `Rigid` part that left it.
        body: u32,
    },
    /// A joint broke and holds no more.
    Broke {
        /// The `Joint` part.
        joint: u32,
    },
}

/// An event and when it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimedEvent {
    /// The substep since frame 0 whose end showed it, from 1.
    pub substep: u64,
    /// What happened.
    pub event: PhysicsEvent,
}

/// Everything that happened so far, and what is needed to go on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    /// In the order of time; within a substep in the order of [`PhysicsEvent`].
    pub(crate) events: Vec<TimedEvent>,
    /// Sensors and the bodies in them.
    inside: BTreeSet<(u32, u32)>,
}

impl Record {
    /// Compares what overlaps sensors now, at the end of `substep`, with what did before.
    pub(crate) fn watch_sensors(&mut self, engine: &Engine, sensors: &[ColliderHandle], substep: u64) {
        if sensors.is_empty() {
            return;
        }
        let mut now = BTreeSet::new();
        let part = |collider: ColliderHandle| engine.colliders.get(collider).map(part_of);
        for sensor in sensors {
            for (first, second, overlap) in engine.narrow_phase.intersection_pairs_with(*sensor) {
                let other = if first == *sensor { second } else { first };
                now.extend(part(*sensor).zip(part(other)).filter(|_| overlap));
            }
        }
        let entered = now.difference(&self.inside).map(|(sensor, body)| (*sensor, *body));
        let left = self.inside.difference(&now).map(|(sensor, body)| (*sensor, *body));
        let events = entered
            .map(|(sensor, body)| PhysicsEvent::Entered { sensor, body })
            .chain(left.map(|(sensor, body)| PhysicsEvent::Left { sensor, body }));
        self.events.extend(events.map(|event| TimedEvent { substep, event }));
        self.inside = now;
    }

    /// Notes that a joint broke in `substep`.
    pub(crate) fn broke(&mut self, joint: u32, substep: u64) {
        self.events.push(TimedEvent { substep, event: PhysicsEvent::Broke { joint } });
    }
}

/// Sensors that overlap bodies after all of `events`, which begin at frame 0: pairs of sensor and body, sorted.
pub fn inside_after<'a>(events: impl IntoIterator<Item = &'a TimedEvent>) -> BTreeSet<(u32, u32)> {
    let mut inside = BTreeSet::new();
    for TimedEvent { event, .. } in events {
        match event {
            PhysicsEvent::Entered { sensor, body } => {
                inside.insert((*sensor, *body));
            }
            PhysicsEvent::Left { sensor, body } => {
                inside.remove(&(*sensor, *body));
            }
            PhysicsEvent::Broke { .. } => {}
        }
    }
    inside
}

/// What happened between the frame before and the frame being made, and who is in which sensor: a function of the frame, in
/// whatever order frames are made.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct PhysicsEvents {
    /// The frame.
    pub frame: i64,
    /// In the order of time.
    pub events: Vec<PhysicsEvent>,
    /// Pairs of a sensor and a body in it, by their positions in the document.
    pub inside: BTreeSet<(u32, u32)>,
}

/// Whether anything in `scene` can happen that is recorded, though no body is dynamic.
pub(crate) fn is_watched(scene: &PhysicsScene) -> bool {
    scene.bodies.iter().any(|body| body.rigid.sensor)
}
