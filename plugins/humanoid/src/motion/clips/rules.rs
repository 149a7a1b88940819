//! Which bone of a target follows which joint of a clip, and how.

use bevy::math::{DQuat, DVec3};

use super::joints::{JointMap, Limb, Side};

/// How one target bone follows the clip.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
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

/// The rules for every bone of a target. Places of joints and bones are those of the standing and of the reference pose,
/// in the person's axes.
pub(super) fn rules(source: &JointMap, source_at: &[DVec3], target: &JointMap, target_at: &[DVec3]) -> Vec<Rule> {
    let rules = vec![Rule::Free; target_at.len()];
    let mut builder = Builder { source, target, source_at, target_at, rules };
    builder.trunk();
    for side in Side::BOTH {
        builder.arm(side);
        builder.leg(side);
    }
    builder.rules
}

struct Builder<'a> {
    source: &'a JointMap,
    target: &'a JointMap,
    source_at: &'a [DVec3],
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
        match (own, way(self.source_at, joint)) {
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
        let mut hand_align = align;
        let knuckles =
            |finger: usize| Some((*source.finger(side, finger).first()?, *target.finger(side, finger).first()?));
        if let Some((theirs, own)) = [2, 1, 3].into_iter().find_map(knuckles) {
            hand_align = self.aligned(align, (wrist, own), (hand, theirs)).0;
        }
        let lower = target.limb(side, Limb::LowerArm);
        let before = lower.last().copied().filter(|_| lower.len() > 1);
        self.set(Some(wrist), Rule::Wrist { joint: hand, align: hand_align, axis, before });
        for finger in 0..5 {
            let (theirs, own) = (source.finger(side, finger).to_vec(), target.finger(side, finger).to_vec());
            let mut align = hand_align;
            for (at, (&joint, &bone)) in theirs.iter().zip(&own).enumerate() {
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
