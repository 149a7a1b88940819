//! Bending: one constraint of three components for each vertex and its ring of neighbours, without rotations as unknowns.
//!
//! Around a vertex the cloth is fitted by a quadratic in the pattern coordinates, `x(p) = x_0 + g p + (L_uu u^2 + 2 L_uv u v + L_vv v^2) / 2`, by least squares over the ring.
//! The curvature vectors `L` are then linear in the positions with constant coefficients. For nearly isometric cloth `L_ab` = curvature times normal (Bergou et al. 2006), so that the plate
//! energy `A/2 L^T D L` is quadratic, keeps momentum, and does not change under rotations. With `D = [[D_u, D_c, 0], [D_c, D_v, 0], [0, 0, 4 D_t]]` factored,
//! the energy is `|y|^2 / 2` for three rows `y_k = sum_j row_kj (x_j - x_0)`: an XPBD block with compliance one. For each axis the block is a
//! constant 3x3, inverted in preparation:
//!
//! `((1 + g) R m R^T + 1) ds = -(y - y_rest n) - s - g R d`
//!
//! Why not six-vertex patches about triangles (as in the rotation-free shells of Onate & Flores)? They are exact on quadratics too, but on a union-jack mesh they sample curvature at every
//! second vertex only; the sheet bends at the others for nothing, and a cantilever sinks 50 % too far at any resolution. Hinges have the same fault.
//!
//! * **Weights**: each vertex has its Voronoi area (Meyer et al. 2003). With thirds of triangles a union-jack mesh is 5 % too soft at any resolution.
//! * **Borders**: where the ring does not determine a curvature (across a border there is nothing to fit), it takes the value of least energy, that is: no moment.
//! * **Clamps**: of a vertex on the last pinned line only the free part `A_free` of its area bends; the curvature there is `A / A_free` times
//!   what the ring shows. So a clamp ends at the last pinned line. It needs two pinned lines: the ring must reach into the clamp.

use crate::solver::fabric::Fabric;
use crate::solver::vec3::{Real, V3};

/// Most neighbours of a vertex that take part.
pub const RING: usize = 8;

/// Preparation: the inverse of the plate stiffness D, `[uu, vv, uv-coupling, twist]` in 1/(N m).
#[derive(Clone, Copy, Debug)]
pub struct Plate {
    inverse: [f64; 4],
}

impl Plate {
    /// From a fabric; stiffness nought becomes a millionth of a millionth newton metre.
    pub fn new(fabric: &Fabric) -> Plate {
        const LEAST_N_M: f64 = 1e-12;
        let (u, v) = (f64::from(fabric.bend_warp_n_m).max(LEAST_N_M), f64::from(fabric.bend_weft_n_m).max(LEAST_N_M));
        let (c, t) = (f64::from(fabric.bend_coupling_n_m), (4.0 * f64::from(fabric.bend_twist_n_m)).max(LEAST_N_M));
        let determinant = u * v - c * c;
        Plate { inverse: [v / determinant, u / determinant, -c / determinant, 1.0 / t] }
    }

    /// `a^T D^-1 b` for curvatures (uu, vv, uv).
    fn compliance(&self, a: [f64; 3], b: [f64; 3]) -> f64 {
        let d = self.inverse;
        a[0] * (d[0] * b[0] + d[2] * b[1]) + a[1] * (d[2] * b[0] + d[1] * b[1]) + a[2] * d[3] * b[2]
    }
}

/// What is constant for a vertex with its ring. Slots beyond the ring have rows of zero. Slots 0 and 1 are chosen to span the normal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patch<T = f32> {
    /// `row_kj`, sqrt(N/m).
    pub rows: [[T; RING]; 3],
    /// `y_rest` along the normal, sqrt(J). All zero for flat cloth.
    pub rest: [T; 3],
    /// The inverse of the block: entries 00, 01, 02, 11, 12, 22.
    pub inverse: [T; 6],
    /// `w dt^2` of the vertex and its ring, m/N.
    pub mobility: [T; RING + 1],
    /// 1 / |p_0 x p_1| in the pattern, 1/m2: turns the cross product of the first two ring vectors into one of nearly unit length.
    pub inverse_cross: T,
}

/// How many of the three curvatures a ring determines (see [`Fit::new`]).
pub fn rank(ring: &[[f64; 2]]) -> usize {
    Fit::new(ring).rank
}

/// The least-squares fit of a quadratic to a ring, diagonalised: in direction `axes[k]` of curvature space the fit is `rows[k] . (x_j - x_0)`.
struct Fit {
    rank: usize,
    axes: [[f64; 3]; 3],
    rows: [Vec<f64>; 3],
}

impl Fit {
    /// Weights are `|p|^-4` (nearer neighbours know more about curvature here). Directions whose singular value is below a tenth of the largest count as unknown.
    fn new(ring: &[[f64; 2]]) -> Fit {
        let scale = ring.iter().map(|p| p[0].hypot(p[1])).sum::<f64>() / ring.len().max(1) as f64;
        let weight: Vec<f64> = ring.iter().map(|p| (scale / p[0].hypot(p[1])).powi(4)).collect();
        let quadratic = |p: [f64; 2]| [0.5 * p[0] * p[0], 0.5 * p[1] * p[1], p[0] * p[1]].map(|q| q / (scale * scale));
        // The gradient is eliminated from the normal equations.
        let gg = |a: usize, b: usize| ring.iter().zip(&weight).map(|(p, w)| w * p[a] * p[b]).sum::<f64>();
        let determinant = gg(0, 0) * gg(1, 1) - gg(0, 1) * gg(0, 1);
        let gq = |a: usize, k: usize| ring.iter().zip(&weight).map(|(p, w)| w * p[a] * quadratic(*p)[k]).sum::<f64>();
        let gradient_of: [[f64; 2]; 3] = std::array::from_fn(|k| {
            [
                (gg(1, 1) * gq(0, k) - gg(0, 1) * gq(1, k)) / determinant,
                (gg(0, 0) * gq(1, k) - gg(0, 1) * gq(0, k)) / determinant,
            ]
        });
        let reduced = |p: [f64; 2], k: usize| quadratic(p)[k] - gradient_of[k][0] * p[0] - gradient_of[k][1] * p[1];
        let normal: [[f64; 3]; 3] = std::array::from_fn(|k| {
            std::array::from_fn(|l| ring.iter().zip(&weight).map(|(p, w)| w * reduced(*p, k) * reduced(*p, l)).sum())
        });
        let (values, axes) = eigen(normal);
        let known = |k: usize| values[k] > 0.01 * values.iter().fold(1e-12, |a: f64, b| a.max(*b));
        let mut order = [0, 1, 2];
        order.sort_by_key(|k| !known(*k));
        let rows = order.map(|k| {
            let along = |p: [f64; 2]| (0..3).map(|l| axes[k][l] * reduced(p, l)).sum::<f64>();
            let gain = if known(k) { 1.0 / (values[k] * scale * scale) } else { 0.0 };
            ring.iter().zip(&weight).map(|(p, w)| w * along(*p) * gain).collect()
        });
        Fit { rank: (0..3).filter(|k| known(*k)).count(), axes: order.map(|k| axes[k]), rows }
    }
}

impl Patch {
    /// Preparation from the ring in the pattern (metres from the vertex, at most [`RING`]); mobilities are set by [`Patch::set_mobility`]. The
    /// rows are those of a square metre; they are scaled with the area later.
    pub fn new(ring: &[[f64; 2]], plate: &Plate) -> Patch {
        let fit = Fit::new(ring);
        // Least energy over the unknown curvatures: stiffness of the known ones is the inverse of their part of the compliance.
        let mut compliance = [[0.0; 3]; 3];
        for k in 0..3 {
            for l in 0..3 {
                let both_known = k < fit.rank && l < fit.rank;
                compliance[k][l] = if both_known {
                    plate.compliance(fit.axes[k], fit.axes[l])
                } else if k == l {
                    1.0
                } else {
                    0.0
                };
            }
        }
        let root = cholesky(invert(compliance));
        let mut patch = Patch::default();
        for k in 0..3 {
            for j in 0..ring.len() {
                patch.rows[k][j] = (0..3).map(|l| root[l][k] * fit.rows[l][j]).sum::<f64>() as f32;
            }
        }
        patch.inverse_cross = (1.0 / (ring[0][0] * ring[1][1] - ring[0][1] * ring[1][0])) as f32;
        patch
    }

    /// Preparation: area, mobilities `w dt^2`, rest curvature from the ring's rest offsets along the normal (m), and the block's inverse.
    /// `free_area_m2` is what of `area_m2` is not between pinned vertices.
    pub fn set_mobility(
        &mut self,
        area_m2: f64,
        free_area_m2: f64,
        mobility: [f32; RING + 1],
        rest_m: [f64; RING],
        damping: f32,
    ) {
        if free_area_m2 < 1e-6 * area_m2 {
            self.rows = [[0.0; RING]; 3];
            return;
        }
        let scale = area_m2 / free_area_m2.sqrt();
        self.rows = self.rows.map(|row| row.map(|r| (f64::from(r) * scale) as f32));
        self.mobility = mobility;
        self.rest = self.rows.map(|row| (0..RING).map(|j| f64::from(row[j]) * rest_m[j]).sum::<f64>() as f32);
        let sum = |k: usize| self.rows[k].iter().map(|r| f64::from(*r)).sum::<f64>();
        let block = std::array::from_fn(|k| {
            std::array::from_fn(|l| {
                let ring: f64 = (0..RING)
                    .map(|j| f64::from(mobility[j + 1]) * f64::from(self.rows[k][j]) * f64::from(self.rows[l][j]))
                    .sum();
                let moved = ring + f64::from(mobility[0]) * sum(k) * sum(l);
                (1.0 + f64::from(damping)) * moved + if k == l { 1.0 } else { 0.0 }
            })
        });
        let inverse = invert(block);
        self.inverse =
            [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].map(|(k, l): (usize, usize)| inverse[k][l] as f32);
    }
}

impl<T: Real> Patch<T> {
    /// Adds ring vertex j's part to the `y_k` (or their change), from its vector `x_j - x_0` (or its change).
    #[inline(always)]
    pub fn add_curvature(&self, y: &mut [V3<T>; 3], away: V3<T>, j: usize) {
        for k in 0..3 {
            y[k] = y[k].add_scaled(away, self.rows[k][j]);
        }
    }

    /// The vertex' normal from the first two ring vectors; of unit length where the cloth is not stretched.
    #[inline(always)]
    pub fn normal(&self, first: V3<T>, second: V3<T>) -> V3<T> {
        first.cross(second).scale(self.inverse_cross)
    }

    /// `ds` from y (rest and damping included) and the multipliers so far.
    #[inline(always)]
    pub fn solve(&self, y: [V3<T>; 3], s: [V3<T>; 3]) -> [V3<T>; 3] {
        let r = [y[0].add(s[0]).neg(), y[1].add(s[1]).neg(), y[2].add(s[2]).neg()];
        let m = &self.inverse;
        [
            r[0].scale(m[0]).add(r[1].scale(m[1])).add(r[2].scale(m[2])),
            r[0].scale(m[1]).add(r[1].scale(m[3])).add(r[2].scale(m[4])),
            r[0].scale(m[2]).add(r[1].scale(m[4])).add(r[2].scale(m[5])),
        ]
    }

    /// Force on ring vertex `j`; the vertex itself bears minus the sum.
    #[inline(always)]
    pub fn force(&self, s: &[V3<T>; 3], j: usize) -> V3<T> {
        s[0].scale(self.rows[0][j]).add(s[1].scale(self.rows[1][j])).add(s[2].scale(self.rows[2][j]))
    }
}

fn invert(a: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let minor = |r: usize, c: usize| {
        let (r1, r2, c1, c2) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        a[r1][c1] * a[r2][c2] - a[r1][c2] * a[r2][c1]
    };
    let determinant = (0..3).map(|c| a[0][c] * minor(0, c)).sum::<f64>();
    std::array::from_fn(|r| std::array::from_fn(|c| minor(c, r) / determinant))
}

/// Lower root of a positive matrix.
fn cholesky(a: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let mut l = [[0.0; 3]; 3];
    for r in 0..3 {
        for c in 0..=r {
            let rest = a[r][c] - (0..c).map(|k| l[r][k] * l[c][k]).sum::<f64>();
            l[r][c] = if r == c { rest.sqrt() } else { rest / l[c][c] };
        }
    }
    l
}

/// Eigenvalues and (row) eigenvectors of a symmetric matrix by Jacobi's rotations in a fixed order.
fn eigen(mut a: [[f64; 3]; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for (p, q) in [(0, 1), (0, 2), (1, 2)].repeat(12) {
        if a[p][q].abs() < 1e-300 {
            continue;
        }
        let theta = 0.5 * (a[q][q] - a[p][p]) / a[p][q];
        let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
        let (c, s) = (1.0 / t.hypot(1.0), t / t.hypot(1.0));
        for k in 0..3 {
            (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]);
        }
        for k in 0..3 {
            (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]);
        }
        for k in 0..3 {
            (axes[p][k], axes[q][k]) = (c * axes[p][k] - s * axes[q][k], s * axes[p][k] + c * axes[q][k]);
        }
    }
    ([a[0][0], a[1][1], a[2][2]], axes)
}
