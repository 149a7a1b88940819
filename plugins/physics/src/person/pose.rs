//! From hulls back to a pose, and when which of them counts.

use bevy::math::Isometry3d;
use kinema_core::{Figure, FigurePose};

use crate::shot::{Ragdoll, RagdollMode};

/// Who moves a person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// The animation.
    Follows,
    /// The simulation.
    Moves,
    /// The animation takes over: the share of it, 0 to 1.
    Returns(f32),
}

/// Who moves a person at a moment, frames.
pub fn phase_at(ragdoll: &Ragdoll, frame: f64) -> Phase {
    let from = f64::from(ragdoll.from_frame);
    if !ragdoll.simulates() || frame < from {
        return Phase::Follows;
    }
    let Some(until) = ragdoll.until_frame.map(f64::from).filter(|until| frame >= *until) else { return Phase::Moves };
    let gone = (frame - until) / f64::from(ragdoll.return_frames).max(1e-9);
    if gone < 1.0 { Phase::Returns((gone * gone * (3.0 - 2.0 * gone)) as f32) } else { Phase::Follows }
}

/// The pose that joints within segments take, and what falls back on the animation: `start` is the animated pose at
/// `from_frame`, where a limp person stops moving its fingers.
pub fn base_pose(
    ragdoll: &Ragdoll,
    phase: Phase,
    figure: &Figure,
    start: &FigurePose,
    animated: &FigurePose,
) -> FigurePose {
    match (ragdoll.mode, phase) {
        (RagdollMode::Limp, Phase::Moves) => start.clone(),
        (RagdollMode::Limp, Phase::Returns(share)) => figure.between(start, animated, share),
        _ => animated.clone(),
    }
}

/// The pose of a figure whose `segments` (first joint and place) are given; all other joints are as their parents see them in
/// `base`. Only the first segment keeps its place: joints do not come apart.
pub fn composed(figure: &Figure, base: &FigurePose, segments: &[(usize, Isometry3d)]) -> FigurePose {
    let locals = figure.locals(base);
    let mut pose = FigurePose::default();
    for (joint, (of, local)) in figure.joints.iter().zip(&locals).enumerate() {
        let given = segments.iter().find(|(first, _)| *first == joint).map(|(_, place)| *place);
        let above = of.parent.and_then(|parent| pose.joints.get(parent)).copied();
        let follows = above.unwrap_or_default() * *local;
        let place = match given {
            Some(place) if above.is_none() => place,
            Some(place) => Isometry3d { rotation: place.rotation, ..follows },
            None => follows,
        };
        pose.joints.push(Isometry3d { rotation: place.rotation.normalize(), ..place });
    }
    pose
}
