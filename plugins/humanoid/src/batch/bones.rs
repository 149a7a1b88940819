//! The bones of one body of a batch: as [`crate::skeleton`], with sums and rotations of all bones at once.

use bevy::math::{DMat3, DQuat, DVec3};

use crate::{
    anny::basis::{BONE_STRIDE, SkeletonBasis},
    skeleton::{RestBones, nearest_rotation},
};

/// Rows of a bone's transform, `[x, y, z, translation]` three times, f32: what skinning reads.
pub type SkinMatrix = [f32; 12];

/// Most iterations of [`polar`]; matrices whose condition is below 1e4 need at most nine.
const ITERATIONS: usize = 10;
/// Largest step that counts as converged: the square of it is below the rounding of double precision.
const CONVERGED: f64 = 1e-8;

/// Room for the bones of one body.
#[derive(Clone, Debug, Default)]
pub struct BoneRoom {
    /// `[component][bone]`: heads (3) and orientation matrices (9, row-major).
    pub sums: Vec<f64>,
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

/// Matrices that are taken through [`polar`] together: `[component][matrix]`, row-major.
type Four = [[f64; 4]; 9];

/// The orthogonal factor of each matrix, by Higham's scaled Newton iteration, X <- (g X + X^-T / g) / 2 with
/// g^2 = |X^-1|_F / |X|_F (N. Higham, "Computing the polar decomposition with applications", 1986). It is the nearest
/// rotation for matrices of positive determinant. Tells how far the last iteration moved each.
#[inline(always)]
fn polar(m: &mut Four) -> [f64; 4] {
    let mut steps = [f64::INFINITY; 4];
    for _ in 0..ITERATIONS {
        for i in 0..4 {
            let (a, b, c) = (m[0][i], m[1][i], m[2][i]);
            let (d, e, f) = (m[3][i], m[4][i], m[5][i]);
            let (g, h, k) = (m[6][i], m[7][i], m[8][i]);
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
            let moved = [
                own * a + other * ca,
                own * b + other * cb,
                own * c + other * cc,
                own * d + other * cd,
                own * e + other * ce,
                own * f + other * cf,
                own * g + other * cg,
                own * h + other * ch,
                own * k + other * ck,
            ];
            steps[i] = (moved[0] - a).abs()
                + (moved[1] - b).abs()
                + (moved[2] - c).abs()
                + (moved[4] - e).abs()
                + (moved[5] - f).abs()
                + (moved[8] - k).abs();
            for component in 0..9 {
                m[component][i] = moved[component];
            }
        }
        // The iteration converges quadratically: after a step this small the next one would be below rounding.
        if steps.iter().all(|step| *step <= CONVERGED) {
            break;
        }
    }
    steps
}

fn matrix_of(m: &Four, lane: usize) -> DMat3 {
    let row = |first: usize| DVec3::new(m[first][lane], m[first + 1][lane], m[first + 2][lane]);
    DMat3::from_cols(row(0), row(3), row(6)).transpose()
}

impl BoneRoom {
    /// Rest bones from `sums`, which already holds what the shapes add to the template.
    #[inline(always)]
    pub fn rest(&mut self, skeleton: &SkeletonBasis) {
        let bones = skeleton.names.len();
        let (heads, matrices) = self.sums.split_at(3 * bones);
        self.rest.heads.clear();
        self.rest.orientations.clear();
        for bone in 0..bones {
            self.rest.heads.push(DVec3::new(heads[bone], heads[bones + bone], heads[2 * bones + bone]));
        }
        for first in (0..bones).step_by(4) {
            let mut four = [[0.0; 4]; 9];
            for (component, lanes) in four.iter_mut().enumerate() {
                for (lane, value) in lanes.iter_mut().enumerate() {
                    // The last four repeat the last bone.
                    *value = matrices[component * bones + (first + lane).min(bones - 1)];
                }
            }
            let sums = four;
            let steps = polar(&mut four);
            for (lane, step) in steps.into_iter().enumerate().take(bones - first) {
                let sum = matrix_of(&sums, lane);
                let converged = step <= CONVERGED && sum.determinant() > 0.0;
                let rotation = if converged { matrix_of(&four, lane) } else { nearest_rotation(sum) };
                self.rest.orientations.push(rotation);
            }
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
        for i in 0..12 {
            let mut four = [[0.0; 4]; 9];
            let matrices: [DMat3; 4] = std::array::from_fn(|lane| {
                let turn = DMat3::from_quat(DQuat::from_rotation_y(f64::from(i)) * DQuat::from_rotation_x(lane as f64));
                turn * DMat3::from_diagonal(DVec3::new(1.0, 1.0 + f64::from(i), 0.003)) * turn
            });
            for (lane, matrix) in matrices.iter().enumerate() {
                for (component, value) in matrix.transpose().to_cols_array().into_iter().enumerate() {
                    four[component][lane] = value;
                }
            }
            let steps = polar(&mut four);
            for (lane, matrix) in matrices.iter().enumerate() {
                assert!(steps[lane] <= CONVERGED, "{}", steps[lane]);
                assert!(matrix_of(&four, lane).abs_diff_eq(nearest_rotation(*matrix), 1e-12));
            }
        }
    }
}
