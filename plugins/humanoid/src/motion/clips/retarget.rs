//! From the moments of a clip to another skeleton.
//!
//! Both skeletons are matched in a pose in which they stand. From there on a bone turns in the world as its counterpart
//! does: with R the counterpart's rotation in the standing pose, W its rotation now and A what takes the target's
//! reference pose into the standing pose, the bone's rotation from its reference is G = W Rᵀ A. For arms, hands, fingers
//! and legs A aims the bone along its counterpart (so that rigs resting in T and A poses agree); trunk, head and feet
//! keep their own shape, A = 1.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::math::{DQuat, DVec3};

use super::{
    clip::{Clip, Loaded, LocalPose, Skeleton, WorldPose, mix},
    error::ClipError,
    frame::{self, Frame},
    joints::{JointMap, Limb, Side},
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

/// A clip whose skeleton has been recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    file: PathBuf,
    pub clip: Clip,
    /// Unit and axes of the clip.
    pub frame: Frame,
    map: JointMap,
    standing: WorldPose,
    /// Height of the lowest foot joint while it stands, units of the clip.
    floor: f64,
    feet: Vec<usize>,
    /// What was noticed while reading and recognising, one sentence each.
    pub warnings: Vec<String>,
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

/// How one target bone follows the clip.
#[derive(Clone, Debug, PartialEq)]
enum Rule {
    Free,
    /// Between two joints of the clip: first, second, share of the second.
    Between(usize, usize, f64),
    /// As a joint does, from the reference pose into the standing pose first.
    Follow {
        joint: usize,
        align: DQuat,
    },
    /// The same, the turn about its own axis shared with `others` further bones of the part.
    Spread {
        joint: usize,
        align: DQuat,
        axis: DVec3,
        others: Vec<usize>,
    },
    /// Given by a rule of another bone.
    Led,
    /// As a joint does, half of its turn about the axis of `before` given to that bone.
    Wrist {
        joint: usize,
        align: DQuat,
        axis: DVec3,
        before: Option<usize>,
    },
}

/// A foot lower than this over the floor stands, metres of the clip.
const STANDING_BELOW_M: f64 = 0.02;
/// The lowest foot is on the floor in this share of the frames.
const FLOOR_SHARE: f64 = 0.1;
const MOST_FLOOR_SAMPLES: usize = 2_000;

impl Source {
    /// Recognises the joints, the unit and the axes of a clip. `file` is only used in messages.
    ///
    /// # Errors
    /// When the skeleton lacks bones that a body needs; the message names them.
    pub fn new(loaded: Loaded, file: &Path) -> Result<Self, ClipError> {
        let Loaded { clip, mut warnings } = loaded;
        let map = JointMap::of(&clip.rest);
        check_bones(&map, &clip.rest, file)?;
        if map.by_shape {
            warnings.push(
                "the names of the joints are not known; they are recognised by the shape of the skeleton".to_owned(),
            );
        }
        let absent = map.absent();
        if !absent.is_empty() {
            warnings.push(format!("the skeleton has no {}; these keep the pose below the clip", absent.join(", no ")));
        }
        let standing = frame::standing_pose(&clip, &map, &mut warnings);
        let frame = frame::detect(&standing, &map, &mut warnings);
        if !(leg_length(&standing, &map) > 0.0) {
            return Err(ClipError::form(file, 0, "the legs of its skeleton have no length; export it again"));
        }
        let feet = Side::BOTH.into_iter().flat_map(|side| {
            let limbs = [Limb::Foot, Limb::Toes].into_iter();
            limbs.flat_map(|limb| map.limb(side, limb).to_vec()).collect::<Vec<_>>()
        });
        let feet = feet.collect();
        let mut source = Self { file: file.to_owned(), clip, frame, map, standing, floor: 0.0, feet, warnings };
        source.floor = source.find_floor();
        Ok(source)
    }

    /// Height of a joint in a pose, units of the clip.
    fn height(&self, world: &WorldPose, joint: usize) -> f64 {
        world.positions.get(joint).map_or(0.0, |&place| (self.frame.person_from_clip * place).y)
    }

    fn lowest_foot(&self, world: &WorldPose) -> f64 {
        self.feet.iter().map(|&foot| self.height(world, foot)).fold(f64::INFINITY, f64::min)
    }

    fn find_floor(&self) -> f64 {
        let frames = self.clip.frames();
        let step = frames.div_ceil(MOST_FLOOR_SAMPLES).max(1);
        let low = |frame: usize| self.lowest_foot(&self.clip.rest.world(&self.clip.frame(frame)));
        let mut lows: Vec<f64> = (0..frames).step_by(step).map(low).filter(|low| low.is_finite()).collect();
        lows.sort_by(f64::total_cmp);
        lows.get((lows.len() as f64 * FLOOR_SHARE) as usize).copied().unwrap_or(0.0)
    }
}

fn check_bones(map: &JointMap, skeleton: &Skeleton, file: &Path) -> Result<(), ClipError> {
    let missing = map.missing();
    if missing.is_empty() {
        return Ok(());
    }
    let joints = skeleton.names.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
    Err(ClipError::MissingBones { file: file.to_owned(), missing, joints })
}

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
        let mut builder = Builder {
            source: &source.map,
            target: &target_map,
            source_at: source.standing.positions.iter().map(|&place| turn * place).collect(),
            target_at: &at_rest.positions,
            rules: vec![Rule::Free; target.len()],
        };
        builder.trunk();
        for side in Side::BOTH {
            builder.arm(side);
            builder.leg(side);
        }
        let rules = builder.rules;
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

/// The mean length of both legs from hip to ankle (to the knee twice where there is no ankle).
fn leg_length(pose: &WorldPose, map: &JointMap) -> f64 {
    let leg = |side: Side| {
        let at = |limb| map.first(side, limb).and_then(|joint| pose.positions.get(joint)).copied();
        let (Some(hip), Some(knee)) = (at(Limb::UpperLeg), at(Limb::LowerLeg)) else { return 0.0 };
        let thigh = hip.distance(knee);
        thigh + at(Limb::Foot).map_or(thigh, |ankle| knee.distance(ankle))
    };
    Side::BOTH.map(leg).iter().sum::<f64>() / 2.0
}

struct Builder<'a> {
    source: &'a JointMap,
    target: &'a JointMap,
    /// In the person's axes.
    source_at: Vec<DVec3>,
    target_at: &'a [DVec3],
    rules: Vec<Rule>,
}

impl Builder<'_> {
    fn set(&mut self, bone: Option<usize>, rule: Rule) {
        if let Some(slot) = bone.and_then(|bone| self.rules.get_mut(bone)) {
            *slot = rule;
        }
    }

    fn trunk(&mut self) {
        let Some(hips) = self.source.hips else { return };
        self.set(self.target.hips, Rule::Follow { joint: hips, align: DQuat::IDENTITY });
        let (source, target) = (self.source, self.target);
        let spine: Vec<usize> = [hips].into_iter().chain(source.spine.iter().copied()).collect();
        self.chain(&spine, &target.spine, target.spine.len());
        let chest = spine.last().copied().unwrap_or(hips);
        let mut neck: Vec<usize> = [chest].into_iter().chain(source.neck.iter().copied()).collect();
        let mut steps = target.neck.len();
        if source.neck.is_empty() {
            // Without a neck the head leads it.
            neck.extend(source.head);
            steps += 1;
        }
        self.chain(&neck, &target.neck, steps);
        if let Some(head) = source.head {
            self.set(target.head, Rule::Follow { joint: head, align: DQuat::IDENTITY });
        }
    }

    /// Bones along a chain of joints: bone k of `steps` follows the joints around k/steps of the way.
    fn chain(&mut self, joints: &[usize], bones: &[usize], steps: usize) {
        let last = joints.len().saturating_sub(1);
        if last == 0 {
            return;
        }
        for (k, &bone) in (1..).zip(bones) {
            let place = k as f64 / steps as f64 * last as f64;
            let lower = (place.floor() as usize).min(last - 1);
            if let Some(&[first, second]) = joints.get(lower..lower + 2) {
                self.set(Some(bone), Rule::Between(first, second, place - lower as f64));
            }
        }
    }

    /// What takes the direction from bone to `next` into that of their counterparts, starting from `before`.
    fn aligned(&self, before: DQuat, bone: (usize, usize), joint: (usize, usize)) -> (DQuat, DVec3) {
        let way = |at: &[DVec3], (from, to): (usize, usize)| match (at.get(from), at.get(to)) {
            (Some(&from), Some(&to)) => (to - from).try_normalize(),
            _ => None,
        };
        let own = way(self.target_at, bone);
        match (own, way(&self.source_at, joint)) {
            (Some(own), Some(theirs)) => (DQuat::from_rotation_arc((before * own).normalize(), theirs) * before, own),
            _ => (before, own.unwrap_or(DVec3::Y)),
        }
    }

    /// Three parts of a limb, each aimed at the next; returns the alignment of the last one.
    fn limb(&mut self, side: Side, parts: [Limb; 2], end: Limb) -> (DQuat, DVec3) {
        let (mut align, mut axis) = (DQuat::IDENTITY, DVec3::Y);
        for (part, next) in [(parts[0], parts[1]), (parts[1], end)] {
            let (Some(joint), Some(bone)) = (self.source.first(side, part), self.target.first(side, part)) else {
                continue;
            };
            let ends = (self.source.first(side, next), self.target.first(side, next));
            if let (Some(next_joint), Some(next_bone)) = ends {
                (align, axis) = self.aligned(align, (bone, next_bone), (joint, next_joint));
            }
            let others: Vec<usize> = self.target.limb(side, part).iter().skip(1).copied().collect();
            for &other in &others {
                self.set(Some(other), Rule::Led);
            }
            self.set(Some(bone), Rule::Spread { joint, align, axis, others });
        }
        (align, axis)
    }

    fn arm(&mut self, side: Side) {
        let (source, target) = (self.source, self.target);
        if let Some(joint) = source.first(side, Limb::Clavicle) {
            self.set(target.first(side, Limb::Clavicle), Rule::Follow { joint, align: DQuat::IDENTITY });
        }
        let (align, axis) = self.limb(side, [Limb::UpperArm, Limb::LowerArm], Limb::Hand);
        let (Some(hand), Some(wrist)) = (source.first(side, Limb::Hand), target.first(side, Limb::Hand)) else {
            return;
        };
        let knuckle =
            |map: &JointMap| [2, 1, 3].into_iter().find_map(|finger| map.finger(side, finger).first().copied());
        let mut hand_align = align;
        if let (Some(theirs), Some(own)) = (knuckle(source), knuckle(target)) {
            hand_align = self.aligned(align, (wrist, own), (hand, theirs)).0;
        }
        let lower = target.limb(side, Limb::LowerArm);
        let before = lower.last().copied().filter(|_| lower.len() > 1);
        self.set(Some(wrist), Rule::Wrist { joint: hand, align: hand_align, axis, before });
        for finger in 0..5 {
            let (theirs, own) = (source.finger(side, finger).to_vec(), target.finger(side, finger).to_vec());
            let mut align = hand_align;
            // Rigs with metacarpals have a bone more; the tips correspond.
            let (skip_theirs, skip_own) =
                (theirs.len().saturating_sub(own.len()), own.len().saturating_sub(theirs.len()));
            let (theirs, own) =
                (&theirs[skip_theirs..], &own[if theirs.is_empty() { own.len() } else { skip_own.min(own.len()) }..]);
            for (at, (&joint, &bone)) in theirs.iter().zip(own).enumerate() {
                if let (Some(&next_joint), Some(&next_bone)) = (theirs.get(at + 1), own.get(at + 1)) {
                    align = self.aligned(align, (bone, next_bone), (joint, next_joint)).0;
                }
                self.set(Some(bone), Rule::Follow { joint, align });
            }
        }
    }

    fn leg(&mut self, side: Side) {
        self.limb(side, [Limb::UpperLeg, Limb::LowerLeg], Limb::Foot);
        let (source, target) = (self.source, self.target);
        for part in [Limb::Foot, Limb::Toes] {
            if let Some(joint) = source.first(side, part) {
                for &bone in target.limb(side, part) {
                    self.set(Some(bone), Rule::Follow { joint, align: DQuat::IDENTITY });
                }
            }
        }
    }
}
