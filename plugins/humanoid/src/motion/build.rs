//! What movement has to know of a body: where its joints are, how long its limbs, what touches the ground.

use bevy::math::{DMat3, DQuat, DVec3, Vec3};

use super::limbs::Limb;
use crate::{
    anny::basis::BodyBasis,
    look::surface::Surface,
    skeleton::RestBones,
    skinning::{Blend, DualBones},
};

/// Left and right: the sign of x on that side, and the suffix of its bones.
pub const SIDES: [(f64, &str); 2] = [(1.0, "L"), (-1.0, "R")];

/// Radians between two entries of [`Foot::roll_shift_m`].
pub const ROLL_STEP: f64 = 0.05;
const ROLL_STEPS: u32 = 30;
/// What lies this little above the lowest point touches, metres: soles give.
const TOUCHING_M: f64 = 0.0015;

/// Up to here over its lowest point a shoe is sole, and up to here something of it can touch, metres.
const UNDERSIDE_M: f64 = 0.012;
const SIDE_M: f64 = 0.055;
/// Rows of the body up to here over the ankle move with the foot alone, metres.
const FOOT_TOP_M: f32 = 0.12;

/// The tree of bones with their offsets in the reference pose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rig {
    parents: Vec<usize>,
    offsets: Vec<DVec3>,
}

/// One foot, in the reference pose, relative to its ankle: sole down, toes ahead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Foot {
    /// The lowest points of the shoe, metres.
    pub sole: Vec<DVec3>,
    /// Height of the ankle over a flat sole, metres.
    pub ankle_m: f64,
    /// Around which the foot rolls while the toes stay: between the roots of the first and second toe.
    pub ball: DVec3,
    /// The heel's point of contact when the toes are raised.
    pub heel: DVec3,
    /// How far the sole reaches behind and ahead of the ankle, metres.
    pub behind_m: f64,
    pub ahead_m: f64,
    /// How far what touches of the sole would leave its place on the ground when the foot rolls over the ball, metres, every
    /// [`ROLL_STEP`] of pitch. Empty until [`Build::measure_rolls`]; only who walks needs it, and it takes a while.
    pub roll_shift_m: Vec<DVec3>,
    /// The first bone of each toe.
    pub toes: Vec<usize>,
    /// Where the ankle stands in the rest pose, from the root, and how far the toes point outwards, radians.
    pub stand: DVec3,
    pub stand_yaw: f64,
}

/// A body to be measured.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub basis: &'a BodyBasis,
    pub bones: &'a RestBones,
    /// Its vertices at rest.
    pub shape: &'a [Vec3],
    /// What it wears on both feet.
    pub shoes: &'a Surface,
    pub dual_bones: DualBones,
}

/// From the middle of the palm to the thigh, taken as thick as it is in its middle, as hands swing past: metres.
const ROOM_BESIDE_THIGHS_M: f64 = 0.11;
/// Farther out no arm is held, radians: very heavy people brush their thighs.
const MOST_ARMS_OUT: f64 = 0.35;

/// The measures of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Build {
    pub rig: Rig,
    /// Left, right.
    pub legs: [Limb; 2],
    pub arms: [Limb; 2],
    pub feet: [Foot; 2],
    /// From the root to each hip, reference pose.
    pub hips: [DVec3; 2],
    /// From the wrist to the middle of the palm, and out of the palm, reference pose.
    pub palms: [DVec3; 2],
    pub palm_normals: [DVec3; 2],
    /// Length of thigh and shank, metres.
    pub leg_m: f64,
    /// From the ground to the hips in the rest pose, metres; gait is scaled by it.
    pub hip_m: f64,
    /// Of a thigh, metres: how much lower than the hip joint a sitting person's seat is.
    pub thigh_radius_m: f64,
    /// How far each arm is held away from the body by somebody who walks, so that hands that swing pass the thighs, and what hangs about them, with
    /// room: radians, on top of the rest pose.
    pub arms_out: [f64; 2],
    /// Places that hands go to, relative to the head of a bone of the trunk, reference pose.
    pub marks: super::marks::Marks,
}

impl Rig {
    fn new(basis: &BodyBasis, bones: &RestBones) -> Self {
        Self {
            parents: basis.skeleton.parents.iter().map(|&parent| usize::from(parent)).collect(),
            offsets: bones.reference_offsets.clone(),
        }
    }

    /// Bones that hang on each other in a row.
    #[cfg(test)]
    pub(super) fn chain(offsets: Vec<DVec3>) -> Self {
        Self { parents: (0..offsets.len()).map(|bone| bone.saturating_sub(1)).collect(), offsets }
    }

    fn parent(&self, bone: usize) -> usize {
        self.parents.get(bone).copied().unwrap_or(0)
    }

    /// The rotation of one bone.
    pub fn delta(&self, deltas: &[DQuat], bone: usize) -> DQuat {
        deltas.get(bone).copied().unwrap_or(DQuat::IDENTITY)
    }

    /// Sets the rotation of one bone.
    pub fn put(&self, deltas: &mut [DQuat], bone: usize, turn: DQuat) {
        if let Some(slot) = deltas.get_mut(bone) {
            *slot = turn.normalize();
        }
    }

    /// The rotation from the reference pose that has gathered down to `bone`.
    pub fn gathered(&self, deltas: &[DQuat], bone: usize) -> DQuat {
        let own = self.delta(deltas, bone);
        if bone == 0 { own } else { self.gathered(deltas, self.parent(bone)) * own }
    }

    /// The rotation that has gathered above `bone`.
    pub fn gathered_above(&self, deltas: &[DQuat], bone: usize) -> DQuat {
        if bone == 0 { DQuat::IDENTITY } else { self.gathered(deltas, self.parent(bone)) }
    }

    /// Where the head of `bone` is when the root's is at `root`, metres.
    pub fn place(&self, deltas: &[DQuat], root: DVec3, bone: usize) -> DVec3 {
        if bone == 0 {
            return root;
        }
        let offset = self.offsets.get(bone).copied().unwrap_or(DVec3::ZERO);
        self.place(deltas, root, self.parent(bone)) + self.gathered_above(deltas, bone) * offset
    }

    /// From the head of `bone` to that of its descendant in the reference pose, metres.
    pub fn reach(&self, bone: usize, descendant: usize) -> DVec3 {
        let mut sum = DVec3::ZERO;
        let mut at = descendant;
        while at != bone && at != 0 {
            sum += self.offsets.get(at).copied().unwrap_or(DVec3::ZERO);
            at = self.parent(at);
        }
        sum
    }

    /// Turns `bone` by `turn`, which is told in the person's space.
    pub fn turn(&self, deltas: &mut [DQuat], bone: usize, turn: DQuat) {
        let above = self.gathered_above(deltas, bone);
        let delta = self.delta(deltas, bone);
        self.put(deltas, bone, above.inverse() * turn * above * delta);
    }
}

impl Build {
    /// Measures a body. `rest` are the rotations of its rest pose.
    pub fn measure(subject: &Subject, rest: &[DQuat]) -> Self {
        let &Subject { basis, bones, shape, .. } = subject;
        let rig = Rig::new(basis, bones);
        let bone = |name: String| basis.bone(&name).unwrap_or(0);
        let limb = |names: [&str; 5], side: &str, hinge: Option<DVec3>| {
            let [upper, upper_half, lower, lower_half, end] = names.map(|name| bone(format!("{name}.{side}")));
            let (upper_reach, lower_reach) = (rig.reach(upper, lower), rig.reach(lower, end));
            Limb {
                upper,
                upper_half,
                lower,
                lower_half,
                end,
                upper_reach,
                lower_reach,
                upper_half_reach: rig.reach(upper_half, lower),
                lower_half_reach: rig.reach(lower_half, end),
                hinge: hinge.unwrap_or_else(|| upper_reach.cross(lower_reach)).normalize_or(DVec3::X),
            }
        };
        let leg = ["upperleg01", "upperleg02", "lowerleg01", "lowerleg02", "foot"];
        let arm = ["upperarm01", "upperarm02", "lowerarm01", "lowerarm02", "wrist"];
        let legs = SIDES.map(|(_, side)| limb(leg, side, Some(DVec3::X)));
        let arms = SIDES.map(|(_, side)| limb(arm, side, None));
        let hips = legs.each_ref().map(|leg| rig.reach(0, leg.upper));
        let mut feet = [Foot::default(), Foot::default()];
        for ((foot, leg), (_, side)) in feet.iter_mut().zip(&legs).zip(SIDES) {
            *foot = Foot::measure(&Shoe::new(subject, leg.end).posed(0.0, &[]));
            let toes: Vec<usize> = (1..=5).map(|toe| bone(format!("toe{toe}-1.{side}"))).collect();
            let roots: Vec<DVec3> = toes.iter().take(2).map(|&toe| rig.reach(leg.end, toe)).collect();
            foot.ball = roots.iter().sum::<DVec3>() / roots.len().max(1) as f64;
            foot.toes = toes;
            foot.stand = rig.place(rest, DVec3::ZERO, leg.end);
            let ahead = rig.gathered(rest, leg.end) * DVec3::Z;
            foot.stand_yaw = ahead.x.atan2(ahead.z);
        }
        let mut palms = [DVec3::ZERO; 2];
        let mut palm_normals = [DVec3::ZERO; 2];
        for (at, ((x, side), arm)) in SIDES.into_iter().zip(&arms).enumerate() {
            let knuckle = |finger: usize| rig.reach(arm.end, bone(format!("finger{finger}-1.{side}")));
            palms[at] = knuckle(3) * 0.75;
            palm_normals[at] = ((knuckle(5) - knuckle(2)).cross(knuckle(3)) * x).normalize_or(DVec3::NEG_Y);
        }
        let leg_m = legs.iter().map(Limb::length_m).sum::<f64>() / 2.0;
        let [left, right] = &feet;
        let hip_m =
            left.ankle_m - (left.stand.y + right.stand.y) / 2.0 + hips.iter().map(|hip| hip.y).sum::<f64>() / 2.0;
        let thigh_radius_m = super::marks::thigh_radius_m(basis, bones, shape, &legs);
        let marks = super::marks::Marks::measure(basis, bones, shape);
        let at = |bone: usize| rig.place(rest, DVec3::ZERO, bone);
        let arms_out = [0, 1].map(|side: usize| {
            let (arm, leg) = (&arms[side], &legs[side]);
            let palm = at(arm.end) + rig.gathered(rest, arm.end) * palms[side];
            let (hip, knee) = (at(leg.upper), at(leg.lower));
            let thigh = hip.lerp(knee, ((palm.y - hip.y) / (knee.y - hip.y)).clamp(0.0, 1.0));
            let room_m = palm.x.abs() - thigh.x.abs() - thigh_radius_m;
            let reach_m = at(arm.upper).y - palm.y;
            ((ROOM_BESIDE_THIGHS_M - room_m) / reach_m.max(1e-3)).clamp(0.0, MOST_ARMS_OUT)
        });
        Self { rig, legs, arms, feet, hips, palms, palm_normals, leg_m, hip_m, thigh_radius_m, arms_out, marks }
    }

    /// Measures how the soles roll, once.
    pub fn measure_rolls(&mut self, subject: &Subject) {
        for (foot, leg) in self.feet.iter_mut().zip(&self.legs) {
            if foot.roll_shift_m.is_empty() {
                foot.roll_shift_m = foot.roll_shifts_m(&mut Shoe::new(subject, leg.end));
            }
        }
    }
}

/// Takes a point of the resting body to the reference pose, relative to the head of `bone`.
pub fn to_reference(basis: &BodyBasis, bones: &RestBones, bone: usize, point: DVec3) -> DVec3 {
    let reference = basis.skeleton.reference.get(bone).copied().unwrap_or(DMat3::IDENTITY);
    let rest = bones.orientations.get(bone).copied().unwrap_or(DMat3::IDENTITY);
    reference * rest.transpose() * (point - bones.heads.get(bone).copied().unwrap_or(DVec3::ZERO))
}

/// One shoe as it is drawn, on a foot that turns while all else rests.
struct Shoe<'a> {
    subject: Subject<'a>,
    ankle: usize,
    surface: Surface,
    /// Rows of the body that the shoe hangs on.
    rows: Vec<usize>,
    /// Drawn vertices of this side.
    vertices: Vec<usize>,
}

impl<'a> Shoe<'a> {
    fn new(subject: &Subject<'a>, ankle: usize) -> Self {
        let Subject { bones, shape, shoes, .. } = *subject;
        let head = bones.heads.get(ankle).map_or(Vec3::ZERO, |head| head.as_vec3());
        let is_near = |p: &Vec3| p.x * head.x > 0.0 && p.y < head.y + FOOT_TOP_M;
        let rows = (0..).zip(shape).filter(|(_, p)| is_near(p)).map(|(row, _)| row).collect();
        let mut shoe = Self { subject: *subject, ankle, surface: shoes.clone(), rows, vertices: Vec::new() };
        let (mut positions, mut normals) = (Vec::new(), Vec::new());
        shoe.surface.evaluate(shape, &mut positions, &mut normals);
        shoe.vertices = (0..).zip(&positions).filter(|(_, p)| p[0] * head.x > 0.0).map(|(vertex, _)| vertex).collect();
        shoe
    }

    /// Its points relative to the ankle with the foot in the reference pose, turned heel up by `pitch` while the toes stay.
    fn posed(&mut self, pitch: f64, toes: &[usize]) -> Vec<DVec3> {
        let Subject { basis, bones, shape, dual_bones, .. } = self.subject;
        let roll = DQuat::from_rotation_x(pitch);
        let mut deltas = vec![DQuat::IDENTITY; bones.heads.len()];
        for (bone, turn) in toes.iter().map(|&toe| (toe, roll.inverse())).chain([(self.ankle, roll)]) {
            if let Some(slot) = deltas.get_mut(bone) {
                *slot = turn;
            }
        }
        let posed = bones.pose(&basis.skeleton, &deltas, DVec3::ZERO);
        let ankle = posed.heads.get(self.ankle).copied().unwrap_or(DVec3::ZERO);
        let blend = Blend::new(&posed.skin_from_rest, dual_bones);
        let mut rows = shape.to_vec();
        for &row in &self.rows {
            if let Some(at) = rows.get_mut(row) {
                *at = blend.moved(*at, basis.influences(row));
            }
        }
        let (mut positions, mut normals) = (Vec::new(), Vec::new());
        self.surface.evaluate(&rows, &mut positions, &mut normals);
        let points = self.vertices.iter().filter_map(|&vertex| positions.get(vertex));
        points.map(|&point| Vec3::from_array(point).as_dvec3() - ankle).collect()
    }
}

impl Foot {
    /// From the points of the drawn shoe in the reference pose, relative to the ankle.
    fn measure(shoe: &[DVec3]) -> Self {
        let mut sole = shoe.to_vec();
        let lowest = sole.iter().map(|p| p.y).fold(f64::INFINITY, f64::min);
        let ankle_m = if lowest.is_finite() { -lowest } else { 0.08 };
        // What lies higher never touches, whatever the foot does; of its side, some points are enough.
        let mut number = 0_usize;
        sole.retain(|p| {
            number += 1;
            p.y < lowest + UNDERSIDE_M || p.y < lowest + SIDE_M && number.is_multiple_of(4)
        });
        let extent = |sign: f64| sole.iter().map(|p| p.z * sign).fold(0.0, f64::max);
        let raised = DQuat::from_rotation_x(-0.25);
        let by_height = |a: &&DVec3, b: &&DVec3| (raised * **a).y.total_cmp(&(raised * **b).y);
        let heel = sole.iter().filter(|p| p.z < 0.03).min_by(by_height).copied();
        Self {
            ankle_m,
            heel: heel.unwrap_or(DVec3::new(0.0, -ankle_m, -0.05)),
            behind_m: extent(-1.0),
            ahead_m: extent(1.0),
            sole,
            ..Self::default()
        }
    }

    /// Toes and ball are skinned to several bones, so that how the sole lies when the heel is up is found by posing it.
    fn roll_shifts_m(&self, shoe: &mut Shoe<'_>) -> Vec<DVec3> {
        let ball = self.ball;
        // Each point of the shoe against the ball of the foot.
        let mut placed = |pitch: f64| -> Vec<DVec3> {
            let rolled = DQuat::from_rotation_x(pitch) * ball;
            shoe.posed(pitch, &self.toes).into_iter().map(|point| point - rolled).collect()
        };
        let lowest = |points: &[DVec3]| points.iter().map(|p| p.y).fold(f64::INFINITY, f64::min);
        let mut before = placed(0.0);
        let ground = lowest(&before);
        let mut shifts = vec![DVec3::ZERO];
        let mut along = DVec3::ZERO;
        for step in 1..=ROLL_STEPS {
            let after = placed(f64::from(step) * ROLL_STEP);
            // What touches before and after is what could slide.
            let (low, low_after) = (lowest(&before) + TOUCHING_M, lowest(&after) + TOUCHING_M);
            let touching = before.iter().zip(&after).filter(|(from, to)| from.y < low && to.y < low_after);
            let (sum, count) =
                touching.fold((DVec3::ZERO, 0.0), |(sum, count), (from, to)| (sum + *to - *from, count + 1.0));
            along += sum / f64::max(count, 1.0);
            shifts.push(DVec3::new(along.x, lowest(&after) - ground, along.z));
            before = after;
        }
        if shifts.iter().all(|shift| shift.is_finite()) { shifts } else { Vec::new() }
    }

    /// How far the sole would leave its place at this pitch (radians, heel up), metres.
    pub fn roll_shift(&self, pitch: f64) -> DVec3 {
        let place = (pitch / ROLL_STEP).clamp(0.0, f64::from(ROLL_STEPS) - 1.0);
        let at = |index: usize| self.roll_shift_m.get(index).copied().unwrap_or_default();
        let (from, to) = (at(place.floor() as usize), at(place.floor() as usize + 1));
        from.lerp(to, place.fract())
    }

    /// Height of the ankle over level ground when the foot is turned by `turn` and its lowest point touches, metres.
    pub fn touching_m(&self, turn: DQuat) -> f64 {
        let lowest = self.sole.iter().map(|&p| (turn * p).y).fold(f64::INFINITY, f64::min);
        if lowest.is_finite() { -lowest } else { self.ankle_m }
    }
}
