//! How vertices follow bones: linear blend skinning, and dual quaternion skinning after L. Kavan, S. Collins, J. Žára and
//! C. O'Sullivan, "Geometric skinning with approximate dual quaternion blending", ACM Transactions on Graphics 27(4), 2008.
//!
//! Linear blending takes the mean of matrices, which is no rotation any more: a limb twisted by half a turn collapses
//! into a candy wrapper. The mean of dual quaternions is a rigid motion again, at the price of bulging where a joint
//! bends far.

use bevy::math::{Affine3A, DQuat, DVec3, Mat3, Vec3, Vec3A};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How vertices follow bones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SkinningMethod {
    /// The mean of the bones' matrices: limbs lose volume where they are twisted.
    #[default]
    LinearBlend,
    /// The mean of rigid motions: limbs keep their volume and bulge where they are bent far.
    DualQuaternion,
}

/// How the vertices of each part of the body follow its bones. Between two parts the methods are mixed as the bones are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Skinning {
    /// Pelvis, spine and shoulder blades.
    pub trunk: SkinningMethod,
    /// Neck and head.
    pub head: SkinningMethod,
    /// From the shoulder to the wrist.
    pub arms: SkinningMethod,
    /// Palm and fingers.
    pub hands: SkinningMethod,
    /// From the hip to the ankle.
    pub legs: SkinningMethod,
    /// Foot and toes.
    pub feet: SkinningMethod,
}

impl Skinning {
    /// Which of the bones named `names` want dual quaternions.
    pub fn dual_bones<'a>(&self, names: impl Iterator<Item = &'a str>) -> DualBones {
        let wants = |(bone, name): (usize, &str)| {
            let starts = |list: &[&str]| list.iter().any(|start| name.starts_with(start));
            let method = match name {
                _ if starts(&["neck", "head", "eye"]) => self.head,
                _ if starts(&["upperarm", "lowerarm", "wrist"]) => self.arms,
                _ if starts(&["finger", "metacarpal"]) => self.hands,
                _ if starts(&["upperleg", "lowerleg"]) => self.legs,
                _ if starts(&["foot", "toe"]) => self.feet,
                _ => self.trunk,
            };
            u128::from(method == SkinningMethod::DualQuaternion).checked_shl(bone as u32).unwrap_or(0)
        };
        DualBones(names.enumerate().map(wants).fold(0, |all, one| all | one))
    }
}

/// A set of bones, those that want dual quaternions; of the first 128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DualBones(u128);

impl DualBones {
    /// Whether `bone` is one of them.
    pub fn contains(self, bone: usize) -> bool {
        self.0.checked_shr(bone as u32).unwrap_or(0) & 1 == 1
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What a posed skeleton does to vertices, by both methods.
pub struct Blend<'a> {
    from_rest: &'a [Affine3A],
    dual_bones: DualBones,
    /// Empty where no bone wants them.
    motions: Vec<DualQuaternion>,
}

impl<'a> Blend<'a> {
    /// `from_rest` is what each bone does to a vertex that only it moves (rigid).
    pub fn new(from_rest: &'a [Affine3A], dual_bones: DualBones) -> Self {
        let motions = if dual_bones.is_empty() { &[] } else { from_rest };
        Self { from_rest, dual_bones, motions: motions.iter().map(DualQuaternion::from_affine).collect() }
    }

    /// Where a vertex goes that rests at `rest` and is moved by bones in shares that sum to 1. The share of bones that want
    /// dual quaternions is how much of the way is theirs.
    pub fn moved(&self, rest: Vec3, influences: impl Iterator<Item = (u16, f32)> + Clone) -> Vec3 {
        let place = Vec3A::from(rest);
        let (mut sum, mut dual_share) = (Vec3A::ZERO, 0.0);
        for (bone, weight) in influences.clone() {
            let transform = self.from_rest.get(usize::from(bone)).unwrap_or(&Affine3A::IDENTITY);
            sum += weight * transform.transform_point3a(place);
            if self.dual_bones.contains(usize::from(bone)) {
                dual_share += weight;
            }
        }
        if dual_share > 0.0 {
            let motion = |(bone, weight): (u16, f32)| Some((*self.motions.get(usize::from(bone))?, f64::from(weight)));
            let dual = DualQuaternion::blend(influences.filter_map(motion));
            sum = sum.lerp(dual.map_or(sum, |motion| motion.apply(rest.as_dvec3()).as_vec3().into()), dual_share);
        }
        sum.into()
    }
}

/// Which bones move which vertex.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SkinWeights {
    /// Vertex `i` owns entries `start[i]..start[i + 1]`.
    pub start: Vec<u32>,
    pub bone: Vec<u16>,
    /// Those of a vertex sum to 1.
    pub weight: Vec<f32>,
}

impl SkinWeights {
    /// Bone and weight of each bone that moves a vertex.
    pub fn of(&self, vertex: usize) -> impl Iterator<Item = (usize, f32)> + Clone + '_ {
        let bound = |i: usize| self.start.get(i).map_or(0, |&at| at as usize);
        let range = bound(vertex)..bound(vertex + 1).max(bound(vertex));
        let bones = self.bone.get(range.clone()).unwrap_or_default();
        let weights = self.weight.get(range).unwrap_or_default();
        bones.iter().map(|&bone| usize::from(bone)).zip(weights.iter().copied())
    }

    /// Number of vertices.
    pub fn vertices(&self) -> usize {
        self.start.len().saturating_sub(1)
    }
}

/// A rigid motion as a unit dual quaternion q + ε q'.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DualQuaternion {
    pub real: DQuat,
    pub dual: DQuat,
}

impl DualQuaternion {
    /// The dual quaternion of x -> `rotation` x + `translation`: q' = 1/2 t q.
    pub fn new(rotation: DQuat, translation: DVec3) -> Self {
        let half = translation / 2.0;
        Self { real: rotation, dual: DQuat::from_xyzw(half.x, half.y, half.z, 0.0) * rotation }
    }

    /// That of a transform without scale.
    pub fn from_affine(transform: &Affine3A) -> Self {
        let rotation = DQuat::from_mat3(&Mat3::from(transform.matrix3).as_dmat3()).normalize();
        Self::new(rotation, Vec3::from(transform.translation).as_dvec3())
    }

    /// Moves a point.
    pub fn apply(&self, point: DVec3) -> DVec3 {
        self.real * point + 2.0 * (self.dual * self.real.conjugate()).xyz()
    }

    /// The weighted mean of motions, of unit length. Each is taken with the sign nearest to the heaviest one's, so that
    /// the order of bones does not matter. `None` without weights.
    pub fn blend(motions: impl Iterator<Item = (DualQuaternion, f64)> + Clone) -> Option<Self> {
        let (pivot, _) = motions.clone().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let nothing = DQuat::from_xyzw(0.0, 0.0, 0.0, 0.0);
        let (mut real, mut dual) = (nothing, nothing);
        for (motion, weight) in motions {
            let signed = if motion.real.dot(pivot.real) < 0.0 { -weight } else { weight };
            real += motion.real * signed;
            dual += motion.dual * signed;
        }
        let length = real.length();
        if !(length > 1e-9) {
            return Some(pivot);
        }
        Some(Self { real: real * (1.0 / length), dual: dual * (1.0 / length) })
    }
}

/// Moves `rest` vertices by what each bone does to a vertex that only it moves (`from_rest`, rigid).
pub fn skin(method: SkinningMethod, rest: &[Vec3], weights: &SkinWeights, from_rest: &[Affine3A]) -> Vec<Vec3> {
    match method {
        SkinningMethod::LinearBlend => {
            let moved = |(vertex, &rest): (usize, &Vec3)| {
                let rest = Vec3A::from(rest);
                let transform = |bone: usize| from_rest.get(bone).unwrap_or(&Affine3A::IDENTITY);
                let parts = weights.of(vertex).map(|(bone, weight)| weight * transform(bone).transform_point3a(rest));
                Vec3::from(parts.fold(Vec3A::ZERO, |sum, part| sum + part))
            };
            rest.iter().enumerate().map(moved).collect()
        }
        SkinningMethod::DualQuaternion => {
            let motions: Vec<DualQuaternion> = from_rest.iter().map(DualQuaternion::from_affine).collect();
            let still = DualQuaternion::new(DQuat::IDENTITY, DVec3::ZERO);
            let moved = |(vertex, &rest): (usize, &Vec3)| {
                let parts = weights.of(vertex);
                let parts =
                    parts.map(|(bone, weight)| (motions.get(bone).copied().unwrap_or(still), f64::from(weight)));
                DualQuaternion::blend(parts).map_or(rest, |motion| motion.apply(rest.as_dvec3()).as_vec3())
            };
            rest.iter().enumerate().map(moved).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::PI;

    use bevy::math::Quat;

    use super::*;

    /// A tube of radius 1 along x from -1 to 1: the left bone to the right one, blended linearly.
    fn tube() -> (Vec<Vec3>, SkinWeights) {
        let (mut rest, mut weights) = (Vec::new(), SkinWeights { start: vec![0], ..SkinWeights::default() });
        for ring in 0..=8 {
            let x = ring as f32 / 4.0 - 1.0;
            for corner in 0..12 {
                let (sin, cos) = (corner as f32 * PI / 6.0).sin_cos();
                rest.push(Vec3::new(x, cos, sin));
                weights.bone.extend([0, 1]);
                weights.weight.extend([0.5 - x / 2.0, 0.5 + x / 2.0]);
                weights.start.push(weights.weight.len() as u32);
            }
        }
        (rest, weights)
    }

    fn thinnest(vertices: &[Vec3]) -> f32 {
        vertices.iter().map(|v| v.yz().length()).fold(f32::MAX, f32::min)
    }

    use bevy::math::Vec3Swizzles;

    #[test]
    fn dual_quaternions_keep_the_volume_that_linear_blending_wrings_out() {
        let (rest, weights) = tube();
        let twisted = [Affine3A::IDENTITY, Affine3A::from_rotation_x(PI * 0.99)];
        let linear = skin(SkinningMethod::LinearBlend, &rest, &weights, &twisted);
        let dual = skin(SkinningMethod::DualQuaternion, &rest, &weights, &twisted);
        assert!(thinnest(&linear) < 0.05, "the candy wrapper: {}", thinnest(&linear));
        assert!((thinnest(&dual) - 1.0).abs() < 1e-5, "the tube keeps its radius: {}", thinnest(&dual));
        // Half of the weight is half of the turn.
        let middle = 4 * 12;
        let expected = Quat::from_rotation_x(PI * 0.99 / 2.0) * rest[middle];
        assert!(dual[middle].distance(expected) < 1e-5);
    }

    #[test]
    fn parts_are_mixed_by_the_share_of_bones_that_want_dual_quaternions() {
        let (rest, weights) = tube();
        let twisted = [Affine3A::IDENTITY, Affine3A::from_rotation_x(PI * 0.9)];
        let influences = |vertex: usize| weights.of(vertex).map(|(bone, weight)| (bone as u16, weight));
        let linear = skin(SkinningMethod::LinearBlend, &rest, &weights, &twisted);
        let dual = skin(SkinningMethod::DualQuaternion, &rest, &weights, &twisted);
        let moved = |bones: u128| {
            let blend = Blend::new(&twisted, DualBones(bones));
            rest.iter().enumerate().map(|(vertex, &at)| blend.moved(at, influences(vertex))).collect::<Vec<_>>()
        };
        for (vertex, &at) in rest.iter().enumerate() {
            let share = 0.5 + at.x / 2.0;
            for (bones, expected) in
                [(0b00, linear[vertex]), (0b11, dual[vertex]), (0b10, linear[vertex].lerp(dual[vertex], share))]
            {
                assert!(moved(bones)[vertex].distance(expected) < 1e-5, "{bones:b}, vertex {vertex}");
            }
        }
        let arms = Skinning { arms: SkinningMethod::DualQuaternion, ..Skinning::default() };
        let dual_bones = arms.dual_bones(crate::bones::BONES.into_iter());
        let wanting: Vec<&str> = crate::bones::BONES
            .into_iter()
            .enumerate()
            .filter(|(at, _)| dual_bones.contains(*at))
            .map(|(_, b)| b)
            .collect();
        assert_eq!(wanting.len(), 10, "{wanting:?}");
        assert!(wanting.contains(&"wrist.R") && !wanting.contains(&"clavicle.L"));
        assert!(
            !dual_bones.contains(500) && Skinning::default().dual_bones(crate::bones::BONES.into_iter()).is_empty()
        );
    }

    #[test]
    fn both_agree_where_one_bone_moves_a_vertex_and_where_all_move_alike() {
        let (rest, mut weights) = tube();
        let motion = Affine3A::from_rotation_translation(Quat::from_rotation_y(2.0), Vec3::new(0.3, -2.0, 5.0));
        for same in [true, false] {
            let bones = if same { [motion, motion] } else { [motion, Affine3A::from_rotation_x(1.0)] };
            if !same {
                weights.weight = weights.weight.chunks(2).flat_map(|_| [1.0, 0.0]).collect();
            }
            let linear = skin(SkinningMethod::LinearBlend, &rest, &weights, &bones);
            let dual = skin(SkinningMethod::DualQuaternion, &rest, &weights, &bones);
            for ((linear, dual), rest) in linear.iter().zip(&dual).zip(&rest) {
                assert!(linear.distance(motion.transform_point3(*rest)) < 1e-5 && linear.distance(*dual) < 1e-5);
            }
        }
    }

    #[test]
    fn the_sign_of_a_quaternion_and_the_order_of_bones_do_not_matter() {
        let a = DualQuaternion::new(DQuat::from_rotation_x(1.0), DVec3::new(1.0, 2.0, 3.0));
        let b = DualQuaternion::new(DQuat::from_rotation_y(1.4), DVec3::new(-1.0, 0.5, 0.0));
        let flipped = DualQuaternion { real: -b.real, dual: -b.dual };
        let point = DVec3::new(0.2, 0.4, -0.6);
        let moved =
            |list: &[(DualQuaternion, f64)]| DualQuaternion::blend(list.iter().copied()).expect("some").apply(point);
        let expected = moved(&[(a, 0.7), (b, 0.3)]);
        assert!(moved(&[(a, 0.7), (flipped, 0.3)]).distance(expected) < 1e-12);
        assert!(moved(&[(b, 0.3), (a, 0.7)]).distance(expected) < 1e-12);
        assert!(a.apply(point).distance(DQuat::from_rotation_x(1.0) * point + DVec3::new(1.0, 2.0, 3.0)) < 1e-12);
        assert!(DualQuaternion::blend(std::iter::empty()).is_none());
    }
}
