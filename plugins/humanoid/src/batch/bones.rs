//! The bones of one body of a batch: as [`crate::skeleton`], with sums and rotations of all bones at once.

use bevy::math::{DMat3, DQuat, DVec3};

use crate::{
    anny::basis::{BONE_STRIDE, SkeletonBasis},
    skeleton::{RestBones, nearest_rotation},
};

/// Rows of a bone's transform, `[x, y, z, translation]` three times, f32: what skinning reads.
pub type SkinMatrix = [f32; 12];

/// Iterations of [`polar`]; matrices whose condition is below 1e4 need at most nine.
const ITERATIONS: usize = 10;
/// Largest step of the last iteration that counts as converged.
const CONVERGED: f64 = 1e-9;

/// Room for the bones of one body.
#[derive(Clone, Debug, Default)]
pub struct BoneRoom {
    /// `[component][bone]`: heads (3) and orientation matrices (9, row-major).
    pub sums: Vec<f64>,
    /// `[component][bone]`, row-major.
    rotations: Vec<f64>,
    steps: Vec<f64>,
    pub rest: RestBones,
    turns: Vec<DQuat>,
    heads: Vec<DVec3>,
    pub skin: Vec<SkinMatrix>,
}

/// Adds `amount * row` to `sums`.
#[inline(always)]
pub fn add_scaled(sums: &mut [f64], amount: f64, row: &[f32]) {
    for (sum, &x) in sums.iter_mut().zip(row) {
        *sum += amount * f64::from(x);
    }
}

/// The orthogonal factor of each matrix, by Higham's scaled Newton iteration, X <- (g X + X^-T / g) / 2 with
/// g^2 = |X^-1|_F / |X|_F (N. Higham, "Computing the polar decomposition with applications", 1986). It is the nearest
/// rotation for matrices of positive determinant. `steps` tells how far the last iteration moved each.
#[inline(always)]
fn polar(m: &mut [f64], steps: &mut [f64], bones: usize) {
    let (x0, rest) = m.split_at_mut(bones);
    let (x1, rest) = rest.split_at_mut(bones);
    let (x2, rest) = rest.split_at_mut(bones);
    let (x3, rest) = rest.split_at_mut(bones);
    let (x4, rest) = rest.split_at_mut(bones);
    let (x5, rest) = rest.split_at_mut(bones);
    let (x6, rest) = rest.split_at_mut(bones);
    let (x7, x8) = rest.split_at_mut(bones);
    let (x8, steps) = (&mut x8[..bones], &mut steps[..bones]);
    for _ in 0..ITERATIONS {
        for i in 0..bones {
            let (a, b, c) = (x0[i], x1[i], x2[i]);
            let (d, e, f) = (x3[i], x4[i], x5[i]);
            let (g, h, k) = (x6[i], x7[i], x8[i]);
            // The cofactors: X^-T times the determinant.
            let (ca, cb, cc) = (e * k - f * h, f * g - d * k, d * h - e * g);
            let (cd, ce, cf) = (c * h - b * k, a * k - c * g, b * g - a * h);
            let (cg, ch, ck) = (b * f - c * e, c * d - a * f, a * e - b * d);
            let inverse = 1.0 / (a * ca + b * cb + c * cc);
            let square = a * a + b * b + c * c + d * d + e * e + f * f + g * g + h * h + k * k;
            let square_of_inverse =
                (ca * ca + cb * cb + cc * cc + cd * cd + ce * ce + cf * cf + cg * cg + ch * ch + ck * ck)
                    * (inverse * inverse);
            let scale = (square_of_inverse / square).sqrt().sqrt();
            let (own, other) = (0.5 * scale, 0.5 * inverse / scale);
            let step = (own - 0.5).abs() * square.sqrt();
            let moved = |x: f64, cofactor: f64| own * x + other * cofactor;
            let (na, ne, nk) = (moved(a, ca), moved(e, ce), moved(k, ck));
            steps[i] = step + (na - a).abs() + (ne - e).abs() + (nk - k).abs();
            (x0[i], x1[i], x2[i]) = (na, moved(b, cb), moved(c, cc));
            (x3[i], x4[i], x5[i]) = (moved(d, cd), ne, moved(f, cf));
            (x6[i], x7[i], x8[i]) = (moved(g, cg), moved(h, ch), nk);
        }
    }
}

impl BoneRoom {
    /// Rest bones from `sums`, which already holds what the shapes add to the template.
    #[inline(always)]
    pub fn rest(&mut self, skeleton: &SkeletonBasis) {
        let bones = skeleton.names.len();
        let (heads, matrices) = self.sums.split_at(3 * bones);
        self.rotations.clear();
        self.rotations.extend_from_slice(matrices);
        self.steps.resize(bones, 0.0);
        polar(&mut self.rotations, &mut self.steps, bones);
        self.rest.heads.clear();
        self.rest.orientations.clear();
        let matrix_at = |list: &[f64], bone: usize| {
            let [a, b, c, d, e, f, g, h, k] = std::array::from_fn(|i| list[i * bones + bone]);
            DMat3::from_cols(DVec3::new(a, d, g), DVec3::new(b, e, h), DVec3::new(c, f, k))
        };
        for bone in 0..bones {
            self.rest.heads.push(DVec3::new(heads[bone], heads[bones + bone], heads[2 * bones + bone]));
            let sum = matrix_at(matrices, bone);
            let converged = self.steps[bone] <= CONVERGED && sum.determinant() > 0.0;
            let rotation = if converged { matrix_at(&self.rotations, bone) } else { nearest_rotation(sum) };
            self.rest.orientations.push(rotation);
        }
        self.rest.reference_offsets.clear();
        for (bone, &parent) in skeleton.parents.iter().enumerate() {
            let parent = usize::from(parent);
            let offset = self.rest.heads[bone] - self.rest.heads[parent];
            // The root turns alone and leaves the rest of the skeleton in place.
            self.rest.reference_offsets.push(if parent == 0 {
                offset
            } else {
                skeleton.reference[parent] * (self.rest.orientations[parent].transpose() * offset)
            });
        }
    }

    /// Skinning matrices of a pose.
    #[inline(always)]
    pub fn pose(&mut self, skeleton: &SkeletonBasis, deltas: &[DQuat], root: DVec3) {
        self.turns.clear();
        self.heads.clear();
        self.skin.clear();
        for (bone, &parent) in skeleton.parents.iter().enumerate() {
            let delta = deltas.get(bone).copied().unwrap_or(DQuat::IDENTITY);
            let parent = usize::from(parent);
            let (rotation, head) = if bone == 0 {
                (delta, root)
            } else {
                let above = self.turns[parent];
                ((above * delta).normalize(), self.heads[parent] + above * self.rest.reference_offsets[bone])
            };
            let turn = DMat3::from_quat(rotation) * skeleton.reference[bone] * self.rest.orientations[bone].transpose();
            let shift = head - turn * self.rest.heads[bone];
            let [x, y, z] = [turn.x_axis, turn.y_axis, turn.z_axis];
            self.skin.push(
                [x.x, y.x, z.x, shift.x, x.y, y.y, z.y, shift.y, x.z, y.z, z.z, shift.z].map(|value| value as f32),
            );
            self.turns.push(rotation);
            self.heads.push(head);
        }
    }
}

/// The template in the form of [`BoneRoom::sums`].
pub fn template_sums(skeleton: &SkeletonBasis) -> Vec<f64> {
    let bones = skeleton.names.len();
    let mut sums = vec![0.0; bones * BONE_STRIDE];
    for (bone, (head, matrix)) in skeleton.template_heads.iter().zip(&skeleton.template_orientations).enumerate() {
        let components = head.to_array().into_iter().chain(matrix.transpose().to_cols_array());
        for (component, value) in components.enumerate() {
            sums[component * bones + bone] = value;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polar_factors_are_the_nearest_rotations() {
        let matrices: Vec<DMat3> = (0..7)
            .map(|i| {
                let turn = DMat3::from_quat(DQuat::from_rotation_y(f64::from(i)) * DQuat::from_rotation_x(0.7));
                turn * DMat3::from_diagonal(DVec3::new(1.0, 1.0 + f64::from(i), 0.003)) * turn
            })
            .collect();
        let bones = matrices.len();
        let mut m = vec![0.0; 9 * bones];
        for (bone, matrix) in matrices.iter().enumerate() {
            for (component, value) in matrix.transpose().to_cols_array().into_iter().enumerate() {
                m[component * bones + bone] = value;
            }
        }
        let mut steps = vec![0.0; bones];
        polar(&mut m, &mut steps, bones);
        for (bone, matrix) in matrices.iter().enumerate() {
            assert!(steps[bone] <= CONVERGED, "bone {bone}: {}", steps[bone]);
            let expected = nearest_rotation(*matrix).transpose().to_cols_array();
            for (component, expected) in expected.into_iter().enumerate() {
                assert!((m[component * bones + bone] - expected).abs() < 1e-12, "bone {bone}");
            }
        }
    }
}
