//! From the moments of a clip to another skeleton.
//!
//! Both skeletons are matched in a pose in which they stand. From there on a bone turns in the world as its counterpart
//! does: with R the counterpart's rotation in the standing pose, W its rotation now and A what takes the target's
//! reference pose into the standing pose, the bone's rotation from its reference is G = W Rᵀ A. For arms, hands, fingers
//! and legs A aims the bone along its counterpart (so that rigs resting in T and A poses agree); trunk, head and feet
//! keep their own shape, A = 1.

use std::sync::Arc;

use bevy::math::{DQuat, DVec3};

use super::{
    clip::{Clip, LocalPose, Skeleton, mix},
    error::ClipError,
    joints::JointMap,
    rules::{Rule, rules},
    source::{Source, check_bones, leg_length},
};

/// A moment of a clip on the target's bones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BodyPose {
    /// Per bone its rotation about world-aligned axes of the reference pose, against the parent; `None` where the clip
    /// says nothing.
    pub deltas: Vec<Option<DQuat>>,
    /// Where the hips are, metres of the target: x and z from the clip's own origin, y over the floor.
    pub hips: DVec3,
    /// How far the lowest foot is over the floor, metres of the target; 0 while a foot stands.
    pub lift_m: f64,
}

/// A clip matched with a target skeleton.
#[derive(Clone, Debug)]
pub struct Retarget {
    source: Arc<Source>,
    /// Target metres for each unit of the clip.
    scale: f64,
    rules: Vec<Rule>,
    parents: Vec<Option<usize>>,
    /// Bones between others that the clip moves: they stay as they are in the reference pose.
    bridges: Vec<bool>,
}

/// A foot lower than this over the floor stands, metres of the clip.
const STANDING_BELOW_M: f64 = 0.02;
impl Retarget {
    /// Matches a clip with a target whose reference pose is its rest.
    ///
    /// # Errors
    /// When the target lacks bones; the message names them.
    pub fn new(source: &Arc<Source>, target: &Skeleton) -> Result<Self, ClipError> {
        let target_map = JointMap::of(target);
        check_bones(&target_map, target, &source.file)?;
        let at_rest = target.world(&target.local_rest());
        let scale = leg_length(&at_rest, &target_map) / leg_length(&source.standing, &source.map);
        let turn = source.frame.person_from_clip;
        let standing: Vec<DVec3> = source.standing.positions.iter().map(|&place| turn * place).collect();
        let rules = rules(&source.map, &standing, &target_map, &at_rest.positions);
        let mut bridges = vec![false; target.len()];
        for (bone, _) in rules.iter().enumerate().filter(|(_, rule)| **rule != Rule::Free) {
            let mut at = target.parent(bone);
            while let Some(above) = at {
                if let Some(slot) = bridges.get_mut(above) {
                    *slot = true;
                }
                at = target.parent(above);
            }
        }
        Ok(Self { source: source.clone(), scale, rules, parents: target.parents.clone(), bridges })
    }

    /// The clip.
    pub fn clip(&self) -> &Clip {
        &self.source.clip
    }

    /// The pose at `secs` from the first frame; held at both ends.
    pub fn at(&self, secs: f64) -> BodyPose {
        self.pose(&self.source.clip.at(secs))
    }

    fn pose(&self, local: &LocalPose) -> BodyPose {
        let source = &self.source;
        let world = source.clip.rest.world(local);
        let turn = source.frame.person_from_clip;
        // W Rᵀ in the person's axes.
        let moved = |joint: usize| {
            let (Some(&now), Some(&standing)) = (world.rotations.get(joint), source.standing.rotations.get(joint))
            else {
                return DQuat::IDENTITY;
            };
            turn * now * standing.inverse() * turn.inverse()
        };
        let mut deltas = vec![None; self.rules.len()];
        let mut gathered: Vec<DQuat> = Vec::with_capacity(self.rules.len());
        for (bone, rule) in self.rules.iter().enumerate() {
            let above = self.parents.get(bone).copied().flatten().and_then(|above| gathered.get(above)).copied();
            let above = above.unwrap_or(DQuat::IDENTITY);
            let against = |g: DQuat| (above.inverse() * g).normalize();
            let delta = match rule {
                Rule::Free => self.bridges.get(bone).is_some_and(|bridge| *bridge).then_some(DQuat::IDENTITY),
                Rule::Led => deltas.get(bone).copied().flatten().or(Some(DQuat::IDENTITY)),
                Rule::Between(first, second, share) => Some(against(mix(moved(*first), moved(*second), *share))),
                Rule::Follow { joint, align } => Some(against(moved(*joint) * *align)),
                Rule::Spread { joint, align, axis, others } => {
                    let delta = against(moved(*joint) * *align);
                    let twist = twist_about(delta, *axis);
                    let part = DQuat::IDENTITY.slerp(twist, 1.0 / (others.len() + 1) as f64);
                    for &other in others {
                        if let Some(slot) = deltas.get_mut(other) {
                            *slot = Some(part);
                        }
                    }
                    Some(delta * twist.inverse() * part)
                }
                Rule::Wrist { joint, align, axis, before } => {
                    let delta = against(moved(*joint) * *align);
                    match before.and_then(|before| Some((before, (*deltas.get(before)?)?))) {
                        Some((before, own)) => {
                            let half = DQuat::IDENTITY.slerp(twist_about(delta, *axis), 0.5);
                            if let (Some(slot), Some(sum)) = (deltas.get_mut(before), gathered.get_mut(before)) {
                                *slot = Some(own * half);
                                *sum *= half;
                            }
                            Some(half.inverse() * delta)
                        }
                        None => Some(delta),
                    }
                }
            };
            if let Some(slot) = deltas.get_mut(bone) {
                *slot = delta.map(DQuat::normalize);
            }
            // A wrist has just turned the bone above it.
            let above = self.parents.get(bone).copied().flatten().and_then(|above| gathered.get(above)).copied();
            gathered.push((above.unwrap_or(DQuat::IDENTITY) * delta.unwrap_or(DQuat::IDENTITY)).normalize());
        }
        let hips =
            source.map.hips.and_then(|hips| world.positions.get(hips)).map_or(DVec3::ZERO, |&place| turn * place);
        let above_floor = source.lowest_foot(&world) - source.floor - STANDING_BELOW_M / source.frame.metres_per_unit;
        BodyPose {
            deltas,
            hips: DVec3::new(hips.x, hips.y - source.floor, hips.z) * self.scale,
            lift_m: if above_floor.is_finite() { above_floor.max(0.0) * self.scale } else { 0.0 },
        }
    }
}

/// The part of a rotation that turns about `axis`, by the shorter way: q = swing · twist.
pub fn twist_about(rotation: DQuat, axis: DVec3) -> DQuat {
    let along = rotation.xyz().dot(axis) * axis;
    let twist = DQuat::from_xyzw(along.x, along.y, along.z, rotation.w);
    // Half a turn across the axis leaves nothing to tell a twist by.
    if twist.length_squared() < 1e-12 {
        return DQuat::IDENTITY;
    }
    let twist = twist.normalize();
    if twist.w < 0.0 { -twist } else { twist }
}
