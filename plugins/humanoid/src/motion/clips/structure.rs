//! Joints recognised by shape alone: for skeletons whose names say nothing.
//!
//! The hips are where three long branches meet, the chest where two long ones leave the trunk, and the toes tell where
//! the front is.

use bevy::math::DVec3;

use super::{
    clip::Skeleton,
    joints::{JointMap, Limb, Side},
};

struct Shape<'a> {
    skeleton: &'a Skeleton,
    positions: Vec<DVec3>,
    /// The length of the longest way down from each joint, from its parent on.
    reach: Vec<f64>,
}

/// The joints of a skeleton that stands in its rest pose; `None` when it does not look like a person.
pub fn map(skeleton: &Skeleton) -> Option<JointMap> {
    let shape = Shape::new(skeleton);
    let third = |joint: usize| shape.branches(joint).get(2).map_or(0.0, |&branch| shape.reach_of(branch));
    let hips = (0..skeleton.len()).max_by(|&a, &b| third(a).total_cmp(&third(b))).filter(|&hips| third(hips) > 0.0)?;
    let branches = shape.branches(hips);
    let (mut chest, mut trunk, mut best) = (hips, hips, 0.0);
    for &branch in branches.get(..3)? {
        for joint in (0..skeleton.len()).filter(|&joint| skeleton.is_below(joint, branch)) {
            let second = shape.branches(joint).get(1).map_or(0.0, |&branch| shape.reach_of(branch));
            if second > best {
                (chest, trunk, best) = (joint, branch, second);
            }
        }
    }
    let legs: Vec<usize> = branches.iter().copied().filter(|&branch| branch != trunk).take(2).collect();
    let arms = shape.branches(chest);
    let ([leg_a, leg_b], [arm_a, arm_b, ..]) = (legs.as_slice(), arms.as_slice()) else { return None };
    let up = (shape.at(chest) - shape.at(hips)).try_normalize()?;
    let mut forward = DVec3::ZERO;
    for &leg in &legs {
        let chain = shape.chain(leg);
        let toes =
            shape.limb_start(&chain).and_then(|at| Some(shape.at(*chain.last()?) - shape.at(*chain.get(at + 2)?)));
        forward += toes.unwrap_or(DVec3::ZERO);
    }
    let left = up.cross(forward).try_normalize()?;

    let mut map = JointMap::default();
    (map.hips, map.by_shape) = (Some(hips), true);
    map.spine = shape.way(trunk, chest);
    let sides = |a: usize, b: usize| {
        let toward_left = |branch: usize| shape.at(*shape.chain(branch).last().unwrap_or(&branch)).dot(left);
        if toward_left(a) >= toward_left(b) {
            [(Side::Left, a), (Side::Right, b)]
        } else {
            [(Side::Left, b), (Side::Right, a)]
        }
    };
    for (side, leg) in sides(*leg_a, *leg_b) {
        shape.limb(&mut map, side, leg, [Limb::UpperLeg, Limb::LowerLeg, Limb::Foot], None, Some(Limb::Toes));
    }
    for (side, arm) in sides(*arm_a, *arm_b) {
        shape.limb(&mut map, side, arm, [Limb::UpperArm, Limb::LowerArm, Limb::Hand], Some(Limb::Clavicle), None);
    }
    if let Some(&neck) = arms.get(2) {
        let chain = shape.chain(neck);
        // The last joint of the chain is the crown; the head is the one before it.
        let head = chain.len().saturating_sub(2);
        map.head = chain.get(head).copied();
        map.neck = chain.get(..head).unwrap_or_default().to_vec();
    }
    Some(map)
}

impl<'a> Shape<'a> {
    fn new(skeleton: &'a Skeleton) -> Self {
        let positions = skeleton.world(&skeleton.local_rest()).positions;
        let mut reach = vec![0.0; skeleton.len()];
        for joint in (0..skeleton.len()).rev() {
            let below = skeleton.children(joint).filter_map(|child| reach.get(child).copied()).fold(0.0, f64::max);
            let own = skeleton.offsets.get(joint).map_or(0.0, |offset| offset.length());
            if let Some(slot) = reach.get_mut(joint) {
                *slot = own + below;
            }
        }
        Self { skeleton, positions, reach }
    }

    fn at(&self, joint: usize) -> DVec3 {
        self.positions.get(joint).copied().unwrap_or(DVec3::ZERO)
    }

    fn reach_of(&self, joint: usize) -> f64 {
        self.reach.get(joint).copied().unwrap_or(0.0)
    }

    /// The children of a joint, those that reach far first.
    fn branches(&self, joint: usize) -> Vec<usize> {
        let mut branches: Vec<usize> = self.skeleton.children(joint).collect();
        branches.sort_by(|&a, &b| self.reach_of(b).total_cmp(&self.reach_of(a)));
        branches
    }

    /// From `joint` down to the tip that is farthest along the bones.
    fn chain(&self, joint: usize) -> Vec<usize> {
        let mut chain = vec![joint];
        while let Some(next) = chain.last().and_then(|&last| self.branches(last).first().copied()) {
            chain.push(next);
        }
        chain
    }

    /// From `top` down to `end`, both included.
    fn way(&self, top: usize, end: usize) -> Vec<usize> {
        (top..=end).filter(|&joint| self.skeleton.is_below(joint, top) && self.skeleton.is_below(end, joint)).collect()
    }

    /// Where in a chain the two longest consecutive bones begin.
    fn limb_start(&self, chain: &[usize]) -> Option<usize> {
        let length = |triple: &[usize]| match triple {
            [a, b, c] => self.at(*a).distance(self.at(*b)) + self.at(*b).distance(self.at(*c)),
            _ => 0.0,
        };
        let triples = chain.windows(3).enumerate();
        triples.max_by(|(_, a), (_, b)| length(a).total_cmp(&length(b))).map(|(start, _)| start)
    }

    fn limb(
        &self,
        map: &mut JointMap,
        side: Side,
        branch: usize,
        parts: [Limb; 3],
        before: Option<Limb>,
        after: Option<Limb>,
    ) {
        let chain = self.chain(branch);
        let Some(start) = self.limb_start(&chain) else { return };
        for (part, &joint) in parts.into_iter().zip(chain.get(start..).unwrap_or_default()) {
            map.push(side, part, joint);
        }
        if let (Some(part), Some(joint)) = (before, start.checked_sub(1).and_then(|at| chain.get(at))) {
            map.push(side, part, *joint);
        }
        if let (Some(part), Some(joint)) = (after, chain.get(start + 3)) {
            map.push(side, part, *joint);
        }
    }
}
