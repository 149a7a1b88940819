//! Which joint of a skeleton is which part of a body.

use super::{clip::Skeleton, names, structure};

/// A side of the body, the person's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Left,
    Right,
}

impl Side {
    /// Both, left first.
    pub const BOTH: [Side; 2] = [Side::Left, Side::Right];

    fn name(self) -> &'static str {
        match self {
            Side::Left => "left",
            Side::Right => "right",
        }
    }
}

/// A part of an arm or a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limb {
    Clavicle,
    UpperArm,
    LowerArm,
    Hand,
    UpperLeg,
    LowerLeg,
    Foot,
    Toes,
}

impl Limb {
    /// All parts, from the trunk outwards.
    pub const ALL: [Limb; 8] = [
        Limb::Clavicle,
        Limb::UpperArm,
        Limb::LowerArm,
        Limb::Hand,
        Limb::UpperLeg,
        Limb::LowerLeg,
        Limb::Foot,
        Limb::Toes,
    ];

    /// Those without which nothing can be retargeted.
    const NEEDED: [Limb; 4] = [Limb::UpperArm, Limb::LowerArm, Limb::UpperLeg, Limb::LowerLeg];

    fn name(self) -> &'static str {
        match self {
            Limb::Clavicle => "collar bone",
            Limb::UpperArm => "upper arm",
            Limb::LowerArm => "lower arm",
            Limb::Hand => "hand",
            Limb::UpperLeg => "upper leg",
            Limb::LowerLeg => "lower leg",
            Limb::Foot => "foot",
            Limb::Toes => "toes",
        }
    }
}

/// The joints of a body. Where a rig cuts a part into several bones they are listed from the trunk outwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JointMap {
    pub hips: Option<usize>,
    /// From the hips up, without them.
    pub spine: Vec<usize>,
    pub neck: Vec<usize>,
    pub head: Option<usize>,
    limbs: [[Vec<usize>; 8]; 2],
    /// `[side][thumb to little finger]`.
    fingers: [[Vec<usize>; 5]; 2],
    /// Joints called hips, pelvis or root.
    pub(crate) hips_candidates: Vec<usize>,
    /// Recognised by shape, not by name.
    pub by_shape: bool,
}

impl JointMap {
    /// Recognises the joints by their names, and where the names do not tell enough, by the shape of the skeleton.
    pub fn of(skeleton: &Skeleton) -> Self {
        let named = names::map(skeleton);
        if named.missing().is_empty() {
            return named;
        }
        match structure::map(skeleton) {
            Some(shaped) if shaped.missing().is_empty() => shaped,
            _ => named,
        }
    }

    /// The bones of a part, from the trunk outwards.
    pub fn limb(&self, side: Side, limb: Limb) -> &[usize] {
        self.limbs[side as usize][limb as usize].as_slice()
    }

    /// The first bone of a part.
    pub fn first(&self, side: Side, limb: Limb) -> Option<usize> {
        self.limb(side, limb).first().copied()
    }

    /// The bones of a finger, from the hand outwards; 0 is the thumb.
    pub fn finger(&self, side: Side, finger: usize) -> &[usize] {
        self.fingers[side as usize].get(finger).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn push(&mut self, side: Side, limb: Limb, joint: usize) {
        self.limbs[side as usize][limb as usize].push(joint);
    }

    pub(crate) fn push_finger(&mut self, side: Side, finger: usize, joint: usize) {
        if let Some(joints) = self.fingers[side as usize].get_mut(finger) {
            joints.push(joint);
        }
    }

    /// Takes the lowest joint that carries both legs and the trunk as hips, and keeps of every part the bones that form
    /// one chain.
    pub(crate) fn tidy(&mut self, skeleton: &Skeleton) {
        let legs = Side::BOTH.map(|side| self.first(side, Limb::UpperLeg));
        let carries = |&joint: &usize| legs.iter().flatten().all(|&leg| skeleton.is_below(leg, joint));
        let candidates = std::mem::take(&mut self.hips_candidates);
        // A `Root` on the ground comes before the hips; both carry the legs, the deeper one is meant.
        let trunk = self.spine.iter().chain(&self.neck).chain(&self.head).copied().next();
        let holds_trunk = |&joint: &usize| trunk.is_none_or(|trunk| skeleton.is_below(trunk, joint));
        let named = candidates.iter().copied().filter(carries).rfind(holds_trunk).or(candidates.first().copied());
        // Rigs that call their hips a spine bone: the lowest one that carries both legs.
        let unnamed = || (0..skeleton.len()).rev().filter(|joint| legs.iter().all(Option::is_some) && carries(joint));
        self.hips = named.or_else(|| unnamed().find(|joint| !legs.contains(&Some(*joint))));
        let (hips, head) = (self.hips, self.head);
        let on_trunk = |joint: &usize| {
            hips.is_none_or(|hips| skeleton.is_below(*joint, hips) && *joint != hips)
                && head.is_none_or(|head| skeleton.is_below(head, *joint))
        };
        self.spine.retain(on_trunk);
        self.neck.retain(on_trunk);
        for limbs in &mut self.limbs {
            // Five toes hang beside each other.
            if let Some(toes) = limbs.get_mut(Limb::Toes as usize) {
                let above = toes.first().map(|&toe| skeleton.parent(toe));
                toes.retain(|&toe| above == Some(skeleton.parent(toe)));
            }
        }
        let limbs = self.limbs.iter_mut().flat_map(|limbs| limbs.iter_mut().take(Limb::Toes as usize));
        for joints in limbs.chain(self.fingers.iter_mut().flatten()) {
            if let Some(&first) = joints.first() {
                let mut last = first;
                joints.retain(|&joint| {
                    let follows = skeleton.is_below(joint, last);
                    last = if follows { joint } else { last };
                    follows
                });
            }
        }
        for side in Side::BOTH {
            self.limbs[side as usize][Limb::Hand as usize].truncate(1);
            self.limbs[side as usize][Limb::Foot as usize].truncate(1);
        }
    }

    /// The parts that the body needs and that are not there, in words.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if self.hips.is_none() {
            missing.push("hips".to_owned());
        }
        for limb in Limb::NEEDED {
            for side in Side::BOTH {
                if self.limb(side, limb).is_empty() {
                    missing.push(format!("{} {}", side.name(), limb.name()));
                }
            }
        }
        missing
    }

    /// The parts that are not there and that the body can do without, in words.
    pub fn absent(&self) -> Vec<String> {
        let mut absent = Vec::new();
        for (name, is_absent) in
            [("spine", self.spine.is_empty()), ("neck", self.neck.is_empty()), ("head", self.head.is_none())]
        {
            if is_absent {
                absent.push(name.to_owned());
            }
        }
        for limb in Limb::ALL.into_iter().filter(|limb| !Limb::NEEDED.contains(limb)) {
            if Side::BOTH.iter().all(|&side| self.limb(side, limb).is_empty()) {
                absent.push(format!("{}s", limb.name().trim_end_matches('s')).replace("foots", "feet"));
            }
        }
        absent
    }
}
