//! Bones: where they rest for a given shape, and where a pose takes them.
//!
//! Notation as in the package `anny`: P = (R, h) the rest pose of a bone, U its fixed reference orientation, q its head
//! in the reference pose, D its delta. A delta turns the bone about axes that are aligned with the world in the
//! reference pose and travel with the parent. W = (V, w) is the posed bone.

use bevy::math::{Affine3A, DMat3, DQuat, DVec3};

use crate::{
    anny::basis::{BONE_STRIDE, BodyBasis, SkeletonBasis},
    phenotype::Coefficient,
};

/// The rest pose of all bones for one shape.
#[derive(Clone, Debug, Default)]
pub struct RestBones {
    pub heads: Vec<DVec3>,
    pub orientations: Vec<DMat3>,
    /// Head of a bone minus that of its parent in the reference pose; zero for the root.
    pub reference_offsets: Vec<DVec3>,
}

/// A posed skeleton.
#[derive(Clone, Debug, Default)]
pub struct PosedBones {
    /// World position of each head, metres, in the part's space.
    pub heads: Vec<DVec3>,
    /// Rotation from the reference pose to the posed one: what deltas accumulate to down the chain.
    pub rotations: Vec<DQuat>,
    /// Takes a rest vertex to its place, for a vertex that only this bone moves.
    pub skin_from_rest: Vec<Affine3A>,
}

impl RestBones {
    /// Heads are linear in the coefficients; orientations are the rotations nearest to matrices that are.
    pub fn evaluate(basis: &BodyBasis, coefficients: &[Coefficient]) -> Self {
        let skeleton = &basis.skeleton;
        let bones = skeleton.names.len();
        let mut sums = vec![0.0_f64; bones * BONE_STRIDE];
        for coefficient in coefficients {
            let first = coefficient.shape as usize * bones * BONE_STRIDE;
            let row = skeleton.shapes.get(first..first + bones * BONE_STRIDE).unwrap_or_default();
            for (sum, &shape) in sums.iter_mut().zip(row) {
                *sum += coefficient.amount * f64::from(shape);
            }
        }
        let mut rest = Self::default();
        let templates = skeleton.template_heads.iter().zip(&skeleton.template_orientations);
        for ((head, matrix), sum) in templates.zip(sums.as_chunks::<{ BONE_STRIDE }>().0) {
            let [x, y, z, m @ ..] = sum;
            rest.heads.push(*head + DVec3::new(*x, *y, *z));
            rest.orientations.push(nearest_rotation(*matrix + DMat3::from_cols_array(m).transpose()));
        }
        rest.reference_offsets = rest.reference_offsets_of(skeleton);
        rest
    }

    fn reference_offsets_of(&self, skeleton: &SkeletonBasis) -> Vec<DVec3> {
        let offset = |(bone, &parent): (usize, &u16)| {
            let parent = usize::from(parent);
            let (Some(head), Some(above)) = (self.heads.get(bone), self.heads.get(parent)) else { return DVec3::ZERO };
            let (Some(reference), Some(rest)) = (skeleton.reference.get(parent), self.orientations.get(parent)) else {
                return DVec3::ZERO;
            };
            // The root turns alone and leaves the rest of the skeleton in place.
            let turn = if parent == 0 { DMat3::IDENTITY } else { *reference * rest.transpose() };
            turn * (*head - *above)
        };
        skeleton.parents.iter().enumerate().map(offset).collect()
    }

    /// Poses the bones. `deltas` holds one rotation per bone (missing ones are identity); `root` is where the root's
    /// head goes.
    pub fn pose(&self, skeleton: &SkeletonBasis, deltas: &[DQuat], root: DVec3) -> PosedBones {
        let mut posed = PosedBones::default();
        for (bone, &parent) in skeleton.parents.iter().enumerate() {
            let delta = deltas.get(bone).copied().unwrap_or(DQuat::IDENTITY);
            let offset = self.reference_offsets.get(bone).copied().unwrap_or(DVec3::ZERO);
            let parent = usize::from(parent);
            let (rotation, head) = match (bone, posed.rotations.get(parent), posed.heads.get(parent)) {
                (1.., Some(&above), Some(&head)) => ((above * delta).normalize(), head + above * offset),
                _ => (delta, root),
            };
            let reference = skeleton.reference.get(bone).copied().unwrap_or(DMat3::IDENTITY);
            let rest = self.orientations.get(bone).copied().unwrap_or(DMat3::IDENTITY);
            let turn = DMat3::from_quat(rotation) * reference * rest.transpose();
            let rest_head = self.heads.get(bone).copied().unwrap_or(DVec3::ZERO);
            let shift = head - turn * rest_head;
            posed.skin_from_rest.push(Affine3A::from_mat3_translation(turn.as_mat3(), shift.as_vec3()));
            posed.rotations.push(rotation);
            posed.heads.push(head);
        }
        posed
    }
}

/// The rotation R that maximises trace(RᵀM): special orthogonal Procrustes, by singular value decomposition.
pub fn nearest_rotation(m: DMat3) -> DMat3 {
    let matrix = nalgebra::Matrix3::from_column_slice(&m.to_cols_array());
    let svd = nalgebra::SVD::new(matrix, true, true);
    let (Some(u), Some(v_t)) = (svd.u, svd.v_t) else { return DMat3::IDENTITY };
    // The smallest singular value gives way when the nearest orthogonal matrix would be a reflection.
    let mut signs = nalgebra::Vector3::repeat(1.0);
    if let Some(sign) = signs.get_mut(svd.singular_values.imin()) {
        *sign = (u * v_t).determinant().signum();
    }
    let rotation = u * nalgebra::Matrix3::from_diagonal(&signs) * v_t;
    let columns = DMat3::from_cols_slice(rotation.as_slice());
    if columns.is_finite() { columns } else { DMat3::IDENTITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_rotation_of_a_stretched_rotation_is_that_rotation() {
        let rotation = DMat3::from_quat(DQuat::from_euler(bevy::math::EulerRot::XYZ, 0.3, -1.1, 2.0));
        let stretched = rotation * DMat3::from_diagonal(DVec3::new(3.0, 0.5, 1.0));
        assert!(nearest_rotation(stretched).abs_diff_eq(rotation, 1e-12));
        let mirrored = nearest_rotation(rotation * DMat3::from_diagonal(DVec3::new(1.0, -0.1, 2.0)));
        assert!((mirrored.determinant() - 1.0).abs() < 1e-12);
        assert!(nearest_rotation(DMat3::from_diagonal(DVec3::splat(f64::NAN))).is_finite());
    }
}
